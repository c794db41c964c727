//! Digests: a chain that is whole, one that is broken in every way it can be, and who may not ask for
//! the keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use trailtop::event::digest::hex;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::source::s3::bucket::{Options, Trail};
use trailtop::source::s3::plan::Asked;
use trailtop::source::s3::stream::Polling;

use crate::aws::standin::{Answer, Call, Driven, Hand, serve, session};
use crate::aws::store::{EU, NOON, Object, Store, packed};

/// The key that signs digests here.
const KEY: &[u8] = include_bytes!("../data/digest-key.der");
const PRINT: &str = "0123456789abcdef0123456789abcdef";

fn key_pair() -> RsaKeyPair {
    RsaKeyPair::from_der(KEY).unwrap()
}

/// What can be wrong with the digest of the hour before half past one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Nothing,
    /// It comes an hour and a half late.
    Late,
    Missing,
    Changed,
    Unsigned,
    Moved,
    /// It begins a chain of its own.
    Restarted,
    /// The one after it says another hash of it.
    Misquoted,
    LogGone,
    LogChanged,
    LogElsewhere,
}

fn read(body: &[u8]) -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(body), &mut text).unwrap();
    text
}

fn hash(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

/// A bucket of six hours from eleven on, with an object each five minutes and a digest each hour.
pub(crate) fn bucket(wrong: Wrong) -> Store {
    let mut store = Store::new();
    let first = Timestamp::parse("2023-07-10T09:31:07Z").unwrap();
    store.steady(EU, first, 12 * 8);
    let logs: Vec<(String, Object)> =
        store.objects.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
    let pair = key_pair();
    let mut last = Value::Null;
    for n in 0..7 {
        let (start, end) = (first + Millis::hours(n), first + Millis::hours(n + 1));
        // The one that ends at 13:31:07.
        let is_it = n == 3;
        let is = |what: Wrong| is_it && wrong == what;
        let mine = logs.iter().filter(|(_, it)| start <= it.visible && it.visible < end);
        let named: Vec<Value> = mine
            .clone()
            .map(|(key, it)| {
                let bucket = if is(Wrong::LogElsewhere) { "another" } else { "trail" };
                json!({"s3Bucket": bucket, "s3Object": key, "hashAlgorithm": "SHA-256",
                       "hashValue": hash(&read(&it.body))})
            })
            .collect();
        let key = format!(
            "{}2023/07/10/111122223333_CloudTrail-Digest_eu-west-1_corp_us-east-1_{}Z.json.gz",
            EU.replace("CloudTrail", "CloudTrail-Digest"),
            end.to_string()[..19].replace(['-', ':'], "")
        );
        let mut said = json!({
            "awsAccountId": "111122223333", "digestStartTime": start.to_string(),
            "digestEndTime": end.to_string(), "digestS3Bucket": "trail", "digestS3Object": key,
            "digestPublicKeyFingerprint": PRINT, "digestSignatureAlgorithm": "SHA256withRSA",
            "previousDigestS3Bucket": "trail", "previousDigestS3Object": last["key"],
            "previousDigestHashValue": last["hash"], "previousDigestHashAlgorithm": "SHA-256",
            "previousDigestSignature": last["signature"], "logFiles": named
        });
        if is(Wrong::Moved) {
            said["digestS3Bucket"] = "another".into();
        }
        if is(Wrong::Restarted) {
            said["previousDigestS3Object"] = Value::Null;
            said["previousDigestSignature"] = Value::Null;
        }
        let mut text = said.to_string();
        let previous = said["previousDigestSignature"].as_str().unwrap_or("null");
        let signed = format!(
            "{end}\n{}/{key}\n{}\n{previous}",
            said["digestS3Bucket"].as_str().unwrap(),
            hash(&text)
        );
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .unwrap();
        let signature = hex(&signature);
        let quoted = if is(Wrong::Misquoted) { "00".to_owned() } else { hash(&text) };
        last = json!({"key": key, "hash": quoted, "signature": signature});
        if is(Wrong::Changed) {
            text = text.replacen("\"hashValue\":\"", "\"hashValue\":\"00", 1);
        }
        let late = if is(Wrong::Late) { Millis::minutes(90) } else { Millis::minutes(6) };
        let mut noted = vec![("x-amz-meta-signature-algorithm", "SHA256withRSA".to_owned())];
        if !is(Wrong::Unsigned) {
            noted.push(("x-amz-meta-signature", signature));
        }
        let object =
            Object { body: packed(text.as_bytes()), visible: end + late, fault: None, noted };
        if !is(Wrong::Missing) {
            store.objects.insert(key, object);
        }
        let mine: Vec<&String> = mine.map(|(key, _)| key).collect();
        match wrong {
            Wrong::LogGone if is_it => drop(store.objects.remove(mine[4])),
            Wrong::LogChanged if is_it => {
                let text = read(&store.objects[mine[4]].body).replace("PutObject", "GetObject");
                store.objects.get_mut(mine[4]).unwrap().body = packed(text.as_bytes());
            }
            _ => {}
        }
    }
    store
}

pub(crate) fn keys() -> Answer {
    let value = base64::engine::general_purpose::STANDARD.encode(key_pair().public().as_ref());
    Answer::json(&json!({"PublicKeyList": [{"Value": value, "Fingerprint": PRINT,
                          "ValidityStartTime": 1.6e9, "ValidityEndTime": 1.8e9}]}))
}

async fn trail(
    hand: Hand,
    until: Option<Timestamp>,
    answer: impl FnMut(&Call) -> Answer + Send + 'static,
) -> Driven<Trail> {
    let session = session(&serve(answer).await).await;
    let asked = Asked { since: hand.now() - Millis::hours(1), until, polling: Polling::Adaptive };
    let options = Options {
        bucket: "trail".to_owned(),
        prefix: String::new(),
        asked,
        requester_pays: false,
        max_object: 64 << 20,
    };
    Driven::new(Trail::new(Arc::new(session), options, hand.clock()), hand)
}

/// Answers as the bucket and as CloudTrail, which may refuse.
fn answers(
    hand: Hand,
    store: Store,
    said: Answer,
    listings: &'static AtomicU32,
) -> impl FnMut(&Call) -> Answer + Send + 'static {
    move |call| {
        if call.operation() == "ListPublicKeys" {
            return said.clone();
        }
        let prefix = call.query.get("prefix").map_or("", String::as_str);
        let is_digest =
            prefix.contains("Digest/eu-west-1") && !call.query.contains_key("delimiter");
        listings.fetch_add(u32::from(is_digest), Ordering::Relaxed);
        store.answer(call, hand.now())
    }
}

fn proven(it: &Driven<Trail>) -> Option<String> {
    assert!(it.proven.len() <= 1);
    it.proven.values().next().map(ToString::to_string)
}

#[tokio::test]
async fn a_chain_proves_up_to_where_it_breaks() {
    let cases = [
        (Wrong::Nothing, "2023-07-10T16:31:07Z", ""),
        (Wrong::Late, "2023-07-10T16:31:07Z", ""),
        (Wrong::Missing, "2023-07-10T12:31:07Z", "20230710T133107Z.json.gz is missing"),
        (Wrong::Changed, "2023-07-10T12:31:07Z", "its signature is wrong"),
        (Wrong::Unsigned, "2023-07-10T12:31:07Z", "has no signature"),
        (Wrong::Moved, "2023-07-10T12:31:07Z", "was written as s3://another/"),
        (Wrong::Restarted, "2023-07-10T12:31:07Z", "another one begins at 2023-07-10T12:31:07Z"),
        (Wrong::Misquoted, "2023-07-10T13:31:07Z", "is not the one that the digest of"),
        (Wrong::LogGone, "2023-07-10T12:31:07Z", "is gone: the digest of 2023-07-10T13:31:07Z"),
        (Wrong::LogChanged, "2023-07-10T12:31:07Z", "is not what the digest of"),
        (Wrong::LogElsewhere, "2023-07-10T12:31:07Z", "was delivered to another bucket"),
    ];
    for (wrong, to, words) in cases {
        let hand = Hand::at(NOON);
        let store = bucket(wrong);
        let listings: &'static AtomicU32 = Box::leak(Box::default());
        let mut it = trail(hand, None, answers(hand, store, keys(), listings)).await;
        it.run(Millis::hours(6)).await;
        assert!(it.downs.is_empty(), "{wrong:?} {:?}", it.downs);
        assert_eq!(proven(&it).as_deref(), Some(to), "{wrong:?} {:?} {:?}", it.lacks, it.notes);
        let lacks = it.lacks.last().map_or("", String::as_str);
        assert_eq!(lacks.is_empty(), words.is_empty(), "{wrong:?}: {lacks}");
        assert!(lacks.contains(words), "{wrong:?}: {lacks}");
        // What may be innocent is no alarm.
        let innocent = [Wrong::Restarted, Wrong::Moved, Wrong::LogElsewhere];
        let alarms = usize::from(!words.is_empty() && !innocent.contains(&wrong));
        assert_eq!(it.disproven.len(), alarms, "{wrong:?}: {:?}", it.disproven);
        assert!(it.disproven.iter().all(|it| it.contains("AWSLogs/111122223333/")));
        // Each hour's digest, one that is late a few times more.
        let asked = listings.load(Ordering::Relaxed);
        assert!((6..=6 * 7).contains(&asked), "{wrong:?}: {asked} listings");
        let kept = it.intake.tally().kept;
        assert!(kept > 2 * 12 * 5, "{wrong:?}: {kept}");
    }
}

#[tokio::test]
async fn who_may_not_ask_for_keys_sees_a_chain_that_is_whole() {
    let hand = Hand::at(NOON);
    let listings: &'static AtomicU32 = Box::leak(Box::default());
    let denied = Answer::error(
        "AccessDeniedException",
        "User: x is not authorized to perform: cloudtrail:ListPublicKeys",
    );
    let mut it = trail(hand, None, answers(hand, bucket(Wrong::Nothing), denied, listings)).await;
    it.run(Millis::hours(3)).await;
    assert_eq!(proven(&it).as_deref(), Some("2023-07-10T14:31:07Z"), "{:?}", it.notes);
    let words = "signatures of digests are not checked: cloudtrail:ListPublicKeys is not allowed";
    assert!(it.notes.last().unwrap().contains(words), "{:?}", it.notes);
    assert!(it.lacks.is_empty() && it.downs.is_empty(), "{:?} {:?}", it.lacks, it.downs);
}

#[tokio::test]
async fn reading_once_proves_what_it_has_read_and_ends() {
    let hand = Hand::at("2023-07-10T14:00:00Z");
    let listings: &'static AtomicU32 = Box::leak(Box::default());
    let answer = answers(hand, bucket(Wrong::Nothing), keys(), listings);
    let mut it = trail(hand, Some(hand.now()), answer).await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended, "{:?}", it.notes);
    assert_eq!(proven(&it).as_deref(), Some("2023-07-10T13:31:07Z"), "{:?}", it.lacks);
    assert_eq!(listings.load(Ordering::Relaxed), 1);
    let tally = it.intake.tally();
    assert_eq!((tally.duplicates, tally.skipped), (0, 0));
}
