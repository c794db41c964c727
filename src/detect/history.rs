//! What is known of one actor or account: since when, by how many events, and which values it had.
//!
//! Everything is a least or a greatest of what was seen, so it does not matter in which order events
//! are learned, nor whether one is learned twice, and two histories of the same subject are joined
//! into the one that whoever had seen all of it would have.

use std::collections::HashMap;

use crate::event::time::{Millis, Timestamp};
use crate::store::news::KINDS;

/// How many events a subject has before anything of it is called new …
pub const EVENTS: usize = 200;
/// … and for how long it is known by then.
pub const AGE: Millis = Millis::hours(24);
/// The most values of each kind that are told apart: whoever has more has none that is new.
const MOST: [usize; KINDS] = [1024, 256, 64, 128, 4096, 64];
/// What a value costs beside its text.
const VALUE_BYTES: usize = 64;
/// What a history costs beside its values.
const OWN_BYTES: usize = size_of::<History>() + 64;
/// No time yet.
const NEVER: Timestamp = Timestamp(i64::MAX);

/// When a value was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// First, whether it worked or not.
    pub first: Timestamp,
    /// First in a call that worked.
    pub worked: Option<Timestamp>,
    /// Last.
    pub last: Timestamp,
}

impl Seen {
    /// Seen at one moment.
    pub fn at(time: Timestamp, worked: bool) -> Self {
        Self { first: time, worked: worked.then_some(time), last: time }
    }

    /// What both know.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            worked: self.worked.into_iter().chain(other.worked).min(),
            last: self.last.max(other.last),
        }
    }

    /// Whether an event of that time is the first one to have the value, or the first that worked:
    /// who fails from a strange address and then succeeds is as strange as before.
    pub fn is_first(self, time: Timestamp, worked: bool) -> bool {
        time == self.first || worked && self.worked == Some(time)
    }

    /// What makes room last: what worked, then what was seen first.
    fn rank(self) -> (bool, Timestamp) {
        (self.worked.is_none(), self.first)
    }
}

/// What is known of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The earliest events, by time and the hash of their id: no more than are asked for.
    earliest: Vec<(Timestamp, u32)>,
    /// The latest of those, where enough were known when it was last written.
    enough: Timestamp,
    /// When it was first seen.
    first: Timestamp,
    /// When it was last seen.
    last: Timestamp,
    values: [HashMap<Box<str>, Seen>; KINDS],
    text: usize,
}

impl Default for History {
    fn default() -> Self {
        Self {
            earliest: vec![],
            enough: NEVER,
            first: NEVER,
            last: Timestamp(i64::MIN),
            values: Default::default(),
            text: 0,
        }
    }
}

impl History {
    /// When it was first seen.
    pub fn first(&self) -> Timestamp {
        self.first
    }

    /// When it was last seen.
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// The values of a kind with when they were seen, in no order.
    pub fn values(&self, kind: usize) -> impl Iterator<Item = (&str, Seen)> {
        self.values[kind].iter().map(|(value, seen)| (&**value, *seen))
    }

    /// The earliest events, by time and the hash of their id.
    pub fn earliest(&self) -> &[(Timestamp, u32)] {
        &self.earliest
    }

    /// When there were enough events; `None` while there are not.
    pub fn enough(&self) -> Option<Timestamp> {
        let counted = self.earliest.get(EVENTS - 1).map(|(time, _)| *time);
        counted.into_iter().chain((self.enough != NEVER).then_some(self.enough)).min()
    }

    /// The last moment at which too little was known to call anything new.
    pub fn learned(&self) -> Timestamp {
        let Some(enough) = self.enough() else { return NEVER };
        enough.max(self.first + AGE - Millis(1))
    }

    /// Takes in that something happened; `id` is asked for the hash of its id where it matters.
    pub fn count(&mut self, time: Timestamp, id: impl FnOnce() -> u32) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        if self.earliest.len() == EVENTS && self.earliest[EVENTS - 1].0 < time {
            return;
        }
        let id = id();
        if let Err(at) = self.earliest.binary_search(&(time, id)) {
            self.earliest.insert(at, (time, id));
            self.earliest.truncate(EVENTS);
        }
    }

    /// Takes in that there were enough events by then.
    pub fn suffice(&mut self, first: Timestamp, enough: Option<Timestamp>) {
        self.first = self.first.min(first);
        self.enough = self.enough.min(enough.unwrap_or(NEVER));
    }

    /// Takes in that something happened until then.
    pub fn seen_until(&mut self, last: Timestamp) {
        self.last = self.last.max(last);
    }

    /// Takes in when a value was seen; gives what was known of it before.
    pub fn see(&mut self, kind: usize, value: &str, seen: Seen) -> Option<Seen> {
        self.last = self.last.max(seen.last);
        let values = &mut self.values[kind];
        if let Some(known) = values.get_mut(value) {
            let before = *known;
            *known = before.and(seen);
            return Some(before);
        }
        if values.len() >= MOST[kind] {
            let worst = values.iter().max_by(|a, b| (a.1.rank(), a.0).cmp(&(b.1.rank(), b.0)));
            let (worst, known) = worst.map(|(value, seen)| (value.clone(), *seen))?;
            if (known.rank(), &*worst) < (seen.rank(), value) {
                return None;
            }
            values.remove(&worst);
            self.text -= worst.len();
        }
        values.insert(value.into(), seen);
        self.text += value.len();
        None
    }

    /// When a value was seen, where that is known.
    pub fn seen(&self, kind: usize, value: &str) -> Option<Seen> {
        self.values[kind].get(value).copied()
    }

    /// How many other values of a kind were seen before a moment.
    pub fn others(&self, kind: usize, before: Timestamp) -> usize {
        self.values[kind].values().filter(|seen| seen.first < before).count()
    }

    /// Takes in everything that another history of the same subject knows.
    pub fn join(&mut self, other: &Self) {
        for (time, id) in &other.earliest {
            self.count(*time, || *id);
        }
        self.suffice(other.first, (other.enough != NEVER).then_some(other.enough));
        self.last = self.last.max(other.last);
        for kind in 0..KINDS {
            for (value, seen) in other.values(kind) {
                self.see(kind, value, seen);
            }
        }
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        let values: usize = self.values.iter().map(HashMap::len).sum();
        OWN_BYTES + values * VALUE_BYTES + self.text + self.earliest.capacity() * 16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp(second * 1000)
    }

    #[test]
    fn a_subject_is_known_after_enough_events_and_a_day() {
        let mut history = History::default();
        for n in 0..199 {
            history.count(at(n), || n as u32);
            history.count(at(n), || n as u32);
        }
        assert_eq!(history.learned(), NEVER, "an event counts once");
        history.count(at(90_000), || 1);
        assert_eq!(history.learned(), at(90_000));
        history.count(at(500), || 1);
        assert_eq!(history.learned(), Timestamp(86_400_000 - 1), "a day after the first one");
    }

    #[test]
    fn what_never_worked_makes_room_first() {
        let (kind, most) = (1, MOST[1]);
        let mut history = History::default();
        for n in 0..most as i64 + 50 {
            history.see(kind, &format!("failed {n}"), Seen::at(at(n), false));
        }
        assert_eq!(history.values(kind).count(), most);
        history.see(kind, "worked", Seen::at(at(9_000), true));
        assert!(history.seen(kind, "worked").is_some());
        assert!(history.seen(kind, "failed 0").is_some(), "the latest go first");
        assert_eq!(history.values(kind).count(), most);
    }

    #[test]
    fn joined_histories_are_the_history_of_all() {
        let (mut all, mut one, mut two) =
            (History::default(), History::default(), History::default());
        for n in 0..500i64 {
            let (time, value) = (at(n * 37 % 1000), format!("v{}", n % 7));
            let half = if n % 3 == 0 { &mut one } else { &mut two };
            for history in [&mut all, half] {
                history.count(time, || n as u32);
                history.see(1, &value, Seen::at(time, n % 2 == 0));
            }
        }
        two.join(&one);
        two.join(&one.clone());
        two.earliest.shrink_to_fit();
        assert_eq!(two, all);
    }
}
