//! The denied lens and what changed before: stories with known answers, and the facts of real
//! records in `../shared/data`, where they are.

use insta::assert_snapshot;

use crate::app::script::{Script, now};
use crate::app::state::Layer;
use crate::command::effect::Effect;
use crate::event::field::Column;
use crate::event::time::Millis;
use crate::insight::denied::{Denied, Group, Since};
use crate::ui::paint::paint;

const NO_POLICY: &str = "User: arn:aws:iam::111122223333:user/mallory is not authorized to perform";

/// One call of an IAM user: at so many seconds after 10:00:00, what, and how it ended.
#[expect(clippy::too_many_arguments, reason = "a record is told by all of them")]
fn call(second: i64, who: &str, service: &str, event: &str, request: &str, error: &str) -> String {
    let time = now() - Millis::hours(2) + Millis::seconds(second);
    let error = match error {
        "" => String::new(),
        message => format!(r#","errorCode":"AccessDenied","errorMessage":"{message}""#),
    };
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"{second}-{event}-{who}","eventName":"{event}","eventSource":"{service}.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.77","userIdentity":{{"type":"IAMUser","userName":"{who}","arn":"arn:aws:iam::111122223333:user/{who}","accountId":"111122223333","accessKeyId":"AKIA{who}"}},"requestParameters":{request}{error}}}"#
    )
}

/// Mallory is refused four things, gives herself a policy, and gets two of them; a service is
/// refused thousands of objects.
fn story(width: u16, height: u16) -> Script {
    let mut script = Script::new(width, height);
    let mallory = |second, service, event, request, error| {
        call(second, "mallory", service, event, request, error)
    };
    let own = r#"{"userName":"mallory","policyName":"x1y2"}"#;
    let mut rows = vec![
        mallory(173, "sts", "GetCallerIdentity", "null", ""),
        mallory(205, "s3", "ListBuckets", "null", NO_POLICY),
        mallory(211, "ec2", "DescribeInstances", "{}", NO_POLICY),
        mallory(217, "lambda", "ListFunctions20150331", "null", NO_POLICY),
        mallory(409, "iam", "PutUserPolicy", own, ""),
        mallory(432, "s3", "ListBuckets", "null", ""),
        mallory(714, "ec2", "DescribeInstances", "{}", ""),
        call(400, "olga", "iam", "PutUserPolicy", r#"{"userName":"other"}"#, ""),
        call(432, "olga", "iam", "PutUserPolicy", own, ""),
        call(100, "olga", "s3", "PutBucketPolicy", r#"{"bucketName":"the-logs"}"#, ""),
    ];
    rows.extend((0..50).map(|n| {
        let time = now() - Millis::hours(2) + Millis::seconds(300 + n);
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"log-{n}","eventName":"PutObject","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"delivery.logs.amazonaws.com","userIdentity":{{"type":"AWSService","invokedBy":"delivery.logs.amazonaws.com"}},"requestParameters":{{"bucketName":"the-logs","key":"AWSLogs/{n}.gz"}},"errorCode":"AccessDenied","errorMessage":"Access Denied"}}"#
        )
    }));
    script.arrive(&rows);
    script.keys("7");
    script
}

fn denied(script: &Script) -> &Denied {
    script.app.insight.denied.as_deref().expect("the lens is open")
}

fn group<'a>(denied: &'a Denied, actor: &str, event: &str) -> &'a Group {
    let mut all = denied.people.iter().chain(&denied.services);
    let is_meant = |group: &&Group| &*group.key.actor == actor && &*group.actions[0].0 == event;
    all.find(is_meant).unwrap_or_else(|| panic!("{actor} {event}"))
}

#[test]
fn denied_then_allowed_and_what_changed_in_between() {
    let mut script = story(120, 35);
    script.keys("D");
    let lens = denied(&script);
    assert_eq!((lens.groups, lens.times), ((3, 1), (3, 50)));
    let buckets = group(lens, "mallory", "ListBuckets");
    let at = now() - Millis::hours(2) + Millis::seconds(432);
    assert_eq!(buckets.since, Since::Ok(at, 1, 1));
    assert_eq!(group(lens, "mallory", "ListFunctions").since, Since::NotTried);
    let logs = &lens.services[0];
    assert_eq!((logs.times, &*logs.key.place, logs.on.distinct), (50, "the-logs", 50));
    // The cursor is on the last denial; two groups down is the first.
    script.keys("j j");
    let text = script.text();
    assert!(text.contains("denied 10:03:25, ok 10:07:12. Changed in between (B): 2"), "{text}");
    assert!(text.contains("IAM change on the same user"), "{text}");
    let before = script.app.insight.before.clone().unwrap();
    let told: Vec<(i64, bool)> =
        before.changes.iter().map(|change| (change.ahead.0 / 1000, change.itself)).collect();
    // What olga did in the second of the success has no known order.
    assert_eq!(told, [(0, false), (23, true)]);
    assert!(text.contains("same second") && text.contains("23s before"), "{text}");
    assert!(!text.contains("because"), "{text}");
}

#[test]
fn the_service_is_told_what_changed_on_its_bucket() {
    let mut script = story(120, 35);
    script.keys("D G");
    let text = script.text();
    assert!(text.contains("where the target lies"), "{text}");
    assert!(text.contains("3m20s before"), "{text}");
}

#[test]
fn every_row_of_the_lens_is_a_filter() {
    let mut script = story(120, 35);
    script.keys("D G Enter");
    assert!(script.app.layers.is_empty());
    assert_eq!(script.app.view.len(), 50, "{}", script.app.asked.filter);
    script.keys("[ g -");
    assert_eq!(denied(&script).times, (2, 50));
    assert!(matches!(script.app.layers.last(), Some(Layer::Denied)), "one goes on hiding");
    script.keys("p");
    assert_eq!(denied(&script).groups, (1, 0));
    script.keys("D");
    assert!(script.app.layers.is_empty());
}

#[test]
fn before_goes_to_the_change_whatever_hides_it() {
    let mut script = story(120, 35);
    script.keys("/").types("event:ListBuckets -result:denied").keys("Enter");
    assert_eq!(script.app.view.len(), 1);
    script.keys("B");
    let text = script.text();
    assert!(text.contains("WHAT CHANGED BEFORE ListBuckets"), "{text}");
    script.keys("j Enter");
    let row = script.app.stream.selected().and_then(|id| script.app.view.snapshot.row(id));
    assert_eq!(row.unwrap().text(Column::Event), "PutUserPolicy");
    assert_eq!(row.unwrap().text(Column::User), "mallory");
    script.keys("[");
    assert_eq!(script.app.view.len(), 1);
    // Where nothing is selected, nothing is asked.
    script.keys("/").types("user:nobody").keys("Enter B");
    assert!(script.app.layers.is_empty());
}

#[test]
fn a_group_is_copied_for_a_ticket() {
    let mut script = story(120, 35);
    script.keys("D j j y y");
    let Some(Effect::Copy(text, _)) = script.wishes.last() else { panic!("nothing was copied") };
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "mallory (account 111122223333) was denied s3:ListBuckets once on *",
            "When: 2026-03-01 10:03:25 (UTC)",
            "Why: the message gives no kind of policy",
            "Since then: ok 2026-03-01 10:07:12",
            "Changed before: 2",
            "  2026-03-01 10:07:12 PutUserPolicy on mallory by olga: IAM change on the same user, same second",
            "  2026-03-01 10:06:49 PutUserPolicy on mallory by mallory itself: IAM change on the same user, 23s before",
        ]
    );
}

#[test]
fn what_comes_late_is_sorted_in() {
    let mut script = story(120, 35);
    script.keys("D o");
    let first = |script: &Script| denied(script).people[0].key.event.clone();
    script.arrive(&[
        call(212, "mallory", "ec2", "DescribeInstances", "{}", NO_POLICY),
        call(216, "mallory", "ec2", "DescribeInstances", "{}", ""),
        call(230, "mallory", "lambda", "ListFunctions20150331", "null", ""),
    ]);
    assert_eq!(&*first(&script), "DescribeInstances");
    let lens = denied(&script);
    let soon = |seconds| Since::After(Millis::seconds(seconds), Millis::seconds(seconds));
    assert_eq!(group(lens, "mallory", "DescribeInstances").since, soon(4));
    assert_eq!(group(lens, "mallory", "ListFunctions").since, soon(13));
}

#[test]
fn nothing_denied_says_so_and_the_keys_work() {
    let mut script = Script::new(80, 24);
    script.arrive(&[call(1, "olga", "iam", "ListUsers", "null", "")]);
    script.keys("D");
    assert!(script.text().contains("nothing was denied"), "{}", script.text());
    script.keys("Enter j G B L y y - p o Esc");
    assert!(script.app.layers.is_empty());
}

#[test]
fn no_size_is_too_small() {
    for (width, height) in [(1, 1), (3, 3), (20, 5), (40, 8), (80, 12), (300, 90)] {
        let mut script = story(width, height);
        script.keys("D j j B");
        script.text();
        script.keys("Esc L");
        script.text();
    }
}

#[test]
fn denied_80x24() {
    assert_snapshot!(paint(&story(80, 24).keys("D j j").draw()));
}

#[test]
fn denied_120x35() {
    assert_snapshot!(paint(&story(120, 35).keys("D j j").draw()));
}

#[test]
fn denied_200x50() {
    assert_snapshot!(paint(&Script::demo(200, 50, 2000).keys("7 D").draw()));
}

#[test]
fn before_120x35() {
    assert_snapshot!(paint(&story(120, 35).keys("D j j B").draw()));
}

#[test]
fn the_facts_of_invictus() {
    let Some(mut script) = Script::invictus(120, 35) else { return };
    script.keys("7 D");
    let lens = denied(&script);
    assert_eq!((lens.times.0 + lens.times.1, lens.services.len()), (60, 0));
    let assumed = group(lens, "bert-jan", "AssumeRole");
    assert_eq!((assumed.times, assumed.on.distinct, assumed.on.kind), (13, 5, "roles"));
    let seconds = Millis::seconds;
    assert_eq!(assumed.since, Since::After(seconds(3), seconds(5)));
    let passwords = group(lens, "stratus-red-team-ec2-get-password-data-role", "GetPasswordData");
    assert_eq!((passwords.times, passwords.on.distinct), (29, 29));
    assert_eq!((passwords.on.kind, passwords.since), ("instances", Since::NotTried));
    assert_eq!(passwords.why[0].0.word(), "encoded");
    let left = group(lens, "stratus-red-team-leave-org-role", "LeaveOrganization");
    assert_eq!(left.why[0].0.word(), "identity");
    assert_eq!(group(lens, "bert-jan", "GetCostForecast").why[0].0.word(), "billing");
    // What changed before the first AssumeRole: the role was created.
    let at = lens.people.iter().position(|group| group == assumed).unwrap();
    for _ in 0..at {
        script.keys("j");
    }
    let before = script.app.insight.before.clone().unwrap();
    let event = |id| script.app.view.snapshot.row(id).unwrap().text(Column::Event).to_owned();
    let events: Vec<String> = before.changes.iter().map(|change| event(change.id)).collect();
    assert!(events.iter().any(|event| event == "CreateRole"), "{events:?}");
}

#[test]
fn the_word_for_why_is_told_in_a_sentence() {
    for (width, height) in [(80, 24), (120, 35)] {
        let text = story(width, height).keys("D").text();
        let why = text.lines().find(|line| line.starts_with("   WHY ")).unwrap_or_default();
        assert!(why.contains(": "), "{width}: {text}");
    }
}
