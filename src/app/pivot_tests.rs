//! Noise, pivots with their counts, lenses, and the way back.

use crate::app::script::{Script, now};
use crate::app::state::Layer;
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::event::field::Column;
use crate::event::time::Millis;
use crate::notebook::standing::Change;

/// A call that was made so many seconds ago; `more` are further members.
fn call(ago: i64, event: &str, identity: &str, more: &str) -> String {
    let time = now() - Millis::seconds(ago);
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"{time}","eventID":"id-{ago}-{event}","eventName":"{event}","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.15","userIdentity":{{{identity}}}{more}}}"#
    )
}

const ALICE: &str = r#""type":"IAMUser","userName":"alice","accessKeyId":"AKIAIOSFODNN7EXAMPLE""#;
const DELIVERY: &str = r#""type":"AWSService","invokedBy":"delivery.logs.amazonaws.com""#;
const BUCKET: &str = r#","requestParameters":{"bucketName":"logs"}"#;
const DENIED: &str = r#","errorCode":"AccessDenied","requestParameters":{"bucketName":"logs"}"#;

fn ids(script: &Script) -> Vec<String> {
    let view = &script.app.view;
    let rows = (0..view.len()).filter_map(|at| view.row(at));
    rows.map(|row| row.text(Column::Id).to_owned()).collect()
}

fn enter(script: &mut Script) {
    script.press(Chord::plain(Key::Enter));
}

/// Chatter that works, a storm of denials of a service, and alice.
fn noisy() -> Script {
    let mut script = Script::new(200, 40);
    let mut rows: Vec<String> =
        (0..30).map(|n| call(900 - n, "PutObject", DELIVERY, BUCKET)).collect();
    rows.extend((0..40).map(|n| call(600 - n, "PutObject", DELIVERY, DENIED)));
    rows.push(call(500, "HeadBucket", DELIVERY, DENIED));
    rows.push(call(400, "ListBuckets", ALICE, ""));
    rows.push(call(300, "ListBuckets", ALICE, ""));
    script.arrive(&rows);
    script
}

#[test]
fn noise_hides_all_but_the_first_failure_of_each_cause_and_says_whose_it_is() {
    let mut script = noisy();
    assert_eq!(script.app.view.len(), 73);
    script.keys("X");
    let shown =
        ["id-600-PutObject", "id-500-HeadBucket", "id-400-ListBuckets", "id-300-ListBuckets"];
    assert_eq!(ids(&script), shown);
    assert!(
        script.text().contains("4 of 73 · noise hides 69: delivery.logs 69 (X)"),
        "{}",
        script.text()
    );
    // One that came earlier but is told later takes the place of the first.
    script.arrive(&[call(700, "PutObject", DELIVERY, DENIED)]);
    assert_eq!(ids(&script)[0], "id-700-PutObject");
    assert_eq!(script.app.view.len(), 4);
    // Among the rows of a filter, the first of those.
    script.keys("/").types("id:*-570-*,*-569-*").keys("Enter");
    assert_eq!(ids(&script), ["id-570-PutObject"]);
    script.keys("\\ X");
    assert_eq!(script.app.view.len(), 74);
}

#[test]
fn what_a_row_is_an_example_of_is_learned_and_forgotten() {
    let mut script = noisy();
    script.keys("X G k p x");
    let text = script.text();
    assert!(text.contains("THIS IS NOISE: what worked of"), "{text}");
    assert!(
        text.contains("ListBuckets by alice with aws-cli, in this account  for 8 hours"),
        "{text}"
    );
    enter(&mut script);
    assert_eq!(ids(&script), ["id-600-PutObject", "id-500-HeadBucket"]);
    assert!(
        script.text().contains("noise hides 71: delivery.logs 69, alice 2"),
        "{}",
        script.text()
    );
    let learned = script.wishes.iter().find_map(|wish| {
        let Effect::Learn(Change::Learn(lesson)) = wish else { return None };
        Some(lesson.filter.clone())
    });
    assert_eq!(
        learned.as_deref(),
        Some(
            "svc:=s3.amazonaws.com event:=ListBuckets actor:=alice tool:=aws-cli acct:=111122223333"
        )
    );
    // It never hides a failure of the same, and no command line forgets to say what is hidden.
    script.arrive(&[call(100, "ListBuckets", ALICE, DENIED)]);
    assert_eq!(script.app.view.len(), 3);
    script.keys("y q");
    let copied = script.wishes.iter().rev().find_map(|wish| {
        let Effect::Copy(text, _) = wish else { return None };
        Some(text.clone())
    });
    assert!(copied.unwrap().contains("-(@noise OR (svc:=s3.amazonaws.com"));
    script.keys(":").types("noise-learned").keys("Enter");
    assert!(script.text().contains("LEARNED NOISE: Enter forgets"));
    enter(&mut script);
    assert_eq!(script.app.view.len(), 5);
    assert!(matches!(script.wishes.last(), Some(Effect::Learn(Change::Forget(_)))));
    // A failure is no example of noise.
    script.keys("g p x");
    assert!(script.text().contains("calls that failed are never noise"), "{}", script.text());
}

#[test]
fn the_menu_counts_what_each_line_leads_to() {
    for keys in ["", "/ v e r b : W Enter", "X", "X W"] {
        for extra in ["", " -", " +"] {
            let mut script = Script::demo(120, 40, 80);
            if !keys.is_empty() {
                script.keys(keys);
            }
            script.keys(&format!("k k k p{extra}"));
            let Some(Layer::Menu(menu)) = script.app.layers.last() else { panic!("no menu") };
            let told: Vec<char> = menu.keys().collect();
            let counted = crate::app::lens::instead(&script.app).to_vec();
            assert_eq!(counted.len(), told.len(), "all are counted");
            script.keys("Esc");
            for (key, rows) in told.iter().zip(counted) {
                script.keys(&format!("p{extra} {key}"));
                let filter = script.app.asked.filter.clone();
                assert_eq!(script.app.view.len(), rows, "{keys} {extra} {key}: {filter}");
                script.keys("[");
            }
        }
    }
}

#[test]
fn target_or_actor_and_what_it_made() {
    let role = r#","requestParameters":{"roleName":"deploy"},"responseElements":{"role":{"roleId":"AROAQWERTY1234567890","roleName":"deploy"}}"#;
    let session = r#""type":"AssumedRole","principalId":"AROAQWERTY1234567890:s","sessionContext":{"sessionIssuer":{"type":"Role","userName":"deploy"}}"#;
    let assumed = r#","requestParameters":{"roleArn":"arn:aws:iam::1:role/deploy"},"responseElements":{"credentials":{"accessKeyId":"ASIAQWERTY1234567890"}}"#;
    let sts = |record: String| record.replace("s3.amazonaws.com", "sts.amazonaws.com");
    let iam = |record: String| record.replace("s3.amazonaws.com", "iam.amazonaws.com");
    let mut script = Script::new(120, 35);
    script.arrive(&[
        iam(call(50, "CreateRole", ALICE, role)),
        sts(call(40, "AssumeRole", ALICE, assumed)),
        call(30, "ListBuckets", session, ""),
        call(20, "ListBuckets", ALICE, ""),
    ]);
    script.keys("g p");
    assert!(script.text().contains("what it made"), "{}", script.text());
    script.keys("n");
    assert_eq!(script.app.asked.filter, r#"("AROAQWERTY1234567890" OR target:=deploy)"#);
    assert_eq!(ids(&script), ["id-50-CreateRole", "id-30-ListBuckets"]);
    script.keys("\\ g p t");
    assert_eq!(ids(&script), ["id-50-CreateRole"]);
    // The role that was assumed, whatever key was issued for it.
    script.keys("\\ g j p t");
    assert_eq!(ids(&script), ["id-50-CreateRole", "id-40-AssumeRole"]);
    script.keys("\\ g p T");
    assert_eq!(ids(&script), ["id-50-CreateRole", "id-40-AssumeRole", "id-30-ListBuckets"]);
    script.keys("\\ g j j j p n");
    assert_eq!(script.app.asked.filter, "", "what made nothing has no such line");
}

#[test]
fn back_and_forward_go_through_filters_windows_and_views() {
    let mut script = Script::demo(120, 35, 100);
    let place = |script: &Script| {
        let app = &script.app;
        let is = |view: fn(&Layer) -> bool| app.body_view().is_some_and(view);
        let view = match () {
            () if is(|it| matches!(it, Layer::Top)) => "top",
            () if is(|it| matches!(it, Layer::Denied)) => "denied",
            () if is(|it| matches!(it, Layer::Sessions)) => "sessions",
            () => "rows",
        };
        format!("{view} {:?} {}", app.asked.filter, app.asked.window)
    };
    let mut way = vec![place(&script)];
    for keys in ["3", "T", "Enter", "D", "q", "S", "Esc", "/ v e r b : W Enter", "7"] {
        script.keys(keys);
        way.push(place(&script));
    }
    for at in way.iter().rev().skip(1) {
        script.keys("[");
        assert_eq!(place(&script), *at, "{way:?}");
    }
    script.keys("[");
    assert!(script.text().contains("no filter or view before this one"));
    for at in &way[1..] {
        script.keys("]");
        assert_eq!(place(&script), *at);
    }
    script.keys("]");
    assert!(script.text().contains("no filter or view after this one"));
}

#[test]
fn lenses_are_reached_by_their_names() {
    for (name, filter, title) in [
        ("errors", "@errors", "STREAM"),
        ("sign-ins", "@login", "STREAM"),
        ("changes", "@writes err:none", "targets by writes"),
    ] {
        let mut script = Script::demo(120, 35, 100);
        script.keys(":").types(name).keys("Enter");
        assert_eq!(script.app.asked.filter, filter);
        assert!(script.text().contains(title), "{}", script.text());
        script.keys("[");
        assert!(script.app.asked.filter.is_empty() && script.app.body_view().is_none());
    }
}
