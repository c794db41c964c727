//! The table of calls: every row reads, names what exists, and gives a text.

use super::*;
use crate::event::json::Json;
use crate::event::means::past;
use crate::event::secret::is_secret;

const TABLE: &str = include_str!("../../assets/calls.tsv");

#[test]
fn every_row_reads_and_every_event_has_one_row() {
    let mut seen = std::collections::BTreeSet::new();
    for line in rows(TABLE) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), 8, "{line}");
        assert!(cells.iter().all(|cell| !cell.trim().is_empty() && cell.trim() == *cell), "{line}");
        for event in cells[1].split(' ') {
            assert!(seen.insert((cells[0], event)), "{} {event} has two rows", cells[0]);
            assert_eq!(name::plain(event), event, "written without its date");
        }
        assert!(cells[3] == "-" || TECHNIQUES.contains_key(cells[3]), "{}", cells[3]);
        for text in [cells[5], cells[6]] {
            assert!(text.ends_with('.'), "{text}");
        }
    }
    assert!(seen.len() >= 120, "{}", seen.len());
    assert_eq!(calls().count(), seen.len());
}

#[test]
fn techniques_are_all_named_by_a_call() {
    for id in TECHNIQUES.keys() {
        assert!(rows(TABLE).any(|row| row.split('\t').nth(3) == Some(id)), "{id}");
    }
}

#[test]
fn templates_close_what_they_open_and_name_no_secret() {
    const READERS: [&str; 9] = [
        "policy",
        "rules",
        "share",
        "block",
        "grants",
        "selectors",
        "attribute",
        "launch",
        "filters",
    ];
    for (_, event, call) in calls() {
        for template in [call.means, call.next] {
            for (open, close) in [('{', '}'), ('[', ']')] {
                let count = |c| template.chars().filter(|other| *other == c).count();
                assert_eq!(count(open), count(close), "{event}: {template}");
            }
            let places = template.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            for place in places {
                if let Some(reader) = place.strip_prefix('%') {
                    let name = reader.split(' ').next().unwrap();
                    assert!(READERS.contains(&name), "{event}: {reader}");
                }
                for one in place.split('/') {
                    let last = one.rsplit('.').next().unwrap();
                    assert!(!is_secret(last, Json::of("\"x\"")), "{event}: {one}");
                    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-.>&% ".contains(&b);
                    assert!(one.bytes().all(plain) && !one.is_empty(), "{event}: {one}");
                }
            }
        }
        let verb = call.means.split(' ').next().unwrap();
        assert!(verb.bytes().all(|b| b.is_ascii_lowercase()), "{event}: {verb}");
        let past = past(verb);
        let is_odd =
            ["eed", "cyed", "pyed", "ryed", "topd", "putted"].iter().any(|end| past.ends_with(end));
        assert!(!is_odd, "{event}: {past}");
    }
}

#[test]
fn dates_and_domains_do_not_matter() {
    let update = call("lambda.amazonaws.com", "UpdateFunctionCode20150331v2").unwrap();
    assert_eq!(update.service, "lambda");
    assert!(call("cloudtrail", "StopLogging").unwrap().is_undone_by("StartLogging"));
    assert!(!call("cloudtrail", "StopLogging").unwrap().is_undone_by("StopLogging"));
    assert!(!call("signin", "ConsoleLogin").unwrap().is_undone_by(""));
    assert_eq!(call("cloudtrail", "Nothing"), None);
}

#[test]
fn what_no_row_knows_is_told_by_its_name() {
    assert_eq!(
        by_name("glue.amazonaws.com", "DeleteTrigger", "W"),
        "A call of glue: by its name (\"delete trigger\") it removes, stops or parts something."
    );
}
