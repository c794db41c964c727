//! A queue: every shape of message, what is deleted and when, and what is never deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use trailtop::engine::intake::Intake;
use trailtop::event::field::Origin;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::source::sqs::plan::Mode;
use trailtop::source::sqs::queue::{Options, Queue};
use trailtop::source::sqs::word::Word;

use crate::aws::standin::{Answer, Call, Driven, Hand, copy, serve, session};
use crate::aws::store::packed;
use crate::run::{Bench, Running};

const NOON: &str = "2023-07-10T12:00:00Z";
pub(crate) const URL: &str = "https://sqs.eu-west-1.amazonaws.com/111122223333/trail";
const LOCKED: &str = "User: arn:aws:iam::111122223333:user/oncall is not authorized to perform: \
                      kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/1234";

/// A message of the queue.
#[derive(Debug, Clone)]
struct Sent {
    id: String,
    body: String,
    at: Timestamp,
    visible: Timestamp,
    received: u32,
}

/// What was asked of the stand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Did {
    Received(usize),
    Deleted(String),
    Extended(String),
    Got(String),
}

/// SQS and S3 as far as trailtop asks them.
pub(crate) struct Cloud {
    hand: Hand,
    messages: Vec<Sent>,
    objects: BTreeMap<String, Result<Vec<u8>, Answer>>,
    /// Objects that cannot be got before this time.
    opens: Timestamp,
    /// How many entries of calls to delete fail yet.
    refused: usize,
    /// Gives each message twice.
    doubles: bool,
    /// Whether waiting for messages takes its time.
    waits: bool,
    numbered: u32,
    did: mpsc::UnboundedSender<Did>,
}

impl Cloud {
    pub(crate) fn new(hand: Hand) -> (Self, mpsc::UnboundedReceiver<Did>) {
        let (did, log) = mpsc::unbounded_channel();
        let cloud = Self {
            hand,
            messages: vec![],
            objects: BTreeMap::new(),
            opens: Timestamp(0),
            refused: 0,
            doubles: false,
            waits: true,
            numbered: 0,
            did,
        };
        (cloud, log)
    }

    fn send(&mut self, body: &dyn Display) {
        self.numbered += 1;
        let now = self.hand.now();
        let id = format!("m-{:03}", self.numbered);
        let body = body.to_string();
        self.messages.push(Sent { id, body, at: now, visible: now, received: 0 });
    }

    /// Stores an object with two events; gives its key.
    fn put(&mut self) -> String {
        self.numbered += 1;
        let n = self.numbered;
        let key = format!(
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2023/07/10/\
             111122223333_CloudTrail_eu-west-1_20230710T1155Z_{n:016}.json.gz"
        );
        let body = json!({"Records": [record(&format!("{n}-1")), record(&format!("{n}-2"))]});
        self.objects.insert(format!("trail/{key}"), Ok(packed(body.to_string().as_bytes())));
        key
    }

    /// An object and a message of S3 about it.
    pub(crate) fn announce(&mut self) -> String {
        let key = self.put();
        self.send(&notification(&[&key]));
        key
    }

    pub(crate) fn answer(&mut self, call: &Call) -> Answer {
        if call.headers.contains_key("x-amz-target") {
            let asked: Value = serde_json::from_slice(&call.body).unwrap();
            return self.queue(call, &asked);
        }
        let path = call.path.trim_matches('/');
        if !path.contains('/') {
            return Answer::xml("");
        }
        let key = path.rsplit('/').next().unwrap().to_owned();
        if call.method == "GET" {
            self.did.send(Did::Got(key)).ok();
        }
        match self.objects.get(path) {
            Some(Err(fault)) if self.hand.now() < self.opens => fault.clone(),
            Some(Ok(body)) => Answer::of(200, "application/json", body.clone()),
            Some(Err(_)) => {
                let body = json!({"Records": [record("opened")]});
                Answer::of(200, "application/json", body.to_string())
            }
            None => Answer::xml_error(404, "NoSuchKey", "The specified key does not exist."),
        }
    }

    fn queue(&mut self, call: &Call, asked: &Value) -> Answer {
        let told = |did| self.did.send(did).unwrap_or_default();
        let entries = asked["Entries"].as_array().cloned().unwrap_or_default();
        let now = self.hand.now();
        match call.operation() {
            "GetQueueUrl" => {
                assert_eq!(asked["QueueName"], "trail");
                Answer::json(&json!({"QueueUrl": URL}))
            }
            "ReceiveMessage" => self.receive(asked, now),
            "DeleteMessageBatch" => {
                assert!((1..=10).contains(&entries.len()));
                let (mut done, mut failed) = (vec![], vec![]);
                for entry in entries {
                    if self.refused > 0 {
                        self.refused -= 1;
                        failed.push(json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": false}));
                        continue;
                    }
                    done.push(json!({"Id": entry["Id"]}));
                    let handle = entry["ReceiptHandle"].as_str().unwrap();
                    let id = handle.split('#').next().unwrap().to_owned();
                    self.messages.retain(|message| message.id != id);
                    told(Did::Deleted(id));
                }
                Answer::json(&json!({"Successful": done, "Failed": failed}))
            }
            "ChangeMessageVisibilityBatch" => {
                for entry in &entries {
                    let id = entry["ReceiptHandle"].as_str().unwrap().split('#').next().unwrap();
                    let seconds = entry["VisibilityTimeout"].as_i64().unwrap();
                    let found = self.messages.iter_mut().find(|it| it.id == id);
                    found.unwrap().visible = now + Millis::seconds(seconds);
                    told(Did::Extended(id.to_owned()));
                }
                let done: Vec<Value> = entries.iter().map(|it| json!({"Id": it["Id"]})).collect();
                Answer::json(&json!({"Successful": done, "Failed": []}))
            }
            other => panic!("{other} is not a call trailtop may make"),
        }
    }

    fn receive(&mut self, asked: &Value, now: Timestamp) -> Answer {
        assert_eq!(asked["QueueUrl"], URL);
        assert_eq!(asked["MaxNumberOfMessages"], 10);
        let hidden = Millis::seconds(asked["VisibilityTimeout"].as_i64().unwrap());
        let mut given = vec![];
        for message in self.messages.iter_mut().filter(|it| it.visible <= now).take(10) {
            message.visible = now + hidden;
            message.received += 1;
            for copy in 0..=u32::from(self.doubles) {
                given.push(json!({
                    "MessageId": message.id, "Body": message.body,
                    "ReceiptHandle": format!("{}#{}{copy}", message.id, message.received),
                    "Attributes": {"SentTimestamp": message.at.0.to_string()}
                }));
            }
        }
        self.did.send(Did::Received(given.len())).ok();
        if given.is_empty() {
            let waited = Millis::seconds(asked["WaitTimeSeconds"].as_i64().unwrap());
            self.hand.pass(if self.waits { waited } else { Millis(0) });
            return Answer::json(&json!({}));
        }
        Answer::json(&json!({"Messages": given}))
    }
}

fn record(id: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": id, "awsRegion": "eu-west-1", "eventName": "CreateUser",
        "eventTime": "2023-07-10T11:50:00Z", "eventSource": "iam.amazonaws.com",
        "recipientAccountId": "111122223333"
    })
}

fn notification(keys: &[&str]) -> Value {
    let of = |key: &&str| {
        json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "trail"}, "object": {"key": key.replace('/', "%2F")}}
        })
    };
    json!({"Records": keys.iter().map(of).collect::<Vec<_>>()})
}

fn wrapped(body: &Value) -> Value {
    json!({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": body.to_string()})
}

fn bridged(source: &str, kind: &str, detail: &Value) -> Value {
    json!({"version": "0", "detail-type": kind, "source": source, "detail": detail})
}

async fn queue(hand: Hand, mode: Mode, url: &str) -> Driven<Queue> {
    let session = session(url).await;
    let word = Word { queue: "trail".to_owned(), peek: mode == Mode::Peek };
    let options = Options { word, mode, requester_pays: false, max_object: 64 << 20 };
    Driven::new(Queue::new(Arc::new(session), options, hand.clock()), hand)
}

async fn reading(cloud: Cloud, mode: Mode) -> Driven<Queue> {
    let hand = cloud.hand;
    let url = started(cloud).await;
    queue(hand, mode, &url).await
}

async fn started(mut cloud: Cloud) -> String {
    serve(move |call| cloud.answer(call)).await
}

fn all(log: &mut mpsc::UnboundedReceiver<Did>) -> Vec<Did> {
    std::iter::from_fn(|| log.try_recv().ok()).collect()
}

fn deleted(did: &[Did]) -> BTreeSet<String> {
    let of = |did: &Did| match did {
        Did::Deleted(id) => Some(id.clone()),
        _ => None,
    };
    did.iter().filter_map(of).collect()
}

fn got(did: &[Did]) -> usize {
    did.iter().filter(|did| matches!(did, Did::Got(_))).count()
}

#[tokio::test]
async fn every_shape_is_read_and_deleted() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    let keys: Vec<String> = (0..9).map(|_| cloud.put()).collect();
    let object = |key: &str| json!({"bucket": {"name": "trail"}, "object": {"key": key}});
    let bodies = [
        json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "trail"}),
        json!({"s3Bucket": "trail", "s3ObjectKey": [keys[0], keys[1]]}),
        wrapped(&json!({"s3Bucket": "trail", "s3ObjectKey": [keys[2]]})),
        notification(&[&keys[3], &keys[4]]),
        wrapped(&notification(&[&keys[5]])),
        bridged("aws.s3", "Object Created", &object(&keys[6])),
        wrapped(&bridged("aws.s3", "Object Created", &object(&keys[7]))),
        bridged("aws.iam", "AWS API Call via CloudTrail", &record("bridged")),
        wrapped(&bridged("aws.signin", "AWS Console Signin via CloudTrail", &record("signed"))),
        json!({"Records": [record("inline-1"), record("inline-2")]}),
        record("bare"),
        notification(&["photos/cat.jpg"]),
    ];
    let sent = bodies.len();
    for body in bodies {
        cloud.send(&body);
    }
    cloud.send(&format!("{}\n{}\n", record("line-1"), record("line-2")));
    let mut it = reading(cloud, Mode::Once).await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates, tally.skipped), (16 + 7, 0, 0), "{:?}", tally.skips);
    let did = all(&mut log);
    assert_eq!(deleted(&did).len(), sent + 1);
    // What came out of a bucket is S3's word, and the queue's delivery.
    for batch in &it.batches {
        let is_object = batch.name.starts_with("s3://trail/AWSLogs/");
        let both = Origin::S3.bit() | Origin::Sqs.bit();
        let expected =
            if is_object { (Origin::S3, both) } else { (Origin::Sqs, Origin::Sqs.bit()) };
        assert_eq!((batch.origin, batch.origins), expected, "{}", batch.name);
        let label = Timestamp::parse("2023-07-10T11:55:00Z").unwrap();
        let sent = Timestamp::parse(NOON).unwrap();
        assert_eq!(batch.delivered, Some(if is_object { label } else { sent }));
        assert_eq!(&*batch.hints.account, if is_object { "111122223333" } else { "" });
    }
    assert!(it.batches.iter().any(|it| it.name.starts_with("sqs:trail/m-")));
    assert!(it.notes.last().unwrap().contains("1 other object passed over"), "{:?}", it.notes);
}

#[tokio::test]
async fn nothing_is_deleted_before_it_is_stored_and_it_stays_hidden_meanwhile() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    (0..12).for_each(|_| drop(cloud.announce()));
    cloud.send(&record("inline"));
    let mut it = reading(cloud, Mode::Follow).await;
    it.stores = false;
    it.run(Millis::minutes(5)).await;
    assert_eq!(it.intake.tally().kept, 25);
    let did = all(&mut log);
    assert_eq!(deleted(&did).len(), 0);
    assert_eq!(got(&did), 12, "each is got once");
    // Every one of them is hidden anew each quarter of a minute, so none comes again.
    let given: usize = did.iter().map(|did| if let Did::Received(n) = did { *n } else { 0 }).sum();
    assert_eq!(given, 13);
    let extended = did.iter().filter(|did| matches!(did, Did::Extended(_))).count();
    assert!(extended >= 13 * 8, "{extended}");
    it.stores = true;
    it.run(Millis::minutes(2)).await;
    let did = all(&mut log);
    assert_eq!(deleted(&did).len(), 13);
    assert!(it.downs.is_empty() && it.notes.is_empty(), "{:?} {:?}", it.downs, it.notes);
}

#[tokio::test]
async fn an_object_named_again_is_got_once_and_events_are_here_once() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    cloud.doubles = true;
    let key = cloud.announce();
    // In one message, in others, in another shape, and while it is still being got.
    cloud.send(&notification(&[&key, &key]));
    cloud.send(&json!({"s3Bucket": "trail", "s3ObjectKey": [key]}));
    cloud.send(&bridged("aws.iam", "AWS API Call via CloudTrail", &record("twice")));
    cloud.send(&bridged("aws.iam", "AWS API Call via CloudTrail", &record("twice")));
    let mut it = reading(cloud, Mode::Once).await;
    it.run(Millis::hours(1)).await;
    let did = all(&mut log);
    assert_eq!((got(&did), deleted(&did).len()), (1, 5));
    assert_eq!((it.intake.tally().kept, it.intake.tally().duplicates), (3, 1));
}

#[tokio::test]
async fn what_is_not_understood_stays_in_the_queue() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    cloud.send(&json!({"hello": "world"}));
    cloud.send(&"{\"Records\":[{\"eventVersion\":\"2.1\",");
    cloud.send(&bridged("my.app", "AWS API Call via CloudTrail", &record("forged")));
    cloud.announce();
    let mut it = reading(cloud, Mode::Once).await;
    it.run(Millis::hours(1)).await;
    // Though they come again and again, the queue counts as read.
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    assert_eq!(deleted(&all(&mut log)), BTreeSet::from(["m-005".to_owned()]));
    let tally = it.intake.tally();
    assert_eq!((tally.kept, tally.skipped), (2, 3));
    let named = |words: &str| tally.skips.iter().any(|skip| skip.why.contains(words));
    assert!(named("AWS did not send") && named("left in the queue"), "{:?}", tally.skips);
    let note = it.notes.last().unwrap();
    assert!(note.contains("3 messages are left in the queue"), "{note}");
}

#[tokio::test]
async fn a_locked_object_keeps_its_message_until_it_opens() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    let locked = cloud.put();
    let fault = Answer::xml_error(403, "AccessDenied", LOCKED);
    cloud.objects.insert(format!("trail/{locked}"), Err(fault));
    cloud.opens = hand.now() + Millis::minutes(10);
    let open = cloud.put();
    cloud.send(&notification(&[&locked, &open]));
    let mut it = reading(cloud, Mode::Follow).await;
    it.run(Millis::minutes(8)).await;
    let did = all(&mut log);
    assert_eq!((deleted(&did).len(), it.intake.tally().kept), (0, 2));
    let came = did.iter().filter(|did| **did == Did::Received(1)).count();
    assert!(came > 3, "it comes again until the redrive policy takes it: {came}");
    let note = it.notes.last().unwrap();
    assert!(note.contains("1 object cannot be read, its message is left in the queue"), "{note}");
    assert!(note.contains("kms:Decrypt is not allowed"), "{note}");
    it.run(Millis::minutes(8)).await;
    let did = all(&mut log);
    assert_eq!((deleted(&did).len(), it.intake.tally().kept), (1, 3));
    assert_eq!(it.note(), None);
}

#[tokio::test]
async fn a_reading_to_the_end_fails_where_something_is_left_unread() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    let locked = cloud.announce();
    let fault = Answer::xml_error(403, "AccessDenied", "Access Denied");
    cloud.objects.insert(format!("trail/{locked}"), Err(fault));
    cloud.opens = Timestamp(i64::MAX);
    cloud.announce();
    let mut it = reading(cloud, Mode::Once).await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended);
    assert!(it.downs[0].contains("1 object cannot be read"), "{:?}", it.downs);
    assert_eq!(deleted(&all(&mut log)).len(), 1);
    let tally = it.intake.tally();
    assert_eq!((tally.kept, tally.skipped), (2, 1), "{:?}", tally.skips);
    assert!(tally.skips[0].place.starts_with("s3://trail/AWSLogs/"), "{:?}", tally.skips);
}

#[tokio::test]
async fn what_is_gone_is_named_and_its_message_deleted() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    let key = cloud.announce();
    cloud.objects.remove(&format!("trail/{key}"));
    let mut it = reading(cloud, Mode::Once).await;
    it.run(Millis::hours(1)).await;
    assert_eq!(deleted(&all(&mut log)).len(), 1);
    let skips = &it.intake.tally().skips;
    assert!(skips[0].why.contains("deleted before it could be read"), "{skips:?}");
    assert!(it.notes.last().unwrap().contains("1 object was deleted before it could be read"));
}

#[tokio::test]
async fn messages_that_were_not_deleted_are_deleted_again() {
    let hand = Hand::at(NOON);
    for refused in [3, 40] {
        let (mut cloud, mut log) = Cloud::new(hand);
        (0..7).for_each(|_| drop(cloud.announce()));
        cloud.refused = refused;
        let mut it = reading(cloud, Mode::Follow).await;
        it.run(Millis::minutes(5)).await;
        let did = all(&mut log);
        assert_eq!((deleted(&did).len(), got(&did)), (7, 7), "{refused}: {did:?}");
        assert_eq!((it.intake.tally().kept, it.intake.tally().duplicates), (14, 0));
    }
}

#[tokio::test]
async fn a_restart_at_any_point_loses_nothing() {
    let hand = Hand::at(NOON);
    for steps in 0..14 {
        let (mut cloud, mut log) = Cloud::new(hand);
        (0..5).for_each(|_| drop(cloud.announce()));
        (0..3).for_each(|n| cloud.send(&record(&format!("inline-{n}"))));
        let total = 13;
        let url = started(cloud).await;
        let mut first = queue(hand, Mode::Follow, &url).await;
        for step in 0..steps {
            // What was stored last is in the store, even where nobody could say so any more.
            first.stores = step + 1 < steps;
            first.pull().await;
        }
        let mut intake = first.into_intake();
        let mut second = queue(hand, Mode::Once, &url).await;
        second.run(Millis::hours(1)).await;
        assert!(second.has_ended && second.downs.is_empty(), "{:?}", second.downs);
        second.batches.iter().for_each(|it| {
            intake.take(copy(it), hand.now());
        });
        assert_eq!(intake.tally().kept, total, "after {steps} steps");
        assert_eq!(deleted(&all(&mut log)).len(), 8, "after {steps} steps");
    }
}

/// What is stored is deleted before leaving, and nothing else.
#[tokio::test]
async fn leaving_deletes_what_is_stored() {
    for (mode, expected) in [(Mode::Follow, 25), (Mode::Peek, 0)] {
        let hand = Hand::at(NOON);
        let (mut cloud, mut log) = Cloud::new(hand);
        (0..25).for_each(|_| drop(cloud.announce()));
        let url = started(cloud).await;
        let mut it = queue(hand, mode, &url).await;
        it.stores = false;
        let there = if mode == Mode::Peek { 10 } else { 25 };
        it.until(|it| it.batches.len() == there).await;
        it.leave().await;
        assert!(deleted(&all(&mut log)).is_empty(), "nothing is stored yet");
        it.give_receipts();
        it.leave().await;
        assert_eq!(deleted(&all(&mut log)).len(), expected, "{mode:?}");
    }
}

/// The whole program: what was written is not in the queue any more when Ctrl-C has ended it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_leaves_nothing_in_the_queue_that_was_written() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    (0..12).for_each(|_| drop(cloud.announce()));
    cloud.waits = false;
    let url = serve(move |call| match call.operation() {
        "DescribeTrails" | "ListAccounts" => Answer::error("AccessDeniedException", "no"),
        _ => cloud.answer(call),
    })
    .await;
    let run = move || {
        let bench = Bench::new();
        let mut command = bench.command(&["query", "", "sqs:trail,own=true", "--follow"]);
        command.args(["--columns", "id", "--no-checkpoint"]);
        command.env("AWS_ENDPOINT_URL", url).env("HOME", bench.path("home"));
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_REGION", "eu-west-1");
        let running = Running::start(&mut command);
        // A heading, and two events of each object.
        (0..25).for_each(|_| drop(running.line()));
        running.signal("INT");
        running.end().0
    };
    assert_eq!(tokio::task::spawn_blocking(run).await.unwrap(), 130);
    assert_eq!(deleted(&all(&mut log)).len(), 12);
}

#[tokio::test]
async fn a_look_hides_and_deletes_nothing() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    (0..12).for_each(|_| drop(cloud.announce()));
    let url = started(cloud).await;
    let mut it = queue(hand, Mode::Peek, &url).await;
    it.run(Millis::minutes(5)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    assert_eq!(it.intake.tally().kept, 20);
    assert!(it.notes.last().unwrap().contains("receive count went up by one"), "{:?}", it.notes);
    let did = all(&mut log);
    let calls: Vec<&Did> = did.iter().filter(|did| !matches!(did, Did::Got(_))).collect();
    assert_eq!(calls, [&Did::Received(10)]);
    // The owner has them all, at once.
    let mut owner = queue(hand, Mode::Once, &url).await;
    owner.run(Millis::hours(1)).await;
    assert_eq!(owner.intake.tally().kept, 24);
}

fn error(code: &str, query: &str) -> Answer {
    let mut answer = Answer::error(&format!("com.amazonaws.sqs#{code}"), "why");
    answer.headers.push(("x-amzn-query-error", format!("{query};Sender")));
    answer
}

#[tokio::test]
async fn what_is_wrong_with_the_queue_is_said_and_passes() {
    let denied = "not authorized to perform: sqs:ReceiveMessage on it";
    let cases = [
        (
            error("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
            "there is no such queue in us-east-1",
        ),
        (Answer::error("AccessDeniedException", denied), "sqs:ReceiveMessage is not allowed"),
        (error("KmsAccessDenied", "KMS.AccessDeniedException"), "kms:Decrypt on its key"),
        (error("RequestThrottled", "RequestThrottled"), "too many calls"),
        (Answer::error("ExpiredTokenException", "expired"), "the credentials have expired"),
    ];
    for (answer, why) in cases {
        for operation in ["GetQueueUrl", "ReceiveMessage"] {
            let hand = Hand::at(NOON);
            let back = hand.now() + Millis::minutes(12);
            let (mut cloud, mut log) = Cloud::new(hand);
            (0..3).for_each(|_| drop(cloud.announce()));
            let answer = answer.clone();
            let url = serve(move |call| {
                let is_broken = hand.now() < back && call.operation() == operation;
                if is_broken { answer.clone() } else { cloud.answer(call) }
            })
            .await;
            let mut it = queue(hand, Mode::Follow, &url).await;
            it.run(Millis::minutes(10)).await;
            let said = it.downs.iter().find(|down| down.contains(why));
            assert!(said.is_some_and(|it| it.starts_with("sqs:trail: ")), "{why}: {:?}", it.downs);
            it.run(Millis::minutes(20)).await;
            assert_eq!(it.intake.tally().kept, 6, "{operation}: {why}");
            assert_eq!(deleted(&all(&mut log)).len(), 3, "{operation}: {why}");
        }
    }
}

#[tokio::test]
async fn nothing_more_is_received_while_nothing_can_be_deleted() {
    let hand = Hand::at(NOON);
    let back = hand.now() + Millis::minutes(30);
    let (mut cloud, mut log) = Cloud::new(hand);
    (0..3).for_each(|_| drop(cloud.announce()));
    let url = serve(move |call| match call.operation() {
        "DeleteMessageBatch" if hand.now() < back => {
            Answer::error("AccessDenied", "not authorized to perform: sqs:DeleteMessage on it")
        }
        _ => cloud.answer(call),
    })
    .await;
    let mut it = queue(hand, Mode::Follow, &url).await;
    it.run(Millis::minutes(25)).await;
    assert!(it.downs[0].contains("sqs:DeleteMessage is not allowed"), "{:?}", it.downs);
    let calls = all(&mut log).iter().filter(|did| matches!(did, Did::Received(_))).count();
    assert!(calls < 10, "{calls}");
    it.run(Millis::minutes(20)).await;
    assert_eq!(deleted(&all(&mut log)).len(), 3);
    assert_eq!((it.intake.tally().kept, it.intake.tally().duplicates), (6, 0));
}

#[tokio::test]
async fn trouble_with_the_bucket_passes_or_leaves_the_message() {
    let hand = Hand::at(NOON);
    let back = hand.now() + Millis::minutes(10);
    let (mut cloud, mut log) = Cloud::new(hand);
    (0..20).for_each(|_| drop(cloud.announce()));
    let mut n = 0;
    let url = serve(move |call| {
        n += 1;
        match n % 4 {
            _ if call.headers.contains_key("x-amz-target") => cloud.answer(call),
            _ if hand.now() < back && hand.now() > back - Millis::minutes(9) => {
                Answer::xml_error(400, "ExpiredToken", "The provided token has expired.")
            }
            0 => Answer::xml_error(503, "SlowDown", "Please reduce your request rate."),
            2 => Answer::xml_error(500, "InternalError", "We failed"),
            _ => cloud.answer(call),
        }
    })
    .await;
    let mut it = queue(hand, Mode::Follow, &url).await;
    it.run(Millis::hours(1)).await;
    assert_eq!((it.intake.tally().kept, it.intake.tally().duplicates), (40, 0), "{:?}", it.downs);
    assert_eq!(deleted(&all(&mut log)).len(), 20);
    assert_eq!(it.note(), None);
}

/// Both messages of an event are one row, whichever comes first, and the object's word counts.
#[tokio::test]
async fn an_event_that_comes_by_itself_and_in_an_object_is_one_row() {
    let hand = Hand::at(NOON);
    let (mut cloud, _log) = Cloud::new(hand);
    let key = cloud.announce();
    let n = key.trim_end_matches(".json.gz").rsplit('_').next().unwrap().parse::<u32>().unwrap();
    let mut body = record(&format!("{n}-1"));
    body["eventName"] = json!("CreatedByItself");
    cloud.send(&bridged("aws.iam", "AWS API Call via CloudTrail", &body));
    let mut it = reading(cloud, Mode::Once).await;
    it.run(Millis::hours(1)).await;
    for object_first in [false, true] {
        let mut intake = Intake::new(64 << 20);
        let mut batches: Vec<_> = it.batches.iter().map(copy).collect();
        batches.sort_by_key(|batch| (batch.origin == Origin::S3) != object_first);
        for batch in batches {
            intake.take(batch, hand.now());
        }
        assert_eq!((intake.tally().kept, intake.tally().duplicates), (2, 1), "{object_first}");
        let snapshot = intake.drain(hand.now());
        for part in snapshot.parts() {
            for row in 0..part.segment.len() {
                let raw = String::from_utf8(part.raw(row)).unwrap();
                assert!(!raw.contains("CreatedByItself"), "{object_first}: {raw}");
                let both = Origin::S3.bit() | Origin::Sqs.bit();
                assert_eq!(part.side.origins(row), both);
            }
        }
    }
}

#[tokio::test]
async fn messages_that_cannot_be_kept_hidden_come_again_and_are_known() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    (0..5).for_each(|_| drop(cloud.announce()));
    let why = "not authorized to perform: sqs:ChangeMessageVisibility on it";
    let url = serve(move |call| match call.operation() {
        "ChangeMessageVisibilityBatch" => Answer::error("AccessDenied", why),
        _ => cloud.answer(call),
    })
    .await;
    let mut it = queue(hand, Mode::Follow, &url).await;
    it.stores = false;
    it.run(Millis::minutes(5)).await;
    assert!(it.downs.is_empty(), "{:?}", it.downs);
    let note = it.note().unwrap_or_default();
    assert!(note.contains("sqs:ChangeMessageVisibility is not allowed"), "{note}");
    it.stores = true;
    it.run(Millis::minutes(5)).await;
    let did = all(&mut log);
    assert_eq!((got(&did), deleted(&did).len()), (5, 5));
    assert_eq!((it.intake.tally().kept, it.intake.tally().duplicates), (10, 0));
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "a test that could not run says so")]
async fn real_messages_about_real_objects() {
    let folder = "../shared/data/notifications/invictus-mixed.ndjson";
    let Ok(lines) = fs::read_to_string(folder) else {
        println!("not tested: there is no ../shared/data");
        return;
    };
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    for line in lines.lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        cloud.send(&message["Body"].as_str().unwrap());
    }
    let sent = cloud.messages.len();
    let mut paths = vec![std::path::PathBuf::from("../shared/data/s3/invictus")];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.to_str().unwrap().to_owned();
        if let Some(at) = name.find("AWSLogs/") {
            let body = fs::read(&path).unwrap();
            cloud.objects.insert(format!("invictus-aws/{}", &name[at..]), Ok(body));
        }
    }
    let mut it = reading(cloud, Mode::Once).await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    let did = all(&mut log);
    // One of them is broken, and stays.
    assert_eq!((got(&did), deleted(&did).len()), (55, sent - 1));
    assert_eq!((it.intake.tally().kept, it.intake.tally().skipped), (2900, 1));
}

/// The whole program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn query_reads_a_queue_until_it_is_empty() {
    let hand = Hand::at(NOON);
    let (mut cloud, mut log) = Cloud::new(hand);
    (0..25).for_each(|_| drop(cloud.announce()));
    cloud.send(&record("inline"));
    cloud.waits = false;
    let url = started(cloud).await;
    let run = move || {
        let bench = Bench::new();
        let args = ["query", "", "sqs:trail,own=true", "--by", "src", "--now", NOON, "--stats"];
        let mut command = bench.command(&args);
        command.env("AWS_ENDPOINT_URL", url).env("HOME", bench.path("home"));
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_REGION", "eu-west-1");
        command.output().unwrap()
    };
    let ran = tokio::task::spawn_blocking(run).await.unwrap();
    let err = String::from_utf8_lossy(&ran.stderr).into_owned();
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(out, "51\tsqs\n50\ts3\n", "{err}");
    assert_eq!(ran.status.code(), Some(0), "{err}");
    assert!(err.contains("\"best effort\"") && !err.contains("an hour ago"), "{err}");
    let did = all(&mut log);
    assert_eq!(deleted(&did).len(), 26);
    let empty = did.iter().filter(|did| **did == Did::Received(0)).count();
    assert_eq!(empty, 3);
}
