//! The oracle: it knows the filter language only from its description, and walks each record from its
//! text.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::*;

/// A JSON value read by `serde_json` alone: numbers as written, members in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Atom(String),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Box<RawValue>)>;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = vec![];
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

pub(super) fn value(text: &str) -> Option<Value> {
    let raw: Box<RawValue> = serde_json::from_str(text).ok()?;
    let text = raw.get();
    Some(match text.as_bytes()[0] {
        b'{' => {
            let mut reader = serde_json::Deserializer::from_str(text);
            let members = reader.deserialize_map(Members).ok()?;
            let read = |(key, raw): (String, Box<RawValue>)| Some((key, value(raw.get())?));
            Value::Map(members.into_iter().map(read).collect::<Option<_>>()?)
        }
        b'[' => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
            Value::List(items.iter().map(|raw| value(raw.get())).collect::<Option<_>>()?)
        }
        b'"' => Value::Text(serde_json::from_str(text).ok()?),
        b'n' => Value::Null,
        _ => Value::Atom(text.to_owned()),
    })
}

impl Value {
    pub(super) fn texts(&self, out: &mut Vec<String>) {
        match self {
            Value::Null => {}
            Value::Atom(text) | Value::Text(text) => out.push(text.clone()),
            Value::List(items) => items.iter().for_each(|item| item.texts(out)),
            Value::Map(members) => members.iter().for_each(|(key, member)| {
                out.push(key.clone());
                member.texts(out);
            }),
        }
    }

    /// Every path of plain members with what is at its end.
    pub(super) fn paths(&self, names: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
        match self {
            Value::List(items) => items.iter().for_each(|item| item.paths(names, out)),
            Value::Map(members) => members.iter().for_each(|(key, member)| {
                if !key.is_empty() {
                    names.push(key.clone());
                    out.push(names.clone());
                    member.paths(names, out);
                    names.pop();
                }
            }),
            Value::Text(text) => {
                if let Some(inner) = opened(text) {
                    inner.paths(names, out);
                }
            }
            Value::Null | Value::Atom(_) => {}
        }
    }

    pub(super) fn ends(&self, names: &[String], out: &mut Vec<Value>) {
        match self {
            Value::List(items) => items.iter().for_each(|item| item.ends(names, out)),
            _ if names.is_empty() => {
                let blank = matches!(self, Value::Null)
                    || *self == Value::Text(String::new())
                    || *self == Value::Map(vec![]);
                if !blank {
                    out.push(self.clone());
                }
            }
            Value::Map(members) => {
                for (at, (key, member)) in members.iter().enumerate() {
                    let is_last = members[at + 1..].iter().all(|(later, _)| later != key);
                    if is_last && key.eq_ignore_ascii_case(&names[0]) {
                        member.ends(&names[1..], out);
                    }
                }
            }
            Value::Text(text) => {
                if let Some(inner) = opened(text) {
                    inner.ends(names, out);
                }
            }
            Value::Null | Value::Atom(_) => {}
        }
    }
}

/// The JSON that a string holds, plain or URL-encoded.
fn opened(text: &str) -> Option<Value> {
    let holds = |text: &str| value(text).filter(|v| !matches!(v, Value::Null | Value::Atom(_)));
    holds(text).or_else(|| {
        let mut bytes = vec![];
        let mut rest = text.as_bytes();
        if rest.first() != Some(&b'%') {
            return None;
        }
        while let [byte, tail @ ..] = rest {
            let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
            match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
                (b'%', Some(decoded)) => {
                    bytes.push(decoded);
                    rest = &tail[2..];
                    continue;
                }
                (b'+', _) => bytes.push(b' '),
                _ => bytes.push(*byte),
            }
            rest = tail;
        }
        holds(&String::from_utf8_lossy(&bytes))
    })
}

/// A filter as the oracle knows it: it writes itself as text and answers by itself.
#[derive(Debug)]
pub(super) enum Ask {
    All(Vec<Ask>),
    Any(Vec<Ask>),
    No(Box<Ask>),
    Word(String),
    Key(&'static str, Vec<Like>),
    Path(Vec<String>, Vec<Like>),
    Clock(&'static str, &'static str, i64),
    Net([u8; 4], u32),
    Src(usize),
    Flag(&'static str, bool),
    Set(&'static str, &'static str),
}

#[derive(Debug)]
pub(super) enum Like {
    Text(String),
    Exact(String),
    Glob(String),
    Regex(String),
    Letters(String),
    Above(f64),
    Present,
    Absent,
}

pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

impl Ask {
    pub(super) fn write(&self) -> String {
        let join = |asks: &[Ask], by: &str| {
            asks.iter().map(|ask| format!("({})", ask.write())).collect::<Vec<_>>().join(by)
        };
        let likes = |likes: &[Like]| likes.iter().map(Like::write).collect::<Vec<_>>().join(",");
        match self {
            Ask::All(asks) => join(asks, " "),
            Ask::Any(asks) => join(asks, " OR "),
            Ask::No(ask) => format!("-({})", ask.write()),
            Ask::Word(text) => in_quotes(text),
            Ask::Key(key, items) => format!("{key}:{}", likes(items)),
            Ask::Path(names, items) => {
                let path = names.iter().fold(String::new(), |mut path, name| {
                    let _ = write!(path, ".{}", in_quotes(name));
                    path
                });
                format!("{path}:{}", likes(items))
            }
            Ask::Clock("time", sign, millis) => format!("time:{sign}{}", Timestamp(*millis)),
            Ask::Clock(key, sign, millis) => format!("{key}:{sign}{millis}ms"),
            Ask::Net([a, b, c, d], bits) => format!("ip:{a}.{b}.{c}.{d}/{bits}"),
            Ask::Src(at) => format!("src:{}", Origin::ALL[*at].1),
            Ask::Flag(key, on) => format!("{key}:{}", if *on { "yes" } else { "no" }),
            Ask::Set(key, word) => format!("{key}:{word}"),
        }
    }

    pub(super) fn holds(&self, part: &Part, row: usize, record: &Value) -> bool {
        match self {
            Ask::All(asks) => asks.iter().all(|ask| ask.holds(part, row, record)),
            Ask::Any(asks) => asks.iter().any(|ask| ask.holds(part, row, record)),
            Ask::No(ask) => !ask.holds(part, row, record),
            Ask::Word(text) => {
                let mut texts = vec![];
                record.texts(&mut texts);
                texts.iter().any(|candidate| part_of_text(candidate, text))
            }
            Ask::Key(key, items) => {
                let row_of = FIELDS.iter().find(|field| field.name == *key).unwrap();
                let From::Columns(columns) = row_of.from else { unreachable!() };
                let texts: Vec<(Column, &str)> = columns
                    .iter()
                    .map(|column| (*column, part.segment.text(row, *column)))
                    .filter(|(_, text)| !text.is_empty())
                    .collect();
                items.iter().any(|item| match item {
                    Like::Present => !texts.is_empty(),
                    Like::Absent => texts.is_empty(),
                    item => texts.iter().any(|(column, text)| {
                        item.fits(text, row_of.kind)
                            || leaving_out(*column, text)
                                .is_some_and(|text| item.fits(&text, row_of.kind))
                    }),
                })
            }
            Ask::Path(names, items) => {
                let mut ends = vec![];
                record.ends(names, &mut ends);
                items.iter().any(|item| match item {
                    Like::Present => !ends.is_empty(),
                    Like::Absent => ends.is_empty(),
                    item => ends.iter().any(|end| match end {
                        Value::Atom(text) | Value::Text(text) => item.fits(text, Kind::Word),
                        _ => false,
                    }),
                })
            }
            Ask::Net(network, bits) => {
                let text = part.segment.text(row, Column::Ip);
                let parts: Vec<u8> = text.split('.').filter_map(|part| part.parse().ok()).collect();
                let is_v4 = parts.len() == 4
                    && parts.iter().map(u8::to_string).collect::<Vec<_>>().join(".") == text;
                // The one record with an IPv6 address that stands for an IPv4 one.
                let mapped = (text == "0:0:0:0:0:ffff:a01:203").then_some(vec![10, 1, 2, 3]);
                let address = if is_v4 { Some(parts) } else { mapped };
                let number =
                    |parts: &[u8]| parts.iter().fold(0u64, |n, part| n * 256 + u64::from(*part));
                address.is_some_and(|parts| {
                    number(&parts) >> (32 - bits) == number(network) >> (32 - bits)
                })
            }
            Ask::Src(at) => part.side.origins(row) & Origin::ALL[*at].0.bit() != 0,
            Ask::Flag("mark", on) => row.is_multiple_of(3) == *on,
            Ask::Flag(_, on) => row.is_multiple_of(5) == *on,
            Ask::Set(key, word) => {
                let column = match *key {
                    "cat" => Column::Category,
                    "result" => Column::Result,
                    "mfa" => Column::Mfa,
                    _ => Column::Verb,
                };
                let text = part.segment.text(row, column);
                text == *word || (*key == "verb" && *word == "W" && text == "D")
            }
            Ask::Clock(key, sign, millis) => {
                let time = part.segment.time(row).0;
                let value = match *key {
                    "time" => time,
                    "age" => NOW.0 - time,
                    _ => part.segment.arrival(row).0 - time,
                };
                match *sign {
                    ">" => value > *millis,
                    ">=" => value >= *millis,
                    "<" => value < *millis,
                    _ => value <= *millis,
                }
            }
        }
    }
}

/// What the language lets people leave out of an event name or a service.
fn leaving_out(column: Column, text: &str) -> Option<String> {
    match column {
        Column::Event => {
            static DATED: LazyLock<regex::Regex> = LazyLock::new(|| {
                regex::Regex::new(r"^(.+?)20\d\d(_\d\d_\d\d|\d{4})(v\d+)?$").unwrap()
            });
            DATED.captures(text).map(|found| found[1].to_owned())
        }
        Column::Service | Column::Ip => {
            static SERVICE: LazyLock<regex::Regex> =
                LazyLock::new(|| regex::Regex::new(r"(?i)^(.*)\.amazonaws\.com$").unwrap());
            SERVICE.captures(text).map(|found| found[1].to_owned())
        }
        Column::Verb if text == "D" => Some("W".to_owned()),
        _ => None,
    }
}

fn part_of_text(text: &str, wanted: &str) -> bool {
    text.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase())
}

impl Like {
    pub(super) fn write(&self) -> String {
        match self {
            Like::Text(text) => in_quotes(text),
            Like::Exact(text) => format!("={}", in_quotes(text)),
            Like::Glob(pattern) => pattern.clone(),
            Like::Regex(text) => format!("/{}/", regex::escape(text).replace('/', "\\/")),
            Like::Letters(text) => format!("~{}", in_quotes(text)),
            Like::Above(number) => format!(">{number}"),
            Like::Present => "*".to_owned(),
            Like::Absent => "none".to_owned(),
        }
    }

    fn fits(&self, text: &str, kind: Kind) -> bool {
        match self {
            Like::Text(wanted) if kind == Kind::Text => part_of_text(text, wanted),
            Like::Text(wanted) => text.eq_ignore_ascii_case(wanted),
            Like::Exact(wanted) => text == wanted,
            Like::Glob(pattern) => {
                let pattern = pattern.to_ascii_lowercase();
                let pattern = if kind == Kind::Text { format!("*{pattern}*") } else { pattern };
                let pattern: Vec<char> = pattern.chars().collect();
                let text: Vec<char> = text.to_ascii_lowercase().chars().collect();
                like(&pattern, &text)
            }
            Like::Regex(wanted) => part_of_text(text, wanted),
            Like::Letters(letters) => {
                let text = text.to_ascii_lowercase();
                let mut rest = text.as_str();
                letters.to_ascii_lowercase().chars().all(|letter| match rest.find(letter) {
                    Some(at) => {
                        rest = &rest[at + letter.len_utf8()..];
                        true
                    }
                    None => false,
                })
            }
            Like::Above(number) => {
                let is_json = value(text).is_some_and(|found| matches!(found, Value::Atom(_)));
                is_json && text.parse::<f64>().is_ok_and(|found| found > *number)
            }
            Like::Present | Like::Absent => unreachable!("not about one text"),
        }
    }
}

/// Globs by dynamic programming, one line of the table at a time.
fn like(pattern: &[char], text: &[char]) -> bool {
    let mut line: Vec<bool> = vec![false; text.len() + 1];
    line[0] = true;
    for c in pattern {
        if *c == '*' {
            let mut seen = false;
            for cell in &mut line {
                seen |= *cell;
                *cell = seen;
            }
        } else {
            for at in (1..=text.len()).rev() {
                line[at] = line[at - 1] && text[at - 1] == *c;
            }
            line[0] = false;
        }
    }
    line[text.len()]
}
