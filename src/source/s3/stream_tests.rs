use super::*;
use crate::source::s3::layout::{Folder, folder};

const NOON: Timestamp = Timestamp(1_688_990_400_000);
const ALONE: Pace = Pace { polling: Polling::Adaptive, load: 0.0 };

fn stream(floor: Timestamp) -> Stream {
    let path = "AWSLogs/111122223333/CloudTrail/eu-west-1/";
    let Folder::Stream(region) = folder(path) else { panic!("a region") };
    Stream::new(region, path.to_owned(), floor, NOON)
}

/// Lists once, meets these labels, and gives the label the listing began after.
fn list(stream: &mut Stream, now: Timestamp, labels: &[Timestamp]) -> String {
    let (after, token) = stream.ask(now);
    assert_eq!(token, None);
    for label in labels {
        if stream.meet(label.0 as u64, *label, now) {
            stream.done();
        }
    }
    stream.page(None, ALONE, now);
    after.rsplit('_').next().unwrap().to_owned()
}

#[test]
fn the_asked_window_is_listed_whole_again_after_the_first_pass() {
    let floor = NOON - Millis::hours(3);
    let mut it = stream(floor);
    let mut whole = vec![];
    let mut now = NOON;
    while now < NOON + Millis::minutes(14) {
        if it.due() <= now {
            let label = now - Millis::minutes(5);
            let after = list(&mut it, now, &[label]);
            if after == "20230710T0900" {
                whole.push((now - NOON).0 / 1000);
            }
        }
        now = now + Millis::seconds(1);
    }
    assert_eq!(whole, [0, 30, 120, 600]);
}

#[test]
fn the_newest_day_comes_before_the_rest() {
    let mut it = stream(NOON - Millis::hours(240));
    assert_eq!(list(&mut it, NOON, &[]), "20230709T1200");
    assert!(!it.is_listed() && it.due() <= NOON && it.complete_to().is_none());
    assert_eq!(list(&mut it, NOON, &[NOON]), "20230630T1200");
    assert_eq!((it.is_listed(), it.complete_to()), (true, Some(NOON)));
}

#[test]
fn a_known_key_is_met_once_and_an_open_one_holds_the_claim() {
    let mut it = stream(NOON - Millis::hours(1));
    it.ask(NOON);
    let label = NOON - Millis::minutes(5);
    assert!(it.meet(1, label, NOON) && !it.meet(1, label, NOON) && it.meet(2, label, NOON));
    assert!(!it.meet(3, NOON - Millis::hours(2), NOON), "older than what was asked for");
    it.page(None, ALONE, NOON);
    assert_eq!(it.complete_to(), None);
    it.done();
    it.done();
    assert_eq!(it.complete_to(), Some(NOON));
}

#[test]
fn sweeps_count_back_from_the_newest_label_and_cold_streams_are_cheap() {
    // The newest object is three days old.
    let newest = NOON - Millis::hours(72);
    let mut it = stream(NOON - Millis::hours(30 * 24));
    list(&mut it, NOON, &[newest]);
    list(&mut it, NOON, &[newest]);
    let mut now = NOON;
    let mut after = vec![];
    while now < NOON + Millis::hours(26) {
        if it.due() <= now {
            let began = list(&mut it, now, &[]);
            after.push(began);
        }
        now = now + Millis::seconds(10);
    }
    assert!(after.iter().any(|it| it == "20230707T1100"), "an hour back: {after:?}");
    assert!(after.iter().any(|it| it == "20230707T0600"), "six hours back: {after:?}");
    assert!(after.iter().any(|it| it == "20230705T1200"), "two days back: {after:?}");
    assert!(after.len() < 26 * 12 + 80, "{} listings", after.len());
}

#[test]
fn the_pace_follows_what_was_seen() {
    let mut it = stream(NOON - Millis::hours(1));
    list(&mut it, NOON, &[]);
    // Past the listings after the first pass, with nothing seen ever.
    let mut now = NOON + Millis::minutes(20);
    for _ in 0..4 {
        list(&mut it, now, &[]);
    }
    assert_eq!(it.due() - now, Millis::minutes(30));
    list(&mut it, now, &[NOON]);
    assert_eq!(it.due() - now, Millis::seconds(30));
    now = now + Millis::minutes(16);
    list(&mut it, now, &[NOON]);
    assert_eq!(it.due() - now, Millis::minutes(5));
    let (_, _) = it.ask(now);
    it.page(None, Pace { polling: Polling::Every(Millis::seconds(7)), load: 1e9 }, now);
    assert_eq!(it.due() - now, Millis::seconds(7));
}
