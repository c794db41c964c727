//! Counts (facets): how often each value of a column occurs among the rows that are shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::field::Column;
use crate::insight::number::{ABSENT, Numbers};
use crate::insight::shown::Shown;
use crate::store::bits::Bits;
use crate::store::segment::RowId;
use crate::store::snapshot::Part;

/// One facet: a column that is worth counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facet {
    /// Its title.
    pub title: &'static str,
    /// The column that is counted.
    pub column: Column,
}

/// The facets in the order in which the pane shows them.
pub const FACETS: [Facet; 9] = [
    Facet { title: "ACTOR", column: Column::Actor },
    Facet { title: "EVENT", column: Column::Event },
    Facet { title: "RESULT", column: Column::Result },
    Facet { title: "ERROR", column: Column::Error },
    Facet { title: "TOOL", column: Column::Tool },
    Facet { title: "FROM", column: Column::Ip },
    Facet { title: "REGION", column: Column::Region },
    Facet { title: "ACCOUNT", column: Column::Account },
    Facet { title: "TARGET", column: Column::Target },
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

/// So few distinct values are counted in a table on the stack.
const FEW: usize = 64;

/// Counts that follow the rows: a part whose rows change is taken off and added again, no other is
/// looked at.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    counted: BTreeMap<RowId, Shown>,
    /// For each facet the rows of each number.
    rows: Vec<Vec<u64>>,
}

impl Counting {
    /// Counts what has changed; false where `stop` said so before the end.
    pub(crate) fn follow(
        &mut self,
        shown: &[Shown],
        numbers: &mut Numbers,
        stop: &mut dyn FnMut() -> bool,
    ) -> bool {
        let is_same = |was: &Shown| {
            let at = shown.binary_search_by_key(&was.base(), Shown::base);
            at.is_ok_and(|at| shown[at].shows_same(was))
        };
        let gone: Vec<RowId> =
            self.counted.values().filter(|was| !is_same(was)).map(Shown::base).collect();
        for base in gone {
            if let Some(was) = self.counted.remove(&base) {
                self.add(&was, numbers, |rows, n| *rows -= n);
            }
            if stop() {
                return false;
            }
        }
        for one in shown {
            if self.counted.contains_key(&one.base()) {
                continue;
            }
            self.add(one, numbers, |rows, n| *rows += n);
            self.counted.insert(one.base(), one.clone());
            if stop() {
                return false;
            }
        }
        true
    }

    /// What was counted.
    pub(crate) fn counts(&self, numbers: &mut Numbers) -> Counts {
        let facets = FACETS.iter().zip(&self.rows);
        Counts {
            rows: self.counted.values().map(|shown| shown.rows.count() as u64).sum(),
            facets: facets.map(|(facet, rows)| counted(rows, facet.column, numbers)).collect(),
        }
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.iter().map(|rows| rows.capacity() * 8).sum()
    }

    fn add(&mut self, shown: &Shown, numbers: &mut Numbers, put: impl Fn(&mut u64, u64) + Copy) {
        self.rows.resize_with(FACETS.len(), Vec::new);
        for (facet, rows) in FACETS.iter().zip(&mut self.rows) {
            tally(&shown.part, &shown.rows, facet.column, numbers, |number, n, size| {
                if rows.len() < size {
                    rows.resize(size, 0);
                }
                put(&mut rows[number as usize], n);
            });
        }
    }
}

/// Gives the numbers that occur in a column of some rows with how often, and how many numbers there
/// are in all. A number may be given more than once.
pub(crate) fn tally(
    part: &Part,
    rows: &Bits,
    column: Column,
    numbers: &mut Numbers,
    mut give: impl FnMut(u32, u64, usize),
) {
    let codes = numbers.codes(part, column);
    let of_row = &part.segment.column(column).codes;
    let mut by_code = rows_by_code(of_row, codes.len(), rows);
    for (row, better) in part.side.bettered().filter(|(row, _)| rows.has(*row)) {
        by_code[usize::from(of_row[row])] -= 1;
        let number = numbers.number(column, &better.cells[column as usize]);
        give(number, 1, numbers.len(column));
    }
    let size = numbers.len(column);
    for (number, n) in codes.iter().zip(by_code) {
        if n > 0 {
            give(*number, u64::from(n), size);
        }
    }
}

/// How many of the rows have each of `n` codes.
fn rows_by_code(codes: &[u16], n: usize, rows: &Bits) -> Vec<u32> {
    let mut counts = vec![0u32; n];
    if n > FEW {
        rows.each(|row| counts[usize::from(codes[row])] += 1);
        return counts;
    }
    // Where values repeat, one count would wait for the one before: four take turns.
    let mut turns = [[0u32; FEW]; 4];
    rows.each(|row| turns[row % 4][usize::from(codes[row]) % FEW] += 1);
    for (code, count) in counts.iter_mut().enumerate() {
        *count = turns.iter().map(|turn| turn[code]).sum();
    }
    counts
}

/// The values of a column that occur, most first.
fn counted(rows: &[u64], column: Column, numbers: &mut Numbers) -> Counted {
    let many = |number: u32| rows.get(number as usize).copied().unwrap_or_default();
    let by_text = numbers.by_text(column).iter().copied();
    let mut found: Vec<(u32, u64)> = by_text
        .filter(|number| *number != ABSENT)
        .map(|number| (number, many(number)))
        .filter(|(_, n)| *n > 0)
        .collect();
    // Those of one count stay in the order of their texts.
    found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    Counted {
        distinct: found.len(),
        absent: many(ABSENT),
        values: found.into_iter().map(|(number, n)| (numbers.text(column, number), n)).collect(),
    }
}
