//! Makes somebody look: for alerts that are received live and matter enough, not more often than
//! anybody can bear; what was held back is counted in the next.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::app::state::App;
use crate::command::effect::Effect;
use crate::detect::alert::Alert;
use crate::engine::view::Stamp;
use crate::event::name;
use crate::event::time::{Millis, Timestamp};
use crate::notebook::mutes::silenced;
use crate::pane::alert_lines::word;
use crate::store::hits::Severity;
use crate::ui::text;

/// The least time between two bells, unless something worse fires.
const REST: Millis = Millis::seconds(10);
/// The most characters of what is said.
const LONGEST: usize = 120;

/// What was rung for.
#[derive(Debug, Default)]
pub struct Bell {
    /// With which severity each alert was, by its number.
    rung: HashMap<u64, Severity>,
    /// The state of the books that was looked at last.
    version: Stamp,
    /// When it rang last, and how much that mattered.
    last: Option<(Timestamp, Severity)>,
    /// What waits to be rung for: the worst of it, and how much it is.
    held: Option<(Severity, String)>,
    many: usize,
}

/// Rings where something fired that nobody was told of, and it is time.
pub(crate) fn ring(app: &mut App) -> Option<Effect> {
    let now = app.latest.now;
    let alerts = Arc::clone(&app.latest.ledger.alerts);
    let bell = &mut app.bell;
    if alerts.version != bell.version {
        bell.version = alerts.version;
        let (mutes, from) = (&app.options.mutes, app.options.rings_from);
        let matters = |alert: &&Arc<Alert>| alert.is_live && alert.severity >= from;
        for alert in alerts.list.iter().filter(matters) {
            bell.hear(alert, silenced(mutes, &alert.heard(), now).is_some());
        }
        if bell.rung.len() > alerts.list.len() {
            let known: HashSet<u64> = alerts.list.iter().map(|alert| alert.number).collect();
            bell.rung.retain(|number, _| known.contains(number));
        }
    }
    bell.strike(now).map(Effect::Notify)
}

impl Bell {
    /// Notes an alert, unless it was rung for and has not grown worse. One that is muted is as good as
    /// rung for.
    fn hear(&mut self, alert: &Alert, is_muted: bool) {
        let known = self.rung.insert(alert.number, alert.severity);
        if is_muted || known.is_some_and(|known| known >= alert.severity) {
            return;
        }
        self.many += 1;
        if self.held.as_ref().is_none_or(|(worst, _)| *worst < alert.severity) {
            self.held = Some((alert.severity, words(alert)));
        }
    }

    /// What is to be said now, if anything.
    fn strike(&mut self, now: Timestamp) -> Option<String> {
        let (severity, words) = self.held.as_ref()?;
        let rests = |(at, rung): (Timestamp, Severity)| now - at < REST && *severity <= rung;
        if self.last.is_some_and(rests) {
            return None;
        }
        let more = match self.many {
            1 => String::new(),
            n => format!(" · {} more", n - 1),
        };
        let room = LONGEST - more.chars().count();
        let said: String = words.chars().take(room).chain(more.chars()).collect();
        self.last = Some((now, *severity));
        (self.held, self.many) = (None, 0);
        Some(said)
    }
}

/// `trailtop HIGH SUCCEEDED: Trail stopped or deleted, alice, StopLogging t`
fn words(alert: &Alert) -> String {
    let [_, event, target] = &alert.last_event;
    let call = format!("{} {target}", name::plain(event));
    let parts = [&*alert.card.named.title, &*alert.actor, call.trim()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let (severity, ending) = (word(alert.severity), alert.ending.words());
    let said = format!("trailtop {severity} {ending}: {}", parts.join(", "));
    text::sanitize(&said).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_772_366_400_000);

    #[test]
    fn it_rests_and_counts_what_it_held_back_and_something_worse_rings_at_once() {
        use Severity::{Critical, High};
        let mut bell = Bell::default();
        let at = |bell: &mut Bell, second: i64, heard: &[Severity]| {
            for severity in heard {
                bell.many += 1;
                if bell.held.as_ref().is_none_or(|(worst, _)| worst < severity) {
                    bell.held = Some((*severity, severity.word().to_owned()));
                }
            }
            bell.strike(START + Millis::seconds(second))
        };
        assert_eq!(at(&mut bell, 0, &[]), None);
        assert_eq!(at(&mut bell, 0, &[High]).as_deref(), Some("high"));
        assert_eq!(at(&mut bell, 1, &[High, High]), None);
        assert_eq!(at(&mut bell, 2, &[Critical]).as_deref(), Some("critical · 2 more"));
        assert_eq!(at(&mut bell, 3, &[Critical]), None);
        assert_eq!(at(&mut bell, 12, &[]).as_deref(), Some("critical"));
        assert_eq!(at(&mut bell, 99, &[]), None);
    }
}
