//! The visible rows in their order, in chunks that views share: a change copies the chunks it
//! touches, so a batch that arrives in a list of a million rows costs about as much as itself.

use std::ops::Index;
use std::sync::Arc;

use crate::engine::view::Entry;
use crate::query::question::Order;
use crate::store::segment::RowId;

/// Rows a chunk, about: small enough to be copied without a thought, large enough that there are
/// few.
const CHUNK: usize = 2048;

/// A sorted list of rows. A clone shares everything.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    chunks: Vec<Arc<Chunk>>,
    /// How many rows there are up to the end of each chunk.
    ends: Vec<usize>,
}

/// A run of rows, never empty.
#[derive(Debug)]
struct Chunk {
    rows: Box<[Entry]>,
    lowest: RowId,
    highest: RowId,
}

impl Chunk {
    fn of(rows: &[Entry]) -> Option<Arc<Self>> {
        let lowest = rows.iter().map(|entry| entry.id).min()?;
        let highest = rows.iter().map(|entry| entry.id).max()?;
        Some(Arc::new(Self { rows: rows.into(), lowest, highest }))
    }

    fn last(&self) -> &Entry {
        &self.rows[self.rows.len() - 1]
    }
}

impl Order {
    /// Whether one row comes before another.
    pub fn is_before(self, one: &Entry, other: &Entry) -> bool {
        match self {
            Self::Time => one < other,
            Self::Arrival => one.id < other.id,
        }
    }

    /// Sorts rows; quick where they are a few sorted runs.
    pub fn sort(self, rows: &mut [Entry]) {
        match self {
            Self::Time => rows.sort(),
            Self::Arrival => rows.sort_by_key(|entry| entry.id),
        }
    }
}

impl Entries {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// A row by its place; `None` past the end.
    pub fn get(&self, at: usize) -> Option<&Entry> {
        let chunk = self.ends.partition_point(|end| *end <= at);
        let before = chunk.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.chunks.get(chunk)?.rows.get(at - before)
    }

    /// Every row in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> + '_ {
        self.chunks.iter().flat_map(|chunk| &chunk.rows)
    }

    /// How many rows at the beginning pass `test`, which is true for none after the first that
    /// fails.
    pub fn partition_point(&self, mut test: impl FnMut(&Entry) -> bool) -> usize {
        let chunk = self.chunks.partition_point(|chunk| test(chunk.last()));
        let before = chunk.checked_sub(1).map_or(0, |before| self.ends[before]);
        before + self.chunks.get(chunk).map_or(0, |chunk| chunk.rows.partition_point(test))
    }

    /// Bytes on the heap, those that other views share included.
    pub fn bytes(&self) -> usize {
        self.len() * size_of::<Entry>() + self.chunks.len() * (size_of::<Chunk>() + 32)
    }

    /// Puts sorted rows in where they belong.
    pub fn merge(&mut self, fresh: &[Entry], order: Order) {
        if self.is_empty() {
            self.push(fresh);
            return self.count();
        }
        self.change(fresh, order, |rows, fresh| {
            let mut merged = Vec::with_capacity(rows.len() + fresh.len());
            let mut old = rows;
            for entry in fresh {
                // What is new is mostly newest: then nothing of the chunk comes after it.
                let n = match old.last() {
                    Some(last) if order.is_before(entry, last) => {
                        old.iter().take_while(|other| order.is_before(other, entry)).count()
                    }
                    _ => old.len(),
                };
                merged.extend_from_slice(&old[..n]);
                old = &old[n..];
                merged.push(*entry);
            }
            merged.extend_from_slice(old);
            merged
        });
    }

    /// Takes sorted rows out; those that are not in are passed over.
    pub fn remove(&mut self, gone: &[Entry], order: Order) {
        self.change(gone, order, |rows, gone| {
            let mut gone = gone.iter().peekable();
            let mut kept = Vec::with_capacity(rows.len());
            for entry in rows {
                while gone.next_if(|other| order.is_before(other, entry)).is_some() {}
                if gone.next_if(|other| other.id == entry.id).is_none() {
                    kept.push(*entry);
                }
            }
            kept
        });
    }

    /// Takes out every row numbered below `first`.
    pub fn remove_below(&mut self, first: RowId) {
        let old = std::mem::take(&mut self.chunks);
        self.chunks = old
            .into_iter()
            .filter_map(|chunk| {
                if chunk.lowest >= first {
                    return Some(chunk);
                }
                if chunk.highest < first {
                    return None;
                }
                let kept: Vec<Entry> =
                    chunk.rows.iter().filter(|entry| entry.id >= first).copied().collect();
                Chunk::of(&kept)
            })
            .collect();
        self.count();
    }

    /// Lets each chunk take its share of sorted rows; chunks without a share stay as they are.
    fn change(
        &mut self,
        rows: &[Entry],
        order: Order,
        with: impl Fn(&[Entry], &[Entry]) -> Vec<Entry>,
    ) {
        if rows.is_empty() {
            return;
        }
        let old = std::mem::take(&mut self.chunks);
        let last = old.len().saturating_sub(1);
        let mut left = rows;
        for (at, chunk) in old.into_iter().enumerate() {
            let share = match at == last {
                true => left.len(),
                false => left.partition_point(|entry| !order.is_before(chunk.last(), entry)),
            };
            if share == 0 {
                self.chunks.push(chunk);
                continue;
            }
            let (here, rest) = left.split_at(share);
            left = rest;
            self.push(&with(&chunk.rows, here));
        }
        self.count();
    }

    /// Appends rows in chunks of about one size.
    fn push(&mut self, rows: &[Entry]) {
        let pieces = if rows.len() <= 2 * CHUNK { 1 } else { rows.len().div_ceil(CHUNK) };
        self.chunks.extend(rows.chunks(rows.len().div_ceil(pieces).max(1)).filter_map(Chunk::of));
    }

    fn count(&mut self) {
        let sizes = self.chunks.iter().map(|chunk| chunk.rows.len());
        self.ends = sizes
            .scan(0, |end, size| {
                *end += size;
                Some(*end)
            })
            .collect();
    }
}

impl Index<usize> for Entries {
    type Output = Entry;

    fn index(&self, at: usize) -> &Entry {
        self.get(at).expect("a place before the end of the list")
    }
}

impl From<Vec<Entry>> for Entries {
    /// Takes sorted rows.
    fn from(rows: Vec<Entry>) -> Self {
        let mut entries = Self::default();
        entries.push(&rows);
        entries.count();
        entries
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::time::Timestamp;

    fn entry((time, id): (i64, u64)) -> Entry {
        Entry { time: Timestamp(time), id: RowId(id) }
    }

    proptest! {
        #[test]
        fn is_a_sorted_list(
            batches in prop::collection::vec(prop::collection::vec(0..5000i64, 0..3000), 1..8),
            gone in 1..7u64,
            below in 0..4000u64,
            by_time: bool,
        ) {
            let order = if by_time { Order::Time } else { Order::Arrival };
            let (mut entries, mut plain) = (Entries::default(), vec![]);
            for times in batches {
                let first = plain.len() as u64;
                let mut rows: Vec<Entry> = times.into_iter().zip(first..).map(entry).collect();
                plain.extend_from_slice(&rows);
                order.sort(&mut rows);
                entries.merge(&rows, order);
            }
            order.sort(&mut plain);
            let (out, mut kept): (Vec<Entry>, Vec<Entry>) =
                plain.into_iter().partition(|entry| entry.id.0 % gone == 0);
            let shared = entries.clone();
            entries.remove(&out, order);
            prop_assert_eq!(shared.len(), kept.len() + out.len());
            prop_assert!(entries.iter().eq(&kept));
            kept.retain(|entry| entry.id.0 >= below);
            entries.remove_below(RowId(below));
            prop_assert_eq!(entries.len(), kept.len());
            prop_assert!(entries.iter().eq(&kept));
            prop_assert!((0..kept.len()).all(|at| entries[at] == kept[at]));
            prop_assert_eq!(entries.get(kept.len()), None);
            for at in [0, kept.len() / 3, kept.len().saturating_sub(1)] {
                let Some(wanted) = kept.get(at) else { continue };
                let before = |other: &Entry| order.is_before(other, wanted);
                prop_assert_eq!(entries.partition_point(before), at);
            }
        }
    }
}
