//! The lines of the stream: the visible rows, where rows of one kind that follow each other closely
//! are one line.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use rpds::HashTrieMapSync;

use crate::engine::entries::Entries;
use crate::engine::view::Entry;
use crate::event::field::Column;
use crate::event::identity::is_service;
use crate::event::time::Millis;
use crate::store::snapshot::{Part, RowRef};

/// Rows of a kind belong together where each comes within this after the one before; others may lie
/// between.
pub const GAP: Millis = Millis::seconds(60);
/// What goes on for longer is told anew, so that a tail shows that it goes on.
pub const LONGEST: Millis = Millis::minutes(10);

/// What makes a kind, where several accounts do not record the same call: who, what and how it ended. The principal tells the sessions of a role apart,
/// which may be those of different people; those of services are all the same.
const KIND: [Column; 7] = [
    Column::Actor,
    Column::Account,
    Column::Service,
    Column::Event,
    Column::Result,
    Column::Error,
    Column::Principal,
];

/// Several rows that are one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The row that stands for all: the first, or of a call and what services made of it the call.
    pub head: Entry,
    /// The first row.
    pub first: Entry,
    /// The last row.
    pub last: Entry,
    /// How many rows.
    pub rows: u32,
    /// How many distinct targets they have.
    pub targets: u32,
}

/// Names kinds of rows by numbers that nobody can foresee.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kinds(RandomState);

impl Kinds {
    /// The kind of a row.
    pub(crate) fn of(&self, row: RowRef<'_>) -> u64 {
        if let Some(call) = row.part.side.call(row.row) {
            return call.number;
        }
        let shared = row.text(Column::Shared);
        if !shared.is_empty() {
            return self.number(shared);
        }
        let is_service = is_service(row.text(Column::Type), row.text(Column::Role));
        let named = if is_service { KIND.len() - 1 } else { KIND.len() };
        KIND[..named].iter().fold(0, |kind, column| joined(kind, self.number(row.text(*column))))
    }

    fn number(&self, text: &str) -> u64 {
        self.0.hash_one(text)
    }
}

/// The numbers of the texts are secret, so this need not be more than quick.
fn joined(kind: u64, number: u64) -> u64 {
    (kind ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// The kinds of the rows of a part: each distinct text is looked at once.
pub(crate) struct KindsOf<'p> {
    part: &'p Part,
    kinds: Kinds,
    columns: [(&'p [u16], Box<[u64]>); KIND.len()],
    targets: (&'p [u16], Box<[u64]>),
    shared: (&'p [u16], Box<[u64]>),
    types: Box<[bool]>,
    roles: Box<[bool]>,
    has_better: bool,
}

impl<'p> KindsOf<'p> {
    pub(crate) fn of(part: &'p Part, kinds: &Kinds) -> Self {
        let numbers = |column: Column| -> (&'p [u16], Box<[u64]>) {
            let coded = part.segment.column(column);
            (&coded.codes, coded.dict.values().map(|text| kinds.number(text)).collect())
        };
        let of = |column: Column, test: fn(&str) -> bool| -> Box<[bool]> {
            part.segment.column(column).dict.values().map(test).collect()
        };
        Self {
            part,
            kinds: kinds.clone(),
            columns: KIND.map(numbers),
            targets: numbers(Column::Target),
            shared: numbers(Column::Shared),
            types: of(Column::Type, |kind| is_service(kind, "")),
            roles: of(Column::Role, |role| is_service("", role)),
            has_better: part.side.bettered().next().is_some(),
        }
    }

    /// Whether other rows tell of the same call: those of services that it was forwarded to, or of
    /// other accounts.
    pub(crate) fn is_of_a_call(&self, row: usize) -> bool {
        self.part.side.call(row).is_some() || self.is_shared(row)
    }

    /// Whether a service made the call on behalf of another row of it.
    pub(crate) fn is_forwarded(&self, row: usize) -> bool {
        self.part.side.call(row).is_some_and(|call| call.is_forwarded)
    }

    /// Whether other accounts may have recorded the same call.
    fn is_shared(&self, row: usize) -> bool {
        match self.is_better(row) {
            true => !self.part.text(row, Column::Shared).is_empty(),
            // The first text of a column is the empty one.
            false => self.shared.0[row] != 0,
        }
    }

    /// Whether only AWS itself can have called.
    pub(crate) fn is_service(&self, row: usize) -> bool {
        if self.is_better(row) {
            let text = |column| self.part.text(row, column);
            return is_service(text(Column::Type), text(Column::Role));
        }
        let segment = &self.part.segment;
        self.types[usize::from(segment.column(Column::Type).codes[row])]
            || self.roles[usize::from(segment.column(Column::Role).codes[row])]
    }

    /// The kind of a row, and a number for its target.
    pub(crate) fn row(&self, row: usize, is_service: bool) -> (u64, u64) {
        if self.is_better(row) {
            let row = RowRef { part: self.part, row };
            return (self.kinds.of(row), self.kinds.number(row.text(Column::Target)));
        }
        let number = |(codes, numbers): &(&[u16], Box<[u64]>)| numbers[usize::from(codes[row])];
        if let Some(call) = self.part.side.call(row) {
            return (call.number, number(&self.targets));
        }
        if self.is_shared(row) {
            return (number(&self.shared), number(&self.targets));
        }
        let named = if is_service { KIND.len() - 1 } else { KIND.len() };
        let kind = self.columns[..named].iter().fold(0, |kind, it| joined(kind, number(it)));
        (kind, number(&self.targets))
    }

    fn is_better(&self, row: usize) -> bool {
        self.has_better && self.part.side.better(row).is_some()
    }
}

/// The lines in their order. A clone shares everything.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    pub(crate) rows: Entries,
    pub(crate) kinds: Kinds,
    /// By kind, in the order of time.
    pub(crate) runs: HashTrieMapSync<u64, Arc<[Run]>>,
}

impl Lines {
    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row that stands in a line; of several the first.
    pub fn get(&self, at: usize) -> Option<&Entry> {
        self.rows.get(at)
    }

    /// How many lines at the beginning pass `test`, which is true for none after the first that
    /// fails.
    pub fn partition_point(&self, test: impl FnMut(&Entry) -> bool) -> usize {
        self.rows.partition_point(test)
    }

    /// The run that a row is folded into, as its head or within; `None` for a row that has a line to
    /// itself.
    pub fn run(&self, row: RowRef<'_>) -> Option<&Run> {
        if self.runs.is_empty() {
            return None;
        }
        let entry = Entry { time: row.time(), id: row.id() };
        let runs = self.runs.get(&self.kinds.of(row))?;
        let at = runs.partition_point(|run| run.first <= entry).checked_sub(1)?;
        Some(&runs[at]).filter(|run| entry <= run.last)
    }
}
