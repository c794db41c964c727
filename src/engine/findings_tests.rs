//! Other rules over what is here: the same as if they had been there from the start.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::detect::load::{self, File};
use crate::detect::rule::Rules;
use crate::engine::draft::{self, Draft, Reading};
use crate::engine::intake::Intake;
use crate::event::field::Origin;
use crate::event::time::Millis;
use crate::source::batch::{Batch, SourceId};

const KEYS: &str = "title: Keys\nid: keys\nlogsource: {product: aws, service: cloudtrail}\nlevel: high\ndetection:\n  s: {eventName: CreateAccessKey}\n  condition: s\n";
const USERS: &str = "title: Users\nid: users\nlogsource: {product: aws, service: cloudtrail}\nlevel: medium\ndetection:\n  s: {eventName: ListUsers}\n  condition: s\n";
const MANY: &str = "---\ntitle: Many\nid: many\nlevel: high\ncorrelation:\n  type: event_count\n  generate: true\n  rules: [keys]\n  group-by: [sourceIPAddress]\n  timespan: 10m\n  condition: {gte: 3}\n";

fn rules(texts: &[&str]) -> Arc<Rules> {
    let file = |text: &String| File { place: "r.yml".to_owned(), text: text.clone() };
    let (rules, books) =
        load::load(false, &[file(&texts.join("---\n").replace("---\n---", "---"))]);
    assert!(books.failed.is_empty(), "{:?}", books.failed);
    Arc::new(rules)
}

fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
}

fn record(id: usize, name: &str, minute: u32) -> String {
    format!(
        r#"{{"eventVersion":"1.09","eventID":"e{id}","eventTime":"2026-03-01T10:{minute:02}:00Z","eventName":"{name}","eventSource":"iam.amazonaws.com","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","userIdentity":{{"type":"IAMUser","userName":"alice"}}}}"#
    ) + "\n"
}

fn read(origin: Origin, text: &str, current: &Current, intake: &Intake) -> Vec<Draft> {
    let batch = Batch { source: SourceId(origin as usize), ..Batch::whole(origin, text) };
    let reading = Reading { rules: current.clone(), ..Reading::whole(intake.secret().clone()) };
    let mut drafts = vec![];
    draft::read(batch, (&reading, now()), &mut vec![], &mut |draft| drafts.push(draft));
    drafts
}

fn watching(current: &Current) -> Intake {
    let mut intake = Intake::new(64 << 20);
    intake.findings_mut().0.watch_for(current.clone(), 8 << 20);
    intake
}

/// Reads these records by some rules and takes them in.
fn take(intake: &mut Intake, origin: Origin, text: &str, current: &Current) {
    let drafts = read(origin, text, current, intake);
    for draft in &drafts {
        intake.keep(draft, now());
    }
    intake.flush(now());
}

fn renew(intake: &mut Intake) {
    let (findings, ring) = intake.findings_mut();
    findings.renew_rules(ring);
}

fn judge_all(intake: &mut Intake) {
    let (findings, ring) = intake.findings_mut();
    while findings.judge_some(ring, now()) {}
    assert_eq!(findings.judging(), None);
}

/// The rules of each event, and the alerts without their numbers.
type Told = (BTreeSet<(String, String)>, BTreeSet<(String, u64, Timestamp, Timestamp)>);

fn told(intake: &Intake) -> Told {
    let mut hits = BTreeSet::new();
    for part in intake.ring().parts() {
        for (row, hit) in part.side.hits().iter() {
            hits.insert((part.text(row, Column::Id).to_owned(), hit.rule.id.to_string()));
        }
    }
    let alerts = intake.findings().alerts();
    let alert = |it: &Arc<Alert>| (it.card.named.id.to_string(), it.count, it.first, it.last);
    (hits, alerts.iter().map(alert).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn other_rules_find_what_they_would_have_found_from_the_start(
        events in proptest::collection::vec((0..4usize, 0..60u32), 1..60),
        at_once in 1..9usize,
        when in 0..12usize,
        between in 0..4usize,
    ) {
        let name = |at: usize| ["CreateAccessKey", "ListUsers", "GetUser", "CreateAccessKey"][at];
        let texts: Vec<String> = events
            .iter()
            .enumerate()
            .map(|(id, (at, minute))| record(id, name(*at), *minute))
            .collect();
        let lots: Vec<String> = texts.chunks(at_once).map(<[String]>::concat).collect();
        let mut current = Current::new(rules(&[USERS]));
        // A reader that is behind by one batch.
        let mut behind = current.clone();
        let mut intake = watching(&current);
        for (at, lot) in lots.iter().enumerate() {
            if at == when {
                current.replace(&rules(&[KEYS, MANY]));
                renew(&mut intake);
            }
            take(&mut intake, Origin::S3, lot, &behind);
            behind.renew();
            for _ in 0..between {
                let (findings, ring) = intake.findings_mut();
                findings.judge_some(ring, now());
            }
        }
        if when >= lots.len() {
            current.replace(&rules(&[KEYS, MANY]));
            renew(&mut intake);
        }
        judge_all(&mut intake);
        let fresh = Current::new(rules(&[KEYS, MANY]));
        let mut wanted = watching(&fresh);
        for lot in &lots {
            take(&mut wanted, Origin::S3, lot, &fresh);
        }
        prop_assert_eq!(told(&intake), told(&wanted));
    }
}

#[test]
fn alerts_of_before_stay_until_all_is_judged_and_keep_their_numbers() {
    let mut current = Current::new(rules(&[KEYS, USERS]));
    let mut intake = watching(&current);
    let events = record(1, "CreateAccessKey", 1) + &record(2, "ListUsers", 2);
    take(&mut intake, Origin::S3, &events, &current);
    let numbers = |intake: &Intake| -> Vec<(String, u64, bool)> {
        let alerts = intake.findings().alerts();
        alerts.iter().map(|it| (it.card.named.id.to_string(), it.number, it.is_live)).collect()
    };
    let before = numbers(&intake);
    assert_eq!(before.len(), 2);
    let other = KEYS.replace("level: high", "level: critical");
    current.replace(&rules(&[&USERS.replace("ListUsers", "GetUser"), &other]));
    renew(&mut intake);
    assert_eq!(numbers(&intake), before, "while it goes on, nothing vanishes");
    assert!(intake.findings().judging().is_some());
    judge_all(&mut intake);
    let keys = before.iter().find(|(id, ..)| id == "keys").unwrap();
    assert_eq!(numbers(&intake), std::slice::from_ref(keys), "users is gone, keys is the same one");
    let severity = intake.findings().alerts()[0].severity;
    assert_eq!(severity.word(), "critical");
    // A new burst has a number that nobody had.
    take(&mut intake, Origin::S3, &record(3, "CreateAccessKey", 59), &current);
    let numbers: BTreeSet<u64> = numbers(&intake).iter().map(|it| it.1).collect();
    assert_eq!((numbers.len(), before.iter().filter(|it| numbers.contains(&it.1)).count()), (2, 1));
}

#[test]
fn what_left_the_buffer_keeps_its_alert_while_its_rule_is_there() {
    let mut current = Current::new(rules(&[KEYS, USERS]));
    let mut intake = watching(&current);
    let events = record(1, "CreateAccessKey", 1) + &record(2, "ListUsers", 2);
    take(&mut intake, Origin::S3, &events, &current);
    intake.findings_mut().1.release(now());
    take(&mut intake, Origin::S3, &record(3, "GetUser", 3), &current);
    current.replace(&rules(&[KEYS]));
    renew(&mut intake);
    judge_all(&mut intake);
    let ids: Vec<String> =
        intake.findings().alerts().iter().map(|it| it.card.named.id.to_string()).collect();
    assert_eq!(ids, ["keys"]);
}

#[test]
fn a_row_that_shows_another_body_is_judged_by_it() {
    let current = Current::new(rules(&[KEYS, USERS]));
    let mut intake = watching(&current);
    take(&mut intake, Origin::Sqs, &record(1, "ListUsers", 1), &current);
    assert_eq!(told(&intake).0, [("e1".to_owned(), "users".to_owned())].into());
    take(&mut intake, Origin::S3, &record(1, "CreateAccessKey", 1), &current);
    let (hits, alerts) = told(&intake);
    assert_eq!(hits, [("e1".to_owned(), "keys".to_owned())].into());
    let alerts: Vec<&str> = alerts.iter().map(|it| &*it.0).collect();
    assert_eq!(alerts, ["keys"], "the alert of the body before has gone");
}

#[test]
fn a_late_event_takes_back_what_seemed_new() {
    let own = "title = \"New\"\nseverity = \"high\"\ntechniques = []\nfilter = \"iam:CreateAccessKey new:ip\"\nwhy = \"\"\nlook = \"\"\nfalse_positives = \"\"\n";
    let mut all = Rules::default();
    crate::detect::builtin::add(&mut all, "new", &crate::detect::builtin::read(own).unwrap())
        .unwrap();
    let current = Current::new(Arc::new(all));
    let mut intake = watching(&current);
    intake.findings_mut().0.learn(Baseline::new(1 << 20));
    let arn = r#""type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice""#;
    let at = |id: usize, name: &str, time: Timestamp, ip: &str| {
        record(id, name, 0)
            .replace(r#""type":"IAMUser""#, arn)
            .replace("2026-03-01T10:00:00Z", &time.to_string())
            .replace("203.0.113.7", ip)
    };
    let start = now() - Millis::hours(72);
    let ordinary: String = (0..210)
        .map(|n| at(n, "GetUser", start + Millis::minutes(n as i64 * 10), "203.0.113.7"))
        .collect();
    let strange = at(900, "CreateAccessKey", now() - Millis::hours(2), "198.51.100.7");
    let late = at(901, "GetUser", now() - Millis::hours(3), "198.51.100.7");
    for (text, alerts) in [(&ordinary, 0), (&strange, 1), (&late, 0)] {
        take(&mut intake, Origin::S3, text, &current);
        assert_eq!((told(&intake).0.len(), told(&intake).1.len()), (alerts, alerts));
    }
    // Forgotten, but for what is here: nobody is a stranger to what one can see.
    let (findings, ring) = intake.findings_mut();
    findings.forget(ring, None);
    assert_eq!(told(&intake).0.len(), 0);
}
