//! For how long guards were off: put together from what switched them off and on, in whatever order
//! that arrives. Trails come from coverage, which knows more of them.

use std::collections::BTreeMap;

use crate::coverage::hole::Hole;
use crate::detect::alert::{Alert, Ending};
use crate::event::switch::Switch;
use crate::event::time::Timestamp;

/// The most guards that are followed, and the most turns of one: their names are written by whoever
/// writes a record. The newest count.
const MAX_GUARDS: usize = 2_000;
const MAX_TURNS: usize = 50;

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

/// What became of what an alert is about: `was off 7m41s`, `STILL OFF`; `None` where nothing was
/// switched off.
pub fn words<'o>(offs: impl Iterator<Item = &'o Off>) -> Option<String> {
    let (mut open, mut longest, mut ended) = (0, None, 0);
    for off in offs {
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
        (0, Some(longest), 1) => Some(format!("was off {longest}")),
        (0, Some(longest), _) => Some(format!("were off up to {longest}")),
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
}

/// Every guard that something was done to.
#[derive(Debug, Default)]
pub struct Guards {
    /// Their turns, in order.
    known: BTreeMap<Place, Vec<Turn>>,
    forgotten: u64,
    version: u64,
}

impl Guards {
    /// Notes that a guard was switched.
    pub fn turned(&mut self, it: Turned) {
        let place = (it.account, it.region, it.switch.kind, it.switch.name);
        let cause = format!("{} by {}", it.event, it.by);
        let turn = Turn { at: it.at, is_on: it.switch.is_on, cause };
        let turns = self.known.entry(place).or_default();
        let Err(at) = turns.binary_search(&turn) else { return };
        turns.insert(at, turn);
        if turns.len() > MAX_TURNS {
            turns.remove(0);
            self.forgotten += 1;
        }
        self.version += 1;
        if self.known.len() > MAX_GUARDS {
            self.make_room();
        }
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
        let cut = ages[MAX_GUARDS / 8];
        let mut going = MAX_GUARDS / 8;
        let forgotten = &mut self.forgotten;
        self.known.retain(|_, turns| {
            let goes = going > 0 && age(turns) <= cut;
            if goes {
                going -= 1;
                *forgotten += turns.len() as u64;
            }
            !goes
        });
    }

    /// The times in which guards were off, those of one guard oldest first.
    pub fn offs(&self) -> Vec<Off> {
        let mut offs = vec![];
        for ((account, region, kind, name), turns) in &self.known {
            let of = |turn: &Turn| Off {
                guard: format!("{kind} {name}").trim_end().to_owned(),
                missing: String::new(),
                account: account.clone(),
                region: region.clone(),
                from: turn.at,
                to: None,
                cause: turn.cause.clone(),
                end: None,
            };
            let mut open: Option<Off> = None;
            for turn in in_order(turns) {
                match (turn.is_on, open.take()) {
                    (false, None) => open = Some(of(turn)),
                    (true, Some(off)) => {
                        offs.push(Off { to: Some(turn.at), end: Some(turn.cause.clone()), ..off })
                    }
                    (_, other) => open = other,
                }
            }
            offs.extend(open);
        }
        offs
    }
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
