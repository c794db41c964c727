//! Why a rule is met by a row, and what an alert is made of: reckoned for the one that somebody looks
//! at, from the events that are still there.

use std::fmt::Write as _;

use crate::detect::access::Access;
use crate::detect::alert::Alert;
use crate::detect::rule::{Card, Feed, Rules, Shared, Signal};
use crate::detect::window::{Gather, Window};
use crate::event::json::Json;
use crate::event::time::Timestamp;
use crate::query::reason::{Alone, Reason};
use crate::store::segment::RowId;
use crate::store::snapshot::{RowRef, Snapshot};

/// The most distinct values that are named.
const MOST_VALUES: usize = 8;

/// An event of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its row, which is still there.
    pub row: RowId,
    /// When it happened.
    pub time: Timestamp,
    /// Which step of the rule it is, counted from 1; `None` where the rule has no steps.
    pub step: Option<usize>,
}

/// What an alert is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// What of the rule its newest event meets, and how.
    pub reasons: Vec<Reason>,
    /// What had to come together, and what did; `None` where one event is enough.
    pub together: Option<String>,
    /// Its events in order of time, those that are still there.
    pub chain: Vec<Link>,
}

/// Why a row meets the rule of this id: what of its condition holds. Nothing where the rule is not
/// loaded any more.
pub fn of_row(rules: &Rules, id: &str, row: RowRef<'_>) -> Vec<Reason> {
    let alone = Alone::of(row, row.time());
    let mut found = vec![];
    for card in places(rules, id) {
        let steps = &rules.cards[card].steps;
        found.extend(steps.iter().map(|step| alone.reasons(step)).find(|it| !it.is_empty()));
        if let Some((matcher, signals)) = &rules.sigma {
            let raw = row.raw();
            let text = String::from_utf8_lossy(&raw);
            let record = Access::of(Json::of(&text));
            let of = signals.iter().enumerate().filter(|(_, signal)| feeds(rules, signal, card));
            found.extend(of.map(|(at, _)| matcher.why(at, &record)).find(|it| !it.is_empty()));
        }
    }
    found.into_iter().next().unwrap_or_default()
}

/// What an alert is made of.
pub fn of_alert(rules: &Rules, alert: &Alert, snapshot: &Snapshot) -> Why {
    let mut rows: Vec<RowRef<'_>> =
        alert.rows.iter().filter_map(|row| snapshot.row(*row)).collect();
    rows.sort_unstable_by_key(|row| (row.time(), row.id()));
    let id = &*alert.card.named.id;
    let reasons = rows.last().map(|row| of_row(rules, id, *row)).unwrap_or_default();
    let card = places(rules, id).next();
    let window =
        card.and_then(|card| rules.windows.iter().position(|it| usize::from(it.card) == card));
    let has_steps = window.is_some_and(|at| rules.windows[at].window.has_steps());
    let steps = card.filter(|_| has_steps).map(|card| &rules.cards[card]);
    let link = |row: &RowRef<'_>| Link {
        row: row.id(),
        time: row.time(),
        step: steps.and_then(|card| step(rules, card, *row)),
    };
    let chain = rows.iter().map(link).collect();
    let together = window.map(|at| {
        let feed = signals(rules).flat_map(|it| &it.feeds).find(|it| usize::from(it.window) == at);
        words(&rules.windows[at].window, feed, alert, &rows)
    });
    Why { reasons, together, chain }
}

/// The rules of an id: there may be several where files say the same.
fn places<'r>(rules: &'r Rules, id: &str) -> impl Iterator<Item = usize> + use<'r> {
    let id = id.to_owned();
    (0..rules.cards.len()).filter(move |at| *rules.cards[*at].named.id == *id)
}

fn signals(rules: &Rules) -> impl Iterator<Item = &Signal> {
    let sigma = rules.sigma.iter().flat_map(|(_, signals)| signals);
    rules.filters.iter().map(|(_, signal)| signal).chain(sigma)
}

/// Whether what signals this is a part of a rule.
fn feeds(rules: &Rules, signal: &Signal, card: usize) -> bool {
    let is_card = |at: u16| usize::from(at) == card;
    let fires = |feed: &Feed| is_card(rules.windows[usize::from(feed.window)].card);
    signal.card.is_some_and(is_card) || signal.feeds.iter().any(fires)
}

/// The first step of a rule that a row meets, counted from 1.
fn step(rules: &Rules, card: &Card, row: RowRef<'_>) -> Option<usize> {
    let alone = Alone::of(row, row.time());
    if let Some(at) = card.steps.iter().position(|step| alone.is_kept_by(step)) {
        return Some(at + 1);
    }
    let (matcher, signals) = rules.sigma.as_ref()?;
    let raw = row.raw();
    let text = String::from_utf8_lossy(&raw);
    let mut found: Option<u16> = None;
    matcher.each(&Access::of(Json::of(&text)), |at| {
        let of = signals.get(at).into_iter().flat_map(|signal| &signal.feeds);
        let fires = |feed: &&Feed| {
            let fired = rules.windows[usize::from(feed.window)].card;
            rules.cards[usize::from(fired)].named == card.named
        };
        let step = of.filter(fires).map(|feed| feed.step).min();
        found = found.into_iter().chain(step).min();
    });
    found.map(|step| usize::from(step) + 1)
}

/// `12 events, 5 different target within 5m: at least 3 were asked for · by actor`
fn words(window: &Window, feed: Option<&Feed>, alert: &Alert, rows: &[RowRef<'_>]) -> String {
    let span = window.span;
    let distinct = feed.and_then(|feed| feed.distinct.as_ref());
    let what = distinct.map(name).unwrap_or_default();
    let mut said = match &window.gather {
        Gather::Count(least) => {
            format!("{} events; {least} within {span} are enough", alert.count)
        }
        Gather::Distinct(least) => format!(
            "{} different {what} in {} events; {least} within {span} are enough",
            alert.values, alert.count
        ),
        Gather::Together(least) => {
            format!("{} events of {least} kinds within {span}, in any order", alert.count)
        }
        Gather::Sequence(least) => {
            let steps = match least.iter().all(|least| *least == 1) {
                true => least.len().to_string(),
                false => least.iter().map(u64::to_string).collect::<Vec<_>>().join(" + "),
            };
            format!("{} events; {steps} steps in this order within {span}", alert.count)
        }
    };
    let by: Vec<String> = feed.iter().flat_map(|feed| &feed.by).map(name).collect();
    if !by.is_empty() {
        // A sentence goes on; nothing here fails.
        write!(said, " · same {}", by.join(", ")).ok();
    }
    let named = distinct.map(|shared| values(shared, rows)).unwrap_or_default();
    if !named.is_empty() {
        let more = if alert.values > named.len() as u64 { ", …" } else { "" };
        write!(said, ": {}{more}", named.join(", ")).ok();
    }
    said
}

fn name(shared: &Shared) -> String {
    match shared {
        Shared::Name(name) => name.to_string(),
        Shared::Field(field) => field.clone(),
    }
}

/// The first distinct values of the rows that are still there.
fn values(shared: &Shared, rows: &[RowRef<'_>]) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    for row in rows {
        let value = match shared {
            Shared::Name(name) => Alone::of(*row, row.time()).values(name).into_iter().next(),
            Shared::Field(field) => {
                let raw = row.raw();
                let text = String::from_utf8_lossy(&raw);
                Some(Access::of(Json::of(&text)).text(field).into_owned())
            }
        };
        found.extend(value.filter(|value| !value.is_empty() && !found.contains(value)));
        if found.len() == MOST_VALUES {
            break;
        }
    }
    found
}

#[cfg(test)]
#[path = "why_tests.rs"]
mod tests;
