//! The sessions view: who used which credentials when, how that began, and what was made of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::event::grant::Grant;
use crate::event::time::{Millis, Timestamp};
use crate::insight::story::Told;
use crate::store::segment::RowId;

/// What sessions are sorted by; ties fall through to when they began. What a session made stands
/// below it in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The first first.
    #[default]
    Start,
    /// The newest last event first.
    Last,
    /// Most events first.
    Events,
    /// Most writes first.
    Writes,
    /// Most denials first.
    Denied,
}

impl Sort {
    /// Every order with its name, in the order of the key.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Start, "start"),
        (Self::Last, "last"),
        (Self::Events, "events"),
        (Self::Writes, "writes"),
        (Self::Denied, "denied"),
    ];
}

/// The most sessions that are sent to the screen.
pub const MOST_SESSIONS: usize = 1000;
/// Steps of the bar of a session.
pub const STEPS: usize = 48;
/// The most keys of a session that are named; they are counted all.
pub const MOST_KEYS: usize = 50;
/// The most steps from a session back to the one that made it.
const DEEP: usize = 16;
/// A session of the console begins within this of the sign-in.
pub const NEAR: Millis = Millis::seconds(5);

/// What the view wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionsWanted {
    /// The order.
    pub sort: Sort,
    /// The name of the session whose story is told.
    pub selected: Option<Arc<str>>,
}

/// How a session began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Began {
    /// A sign-in to the console, and whether with a second factor.
    SignIn(Timestamp, Arc<str>),
    /// In the console, by the records of its calls: the sign-in is not among these.
    Console(Timestamp),
    /// A record says who issued the key.
    Issued(Arc<Grant>),
    /// By the records of its calls: what issued the key is not among these.
    At(Timestamp),
    /// A long-term key that was made before.
    LongTerm,
    /// Nothing says.
    Unknown,
}

/// One set of credentials in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What tells it from all others.
    pub name: Arc<str>,
    /// How many sessions it is made by, one by the other.
    pub depth: usize,
    /// The actor.
    pub actor: Arc<str>,
    /// The ARN of who called.
    pub arn: Arc<str>,
    /// How it began.
    pub began: Began,
    /// Its keys, the first [`MOST_KEYS`] of them in order.
    pub keys: Vec<Arc<str>>,
    /// How many keys it has.
    pub n_keys: usize,
    /// The eventIDs of what has no key: the sign-in.
    pub sign_in: Option<RowId>,
    /// The first row and the last.
    pub first: (Timestamp, RowId),
    /// See `first`.
    pub last: (Timestamp, RowId),
    /// Rows, forwarded calls included.
    pub events: u64,
    /// Those that write.
    pub writes: u64,
    /// Those that were denied.
    pub denied: u64,
    /// How many addresses.
    pub ips: usize,
    /// The first address by name.
    pub ip: Arc<str>,
    /// Events by step of the bar.
    pub bar: Vec<u64>,
}

/// Every session of the rows that a filter and a window keep, noise included.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    /// The order.
    pub sort: Sort,
    /// The first [`MOST_SESSIONS`] of them.
    pub sessions: Vec<Session>,
    /// How many there are.
    pub found: usize,
    /// Rows of AWS services, and of callers without credentials.
    pub others: u64,
    /// How many keys of the console belong to how many sign-ins.
    pub folded: (usize, usize),
    /// When the first step of the bars begins.
    pub start: Timestamp,
    /// The length of their steps.
    pub step: Millis,
    /// The name of the session that is told of, and its story.
    pub story: Option<(Arc<str>, Vec<Told>)>,
}

impl Sessions {
    /// How many steps the bars have.
    pub fn steps(&self) -> usize {
        self.sessions.first().map_or(STEPS, |session| session.bar.len())
    }
}

/// Sorts sessions.
pub(crate) fn sort(sessions: &mut [Session], sort: Sort) {
    let tie = |it: &Session| (it.first, Arc::clone(&it.name));
    sessions.sort_by_cached_key(|it| {
        let most = |n: u64| i64::MAX.saturating_sub_unsigned(n);
        let first = match sort {
            Sort::Start => 0,
            Sort::Last => it.last.0.0.saturating_neg(),
            Sort::Events => most(it.events),
            Sort::Writes => most(it.writes),
            Sort::Denied => most(it.denied),
        };
        (first, tie(it))
    });
}

/// Puts each session below the one that made it.
pub(crate) fn nested(sessions: Vec<Session>) -> Vec<Session> {
    let of_key: HashMap<Arc<str>, usize> = sessions
        .iter()
        .enumerate()
        .flat_map(|(at, it)| it.keys.iter().map(move |key| (Arc::clone(key), at)))
        .collect();
    let maker = |at: usize| {
        let Began::Issued(grant) = &sessions[at].began else { return None };
        of_key.get(&*grant.by.key).copied().filter(|by| *by != at)
    };
    let depth = |at: usize| {
        let way = std::iter::successors(maker(at), |at| maker(*at));
        way.take(DEEP + 1).count()
    };
    let mut made: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut open: Vec<(usize, usize)> = vec![];
    for at in (0..sessions.len()).rev() {
        match maker(at).filter(|_| depth(at) <= DEEP) {
            Some(by) => made.entry(by).or_default().push(at),
            None => open.push((at, 0)),
        }
    }
    let mut order = vec![];
    while let Some((at, depth)) = open.pop() {
        order.push((at, depth));
        let made = made.remove(&at).unwrap_or_default();
        open.extend(made.into_iter().map(|at| (at, depth + 1)));
    }
    let mut sessions: Vec<Option<Session>> = sessions.into_iter().map(Some).collect();
    let take = |(at, depth): (usize, usize)| {
        sessions[at].take().map(|session| Session { depth, ..session })
    };
    order.into_iter().filter_map(take).collect()
}
