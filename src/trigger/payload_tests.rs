use super::*;
use crate::event::time::Timestamp;
use crate::trigger::definition::{Names, Options, Triggers};
use crate::trigger::sample;

fn sample() -> serde_json::Value {
    let written = Options::all("[[trigger]]\nname=\"a\"\nrules=[\"*\"]\nrun=[\"x\"]\n");
    let presets = crate::query::library::builtin();
    let names = Names { presets: &presets, accounts: &[] };
    let (triggers, left) = Triggers::of(&written, names, &|_| None);
    assert_eq!(left, [""; 0]);
    let now = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
    let firings = sample::firings(&triggers, &[0], ("run", now));
    serde_json::from_slice(&firings[0].payload).unwrap()
}

#[test]
fn the_alert_its_rule_and_the_event_are_in_it() {
    let it = sample();
    assert_eq!(
        it["text"],
        "TEST HIGH Test of a trigger · alice · StopLogging example-trail · SUCCEEDED"
    );
    assert_eq!((&it["trigger"], &it["id"]), (&"a".into(), &"run-1".into()));
    assert_eq!(
        (&it["test"], &it["simulated"], &it["live"]),
        (&true.into(), &true.into(), &false.into())
    );
    assert_eq!(it["alert"]["severity"], "high");
    assert_eq!(it["alert"]["ending"], "SUCCEEDED");
    assert_eq!(it["alert"]["event_name"], "StopLogging");
    assert_eq!(it["alert"]["first"], "2026-03-01T12:00:00Z");
    assert_eq!(it["rule"]["id"], "trailtop-test");
    assert_eq!(it["rule"]["licence"], "MIT OR Apache-2.0");
    assert_eq!(it["event"]["eventTime"], "2026-03-01T12:00:00Z");
    assert_eq!(it["event"]["eventID"], it["alert"]["event_id"]);
}

fn sent(raw: &[u8]) -> (String, serde_json::Value) {
    let alert = sample::alert(Timestamp(0));
    let told = Told {
        trigger: "a",
        id: "1",
        words: "words",
        alert: &alert,
        filter: Some("@danger"),
        event: Event { id: "e", raw, ..Event::default() },
        test: false,
        simulated: false,
        live: true,
    };
    let line = String::from_utf8(payload(&told)).unwrap();
    assert_eq!(line.matches('\n').count(), 1, "one line");
    let read = serde_json::from_str(&line).unwrap();
    (line, read)
}

#[test]
fn secrets_do_not_leave() {
    let event = br#"{
        "responseElements": {"credentials": {"sessionToken": "FwoGZXIv", "accessKeyId": "ASIA"}},
        "requestParameters": {"policy": "{\"password\":\"hunter2\"}"}
    }"#;
    let (line, it) = sent(event);
    assert!(!line.contains("FwoGZXIv") && !line.contains("hunter2"), "{line}");
    assert_eq!(it["event"]["responseElements"]["credentials"]["accessKeyId"], "ASIA");
    assert_eq!((it.get("rule"), &it["filter"]), (None, &"@danger".into()));
}

#[test]
fn whatever_the_event_is_the_line_is_json() {
    assert_eq!(sent(b"").1["event"], "");
    assert_eq!(sent(b"{\"a\":\xff}").1["event"], "{\"a\":\u{fffd}}");
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_EVENT));
    let (_, it) = sent(large.as_bytes());
    assert_eq!(it["event_omitted_bytes"], large.len());
    assert!(it["event"].is_null());
    let five = format!("{{\"a\":\"{}\"}}", "x".repeat(5 << 20));
    assert_eq!(sent(five.as_bytes()).1["event"]["a"].as_str().unwrap().len(), 5 << 20);
}

#[test]
fn words_are_short_and_steer_nothing() {
    let mut alert = sample::alert(Timestamp(0));
    alert.actor = "\u{1b}[2J\u{202e}evil".into();
    alert.count = 7;
    let target = "x".repeat(1000);
    let event = Event { name: "StopLogging", target: &target, ..Event::default() };
    let of_filter = words(&alert, Some("@danger"), event);
    assert!(of_filter.starts_with("@danger · \\u001b"), "{of_filter}");
    let words = words(&alert, None, event);
    assert!(words.starts_with("HIGH Test of a trigger · \\u001b[2J\\u202eevil · StopLogging xxx"));
    assert!(words.chars().count() <= MAX_WORDS + 1, "{words}");
}
