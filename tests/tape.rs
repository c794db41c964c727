//! A recording that is replayed gives the same rows and, at each moment, the same words of
//! completeness; and the file of it holds whatever happens to it.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;

use proptest::prelude::*;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;
use trailtop::clock::Clock;
use trailtop::coverage::trail::{Recording, Trail};
use trailtop::coverage::watermark::StreamName;
use trailtop::engine::draft::Reading;
use trailtop::engine::intake::Intake;
use trailtop::engine::pool::{self, Arrival, Drafts};
use trailtop::event::envelope::Extent;
use trailtop::event::field::{Column, Origin};
use trailtop::event::read::Hints;
use trailtop::event::time::Timestamp;
use trailtop::event::veil::veiled;
use trailtop::source::batch::{Batch, Feed, Health, Outlet, SourceId, State};
use trailtop::source::driver::drive;
use trailtop::source::object;
use trailtop::source::tape::hand::{Motion, Speed, Wish};
use trailtop::source::tape::player::{self, Player};
use trailtop::source::tape::playing::Hand;
use trailtop::source::tape::recorder::{Options, Recorder, Stage};

use crate::run::{Bench, DEADLINE, shared_data};

/// The first moment of a recording.
const BEGUN: i64 = 1_772_366_400_000;

/// What a source sends.
#[derive(Debug, Clone)]
enum Sent {
    Events { source: usize, origin: Origin, ids: Vec<u8>, packed: bool, broken: bool, old: bool },
    Swept { source: usize, stream: Option<u8> },
    Proven { source: usize, stream: u8 },
    Disproven { source: usize, stream: u8 },
    Trails { source: usize, on: bool },
    Health { source: usize, down: bool },
}

fn sent() -> impl Strategy<Value = Sent> {
    let source = 0..2usize;
    let origin = prop_oneof![Just(Origin::S3), Just(Origin::History), Just(Origin::Logs)];
    let ids = prop::collection::vec(0..60u8, 0..5);
    prop_oneof![
        6 => (source.clone(), origin, ids, any::<bool>(), prop::bool::weighted(0.2), any::<bool>())
            .prop_map(|(source, origin, ids, packed, broken, old)| Sent::Events {
                source, origin, ids, packed, broken, old
            }),
        2 => (source.clone(), prop::option::of(0..3u8))
            .prop_map(|(source, stream)| Sent::Swept { source, stream }),
        1 => (source.clone(), 0..3u8).prop_map(|(source, stream)| Sent::Proven { source, stream }),
        1 => (source.clone(), 0..3u8).prop_map(|(source, stream)| Sent::Disproven { source, stream }),
        1 => (source.clone(), any::<bool>()).prop_map(|(source, on)| Sent::Trails { source, on }),
        1 => (source, any::<bool>()).prop_map(|(source, down)| Sent::Health { source, down }),
    ]
}

fn stream(n: u8) -> StreamName {
    let region = ["eu-west-1", "us-east-1", "eu-north-1"][usize::from(n % 3)].to_owned();
    StreamName { account: "111122223333".to_owned(), region, origin: Origin::S3 }
}

/// A record that tells of a secret, or of what was done to a trail.
fn record(id: u8, second: i64) -> String {
    let time = Timestamp(BEGUN + 1000 * second - 60_000 * i64::from(id % 20));
    let region = stream(id).region;
    let (event, source) = match id % 10 {
        9 => ("StopLogging", "cloudtrail.amazonaws.com"),
        _ => ("AssumeRole", "sts.amazonaws.com"),
    };
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"{time}","eventSource":"{source}","eventName":"{event}","awsRegion":"{region}","sourceIPAddress":"203.0.113.7","userIdentity":{{"type":"IAMUser","userName":"alice","accountId":"111122223333"}},"requestParameters":{{"name":"t"}},"responseElements":{{"credentials":{{"sessionToken":"secret-{id}"}}}},"eventID":"id-{id}","managementEvent":true,"recipientAccountId":"111122223333"}}"#
    )
}

impl Sent {
    /// As it is sent at this second, as the n-th object.
    fn feed(&self, second: i64, n: u64, outlet: &Outlet, runtime: &Runtime) {
        let now = Timestamp(BEGUN + 1000 * second);
        let of = |source: &usize| outlet.of(SourceId(*source));
        match self {
            Self::Events { source, origin, ids, packed, broken, old } => {
                let mut text: String = ids.iter().map(|id| record(*id, second) + "\n").collect();
                if *broken {
                    text += "{\"eventVersion\":\"1.11\",\"sessionToken\":\"secret-half\n";
                    text += &(record(3, second) + "\n");
                }
                let bytes = if *packed { gzip(text.as_bytes()) } else { text.into_bytes() };
                let batch = Batch {
                    source: SourceId(*source),
                    object: n,
                    again: false,
                    name: format!("object {n}").into(),
                    origin: *origin,
                    origins: origin.bit(),
                    hints: Arc::new(Hints::default()),
                    delivered: n.is_multiple_of(3).then_some(now),
                    base: 0,
                    bytes,
                    packed: packed.then(object::Options::default),
                    extent: if *packed { Extent::Whole } else { Extent::Lines },
                    damage: (*broken && !packed).then(|| "cut off".to_owned()),
                    last: true,
                    was_there: *old,
                    played: None,
                    before: None,
                    receipt: None,
                };
                runtime.block_on(of(source).send(batch)).unwrap();
            }
            Self::Swept { source, stream: None } => of(source).swept(now),
            Self::Swept { source, stream: Some(n) } => of(source).stream_swept(stream(*n), now),
            Self::Proven { source, stream: n } => of(source).proven(stream(*n), now),
            Self::Disproven { source, stream: n } => {
                of(source).disproven(stream(*n), "gone".into());
            }
            Self::Trails { source, on } => {
                let recording = if *on { Recording::On(None) } else { Recording::Off(Some(now)) };
                let arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t".to_owned();
                let home = "eu-west-1".to_owned();
                of(source).trails(vec![Trail { arn, home, recording, ..Trail::default() }]);
            }
            Self::Health { source, down } => {
                let state = if *down { State::Down("denied".into()) } else { State::Watching };
                of(source).health(Health { state, ..Health::starting(SourceId(*source), now) });
            }
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// What takes it in, and what it says after each thing that came.
struct Taker {
    intake: Intake,
    drafts: Drafts,
    /// The sources of a replay are numbered behind the replay itself.
    first: usize,
    /// What is said of completeness, and the books.
    said: Vec<(String, String)>,
    /// How much was said before a recording was handed what was here, or a replay was told of it.
    before: usize,
}

impl Taker {
    fn new(feed: tokio::sync::mpsc::UnboundedReceiver<Feed>, clock: Clock, first: usize) -> Self {
        let intake = Intake::new(64 << 20);
        let reading = Reading::whole(intake.secret().clone());
        let drafts = pool::start(2, feed, &reading, clock).unwrap();
        Self { intake, drafts, first, said: vec![], before: 0 }
    }

    /// Takes the next thing in; false at the end.
    fn step(&mut self) -> bool {
        let Some(arrival) = self.drafts.wait() else { return false };
        let is_own = |source: SourceId| source.0 < self.first;
        let health = match arrival {
            Arrival::Draft(draft) => {
                self.intake.keep(&draft, Timestamp(BEGUN));
                self.intake.flush(Timestamp(BEGUN));
                String::new()
            }
            Arrival::Feed(Feed::Health(health)) if is_own(health.source) => return true,
            Arrival::Feed(Feed::Added(..)) => return true,
            Arrival::Feed(Feed::HandHeld(to)) => {
                self.before = self.said.len();
                return to.send(self.intake.held(Timestamp(BEGUN))).is_ok();
            }
            Arrival::Feed(Feed::Issued(grants)) => {
                self.intake.issued(grants);
                self.intake.flush(Timestamp(BEGUN));
                return true;
            }
            Arrival::Feed(Feed::Health(health)) => {
                let source = SourceId(health.source.0 - self.first);
                format!("{:?}", Health { source, ..health })
            }
            Arrival::Feed(feed) => {
                if matches!(feed, Feed::Covered(_)) {
                    self.before = self.said.len() + 1;
                }
                self.intake.cover_mut().hear(feed);
                String::new()
            }
        };
        let cover = self.intake.cover();
        let holes = cover.holes();
        let mut streams = cover.streams(&holes);
        for row in &mut streams {
            row.source.0 -= self.first;
        }
        let tally = self.intake.tally();
        // What is hidden has another length; everything else is as it was.
        let skips: Vec<&str> = tally.skips.iter().map(|skip| &*skip.why).collect();
        let tally = [tally.objects, tally.records, tally.kept, tally.duplicates, tally.late];
        let tally = format!("{tally:?} {skips:?}");
        let words = format!("{health} {streams:?} {holes:?} {:?} {:?}", cover.seen(), cover.data());
        self.said.push((words, tally));
        true
    }

    /// Every row with all that is known of it.
    fn rows(&self) -> Vec<String> {
        let mut rows = vec![];
        for part in self.intake.ring().snapshot().parts() {
            for row in 0..part.segment.len() {
                let cells: Vec<&str> = Column::ALL.iter().map(|at| part.text(row, *at)).collect();
                let (time, arrival) = (part.segment.time(row), part.segment.arrival(row));
                let (flags, origins) = (part.side.flags(row), part.side.origins(row));
                let raw = part.raw(row);
                let raw = String::from_utf8_lossy(&veiled(&raw)).into_owned();
                let bodies = part.side.bodies(row).iter().map(|body| {
                    let raw = veiled(&body.raw);
                    (body.origin, String::from_utf8_lossy(&raw).into_owned())
                });
                let bodies: Vec<_> = bodies.collect();
                let root = part.side.roots().get(row);
                rows.push(format!(
                    "{cells:?} {time} {arrival} {flags} {origins} {raw} {bodies:?} {root:?}"
                ));
            }
        }
        rows
    }
}

/// A clock that the test moves.
fn clock() -> (&'static AtomicI64, Clock) {
    let hand: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(BEGUN)));
    (hand, Clock::Moved(hand))
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Takes what is sent in, one thing a second, and records it from the beginning.
fn recorded(all: &[Sent], path: &Path, with_secrets: bool) -> Taker {
    recorded_from(None, all, path, with_secrets)
}

/// The same from the beginning, or midway: after so many things, and then with what is there.
fn recorded_from(midway: Option<usize>, all: &[Sent], path: &Path, with_secrets: bool) -> Taker {
    let runtime = runtime();
    let (hand, clock) = clock();
    let (sender, feed) = unbounded_channel();
    let mut taker = Taker::new(feed, clock, 0);
    let (told, ended) = mpsc::channel();
    let (goes_live, live) = mpsc::channel();
    let sources = vec!["one".to_owned(), "two".to_owned()];
    let options = Options {
        sources,
        with_secrets,
        most: 1 << 30,
        gives_receipts: false,
        with_buffer: midway.is_some(),
    };
    let recorder = Recorder::start(path, options, clock, move |stage| match stage {
        Stage::Ended(made, why) => told.send((made, why)).unwrap(),
        Stage::Live { rows, of } => goes_live.send((rows, of)).unwrap(),
        Stage::Writes { .. } => {}
    });
    let mut recorder = Some(recorder.unwrap());
    let outlet = Outlet::new(sender.clone());
    for (n, one) in all.iter().enumerate() {
        if midway.unwrap_or(0) == n {
            sender.send(Feed::Record(recorder.take())).unwrap();
            if midway.is_some() {
                assert!(taker.step());
                let (rows, of) = live.recv_timeout(DEADLINE).unwrap();
                assert_eq!((rows, of), (taker.rows().len() as u64, rows));
            }
        }
        hand.store(BEGUN + 1000 * n as i64, Ordering::Relaxed);
        one.feed(n as i64, n as u64, &outlet, &runtime);
        assert!(taker.step());
    }
    drop((outlet, sender));
    assert!(!taker.step());
    let (made, why) = ended.recv_timeout(DEADLINE).unwrap();
    assert_eq!((made.bytes, why), (path.metadata().unwrap().len(), Ok(())));
    taker
}

/// Takes a recording in, all at once.
fn replayed(path: &Path) -> Taker {
    let runtime = runtime();
    let (sender, feed) = unbounded_channel();
    let (_, clock) = clock();
    let mut taker = Taker::new(feed, clock, 1);
    let outlet = Outlet::new(sender).of(SourceId(0));
    runtime.spawn(drive(Player::new(path.to_owned(), 1 << 30, None), outlet, clock));
    while taker.step() {}
    taker
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_same_rows_and_the_same_words_at_each_moment(
        all in prop::collection::vec(sent(), 1..40),
        with_secrets: bool,
    ) {
        let bench = Bench::new();
        let path = bench.path("a.tape");
        let then = recorded(&all, &path, with_secrets);
        let now = replayed(&path);
        // At the end a replay tells that what went on then does not go on any more.
        for (at, (now, then)) in now.said.iter().zip(&then.said).enumerate() {
            prop_assert_eq!(now, then, "after {} things", at + 1);
        }
        prop_assert!(now.said.len() >= then.said.len());
        prop_assert_eq!(now.rows(), then.rows());
        let file = zstd::decode_all(&*fs::read(&path).unwrap()).unwrap();
        let shows = memchr::memmem::find(&file, b"secret-").is_some();
        let holds = then.intake.tally().records > 0;
        prop_assert_eq!(shows, with_secrets && holds);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn one_that_begins_midway_has_what_was_there(
        all in prop::collection::vec(sent(), 2..40),
        midway: prop::sample::Index,
        with_secrets: bool,
    ) {
        let bench = Bench::new();
        let path = bench.path("a.tape");
        let midway = midway.index(all.len());
        let then = recorded_from(Some(midway), &all, &path, with_secrets);
        let now = replayed(&path);
        prop_assert_eq!(then.before, midway);
        // What is known is said when it is known, and from then on as it was said then.
        let words = |taker: &Taker| -> Vec<String> {
            let said = taker.said[taker.before.saturating_sub(1)..].iter();
            said.map(|(words, _)| words.clone()).collect()
        };
        let (mut now_said, mut then_said) = (words(&now), words(&then));
        if midway == 0 {
            prop_assert!(now_said.remove(0).starts_with(" [] []"));
        } else {
            let health = |said: &str| said.split(" [").next().unwrap_or_default().len();
            for first in [&mut now_said[0], &mut then_said[0]] {
                first.drain(..health(first));
            }
        }
        for (at, (now, then)) in now_said.iter().zip(&then_said).enumerate() {
            prop_assert_eq!(now, then, "{} things after it began", at);
        }
        prop_assert!(now_said.len() >= then_said.len());
        prop_assert_eq!(now.rows(), then.rows());
        let file = zstd::decode_all(&*fs::read(&path).unwrap()).unwrap();
        let shows = memchr::memmem::find(&file, b"secret-").is_some();
        prop_assert!(!shows || with_secrets);
    }
}

/// Everything that a folder of real data holds, in the order of its names.
fn files(folder: &Path, all: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, all) } else { all.push(path) }
    }
}

#[test]
fn rows_of_every_wrapper_come_back_from_the_buffer() {
    let Some(data) = shared_data() else { return };
    let mut all = vec![];
    for folder in ["wrappers", "s3/invictus"] {
        files(&data.join(folder), &mut all);
    }
    let bench = Bench::new();
    let path = bench.path("a.tape");
    let runtime = runtime();
    let (_, clock) = clock();
    let (sender, feed) = unbounded_channel();
    let mut then = Taker::new(feed, clock, 0);
    let outlet = Outlet::new(sender.clone());
    let (goes_live, live) = mpsc::channel();
    runtime.spawn(async move {
        for (n, file) in all.into_iter().enumerate() {
            let origin = if n % 3 == 0 { Origin::S3 } else { Origin::History };
            let mut parcel = trailtop::source::parcel::Parcel::new(
                &outlet,
                n as u64,
                file.to_string_lossy().into(),
                origin,
            );
            let region = ["eu-west-1", "sa-east-1"][n % 2].to_owned();
            parcel.hints = Hints { account: format!("{n:012}"), region, ..Hints::default() }.into();
            parcel.delivered = Some(Timestamp(BEGUN + n as i64));
            parcel.send(fs::read(file).unwrap(), 1 << 30).await.unwrap();
        }
        let options = Options {
            sources: vec!["all".into()],
            // Where AWS has hidden a secret, hiding it once more hides that.
            with_secrets: true,
            most: 1 << 30,
            gives_receipts: false,
            with_buffer: true,
        };
        let recorder = Recorder::start(&path, options, clock, move |stage| {
            goes_live.send(stage).ok();
        });
        sender.send(Feed::Record(Some(recorder.unwrap()))).unwrap();
        let first = tokio::task::spawn_blocking(move || live.recv_timeout(DEADLINE));
        assert!(matches!(first.await.unwrap().unwrap(), Stage::Live { rows, of } if rows == of));
        drop(sender);
    });
    while then.step() {}
    let now = replayed(&bench.path("a.tape"));
    let (now, then) = (now.rows(), then.rows());
    assert!(then.len() > 1000);
    for (now, then) in now.iter().zip(&then) {
        let at = now.bytes().zip(then.bytes()).position(|(now, then)| now != then).unwrap_or(0);
        assert_eq!(now.get(at..), then.get(at..), "{}", &now[..at]);
    }
    assert_eq!(now.len(), then.len());
}

/// A recording of so many batches, an event and a second each.
fn hourly(path: &Path, n: u8) {
    let one = |id| Sent::Events {
        source: 0,
        origin: Origin::S3,
        ids: vec![id],
        packed: false,
        broken: false,
        old: false,
    };
    recorded(&(0..n).map(one).collect::<Vec<_>>(), path, false);
}

/// Waits for what a tape that is played does, and gives how many batches came until then and whether
/// it began anew.
fn until(
    feed: &mpsc::Receiver<Feed>,
    is: impl Fn(trailtop::source::tape::hand::Position) -> bool,
) -> (usize, bool) {
    let (mut batches, mut anew) = (0, false);
    loop {
        match feed.recv_timeout(DEADLINE).expect("something before the deadline") {
            Feed::Batch(..) => batches += 1,
            Feed::Anew(_) => (batches, anew) = (0, true),
            Feed::Hand(at) if is(at) => return (batches, anew),
            _ => {}
        }
    }
}

#[test]
fn a_recording_of_countless_sources_names_a_thousand() {
    let bench = Bench::new();
    let path = bench.path("a.tape");
    let options = Options {
        sources: (0..3000).map(|n| format!("s3://{n}")).collect(),
        with_secrets: false,
        most: u64::MAX,
        gives_receipts: false,
        with_buffer: false,
    };
    let (told, ended) = mpsc::channel();
    let recorder = Recorder::start(&path, options, clock().1, move |stage| {
        told.send(stage).ok();
    });
    drop(recorder.unwrap());
    let ended = ended.recv_timeout(DEADLINE).unwrap();
    assert!(matches!(ended, Stage::Ended(_, Ok(()))), "{ended:?}");
    let (sender, mut feed) = unbounded_channel();
    let player = Player::new(path, 1 << 30, None);
    runtime().block_on(drive(player, Outlet::new(sender).of(SourceId(0)), clock().1));
    let mut added = 0;
    while let Ok(one) = feed.try_recv() {
        added += usize::from(matches!(one, Feed::Added(..)));
    }
    assert_eq!(added, 1000);
}

#[test]
fn a_hand_pauses_steps_and_seeks() {
    let bench = Bench::new();
    let path = bench.path("a.tape");
    hourly(&path, 50);
    let label = player::label(&path).unwrap();
    assert_eq!((label.from, label.head.sources.len()), (Timestamp(BEGUN), 2));
    let runtime = runtime();
    let (moved, clock) = clock();
    let (wish, wishes) = unbounded_channel();
    let start = Some(Timestamp(BEGUN + 9_500));
    wish.send(Wish::Pause).unwrap();
    let hand = Hand { clock: moved, wishes, speed: Speed::Most, start };
    let (sender, mut feed) = unbounded_channel();
    let player = Player::new(path, 1 << 30, Some((hand, label)));
    runtime.spawn(drive(player, Outlet::new(sender), clock));
    let (tell, told) = mpsc::channel();
    runtime.spawn(async move {
        while let Some(one) = feed.recv().await {
            if tell.send(one).is_err() {
                return;
            }
        }
    });
    let second = |at: Timestamp| (at.0 - BEGUN) / 1000;
    // It was paused before it began.
    assert_eq!(until(&told, |at| at.motion == Motion::Stands), (0, false));
    wish.send(Wish::Seek(Timestamp(BEGUN + 9_500))).unwrap();
    assert_eq!(until(&told, |at| at.motion == Motion::Stands && second(at.at) == 9), (10, false));
    assert_eq!(clock.now(), Timestamp(BEGUN + 9_500));
    for step in 1..=3 {
        wish.send(Wish::Step).unwrap();
        assert_eq!(until(&told, |at| at.steps == step), (1, false), "{step}");
    }
    assert_eq!(clock.now(), Timestamp(BEGUN + 12_000));
    // Back: everything up to there comes again, and nothing else.
    wish.send(Wish::Skip(trailtop::event::time::Millis::seconds(-8))).unwrap();
    let (batches, anew) = until(&told, |at| at.motion == Motion::Stands && at.runs == 1);
    assert_eq!((batches, anew, second(clock.now())), (5, true, 4));
    wish.send(Wish::Pause).unwrap();
    assert_eq!(until(&told, |at| at.motion == Motion::Ended), (45, false));
    assert_eq!(second(clock.now()), 49);
    wish.send(Wish::Seek(Timestamp(0))).unwrap();
    let (batches, anew) = until(&told, |at| at.motion == Motion::Stands && at.runs == 2);
    assert_eq!((batches, anew, second(clock.now())), (1, true, 0));
}

#[test]
fn a_recording_is_a_file_of_ones_own_and_a_source() {
    let bench = Bench::new();
    let demo = ["demo:seed=7,events=300", "--now", "2026-03-01T12:00:00Z"];
    let ran = bench.run(&[&["record", "a.tape"], &demo[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("300 events"), "{}", ran.err);
    let mode = bench.path("a.tape").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let events = |args: &[&str]| bench.run(&[&["query", ""], args].concat());
    let fields = ["--columns", "time,event,actor,target,ip,acct,region,err,id", "-o", "csv"];
    let direct = events(&[&demo[..], &fields].concat());
    let again = events(&[&["a.tape"], &fields[..]].concat());
    assert_eq!((again.code, &again.out), (0, &direct.out), "{}", again.err);
    // Nothing is written over, and what is no recording is not played.
    let ran = bench.run(&[&["record", "a.tape"], &demo[..]].concat());
    assert!(ran.code == 2 && ran.err.contains("never overwrites"), "{} {}", ran.code, ran.err);
    let other = bench.file("other.tape", "{}");
    for (file, says) in [
        (&*other, "no recording of trailtop"),
        ("missing.tape", "no such file; `trailtop record FILE SOURCE…` makes"),
        (".", "is a folder, no recording: `trailtop .` opens it"),
    ] {
        let ran = bench.run(&["replay", file]);
        assert!(ran.code == 2 && ran.err.contains(says), "{} {}", ran.code, ran.err);
    }
    let newer = bench.file("newer.tape", b"\x5a\x2a\x4d\x18\x10\0\0\0trailtop tape 9\n");
    let ran = events(&[&newer, "--count"]);
    assert!(ran.code == 3 && ran.err.contains("newer trailtop"), "{} {}", ran.code, ran.err);
    let ran = bench.run(&["replay", "a.tape", "--speed", "fast"]);
    assert!(ran.code == 2 && ran.err.contains("no speed"), "{} {}", ran.code, ran.err);
}

#[test]
fn a_recording_ends_where_it_may_not_grow() {
    let bench = Bench::new();
    let ran = bench.run(&["record", "a.tape", "demo:rate=100", "--max-size", "100k"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("--max-size"), "{}", ran.err);
    let ran = bench.run(&["query", "", "a.tape", "--count", "--stats"]);
    assert_eq!((ran.code, ran.stats()["skipped"].as_u64()), (0, Some(0)), "{}", ran.err);
}

#[test]
fn whoever_is_killed_loses_the_last_second_alone() {
    let bench = Bench::new();
    let mut child = bench
        .command(&["record", "a.tape", "demo:rate=100"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let size = || bench.path("a.tape").metadata().map_or(0, |meta| meta.len());
    // The hour before it and something live.
    let mut before = 0;
    let mut grown = 0;
    assert!(crate::e2e::stage::becomes(|| {
        grown += usize::from(size() > before.max(100_000));
        before = size();
        grown > 3
    }));
    let file = fs::read(bench.path("a.tape")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let ran = bench.run(&["query", "", "a.tape", "--count", "--stats"]);
    let stats = ran.stats();
    assert_eq!(stats["skipped"], 1, "{}", ran.err);
    let why = stats["skips"][0]["why"].as_str().unwrap();
    assert!(why.contains("breaks off") || why.contains("was not ended"), "{why}");
    assert!(ran.err.contains("cannot be read"), "{}", ran.err);
    // What was in the file before the kill is read.
    fs::write(bench.path("b.tape"), file).unwrap();
    let then = bench.run(&["query", "", "b.tape", "--count", "--stats"]).stats();
    assert!(stats["kept"].as_u64() >= then["kept"].as_u64() && then["kept"].as_u64() > Some(500));
}
