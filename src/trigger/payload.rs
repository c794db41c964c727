//! What a program reads on its standard input, and what a webhook is posted: the alert, its rule and
//! its newest event as one line of JSON. Secrets that the event carries are hidden.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::detect::alert::Alert;
use crate::detect::rule::Card;
use crate::event::json::Json;
use crate::event::secret;
use crate::export::minify::minify;
use crate::export::safe;

/// An event that is larger is left out: no record of CloudTrail is.
pub const MAX_EVENT: usize = 8 << 20;
/// The longest line about an alert, in characters.
const MAX_WORDS: usize = 300;

/// What all of it is.
#[derive(Debug, Serialize)]
struct Payload<'a> {
    /// The alert in a line; what chats show.
    text: &'a str,
    trigger: &'a str,
    /// The same for every try of one firing.
    id: &'a str,
    /// Whether somebody only wanted to see that it works.
    test: bool,
    /// Whether it is of the demo.
    simulated: bool,
    /// Whether it was received as it happened.
    live: bool,
    alert: About<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_omitted_bytes: Option<usize>,
    event: Option<Box<RawValue>>,
}

#[derive(Debug, Serialize)]
struct About<'a> {
    number: u64,
    severity: &'static str,
    ending: &'static str,
    events: u64,
    first: String,
    last: String,
    account: &'a str,
    region: &'a str,
    actor: &'a str,
    event_name: &'a str,
    target: &'a str,
    event_id: &'a str,
}

#[derive(Debug, Serialize)]
struct Rule<'a> {
    id: &'a str,
    title: &'a str,
    author: &'a str,
    licence: &'a str,
    origin: &'static str,
    techniques: &'a [String],
    why: &'a str,
    look: &'a str,
    false_positives: &'a str,
}

/// The event that an alert fires for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Event<'a> {
    /// Where.
    pub account: &'a str,
    /// Where.
    pub region: &'a str,
    /// What.
    pub name: &'a str,
    /// On what.
    pub target: &'a str,
    /// Its eventID.
    pub id: &'a str,
    /// All of it as it came.
    pub raw: &'a [u8],
}

/// What there is to tell.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The name of the trigger.
    pub trigger: &'a str,
    /// The same for every try of one firing.
    pub id: &'a str,
    /// The alert in a line.
    pub words: &'a str,
    /// The alert.
    pub alert: &'a Alert,
    /// The filter that was met, where no rule was.
    pub filter: Option<&'a str>,
    /// Its event.
    pub event: Event<'a>,
    /// Whether somebody only wanted to see that it works.
    pub test: bool,
    /// Whether it is of the demo.
    pub simulated: bool,
    /// Whether it was received as it happened.
    pub live: bool,
}

/// The alert in a line: `HIGH Trail stopped or deleted · alice · StopLogging trail · SUCCEEDED`;
/// where a filter was met, that in the place of severity and rule.
pub fn words(alert: &Alert, filter: Option<&str>, event: Event<'_>) -> String {
    let severity = alert.severity.word().to_uppercase();
    let rule = format!("{severity} {}", alert.card.named.title);
    let done = format!("{} {}", event.name, event.target);
    let many = if alert.count > 1 { format!("{} events", alert.count) } else { String::new() };
    let what = filter.unwrap_or(&rule);
    let parts = [what, &*alert.actor, done.trim(), &*many, alert.ending.words()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let line = safe::shown(&parts.join(" · ")).into_owned();
    match line.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// All of it as one line of JSON.
pub fn payload(told: &Told<'_>) -> Vec<u8> {
    let (alert, event) = (told.alert, told.event);
    let about = About {
        number: alert.number,
        severity: alert.severity.word(),
        ending: alert.ending.words(),
        events: alert.count,
        first: alert.first.to_string(),
        last: alert.last.to_string(),
        account: event.account,
        region: event.region,
        actor: &alert.actor,
        event_name: event.name,
        target: event.target,
        event_id: event.id,
    };
    let omitted = Some(event.raw.len()).filter(|bytes| *bytes > MAX_EVENT);
    let payload = Payload {
        text: told.words,
        trigger: told.trigger,
        id: told.id,
        test: told.test,
        simulated: told.simulated,
        live: told.live,
        alert: about,
        rule: told.filter.is_none().then(|| rule(&alert.card)),
        filter: told.filter,
        event_omitted_bytes: omitted,
        event: Some(event.raw).filter(|_| omitted.is_none()).and_then(record),
    };
    let mut line = serde_json::to_vec(&payload).unwrap_or_else(|_| b"{}".to_vec());
    line.push(b'\n');
    line
}

fn rule(card: &Card) -> Rule<'_> {
    Rule {
        id: &card.named.id,
        title: &card.named.title,
        author: &card.author,
        licence: &card.licence,
        origin: card.origin.word(),
        techniques: &card.techniques,
        why: &card.why,
        look: &card.look,
        false_positives: &card.false_positives,
    }
}

/// The event on one line, secrets hidden. What is no JSON after all becomes a string of it.
fn record(raw: &[u8]) -> Option<Box<RawValue>> {
    let mut line = vec![];
    minify(raw, &mut line);
    let line = String::from_utf8_lossy(&line);
    let masked = secret::masked(Json::of(&line)).into_owned();
    let checked = RawValue::from_string(masked);
    checked.or_else(|_| serde_json::value::to_raw_value(&*line)).ok()
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
