//! What was done to the same target after an event: successful writes, nearest first. Bounded: so
//! many rows are looked at, and how many is said.

use crate::event::field::Column;
use crate::event::target::{NONE, UNKNOWN, lasting};
use crate::event::time::{Millis, Timestamp};
use crate::store::snapshot::{Part, RowRef, Snapshot};

/// The most rows that are looked at.
pub const ROWS: usize = 200_000;

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Later<'s> {
    /// Successful writes on the target in later seconds, in the order of their times.
    pub writes: Vec<RowRef<'s>>,
    /// Those in the second of the event itself, whose order nobody knows.
    pub same_second: Vec<RowRef<'s>>,
    /// Whether rows were left out for their number.
    pub is_cut: bool,
}

/// What is the same of two calls on one target, beside its name.
const SAME: [Column; 3] = [Column::Account, Column::Region, Column::Service];

/// The successful writes on the target of `row` after it; `None` where it has no target of its own.
pub fn later<'s>(snapshot: &'s Snapshot, row: RowRef<'_>) -> Option<Later<'s>> {
    let target = lasting(row.text(Column::Target));
    if matches!(target, "" | "*") || [NONE, UNKNOWN].contains(&target) {
        return None;
    }
    let second = Timestamp(row.time().0.div_euclid(1000) * 1000);
    let mut parts: Vec<&Part> = snapshot.parts().iter().collect();
    parts.retain(|part| part.segment.newest().is_some_and(|newest| newest >= second));
    // What begins nearest to the event is looked at first.
    parts.sort_by_key(|part| part.segment.oldest().map_or(second, |oldest| oldest.max(second)));
    let mut later = Later::default();
    let mut room = ROWS;
    for part in parts {
        if part.segment.len() > room {
            later.is_cut = true;
            break;
        }
        room -= part.segment.len();
        let is_same = |other: &str| is_on(lasting(other), target);
        for at in part.rows_where(Column::Target, is_same).rows() {
            let other = RowRef { part, row: at };
            if other.time() < second || other.id() == row.id() || !is_write(other) {
                continue;
            }
            if SAME.iter().any(|column| other.text(*column) != row.text(*column)) {
                continue;
            }
            match other.time() - second < Millis::seconds(1) {
                true => later.same_second.push(other),
                false => later.writes.push(other),
            }
        }
    }
    later.writes.sort_by_key(|other| (other.time(), other.id()));
    later.same_second.sort_by_key(|other| (other.time(), other.id()));
    Some(later)
}

/// Whether two calls share a target. Ids that a call lists are told one by one; names of objects may
/// hold commas.
fn is_on(other: &str, target: &str) -> bool {
    let is_list = |target: &str| target.contains(',') && !target.contains('/');
    if other == target || !(is_list(other) || is_list(target)) {
        return other == target;
    }
    other.split(',').any(|other| target.split(',').any(|target| other == target))
}

fn is_write(row: RowRef<'_>) -> bool {
    row.text(Column::Verb) != "R" && row.text(Column::Result) == "ok"
}
