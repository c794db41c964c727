//! Alerts: hits that belong together, one alert a burst. What is in a burst is a function of the hits
//! alone, in whatever order they come; the numbers of alerts are given as they come.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
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
/// The most alerts that are kept, whatever room there is.
const MAX_ALERTS: usize = 10_000;
/// The fewest alerts that are kept, however little room there is.
const MIN_ALERTS: usize = 100;
/// What an alert takes with its texts and rows, at most, but for texts that nobody writes.
const ALERT_BYTES: usize = 1600;

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

/// The same, kept.
#[derive(Debug, Clone)]
pub struct Kept {
    row: RowId,
    time: Timestamp,
    ending: Ending,
    texts: [Box<str>; 6],
    is_live: bool,
}

impl From<&About<'_>> for Kept {
    fn from(it: &About<'_>) -> Self {
        let texts = [it.account, it.region, it.actor, it.service, it.event, it.target];
        let texts = texts.map(Into::into);
        Self { row: it.row, time: it.time, ending: it.ending, texts, is_live: it.is_live }
    }
}

impl Kept {
    /// What was kept.
    pub fn about(&self) -> About<'_> {
        let [account, region, actor, service, event, target] =
            self.texts.each_ref().map(|text| &**text);
        let Self { row, time, ending, is_live, .. } = *self;
        About { row, time, ending, account, region, actor, service, event, target, is_live }
    }

    /// Bytes on the heap, with itself.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.texts.iter().map(|text| text.len()).sum::<usize>()
    }
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
    /// Its place among others: what matters most first, of that what tampers with the recording, then
    /// the newest.
    pub fn rank(&self) -> impl Ord + use<> {
        (Reverse((self.severity, self.is_tamper, self.last)), self.number)
    }

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
#[derive(Debug)]
pub struct Book {
    alerts: HashMap<u64, Arc<Alert>>,
    places: HashMap<Place, Vec<u64>>,
    next: u64,
    dropped: u64,
    version: u64,
    most: usize,
}

impl Default for Book {
    fn default() -> Self {
        let (alerts, places) = (HashMap::new(), HashMap::new());
        Self { alerts, places, next: 0, dropped: 0, version: 0, most: MAX_ALERTS }
    }
}

impl Book {
    /// An empty book that keeps as many alerts as about so many bytes hold. The oldest make room, and
    /// are counted.
    pub fn new(bytes: usize) -> Self {
        Self { most: (bytes / ALERT_BYTES).clamp(MIN_ALERTS, MAX_ALERTS), ..Self::default() }
    }

    /// Bytes on the heap, at most about.
    pub fn bytes(&self) -> usize {
        self.alerts.len() * ALERT_BYTES
    }

    /// Every alert, what matters most first; of that what tampers with the recording, then the newest.
    pub fn list(&self) -> Vec<Arc<Alert>> {
        let mut list: Vec<Arc<Alert>> = self.alerts.values().cloned().collect();
        list.sort_unstable_by_key(|alert| alert.rank());
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
            is_tamper: rule.is_tamper || blinds(about.service, about.event),
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
            // Of ten thousand rows no more than are named.
            rows: burst.rows[burst.rows.len().saturating_sub(MAX_ROWS)..].to_vec(),
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
        if self.alerts.len() > self.most {
            self.make_room();
        }
        alert
    }

    /// Begins a book that takes the place of an older one: its numbers go on from there.
    pub fn following(older: &Self) -> Self {
        let (next, version, most) = (older.next, older.version + 1, older.most);
        Self { next, version, most, ..Self::default() }
    }

    /// Takes out what single hits of these rules have added up to.
    #[must_use]
    pub fn without(&mut self, cards: &BTreeSet<u16>) -> Self {
        let is_meant = |place: &Place| match place {
            Place::Single { card, .. } => cards.contains(card),
            Place::Window { .. } => false,
        };
        let mut taken = Self::following(self);
        for (place, numbers) in self.places.extract_if(|place, _| is_meant(place)) {
            for number in &numbers {
                taken.alerts.extend(self.alerts.remove_entry(number));
            }
            taken.places.insert(place, numbers);
        }
        self.version += 1;
        taken
    }

    /// Takes over the numbers of alerts that an older book has of the same bursts, and those of its
    /// alerts whose rows have left in part: nobody can judge those again. `names` says by which
    /// places rules of the older book go here, `is_here` whether a row is still there.
    pub fn inherit(
        &mut self,
        older: Self,
        names: impl Fn(&Card) -> Option<u16>,
        is_here: impl Fn(RowId) -> bool,
    ) {
        let mut known: HashMap<BurstOf, Vec<u64>> = HashMap::new();
        for (number, alert) in &self.alerts {
            known.entry(burst_of(alert)).or_default().push(*number);
        }
        let mut old: Vec<(Place, Arc<Alert>)> = vec![];
        for (place, numbers) in older.places {
            let alerts = numbers.iter().filter_map(|number| older.alerts.get(number));
            old.extend(alerts.map(|alert| (place.clone(), Arc::clone(alert))));
        }
        old.sort_unstable_by_key(|(_, alert)| alert.number);
        self.dropped += older.dropped;
        for (place, before) in old {
            let same = known.get(&burst_of(&before)).into_iter().flatten().copied();
            let same = same.filter_map(|number| self.alerts.get(&number));
            let same = same.filter(|it| it.first <= before.last && before.first <= it.last);
            let now = same.min_by_key(|it| it.number).map(|it| it.number);
            let has_left = before.count > before.rows.len() as u64
                || !before.rows.iter().all(|row| is_here(*row));
            match now {
                Some(now) => self.renumber(now, &before, has_left),
                None if has_left => {
                    let Some(card) = names(&before.card) else { continue };
                    self.carry(place, card, before);
                }
                None => {}
            }
        }
        self.version += 1;
    }

    /// Gives an alert the number that it had, where no other one has it.
    fn renumber(&mut self, now: u64, before: &Alert, has_left: bool) {
        let free = !self.alerts.contains_key(&before.number);
        let number = if free { before.number } else { now };
        let Some(alert) = self.alerts.remove(&now) else { return };
        let mut alert = Arc::unwrap_or_clone(alert);
        alert.number = number;
        alert.is_live |= before.is_live;
        if has_left {
            alert.first = alert.first.min(before.first);
            alert.count = alert.count.max(before.count);
            alert.severity = alert.severity.max(before.severity);
        }
        self.alerts.insert(number, Arc::new(alert));
        for numbers in self.places.values_mut() {
            numbers.iter_mut().filter(|it| **it == now).for_each(|it| *it = number);
        }
    }

    /// Keeps an alert as it was.
    fn carry(&mut self, place: Place, card: u16, alert: Arc<Alert>) {
        let place = match place {
            Place::Single { account, actor, ending, .. } => {
                Place::Single { card, account, actor, ending }
            }
            // Which group it was says nothing among other windows.
            Place::Window { key, .. } => Place::Window { window: u16::MAX, key },
        };
        self.places.entry(place).or_default().push(alert.number);
        self.next = self.next.max(alert.number + 1);
        self.alerts.insert(alert.number, alert);
    }

    /// Lets the oldest eighth go.
    fn make_room(&mut self) {
        let mut numbers: Vec<u64> = self.alerts.keys().copied().collect();
        numbers.sort_unstable();
        for number in &numbers[..self.most / 8] {
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

/// What bursts that are the same have in common: the rule, the account, who, and how it ended.
type BurstOf = (Box<str>, Box<str>, Box<str>, Ending);

/// What bursts of the same rule are told apart by, beside their time.
fn burst_of(alert: &Alert) -> BurstOf {
    let Alert { card, account, actor, ending, .. } = alert;
    // The ending of what came together may change with one more event.
    let ending = if account.is_empty() { Ending::Failed } else { *ending };
    (card.named.id.clone(), account.clone(), actor.clone(), ending)
}

#[cfg(test)]
#[path = "alert_tests.rs"]
mod tests;
