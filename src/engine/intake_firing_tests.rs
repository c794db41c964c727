//! What fires: for what, once or each time, live or not, with what.

use std::sync::Arc;

use crate::detect::current::Current;
use crate::detect::load::{self, File};
use crate::engine::draft::{self, Reading};
use crate::engine::intake::Intake;
use crate::engine::intake::tests::{batch, now};
use crate::event::field::Origin;
use crate::event::time::{Millis, Timestamp};
use crate::notebook::mutes::{Mute, Mutes};
use crate::notebook::standing::Change;
use crate::query::library::builtin;
use crate::source::batch::Batch;
use crate::trigger::definition::{Names, Options, Triggers};
use crate::trigger::firing::{Firing, Why, Wish};
use crate::trigger::sentry::Sentry;

const RULES: &str = "title: Keys\nid: keys\nlogsource: {product: aws, service: cloudtrail}\nlevel: high\ndetection:\n  s: {eventName: CreateAccessKey}\n  condition: s\n---\ntitle: Users\nid: users\nlogsource: {product: aws, service: cloudtrail}\nlevel: low\ndetection:\n  s: {eventName: CreateUser}\n  condition: s\n---\ntitle: Many\nid: many\nlevel: critical\ncorrelation:\n  type: event_count\n  rules: [users]\n  generate: true\n  group-by: [userIdentity.userName]\n  timespan: 1m\n  condition: {gte: 3}\n";

/// Ingest with these triggers.
struct Post {
    intake: Intake,
    reading: Reading,
    now: Timestamp,
}

impl Post {
    fn new(triggers: &str, change: impl FnOnce(&mut Triggers)) -> Self {
        Self::judged_by(RULES, triggers, change)
    }

    fn judged_by(rules: &str, triggers: &str, change: impl FnOnce(&mut Triggers)) -> Self {
        let (rules, books) =
            load::load(false, &[File { place: "r".into(), text: rules.to_owned() }]);
        assert!(books.failed.is_empty(), "{books}");
        let (written, presets) = (Options::all(triggers), builtin());
        let names = Names { presets: &presets, accounts: &[] };
        let (mut triggers, left) = Triggers::of(&written, names, &|_| None);
        assert_eq!(left, [""; 0]);
        change(&mut triggers);
        let mut intake = Intake::new(64 << 20);
        let rules = Current::new(Arc::new(rules));
        intake.findings_mut().0.watch_for(rules.clone(), 64 << 20);
        intake.fire(Sentry::new(Arc::new(triggers), "run".into()));
        let triggers = intake.triggers();
        let reading = Reading { rules, triggers, ..Reading::whole(intake.secret().clone()) };
        Self { intake, reading, now: now() }
    }

    fn of(triggers: &str) -> Self {
        Self::new(triggers, |_| {})
    }

    /// What is wished for when this has come in.
    fn wishes(&mut self, batch: Batch) -> Vec<Wish> {
        let mut drafts = vec![];
        draft::read(batch, (&self.reading, self.now), &mut vec![], &mut |it| drafts.push(it));
        for draft in &drafts {
            self.intake.keep(draft, self.now);
        }
        self.intake.flush(self.now);
        self.intake.take_wishes()
    }

    /// `trigger:eventID` of what fires when these records come in live.
    fn fires(&mut self, records: &[String]) -> Vec<String> {
        shown(&self.wishes(batch(Origin::Sqs, &records.join("\n"))))
    }
}

fn shown(wishes: &[Wish]) -> Vec<String> {
    let shown = |wish: &Wish| match wish {
        Wish::Fire(firing) => format!("{}:{}", firing.trigger, firing.subject.event),
        Wish::Lost(trigger, why, count) => format!("{trigger} lost {count} {why:?}"),
    };
    wishes.iter().map(shown).collect()
}

/// A record of this user, so many seconds after noon.
fn record(id: &str, name: &str, user: &str, second: i64) -> String {
    let time = now() + Millis(second * 1000);
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"{id}","eventName":"{name}","eventSource":"iam.amazonaws.com","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","userName":"{user}"}}}}"#
    )
}

fn trigger(name: &str, lines: &str) -> String {
    format!("[[trigger]]\nname = \"{name}\"\nrun = [\"x\"]\n{lines}\n")
}

#[test]
fn rules_severities_and_filters_choose() {
    let all = [
        ("every", "rules = [\"*\"]"),
        ("title", "rules = [\"KEYS\"]"),
        ("high", "min-severity = \"high\""),
        ("both", "rules = [\"keys\"]\nfilter = \"user:bob\""),
        ("events", "filter = \"event:ListUsers user:bob\""),
    ];
    let mut post = Post::of(&all.map(|(name, lines)| trigger(name, lines)).concat());
    assert_eq!(post.fires(&[record("1", "CreateUser", "al", 0)]), ["0:1"]);
    let fired = post.fires(&[record("2", "CreateAccessKey", "al", 1)]);
    assert_eq!(fired, ["0:2", "1:2", "2:2"]);
    let fired = post.fires(&[record("3", "CreateAccessKey", "bob", 2)]);
    assert_eq!(fired, ["0:3", "1:3", "2:3", "3:3"]);
    assert_eq!(post.fires(&[record("4", "ListUsers", "al", 3)]), [""; 0]);
    assert_eq!(post.fires(&[record("5", "ListUsers", "bob", 4)]), ["4:5"]);
}

#[test]
fn a_burst_fires_once_and_events_each_time() {
    let all = [
        ("burst", "filter = \"event:Get*\""),
        ("each", "filter = \"event:Get*\"\nevery = \"event\""),
    ];
    let mut post = Post::of(&all.map(|(name, lines)| trigger(name, lines)).concat());
    let get = |id: &str, user: &str, second| record(id, "GetUser", user, second);
    assert_eq!(post.fires(&[get("1", "al", 0), get("2", "al", 1)]), ["0:1", "1:1", "1:2"]);
    assert_eq!(post.fires(&[get("3", "al", 2)]), ["1:3"]);
    assert_eq!(post.fires(&[get("3", "al", 2)]), [""; 0], "delivered twice");
    assert_eq!(post.fires(&[get("4", "bob", 2)]), ["0:4", "1:4"], "somebody else");
    // After a quarter of an hour it is another burst.
    post.now = post.now + Millis::hours(1);
    assert_eq!(post.fires(&[get("5", "al", 3600)]), ["0:5", "1:5"]);
}

#[test]
fn what_came_together_fires_with_the_event_that_completed_it() {
    let mut post = Post::of(&trigger("a", "rules = [\"many\"]"));
    let user = |id: &str, second| record(id, "CreateUser", "al", second);
    assert_eq!(post.fires(&[user("1", 0), user("2", 20)]), [""; 0]);
    assert_eq!(post.fires(&[user("3", 10)]), ["0:3"]);
    assert_eq!(post.fires(&[user("4", 30)]), [""; 0]);
    // What was there before anybody looked completes nothing that fires.
    let there = |id: &str, second| {
        let text = record(id, "CreateUser", "bob", second);
        Batch { was_there: true, ..batch(Origin::History, &text) }
    };
    for (id, second) in [("5", 0), ("6", 1), ("7", 2)] {
        assert_eq!(shown(&post.wishes(there(id, second))), [""; 0]);
    }
    assert_eq!(post.fires(&[record("8", "CreateUser", "bob", 3)]), ["0:8"]);
}

#[test]
fn only_what_is_received_live_fires_unless_asked() {
    let text = || record("1", "CreateAccessKey", "al", 0);
    let cases = [
        (batch(Origin::File, &text()), [false, true, false]),
        (Batch { was_there: true, ..batch(Origin::History, &text()) }, [false, true, false]),
        // A replay of what was received live once.
        (Batch { played: Some(Timestamp(0)), ..batch(Origin::S3, &text()) }, [false, true, false]),
        (batch(Origin::S3, &text()), [true, true, true]),
        (
            Batch { origins: Origin::S3.bit() | Origin::Demo.bit(), ..batch(Origin::S3, &text()) },
            [false, false, true],
        ),
    ];
    for (it, expected) in cases {
        let lines = trigger("a", "rules = [\"keys\"]")
            + &trigger("b", "filter = \"event:CreateAccessKey\"");
        for (at, fires) in expected.into_iter().enumerate() {
            let mut post = Post::new(&lines, |all| {
                (all.on_backfill, all.on_demo) = (at == 1, at == 2);
            });
            let bytes = it.bytes.clone();
            let fired = post.wishes(Batch { bytes, ..it.bare() });
            assert_eq!(fired.len(), if fires { 2 } else { 0 }, "{:?} {at}", it.origin);
        }
    }
}

#[test]
fn a_flood_is_bounded_and_its_loss_is_counted() {
    let mut post = Post::of(&trigger("a", "rules = [\"keys\"]\nrate = \"3/1m\""));
    let key = |id: usize| record(&id.to_string(), "CreateAccessKey", &format!("user{id}"), 0);
    let flood: Vec<String> = (0..2000).map(key).collect();
    assert_eq!(post.fires(&flood), ["0:0", "0:1", "0:2", "0 lost 1997 Rate"]);
    // More of the same bursts is no further loss.
    let again: Vec<String> =
        (0..100).map(|id| key(id).replace("\"eventID\":\"", "\"eventID\":\"x")).collect();
    assert_eq!(post.fires(&again), [""; 0]);
    post.now = post.now + Millis::minutes(1);
    assert_eq!(post.fires(&[key(5000)]), ["0:5000"]);
}

/// A hundred thousand alerts in a minute, as they would come: everything stays bounded, what is wished
/// for is little, and what was lost is counted to the last one.
#[test]
fn a_hundred_thousand_alerts_a_minute_are_bounded_and_counted() {
    const BATCH: usize = 1_000;
    const EVENTS: usize = 10_000;
    // Every event meets ten rules.
    const ALERTS: usize = 10 * EVENTS;
    let rule = |n: usize| {
        format!(
            "title: R{n}\nid: r{n}\nlogsource: {{product: aws, service: cloudtrail}}\nlevel: high\ndetection:\n  s: {{eventName: CreateAccessKey}}\n  condition: s\n"
        )
    };
    let rules: Vec<String> = (0..10).map(rule).collect();
    let triggers = [
        trigger("a", "rules = [\"*\"]\nrate = \"5/1m\""),
        trigger("b", "min-severity = \"low\"\nrate = \"600/1m\""),
    ];
    let mut post = Post::judged_by(&rules.join("---\n"), &triggers.concat(), |_| {});
    let (mut fired, mut lost, mut most) = (0, 0, 0);
    let mut held = vec![];
    for at in (0..EVENTS).step_by(BATCH) {
        post.now = now() + Millis((at * 60_000 / EVENTS) as i64);
        let key = |id: usize| record(&id.to_string(), "CreateAccessKey", &format!("user{id}"), 0);
        let text: Vec<String> = (at..at + BATCH).map(key).collect();
        let wishes = post.wishes(batch(Origin::Sqs, &text.join("\n")));
        most = most.max(wishes.len());
        for wish in wishes {
            match wish {
                // Nobody takes them.
                Wish::Fire(firing) => {
                    fired += 1;
                    held.push(firing);
                }
                Wish::Lost(_, _, count) => lost += count,
            }
        }
        let findings = post.intake.findings();
        assert!(findings.alerts().len() <= 10_000, "{}", findings.alerts().len());
        assert!(findings.bytes() <= 64 << 20, "{}", findings.bytes());
    }
    assert_eq!(fired as u64 + lost, 2 * ALERTS as u64);
    assert!(fired <= 9 + 100, "{fired}: five at once, four more in the minute, and the room");
    assert!(most <= 200, "{most}");
    let alerts = post.intake.alerts();
    assert_eq!(alerts.list.len() as u64 + alerts.dropped, ALERTS as u64);
}

#[test]
fn what_nobody_takes_fills_the_room_and_no_more() {
    let mut post = Post::of(&trigger("a", "rules = [\"keys\"]\nrate = \"600/1m\""));
    let key = |id: usize| record(&id.to_string(), "CreateAccessKey", &format!("user{id}"), 0);
    let held = post.wishes(batch(Origin::Sqs, &(0..300).map(key).collect::<Vec<_>>().join("\n")));
    let fired = held.iter().filter(|wish| matches!(wish, Wish::Fire(_))).count();
    assert_eq!(fired, 100);
    assert!(matches!(held.last(), Some(Wish::Lost(0, Why::Queue, 200))), "{:?}", held.last());
    drop(held);
    assert_eq!(post.fires(&[key(999)]), ["0:999"]);
}

#[test]
fn the_payload_is_of_the_event_and_ids_are_of_the_run() {
    let mut post = Post::of(&trigger("a", "rules = [\"keys\"]"));
    let key = record("1", "CreateAccessKey", "al", 0).replace(
        "\"userIdentity\"",
        "\"responseElements\":{\"sessionToken\":\"FwoGZX\"},\"userIdentity\"",
    );
    let wishes = post.wishes(batch(Origin::Sqs, &key));
    let [Wish::Fire(firing)] = &*wishes else { panic!("{wishes:?}") };
    let Firing { number, id, subject, payload, .. } = &**firing;
    assert_eq!((*number, &**id, &*subject.rule), (1, "run-1", "keys"));
    let text = String::from_utf8_lossy(payload);
    assert!(text.contains(r#""eventName":"CreateAccessKey""#) && text.contains(r#""live":true"#));
    assert!(!text.contains("FwoGZX"), "{text}");
}

#[test]
fn nothing_fires_for_what_is_muted() {
    let mut post = Post::of(&trigger("every", "rules = [\"*\"]"));
    let mute = Mute {
        rule: "keys".into(),
        actor: "al".into(),
        target: String::new(),
        account: String::new(),
        up_to: "high".into(),
        until: None,
    };
    let mut mutes = Mutes::default();
    mutes.take(&Change::Learn(mute)).unwrap();
    post.intake.mute(mutes);
    let keys = |id, user, second| record(id, "CreateAccessKey", user, second);
    assert_eq!(post.fires(&[keys("1", "al", 0), keys("2", "bob", 1)]), ["0:2"]);
    post.intake.mute(Mutes::default());
    assert_eq!(post.fires(&[keys("3", "al", 7_000)]), ["0:3"]);
}
