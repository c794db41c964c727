//! What followed denials of one action on one target. Records have whole seconds: what happened in
//! one of them has no known order.

use crate::event::time::{Millis, Timestamp};
use crate::store::segment::RowId;

/// Denials of one kind, and for each the first success that came after it and before the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequel {
    /// Seconds of the denials; ascending once [`Sequel::close`] was called.
    denied: Vec<i64>,
    worked: Vec<Option<(Timestamp, RowId)>>,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct End {
    /// The shortest and the longest time from a last denial to a success; `None` without any.
    pub(crate) waits: Option<(Millis, Millis)>,
    /// The first success after the last denial, and when the last denial before it was.
    pub(crate) worked: Option<(Timestamp, RowId, Timestamp)>,
}

/// The second that a moment lies in.
pub(crate) fn second(at: Timestamp) -> i64 {
    at.0.div_euclid(1000)
}

impl Sequel {
    /// Takes a denial.
    pub(crate) fn denied(&mut self, at: Timestamp) {
        let second = second(at);
        // They mostly come in order, and many a second.
        if self.denied.last() != Some(&second) {
            self.denied.push(second);
        }
    }

    /// Every denial is known.
    pub(crate) fn close(&mut self) {
        self.denied.sort_unstable();
        self.denied.dedup();
        self.worked = vec![None; self.denied.len()];
    }

    /// Takes a success, in any order.
    pub(crate) fn worked(&mut self, at: Timestamp, row: RowId) {
        let after = self.denied.partition_point(|denied| *denied <= second(at));
        let Some(slot) = after.checked_sub(1).and_then(|at| self.worked.get_mut(at)) else {
            return;
        };
        if slot.is_none_or(|known| (at, row) < known) {
            *slot = Some((at, row));
        }
    }

    /// How it ended.
    pub(crate) fn end(&self) -> End {
        let mut end = End::default();
        let mut pending = 0;
        for (at, worked) in self.worked.iter().enumerate() {
            end.worked = None;
            let Some((time, row)) = *worked else { continue };
            let before = self.denied[pending..=at].iter().rev().find(|it| **it < second(time));
            let denied = *before.unwrap_or(&self.denied[at]);
            let wait = Millis((second(time) - denied).saturating_mul(1000));
            let (least, most) = end.waits.unwrap_or((wait, wait));
            end.waits = Some((least.min(wait), most.max(wait)));
            end.worked = Some((time, row, Timestamp(denied.saturating_mul(1000))));
            pending = at + 1;
        }
        end
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.denied.capacity() * 8 + self.worked.capacity() * 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pair = Option<(i64, i64)>;

    fn end(denied: &[i64], worked: &[i64]) -> (Pair, Pair) {
        let mut sequel = Sequel::default();
        for at in denied {
            sequel.denied(Timestamp(at * 1000));
        }
        sequel.close();
        for at in worked {
            sequel.worked(Timestamp(at * 1000), RowId(*at as u64));
        }
        let End { waits, worked } = sequel.end();
        let seconds = |it: Millis| it.0 / 1000;
        (
            waits.map(|(a, b)| (seconds(a), seconds(b))),
            worked.map(|(at, _, since)| (at.0 / 1000, since.0 / 1000)),
        )
    }

    #[test]
    fn a_success_answers_the_denials_before_it() {
        for (denied, worked, waits, last) in [
            (&[][..], &[5][..], None, None),
            (&[5], &[], None, None),
            (&[5], &[4], None, None),
            (&[5], &[5], Some((0, 0)), Some((5, 5))),
            (&[5], &[9, 7, 8], Some((2, 2)), Some((7, 5))),
            // Of one second: the order is not known, the denial before it is.
            (&[42, 44, 47], &[47, 47], Some((3, 3)), Some((47, 44))),
            (&[55, 56, 59], &[64], Some((5, 5)), Some((64, 59))),
            (&[9, 1], &[4, 20], Some((3, 11)), Some((20, 9))),
            // Denied again and never allowed since.
            (&[1, 9], &[4], Some((3, 3)), None),
        ] {
            assert_eq!(end(denied, worked), (waits, last), "{denied:?} {worked:?}");
        }
    }
}
