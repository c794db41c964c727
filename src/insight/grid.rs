//! Steps of time of equal, round length, and the span they cover.

use crate::event::time::{Millis, Timestamp};
use crate::insight::shown::Shown;
use crate::store::bits::Bits;
use crate::store::snapshot::Part;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The lengths a step may have; longer ones are doublings of the last.
const ROUND: [i64; 25] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    360 * DAY,
];
/// One row in this many, on either side, does not decide how long a span is …
const ODD: u64 = 200;
/// … where there are at least so many rows …
const FEW: u64 = 4;
/// … and is left out if it is further from the others than so many times their own span …
const FAR: i64 = 4;
/// … and than this.
const NEAR: i64 = DAY;

/// Steps of equal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Grid {
    /// The length of a step in milliseconds; never zero but by default.
    pub(crate) step: i64,
    /// The number of the first step: they count from the epoch.
    pub(crate) first: i64,
    /// How many there are.
    pub(crate) len: usize,
}

impl Grid {
    /// The shortest round steps that cover a span with at most `cells` of them.
    pub(crate) fn over((from, to): (Timestamp, Timestamp), cells: usize) -> Self {
        let cells = cells.max(1) as i64;
        let doubled = (1..28).map(|times| ROUND[ROUND.len() - 1] << times);
        let mut steps = ROUND.into_iter().chain(doubled);
        let covers = |step: &i64| to.0.div_euclid(*step) - from.0.div_euclid(*step) < cells;
        // So long a step covers every time there is, in one cell or in two.
        let step = steps.find(covers).unwrap_or(i64::MAX);
        let first = from.0.div_euclid(step);
        let len = (to.0.div_euclid(step) - first + 1).clamp(1, cells) as usize;
        Self { step, first, len }
    }

    /// The same steps, but exactly so many of them, of which the last stays where it is.
    pub(crate) fn ending_here(self, cells: usize) -> Self {
        let first = self.first.saturating_add(self.len as i64).saturating_sub(cells as i64);
        Self { first, len: cells, ..self }
    }

    /// When the first step begins.
    pub(crate) fn start(self) -> Timestamp {
        Timestamp(self.first.saturating_mul(self.step))
    }

    /// The length of a step.
    pub(crate) fn length(self) -> Millis {
        Millis(self.step)
    }

    /// The number of the step of a time.
    pub(crate) fn number(self, time: Timestamp) -> i64 {
        time.0.div_euclid(self.step.max(1))
    }

    /// The place of a numbered step; `None` where it lies outside.
    pub(crate) fn place(self, number: i64) -> Option<usize> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        (at < self.len).then_some(at)
    }
}

/// The times between which rows lie, but for a few that are far from all others.
#[derive(Debug, Default)]
pub(crate) struct Spread {
    /// Times, and how many rows each stands for.
    samples: Vec<(Timestamp, u64)>,
}

impl Spread {
    /// Every row of the parts that is in the window.
    pub(crate) fn of_all(shown: &[Shown]) -> Self {
        let mut spread = Self::default();
        for one in shown {
            spread.add(&one.part, one.within.as_deref());
        }
        spread
    }

    /// The rows that are shown.
    pub(crate) fn of_shown(shown: &[Shown]) -> Self {
        let mut spread = Self::default();
        for one in shown {
            let is_whole = one.rows.count() == one.rows.len();
            spread.add(&one.part, (!is_whole).then_some(&*one.rows));
        }
        spread
    }

    /// Takes these rows of a part, or all.
    fn add(&mut self, part: &Part, rows: Option<&Bits>) {
        let (segment, by_time) = (&part.segment, part.segment.by_time());
        let Some(rows) = rows else {
            return self.sample(by_time.len(), |at| segment.time(usize::from(by_time[at])));
        };
        let chosen = by_time.iter().map(|row| usize::from(*row)).filter(|row| rows.has(*row));
        let chosen: Vec<usize> = chosen.collect();
        self.sample(chosen.len(), |at| segment.time(chosen[at]));
    }

    /// Takes sorted times: fewer and fewer from both ends to the middle, so that single ones at the
    /// ends count as what they are.
    fn sample(&mut self, len: usize, time: impl Fn(usize) -> Timestamp) {
        let (mut at, mut from_end) = (0, 0);
        let middle = len / 2;
        let mut tail = vec![];
        while at < middle {
            let weight = (at / 16 + 1).min(middle - at);
            self.samples.push((time(at), weight as u64));
            at += weight;
        }
        while from_end < len - middle {
            let weight = (from_end / 16 + 1).min(len - middle - from_end);
            tail.push((time(len - 1 - from_end), weight as u64));
            from_end += weight;
        }
        self.samples.extend(tail);
    }

    /// The first and the last time of those that are near each other; `None` without rows.
    pub(crate) fn span(mut self) -> Option<(Timestamp, Timestamp)> {
        self.samples.sort_unstable();
        let rows: u64 = self.samples.iter().map(|(_, n)| n).sum();
        let (first, last) = (self.samples.first()?.0, self.samples.last()?.0);
        if rows < FEW {
            return Some((first, last));
        }
        let odd = (rows / ODD).max(1);
        let after = |samples: &mut dyn Iterator<Item = &(Timestamp, u64)>| {
            let mut passed = 0;
            let mut beyond = samples.skip_while(|(_, n)| {
                passed += n;
                passed <= odd
            });
            beyond.next().map(|(time, _)| *time)
        };
        let low = after(&mut self.samples.iter()).unwrap_or(first);
        let high = after(&mut self.samples.iter().rev()).unwrap_or(last);
        let reach = Millis((high - low).0.saturating_mul(FAR).max(NEAR));
        let is_near = |time: &Timestamp| low - *time <= reach && *time - high <= reach;
        let mut near = self.samples.iter().map(|(time, _)| *time).filter(is_near);
        let from = near.next()?;
        Some((from, near.next_back().unwrap_or(from)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        for (from, to, cells, step, len) in [
            (0, 0, 10, SECOND, 1),
            (0, 59_999, 60, SECOND, 60),
            (0, 60_000, 60, 2 * SECOND, 31),
            (-1, 0, 1, i64::MAX, 1),
            (-1, 0, 2, SECOND, 2),
            (0, HOUR, 12, 10 * MINUTE, 7),
            (0, 24 * HOUR, 120, 15 * MINUTE, 97),
            (-62_135_596_800_000, 253_402_300_799_000, 3, (360 * DAY) << 12, 3),
        ] {
            let grid = Grid::over((Timestamp(from), Timestamp(to)), cells);
            assert_eq!((grid.step, grid.len), (step, len), "{from} {to} {cells}");
            assert_eq!(grid.place(grid.number(Timestamp(from))), Some(0));
        }
    }

    #[test]
    fn single_times_far_away_do_not_stretch_a_span() {
        let span = |times: &[i64]| {
            let mut sorted = times.to_vec();
            sorted.sort_unstable();
            let mut spread = Spread::default();
            spread.sample(sorted.len(), |at| Timestamp(sorted[at]));
            spread.span().map(|(from, to)| (from.0, to.0))
        };
        assert_eq!(span(&[]), None);
        assert_eq!(span(&[7]), Some((7, 7)));
        assert_eq!(span(&[0, DAY, 2 * DAY, 3 * DAY]), Some((0, 3 * DAY)));
        let mut day: Vec<i64> = (0..5000).map(|n| n * DAY / 5000).collect();
        let newest = *day.last().unwrap();
        assert_eq!(span(&day), Some((0, newest)));
        day.extend([-62_135_596_800_000, 253_402_300_799_000, i64::MIN, i64::MAX]);
        assert_eq!(span(&day), Some((0, newest)));
        // What began a month ago is no accident where it is a tenth of all.
        day.extend((0..500).map(|n| -30 * DAY + n));
        assert_eq!(span(&day).unwrap().0, -30 * DAY);
    }
}
