//! For how long guards were off: put together from what switched them off and on, in whatever order
//! that arrives. Trails come from coverage, which knows more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::coverage::hole::Hole;
use crate::detect::alert::{Alert, Ending};
use crate::event::switch::Switch;
use crate::event::time::{Millis, Timestamp};

/// The most guards that are followed, and the most turns of one: their names are written by whoever
/// writes a record. The newest count.
const MAX_GUARDS: usize = 2_000;
const MAX_TURNS: usize = 50;
/// The most bytes that all turns take.
const MAX_BYTES: usize = 8 << 20;
/// Where nobody knows what a guard was for, another one takes its place if it is made within this time.
const SOON: Millis = Millis::minutes(24 * 60);

/// A guard that was switched, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turned {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// The event: `DisableRule`.
    pub event: String,
    /// Who did it, as the screen names callers.
    pub by: String,
    /// What was switched, and which way.
    pub switch: Switch,
}

/// A time in which a guard was off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    /// What it is, and which one: `Config recorder default`.
    pub guard: String,
    /// What is missing meanwhile, where only a part of it is: `management events`.
    pub missing: String,
    /// Where.
    pub account: String,
    /// Where.
    pub region: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` while it lasts.
    pub to: Option<Timestamp>,
    /// What switched it off: `DisableRule by alice`.
    pub cause: String,
    /// What switched it on again, where that is known.
    pub end: Option<String>,
    /// Whether it is inferred that this ended it: another one was made soon after in the account and
    /// region, and nobody knows whether for the same.
    pub is_inferred: bool,
}

impl Off {
    /// The same of a trail.
    pub fn of_hole(hole: &Hole) -> Self {
        Self {
            guard: format!("trail {}", hole.trail),
            missing: hole.missing.clone(),
            account: hole.account.clone(),
            region: hole.region.clone(),
            from: hole.from,
            to: hole.to,
            cause: hole.cause.clone(),
            end: hole.end.clone(),
            is_inferred: false,
        }
    }

    /// Whether an alert is about what switched this off.
    pub fn is_of(&self, alert: &Alert) -> bool {
        let is_cause = |event: &str| {
            let rest = self.cause.strip_prefix(event).and_then(|rest| rest.strip_prefix(" by "));
            rest == Some(&*alert.actor)
        };
        alert.ending == Ending::Succeeded
            && self.account == *alert.account
            && self.from >= alert.first
            && self.from <= alert.last
            && alert.events.names().any(is_cause)
    }
}

/// Every time in which something was off, by account and beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offs(Arc<[Off]>);

impl FromIterator<Off> for Offs {
    fn from_iter<I: IntoIterator<Item = Off>>(all: I) -> Self {
        let mut all: Vec<Off> = all.into_iter().collect();
        all.sort_by(|one, other| (&one.account, one.from).cmp(&(&other.account, other.from)));
        Self(all.into())
    }
}

impl Offs {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Off> {
        self.0.iter()
    }

    /// Those that an alert is about.
    pub fn of<'o>(&'o self, alert: &'o Alert) -> impl Iterator<Item = &'o Off> {
        let from = (&*alert.account, alert.first);
        let first = self.0.partition_point(|off| (&*off.account, off.from) < from);
        let near = self.0[first..].iter();
        let near = near.take_while(|off| *off.account == *alert.account && off.from <= alert.last);
        near.filter(|off| off.is_of(alert))
    }
}

/// What became of what an alert is about: `was off 7m41s`, `STILL OFF`; `None` where nothing was
/// switched off.
pub fn words<'o>(offs: impl Iterator<Item = &'o Off>) -> Option<String> {
    let (mut open, mut longest, mut ended, mut inferred) = (0, None, 0, "");
    for off in offs {
        if off.is_inferred {
            inferred = ", inferred";
        }
        match off.to {
            None => open += 1,
            Some(to) => {
                longest = longest.max(Some(to - off.from));
                ended += 1;
            }
        }
    }
    match (open, longest, ended) {
        (1, _, 0) => Some("STILL OFF".to_owned()),
        (0, Some(longest), 1) => Some(format!("was off {longest}{inferred}")),
        (0, Some(longest), _) => Some(format!("were off up to {longest}{inferred}")),
        (0, None, _) => None,
        (open, _, ended) => Some(format!("{open} of {} STILL OFF", open + ended)),
    }
}

/// The account, the region, the kind and the name of a guard.
type Place = (String, String, &'static str, String);

/// One turn of a guard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    at: Timestamp,
    is_on: bool,
    cause: String,
    /// Where it was made by this and another one in its place has another name: what it is for.
    made: Option<String>,
}

impl Turn {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.cause.len() + self.made.as_ref().map_or(0, String::len)
    }
}

/// Every guard that something was done to.
#[derive(Debug, Clone, Default)]
pub struct Guards {
    /// Their turns, in order.
    known: BTreeMap<Place, Vec<Turn>>,
    bytes: usize,
    forgotten: u64,
    version: u64,
}

impl Guards {
    /// Notes that a guard was switched.
    pub fn turned(&mut self, it: Turned) {
        let place = (it.account, it.region, it.switch.kind, it.switch.name);
        let cause = format!("{} by {}", it.event, it.by);
        let turn = Turn { at: it.at, is_on: it.switch.is_on, cause, made: it.switch.made };
        let turns = self.known.entry(place).or_default();
        let Err(at) = turns.binary_search(&turn) else { return };
        self.bytes += turn.bytes();
        turns.insert(at, turn);
        if turns.len() > MAX_TURNS {
            self.bytes -= turns.remove(0).bytes();
            self.forgotten += 1;
        }
        self.version += 1;
        if self.known.len() > MAX_GUARDS || self.bytes > MAX_BYTES {
            self.make_room();
        }
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many turns had to be forgotten.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Counts up with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Lets go of the eighth that was switched longest ago; what is on before what is off.
    fn make_room(&mut self) {
        let age = |turns: &Vec<Turn>| turns.last().map(|last| (!last.is_on, last.at));
        let mut ages: Vec<_> = self.known.values().map(age).collect();
        ages.sort_unstable();
        let mut going = (ages.len() / 8).max(1);
        let cut = ages[going - 1];
        let (forgotten, bytes) = (&mut self.forgotten, &mut self.bytes);
        self.known.retain(|_, turns| {
            let goes = going > 0 && age(turns) <= cut;
            if goes {
                going -= 1;
                *forgotten += turns.len() as u64;
                *bytes -= turns.iter().map(Turn::bytes).sum::<usize>();
            }
            !goes
        });
    }

    /// The times in which guards were off, those of one guard oldest first.
    pub fn offs(&self) -> Vec<Off> {
        let lives: Vec<Life<'_>> = self.known.iter().map(Life::of).collect();
        let mut offs = vec![];
        for kin in lives.chunk_by(|one, other| one.kin() == other.kin()) {
            offs.extend(ended_by_others(kin));
        }
        offs
    }
}

/// A guard from first to last.
struct Life<'g> {
    place: &'g Place,
    /// When and by what it was made, and for what.
    made: Option<(Timestamp, &'g str, &'g str)>,
    /// When it was off by what was done to it itself.
    offs: Vec<Off>,
}

impl<'g> Life<'g> {
    fn of((place, turns): (&'g Place, &'g Vec<Turn>)) -> Self {
        let (account, region, kind, name) = place;
        let made = turns.iter().find_map(|it| Some((it.at, &*it.cause, it.made.as_deref()?)));
        let what = made.map_or("", |(.., what)| what);
        let guard = format!("{kind} {name}").trim_end().to_owned();
        let of = |turn: &Turn| Off {
            guard: if what.is_empty() { guard.clone() } else { format!("{guard} of {what}") },
            missing: String::new(),
            account: account.clone(),
            region: region.clone(),
            from: turn.at,
            to: None,
            cause: turn.cause.clone(),
            end: None,
            is_inferred: false,
        };
        let mut offs = vec![];
        let mut open: Option<Off> = None;
        for turn in in_order(turns) {
            match (turn.is_on, open.take()) {
                (false, None) => open = Some(of(turn)),
                (true, Some(off)) => {
                    offs.push(Off { to: Some(turn.at), end: Some(turn.cause.clone()), ..off });
                }
                (_, other) => open = other,
            }
        }
        offs.extend(open);
        Self { place, made, offs }
    }

    /// What others in its place have in common with it.
    fn kin(&self) -> (&str, &str, &str) {
        let (account, region, kind, _) = self.place;
        (account, region, kind)
    }

    /// What it is for; `None` where nobody knows.
    fn what(&self) -> Option<&'g str> {
        self.made.map(|(.., what)| what).filter(|what| !what.is_empty())
    }

    fn is_on_at(&self, at: Timestamp) -> bool {
        let is_off = |off: &Off| off.from <= at && off.to.is_none_or(|to| to > at);
        self.made.is_some_and(|(made, ..)| made < at) && !self.offs.iter().any(is_off)
    }
}

/// When guards of one kind, account and region were off, seen that another one may have been made in
/// the place of one that was deleted: for the same, where both are known to be for it. Else it is
/// inferred, and each ends one other at most.
fn ended_by_others(kin: &[Life<'_>]) -> Vec<Off> {
    let mut offs = vec![];
    if kin.iter().all(|life| life.made.is_none()) {
        offs.extend(kin.iter().flat_map(|life| life.offs.iter().cloned()));
        return offs;
    }
    let mut same: BTreeMap<&str, Vec<&Life<'_>>> = BTreeMap::new();
    for life in kin {
        life.what().into_iter().for_each(|what| same.entry(what).or_default().push(life));
    }
    let (mut taken, mut unknown) = (BTreeSet::new(), vec![]);
    for life in kin {
        let others = life.what().and_then(|what| same.get(what)).into_iter().flatten();
        let others: Vec<_> = others.filter(|other| other.place != life.place).collect();
        for off in &life.offs {
            let mut off = off.clone();
            if off.to.is_some() {
                offs.push(off);
            } else if life.what().is_none() {
                unknown.push(off);
            } else if !others.iter().any(|other| other.is_on_at(off.from)) {
                let later = others.iter().filter_map(|it| it.made.map(|made| (made, it.place)));
                let next = later.filter(|((at, ..), _)| *at >= off.from).min();
                if let Some(((at, cause, _), place)) = next {
                    taken.insert(place);
                    (off.to, off.end) = (Some(at), Some(cause.to_owned()));
                }
                offs.push(off);
            }
        }
    }
    let free = kin.iter().filter(|life| !taken.contains(life.place));
    let mut free: Vec<(Timestamp, &str)> =
        free.filter_map(|life| life.made.map(|(at, cause, _)| (at, cause))).collect();
    free.sort_unstable();
    let mut free = free.into_iter().peekable();
    unknown.sort_by_key(|off| off.from);
    for mut off in unknown {
        while free.next_if(|(at, _)| *at < off.from).is_some() {}
        if let Some((at, cause)) = free.next_if(|(at, _)| *at - off.from <= SOON) {
            (off.to, off.end, off.is_inferred) = (Some(at), Some(cause.to_owned()), true);
        }
        offs.push(off);
    }
    offs
}

/// Turns in the order that makes sense of them: of one second the order is not known, and nobody
/// switches on what is on.
fn in_order(turns: &[Turn]) -> Vec<&Turn> {
    let (mut sorted, mut is_on): (Vec<&Turn>, bool) = (Vec::with_capacity(turns.len()), true);
    for second in turns.chunk_by(|one, other| one.at == other.at) {
        let (ons, offs): (Vec<&Turn>, Vec<&Turn>) = second.iter().partition(|turn| turn.is_on);
        let last = if is_on { [offs, ons] } else { [ons, offs] };
        sorted.extend(last.into_iter().flatten());
        is_on = sorted.last().is_some_and(|turn| turn.is_on);
    }
    sorted
}

#[cfg(test)]
#[path = "off_tests.rs"]
mod tests;
