//! Rules that change while the dashboard runs.

use std::fs;
use std::path::Path;

use termlens::Key;

use super::stage::{Stage, record, start_in, terminal};

fn rule(name: &str, event: &str) -> String {
    format!(
        "title: {name}\nid: {name}\nlogsource: {{product: aws, service: cloudtrail}}\nlevel: high\ndetection:\n  s: {{eventName: {event}}}\n  condition: s\n"
    )
}

fn started(home: &Path, rules: &Path, more: &[&str]) -> Stage {
    let events = home.join("events.ndjson");
    let records = ["CreateBucket", "DeleteBucket", "ListBuckets"];
    let lines = records
        .iter()
        .zip(0..)
        .map(|(event, second)| record(event, &format!("2026-11-22T11:59:0{second}Z")) + "\n");
    fs::write(&events, lines.collect::<String>()).unwrap();
    let fixed = [
        events.to_str().unwrap(),
        "--rules",
        rules.to_str().unwrap(),
        "--no-builtin-rules",
        "--now",
        "2026-11-22T12:00:00Z",
    ];
    start_in(terminal().env("HOME", home.to_str().unwrap()), &[&fixed[..], more].concat())
}

#[test]
fn an_edited_rule_judges_what_is_here() {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules.yml");
    fs::write(&rules, rule("Made", "CreateBucket")).unwrap();
    let mut stage = started(home.path(), &rules, &[]);
    stage.see("3 of 3");
    stage.see("HIGH 11:59:00 CreateBucket");
    stage.press("A");
    stage.see_no("HIGH 11:59:00 CreateBucket");
    // An older row gets an alert of another rule; what was acknowledged stays so.
    fs::write(&rules, rule("Made", "CreateBucket") + "---\n" + &rule("Gone", "DeleteBucket"))
        .unwrap();
    let screen = stage.see("HIGH 11:59:01 DeleteBucket");
    assert!(!screen.contains("HIGH 11:59:00 CreateBucket"), "{screen}");
    stage.see("2 rules have judged 3 events again: 2 alerts");
    // A damaged file leaves the rules of before, and says where it is wrong.
    fs::write(&rules, rule("Made", "CreateBucket").replace("condition: s", "condition: s and ("))
        .unwrap();
    let screen = stage.see("the rules of before go on");
    assert!(
        screen.contains("rules.yml:7:") && screen.contains("HIGH 11:59:01 DeleteBucket"),
        "{screen}"
    );
    // A rule that is gone takes its alerts along.
    fs::write(&rules, rule("Made", "CreateBucket")).unwrap();
    stage.see_no("HIGH 11:59:01 DeleteBucket");
    stage.press("/rule:Gone");
    stage.key(Key::Enter);
    stage.see("0 of 3");
    stage.press("\\:rules reload");
    stage.key(Key::Enter);
    stage.see("1 rule has judged 3 events again: 1 alert");
    stage.press("q");
    stage.ends(0);
}

#[test]
fn what_was_learned_is_there_the_next_time_and_can_be_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let rules = home.path().join("rules.yml");
    fs::write(&rules, rule("Made", "CreateBucket")).unwrap();
    let mut stage = started(home.path(), &rules, &[]);
    stage.see("3 of 3");
    stage.press(":baseline");
    stage.key(Key::Enter);
    stage.see("2 actors and accounts are known");
    stage.press("q");
    stage.ends(0);
    drop(stage);
    let file = home.path().join(".local/state/trailtop/baseline.ndjson");
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.contains("123456789012:user/alice") && kept.contains("203.0.113.7"), "{kept}");
    let mut stage = started(home.path(), &rules, &["--filter", "new:learning"]);
    stage.see("3 of 3");
    stage.press(":forget-actor");
    stage.key(Key::Enter);
    stage.see("forgotten: what 123456789012:user/alice did");
    stage.key(Key::Ctrl('c'));
    stage.ends(0);
    let kept = fs::read_to_string(&file).unwrap();
    let subject = r#""subject":"123456789012:user/alice""#;
    assert!(!kept.contains(subject), "it does not come back: {kept}");
}
