//! The program against moto, which boto3 fills: buckets, queues that are told of objects in every way
//! moto has, a log group, a trail that is found by itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use trailtop::event::time::{Millis, Timestamp};

use crate::aws::store::{EU, INSIGHT, ORGANIZATION, Store, US};
use crate::peers::bridge::{Moto, python, script};
use crate::run::{Bench, shared_data};

/// The account of everything in moto.
const ACCOUNT: &str = "123456789012";

fn now() -> Timestamp {
    trailtop::clock::Clock::System.now()
}

/// Objects of an hour in several layouts, of the time this test runs.
fn hour() -> Store {
    let mut store = Store::new();
    let start = now() - Millis::minutes(50);
    for folder in [EU, US, INSIGHT, ORGANIZATION] {
        store.steady(folder, start, 9);
    }
    store
}

fn ids(text: &str) -> BTreeSet<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_bucket_reads_as_the_same_files_do() {
    let Some(mut moto) = Moto::start("a_bucket_reads_as_the_same_files_do") else { return };
    let bench = Bench::new();
    moto.ask("s3", "create_bucket", &json!({"Bucket": "trail"}));
    for (key, object) in &hour().objects {
        moto.put("trail", key, &object.body);
        bench.file(&format!("tree/{key}"), &object.body);
    }
    let mut events = 9 * 4 * 2;
    if let Some(data) = shared_data() {
        let root = data.join("s3/invictus");
        for entry in walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap) {
            if entry.file_type().is_file() {
                let body = std::fs::read(entry.path()).unwrap();
                let key = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                moto.put("trail", &key, &body);
                bench.file(&format!("tree/{key}"), &body);
            }
        }
        events += 2900;
    }
    let since = ["--since", "2023-01-01", "-o", "ndjson", "--stats"];
    let bucket = moto.run(&bench, &[&["query", "", "s3://trail"], &since[..]].concat());
    let files = moto.run(&bench, &[&["query", "", "tree"], &since[..]].concat());
    assert_eq!((bucket.code, files.code), (0, 0), "{}", bucket.err);
    assert_eq!(bucket.lines().len(), events, "{}", bucket.err);
    assert!(bucket.out == files.out, "{}\n{}", bucket.err, files.err);
    for key in ["objects", "bytes", "records", "kept", "duplicates", "skipped"] {
        assert_eq!(bucket.stats()[key], files.stats()[key], "{key}");
    }
}

/// A queue that may be sent to.
fn queue(moto: &mut Moto, name: &str) -> (String, String) {
    let url = moto.ask("sqs", "create_queue", &json!({"QueueName": name}))["QueueUrl"].clone();
    (url.as_str().unwrap().to_owned(), format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"))
}

/// A topic that a queue hears.
fn topic(moto: &mut Moto, queue: &str, is_raw: bool) -> String {
    let name = queue.rsplit(':').next().unwrap();
    let topic = moto.ask("sns", "create_topic", &json!({"Name": name}))["TopicArn"].clone();
    let raw = json!({"RawMessageDelivery": is_raw.to_string()});
    let wish = json!({"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue, "Attributes": raw});
    moto.ask("sns", "subscribe", &wish);
    topic.as_str().unwrap().to_owned()
}

/// A rule of EventBridge that sends what matches to a queue.
fn rule(moto: &mut Moto, queue: &str, source: &str) {
    let name = queue.rsplit(':').next().unwrap();
    let pattern = json!({"source": [source]}).to_string();
    moto.ask("events", "put_rule", &json!({"Name": name, "EventPattern": pattern}));
    let targets = json!([{"Id": "1", "Arn": queue}]);
    moto.ask("events", "put_targets", &json!({"Rule": name, "Targets": targets}));
}

/// Tells a bucket whom to notify of its objects.
fn notify(moto: &mut Moto, bucket: &str, whom: &Value) {
    moto.ask("s3", "create_bucket", &json!({"Bucket": bucket}));
    let wish = json!({"Bucket": bucket, "NotificationConfiguration": whom});
    moto.ask("s3", "put_bucket_notification_configuration", &wish);
}

fn record(id: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": id, "awsRegion": "us-east-1", "eventName": "CreateUser",
        "eventTime": now().to_string(), "eventSource": "iam.amazonaws.com",
        "recipientAccountId": ACCOUNT
    })
}

/// One bucket and one queue for each way: straight, through a topic with and without an envelope,
/// over EventBridge; CloudTrail's own topic; and events over EventBridge without any object.
#[test]
fn a_queue_is_read_to_its_end_however_it_is_told() {
    let Some(mut moto) = Moto::start("a_queue_is_read_to_its_end_however_it_is_told") else {
        return;
    };
    let ways = ["straight", "topic", "raw", "bridge", "trail", "events"];
    let created = json!(["s3:ObjectCreated:*"]);
    let mut expected = BTreeSet::new();
    let mut queues = vec![];
    for (way, start) in ways.into_iter().zip(0..) {
        let (url, arn) = queue(&mut moto, way);
        let mut announce = None;
        match way {
            "straight" => {
                let whom = json!({"QueueConfigurations": [{"QueueArn": arn, "Events": created}]});
                notify(&mut moto, way, &whom);
            }
            "topic" | "raw" => {
                let topic = topic(&mut moto, &arn, way == "raw");
                let whom = json!({"TopicConfigurations": [{"TopicArn": topic, "Events": created}]});
                notify(&mut moto, way, &whom);
            }
            "bridge" => {
                rule(&mut moto, &arn, "aws.s3");
                notify(&mut moto, way, &json!({"EventBridgeConfiguration": {}}));
            }
            "trail" => {
                moto.ask("s3", "create_bucket", &json!({"Bucket": way}));
                announce = Some(topic(&mut moto, &arn, false));
            }
            _ => rule(&mut moto, &arn, "aws.iam"),
        }
        // Every way has objects of its own times, and so events of its own.
        let mut store = Store::numbered_from(start * 100);
        store.steady(EU, now() - Millis::minutes(40), 4);
        if way == "events" {
            for n in 0..3 {
                let id = format!("event-{n}");
                let entry = json!({"Source": "aws.iam", "DetailType": "AWS API Call via CloudTrail",
                                   "Detail": record(&id).to_string()});
                moto.ask("events", "put_events", &json!({"Entries": [entry]}));
                expected.insert(id);
            }
        } else {
            for (key, object) in &store.objects {
                moto.put(way, key, &object.body);
                if let Some(topic) = &announce {
                    let message = json!({"s3Bucket": way, "s3ObjectKey": [key]}).to_string();
                    moto.ask("sns", "publish", &json!({"TopicArn": topic, "Message": message}));
                }
            }
            expected.extend(store.ids.clone());
        }
        queues.push(url);
    }
    let bench = Bench::new();
    let sources: Vec<String> = ways.iter().map(|way| format!("sqs:{way},own=true")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let shown = ["-o", "csv", "--columns", "id", "--stats"];
    let ran = moto.run(&bench, &[&["query", ""], &sources[..], &shown[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let came = ids(&ran.lines()[1..].join("\n"));
    let missing: Vec<_> = expected.difference(&came).collect();
    assert!(missing.is_empty(), "{missing:?}\n{}", ran.err);
    assert_eq!(came, expected, "{}", ran.err);
    assert_eq!(ran.stats()["skipped"], 0, "{}", ran.err);
    for url in queues {
        let names = json!(["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]);
        let wish = json!({"QueueUrl": url, "AttributeNames": names});
        let left = moto.ask("sqs", "get_queue_attributes", &wish);
        for name in names.as_array().unwrap() {
            assert_eq!(left["Attributes"][name.as_str().unwrap()], "0", "{url}: {left}");
        }
    }
}

#[test]
fn a_log_group_is_read() {
    let Some(mut moto) = Moto::start("a_log_group_is_read") else { return };
    let (group, stream) = ("trail", format!("{ACCOUNT}_CloudTrail_us-east-1"));
    moto.ask("logs", "create_log_group", &json!({"logGroupName": group}));
    let wish = json!({"logGroupName": group, "logStreamName": stream});
    moto.ask("logs", "create_log_stream", &wish);
    let start = now() - Millis::minutes(30);
    let messages = (0..150i64).map(|n| {
        let message = record(&format!("message-{n:03}")).to_string();
        json!({"timestamp": (start + Millis::seconds(n)).0, "message": message})
    });
    let messages: Vec<Value> = messages.collect();
    let wish = json!({"logGroupName": group, "logStreamName": stream, "logEvents": messages});
    moto.ask("logs", "put_log_events", &wish);
    let bench = Bench::new();
    let args = ["query", "", "logs:trail", "-o", "csv", "--columns", "id,acct"];
    let ran = moto.run(&bench, &args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.lines().len(), 151, "{}", ran.err);
    assert!(ran.lines()[1..].iter().all(|line| line.ends_with(ACCOUNT)), "{}", ran.out);
}

/// moto has no Event history: the bucket of its trail is found and read all the same, and what could
/// not be read is said.
#[test]
fn the_bucket_of_a_trail_is_found_and_read() {
    let Some(mut moto) = Moto::start("the_bucket_of_a_trail_is_found_and_read") else { return };
    let bucket = json!({"Bucket": "corp-logs"});
    moto.ask("s3", "create_bucket", &bucket);
    let mut store = Store::new();
    store.steady(
        &format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/"),
        now() - Millis::minutes(50),
        9,
    );
    for (key, object) in &store.objects {
        moto.put("corp-logs", key, &object.body);
    }
    let trail = json!({"Name": "corp-trail", "S3BucketName": "corp-logs", "IsMultiRegionTrail": true,
                       "EnableLogFileValidation": true});
    moto.ask("cloudtrail", "create_trail", &trail);
    moto.ask("cloudtrail", "start_logging", &json!({"Name": "corp-trail"}));
    let bench = Bench::new();
    let ran = moto.run(&bench, &["query", "", "-o", "csv", "--columns", "id"]);
    assert_eq!(ids(&ran.lines()[1..].join("\n")), store.ids, "{}", ran.err);
    let found = format!("s3://corp-logs/AWSLogs/{ACCOUNT}");
    assert!(ran.err.contains(&found), "{}", ran.err);
    assert!(ran.err.contains("history:us-east-1: "), "{}", ran.err);
    assert_eq!(ran.code, 3, "Event history could not be read: {}", ran.err);

    let ran = moto.run(&bench, &["doctor", "--region", "us-east-1"]);
    let has = |verdict: &str, topic: &str| {
        let is = |line: &&str| line.starts_with(&format!("  {verdict:<9}  {topic:<14}"));
        assert!(ran.lines().iter().any(is), "{verdict} {topic}:\n{}", ran.out);
    };
    assert!(ran.out.contains(ACCOUNT), "{}", ran.out);
    for topic in ["who am I", "trail status", "selectors", "trail", "s3 list", "s3 get"] {
        has("ok", topic);
    }
}

/// Objects of many accounts and regions come while the program looks, some behind what was read.
#[test]
fn nothing_is_lost_while_objects_keep_coming() {
    let Some(python) = python("nothing_is_lost_while_objects_keep_coming") else { return };
    let bench = Bench::new();
    let mut command = std::process::Command::new(python);
    command.arg(script("tail.py")).args([
        "--trailtop",
        env!("CARGO_BIN_EXE_trailtop"),
        "--poll",
        "5",
    ]);
    command.args(["--accounts", "8", "--regions", "2", "--minutes", "0.3"]);
    let output = command.env("TMPDIR", bench.path("")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{err}");
}
