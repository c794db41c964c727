//! Whole screens with their styles, on the still picture of the demo.

use insta::assert_snapshot;

use crate::app::script::Script;
use crate::event::time::Millis;
use crate::source::batch::State;
use crate::source::finding::{Answer, Finding};
use crate::ui::paint::paint;
use crate::ui::text;

#[test]
fn stream_80x24() {
    assert_snapshot!(paint(&Script::demo(80, 24, 400).draw()));
}

#[test]
fn stream_held_120x35() {
    let mut script = Script::demo(120, 35, 400);
    script.state = State::Ended;
    script.answer();
    assert_snapshot!(paint(&script.keys("k k k k m").draw()));
}

#[test]
fn stream_200x50() {
    assert_snapshot!(paint(&Script::demo(200, 50, 400).draw()));
}

#[test]
fn details_120x35() {
    assert_snapshot!(paint(&Script::demo(120, 35, 400).keys("k k Enter").draw()));
}

#[test]
fn prompt_with_completions_80x24() {
    let mut script = Script::demo(80, 24, 400);
    assert_snapshot!(paint(&script.keys("/").types("ve").draw()));
}

#[test]
fn prompt_with_an_error_80x24() {
    let mut script = Script::demo(80, 24, 400);
    assert_snapshot!(paint(&script.keys("/").types("usr:alice").draw()));
}

/// The first seconds of a login that may read Event history alone.
fn starting(width: u16, height: u16) -> Script {
    let mut script = Script::new(width, height);
    script.app.names = vec!["history:us-east-1 (prod)".into(), "trails (prod)".into()];
    script.state = State::Reading;
    let finding = |topic: &'static str, said: &str, answer| Finding {
        topic: topic.into(),
        said: said.to_owned(),
        answer,
    };
    script.findings = vec![
        finding("who am I", "oncall 111122223333 (profile prod)", Answer::Found(Millis(240))),
        finding(
            "trails",
            "org-trail: logging, s3://org-logs, all regions, S3 Object",
            Answer::Found(Millis(612)),
        ),
        finding(
            "s3",
            "s3://org-logs/AWSLogs/111122223333/: s3:ListBucket is not allowed (User: \
             arn:aws:iam::111122223333:user/\u{1b}[31moncall is not authorized)",
            Answer::NotRead("history alone. Policy: trailtop doctor --policy s3://org-logs".into()),
        ),
        finding("not looked at", "15 regions: add them with --region all", Answer::NotAsked),
    ];
    script.answer();
    script
}

#[test]
fn starting_80x24() {
    assert_snapshot!(paint(&starting(80, 24).draw()));
}

#[test]
fn starting_120x35() {
    assert_snapshot!(paint(&starting(120, 35).draw()));
}

#[test]
fn starting_in_the_sources_view_80x24() {
    assert_snapshot!(paint(&starting(80, 24).keys("s").draw()));
}

#[test]
fn starting_in_any_size() {
    for (width, height) in [(1, 1), (2, 3), (17, 5), (20, 2), (40, 9), (300, 4)] {
        starting(width, height).draw();
    }
}

#[test]
fn sources_120x35() {
    assert_snapshot!(paint(&Script::demo(120, 35, 400).keys("s").draw()));
}

#[test]
fn help_80x24() {
    assert_snapshot!(paint(&Script::demo(80, 24, 400).keys("?").draw()));
}

#[test]
fn nothing_matches_80x24() {
    let mut script = Script::demo(80, 24, 400);
    assert_snapshot!(paint(&script.keys("/").types("user:alcie").keys("Enter").draw()));
}

#[test]
fn nothing_read_80x24() {
    assert_snapshot!(paint(&Script::new(80, 24).draw()));
}

/// What would steer a terminal, reorder a line or hide, in every field that is shown.
#[test]
fn no_control_or_bidi_character_reaches_a_cell() {
    let evil = r"\u001b]0;x\u0007\u202eevil\u0000\u200b\u009b31m\n\t\u2028";
    let raw = "\u{202e}\u{9b}\u{85}\u{e0041}\u{feff}";
    let fields = [
        "eventName",
        "eventSource",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
        "errorMessage",
        "eventID",
        "requestID",
        "recipientAccountId",
        "eventType",
    ];
    let said: Vec<String> =
        fields.iter().map(|name| format!("\"{name}\":\"{evil}{raw}{name}\"")).collect();
    let record = format!(
        r#"{{"eventVersion":"1.08","eventTime":"2026-03-01T11:59:00Z",{},"userIdentity":{{"type":"{evil}","userName":"{evil}{raw}","arn":"{evil}","accessKeyId":"{evil}"}},"requestParameters":{{"{evil}":"{evil}{raw}","bucketName":"{evil}{raw}"}}}}"#,
        said.join(",")
    );
    for (width, height) in [(80, 24), (120, 35), (200, 50)] {
        for keys in [
            "Esc",
            "k Enter",
            "Enter J",
            "p",
            "Enter J w",
            "/ Tab",
            "s",
            "~",
            "?",
            "p a",
            "b Tab",
            "Tab Ctrl-f",
            "T",
            "T → →",
            "T → → → →",
            "Tab Enter /",
            "K",
            "Enter K j",
            "v k v",
        ] {
            let mut script = Script::new(width, height);
            script.app.names = vec![raw.to_owned()];
            script.arrive(std::slice::from_ref(&record));
            script.keys(keys);
            for cell in &script.draw().content {
                let symbol = cell.symbol();
                assert!(text::is_clean(symbol), "{symbol:?} after {keys} at {width}x{height}");
                assert!(!symbol.chars().any(char::is_control), "{symbol:?}");
            }
        }
    }
}
