//! Why a filter keeps a row: each of its terms that holds, with the values that it found there. For
//! one row that somebody looks at, never for many.

use std::sync::Arc;

use crate::event::field::{Column, Origin};
use crate::event::json::Json;
use crate::event::read::{Event, Hints};
use crate::event::record::Record;
use crate::event::secret::masked;
use crate::event::time::Timestamp;
use crate::query::ast::{Name, Tree};
use crate::query::eval::eval;
use crate::query::plan::{Context, Plan};
use crate::query::value;
use crate::store::segment::{Birth, Builder, RowId};
use crate::store::snapshot::{Part, RowRef};

/// The most values of a term that are named.
const MOST_VALUES: usize = 3;
/// The longest value, in bytes; the rest of it is left out.
const LONGEST: usize = 200;

/// A part of a condition that held, and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The part, as the condition writes it.
    pub term: String,
    /// What the record says there, the first few values, credentials masked; none where it says
    /// nothing.
    pub values: Vec<String>,
}

/// A row alone: to ask it one term after the other costs no more than it is large.
#[derive(Debug)]
pub struct Alone {
    part: Part,
    masked: Vec<u8>,
    now: Timestamp,
}

impl Alone {
    /// A copy of a row, of what its record says.
    pub fn of(row: RowRef<'_>, now: Timestamp) -> Self {
        let raw = row.raw();
        let text = String::from_utf8_lossy(&raw);
        let json = Json::of(&text);
        let hint = |column| row.text(column).to_owned();
        let (account, region) = (hint(Column::Account), hint(Column::Region));
        let hints = Hints { account, region, category: hint(Column::Category) };
        let record = Record::of(json);
        let event = Event::read(&record, &hints, row.arrival());
        let mut builder = Builder::passing();
        let (time, arrival) = (row.time(), row.arrival());
        let origins = Origin::ALL.iter().fold(0, |bits, (origin, _)| bits | origin.bit());
        let birth = Birth { time, arrival, identity: 0, flags: event.flags, origins };
        builder.push(&event, &raw, birth);
        let (segment, mut side) = builder.finish(RowId(0));
        // Whether something is new about it, others tell.
        if let Some(mark) = row.part.side.news().of(row.row) {
            side.set_new(0, *mark);
        }
        let part = Part { segment: Arc::new(segment), side: Arc::new(side) };
        Self { part, masked: masked(json).into_owned().into_bytes(), now }
    }

    /// Whether a filter keeps it.
    pub fn is_kept_by(&self, tree: &Tree) -> bool {
        let plan = Plan::compile(tree, Context { now: self.now, names: &[] });
        eval(&plan, &self.part, self.now).has(0)
    }

    /// The terms that make a filter keep it, in the order of the filter; none where it does not.
    pub fn reasons(&self, tree: &Tree) -> Vec<Reason> {
        let mut found = vec![];
        if self.is_kept_by(tree) {
            self.look(tree, &mut found);
        }
        found
    }

    /// Goes through a tree that keeps the row.
    fn look(&self, tree: &Tree, found: &mut Vec<Reason>) {
        match tree {
            Tree::Everything => {}
            Tree::And(trees) => trees.iter().for_each(|tree| self.look(tree, found)),
            Tree::Or(trees) => {
                let holds = trees.iter().filter(|tree| self.is_kept_by(tree));
                holds.for_each(|tree| self.look(tree, found));
            }
            Tree::Preset(_, tree) => self.look(tree, found),
            Tree::Not(inner) => {
                let values = match &**inner {
                    Tree::Term(name, _) => self.values(name),
                    _ => vec![],
                };
                found.push(Reason { term: tree.to_string(), values });
            }
            Tree::Text(_) => found.push(Reason { term: tree.to_string(), values: vec![] }),
            Tree::Term(name, items) => {
                // Of a list of values those that are there.
                let alone = |item| Tree::Term(name.clone(), vec![item]);
                let holds = items.iter().cloned().map(alone).filter(|it| self.is_kept_by(it));
                let values = self.values(name);
                found.extend(
                    holds.map(|it| Reason { term: it.to_string(), values: values.clone() }),
                );
            }
        }
    }

    /// The first values of a key or path.
    pub fn values(&self, name: &Name) -> Vec<String> {
        let cut = |text: &str| text[..text.floor_char_boundary(LONGEST)].to_owned();
        match name {
            Name::Path(path) => {
                let values = value::at_path(&self.masked, path);
                values.iter().take(MOST_VALUES).map(|text| cut(text)).collect()
            }
            Name::Key(_) => {
                let values = value::values(&self.part, 0, name, self.now);
                values.iter().take(MOST_VALUES).map(|text| cut(text)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::library::builtin;
    use crate::query::parse;
    use crate::store::kin::Kin;
    use crate::store::snapshot::Snapshot;

    const RECORD: &str = r#"{"eventName":"PutEventSelectors","eventSource":"cloudtrail.amazonaws.com",
        "eventTime":"2023-07-10T12:00:08Z","userIdentity":{"type":"IAMUser","userName":"alice"},
        "requestParameters":{"trailName":"t","password":"hunter2","list":["a","b","c","d"]}}"#;

    fn reasons(filter: &str) -> Vec<(String, Vec<String>)> {
        let time = Timestamp::parse("2023-07-10T12:00:08Z").unwrap();
        let event = Record::of(Json::checked(RECORD).unwrap());
        let event = Event::read(&event, &Hints::default(), time);
        let mut builder = Builder::default();
        let birth = Birth { time, arrival: time, identity: 1, flags: 0, origins: 1 };
        builder.push(&event, RECORD.as_bytes(), birth);
        let (segment, side) = builder.finish(RowId(0));
        let part = Part { segment: Arc::new(segment), side: Arc::new(side) };
        let snapshot = Snapshot::of(vec![part], 0, Kin::default());
        let tree = parse::parse(filter, &builtin()).unwrap();
        let alone = Alone::of(snapshot.row(RowId(0)).unwrap(), time);
        alone.reasons(&tree).into_iter().map(|it| (it.term, it.values)).collect()
    }

    #[test]
    fn each_term_that_holds_with_what_it_found() {
        for (filter, said) in [
            ("", vec![]),
            ("event:GetTrail", vec![]),
            (
                "cloudtrail:StopLogging,PutEventSelectors",
                vec![
                    ("svc:cloudtrail", "cloudtrail.amazonaws.com"),
                    ("event:PutEventSelectors", "PutEventSelectors"),
                ],
            ),
            ("event:Get* OR user:alice", vec![("user:alice", "alice")]),
            ("-type:AWSService,Root", vec![("-type:AWSService,Root", "IAMUser")]),
            ("-via:*", vec![("-via:*", "")]),
            ("err:none", vec![("err:none", "")]),
            ("requestParameters.list:c", vec![("requestParameters.list:c", "a b c")]),
            (
                "requestParameters.password:hunter2",
                vec![("requestParameters.password:hunter2", crate::event::secret::HIDDEN)],
            ),
            ("hunter2", vec![("hunter2", "")]),
            ("-(user:bob OR user:eve)", vec![("-(user:bob OR user:eve)", "")]),
        ] {
            let found = reasons(filter);
            let found: Vec<_> =
                found.iter().map(|(term, values)| (term.as_str(), values.join(" "))).collect();
            let said: Vec<_> =
                said.into_iter().map(|(term, value)| (term, value.to_owned())).collect();
            assert_eq!(found, said, "{filter}");
        }
        // A preset is what it stands for.
        let found = reasons("@tamper");
        assert_eq!(found[1].0, "event:PutEventSelectors", "{found:?}");
    }
}
