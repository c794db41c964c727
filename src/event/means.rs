//! What a call did or tried to do, in one sentence with the event's own values: templates of
//! `assets/calls.tsv`, filled from the record. It says no more than the record does: what failed
//! was tried, what is not in the record reads `?`.

use std::borrow::Cow;

use crate::event::call::call;
use crate::event::json::{self, Json, Shape};
use crate::event::outcome::{Outcome, outcome};
use crate::event::record::Record;
use crate::event::{access, path, policy, target};

/// Letters of one value that are shown.
const VALUE: usize = 120;

/// What stands for a value that is not in the record.
const ABSENT: &str = "?";

/// Verbs whose past is not made with `ed`, and those that double or drop a letter.
const PAST: &[(&str, &str)] = &[
    ("be", "was"),
    ("bring", "brought"),
    ("copy", "copied"),
    ("forbid", "forbade"),
    ("get", "got"),
    ("give", "gave"),
    ("keep", "kept"),
    ("lead", "led"),
    ("let", "let"),
    ("make", "made"),
    ("put", "put"),
    ("read", "read"),
    ("run", "ran"),
    ("set", "set"),
    ("stop", "stopped"),
    ("take", "took"),
    ("write", "wrote"),
];

/// What the call of a record did or tried to do, in a sentence of one line; `None` for a call that
/// `assets/calls.tsv` does not know. Values are cut to 120 letters; what they hold is not cleaned.
pub fn means(record: &Record<'_>) -> Option<String> {
    let known = call(&record.event_source(), &record.event_name())?;
    let done = outcome(record) == Outcome::Ok;
    let (main, after) = halves(known.means);
    let (verb, rest) = main.split_once(' ').unwrap_or((main, ""));
    let said = Values::of(record);
    let rest = said.fill(rest, Missing::Marked).unwrap_or_default();
    if !done {
        return Some(format!("tried to {verb} {rest}"));
    }
    let after = after.and_then(|after| said.fill(after, Missing::Fatal));
    let after = after.map(|after| format!("; {}", after.trim_start())).unwrap_or_default();
    Some(format!("{} {rest}{after}", past(verb)))
}

/// A template of the table with the values of a record.
pub fn filled(template: &str, record: &Record<'_>) -> String {
    Values::of(record).fill(template, Missing::Marked).unwrap_or_default()
}

/// What was done or tried, and what is said of a success alone: parted by the first `;`.
fn halves(template: &str) -> (&str, Option<&str>) {
    template.split_once(';').map_or((template, None), |(main, after)| (main, Some(after)))
}

/// `stopped` for `stop`.
pub(crate) fn past(verb: &str) -> String {
    match PAST.iter().find(|(now, _)| *now == verb) {
        Some((_, then)) => (*then).to_owned(),
        None if verb.ends_with('e') => format!("{verb}d"),
        None => format!("{verb}ed"),
    }
}

/// What becomes of a template with a value that the record does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// A sign stands for it.
    Marked,
    /// There is no text.
    Fatal,
}

/// Where values come from.
struct Values<'r, 'a> {
    record: &'r Record<'a>,
    request: Option<Json<'a>>,
}

impl<'r, 'a> Values<'r, 'a> {
    fn of(record: &'r Record<'a>) -> Self {
        let request = record.request().filter(|request| request.shape() == Shape::Object);
        Self { record, request: request.map(path::opened) }
    }

    fn fill(&self, template: &str, missing: Missing) -> Option<String> {
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '[']) {
            out.push_str(&rest[..at]);
            let closer = if rest[at..].starts_with('{') { '}' } else { ']' };
            let Some(end) = rest[at..].find(closer).map(|end| at + end) else { break };
            let inside = &rest[at + 1..end];
            match (closer, inside.strip_prefix('?')) {
                ('}', _) => match self.value(inside) {
                    Some(value) => out.push_str(&value),
                    None if missing == Missing::Fatal => return None,
                    None => out.push_str(ABSENT),
                },
                (_, Some(condition)) => out.push_str(&self.said_if(condition).unwrap_or_default()),
                (_, None) => {
                    out.push_str(&self.fill(inside, Missing::Fatal).unwrap_or_default());
                }
            }
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Some(out)
    }

    /// `path=value: text`: the text where the value is so.
    fn said_if(&self, condition: &str) -> Option<String> {
        let (test, said) = condition.split_once(':')?;
        let (place, wanted) = test.split_once('=')?;
        let value = self.place(place)?;
        let said = said.trim();
        let blank = if said.starts_with(',') { "" } else { " " };
        value.eq_ignore_ascii_case(wanted).then(|| format!("{blank}{said}"))
    }

    /// The first of the alternatives that the record has, as it can stand in a sentence.
    fn value(&self, alternatives: &str) -> Option<String> {
        if let Some(reader) = alternatives.strip_prefix('%') {
            return self.read(reader);
        }
        alternatives.split('/').find_map(|place| self.place(place)).map(|value| plain(&value))
    }

    fn place(&self, place: &str) -> Option<Cow<'a, str>> {
        let found = match place.split_at_checked(1)? {
            (">", path) => path::at(path::opened(self.record.response()?), path),
            ("&", path) => path::at(self.record.additional()?, path),
            _ if place == "target" => Some(target::target(self.record))
                .filter(|target| ![target::NONE, target::UNKNOWN].contains(&&**target)),
            _ => path::at(self.request?, place),
        };
        found.filter(|value| !value.trim().is_empty())
    }

    /// What has to be read as a whole.
    fn read(&self, reader: &str) -> Option<String> {
        let (name, argument) = reader.split_once(' ').unwrap_or((reader, ""));
        let request = self.request?;
        match name {
            "policy" => policy::in_words(member(request, argument)?),
            "rules" => access::rules(request, argument),
            "share" => access::shares(member(request, argument)?),
            "block" => access::blocks(member(request, argument)?),
            "grants" => access::grants(request),
            "selectors" => access::selectors(request),
            "attribute" => access::attributes(request),
            "launch" => access::launch(request),
            "filters" => path::filter(request, false).map(|filter| plain(&filter)),
            _ => None,
        }
    }
}

/// A member by its name in any case; of several the last one.
fn member<'a>(object: Json<'a>, name: &str) -> Option<Json<'a>> {
    let named = object.entries().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    named.last().map(|(_, value)| value).filter(|value| !value.is_absent())
}

/// A value as it can stand in a sentence: cut, and in quotes where it could be read as more than
/// one word.
pub(crate) fn plain(value: &str) -> String {
    let cut = &value[..value.floor_char_boundary(VALUE)];
    let mark = if cut.len() < value.len() { "…" } else { "" };
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "\"';[]{}".contains(c);
    match cut.contains(is_odd) {
        true => format!("{}{mark}", json::encode(cut)),
        false => format!("{cut}{mark}"),
    }
}

#[cfg(test)]
#[path = "means_tests.rs"]
mod tests;
