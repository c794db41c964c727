//! The words in which a service is walked: how it may be asked, what is wanted of it, a page to ask
//! for, an event that was met.

use std::time::Duration;

use crate::event::time::{Millis, Timestamp};

/// How a service is walked.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// A head walk goes so far behind the newest event: events of one minute come in any order.
    pub behind: Millis,
    /// The walk for what comes late.
    pub sweep: Round,
    /// The walk for what comes very late. Later still is never seen.
    pub deep: Round,
    /// How much a back-fill asks for at a time: what it has to ask again, at most, when it is
    /// thrown back.
    pub window: Window,
    /// Whether pages are certain to come newest first: a head may then end at what is known, and a
    /// walk whose token was refused goes on where it was. Otherwise it begins anew.
    pub is_newest_first: bool,
    /// A head rests so long for each page it took.
    pub rest: Millis,
}

/// A walk that comes round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// How far back it looks.
    pub back: Millis,
    /// How often.
    pub every: Millis,
}

/// Lengths of time.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The shortest.
    pub least: Millis,
    /// To begin with.
    pub first: Millis,
    /// The longest.
    pub most: Millis,
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The oldest events wanted, inclusive.
    pub since: Timestamp,
    /// The newest events wanted, inclusive; `None` goes on for ever.
    pub until: Option<Timestamp>,
}

/// Which walk a page belongs to. In the order of their right of way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What is new.
    Head,
    /// What came late.
    Sweep,
    /// What came very late.
    Deep,
    /// What was asked for and is not read yet.
    Fill,
}

impl Kind {
    /// All of them, in that order.
    pub const ALL: [Self; 4] = [Self::Head, Self::Sweep, Self::Deep, Self::Fill];
}

/// One page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// For which walk.
    pub kind: Kind,
    /// Oldest time, inclusive.
    pub from: Timestamp,
    /// Newest time, inclusive.
    pub to: Timestamp,
    /// What the page before said.
    pub token: Option<String>,
    /// Leave out what only reads.
    pub writes_only: bool,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Ask for a page.
    Ask(Page),
    /// Nothing for so long.
    Wait(Duration),
    /// Everything that was wanted is read.
    End,
}

/// One event of a page, by what is needed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// A hash of its eventID; `None` where it has none.
    pub id: Option<u64>,
    /// Its time.
    pub time: Option<Timestamp>,
}
