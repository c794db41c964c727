use std::sync::Arc;

use super::*;
use crate::notebook::book::{MOST_BYTES, MOST_NOTE};
use crate::notebook::entry::Entry;
use crate::notebook::rows_tests::stored;
use crate::store::snapshot::RowRef;

/// Entries of records with these ids, users and targets.
fn entries(records: &[(&str, &str)]) -> Vec<Arc<Entry>> {
    let record = |(at, (id, user)): (usize, &(&str, &str))| {
        let user = serde_json::to_string(user).unwrap();
        format!(
            r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","userName":{user}}},"eventTime":"2023-07-10T12:00:{:02}Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","recipientAccountId":"111122223333","responseElements":{{"credentials":{{"sessionToken":"s3cr3t"}}}},"eventID":"{id}"}}"#,
            59 - at
        )
    };
    let text: Vec<String> = records.iter().enumerate().map(record).collect();
    let snapshot = stored(&text.join("\n"));
    let rows = snapshot
        .parts()
        .iter()
        .flat_map(|part| (0..part.segment.len()).map(|row| RowRef { part, row }));
    rows.map(|row| Arc::new(Entry::of(row, String::new()))).collect()
}

fn text(changes: &[Change]) -> String {
    let begun = Head::new("2023-07-10T12:00:00Z".into(), vec!["demo:".into()]);
    changes.iter().fold(head(&begun), |text, one| text + &change(one))
}

/// What an attacker may write into a field.
const HOSTILE: &[(&str, &str)] = &[
    ("1", "plain"),
    ("2", "a\u{202e}b\u{1b}[2J\n{\"unmark\":\"111122223333/1\"}\n"),
    ("3", "=cmd|' /C calc'!A0"),
    ("", "no id \u{0} at all"),
    ("", "another without"),
];

#[test]
fn what_is_read_back_is_what_was_written() {
    let all = entries(HOSTILE);
    assert_eq!(all.len(), HOSTILE.len());
    let mut changes: Vec<Change> = all.iter().cloned().map(Change::Mark).collect();
    let key = all[1].key.clone();
    changes.push(Change::Note { key, text: "look\nhere #ioc, #b.".into() });
    changes.push(Change::Unmark(all[0].key.clone()));
    changes.push(Change::Filter("who:\"a b\"".into()));
    let mut book = Notebook::default();
    for change in &changes {
        book.take(change).unwrap();
    }
    let case = read(&text(&changes), MOST_BYTES).unwrap();
    assert_eq!((case.lost, case.is_torn), (0, false));
    assert_eq!(case.notebook, book);
    assert_eq!((book.entries().len(), book.filter()), (4, "who:\"a b\""));
    let times: Vec<Timestamp> = book.entries().iter().map(|it| it.time()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let noted = book.find(&all[1].key).unwrap();
    assert_eq!(noted.note, "look here #ioc, #b.");
    assert!(!text(&changes).contains("s3cr3t"), "credentials never reach the disk");
}

#[test]
fn a_torn_last_line_is_left_out_and_said() {
    let all = entries(&HOSTILE[..2]);
    let whole = text(&[Change::Mark(all[0].clone()), Change::Mark(all[1].clone())]);
    let first = text(&[Change::Mark(all[0].clone())]).len();
    for cut in (first + 1..whole.len() - 1).filter(|at| whole.is_char_boundary(*at)) {
        let case = read(&whole[..cut], MOST_BYTES).unwrap();
        assert_eq!((case.notebook.entries().len(), case.is_torn, case.lost), (1, true, 0), "{cut}");
    }
    // A run that went on behind a torn line ended it first.
    let healed = format!("{}\n{}", &whole[..first + 9], change(&Change::Filter("x".into())));
    let case = read(&healed, MOST_BYTES).unwrap();
    assert_eq!((case.lost, case.is_torn, case.notebook.filter()), (1, false, "x"));
    for odd in ["", "\n", "{}", "[]", "null\n", "{\"version\":9,\"begun\":\"\",\"sources\":[]}\n"] {
        assert!(read(odd, MOST_BYTES).is_err(), "{odd:?}");
    }
}

#[test]
fn it_keeps_to_its_bounds() {
    let all = entries(&HOSTILE[..2]);
    let mut book = Notebook::default();
    book.take(&Change::Mark(all[0].clone())).unwrap();
    book.take(&Change::Mark(all[0].clone())).unwrap();
    assert_eq!(book.entries().len(), 1, "each event once");
    let big = Entry { raw: "x".repeat(MOST_BYTES), ..(*all[1]).clone() };
    let before = book.clone();
    let refused = book.take(&Change::Mark(Arc::new(big))).unwrap_err();
    assert!(refused.to_string().contains("full"));
    assert_eq!(book, before);
    let key = all[0].key.clone();
    book.take(&Change::Note { key: key.clone(), text: "é".repeat(MOST_NOTE * 2) }).unwrap();
    assert_eq!(book.find(&key).unwrap().note.chars().count(), MOST_NOTE);
    book.take(&Change::Note { key: "nobody".into(), text: "x".into() }).unwrap();
    book.take(&Change::Unmark("nobody".into())).unwrap();
    book.take(&Change::Unmark(key)).unwrap();
    assert_eq!(book, Notebook::default(), "what is taken away leaves nothing behind");
}

#[test]
fn what_is_left_out_of_a_case_is_said() {
    let all = entries(&HOSTILE[..3]);
    let whole = text(&all.iter().cloned().map(Change::Mark).collect::<Vec<_>>());
    let whole = whole.replacen("{\"mark\"", "{\"mork\"", 1);
    let case = read(&whole[..whole.len() - 9], MOST_BYTES).unwrap();
    assert_eq!(
        case.losses(),
        ["2 lines could not be read and left out (the last one was torn by a sudden end)"]
    );
    let case =
        read(&text(&all.iter().cloned().map(Change::Mark).collect::<Vec<_>>()), 900).unwrap();
    assert!(case.notebook.bytes() <= 900 && case.cut > 0, "{case:?}");
    assert!(case.losses()[0].ends_with("left out for want of room: --memory gives more"));
    assert_eq!(read(&text(&[]), 0).unwrap().losses(), [] as [String; 0]);
}
