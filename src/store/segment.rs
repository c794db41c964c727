//! A run of events that arrived together: immutable columns, built once, never changed.

use std::sync::OnceLock;

use crate::event::field::Column;
use crate::event::read::Event;
use crate::event::time::Timestamp;
use crate::store::dict::{Coded, Coder};
use crate::store::hits::Hit;
use crate::store::raw::{Packer, Raw};
use crate::store::side::Side;

/// The most rows a segment may have; a code of a row fits sixteen bits.
pub const MAX_ROWS: usize = 8192;

/// The number of a row: it counts up in arrival order and never moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u64);

/// A run of rows in arrival order.
#[derive(Debug)]
pub struct Segment {
    base: RowId,
    times: Box<[i64]>,
    arrivals: Box<[i64]>,
    identities: Box<[u64]>,
    columns: Box<[Coded]>,
    raw: Raw,
    bytes: usize,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
    by_time: OnceLock<Box<[u16]>>,
}

impl Segment {
    /// The number of the first row.
    pub fn base(&self) -> RowId {
        self.base
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The number of a row of this segment.
    pub fn id(&self, row: usize) -> RowId {
        RowId(self.base.0 + row as u64)
    }

    /// The place of a row in this segment.
    pub fn place(&self, id: RowId) -> Option<usize> {
        let row = id.0.checked_sub(self.base.0)? as usize;
        (row < self.len()).then_some(row)
    }

    /// Event time, or what stands in for it.
    pub fn time(&self, row: usize) -> Timestamp {
        Timestamp(self.times[row])
    }

    /// The oldest event time of the rows; `None` without rows.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.oldest
    }

    /// The newest event time of the rows; `None` without rows.
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// The rows in the order of their times, those of one time as they arrived. Made by the first
    /// call, then kept.
    pub fn by_time(&self) -> &[u16] {
        self.by_time.get_or_init(|| {
            let mut rows: Box<[u16]> = (0..self.len() as u16).collect();
            rows.sort_by_key(|row| self.times[usize::from(*row)]);
            rows
        })
    }

    /// Delivery time: the label of the object's key, the sent or ingestion time, else the receipt.
    pub fn arrival(&self, row: usize) -> Timestamp {
        Timestamp(self.arrivals[row])
    }

    /// The hash of (account, eventID).
    pub fn identity(&self, row: usize) -> u64 {
        self.identities[row]
    }

    /// The value of a column, `""` where absent.
    pub fn text(&self, row: usize, column: Column) -> &str {
        self.columns[column as usize].text(row)
    }

    /// A whole column.
    pub fn column(&self, column: Column) -> &Coded {
        &self.columns[column as usize]
    }

    /// Compresses raw records that are not, once nobody has to read them soon.
    pub fn pack(&mut self) {
        self.bytes -= self.raw.bytes();
        self.raw.pack();
        self.bytes += self.raw.bytes();
    }

    /// The raw record, byte for byte as it came.
    pub fn raw(&self) -> &Raw {
        &self.raw
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Gathers rows into a segment and the side columns it is born with.
#[derive(Debug)]
pub struct Builder {
    times: Vec<i64>,
    arrivals: Vec<i64>,
    identities: Vec<u64>,
    columns: Vec<Coder>,
    raw: Packer,
    side: Side,
}

impl Default for Builder {
    fn default() -> Self {
        let mut columns = Vec::new();
        columns.resize_with(Column::COUNT, Coder::default);
        Self {
            times: vec![],
            arrivals: vec![],
            identities: vec![],
            columns,
            raw: Packer::default(),
            side: Side::default(),
        }
    }
}

/// What ingest knows of a new row beside the event itself.
#[derive(Debug, Clone, Copy)]
pub struct Birth {
    /// Event time, or what stands in for it.
    pub time: Timestamp,
    /// Delivery time.
    pub arrival: Timestamp,
    /// The hash of (account, eventID).
    pub identity: u64,
    /// Bits of [`crate::event::field::Flag`].
    pub flags: u16,
    /// Bits of [`crate::event::field::Origin`].
    pub origins: u8,
}

impl Builder {
    /// A builder for rows that are read once and dropped: it compresses nothing.
    pub fn passing() -> Self {
        Self { raw: Packer::plain(), ..Self::default() }
    }

    /// An empty builder of the same kind.
    #[must_use]
    pub fn fresh(&self) -> Self {
        if self.raw.is_plain() { Self::passing() } else { Self::default() }
    }

    /// How many rows were added.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The bits of [`crate::event::field::Origin`] of the sources that delivered a row so far.
    pub fn origins(&self, row: usize) -> u8 {
        self.side.origins(row)
    }

    /// Notes that a row that was added met a rule.
    pub fn hit(&mut self, row: usize, hit: Hit) {
        self.side.hit(row, hit);
    }

    /// Adds a row; the caller keeps to [`MAX_ROWS`].
    pub fn push(&mut self, event: &Event<'_>, raw: &[u8], birth: Birth) {
        self.times.push(birth.time.0);
        self.arrivals.push(birth.arrival.0);
        self.identities.push(birth.identity);
        for (coder, cell) in self.columns.iter_mut().zip(&event.cells) {
            coder.push(cell);
        }
        self.raw.push(raw);
        self.side.push(birth.flags, birth.origins);
    }

    /// Adds these rows of a finished segment, in ascending order, with flags and origins of their
    /// own; the caller keeps to [`MAX_ROWS`]. Distinct values are looked up once, and blocks of raw
    /// records that are taken whole stay packed.
    pub fn append(
        &mut self,
        from: &Segment,
        rows: &[usize],
        born: impl Iterator<Item = (u16, u8)>,
    ) {
        self.times.extend(rows.iter().map(|row| from.times[*row]));
        self.arrivals.extend(rows.iter().map(|row| from.arrivals[*row]));
        self.identities.extend(rows.iter().map(|row| from.identities[*row]));
        for (coder, column) in self.columns.iter_mut().zip(&from.columns) {
            coder.append(column, rows.iter().copied());
        }
        self.raw.append(&from.raw, rows);
        born.for_each(|(flags, origins)| self.side.push(flags, origins));
    }

    /// The finished segment, its first row numbered `base`, and its side columns.
    pub fn finish(self, base: RowId) -> (Segment, Side) {
        let columns: Box<[Coded]> = self.columns.into_iter().map(Coder::finish).collect();
        let raw = self.raw.finish();
        // The order by time is made later, of two bytes a row.
        let fixed = self.times.len() * (8 + 8 + 8 + 2);
        let bytes = fixed + raw.bytes() + columns.iter().map(Coded::bytes).sum::<usize>();
        let oldest = self.times.iter().min().map(|time| Timestamp(*time));
        let newest = self.times.iter().max().map(|time| Timestamp(*time));
        let segment = Segment {
            base,
            oldest,
            newest,
            by_time: OnceLock::new(),
            times: self.times.into(),
            arrivals: self.arrivals.into(),
            identities: self.identities.into(),
            columns,
            raw,
            bytes,
        };
        (segment, self.side)
    }
}
