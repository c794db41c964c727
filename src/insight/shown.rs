//! What reckonings are given: the parts of the store with the rows that a question keeps of each.

use std::sync::Arc;

use crate::store::bits::Bits;
use crate::store::segment::RowId;
use crate::store::snapshot::Part;

/// How a question sorts the rows of one part. Whoever keeps one may compare the sets by address:
/// they are replaced when they change, and only then.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The part.
    pub part: Part,
    /// The rows that are shown.
    pub rows: Arc<Bits>,
    /// The rows that would be shown if the noise filter hid none; they are in the window.
    pub kept: Arc<Bits>,
    /// The rows of the window; `None` where all are.
    pub within: Option<Arc<Bits>>,
    /// The rows that are noise, in the window or not; `None` without a noise filter.
    pub noise: Option<Noise>,
}

/// The noise of a part.
#[derive(Debug, Clone)]
pub struct Noise {
    /// Every row of it.
    pub rows: Arc<Bits>,
    /// Those that failed: the first of each cause among what is kept is shown all the same.
    pub failed: Arc<Bits>,
}

impl Shown {
    /// The number of the first row of the part.
    pub fn base(&self) -> RowId {
        self.part.segment.base()
    }

    /// Whether the row is in the window.
    pub fn is_within(&self, row: usize) -> bool {
        self.within.as_ref().is_none_or(|within| within.has(row))
    }

    /// Whether the same rows say the same things in both.
    pub fn shows_same(&self, other: &Self) -> bool {
        self.has_same_cells(other) && Arc::ptr_eq(&self.rows, &other.rows)
    }

    /// Whether a question keeps the same rows of both, and they say the same things.
    pub fn keeps_same(&self, other: &Self) -> bool {
        let within = match (&self.within, &other.within) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        self.has_same_cells(other) && Arc::ptr_eq(&self.kept, &other.kept) && within
    }

    /// Whether both are of one segment, of which no row got another body in between.
    pub fn has_same_cells(&self, other: &Self) -> bool {
        let has_better = |shown: &Self| shown.part.side.bettered().next().is_some();
        Arc::ptr_eq(&self.part.segment, &other.part.segment)
            && (Arc::ptr_eq(&self.part.side, &other.part.side)
                || !has_better(self) && !has_better(other))
    }

    /// Puts the sets of another in the place of equal ones, so that they are known as the same.
    pub fn keep_same(&mut self, other: &Self) {
        let keep = |mine: &mut Arc<Bits>, theirs: &Arc<Bits>| {
            if *mine == *theirs {
                *mine = Arc::clone(theirs);
            }
        };
        keep(&mut self.rows, &other.rows);
        keep(&mut self.kept, &other.kept);
        if let (Some(mine), Some(theirs)) = (&mut self.within, &other.within) {
            keep(mine, theirs);
        }
    }
}
