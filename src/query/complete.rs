//! Completion: what may stand at the cursor of a filter. It offers, it never preselects.

use std::borrow::Cow;
use std::ops::Range;

use crate::event::field::{FIELDS, Kind, TOP_LEVEL};
use crate::query::ast::Name;
use crate::query::fold::{self, Needle};
use crate::query::literal;
use crate::query::preset::Presets;
use crate::query::service;
use crate::query::token::{self, Head, Lexeme, Token};

/// What may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The bytes that a candidate replaces.
    pub span: Range<usize>,
    /// What was typed of it, without quotes and signs.
    pub typed: String,
    /// What belongs there.
    pub wants: Wants,
    /// Whether a `=` stands before what was typed: a value is then inserted with its own.
    pub is_exact: bool,
    /// Candidates that need no data: keys, presets, words of a set. Best first.
    pub candidates: Vec<Candidate>,
}

/// What belongs at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wants {
    /// The name of a key, or a word.
    Key,
    /// A preset.
    Preset,
    /// The next name of a path under these names: the caller knows the records, see
    /// [`crate::query::path::names_under`] and [`Completion::rank`].
    Name(Vec<String>),
    /// A value of this name: the caller knows which there are, see [`Completion::rank`].
    Value(Name),
    /// Nothing that could be offered: within a regular expression or an unknown key.
    Nothing,
}

/// One thing that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What replaces the span, quoted where it must be.
    pub text: String,
    /// What it is: the doc of a key, the filter of a preset, the value itself.
    pub doc: String,
    /// How many rows have it, where the caller said so.
    pub count: Option<u64>,
}

impl Candidate {
    fn new(text: impl Into<String>, doc: impl Into<String>) -> Self {
        Self { text: text.into(), doc: doc.into(), count: None }
    }
}

/// What may stand at `cursor`, a place in bytes; one inside a character counts as before it.
pub fn complete(text: &str, cursor: usize, presets: &Presets) -> Completion {
    let cursor = floor(text, cursor);
    // What stands behind the cursor is replaced with the token, but says nothing about it.
    let (before, _) = token::tokens(&text[..cursor]);
    let (whole, _) = token::tokens(text);
    let last = before.last().filter(|token| token.span.end == cursor);
    let Some(last) = last else { return keys(cursor..cursor, "") };
    let typed = &text[last.span.clone()];
    match &last.lexeme {
        Lexeme::Word(word) => keys(last.span.start..key_end(&whole, last, text), word),
        Lexeme::And | Lexeme::Or | Lexeme::Not => keys(last.span.start..cursor, typed),
        Lexeme::Preset(name) => {
            presets_like(last.span.start..end_of(&whole, last.span.start, cursor), name, presets)
        }
        Lexeme::Open | Lexeme::Minus => keys(cursor..cursor, ""),
        // A minus that nothing follows yet.
        Lexeme::Broken if typed == "-" => keys(cursor..cursor, ""),
        Lexeme::Item(_) | Lexeme::Comma | Lexeme::Head(_) | Lexeme::Broken => {
            value(&before, &whole, text, cursor)
        }
        Lexeme::Close | Lexeme::Phrase(_) => nothing(cursor),
    }
}

impl Completion {
    /// Puts the values that there are, each with its count, in the order of their use here: those
    /// that begin with what was typed, those that hold it, those that have its letters; within
    /// these by count, most first. At most `most`.
    pub fn rank<'v>(
        &self,
        values: impl IntoIterator<Item = (&'v str, u64)>,
        most: usize,
    ) -> Vec<Candidate> {
        let needle = Needle::of(&self.typed);
        let mut ranked: Vec<(u8, std::cmp::Reverse<u64>, &str)> = values
            .into_iter()
            .filter(|(value, _)| !value.is_empty())
            .filter_map(|(value, count)| {
                let rank = match needle.find(value.as_bytes()) {
                    Some(0) => 0,
                    Some(_) => 1,
                    None if fold::has_letters(value, &self.typed) => 2,
                    None => return None,
                };
                Some((rank, std::cmp::Reverse(count), value))
            })
            .collect();
        ranked.sort_unstable();
        let ranked = ranked.into_iter().take(most);
        ranked
            .map(|(_, count, value)| Candidate {
                text: if matches!(self.wants, Wants::Name(_)) {
                    literal::name(value).into_owned()
                } else if self.is_exact {
                    literal::quote(value)
                } else {
                    literal::item(value).into_owned()
                },
                doc: value.to_owned(),
                count: Some(count.0),
            })
            .collect()
    }
}

fn floor(text: &str, cursor: usize) -> usize {
    let mut at = cursor.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn nothing(cursor: usize) -> Completion {
    let typed = String::new();
    Completion {
        span: cursor..cursor,
        typed,
        wants: Wants::Nothing,
        is_exact: false,
        candidates: vec![],
    }
}

/// The end of the token of the whole text that begins at `start`; never before the cursor.
fn end_of(whole: &[Token], start: usize, cursor: usize) -> usize {
    let token = whole.iter().find(|token| token.span.start == start);
    token.map_or(cursor, |token| token.span.end.max(cursor))
}

/// A word that is being typed in front of `:value` is replaced up to and with the colon.
fn key_end(whole: &[Token], word: &Token, text: &str) -> usize {
    let end = end_of(whole, word.span.start, word.span.end);
    text.get(word.span.end..end).map_or(word.span.end, |_| end)
}

fn keys(span: Range<usize>, typed: &str) -> Completion {
    let starts =
        |name: &str| name.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
    if let Some(completion) = next_name(&span, typed) {
        return completion;
    }
    let fields = FIELDS.iter().filter(|row| starts(row.name));
    let mut candidates: Vec<Candidate> =
        fields.map(|row| Candidate::new(format!("{}:", row.name), row.doc)).collect();
    if !typed.is_empty() {
        let names = TOP_LEVEL.iter().filter(|name| starts(name));
        candidates
            .extend(names.map(|name| Candidate::new(format!("{name}:"), "a name of the record")));
        let services = service::services().filter(|(prefix, _)| starts(prefix));
        candidates.extend(services.map(|(prefix, source)| {
            Candidate::new(format!("{prefix}:"), format!("events of {source}.amazonaws.com"))
        }));
    }
    Completion { span, typed: typed.to_owned(), wants: Wants::Key, is_exact: false, candidates }
}

/// A path that is being typed: its last name is completed. Quoted names are not helped with.
fn next_name(span: &Range<usize>, typed: &str) -> Option<Completion> {
    let at = typed.rfind('.')?;
    let before = typed[..at].strip_prefix('.').unwrap_or(&typed[..at]);
    let under: Vec<String> =
        before.split('.').filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect();
    if typed.contains('"') || (!typed.starts_with('.') && !literal::is_name(under.first()?)) {
        return None;
    }
    let span = span.start + at + 1..span.end;
    let typed = typed[at + 1..].to_owned();
    Some(Completion { span, typed, wants: Wants::Name(under), is_exact: false, candidates: vec![] })
}

fn presets_like(span: Range<usize>, typed: &str, presets: &Presets) -> Completion {
    let needle = Needle::of(typed);
    let mut found: Vec<_> = presets
        .iter()
        .filter_map(|preset| needle.find(preset.name.as_bytes()).map(|at| (at.min(1), preset)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    let candidates = found
        .into_iter()
        .map(|(_, preset)| Candidate::new(format!("@{}", preset.name), preset.doc.clone()))
        .collect();
    Completion { span, typed: typed.to_owned(), wants: Wants::Preset, is_exact: false, candidates }
}

/// The value at the cursor: it belongs to the last head before it.
fn value(before: &[Token], whole: &[Token], text: &str, cursor: usize) -> Completion {
    let head = before.iter().rposition(|token| matches!(token.lexeme, Lexeme::Head(_)));
    let Some(at) = head else { return nothing(cursor) };
    let is_value =
        |token: &Token| matches!(token.lexeme, Lexeme::Item(_) | Lexeme::Comma | Lexeme::Broken);
    if !before[at + 1..].iter().all(is_value) {
        return nothing(cursor);
    }
    let name = match &before[at].lexeme {
        Lexeme::Head(Head::Name(name)) => Some(name.clone()),
        Lexeme::Head(Head::Service(_)) => token::head("event").and_then(|head| match head {
            Head::Name(name) => Some(name),
            Head::Service(_) | Head::Unknown(_) => None,
        }),
        _ => None,
    };
    let Some(name) = name else { return nothing(cursor) };
    let start = match before.last() {
        Some(token) if matches!(token.lexeme, Lexeme::Item(_) | Lexeme::Broken) => token.span.start,
        _ => cursor,
    };
    let typed = &text[start..cursor];
    if typed.starts_with(['/', '~', '<', '>']) {
        return nothing(cursor);
    }
    // The whole item goes, unless its quote is closed only by one that belongs to another.
    let is_whole = |token: &&Token| {
        token.span.start == start && (!typed.contains('"') || token.lexeme != Lexeme::Broken)
    };
    let end = whole.iter().find(is_whole).map_or(cursor, |token| token.span.end.max(cursor));
    let is_exact = typed.starts_with('=');
    let typed = bare(typed);
    let candidates = words(&name, &typed);
    Completion {
        span: start..end,
        typed: typed.into_owned(),
        wants: Wants::Value(name),
        is_exact,
        candidates,
    }
}

/// What was typed of a value, without its sign and quotes.
fn bare(typed: &str) -> Cow<'_, str> {
    let text = typed.strip_prefix('=').unwrap_or(typed);
    match text.strip_prefix('"') {
        Some(inner) => Cow::Owned(inner.strip_suffix('"').unwrap_or(inner).replace("\"\"", "\"")),
        None => Cow::Borrowed(text.trim_end_matches('*')),
    }
}

/// The words of a set, or examples of what has no list of values.
fn words(name: &Name, typed: &str) -> Vec<Candidate> {
    let Name::Key(key) = name else { return vec![] };
    let examples: &[(&str, &str)] = match key.row().kind {
        Kind::Time => {
            &[("00:00..12:00", "a range of today, UTC"), (">12:00", "after noon of today, UTC")]
        }
        Kind::Duration => &[("<15m", "less than 15 minutes"), (">1h", "more than an hour")],
        Kind::Word | Kind::Text | Kind::Ip | Kind::Ordered(_) | Kind::Set(_) | Kind::YesNo => &[],
    };
    let starts = |word: &&&str| {
        word.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
    };
    let known = key.words().iter().filter(starts).map(|word| Candidate::new(*word, key.row().doc));
    let shown = examples.iter().filter(|(text, _)| text.starts_with(typed));
    known.chain(shown.map(|(text, doc)| Candidate::new(*text, *doc))).collect()
}

#[cfg(test)]
#[path = "complete_tests.rs"]
mod tests;
