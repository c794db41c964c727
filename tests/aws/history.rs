//! Event history: paging, throttling, late events, credentials that expire, regions that refuse.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use trailtop::coverage::watermark::Word;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::query::narrow::Narrow;
use trailtop::source::history::tail::History;
use trailtop::source::walk::Asked;

use crate::aws::standin::{Answer, Call, Driven, Hand, serve, session};
use crate::run::Bench;

const NOON: &str = "2023-07-10T12:00:00Z";

/// An event and when LookupEvents first shows it.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub(crate) id: u32,
    pub(crate) time: Timestamp,
    pub(crate) visible: Timestamp,
    pub(crate) is_insight: bool,
}

impl Happened {
    fn shown(&self, region: &str) -> Value {
        let id = format!("00000000-0000-0000-0000-{:012}", self.id);
        if self.is_insight {
            let record = json!({
                "eventVersion": "1.09", "eventID": id, "eventTime": self.time.to_string(),
                "awsRegion": region, "recipientAccountId": "111122223333",
                "eventType": "AwsCloudTrailInsight", "eventCategory": "Insight",
                "insightDetails": {"state": "Start", "eventSource": "ec2.amazonaws.com",
                    "eventName": "RunInstances", "insightType": "ApiCallRateInsight"}
            });
            return json!({"EventId": id, "EventTime": self.time.0 as f64 / 1000.0,
                "CloudTrailEvent": record.to_string()});
        }
        // Every tenth by another key.
        let key = if self.id.is_multiple_of(10) {
            "ASIAIOSFODNN7EXAMPLE"
        } else {
            "AKIAIOSFODNN7EXAMPLE"
        };
        let record = json!({
            "eventVersion": "1.11", "eventID": id, "eventTime": self.time.to_string(),
            "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances", "awsRegion": region,
            "recipientAccountId": "111122223333", "readOnly": false,
            "userIdentity": {"type": "IAMUser", "userName": "alice", "accessKeyId": key}
        });
        json!({
            "EventId": id, "EventTime": self.time.0 as f64 / 1000.0, "EventName": "RunInstances",
            "EventSource": "ec2.amazonaws.com", "AccessKeyId": key,
            "ReadOnly": "false", "CloudTrailEvent": record.to_string()
        })
    }
}

/// LookupEvents as AWS does it: newest first, tokens bound to their parameters, both ends
/// inclusive, an error for a wrong call.
pub(crate) fn lookup(call: &Call, events: &[Happened], now: Timestamp) -> Answer {
    assert_eq!(call.operation(), "LookupEvents");
    let asked: Value = serde_json::from_slice(&call.body).unwrap();
    let second = |name: &str| asked[name].as_f64().map(|at| at as i64);
    let (from, to) = (second("StartTime").unwrap_or(0), second("EndTime").unwrap_or(i64::MAX));
    if from > to {
        return Answer::error("InvalidTimeRangeException", "End time is before start time.");
    }
    let size = asked["MaxResults"].as_u64().unwrap_or(50) as usize;
    assert!((1..=50).contains(&size));
    assert!(asked["LookupAttributes"].as_array().is_none_or(|list| list.len() <= 1));
    let is_insight = asked["EventCategory"] == "insight";
    let attribute = asked["LookupAttributes"][0].clone();
    let is_asked = |event: &Happened| {
        let shown = event.shown(call.region());
        match attribute["AttributeKey"].as_str() {
            None => true,
            Some(key) => shown[key] == attribute["AttributeValue"],
        }
    };
    let bound = format!("{from}:{to}:{}:{is_insight}", asked["LookupAttributes"]);
    let mut found: Vec<&Happened> = events
        .iter()
        .filter(|event| event.visible <= now && (from..=to).contains(&(event.time.0 / 1000)))
        .filter(|event| event.is_insight == is_insight && is_asked(event))
        .collect();
    found.sort_by_key(|event| (-event.time.0, event.id));
    let mut at = 0;
    if let Some(token) = asked["NextToken"].as_str() {
        let Some((_, after)) = token.rsplit_once('@').filter(|(of, _)| *of == bound) else {
            return Answer::error("InvalidNextTokenException", "The token is invalid.");
        };
        let after: Vec<i64> = after.split(' ').map(|part| part.parse().unwrap()).collect();
        at = found
            .partition_point(|event| (-event.time.0, i64::from(event.id)) <= (after[0], after[1]));
    }
    let page = &found[at..(at + size).min(found.len())];
    let shown: Vec<Value> = page.iter().map(|event| event.shown(call.region())).collect();
    let mut said = json!({"Events": shown});
    if at + size < found.len() {
        let last = page.last().unwrap();
        said["NextToken"] = format!("{bound}@{} {}", -last.time.0, last.id).into();
    }
    Answer::json(&said)
}

/// One event each `every` seconds from an hour before noon on, each visible `delay` seconds later.
pub(crate) fn steady(n: u32, every: i64, delay: i64) -> Vec<Happened> {
    let start = Timestamp::parse(NOON).unwrap() - Millis::hours(1);
    let of = |id| {
        let time = start + Millis::seconds(i64::from(id) * every);
        Happened { id, time, visible: time + Millis::seconds(delay), is_insight: false }
    };
    (0..n).map(of).collect()
}

/// A source over `answer`, with the last hour before noon asked for.
async fn history(
    hand: Hand,
    until: Option<Timestamp>,
    answer: impl FnMut(&Call) -> Answer + Send + 'static,
) -> Driven<History> {
    let session = session(&serve(answer).await).await;
    let since = hand.now() - Millis::hours(1);
    let source = History::new(Arc::new(session), "us-east-1", Asked { since, until }, hand.clock());
    Driven::new(source, hand)
}

#[tokio::test]
async fn reading_once_reads_every_page_and_ends() {
    let hand = Hand::at(NOON);
    let events = steady(3600, 1, 0);
    let mut it =
        history(hand, Some(hand.now()), move |call| lookup(call, &events, hand.now())).await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates, tally.skipped), (3600, 0, 0));
    assert_eq!(it.claims, [Timestamp::parse(NOON).unwrap()]);
    let batch = &it.batches[0];
    assert_eq!((&*batch.name, &*batch.hints.account), ("history:us-east-1", "111122223333"));
    assert!(it.lacks.iter().any(|it| it.contains("still to be read")), "{:?}", it.lacks);
}

#[tokio::test]
async fn following_meets_late_events_in_disorder_once() {
    let hand = Hand::at(NOON);
    // Every seventh comes after 14 minutes, every other after 2; one after 90 minutes.
    let mut events = steady(1200, 6, 120);
    events.iter_mut().step_by(7).for_each(|event| event.visible = event.time + Millis::minutes(14));
    events[650].visible = events[650].time + Millis::minutes(90);
    let mut it = history(hand, None, move |call| lookup(call, &events, hand.now())).await;
    it.run(Millis::hours(4)).await;
    assert!(it.downs.is_empty(), "{:?}", it.downs);
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates), (1200, 0));
    assert!(it.claims.is_sorted());
    let last = *it.claims.last().unwrap();
    assert!(hand.now() - last < Millis::minutes(5), "claims end at {last}");
}

/// Where one attribute is asked for, nobody can say that anything is complete.
#[tokio::test]
async fn what_is_asked_for_alone_is_said_and_claims_nothing() {
    let hand = Hand::at(NOON);
    let events = steady(200, 10, 0);
    let url = serve(move |call| lookup(call, &events, hand.now())).await;
    let asked = Asked { since: hand.now() - Millis::hours(1), until: None };
    let session = Arc::new(session(&url).await);
    let narrow = Narrow::parse("AccessKeyId=ASIAIOSFODNN7EXAMPLE").unwrap();
    let source = History::new(session, "us-east-1", asked, hand.clock()).narrowed(narrow);
    let mut it = Driven::new(source, hand);
    it.run(Millis::hours(1)).await;
    assert_eq!(it.intake.tally().kept, 20, "every tenth is of that key");
    assert!(it.claims.is_empty(), "{:?}", it.claims);
    let rows = it.intake.cover().streams(&[]);
    assert!(rows.iter().all(|row| row.word == Word::BestEffort), "{rows:?}");
    let said = it.lacks.last().unwrap();
    assert!(said.starts_with("asked for AccessKeyId=ASIAIOSFODNN7EXAMPLE only"), "{said}");
}

#[tokio::test]
async fn the_newest_come_first() {
    let hand = Hand::at(NOON);
    let events = steady(3600, 1, 0);
    let mut it = history(hand, None, move |call| lookup(call, &events, hand.now())).await;
    it.run(Millis::seconds(2)).await;
    let first = String::from_utf8(it.batches[0].bytes.clone()).unwrap();
    assert!(first.contains("2023-07-10T11:59:59Z"), "{first}");
    assert!(it.claims.is_empty(), "nothing is claimed while an hour is still to be read");
}

#[tokio::test]
async fn throttling_slows_down_and_loses_nothing() {
    let hand = Hand::at(NOON);
    let events = steady(1000, 3, 60);
    let calls = AtomicU32::new(0);
    let mut it = history(hand, None, move |call| {
        // Two of three calls are refused for a while.
        let n = calls.fetch_add(1, Ordering::Relaxed);
        match n < 60 && n % 3 != 2 {
            true => Answer::error("ThrottlingException", "Rate exceeded"),
            false => lookup(call, &events, hand.now()),
        }
    })
    .await;
    it.run(Millis::hours(2)).await;
    assert_eq!(it.downs, Vec::<String>::new(), "two refusals in a row are no news");
    assert_eq!(it.intake.tally().kept, 1000);
    assert!(!it.claims.is_empty());
}

#[tokio::test]
async fn expired_credentials_say_what_to_do_and_reading_resumes() {
    let hand = Hand::at(NOON);
    let (out, back) = (hand.now() + Millis::minutes(5), hand.now() + Millis::minutes(50));
    let events = steady(1200, 6, 90);
    let mut it = history(hand, None, move |call| match (out..back).contains(&hand.now()) {
        true => Answer::error("ExpiredTokenException", "The security token has expired"),
        false => lookup(call, &events, hand.now()),
    })
    .await;
    it.run(Millis::minutes(49)).await;
    let [down] = &*it.downs else { panic!("{:?}", it.downs) };
    assert!(down.starts_with("history:us-east-1: the credentials have expired"), "{down}");
    assert!(down.contains("`aws sso login`") && down.contains("by itself"), "{down}");
    assert!(*it.claims.last().unwrap() < out, "nothing is claimed without an answer");
    it.run(Millis::hours(2)).await;
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates), (1200, 0));
    assert!(*it.claims.last().unwrap() > back + Millis::minutes(30));
}

#[tokio::test]
async fn a_token_that_expired_meanwhile_is_done_without() {
    let hand = Hand::at(NOON);
    let events = steady(1800, 2, 0);
    let calls = AtomicU32::new(0);
    let mut it = history(hand, Some(hand.now()), move |call| {
        let has_token = String::from_utf8_lossy(&call.body).contains("NextToken");
        match has_token && calls.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
            true => Answer::error("InvalidNextTokenException", "The token is invalid."),
            false => lookup(call, &events, hand.now()),
        }
    })
    .await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    assert_eq!(it.intake.tally().kept, 1800);
}

#[tokio::test]
async fn what_is_not_allowed_is_named() {
    let hand = Hand::at(NOON);
    let message = "User: arn:aws:iam::111122223333:user/oncall is not authorized to perform: \
                   cloudtrail:LookupEvents with an explicit deny in a service control policy";
    let mut it =
        history(hand, None, move |_| Answer::error("AccessDeniedException", message)).await;
    it.run(Millis::minutes(30)).await;
    let [down] = &*it.downs else { panic!("{:?}", it.downs) };
    assert!(down.contains("cloudtrail:LookupEvents is not allowed"), "{down}");
    assert!(down.contains("service control policy"), "{down}");
    assert!(it.claims.is_empty() && it.batches.is_empty());
}

#[tokio::test]
async fn faults_of_the_server_pass() {
    let hand = Hand::at(NOON);
    let events = steady(200, 10, 0);
    let calls = AtomicU32::new(0);
    let mut it =
        history(hand, Some(hand.now()), move |call| match calls.fetch_add(1, Ordering::Relaxed) {
            0 => Answer::of(500, "text/html", "<html>oops"),
            1 => Answer::of(200, "application/x-amz-json-1.1", "{\"Events\":[{\"EventId\":"),
            _ => lookup(call, &events, hand.now()),
        })
        .await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    assert_eq!(it.intake.tally().kept, 200);
}

#[tokio::test]
async fn insight_events_are_asked_for_too_and_stop_nothing() {
    let hand = Hand::at(NOON);
    let mut events = steady(300, 30, 60);
    let insight = |id, minutes| Happened {
        id,
        time: hand.now() + Millis::minutes(minutes),
        visible: hand.now() + Millis::minutes(minutes + 30),
        is_insight: true,
    };
    events.extend([insight(1000, -50), insight(1001, 20), insight(1002, 70)]);
    let all = events.clone();
    let mut it = history(hand, None, move |call| lookup(call, &all, hand.now())).await;
    it.run(Millis::hours(3)).await;
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates), (303, 0), "{:?}", it.downs);
    // Where they are refused, all else goes on and the line says so.
    let hand = Hand::at(NOON);
    let mut it = history(hand, Some(hand.now()), move |call| {
        match String::from_utf8_lossy(&call.body).contains("EventCategory") {
            true => Answer::error("UnsupportedOperationException", "not here"),
            false => lookup(call, &events, hand.now()),
        }
    })
    .await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    assert_eq!(it.intake.tally().kept, 119);
    assert!(it.lacks.last().unwrap().contains("Insight events cannot be read"), "{:?}", it.lacks);
}

/// What is asked for alone gives the same rows with fewer calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_equality_of_the_filter_is_asked_for_alone() {
    let hand = Hand::at(NOON);
    let events = steady(3000, 1, 0);
    let calls: &'static AtomicU32 = Box::leak(Box::default());
    let url = serve(move |call| {
        calls.fetch_add(1, Ordering::Relaxed);
        lookup(call, &events, hand.now())
    })
    .await;
    let run = move |args: &'static [&str]| {
        calls.store(0, Ordering::Relaxed);
        let bench = Bench::new();
        let mut command = bench.command(&["query"]);
        command.args(args).args(["history:us-east-1", "-o", "ndjson"]);
        command.args(["--since", "2023-07-10T11:00:00Z", "--until", "2023-07-10T11:05:00Z"]);
        command.args(["--now", NOON]).env("AWS_ENDPOINT_URL", &url).env("HOME", bench.path("home"));
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        let ran = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&ran.stdout), text(&ran.stderr), calls.load(Ordering::Relaxed))
    };
    let ran = tokio::task::spawn_blocking(move || {
        [
            run(&["key:ASIAIOSFODNN7EXAMPLE event:RunInstances"]),
            // In small letters it is asked for in any case, which AWS cannot.
            run(&["key:asiaiosfodnn7example event:RunInstances"]),
            run(&["key:ASIAIOSFODNN7EXAMPLE event:RunInstances", "--stats"]),
        ]
    });
    let [narrow, wide, books] = ran.await.unwrap();
    assert_eq!(narrow.0.lines().count(), 30, "{}", narrow.1);
    assert!(narrow.0 == wide.0 && narrow.0 == books.0);
    assert!(narrow.2 < wide.2 && books.2 == wide.2, "{} {} {}", narrow.2, wide.2, books.2);
    let words = "history:us-east-1: asked for AccessKeyId=ASIAIOSFODNN7EXAMPLE only";
    assert!(narrow.1.contains(words) && !wide.1.contains("only"), "{}", narrow.1);
    assert!(books.1.contains(r#""kept":301"#), "{}", books.1);
}

/// The whole program: two regions, one of them refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn query_reads_what_it_may_and_says_what_it_may_not() {
    let hand = Hand::at(NOON);
    let events = steady(120, 20, 0);
    let url = serve(move |call| match call.region() {
        "eu-west-1" => Answer::error("AccessDeniedException", "not here"),
        _ => lookup(call, &events, hand.now()),
    })
    .await;
    let run = move || {
        let bench = Bench::new();
        let args = ["query", "event:RunInstances", "history:eu-west-1", "--count", "--stats"];
        let mut command = bench.command(&args);
        command.args(["--since", "2023-07-10T11:30:00Z", "--now", NOON]);
        command.env("AWS_ENDPOINT_URL", url).env("HOME", bench.path("home"));
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.output().unwrap()
    };
    let ran = tokio::task::spawn_blocking(run).await.unwrap();
    let err = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "30\n", "{err}");
    assert_eq!(ran.status.code(), Some(3), "{err}");
    assert!(err.contains("trailtop: history:eu-west-1: not allowed"), "{err}");
    assert!(err.contains(r#""kept":30"#), "{err}");
}

/// The whole program, as a role.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_assumed_and_calls() {
    let hand = Hand::at(NOON);
    let events = steady(120, 20, 0);
    let url = serve(move |call| match call.key() {
        "ASIAASSUMED" => lookup(call, &events, hand.now()),
        other => Answer::error("AccessDeniedException", other),
    })
    .await;
    let run = move || {
        let bench = Bench::new();
        let mut command = bench.command(&["query", "", "history:us-east-1", "--count"]);
        command.args(["--role-arn", "arn:aws:iam::111122223333:role/ro", "--endpoint-url", &url]);
        command.args(["--since", "2023-07-10T11:30:00Z", "--now", NOON]);
        command.env("HOME", bench.path("home")).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.output().unwrap()
    };
    let ran = tokio::task::spawn_blocking(run).await.unwrap();
    let err = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "30\n", "{err}");
}

/// The most likely mistakes of a new user, each with the words that help.
#[test]
fn mistakes_are_met_with_what_to_do() {
    let bench = Bench::new();
    let past = "2020-01-01T00:00:00Z";
    bench.file(
        "home/.aws/config",
        "[profile prod]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ro\n\
         region = eu-west-1\n[sso-session corp]\nsso_region = eu-west-1\n\
         sso_start_url = https://example.awsapps.com/start\n",
    );
    // The name of the file is the SHA-1 of the session's name.
    let token = json!({"accessToken": "x", "expiresAt": past, "region": "eu-west-1",
                       "startUrl": "https://example.awsapps.com/start"});
    bench.file(
        "home/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
        token.to_string(),
    );
    let cases: &[(&[&str], &str)] = &[
        (&["--profile", "prod"], "run `aws sso login --profile prod`"),
        (&["--profile", "nope"], "there is no profile nope"),
        (&[], "no AWS credentials were found"),
    ];
    for (args, words) in cases {
        let mut command = bench.command(&["query", "", "history:"]);
        command
            .args(*args)
            .env("HOME", bench.path("home"))
            .env("AWS_EC2_METADATA_DISABLED", "true");
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"] {
            command.env_remove(name);
        }
        let ran = command.output().unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        assert!(err.contains(words), "{args:?}: {err}");
        assert_eq!(ran.status.code(), Some(3), "{err}");
    }
}
