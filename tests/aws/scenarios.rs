//! What may go wrong between AWS and here, as a table: a source, how its events come, what is done to
//! the answers, and what is to be said of it. Whatever happens, after each of them every event is
//! here once, and at every step what coverage promises is true.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::Arc;

use trailtop::coverage::watermark::Word;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::source::batch::Batch;
use trailtop::source::driver::Source;
use trailtop::source::history::tail::History;
use trailtop::source::logs::group::Group;
use trailtop::source::logs::tail::Logs;
use trailtop::source::s3::bucket::{Options, Trail};
use trailtop::source::s3::plan::Asked as Wanted;
use trailtop::source::s3::stream::Polling;
use trailtop::source::walk::Asked;

use crate::aws::history::{Happened, lookup};
use crate::aws::logs::{Message, filter};
use crate::aws::standin::{Answer, Call, Driven, Hand, serve, session};
use crate::aws::store::{EU, Store, US};

/// Some noon, and moments at which days, months and years turn an hour later.
const NOON: &str = "2023-07-10T12:00:00Z";
const DAY: &str = "2023-07-10T23:10:00Z";
const MONTH: &str = "2024-02-29T23:10:00Z";
const YEAR: &str = "2023-12-31T23:10:00Z";
/// Coverage promises what comes within so long.
const PROMISED: Millis = Millis::minutes(15);

/// Where events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Lookup,
    Bucket,
    Messages,
}

/// How events come.
#[derive(Debug, Clone, Copy)]
enum Comes {
    /// Each a minute after it happened.
    Steadily,
    /// After up to 14 minutes, in any order: keys sort before the last one seen.
    InDisorder,
    /// Every ninth after 40 minutes more.
    Late,
    /// Those of five minutes at once, in one second.
    InBursts,
    /// Nothing happens for an hour and a half, then it goes on.
    AfterSilence,
}

/// What is answered instead.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Throttled,
    Denied,
    Expired,
    Unknown,
    Skewed,
    Server,
    Cut,
    Locked,
    Gone,
    BadToken,
    /// The right answer, later.
    Slow,
    /// The right answer, and the clock of this machine is set back or forward by so many minutes.
    ClockSet(i64),
}

/// To which calls.
#[derive(Debug, Clone, Copy)]
enum To {
    All,
    /// One in so many.
    OneIn(u32),
    /// Those for this region.
    Region(&'static str),
    /// Those for objects.
    Gets,
    /// Those that bring a token.
    Tokens,
}

use Comes::{AfterSilence, InBursts, InDisorder, Late, Steadily};
use Of::{Bucket, Lookup, Messages};
use To::{All, Gets, OneIn, Region, Tokens};
use Trouble::{
    BadToken, ClockSet, Cut, Denied, Expired, Gone, Locked, Server, Skewed, Slow, Throttled,
    Unknown,
};

/// Something that goes wrong, between two minutes after the start.
type Spell = (i64, i64, Trouble, To);
/// What it is called, where, since when, how events come, what goes wrong, and what is said of it:
/// nothing where that is empty.
type Scenario = (&'static str, Of, &'static str, Comes, &'static [Spell], &'static str);

const EXPIRED: &str = "the credentials have expired";
const DENIED: &str = "not allowed";
const SKEWED: &str = "the clock of this machine is wrong";

const SCENARIOS: &[Scenario] = &[
    ("all is well", Lookup, NOON, Steadily, &[], ""),
    ("all is well", Bucket, NOON, Steadily, &[], ""),
    ("all is well", Messages, NOON, Steadily, &[], ""),
    ("disorder", Lookup, NOON, InDisorder, &[], ""),
    ("disorder", Bucket, NOON, InDisorder, &[], ""),
    ("disorder", Messages, NOON, InDisorder, &[], ""),
    ("stragglers", Lookup, NOON, Late, &[], ""),
    ("stragglers", Bucket, NOON, Late, &[], ""),
    ("stragglers", Messages, NOON, Late, &[], ""),
    ("bursts", Lookup, NOON, InBursts, &[], ""),
    ("bursts", Bucket, NOON, InBursts, &[], ""),
    ("bursts", Messages, NOON, InBursts, &[], ""),
    ("silence", Lookup, NOON, AfterSilence, &[], ""),
    ("silence", Bucket, NOON, AfterSilence, &[], ""),
    ("silence", Messages, NOON, AfterSilence, &[], ""),
    ("midnight", Lookup, DAY, InDisorder, &[], ""),
    ("midnight", Bucket, DAY, InDisorder, &[], ""),
    ("midnight", Messages, DAY, InDisorder, &[], ""),
    ("midnight with stragglers", Bucket, DAY, Late, &[], ""),
    ("the end of a leap February", Bucket, MONTH, InDisorder, &[], ""),
    ("the end of a year", Bucket, YEAR, Late, &[], ""),
    ("throttled for half an hour", Lookup, NOON, Steadily, &[(10, 40, Throttled, All)], "too many"),
    ("throttled for half an hour", Bucket, NOON, Steadily, &[(10, 40, Throttled, All)], "too many"),
    (
        "throttled for half an hour",
        Messages,
        NOON,
        Steadily,
        &[(10, 40, Throttled, All)],
        "too many",
    ),
    ("throttled now and then", Lookup, NOON, InDisorder, &[(0, 90, Throttled, OneIn(3))], ""),
    ("throttled now and then", Bucket, NOON, InDisorder, &[(0, 90, Throttled, OneIn(3))], ""),
    ("throttled from the start", Lookup, NOON, Steadily, &[(0, 20, Throttled, All)], "too many"),
    ("a fault of AWS now and then", Lookup, NOON, Late, &[(0, 90, Server, OneIn(4))], ""),
    ("a fault of AWS now and then", Bucket, NOON, Late, &[(0, 90, Server, OneIn(4))], ""),
    ("a fault of AWS now and then", Messages, NOON, Late, &[(0, 90, Server, OneIn(4))], ""),
    ("an outage", Lookup, NOON, InDisorder, &[(5, 80, Server, All)], "a fault of its own"),
    ("an outage", Bucket, NOON, InDisorder, &[(5, 80, Server, All)], "a fault of its own"),
    ("an outage", Messages, NOON, InDisorder, &[(5, 80, Server, All)], "a fault of its own"),
    ("an outage over midnight", Bucket, DAY, InDisorder, &[(30, 80, Server, All)], "fault of its"),
    ("answers that are cut off", Lookup, NOON, Steadily, &[(0, 60, Cut, OneIn(3))], ""),
    ("answers that are cut off", Messages, NOON, Steadily, &[(0, 60, Cut, OneIn(3))], ""),
    ("objects that AWS fails to give", Bucket, NOON, Steadily, &[(0, 30, Server, Gets)], "fault"),
    ("the token expires", Lookup, NOON, Steadily, &[(20, 70, Expired, All)], EXPIRED),
    ("the token expires", Bucket, NOON, Steadily, &[(20, 70, Expired, All)], EXPIRED),
    ("the token expires", Messages, NOON, Steadily, &[(20, 70, Expired, All)], EXPIRED),
    (
        "the token expires with objects",
        Bucket,
        NOON,
        InDisorder,
        &[(0, 20, Expired, Gets)],
        EXPIRED,
    ),
    (
        "the key is unknown for a while",
        Lookup,
        NOON,
        Steadily,
        &[(5, 25, Unknown, All)],
        "not known",
    ),
    ("the clock is wrong", Lookup, NOON, Steadily, &[(20, 50, Skewed, All)], SKEWED),
    ("the clock is wrong", Bucket, NOON, Steadily, &[(20, 50, Skewed, All)], SKEWED),
    ("the clock is wrong", Messages, NOON, Steadily, &[(20, 50, Skewed, All)], SKEWED),
    ("the clock is set back", Lookup, NOON, InDisorder, &[(40, 41, ClockSet(-20), All)], ""),
    ("the clock is set back", Bucket, NOON, InDisorder, &[(40, 41, ClockSet(-20), All)], ""),
    ("the clock is set forward", Lookup, NOON, InDisorder, &[(40, 41, ClockSet(90), All)], ""),
    (
        "the machine slept over midnight",
        Bucket,
        DAY,
        InDisorder,
        &[(40, 41, ClockSet(90), All)],
        "",
    ),
    ("denied for a while", Lookup, NOON, Steadily, &[(10, 60, Denied, All)], DENIED),
    ("denied for a while", Bucket, NOON, Steadily, &[(10, 60, Denied, All)], DENIED),
    ("denied for a while", Messages, NOON, Steadily, &[(10, 60, Denied, All)], DENIED),
    ("one region denied", Bucket, NOON, Steadily, &[(0, 80, Denied, Region("us-east-1"))], DENIED),
    (
        "one region throttled",
        Bucket,
        NOON,
        Late,
        &[(0, 80, Throttled, Region("us-east-1"))],
        "too many",
    ),
    ("objects are locked by their key", Bucket, NOON, Steadily, &[(10, 70, Locked, Gets)], "kms:"),
    ("objects are gone", Bucket, NOON, Steadily, &[(10, 30, Gone, Gets)], ""),
    ("tokens are refused", Lookup, NOON, InDisorder, &[(0, 90, BadToken, Tokens)], ""),
    ("tokens are refused", Messages, NOON, InDisorder, &[(0, 5, BadToken, Tokens)], ""),
    ("every answer is slow", Lookup, NOON, InDisorder, &[(0, 120, Slow, All)], ""),
    ("every answer is slow", Bucket, NOON, InDisorder, &[(0, 120, Slow, All)], ""),
    ("every answer is slow", Messages, NOON, InDisorder, &[(0, 120, Slow, All)], ""),
    (
        "one thing after the other",
        Bucket,
        DAY,
        Late,
        &[
            (0, 10, Throttled, OneIn(2)),
            (20, 40, Denied, Region("eu-west-1")),
            (45, 60, Expired, All),
            (60, 80, Server, OneIn(2)),
        ],
        EXPIRED,
    ),
    (
        "one thing after the other",
        Lookup,
        DAY,
        Late,
        &[(0, 10, Throttled, OneIn(2)), (20, 40, Denied, All), (60, 80, Cut, OneIn(2))],
        DENIED,
    ),
];

/// Sessions of a queue have tests of their own (`queue.rs`); so have restarts of a bucket's
/// checkpoint (`bucket.rs`), Live Tail (`logs.rs`) and trails that are stopped (`start.rs`).
const LEAST: usize = 40;

/// An event: its id, region, time, and when it can first be seen.
#[derive(Debug, Clone)]
struct Item {
    id: String,
    region: &'static str,
    time: Timestamp,
    visible: Timestamp,
}

/// What AWS has.
#[derive(Debug, Clone)]
struct World {
    of: Of,
    items: Vec<Item>,
    store: Store,
    happened: Vec<Happened>,
    messages: Vec<Message>,
}

impl Comes {
    /// How late the nth comes.
    fn delay(self, n: i64) -> Millis {
        match self {
            InDisorder => Millis::minutes(n * 7919 % 13),
            Late if n % 9 == 4 => Millis::minutes(41),
            Steadily | Late | InBursts | AfterSilence => Millis::minutes(1),
        }
    }

    /// When the nth happens, where one does each `every`.
    fn time(self, start: Timestamp, n: i64, every: Millis) -> Timestamp {
        let at = Millis(n * every.0);
        let at = match self {
            InBursts => Millis(at.0 / Millis::minutes(5).0 * Millis::minutes(5).0),
            AfterSilence if at > Millis::minutes(50) => Millis(at.0 + Millis::minutes(90).0),
            _ => at,
        };
        start - Millis::hours(1) + at
    }
}

impl World {
    fn new(of: Of, start: Timestamp, comes: Comes) -> Self {
        let (store, happened, messages) = (Store::new(), vec![], vec![]);
        let mut world = Self { of, items: vec![], store, happened, messages };
        world.store.page = 7;
        // Until two hours after the start; nothing before what is asked for.
        let (every, n_all) = match of {
            Bucket => (Millis::minutes(5), 35),
            Lookup | Messages => (Millis::seconds(40), 260),
        };
        for n in 0..n_all {
            let time = comes.time(start, n + 1, every);
            world.add(n as u32, time, comes.delay(n));
        }
        world
    }

    fn add(&mut self, n: u32, time: Timestamp, delay: Millis) {
        let mut item = |id: String, region, visible| {
            self.items.push(Item { id, region, time, visible });
        };
        let id = format!("00000000-0000-0000-0000-{n:012}");
        match self.of {
            Lookup => {
                let visible = time + delay;
                self.happened.push(Happened { id: n, time, visible, is_insight: false });
                item(id, "us-east-1", visible);
            }
            Messages => {
                self.messages.push(Message::new(n, time, delay));
                item(id, "", time + delay);
            }
            Bucket => {
                for (folder, region) in [(EU, "eu-west-1"), (US, "us-east-1")] {
                    // Labels are whole minutes, six after what they are of.
                    let label = Timestamp(time.0 / 60_000 * 60_000) + Millis::minutes(6);
                    let visible = label - Millis::minutes(5) + delay;
                    self.store.put(folder, label, visible);
                    let n = self.store.numbered;
                    item(format!("{n:08}-1"), region, visible);
                    item(format!("{n:08}-2"), region, visible);
                }
            }
        }
    }

    fn answer(&self, call: &Call, now: Timestamp) -> Answer {
        match self.of {
            Lookup => lookup(call, &self.happened, now),
            Messages => filter(call, &self.messages, 20, now),
            Bucket => self.store.answer(call, now),
        }
    }
}

impl To {
    fn hits(self, call: &Call, n: u32) -> bool {
        match self {
            All => true,
            OneIn(all) => n.is_multiple_of(all),
            Region(region) => {
                let prefix = call.query.get("prefix").map_or("", String::as_str);
                prefix.contains(region) || call.path.contains(region)
            }
            Gets => call.path.ends_with(".json.gz"),
            Tokens => String::from_utf8_lossy(&call.body).to_lowercase().contains("nexttoken"),
        }
    }
}

impl Trouble {
    /// The answer instead of the right one.
    fn instead(self, of: Of, right: impl FnOnce() -> Answer, hand: Hand) -> Answer {
        let error = |status, json: &str, xml: &str, words: &str| match of {
            Bucket => Answer::xml_error(status, xml, words),
            Lookup | Messages if status >= 500 => Answer { status, ..Answer::error(json, words) },
            Lookup | Messages => Answer::error(json, words),
        };
        match self {
            Throttled => error(503, "ThrottlingException", "SlowDown", "Rate exceeded"),
            Denied => error(403, "AccessDeniedException", "AccessDenied", "no policy allows it"),
            Expired => error(400, "ExpiredTokenException", "ExpiredToken", "has expired"),
            Unknown => error(403, "UnrecognizedClientException", "InvalidAccessKeyId", "unknown"),
            Skewed => error(403, "InvalidSignatureException", "RequestTimeTooSkewed", "too old"),
            Server => error(500, "InternalFailure", "InternalError", "try again"),
            Locked => error(403, "", "AccessDenied", "is not authorized to perform: kms:Decrypt"),
            Gone => error(404, "", "NoSuchKey", "The specified key does not exist."),
            BadToken if of == Messages => error(400, "InvalidParameterException", "", "the token"),
            BadToken => error(400, "InvalidNextTokenException", "", "the token"),
            Cut => {
                let right = right();
                let half = right.body[..right.body.len() / 2].to_vec();
                Answer { body: half, ..right }
            }
            Slow => {
                hand.pass(Millis::seconds(25));
                right()
            }
            ClockSet(minutes) => {
                hand.pass(Millis(minutes * 60_000));
                right()
            }
        }
    }
}

/// What stands before an id in a record.
const BEFORE: &str = "\"eventID\":\"";

/// The ids of the records of a batch.
fn ids(batch: &Batch) -> Vec<String> {
    let mut text = String::new();
    match batch.packed {
        Some(_) => {
            let mut gz = flate2::read::GzDecoder::new(&*batch.bytes);
            gz.read_to_string(&mut text).unwrap();
        }
        None => text = String::from_utf8(batch.bytes.clone()).unwrap(),
    }
    let ends = text.match_indices(BEFORE).map(|(at, _)| &text[at + BEFORE.len()..]);
    ends.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// A run that is checked at every step.
struct Checked<'a, S> {
    it: Driven<S>,
    world: &'a World,
    here: BTreeSet<String>,
    read: usize,
    steps: usize,
}

impl<'a, S: Source> Checked<'a, S> {
    fn new(it: Driven<S>, world: &'a World) -> Self {
        Self { it, world, here: BTreeSet::new(), read: 0, steps: 0 }
    }

    async fn run(&mut self, hand: Hand, end: Timestamp) {
        while hand.now() < end {
            self.it.pull().await;
            self.steps += 1;
            for batch in &self.it.batches[self.read..] {
                for id in ids(batch) {
                    assert!(self.here.insert(id.clone()), "{id} comes twice");
                }
            }
            self.read = self.it.batches.len();
            self.promise_holds(hand.now());
        }
    }

    /// Whatever happened up to the time a stream is said to be complete to, and came as late as is
    /// promised at most, is here, or has been named.
    fn promise_holds(&self, now: Timestamp) {
        let named = self.it.intake.tally().skipped;
        for row in self.it.intake.cover().streams(&[]) {
            let (Word::Expected(to) | Word::Learning(to)) = row.word else { continue };
            assert!(to < now, "nobody knows what is still to come");
            let missing = self.world.items.iter().filter(|it| {
                it.region == row.name.region
                    && it.time <= to
                    && it.visible - it.time <= PROMISED
                    && !self.here.contains(&it.id)
            });
            // An object that is gone is named once, with all its events.
            let missing: Vec<&Item> = missing.collect();
            assert!(missing.len() as u64 <= 2 * named, "{:?} at {now}: {missing:?}", row.name);
        }
    }
}

async fn play(scenario: &'static Scenario) {
    let (name, of, start, comes, spells, says) = *scenario;
    let label = format!("{name}, {of:?}, {comes:?}");
    let hand = Hand::at(start);
    let start = hand.now();
    let world = World::new(of, start, comes);
    let served = world.clone();
    let mut calls = 0;
    let mut is_set = false;
    let url = serve(move |call| {
        calls += 1;
        let minute = (hand.now() - start).0 / 60_000;
        let hit = spells.iter().find(|(from, to, what, which)| {
            let was_done = is_set && matches!(what, ClockSet(_));
            (from..to).contains(&&minute) && which.hits(call, calls) && !was_done
        });
        let right = || served.answer(call, hand.now());
        match hit {
            None => right(),
            Some((_, _, what, _)) => {
                is_set |= matches!(what, ClockSet(_));
                what.instead(of, right, hand)
            }
        }
    })
    .await;
    let session = Arc::new(session(&url).await);
    let (since, clock) = (start - Millis::hours(1), hand.clock());
    let asked = Asked { since, until: None };
    let end = start + Millis::hours(if matches!(comes, AfterSilence) { 5 } else { 4 });
    match of {
        Lookup => {
            let source = History::new(session, "us-east-1", asked, clock);
            let mut it = Checked::new(Driven::new(source, hand), &world);
            it.run(hand, end).await;
            verdict(&it, &label, says, (hand.now(), Millis::minutes(10)));
        }
        Messages => {
            let source = Logs::new(session, Group::parse("trail,live=off").unwrap(), asked, clock);
            let mut it = Checked::new(Driven::new(source, hand), &world);
            it.run(hand, end).await;
            // Nobody can say what a group still gets.
            assert!(it.it.claims.is_empty(), "{label}");
            verdict(&it, &label, says, (hand.now(), Millis(i64::MAX)));
        }
        Bucket => {
            let wanted = Wanted { since, until: None, polling: Polling::Adaptive };
            let options = Options {
                bucket: "trail".to_owned(),
                prefix: String::new(),
                asked: wanted,
                requester_pays: false,
                max_object: 64 << 20,
            };
            let mut it =
                Checked::new(Driven::new(Trail::new(session, options, clock), hand), &world);
            it.run(hand, end).await;
            verdict(&it, &label, says, (hand.now(), Millis::minutes(45)));
        }
    }
}

/// Every event is here once or was named, what had to be said was said, and coverage has come on.
fn verdict<S: Source>(
    it: &Checked<'_, S>,
    label: &str,
    says: &str,
    (now, behind): (Timestamp, Millis),
) {
    let tally = it.it.intake.tally();
    assert!(it.steps > 50, "{label}: only {} steps", it.steps);
    assert_eq!(tally.records, tally.kept + tally.duplicates + tally.skipped, "{label}");
    assert_eq!((tally.kept, tally.duplicates), (it.here.len() as u64, 0), "{label}");
    let missing: Vec<&Item> =
        it.world.items.iter().filter(|item| !it.here.contains(&item.id)).collect();
    // Objects that were gone hold two events each.
    assert_eq!(missing.len() as u64, 2 * tally.skipped, "{label}: {missing:?} {:?}", it.it.downs);
    let downs = &it.it.downs;
    match says {
        "" => assert!(downs.is_empty(), "{label}: {downs:?}"),
        words => assert!(downs.iter().any(|down| down.contains(words)), "{label}: {downs:?}"),
    }
    let mut last: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for (stream, at) in &it.it.swept {
        last.insert(&stream.region, *at);
    }
    for (region, at) in last {
        assert!(now - at <= behind, "{label}: {region} has come to {at} only");
    }
}

/// Plays those of a kind, each with a server of its own; names all that failed.
async fn play_all(of: Of) {
    let mut failed = vec![];
    for scenario in SCENARIOS.iter().filter(|it| it.1 == of) {
        if tokio::spawn(play(scenario)).await.is_err() {
            failed.push(scenario.0);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn there_are_enough_of_them() {
    assert!(SCENARIOS.len() >= LEAST, "{}", SCENARIOS.len());
    let names: BTreeSet<(&str, String)> =
        SCENARIOS.iter().map(|it| (it.0, format!("{:?}", it.1))).collect();
    assert_eq!(names.len(), SCENARIOS.len(), "each is told apart by its name and place");
}

#[tokio::test]
async fn event_history_comes_through_all_of_them() {
    play_all(Lookup).await;
}

#[tokio::test]
async fn buckets_come_through_all_of_them() {
    play_all(Bucket).await;
}

#[tokio::test]
async fn log_groups_come_through_all_of_them() {
    play_all(Messages).await;
}
