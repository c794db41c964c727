//! A log group: pages in either order, late messages, refused tokens and orders; Live Tail that
//! brings, breaks, ends, samples, or is not to be had.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use flate2::Crc;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use trailtop::event::field::Origin;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::source::logs::group::Group;
use trailtop::source::logs::tail::Logs;
use trailtop::source::walk::Asked;

use crate::aws::standin::{Answer, Call, Chunk, Driven, Hand, serve, session};
use crate::run::{Bench, Running};

/// Before 2024 a group is only read oldest first.
const OLD: &str = "2023-07-10T12:00:00Z";
/// From then on it may be read newest first.
pub(crate) const NOON: &str = "2025-07-10T12:00:00Z";
pub(crate) const ARN: &str = "arn:aws:logs:us-east-1:111122223333:log-group:trail";

/// The call for Live Tail.
const LIVE: &str = "StartLiveTail";

/// A message and when it comes in.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    id: u32,
    time: Timestamp,
    ingested: Timestamp,
    text: String,
}

impl Message {
    pub(crate) fn new(id: u32, time: Timestamp, delay: Millis) -> Self {
        let record = json!({
            "eventVersion": "1.11", "eventID": format!("00000000-0000-0000-0000-{id:012}"),
            "eventTime": Timestamp(time.0 / 1000 * 1000).to_string(),
            "eventSource": "ec2.amazonaws.com", "eventName": "RunInstances",
            "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "readOnly": false,
            "userIdentity": {"type": "IAMUser", "userName": "alice"}
        });
        Self { id, time, ingested: time + delay, text: record.to_string() }
    }

    fn stream(&self) -> &'static str {
        ["111122223333_CloudTrail_eu-west-1", "o-abc_444455556666_CloudTrail_us-east-1_2"]
            [self.id as usize % 2]
    }

    /// As both calls show it, but for the id.
    fn shown(&self) -> Value {
        json!({"logStreamName": self.stream(), "timestamp": self.time.0, "message": self.text,
               "ingestionTime": self.ingested.0})
    }
}

/// One message each `every` seconds from an hour before `noon` on, each in after `delay` seconds.
pub(crate) fn steady(noon: &str, n: u32, every: i64, delay: i64) -> Vec<Message> {
    let start = Timestamp::parse(noon).unwrap() - Millis::hours(1);
    let of = |id| {
        Message::new(id, start + Millis::seconds(i64::from(id) * every), Millis::seconds(delay))
    };
    (0..n).map(of).collect()
}

/// `FilterLogEvents` as AWS does it: both ends inclusive, by time, oldest first unless the other is
/// wished for, tokens bound to their parameters, empty pages on the way, an error for a wrong call.
pub(crate) fn filter(call: &Call, all: &[Message], size: usize, now: Timestamp) -> Answer {
    assert_eq!(call.operation(), "FilterLogEvents");
    let asked: Value = serde_json::from_slice(&call.body).unwrap();
    let (name, id) = (&asked["logGroupName"], &asked["logGroupIdentifier"]);
    assert!(name == "trail" && id.is_null() || name.is_null() && id == ARN, "{asked}");
    let wrong = |why: &str| Answer::error("InvalidParameterException", why);
    let (from, to) =
        (asked["startTime"].as_i64().unwrap_or(0), asked["endTime"].as_i64().unwrap_or(i64::MAX));
    let newest_first = asked["startFromHead"] == false;
    if from > to {
        return wrong("startTime is after endTime");
    }
    if newest_first && from < 1_704_067_200_000 {
        return wrong("startFromHead false needs a startTime of 2024 or later");
    }
    let mut found: Vec<&Message> =
        all.iter().filter(|it| it.ingested <= now && (from..=to).contains(&it.time.0)).collect();
    let place = |it: &Message| {
        let key = (it.time.0, it.ingested.0, i64::from(it.id));
        if newest_first { (-key.0, -key.1, -key.2) } else { key }
    };
    found.sort_by_key(|it| place(it));
    let bound = format!("{from}:{to}");
    let mut at = 0;
    let mut may_be_empty = true;
    if let Some(token) = asked["nextToken"].as_str() {
        let Some((of, after)) = token.rsplit_once('@') else { return wrong("nextToken") };
        if of != bound {
            return wrong("The specified nextToken is invalid.");
        }
        let after: Vec<i64> = after.split(' ').map(|part| part.parse().unwrap()).collect();
        at = found.partition_point(|it| place(it) <= (after[0], after[1], after[2]));
        may_be_empty = after[3] == 0;
    }
    let token = |(time, ingested, id): (i64, i64, i64), was_empty: u8| {
        format!("{bound}@{time} {ingested} {id} {was_empty}")
    };
    // Every other page is empty and goes on.
    if at > 0 && at < found.len() && may_be_empty {
        let said = json!({"events": [], "nextToken": token(place(found[at - 1]), 1)});
        return Answer::json(&said);
    }
    let page = &found[at..(at + size).min(found.len())];
    let shown = page.iter().map(|it| {
        let mut shown = it.shown();
        shown["eventId"] = it.id.to_string().into();
        shown
    });
    let mut said = json!({"events": shown.collect::<Vec<_>>(), "searchedLogStreams": []});
    if at + size < found.len() {
        said["nextToken"] = token(place(page.last().unwrap()), 0).into();
    }
    Answer::json(&said)
}

/// One frame of an event stream.
fn frame(headers: &[(&str, &str)], payload: &Value) -> Vec<u8> {
    let mut head = vec![];
    for (name, value) in headers {
        head.push(name.len() as u8);
        head.extend(name.bytes());
        head.push(7);
        head.extend((value.len() as u16).to_be_bytes());
        head.extend(value.bytes());
    }
    let payload = payload.to_string();
    let crc = |bytes: &[u8]| {
        let mut crc = Crc::new();
        crc.update(bytes);
        crc.sum().to_be_bytes()
    };
    let mut all = ((16 + head.len() + payload.len()) as u32).to_be_bytes().to_vec();
    all.extend((head.len() as u32).to_be_bytes());
    all.extend(crc(&all));
    all.extend(head);
    all.extend(payload.bytes());
    all.extend(crc(&all));
    all
}

fn event(kind: &str, payload: &Value) -> Vec<u8> {
    let headers =
        [(":message-type", "event"), (":event-type", kind), (":content-type", "application/json")];
    frame(&headers, payload)
}

pub(crate) fn exception(kind: &str) -> Vec<u8> {
    let headers = [
        (":message-type", "exception"),
        (":exception-type", kind),
        (":content-type", "application/json"),
    ];
    frame(&headers, &json!({"message": "so it is"}))
}

pub(crate) fn update(messages: &[Message], is_sampled: bool) -> Vec<u8> {
    let results = messages.iter().map(|message| {
        let mut shown = message.shown();
        shown["logGroupIdentifier"] = "111122223333:trail".into();
        shown
    });
    let payload = json!({
        "sessionMetadata": {"sampled": is_sampled},
        "sessionResults": results.collect::<Vec<_>>()
    });
    event("sessionUpdate", &payload)
}

/// The answer to `StartLiveTail`: a session that goes on by `stream`.
pub(crate) fn opened(call: &Call, stream: &broadcast::Sender<Chunk>) -> Answer {
    let asked: Value = serde_json::from_slice(&call.body).unwrap();
    assert_eq!(asked["logGroupIdentifiers"], json!([ARN]), "by ARN, without a star");
    let mut body = event("initial-response", &json!({}));
    body.extend(event("sessionStart", &json!({"sessionId": "s", "logGroupIdentifiers": [ARN]})));
    let answer = Answer::of(200, "application/vnd.amazon.eventstream", body);
    Answer { stream: Some(stream.clone()), ..answer }
}

/// A session of which nothing is wanted here.
fn no_session() -> Answer {
    Answer::error(
        "AccessDeniedException",
        "User: x is not authorized to perform: logs:StartLiveTail",
    )
}

/// A source over `answer`, with the last hour before noon asked for.
async fn logs(
    hand: Hand,
    until: Option<Timestamp>,
    mut answer: impl FnMut(&Call) -> Answer + Send + 'static,
) -> Driven<Logs> {
    let url = serve(move |call| match call.operation() {
        LIVE if until.is_some() => panic!("nothing is followed"),
        _ => answer(call),
    });
    let session = session(&url.await).await;
    let asked = Asked { since: hand.now() - Millis::hours(1), until };
    let group = Group::parse("trail").unwrap();
    Driven::new(Logs::new(Arc::new(session), group, asked, hand.clock()), hand)
}

/// The same where Live Tail is not allowed.
async fn polled(
    hand: Hand,
    mut answer: impl FnMut(&Call) -> Answer + Send + 'static,
) -> Driven<Logs> {
    let either = move |call: &Call| match call.operation() {
        LIVE => no_session(),
        _ => answer(call),
    };
    logs(hand, None, either).await
}

#[tokio::test]
async fn reading_once_reads_every_page_in_either_order_and_ends() {
    for noon in [OLD, NOON] {
        let hand = Hand::at(noon);
        let messages = steady(noon, 3600, 1, 0);
        let mut it =
            logs(hand, Some(hand.now()), move |call| filter(call, &messages, 300, hand.now()))
                .await;
        it.run(Millis::hours(1)).await;
        assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
        let tally = it.intake.tally().clone();
        assert_eq!((tally.kept, tally.duplicates, tally.skipped), (3600, 0, 0));
        let batch = &it.batches[0];
        assert_eq!(&*batch.name, "logs:trail 111122223333_CloudTrail_eu-west-1");
        assert_eq!((&*batch.hints.account, &*batch.hints.region), ("111122223333", "eu-west-1"));
        assert!(batch.origin == Origin::Logs && batch.delivered.is_some());
        assert!(it.batches.iter().any(|batch| batch.hints.account == "444455556666"));
        assert!(it.claims.is_empty(), "nobody can say what a log group does not have");
    }
}

#[tokio::test]
async fn following_meets_late_messages_once() {
    let hand = Hand::at(NOON);
    // Every seventh comes in after 14 minutes, the others after 2; one after 100 minutes.
    let mut messages = steady(NOON, 1200, 6, 120);
    messages.iter_mut().step_by(7).for_each(|it| it.ingested = it.time + Millis::minutes(14));
    messages[650].ingested = messages[650].time + Millis::minutes(100);
    let mut it = polled(hand, move |call| filter(call, &messages, 100, hand.now())).await;
    it.run(Millis::hours(4)).await;
    assert!(it.downs.is_empty(), "{:?}", it.downs);
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates), (1200, 0));
    // Live Tail alone was refused: that is said, and takes nothing down.
    assert!(it.notes.iter().any(|note| note.contains("no Live Tail (logs:StartLiveTail is not")));
}

#[tokio::test]
async fn the_newest_come_first() {
    let hand = Hand::at(NOON);
    let messages = steady(NOON, 3600, 1, 0);
    let mut it = polled(hand, move |call| filter(call, &messages, 200, hand.now())).await;
    it.run(Millis(500)).await;
    let first = String::from_utf8(it.batches[0].bytes.clone()).unwrap();
    assert!(first.contains("2025-07-10T11:59:"), "{first}");
    assert!(it.notes.iter().any(|note| note.contains("still to be read")), "{:?}", it.notes);
}

#[tokio::test]
async fn throttling_slows_down_and_loses_nothing() {
    let hand = Hand::at(NOON);
    let messages = steady(NOON, 1000, 3, 60);
    let calls = AtomicU32::new(0);
    let mut it = polled(hand, move |call| {
        // Two of three calls are refused for a while.
        let n = calls.fetch_add(1, Ordering::Relaxed);
        match n < 60 && n % 3 != 2 {
            true => Answer::error("ThrottlingException", "Rate exceeded"),
            false => filter(call, &messages, 100, hand.now()),
        }
    })
    .await;
    it.run(Millis::hours(2)).await;
    assert_eq!(it.downs, Vec::<String>::new(), "two refusals in a row are no news");
    assert_eq!(it.intake.tally().kept, 1000);
}

#[tokio::test]
async fn a_token_that_is_refused_restarts_its_window_and_sends_nothing_twice() {
    let hand = Hand::at(NOON);
    let messages = steady(NOON, 3000, 1, 0);
    let calls = AtomicU32::new(0);
    let mut it = logs(hand, Some(hand.now()), move |call| {
        let n = calls.fetch_add(1, Ordering::Relaxed);
        let has_token = String::from_utf8_lossy(&call.body).contains("nextToken");
        match has_token && n % 11 == 10 {
            true => {
                Answer::error("InvalidParameterException", "The specified nextToken is invalid.")
            }
            false => filter(call, &messages, 200, hand.now()),
        }
    })
    .await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates), (3000, 0));
}

#[tokio::test]
async fn where_the_order_may_not_be_wished_for_it_is_not() {
    let hand = Hand::at(NOON);
    let messages = steady(NOON, 600, 6, 0);
    let mut it = logs(hand, Some(hand.now()), move |call| {
        match String::from_utf8_lossy(&call.body).contains("startFromHead") {
            true => Answer::error("InvalidParameterException", "Unknown parameter startFromHead"),
            false => filter(call, &messages, 100, hand.now()),
        }
    })
    .await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    assert_eq!(it.intake.tally().kept, 600);
}

#[tokio::test]
async fn faults_name_the_group_and_what_mends_them_and_reading_resumes() {
    let denied = "User: arn:aws:iam::111122223333:user/a is not authorized to perform: \
                  logs:FilterLogEvents on resource: x because no identity-based policy allows it";
    let kms = "The specified KMS key does not exist or is not allowed to be used";
    let cases: [(&'static str, &str, &[&str]); 5] = [
        (
            "AccessDeniedException",
            denied,
            &[
                "logs:FilterLogEvents is not allowed",
                "allow logs:FilterLogEvents on arn:aws:logs:us-east-1:111122223333:log-group:trail",
            ],
        ),
        ("AccessDeniedException", kms, &["is encrypted, and its key"]),
        (
            "ResourceNotFoundException",
            "The specified log group does not exist.",
            &["no such log group in us-east-1", "home region", "--region"],
        ),
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            &["aws sso login"],
        ),
        ("InvalidParameterException", "no", &["InvalidParameterException: no"]),
    ];
    for (code, message, words) in cases {
        let hand = Hand::at(NOON);
        let (out, back) = (hand.now() + Millis::minutes(5), hand.now() + Millis::minutes(50));
        let messages = steady(NOON, 1200, 6, 90);
        let message = message.to_owned();
        let mut it = polled(hand, move |call| match (out..back).contains(&hand.now()) {
            true => Answer::error(code, &message),
            false => filter(call, &messages, 500, hand.now()),
        })
        .await;
        it.run(Millis::hours(2)).await;
        let [down] = &*it.downs else { panic!("one sentence: {:?}", it.downs) };
        assert!(down.starts_with("logs:trail: "), "{down}");
        for words in words {
            assert!(down.contains(words), "{down}");
        }
        let tally = it.intake.tally().clone();
        assert_eq!((tally.kept, tally.duplicates), (1200, 0), "{code}");
    }
}

#[tokio::test]
async fn what_is_no_record_is_counted_and_named() {
    let hand = Hand::at(NOON);
    let mut messages = steady(NOON, 10, 6, 0);
    messages[3].text = "START RequestId: 8\n  this is no JSON {".to_owned();
    messages[4].text = r#"{"level": "info", "words": "hello"}"#.to_owned();
    let mut it =
        logs(hand, Some(hand.now()), move |call| filter(call, &messages, 100, hand.now())).await;
    it.run(Millis::hours(1)).await;
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.skipped, tally.records), (8, 1, 9), "{tally:?}");
    assert_eq!(tally.other.values().sum::<u64>(), 1, "{tally:?}");
    let skip = format!("{:?}", tally.skips);
    assert!(skip.contains("logs:trail o-abc_444455556666_CloudTrail_us-east-1_2"), "{skip}");
}

#[tokio::test]
async fn live_tail_brings_at_once_what_polling_would_bring_later_and_only_once() {
    let hand = Hand::at(NOON);
    let (stream, _keep) = broadcast::channel(64);
    let session = stream.clone();
    let messages = steady(NOON, 300, 12, 0);
    // New ones, which FilterLogEvents shows half a minute later than Live Tail.
    let new: Vec<Message> =
        (1000..1020).map(|id| Message::new(id, hand.now(), Millis::seconds(30))).collect();
    let all: Vec<Message> = messages.iter().chain(&new).cloned().collect();
    let mut it = logs(hand, None, move |call| match call.operation() {
        LIVE => opened(call, &session),
        _ => filter(call, &all, 100, hand.now()),
    })
    .await;
    it.until(|it| it.intake.tally().kept == 300).await;
    assert!(hand.now() < new[0].ingested, "FilterLogEvents does not have them yet");
    stream.send(Chunk::Bytes(update(&[], false))).unwrap();
    stream.send(Chunk::Bytes(update(&new, false))).unwrap();
    it.until(|it| it.intake.tally().kept == 320).await;
    let batch = it.batches.last().unwrap();
    assert_eq!((batch.origin, batch.delivered), (Origin::Logs, Some(new[0].ingested)));
    let shown = it.batches.len();
    it.run(Millis::minutes(10)).await;
    assert_eq!(it.batches.len(), shown, "what was shown is known");
    assert!(it.downs.is_empty() && it.notes.iter().all(|note| !note.contains("Live Tail")));
}

/// Every way a session ends: it is opened again, what came meanwhile is there, and what happened is
/// said.
#[tokio::test]
async fn a_session_that_ends_is_opened_again_and_the_gap_is_asked_for() {
    let half = {
        let mut bytes = update(&steady(NOON, 3, 1, 0), false);
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    let mut broken = update(&[], false);
    broken[9] ^= 1;
    let cases: [(&[Chunk], &str); 6] = [
        (&[Chunk::Bytes(exception("SessionTimeoutException"))], "ended after its three hours"),
        (&[Chunk::Bytes(exception("SessionStreamingException"))], "broke (AWS says: so it is)"),
        (&[Chunk::End], "broke (the connection ended)"),
        (&[Chunk::Bytes(half.clone()), Chunk::Cut], "broke (the connection broke)"),
        (&[Chunk::Bytes(half), Chunk::End], "broke (the connection"),
        (&[Chunk::Bytes(broken)], "broke (the connection broke)"),
    ];
    for (end, words) in cases {
        let hand = Hand::at(NOON);
        let (stream, _keep) = broadcast::channel(64);
        let (session, sessions) = (stream.clone(), Arc::new(AtomicU32::new(0)));
        let opened_so_far = Arc::clone(&sessions);
        let mut messages = steady(NOON, 300, 12, 0);
        // One comes in late while nobody listens.
        messages.push(Message::new(999, hand.now() - Millis::minutes(9), Millis::minutes(10)));
        let mut it = logs(hand, None, move |call| match call.operation() {
            LIVE => {
                opened_so_far.fetch_add(1, Ordering::Relaxed);
                opened(call, &session)
            }
            _ => filter(call, &messages, 100, hand.now()),
        })
        .await;
        it.until(|it| it.intake.tally().kept == 300 && stream.receiver_count() > 1).await;
        while hand.now() < Timestamp::parse(NOON).unwrap() + Millis::seconds(61) {
            hand.pass(Millis::seconds(1));
        }
        let ended = hand.now();
        for chunk in end {
            stream.send(chunk.clone()).unwrap();
        }
        it.until(|it| it.notes.iter().any(|note| note.contains(words))).await;
        it.until(|it| it.intake.tally().kept == 301 && sessions.load(Ordering::Relaxed) > 1).await;
        assert!(hand.now() - ended < Millis::seconds(30), "sooner than any sweep");
        assert!(it.downs.is_empty(), "{:?}", it.downs);
    }
}

#[tokio::test]
async fn a_sample_is_called_one_and_the_rest_follows() {
    let hand = Hand::at(NOON);
    let (stream, _keep) = broadcast::channel(64);
    let session = stream.clone();
    let messages = steady(NOON, 300, 12, 0);
    let new: Vec<Message> =
        (1000..1400).map(|id| Message::new(id, hand.now(), Millis(0))).collect();
    let all: Vec<Message> = messages.iter().chain(&new).cloned().collect();
    let is_out = Arc::new(AtomicBool::new(false));
    let comes = Arc::clone(&is_out);
    let mut it = logs(hand, None, move |call| {
        if call.operation() == LIVE {
            return opened(call, &session);
        }
        let there = if comes.load(Ordering::Relaxed) { all.len() } else { messages.len() };
        filter(call, &all[..there], 100, hand.now())
    })
    .await;
    it.until(|it| it.intake.tally().kept == 300 && stream.receiver_count() > 1).await;
    stream.send(Chunk::Bytes(update(&new[..100], true))).unwrap();
    it.until(|it| it.intake.tally().kept == 400).await;
    is_out.store(true, Ordering::Relaxed);
    it.until(|it| it.intake.tally().kept == 700).await;
    assert_eq!(it.intake.tally().duplicates, 0);
    let sampled = "sampled: more than 500 events a second; the rest follows by FilterLogEvents";
    assert!(it.notes.iter().any(|note| note == sampled), "{:?}", it.notes);
}

#[tokio::test]
async fn live_tail_goes_on_while_the_rest_is_refused() {
    let hand = Hand::at(NOON);
    let (stream, _keep) = broadcast::channel(64);
    let session = stream.clone();
    let calls = Arc::new(AtomicU32::new(0));
    let made = Arc::clone(&calls);
    let mut it = logs(hand, None, move |call| {
        if call.operation() == LIVE {
            return opened(call, &session);
        }
        made.fetch_add(1, Ordering::Relaxed);
        Answer::error("AccessDeniedException", "no")
    })
    .await;
    it.until(|_| stream.receiver_count() > 1).await;
    for id in 0..20 {
        let new = Message::new(id, hand.now(), Millis(0));
        stream.send(Chunk::Bytes(update(&[new], false))).unwrap();
        it.until(|it| it.intake.tally().kept > u64::from(id)).await;
    }
    assert_eq!(it.downs.len(), 1, "{:?}", it.downs);
    assert!(calls.load(Ordering::Relaxed) < 4, "news do not make it ask again sooner");
}

#[tokio::test]
async fn there_is_no_live_tail_in_some_partitions() {
    let hand = Hand::at(NOON);
    let messages = steady(NOON, 300, 12, 0);
    let url = serve(move |call| {
        if call.operation() == LIVE {
            return Answer::error("UnknownOperationException", "");
        }
        let asked = String::from_utf8_lossy(&call.body).replace("aws-cn", "aws");
        let body = asked.replace("cn-north-1", "us-east-1").into();
        filter(&Call { body, ..call.clone() }, &messages, 100, hand.now())
    });
    let session = session(&url.await).await;
    let asked = Asked { since: hand.now() - Millis::hours(1), until: None };
    let group = Group::parse("arn:aws-cn:logs:cn-north-1:111122223333:log-group:trail:*").unwrap();
    let mut it = Driven::new(Logs::new(Arc::new(session), group, asked, hand.clock()), hand);
    it.run(Millis::minutes(5)).await;
    assert_eq!(it.intake.tally().kept, 300);
    assert!(it.downs.is_empty(), "{:?}", it.downs);
    assert!(it.notes.iter().any(|note| note.contains("no Live Tail")), "{:?}", it.notes);
}

/// The whole program: read once, and what is wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn query_reads_the_window_once_and_ends() {
    let cases = [("logs:trail", "300\n", 0, ""), ("logs:other", "0\n", 3, "no such log group")];
    for (word, out, code, words) in cases {
        let hand = Hand::at(NOON);
        let messages = steady(NOON, 600, 6, 0);
        let url = serve(move |call| match String::from_utf8_lossy(&call.body).contains("other") {
            true => Answer::error("ResourceNotFoundException", "The log group does not exist."),
            false => filter(call, &messages, 100, hand.now()),
        })
        .await;
        let run = move || {
            let bench = Bench::new();
            let mut command = bench.command(&["query", "event:RunInstances", word, "--count"]);
            command.args(["--since", "2025-07-10T11:30:00Z", "--now", NOON]);
            command.env("AWS_ENDPOINT_URL", url).env("HOME", bench.path("home"));
            command.env("AWS_REGION", "us-east-1");
            command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
            command.output().unwrap()
        };
        let ran = tokio::task::spawn_blocking(run).await.unwrap();
        let err = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(String::from_utf8_lossy(&ran.stdout), out, "{err}");
        assert_eq!(ran.status.code(), Some(code), "{err}");
        assert!(err.contains(words), "{err}");
    }
}

/// The whole program, following, on its own clock: the second line comes by Live Tail alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn query_follow_shows_what_live_tail_brings() {
    let now = trailtop::clock::Clock::System.now();
    let (stream, _keep) = broadcast::channel(64);
    let session = stream.clone();
    let first = [Message::new(1, now - Millis::minutes(5), Millis(0))];
    let url = serve(move |call| match call.operation() {
        LIVE => opened(call, &session),
        // Trails are watched while something is followed.
        "DescribeTrails" | "ListAccounts" => Answer::error("AccessDeniedException", "no"),
        _ => filter(call, &first, 100, trailtop::clock::Clock::System.now()),
    })
    .await;
    let follow = move || {
        let bench = Bench::new();
        let mut command = bench.command(&["query", "", "logs:trail", "--follow", "-o", "ndjson"]);
        command.args(["--endpoint-url", &url, "--region", "us-east-1"]);
        command.env("HOME", bench.path("home"));
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        let running = Running::start(&mut command);
        let polled = running.line();
        let new = update(&[Message::new(2, now, Millis(0))], false);
        let listened = async {
            while stream.receiver_count() < 2 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let listened = tokio::time::timeout(Duration::from_mins(1), listened);
        let listened = tokio::runtime::Handle::current().block_on(listened);
        assert!(listened.is_ok(), "no session was opened");
        stream.send(Chunk::Bytes(new)).unwrap();
        (polled, running.line())
    };
    let (polled, live) = tokio::task::spawn_blocking(follow).await.unwrap();
    assert!(polled.contains("000000000001"), "{polled}");
    assert!(live.contains("000000000002"), "{live}");
}

/// Live Tail costs money: who does not want it has none, and no call for it is made.
#[tokio::test]
async fn without_live_tail_nothing_asks_for_it() {
    let hand = Hand::at(NOON);
    let messages = steady(NOON, 400, 12, 30);
    let url = serve(move |call| filter(call, &messages, 100, hand.now())).await;
    let session = Arc::new(session(&url).await);
    let asked = Asked { since: hand.now() - Millis::hours(1), until: None };
    let group = Group::parse("trail,live=off").unwrap();
    let mut it = Driven::new(Logs::new(session, group, asked, hand.clock()), hand);
    it.run(Millis::minutes(40)).await;
    assert_eq!(it.intake.tally().kept, 400);
    assert!(it.notes.iter().all(|note| !note.contains("Live")), "{:?}", it.notes);
}
