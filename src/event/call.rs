//! THE table of the calls that matter most in an incident (`assets/calls.tsv`): what they do, why
//! that matters, what undoes them, and where to look next. A generic text for all others.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::event::name;
use crate::event::verb::{Glyph, glyph};

/// What is known of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The service: `cloudtrail`.
    pub service: &'static str,
    /// The events that undo it; empty where nothing does.
    pub undo: &'static str,
    /// The technique of ATT&CK: its id and name; `None` where none fits.
    pub technique: Option<(&'static str, &'static str)>,
    /// What it did, as a template of [`crate::event::means`].
    pub means: &'static str,
    /// What it does.
    pub what: &'static str,
    /// Why that matters in an incident.
    pub why: &'static str,
    /// What to look at next, as a template.
    pub next: &'static str,
}

impl Call {
    /// Whether an event undoes this call.
    pub fn is_undone_by(&self, event: &str) -> bool {
        let event = name::plain(event);
        !event.is_empty() && self.undo.split(' ').any(|undo| undo == event)
    }
}

static CALLS: LazyLock<HashMap<(&'static str, &'static str), Call>> = LazyLock::new(|| {
    let mut calls = HashMap::new();
    for line in rows(include_str!("../../assets/calls.tsv")) {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        let (service, events) = (next(), next());
        let undo = Some(next()).filter(|undo| *undo != "-").unwrap_or_default();
        let technique = TECHNIQUES.get_key_value(next()).map(|(id, name)| (*id, *name));
        let (means, what, why, next) = (next(), next(), next(), next());
        let call = Call { service, undo, technique, means, what, why, next };
        calls.extend(events.split(' ').map(|event| ((service, event), call)));
    }
    calls
});

static TECHNIQUES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    rows(include_str!("../../assets/attack.tsv")).filter_map(|line| line.split_once('\t')).collect()
});

fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

/// What is known of a call; `source` is an eventSource or its short form, and a date at the end of
/// the event name does not matter.
pub fn call(source: &str, event: &str) -> Option<Call> {
    let calls: &HashMap<(&str, &str), Call> = &CALLS;
    calls.get(&(name::service(source), name::plain(event))).copied()
}

/// Every call of the table: service, event, what is known of it.
pub fn calls() -> impl Iterator<Item = (&'static str, &'static str, &'static Call)> {
    CALLS.iter().map(|((service, event), call)| (*service, *event, call))
}

/// What the name of a call alone says of it; `verb` is the letter of its verb.
pub fn by_name(source: &str, event: &str, verb: &str) -> String {
    if event.is_empty() {
        return "A call without a name: the record has no eventName.".to_owned();
    }
    let words: Vec<String> = name::words(name::plain(event)).map(str::to_lowercase).collect();
    let does = match glyph(event, verb) {
        Glyph::Read => "only reads",
        Glyph::Make => "makes, starts or joins something",
        Glyph::Change => "changes something",
        Glyph::Remove => "removes, stops or parts something",
    };
    let says = words.join(" ");
    format!("A call of {}: by its name (\"{says}\") it {does}.", name::service(source))
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
