//! What events have to come together within a span of time, and whether they did.
//!
//! The answer is a function of the set of events alone: events arrive in any order, often many
//! minutes late, and the bursts are those they would have made in order.

use std::collections::HashMap;
use std::ops::Range;

use crate::detect::alert::Ending;
use crate::event::time::{Millis, Timestamp};
use crate::store::segment::RowId;

/// One event that counts for a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atom {
    /// When it happened.
    pub time: Timestamp,
    /// Its row.
    pub row: RowId,
    /// Which of the steps it is; 0 where steps are not told apart.
    pub step: u16,
    /// What is counted distinct, hashed; `None` where the event lacks it.
    pub value: Option<u64>,
    /// How it ended.
    pub ending: Ending,
}

/// What has to come together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gather {
    /// At least so many events.
    Count(u64),
    /// Events with at least so many distinct values.
    Distinct(u64),
    /// Events of at least so many of the steps, in any order.
    Together(u64),
    /// So many events of each step, one step after the other. CloudTrail's times are seconds: events
    /// of one second have no known order and count as in order.
    Sequence(Box<[u64]>),
}

/// What has to come together, and within which time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The longest time from the first event to the last.
    pub span: Millis,
    /// What has to come together.
    pub gather: Gather,
}

impl Window {
    /// Whether events of several steps are told apart.
    pub fn has_steps(&self) -> bool {
        matches!(self.gather, Gather::Together(_) | Gather::Sequence(_))
    }

    /// The bursts among atoms in the order of time. An atom opens a window that lasts for the span,
    /// both ends included; where enough comes together in it, everything in it belongs to a burst.
    /// Such windows are of one burst where the quiet between them is no longer than the span.
    pub fn bursts(&self, atoms: &[Atom]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = vec![];
        let mut sight = Sight::new(self, atoms);
        for from in 0..atoms.len() {
            let to = sight.open(from);
            if !sight.is_met(from) {
                continue;
            }
            match found.last_mut() {
                Some(last) if atoms[from].time - atoms[last.end - 1].time <= self.span => {
                    last.end = last.end.max(to);
                }
                _ => found.push(sight.begin(from)..to),
            }
        }
        found
    }
}

/// What lies in the window that is open.
struct Sight<'a> {
    window: &'a Window,
    atoms: &'a [Atom],
    from: usize,
    to: usize,
    values: HashMap<u64, u64>,
    steps: HashMap<u16, u64>,
    /// The places of the atoms of each step.
    places: Vec<Vec<usize>>,
}

impl<'a> Sight<'a> {
    fn new(window: &'a Window, atoms: &'a [Atom]) -> Self {
        let mut places = vec![];
        if let Gather::Sequence(least) = &window.gather {
            places.resize(least.len(), vec![]);
            for (at, atom) in atoms.iter().enumerate() {
                if let Some(step) = places.get_mut(usize::from(atom.step)) {
                    step.push(at);
                }
            }
        }
        let (values, steps) = (HashMap::new(), HashMap::new());
        Self { window, atoms, from: 0, to: 0, values, steps, places }
    }

    /// Opens the window of an atom, which comes after the last one; gives where it ends.
    fn open(&mut self, from: usize) -> usize {
        let atoms = self.atoms;
        while let Some(atom) = atoms.get(self.to)
            && atom.time - atoms[from].time <= self.window.span
        {
            if let Some(value) = atom.value {
                *self.values.entry(value).or_default() += 1;
            }
            *self.steps.entry(atom.step).or_default() += 1;
            self.to += 1;
        }
        // What happened in the same second is in the window, whatever its place.
        while atoms[self.from].time < atoms[from].time {
            let atom = &atoms[self.from];
            if let Some(value) = atom.value {
                drop_one(&mut self.values, &value);
            }
            drop_one(&mut self.steps, &atom.step);
            self.from += 1;
        }
        self.to
    }

    /// The first atom of the second in which the window opens.
    fn begin(&self, from: usize) -> usize {
        self.from.min(from)
    }

    fn is_met(&self, from: usize) -> bool {
        match &self.window.gather {
            Gather::Count(least) => (self.to - self.from) as u64 >= *least,
            Gather::Distinct(least) => self.values.len() as u64 >= *least,
            Gather::Together(least) => self.steps.len() as u64 >= *least,
            Gather::Sequence(least) => self.is_sequence(from, least),
        }
    }

    /// Whether the window opens with the first step, and the steps follow one another, each as soon
    /// as it can be.
    fn is_sequence(&self, from: usize, least: &[u64]) -> bool {
        let mut since = self.atoms[from].time;
        let end = since + self.window.span;
        let opening = &self.atoms[self.begin(from)..];
        let mut same_second = opening.iter().take_while(|atom| atom.time == since);
        if !same_second.any(|atom| atom.step == 0) {
            return false;
        }
        for (places, least) in self.places.iter().zip(least) {
            let first = places.partition_point(|at| self.atoms[*at].time < since);
            let more = (*least).max(1) - 1;
            let Some(at) = places.get(first + more as usize) else { return false };
            since = self.atoms[*at].time;
            if since > end {
                return false;
            }
        }
        true
    }
}

fn drop_one<K: Eq + std::hash::Hash>(counts: &mut HashMap<K, u64>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
