//! The fold on the screen: lines that stand for several rows, and everything that works on rows.

use insta::assert_snapshot;

use crate::app::script::{Script, now};
use crate::event::field::Column;
use crate::event::time::Millis;
use crate::ui::paint::paint;

fn call(second: i64, who: &str, event: &str, target: &str, error: &str) -> String {
    let time = now() - Millis::minutes(30) + Millis::seconds(second);
    let error = if error.is_empty() { String::new() } else { format!(r#","errorCode":"{error}""#) };
    let identity = match who.strip_suffix(".amazonaws.com") {
        Some(_) => format!(r#"{{"type":"AWSService","invokedBy":"{who}"}}"#),
        None => format!(
            r#"{{"type":"IAMUser","userName":"{who}","arn":"arn:aws:iam::111122223333:user/{who}","accessKeyId":"AKIA{who}"}}"#
        ),
    };
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"{time}","eventID":"{who}-{second}-{event}-{target}","eventName":"{event}","eventSource":"secretsmanager.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","requestParameters":{{"secretId":"{target}"}},"userIdentity":{identity}{error}}}"#
    )
}

/// Mallory deletes secrets while olga and a service work.
fn story(width: u16, height: u16) -> Script {
    let mut script = Script::new(width, height);
    let mut rows: Vec<String> =
        (0..17).map(|n| call(100 + n, "mallory", "DeleteSecret", &format!("s-{n}"), "")).collect();
    rows.extend((0..3).map(|n| call(90 + 20 * n, "olga", "GetSecretValue", "the-key", "")));
    rows.extend((0..40).map(|n| {
        call(95 + n, "backup.amazonaws.com", "DescribeSecret", &format!("s-{n}"), "AccessDenied")
    }));
    rows.push(call(400, "mallory", "DeleteSecret", "last", ""));
    script.arrive(&rows);
    script
}

fn selected(script: &Script) -> String {
    let row = script.app.stream.selected().and_then(|id| script.app.view.snapshot.row(id));
    row.map(|row| row.text(Column::Id).to_owned()).unwrap_or_default()
}

#[test]
fn services_are_folded_people_when_asked() {
    let mut script = story(120, 35);
    let lines = |script: &Script| script.app.view.lines.len();
    assert_eq!((script.app.view.len(), lines(&script)), (61, 22));
    let text = script.keys("g").text();
    assert!(text.contains("DescribeSecret ×40") && text.contains("40 different"), "{text}");
    script.keys("z");
    assert_eq!((script.app.view.len(), lines(&script)), (61, 4));
    let text = script.text();
    assert!(text.contains("DeleteSecret ×17") && text.contains("17 different"), "{text}");
    // All on one target: it is named.
    assert!(text.contains("GetSecretValue ×3") && text.contains("the-key"), "{text}");
    script.keys("z");
    assert_eq!(lines(&script), 61);
    script.keys("z");
    assert_eq!(lines(&script), 22);
}

#[test]
fn what_a_service_made_of_a_call_is_told_with_the_call() {
    let mut script = Script::new(120, 35);
    let of_a_request = |row: String, request: &str, via: &str| {
        let principal = format!(r#""userIdentity":{{{via}"principalId":"AIDA1","#);
        row.replace(r#""userIdentity":{"#, &principal)
            .replace("}}", &format!(r#"}},"requestID":"{request}"}}"#))
    };
    let by_health = r#""invokedBy":"health.amazonaws.com","#;
    let call = |n, request, via| {
        of_a_request(call(n, "olga", "GetSecretValue", &format!("s-{n}"), ""), request, via)
    };
    // What was forwarded arrives before the call itself, in a batch of its own; another request of
    // the same caller has nothing to do with it.
    script.arrive(&[call(100, "r1", by_health), call(101, "r2", by_health)]);
    script.arrive(&[call(102, "r1", "")]);
    script.keys("g");
    assert_eq!((script.app.view.len(), script.app.view.lines.len()), (3, 2));
    let text = script.text();
    assert!(text.contains("GetSecretValue ×2"), "{text}");
    script.keys("G");
    assert_eq!(selected(&script), "olga-102-GetSecretValue-s-102", "{text}");
}

#[test]
fn the_cursor_stays_on_its_event_and_enter_unfolds() {
    let mut script = story(120, 35);
    script.keys("g j j j");
    let event = selected(&script);
    assert!(event.starts_with("mallory-10"), "{event}");
    script.keys("z");
    assert_eq!(selected(&script), event, "folded away, still selected");
    let text = script.text();
    assert!(text.contains("one of 17 until"), "{text}");
    // What comes in between moves nothing; what belongs to the run is counted.
    script.arrive(&[
        call(130, "mallory", "DeleteSecret", "late", ""),
        call(93, "eve", "PutSecretValue", "x", ""),
    ]);
    assert_eq!(selected(&script), event);
    assert!(script.text().contains("DeleteSecret ×18"), "{}", script.text());
    script.keys("Enter");
    assert_eq!((selected(&script), script.app.layers.len()), (event, 0));
    assert_eq!(script.app.view.lines.len(), 5 + 17);
    script.keys("Enter");
    assert!(script.app.is_details_open(), "a row of its own opens its details");
    script.keys("q z z z");
    assert_eq!(script.app.view.lines.len(), 5);
}

#[test]
fn marks_and_hits_inside_are_found() {
    let mut script = story(120, 35);
    script.keys("z z g j j j j j j j j m");
    let marked = selected(&script);
    script.keys("z z G U");
    assert_eq!(selected(&script), marked, "folded, and found");
    assert_ne!(script.app.view.lines.len(), 61);
    // Marking what is folded away unfolds it.
    script.keys("m m");
    let id = script.app.stream.selected().unwrap();
    let row = script.app.view.snapshot.row(id).unwrap();
    assert!(script.app.view.lines.run(row).is_none());
    script.keys("g e");
    assert!(selected(&script).starts_with("backup"), "{}", selected(&script));
}

#[test]
fn a_pause_folds_what_stands_still() {
    let mut script = story(120, 35);
    script.keys("Space");
    script.keys("z");
    assert_eq!(script.app.view.lines.len(), 4);
    script.arrive(&[call(500, "eve", "PutSecretValue", "x", "")]);
    assert_eq!(script.app.view.lines.len(), 4);
}

#[test]
fn no_size_is_too_small() {
    for (width, height) in [(1, 1), (3, 3), (20, 5), (40, 8), (80, 12), (300, 90)] {
        let mut script = story(width, height);
        script.keys("z g j Enter j j o");
        script.text();
    }
}

#[test]
fn folded_80x24() {
    assert_snapshot!(paint(&story(80, 24).keys("z k k").draw()));
}

#[test]
fn folded_120x35() {
    assert_snapshot!(paint(&story(120, 35).keys("z k k").draw()));
}

#[test]
fn folded_200x50() {
    assert_snapshot!(paint(&Script::demo(200, 50, 2000).keys("z").draw()));
}
