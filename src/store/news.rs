//! The side column of news: which values a row was the first one to have, of its actor or of its
//! account. Written by ingest when rows come in, and again when others tell of earlier times.

use crate::event::field::{Column, First};
use crate::event::time::Timestamp;

/// How many kinds of values may be new.
pub const KINDS: usize = 6;

/// What a row was the first one to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Bits of [`First`] that are called new.
    pub new: u8,
    /// Bits of [`First`] of which too little is known to call them new.
    pub learning: u8,
    /// How many other values of each kind were known before; counted up to 65,535.
    pub others: [u16; KINDS],
    /// When the actor was first seen, and the account.
    pub since: [Timestamp; 2],
}

impl Mark {
    /// Whether there is anything to say.
    pub fn is_empty(&self) -> bool {
        self.new == 0 && self.learning == 0
    }

    /// The words of the `new` key as bits.
    pub fn firsts(&self) -> u8 {
        self.new | if self.learning == 0 { 0 } else { First::Learning.bit() }
    }
}

/// The news of the rows of a segment.
#[derive(Debug, Clone, Default)]
pub struct News(Vec<(u16, Mark)>);

impl News {
    /// The columns that actors and their values are made from.
    pub const COLUMNS: &'static [Column] = &[
        Column::Type,
        Column::Arn,
        Column::Account,
        Column::Role,
        Column::Actor,
        Column::Service,
        Column::Event,
        Column::Ip,
        Column::Region,
        Column::Tool,
        Column::Via,
        Column::Verb,
        Column::Result,
        Column::Id,
        Column::Request,
    ];

    /// What is known of a row; nothing for most.
    pub fn of(&self, row: usize) -> Option<&Mark> {
        let at = self.0.binary_search_by_key(&row, |(at, _)| usize::from(*at)).ok()?;
        Some(&self.0[at].1)
    }

    /// The words of the `new` key of a row, as bits.
    pub fn firsts(&self, row: usize) -> u8 {
        self.of(row).map_or(0, Mark::firsts)
    }

    /// Every row with something new, by row.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Mark)> + '_ {
        self.0.iter().map(|(row, mark)| (usize::from(*row), mark))
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.0.len() * size_of::<(u16, Mark)>()
    }

    /// Says anew what a row was the first one to have.
    pub(crate) fn set(&mut self, row: usize, mark: Mark) {
        match self.0.binary_search_by_key(&row, |(at, _)| usize::from(*at)) {
            Ok(at) if mark.is_empty() => drop(self.0.remove(at)),
            Ok(at) => self.0[at].1 = mark,
            Err(_) if mark.is_empty() => {}
            Err(at) => self.0.insert(at, (row as u16, mark)),
        }
    }

    /// Adds the news of rows that follow after `shift` rows.
    pub(crate) fn extend(&mut self, other: &Self, shift: u16) {
        self.0.extend(other.0.iter().map(|(row, mark)| (row + shift, *mark)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_said_anew_and_found_again() {
        let mark = |new| Mark { new, ..Mark::default() };
        let mut news = News::default();
        for (row, new) in [(7, 1), (2, 2), (9, 3), (2, 4), (9, 0), (4, 0)] {
            news.set(row, mark(new));
        }
        news.extend(&news.clone(), 10);
        let seen: Vec<_> = news.iter().map(|(row, mark)| (row, mark.new)).collect();
        assert_eq!(seen, [(2, 4), (7, 1), (12, 4), (17, 1)]);
        assert_eq!((news.firsts(7), news.firsts(8), news.of(9)), (1, 0, None));
        let early = Mark { learning: 2, ..Mark::default() };
        assert_eq!(early.firsts(), First::Learning.bit());
        assert!(!early.is_empty() && mark(0).is_empty());
    }
}
