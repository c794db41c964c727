//! Reading one event: what it means, what came after, what the call is, and two events compared.

use insta::assert_snapshot;

use crate::app::script::{Script, now};
use crate::app::state::Layer;
use crate::event::time::Millis;
use crate::ui::paint::paint;

/// A call to CloudTrail that was made so many seconds ago.
fn trail(ago: i64, event: &str, name: &str, more: &str) -> String {
    let time = now() - Millis::seconds(ago);
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"{time}","eventID":"id-{ago}-{event}","eventName":"{event}","eventSource":"cloudtrail.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","readOnly":false{more},"requestParameters":{{"name":"{name}"}},"userIdentity":{{"type":"IAMUser","userName":"eve","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::111122223333:user/eve"}}}}"#
    )
}

/// Stopped, with a call in the same second, on another trail, and one that was denied.
fn stopped() -> Vec<String> {
    let denied = r#","errorCode":"AccessDenied""#;
    vec![
        trail(600, "StopLogging", "org-trail", ""),
        trail(600, "UpdateTrail", "org-trail", ""),
        trail(500, "DeleteTrail", "other", ""),
        trail(400, "DeleteTrail", "org-trail", denied),
    ]
}

fn policy(ago: i64, action: &str) -> String {
    let time = now() - Millis::seconds(ago);
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"{time}","eventID":"id-{ago}","eventName":"PutUserPolicy","eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","requestParameters":{{"userName":"eve","policyName":"p","policyDocument":"{{\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"{action}\",\"Resource\":\"*\"}}]}}"}},"userIdentity":{{"type":"IAMUser","userName":"eve"}}}}"#
    )
}

#[test]
fn the_next_write_and_the_undo_follow_what_arrives() {
    let mut script = Script::new(160, 40);
    script.arrive(&stopped());
    script.keys("g Enter");
    let text = script.text();
    assert!(text.contains("MEANS   stopped trail org-trail; what"), "{text}");
    assert!(text.contains("AFTER   nothing so far (newest"), "{text}");
    assert!(text.contains("UpdateTrail in the same second"), "{text}");
    script.arrive(&[trail(139, "StartLogging", "org-trail", "")]);
    let text = script.text();
    assert!(text.contains("undone 11:57:41 StartLogging, same key (7m41s later)"), "{text}");
    assert!(!text.contains("nothing so far"), "{text}");
    script.arrive(&[trail(200, "UpdateTrail", "org-trail", "")]);
    let text = script.text();
    assert!(text.contains("UpdateTrail, same key (6m40s later)"), "{text}");
}

#[test]
fn the_undo_is_found_whatever_it_calls_the_target() {
    let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail";
    for (off, on) in [(arn, "org-trail"), ("org-trail", arn), (arn, arn)] {
        let mut script = Script::new(160, 40);
        script.arrive(&[trail(600, "StopLogging", off, ""), trail(139, "StartLogging", on, "")]);
        script.keys("g Enter");
        let text = script.text();
        assert!(text.contains("undone 11:57:41 StartLogging, same key (7m41s later)"), "{text}");
    }
    // Of several instances one was started again.
    let call = |ago, event: &str, ids: &[&str]| {
        let items: Vec<String> =
            ids.iter().map(|id| format!(r#"{{"instanceId":"{id}"}}"#)).collect();
        let request = format!(r#"{{"instancesSet":{{"items":[{}]}}}}"#, items.join(","));
        trail(ago, event, "x", "")
            .replace("cloudtrail.amazonaws.com", "ec2.amazonaws.com")
            .replace(r#"{"name":"x"}"#, &request)
    };
    let mut script = Script::new(160, 40);
    script.arrive(&[
        call(600, "StopInstances", &["i-0123456789abcdef0", "i-0fedcba9876543210"]),
        call(300, "StartInstances", &["i-0aaaaaaaaaaaaaaaa"]),
        call(139, "StartInstances", &["i-0fedcba9876543210"]),
    ]);
    script.keys("g Enter");
    let text = script.text();
    assert!(text.contains("11:57:41 StartInstances, same key (7m41s later)"), "{text}");
    assert!(!text.contains("11:55:00 StartInstances, "), "{text}");
}

#[test]
fn a_denied_call_was_tried_and_has_no_after() {
    let mut script = Script::new(160, 40);
    script.arrive(&stopped());
    script.keys("G Enter");
    let text = script.text();
    assert!(text.contains("MEANS   tried to delete trail org-trail"), "{text}");
    assert!(!text.contains("AFTER"), "{text}");
}

#[test]
fn two_events_are_compared_where_they_differ() {
    let mut script = Script::new(120, 35);
    script.arrive(&[policy(60, "s3:Get*"), policy(30, "*")]);
    script.keys("v");
    assert!(script.app.notice.as_deref().is_some_and(|said| said.contains("v on another")));
    script.keys("v");
    assert!(script.app.notice.as_deref().is_some_and(|said| said.contains("not chosen")));
    script.keys("v k v");
    assert!(matches!(script.app.layers.last(), Some(Layer::Compare)));
    let text = script.text();
    assert!(text.contains("Statement[0].Action"), "{text}");
    assert!(!text.contains("Statement[0].Effect"), "what is the same is folded: {text}");
    script.keys("z");
    assert!(script.text().contains("Statement[0].Effect"));
    script.keys("Esc");
    assert!(script.app.layers.is_empty());
}

#[test]
fn explain_scrolls_and_closes() {
    for (width, height) in [(80, 24), (30, 8), (1, 1), (4, 3)] {
        let mut script = Script::new(width, height);
        script.arrive(&stopped());
        script.keys("K");
        assert!(matches!(script.app.layers.last(), Some(Layer::Explain)));
        script.keys("j j j G g j");
        script.draw();
        script.keys("K");
        assert!(script.app.layers.is_empty());
    }
}

#[test]
fn a_call_that_nobody_knows_says_so() {
    let mut script = Script::new(80, 24);
    script.arrive(&[trail(60, "StopLogging", "t", "").replace("StopLogging", "FlipLogging")]);
    script.keys("K");
    assert!(script.text().contains("This text is generic"), "{}", script.text());
}

#[test]
fn explain_80x24() {
    let mut script = Script::new(80, 24);
    script.arrive(&stopped()[..1]);
    assert_snapshot!(paint(&script.keys("K").draw()));
}

#[test]
fn compare_80x24() {
    let mut script = Script::new(80, 24);
    script.arrive(&[policy(60, "s3:Get*"), policy(30, "*")]);
    assert_snapshot!(paint(&script.keys("v k v").draw()));
}

#[test]
fn compare_120x35() {
    let mut script = Script::new(120, 35);
    script.arrive(&[policy(60, "s3:Get*"), policy(30, "*")]);
    assert_snapshot!(paint(&script.keys("v k v z").draw()));
}
