//! What is deleted, kept hidden, got and received, whatever the order in which things come back.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::event::notice::Delivery;
use crate::event::read::Hints;

const NOON: Timestamp = Timestamp(1_688_990_400_000);

fn object(n: u32) -> Object {
    let (bucket, key) = ("trail".to_owned(), format!("key-{n}"));
    Object { bucket, key, hints: Arc::new(Hints::default()), time: NOON }
}

fn message(id: u32, times: u32, notice: Notice) -> Message {
    Message { id: format!("m-{id}"), handle: format!("m-{id}#{times}"), sent: None, notice }
}

fn announcing(id: u32, times: u32, objects: &[u32]) -> Message {
    let logs = objects.iter().map(|n| object(*n)).collect();
    message(id, times, Notice::Objects(Delivery { logs, ..Delivery::default() }))
}

#[test]
fn a_message_waits_for_all_it_announced() {
    let mut plan = Plan::new(Mode::Follow);
    assert_eq!(plan.next(NOON), Step::Receive);
    plan.received(vec![announcing(1, 1, &[1, 2]), announcing(2, 1, &[2])], NOON);
    let (Step::Start(one), Step::Start(two)) = (plan.next(NOON), plan.next(NOON)) else { panic!() };
    // The second message waits for what the first one has under way.
    assert_eq!(plan.next(NOON), Step::Receive);
    plan.sent();
    plan.sent();
    plan.stored(two.number);
    let letter = |id: u32| Letter { id: format!("m-{id}"), handle: format!("m-{id}#1") };
    assert_eq!(plan.next(NOON), Step::Delete(vec![letter(2)]));
    plan.deleted(&[letter(2)], |_| true, NOON);
    assert!(matches!(plan.next(NOON), Step::Wait(_)));
    plan.stored(one.number);
    assert_eq!(plan.next(NOON), Step::Delete(vec![letter(1)]));
    plan.deleted(&[letter(1)], |_| true, NOON);
    assert_eq!(plan.open(), 0);
}

#[test]
fn it_is_hidden_anew_at_half_time_with_the_newest_handle() {
    let mut plan = Plan::new(Mode::Follow);
    plan.next(NOON);
    plan.received(vec![announcing(1, 1, &[1])], NOON);
    assert!(matches!(plan.next(NOON), Step::Start(_)));
    plan.next(NOON);
    let before = NOON + Millis(HIDDEN.0 / 2 - 1);
    assert_eq!(plan.next(before), Step::Wait(Duration::from_millis(1)));
    let half = NOON + Millis(HIDDEN.0 / 2);
    let first = Letter { id: "m-1".to_owned(), handle: "m-1#1".to_owned() };
    assert_eq!(plan.next(half), Step::Extend(vec![first.clone()]));
    plan.extended(&[first], half);
    assert!(matches!(plan.next(half), Step::Wait(_)));
    plan.received(vec![announcing(1, 2, &[1])], half);
    let second = Letter { id: "m-1".to_owned(), handle: "m-1#2".to_owned() };
    let Step::Extend(letters) = ({
        plan.next(half);
        plan.next(half + Millis(HIDDEN.0 / 2))
    }) else {
        panic!("it is due again");
    };
    assert_eq!(letters, [second]);
}

#[test]
fn a_full_desk_receives_no_more() {
    let mut plan = Plan::new(Mode::Follow);
    let mut n = 0;
    while plan.held.len() < HELD {
        let mut step = plan.next(NOON);
        while matches!(step, Step::Start(_)) {
            step = plan.next(NOON);
        }
        assert_eq!(step, Step::Receive, "with {} held", plan.held.len());
        let ten = (0..10).map(|_| {
            n += 1;
            announcing(n, 1, &[n])
        });
        plan.received(ten.collect(), NOON);
    }
    assert!(matches!(plan.next(NOON), Step::Wait(_)));
    assert_eq!(plan.running, RUNNING);
}

#[test]
fn what_is_remembered_has_an_end() {
    let mut remembered = Remembered::default();
    for n in 0..3 * REMEMBERED {
        assert!(remembered.add(n) && !remembered.add(n));
    }
    assert_eq!((remembered.known.len(), remembered.order.len()), (REMEMBERED, REMEMBERED));
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Happens {
    Comes(u32, Vec<u32>),
    Says(u32),
    IsOdd(u32),
    Nothing,
    Got(prop::sample::Index),
    Fails(prop::sample::Index, bool),
    Stored(prop::sample::Index),
    Deleting(bool),
    Passes(u32),
}

fn happens() -> impl Strategy<Value = Happens> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (0u32..20, prop::collection::vec(0u32..12, 0..4))
            .prop_map(|(id, of)| Happens::Comes(id, of)),
        (20u32..30).prop_map(Happens::Says),
        (30u32..35).prop_map(Happens::IsOdd),
        Just(Happens::Nothing),
        index().prop_map(Happens::Got),
        (index(), any::<bool>()).prop_map(|(at, again)| Happens::Fails(at, again)),
        index().prop_map(Happens::Stored),
        any::<bool>().prop_map(Happens::Deleting),
        (0u32..40_000).prop_map(Happens::Passes),
    ]
}

/// A plan and a world around it that only ever does what the plan wants.
struct World {
    plan: Plan,
    mode: Mode,
    now: Timestamp,
    running: Vec<Work>,
    sent: Vec<u64>,
    /// What is in the store.
    stored: BTreeSet<String>,
    numbers: BTreeMap<u64, String>,
    times: u32,
    is_asked: bool,
    deletes_well: bool,
    deleted: BTreeSet<String>,
    /// What each message announced when it was first met.
    announced: BTreeMap<String, Vec<String>>,
}

fn names(message: &Message) -> Vec<String> {
    match &message.notice {
        Notice::Objects(delivery) => delivery.logs.iter().map(|it| it.key.clone()).collect(),
        Notice::Records(text) => vec![text.clone()],
        Notice::Test => vec![],
        Notice::Unknown(_) => vec!["never".to_owned()],
    }
}

impl World {
    fn new(mode: Mode) -> Self {
        Self {
            plan: Plan::new(mode),
            mode,
            now: NOON,
            running: vec![],
            sent: vec![],
            stored: BTreeSet::new(),
            numbers: BTreeMap::new(),
            times: 0,
            is_asked: false,
            deletes_well: true,
            deleted: BTreeSet::new(),
            announced: BTreeMap::new(),
        }
    }

    /// Does all that the plan wants now; says whether it has ended.
    fn follow(&mut self) -> Result<bool, TestCaseError> {
        for _ in 0..1000 {
            match self.plan.next(self.now) {
                Step::Start(work) => {
                    let name = match &work.what {
                        What::Object(object) => object.key.clone(),
                        What::Records(said) => said.text.clone(),
                        What::Unknown(_) => "nothing".to_owned(),
                    };
                    self.numbers.insert(work.number, name);
                    self.running.push(work);
                    prop_assert!(self.running.len() <= RUNNING);
                }
                Step::Receive => {
                    prop_assert!(!self.is_asked, "one call at a time");
                    self.is_asked = true;
                }
                Step::Delete(letters) => {
                    prop_assert!(self.mode != Mode::Peek && letters.len() <= CALL);
                    for letter in &letters {
                        let needs = &self.announced[&letter.id];
                        let missing = needs.iter().find(|name| !self.stored.contains(*name));
                        prop_assert_eq!(missing, None, "{} is deleted too early", letter.id);
                    }
                    let well = self.deletes_well;
                    if well {
                        self.deleted.extend(letters.iter().map(|it| it.id.clone()));
                    }
                    self.plan.deleted(&letters, |_| well, self.now);
                }
                Step::Extend(letters) => {
                    prop_assert!(self.mode != Mode::Peek && letters.len() <= CALL);
                    self.plan.extended(&letters, self.now);
                }
                Step::Wait(wait) => {
                    prop_assert!(wait > Duration::ZERO);
                    return Ok(false);
                }
                Step::End => return Ok(true),
            }
        }
        Err(TestCaseError::fail("it goes round and round"))
    }

    fn receive(&mut self, message: Option<Message>) {
        if std::mem::take(&mut self.is_asked) {
            if let Some(message) = &message {
                self.announced.entry(message.id.clone()).or_insert_with(|| names(message));
            }
            self.plan.received(message.into_iter().collect(), self.now);
        }
    }

    fn happen(&mut self, what: Happens) {
        self.times += 1;
        let times = self.times;
        match what {
            // A message says the same however often it comes.
            Happens::Comes(id, of) => {
                let known = self.announced.get(&format!("m-{id}"));
                let of = known.map_or(of, |names| {
                    names.iter().map(|name| name["key-".len()..].parse().unwrap()).collect()
                });
                self.receive(Some(announcing(id, times, &of)));
            }
            Happens::Says(id) => {
                self.receive(Some(message(id, times, Notice::Records(format!("text-{id}")))));
            }
            Happens::IsOdd(id) => {
                self.receive(Some(message(id, times, Notice::Unknown("odd".to_owned()))));
            }
            Happens::Nothing => self.receive(None),
            Happens::Got(at) if !self.running.is_empty() => {
                let work = self.running.remove(at.index(self.running.len()));
                self.plan.sent();
                self.sent.push(work.number);
            }
            Happens::Fails(at, again) if !self.running.is_empty() => {
                let work = self.running.remove(at.index(self.running.len()));
                match (&work.what, again) {
                    (_, true) => self.plan.again(work),
                    (What::Object(_), false) => self.plan.not_got(work.number),
                    (_, false) => self.running.push(work),
                }
            }
            Happens::Stored(at) if !self.sent.is_empty() => {
                let number = self.sent.remove(at.index(self.sent.len()));
                self.stored.insert(self.numbers[&number].clone());
                self.plan.stored(number);
            }
            Happens::Deleting(well) => self.deletes_well = well,
            Happens::Passes(millis) => self.now = self.now + Millis(millis.into()),
            Happens::Got(_) | Happens::Fails(..) | Happens::Stored(_) => {}
        }
    }
}

proptest! {
    /// Nothing is deleted before all of it is stored, nothing is got twice at once, and whatever
    /// happened, a reading that ends does so with empty hands.
    #[test]
    fn nothing_is_lost_whatever_happens(
        events in prop::collection::vec(happens(), 0..200),
        mode in prop::sample::select(vec![Mode::Follow, Mode::Once, Mode::Peek]),
    ) {
        let mut world = World::new(mode);
        for event in events {
            world.follow()?;
            world.happen(event);
        }
        // From here on all goes well.
        world.deletes_well = true;
        for round in 0.. {
            if world.follow()? {
                break;
            }
            world.receive(None);
            while let Some(work) = world.running.pop() {
                world.plan.sent();
                world.sent.push(work.number);
            }
            while let Some(number) = world.sent.pop() {
                world.stored.insert(world.numbers[&number].clone());
                world.plan.stored(number);
            }
            world.now = world.now + Millis::seconds(20);
            if mode == Mode::Follow && round > 20 {
                prop_assert!(world.plan.held.is_empty());
                return Ok(());
            }
            prop_assert!(round < 200, "it has to end");
        }
        prop_assert!(world.plan.held.is_empty() && world.plan.awaited.is_empty());
        prop_assert!(world.plan.under_way.is_empty() && world.plan.waiting.is_empty());
    }
}
