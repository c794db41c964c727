//! The simulation is reproducible, complete and tells its incident.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::*;
use crate::event::json::Json;
use crate::event::record::Record;

/// 2026-11-22T14:00:00Z, a working afternoon.
const START: Timestamp = Timestamp(1_795_356_000_000);

fn simulator(text: &str) -> Simulator {
    Simulator::new(&Options::parse(text).unwrap(), START)
}

/// The deliveries of a still picture, or of a live demo up to `seconds` after its start.
fn deliveries(text: &str, seconds: i64) -> Vec<Delivery> {
    let mut simulator = simulator(text);
    let end = START + Millis::seconds(seconds);
    let mut all = Vec::new();
    while let Some(delivery) = simulator.next() {
        if delivery.at > end {
            break;
        }
        all.push(delivery);
    }
    all
}

/// The texts of the records in a delivery.
fn records(delivery: &Delivery) -> Vec<String> {
    match delivery.origin {
        Origin::S3 => {
            let mut text = String::new();
            flate2::read::GzDecoder::new(&*delivery.bytes).read_to_string(&mut text).unwrap();
            let json = Json::checked(&text).unwrap();
            json.get("Records").unwrap().items().map(|r| r.text().to_owned()).collect()
        }
        Origin::History => {
            let text = std::str::from_utf8(&delivery.bytes).unwrap();
            let json = Json::checked(text).unwrap();
            let events = json.get("Events").unwrap().items();
            events.map(|e| e.get("CloudTrailEvent").unwrap().scalar().unwrap().into()).collect()
        }
    }
}

fn identity(text: &str) -> (String, String) {
    let record = Record::of(Json::of(text));
    let id = record.event_id().into_owned();
    (account(&record), if id.is_empty() { text.to_owned() } else { id })
}

fn account(record: &Record<'_>) -> String {
    let recipient = record.recipient_account();
    if recipient.is_empty() { record.aggregated_account() } else { recipient }.into_owned()
}

/// Every distinct event, by time.
fn events(text: &str, seconds: i64) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut all: Vec<String> = deliveries(text, seconds)
        .iter()
        .flat_map(records)
        .filter(|text| seen.insert(identity(text)))
        .collect();
    all.sort_by_cached_key(|text| Record::of(Json::of(text)).event_time().into_owned());
    all
}

fn at(text: &str, path: &[&str]) -> String {
    let found = Json::of(text).at(path).and_then(Json::scalar);
    found.unwrap_or_default().into_owned()
}

#[test]
fn a_seed_decides_every_byte() {
    let first = deliveries("seed=7,events=600", 0);
    assert_eq!(first, deliveries("seed=7,events=600", 0));
    assert_ne!(first, deliveries("seed=8,events=600", 0));
    assert_eq!(deliveries("seed=7", 40), deliveries("seed=7", 40));
}

#[test]
fn a_still_picture_has_exactly_its_events_and_ends() {
    for events in [0, 1, 2, 7, 40, 130, 1000, 3000] {
        for incident in ["on", "off"] {
            let text = format!("seed=3,events={events},incident={incident}");
            let all = deliveries(&text, 0);
            let distinct: HashSet<_> = all.iter().flat_map(records).map(|r| identity(&r)).collect();
            assert_eq!(distinct.len(), events, "{text}");
            assert!(all.is_sorted_by_key(|delivery| delivery.at), "{text}");
            assert!(all.iter().all(|delivery| delivery.at <= START), "{text}");
        }
    }
}

#[test]
fn every_record_is_one_and_lies_where_its_delivery_says() {
    for delivery in deliveries("seed=5,rate=20", 120) {
        for text in records(&delivery) {
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
            let record = Record::of(Json::checked(&text).unwrap());
            assert!(record.is_record(), "{text}");
            assert_eq!(account(&record), delivery.account, "{text}");
            assert_eq!(record.region(), delivery.region, "{text}");
            let time = match record.window() {
                Some(window) => at(window.text(), &["windowEnd"]),
                None => record.event_time().into_owned(),
            };
            let time = Timestamp::parse(&time).unwrap();
            assert!(time <= delivery.at && time > START - Millis::hours(2), "{text}");
            assert!(!text.contains('<') || text.contains("arn:aws:s3:::<"), "{text}");
            if delivery.origin == Origin::History {
                assert_eq!(record.event_category(), "Management", "{text}");
                assert!(!record.event_id().is_empty(), "{text}");
            }
        }
    }
}

#[test]
fn keys_are_those_of_an_organization_trail() {
    let mut folders = HashSet::new();
    let mut seen = HashSet::new();
    for delivery in deliveries("seed=5,rate=12", 200) {
        if delivery.origin == Origin::History {
            assert_eq!(delivery.name, format!("history {}", delivery.region));
            continue;
        }
        let parts: Vec<&str> = delivery.name.split('/').collect();
        let [logs, org, account, folder, region, year, month, day, file] = parts[..] else {
            panic!("{}", delivery.name)
        };
        assert_eq!((logs, account, region), ("AWSLogs", &*delivery.account, &*delivery.region));
        assert!(org.starts_with("o-"));
        folders.insert(folder.to_owned());
        let name: Vec<&str> = file.strip_suffix(".json.gz").unwrap().split('_').collect();
        assert_eq!(name[..3], [account, folder, region]);
        assert!(name[3].starts_with(&format!("{year}{month}{day}T")) && name[3].ends_with('Z'));
        let label = name[3].replace('Z', "00Z");
        let label = Timestamp::parse(&label).unwrap();
        let lag = delivery.at - label;
        assert!((-60_000..=60_000).contains(&lag.0), "{} arrives {lag} after", delivery.name);
        assert!(name[4].len() == 16 && seen.insert(delivery.name.clone()));
    }
    for folder in
        ["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"]
    {
        assert!(folders.contains(folder), "{folder}");
    }
}

#[test]
fn an_event_comes_early_as_history_and_later_in_an_object() {
    let mut first: HashMap<(String, String), (Timestamp, Origin, String)> = HashMap::new();
    let (mut both, mut s3_only, mut differs, mut late, mut repeated) = (0, 0, 0, 0, 0);
    let mut newest: HashMap<String, Timestamp> = HashMap::new();
    for delivery in deliveries("seed=2,rate=8,incident=off", 600) {
        for text in records(&delivery) {
            let time = Timestamp::parse(&at(&text, &["eventTime"])).unwrap_or(delivery.at);
            match first.get(&identity(&text)) {
                Some((_, Origin::History, body)) if delivery.origin == Origin::S3 => {
                    both += 1;
                    differs += usize::from(*body != text);
                }
                Some(_) => repeated += 1,
                None => {
                    s3_only += usize::from(delivery.origin == Origin::S3);
                    first.insert(identity(&text), (delivery.at, delivery.origin, text));
                }
            }
            if delivery.origin == Origin::S3 {
                let stream = format!("{}{}", delivery.account, delivery.region);
                let seen = newest.entry(stream).or_insert(time);
                late += usize::from(time < *seen - Millis::seconds(60));
                *seen = (*seen).max(time);
            }
        }
    }
    assert!(both > first.len() / 2, "{both} of {}", first.len());
    assert!(s3_only > first.len() / 10, "{s3_only}");
    assert!(differs > 0 && differs < both / 50, "{differs}");
    assert!(late > 0 && repeated > 0, "{late} {repeated}");
}

#[test]
fn a_long_run_knows_many_names_and_every_kind_of_caller() {
    let all = events("seed=4,events=7000", 0);
    let names: HashSet<String> = all.iter().map(|text| at(text, &["eventName"])).collect();
    assert!(names.len() >= 180, "{}", names.len());
    let kinds: HashSet<String> =
        all.iter().map(|text| at(text, &["userIdentity", "type"])).collect();
    for kind in [
        "IAMUser",
        "AssumedRole",
        "AWSService",
        "AWSAccount",
        "SAMLUser",
        "WebIdentityUser",
        "IdentityCenterUser",
        "FederatedUser",
        "Root",
    ] {
        assert!(kinds.contains(kind), "{kind}");
    }
    let share = |test: &dyn Fn(&str) -> bool| {
        let hits = all.iter().filter(|text| test(&at(text, &["errorCode"]))).count();
        hits as f64 / all.len() as f64
    };
    let denied = share(&|code| code.contains("AccessDenied") || code.contains("Unauthorized"));
    assert!((0.01..0.04).contains(&denied), "{denied}");
    let throttled = share(&|code| code.contains("hrottling") || code.contains("LimitExceeded"));
    assert!((0.001..0.02).contains(&throttled), "{throttled}");
    assert!(share(&|code| code.starts_with("NoSuch")) > 0.002);
    assert!(all.iter().any(|text| !text.contains("\"eventID\"")));
    // Strangers write escape sequences into user agents; they travel as JSON escapes.
    assert!(all.iter().any(|text| text.contains("\\u001b[2J")));
    assert!(!all.iter().any(|text| text.contains('\u{1b}')));
}

#[test]
fn temporary_keys_are_used_by_whom_they_were_issued_to() {
    let all = events("seed=6,events=2500", 0);
    let mut issued: HashMap<String, (String, String)> = HashMap::new();
    for text in &all {
        let key = at(text, &["responseElements", "credentials", "accessKeyId"]);
        if !key.is_empty() {
            let arn = at(text, &["responseElements", "assumedRoleUser", "arn"]);
            issued.insert(key, (at(text, &["eventTime"]), arn));
        }
    }
    let mut used = HashSet::new();
    let (mut proven, mut sessions) = (0, 0);
    for text in &all {
        if at(text, &["userIdentity", "type"]) != "AssumedRole" {
            continue;
        }
        sessions += 1;
        let key = at(text, &["userIdentity", "accessKeyId"]);
        if let Some((time, arn)) = issued.get(&key) {
            assert!(*time <= at(text, &["eventTime"]), "{text}");
            assert_eq!(*arn, at(text, &["userIdentity", "arn"]));
            let made = at(text, &["userIdentity", "sessionContext", "attributes", "creationDate"]);
            assert_eq!(*time, made, "{text}");
            used.insert(key);
            proven += 1;
        }
    }
    assert!(proven * 10 > sessions * 8, "{proven} of {sessions}");
    assert!(used.len() * 2 > issued.len(), "{} of {}", used.len(), issued.len());
}

/// The attacker's own steps that worked or were meant to, in order: (event, error, user).
const STORY: &[(&str, &str, &str)] = &[
    ("GetCallerIdentity", "", "ci-deploy"),
    ("DescribeInstances", "", "ci-deploy"),
    ("ListSecrets", "AccessDeniedException", "ci-deploy"),
    ("ListUsers", "AccessDenied", "ci-deploy"),
    ("PutUserPolicy", "", "ci-deploy"),
    ("ListSecrets", "", "ci-deploy"),
    ("ListUsers", "", "ci-deploy"),
    ("AssumeRole", "", "ci-deploy"),
    ("AssumeRole", "", "platform-deployer"),
    ("GetCallerIdentity", "", "log-archive-admin"),
    ("CreateUser", "", "ci-deploy"),
    ("CreateAccessKey", "", "ci-deploy"),
    ("CreateLoginProfile", "", "ci-deploy"),
    ("GetCallerIdentity", "", "svc-backup-sync"),
    ("PutEventSelectors", "", "svc-backup-sync"),
    ("StopLogging", "TrailNotFoundException", "log-archive-admin"),
    ("StopLogging", "", "log-archive-admin"),
    ("DeleteBucketPublicAccessBlock", "", "svc-backup-sync"),
    ("PutBucketPolicy", "", "svc-backup-sync"),
    ("GetSecretValue", "", "svc-backup-sync"),
];

fn assert_story(all: &[String], text: &str) {
    // Within a second no order is known, so that a step may stand anywhere in its own second.
    let steps: Vec<[String; 4]> = all
        .iter()
        .filter(|record| record.contains("192.0.2.146"))
        .map(|record| {
            let issuer = ["userIdentity", "sessionContext", "sessionIssuer", "userName"];
            let role = at(record, &issuer);
            let who =
                if role.is_empty() { at(record, &["userIdentity", "userName"]) } else { role };
            [
                at(record, &["eventTime"]),
                at(record, &["eventName"]),
                at(record, &["errorCode"]),
                who,
            ]
        })
        .collect();
    let mut time = String::new();
    for (name, error, who) in STORY {
        let step = steps
            .iter()
            .find(|[t, n, e, w]| *t >= time && (&**n, &**e, &**w) == (*name, *error, *who));
        time =
            step.unwrap_or_else(|| panic!("{text}: {name} {error} {who} after {time}"))[0].clone();
    }
    let defence: Vec<String> = all
        .iter()
        .filter(|record| at(record, &["eventName"]) == "StartLogging")
        .map(|record| at(record, &["errorCode"]))
        .collect();
    assert_eq!(defence, ["AccessDeniedException", ""], "{text}");
}

#[test]
fn the_incident_unfolds_in_order_within_a_minute() {
    for seed in [1, 7] {
        let text = format!("seed={seed}");
        let shown = deliveries(&text, 60);
        let mut seen = HashSet::new();
        let mut all: Vec<String> =
            shown.iter().flat_map(records).filter(|r| seen.insert(identity(r))).collect();
        all.sort_by_cached_key(|text| at(text, &["eventTime"]));
        assert_story(&all, &text);
    }
    for text in ["seed=7,events=2000", "seed=7,events=120"] {
        let all = events(text, 0);
        assert_story(&all, text);
        let last = Timestamp::parse(&at(&all[all.len() - 1], &["eventTime"])).unwrap();
        assert!(last <= START);
    }
    let calm = events("seed=7,incident=off,events=2000", 0);
    assert!(!calm.iter().any(|record| record.contains("192.0.2.146")));
}

#[test]
fn lineage_of_the_incident_can_be_proven() {
    let all = events("seed=9,events=1500", 0);
    let issued_by = |key: &str| -> Vec<String> {
        let of = |text: &&String| {
            at(text, &["responseElements", "credentials", "accessKeyId"]) == key
                || at(text, &["responseElements", "accessKey", "accessKeyId"]) == key
        };
        all.iter().filter(of).cloned().collect()
    };
    let stop = all
        .iter()
        .find(|r| at(r, &["eventName"]) == "StopLogging" && at(r, &["errorCode"]).is_empty())
        .unwrap();
    let second = issued_by(&at(stop, &["userIdentity", "accessKeyId"]));
    assert_eq!(second.len(), 2, "both accounts record the second hop");
    assert_eq!(at(&second[0], &["sharedEventID"]), at(&second[1], &["sharedEventID"]));
    let hop = second.iter().find(|r| at(r, &["userIdentity", "type"]) == "AssumedRole").unwrap();
    let first = issued_by(&at(hop, &["userIdentity", "accessKeyId"]));
    assert_eq!(first.len(), 1);
    assert_eq!(at(&first[0], &["userIdentity", "userName"]), "ci-deploy");
    assert!(at(&first[0], &["userIdentity", "accessKeyId"]).starts_with("AKIA"));
    let opened = all.iter().find(|r| at(r, &["eventName"]) == "DeleteBucketPublicAccessBlock");
    let key = at(opened.unwrap(), &["userIdentity", "accessKeyId"]);
    assert_eq!(at(&issued_by(&key)[0], &["userIdentity", "userName"]), "ci-deploy");
    let made = all.iter().find(|r| at(r, &["eventName"]) == "CreateUser").map(|r| {
        all.iter()
            .find(|r| at(r, &["eventName"]) == "CreateUser" && at(r, &["errorCode"]).is_empty())
            .map_or_else(|| at(r, &["x"]), |r| at(r, &["responseElements", "user", "userId"]))
    });
    assert_eq!(made.unwrap(), at(opened.unwrap(), &["userIdentity", "principalId"]));
}

#[test]
fn while_the_trail_is_stopped_only_history_knows() {
    let mut in_objects = HashSet::new();
    let mut in_history = Vec::new();
    let (mut from, mut to) = (String::new(), String::new());
    for delivery in deliveries("seed=7,rate=12", 240) {
        for text in records(&delivery) {
            let worked = at(&text, &["errorCode"]).is_empty();
            match &*at(&text, &["eventName"]) {
                "StopLogging" if worked => from = at(&text, &["eventTime"]),
                "StartLogging" if worked => to = at(&text, &["eventTime"]),
                _ => {}
            }
            match delivery.origin {
                Origin::S3 => _ = in_objects.insert(at(&text, &["eventTime"])),
                Origin::History => in_history.push(at(&text, &["eventTime"])),
            }
        }
    }
    assert!(!from.is_empty() && from < to);
    let out = |time: &&String| from < **time && **time < to;
    assert_eq!(in_objects.iter().filter(out).count(), 0);
    assert!(in_history.iter().filter(out).count() > 30);
}

#[test]
fn the_rate_is_right_on_average() {
    for rate in [3, 9] {
        let text = format!("seed=3,rate={rate},incident=off");
        let from = START.to_string();
        let to = (START + Millis::seconds(420)).to_string();
        let all = events(&text, 420 + 100);
        let live = all
            .iter()
            .map(|text| at(text, &["eventTime"]))
            .filter(|time| *time >= from && *time < to)
            .count() as f64;
        let wanted = f64::from(rate) * 420.0;
        assert!((wanted * 0.93..wanted * 1.07).contains(&live), "{live} for {wanted}");
    }
    let past = events("seed=3,incident=off", 0).len();
    assert!((1500..3000).contains(&past), "{past}");
}

#[test]
fn a_fast_demo_holds_a_bounded_number_of_events() {
    let mut simulator = simulator("seed=1,rate=4000,incident=off");
    let mut most = 0;
    while simulator.next().is_some_and(|delivery| delivery.at < START + Millis::seconds(12)) {
        let waiting: usize =
            simulator.streams.iter().map(|s| s.history.len() + s.objects.len()).sum();
        most = most.max(waiting);
    }
    // Five seconds until history shows an event, two between two looks, and 24 unwritten objects.
    assert!(most < 4000 * 8 + 24 * 4 * OBJECT, "{most}");
    assert!(most > 1000, "{most}");
}
