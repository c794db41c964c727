//! Four investigations, keystroke by keystroke, as the README tells them: each key is counted.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use termlens::{Key, Screen};

use super::stage::{Stage, TRAILTOP, start};

/// A program under investigation, and how many keys it took so far.
struct Desk {
    stage: Stage,
    keys: usize,
}

impl Desk {
    fn open(args: &[&str], first: &str) -> Self {
        let mut stage = start(args);
        stage.see(first);
        Self { stage, keys: 0 }
    }

    /// Presses letters, one key each.
    #[track_caller]
    fn press(&mut self, keys: &str) {
        self.keys += keys.chars().count();
        self.stage.press(keys);
    }

    #[track_caller]
    fn enter(&mut self) {
        self.keys += 1;
        self.stage.key(Key::Enter);
    }

    /// Pastes what somebody was told; one key.
    #[track_caller]
    fn paste(&mut self, text: &str) {
        self.keys += 1;
        self.stage.paste(text).unwrap();
    }

    /// Waits until the screen says all of these.
    #[track_caller]
    fn see(&mut self, all: &[&str]) -> Screen {
        self.stage.wait(&format!("{all:?}"), |screen| all.iter().all(|it| screen.contains(it)))
    }

    #[track_caller]
    fn took_at_most(mut self, keys: usize) {
        assert!(self.keys <= keys, "it took {} keys", self.keys);
        self.stage.key(Key::Ctrl('c'));
        self.stage.ends(0);
    }
}

/// A call of a made-up account: seconds after noon, event, service, identity, further members.
fn call(second: u32, event: &str, service: &str, identity: &str, more: &str) -> String {
    let (minutes, seconds) = (second / 60, second % 60);
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"2026-01-05T12:{minutes:02}:{seconds:02}Z","eventID":"id-{second}-{event}","eventName":"{event}","eventSource":"{service}.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.15","userIdentity":{{{identity}}}{more}}}"#
    )
}

fn kept(records: &[String]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs.ndjson");
    fs::write(&path, records.join("\n")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn someone_disabled_our_trail() {
    let invictus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/s3/invictus");
    if invictus.is_dir() {
        let mut desk =
            Desk::open(&[invictus.to_str().unwrap(), "--filter", "@tamper"], "13 of 2,900");
        // The three StopLogging failed; what worked is one line above them.
        let screen = desk.see(&["PutEventSelectors", "NOT LIVE"]);
        let lines = screen.text();
        let stops = lines.lines().filter(|line| line.contains("- StopLogging"));
        assert_eq!(stops.filter(|line| line.contains("failed: none")).count(), 3, "{lines}");
        desk.press("gj");
        desk.see(&[
            "no management events from here on",
            "undone 12:07:49 PutEventSelectors, same key (7m41s later)",
        ]);
        desk.took_at_most(4);
    }
    // The same in the demo, from the dashboard.
    let mut desk =
        Desk::open(&["demo:seed=7,events=900", "--now", "2026-11-22T12:00:00Z"], "of 900");
    desk.press("Pt");
    desk.enter();
    desk.see(&["/ @tamper", "StopLogging"]);
    desk.press("k");
    desk.see(&["stopped trail org-trail", "undone 11:58:20 StartLogging", "2m45s later"]);
    desk.took_at_most(4);
}

/// A storm of denials of a service, and four of somebody below it.
fn storm() -> Vec<String> {
    let service = r#""type":"AWSService","invokedBy":"delivery.logs.amazonaws.com""#;
    let admin = r#""type":"IAMUser","userName":"olga","arn":"arn:aws:iam::111122223333:user/olga","accessKeyId":"AKIAIOSFODNN7EXAMPLE""#;
    let mallory = r#""type":"IAMUser","userName":"mallory","arn":"arn:aws:iam::111122223333:user/mallory","accessKeyId":"AKIAI44QH8DHBEXAMPLE""#;
    let denied = r#","errorCode":"AccessDenied","errorMessage":"Access Denied""#;
    let policy =
        r#","requestParameters":{"bucketName":"the-logs","bucketPolicy":{"Statement":[]}}"#;
    let mut records = vec![call(60, "PutBucketPolicy", "s3", admin, policy)];
    for n in 0..3_000 {
        let mut more = denied.to_owned();
        write!(more, r#","requestParameters":{{"bucketName":"the-logs","key":"AWSLogs/{n}.gz"}}"#)
            .unwrap();
        let id = format!("\"eventID\":\"storm-{n}\"");
        let record = call(120 + n / 4, "PutObject", "s3", service, &more);
        let old = format!("\"eventID\":\"id-{}-PutObject\"", 120 + n / 4);
        records.push(record.replace(&old, &id));
    }
    for (second, event, service) in
        [(500, "ListBuckets", "s3"), (501, "ListUsers", "iam"), (502, "DescribeInstances", "ec2")]
    {
        records.push(call(second, event, service, mallory, denied));
    }
    records
}

#[test]
fn a_storm_of_denials() {
    let (_folder, path) = kept(&storm());
    // What hides the storm says so, and leaves its first denial in sight.
    let mut desk = Desk::open(&[&path], "noise hides 2,999 (X)");
    desk.see(&["PutObject", "delivery.logs"]);
    desk.press("D");
    desk.see(&["DENIED people and roles: 3 in 3 groups", "mallory", "DENIED AWS services: 3,000"]);
    desk.press("G");
    desk.see(&["PutBucketPolicy      olga", "the-logs", "where the target lies", "1m before"]);
    desk.took_at_most(2);
}

/// The value that the command line counts most.
fn most(args: &[&str]) -> String {
    let output = Command::new(TRAILTOP).arg("query").args(args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().next().and_then(|line| line.split('\t').nth(1)).unwrap().to_owned()
}

#[test]
fn a_leaked_key() {
    let demo = ["demo:seed=7,events=900", "--now", "2026-11-22T12:00:00Z"];
    let key = most(&[&["event:CreateUser", "--by", "key"][..], &demo[..]].concat());
    let mut desk = Desk::open(&demo, "of 900");
    desk.press("/");
    desk.paste(&format!("key:{key}"));
    desk.enter();
    desk.see(&["/ key:AKIA", "ci-deploy", "CreateAccessKey"]);
    // Everything that it led to, through every role and key.
    desk.press("L");
    desk.see(&["WHO REALLY DID", "So: ci-deploy did it", "All steps proven"]);
    desk.enter();
    desk.see(&["root:=arn:aws:iam::", "svc-backup-sync", "log-archive-admin"]);
    desk.press("W");
    desk.see(&["CreateAccessKey", "StopLogging", "ModifySnapshotAttribute"]);
    desk.took_at_most(6);
}

#[test]
fn who_deleted_this_instance_and_through_which_role() {
    let alice = r#""type":"IAMUser","principalId":"AIDAEXAMPLEALICE","userName":"alice","arn":"arn:aws:iam::111122223333:user/alice","accessKeyId":"AKIAIOSFODNN7EXAMPLE""#;
    let role = r#""type":"AssumedRole","principalId":"AROAQWERTY1234567890:deploy","arn":"arn:aws:sts::111122223333:assumed-role/ops-admin/deploy","accessKeyId":"ASIAQWERTY1234567890","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/ops-admin","userName":"ops-admin"}}"#;
    let assumed = r#","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/ops-admin","roleSessionName":"deploy"},"responseElements":{"credentials":{"accessKeyId":"ASIAQWERTY1234567890"},"assumedRoleUser":{"assumedRoleId":"AROAQWERTY1234567890:deploy","arn":"arn:aws:sts::111122223333:assumed-role/ops-admin/deploy"}}"#;
    let instance = |id: &str| {
        format!(r#","requestParameters":{{"instancesSet":{{"items":[{{"instanceId":"{id}"}}]}}}}"#)
    };
    let (ours, others) = ("i-0123456789abcdef0", "i-0fedcba9876543210");
    let mut records = vec![
        call(10, "DescribeInstances", "ec2", alice, &instance(ours)),
        call(20, "AssumeRole", "sts", alice, assumed),
        call(30, "TerminateInstances", "ec2", role, &instance(others)),
        call(40, "TerminateInstances", "ec2", role, &instance(ours)),
    ];
    records.extend((50..90).map(|second| call(second, "ListBuckets", "s3", alice, "")));
    let (_folder, path) = kept(&records);
    let mut desk = Desk::open(&[&path], "44 of 44");
    desk.press("/");
    desk.paste(ours);
    desk.enter();
    desk.see(&["2 of 44", "TerminateInstances"]);
    desk.press("L");
    desk.see(&[
        "WHO REALLY DID TerminateInstances 12:00:40",
        "AssumeRole 12:00:20",
        "role ops-admin",
        "So: alice did it, by key …7EXAMPLE from 203.0.113.7, through 1 role. All steps proven.",
    ]);
    desk.took_at_most(5);
}
