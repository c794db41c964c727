//! Which values of an event are written: the keys of the field table and paths into the record.

use std::borrow::Cow;

use crate::event::field::{Column, First, Flag, From, Origin};
use crate::event::json::Json;
use crate::event::secret::{HIDDEN, is_secret, masked};
use crate::event::time::Timestamp;
use crate::export::minify::minify;
use crate::query;
use crate::query::ast::Name;
use crate::query::diagnostic::Diagnostic;
use crate::query::path::Path;
use crate::store::news::News;
use crate::store::roots::Roots;
use crate::store::snapshot::RowRef;

/// What `--columns` is when nobody says anything else.
pub const DEFAULT: &str = "time,verb,event,actor,target,err,ip,region,acct,tool,id";

/// A chosen key or path.
#[derive(Debug, Clone)]
pub struct Chosen {
    name: String,
    from: Reader,
}

#[derive(Debug, Clone)]
enum Reader {
    Key(From),
    Path(Path),
}

/// Why a list of columns makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// Neither a key nor a path.
    #[error("{0:?}: {1}")]
    Name(String, String),
}

/// Reads a list of keys and paths, parted by commas. A quoted name of a path may hold anything.
pub fn parse(list: &str) -> Result<Vec<Chosen>, Unknown> {
    let mut quoted = false;
    let names = list.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    names.map(|name| choose(name.trim())).collect()
}

fn choose(text: &str) -> Result<Chosen, Unknown> {
    let wrong = |wrong: Diagnostic| Unknown::Name(text.to_owned(), wrong.line());
    let from = match query::parse::name(text).map_err(wrong)? {
        Name::Key(key) => Reader::Key(key.row().from),
        Name::Path(path) => Reader::Path(path),
    };
    Ok(Chosen { name: text.to_owned(), from })
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

    /// Whether it says who is behind a call, which later events may tell.
    pub fn is_root(&self) -> bool {
        matches!(self.from, Reader::Key(From::Root))
    }

    /// Whether it says what an event was the first one to have, which others may change.
    pub fn is_new(&self) -> bool {
        matches!(self.from, Reader::Key(From::New))
    }

    /// Whether it says which rules an event met, which later events may tell.
    pub fn is_rule(&self) -> bool {
        matches!(self.from, Reader::Key(From::Rule | From::Severity))
    }

    /// The columns that are read.
    pub fn columns(&self) -> &'static [Column] {
        match self.from {
            Reader::Key(From::Columns(columns)) => columns,
            Reader::Key(From::Root) => Roots::COLUMNS,
            Reader::Key(From::New) => News::COLUMNS,
            _ => &[],
        }
    }

    /// The values of a row, in order, none of them empty: none where absent, several for a key with
    /// several columns and a path through an array. `raw` is the record where a path asks for it.
    pub fn values<'r>(&self, row: RowRef<'r>, raw: Json<'r>, now: Timestamp) -> Vec<Cow<'r, str>> {
        match &self.from {
            Reader::Path(path) => {
                let mut values = vec![];
                path.any(raw, &mut |value| {
                    values.push(text_of(value).into());
                    false
                });
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
            Reader::Key(From::Root) => {
                let name = row.root().map_or("", |root| &root.name);
                Some(name).filter(|name| !name.is_empty()).map(Cow::Borrowed).into_iter().collect()
            }
            Reader::Key(From::Rule) => {
                let hits = row.part.side.hits().of(row.row).iter();
                hits.map(|(_, hit)| Cow::Borrowed(&*hit.rule.id)).collect()
            }
            Reader::Key(From::Severity) => {
                let severity = row.part.side.hits().severity(row.row);
                severity.map(|severity| Cow::Borrowed(severity.word())).into_iter().collect()
            }
            Reader::Key(From::New) => {
                First::words(row.part.side.news().firsts(row.row)).map(Cow::Borrowed).collect()
            }
        }
    }

    /// The one text of a row for a cell: several values joined by a blank, of the columns of `who`
    /// the display name alone; empty where absent. Credentials are masked: cells are looked at and
    /// passed on, unlike records, which leave as they came.
    pub fn text<'r>(&self, row: RowRef<'r>, raw: Json<'r>, now: Timestamp) -> Cow<'r, str> {
        if let Reader::Key(From::Columns([Column::Actor, ..])) = self.from {
            return row.text(Column::Actor).into();
        }
        let mut values = match &self.from {
            Reader::Path(path) => cells_of(path, raw),
            Reader::Key(_) => self.values(row, raw, now),
        };
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

/// The values at the end of a path with every credential masked.
fn cells_of(path: &Path, record: Json<'_>) -> Vec<Cow<'static, str>> {
    let mut cells = vec![];
    path.any(record, &mut |value| {
        let is_hidden = path.names().iter().any(|name| is_secret(name, value));
        cells.push(match is_hidden {
            true => Cow::Borrowed(HIDDEN),
            false => text_of(Json::of(&masked(value))).into(),
        });
        false
    });
    cells
}

/// A value at the end of a path: a scalar as its text, a container as compact JSON.
fn text_of(value: Json<'_>) -> String {
    value.scalar().map_or_else(
        || {
            let mut compact = vec![];
            minify(value.text().as_bytes(), &mut compact);
            String::from_utf8_lossy(&compact).into_owned()
        },
        Cow::into_owned,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_gives_scalars_as_text_and_containers_as_compact_json() {
        let json = r#"{"Req":{"a":[{"b":1.50},{"b":"x"}],"none":"","o":{ "k" : 1 }}}"#;
        let cases: &[(&str, &[&str])] = &[
            ("req.a.b", &["1.50", "x"]),
            ("req.o", &[r#"{"k":1}"#]),
            (".Req.\"o\".k", &["1"]),
            ("req.none", &[]),
        ];
        for (name, expected) in cases {
            let chosen = parse(name).unwrap();
            let Reader::Path(path) = &chosen[0].from else { panic!("{name} is no path") };
            let mut found = vec![];
            path.any(Json::checked(json).unwrap(), &mut |value| {
                found.push(text_of(value));
                false
            });
            assert_eq!(found, *expected, "{name}");
        }
    }

    #[test]
    fn credentials_are_masked_in_cells() {
        let json = r#"{"responseElements":{"credentials":{"sessionToken":"S","accessKeyId":"A"}}}"#;
        for (name, cell) in [
            ("responseElements.credentials.sessionToken", HIDDEN.to_owned()),
            ("responseElements.credentials.accessKeyId", "A".to_owned()),
            (
                "responseElements.credentials",
                format!(r#"{{"sessionToken":"{HIDDEN}","accessKeyId":"A"}}"#),
            ),
        ] {
            let chosen = parse(name).unwrap();
            let Reader::Path(path) = &chosen[0].from else { panic!("{name} is no path") };
            assert_eq!(cells_of(path, Json::checked(json).unwrap()), [cell], "{name}");
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
        assert!(matches!(names("evnt"), Err(Unknown::Name(..))));
        assert!(matches!(names("event,"), Err(Unknown::Name(..))));
        assert_eq!(names("new").unwrap(), ["new"]);
    }
}
