//! What a column says of rows where only a few answers matter: asked once for every distinct value
//! of a part.

use crate::event::field::Column;
use crate::store::snapshot::Part;

/// One small answer for every row of a part.
#[derive(Debug)]
pub(crate) struct Classes<'p> {
    codes: &'p [u16],
    of_code: Vec<u8>,
    /// Rows that show another body than the one they were born with, ascending.
    better: Vec<(usize, u8)>,
}

impl<'p> Classes<'p> {
    /// Asks `class` about the values of a column.
    pub(crate) fn of(part: &'p Part, column: Column, class: impl Fn(&str) -> u8) -> Self {
        let coded = part.segment.column(column);
        let better = part.side.bettered();
        Self {
            codes: &coded.codes,
            of_code: coded.dict.values().map(&class).collect(),
            better: better
                .map(|(row, better)| (row, class(&better.cells[column as usize])))
                .collect(),
        }
    }

    /// The answer for a row.
    pub(crate) fn row(&self, row: usize) -> u8 {
        if !self.better.is_empty()
            && let Ok(at) = self.better.binary_search_by_key(&row, |(row, _)| *row)
        {
            return self.better[at].1;
        }
        self.of_code[usize::from(self.codes[row])]
    }
}

/// A call that reads.
pub(crate) const READ: u8 = 1;
/// A call that writes.
pub(crate) const WRITE: u8 = 2;
/// A dangerous write.
pub(crate) const DANGER: u8 = 3;

/// What the calls of a part do: [`READ`], [`WRITE`], [`DANGER`] or none of these.
pub(crate) fn verbs(part: &Part) -> Classes<'_> {
    Classes::of(part, Column::Verb, |verb| match verb {
        "R" => READ,
        "W" => WRITE,
        "D" => DANGER,
        _ => 0,
    })
}

/// A call that worked.
pub(crate) const OK: u8 = 1;
/// A call that was refused.
pub(crate) const DENIED: u8 = 2;
/// A call that failed for another reason. A read that found nothing is none.
pub(crate) const FAILED: u8 = 3;

/// How the calls of a part ended: [`OK`], [`DENIED`], [`FAILED`] or none of these.
pub(crate) fn results(part: &Part) -> Classes<'_> {
    Classes::of(part, Column::Result, |result| match result {
        "ok" => OK,
        "denied" => DENIED,
        "failed" | "throttled" => FAILED,
        _ => 0,
    })
}
