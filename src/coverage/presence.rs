//! When a stream recorded anything at all, to the minute: what tells a trail that is blind from one
//! that another trail stands in for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::time::{Millis, Timestamp};

/// The most minutes remembered of one stream; the oldest make room.
const MAX_MINUTES: usize = 2000;
const MINUTE: i64 = Millis::minutes(1).0;

/// The minutes in which a stream recorded something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    minutes: BTreeSet<i64>,
    /// The last one noted: events come in runs.
    last: Option<i64>,
}

impl Presence {
    /// Notes an event.
    pub fn note(&mut self, at: Timestamp) {
        let minute = at.0.div_euclid(MINUTE);
        if self.last.replace(minute) == Some(minute) || !self.minutes.insert(minute) {
            return;
        }
        if self.minutes.len() > MAX_MINUTES {
            self.minutes.pop_first();
        }
    }

    /// Whether something was recorded in a minute that lies wholly within these times.
    pub fn is_within(&self, from: Timestamp, to: Option<Timestamp>) -> bool {
        // What opened the hole was recorded as well.
        let first = from.0.div_euclid(MINUTE) + 1;
        let end = to.map_or(i64::MAX, |to| to.0.div_euclid(MINUTE));
        first < end && self.minutes.range(first..end).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_minutes_count() {
        let at = |seconds: i64| Timestamp(Millis::seconds(seconds).0);
        let mut presence = Presence::default();
        presence.note(at(130));
        assert!(presence.is_within(at(61), Some(at(180))));
        assert!(presence.is_within(at(119), None));
        // The event may have come before the hole began, or after it ended.
        assert!(!presence.is_within(at(120), None));
        assert!(!presence.is_within(at(121), None));
        assert!(!presence.is_within(at(0), Some(at(179))));
        assert!(!presence.is_within(at(900), Some(at(60))));
    }

    #[test]
    fn memory_has_an_end() {
        let mut presence = Presence::default();
        for minute in 0..10_000 {
            presence.note(Timestamp(minute * MINUTE));
        }
        assert_eq!(presence.minutes.len(), MAX_MINUTES);
        assert!(!presence.is_within(Timestamp(0), Some(Timestamp(1000 * MINUTE))));
        assert!(presence.is_within(Timestamp(9000 * MINUTE), None));
    }
}
