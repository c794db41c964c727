//! `trailtop rules`, and `rule:` `sev:` `--fail-on` of `query`: the contract, and public rules over
//! real records against what an independent evaluator found.

use std::fmt::Write as _;

use crate::run::{Bench, Ran, shared_data};

/// Rules of `SigmaHQ` and how many events of the set meet each, as an evaluator of somebody else says.
const INVICTUS: &[(u64, &str)] = &[
    (76, "905d389b-b853-46d0-9d3d-dea0d3a3cd49"),
    (6, "4db60cc0-36fb-42b7-9b58-a5b53019fb74"),
    (6, "6fb77778-040f-4015-9440-572aa9b6b580"),
    (6, "c803b2ce-c4a2-4836-beae-b112010390b1"),
    (5, "39c9f26d-6e3b-4dbb-9c7a-4154b0281112"),
    (3, "f305fd62-beca-47da-ad95-7690a0620084"),
    (2, "0a5177f4-6ca9-44c2-aacf-d3f3d8b6e4d2"),
    (2, "abae8fec-57bd-4f87-aff6-6e3db989843d"),
    (1, "38e7f511-3f74-41d4-836e-f57dfa18eead"),
    (1, "77caf516-34e5-4df9-b4db-20744fea0a60"),
    (1, "e386b9b5-af12-450e-afff-761730fb8a98"),
];

const RULE: &str = "title: Keys\nid: keys\nauthor: me\nlogsource: {product: aws, service: cloudtrail}\nlevel: high\ndetection:\n  s: {eventName: CreateAccessKey}\n  condition: s\n";

fn event(id: u32, second: u32, rest: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.09","eventID":"e{id}","eventTime":"2026-03-01T12:00:{second:02}Z","eventSource":"iam.amazonaws.com","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7",{rest}}}"#
    ) + "\n"
}

fn key(id: u32, second: u32) -> String {
    event(id, second, r#""eventName":"CreateAccessKey""#)
}

#[test]
fn public_rules_meet_the_events_that_others_found() {
    let Some(data) = shared_data() else { return };
    let bench = Bench::new();
    let (rules, events) = (data.join("rules/sigmahq"), data.join("s3/invictus"));
    let (rules, events) = (rules.to_str().unwrap(), events.to_str().unwrap());
    let with = ["--rules", rules, "--no-builtin-rules"];
    let counted = bench.run(&[&["query", "rule:*", events, "--by", "rule"][..], &with].concat());
    let wanted: Vec<String> = INVICTUS.iter().map(|(n, id)| format!("{n}\t{id}")).collect();
    assert_eq!(counted.lines(), wanted);
    let count = bench.run(&[&["query", "rule:*", events, "--count"][..], &with].concat());
    assert_eq!(count.out, "109\n");
    let one = ["query", "rule:\"AWS STS AssumeRole Misuse\"", events, "--count"];
    assert_eq!(bench.run(&[&one[..], &with].concat()).out, "76\n");
}

#[test]
fn public_correlations_find_the_bursts_in_any_order() {
    let Some(data) = shared_data() else { return };
    let bench = Bench::new();
    let (rules, events) = (data.join("rules/suzaku"), data.join("s3/invictus"));
    let (rules, events) = (rules.to_str().unwrap(), events.to_str().unwrap());
    let tested = |events: &str| {
        let ran = bench.run(&["rules", "test", events, "--rules", rules, "--no-builtin-rules"]);
        let wanted = ["Many AccessDenied", "Many Recon", "IAM Persis"];
        let is_wanted = |line: &&str| wanted.iter().any(|title| line.contains(title));
        let bursts = |line: &str| line.split_whitespace().next().unwrap().to_owned();
        ran.lines().into_iter().filter(is_wanted).map(bursts).collect::<Vec<_>>()
    };
    assert_eq!(tested(events), ["1", "7", "3"]);
    // The same records, the newest first.
    let all = bench.run(&["query", "", events, "-o", "ndjson"]);
    let mut lines: Vec<&str> = all.lines();
    lines.reverse();
    let reversed = bench.file("reversed.ndjson", lines.join("\n"));
    assert_eq!(tested(&reversed), ["1", "7", "3"]);
}

#[test]
fn check_counts_and_places() {
    let bench = Bench::new();
    let good = bench.file("rules/good.yml", RULE);
    let ran = bench.run(&["rules", "check", &good]);
    let line = "1 rules: 1 loaded, 0 failed, 0 not ours, 0 warnings\n";
    assert_eq!((ran.code, &*ran.out), (0, line));
    let bad = bench.file("rules/bad.yml", RULE.replace("condition: s", "condition: s and ("));
    bench.file("rules/other.yml", RULE.replace("product: aws", "product: windows"));
    bench.file("rules/.hidden/x.yml", "title: [");
    bench.file("rules/README.md", "no rule");
    let folder = bench.path("rules");
    let ran = bench.run(&["rules", "check", folder.to_str().unwrap()]);
    let lines = ran.lines();
    assert_eq!(lines.len(), 2, "{}", ran.out);
    assert!(lines[0].starts_with(&format!("{bad}:8:")), "{}", ran.out);
    assert_eq!(lines[1], "3 rules: 1 loaded, 1 failed, 1 not ours, 0 warnings");
    assert_eq!(ran.code, 1);
    assert_eq!(bench.run(&["rules", "check", "nowhere"]).code, 2);
    // Ours, and ours with others.
    let ours = bench.run(&["rules", "check"]);
    assert!(ours.code == 0 && ours.out.contains(" 0 failed, 0 not ours, 0 warnings"));
    let listed = bench.run(&["rules", "list", "--rules", &good]);
    assert!(listed.out.contains("trail-stopped") && listed.out.contains("Keys"), "{}", listed.out);
    let listed = bench.run(&["rules", "list", "--rules", &good, "--no-builtin-rules"]);
    assert_eq!(listed.lines().len(), 1);
}

/// Folders in which somebody left what never ends, leads nowhere or back, or may not be read: named,
/// and no other rule is lost.
#[test]
fn folders_that_are_traps_end() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let bench = Bench::new();
    let folder = bench.path("rules");
    bench.file("rules/good.yml", RULE);
    // Mounted configuration: a link to a file in a folder that is hidden.
    bench.file("rules/..data/linked.yml", RULE.replace("id: keys", "id: linked"));
    symlink("..data/linked.yml", folder.join("linked.yml")).unwrap();
    symlink(&folder, folder.join("round")).unwrap();
    symlink("/dev/zero", folder.join("zero.yml")).unwrap();
    let pipe = folder.join("pipe.yml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let ran = bench.run(&["rules", "check", folder.to_str().unwrap()]);
    let line = "2 rules: 2 loaded, 0 failed, 0 not ours, 0 warnings\n";
    assert_eq!((ran.code, &*ran.out), (0, line), "{}", ran.err);
    symlink("nowhere", folder.join("dangling.yml")).unwrap();
    bench.file("rules/huge.yml", "#".repeat(2 << 20));
    let closed = bench.file("rules/closed.yml", RULE);
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    let ran = bench.run(&["rules", "check", folder.to_str().unwrap()]);
    // Root may read everything.
    let is_root = std::fs::read(&closed).is_ok();
    let failed = if is_root { 2 } else { 3 };
    assert_eq!(ran.code, 1, "{}", ran.out);
    for name in ["dangling.yml", "huge.yml"] {
        assert!(ran.out.contains(&format!("{name}: failed: it cannot be read")), "{}", ran.out);
    }
    assert!(ran.out.contains(&format!("{failed} failed")), "{}", ran.out);
    // What the rest finds is found all the same.
    let records = bench.file("records.ndjson", key(1, 0));
    let rules = folder.to_str().unwrap().to_owned();
    let ran = bench.run(&["query", "rule:keys", &records, "--count", "--rules", &rules]);
    assert_eq!(ran.out, "1\n", "{}", ran.err);
    // Named itself, a device is too large and not a hang.
    assert_eq!(bench.run(&["rules", "check", "/dev/zero"]).code, 2);
}

/// A query over these records with these rules and nothing else.
fn ask(bench: &Bench, rules: &str, records: &str, more: &[&str]) -> Ran {
    let rules = bench.file("r.yml", rules);
    let records = bench.file("events.ndjson", records);
    let fixed = ["query", more[0], &records, "--rules", &rules, "--no-builtin-rules"];
    bench.run(&[&fixed[..], &more[1..]].concat())
}

#[test]
fn filters_counts_and_the_exit_status_know_rules() {
    let bench = Bench::new();
    let failed = event(3, 9, r#""eventName":"CreateAccessKey","errorCode":"AccessDenied""#);
    let records = key(1, 0) + &event(2, 5, r#""eventName":"ListUsers""#) + &failed;
    let of = |more: &[&str]| ask(&bench, RULE, &records, more);
    for (filter, count) in [
        ("rule:keys", "2\n"),
        ("rule:Keys sev:high", "1\n"),
        ("sev:medium", "1\n"),
        ("sev:>=low", "2\n"),
        ("rule:none", "1\n"),
        ("-rule:keys", "1\n"),
        ("sev:critical", "0\n"),
    ] {
        assert_eq!(of(&[filter, "--count"]).out, count, "{filter}");
    }
    assert_eq!(of(&["", "--by", "rule,sev"]).out, "1\t-\t-\n1\tkeys\thigh\n1\tkeys\tmedium\n");
    for (more, code) in [
        (&["", "--count", "--fail-on", "high"][..], 4),
        (&["", "--count", "--fail-on", "critical"], 0),
        (&["event:ListUsers", "--count", "--fail-on", "low"], 0),
        (&["event:Nothing", "--count", "--fail-on", "low"], 1),
        (&["", "--count", "--fail-on", "loud"], 2),
    ] {
        assert_eq!(of(more).code, code, "{more:?}");
    }
}

#[test]
fn what_came_together_marks_all_of_it() {
    let bench = Bench::new();
    let window = "---\ntitle: Many\nid: many\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [keys]\n  group-by: [sourceIPAddress]\n  timespan: 10s\n  condition: {gte: 3}\n";
    let rules = format!("{RULE}{window}");
    // The middle one arrives last.
    let records = key(1, 10) + &key(3, 18) + &key(4, 50) + &key(2, 14);
    let of = |more: &[&str]| ask(&bench, &rules, &records, more);
    let rows = of(&["rule:many", "--columns", "id", "-o", "csv"]);
    assert_eq!(rows.lines(), ["id", "e1", "e2", "e3"]);
    assert_eq!(of(&["rule:keys", "--count"]).out, "0\n", "it only feeds the other");
    let rows = of(&["rule:many", "--order", "arrival", "--columns", "id", "-o", "csv"]);
    let mut ids = rows.lines();
    ids.sort_unstable();
    assert_eq!(ids, ["e1", "e2", "e3", "id"]);
    assert_eq!(of(&["", "--count", "--fail-on", "high"]).code, 4);
}

#[test]
fn alerts_leave_with_their_rule_and_its_author() {
    let bench = Bench::new();
    let rules = bench.file("r.yml", RULE);
    let denied = event(9, 3, r#""eventName":"CreateAccessKey","errorCode":"AccessDenied""#);
    let records = bench.file("events.ndjson", key(1, 0) + &key(2, 5) + &denied);
    let of = |form: &str| {
        let typed = ["rules", "test", &records, "-o", form, "--rules", &rules];
        bench.run(&[&typed[..], &["--no-builtin-rules"]].concat())
    };
    let ran = of("ndjson");
    let lines: Vec<serde_json::Value> =
        ran.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{}", ran.out);
    let told = &lines[0];
    assert_eq!(told["rule"]["id"], "keys");
    assert_eq!(told["rule"]["title"], "Keys");
    assert_eq!(told["rule"]["author"], "me");
    assert!(told["rule"]["licence"].as_str().unwrap().contains("DRL"), "{told}");
    assert_eq!((&told["severity"], &told["ending"]), (&"high".into(), &"SUCCEEDED".into()));
    assert_eq!(told["ids"], serde_json::json!(["e1", "e2"]));
    assert_eq!((&lines[1]["severity"], &lines[1]["ending"]), (&"medium".into(), &"DENIED".into()));
    let all: serde_json::Value = serde_json::from_str(&of("json").out).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 2);
    let csv = of("csv");
    assert!(csv.lines()[0].starts_with("first,last,severity,ending,off,rule,title,author,licence"));
    assert!(csv.lines()[1].contains(",keys,Keys,me,"), "{}", csv.out);
    // What came together names its events, though their rows have passed by.
    let window = "---\ntitle: Many\nid: many\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [keys]\n  group-by: [sourceIPAddress]\n  timespan: 10s\n  condition: {gte: 2}\n";
    bench.file("r.yml", format!("{RULE}{window}"));
    let ran = of("ndjson");
    let told: serde_json::Value = serde_json::from_str(ran.lines()[0]).unwrap();
    assert_eq!(told["ids"], serde_json::json!(["e1", "e9", "e2"]), "{}", ran.out);
}

/// What the samples of a public rule set, which have a verdict of their own, do to us: they are read,
/// no rule of ours panics over them, and of those that we have a rule for none is missed.
#[test]
fn samples_of_others_are_judged_as_they_say() {
    let Some(data) = shared_data() else { return };
    let text = std::fs::read_to_string(data.join("rule-tests/panther.ndjson")).unwrap();
    let mut records = String::new();
    let mut wanted: Vec<(String, &str)> = vec![];
    for (at, line) in text.lines().enumerate() {
        let sample: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut record = sample["event"].clone();
        // Samples share their ids; ours tell them apart.
        record["eventID"] = format!("sample-{at}").into();
        writeln!(records, "{record}").unwrap();
        let ours = SAMPLES.iter().find(|(rule, _)| sample["rule"] == *rule);
        if let Some((_, id)) = ours.filter(|_| sample["expected"] == true) {
            wanted.push((format!("sample-{at}"), *id));
        }
    }
    let bench = Bench::new();
    let file = bench.file("samples.ndjson", records);
    let met = bench.run(&["query", "rule:*", &file, "-o", "csv", "--columns", "id,rule"]);
    let missed: Vec<_> = wanted
        .iter()
        .filter(|(sample, id)| {
            let is_it = |line: &&str| {
                line.split_once(',').is_some_and(|(of, rules)| of == sample && rules.contains(id))
            };
            !met.lines().iter().any(is_it)
        })
        .collect();
    assert!(missed.is_empty() && wanted.len() == 35, "{missed:?} of {}", wanted.len());
}

/// Rules of others and the one of ours that is about the same.
const SAMPLES: &[(&str, &str)] = &[
    ("AWS.Bedrock.DeleteModelInvocationLoggingConfiguration", "model-logs-off"),
    ("AWS.CloudTrail.AttemptToLeaveOrg", "leave-organization"),
    ("AWS.CloudTrail.LoginProfileCreatedOrModified", "login-profile"),
    ("AWS.ConfigService.DisabledDeleted", "config-stopped"),
    ("AWS.Console.RootLogin", "root-login"),
    ("AWS.CloudTrail.DNSLogsDeleted", "network-logs-off"),
    ("AWS.EC2.ManyPasswordReadAttempts", "windows-password"),
    ("AWS.EC2.MultiInstanceConnect", "instance-connect-key"),
    ("AWS.IAM.AttachAdminRolePolicy", "admin-attached"),
    ("AWS.IAM.AttachAdminUserPolicy", "admin-attached"),
    ("AWS.IAM.BackdoorRole", "trust-changed"),
    ("AWS.IAM.CreateUser", "user-created"),
    ("AWS.KMS.CustomerManagedKeyLoss", "key-destroyed"),
    ("AWS.CloudTrail.NetworkACLPermissiveEntry", "internet-path"),
    ("AWS.RDS.InstanceMadePublic", "database-public"),
    ("AWS.RDS.SnapshotExport", "data-exported"),
    ("AWS.RDS.SnapshotShared", "snapshot-shared"),
    ("AWS.CloudTrail.RootAccessKeyCreated", "access-key-for-root"),
    ("AWS.CloudTrail.RootPasswordChanged", "root-use"),
    ("AWS.S3.DeletePublicAccessBlock", "public-block-removed"),
    ("AWS.S3.DisableBucketLogging", "access-logs-off"),
    ("AWS.SSM.DistributedCommand", "ssm-command"),
    ("AWS.STS.GetCallerIdentity.TruffleHog", "attack-tool"),
    ("AWS.User.Login.Profile.Modified", "login-profile"),
    ("AWS.VPCFlow.LogsDeleted", "network-logs-off"),
    ("AWS.CloudTrail.VPCE.AccessDenied", "endpoint-denied"),
    ("AWS.WAF.Disassociation", "web-acl-deleted"),
];

/// Alerts of our own rules on an ordinary day: few, and of these rules alone. Over 200,000 events
/// there were 17 of medium severity or above: enumeration 6, admin-attached 4, root-login 2,
/// secrets-burst 2, console-failures, console-guessed and console-unknown-users 1 each.
#[test]
fn ordinary_days_are_quiet() {
    let bench = Bench::new();
    let ran = bench.run(&["rules", "test", "demo:incident=off,events=12000"]);
    let known = [
        "enumeration",
        "admin-attached",
        "root-login",
        "secrets-burst",
        "console-failures",
        "console-guessed",
        "console-unknown-users",
    ];
    let mut alerts = 0;
    for line in ran.lines().iter().skip(1) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if matches!(words[2], "medium" | "high" | "critical") {
            assert!(known.contains(&words[3]), "{line}");
            alerts += words[0].parse::<u32>().unwrap();
        }
    }
    assert!(alerts <= 17, "{}", ran.out);
}
