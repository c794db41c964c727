//! Which events were met: walks overlap, and each event is handed on once.

use std::collections::HashMap;

use crate::event::time::{Millis, Timestamp};
use crate::source::walk::holes::Span;

/// Ids are remembered so much longer than the deep sweep may meet them again.
const LONGER: Millis = Millis::minutes(15);
/// Ids are looked through for what can be forgotten when there are so many, and again whenever
/// their number has doubled.
const FEW: usize = 4096;
/// The most ids remembered; where there are more, the oldest are forgotten early, and what they
/// stand for may be sent a second time.
pub const MANY: usize = 1 << 20;

/// Hashes of ids, with the times of their events.
#[derive(Debug)]
pub struct Known {
    ids: HashMap<u64, Timestamp>,
    /// How many of them there may be until they are looked through.
    room: usize,
}

impl Default for Known {
    fn default() -> Self {
        Self { ids: HashMap::new(), room: FEW }
    }
}

impl Known {
    /// Remembers an id; says whether it is new.
    pub fn add(&mut self, id: u64, time: Timestamp) -> bool {
        self.ids.insert(id, time).is_none()
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Forgets what no walk can meet again: walks look back so far (at least, and at most) and into
    /// the stretch that is being filled in.
    pub fn forget(
        &mut self,
        (least, most): (Millis, Millis),
        filling: Option<Span>,
        now: Timestamp,
    ) {
        if self.ids.len() < self.room {
            return;
        }
        let mut back = Millis(most.0 + LONGER.0);
        loop {
            self.ids.retain(|_, time| {
                now - *time <= back
                    || filling.is_some_and(|span| span.from <= *time && *time <= span.to)
            });
            if self.ids.len() < MANY || back < least {
                break;
            }
            back = Millis(back.0 / 2);
        }
        self.room = (self.ids.len() * 2).clamp(FEW, MANY);
    }
}
