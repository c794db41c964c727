//! One firing on its way to a program or a webhook, and the room that all of them have together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::store::hits::Severity;
use crate::store::segment::RowId;
use crate::trigger::payload::{self, Told};

/// The most firings of one trigger that run or wait.
const MOST_WAITING: usize = 100;
/// The most bytes that all firings hold which run or wait.
pub const MOST_BYTES: usize = 32 << 20;

/// What a firing is about, in the words of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The id of the rule; empty where a filter was met.
    pub rule: Box<str>,
    /// How much it matters.
    pub severity: Severity,
    /// The number of the alert.
    pub alert: u64,
    /// The event.
    pub row: RowId,
    /// Its eventID.
    pub event: Box<str>,
    /// The alert in a line.
    pub words: Box<str>,
}

/// That a trigger fires.
#[derive(Debug)]
pub struct Firing {
    /// Counts the firings of a run.
    pub number: u64,
    /// The same for every try, and for no other firing of any run.
    pub id: Box<str>,
    /// The trigger, by its place.
    pub trigger: usize,
    /// What it is about.
    pub subject: Subject,
    /// What the program or the webhook is given: JSON.
    pub payload: Arc<[u8]>,
    /// What it takes of the room; given back when the firing has ended.
    pub room: Taken,
}

impl Firing {
    /// What is told, on its way: the firing of this number of the trigger at this place.
    pub fn of((number, trigger): (u64, usize), told: &Told<'_>, row: RowId, room: Taken) -> Self {
        let (alert, is_of_rule) = (told.alert, told.filter.is_none());
        let subject = Subject {
            rule: if is_of_rule { alert.card.named.id.clone() } else { "".into() },
            severity: alert.severity,
            alert: alert.number,
            row,
            event: told.event.id.into(),
            words: told.words.into(),
        };
        let payload = payload::payload(told).into();
        Self { number, id: told.id.into(), trigger, subject, payload, room }
    }
}

/// Why something that was to fire did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// It would have been faster than the rate.
    Rate,
    /// Too many waited.
    Queue,
    /// The event had left the buffer.
    Evicted,
    /// The program ended first.
    Leaving,
}

impl Why {
    /// Why, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Rate => "over the rate of the trigger",
            Self::Queue => "too many waited already",
            Self::Evicted => "the event had left the buffer: --memory is small",
            Self::Leaving => "trailtop ended first",
        }
    }
}

/// What ingest wants done.
#[derive(Debug)]
pub enum Wish {
    /// Fire.
    Fire(Box<Firing>),
    /// Nothing: so many firings of a trigger were dropped.
    Lost(usize, Why, u64),
}

/// The room that firings have while they run or wait.
#[derive(Debug, Clone)]
pub struct Room {
    bytes: Arc<AtomicUsize>,
    waiting: Arc<[AtomicUsize]>,
}

/// A part of the room.
#[derive(Debug)]
pub struct Taken {
    room: Room,
    trigger: usize,
    bytes: usize,
}

impl Room {
    /// The room of so many triggers.
    pub fn of(triggers: usize) -> Self {
        Self {
            bytes: Arc::default(),
            waiting: (0..triggers).map(|_| AtomicUsize::new(0)).collect(),
        }
    }

    /// Takes room for a firing of a trigger; `None` where there is none. One thread takes.
    pub fn take(&self, trigger: usize, bytes: usize) -> Option<Taken> {
        let waiting = self.waiting.get(trigger)?;
        let is_full = waiting.load(Ordering::Relaxed) >= MOST_WAITING
            || self.bytes.load(Ordering::Relaxed) + bytes > MOST_BYTES;
        if is_full {
            return None;
        }
        waiting.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Some(Taken { room: self.clone(), trigger, bytes })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.room.waiting[self.trigger].fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_by_number_and_by_bytes_and_given_back() {
        let room = Room::of(2);
        let taken: Vec<Taken> = std::iter::from_fn(|| room.take(0, 10)).collect();
        assert_eq!(taken.len(), MOST_WAITING);
        assert!(room.take(1, MOST_BYTES).is_none() && room.take(1, 10).is_some());
        drop(taken);
        assert!(room.take(0, MOST_BYTES).is_some());
        assert!(room.take(2, 1).is_none());
    }
}
