//! Which values of an event are written: the keys of the field table and paths into the record.

use std::borrow::Cow;

use crate::event::field::{self, Column, Flag, From, Origin};
use crate::event::json::{Json, MAX_DEPTH, Shape};
use crate::event::time::Timestamp;
use crate::export::minify::minify;
use crate::store::snapshot::RowRef;

/// What `--columns` is when nobody says anything else.
pub const DEFAULT: &str = "time,verb,event,actor,target,err,ip,region,acct,tool,id";

/// How many strings of JSON inside strings of JSON a path follows.
const MAX_DECODED: usize = 8;

/// A chosen key or path.
#[derive(Debug, Clone)]
pub struct Chosen {
    name: String,
    from: Reader,
}

#[derive(Debug, Clone)]
enum Reader {
    Key(From),
    Path(Vec<String>),
}

/// Why a list of columns makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// Neither a key nor a path.
    #[error(
        "{0:?} is no key and no path; `trailtop fields` lists the keys, a path has a dot: .{0}"
    )]
    Key(String),
    /// A key whose answers come with a later version.
    #[error("{0:?} has no answers yet: it waits for {1}")]
    Later(String, &'static str),
}

/// Reads a list of keys and paths, parted by commas. A quoted name of a path may hold anything.
pub fn parse(list: &str) -> Result<Vec<Chosen>, Unknown> {
    split(list, ',').into_iter().map(|name| choose(name.trim())).collect()
}

fn choose(name: &str) -> Result<Chosen, Unknown> {
    let from = if let Some(row) = field::field(&name.to_ascii_lowercase()) {
        if let From::Later(what) = row.from {
            return Err(Unknown::Later(name.to_owned(), what));
        }
        Reader::Key(row.from)
    } else {
        let is_top_level = field::TOP_LEVEL.iter().any(|top| top.eq_ignore_ascii_case(name));
        let names = split(name.strip_prefix('.').unwrap_or(name), '.');
        let is_path = is_top_level || name.starts_with('.') || names.len() > 1;
        if !is_path || names.iter().any(|name| name.is_empty()) {
            return Err(Unknown::Key(name.to_owned()));
        }
        Reader::Path(names.into_iter().map(|name| name.replace('"', "")).collect())
    };
    Ok(Chosen { name: name.to_owned(), from })
}

/// Parts a text at a mark, but not inside quotes.
fn split(text: &str, mark: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == mark && !quoted
    })
    .collect()
}

impl Chosen {
    /// The name as it was typed, for a header.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether [`Chosen::values`] reads the raw record.
    pub fn is_path(&self) -> bool {
        matches!(self.from, Reader::Path(_))
    }

    /// The values of a row, in order, none of them empty: none where absent, several for a key with
    /// several columns and a path through an array. `raw` is the record where a path asks for it.
    pub fn values<'r>(&self, row: RowRef<'r>, raw: Json<'r>, now: Timestamp) -> Vec<Cow<'r, str>> {
        match &self.from {
            Reader::Path(names) => {
                let mut values = vec![];
                follow(raw, names, (0, 0), &mut |value| values.push(value));
                values
            }
            Reader::Key(From::Columns(columns)) => {
                let texts = columns.iter().map(|column| row.text(*column));
                texts.filter(|text| !text.is_empty()).map(Cow::Borrowed).collect()
            }
            Reader::Key(From::Time) => vec![row.time().to_string().into()],
            Reader::Key(From::Age) => vec![(now - row.time()).to_string().into()],
            Reader::Key(From::Lag) => vec![(row.arrival() - row.time()).to_string().into()],
            Reader::Key(From::Flag(flag)) => vec![yes_no(row.has(*flag)).into()],
            Reader::Key(From::Origins) => {
                let bits = row.part.side.origins(row.row);
                let all = Origin::ALL.iter().filter(|(origin, _)| bits & origin.bit() != 0);
                all.map(|(_, word)| Cow::Borrowed(*word)).collect()
            }
            Reader::Key(From::Later(_)) => vec![],
        }
    }

    /// The one text of a row for a cell: several values joined by a blank, of the columns of `who`
    /// the display name alone; empty where absent.
    pub fn text<'r>(&self, row: RowRef<'r>, raw: Json<'r>, now: Timestamp) -> Cow<'r, str> {
        if let Reader::Key(From::Columns([Column::Actor, ..])) = self.from {
            return row.text(Column::Actor).into();
        }
        let mut values = self.values(row, raw, now);
        match values.len() {
            0 => Cow::Borrowed(""),
            1 => values.remove(0),
            _ => values.join(" ").into(),
        }
    }

    /// The values as they are counted: each once, `-` where there is none. The stand-in for a time
    /// that the record does not have is not the record's own.
    pub fn counted<'r>(&self, row: RowRef<'r>, raw: Json<'r>, now: Timestamp) -> Vec<Cow<'r, str>> {
        let is_stand_in = matches!(self.from, Reader::Key(From::Time | From::Age | From::Lag))
            && row.has(Flag::TimeUnknown);
        let mut values = if is_stand_in { vec![] } else { self.values(row, raw, now) };
        values.sort_unstable();
        values.dedup();
        if values.is_empty() {
            values.push(Cow::Borrowed("-"));
        }
        values
    }
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Gives the non-empty values at the end of a path: through arrays, and through strings that hold
/// JSON, plain or URL-encoded. Names compare without case; containers are given as compact text.
fn follow<'r>(
    value: Json<'r>,
    names: &[String],
    (depth, decoded): (usize, usize),
    give: &mut dyn FnMut(Cow<'r, str>),
) {
    if depth > MAX_DEPTH || value.is_absent() {
        return;
    }
    let deeper = (depth + 1, decoded);
    match (value.shape(), names) {
        (Shape::Array, _) => value.items().for_each(|item| follow(item, names, deeper, give)),
        (Shape::Object, [name, rest @ ..]) => {
            let named = value.entries().filter(|(key, _)| key.eq_ignore_ascii_case(name)).last();
            if let Some((_, member)) = named {
                follow(member, rest, deeper, give);
            }
        }
        (Shape::Object, []) => {
            let mut compact = vec![];
            minify(value.text().as_bytes(), &mut compact);
            give(String::from_utf8_lossy(&compact).into_owned().into());
        }
        (_, []) => give(value.scalar().unwrap_or_default()),
        (Shape::Text, _) if decoded < MAX_DECODED => {
            let text = value.scalar().unwrap_or_default();
            if let Some(inner) = held_json(&text) {
                let give = &mut |value: Cow<'_, str>| give(value.into_owned().into());
                follow_owned(&inner, names, (depth + 1, decoded + 1), give);
            }
        }
        _ => {}
    }
}

fn follow_owned(
    text: &str,
    names: &[String],
    at: (usize, usize),
    give: &mut dyn FnMut(Cow<'_, str>),
) {
    if let Ok(json) = Json::checked(text) {
        let mut owned = vec![];
        follow(json, names, at, &mut |value| owned.push(value.into_owned()));
        owned.into_iter().for_each(|value| give(value.into()));
    }
}

/// The JSON object or array that a string holds, URL-decoded where it must be.
fn held_json(text: &str) -> Option<Cow<'_, str>> {
    let start = text.trim_ascii_start();
    if start.starts_with(['{', '[']) {
        return Some(Cow::Borrowed(text));
    }
    let is_encoded = ["%7B", "%7b", "%5B", "%5b"].iter().any(|mark| start.starts_with(mark));
    is_encoded.then(|| {
        let pair = form_urlencoded::parse(text.as_bytes()).next();
        pair.map(|(key, _)| key).unwrap_or_default().into_owned().into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(json: &str, path: &str) -> Vec<String> {
        let chosen = parse(path).unwrap();
        let Reader::Path(names) = &chosen[0].from else { panic!("{path} is no path") };
        let mut found = vec![];
        follow(Json::checked(json).unwrap(), names, (0, 0), &mut |value| {
            found.push(value.into_owned());
        });
        found
    }

    #[test]
    fn paths_go_through_arrays_and_strings_that_hold_json() {
        let json = r#"{"Req":{"a":[{"b":1.50},{"b":"x"},{"c":0}],"none":"","n":null,
            "doc":"{\"Statement\":[{\"Effect\":\"Allow\"}]}",
            "url":"%7B%22S%22%3A%22a+b%22%7D","x.y":true,"o":{ "k" : 1 }}}"#;
        let cases: &[(&str, &[&str])] = &[
            ("req.a.b", &["1.50", "x"]),
            (".req.A.B", &["1.50", "x"]),
            ("req.doc.statement.effect", &["Allow"]),
            ("req.url.s", &["a b"]),
            ("req.\"x.y\"", &["true"]),
            ("req.o", &[r#"{"k":1}"#]),
            ("req.none", &[]),
            ("req.n", &[]),
            ("req.b", &[]),
        ];
        for (name, expected) in cases {
            assert_eq!(path(json, name), *expected, "{name}");
        }
    }

    #[test]
    fn lists_of_columns() {
        let names = |list: &str| -> Result<Vec<String>, Unknown> {
            Ok(parse(list)?.iter().map(|chosen| chosen.name().to_owned()).collect())
        };
        assert_eq!(names(DEFAULT).unwrap().len(), 11);
        assert_eq!(names("event, .\"a,b\".c").unwrap(), ["event", ".\"a,b\".c"]);
        assert_eq!(names("readOnly").unwrap(), ["readOnly"]);
        assert!(matches!(names("evnt"), Err(Unknown::Key(_))));
        assert!(matches!(names("event,"), Err(Unknown::Key(_))));
        assert!(matches!(names("root"), Err(Unknown::Later(..))));
    }
}
