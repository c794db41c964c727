use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::source::history::plan::MANNER;
use crate::source::logs::plan::MANNER as LOGS;
use crate::source::walk::known::MANY;

/// Noon of some day.
const NOON: Timestamp = Timestamp(1_688_990_400_000);

#[derive(Debug, Clone, Copy)]
struct Happened {
    time: Timestamp,
    visible: Timestamp,
    is_write: bool,
}

/// A service as the plan sees it, with the faults it is known for.
struct World {
    manner: Manner,
    /// Whether the oldest of a stretch come first.
    oldest_first: bool,
    events: Vec<Happened>,
    now: Timestamp,
    chance: ChaCha8Rng,
    /// One token in so many is refused.
    refuses: u32,
    given: BTreeMap<usize, u32>,
    claims: Vec<Timestamp>,
    calls: u32,
}

impl World {
    fn new(mut events: Vec<Happened>, refuses: u32, seed: u64) -> Self {
        events.sort_by_key(|event| event.time);
        let chance = ChaCha8Rng::seed_from_u64(seed);
        let (given, claims) = (BTreeMap::new(), vec![]);
        let (manner, oldest_first) = (MANNER, false);
        Self { manner, oldest_first, events, now: NOON, chance, refuses, given, claims, calls: 0 }
    }

    /// Runs a plan until `end`, or its own.
    fn run(&mut self, plan: &mut Plan, end: Timestamp) {
        while self.now < end {
            match plan.next(self.now) {
                Next::End => return,
                Next::Wait(wait) => self.now = self.now + Millis::from(wait),
                Next::Ask(page) => self.answer(plan, &page),
            }
            if let Some(claim) = plan.complete_to()
                && self.claims.last() != Some(&claim)
            {
                self.claims.push(claim);
                self.check(plan, claim);
            }
        }
    }

    fn answer(&mut self, plan: &mut Plan, page: &Page) {
        self.calls += 1;
        self.now = self.now + Millis(self.chance.random_range(900..2500));
        if page.token.is_some() && self.refuses > 0 && self.chance.random_ratio(1, self.refuses) {
            let goes_on = plan.refused(page.kind);
            assert!(goes_on || !self.manner.is_newest_first, "a token was refused too often");
            if !goes_on {
                // It is told as a fault, and tried again later.
                self.now = self.now + Millis::minutes(5);
            }
            return;
        }
        let second = |time: Timestamp| time.0.div_euclid(1000);
        let after = page.token.as_ref().map(|token| {
            let (time, id) = token.split_once(' ').expect("a token of ours");
            (time.parse::<i64>().unwrap(), id.parse::<usize>().unwrap())
        });
        // In the order of time, so that a page looks at its own stretch alone.
        let from = self.events.partition_point(|it| second(it.time) < second(page.from));
        let to = self.events.partition_point(|it| second(it.time) <= second(page.to));
        let mut found: Vec<(i64, usize)> = (from..to)
            .map(|id| (id, &self.events[id]))
            .filter(|(_, event)| event.visible <= self.now)
            .filter(|(_, event)| event.is_write || !page.writes_only)
            .map(|(id, event)| (second(event.time), id))
            .map(|(time, id)| (if self.oldest_first { time } else { -time }, id))
            .filter(|place| after.is_none_or(|after| *place > after))
            .collect();
        if found.len() > 51 {
            found.select_nth_unstable(51);
            found.truncate(51);
        }
        found.sort_unstable();
        // Now and then a page is empty and goes on.
        let empty = page.token.is_some() && self.chance.random_ratio(1, 20);
        let more = found.len() > 50;
        found.truncate(50);
        let token = match (more, empty) {
            (_, true) => page.token.clone(),
            (true, _) => found.last().map(|(time, id)| format!("{time} {id}")),
            _ => None,
        };
        if empty {
            found.clear();
        }
        let met = |(_, id): &(i64, usize)| {
            let time = Timestamp(second(self.events[*id].time) * 1000);
            Met { id: Some(*id as u64), time: Some(time) }
        };
        let met: Vec<Met> = found.iter().map(met).collect();
        let fresh = plan.page(page.kind, &met, token, self.now);
        for ((_, id), _) in found.iter().zip(fresh).filter(|(_, fresh)| *fresh) {
            *self.given.entry(*id).or_default() += 1;
        }
    }

    /// What was visible when a claim was made, and no later than a sweep looks, was given.
    fn check(&self, plan: &Plan, claim: Timestamp) {
        for (id, event) in self.events.iter().enumerate() {
            let in_time = event.visible - event.time < self.manner.sweep.back;
            if event.visible <= claim && in_time && event.time >= plan.asked.since {
                assert!(self.given.contains_key(&id), "{event:?} is missing at {claim}");
            }
        }
    }

    fn missing(&self, since: Timestamp, until: Timestamp) -> Vec<Happened> {
        let missing = |(id, event): (usize, &Happened)| {
            let wanted = event.time >= since && event.visible <= until;
            (wanted && !self.given.contains_key(&id)).then_some(*event)
        };
        self.events.iter().enumerate().filter_map(missing).collect()
    }
}

fn event(at: i64, delay: i64, is_write: bool) -> Happened {
    let time = NOON + Millis::seconds(at);
    Happened { time, visible: time + Millis::seconds(delay), is_write }
}

/// Events from three hours before noon to two hours after, most of them a few minutes late, some
/// very late, some in one second.
fn happening() -> impl Strategy<Value = Vec<Happened>> {
    let delay = prop_oneof![8 => 0i64..400, 1 => 400i64..890, 1 => 900i64..6000];
    let one = (
        -10_000i64..7200,
        delay,
        any::<bool>(),
        prop_oneof![20 => Just(1usize), 1 => 40usize..130],
    );
    prop::collection::vec(one, 0..250).prop_map(|ones| {
        let all = ones
            .into_iter()
            .flat_map(|(at, delay, write, times)| vec![event(at, delay, write); times]);
        all.collect()
    })
}

/// Neither order loses anything, and whatever is met again is known: no event is given twice.
fn log_group_gives_once(
    events: Vec<Happened>,
    (refuses, oldest_first): (u32, bool),
    seed: u64,
    until: Option<Timestamp>,
) -> Result<(), TestCaseError> {
    let since = NOON - Millis::hours(3);
    let mut plan = Plan::new(LOGS, Asked { since, until }, NOON);
    let mut world = World { manner: LOGS, oldest_first, ..World::new(events, refuses, seed) };
    world.run(&mut plan, NOON + Millis::hours(6));
    let missing = world.missing(since, until.unwrap_or(NOON + Millis::hours(5)));
    prop_assert!(missing.is_empty(), "{missing:?}");
    let twice: Vec<_> = world.given.iter().filter(|(_, times)| **times > 1).collect();
    prop_assert!(twice.is_empty(), "{twice:?}");
    prop_assert_eq!(until.is_some(), plan.next(world.now) == Next::End);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_log_group_that_is_followed_gives_every_event_once(
        events in happening(), refuses in prop_oneof![Just(0u32), 20u32..60], oldest_first: bool, seed: u64,
    ) {
        log_group_gives_once(events, (refuses, oldest_first), seed, None)?;
    }

    #[test]
    fn a_log_group_that_is_read_gives_every_event_once(
        events in happening(), refuses in prop_oneof![Just(0u32), 20u32..60], oldest_first: bool, seed: u64,
    ) {
        log_group_gives_once(events, (refuses, oldest_first), seed, Some(NOON))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Nothing is lost by late events, refused tokens, empty pages or slow answers, and no claim
    /// is ever wrong.
    #[test]
    fn following_loses_nothing(events in happening(), refuses in prop_oneof![Just(0u32), 4u32..20], seed: u64) {
        let since = NOON - Millis::hours(1);
        let mut plan = Plan::new(MANNER, Asked { since, until: None }, NOON);
        let mut world = World::new(events, refuses, seed);
        let end = NOON + Millis::hours(5);
        world.run(&mut plan, end);
        let missing = world.missing(since, NOON + Millis::hours(4));
        prop_assert!(missing.is_empty(), "{missing:?}");
        let behind = end - *world.claims.last().expect("claims are made");
        prop_assert!(behind < Millis::minutes(10), "claims stop at {behind}");
        prop_assert!(plan.known.len() < 100_000);
    }

    /// Reading once reads all that is there, and ends.
    #[test]
    fn reading_once_reads_all(events in happening(), refuses in prop_oneof![Just(0u32), 4u32..20], seed: u64) {
        let since = NOON - Millis::hours(3);
        let mut plan = Plan::new(MANNER, Asked { since, until: Some(NOON) }, NOON);
        let mut world = World::new(events, refuses, seed);
        world.run(&mut plan, NOON + Millis::hours(9));
        prop_assert_eq!(plan.next(world.now), Next::End);
        let missing = world.events.iter().enumerate().filter(|(id, event)| {
            event.time >= since && event.visible <= NOON && !world.given.contains_key(id)
        });
        prop_assert_eq!(missing.count(), 0);
        prop_assert_eq!(world.claims.last(), Some(&NOON));
    }
}

#[test]
fn after_a_silence_the_sweeps_look_at_all_of_it() {
    let since = NOON - Millis::hours(1);
    let mut plan = Plan::new(MANNER, Asked { since, until: None }, NOON);
    let mut world = World::new(vec![], 0, 1);
    world.run(&mut plan, NOON + Millis::minutes(10));
    // An hour without an answer, in which things happened and became visible in disorder.
    let late: Vec<Happened> = (0..40).map(|n| event(700 + n * 90, 800, n % 2 == 0)).collect();
    world.events = late;
    world.now = NOON + Millis::minutes(80);
    world.run(&mut plan, NOON + Millis::minutes(90));
    assert_eq!(world.missing(since, NOON + Millis::minutes(84)).len(), 0);
}

#[test]
fn more_than_can_be_had_is_said_and_read_when_there_is_time() {
    // 100 events a second for ten minutes: more than 50 a call.
    let busy = (0..600).flat_map(|at| (0..100).map(move |n| event(at, 1, n == 0)));
    let since = NOON - Millis::minutes(5);
    let mut plan = Plan::new(MANNER, Asked { since, until: None }, NOON);
    let mut world = World::new(busy.collect(), 0, 1);
    world.run(&mut plan, NOON + Millis::minutes(9));
    assert!(plan.is_saturated());
    let before = NOON + Millis::minutes(8);
    let claim = *world.claims.last().expect("a claim was made before it began");
    assert!(
        claim < NOON + Millis::minutes(1),
        "no claim is made while reads are left out: {claim}"
    );
    // Writes keep up even so.
    let unseen = world.missing(since, before);
    assert!(!unseen.is_empty() && unseen.iter().all(|event| !event.is_write));
    assert!(plan.missing(world.now).is_some_and(|(left, _)| left.0 > 0));
    // When it is quiet again, everything is read.
    world.run(&mut plan, NOON + Millis::hours(2));
    assert!(!plan.is_saturated());
    assert_eq!(world.missing(since, NOON + Millis::hours(1)).len(), 0);
    assert!(*world.claims.last().expect("claims go on") > NOON + Millis::minutes(110));
}

#[test]
fn a_quiet_region_is_asked_rarely() {
    let mut plan = Plan::new(MANNER, Asked { since: NOON - Millis::hours(1), until: None }, NOON);
    let mut world = World::new(vec![], 0, 1);
    world.run(&mut plan, NOON + Millis::hours(3));
    let first = world.calls;
    world.run(&mut plan, NOON + Millis::hours(4));
    // Head each two minutes, sweep each 90 seconds, deep each 20 minutes.
    let an_hour = world.calls - first;
    assert!((60..90).contains(&an_hour), "{an_hour} calls");
}

#[test]
fn what_is_known_is_bounded() {
    // 400 events a second for an hour: more ids than are kept.
    let mut plan = Plan::new(LOGS, Asked { since: NOON, until: None }, NOON);
    let mut now = NOON;
    let mut most = 0;
    for id in 0..1_440_000u64 {
        now = NOON + Millis(id as i64 * 5 / 2);
        plan.is_new(Met { id: Some(id), time: Some(now) }, now);
        if id % 2000 == 0 && matches!(plan.next(now), Next::Ask(page) if page.kind == Kind::Head) {
            plan.page(Kind::Head, &[], None, now);
        }
        most = most.max(plan.known.len());
    }
    assert!(most < MANY + 10_000, "{most}");
    assert!(!plan.is_new(Met { id: Some(1_439_000), time: Some(now) }, now), "the newest are kept");
}

#[test]
fn where_events_come_by_another_way_too_heads_take_their_time() {
    let calls = |is_relaxed: bool| {
        let events: Vec<Happened> = (0..720).map(|n| event(n * 5, 1, true)).collect();
        let mut plan = Plan::new(LOGS, Asked { since: NOON, until: None }, NOON);
        plan.relax(is_relaxed);
        let mut world = World { manner: LOGS, ..World::new(events, 0, 1) };
        world.run(&mut plan, NOON + Millis::hours(1));
        world.calls
    };
    assert!(calls(true) * 2 < calls(false), "{} of {}", calls(true), calls(false));
}

#[test]
fn windows_follow_what_is_in_them() {
    // Four hours of nothing before an hour with much in it.
    let busy = (-3600..0).flat_map(|at| vec![event(at, 0, true); 2]);
    let mut world = World { manner: LOGS, ..World::new(busy.collect(), 0, 1) };
    let asked = Asked { since: NOON - Millis::hours(48), until: Some(NOON) };
    let mut plan = Plan::new(LOGS, asked, NOON);
    world.run(&mut plan, NOON + Millis::hours(1));
    assert_eq!(world.missing(asked.since, NOON).len(), 0);
    assert_eq!(plan.window, LOGS.window.most);
    // An hour at 15 minutes or less, then ever longer ones.
    assert!(world.calls < 190, "{}", world.calls);
}
