//! Which calls the noise filter leaves in sight: of the failed calls of a service the first of each
//! cause, so that a storm of them never looks like silence.

use std::collections::BTreeMap;

use crate::event::field::Column;
use crate::event::time::Timestamp;
use crate::store::bits::Bits;
use crate::store::segment::RowId;
use crate::store::snapshot::{Part, RowRef};

/// What fails: who calls, what, and the error.
pub type Cause = [Box<str>; 3];

/// The first row of each cause, by its time.
pub type Firsts = BTreeMap<Cause, (Timestamp, RowId)>;

/// The most causes that are told apart: no service fails in more ways, but names in files may be made
/// up by the thousand.
const MOST: usize = 4_096;

/// The rows of a part that failed; whether they were tried again or answered "none" is no failure.
pub fn failed(part: &Part) -> Bits {
    part.rows_where(Column::Result, |result| matches!(result, "denied" | "failed"))
}

/// The cause of a failed call.
fn cause(row: RowRef<'_>) -> Cause {
    let who = match row.text(Column::Via) {
        "" => row.text(Column::Actor),
        via => via,
    };
    [who, row.text(Column::Event), row.text(Column::Error)].map(Into::into)
}

/// Adds the causes of some rows of a part, each with its first row.
pub fn note(firsts: &mut Firsts, part: &Part, rows: &Bits) {
    rows.each(|row| {
        let row = RowRef { part, row };
        let (cause, at) = (cause(row), (row.time(), row.id()));
        let is_full = firsts.len() >= MOST;
        match firsts.get_mut(&cause) {
            Some(first) => *first = at.min(*first),
            None if is_full => {}
            None => drop(firsts.insert(cause, at)),
        }
    });
}

/// Adds what is known of other parts.
pub fn join(firsts: &mut Firsts, others: &Firsts) {
    for (cause, at) in others {
        match firsts.get_mut(cause) {
            Some(first) => *first = (*first).min(*at),
            None => drop(firsts.insert(cause.clone(), *at)),
        }
    }
}
