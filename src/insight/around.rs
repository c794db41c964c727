//! What else was done with the key of a row just before and after it, whatever the filter shows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::event::field::Column;
use crate::event::time::Timestamp;
use crate::insight::class::Classes;
use crate::insight::shown::Shown;
use crate::store::segment::RowId;
use crate::store::snapshot::{Part, RowRef};

/// The most rows that are found on either side of it.
pub const MOST: usize = 40;

/// The neighbours of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// The row that was asked about.
    pub row: RowId,
    /// What it has in common with its neighbours: its key, or who called where it has none.
    pub by: Column,
    /// The nearest on either side and the row itself, in order of time.
    pub rows: Vec<RowId>,
}

/// A place in the order of time.
type Place = (Timestamp, RowId);

/// The nearest places on either side of one.
struct Nearest {
    at: Place,
    /// The latest before it; the earliest of them is on top.
    before: BinaryHeap<Reverse<Place>>,
    /// The earliest after it; the latest of them is on top.
    after: BinaryHeap<Place>,
}

impl Nearest {
    fn take(&mut self, place: Place) {
        if place < self.at {
            self.before.push(Reverse(place));
            if self.before.len() > MOST {
                self.before.pop();
            }
        } else if place > self.at {
            self.after.push(place);
            if self.after.len() > MOST {
                self.after.pop();
            }
        }
    }

    /// Whether rows between these times may be nearer than what was found.
    fn wants(&self, oldest: Timestamp, newest: Timestamp) -> bool {
        let earliest = self.before.peek().filter(|_| self.before.len() >= MOST);
        let latest = self.after.peek().filter(|_| self.after.len() >= MOST);
        let before = oldest <= self.at.0 && earliest.is_none_or(|Reverse(it)| newest >= it.0);
        let after = newest >= self.at.0 && latest.is_none_or(|it| oldest <= it.0);
        before || after
    }
}

/// Looks from the row outwards, over all rows of the store; `None` where `stop` said so before the
/// end.
pub(crate) fn around(shown: &[Shown], id: RowId, stop: &mut dyn FnMut() -> bool) -> Option<Around> {
    let mut found = Around { row: id, by: Column::Key, rows: vec![] };
    let at = shown.partition_point(|one| one.base() <= id);
    let part = at.checked_sub(1).map(|at| &shown[at].part);
    let row = part.and_then(|part| Some(RowRef { part, row: part.segment.place(id)? }));
    let Some(row) = row else { return Some(found) };
    let says = |column: &Column| !row.text(*column).is_empty();
    found.by = [Column::Key, Column::Arn].into_iter().find(says).unwrap_or(Column::Actor);
    let value = row.text(found.by);
    let place = (row.time(), id);
    let mut nearest = Nearest { at: place, before: BinaryHeap::new(), after: BinaryHeap::new() };
    for one in outwards(shown, at - 1) {
        let segment = &one.part.segment;
        if let (Some(oldest), Some(newest)) = (segment.oldest(), segment.newest())
            && nearest.wants(oldest, newest)
        {
            each(&one.part, found.by, value, |place| nearest.take(place));
        }
        if stop() {
            return None;
        }
    }
    let before = nearest.before.into_iter().map(|Reverse(place)| place);
    let mut all: Vec<Place> = before.chain([place]).chain(nearest.after).collect();
    all.sort_unstable();
    found.rows = all.into_iter().map(|(_, id)| id).collect();
    Some(found)
}

/// The parts by how far they are from one, which is the first.
fn outwards(shown: &[Shown], at: usize) -> impl Iterator<Item = &Shown> {
    let (before, from) = shown.split_at(at);
    let (mut left, mut right) = (before.iter().rev(), from.iter());
    let mut is_right = false;
    std::iter::from_fn(move || {
        is_right = !is_right;
        match is_right {
            true => right.next().or_else(|| left.next()),
            false => left.next().or_else(|| right.next()),
        }
    })
}

/// Every row of a part that says the same.
fn each(part: &Part, by: Column, value: &str, mut take: impl FnMut(Place)) {
    let value = value.to_owned();
    let same = Classes::of(part, by, move |it| u8::from(it == value));
    for row in (0..part.segment.len()).filter(|row| same.row(*row) == 1) {
        let row = RowRef { part, row };
        take((row.time(), row.id()));
    }
}
