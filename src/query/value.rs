//! The values of a key or path in one row: what `--by` counts, `--columns` prints and `+` takes.

use std::borrow::Cow;

use crate::event::field::{From, Origin};
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
        From::Later(_) => vec![],
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
