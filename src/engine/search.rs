//! The search thread: judges segments, newest first, and keeps the visible list current as events
//! arrive. A message that comes in mid-pass interrupts it between segments.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::engine::inbox::Inbox;
use crate::engine::view::{Entry, Ledger, View};
use crate::event::time::Timestamp;
use crate::insight::lens::{Insight, Lens};
use crate::query::eval::eval;
use crate::query::plan::Plan;
use crate::query::question::{Order, Question, ValuesWanted};
use crate::store::bits::Bits;
use crate::store::segment::RowId;
use crate::store::snapshot::{Part, Snapshot};

/// A partial view is published at most this often.
const STALE: Duration = Duration::from_millis(33);
/// The most values offered for completion.
const MAX_VALUES: usize = 200;

/// Mail for the search thread.
#[derive(Debug)]
pub enum Ask {
    /// The store has changed.
    Stored(Snapshot, Arc<Ledger>),
    /// The screen wants something else.
    Question(Question),
    /// The prompt wants values to complete with.
    Values(ValuesWanted),
    /// The screen wants other reckonings of the same rows.
    Lens(Lens),
}

/// What search tells the screen.
#[derive(Debug)]
pub enum News {
    /// An answer to a question, maybe partial.
    View(Arc<View>),
    /// Values for completion with their counts, most first.
    Values(u64, Vec<(String, u64)>),
    /// Reckonings of the rows of a question.
    Insight(Arc<Insight>),
}

/// What the plans of a question say of a part, whatever the window: windows move with the clock,
/// and raw records are too slow to be read again for that.
#[derive(Debug, Clone)]
struct Verdict {
    version: u64,
    rows: Bits,
    noise: Option<Bits>,
}

/// How one part answers the current question.
#[derive(Debug)]
struct Judged {
    version: u64,
    rows: Bits,
    hidden: usize,
    in_window: usize,
}

/// The state of the thread.
struct Desk {
    clock: Clock,
    question: Question,
    snapshot: Snapshot,
    ledger: Arc<Ledger>,
    judged: HashMap<RowId, Judged>,
    /// Verdicts that outlive a move of the window.
    verdicts: HashMap<RowId, Verdict>,
    entries: Arc<Vec<Entry>>,
    /// Entries of parts judged since the list was last sorted.
    fresh: Vec<Entry>,
    values: Option<ValuesWanted>,
    is_new: bool,
    /// Whether every part was judged since the last time everything was forgotten.
    settled: bool,
    published: Instant,
}

/// Runs until everybody who may ask has gone.
pub fn run(mut inbox: Inbox<Ask>, first: Question, clock: Clock, post: &dyn Fn(News)) {
    let mut desk = Desk::new(first, clock);
    while let Some(asks) = inbox.wait_and_drain() {
        for ask in asks {
            desk.fold(ask);
        }
        // Rows that are named can be counted at once; else those of the question that came along.
        if let Some(wanted) = desk.values.take_if(|wanted| wanted.among.is_some()) {
            post(News::Values(wanted.id, desk.values_of(&wanted)));
        }
        desk.forget_evicted();
        let now = desk.now();
        let mut interrupted = false;
        while let Some(part) = desk.next_unjudged() {
            desk.judge(&part, now);
            if inbox.has_mail() {
                interrupted = true;
                break;
            }
            if desk.is_new && desk.published.elapsed() >= STALE {
                post(News::View(desk.view(now, true)));
            }
        }
        if !interrupted {
            desk.is_new = false;
            desk.settled = true;
            post(News::View(desk.view(now, false)));
            // Counted over the rows of the question that came with the wish, so not before these
            // are known.
            if let Some(wanted) = desk.values.take() {
                post(News::Values(wanted.id, desk.values_of(&wanted)));
            }
        } else if desk.published.elapsed() >= STALE {
            post(News::View(desk.view(now, true)));
        }
    }
}

impl Desk {
    fn new(question: Question, clock: Clock) -> Self {
        Self {
            clock,
            question,
            snapshot: Snapshot::default(),
            ledger: Arc::default(),
            judged: HashMap::new(),
            verdicts: HashMap::new(),
            entries: Arc::default(),
            fresh: vec![],
            values: None,
            is_new: true,
            settled: false,
            published: Clock::instant(),
        }
    }

    fn fold(&mut self, ask: Ask) {
        match ask {
            Ask::Stored(snapshot, ledger) => {
                self.snapshot = snapshot;
                self.ledger = ledger;
                // Age and windows move with the clock; what was judged by them is judged anew, but
                // not before a pass has come to its end: under steady arrivals none would.
                if !self.settled {
                    return;
                }
                if self.plans().any(Plan::reads_now) {
                    self.verdicts.clear();
                    self.start_over();
                } else if self.question.window.is_some() {
                    self.start_over();
                }
            }
            Ask::Question(question) => {
                self.question = question;
                self.is_new = true;
                self.verdicts.clear();
                self.start_over();
            }
            Ask::Values(wanted) => self.values = Some(wanted),
            Ask::Lens(_) => {}
        }
    }

    fn plans(&self) -> impl Iterator<Item = &Plan> {
        std::iter::once(&*self.question.plan).chain(self.question.noise.as_deref())
    }

    fn start_over(&mut self) {
        self.settled = false;
        self.judged.clear();
        self.fresh.clear();
        self.entries = Arc::default();
    }

    /// The clock while a source is live, else the time of the newest event.
    fn now(&self) -> Timestamp {
        match self.ledger.newest.filter(|_| !self.ledger.is_live()) {
            Some(newest) => newest,
            None => self.clock.now(),
        }
    }

    /// Drops the rows of evicted segments.
    fn forget_evicted(&mut self) {
        let Some(first) = self.snapshot.parts().first().map(|part| part.segment.base()) else {
            return;
        };
        self.verdicts.retain(|id, _| *id >= first);
        let gone = |id: &RowId| *id < first;
        if self.judged.keys().any(gone) {
            self.judged.retain(|id, _| *id >= first);
            self.fresh.retain(|entry| entry.id >= first);
            Arc::make_mut(&mut self.entries).retain(|entry| entry.id >= first);
        }
    }

    /// The newest part without a verdict, or whose side columns changed under a plan that reads
    /// them. Parts that compaction joined count as new; their old verdicts are dropped with them.
    fn next_unjudged(&self) -> Option<Part> {
        let reads_side = self.plans().any(Plan::reads_side);
        let parts = self.snapshot.parts();
        let stale = parts.iter().rev().find(|part| {
            let changed = |judged: &Judged| {
                judged.rows.len() != part.segment.len()
                    || judged.version != part.side.version()
                        && (reads_side || part.side.bettered().next().is_some())
            };
            self.judged.get(&part.segment.base()).is_none_or(changed)
        });
        stale.cloned()
    }

    /// What the plans say of a part, read again only where it has changed.
    fn said(&mut self, part: &Part, now: Timestamp) -> Verdict {
        let (base, version, len) = (part.segment.base(), part.side.version(), part.segment.len());
        if let Some(known) = self.verdicts.get(&base)
            && known.version == version
            && known.rows.len() == len
        {
            return known.clone();
        }
        let verdict = Verdict::of(&self.question, part, now);
        if self.question.window.is_some() {
            // Parts that compaction has joined leave nothing behind.
            let end = base.0 + len as u64;
            self.verdicts.retain(|id, _| *id < base || id.0 >= end);
            self.verdicts.insert(base, verdict.clone());
        }
        verdict
    }

    fn judge(&mut self, part: &Part, now: Timestamp) {
        let segment = &part.segment;
        let said = self.said(part, now);
        let Judged { version, rows, hidden, in_window } = judged(&self.question, said, part, now);
        let (first, end) = (segment.base(), segment.base().0 + segment.len() as u64);
        let inside = |id: RowId| id >= first && id.0 < end;
        let known = self.judged.keys().any(|base| inside(*base));
        if known {
            // Judged before, alone or in pieces: its rows leave the list and come in again.
            self.judged.retain(|base, _| !inside(*base));
            self.fresh.retain(|entry| !inside(entry.id));
            Arc::make_mut(&mut self.entries).retain(|entry| !inside(entry.id));
        }
        let entry = |row| Entry { time: segment.time(row), id: segment.id(row) };
        self.fresh.extend(rows.rows().map(entry));
        self.judged.insert(first, Judged { version, rows, hidden, in_window });
    }

    /// Merges what is fresh into the list and makes a view of it.
    fn view(&mut self, now: Timestamp, partial: bool) -> Arc<View> {
        self.published = Clock::instant();
        if !self.fresh.is_empty() {
            let by_time = self.question.order == Order::Time;
            let sort = |entries: &mut [Entry]| match by_time {
                true => entries.sort_unstable(),
                false => entries.sort_unstable_by_key(|entry| entry.id),
            };
            let mut fresh = std::mem::take(&mut self.fresh);
            sort(&mut fresh);
            let entries = Arc::make_mut(&mut self.entries);
            let before = |a: &Entry, b: &Entry| if by_time { a < b } else { a.id < b.id };
            merge(entries, &fresh, before);
        }
        Arc::new(View {
            question: self.question.id,
            snapshot: self.snapshot.clone(),
            ledger: Arc::clone(&self.ledger),
            entries: Arc::clone(&self.entries),
            in_window: self.judged.values().map(|judged| judged.in_window).sum(),
            hidden: self.judged.values().map(|judged| judged.hidden).sum(),
            partial,
            now,
        })
    }

    /// The values of columns that contain a text, counted over the rows that were named or else are
    /// shown, most frequent first: with a filter in force they say who, what and where.
    fn values_of(&self, wanted: &ValuesWanted) -> Vec<(String, u64)> {
        let needle = wanted.containing.to_ascii_lowercase();
        let now = self.now();
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for part in self.snapshot.parts() {
            let named = wanted
                .among
                .as_ref()
                .map(|question| judged(question, Verdict::of(question, part, now), part, now));
            let shown = || self.judged.get(&part.segment.base());
            let Some(judged) = named.as_ref().or_else(shown) else { continue };
            for column in wanted.columns {
                let coded = part.segment.column(*column);
                let mut rows = vec![0u64; coded.dict.len()];
                judged.rows.rows().for_each(|row| rows[usize::from(coded.codes[row])] += 1);
                for (value, rows) in coded.dict.values().zip(rows) {
                    if rows > 0 && !value.is_empty() && value.to_ascii_lowercase().contains(&needle)
                    {
                        *counts.entry(value).or_default() += rows;
                    }
                }
            }
        }
        let mut all: Vec<(String, u64)> =
            counts.into_iter().map(|(value, n)| (value.to_owned(), n)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all.truncate(MAX_VALUES);
        all
    }
}

impl Verdict {
    fn of(question: &Question, part: &Part, now: Timestamp) -> Self {
        let noise = question.noise.as_ref().map(|noise| eval(noise, part, now));
        Self { version: part.side.version(), rows: eval(&question.plan, part, now), noise }
    }
}

/// What a question answers for a part, by what its plans say.
fn judged(question: &Question, said: Verdict, part: &Part, now: Timestamp) -> Judged {
    let segment = &part.segment;
    let Verdict { version, mut rows, noise } = said;
    let mut in_window = segment.len();
    if let Some(window) = question.window {
        let since = now - window;
        let within = Bits::by(segment.len(), |row| segment.time(row) >= since);
        in_window = within.count();
        rows.and(&within);
    }
    let mut hidden = 0;
    if let Some(mut quiet) = noise {
        let before = rows.count();
        quiet.invert();
        rows.and(&quiet);
        hidden = before - rows.count();
    }
    Judged { version, rows, hidden, in_window }
}

/// Merges two sorted runs from the tail: what is new is mostly newest, so little moves.
fn merge(into: &mut Vec<Entry>, fresh: &[Entry], before: impl Fn(&Entry, &Entry) -> bool) {
    let mut old = into.len();
    let Some(filler) = fresh.first().copied() else { return };
    into.resize(old + fresh.len(), filler);
    let mut new = fresh.len();
    while new > 0 {
        let at = old + new - 1;
        if old > 0 && before(&fresh[new - 1], &into[old - 1]) {
            into[at] = into[old - 1];
            old -= 1;
        } else {
            into[at] = fresh[new - 1];
            new -= 1;
        }
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
