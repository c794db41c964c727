//! The sessions view: a story with a known answer, and the facts of real records in
//! `../shared/data`, where they are.

use insta::assert_snapshot;

use crate::app::script::{Script, now};
use crate::event::field::Column;
use crate::event::time::Millis;
use crate::insight::sessions::{Began, Session, Sessions};
use crate::insight::story::What;
use crate::ui::paint::paint;

/// A call: at so many seconds after 10:00:00, by whom, what and the rest of the record.
fn call(second: i64, identity: &str, event: &str, rest: &str) -> String {
    let time = now() - Millis::hours(2) + Millis::seconds(second);
    let (service, event) = event.split_once(':').unwrap();
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"{time}","eventID":"{second}-{event}","eventName":"{event}","eventSource":"{service}.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.77","userIdentity":{identity}{rest}}}"#
    )
}

fn mallory(key: &str) -> String {
    format!(
        r#"{{"type":"IAMUser","userName":"mallory","arn":"arn:aws:iam::111122223333:user/mallory","principalId":"AIDAMALLORY","accessKeyId":"{key}"}}"#
    )
}

/// The root in a console session that began so many seconds after 10:00:00.
fn root(began: i64, key: &str, via: &str) -> String {
    let began = now() - Millis::hours(2) + Millis::seconds(began);
    let via = if via.is_empty() { String::new() } else { format!(r#","invokedBy":"{via}""#) };
    format!(
        r#"{{"type":"Root","arn":"arn:aws:iam::111122223333:root","principalId":"111122223333","accessKeyId":"{key}","sessionContext":{{"attributes":{{"creationDate":"{began}","mfaAuthenticated":"false"}}}}{via}}}"#
    )
}

const READ: &str = r#","readOnly":true"#;
const DENIED: &str = r#","errorCode":"AccessDenied""#;

/// Mallory is refused things, gives herself a policy, gets them, and makes a key; the root signs in
/// twice and uses a key after the other; a service calls on her behalf.
fn story(width: u16, height: u16) -> Script {
    let mut script = Script::new(width, height);
    let one = mallory("AKIAEXAMPLE1");
    let made = r#","requestParameters":{"userName":"mallory"},"responseElements":{"accessKey":{"accessKeyId":"AKIAEXAMPLE2","userName":"mallory"}}"#;
    let sign_in =
        r#","responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"}"#;
    let root_arn =
        r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root","principalId":"111122223333"}"#;
    let mut rows = vec![
        call(173, &one, "sts:GetCallerIdentity", ""),
        call(205, &one, "s3:ListBuckets", DENIED),
        call(211, &one, "ec2:DescribeInstances", DENIED),
        call(217, &one, "lambda:ListFunctions20150331", DENIED),
        call(
            409,
            &one,
            "iam:PutUserPolicy",
            r#","requestParameters":{"userName":"mallory","policyName":"x1"}"#,
        ),
        call(432, &one, "s3:ListBuckets", ""),
        call(642, &one, "iam:CreateAccessKey", made),
        call(
            700,
            &mallory("AKIAEXAMPLE2"),
            "s3:GetBucketVersioning",
            r#","requestParameters":{"bucketName":"eng"}"#,
        ),
        call(60, root_arn, "signin:ConsoleLogin", sign_in),
        call(1200, root_arn, "signin:ConsoleLogin", sign_in),
        call(61, &root(61, "ASIAROOT1", ""), "iam:ListUsers", ""),
        call(1300, &root(1201, "ASIAROOT3", "s3.amazonaws.com"), "kms:Decrypt", READ),
    ];
    rows.extend(
        (0..40).map(|n| {
            call(300 + n, &root(61, &format!("ASIAROOT2{}", n % 4), ""), "iam:GetUser", "")
        }),
    );
    rows.extend(
        (0..9).map(|n| call(415 + n, &one, ["iam:GetPolicy", "iam:ListUsers"][n as usize % 2], "")),
    );
    let on_behalf = r#"{"type":"IAMUser","userName":"mallory","arn":"arn:aws:iam::111122223333:user/mallory","principalId":"AIDAMALLORY","accessKeyId":"ASIAFORWARD","invokedBy":"secretsmanager.amazonaws.com"}"#;
    rows.push(call(433, on_behalf, "kms:Decrypt", READ));
    script.arrive(&rows);
    script.keys("7");
    script
}

fn sessions(script: &Script) -> &Sessions {
    script.app.insight.sessions.as_deref().expect("the view is open")
}

fn short(session: &Session) -> (&str, usize, u64, u64, u64, usize) {
    let Session { actor, depth, events, writes, denied, n_keys, .. } = session;
    (actor, *depth, *events, *writes, *denied, *n_keys)
}

#[test]
fn sign_ins_hold_their_keys_and_sessions_what_they_made() {
    let mut script = story(120, 35);
    script.keys("S");
    let all: Vec<_> = sessions(&script).sessions.iter().map(short).collect();
    assert_eq!(
        all,
        [
            ("ROOT", 0, 42, 1, 0, 5),
            ("mallory", 0, 17, 2, 3, 2),
            ("mallory", 1, 1, 0, 0, 1),
            ("ROOT", 0, 2, 1, 0, 1),
        ]
    );
    assert_eq!(sessions(&script).folded, (6, 2));
    let text = script.text();
    for said in ["console 10:01:00 no MFA", "begun: unknown", "└ key …EXAMPLE2 made 10:10:42"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn the_story_says_what_was_denied_and_worked_later() {
    let mut script = story(120, 35);
    script.keys("S j");
    let (name, story) = sessions(&script).story.clone().unwrap();
    assert_eq!(&*name, "key AKIAEXAMPLE1");
    let kinds: Vec<u64> = story.iter().map(|told| told.rows).collect();
    assert_eq!(kinds, [1, 3, 1, 9, 1, 1, 1]);
    assert!(matches!(story[4].what, What::Allowed(_, Some(_))), "{story:?}");
    let text = script.text();
    for said in [
        "first event of it in the buffer",
        "3 denied in 12s",
        "9 reads",
        "was DENIED at 10:03:25: allowed since PutUserPolicy 10:06:49",
        "CreateAccessKey",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn every_session_is_a_filter_for_its_events() {
    for at in 0..4 {
        let mut script = story(120, 35);
        script.keys("S");
        for _ in 0..at {
            script.keys("j");
        }
        let session = sessions(&script).sessions[at].clone();
        script.keys("Enter");
        let shown = script.app.view.len() as u64;
        // What a service did on somebody's behalf has a key that is named too.
        assert_eq!(shown, session.events, "{} {}", session.name, script.app.asked.filter);
        assert!(script.app.layers.is_empty());
    }
    let mut script = story(120, 35);
    script.keys("S j L");
    assert!(script.text().contains("WHO REALLY DID GetCallerIdentity"), "{}", script.text());
    script.keys("q m o o -");
    assert_eq!(script.app.notebook.entries().len(), 1);
}

#[test]
fn nobody_says_so_and_the_keys_work() {
    let mut script = Script::new(80, 24);
    script.keys("S Enter j G L - p o m Esc");
    assert!(script.app.layers.is_empty());
    script.arrive(&[call(
        1,
        r#"{"type":"AWSService","invokedBy":"ecs.amazonaws.com"}"#,
        "ecs:X",
        "",
    )]);
    assert!(script.keys("S").text().contains("nobody used credentials"), "{}", script.text());
    for (width, height) in [(1, 1), (3, 3), (20, 5), (40, 8), (80, 12), (300, 90)] {
        story(width, height).keys("S j j").text();
    }
}

#[test]
fn the_facts_of_invictus() {
    let Some(mut script) = Script::invictus(120, 35) else { return };
    script.keys("7 S");
    let found = sessions(&script);
    let total: u64 = found.sessions.iter().map(|session| session.events).sum();
    assert_eq!((total + found.others) as usize, script.app.view.snapshot.len());
    let named = |actor: &str| -> Vec<&Session> {
        found.sessions.iter().filter(|session| &*session.actor == actor).collect()
    };
    // Some 110 keys: one long-term and one sign-in; the rest are theirs.
    let bert: Vec<(&str, u64)> =
        named("bert-jan").iter().map(|it| (&*it.name, it.events)).collect();
    assert_eq!(bert.len(), 3, "{bert:?}");
    assert!(bert[0].0.starts_with("key AKIA") && bert[0].1 > 2000, "{bert:?}");
    // A console session whose sign-in nobody recorded: its calls say when it began.
    assert!(bert[1].0.ends_with("bert-jan 2023-07-10T12:13:16Z"), "{bert:?}");
    assert!(bert[2].0.starts_with("sign-in "), "{bert:?}");
    // What it became through AssumeRole stands below its long-term key.
    let roles = found.sessions.iter().filter(|session| session.depth == 1).count();
    assert!(roles >= 5, "{roles}");
    let benjamin = named("benjamin");
    assert!(benjamin.iter().any(|it| matches!(it.began, Began::Console(_)) && it.n_keys > 5));
    let rows: u64 =
        script.app.view.snapshot.parts().iter().map(|part| part.segment.len() as u64).sum();
    assert!(rows == 2900, "{rows}");
    assert!(script.text().contains("AssumeRole 2023"), "{}", script.text());
    let first = &found.sessions[0];
    let row = script.app.view.snapshot.row(first.first.1).unwrap();
    assert!(!row.text(Column::Key).is_empty());
}

#[test]
fn sessions_80x24() {
    assert_snapshot!(paint(&story(80, 24).keys("S j").draw()));
}

#[test]
fn sessions_120x35() {
    assert_snapshot!(paint(&story(120, 35).keys("S j").draw()));
}

#[test]
fn sessions_200x50() {
    assert_snapshot!(paint(&Script::demo(200, 50, 2000).keys("7 S").draw()));
}

#[test]
fn the_lineage_counts_what_its_keys_show() {
    let Some(mut script) = Script::invictus(120, 35) else { return };
    script.keys("/").types("event:RunInstances role:*ec2lui*").keys("Enter g L");
    let family = script.app.insight.family.clone().expect("the popup is open");
    let text = script.text();
    assert!(text.contains(&format!("all bert-jan did ({}", count(family.of_root))), "{text}");
    let tree: u64 = family.tree.sessions.iter().map(|branch| branch.events).sum();
    assert_eq!((tree + family.tree.others, family.tree.found >= 8), (family.of_root, true));
    for (key, n) in [("Enter", family.of_root), ("s", family.of_session), ("k", family.of_key)] {
        script.keys(key);
        assert_eq!(script.app.view.len() as u64, n, "{key}: {}", script.app.asked.filter);
        script.keys("[ g L");
    }
    script.keys("Tab j");
    let text = script.text();
    assert!(text.contains("EVERYTHING bert-jan DID") && text.contains("└ AssumeRole"), "{text}");
    script.keys("Enter");
    assert_eq!(script.app.view.len() as u64, family.tree.sessions[1].events);
}

fn count(n: u64) -> String {
    crate::ui::format::count(n)
}

#[test]
fn the_tree_of_a_root_is_left_as_it_was_entered() {
    let mut script = story(120, 35);
    script.keys("g L Tab j G Ctrl-u Tab");
    assert!(script.text().contains("WHO REALLY DID"), "{}", script.text());
    script.keys("Tab q");
    assert!(script.app.layers.is_empty());
    for (width, height) in [(1, 1), (3, 3), (20, 5), (40, 8), (80, 12), (300, 90)] {
        story(width, height).keys("g L Tab j").text();
    }
}

#[test]
fn lineage_80x24() {
    assert_snapshot!(paint(&story(80, 24).keys("G L").draw()));
}

#[test]
fn tree_of_a_root_120x35() {
    let mut script = story(120, 35);
    script.keys("/").types("user:mallory").keys("Enter g L Tab j");
    assert_snapshot!(paint(&script.draw()));
}
