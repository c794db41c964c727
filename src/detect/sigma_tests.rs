//! Sigma, one feature a case, and files that are broken or hostile.

use std::fmt::Write as _;

use rsigma_parser::parse_sigma_yaml;

use super::*;
use crate::event::json::Json;

/// What a detection says of a record; the error is that of loading.
fn meets(detection: &str, record: &str) -> Result<bool, String> {
    let text = format!(
        "title: t\nlogsource:\n  product: aws\n  service: cloudtrail\ndetection:\n  {detection}\n  condition: s\n"
    );
    let read = parse_sigma_yaml(&text).map_err(|error| error.to_string())?;
    assert!(read.errors.is_empty(), "{:?}", read.errors);
    let (matcher, wrong) = Matcher::compile(read.rules, &[]);
    if let Some((_, why)) = wrong.into_iter().next() {
        return Err(why);
    }
    let mut met = false;
    matcher.each(&Access::of(Json::checked(record).unwrap()), |_| met = true);
    Ok(met)
}

/// A detection, a record, and whether one meets the other, as an independent evaluator says that
/// takes an object for its text.
const FEATURES: &[(&str, &str, bool)] = &[
    (
        "s:\n    requestParameters|contains: Suspended",
        r#"{"requestParameters":{"V":{"Status":"Suspended"}}}"#,
        true,
    ),
    ("s:\n    a.b: 'true'", r#"{"a":{"b":true}}"#, true),
    ("s:\n    a.b: true", r#"{"a":{"b":"true"}}"#, true),
    ("s:\n    a: 22", r#"{"a":"22"}"#, true),
    ("s:\n    a: '22'", r#"{"a":22}"#, true),
    ("s:\n    a: null", r#"{"z":1}"#, true),
    ("s:\n    a: null", r#"{"a":null}"#, true),
    ("s:\n    a|exists: true", r#"{"a":null}"#, false),
    ("s:\n    a|exists: false", r#"{"z":1}"#, true),
    ("s:\n    a.b|contains: x", r#"{"a":[{"b":"1x"},{"b":"2"}]}"#, true),
    ("s:\n    a|contains|all:\n      - x\n      - y", r#"{"a":["x","y"]}"#, true),
    ("s:\n    a|contains: '*'", r#"{"a":""}"#, true),
    ("s:\n    a: '*'", r#"{"a":"q"}"#, true),
    ("s:\n    a: '*'", r#"{"z":"q"}"#, false),
    ("s:\n    a: '*'", r#"{"a":{"x":1}}"#, true),
    ("s:\n    a: ConsoleLogin", r#"{"a":"consolelogin"}"#, true),
    ("s:\n    a|cased: ConsoleLogin", r#"{"a":"consolelogin"}"#, false),
    ("s:\n    a|re: Foo.*", r#"{"a":"xxfooyy"}"#, false),
    ("s:\n    a|re|i: foo.*", r#"{"a":"xxFOOyy"}"#, true),
    ("s:\n    a|re: oo", r#"{"a":"foobar"}"#, true),
    ("s:\n    a|cidr: 10.0.0.0/8", r#"{"a":"10.1.2.3"}"#, true),
    ("s:\n    a|cidr: 10.0.0.0/8", r#"{"a":"AWS Internal"}"#, false),
    ("s:\n    a|cidr: 2001:db8::/32", r#"{"a":"2001:db8::1"}"#, true),
    ("s:\n    a|fieldref: b.c", r#"{"a":"Bob","b":{"c":"bob"}}"#, true),
    ("s:\n    - hello", r#"{"a":{"b":["say HELLO there"]}}"#, true),
    ("s:\n    a.b: 1", r#"{"a.b":1}"#, true),
    ("s:\n    a|gt: 5", r#"{"a":6}"#, true),
    ("s:\n    a|gt: 5", r#"{"a":"6"}"#, true),
    ("s:\n    a|windash|contains: ' -f'", r#"{"a":"cmd /f"}"#, true),
    (
        r"s:
    a: 'C:\x\y'",
        r#"{"a":"C:\\x\\y"}"#,
        true,
    ),
    (
        r"s:
    a: 'x\*y'",
        r#"{"a":"x*y"}"#,
        true,
    ),
    ("s:\n    a|contains: 'ÄÖ'", r#"{"a":"xäö"}"#, true),
    // Not allowed in Sigma, and warned of when it is loaded.
    ("s:\n    a:\n      - null\n      - Success", r#"{"z":1}"#, false),
    ("s:\n    a|base64offset|contains: foo", r#"{"a":"xxZm9vyy"}"#, true),
    ("s:\n    a|neq: b", r#"{"a":"c"}"#, true),
    ("s:\n    a: ''", r#"{"a":""}"#, true),
    ("s:\n    a|startswith:\n      - Get\n      - List", r#"{"a":"ListUsers"}"#, true),
    ("s:\n    a: 'x?z'", r#"{"a":"xyz"}"#, true),
    // Beyond the probes: what CloudTrail does to fields.
    ("s:\n    a.b.c: x", r#"{"a":{"b":[{"c":["x","y"]},{"c":"z"}]}}"#, true),
    ("s:\n    a.b: x", r#"{"a":{"b":"x"},"a":{"b":"y"}}"#, false),
    ("s:\n    a: x", r#"{"a":"\u0078"}"#, true),
    ("s:\n    a.b|contains: k", r#"{"a":{"b":{"k":1}}}"#, true),
];

#[test]
fn single_features() {
    let mut faults = vec![];
    for (detection, record, wanted) in FEATURES {
        let said = meets(detection, record);
        if said != Ok(*wanted) {
            faults.push(format!("{detection:?} on {record}: {said:?}, not {wanted}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn what_cannot_be_run_is_said_when_it_is_loaded() {
    let why = meets("s:\n    a|re: foo(?!bar)", r#"{"a":"foobaz"}"#).unwrap_err();
    assert!(why.contains("look-around"), "{why}");
}

fn kinds(text: &str) -> Vec<String> {
    let documents = read(text);
    let word = |document: &Document| match &document.kind {
        Kind::Detection(rule) => format!("{}: detection {}", document.line, rule.title),
        Kind::Correlation(rule) => format!("{}: correlation {}", document.line, rule.title),
        Kind::Filter(rule) => format!("{}: filter {}", document.line, rule.title),
        Kind::Unreadable(_, wrong) => format!("{}:{}: {}", wrong.line, wrong.column, wrong.what),
        Kind::Other => format!("{}: other", document.line),
    };
    documents.iter().map(word).collect()
}

const GOOD: &str = "title: good\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s: {eventName: X}\n  condition: s\n";

#[test]
fn a_broken_document_costs_no_other() {
    let broken = "title: bad\nlogsource: {product: aws}\ndetection:\n  s: {eventName: X}\n  condition: s and (\n";
    let text = format!("{GOOD}---\n{broken}---\n{GOOD}---\nname: workflow\non: push\n");
    let seen = kinds(&text);
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert_eq!(seen[0], "1: detection good");
    assert!(seen[1].starts_with("11:"), "{seen:?}");
    assert_eq!(seen[2], "13: detection good");
    assert_eq!(seen[3], "19: other");
}

#[test]
fn faults_have_a_place() {
    for (from, to, place) in [
        ("condition: s", "condition: s | count() by x > 5", "5:"),
        ("{eventName: X}", "{eventName|foo: X}", "4:"),
        ("  s: {eventName: X}", "  s: {eventName: X", "5:"),
        ("title: good\n", "", "1:"),
    ] {
        let seen = kinds(&GOOD.replacen(from, to, 1));
        assert!(seen[0].starts_with(place) && seen.len() == 1, "{to}: {seen:?}");
    }
    let old = kinds(&GOOD.replacen("condition: s", "condition: s | count() by x > 5", 1));
    assert!(old[0].contains("type: event_count"), "{old:?}");
}

#[test]
fn hostile_files_end() {
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    let names: Vec<char> = ('a'..='i').collect();
    for pair in names.windows(2) {
        let inner = vec![format!("*{}", pair[0]); 9].join(",");
        writeln!(bomb, "{}: &{} [{inner}]", pair[1], pair[1]).unwrap();
    }
    let deep = format!("s: {}x{}", "[".repeat(50_000), "]".repeat(50_000));
    let nots = format!("condition: {}s", "not (".repeat(20_000));
    for text in [
        format!("{GOOD}{bomb}"),
        GOOD.replacen("s: {eventName: X}", &deep, 1),
        GOOD.replacen("condition: s", &nots, 1),
        GOOD.replacen("{eventName: X}", "{eventName|re: '(a{1000}){1000}'}", 1),
        "---\n".repeat(100_000),
        "\u{0}\u{1}detection: \u{feff}".to_owned(),
        "x".repeat(MAX_BYTES + 1),
    ] {
        let documents = read(&text);
        let rules = documents.into_iter().filter_map(|document| match document.kind {
            Kind::Detection(rule) => Some(*rule),
            _ => None,
        });
        Matcher::compile(rules.collect(), &[]);
    }
}

#[test]
fn any_text_is_read_without_a_panic() {
    for seed in 0..200usize {
        let cut: String = GOOD.chars().cycle().skip(seed).step_by(1 + seed % 3).take(150).collect();
        read(&cut);
        read(&GOOD[..GOOD.len().min(seed)]);
    }
}
