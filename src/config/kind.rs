//! What a value may be, and whether a text is one: each check says what would be right.

use std::path::Path;

use jiff::tz::TimeZone;

use crate::cli;
use crate::command::action::ACTIONS;
use crate::command::keymap;
use crate::event::name::is_account;
use crate::event::time::{Timestamp, instant};
use crate::export::column;
use crate::pane::columns::Table;
use crate::query::literal;
use crate::query::parse::nearest;
use crate::source::spec::Spec;
use crate::store::hits::Severity;

/// Says what is wrong with a text and what would be right.
pub type Check = fn(&str) -> Result<(), String>;

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A text; an empty one says nothing.
    Text(Check),
    /// Several texts; one alone need not stand in brackets.
    Words(Check),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// 0, which says nothing, or a whole number from this on.
    Number(u32),
    /// A filter. It is read when the presets are known.
    Filter,
    /// A theme; an empty text says nothing. It is looked up when those of the user are known.
    Theme,
}

impl Kind {
    /// What would be right, in words.
    pub fn wants(self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Text(_) | Self::Theme => "a text in quotes".to_owned(),
            Self::Words(_) => "texts in brackets".to_owned(),
            Self::OneOf(words) => format!("one of \"{}\"", words.join("\", \"")),
            Self::Number(least) => format!("a whole number, 0 or from {least} on"),
            Self::Filter => "a filter in quotes".to_owned(),
        }
    }
}

/// What a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A text.
    Text(String),
    /// Several texts.
    Words(Vec<String>),
    /// A whole number.
    Number(u32),
}

impl Value {
    /// The same as TOML.
    pub fn toml(&self) -> String {
        match self {
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => toml::Value::from(text.as_str()).to_string(),
            Self::Words(words) => {
                let words = words.iter().map(|word| toml::Value::from(word.as_str()).to_string());
                format!("[{}]", words.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// Reads a value as a variable of the environment has it: lists with blanks between the words.
pub fn read_plain(kind: Kind, text: &str) -> Result<Value, String> {
    let text = text.trim();
    match kind {
        Kind::Flag => match text {
            "1" | "true" | "yes" | "on" => Ok(Value::Flag(true)),
            "0" | "false" | "no" | "off" => Ok(Value::Flag(false)),
            _ => Err("true or false is wanted".to_owned()),
        },
        Kind::Text(_) | Kind::OneOf(_) | Kind::Filter | Kind::Theme => {
            check(kind, text).map(|()| Value::Text(text.to_owned()))
        }
        Kind::Words(_) => {
            let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            words.iter().try_for_each(|word| check(kind, word))?;
            Ok(Value::Words(words))
        }
        Kind::Number(_) => {
            let number = text.parse().map_err(|_| format!("{} is wanted", kind.wants()))?;
            number_of(kind, number)
        }
    }
}

/// Whether a text may be a value of this kind, or one of its words.
pub fn check(kind: Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Text(_) if text.is_empty() => Ok(()),
        Kind::Text(check) | Kind::Words(check) => check(text),
        Kind::OneOf(words) if !words.contains(&text) => {
            Err(format!("{text:?} is none of {}{}", words.join(", "), perhaps(text, words)))
        }
        Kind::Flag | Kind::OneOf(_) | Kind::Number(_) | Kind::Filter | Kind::Theme => Ok(()),
    }
}

/// A number of this kind.
pub fn number_of(kind: Kind, number: i64) -> Result<Value, String> {
    let least = if let Kind::Number(least) = kind { least } else { 0 };
    let wrong = || {
        format!(
            "{number} is too {}: {} is wanted",
            if number < i64::from(least) { "small" } else { "large" },
            kind.wants()
        )
    };
    let number = u32::try_from(number).map_err(|_| wrong())?;
    if number == 0 || number >= least { Ok(Value::Number(number)) } else { Err(wrong()) }
}

/// What was perhaps meant, as the end of a sentence.
pub fn perhaps(text: &str, names: &[&str]) -> String {
    nearest(text, names.iter().copied())
        .first()
        .map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

/// Any text.
pub fn any(_: &str) -> Result<(), String> {
    Ok(())
}

/// A number of bytes.
pub fn size(text: &str) -> Result<(), String> {
    cli::size(text).map(|_| ())
}

/// A time, or so long ago.
pub fn time(text: &str) -> Result<(), String> {
    let wrong = || {
        format!(
            "{text:?} is no time: write 2023-07-10T12:00:00Z, 2023-07-10, or 15m, 2h, 7d for so long ago"
        )
    };
    instant(text, Timestamp(0)).map(|_| ()).ok_or_else(wrong)
}

/// UTC, the zone of this machine, or one by its name.
pub fn zone(text: &str) -> Result<(), String> {
    if matches!(text, "UTC" | "local") || TimeZone::get(text).is_ok() {
        return Ok(());
    }
    Err(format!(
        "{text:?} is no time zone this machine knows: write \"UTC\", \"local\", or a name as \"Europe/Berlin\""
    ))
}

/// A severity.
pub fn level(text: &str) -> Result<(), String> {
    let words = Severity::ALL.map(|(_, word)| word);
    let wrong = || {
        format!(
            "{text:?} is no severity: it is one of {}{}",
            words.join(", "),
            perhaps(text, &words)
        )
    };
    Severity::of(text).map(|_| ()).ok_or_else(wrong)
}

/// A source.
pub fn source(text: &str) -> Result<(), String> {
    match Spec::parse(text) {
        _ if text.starts_with('@') => {
            Err("a context is no source: it has sources of its own".to_owned())
        }
        Err(error) => Err(error.to_string()),
        Ok(_) => Ok(()),
    }
}

/// A key or path that can be a column.
pub fn is_columns(text: &str) -> Result<(), String> {
    column::parse(text).map(|_| ()).map_err(|error| error.to_string())
}

/// A column of the stream, with its width or without.
pub fn is_stream(text: &str) -> Result<(), String> {
    Table::Stream.read(text).map(drop)
}

/// The same of top.
pub fn is_top(text: &str) -> Result<(), String> {
    Table::Top.read(text).map(drop)
}

/// The same of the denied lens.
pub fn is_denied(text: &str) -> Result<(), String> {
    Table::Denied.read(text).map(drop)
}

/// The same of the sessions.
pub fn is_sessions(text: &str) -> Result<(), String> {
    Table::Sessions.read(text).map(drop)
}

/// Frames a second.
pub fn fps(text: &str) -> Result<(), String> {
    match text.parse::<u16>() {
        Ok(1..=60) => Ok(()),
        _ if text == "auto" => Ok(()),
        _ => Err(format!("{text:?} is no number of frames: write \"auto\", or \"1\" to \"60\"")),
    }
}

/// The number of an account.
pub fn account(text: &str) -> Result<(), String> {
    match is_account(text) {
        true => Ok(()),
        false => Err(format!("{text:?} is no account: it has twelve digits")),
    }
}

/// The name of a filter.
pub fn name(text: &str) -> Result<(), String> {
    match literal::is_name(text) {
        true => Ok(()),
        false => {
            Err(format!("{text:?} is no name: it is letters, digits, `-` and `_`, a letter first"))
        }
    }
}

/// The name of an action.
pub fn is_action(text: &str) -> Result<(), String> {
    let names: Vec<&str> = ACTIONS.iter().map(|row| row.name).collect();
    match names.contains(&text) {
        true => Ok(()),
        false => Err(format!("there is no action {text:?}{}", perhaps(text, &names))),
    }
}

/// A key, or several that are pressed one after the other.
pub fn chord_of(text: &str) -> Result<(), String> {
    keymap::read(text).map(|_| ())
}

/// A path as a person writes it: `~/` is the home folder.
pub fn at_home(path: &str, home: Option<&Path>) -> String {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
        _ => path.to_owned(),
    }
}
