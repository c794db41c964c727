//! How often a trigger fires: once for what belongs together, and never faster than its rate.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::time::Timestamp;
use crate::source::pace::Bucket;
use crate::store::segment::RowId;
use crate::trigger::definition::{Every, Rate};

/// The most alerts that are remembered: as many as there are.
const REMEMBERED: usize = 10_000;

/// What one trigger has fired for, and what it may fire still.
#[derive(Debug)]
pub struct Gate {
    every: Every,
    bucket: Bucket,
    /// The last row that each alert fired for.
    fired: BTreeMap<u64, RowId>,
    /// Alerts that were to fire and did not.
    missed: BTreeSet<u64>,
}

impl Gate {
    /// One that has fired for nothing yet.
    pub fn new(every: Every, rate: Rate) -> Self {
        let count = f64::from(rate.count);
        let speed = count * 1000.0 / rate.per.0 as f64;
        Self {
            every,
            bucket: Bucket::new(speed, speed, count),
            fired: BTreeMap::new(),
            missed: BTreeSet::new(),
        }
    }

    /// Whether a row of an alert is news.
    pub fn is_news(&self, alert: u64, row: RowId) -> bool {
        match (self.fired.get(&alert), self.every) {
            (None, _) => true,
            (Some(_), Every::Burst) => false,
            (Some(last), Every::Event) => row > *last,
        }
    }

    /// Whether the rate lets it fire now.
    pub fn pass(&mut self, now: Timestamp) -> bool {
        self.bucket.take(now).is_ok()
    }

    /// Whether that it does not fire for an alert is a loss of its own: of a burst only one firing
    /// is lost, however many events it has.
    pub fn misses(&mut self, alert: u64) -> bool {
        if self.every == Every::Event {
            return true;
        }
        if self.missed.len() == REMEMBERED {
            self.missed.pop_first();
        }
        self.missed.insert(alert)
    }

    /// It has fired for a row of an alert.
    pub fn fired(&mut self, alert: u64, row: RowId) {
        self.fired.insert(alert, row);
        if self.fired.len() > REMEMBERED {
            // The numbers of alerts grow: the first one is the oldest.
            self.fired.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::time::Millis;

    #[test]
    fn a_burst_fires_once_and_events_each_time() {
        let rate = Rate { count: 100, per: Millis::minutes(1) };
        for (every, news) in [(Every::Burst, false), (Every::Event, true)] {
            let mut gate = Gate::new(every, rate);
            assert!(gate.is_news(1, RowId(5)));
            gate.fired(1, RowId(5));
            assert!(!gate.is_news(1, RowId(5)), "the same row twice");
            assert_eq!(gate.is_news(1, RowId(6)), news);
            assert!(gate.is_news(2, RowId(5)));
        }
    }

    #[test]
    fn never_faster_than_the_rate() {
        let mut gate = Gate::new(Every::Burst, Rate { count: 2, per: Millis::minutes(1) });
        let passed = [0, 0, 0, 30_000, 30_000, 600_000, 600_000, 600_000];
        let passed = passed.map(|at| gate.pass(Timestamp(at)));
        assert_eq!(passed, [true, true, false, true, false, true, true, false]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut gate = Gate::new(Every::Burst, Rate { count: 1, per: Millis::minutes(1) });
        for alert in 0..REMEMBERED as u64 * 2 {
            gate.fired(alert, RowId(alert));
        }
        assert_eq!(gate.fired.len(), REMEMBERED);
        assert!(!gate.is_news(REMEMBERED as u64 * 2 - 1, RowId(0)));
        assert!(gate.misses(1) && !gate.misses(1));
        assert!((5..REMEMBERED as u64 * 2).all(|alert| gate.misses(alert)));
        assert_eq!(gate.missed.len(), REMEMBERED);
    }
}
