//! When to ask Event history for Insight events, which it gives only where one asks for them alone.
//! Pure. They are few and come half an hour late: the window that was asked for once, then the last
//! hours every five minutes, or every hour while there never was one.

use std::collections::HashMap;

use crate::event::time::{Millis, Timestamp};
use crate::source::walk::{Asked, Met};

/// The first rows are wanted first.
const FIRST: Millis = Millis::seconds(30);
/// How often is asked where there were some, and where there never were.
const EVERY: [Millis; 2] = [Millis::hours(1), Millis::minutes(5)];
/// How far one looks back again.
const BACK: Millis = Millis::hours(2);
/// Pages of one round at most: Insights are few, and whoever sends more is not asked for ever.
const PAGES: u32 = 40;

/// The rounds for Insight events of one region.
#[derive(Debug)]
pub struct Insights {
    asked: Asked,
    due: Timestamp,
    round: Option<Round>,
    /// When the last whole round began.
    read: Option<Timestamp>,
    has_any: bool,
    known: HashMap<u64, Timestamp>,
}

/// One round, page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Oldest time, inclusive.
    pub from: Timestamp,
    /// Newest time, inclusive.
    pub to: Timestamp,
    /// What the page before said.
    pub token: Option<String>,
    began: Timestamp,
    pages: u32,
}

impl Insights {
    /// Rounds that begin soon, or at once where reading ends.
    pub fn new(asked: Asked, now: Timestamp) -> Self {
        let due = if asked.until.is_some() { now } else { now + FIRST };
        Self { asked, due, round: None, read: None, has_any: false, known: HashMap::new() }
    }

    /// When it is to be asked next; `None` where all was asked.
    pub fn due(&self) -> Option<Timestamp> {
        (self.asked.until.is_none() || self.read.is_none()).then_some(self.due)
    }

    /// The page to ask for at this time.
    pub fn next(&mut self, now: Timestamp) -> Option<&Round> {
        self.due().filter(|due| *due <= now)?;
        let back = self.read.map_or(self.asked.since, |read| (read - BACK).max(self.asked.since));
        let to = self.asked.until.unwrap_or(now).min(now);
        let (from, began) = (back.min(to), now);
        let first = Round { from, to, token: None, began, pages: 0 };
        Some(self.round.get_or_insert(first))
    }

    /// Takes a page; says of each event whether it is new.
    pub fn page(&mut self, events: &[Met], token: Option<String>, now: Timestamp) -> Vec<bool> {
        let mut is_new = |met: &Met| {
            met.id.is_none_or(|id| self.known.insert(id, met.time.unwrap_or(now)).is_none())
        };
        let fresh = events.iter().map(&mut is_new).collect();
        self.has_any |= !events.is_empty();
        let Some(mut round) = self.round.take() else { return fresh };
        round.pages += 1;
        if token.is_some() && round.pages < PAGES {
            self.round = Some(Round { token, ..round });
            return fresh;
        }
        self.read = Some(round.began);
        self.due = now + EVERY[usize::from(self.has_any)];
        // Nothing that a later round can meet is forgotten.
        self.known.retain(|_, time| *time >= round.began - BACK - BACK);
        fresh
    }

    /// It could not be asked: the round begins anew later. Where reading ends it is over.
    pub fn failed(&mut self, wait: Millis, now: Timestamp) {
        self.round = None;
        self.due = now + wait;
        if self.asked.until.is_some() {
            self.read = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_688_990_400_000);

    fn met(id: u64) -> Met {
        Met { id: Some(id), time: Some(NOON) }
    }

    /// The seconds after noon at which rounds began in three hours, when every round finds these.
    fn rounds(found: &[Met]) -> Vec<(i64, Millis)> {
        let mut it = Insights::new(Asked { since: NOON - Millis::hours(5), until: None }, NOON);
        let (mut now, mut all, mut fresh) = (NOON, vec![], 0);
        while now < NOON + Millis::hours(3) {
            if let Some(round) = it.next(now) {
                all.push(((now - NOON).0 / 1000, round.to - round.from));
                fresh += it.page(found, None, now).iter().filter(|fresh| **fresh).count();
            }
            now = now + Millis::seconds(10);
        }
        assert_eq!(fresh, found.len(), "each is new once");
        all
    }

    #[test]
    fn asks_often_only_where_there_are_some() {
        let none = rounds(&[]);
        assert_eq!(none.iter().map(|it| it.0).collect::<Vec<_>>(), [30, 3630, 7230]);
        assert!(none[0].1 > Millis::hours(5) && none[1].1 == Millis::hours(3), "{none:?}");
        assert_eq!(rounds(&[met(1), met(2)]).len(), 36);
    }

    #[test]
    fn reading_once_asks_every_page_once() {
        let asked = Asked { since: NOON - Millis::hours(5), until: Some(NOON) };
        let mut it = Insights::new(asked, NOON);
        assert_eq!(it.next(NOON).unwrap().token, None);
        assert_eq!(it.page(&[met(1)], Some("more".to_owned()), NOON), [true]);
        assert_eq!(it.next(NOON).unwrap().token.as_deref(), Some("more"));
        assert_eq!(it.page(&[met(1), met(2)], None, NOON), [false, true]);
        assert_eq!((it.due(), it.next(NOON + Millis::hours(9))), (None, None));
        let mut it = Insights::new(asked, NOON);
        it.next(NOON);
        it.failed(Millis::minutes(5), NOON);
        assert_eq!(it.due(), None, "a failure ends it too");
    }
}
