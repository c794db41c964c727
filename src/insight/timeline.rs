//! Events over event time: how many there were, how many are shown, how many of those were denied.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::time::{Millis, Timestamp};
use crate::insight::class::{DANGER, DENIED, READ, WRITE, results, verbs};
use crate::insight::grid::{Grid, Spread};
use crate::insight::shown::Shown;
use crate::store::segment::RowId;

/// Counts in steps of equal length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// When the first step begins; a multiple of `step`.
    pub start: Timestamp,
    /// The length of a step: a round one (1, 2, 5, 10, 15, 30 s, min, h …), never zero.
    pub step: Millis,
    /// All rows of the window, whatever the filter.
    pub all: Vec<u64>,
    /// Rows that are shown.
    pub shown: Vec<u64>,
    /// Rows of the window that were denied, whatever the filter.
    pub denied: Vec<u64>,
    /// Shown rows that read.
    pub reads: Vec<u64>,
    /// Shown rows that write.
    pub writes: Vec<u64>,
    /// Rows of the window before the first step or after the last: a few whose times are far from
    /// all others do not stretch the timeline.
    pub outside: u64,
}

/// Histograms that follow the rows: each part keeps its own, so only parts whose rows change, or all
/// of them when the length of a step changes, are looked at.
#[derive(Debug, Default)]
pub(crate) struct Timing {
    step: i64,
    parts: BTreeMap<RowId, Timed>,
}

/// The histogram of one part.
#[derive(Debug)]
struct Timed {
    shown: Shown,
    /// The numbers of the steps that it tells of: the first, and the one after the last.
    told: (i64, i64),
    /// The steps with rows in them, ascending.
    steps: Vec<(i64, Tally)>,
}

/// What happened in one step.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    all: u32,
    shown: u32,
    denied: u32,
    reads: u32,
    writes: u32,
}

impl Timing {
    /// The timeline of the window that ends at `now`, or of all rows; `None` where `stop` said so
    /// before the end.
    pub(crate) fn follow(
        &mut self,
        shown: &[Shown],
        window: Option<(Timestamp, Timestamp)>,
        cells: usize,
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<Timeline> {
        let Some(span) = window.or_else(|| Spread::of_all(shown).span()) else {
            return Some(Timeline { step: Millis::seconds(1), ..Timeline::default() });
        };
        let grid = Grid::over(span, cells);
        if self.step != grid.step {
            self.parts.clear();
            self.step = grid.step;
        }
        let mut old = std::mem::take(&mut self.parts);
        for one in shown {
            let known = old.remove(&one.base()).filter(|timed| timed.tells(one, grid));
            self.parts.insert(one.base(), known.unwrap_or_else(|| Timed::of(one, grid)));
            if stop() {
                self.parts.append(&mut old);
                return None;
            }
        }
        Some(self.timeline(grid))
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let steps: usize = self.parts.values().map(|timed| timed.steps.capacity()).sum();
        steps * size_of::<(i64, Tally)>()
    }

    fn timeline(&self, grid: Grid) -> Timeline {
        let mut cells = vec![[0u64; 5]; grid.len];
        let (mut all, mut inside) = (0, 0);
        for timed in self.parts.values() {
            let shown = &timed.shown;
            all += shown.within.as_ref().map_or(shown.part.segment.len(), |within| within.count());
            for (number, tally) in &timed.steps {
                let Some(at) = grid.place(*number) else { continue };
                let Tally { all, shown, denied, reads, writes } = *tally;
                inside += u64::from(all);
                for (cell, n) in cells[at].iter_mut().zip([all, shown, denied, reads, writes]) {
                    *cell += u64::from(n);
                }
            }
        }
        let line = |at: usize| cells.iter().map(|cell| cell[at]).collect();
        Timeline {
            start: grid.start(),
            step: grid.length(),
            all: line(0),
            shown: line(1),
            denied: line(2),
            reads: line(3),
            writes: line(4),
            outside: all as u64 - inside,
        }
    }
}

impl Timed {
    fn of(shown: &Shown, grid: Grid) -> Self {
        let segment = &shown.part.segment;
        let (verbs, results) = (verbs(&shown.part), results(&shown.part));
        // As far into the future as it will soon be asked for.
        let told = (grid.first, grid.first.saturating_add(2 * grid.len as i64));
        let mut steps: Vec<(i64, Tally)> = vec![];
        // The rows come in the order of time: only the first of a step is divided.
        let mut end = Timestamp(i64::MIN);
        for row in segment.by_time().iter().map(|row| usize::from(*row)) {
            if !shown.is_within(row) {
                continue;
            }
            let time = segment.time(row);
            if time >= end {
                let number = grid.number(time);
                if number >= told.1 {
                    break;
                }
                end = Timestamp(number.saturating_add(1).saturating_mul(grid.step));
                if number < told.0 {
                    continue;
                }
                steps.push((number, Tally::default()));
            }
            let Some((_, tally)) = steps.last_mut() else { continue };
            tally.all += 1;
            tally.denied += u32::from(results.row(row) == DENIED);
            if shown.rows.has(row) {
                let verb = verbs.row(row);
                tally.shown += 1;
                tally.reads += u32::from(verb == READ);
                tally.writes += u32::from(verb == WRITE || verb == DANGER);
            }
        }
        Self { shown: shown.clone(), told, steps }
    }

    /// Whether the steps of a grid can be read off.
    fn tells(&self, shown: &Shown, grid: Grid) -> bool {
        let segment = &shown.part.segment;
        let end = grid.first.saturating_add(grid.len as i64);
        let is_after =
            |time: Option<Timestamp>, step| time.is_none_or(|it| grid.number(it) >= step);
        let is_same_window = match (&self.shown.within, &shown.within) {
            (None, None) => true,
            (Some(was), Some(is)) => Arc::ptr_eq(was, is),
            _ => false,
        };
        self.shown.shows_same(shown)
            && is_same_window
            && (self.told.0 <= grid.first || is_after(segment.oldest(), self.told.0))
            && (self.told.1 >= end || !is_after(segment.newest(), self.told.1))
    }
}
