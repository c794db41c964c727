//! The denied lens: who was refused what, by which kind of policy, and what came of it.

use std::sync::Arc;

use crate::event::refusal::Why;
use crate::event::time::{Millis, Timestamp};
use crate::store::segment::RowId;

/// What the groups are sorted by; ties fall through to the last denial, then to their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The newest last denial first.
    #[default]
    Last,
    /// Most denials first.
    Times,
    /// The oldest first denial first.
    First,
    /// By actor.
    Actor,
}

impl Sort {
    /// Every order with its name, in the order of the key.
    pub const ALL: [(Self, &str); 4] = [
        (Self::Last, "last"),
        (Self::Times, "times"),
        (Self::First, "first"),
        (Self::Actor, "actor"),
    ];
}

/// The most groups of each kind that are sent to the screen.
pub const MOST_GROUPS: usize = 1000;
/// An answer that came so soon after the denial came `after` it, not at a time of its own.
pub const SOON: Millis = Millis::minutes(1);
/// Who was denied so shortly before now …
pub const RECENT: Millis = Millis::minutes(5);
/// … and so often is still being denied.
pub const SEVERAL: u64 = 3;

/// Everything that was denied, without regard to noise.
#[derive(Debug, Clone, Default)]
pub struct Denied {
    /// The order.
    pub sort: Sort,
    /// People and roles, the first [`MOST_GROUPS`] groups of them.
    pub people: Vec<Group>,
    /// AWS services, one group a cause.
    pub services: Vec<Group>,
    /// How many groups there are in all: of people and roles, of services.
    pub groups: (usize, usize),
    /// How many denials there are: of people and roles, of services.
    pub times: (u64, u64),
}

/// What makes a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The actor.
    pub actor: Arc<str>,
    /// The service that was called, as events name it.
    pub service: Arc<str>,
    /// The event; empty for services, whose group is a cause.
    pub event: Arc<str>,
    /// The account.
    pub account: Arc<str>,
    /// The bucket that a service was denied on; else empty.
    pub place: Arc<str>,
}

/// The denials of one actor and action, or of a service and cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What makes the group.
    pub key: Key,
    /// How often it was denied.
    pub times: u64,
    /// The events with how often, most first; one but for services.
    pub actions: Vec<(Arc<str>, u64)>,
    /// On what.
    pub on: On,
    /// The first and the last denial.
    pub first: Timestamp,
    /// See `first`.
    pub last: Timestamp,
    /// The last denied row.
    pub row: RowId,
    /// Why, with how often, most first.
    pub why: Vec<(Why, u64)>,
    /// What came of it.
    pub since: Since,
    /// Where to look for what changed before.
    pub before: Moment,
}

/// The targets of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct On {
    /// How many distinct ones.
    pub distinct: usize,
    /// The first of them by name.
    pub one: Arc<str>,
    /// What several are called: `instances`.
    pub kind: &'static str,
}

/// What came of denials: in whole seconds, because records have no finer ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// No later call of the same actor and action.
    NotTried,
    /// Still denied.
    GoingOn,
    /// It worked within [`SOON`] every time: the shortest and the longest time from the last denial
    /// to the success. Nought is the same second.
    After(Millis, Millis),
    /// It worked at this time, on so many of so many targets.
    Ok(Timestamp, usize, usize),
    /// It worked at this time on a target that it was never denied on.
    Elsewhere(Timestamp),
    /// It was tried again and failed for another reason.
    Failed,
}

/// A moment before which changes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The row that it is the moment of.
    pub until: RowId,
    /// From when on, inclusive; `None` for a quarter of an hour before.
    pub since: Option<Timestamp>,
}
