use std::fmt::Write as _;

use super::*;
use crate::export::safe::is_unsafe;
use crate::notebook::book::{Change, Notebook};
use crate::notebook::rows_tests::stored;

const RECORDS: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"bert-jan"},"eventTime":"2023-07-10T12:00:08Z","eventSource":"cloudtrail.amazonaws.com","eventName":"PutEventSelectors","awsRegion":"us-east-1","sourceIPAddress":"192.168.10.20","userAgent":"stratus-red-team","requestParameters":{"trailName":"arn:aws:cloudtrail:us-east-1:111122223333:trail/ctes"},"responseElements":{"credentials":{"sessionToken":"s3cr3t"}},"eventID":"e1","recipientAccountId":"111122223333"}
{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"=1+1\u202e@here *x*"},"eventTime":"2023-07-10T12:00:09Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","userAgent":"x","errorCode":"AccessDenied","errorMessage":"no","requestParameters":{"userName":"<b>\u001b[2J[x](http://evil)"},"eventID":"e2","recipientAccountId":"111122223333"}"#;

fn export(form: Form) -> Export {
    let snapshot = stored(RECORDS);
    let mut book = Notebook::default();
    for id in 0..2 {
        let row = snapshot.row(RowId(id)).unwrap();
        let entry = Arc::new(Entry::of(row, root_of(row, snapshot.kin())));
        let (key, text) = (entry.key.clone(), "gone `dark` #t1562".to_owned());
        book.take(&Change::Mark(entry)).unwrap();
        if id == 0 {
            book.take(&Change::Note { key, text }).unwrap();
        }
    }
    Export {
        form,
        case: "20230710-1".into(),
        about: vec!["filter: @danger".into(), "NOT COMPLETE: <x>".into()],
        entries: book.entries().to_vec(),
        rows: vec![],
        snapshot,
        alerts: vec![],
    }
}

fn text(export: &Export) -> String {
    String::from_utf8(export.made().0).unwrap()
}

#[test]
fn the_timeline() {
    let expected = r"# Timeline of 20230710-1

- filter: \@danger
- NOT COMPLETE: \<x\>
- 2 events from 2023-07-10 12:00:08 to 2023-07-10 12:00:09, UTC

- 2023-07-10 12:00:08 **bert-jan** cloudtrail:PutEventSelectors on ctes: ok from 192.168.10.20, 111122223333 us-east-1 - **gone \`dark\` \#t1562**
- 2023-07-10 12:00:09 **=1+1\\u202e\@here \*x\*** iam:CreateUser on \<b\>\\u001b\[2J\[x\](http://evil): DENIED from 203.0.113.7, 111122223333 us-east-1
";
    let text = text(&export(Form::Timeline));
    assert_eq!(text, expected);
    assert!(text.chars().all(|c| c == '\n' || !is_unsafe(c)));
}

#[test]
fn records_and_spreadsheet_carry_no_credentials_and_no_formula() {
    let ndjson = text(&export(Form::Ndjson));
    assert_eq!(ndjson.lines().count(), 2);
    let json = text(&export(Form::Json));
    assert!(json.starts_with("[\n{") && json.ends_with("}\n]\n"), "{json}");
    let csv = text(&export(Form::Csv));
    assert!(csv.starts_with("time,event,svc,"), "{csv}");
    assert!(csv.contains(",'=1+1") && csv.contains("gone `dark` #t1562"), "{csv}");
    for text in [ndjson, json, csv] {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

/// Names that an attacker chose, each where an export could be led astray.
const HOSTILE: [&str; 12] = [
    "../../etc/passwd",
    "a/b\\c",
    "$(touch x)`id`;'\"",
    "=cmd|'/C calc'!A0",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "a\nb\r\n# title\n- item",
    "[x](javascript:alert(1))<script>|**bold**",
    "\u{1b}]0;owned\u{7}\u{202e}\u{200b}",
    ",\"\n=1+1\"",
];

#[test]
fn hostile_names_stay_names_in_every_form() {
    for name in HOSTILE {
        let quoted = name.chars().fold(String::new(), |mut text, c| {
            write!(text, "\\u{:04x}", u32::from(c)).unwrap();
            text
        });
        let quoted = format!("\"{quoted}\"");
        let record = RECORDS.lines().nth(1).unwrap();
        let record = record.replace(r#""=1+1\u202e@here *x*""#, &quoted);
        let record = record.replace(r#""<b>\u001b[2J[x](http://evil)""#, &quoted);
        let snapshot = stored(&record);
        let row = snapshot.row(RowId(0)).unwrap();
        assert_eq!(row.text(crate::event::field::Column::Actor), name);
        let entries = vec![Arc::new(Entry::of(row, String::new()))];
        let of = |form| {
            let about = vec![format!("filter: who:{name}")];
            let case = format!("c-{name}");
            let (entries, snapshot) = (entries.clone(), snapshot.clone());
            Export { form, case, about, entries, rows: vec![], snapshot, alerts: vec![] }
        };
        let file = of(Form::Csv).file_name();
        assert!(
            !file.contains(['/', '\\', '\0', '\n']) && !file.starts_with(['.', '-']),
            "{file:?}"
        );
        assert!(file.chars().all(|c| !is_unsafe(c)), "{file:?}");
        let timeline = text(&of(Form::Timeline));
        assert_eq!(timeline.lines().filter(|line| line.starts_with("- 2023")).count(), 1);
        assert_eq!(timeline.lines().filter(|line| line.starts_with('#')).count(), 1, "{timeline}");
        assert!(!timeline.contains("<script>") && !timeline.contains("[x](java"), "{timeline}");
        assert!(timeline.chars().all(|c| c == '\n' || !is_unsafe(c)), "{timeline:?}");
        let csv = text(&of(Form::Csv));
        let rows = csv::ReaderBuilder::new().from_reader(csv.as_bytes()).into_records();
        let rows: Vec<_> = rows.map(|row| row.unwrap()).collect();
        assert_eq!(rows.len(), 1, "{csv}");
        for cell in &rows[0] {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        }
        assert_eq!(text(&of(Form::Ndjson)).lines().count(), 1);
    }
}

#[test]
fn rows_stand_in_for_an_empty_notebook() {
    let all = export(Form::Timeline);
    let (rows, entries) = (vec![RowId(1), RowId(0), RowId(77)], vec![]);
    let (bytes, events) = Export { entries, rows, ..all }.made();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(events, 2);
    assert!(text.contains("1 event had left the buffer"), "{text}");
}
