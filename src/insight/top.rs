//! The top view: the values of one column ranked, with what is known of each.

use std::sync::Arc;

use crate::event::field::Column;
use crate::event::time::{Millis, Timestamp};

/// A key that can be ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    /// What its values are called, in the plural.
    pub title: &'static str,
    /// The column.
    pub column: Column,
}

/// Every key that can be ranked, in the order of the keys ← and →.
pub const RANKS: [Rank; 10] = [
    Rank { title: "actors", column: Column::Actor },
    Rank { title: "events", column: Column::Event },
    Rank { title: "ips", column: Column::Ip },
    Rank { title: "tools", column: Column::Tool },
    Rank { title: "targets", column: Column::Target },
    Rank { title: "errors", column: Column::Error },
    Rank { title: "keys", column: Column::Key },
    Rank { title: "roles", column: Column::Role },
    Rank { title: "accounts", column: Column::Account },
    Rank { title: "regions", column: Column::Region },
];

/// What the rows of the top view are sorted by; ties fall through to the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Dangerous writes that worked or were tried, then denied, then writes, then events.
    #[default]
    Danger,
    /// Events.
    Events,
    /// Writes.
    Writes,
    /// Denied.
    Denied,
    /// Failed for another reason.
    Failed,
    /// Events in the last step of the sparkline.
    Rate,
    /// The newest last event first.
    Last,
    /// The newest first event first: what has just begun.
    First,
}

impl Sort {
    /// Every order; ties fall through from each to the ones before it.
    pub const ALL: [Self; 8] = [
        Self::Danger,
        Self::Events,
        Self::Writes,
        Self::Denied,
        Self::Failed,
        Self::Rate,
        Self::Last,
        Self::First,
    ];
}

/// What the top view wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopWanted {
    /// Index into [`RANKS`].
    pub by: usize,
    /// The order.
    pub sort: Sort,
    /// The value whose detail strip is shown.
    pub selected: Option<Arc<str>>,
}

/// The most values that are sent to the screen.
pub const MOST_ROWS: usize = 1000;
/// Steps of the sparkline of a row.
pub const STEPS: usize = 12;

/// A ranking.
#[derive(Debug, Clone, Default)]
pub struct Top {
    /// Index into [`RANKS`].
    pub by: usize,
    /// The order.
    pub sort: Sort,
    /// The ranked values, the first [`MOST_ROWS`] of them.
    pub rows: Vec<TopRow>,
    /// How many distinct values there are in all.
    pub distinct: usize,
    /// AWS services acting on their own, in one row; `value` is the number of their kinds in digits.
    /// Only where actors are ranked. Rows that the noise filter hides count here.
    pub services: Option<TopRow>,
    /// When the first step of the sparklines begins.
    pub start: Timestamp,
    /// The length of their steps.
    pub step: Millis,
    /// The strip below the table.
    pub detail: Option<TopDetail>,
}

/// What is known of one value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopRow {
    /// The value.
    pub value: Arc<str>,
    /// Rows with this value.
    pub events: u64,
    /// Those that write.
    pub writes: u64,
    /// Those that are dangerous writes.
    pub danger: u64,
    /// Those that were denied.
    pub denied: u64,
    /// Those that failed for another reason.
    pub failed: u64,
    /// The most frequent source address, and how many distinct ones there are.
    pub from: (Arc<str>, usize),
    /// The first and the last event.
    pub first: Timestamp,
    /// See `first`.
    pub last: Timestamp,
    /// Events a step.
    pub spark: [u64; STEPS],
}

/// More about the selected value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopDetail {
    /// The value.
    pub value: Arc<str>,
    /// Its writes (else its calls) with how often and how often they worked, dangerous ones first.
    pub did: Vec<(Arc<str>, u64, u64)>,
    /// Tools with how often.
    pub with: Vec<(Arc<str>, u64)>,
    /// Distinct access keys: long-term ones (`AKIA`), temporary ones.
    pub keys: (usize, usize),
    /// Roles with how often.
    pub roles: Vec<(Arc<str>, u64)>,
    /// Targets with how often.
    pub on: Vec<(Arc<str>, u64)>,
    /// Actors with how often; where not actors are ranked.
    pub who: Vec<(Arc<str>, u64)>,
}
