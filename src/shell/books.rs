//! The books of a query: what was read, what was skipped and how complete it is, in the words of the
//! contract.

use std::sync::Arc;

use crate::coverage::hole::Hole;
use crate::coverage::watermark::Word;
use crate::detect::alert::Alert;
use crate::engine::intake::Intake;
use crate::engine::tally;
use crate::event::field::Origin;
use crate::event::time::Timestamp;
use crate::export::alerts::Told;
use crate::export::stats::{Covered, Missed, Skip, Stats};
use crate::notebook::mutes::silenced;
use crate::shell::lessons;

/// What could not be read, in a line: without `--stats` nobody would learn of it.
pub fn skipped(stats: &Stats) -> Option<String> {
    let Skip { place, why } = stats.skips.first().filter(|_| stats.skipped > 0)?;
    let more = match stats.skipped {
        1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    Some(format!("could not be read: {place}: {why}{more} (--stats lists them)"))
}

/// What rules found and could not keep, in lines.
pub fn forgotten(stats: &Stats) -> Vec<String> {
    let Stats { rule_events_forgotten: events, alerts_forgotten: alerts, .. } = stats;
    let missing = [
        (
            events,
            "events made room while rules still counted them: alerts of many events may be missing",
        ),
        (alerts, "alerts made room for later ones: they are not counted"),
    ];
    let lost = missing.into_iter().filter(|(count, _)| **count > 0);
    lost.map(|(count, what)| format!("{count} {what}")).collect()
}

/// The books of an intake of which so many rows matched.
pub fn stats(intake: &Intake, matched: u64, now: Timestamp) -> Stats {
    let tally = intake.tally();
    let skip = |skip: &tally::Skip| Skip { place: skip.place.clone(), why: skip.why.clone() };
    let holes = intake.cover().holes();
    let streams = intake.cover().streams(&holes);
    let covered = streams.iter().map(|stream| {
        let (word, until) = match stream.word {
            Word::Proven(until) => ("proven", Some(until)),
            Word::Expected(until) => ("expected", Some(until)),
            Word::Learning(until) => ("learning", Some(until)),
            Word::BestEffort => ("best effort", stream.last),
        };
        let name = &stream.name;
        Covered {
            account: name.account.clone(),
            region: name.region.clone(),
            source: origin_word(name.origin).to_owned(),
            word: word.to_owned(),
            until: until.map(|until| until.to_string()),
            proven: stream.proven.map(|until| until.to_string()),
            disproven: stream.disproven.clone(),
            holes: holes.iter().filter(|hole| hole.is_in(name)).map(missed).collect(),
        }
    });
    Stats {
        objects: tally.objects,
        bytes: tally.bytes,
        records: tally.records,
        kept: tally.kept,
        matched,
        duplicates: tally.duplicates,
        skipped: tally.skipped,
        other: tally.other.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        skips: tally.skips.iter().map(skip).collect(),
        skips_more: tally.skips_more,
        coverage: covered.collect(),
        trail_changes_forgotten: intake.cover().forgotten(),
        rule_events_forgotten: intake.watch().truncated(),
        alerts_forgotten: intake.watch().alerts().dropped(),
        triggers: None,
        guard_changes_forgotten: intake.watch().guards().forgotten(),
        alerts: intake.watch().alerts().list().len() as u64,
        alerts_muted: muted(intake, now),
    }
}

/// How many alerts the dashboard would not tell of.
fn muted(intake: &Intake, now: Timestamp) -> u64 {
    let alerts = intake.watch().alerts().list();
    if alerts.is_empty() {
        return 0;
    }
    let (mutes, _) = lessons::mutes(now);
    alerts.iter().filter(|alert| silenced(&mutes, &alert.heard(), now).is_some()).count() as u64
}

/// Every alert, to be written.
pub fn alerts(intake: &Intake, now: Timestamp) -> Vec<Told> {
    let (mutes, _) = lessons::mutes(now);
    let alerts = intake.alerts();
    let told = |alert: &Arc<Alert>| {
        let is_muted = silenced(&mutes, &alert.heard(), now).is_some();
        Told::of(alert, &alerts.offs, |row| intake.watch().id(row), is_muted)
    };
    alerts.list.iter().map(told).collect()
}

/// A hole in the words of the contract.
fn missed(hole: &Hole) -> Missed {
    Missed {
        from: hole.from.to_string(),
        to: hole.to.map(|to| to.to_string()),
        trail: hole.trail.clone(),
        missing: hole.missing.clone(),
        cause: hole.cause.clone(),
    }
}

fn origin_word(origin: Origin) -> &'static str {
    let named = Origin::ALL.iter().find(|(known, _)| *known == origin);
    named.map_or("", |(_, word)| word)
}
