//! Alerts: hits that belong together, one alert a burst. What is in a burst is a function of the hits
//! alone, in whatever order they come; the numbers of alerts are given as they come.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use crate::detect::groups::{Burst, Key};
use crate::detect::rule::Card;
use crate::event::time::{Millis, Timestamp};
use crate::event::trail::blinds;
use crate::notebook::mutes::Heard;
use crate::store::hits::Severity;
use crate::store::segment::RowId;

/// Hits of a rule by the same actor belong to one burst while the quiet between them is no longer.
pub const QUIET: Millis = Millis::minutes(15);
/// The most rows that an alert names; it counts them all.
const MAX_ROWS: usize = 100;
/// The most alerts that are kept; the oldest make room, and are counted. With their rows they take
/// some 15 MB at most.
const MAX_ALERTS: usize = 10_000;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ending {
    /// It was refused for lack of permission.
    Denied,
    /// It failed for another reason.
    Failed,
    /// It worked.
    Succeeded,
}

impl Ending {
    /// The ending of an event by the word of its result.
    pub fn of(result: &str) -> Self {
        match result {
            "denied" => Self::Denied,
            "ok" | "none" => Self::Succeeded,
            _ => Self::Failed,
        }
    }

    /// What an alert ends in.
    pub fn words(self) -> &'static str {
        match self {
            Self::Denied => "DENIED",
            Self::Failed => "TRIED, FAILED",
            Self::Succeeded => "SUCCEEDED",
        }
    }
}

/// The most names that an alert keeps of one kind; that there are more is told.
const MAX_NAMES: usize = 8;

/// A few names, each once, in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Few {
    names: Vec<Box<str>>,
    /// Whether there are more of them.
    pub is_more: bool,
}

impl Few {
    /// One name, or none where it is empty.
    pub fn one(name: &str) -> Self {
        let names = Some(name).filter(|name| !name.is_empty()).map(Into::into);
        Self { names: names.into_iter().collect(), is_more: false }
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The name, where there is one and no other.
    pub fn only(&self) -> Option<&str> {
        match &*self.names {
            [one] if !self.is_more => Some(one),
            _ => None,
        }
    }

    /// Adds others. Which of many are kept does not depend on the order in which they come.
    fn join(&mut self, other: &Self) {
        self.names.extend_from_slice(&other.names);
        self.names.sort_unstable();
        self.names.dedup();
        self.is_more |= other.is_more || self.names.len() > MAX_NAMES;
        self.names.truncate(MAX_NAMES);
    }
}

/// What is told of the event that a hit is about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its row.
    pub row: RowId,
    /// When it happened.
    pub time: Timestamp,
    /// How it ended.
    pub ending: Ending,
    /// Where.
    pub account: &'a str,
    /// Where.
    pub region: &'a str,
    /// Who.
    pub actor: &'a str,
    /// The service that was asked.
    pub service: &'a str,
    /// What.
    pub event: &'a str,
    /// On what.
    pub target: &'a str,
    /// Whether it was received live.
    pub is_live: bool,
}

/// Hits that belong together.
#[derive(Debug, Clone)]
pub struct Alert {
    /// The number it was given when it fired; a burst that two grew into has the older one.
    pub number: u64,
    /// The rule.
    pub card: Arc<Card>,
    /// How much it matters.
    pub severity: Severity,
    /// How it ended.
    pub ending: Ending,
    /// The account.
    pub account: Box<str>,
    /// Who; of events that came together, what they have in common.
    pub actor: Box<str>,
    /// The newest event: its region, name and target.
    pub last_event: [Box<str>; 3],
    /// The names of its events. Of events that came together nothing is known.
    pub events: Few,
    /// Their targets, where they have any.
    pub targets: Few,
    /// Whether it is about the recording of events itself, whether that worked or not.
    pub is_tamper: bool,
    /// How many distinct values were counted; 0 where none are.
    pub values: u64,
    /// When it began.
    pub first: Timestamp,
    /// When it was last added to.
    pub last: Timestamp,
    /// How many events.
    pub count: u64,
    /// Their rows, the last hundred that came.
    pub rows: Vec<RowId>,
    /// Whether any of them was received live.
    pub is_live: bool,
}

/// That something came to an alert.
#[derive(Debug, Clone)]
pub struct News {
    /// The alert as it was then.
    pub alert: Arc<Alert>,
    /// The event that came last.
    pub row: RowId,
    /// Whether it was received live.
    pub is_live: bool,
}

impl Alert {
    /// What of it decides whether it is muted.
    pub fn heard(&self) -> Heard<'_> {
        Heard {
            rule: &self.card.named.id,
            actor: &self.actor,
            target: self.targets.only(),
            account: &self.account,
            severity: self.severity,
            is_tamper: self.is_tamper,
        }
    }
}

/// What hits of one burst have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    Single { card: u16, account: Box<str>, actor: Box<str>, ending: Ending },
    Window { window: u16, key: Key },
}

/// All alerts.
#[derive(Debug, Default)]
pub struct Book {
    alerts: HashMap<u64, Arc<Alert>>,
    places: HashMap<Place, Vec<u64>>,
    next: u64,
    dropped: u64,
    version: u64,
}

impl Book {
    /// Every alert, what matters most first; of that what tampers with the recording, then the newest.
    pub fn list(&self) -> Vec<Arc<Alert>> {
        let mut list: Vec<Arc<Alert>> = self.alerts.values().cloned().collect();
        list.sort_unstable_by_key(|alert| {
            (Reverse((alert.severity, alert.is_tamper, alert.last)), alert.number)
        });
        list
    }

    /// Counts up with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many alerts made room for later ones.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes in that an event met a rule by itself; gives its alert.
    pub fn hit(
        &mut self,
        (card, rule): (u16, &Arc<Card>),
        severity: Severity,
        about: &About<'_>,
    ) -> Arc<Alert> {
        let (account, actor) = (about.account.into(), about.actor.into());
        let place = Place::Single { card, account, actor, ending: about.ending };
        let near =
            |alert: &Alert| about.time >= alert.first - QUIET && about.time <= alert.last + QUIET;
        let alert = Alert {
            number: 0,
            card: Arc::clone(rule),
            severity,
            ending: about.ending,
            account: about.account.into(),
            actor: about.actor.into(),
            last_event: [about.region, about.event, about.target].map(Into::into),
            events: Few::one(about.event),
            targets: Few::one(about.target),
            is_tamper: blinds(about.service, about.event),
            values: 0,
            first: about.time,
            last: about.time,
            count: 1,
            rows: vec![about.row],
            is_live: about.is_live,
        };
        self.put(place, alert, near, |old, new| {
            new.count += old.count;
            new.events.join(&old.events);
            new.targets.join(&old.targets);
            new.is_tamper |= old.is_tamper;
            new.rows.splice(0..0, old.rows.iter().copied());
        })
    }

    /// Takes in a burst of events that came together; it takes the place of what was known of it.
    /// Gives its alert.
    pub fn burst(
        &mut self,
        (window, key): (u16, &Key),
        (rule, severity): (&Arc<Card>, Severity),
        (burst, is_live): (&Burst, bool),
    ) -> Arc<Alert> {
        let shown: Vec<&str> = key.iter().map(|part| &**part).filter(|it| !it.is_empty()).collect();
        let alert = Alert {
            number: 0,
            card: Arc::clone(rule),
            severity,
            ending: burst.ending,
            account: "".into(),
            actor: shown.join(" ").into(),
            last_event: ["".into(), "".into(), "".into()],
            events: Few::default(),
            targets: Few::default(),
            is_tamper: false,
            values: burst.values,
            first: burst.first,
            last: burst.last,
            count: burst.rows.len() as u64,
            rows: burst.rows.clone(),
            is_live,
        };
        let (first, last) = (burst.first, burst.last);
        let near = |alert: &Alert| first <= alert.last && last >= alert.first;
        self.put(Place::Window { window, key: key.clone() }, alert, near, |_, _| {})
    }

    /// Puts an alert in, joined with those of its place that are near.
    fn put(
        &mut self,
        place: Place,
        mut alert: Alert,
        near: impl Fn(&Alert) -> bool,
        join: impl Fn(&Alert, &mut Alert),
    ) -> Arc<Alert> {
        let numbers = self.places.entry(place).or_default();
        let mut number = None;
        let alerts = &mut self.alerts;
        numbers.retain(|known| {
            let Some(old) = alerts.get(known) else { return false };
            if !near(old) {
                return true;
            }
            join(old, &mut alert);
            if old.last > alert.last {
                alert.last_event.clone_from(&old.last_event);
            }
            alert.first = alert.first.min(old.first);
            alert.last = alert.last.max(old.last);
            alert.severity = alert.severity.max(old.severity);
            alert.is_live |= old.is_live;
            number = Some(number.map_or(*known, |other: u64| other.min(*known)));
            alerts.remove(known);
            false
        });
        alert.rows.drain(..alert.rows.len().saturating_sub(MAX_ROWS));
        let number = number.unwrap_or(self.next);
        alert.number = number;
        self.next = self.next.max(number + 1);
        numbers.push(number);
        let alert = Arc::new(alert);
        self.alerts.insert(number, Arc::clone(&alert));
        self.version += 1;
        if self.alerts.len() > MAX_ALERTS {
            self.make_room();
        }
        alert
    }

    /// Lets the oldest eighth go.
    fn make_room(&mut self) {
        let mut numbers: Vec<u64> = self.alerts.keys().copied().collect();
        numbers.sort_unstable();
        for number in &numbers[..MAX_ALERTS / 8] {
            self.alerts.remove(number);
            self.dropped += 1;
        }
        let alerts = &self.alerts;
        self.places.retain(|_, numbers| {
            numbers.retain(|number| alerts.contains_key(number));
            !numbers.is_empty()
        });
    }
}

#[cfg(test)]
#[path = "alert_tests.rs"]
mod tests;
