//! Events over event time: how many there were, how many are shown, how many of those were denied.

use crate::event::time::{Millis, Timestamp};

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
