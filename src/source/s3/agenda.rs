//! What is due when, for many things at once: what was never done comes before what comes round.
//! Pure.

use std::collections::BTreeSet;

use crate::event::time::Timestamp;

/// Numbered things by when they are due.
#[derive(Debug, Default)]
pub struct Agenda {
    /// Never done, and done before.
    due: [BTreeSet<(Timestamp, usize)>; 2],
}

impl Agenda {
    /// Writes a thing down.
    pub fn add(&mut self, it: usize, (was_done, due): (bool, Timestamp)) {
        self.due[usize::from(was_done)].insert((due, it));
    }

    /// Strikes a thing out as it was written down.
    pub fn remove(&mut self, it: usize, (was_done, due): (bool, Timestamp)) {
        self.due[usize::from(was_done)].remove(&(due, it));
    }

    /// What is due now. One that was never done and has to wait keeps nobody else waiting. With
    /// `once` nothing is done a second time.
    pub fn next(&self, now: Timestamp, once: bool) -> Option<usize> {
        let first = self.due.iter().take(if once { 1 } else { 2 });
        let mut due = first.filter_map(|due| due.first().filter(|(at, _)| *at <= now));
        due.next().map(|(_, it)| *it)
    }

    /// When the next thing is due.
    pub fn first(&self, once: bool) -> Option<Timestamp> {
        let all = self.due.iter().take(if once { 1 } else { 2 });
        all.filter_map(|due| due.first()).map(|(at, _)| *at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_wait_keeps_nobody_waiting() {
        let mut agenda = Agenda::default();
        let at = |second: i64| Timestamp(second * 1000);
        agenda.add(0, (false, at(300)));
        agenda.add(1, (true, at(10)));
        agenda.add(2, (true, at(5)));
        assert_eq!(agenda.next(at(20), false), Some(2));
        assert_eq!((agenda.next(at(20), true), agenda.first(true)), (None, Some(at(300))));
        agenda.remove(2, (true, at(5)));
        assert_eq!((agenda.next(at(20), false), agenda.first(false)), (Some(1), Some(at(10))));
        assert_eq!(agenda.next(at(300), false), Some(0), "the first pass goes first");
    }
}
