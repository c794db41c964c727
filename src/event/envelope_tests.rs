//! Records found in every wrapper, and what broken bytes cost.

use proptest::prelude::*;

use super::*;
use crate::event::json::Json;

/// What came out of a piece.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    /// Raw bytes, lossy.
    records: Vec<(u64, String)>,
    skips: Vec<u64>,
    whys: Vec<String>,
    kinds: Vec<&'static str>,
    contents: Vec<u64>,
    names: Vec<String>,
    lossy: usize,
    empty: bool,
}

/// One of the two ways to read a piece.
type Split = fn(&Piece<'_>, &Secret, &mut dyn FnMut(Item<'_>)) -> Summary;

/// Read at once where the shape is usual, and slowly: the same comes out.
fn find(piece: &Piece<'_>) -> Found {
    let secret = Secret::random();
    let found = find_by(piece, &secret, split);
    assert_eq!(found, find_by(piece, &secret, slowly));
    found
}

fn find_by(piece: &Piece<'_>, secret: &Secret, split: Split) -> Found {
    let mut found = Found::default();
    let summary = split(piece, secret, &mut |item| match item {
        Item::Record { offset, raw, record, content, lossy } => {
            assert!(lossy || record.json().text().as_bytes() == raw);
            found.lossy += usize::from(lossy);
            found.contents.push(content);
            found.names.push(format!("{}{:?}", record.event_name(), record.identity()));
            found.records.push((offset, String::from_utf8_lossy(raw).into_owned()));
        }
        Item::Skip { offset, why } => {
            assert!(!why.is_empty());
            found.skips.push(offset);
            found.whys.push(why);
        }
        Item::Other { kind, .. } => found.kinds.push(kind),
    });
    assert_eq!(summary.records, found.records.len() as u64);
    assert_eq!(summary.skipped, found.skips.len() as u64);
    assert_eq!(summary.others, found.kinds.len() as u64);
    found.empty = summary.empty_records;
    found
}

fn piece(bytes: &[u8]) -> Piece<'_> {
    Piece { bytes, base: 0, extent: Extent::Whole, damage: None }
}

fn whole(text: impl AsRef<[u8]>) -> Found {
    find(&piece(text.as_ref()))
}

fn lines(text: impl AsRef<[u8]>) -> Found {
    find(&Piece { extent: Extent::Lines, ..piece(text.as_ref()) })
}

fn damaged(text: impl AsRef<[u8]>) -> Found {
    find(&Piece { damage: Some("cut"), ..piece(text.as_ref()) })
}

fn record(id: usize) -> String {
    format!(r#"{{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventID":"{id}"}}"#)
}

fn counts(found: &Found) -> (usize, usize, usize) {
    (found.records.len(), found.skips.len(), found.kinds.len())
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn every_wrapper_gives_its_records() {
    let (a, b) = (record(1), record(2));
    for (text, records) in [
        (a.clone(), 1),
        (format!("{{\"Records\":[{a},{b}]}}"), 2),
        (format!("[{a},{b}]"), 2),
        (format!("{a}\n{b}\n"), 2),
        (format!("{a}\r\n{b}"), 2),
        (format!("\u{feff}{a}\r\n\r\n\u{feff}{b}\r\n"), 2),
        (format!("{a}{b} {a}\n{b}"), 4),
        (format!("{{\n \"Records\": [\n{a}\n,\n{b}\n ]\n}}\n{{\n\"Records\":[{a}]}}"), 3),
        (format!(r#"{{"Events":[{{"EventId":"x","CloudTrailEvent":{}}}]}}"#, quoted(&a)), 1),
        (format!(r#"{{"detail-type":"AWS API Call via CloudTrail","detail":{a}}}"#), 1),
        (
            format!(
                r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"message":{}}},{{"message":{}}}]}}"#,
                quoted(&a),
                quoted(&format!(" {b}\n"))
            ),
            2,
        ),
        (format!(r#"{{"Type":"Notification","Message":{}}}"#, quoted(&format!("[{a},{b}]"))), 2),
        (format!(r#"{{"Records":[{a}],"Records":[{b},{b}]}}"#), 2),
        (format!(r#"{{"Records":[{a}],"R\u0065cords":[{b},{b}]}}"#), 2),
        (format!(r#"{{"Records":[{a}],"Records":null}}"#), 0),
        (format!("[[[[[[[[{a}]]]]]]]]"), 1),
        (format!("[[[[[[[[[{a}]]]]]]]]]"), 0),
        (format!("[[[[[[[{}]]]]]]]", quoted(&a)), 1),
        (format!("[[[[[[[[{}]]]]]]]]", quoted(&a)), 0),
        (format!(r#"{{"eventName":"x","userIdentity":{{"a":{a}}}}}"#), 1),
    ] {
        let found = whole(&text);
        assert_eq!((found.records.len(), found.skips.len()), (records, 0), "{text}");
    }
}

#[test]
fn what_is_no_record_is_named() {
    for (text, kind) in [
        ("{}", "json"),
        ("[]", "json"),
        ("7", "json"),
        (r#"{"detail-type":"x","detail":{}}"#, "eventbridge"),
        (r#"{"digestStartTime":"x","digestEndTime":"y"}"#, "digest"),
        (r#"{"s3Bucket":"b","s3ObjectKey":["k"]}"#, "notification"),
        (
            r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"x"}]}"#,
            "notification",
        ),
        (r#"[{"configurationItemStatus":"OK"}]"#, "config"),
    ] {
        let found = whole(text);
        assert_eq!(found.kinds, [kind], "{text}");
        assert_eq!(found.records.len() + found.skips.len(), 0);
    }
    let empty = whole(r#"{"Records": [ ]}"#);
    assert!(empty.empty && counts(&empty) == (0, 0, 0));
    for blank in ["", " \r\n\t ", "\u{feff}", "\u{feff}\n\u{feff}\n"] {
        assert_eq!(whole(blank), Found::default());
    }
}

#[test]
fn a_broken_element_costs_itself() {
    let (a, b) = (record(1), record(2));
    for (bad, skips) in [
        (r#"{"eventVersion":"1",}"#, 1),
        (r#"{"eventVersion":"1" "eventSource":"x"}"#, 1),
        (r#"{"x":nul}"#, 1),
        (r#"{"x":"\q"}"#, 1),
        ("tru", 1),
        ("", 1),
        (r#"{"x":01},{"y":.5}"#, 2),
    ] {
        for text in [
            format!(r#"{{"Records":[{a},{bad},{b}]}}"#),
            format!("[{a},{bad},{b}]"),
            format!("[\n  {a},\n  {bad},\n  {b}\n]\n"),
        ] {
            let found = whole(&text);
            assert_eq!(counts(&found), (2, skips, 0), "{text}: {found:?}");
        }
        let text = format!("[{a},{bad},{b}]");
        let at = text.find(bad).unwrap() as u64;
        if !bad.is_empty() {
            assert_eq!(whole(&text).skips[0], at, "{text}");
        }
    }
    let no_comma = whole(format!("[{a}{b}]"));
    assert_eq!(counts(&no_comma), (2, 1, 0), "a missing comma is a fault, the elements are read");
}

#[test]
fn a_broken_line_costs_itself() {
    let (a, b) = (record(1), record(2));
    for bad in [
        r#"{"eventVersion":"1.08","eventSou"#,
        r#"{"eventVersion":"1.08""#,
        "[",
        "{{{{",
        "}",
        "garbage and more",
        "2023-01-01 {",
        "\"open",
        "\0\0\0",
    ] {
        for (before, after) in [
            (String::new(), format!("\n{a}\n{b}\n")),
            (format!("{a}\n"), format!("\n{b}\n")),
            (format!("{a}\n{b}\n"), "\n".to_owned()),
            (format!("{a}\r\n{b}\r\n"), String::new()),
            (String::new(), format!("\r\n{a}\r\n{b}")),
        ] {
            let text = format!("{before}{bad}{after}");
            for found in [whole(&text), lines(&text)] {
                assert_eq!(counts(&found), (2, 1, 0), "{text}: {found:?}");
                let blanks = (bad.len() - bad.trim_start().len()) as u64;
                assert_eq!(found.skips, [before.len() as u64 + blanks], "{text}");
            }
        }
        let twice = whole(format!("{a}\n{bad}\n{bad}\n{b}\n"));
        assert_eq!(counts(&twice), (2, 2, 0), "{bad}");
    }
    let balanced_by_chance = format!("{{\"a\":1\n{a}\n{b}\n}}\n");
    assert_eq!(counts(&whole(balanced_by_chance)), (2, 2, 0));
    assert_eq!(counts(&whole(format!("{a} }} {b}\n{b}\n"))), (2, 1, 0));
}

#[test]
fn of_a_broken_document_the_complete_elements_are_kept() {
    let (a, b) = (record(1), record(2));
    for tail in [
        r#"{"eventVersion":"1","requestParameters":{"x":[{"eventName":"y","eventSource":"z"}],"#,
        r#"{"eventVersion":"1","b"#,
        r#"{"a": "b"#,
        "{\"a\": \"b\nc\"}]}",
        "{",
        "",
    ] {
        for (open, comma) in
            [("{\"Records\":[", ","), ("[", ",\n"), ("{\n \"x\": 1,\n \"Records\":\n[", ",\n  ")]
        {
            let text = format!("{open}{a}{comma}{b}{comma}{tail}");
            let at = text.len() - tail.len();
            let is_one_line = !tail.contains('\n');
            let one_line = if is_one_line { lines(text.replace('\n', " ")) } else { whole(&text) };
            for found in [whole(&text), damaged(&text), one_line] {
                assert_eq!(counts(&found), (2, 1, 0), "{text}: {found:?}");
                assert!(found.skips[0] >= at as u64, "{text}: {found:?}");
            }
            assert_eq!(damaged(&text).whys, ["cut"]);
        }
    }
    assert_eq!(counts(&whole("hello\nworld\n\n# no JSON [1]\n")), (0, 1, 0));
    assert_eq!(counts(&whole("eventTime,eventName\n\"a\",\"b\"\n")), (0, 1, 0));
}

#[test]
fn a_damage_is_one_skip() {
    let a = record(1);
    for (text, records) in [
        (String::new(), 0),
        (a.clone(), 1),
        (format!("{a}\n"), 1),
        (format!("{a}\n{{\"eventVer"), 1),
        (format!("{a}\n{a}\n\"x"), 2),
        (format!("{{\"Records\":[{a},{{"), 1),
    ] {
        let found = damaged(&text);
        assert_eq!((found.records.len(), found.whys), (records, vec!["cut".to_owned()]), "{text}");
    }
}

#[test]
fn odd_bytes_are_kept_as_they_came() {
    let mut bytes = b"{\"Records\":[{\"eventName\":\"a\xff\xfeb\",\"eventSource\":\"x\"},".to_vec();
    bytes.extend_from_slice(record(1).as_bytes());
    bytes.extend_from_slice(b"]}");
    let mut raws = Vec::new();
    let summary = split(&piece(&bytes), &Secret::random(), &mut |item| {
        let Item::Record { offset, raw, record, lossy, .. } = item else { panic!("{item:?}") };
        assert_eq!(raw, &bytes[offset as usize..offset as usize + raw.len()]);
        raws.push((record.event_name().into_owned(), lossy));
    });
    assert_eq!(summary.records, 2);
    assert_eq!(raws, [("a\u{fffd}\u{fffd}b".to_owned(), true), (String::new(), false)]);
    let half = r#"{"eventName":"\ud83d","eventSource":"x"}"#;
    assert_eq!(counts(&whole(format!("{half}\n{}", quoted(half)))), (2, 0, 0), "half a pair");
}

#[test]
fn offsets_count_from_the_object() {
    let (a, b) = (record(1), record(2));
    let text = format!(" {a}\n[{b},{}] x\n", quoted(&a));
    let found =
        find(&Piece { bytes: text.as_bytes(), base: 1000, extent: Extent::Lines, damage: None });
    let offsets: Vec<u64> = found.records.iter().map(|(offset, _)| *offset).collect();
    let second = 1000 + text.find('[').unwrap() as u64 + 1;
    assert_eq!(offsets, [1001, second, second + b.len() as u64 + 1]);
    assert_eq!(found.skips, [1000 + text.find('x').unwrap() as u64]);
}

#[test]
fn floods_of_brackets_are_walked_a_bounded_number_of_times() {
    let deep = "[".repeat(1_000_000);
    assert_eq!(counts(&whole(&deep)), (0, 1, 0));
    let balanced = format!("{deep}{}", "]".repeat(1_000_000));
    assert_eq!(counts(&whole(&balanced)), (0, 0, 1));
    let inside = format!(r#"{{"eventName":"x","eventSource":"y","z":{balanced}}}"#);
    assert_eq!(counts(&whole(&inside)), (1, 0, 0));
    let line = format!("{}\n", "[".repeat(100_000));
    let many = format!("{}\n{}{}", record(1), line.repeat(20), record(2));
    assert_eq!(counts(&whole(&many)), (2, 20, 0));
    let short = format!("{}\n{}", record(1), "[\n".repeat(300_000));
    assert_eq!(counts(&whole(&short)), (1, 300_000, 0));
    assert_eq!(counts(&whole("[\n".repeat(300_000))), (0, 1, 0));
    assert_eq!(counts(&whole("{\"a\":1,}".repeat(100_000))).0, 0);
    assert_eq!(counts(&lines("{} ".repeat(300_000))), (0, 0, 300_000));
    assert_eq!(counts(&whole("{\"\":".repeat(300_000))), (0, 1, 0));
    assert_eq!(counts(&whole("\"".repeat(300_001))), (0, 1, 150_000));
}

/// Records in one of the wrappers, and the bytes of each.
fn wrapped() -> impl Strategy<Value = (String, Vec<String>)> {
    let value = prop_oneof![
        "[ -~é\u{feff}😀]{0,12}".prop_map(|text| quoted(&text)),
        "-?[1-9][0-9]{0,20}(\\.[0-9]{1,3})?",
        Just("null".to_owned()),
        Just(r#"[{"Records":[{"eventName":"no","eventSource":"no"}]}]"#.to_owned()),
        Just(r#"{"a":"\ud800","a":"{\"eventName\""}"#.to_owned()),
    ];
    let one = (value, 0..99usize).prop_map(|(value, id)| {
        format!(r#"{{"x":{value}, "eventVersion" : "1.{id}","userIdentity":{{}} }}"#)
    });
    (proptest::collection::vec(one, 0..6), 0..7).prop_map(|(records, wrapper)| {
        let joined = records.join(",");
        let text = match wrapper {
            0 => format!("{{\"Records\":[{joined}]}}"),
            1 => format!("[{joined}]"),
            2 => records.join("\n"),
            3 => records.join(" "),
            4 => format!("\u{feff}[\n{}\n]", records.join("\n,\n")),
            5 => format!(r#"{{"a":{{"detail":[[{joined}]]}}}}"#),
            _ => {
                let events = records.iter().map(|r| format!(r#"{{"message":{}}}"#, quoted(r)));
                format!("{{\"logEvents\":[{}]}}", events.collect::<Vec<_>>().join(","))
            }
        };
        (text, records)
    })
}

proptest! {
    #[test]
    fn records_come_out_of_any_wrapper_byte_for_byte((text, records) in wrapped()) {
        let found = whole(&text);
        prop_assert_eq!(&found.skips, &Vec::<u64>::new());
        let raws: Vec<String> = found.records.into_iter().map(|(_, raw)| raw).collect();
        prop_assert_eq!(raws, records);
    }

    #[test]
    fn whatever_is_broken_offsets_stay_inside(
        (text, _) in wrapped(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..5),
        marks in any::<bool>(),
        extent in prop_oneof![Just(Extent::Whole), Just(Extent::Lines)],
        damage in prop_oneof![Just(None), Just(Some("cut"))],
    ) {
        let mut bytes = text.into_bytes();
        for (at, byte, edit) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            let byte = if marks { b"{}[]\",:\\\n 1"[usize::from(byte) % 11] } else { byte };
            match edit {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => {}
            }
        }
        let (length, base) = (bytes.len() as u64, 10);
        let mut seen = 0;
        split(&Piece { bytes: &bytes, base, extent, damage }, &Secret::random(), &mut |item| {
            let (Item::Record { offset, .. } | Item::Skip { offset, .. } | Item::Other { offset, .. }) = item;
            assert!((base..=base + length).contains(&offset));
            if let Item::Record { record, .. } = item {
                assert!(Json::checked(record.json().text()).is_ok());
            }
            seen += usize::from(matches!(item, Item::Skip { ref why, .. } if why == "cut"));
        });
        prop_assert_eq!(seen, usize::from(damage.is_some()));
    }

    #[test]
    fn random_bytes_are_no_danger(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        whole(&bytes);
        lines(&bytes);
        damaged(&bytes);
    }
}
