//! Counts (facets): how often each value of a column occurs among the rows that are shown.

use std::sync::Arc;

use crate::event::field::Column;

/// One facet: a column that is worth counting, and the key that filters by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facet {
    /// Its title.
    pub title: &'static str,
    /// The column that is counted.
    pub column: Column,
    /// The key of the filter language that means this column.
    pub key: &'static str,
}

/// The facets in the order in which the pane shows them.
pub const FACETS: [Facet; 9] = [
    Facet { title: "ACTOR", column: Column::Actor, key: "who" },
    Facet { title: "EVENT", column: Column::Event, key: "event" },
    Facet { title: "RESULT", column: Column::Result, key: "result" },
    Facet { title: "ERROR", column: Column::Error, key: "err" },
    Facet { title: "TOOL", column: Column::Tool, key: "tool" },
    Facet { title: "FROM", column: Column::Ip, key: "ip" },
    Facet { title: "REGION", column: Column::Region, key: "region" },
    Facet { title: "ACCOUNT", column: Column::Account, key: "acct" },
    Facet { title: "TARGET", column: Column::Target, key: "target" },
];

/// The counts of every facet, in the order of [`FACETS`].
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Rows that were counted.
    pub rows: u64,
    /// One list a facet.
    pub facets: Vec<Counted>,
}

/// The counts of one facet.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// How many distinct values occur; the absent one is none.
    pub distinct: usize,
    /// Rows where it is absent.
    pub absent: u64,
    /// Every value that occurs with its rows, most first, ties by value.
    pub values: Vec<(Arc<str>, u64)>,
}
