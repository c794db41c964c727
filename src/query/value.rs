//! The values of a key or path in one row: what `--by` counts, `--columns` prints and `+` takes.

use std::borrow::Cow;

use crate::event::field::{First, From, Origin};
use crate::event::json::Json;
use crate::event::time::Timestamp;
use crate::query::ast::Name;
use crate::query::path::Path;
use crate::store::snapshot::Part;

/// The record's own values of a name, each once, in the order of the record; empty where absent.
/// `now` is for `age`. A path opens the raw record: about 50 µs a row, see [`at_path`] for scans.
pub fn values<'p>(part: &'p Part, row: usize, name: &Name, now: Timestamp) -> Vec<Cow<'p, str>> {
    let (segment, side) = (&part.segment, &part.side);
    let key = match name {
        Name::Path(path) => {
            return at_path(&segment.raw().row(row), path).into_iter().map(Cow::Owned).collect();
        }
        Name::Key(key) => key.row(),
    };
    match key.from {
        From::Columns(columns) => {
            let mut found: Vec<&str> = vec![];
            for column in columns {
                let value = segment.text(row, *column);
                if !value.is_empty() && !found.contains(&value) {
                    found.push(value);
                }
            }
            found.into_iter().map(Cow::Borrowed).collect()
        }
        From::Time => vec![segment.time(row).to_string().into()],
        From::Age => vec![(now - segment.time(row)).to_string().into()],
        From::Lag => vec![(segment.arrival(row) - segment.time(row)).to_string().into()],
        From::Flag(flag) => vec![if side.has(row, flag) { "yes" } else { "no" }.into()],
        From::Origins => {
            let origins = side.origins(row);
            let has = Origin::ALL.iter().filter(|(origin, _)| origins & origin.bit() != 0);
            has.map(|(_, word)| Cow::Borrowed(*word)).collect()
        }
        From::Root => {
            let name = side.roots().get(row).map_or("", |root| &root.name);
            Some(name).filter(|name| !name.is_empty()).map(Cow::Borrowed).into_iter().collect()
        }
        From::Rule => {
            let hits = side.hits().of(row).iter();
            hits.map(|(_, hit)| Cow::Borrowed(&*hit.rule.id)).collect()
        }
        From::Severity => {
            let severity = side.hits().severity(row);
            severity.map(|severity| Cow::Borrowed(severity.word())).into_iter().collect()
        }
        From::New => First::words(side.news().firsts(row)).map(Cow::Borrowed).collect(),
    }
}

/// The values at the end of a path of a raw record, each once; an object is its text as written.
pub fn at_path(record: &[u8], path: &Path) -> Vec<String> {
    let text = String::from_utf8_lossy(record);
    let mut found = vec![];
    let mut seen = std::collections::HashSet::new();
    path.any(Json::of(&text), &mut |value| {
        let value = value.scalar().unwrap_or(Cow::Borrowed(value.text())).into_owned();
        if seen.insert(value.clone()) {
            found.push(value);
        }
        false
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::field::Flag;
    use crate::event::read::{Event, Hints};
    use crate::event::record::Record;
    use crate::event::time::Millis;
    use crate::query::parse;
    use crate::store::segment::{Birth, Builder, RowId};
    use std::sync::Arc;

    #[test]
    fn a_row_has_the_values_of_its_record() {
        let text = r#"{"eventName":"PutObject","eventSource":"s3.amazonaws.com",
            "eventTime":"2023-07-10T12:00:07Z","userIdentity":{"userName":"alice"},
            "requestParameters":{"n":1.50,"tags":[{"k":"a"},{"k":"b"},{"k":"a"}],"o":{"x":1}}}"#;
        let record = Record::of(Json::checked(text).unwrap());
        let time = Timestamp::parse("2023-07-10T12:00:07Z").unwrap();
        let event = Event::read(&record, &Hints::default(), time);
        let mut builder = Builder::default();
        let origins = Origin::S3.bit() | Origin::History.bit();
        let arrival = time + Millis::minutes(5);
        let flags = Flag::Marked as u16;
        builder.push(&event, text.as_bytes(), Birth { time, arrival, identity: 1, flags, origins });
        let (segment, side) = builder.finish(RowId(0));
        let part = Part { segment: Arc::new(segment), side: Arc::new(side) };
        for (name, want) in [
            ("event", &["PutObject"][..]),
            ("svc", &["s3.amazonaws.com"]),
            ("err", &[]),
            ("user", &["alice"]),
            ("time", &["2023-07-10T12:00:07Z"]),
            ("age", &["1h"]),
            ("lag", &["5m"]),
            ("mark", &["yes"]),
            ("late", &["no"]),
            ("src", &["history", "s3"]),
            ("rule", &[]),
            ("requestParameters.n", &["1.50"]),
            ("requestParameters.tags.k", &["a", "b"]),
            ("requestParameters.o", &[r#"{"x":1}"#]),
            (".nothing", &[]),
        ] {
            let name = parse::name(name).unwrap();
            assert_eq!(values(&part, 0, &name, time + Millis::hours(1)), want, "{name}");
        }
    }
}
