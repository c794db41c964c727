//! Sets of rules: what loads, what is not ours, what is odd; and public sets where they are.

use std::io::Read as _;
use std::path::Path;

use super::*;
use crate::detect::access::Access;
use crate::detect::judge::Found;
use crate::event::json::Json;
use crate::event::record::Record;

fn rule(id: &str, source: &str, rest: &str) -> String {
    format!(
        "title: T {id}\nid: {id}\nauthor: somebody\nlogsource: {{{source}}}\nlevel: low\ndetection:\n  s: {{eventName: {id}}}\n  condition: s\n{rest}"
    )
}

const OURS: &str = "product: aws, service: cloudtrail";

fn of(texts: &[&str]) -> (Rules, Books) {
    let file =
        |(at, text): (usize, &&str)| File { place: format!("f{at}.yml"), text: (*text).to_owned() };
    load(false, &texts.iter().enumerate().map(file).collect::<Vec<_>>())
}

#[test]
fn rules_for_cloudtrail_are_chosen() {
    let sources = [
        (OURS, true),
        ("product: aws", true),
        ("service: cloudtrail", true),
        ("product: aws, service: securityhub", false),
        ("product: windows, category: process_creation", false),
        ("category: proxy", false),
        ("product: AWS, service: CloudTrail", true),
    ];
    for (source, is_ours) in sources {
        let (_, books) = of(&[&rule("a", source, "")]);
        assert_eq!((books.loaded, books.not_ours), (usize::from(is_ours), usize::from(!is_ours)));
    }
    let broken = rule("a", "product: windows", "").replace("condition: s", "condition: s and (");
    let broken = broken.replace("logsource: {product: windows}", "logsource:\n  product: windows");
    let (_, books) = of(&[&broken, "name: CI\non: push\n"]);
    assert_eq!(books.to_string(), "1 rules: 0 loaded, 0 failed, 1 not ours, 0 warnings");
}

#[test]
fn who_wrote_a_rule_stays_with_it() {
    let (rules, books) =
        of(&[&rule("a", OURS, "license: MIT\ntags: [attack.t1562.008, attack.x]\n")]);
    assert_eq!(books.to_string(), "1 rules: 1 loaded, 0 failed, 0 not ours, 0 warnings");
    let card = &rules.cards[0];
    let said = (&*card.named.id, &*card.author, &*card.licence, card.severity);
    assert_eq!(said, ("a", "somebody", "MIT", Severity::Low));
    assert_eq!(card.techniques, ["T1562.008"]);
}

fn correlation(rules: &str, kind: &str, condition: &str) -> String {
    format!(
        "title: C\nid: c\ncorrelation:\n  type: {kind}\n  rules: [{rules}]\n  group-by: [u]\n  timespan: 5m\n{condition}"
    )
}

#[test]
fn correlations_name_rules_by_id_and_with_a_warning_by_title() {
    let (a, b) = (rule("a", OURS, ""), rule("b", OURS, ""));
    let gte = "  condition: {gte: 3}\n";
    for (text, loaded, failed, warnings) in [
        (correlation("a", "event_count", gte), 3, 0, 0),
        (correlation("T a, b", "temporal_ordered", ""), 3, 0, 1),
        (correlation("a, b", "temporal", ""), 3, 0, 0),
        (correlation("a", "value_count", "  condition: {gte: 3, field: x}\n"), 3, 0, 0),
        (correlation("nobody", "event_count", gte), 2, 1, 0),
        (correlation("a", "event_count", "  condition: {lt: 3}\n"), 2, 1, 0),
        (correlation("a", "value_sum", "  condition: {gte: 3, field: x}\n"), 2, 1, 0),
    ] {
        let (rules, books) = of(&[&a, &b, &text]);
        let seen = (books.loaded, books.failed.len(), books.warnings.len());
        assert_eq!(seen, (loaded, failed, warnings), "{text}\n{books:?}");
        assert_eq!(rules.windows.len(), loaded - 2);
    }
    // What only feeds a window is no alert of its own, unless it is meant to be.
    let text = correlation("a", "event_count", gte);
    let (rules, _) = of(&[&a, &b, &text]);
    let silent: Vec<_> = rules.cards.iter().filter(|card| card.is_silent).collect();
    assert_eq!(silent.len(), 1);
    let (rules, _) = of(&[&a, &text.replace("  timespan", "  generate: true\n  timespan")]);
    assert!(rules.cards.iter().all(|card| !card.is_silent));
}

#[test]
fn odd_rules_are_warned_of() {
    let expands = rule("a", OURS, "").replace("eventName: a", "\"eventName|expand\": '%x%'");
    let nulls = rule("b", OURS, "").replace("eventName: b", "eventName: [null, b]");
    let (_, books) = of(&[&expands, &nulls]);
    assert_eq!((books.loaded, books.warnings.len()), (2, 2), "{books:?}");
    let (_, books) = of(&[&rule("a", OURS, ""), &rule("a", OURS, "")]);
    assert_eq!((books.loaded, books.notes.len()), (2, 1));
}

/// Bombs: each loads or says why it does not, and none of them stops the good one.
#[test]
fn rules_that_are_too_much_end() {
    let written = |selections: &str, condition: &str| {
        format!(
            "title: x\nid: x\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n{selections}  condition: {condition}\n"
        )
    };
    let good = written("  s: {eventName: CreateUser}\n", "s").replace("id: x", "id: good");
    let numbered = |line: &dyn Fn(usize) -> String| (0..1_000).map(line).collect::<String>();
    let many: String = numbered(&|n| format!("  s{n}: {{eventName: X{n}}}\n"));
    let ors = vec!["s0"; 2_000].join(" or ");
    let values: Vec<String> = (0..4_000).map(|n| format!("'*x{n}*y*'")).collect();
    let expressions: String =
        numbered(&|n| format!("  s{n}: {{eventName|re: '(a{{90}}){{90}}{n}'}}\n"));
    let record = format!(
        r#"{{"eventVersion":"1.08","eventName":"{}","eventSource":"iam.amazonaws.com"}}"#,
        "a".repeat(5_000)
    );
    let record = Record::of(Json::checked(&record).unwrap());
    for (text, fails) in [
        (written(&many, "1 of them"), false),
        (written(&many, "all of s*"), false),
        (written(&many, &ors), false),
        (written(&format!("  s: {{eventName: [{}]}}\n", values.join(",")), "s"), false),
        (written("  s: {eventName|re: '(a|a)*(a|aa)+$'}\n", "s"), false),
        (written("  s: {eventName|re: '(((a{99}){99}){99}){99}'}\n", "s"), true),
        (written(&expressions, "1 of them"), true),
    ] {
        let (rules, books) = of(&[&text, &good]);
        assert_eq!(books.failed.len(), usize::from(fails), "{:?}", books.failed);
        assert_eq!(books.loaded, 2 - usize::from(fails));
        let mut found = Found::default();
        found.take(&rules, 0, &record);
        assert!(
            found.met.iter().all(|(_, card)| &*rules.cards[usize::from(*card)].named.id == "x")
        );
    }
}

#[expect(clippy::print_stderr, reason = "a test that tests nothing must say so")]
/// The files of a folder beside the project; none where it is not there.
fn shared(folder: &str) -> Option<Vec<File>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    let Ok(entries) = std::fs::read_dir(&path) else {
        eprintln!("{} is not there: nothing is tested", path.display());
        return None;
    };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let file = |path: std::path::PathBuf| File {
        text: std::fs::read_to_string(&path).unwrap(),
        place: path.file_name().unwrap().to_string_lossy().into_owned(),
    };
    Some(paths.into_iter().map(file).collect())
}

#[test]
fn public_sets_load() {
    for (folder, count, warnings) in [("rules/sigmahq", 57, 0), ("rules/suzaku", 745, 5)] {
        let Some(files) = shared(folder) else { return };
        let (_, books) = load(false, &files);
        let wanted =
            format!("{count} rules: {count} loaded, 0 failed, 0 not ours, {warnings} warnings");
        assert_eq!(books.to_string(), wanted, "{books:?}");
        assert!(books.warnings.iter().all(|note| note.what.contains("a title")));
    }
}

/// The gate is about speed alone: whatever the library finds without it is found.
#[test]
fn no_hit_is_lost_at_the_gate() {
    let (Some(mut files), Some(more)) = (shared("rules/sigmahq"), shared("rules/suzaku")) else {
        return;
    };
    files.extend(more);
    let (matcher, _) = load(false, &files).0.sigma.expect("Sigma rules");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/s3/invictus");
    let (mut records, mut hits) = (0, 0);
    let mut judge = |record: Json<'_>| {
        let record = Access::of(record);
        let mut found = vec![];
        matcher.each(&record, |at| found.push(at));
        found.sort_unstable();
        assert_eq!(found, matcher.each_without_gate(&record));
        records += 1;
        hits += found.len();
    };
    for entry in walkdir::WalkDir::new(folder).into_iter().flatten() {
        let Ok(packed) = std::fs::read(entry.path()) else { continue };
        let mut text = String::new();
        if flate2::read::MultiGzDecoder::new(&packed[..]).read_to_string(&mut text).is_ok() {
            Json::of(&text).get("Records").iter().flat_map(|it| it.items()).for_each(&mut judge);
        }
    }
    // What the gate cannot look at is judged by every rule.
    for odd in [
        r#"{"eventName":["StopLogging"],"eventSource":"cloudtrail.amazonaws.com"}"#,
        r#"{"eventName":"STOPLOGGING","eventSource":"cloudtrail.amazonaws.com"}"#,
        r#"{"eventName":"x","eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com"}"#,
        r#"{"eventName":null}"#,
        "{}",
    ] {
        judge(Json::checked(odd).expect("JSON"));
    }
    assert!(records > 2000 && hits > 1000, "{records} records, {hits} hits");
}
