//! A trail's bucket: layouts, paging, keys that sort before the last one, objects that are locked,
//! cut off or gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use trailtop::coverage::watermark::StreamName;
use trailtop::event::field::Origin;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::source::history::tail::History;
use trailtop::source::s3::bucket::{Options, Trail};
use trailtop::source::s3::plan::Asked;
use trailtop::source::s3::stream::Polling;
use trailtop::source::walk::Asked as HistoryAsked;

use crate::aws::standin::{Answer, Call, Driven, Hand, copy, serve, session};
use crate::aws::store::{EU, INSIGHT, NOON, ORGANIZATION, Store, US};
use crate::run::Bench;

async fn trail(
    hand: Hand,
    prefix: &str,
    until: Option<Timestamp>,
    answer: impl FnMut(&Call) -> Answer + Send + 'static,
) -> Driven<Trail> {
    let session = session(&serve(answer).await).await;
    Driven::new(Trail::new(Arc::new(session), options(hand, prefix, until), hand.clock()), hand)
}

/// The last hour of a prefix.
fn options(hand: Hand, prefix: &str, until: Option<Timestamp>) -> Options {
    let since = hand.now() - Millis::hours(1);
    Options {
        bucket: "trail".to_owned(),
        prefix: prefix.to_owned(),
        asked: Asked { since, until, polling: Polling::Adaptive },
        requester_pays: false,
        max_object: 64 << 20,
    }
}

#[tokio::test]
async fn every_layout_is_found_and_read_once() {
    let hand = Hand::at(NOON);
    let hour_ago = hand.now() - Millis::hours(1);
    let mut store = Store::new();
    store.page = 3;
    for folder in [EU, US, INSIGHT, ORGANIZATION] {
        store.steady(folder, hour_ago, 12);
    }
    // None of these holds what was asked for.
    store.steady(EU, hour_ago - Millis::hours(5), 12);
    store.steady("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/", hour_ago, 3);
    store.steady("AWSLogs/111122223333/Config/us-east-1/", hour_ago, 3);
    let mut it =
        trail(hand, "", Some(hand.now()), move |call| store.answer(call, hand.now())).await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended && it.downs.is_empty(), "{:?}", it.downs);
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates, tally.objects), (96, 0, 48));
    let claimed = |account: &str, region: &str| {
        let (account, region) = (account.to_owned(), region.to_owned());
        it.swept.contains_key(&StreamName { account, region, origin: Origin::S3 })
    };
    assert!(claimed("111122223333", "eu-west-1") && claimed("111122223333", "us-east-1"));
    assert!(claimed("444455556666", "eu-west-1") && it.swept.len() == 3, "{:?}", it.swept);
    let hints = |it: &trailtop::source::batch::Batch| (*it.hints).clone();
    assert!(it.batches.iter().any(|it| hints(it).account == "444455556666"));
    assert!(it.batches.iter().any(|it| hints(it).category == "insight"));
    assert!(it.batches.iter().all(|it| it.delivered.is_some()));
    assert!(it.batches[0].name.starts_with("s3://trail/AWSLogs/"), "{}", it.batches[0].name);
}

#[tokio::test]
async fn a_deeper_prefix_reads_that_part_alone() {
    let hand = Hand::at(NOON);
    let mut store = Store::new();
    let hour_ago = hand.now() - Millis::hours(1);
    for folder in [EU, US] {
        store.steady(&format!("corp/{folder}"), hour_ago, 4);
    }
    for (prefix, expected) in [("corp", 16), ("corp/AWSLogs/111122223333/CloudTrail/eu-west-1/", 8)]
    {
        let store = store.clone();
        let mut it =
            trail(hand, prefix, Some(hand.now()), move |call| store.answer(call, hand.now())).await;
        it.run(Millis::minutes(10)).await;
        assert_eq!((it.has_ended, it.intake.tally().kept), (true, expected), "{prefix}");
    }
}

#[tokio::test]
async fn following_finds_stragglers_that_sort_before_what_was_read() {
    let hand = Hand::at("2023-07-31T23:30:00Z");
    let (start, mut store) = (hand.now(), Store::new());
    // Over midnight and the end of a month.
    store.steady(EU, start - Millis::hours(1), 48);
    store.steady(US, start - Millis::hours(1), 12);
    // Behind what was read by then: by 20 minutes, 3 hours, and a day.
    let after = |minutes| start + Millis::minutes(minutes);
    store.put(EU, after(30), after(50));
    store.put(EU, after(5), after(185));
    store.put(US, after(-20), after(24 * 60));
    // A region that comes later.
    store.steady(INSIGHT, after(60), 3);
    let total = store.objects.len() as u64 * 2;
    let mut it = trail(hand, "", None, move |call| store.answer(call, hand.now())).await;
    it.run(Millis::hours(27)).await;
    assert!(it.downs.is_empty(), "{:?}", it.downs);
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates), (total, 0));
    assert!(it.swept.values().all(|at| *at > after(26 * 60)), "{:?}", it.swept);
}

#[tokio::test]
async fn locked_objects_name_the_key_and_are_read_when_it_opens() {
    let hand = Hand::at(NOON);
    let start = hand.now();
    let mut store = Store::new();
    store.steady(EU, start - Millis::minutes(30), 6);
    let message = "User: arn:aws:iam::111122223333:user/oncall is not authorized to perform: \
                   kms:Decrypt on resource: arn:aws:kms:eu-west-1:111122223333:key/1234 because no \
                   resource-based policy allows the kms:Decrypt action";
    let locked = store.put(EU, start - Millis::minutes(10), start - Millis::minutes(12));
    locked.fault = Some(Answer::xml_error(403, "AccessDenied", message));
    let opens = start + Millis::minutes(25);
    let mut it = trail(hand, "", None, move |call| {
        if hand.now() >= opens {
            store.objects.values_mut().for_each(|it| it.fault = None);
        }
        store.answer(call, hand.now())
    })
    .await;
    it.run(Millis::minutes(20)).await;
    let [down] = &*it.downs else { panic!("{:?}", it.downs) };
    assert!(down.starts_with("1 object cannot be read: AWSLogs/111122223333/"), "{down}");
    assert!(down.contains("kms:Decrypt is not allowed") && down.contains("key/1234"), "{down}");
    assert!(it.claims.is_empty(), "what is locked holds the claim back");
    assert_eq!(it.intake.tally().kept, 12);
    it.run(Millis::minutes(30)).await;
    assert_eq!(it.intake.tally().kept, 14);
    assert!(!it.claims.is_empty());
}

/// One region is refused from the start, another one breaks for half an hour: both hold back
/// themselves alone.
#[tokio::test]
async fn a_region_that_is_refused_holds_back_itself_alone() {
    let hand = Hand::at(NOON);
    let start = hand.now();
    let mut store = Store::new();
    for folder in [EU, US, ORGANIZATION] {
        store.steady(folder, start - Millis::hours(1), 36);
    }
    let broken = (start + Millis::minutes(20))..(start + Millis::minutes(50));
    let mut it = trail(hand, "", None, move |call| {
        let asks = |folder: &str| call.query.get("prefix").is_some_and(|it| it == folder);
        match () {
            () if asks(US) => Answer::xml_error(
                403,
                "AccessDenied",
                "User: x is not authorized to perform: s3:ListBucket on resource: trail",
            ),
            () if asks(EU) && broken.contains(&hand.now()) => {
                Answer::xml_error(500, "InternalError", "We failed")
            }
            () => store.answer(call, hand.now()),
        }
    })
    .await;
    let swept = |it: &Driven<Trail>, account: &str, region: &str| {
        let (account, region) = (account.to_owned(), region.to_owned());
        it.swept.get(&StreamName { account, region, origin: Origin::S3 }).copied()
    };
    it.run(Millis::minutes(45)).await;
    let held = swept(&it, "111122223333", "eu-west-1").unwrap();
    assert!(held < start + Millis::minutes(21), "it holds at its last good listing: {held}");
    assert!(swept(&it, "444455556666", "eu-west-1").unwrap() > start + Millis::minutes(40));
    assert_eq!(swept(&it, "111122223333", "us-east-1"), None);
    assert!(it.lacks.iter().any(|it| it.starts_with("2 regions gave no answer")), "{:?}", it.lacks);
    assert!(it.downs.iter().any(|it| it.contains("us-east-1/: s3:ListBucket is not allowed")));
    it.run(Millis::hours(2)).await;
    assert!(swept(&it, "111122223333", "eu-west-1").unwrap() > start + Millis::hours(2));
    assert_eq!(it.intake.tally().kept, 2 * 2 * 36, "{:?}", it.downs);
}

/// A run that is started again reads its window again, and looks for no folder it knows.
#[tokio::test]
async fn a_run_goes_on_from_the_checkpoint_of_the_last_one() {
    let hand = Hand::at(NOON);
    let (start, folder) = (hand.now(), tempfile::tempdir().unwrap());
    let mut store = Store::new();
    for folder in [EU, US, ORGANIZATION] {
        store.steady(folder, start - Millis::hours(1), 24);
    }
    let looks: &'static AtomicU32 = Box::leak(Box::default());
    let url = serve(move |call| {
        looks.fetch_add(u32::from(call.query.contains_key("delimiter")), Ordering::Relaxed);
        store.answer(call, hand.now())
    })
    .await;
    let session = Arc::new(session(&url).await);
    let new = |prefix| Trail::new(Arc::clone(&session), options(hand, prefix, None), hand.clock());
    let state = folder.path().join("state");
    let mut first = Driven::new(new("").keeping(&state), hand);
    first.run(Millis::minutes(10)).await;
    assert_eq!(looks.swap(0, Ordering::Relaxed), 6, "every folder once");
    // The same window, with and without what is known.
    let mut second = Driven::new(new("").keeping(&state), hand);
    second.run(Millis::seconds(20)).await;
    assert_eq!(looks.swap(0, Ordering::Relaxed), 0);
    assert_eq!(second.swept.len(), 3, "{:?}", second.swept);
    let mut third = Driven::new(new(""), hand);
    third.run(Millis::seconds(20)).await;
    assert_eq!(second.intake.tally().kept, third.intake.tally().kept);
    assert!(second.intake.tally().kept > 60);
    // A file that is broken, and a place that takes none.
    for entry in std::fs::read_dir(&state).unwrap() {
        std::fs::write(entry.unwrap().path(), "{\"version\":1").unwrap();
    }
    for (place, words) in [
        (&*state, "is not used: it is damaged"),
        ("/dev/null".as_ref(), "no checkpoint can be written"),
    ] {
        let mut it = Driven::new(new("").keeping(place), hand);
        it.run(Millis::seconds(20)).await;
        assert!(it.notes.last().is_some_and(|note| note.contains(words)), "{:?}", it.notes);
        assert_eq!(it.intake.tally().duplicates, 0);
        assert!(it.intake.tally().kept > 60);
    }
}

/// The dashboard is left soon after it began: what it found out is not lost.
#[tokio::test]
async fn leaving_writes_the_checkpoint() {
    let hand = Hand::at(NOON);
    let (start, folder) = (hand.now(), tempfile::tempdir().unwrap());
    let mut store = Store::new();
    for folder in [EU, US, ORGANIZATION] {
        store.steady(folder, start - Millis::hours(1), 24);
    }
    let looks: &'static AtomicU32 = Box::leak(Box::default());
    let url = serve(move |call| {
        looks.fetch_add(u32::from(call.query.contains_key("delimiter")), Ordering::Relaxed);
        store.answer(call, hand.now())
    })
    .await;
    let session = Arc::new(session(&url).await);
    let new = || {
        let trail = Trail::new(Arc::clone(&session), options(hand, "", None), hand.clock());
        Driven::new(trail.keeping(folder.path()), hand)
    };
    let mut first = new();
    first.run(Millis::seconds(5)).await;
    assert_eq!(looks.swap(0, Ordering::Relaxed), 6, "every folder once");
    first.leave().await;
    let mut second = new();
    second.run(Millis::seconds(5)).await;
    assert_eq!(looks.swap(0, Ordering::Relaxed), 0);
    assert_eq!(second.swept.len(), 3, "{:?}", second.swept);
}

/// Labels that run ahead of this machine's clock, a clock that is set back, slow answers.
#[tokio::test]
async fn clocks_that_disagree_lose_nothing() {
    let hand = Hand::at(NOON);
    let start = hand.now();
    let mut store = Store::new();
    store.steady(EU, start - Millis::hours(1), 12);
    let ahead = store.put(EU, start + Millis::minutes(50), start + Millis::minutes(1));
    ahead.visible = start + Millis::minutes(1);
    store.put(EU, start + Millis::minutes(5), start + Millis::minutes(30));
    let mut was_set_back = false;
    let mut it = trail(hand, "", None, move |call| {
        hand.pass(Millis::seconds(35));
        if !was_set_back && hand.now() > start + Millis::minutes(40) {
            was_set_back = true;
            hand.pass(Millis(-Millis::minutes(20).0));
        }
        store.answer(call, hand.now())
    })
    .await;
    it.run(Millis::hours(3)).await;
    assert!(it.downs.is_empty(), "{:?}", it.downs);
    assert_eq!((it.intake.tally().kept, it.intake.tally().duplicates), (28, 0));
}

#[tokio::test]
async fn gone_and_damaged_objects_are_named() {
    let hand = Hand::at(NOON);
    let start = hand.now();
    let mut store = Store::new();
    store.steady(EU, start - Millis::minutes(30), 3);
    let gone = store.put(EU, start - Millis::minutes(10), start - Millis::minutes(12));
    gone.fault = Some(Answer::xml_error(404, "NoSuchKey", "The specified key does not exist."));
    let cut = store.put(EU, start - Millis::minutes(5), start - Millis::minutes(7));
    cut.body.truncate(cut.body.len() - 20);
    let archived = store.put(EU, start - Millis::minutes(5), start - Millis::minutes(7));
    archived.fault = Some(Answer::xml_error(403, "InvalidObjectState", "It is in Glacier"));
    let mut it = trail(hand, "", Some(start), move |call| store.answer(call, hand.now())).await;
    it.run(Millis::hours(1)).await;
    assert!(it.has_ended);
    let tally = it.intake.tally().clone();
    assert_eq!(tally.records, tally.kept + tally.duplicates + tally.skipped);
    assert_eq!(tally.skipped, 3, "{:?}", tally.skips);
    let named = |words: &str| tally.skips.iter().any(|skip| skip.why.contains(words));
    assert!(named("was deleted before it could be read"), "{:?}", tally.skips);
    assert!(it.lacks.iter().any(|it| it.contains("1 object was deleted")), "{:?}", it.lacks);
}

#[tokio::test]
async fn what_is_wrong_with_the_bucket_is_said() {
    let hand = Hand::at(NOON);
    let start = hand.now();
    let mut it =
        trail(hand, "corp", Some(start), move |call| Store::new().answer(call, start)).await;
    it.run(Millis::hours(1)).await;
    assert!(it.downs[0].contains("nothing of CloudTrail was found there"), "{:?}", it.downs);
    let mut it = trail(hand, "", None, |_| {
        Answer::xml_error(404, "NoSuchBucket", "The specified bucket does not exist")
    })
    .await;
    it.run(Millis::minutes(20)).await;
    assert!(it.downs[0].contains("there is no such bucket"), "{:?}", it.downs);
    let mut it = trail(hand, "", None, |_| {
        Answer::xml_error(403, "AccessDenied", "not authorized to perform: s3:ListBucket on it")
    })
    .await;
    it.run(Millis::minutes(20)).await;
    assert!(it.downs[0].contains("s3:ListBucket is not allowed"), "{:?}", it.downs);
}

#[tokio::test]
async fn throttled_broken_and_expired_answers_lose_nothing() {
    let hand = Hand::at(NOON);
    let start = hand.now();
    let mut store = Store::new();
    store.page = 5;
    for folder in [EU, US] {
        store.steady(folder, start - Millis::hours(1), 36);
    }
    let total = store.objects.len() as u64 * 2;
    let (out, back) = (start + Millis::minutes(20), start + Millis::minutes(70));
    let mut n = 0;
    let mut it = trail(hand, "", None, move |call| {
        n += 1;
        match n % 5 {
            _ if (out..back).contains(&hand.now()) => {
                Answer::xml_error(400, "ExpiredToken", "The provided token has expired.")
            }
            0 => Answer::xml_error(503, "SlowDown", "Please reduce your request rate."),
            3 if call.path.contains(".json.gz") => {
                Answer::xml_error(500, "InternalError", "We failed")
            }
            _ => store.answer(call, hand.now()),
        }
    })
    .await;
    it.run(Millis::minutes(60)).await;
    let expired = it.downs.iter().filter(|down| down.contains("the credentials have expired"));
    assert_eq!(expired.count(), 1, "{:?}", it.downs);
    assert!(*it.claims.last().unwrap() < out, "nothing is claimed without an answer");
    it.run(Millis::hours(4)).await;
    let tally = it.intake.tally().clone();
    assert_eq!((tally.kept, tally.duplicates), (total, 0), "{:?}", it.downs);
    assert!(*it.claims.last().unwrap() > back);
}

#[tokio::test]
async fn an_event_that_two_sources_bring_is_one_row_of_both() {
    let hand = Hand::at(NOON);
    let mut store = Store::new();
    store.put(EU, hand.now() - Millis::minutes(5), hand.now());
    let body = store.objects.values().next().unwrap().body.clone();
    let mut it =
        trail(hand, "", Some(hand.now()), move |call| store.answer(call, hand.now())).await;
    it.run(Millis::minutes(1)).await;
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*body), &mut text).unwrap();
    let records: serde_json::Value = serde_json::from_str(&text).unwrap();
    let shown = |record: &serde_json::Value| json!({"EventId": record["eventID"], "EventTime": 1_688_990_000.0, "CloudTrailEvent": record.to_string()});
    let shown: Vec<_> = records["Records"].as_array().unwrap().iter().map(shown).collect();
    let session = session(&serve(move |_| Answer::json(&json!({"Events": shown}))).await).await;
    let asked = HistoryAsked { since: hand.now() - Millis::hours(1), until: Some(hand.now()) };
    let history = History::new(Arc::new(session), "eu-west-1", asked, hand.clock());
    let mut other = Driven::new(history, hand);
    other.run(Millis::minutes(1)).await;
    let mut intake = other.intake;
    it.batches.iter().for_each(|batch| intake.take(copy(batch), hand.now()));
    assert_eq!((intake.tally().kept, intake.tally().duplicates), (2, 2));
}

/// The whole program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn query_reads_a_bucket_to_its_end() {
    let hand = Hand::at(NOON);
    let mut store = Store::new();
    store.steady(EU, hand.now() - Millis::hours(3), 36);
    store.steady(ORGANIZATION, hand.now() - Millis::minutes(30), 6);
    let url = serve(move |call| store.answer(call, hand.now())).await;
    let run = move || {
        let bench = Bench::new();
        let mut command =
            bench.command(&["query", "", "s3://trail", "--by", "acct", "--now", NOON]);
        command.env("AWS_ENDPOINT_URL", url).env("HOME", bench.path("home"));
        command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.output().unwrap()
    };
    let ran = tokio::task::spawn_blocking(run).await.unwrap();
    let err = String::from_utf8_lossy(&ran.stderr).into_owned();
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    // An hour back, and a quarter more for labels that run ahead.
    assert_eq!(out, "30\t111122223333\n12\t444455556666\n", "{err}");
    assert_eq!(ran.status.code(), Some(0), "{err}");
    assert!(err.contains("AWS sources start an hour ago"), "{err}");
}
