//! From a file that was read to what the modules take: presets, names of accounts, keys, and how
//! the dashboard starts.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::tz::TimeZone;

use crate::command::action::{ACTIONS, Action};
use crate::command::keymap::{self, KEPT, Keymap, Keys, QUIT};
use crate::config::fault::{Fault, Text};
use crate::config::file::{File, Part, Said};
use crate::config::kind::{Kind, Value};
use crate::config::layers::Layers;
use crate::config::themes;
use crate::pane::columns::Table;
use crate::query::preset::Presets;
use crate::query::{library, parse};
use crate::trigger::definition::{self, Names, Options, Wrong};
use crate::ui::Themes;

/// What the file says beside the settings: it is the same in every context.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// The presets, ours and the user's own.
    pub presets: Presets,
    /// Names of accounts.
    pub accounts: Vec<(String, String)>,
    /// Which keys say what.
    pub keymap: Keymap,
    /// What fires for alerts, as it is written.
    pub triggers: Vec<Options>,
    /// What deserves a word and is no fault.
    pub warnings: Vec<Fault>,
}

/// Reads filters, accounts and keys; `known` are the themes there are. The faults are those that need more than one line to be seen.
pub fn settle(file: &File, known: &Themes) -> (Shelf, Vec<Fault>) {
    let mut faults = vec![];
    let presets = presets(file, &mut faults);
    for part in &file.parts {
        for setting in part.section.settings() {
            match (setting.kind, part.said.get(setting.key)) {
                (Kind::Filter, Some(said)) => is_filter(&file.text, said, &presets, &mut faults),
                (Kind::Theme, Some(said)) => {
                    let wrong = plain(said).and_then(|name| themes::is_known(name, known).err());
                    faults.extend(wrong.map(|why| Fault::new(said.span.clone(), why)));
                }
                _ => {}
            }
        }
    }
    let tables = || Table::ALL.into_iter();
    let chosen = file
        .parts("columns")
        .flat_map(|part| tables().filter_map(|(table, view)| Some((table, part.said.get(view)?))));
    for (table, said) in chosen {
        if let Value::Words(words) = &said.value {
            let wrong = table.read(&words.join(" ")).err();
            faults.extend(wrong.map(|why| Fault::new(said.span.clone(), why)));
        }
    }
    let accounts = file.parts("accounts").flat_map(|part| part.in_order());
    let accounts = accounts.filter_map(|(id, said)| Some((id.to_owned(), plain(said)?.to_owned())));
    let accounts: Vec<(String, String)> = accounts.collect();
    let names = Names { presets: &presets, accounts: &accounts };
    let triggers = triggers(file, names, &mut faults);
    let (keymap, warnings) = keys(file, &mut faults);
    faults.sort_by_key(|fault| fault.span.start);
    (Shelf { presets, accounts, keymap, triggers, warnings }, faults)
}

/// What fires for alerts.
fn triggers(file: &File, names: Names<'_>, faults: &mut Vec<Fault>) -> Vec<Options> {
    let parts: Vec<&Part> = file.parts("trigger").collect();
    let triggers: Vec<Options> = parts.iter().map(|part| trigger(part)).collect();
    for (at, part) in parts.iter().enumerate() {
        let Err(Wrong { key, why }) = definition::check((at, &triggers), names) else { continue };
        let span = part.said.get(key).map_or(&part.span, |said| &said.span);
        // What is wrong with a filter in itself has been told.
        let is_told = |fault: &Fault| fault.span.start >= span.start && fault.span.end <= span.end;
        if !faults.iter().any(is_told) {
            faults.push(Fault::new(span.clone(), why));
        }
    }
    triggers
}

fn trigger(part: &Part) -> Options {
    let text = |key| part.text(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let words = |key| part.words(key).map(<[String]>::to_vec).unwrap_or_default();
    Options {
        name: text("name").unwrap_or_default(),
        rules: words("rules"),
        min_severity: text("min-severity"),
        filter: text("filter"),
        every: text("every"),
        rate: text("rate"),
        run: words("run"),
        post: text("post"),
        headers: words("headers"),
        timeout: text("timeout"),
        at_once: part.number("at-once"),
        retries: part.number("retries"),
    }
}

fn plain(said: &Said) -> Option<&str> {
    match &said.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// Ours and the user's own. Those of the user may name each other in any order, but not in a circle.
fn presets(file: &File, faults: &mut Vec<Fault>) -> Presets {
    let mut presets = library::builtin();
    let mut waiting: Vec<(&str, &Said)> =
        file.parts("filters").flat_map(|part| part.in_order()).collect();
    loop {
        let before = waiting.len();
        let mut wrong = vec![];
        waiting.retain(|(name, said)| {
            let filter = plain(said).unwrap_or_default();
            match library::add(&mut presets, name, filter, "yours") {
                Ok(()) => false,
                Err(why) => {
                    wrong.push((*said, why));
                    true
                }
            }
        });
        if waiting.len() < before && !waiting.is_empty() {
            continue;
        }
        for (said, why) in wrong {
            let filter = plain(said).unwrap_or_default();
            faults.extend(why.into_iter().map(|why| {
                let place = inside(&file.text.text, &said.span, &why.span);
                let named = filter.get(why.span.clone()).and_then(|text| text.strip_prefix('@'));
                let own = waiting.iter().find(|(name, _)| Some(*name) == named);
                let why = own.map_or_else(
                    || why.line(),
                    |(name, said)| {
                        let line = file.text.place(said.span.start).line;
                        format!("`@{name}` of line {line} is wrong itself, or names this one")
                    },
                );
                Fault::new(place, why)
            }));
        }
        return presets;
    }
}

fn is_filter(text: &Text, said: &Said, presets: &Presets, faults: &mut Vec<Fault>) {
    let Err(wrong) = parse::parse(plain(said).unwrap_or_default(), presets) else { return };
    faults.extend(wrong.into_iter().map(|wrong| {
        Fault::new(
            inside(&text.text, &said.span, &wrong.span),
            format!("the filter is wrong: {}", wrong.line()),
        )
    }));
}

/// Where a part of a TOML string stands in the file. What has escapes is walked character by
/// character; a string of several lines is marked as a whole.
pub fn inside(text: &str, string: &Range<usize>, part: &Range<usize>) -> Range<usize> {
    let Some(raw) = text.get(string.clone()) else { return string.clone() };
    if raw.starts_with("\"\"\"") || raw.starts_with("'''") || raw.len() < 2 {
        return string.clone();
    }
    let has_escapes = raw.starts_with('"');
    let body = &raw[1..raw.len() - 1];
    // The places in the file where each byte of the value begins, and where the value ends.
    let mut places = vec![];
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        let mut bytes = c.len_utf8();
        if c == '\\' && has_escapes {
            let digits = match chars.next() {
                Some((_, 'x')) => 2,
                Some((_, 'u')) => 4,
                Some((_, 'U')) => 8,
                _ => 0,
            };
            let code: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
            let decoded = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
            bytes = decoded.map_or(1, char::len_utf8);
        }
        places.extend(std::iter::repeat_n(string.start + 1 + at, bytes));
    }
    places.push(string.start + 1 + body.len());
    let last = places.len() - 1;
    places[part.start.min(last)]..places[part.end.min(last)]
}

/// The user's keys laid on the default ones.
fn keys(file: &File, faults: &mut Vec<Fault>) -> (Keymap, Vec<Fault>) {
    let mut own: BTreeMap<Action, Vec<Keys>> = BTreeMap::new();
    let mut places: Vec<(&str, Keys, Range<usize>)> = vec![];
    let mut warnings = vec![];
    for (name, said) in file.parts("keys").flat_map(|part| part.in_order()) {
        let Some(row) = ACTIONS.iter().find(|row| row.name == name) else { continue };
        let Value::Words(words) = &said.value else { continue };
        let mut all = vec![];
        for (word, span) in words.iter().zip(&said.words) {
            let Ok(keys) = keymap::read(word) else { continue };
            if keys.contains(&QUIT) && row.action != Action::Quit {
                let why = format!("{QUIT} always leaves: it is not to be bound to `{name}`");
                faults.push(Fault::new(span.clone(), why));
                continue;
            }
            let rival = places
                .iter()
                .find(|(_, other, _)| other.starts_with(&keys) || keys.starts_with(other));
            if let Some((action, other, there)) = rival {
                let line = file.text.place(there.start).line;
                faults.push(Fault::new(span.clone(), clash(&keys, (action, other, line))));
                continue;
            }
            for (chord, why) in KEPT.iter().filter(|(chord, _)| keys.contains(chord)) {
                let said = format!("{chord} may never arrive: it is {why}");
                warnings.push(Fault::new(span.clone(), said));
            }
            places.push((name, keys.clone(), span.clone()));
            all.push(keys);
        }
        own.insert(row.action, all);
    }
    for row in ACTIONS.iter().filter(|row| !own.contains_key(&row.action)) {
        for keys in keymap::defaults(row.keys) {
            let Some((_, rival)) = keymap::rival(&own, &keys) else { continue };
            let place = places.iter().find(|(_, keys, _)| keys == rival);
            let Some((action, _, span)) = place else { continue };
            let (keys, name) = (keymap::written(&keys), row.name);
            let said = format!("`{keys}` is not `{name}` any more, since it goes to `{action}`");
            warnings.push(Fault::new(span.clone(), said));
        }
    }
    warnings.sort_by_key(|warning| warning.span.start);
    (Keymap::with(&own), warnings)
}

fn clash(keys: &Keys, (action, other, line): (&str, &Keys, usize)) -> String {
    let (keys, others) = (keymap::written(keys), keymap::written(other));
    match keys == others {
        true => format!("`{keys}` is bound already: to `{action}` in line {line}"),
        false => format!(
            "`{keys}` and `{others}`, bound to `{action}` in line {line}, begin alike: one would \
             never be reached"
        ),
    }
}

/// How times are shown.
#[derive(Debug, Clone)]
pub struct Zone {
    /// The zone that is not UTC.
    pub local: TimeZone,
    /// Whether one starts in it.
    pub is_first: bool,
}

/// The zone that was chosen.
pub fn zone(layers: &Layers) -> Zone {
    match layers.text("zone").as_deref() {
        None | Some("UTC") => Zone { local: TimeZone::system(), is_first: false },
        Some("local") => Zone { local: TimeZone::system(), is_first: true },
        Some(name) => {
            let named = TimeZone::get(name).unwrap_or_else(|_| TimeZone::system());
            Zone { local: named, is_first: true }
        }
    }
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
