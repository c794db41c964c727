//! Alerts in a real terminal: why one fired, its events and back, and a mute that outlives the program.

use std::fs;
use std::path::Path;

use termlens::Key;

use super::stage::{Stage, becomes, start_in, terminal};

fn started(home: &Path, records: &str) -> Stage {
    start_in(
        terminal().env("HOME", home.to_str().unwrap()),
        &[records, "--now", "2026-03-01T12:00:00Z"],
    )
}

fn call(second: u32, event: &str, user: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.09","eventID":"id-{second}","eventTime":"2026-03-01T11:59:{second:02}Z","eventSource":"cloudtrail.amazonaws.com","eventName":"{event}","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.15","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","userName":"{user}"}},"requestParameters":{{"name":"main"}}}}"#
    ) + "\n"
}

#[test]
fn from_the_strip_to_the_reason_to_the_events_and_a_mute_that_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let records = home.path().join("events.ndjson");
    let text = call(1, "StopLogging", "mallory") + &call(7, "DescribeTrails", "alice");
    fs::write(&records, text + &call(9, "StopLogging", "mallory")).unwrap();
    let records = records.to_str().unwrap();
    let mut stage = started(home.path(), records);
    stage.see("StopLogging by mallory on main");
    stage.press("!");
    let screen = stage.see("WHY FIRED");
    for words in ["event:StopLogging", "STILL OFF", "BLIND", "licence MIT OR Apache-2.0"] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    stage.key(Key::Enter);
    stage.see("2 of 3");
    stage.press("[");
    stage.see("ALERTS 1 of 1 wait for somebody");
    stage.press("M");
    stage.see("never for ever");
    stage.key(Key::Enter);
    stage.see("1 muted (!)");
    stage.see_no("StopLogging by mallory on main");
    let kept = home.path().join(".local/state/trailtop/mutes.ndjson");
    assert!(becomes(|| fs::read_to_string(&kept).is_ok_and(|text| text.contains("mallory"))));
    stage.press("qq");
    stage.ends(0);
    drop(stage);

    let mut stage = started(home.path(), records);
    stage.see("1 muted (!)");
    stage.press(":muted");
    stage.key(Key::Enter);
    stage.see("MUTED: Enter unmutes");
    stage.key(Key::Enter);
    stage.see("StopLogging by mallory on main");
    stage.press("q");
    stage.ends(0);
}
