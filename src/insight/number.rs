//! Numbers for the values of columns, the same in every segment, so that counting is work with
//! integers: a string is looked up once for every distinct value of a segment, however often its
//! rows are counted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::event::field::Column;
use crate::event::name;
use crate::store::segment::{RowId, Segment};
use crate::store::snapshot::Part;

/// The number of the absent value.
pub(crate) const ABSENT: u32 = 0;
/// A column is numbered anew when it holds this many values, and twice as many as the dictionaries
/// of the segments it was numbered for: then at least half of them left with their segments.
const GARBAGE: usize = 4096;

/// The numbers of the values of every column that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    columns: BTreeMap<Column, Values>,
    segments: BTreeMap<RowId, Numbered>,
}

/// The values of one column.
#[derive(Debug)]
struct Values {
    texts: Vec<Arc<str>>,
    known: HashMap<Arc<str>, u32>,
    /// The numbers in the order of their texts; those since the last look are missing.
    by_text: Vec<u32>,
    bytes: usize,
}

/// The numbers of one segment: for each column one for each code.
#[derive(Debug)]
struct Numbered {
    segment: Arc<Segment>,
    codes: BTreeMap<Column, Arc<[u32]>>,
}

/// The value that is counted: an event by its name without the date of its API, as filters take it.
pub(crate) fn meant(column: Column, text: &str) -> &str {
    if column == Column::Event { name::plain(text) } else { text }
}

impl Default for Values {
    fn default() -> Self {
        let mut values = Self { texts: vec![], known: HashMap::new(), by_text: vec![], bytes: 0 };
        values.number("");
        values
    }
}

impl Values {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let number = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        self.bytes += text.len() + 80;
        self.texts.push(Arc::clone(&text));
        self.known.insert(text, number);
        number
    }

    fn by_text(&mut self) -> &[u32] {
        let texts = &self.texts;
        let text = |number: &u32| &*texts[*number as usize];
        let mut fresh: Vec<u32> = (self.by_text.len() as u32..texts.len() as u32).collect();
        if !fresh.is_empty() {
            fresh.sort_unstable_by(|a, b| text(a).cmp(text(b)));
            // Few are new: each is looked up, and what lies between them is copied.
            let mut merged = Vec::with_capacity(texts.len());
            let mut rest = &self.by_text[..];
            for number in fresh {
                let (before, after) =
                    rest.split_at(rest.partition_point(|it| text(it) < text(&number)));
                merged.extend_from_slice(before);
                merged.push(number);
                rest = after;
            }
            merged.extend_from_slice(rest);
            self.by_text = merged;
        }
        &self.by_text
    }
}

impl Numbers {
    /// The number of every code of a column of a part.
    pub(crate) fn codes(&mut self, part: &Part, column: Column) -> Arc<[u32]> {
        let segment = &part.segment;
        let fresh = || Numbered { segment: Arc::clone(segment), codes: BTreeMap::new() };
        let numbered = self.segments.entry(segment.base()).or_insert_with(fresh);
        if !Arc::ptr_eq(&numbered.segment, segment) {
            *numbered = fresh();
        }
        let values = self.columns.entry(column).or_default();
        let codes = numbered.codes.entry(column).or_insert_with(|| {
            let texts = segment.column(column).dict.values();
            texts.map(|text| values.number(meant(column, text))).collect()
        });
        Arc::clone(codes)
    }

    /// The number of a text of a column.
    pub(crate) fn number(&mut self, column: Column, text: &str) -> u32 {
        self.columns.entry(column).or_default().number(meant(column, text))
    }

    /// The text of a number of a column.
    pub(crate) fn text(&self, column: Column, number: u32) -> Arc<str> {
        let values = self.columns.get(&column);
        values.and_then(|values| values.texts.get(number as usize)).cloned().unwrap_or_default()
    }

    /// How many numbers of a column there are.
    pub(crate) fn len(&mut self, column: Column) -> usize {
        self.columns.entry(column).or_default().texts.len()
    }

    /// The numbers of a column in the order of their texts.
    pub(crate) fn by_text(&mut self, column: Column) -> &[u32] {
        self.columns.entry(column).or_default().by_text()
    }

    /// Forgets the segments that are not among these, and every number once too many belong to
    /// segments that have gone. Says whether the numbers are still the same.
    pub(crate) fn retain<'p>(&mut self, parts: impl Iterator<Item = &'p Part>) -> bool {
        let mut old = std::mem::take(&mut self.segments);
        for part in parts {
            let base = part.segment.base();
            if let Some(numbered) = old.remove(&base)
                && Arc::ptr_eq(&numbered.segment, &part.segment)
            {
                self.segments.insert(base, numbered);
            }
        }
        let used = |column: &Column| -> usize {
            let codes = self.segments.values().filter_map(|numbered| numbered.codes.get(column));
            codes.map(|codes| codes.len()).sum()
        };
        let is_spoiled = self.columns.iter().any(|(column, values)| {
            values.texts.len() > GARBAGE && values.texts.len() > 2 * used(column)
        });
        if is_spoiled {
            *self = Self::default();
        }
        !is_spoiled
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let values = self.columns.values();
        let texts: usize = values.map(|values| values.bytes + values.by_text.len() * 4).sum();
        let codes = self.segments.values().flat_map(|numbered| numbered.codes.values());
        texts + codes.map(|codes| codes.len() * 4 + 48).sum::<usize>()
    }
}

/// The numbers of a column of a part.
#[derive(Debug)]
pub(crate) struct OfRows<'p> {
    codes: &'p [u16],
    of_code: Arc<[u32]>,
    /// Rows that show another body than the one they were born with.
    better: HashMap<usize, u32>,
}

impl<'p> OfRows<'p> {
    /// Looks the values of a column up.
    pub(crate) fn of(part: &'p Part, column: Column, numbers: &mut Numbers) -> Self {
        let of_code = numbers.codes(part, column);
        let better = part.side.bettered();
        let mut number = |text| numbers.number(column, text);
        let better = better.map(|(row, better)| (row, number(&better.cells[column as usize])));
        Self { codes: &part.segment.column(column).codes, of_code, better: better.collect() }
    }

    /// The number of the value of a row.
    pub(crate) fn row(&self, row: usize) -> u32 {
        match self.better.get(&row).filter(|_| !self.better.is_empty()) {
            Some(number) => *number,
            None => self.of_code[usize::from(self.codes[row])],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_know_their_texts_and_their_order() {
        let mut numbers = Numbers::default();
        let texts = ["b", "", "a", "b", "c"];
        let given = texts.map(|text| numbers.number(Column::Actor, text));
        assert_eq!(given, [1, ABSENT, 2, 1, 3]);
        assert_eq!(numbers.by_text(Column::Actor), [0, 2, 1, 3]);
        numbers.number(Column::Actor, "ab");
        assert_eq!(numbers.by_text(Column::Actor), [0, 2, 4, 1, 3]);
        assert_eq!(&*numbers.text(Column::Actor, 4), "ab");
        assert_eq!(numbers.len(Column::Event), 1);
    }
}
