//! The search thread, asked as the program asks it: batches and questions through channels, views
//! compared with a plain filter and sort of every row.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use proptest::prelude::*;

use crate::clock::Clock;
use crate::engine::inbox::Inbox;
use crate::engine::intake::Intake;
use crate::engine::search::{Ask, News, run};
use crate::engine::view::{Entry, Ledger, View};
use crate::event::envelope::Extent;
use crate::event::field::{Column, Flag, Origin};
use crate::event::time::{Millis, Timestamp};
use crate::insight::lens::{Insight, Lens};
use crate::insight::plain_tests::Plain;
use crate::insight::top::{Sort, TopWanted};
use crate::query::library::builtin;
use crate::query::parse::parse;
use crate::query::plan::{Context, Plan};
use crate::query::question::{Order, Question};
use crate::source::batch::{Batch, Health, SourceId, State};
use crate::store::segment::RowId;
use crate::store::snapshot::{RowRef, Snapshot};

/// No answer takes this long; a test that waits longer has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
}

/// Row `n` of a made-up log: who, what and when by its number alone.
fn record(n: usize) -> String {
    let names = ["PutObject", "GetObject", "CreateUser", "StopLogging", "AssumeRole"];
    let users = ["alice", "bob", "carol"];
    // Times go back and forth over the last two hours.
    let time = now() - Millis::seconds(((n * 7919) % 7200) as i64);
    let record = format!(
        r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"id-{n}","eventName":"{}","eventSource":"{}.amazonaws.com","awsRegion":"us-east-1","sourceIPAddress":"10.0.0.{}","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","userName":"{}"}},"requestParameters":{{"bucketName":"bucket-{}"}}}}"#,
        names[n % 5],
        if n.is_multiple_of(4) { "s3" } else { "iam" },
        n % 250,
        users[n % 3],
        n % 11,
    );
    // Some are denied, some fail, some are of a service, some carry keys.
    let denied = r#""errorCode":"AccessDenied","eventVersion""#;
    let failed = r#""errorCode":"ValidationException","eventVersion""#;
    let service = r#"{"type":"AWSService","invokedBy":"ecs.amazonaws.com","userName""#;
    let key = r#"{"accessKeyId":"AKIAIOSFODNN7EXAMPLE","type""#;
    match n % 13 {
        0 | 7 => record.replacen(r#""eventVersion""#, denied, 1),
        3 => record.replacen(r#""eventVersion""#, failed, 1),
        5 | 11 => record.replacen(r#"{"type":"IAMUser","userName""#, service, 1),
        9 => record.replacen(r#"{"type""#, key, 1),
        _ => record,
    }
}

pub(super) fn batch(origin: Origin, text: String) -> Batch {
    Batch { extent: Extent::Lines, ..Batch::whole(origin, text) }
}

pub(super) fn lines(rows: std::ops::Range<usize>) -> String {
    rows.map(|n| record(n) + "\n").collect()
}

pub(super) fn rows(snapshot: &Snapshot) -> impl Iterator<Item = RowRef<'_>> {
    let parts = snapshot.parts().iter();
    parts.flat_map(|part| (0..part.segment.len()).map(move |row| RowRef { part, row }))
}

/// A filter with what it means.
type Meaning = (&'static str, fn(RowRef<'_>, Timestamp) -> bool);

const FILTERS: [Meaning; 9] = [
    ("", |_, _| true),
    ("event:PutObject", |row, _| row.text(Column::Event) == "PutObject"),
    ("user:alice,bob -event:Get*", |row, _| {
        row.text(Column::User) != "carol" && !row.text(Column::Event).starts_with("Get")
    }),
    ("bucket-7", |row, _| String::from_utf8(row.raw()).unwrap().contains("bucket-7")),
    ("requestParameters.bucketName:bucket-1", |row, _| {
        String::from_utf8(row.raw()).unwrap().contains(r#""bucket-1""#)
    }),
    ("mark:yes", |row, _| row.has(Flag::Marked)),
    ("-mark:yes event:CreateUser OR event:Better", |row, _| {
        !row.has(Flag::Marked) && row.text(Column::Event) == "CreateUser"
            || row.text(Column::Event) == "Better"
    }),
    ("age:<20m", |row, now| now - row.time() < Millis::minutes(20)),
    ("event:NothingOfTheKind", |_, _| false),
];

const NOISE: [Option<Meaning>; 3] = [
    None,
    Some(("svc:s3", |row, _| row.text(Column::Service) == "s3.amazonaws.com")),
    Some(("mark:yes", |row, _| row.has(Flag::Marked))),
];

const WINDOWS: [Option<Millis>; 3] = [None, Some(Millis::minutes(15)), Some(Millis::hours(1))];

#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) filter: usize,
    pub(super) noise: usize,
    pub(super) window: usize,
    pub(super) order: Order,
}

pub(super) fn plan(text: &str) -> Arc<Plan> {
    let tree = parse(text, &builtin()).unwrap();
    Arc::new(Plan::compile(&tree, Context { now: now(), names: &[] }))
}

impl Wish {
    pub(super) const ALL: Self = Self { filter: 0, noise: 0, window: 0, order: Order::Time };

    pub(super) fn question(self, id: u64) -> Question {
        Question {
            id,
            plan: plan(FILTERS[self.filter].0),
            noise: NOISE[self.noise].map(|(text, _)| plan(text)),
            window: WINDOWS[self.window],
            order: self.order,
        }
    }

    /// The rows of a view, chosen one by one.
    pub(super) fn plain(self, view: &View, now: Timestamp) -> Plain<'_> {
        let recent =
            |row: &RowRef<'_>| WINDOWS[self.window].is_none_or(|window| row.time() >= now - window);
        let all: Vec<RowRef<'_>> = rows(&view.snapshot).filter(recent).collect();
        let is_kept = |row: &RowRef<'_>| FILTERS[self.filter].1(*row, now);
        let is_noise =
            |row: &RowRef<'_>| NOISE[self.noise].is_some_and(|(_, is_noise)| is_noise(*row, now));
        let kept: Vec<RowRef<'_>> = all.iter().filter(|row| is_kept(row)).copied().collect();
        // The first failed call of each cause is shown all the same.
        let mut firsts: BTreeMap<[&str; 3], Entry> = BTreeMap::new();
        for row in kept.iter().filter(|row| is_noise(row)) {
            if matches!(row.text(Column::Result), "denied" | "failed") {
                let via = row.text(Column::Via);
                let who = if via.is_empty() { row.text(Column::Actor) } else { via };
                let cause = [who, row.text(Column::Event), row.text(Column::Error)];
                let entry = Entry { time: row.time(), id: row.id() };
                let first = firsts.entry(cause).or_insert(entry);
                *first = entry.min(*first);
            }
        }
        let is_first = |row: &RowRef<'_>| firsts.values().any(|first| first.id == row.id());
        let shown = kept.iter().filter(|row| !is_noise(row) || is_first(row)).copied().collect();
        Plain { all, kept, shown }
    }

    /// How many rows a filter would show in the place of this one.
    pub(super) fn cost(self, filter: usize, view: &View, now: Timestamp) -> usize {
        Self { filter, ..self }.plain(view, now).shown.len()
    }

    /// Compares a view with every row of its store.
    pub(super) fn check(self, view: &View, now: Timestamp) {
        assert_eq!(view.now, now);
        let recent =
            |row: &RowRef<'_>| WINDOWS[self.window].is_none_or(|window| row.time() >= now - window);
        let in_window = rows(&view.snapshot).filter(recent).count();
        let Plain { kept, shown, .. } = self.plain(view, now);
        let entry = |row: &RowRef<'_>| Entry { time: row.time(), id: row.id() };
        let mut wanted: Vec<Entry> = shown.iter().map(entry).collect();
        match self.order {
            Order::Time => wanted.sort(),
            Order::Arrival => wanted.sort_by_key(|entry| entry.id),
        }
        assert!(view.entries.iter().eq(&wanted), "{self:?}: {:?} for {wanted:?}", view.entries);
        let hidden = kept.len() - shown.len();
        assert_eq!((view.in_window, view.hidden), (in_window, hidden), "{self:?}");
    }
}

/// The thread under test.
pub(super) struct Bench {
    pub(super) mail: Option<Sender<Ask>>,
    pub(super) news: Receiver<News>,
    pub(super) thread: Option<JoinHandle<()>>,
    /// Counts what was stored; a view carries it in its books.
    pub(super) stored: usize,
    pub(super) live: bool,
    pub(super) last: u64,
    /// The filters whose costs are asked for, and everything else that is.
    pub(super) costs: Vec<usize>,
    pub(super) lens: Lens,
}

impl Bench {
    pub(super) fn new(live: bool) -> Self {
        let (mail, inbox) = channel();
        let (post, news) = channel();
        let thread = Builder::new().name("search".into()).spawn(move || {
            let first = Wish::ALL.question(1);
            run(Inbox::new(inbox), first, Clock::Fixed(now()), &|news| drop(post.send(news)));
        });
        Self {
            mail: Some(mail),
            news,
            thread: Some(thread.unwrap()),
            stored: 0,
            live,
            last: 0,
            costs: vec![],
            lens: Lens::default(),
        }
    }

    pub(super) fn send(&self, ask: Ask) {
        self.mail.as_ref().unwrap().send(ask).unwrap();
    }

    /// Asks for other reckonings.
    pub(super) fn look(&mut self, lens: Lens, costs: Vec<usize>) {
        let without = costs.iter().map(|filter| plan(FILTERS[*filter].0)).collect();
        self.lens = Lens { id: self.lens.id + 1, without, ..lens };
        self.costs = costs;
        self.send(Ask::Lens(self.lens.clone()));
    }

    /// Waits for the reckonings of a whole view and compares them.
    pub(super) fn check_insight(&mut self, wish: Wish, view: &View, now: Timestamp) {
        let costs: Vec<usize> =
            self.costs.iter().map(|filter| wish.cost(*filter, view, now)).collect();
        let mut insight: Option<Arc<Insight>> = None;
        // Costs may come later than the rest; until then those of the last time are told.
        while self.lens.wants_any() && insight.as_ref().is_none_or(|it| it.without != costs) {
            if let News::Insight(it) = self.news.recv_timeout(PATIENCE).expect("search reckons")
                && (it.question, it.lens) == (view.question, self.lens.id)
            {
                wish.plain(view, now).check(&it, &self.lens);
                insight = Some(it);
            }
        }
    }

    pub(super) fn store(&mut self, intake: &Intake) {
        self.publish(intake.ring().snapshot(), intake.newest());
    }

    pub(super) fn publish(&mut self, snapshot: Snapshot, newest: Option<Timestamp>) {
        self.stored += 1;
        let state = if self.live { State::Watching } else { State::Ended };
        let health = Health {
            source: SourceId(0),
            state,
            objects: 0,
            waiting: 0,
            bytes: 0,
            since: now(),
            note: None,
            lacks: None,
            next_try: None,
        };
        let ledger =
            Ledger { bytes: self.stored, newest, health: vec![health], ..Ledger::default() };
        self.send(Ask::Stored(snapshot, Arc::new(ledger)));
    }

    /// The next view; the numbers of questions never go down.
    pub(super) fn view(&mut self) -> Arc<View> {
        loop {
            match self.news.recv_timeout(PATIENCE).expect("search answers") {
                News::View(view) => {
                    assert!(view.question >= self.last, "{} after {}", view.question, self.last);
                    self.last = view.question;
                    return view;
                }
                News::Values(..) | News::Insight(_) => {}
            }
        }
    }

    /// The whole answer to a question over everything stored so far, and the views before it.
    pub(super) fn whole(&mut self, question: u64) -> (Arc<View>, Vec<Arc<View>>) {
        let mut before = vec![];
        loop {
            let view = self.view();
            if !view.partial && view.question == question && view.ledger.bytes == self.stored {
                return (view, before);
            }
            before.push(view);
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.mail = None;
        let ended = self.thread.take().map(JoinHandle::join);
        // A failing test has said why already.
        if !std::thread::panicking() {
            ended.unwrap().expect("search does not panic");
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// So many rows at once.
    Push(usize),
    /// So many rows one by one, so that segments are joined.
    Trickle(usize),
    Mark(u64, bool),
    /// Another body of this row from a kind of more authority.
    Better(usize),
    Ask(Wish),
    /// Ask for other reckonings.
    Look(Lens, Vec<usize>),
    /// Wait for the answer and compare.
    Check,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wish = (0..FILTERS.len(), 0..NOISE.len(), 0..WINDOWS.len(), any::<bool>()).prop_map(
        |(filter, noise, window, by_time)| {
            let order = if by_time { Order::Time } else { Order::Arrival };
            Step::Ask(Wish { filter, noise, window, order })
        },
    );
    let value = prop::sample::select(vec!["alice", "bob", "s3", "GetObject", "10.0.0.1", "nobody"]);
    let top = (0..10usize, prop::sample::select(Sort::ALL.to_vec()), prop::option::of(value))
        .prop_map(|(by, sort, selected)| TopWanted { by, sort, selected: selected.map(Arc::from) });
    let costs = prop::collection::vec(0..FILTERS.len(), 0..3);
    let look = (any::<bool>(), 0..20u16, prop::option::of(top), costs).prop_map(
        |(counts, cells, top, costs)| {
            let noise = cells % 2 == 0;
            Step::Look(Lens { counts, cells, top, noise, ..Lens::default() }, costs)
        },
    );
    let step = prop_oneof![
        3 => (1..200usize).prop_map(Step::Push),
        1 => (1..40usize).prop_map(Step::Trickle),
        2 => (0..600u64, any::<bool>()).prop_map(|(row, on)| Step::Mark(row, on)),
        1 => (0..300usize).prop_map(Step::Better),
        4 => wish,
        3 => look,
        1 => Just(Step::Check),
    ];
    prop::collection::vec(step, 1..24)
}

fn play(steps: &[Step], cap: usize, live: bool) {
    let (mut bench, mut intake) = (Bench::new(live), Intake::new(cap));
    let (mut next, mut question, mut wish) = (0, 1, Wish::ALL);
    let mut push = |intake: &mut Intake, bench: &mut Bench, n: usize| {
        intake.take(batch(Origin::History, lines(next..next + n)), now());
        next += n;
        intake.flush(now());
        bench.store(intake);
        next
    };
    let moment = |intake: &Intake| match intake.newest().filter(|_| !live) {
        Some(newest) => newest,
        None => now(),
    };
    push(&mut intake, &mut bench, 3);
    for step in steps.iter().chain([&Step::Check]) {
        match step.clone() {
            Step::Look(lens, costs) => bench.look(lens, costs),
            Step::Push(n) => {
                push(&mut intake, &mut bench, n);
            }
            Step::Trickle(n) => {
                for _ in 0..n {
                    push(&mut intake, &mut bench, 1);
                }
            }
            Step::Mark(row, on) => {
                intake.mark(RowId(row), on);
                bench.store(&intake);
            }
            Step::Better(row) => {
                let known = push(&mut intake, &mut bench, 1);
                let text = record(row % known)
                    .replace(r#""eventName":""#, r#""eventName":"Better","x":""#);
                intake.take(batch(Origin::S3, text), now());
                intake.flush(now());
                bench.store(&intake);
            }
            Step::Ask(other) => {
                wish = other;
                question += 1;
                bench.send(Ask::Question(wish.question(question)));
            }
            Step::Check => {
                // Something new is stored, so that there is an answer to wait for.
                bench.store(&intake);
                let (view, _) = bench.whole(question);
                assert_eq!(view.snapshot.len(), intake.ring().snapshot().len());
                wish.check(&view, moment(&intake));
                bench.check_insight(wish, &view, moment(&intake));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 8, ..ProptestConfig::default() })]

    #[test]
    fn the_last_view_is_a_filter_and_a_sort(steps in steps(), live in any::<bool>()) {
        play(&steps, 64 << 20, live);
    }

    #[test]
    fn and_so_it_is_while_rows_are_evicted(steps in steps(), live in any::<bool>()) {
        play(&steps, 90_000, live);
    }
}
