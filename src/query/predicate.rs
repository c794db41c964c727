//! One value of a filter, compiled: what a text has to be to match it.

use core::net::IpAddr;

use ipnet::IpNet;
use regex::{Regex, RegexBuilder};

use crate::event::field::{Column, Kind};
use crate::event::name;
use crate::event::time::Timestamp;
use crate::query::ast::{Item, Name, Order};
use crate::query::fold::{self, Glob, Needle};
use crate::query::literal;
use crate::query::number::Number;
use crate::query::span;

/// The most memory a compiled regular expression may take; far above any that is meant.
const REGEX_BYTES: usize = 1 << 20;
/// What the names of services end with in eventSource.
const AWS_SUFFIX: &str = ".amazonaws.com";

/// What is wrong with a value, and texts that could stand in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Why, as a sentence without a full stop.
    pub reason: String,
    /// Texts that could replace the value.
    pub suggestions: Vec<String>,
}

impl Fault {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), suggestions: vec![] }
    }
}

/// What a present text has to be.
#[derive(Debug, Clone)]
pub enum Test {
    /// This text in any case.
    Equal(Needle),
    /// A part of it in any case.
    Part(Needle),
    /// This very text; the needle is the same text in any case.
    Exact(Box<str>, Needle),
    /// Of this shape.
    Glob(Glob),
    /// A match somewhere in it.
    Regex(Regex),
    /// These letters in this order.
    Letters(Box<str>),
    /// This address, however it is spelled.
    Address(IpAddr),
    /// An address in this network.
    Network(IpNet),
    /// A number within bounds.
    Number(Bounds<Number>),
    /// An RFC 3339 time within bounds.
    Time(Bounds<Timestamp>),
    /// One of these words.
    Words(Box<[&'static str]>),
}

/// Bounds of a comparison; `None` is open, the flag says whether the bound itself is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds<T> {
    from: Option<(T, bool)>,
    to: Option<(T, bool)>,
}

impl<T: Ord> Bounds<T> {
    fn has(&self, value: &T) -> bool {
        let above = |(bound, is_in): &(T, bool)| value > bound || (*is_in && value == bound);
        let below = |(bound, is_in): &(T, bool)| value < bound || (*is_in && value == bound);
        self.from.as_ref().is_none_or(above) && self.to.as_ref().is_none_or(below)
    }

    fn compare(order: Order, bound: T) -> Self {
        match order {
            Order::Above => Self { from: Some((bound, false)), to: None },
            Order::From => Self { from: Some((bound, true)), to: None },
            Order::Below => Self { from: None, to: Some((bound, false)) },
            Order::UpTo => Self { from: None, to: Some((bound, true)) },
        }
    }
}

impl Test {
    /// Whether a present text matches.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Equal(wanted) => text.as_bytes().eq_ignore_ascii_case(wanted.folded()),
            Self::Part(needle) => needle.is_in(text.as_bytes()),
            Self::Exact(wanted, _) => text == &**wanted,
            Self::Glob(glob) => glob.fits(text),
            Self::Regex(regex) => regex.is_match(text),
            Self::Letters(letters) => fold::has_letters(text, letters),
            Self::Address(wanted) => address(text) == Some(*wanted),
            Self::Network(network) => address(text).is_some_and(|found| network.contains(&found)),
            Self::Number(bounds) => Number::parse(text).is_some_and(|found| bounds.has(&found)),
            Self::Time(bounds) => Timestamp::parse(text).is_some_and(|found| bounds.has(&found)),
            Self::Words(words) => words.iter().any(|word| text.eq_ignore_ascii_case(word)),
        }
    }

    /// The one text, in lower case, that a matching one is in any case; `None` where there are more.
    pub fn whole(&self) -> Option<String> {
        match self {
            Self::Equal(wanted) | Self::Exact(_, wanted) => {
                String::from_utf8(wanted.folded().to_vec()).ok()
            }
            _ => None,
        }
    }

    /// What the bytes of a matching text hold, in any case; `None` if that cannot be said.
    pub fn needle(&self) -> Option<&Needle> {
        let needle = match self {
            Self::Equal(needle) | Self::Part(needle) | Self::Exact(_, needle) => needle,
            Self::Glob(glob) => glob.needle()?,
            _ => return None,
        };
        // The replacement character stands for bytes that are none of it.
        let is_odd = memchr::memmem::find(needle.folded(), "\u{fffd}".as_bytes()).is_some();
        (!is_odd).then_some(needle)
    }

    /// The whole text, without case.
    pub(crate) fn exact(text: &str) -> Self {
        Self::Exact(text.into(), Needle::of(text))
    }

    /// The test of a value of this name. `Present` and `Absent` are no tests of a text: `None`.
    /// Times and lengths of time are not texts either; see [`check`].
    pub fn of(name: &Name, item: &Item) -> Result<Option<Self>, Fault> {
        let kind = match name {
            Name::Key(key) => key.row().kind,
            Name::Path(_) => Kind::Word,
        };
        let words = match name {
            Name::Key(key) => key.words(),
            Name::Path(_) => &[],
        };
        let test = match item {
            Item::Present | Item::Absent => return Ok(None),
            Item::Text(text) | Item::Exact(text) if !words.is_empty() => {
                is_word(text, words)?;
                if matches!(item, Item::Exact(_)) {
                    Self::exact(text)
                } else {
                    Self::Equal(Needle::of(text))
                }
            }
            Item::Text(text) => match kind {
                Kind::Text => Self::Part(Needle::of(text)),
                Kind::Ip => address_test(text)?,
                _ => Self::Equal(Needle::of(text)),
            },
            Item::Exact(text) => Self::exact(text),
            Item::Glob(pattern) if kind == Kind::Text => Self::Glob(Glob::part(pattern)),
            Item::Glob(pattern) => Self::Glob(Glob::whole(pattern)),
            Item::Regex(pattern) => Self::Regex(regex(pattern)?),
            Item::Letters(letters) => Self::Letters(letters.as_str().into()),
            Item::Compare(order, operand) if words.is_empty() => {
                path_bounds(Some(*order), Some(operand), None)?
            }
            Item::Range(from, to) if words.is_empty() => {
                path_bounds(None, from.as_deref(), to.as_deref())?
            }
            Item::Compare(order, operand) => {
                let at = is_word(operand, words)?;
                Self::Words(in_order(words, &Bounds::compare(*order, at)))
            }
            Item::Range(from, to) => {
                let end = |end: &Option<String>| {
                    end.as_deref().map(|end| is_word(end, words).map(|at| (at, true))).transpose()
                };
                Self::Words(in_order(words, &Bounds { from: end(from)?, to: end(to)? }))
            }
        };
        Ok(Some(test))
    }
}

/// Whether a value is right for the kind of its name.
pub fn check(name: &Name, item: &Item) -> Result<(), Fault> {
    let none_or_any = matches!(item, Item::Present | Item::Absent);
    let Name::Key(key) = name else { return Test::of(name, item).map(drop) };
    match key.row().kind {
        _ if none_or_any => Ok(()),
        // Whether an item is a time does not depend on the day.
        Kind::Time => span::times(item, Timestamp(0)).map(drop).map_err(Fault::new),
        Kind::Duration => span::lengths(item).map(drop).map_err(Fault::new),
        _ => Test::of(name, item).map(drop),
    }
}

/// The texts a value of a column is compared as: itself, and what may be left out of it.
pub fn faces(column: Column, value: &str) -> [Option<&str>; 2] {
    let other = match column {
        Column::Event => Some(name::plain(value)).filter(|plain| *plain != value),
        Column::Service | Column::Ip => without_suffix(value),
        Column::Verb => (value == "D").then_some("W"),
        _ => None,
    };
    [Some(value), other]
}

/// The name of a service without what every eventSource ends with.
fn without_suffix(value: &str) -> Option<&str> {
    let at = value.len().checked_sub(AWS_SUFFIX.len())?;
    let (name, suffix) = value.split_at_checked(at)?;
    suffix.eq_ignore_ascii_case(AWS_SUFFIX).then_some(name)
}

fn is_word(text: &str, words: &[&'static str]) -> Result<usize, Fault> {
    words.iter().position(|word| word.eq_ignore_ascii_case(text)).ok_or_else(|| Fault {
        reason: format!("`{text}` is none of {}", words.join(", ")),
        suggestions: nearest_word(text, words).map(ToOwned::to_owned).into_iter().collect(),
    })
}

fn nearest_word<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    let synonyms =
        [("true", "yes"), ("false", "no"), ("read", "R"), ("write", "W"), ("danger", "D")];
    let meant = synonyms.iter().find(|(other, _)| other.eq_ignore_ascii_case(text));
    let begins = |word: &&&str| {
        let size = text.len().min(3);
        text.get(..size).zip(word.get(..size)).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    let known = words.iter().find(|word| meant.is_some_and(|(_, meant)| meant == *word));
    known.or_else(|| words.iter().find(begins)).copied()
}

fn in_order(words: &[&'static str], bounds: &Bounds<usize>) -> Box<[&'static str]> {
    let within = words.iter().enumerate().filter(|(at, _)| bounds.has(at));
    within.map(|(_, word)| *word).collect()
}

fn regex(pattern: &str) -> Result<Regex, Fault> {
    if pattern.is_empty() {
        return Err(Fault {
            reason: "the regular expression is empty; in quotes `//` is text".to_owned(),
            suggestions: vec!["\"//\"".to_owned(), "*".to_owned()],
        });
    }
    let built = RegexBuilder::new(pattern).case_insensitive(true).size_limit(REGEX_BYTES).build();
    built.map_err(|error| {
        let text = error.to_string();
        let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        Fault {
            reason: format!("the regular expression cannot be read: {why}"),
            suggestions: vec![literal::quoted(&format!("/{pattern}/"))],
        }
    })
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn address_test(text: &str) -> Result<Test, Fault> {
    let right = "an address, a CIDR (10.0.0.0/8) or a service name (cloudtrail.amazonaws.com)";
    if let Some(address) = address(text) {
        return Ok(Test::Address(address));
    }
    if let Ok(network) = text.parse::<IpNet>() {
        return Ok(Test::Network(network));
    }
    // Letters beyond those of an IPv6 address make it a name (`AWS Internal` is one too).
    let is_name = text.contains(|c: char| c.is_ascii_alphabetic()) && !text.contains(['/', ':'])
        || text.contains(|c: char| c.is_ascii_alphabetic() && !c.is_ascii_hexdigit())
            && !text.contains('/');
    if is_name {
        return Ok(Test::Equal(Needle::of(text)));
    }
    Err(Fault::new(format!("`{text}` is none of {right}; `10.0.*` is a pattern")))
}

/// Whether a comparison on a path can have this operand: a number or an RFC 3339 time.
pub fn is_operand(text: &str) -> bool {
    Number::parse(text).is_some() || Timestamp::parse(text).is_some()
}

/// Bounds by a comparison (`from` is its operand) or a range.
fn path_bounds(order: Option<Order>, from: Option<&str>, to: Option<&str>) -> Result<Test, Fault> {
    let wrong = || Fault::new("compared are numbers with numbers or RFC 3339 times with times");
    let number = |text: Option<&str>| text.map(Number::parse);
    let time = |text: Option<&str>| text.map(Timestamp::parse);
    if let (None | Some(Some(_)), None | Some(Some(_))) = (number(from), number(to)) {
        let (from, to) = (number(from).flatten(), number(to).flatten());
        return Ok(Test::Number(match (order, from) {
            (Some(order), Some(operand)) => Bounds::compare(order, operand),
            (_, from) => Bounds { from: from.map(|n| (n, true)), to: to.map(|n| (n, true)) },
        }));
    }
    if let (None | Some(Some(_)), None | Some(Some(_))) = (time(from), time(to)) {
        let (from, to) = (time(from).flatten(), time(to).flatten());
        return Ok(Test::Time(match (order, from) {
            (Some(order), Some(operand)) => Bounds::compare(order, operand),
            (_, from) => Bounds { from: from.map(|t| (t, true)), to: to.map(|t| (t, false)) },
        }));
    }
    Err(wrong())
}

/// Whether any face of a present value passes any test.
pub fn any_holds(tests: &[Test], column: Column, value: &str) -> bool {
    let faces = faces(column, value);
    tests.iter().any(|test| faces.iter().flatten().any(|face| test.holds(face)))
}

#[cfg(test)]
#[path = "predicate_tests.rs"]
mod tests;
