//! Records of every kind, read column by column. Each `tests/data/events/NAME.json` (written by us)
//! stands beside `NAME.txt`, what must be read from it; `UPDATE=1 cargo test` writes that anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use trailtop::event::field::{Column, Flag};
use trailtop::event::json::Json;
use trailtop::event::read::{Event, Hints};
use trailtop::event::record::Record;
use trailtop::event::time::Timestamp;

const FLAGS: [(Flag, &str); 3] =
    [(Flag::TimeUnknown, "time?"), (Flag::Unsafe, "unsafe"), (Flag::Omitted, "omitted")];

fn read(text: &str) -> String {
    let now = Timestamp::parse("2026-11-22T12:00:00Z").unwrap();
    let record = Record::of(Json::checked(text).unwrap());
    assert!(record.is_record());
    let event = Event::read(&record, &Hints::default(), now);
    let mut out = String::new();
    let time = event.time.map_or("-".to_owned(), |time| time.to_string());
    writeln!(out, "time       {time}").unwrap();
    for (flag, word) in FLAGS {
        if event.flags & flag as u16 != 0 {
            writeln!(out, "flag       {word}").unwrap();
        }
    }
    for column in Column::ALL {
        let value = event.text(column);
        if !value.is_empty() {
            writeln!(out, "{:<10} {}", format!("{column:?}").to_lowercase(), value.escape_debug())
                .unwrap();
        }
    }
    out
}

#[test]
fn every_kind_of_record_is_read_as_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/events");
    let mut names: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    names.sort();
    assert!(names.len() >= 40, "{} records", names.len());
    let mut wrong = String::new();
    for path in names {
        let found = read(&fs::read_to_string(&path).unwrap());
        let expected_at = path.with_extension("txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected_at, &found).unwrap();
        }
        let expected = fs::read_to_string(&expected_at).unwrap_or_default();
        if found != expected {
            writeln!(wrong, "{}\n--- expected\n{expected}--- found\n{found}", path.display())
                .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
