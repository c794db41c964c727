//! Every shape a message can have, the real ones of the shared data, and whatever else may come.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const KEY: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/2023/07/10/111122223333_CloudTrail_eu-west-1_20230710T1145Z_7xgocspSowgK0Gto.json.gz";

fn digest() -> String {
    KEY.replace("/CloudTrail/", "/CloudTrail-Digest/")
        .replace("_CloudTrail_", "_CloudTrail-Digest_")
}

fn s3(event: &str, key: &str) -> Value {
    json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1", "eventName": event,
        "s3": {"bucket": {"name": "trail"}, "object": {"key": key, "size": 1, "sequencer": "0"}}
    })
}

fn bridge(source: &str, kind: &str, detail: &Value) -> Value {
    json!({"version": "0", "id": "1", "detail-type": kind, "source": source, "detail": detail})
}

fn stored(key: &str) -> Value {
    json!({"bucket": {"name": "trail"}, "object": {"key": key}, "reason": "PutObject"})
}

fn sns(message: &str) -> Value {
    json!({"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": message})
}

fn record() -> Value {
    json!({"eventVersion": "1.11", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "eventID": "a-1"})
}

/// What a message says, in a line.
fn said(body: &str) -> String {
    match read(body) {
        Notice::Objects(Delivery { logs, digests, removed, others }) => {
            let logs: Vec<String> =
                logs.iter().map(|it| format!("{}/{}", it.bucket, it.key)).collect();
            format!("get [{}] digests {digests} removed {removed} others {others}", logs.join(" "))
        }
        Notice::Records(text) => format!("records {text}"),
        Notice::Test => "test".to_owned(),
        Notice::Unknown(why) => format!("unknown: {why}"),
    }
}

fn check(body: &Value, expected: &str) {
    let body = body.to_string();
    assert_eq!(said(&body), expected, "{body}");
    // SNS may be around anything, once.
    assert_eq!(said(&sns(&body).to_string()), expected, "wrapped: {body}");
    let twice = said(&sns(&sns(&body).to_string()).to_string());
    assert_eq!(twice, "unknown: it is wrapped by SNS more than once");
}

#[test]
fn every_shape_is_known() {
    let got = format!("get [trail/{KEY}] digests 0 removed 0 others 0");
    check(&json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "trail"}), "test");
    check(
        &json!({"s3Bucket": "trail", "s3ObjectKey": [KEY, digest(), KEY]}),
        &format!("get [trail/{KEY}] digests 1 removed 0 others 0"),
    );
    let slashes = KEY.replace('/', "%2F");
    for key in [KEY, &slashes] {
        check(&json!({"Records": [s3("ObjectCreated:Put", key)]}), &got);
    }
    check(&bridge("aws.s3", "Object Created", &stored(KEY)), &got);
    for kind in [
        "AWS API Call",
        "AWS Console Signin",
        "AWS Console Sign In",
        "AWS Service Event",
        "AWS Insight",
    ] {
        let record = record();
        let event = bridge("aws.iam", &format!("{kind} via CloudTrail"), &record);
        check(&event, &format!("records {record}"));
    }
    let records = json!({"Records": [record(), record()]});
    check(&records, &format!("records {records}"));
    check(&json!({"Records": []}), "records {\"Records\":[]}");
    check(&record(), &format!("records {}", record()));
    let lines = format!("{}\n{}", record(), record());
    assert_eq!(said(&lines), format!("records {lines}"));
    assert_eq!(said(&sns("CloudTrail validation message.").to_string()), "test");
    assert_eq!(said("CloudTrail validation message."), "test");
}

#[test]
fn what_is_no_log_object_is_counted() {
    let counted = |digests, removed, others| {
        format!("get [] digests {digests} removed {removed} others {others}")
    };
    check(&json!({"Records": [s3("ObjectCreated:Put", &digest())]}), &counted(1, 0, 0));
    check(&json!({"Records": [s3("ObjectCreated:Put", "img/a.jpg")]}), &counted(0, 0, 1));
    check(
        &json!({"Records": [s3("ObjectCreated:Put", "AWSLogs/111122223333/CloudTrail/")]}),
        &counted(0, 0, 1),
    );
    check(
        &json!({"Records": [s3("ObjectRemoved:Delete", KEY), s3("LifecycleExpiration:Delete", KEY)]}),
        &counted(0, 2, 0),
    );
    check(&json!({"Records": [s3("ObjectTagging:Put", KEY)]}), &counted(0, 0, 1));
    check(&bridge("aws.s3", "Object Deleted", &stored(KEY)), &counted(0, 1, 0));
    check(&bridge("aws.s3", "Object Tags Added", &stored(KEY)), &counted(0, 0, 1));
}

#[test]
fn keys_are_decoded_where_s3_encodes_them() {
    let odd = KEY.replace("AWSLogs", "a b+c&d=é%41/AWSLogs");
    let encoded: String = odd
        .bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'/' | b'_' | b'-' | b'.' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let got = format!("get [trail/{odd}] digests 0 removed 0 others 0");
    check(&json!({"Records": [s3("ObjectCreated:Put", &encoded)]}), &got);
    check(&bridge("aws.s3", "Object Created", &stored(&odd)), &got);
    check(&json!({"s3Bucket": "trail", "s3ObjectKey": [odd]}), &got);
    // Written as it is by something that does not encode.
    let plain = KEY.replace("AWSLogs", "a&b=c/AWSLogs");
    let got = format!("get [trail/{plain}] digests 0 removed 0 others 0");
    check(&json!({"Records": [s3("ObjectCreated:Put", &plain)]}), &got);
}

#[test]
fn nothing_else_is_believed() {
    let mut odd = s3("ObjectCreated:Put", KEY);
    odd["eventVersion"] = json!("3.0");
    let cases = [
        (json!({"hello": "world"}), "none of the shapes"),
        (json!([1, 2]), "none of the shapes"),
        (json!({"Records": [{"eventSource": "aws:sqs", "body": "x"}]}), "neither CloudTrail's"),
        (json!({"Records": [s3("ObjectCreated:Put", KEY), record()]}), "only some"),
        (json!({"Records": [odd]}), "version \"3.0\""),
        (json!({"Records": [s3("ObjectCreated:Put", "")]}), "without a bucket or a key"),
        (json!({"s3Bucket": "trail", "s3ObjectKey": KEY}), "no keys"),
        (
            bridge("aws.ec2", "EC2 Instance State-change Notification", &json!({})),
            "none of CloudTrail's",
        ),
        (bridge("my.app", "AWS API Call via CloudTrail", &record()), "AWS did not send"),
        (bridge("my.app", "Object Created", &stored(KEY)), "AWS did not send"),
        (bridge("aws.iam", "AWS API Call via CloudTrail", &json!({"a": 1})), "without a record"),
        (
            json!({"Type": "SubscriptionConfirmation", "Message": "m", "SubscribeURL": "u"}),
            "SubscribeURL",
        ),
    ];
    for (body, why) in cases {
        let said = said(&body.to_string());
        assert!(said.starts_with("unknown: ") && said.contains(why), "{said}");
    }
    for body in
        ["", " ", "hello", "{\"Records\":[{\"eventVersion\":\"2.1\",", "\u{feff}", "null", "\"x\""]
    {
        assert!(said(body).starts_with("unknown: "), "{body}");
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that could not run says so")]
fn real_envelopes_around_real_keys() {
    let Ok(lines) = fs::read_to_string("../shared/data/notifications/invictus-mixed.ndjson") else {
        println!("not tested: there is no ../shared/data");
        return;
    };
    let truth = fs::read_to_string("../shared/data/notifications/invictus-mixed.ndjson.truth.json")
        .unwrap();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    let truth = truth["perMessage"].as_array().unwrap();
    assert_eq!(lines.lines().count(), truth.len());
    for (line, truth) in lines.lines().zip(truth) {
        let message: Value = serde_json::from_str(line).unwrap();
        let kind = truth["kind"].as_str().unwrap();
        let expected: Vec<&str> =
            truth["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
        let notice = read(message["Body"].as_str().unwrap());
        let keys: Vec<String> = match &notice {
            Notice::Objects(delivery) => delivery.logs.iter().map(|it| it.key.clone()).collect(),
            _ => vec![],
        };
        assert_eq!(keys, expected, "{kind}: {notice:?}");
        let is_unknown = matches!(notice, Notice::Unknown(_));
        assert_eq!(
            is_unknown,
            matches!(kind, "noise-broken" | "noise-unknown"),
            "{kind}: {notice:?}"
        );
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that could not run says so")]
fn published_examples_of_every_sender() {
    let folder = "../shared/data/wrappers/notifications/powertools";
    let Ok(files) = fs::read_dir(folder) else {
        println!("not tested: there is no ../shared/data");
        return;
    };
    let mut seen = 0;
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let said = said(&fs::read_to_string(&path).unwrap());
        // None of them announces an object of CloudTrail.
        let expected = match &*name {
            name if name.starts_with("s3Sqs") => "unknown: ",
            name if name.starts_with("s3") => "get [] digests 0 removed 0 others 1",
            _ => "unknown: ",
        };
        assert!(said.starts_with(expected), "{name}: {said}");
        seen += 1;
    }
    assert!(seen > 10);
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "Records",
        "Message",
        "Type",
        "Notification",
        "s3Bucket",
        "s3ObjectKey",
        "detail",
        "detail-type",
        "source",
        "aws.s3",
        "Object Created",
        "AWS API Call via CloudTrail",
        "aws:s3",
        "eventSource",
        "eventName",
        "ObjectCreated:Put",
        "s3",
        "bucket",
        "name",
        "object",
        "key",
        "eventVersion",
        "2.1",
        "%",
        "%zz",
        "+",
        KEY,
        "é\u{202e}",
    ]);
    let leaf = prop_oneof![
        words.clone().prop_map(|word| json!(word)),
        any::<i32>().prop_map(|n| json!(n)),
        Just(Value::Null),
        any::<bool>().prop_map(|b| json!(b)),
        ".{0,8}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner.clone()), 0..6).prop_map(|pairs| {
                Value::Object(
                    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                )
            }),
            inner.prop_map(|value| json!({"Type": "Notification", "Message": value.to_string()})),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_comes_is_read(body in any_json(), cut in any::<prop::sample::Index>()) {
        let text = body.to_string();
        // What was cut off, or is damaged, is read as well.
        let at = (0..=cut.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        for text in [&text[..], &text[..at], &text[at..]] {
            if let Notice::Objects(delivery) = read(text) {
                prop_assert!(delivery.logs.iter().all(|it| label(&it.key).is_some_and(|it| !it.digest)));
            }
        }
    }

    #[test]
    fn any_text_is_read(text in ".{0,200}") {
        read(&text);
        from_form(&text);
    }
}
