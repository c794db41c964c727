//! What the benchmarks measure on: events that look like CloudTrail's and cost next to nothing to
//! make, a ring full of them, and a search thread to be asked. The only file that knows how the
//! engine is put together.

use std::fmt::Write as _;
use std::ops::{ControlFlow, Range};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use trailtop::clock::Clock;
use trailtop::engine::inbox::Inbox;
use trailtop::engine::intake::Intake;
use trailtop::engine::search::{self, Ask, News};
use trailtop::engine::view::{Ledger, View};
use trailtop::event::envelope::{self, Extent, Item};
use trailtop::event::field::Origin;
use trailtop::event::fingerprint::Secret;
use trailtop::event::read::Hints;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::insight::lens::{Insight, Lens};
use trailtop::query::library::builtin;
use trailtop::query::parse::parse;
use trailtop::query::plan::{Context, Plan};
use trailtop::query::question::{Folding, Order, Question};
use trailtop::source::batch::{Batch, SourceId};
use trailtop::source::demo::{self, Simulator};
use trailtop::source::object;
use trailtop::store::snapshot::Snapshot;

/// Events of a batch, as many as a busy trail writes into one object.
pub(crate) const BATCH: u64 = 1000;
/// A text that one event in 50,000 holds, and nothing else.
pub(crate) const RARE: &str = "needle-in-a-haystack";
/// Distinct records that the simulated organization writes before they repeat with other
/// identities, times and requests.
const TEMPLATES: u64 = 20_000;
/// How far apart two events are: a million of them are a day.
const STEP: Millis = Millis(86);
/// An answer that takes longer does not come.
const PATIENCE: Duration = Duration::from_mins(2);

/// Rows of the large ring: `TRAILTOP_BENCH_ROWS`, a million where it is not set.
pub(crate) fn rows() -> u64 {
    let set = std::env::var("TRAILTOP_BENCH_ROWS").ok();
    set.and_then(|rows| rows.replace('_', "").parse().ok()).unwrap_or(1_000_000)
}

/// The moment of the first event.
pub(crate) fn start() -> Timestamp {
    Timestamp::parse("2026-03-01T00:00:00Z").expect("a time")
}

/// The clock of every benchmark: after the last event.
pub(crate) fn now() -> Timestamp {
    start() + Millis(STEP.0 * 12_000_000)
}

/// A record of the simulated organization, and where its variable parts are.
struct Template {
    text: String,
    id: Range<usize>,
    time: Range<usize>,
    request: Option<Range<usize>>,
}

impl Template {
    fn of(text: &str) -> Option<Self> {
        let id = value(text, "\"eventID\":\"").filter(|place| place.len() == 36)?;
        let time = value(text, "\"eventTime\":\"").filter(|place| place.len() == 20)?;
        let request = value(text, "\"requestID\":\"").filter(|place| place.len() == 36);
        Some(Self { text: text.to_owned(), id, time, request })
    }

    /// The record as the `n`th event of the corpus, appended to `out`.
    fn stamp(&self, n: u64, out: &mut String) {
        let from = out.len();
        out.push_str(&self.text);
        // Spread over all bits, as the identities of AWS are.
        let high = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let low = (n ^ 0xa5a5_5a5a).wrapping_mul(0xd6e8_feb8_6659_fd93);
        put(out, from, &self.id, &uuid(high, low));
        if let Some(request) = &self.request {
            let needle = format!("{RARE}-{n:015}");
            let text = if n % 50_000 == 777 { needle } else { uuid(low, high) };
            put(out, from, request, &text);
        }
        // Events reach a trail a little out of order.
        let jitter = (high >> 40) % 20_000;
        let time = start() + Millis(STEP.0 * n as i64 + jitter as i64);
        let second = Timestamp(time.0 - time.0.rem_euclid(1000));
        let mut text = second.to_string();
        text.truncate(19);
        put(out, from, &self.time, &(text + "Z"));
    }
}

fn value(text: &str, before: &str) -> Option<Range<usize>> {
    let start = text.find(before)? + before.len();
    let len = text[start..].find('"')?;
    Some(start..start + len)
}

fn uuid(high: u64, low: u64) -> String {
    let all = format!("{high:016x}{low:016x}");
    let (long, short) = (&all[20..], [&all[..8], &all[8..12], &all[12..16], &all[16..20]]);
    format!("{}-{long}", short.join("-"))
}

fn put(out: &mut String, from: usize, place: &Range<usize>, text: &str) {
    assert_eq!(place.len(), text.len(), "{text}");
    out.replace_range(from + place.start..from + place.end, text);
}

/// What contents are hashed with.
pub(crate) fn secret() -> &'static Secret {
    static MADE: LazyLock<Secret> = LazyLock::new(Secret::random);
    &MADE
}

static TEMPLATES_MADE: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let options = demo::Options { seed: 7, events: Some(TEMPLATES), ..demo::Options::default() };
    let mut simulator = Simulator::new(&options, start());
    let mut made = vec![];
    while let Some(delivery) = simulator.next() {
        if delivery.origin == demo::Origin::History {
            continue;
        }
        object::read(&*delivery.bytes, &object::Options::default(), &mut |chunk| {
            envelope::split(&chunk.piece(), secret(), &mut |item| {
                if let Item::Record { record, .. } = item {
                    made.extend(Template::of(record.json().text()));
                }
            });
            ControlFlow::Continue(())
        });
    }
    made
});

/// The records of a part of the corpus. Always the same for the same numbers.
pub(crate) fn records(part: Range<u64>) -> Vec<String> {
    let templates = &*TEMPLATES_MADE;
    let stamped = part.map(|n| {
        let mut out = String::new();
        templates[n as usize % templates.len()].stamp(n, &mut out);
        out
    });
    stamped.collect()
}

/// The same as one log object, inflated.
pub(crate) fn object(part: Range<u64>) -> String {
    let templates = &*TEMPLATES_MADE;
    let mut out = String::with_capacity((part.end - part.start) as usize * 1600);
    out.push_str("{\"Records\":[");
    let first = part.start;
    for n in part {
        if n > first {
            out.push(',');
        }
        templates[n as usize % templates.len()].stamp(n, &mut out);
    }
    out.write_str("]}").expect("writing to memory");
    out
}

/// The same as a source hands it to ingest.
pub(crate) fn batch(part: Range<u64>) -> Batch {
    Batch {
        source: SourceId(0),
        object: part.start,
        again: false,
        name: "bench".into(),
        origin: Origin::S3,
        origins: Origin::S3.bit(),
        hints: Arc::new(Hints::default()),
        delivered: None,
        base: 0,
        bytes: object(part).into_bytes(),
        packed: None,
        extent: Extent::Whole,
        damage: None,
        last: true,
        was_there: false,
        played: None,
        before: None,
        receipt: None,
    }
}

/// Takes a part of the corpus in, object by object.
pub(crate) fn fill(intake: &mut Intake, part: Range<u64>) {
    let mut at = part.start;
    while at < part.end {
        let end = (at + BATCH).min(part.end);
        intake.take(batch(at..end), now());
        at = end;
    }
    intake.flush(now());
}

/// A ring of [`rows`] events, made once.
pub(crate) fn ring() -> &'static Snapshot {
    static MADE: OnceLock<Snapshot> = OnceLock::new();
    MADE.get_or_init(|| {
        eprintln!("making a ring of {} events …", rows());
        let mut intake = Intake::new(usize::MAX);
        fill(&mut intake, 0..rows());
        let snapshot = intake.ring().snapshot();
        let bytes = snapshot.parts().iter().map(|part| part.segment.bytes() + part.side.bytes());
        eprintln!("… {} bytes an event without identities", bytes.sum::<usize>() as u64 / rows());
        snapshot
    })
}

/// A filter made ready to run.
pub(crate) fn plan(filter: &str) -> Plan {
    let tree = parse(filter, &builtin()).unwrap_or_else(|wrong| panic!("{filter}: {wrong:?}"));
    Plan::compile(&tree, Context { now: now(), names: &[] })
}

/// The question for a filter.
pub(crate) fn question(id: u64, filter: &str) -> Question {
    let plan = Arc::new(plan(filter));
    Question { id, plan, noise: None, window: None, order: Order::Time }
}

/// The books beside a snapshot: every source has ended.
pub(crate) fn ledger() -> Arc<Ledger> {
    Arc::new(Ledger { newest: Some(now()), ..Ledger::default() })
}

/// A search thread, asked as the screen asks it.
pub(crate) struct Search {
    pub(crate) asks: Sender<Ask>,
    news: Receiver<News>,
    id: u64,
}

impl Search {
    /// Starts one.
    pub(crate) fn start(first: Question) -> Self {
        let (asks, end) = channel();
        let (post, news) = channel();
        let id = first.id;
        std::thread::Builder::new()
            .name("search".into())
            .spawn(move || {
                let post = |news| drop(post.send(news));
                search::run(Inbox::new(end), first, Clock::Fixed(now()), &post);
            })
            .expect("a thread");
        Self { asks, news, id }
    }

    /// Starts one that has answered its first question, everything, over a snapshot.
    pub(crate) fn over(snapshot: &Snapshot) -> Self {
        let search = Self::start(question(1, ""));
        search.stored(snapshot.clone());
        while search.whole().snapshot.len() != snapshot.len() {}
        search
    }

    /// Tells it that the store has changed.
    pub(crate) fn stored(&self, snapshot: Snapshot) {
        self.asks.send(Ask::Stored(snapshot, ledger())).expect("search runs");
    }

    /// Asks a filter.
    pub(crate) fn ask(&mut self, filter: &str) {
        self.id += 1;
        self.asks.send(Ask::Question(question(self.id, filter))).expect("search runs");
    }

    /// Folds the rows otherwise; the view in which they are.
    pub(crate) fn fold(&self, wish: Folding) -> Arc<View> {
        let id = wish.id;
        self.asks.send(Ask::Fold(wish)).expect("search runs");
        self.view(|view| view.folding == id && !view.partial)
    }

    /// Wants other reckonings.
    pub(crate) fn look(&mut self, lens: Lens) {
        self.asks.send(Ask::Lens(lens)).expect("search runs");
    }

    /// What comes next; `None` after [`PATIENCE`].
    pub(crate) fn next(&self) -> Option<News> {
        self.news.recv_timeout(PATIENCE).ok()
    }

    /// The first view that answers the last question.
    pub(crate) fn first(&self) -> Arc<View> {
        self.view(|_| true)
    }

    /// The first complete one.
    pub(crate) fn whole(&self) -> Arc<View> {
        self.view(|view| !view.partial)
    }

    fn view(&self, is_meant: impl Fn(&View) -> bool) -> Arc<View> {
        loop {
            match self.next().expect("search answers") {
                News::View(view) if view.question == self.id && is_meant(&view) => return view,
                News::View(_) | News::Values(..) | News::Insight(_) => {}
            }
        }
    }

    /// The reckonings of the last question by a lens; `None` where search does not reckon.
    pub(crate) fn insight(&self, lens: u64) -> Option<Arc<Insight>> {
        let is_meant = |it: &Insight| it.lens == lens && it.question == self.id;
        while let Ok(news) = self.news.recv_timeout(Duration::from_secs(10)) {
            if let News::Insight(insight) = news
                && is_meant(&insight)
            {
                return Some(insight);
            }
        }
        None
    }
}
