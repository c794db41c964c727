//! Starting without a source, `doctor`, and trails that are watched.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;
use trailtop::clock::Clock;
use trailtop::coverage::trail::{Recording, Trail};
use trailtop::event::time::{Millis, Timestamp};
use trailtop::source::batch::{Feed, Outlet};
use trailtop::source::bell::Bell;
use trailtop::source::driver::drive;
use trailtop::source::trails::watch::Watch;

use crate::aws::account::{ALL, Account, May, TRAIL};
use crate::aws::standin::{Answer, Call, Driven, Hand, serve, session};
use crate::run::{Bench, DEADLINE};

const NOON: &str = "2023-07-10T12:00:00Z";

/// What the program wrote and how it ended.
struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

/// Runs the program with keys against a stand-in.
async fn run(
    args: &'static [&'static str],
    answer: impl FnMut(&Call) -> Answer + Send + 'static,
) -> Said {
    let url = serve(answer).await;
    let run = move || {
        let bench = Bench::new();
        let mut command = bench.command(args);
        command.env("AWS_ENDPOINT_URL", url).env("HOME", bench.path("home"));
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(std::process::Stdio::null());
        for name in ["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"] {
            command.env_remove(name);
        }
        command.output().unwrap()
    };
    let ran = tokio::task::spawn_blocking(run).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { out: text(&ran.stdout), err: text(&ran.stderr), code: ran.status.code() }
}

fn at_noon(may: May) -> impl FnMut(&Call) -> Answer + Send + 'static {
    let now = Timestamp::parse(NOON).unwrap();
    move |call| Account::default().answer(call, may, now)
}

const COUNT: &[&str] = &[
    "query",
    "event:RunInstances",
    "--count",
    "--now",
    NOON,
    "--since",
    "30m",
    "--region",
    "us-east-1",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_source_everything_that_can_be_seen_is_read() {
    let said = run(COUNT, at_noon(ALL)).await;
    assert_eq!(said.out, "4\n", "{}", said.err);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let words = "AWS is read: history:us-east-1, s3://corp-logs/AWSLogs/111122223333";
    assert!(said.err.contains(words), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_only_look_up_events_sees_events() {
    let said = run(COUNT, at_noon(May(&["Lookup"]))).await;
    assert_eq!((&*said.out, said.code), ("3\n", Some(0)), "{}", said.err);
    assert!(said.err.contains("cloudtrail:DescribeTrails is not allowed"), "{}", said.err);
    assert!(said.err.contains("trailtop doctor --policy"), "{}", said.err);
    assert!(said.err.contains("AWS is read: history:us-east-1\n"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_cannot_be_read_is_named_and_done_without() {
    for (may, right) in [
        (May(&["Lookup", "Describe", "Get"]), "s3:ListBucket"),
        (May(&["Lookup", "Describe", "Get", "S3List", "S3Head"]), "s3:GetObject"),
    ] {
        let said = run(COUNT, at_noon(may)).await;
        assert_eq!((&*said.out, said.code), ("3\n", Some(0)), "{}", said.err);
        assert!(said.err.contains(right), "{}", said.err);
        assert!(said.err.contains("--policy s3://corp-logs/AWSLogs/111122223333/"), "{}", said.err);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_answer_to_the_names_that_the_organization_gives_them() {
    const NAMED: &[&str] = &[
        "query",
        "acct:Prod*",
        "--count",
        "--now",
        NOON,
        "--since",
        "30m",
        "--region",
        "eu-west-1",
    ];
    let said = run(NAMED, at_noon(ALL)).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    let said = run(NAMED, at_noon(May(&["Lookup"]))).await;
    assert_eq!((&*said.out, said.code), ("0\n", Some(1)), "{}", said.err);
    assert!(said.err.contains("organizations:ListAccounts is not allowed"), "{}", said.err);
    assert!(said.err.contains("`acct:` knows their numbers"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_nothing_is_told_what_is_missing() {
    let said = run(COUNT, at_noon(May(&[]))).await;
    assert_eq!((&*said.out, said.code), ("0\n", Some(3)), "{}", said.err);
    assert!(said.err.contains("cloudtrail:LookupEvents is not allowed"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_regions_are_those_of_the_account_or_of_the_table() {
    const ALL_REGIONS: &[&str] =
        &["query", "", "--count", "--now", NOON, "--since", "30m", "--region", "all"];
    let said = run(ALL_REGIONS, at_noon(ALL)).await;
    let read = "AWS is read: history:eu-west-1, history:us-east-1, s3://";
    assert!(said.err.contains(read), "{}", said.err);
    let said = run(ALL_REGIONS, at_noon(May(&["Lookup"]))).await;
    assert!(said.err.contains("history:mx-central-1"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_says_what_may_be_read() {
    const DOCTOR: &[&str] = &["doctor", "--region", "us-east-1"];
    let has = |said: &Said, verdict: &str, topic: &str| {
        let is = |line: &str| line.starts_with(&format!("  {verdict:<9}  {topic:<14}"));
        assert!(said.out.lines().any(is), "{verdict} {topic}:\n{}{}", said.out, said.err);
    };
    let said = run(DOCTOR, at_noon(ALL)).await;
    for topic in [
        "who am I",
        "regions",
        "trail status",
        "selectors",
        "trail",
        "organization",
        "history",
        "s3 list",
        "s3 get",
    ] {
        has(&said, "ok", topic);
    }
    assert_eq!(said.code, Some(0), "{}", said.out);

    let said = run(DOCTOR, at_noon(May(&["Lookup"]))).await;
    for topic in ["regions", "trails", "organization"] {
        has(&said, "denied", topic);
    }
    has(&said, "ok", "history");
    assert!(said.out.contains("allow cloudtrail:DescribeTrails"), "{}", said.out);
    assert_eq!(said.code, Some(0), "what is chosen can be read\n{}", said.out);

    let said = run(DOCTOR, at_noon(May(&[]))).await;
    has(&said, "denied", "history");
    assert!(said.out.contains("trailtop doctor --policy history:us-east-1"), "{}", said.out);
    assert_eq!(said.code, Some(3), "{}", said.out);

    let bucket: &[&str] = const { &["doctor", "--region", "us-east-1", "s3://corp-logs"] };
    let said = run(bucket, at_noon(May(&["Lookup", "S3List", "S3Head"]))).await;
    has(&said, "ok", "s3 list");
    has(&said, "denied", "s3 get");
    assert_eq!(said.code, Some(3), "{}", said.out);
}

/// A queue and a log group as doctor sees them; a key that is named by an attacker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_looks_into_queues_and_groups() {
    const DOCTOR: &[&str] = &["doctor", "--region", "us-east-1", "sqs:trail", "logs:trail"];
    let policy = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:trail"}}}]});
    let answered = move |call: &Call, hidden: &str| match call.operation() {
        "GetQueueUrl" => Some(json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/trail"})),
        "GetQueueAttributes" => Some(json!({"Attributes": {
            "ApproximateNumberOfMessages": "7", "ApproximateNumberOfMessagesNotVisible": hidden,
            "KmsMasterKeyId": "alias/\u{1b}[31mq", "Policy": policy.to_string()}})),
        "FilterLogEvents" => Some(json!({"events": []})),
        "DescribeLogGroups" => Some(json!({"logGroups": [{"logGroupName": "trail",
            "logGroupClass": "INFREQUENT_ACCESS", "retentionInDays": 30}]})),
        _ => None,
    };
    for (hidden, verdict) in [("0", "  ok         own=true"), ("2", "  careful    own=true")] {
        let answered = answered.clone();
        let mut account = at_noon(ALL);
        let said = run(DOCTOR, move |call| match answered(call, hidden) {
            Some(said) => Answer::json(&said),
            None => account(call),
        })
        .await;
        for words in [
            verdict,
            "sqs:trail: 7 waiting; from topic trail; encrypted with alias/\\u001b[31mq",
            "class INFREQUENT_ACCESS: no Live Tail",
            "events of the last 30 days",
        ] {
            assert!(said.out.contains(words), "{words}:\n{}{}", said.out, said.err);
        }
        assert!(!said.out.contains('\u{1b}'));
        assert_eq!(said.code, Some(0), "{}", said.out);
    }
    let bench = Bench::new();
    let ran = bench.run(&["doctor", "--policy", "sqs:trail"]);
    assert!(ran.code == 0 && ran.out.contains("sqs:GetQueueAttributes"), "{}{}", ran.out, ran.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_without_a_region_says_so() {
    let said = run(&["doctor"], at_noon(ALL)).await;
    assert!(said.out.contains("no region is configured"), "{}", said.out);
    assert!(said.out.contains("--region"), "{}", said.out);
}

/// Nobody is called: there is nobody to answer.
#[test]
fn doctor_prints_the_least_policy() {
    let bench = Bench::new();
    let ran = bench.run(&["doctor", "--policy", "s3://corp-logs/corp", "history:"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
    let ran = bench.run(&["doctor", "--policy", "s3://logs", "--region", "cn-north-1"]);
    assert!(ran.out.contains("arn:aws-cn:s3:::logs/AWSLogs/*"), "{}", ran.out);
    let ran = bench.run(&["doctor", "--policy", "s3://L"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

/// A watcher of a trail that somebody stops and starts.
#[tokio::test]
async fn a_trail_that_is_stopped_and_started_is_told() {
    let hand = Hand::at(NOON);
    let noon = hand.now();
    let url = serve(move |call| {
        let minute = (hand.now() - noon).0 / 60_000;
        let is_stopped = (10..20).contains(&minute);
        Account { is_stopped, ..Account::default() }.answer(call, ALL, hand.now())
    })
    .await;
    let session = Arc::new(session(&url).await);
    let regions = vec!["us-east-1".to_owned()];
    let watch = Watch::new(session, regions, hand.clock(), Bell::default().listen());
    let mut it = Driven::new(watch, hand);
    it.run(Millis::minutes(30)).await;
    let told: Vec<&Recording> = it.trails.iter().map(|trails| &trails[0].recording).collect();
    let [Recording::On(_), Recording::Off(Some(since)), Recording::On(_)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(since.to_string(), "2022-04-15T05:20:00Z");
    assert!(it.notes.iter().any(|note| note.contains("corp-trail IS STOPPED")), "{:?}", it.notes);
    assert!(it.downs.is_empty(), "{:?}", it.downs);
    let trail = &it.trails[0][0];
    assert_eq!(
        (&*trail.arn, &*trail.bucket, trail.account()),
        (TRAIL, "corp-logs", "111122223333")
    );
    let selection = trail.selection.as_ref().unwrap();
    assert!(selection.missing().is_none() && !trail.has_insights);
}

#[tokio::test]
async fn advanced_selectors_are_read() {
    let hand = Hand::at(NOON);
    let selectors = json!([
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]},
                            {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]},
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
                            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
                            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::secret/"]}]}
    ]);
    let url = serve(move |call| {
        let selectors = Some(selectors.clone());
        Account { selectors, ..Account::default() }.answer(call, ALL, hand.now())
    })
    .await;
    let session = Arc::new(session(&url).await);
    let regions = vec!["us-east-1".to_owned()];
    let watch = Watch::new(session, regions, hand.clock(), Bell::default().listen());
    let mut it = Driven::new(watch, hand);
    it.run(Millis::minutes(3)).await;
    let [told] = &it.trails[..] else { panic!("told once: {:?}", it.trails) };
    let selection = told[0].selection.as_ref().unwrap();
    assert_eq!(selection.without, ["kms.amazonaws.com"]);
    assert_eq!(selection.data[0].kind, "AWS::S3::Object");
    assert_eq!(selection.data[0].arns, ["arn:aws:s3:::secret/"]);
}

#[tokio::test]
async fn trails_that_may_not_be_seen_are_a_note_and_no_failure() {
    let hand = Hand::at(NOON);
    let url =
        serve(move |call| Account::default().answer(call, May(&["Lookup"]), hand.now())).await;
    let session = Arc::new(session(&url).await);
    let regions = vec!["us-east-1".to_owned()];
    let watch = Watch::new(session, regions, hand.clock(), Bell::default().listen());
    let mut it = Driven::new(watch, hand);
    it.run(Millis::minutes(30)).await;
    assert!(it.trails.is_empty() && it.downs.is_empty(), "{:?}", it.downs);
    let [note] = &it.notes[..] else { panic!("{:?}", it.notes) };
    assert!(note.contains("cloudtrail:DescribeTrails is not allowed"), "{note}");
}

/// Through the loop that every source has, at the pace of the real clock: the next look would be a
/// minute away.
#[tokio::test]
async fn a_bell_makes_a_watcher_look_now() {
    let is_stopped = Arc::new(AtomicBool::new(false));
    let stops = Arc::clone(&is_stopped);
    let url = serve(move |call| {
        let is_stopped = stops.load(Ordering::Relaxed);
        Account { is_stopped, ..Account::default() }.answer(call, ALL, Clock::System.now())
    })
    .await;
    let session = Arc::new(session(&url).await);
    let (sender, mut feed) = mpsc::unbounded_channel();
    let bell = Bell::default();
    let watch = Watch::new(session, vec!["us-east-1".to_owned()], Clock::System, bell.listen());
    let outlet = Outlet::new(sender).add("trails".to_owned());
    let driven = tokio::spawn(drive(watch, outlet, Clock::System));
    let mut told = async || -> Vec<Trail> {
        loop {
            let next = tokio::time::timeout(DEADLINE, feed.recv()).await.expect("news in time");
            if let Some(Feed::Trails(_, trails)) = next {
                return trails;
            }
        }
    };
    assert!(matches!(told().await[0].recording, Recording::On(_)));
    is_stopped.store(true, Ordering::Relaxed);
    let begun = Clock::instant();
    bell.ring();
    assert!(matches!(told().await[0].recording, Recording::Off(_)));
    assert!(begun.elapsed() < Duration::from_secs(55), "that was the next look, not the bell");
    driven.abort();
}

/// A profile that wants a code where there is no terminal.
#[test]
fn without_a_terminal_a_code_cannot_be_typed() {
    let bench = Bench::new();
    bench.file(
        "home/.aws/config",
        "[profile base]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n\
         [profile prod]\nsource_profile = base\nrole_arn = arn:aws:iam::111122223333:role/ro\n\
         mfa_serial = arn:aws:iam::111122223333:mfa/oncall\nregion = eu-west-1\n",
    );
    let mut command = std::process::Command::new("setsid");
    command.arg("-w").arg(env!("CARGO_BIN_EXE_trailtop"));
    command.args(["query", "", "history:", "--profile", "prod"]);
    command.current_dir(bench.path("")).env("HOME", bench.path("home"));
    command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(std::process::Stdio::null());
    let ran = command.output().unwrap();
    let err = String::from_utf8_lossy(&ran.stderr);
    assert!(err.contains("arn:aws:iam::111122223333:mfa/oncall"), "{err}");
    assert!(err.contains("credential_process"), "{err}");
    assert_eq!(ran.status.code(), Some(2), "{err}");
}
