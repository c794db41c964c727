//! What everybody but ingest sees of the store: an immutable list of segments with their side
//! columns.

use std::sync::Arc;

use crate::event::field::{Column, Flag};
use crate::event::grant::Who;
use crate::event::time::Timestamp;
use crate::store::bits::Bits;
use crate::store::kin::{Kin, Root};
use crate::store::raw::Glance;
use crate::store::segment::{RowId, Segment};
use crate::store::side::Side;

/// A segment and the side columns that are published with it.
#[derive(Debug, Clone)]
pub struct Part {
    /// The columns that never change.
    pub segment: Arc<Segment>,
    /// What was learned since.
    pub side: Arc<Side>,
}

impl Part {
    /// The text of a column of a row, `""` where absent: of the body that the row shows.
    pub fn text(&self, row: usize, column: Column) -> &str {
        match self.side.better(row) {
            Some(better) => &better.cells[column as usize],
            None => self.segment.text(row, column),
        }
    }

    /// The raw record that the row shows, as it came.
    pub fn raw(&self, row: usize) -> Vec<u8> {
        match self.side.better(row) {
            Some(better) => better.raw.to_vec(),
            None => self.segment.raw().row(row),
        }
    }

    /// The rows whose text in a column passes `test`, which is asked once per distinct value.
    pub fn rows_where(&self, column: Column, mut test: impl FnMut(&str) -> bool) -> Bits {
        let coded = self.segment.column(column);
        let passes: Vec<bool> = coded.dict.values().map(&mut test).collect();
        let mut bits = Bits::by(coded.codes.len(), |row| passes[usize::from(coded.codes[row])]);
        for (row, better) in self.side.bettered() {
            bits.put(row, test(&better.cells[column as usize]));
        }
        bits
    }

    /// Calls `visit` with the raw records of the rows that `wanted` answers true for. Rows that lie
    /// together may be passed over where what is known of them
    /// together is not `worth` it.
    pub fn scan_raw(
        &self,
        wanted: impl Fn(usize) -> bool,
        worth: impl Fn(Glance<'_>) -> bool,
        mut visit: impl FnMut(usize, &[u8]),
    ) {
        let plain = |row: usize| wanted(row) && self.side.better(row).is_none();
        self.segment.raw().scan(plain, worth, &mut visit);
        for (row, better) in self.side.bettered().filter(|(row, _)| wanted(*row)) {
            visit(row, &better.raw);
        }
    }
}

/// The store at one moment, oldest rows first.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    parts: Arc<[Part]>,
    rows: usize,
    evicted: u64,
    kin: Kin,
}

/// One row of a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct RowRef<'s> {
    /// The part the row is in.
    pub part: &'s Part,
    /// The row's place in the part.
    pub row: usize,
}

impl Snapshot {
    /// A snapshot of these parts, in ascending order of their first row; `evicted` counts the rows
    /// that left before, and `kin` knows who issued what to whom.
    pub fn of(parts: Vec<Part>, evicted: u64, kin: Kin) -> Self {
        let rows = parts.iter().map(|part| part.segment.len()).sum();
        Self { parts: parts.into(), rows, evicted, kin }
    }

    /// The parts, oldest first.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The oldest event time of all rows.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.parts.iter().filter_map(|part| part.segment.oldest()).min()
    }

    /// How many rows left for want of room since the start.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Who issued what to whom.
    pub fn kin(&self) -> &Kin {
        &self.kin
    }

    /// A row by its number; `None` once it was evicted.
    pub fn row(&self, id: RowId) -> Option<RowRef<'_>> {
        let at = self.parts.partition_point(|part| part.segment.base() <= id).checked_sub(1)?;
        let part = &self.parts[at];
        part.segment.place(id).map(|row| RowRef { part, row })
    }
}

impl<'s> RowRef<'s> {
    /// The row's number.
    pub fn id(self) -> RowId {
        self.part.segment.id(self.row)
    }

    /// The text of a column, `""` where absent.
    pub fn text(self, column: Column) -> &'s str {
        self.part.text(self.row, column)
    }

    /// Event time, or what stands in for it.
    pub fn time(self) -> Timestamp {
        self.part.segment.time(self.row)
    }

    /// Delivery time.
    pub fn arrival(self) -> Timestamp {
        self.part.segment.arrival(self.row)
    }

    /// Who is behind it; `None` where that was not asked for.
    pub fn root(self) -> Option<&'s Root> {
        self.part.side.roots().get(self.row)
    }

    /// Who called.
    pub fn who(self) -> Who<'s> {
        Who {
            kind: self.text(Column::Type),
            key: self.text(Column::Key),
            arn: self.text(Column::Arn),
            principal: self.text(Column::Principal),
            user: self.text(Column::User),
            via: self.text(Column::Via),
            actor: self.text(Column::Actor),
        }
    }

    /// Whether a flag is set.
    pub fn has(self, flag: Flag) -> bool {
        self.part.side.has(self.row, flag)
    }

    /// The raw record, as it came.
    pub fn raw(self) -> Vec<u8> {
        self.part.raw(self.row)
    }
}
