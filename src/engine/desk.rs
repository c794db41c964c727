//! The desk of the search thread: the question, what was judged of each part of the store, and the
//! list of rows that comes of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::thread::{self, available_parallelism};

use crate::clock::Clock;
use crate::engine::entries::Entries;
use crate::engine::fold::Folder;
use crate::engine::judge::{Depends, Judged};
use crate::engine::view::{Entry, Ledger, View};
use crate::event::time::Timestamp;
use crate::insight::lens::{Insight, Lens};
use crate::insight::reckon::{Asked, Reckoner};
use crate::insight::shown::Shown;
use crate::insight::spared::{self, Firsts};
use crate::query::fold::Needle;
use crate::query::plan::Plan;
use crate::query::question::{Folding, Order, Question, ValuesWanted};
use crate::store::bits::Bits;
use crate::store::grams::Filter;
use crate::store::segment::{MAX_ROWS, RowId};
use crate::store::snapshot::{Part, Snapshot};

/// The most values offered for completion.
const MAX_VALUES: usize = 200;
/// The most cores that raw records are read on; sources and ingest want some too.
const MOST_CORES: usize = 4;
/// Blocks whose runs are found before search looks for mail again.
const BLOCKS_A_STEP: usize = 8;
/// Rows are sorted one by one where fewer than one in this many of a part are chosen.
const SPARSE: usize = 16;

/// What search knows.
pub(crate) struct Desk {
    /// What is to be reckoned.
    pub(crate) lens: Lens,
    clock: Clock,
    question: Question,
    depends: Depends,
    snapshot: Snapshot,
    ledger: Arc<Ledger>,
    /// The moment that everything is judged by.
    now: Timestamp,
    judged: BTreeMap<RowId, Judged>,
    entries: Entries,
    folder: Folder,
    /// Sorted runs that are not in the list yet. Never any while some are yet to go.
    fresh: Vec<Vec<Entry>>,
    /// Rows that are to leave the list. Never any while some are yet to come in.
    gone: Vec<Entry>,
    /// Whether every part was judged since the question was asked.
    is_settled: bool,
    reckoner: Reckoner,
    /// The runs of the first blocks of the segment that they are being found for.
    runs: Option<(RowId, Vec<Filter>)>,
}

impl Desk {
    pub(crate) fn new(question: Question, clock: Clock) -> Self {
        Self {
            lens: Lens::default(),
            now: clock.now(),
            clock,
            depends: Depends::of(&question),
            question,
            snapshot: Snapshot::default(),
            ledger: Arc::default(),
            judged: BTreeMap::new(),
            entries: Entries::default(),
            folder: Folder::default(),
            fresh: vec![],
            gone: vec![],
            is_settled: false,
            reckoner: Reckoner::default(),
            runs: None,
        }
    }

    /// Whether the runs of some segment that stays as it is are not noted.
    pub(crate) fn lacks_runs(&self) -> bool {
        self.without_runs().is_some()
    }

    /// Finds the runs of some more blocks, in about a millisecond; false where all are noted.
    pub(crate) fn note_runs(&mut self) -> bool {
        let Some(part) = self.without_runs().cloned() else { return false };
        let base = part.segment.base();
        let mut found = match self.runs.take() {
            Some((of, found)) if of == base => found,
            _ => vec![],
        };
        let raw = part.segment.raw();
        found.extend(raw.runs(found.len(), BLOCKS_A_STEP));
        if found.len() == raw.n_blocks() {
            raw.note_runs(found);
        } else {
            self.runs = Some((base, found));
        }
        true
    }

    /// The newest segment without runs. Small ones are soon joined to others.
    fn without_runs(&self) -> Option<&Part> {
        let mut parts = self.snapshot.parts().iter().rev();
        parts.find(|part| part.segment.len() >= MAX_ROWS / 2 && !part.segment.raw().has_runs())
    }

    /// Takes a new state of the store.
    pub(crate) fn store(&mut self, snapshot: Snapshot, ledger: Arc<Ledger>) {
        self.snapshot = snapshot;
        self.ledger = ledger;
    }

    /// Takes another question; nothing that was judged holds any more.
    pub(crate) fn ask(&mut self, question: Question) {
        self.depends = Depends::of(&question);
        self.question = question;
        self.is_settled = false;
        self.judged.clear();
        self.fresh.clear();
        self.gone.clear();
        self.entries = Entries::default();
        self.folder = Folder::new(self.folder.wish().clone());
    }

    /// Folds the rows otherwise; none is judged again.
    pub(crate) fn fold(&mut self, wish: Folding) {
        self.folder = Folder::new(wish);
        for judged in self.judged.values() {
            self.folder.come(&judged.shown.part, &judged.shown.rows);
        }
    }

    /// Begins a pass, or goes on with one: drops what was evicted and looks at the clock. Where ages
    /// are read from raw records, the moment of a pass holds to its end: under steady arrivals it
    /// would never come to one.
    pub(crate) fn begin(&mut self) {
        if self.is_settled || self.judged.is_empty() || !self.is_slow() {
            self.now = self.moment();
        }
        // A source that begins anew leaves nothing.
        let first = self.snapshot.parts().first();
        let first = first.map_or(RowId(u64::MAX), |part| part.segment.base());
        if self.judged.first_key_value().is_some_and(|(base, _)| *base < first) {
            let kept = self.judged.split_off(&first);
            for gone in std::mem::replace(&mut self.judged, kept).into_values() {
                self.folder.go(&gone.shown.part, &gone.shown.rows);
            }
            self.update();
            self.entries.remove_below(first);
        }
        for part in self.snapshot.parts() {
            if let Some(judged) = self.judged.get_mut(&part.segment.base()) {
                judged.follow(self.depends, part, self.now);
            }
        }
    }

    /// The parts whose answer is not known, newest first.
    pub(crate) fn unjudged(&self) -> Vec<Part> {
        let parts = self.snapshot.parts().iter().rev();
        let is_stale = |part: &&Part| {
            let judged = self.judged.get(&part.segment.base());
            judged.is_none_or(|judged| {
                !judged.is_current(&self.question, self.depends, part, self.now)
            })
        };
        parts.filter(is_stale).cloned().collect()
    }

    /// How many parts are judged at a time: raw records are read on several cores.
    pub(crate) fn at_once(&self) -> usize {
        match self.reads_raw() {
            true => available_parallelism().map_or(1, usize::from).min(MOST_CORES),
            false => 1,
        }
    }

    /// Judges parts, each on a core of its own.
    pub(crate) fn judge(&mut self, parts: &[Part]) {
        let of = |part: &Part| {
            let before = self.judged.get(&part.segment.base());
            Judged::of(&self.question, part, self.now, before)
        };
        let judged: Vec<Judged> = match parts {
            [part] => vec![of(part)],
            parts => thread::scope(|scope| {
                let of = &of;
                let threads: Vec<_> =
                    parts.iter().map(|part| scope.spawn(move || of(part))).collect();
                let join = |thread: thread::ScopedJoinHandle<'_, Judged>| thread.join();
                threads.into_iter().map(|it| join(it).expect("judging does not panic")).collect()
            }),
        };
        for judged in judged {
            self.take(judged);
        }
    }

    /// Takes what was judged of a part. The list changes by the difference alone: compaction, a mark
    /// or a better body leave it as it is where the same rows are chosen.
    fn take(&mut self, judged: Judged) {
        let part = judged.shown.part.clone();
        let (first, len) = (part.segment.base(), part.segment.len());
        let mut gone = Bits::none(len);
        // Rows that show another body than before, or were found to be part of a call, may be of
        // another kind now.
        let mut other = Bits::none(len);
        part.side.bettered().for_each(|(row, _)| other.set(row));
        part.side.calls().keys().for_each(|row| other.set(usize::from(*row)));
        // Judged before, alone or in the pieces that compaction has joined.
        let pieces: Vec<RowId> =
            self.judged.range(first..RowId(first.0 + len as u64)).map(|(base, _)| *base).collect();
        for base in pieces {
            let Some(piece) = self.judged.remove(&base) else { continue };
            let at = (base.0 - first.0) as usize;
            piece.shown.rows.each(|row| gone.set(at + row));
            let rows = &piece.shown.rows;
            let leaves = |row: &usize| {
                rows.has(*row) && (!judged.shown.rows.has(at + row) || other.has(at + row))
            };
            self.folder.go(&piece.shown.part, &Bits::by(rows.len(), |row| leaves(&row)));
        }
        let mut fresh = (*judged.shown.rows).clone();
        let mut come = fresh.clone();
        fresh.minus(&gone);
        come.and(&other);
        come.or(&fresh);
        self.folder.come(&part, &come);
        gone.minus(&judged.shown.rows);
        self.change(&part, &fresh, &gone);
        self.judged.insert(first, judged);
    }

    fn change(&mut self, part: &Part, fresh: &Bits, gone: &Bits) {
        let order = self.question.order;
        let gone = run_of(part, gone, order);
        if !gone.is_empty() {
            self.merge_fresh();
            self.gone.extend(gone);
        }
        let fresh = run_of(part, fresh, order);
        if !fresh.is_empty() {
            self.remove_gone();
            self.fresh.push(fresh);
        }
    }

    /// Notes that every part is judged.
    pub(crate) fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Whether any row was found so far.
    pub(crate) fn has_rows(&self) -> bool {
        !self.entries.is_empty() || !self.fresh.is_empty()
    }

    /// Shows the first failed call of each cause of all that is noise.
    fn spare(&mut self) {
        let mut firsts = Firsts::new();
        for judged in self.judged.values() {
            spared::join(&mut firsts, &judged.firsts);
        }
        let others: Vec<Judged> =
            self.judged.values().filter_map(|judged| judged.sparing(&firsts)).collect();
        for judged in others {
            self.take(judged);
        }
    }

    /// The rows as they are known now.
    pub(crate) fn view(&mut self, partial: bool) -> View {
        self.spare();
        self.update();
        let lines = self.folder.lines(&self.entries, self.question.order);
        View {
            question: self.question.id,
            snapshot: self.snapshot.clone(),
            ledger: Arc::clone(&self.ledger),
            entries: self.entries.clone(),
            lines,
            folding: self.folder.wish().id,
            in_window: self.judged.values().map(|judged| judged.in_window).sum(),
            hidden: self.judged.values().map(|judged| judged.hidden).sum(),
            names_target: self.question.plan.names_target(),
            partial,
            now: self.now,
        }
    }

    /// Hands the reckonings that are wanted to `post`, the quick ones first; `None` where `stop` said
    /// so before all was done. What was reckoned until then is kept.
    pub(crate) fn reckon(
        &mut self,
        stop: &mut dyn FnMut() -> bool,
        post: &mut dyn FnMut(Option<Insight>),
    ) {
        let shown: Vec<Shown> = self.judged.values().map(|judged| judged.shown.clone()).collect();
        let asked = Asked {
            question: self.question.id,
            lens: &self.lens,
            window: self.question.window,
            now: self.now,
            shown: &shown,
            kin: self.snapshot.kin(),
        };
        self.reckoner.reckon(&asked, stop, &mut |insight| {
            post(insight.map(|insight| Insight {
                bytes: insight.bytes + self.entries.bytes() + self.folder.bytes(),
                ..insight
            }));
        });
    }

    /// The values of columns that contain a text, counted over the rows that were named or else are
    /// shown, most frequent first: with a filter in force they say who, what and where. `None` where
    /// `stop` says so.
    pub(crate) fn values_of(
        &self,
        wanted: &ValuesWanted,
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<Vec<(String, u64)>> {
        let needle = Needle::of(&wanted.containing);
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for part in self.snapshot.parts() {
            if stop() {
                return None;
            }
            let named =
                wanted.among.as_ref().map(|among| Judged::of(among, part, self.moment(), None));
            let shown = || self.judged.get(&part.segment.base());
            let Some(judged) = named.as_ref().or_else(shown) else { continue };
            for column in wanted.columns {
                let coded = part.segment.column(*column);
                let mut rows = vec![0u64; coded.dict.len()];
                judged.shown.rows.each(|row| rows[usize::from(coded.codes[row])] += 1);
                for (value, rows) in coded.dict.values().zip(rows) {
                    if rows > 0 && !value.is_empty() && needle.is_in(value.as_bytes()) {
                        *counts.entry(value).or_default() += rows;
                    }
                }
            }
        }
        let mut all: Vec<(&str, u64)> = counts.into_iter().collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        all.truncate(MAX_VALUES);
        Some(all.into_iter().map(|(value, n)| (value.to_owned(), n)).collect())
    }

    /// The clock while a source is live, else the time of the newest event.
    fn moment(&self) -> Timestamp {
        match self.ledger.newest.filter(|_| !self.ledger.is_live()) {
            Some(newest) => newest,
            None => self.clock.now(),
        }
    }

    /// Whether ages are read together with raw records.
    fn is_slow(&self) -> bool {
        self.depends.now && self.reads_raw()
    }

    fn reads_raw(&self) -> bool {
        let noise = self.question.noise.as_deref();
        self.question.plan.reads_raw() || noise.is_some_and(Plan::reads_raw)
    }

    /// Brings the list up to date.
    fn update(&mut self) {
        self.merge_fresh();
        self.remove_gone();
    }

    fn merge_fresh(&mut self) {
        let order = self.question.order;
        let mut runs = std::mem::take(&mut self.fresh);
        // Parts were judged newest first: the other way round they are nearly sorted.
        runs.reverse();
        let mut rows = match runs.len() {
            0 => return,
            1 => runs.remove(0),
            _ => runs.concat(),
        };
        order.sort(&mut rows);
        self.entries.merge(&rows, order);
    }

    fn remove_gone(&mut self) {
        let order = self.question.order;
        let mut rows = std::mem::take(&mut self.gone);
        order.sort(&mut rows);
        self.entries.remove(&rows, order);
    }
}

/// The rows of a set, sorted.
fn run_of(part: &Part, rows: &Bits, order: Order) -> Vec<Entry> {
    let segment = &part.segment;
    let entry = |row| Entry { time: segment.time(row), id: segment.id(row) };
    let n = rows.count();
    let mut run = Vec::with_capacity(n);
    if order == Order::Time && n > segment.len() / SPARSE {
        let by_time = segment.by_time().iter().map(|row| usize::from(*row));
        run.extend(by_time.filter(|row| rows.has(*row)).map(entry));
    } else {
        rows.each(|row| run.push(entry(row)));
        order.sort(&mut run);
    }
    run
}
