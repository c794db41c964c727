//! Alerts as scripts of keys and as screens: why they fired, what was off, what is muted and
//! acknowledged, and what makes somebody look.

use std::sync::Arc;

use insta::assert_snapshot;

use crate::app::msg::Msg;
use crate::app::script::{Script, now};
use crate::app::state::Layer;
use crate::command::effect::Effect;
use crate::command::pointer::{Deed, Pointer};
use crate::engine::again::Judging;
use crate::engine::search::News;
use crate::event::field::Column;
use crate::event::time::Millis;
use crate::notebook::standing::Change;
use crate::ui::paint::paint;

/// A call so many seconds ago, with some members of its own.
fn call(n: i64, (service, event): (&str, &str), user: &str, more: &str) -> String {
    let time = now() - Millis::seconds(n);
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"id-{n}-{event}-{user}","eventName":"{event}","eventSource":"{service}.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7"{more},"userIdentity":{{"type":"IAMUser","userName":"{user}","arn":"arn:aws:iam::111122223333:user/{user}","accountId":"111122223333"}}}}"#
    )
}

const STOP: (&str, &str) = ("cloudtrail", "StopLogging");
const TRAIL: &str = r#","requestParameters":{"name":"main"}"#;
const DENIED: &str = r#","errorCode":"AccessDenied","requestParameters":{"name":"main"}"#;

/// Somebody blinds a trail, a bus and the guard, tries it elsewhere, and leaves an account open.
fn incident(width: u16, height: u16) -> Script {
    let mut script = Script::watching(width, height);
    let name = r#","requestParameters":{"name":"to-security"}"#;
    let user = r#","requestParameters":{"userName":"support"}"#;
    let off = r#","requestParameters":{"detectorId":"d1","enable":false}"#;
    let open = r#","requestParameters":{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}"#;
    script.arrive(&[
        call(600, ("iam", "CreateUser"), "mallory", user),
        call(590, ("iam", "CreateLoginProfile"), "mallory", user),
        call(500, STOP, "mallory", TRAIL),
        call(480, STOP, "eve", DENIED),
        call(420, ("guardduty", "UpdateDetector"), "mallory", off),
        call(300, ("events", "DisableRule"), "mallory", name),
        call(240, ("events", "EnableRule"), "alice", name),
        call(60, ("ec2", "AuthorizeSecurityGroupIngress"), "mallory", open),
    ]);
    script
}

#[test]
fn alerts_80x24() {
    assert_snapshot!(paint(&incident(80, 24).keys("!").draw()));
}

#[test]
fn alerts_120x35() {
    assert_snapshot!(paint(&incident(120, 35).keys("!").draw()));
}

#[test]
fn alerts_200x50() {
    assert_snapshot!(paint(&incident(200, 50).keys("! j").draw()));
}

#[test]
fn a_click_selects_an_alert_and_a_second_one_shows_its_events() {
    let mut script = incident(120, 35);
    script.keys("!");
    let y = script.app.layout.body.y + 2;
    let click = |script: &mut Script| {
        for deed in [Deed::Press, Deed::Release] {
            script.tell(Msg::Pointer(Pointer { deed, x: 30, y }));
        }
    };
    click(&mut script);
    let text = script.text();
    assert!(text.lines().nth(usize::from(y)).is_some_and(|line| line.starts_with('>')), "{text}");
    click(&mut script);
    assert!(script.app.asked.filter.starts_with("id:"), "{}", script.app.asked.filter);
}

#[test]
fn details_of_an_event_that_met_a_rule_120x35() {
    assert_snapshot!(paint(&incident(120, 35).keys("a Enter").draw()));
}

#[test]
fn every_line_says_how_bad_it_is_and_how_it_ended() {
    for width in [80, 120, 200] {
        let mut script = incident(width, 50);
        let text = script.keys("!").text();
        let lines: Vec<&str> = text.lines().skip(4).take(script.app.alerts.list.len()).collect();
        assert!(lines.len() >= 5, "{text}");
        for line in lines {
            let of = |words: &[&str]| words.iter().any(|word| line.contains(word));
            assert!(of(&["CRIT", "HIGH", "MED", "LOW", "INFO"]), "{width}: {line}");
            assert!(of(&["SUCCEEDED", "TRIED, FAILED", "DENIED"]), "{width}: {line}");
        }
    }
}

#[test]
fn what_was_off_is_told_whatever_comes_first() {
    let name = r#","requestParameters":{"name":"to-security"}"#;
    let on = call(240, ("events", "EnableRule"), "alice", name);
    let off = call(300, ("events", "DisableRule"), "mallory", name);
    let denied = r#","errorCode":"AccessDenied","requestParameters":{"name":"to-security"}"#;
    let tried = call(299, ("events", "DisableRule"), "mallory", denied);
    let mut script = Script::watching(120, 35);
    script.arrive(&[off.clone(), tried.clone()]);
    assert!(script.keys("!").text().contains("SUCCEEDED · STILL OFF"), "{}", script.text());
    script.arrive(std::slice::from_ref(&on));
    let text = script.text();
    assert!(text.contains("SUCCEEDED · was off 1m"), "{text}");
    assert!(!text.lines().any(|line| line.contains("DENIED ·")), "{text}");
    let mut other = Script::watching(120, 35);
    other.arrive(&[on, tried, off]);
    assert!(other.keys("!").text().contains("SUCCEEDED · was off 1m"), "{}", other.text());
}

#[test]
fn tamper_comes_first_and_names_what_is_blind() {
    let mut script = incident(200, 50);
    let strip = script.text().lines().nth(2).unwrap().to_owned();
    assert!(
        strip.contains("StopLogging by mallory on main")
            && strip.contains("STILL OFF (every event)"),
        "{strip}"
    );
    // Whatever the filter, and whatever else there is.
    script.keys("/").types("user:nobody").keys("Enter");
    assert!(
        script.text().lines().nth(2).unwrap().contains("StopLogging by mallory"),
        "{}",
        script.text()
    );
    let text = script.keys("!").text();
    assert!(text.contains("every event of eu-west-1"), "{text}");
    // A try is lower, and still comes before what does not touch the recording.
    script.keys("Esc A");
    let strip = script.text().lines().nth(2).unwrap().to_owned();
    assert!(strip.contains("eve") && strip.contains("DENIED"), "{strip}");
}

#[test]
fn what_blinds_a_trail_without_touching_it_is_tamper() {
    let trail = r#","requestParameters":{"name":"main","s3BucketName":"logs"}"#;
    let bucket = r#","requestParameters":{"bucketName":"logs"}"#;
    let other = r#","requestParameters":{"bucketName":"other"}"#;
    let policy = ("s3", "PutBucketPolicy");
    let mut script = Script::watching(120, 35);
    // The policy that it was set up with came before it was known, and before it was.
    script.arrive_live(&[
        call(300, policy, "mallory", bucket),
        call(640, policy, "alice", bucket),
        call(310, policy, "mallory", other),
    ]);
    assert!(!script.text().contains("mallory on logs"), "{}", script.text());
    script.arrive_live(&[call(630, ("cloudtrail", "CreateTrail"), "alice", trail)]);
    let screen = script.text();
    let strip = screen.lines().nth(2).unwrap();
    assert!(strip.contains("PutBucketPolicy by mallory on logs"), "{screen}");
    assert!(screen.contains("! MAY BE BLIND since 11:55"), "{screen}");
    let text = script.keys("!").text();
    assert!(text.contains("the trail that needs bucket logs may be"), "{text}");
    assert!(!text.contains("PutBucketPolicy by alice"), "{text}");
    assert!(script.keys("Esc s").text().contains("PutBucketPolicy by mallory on bucket logs"));
    // What happened later came from the trail: it writes.
    script.keys("Esc");
    script.arrive_live(&[call(60, ("iam", "ListUsers"), "alice", "")]);
    let screen = script.text();
    assert!(!screen.contains("MAY BE BLIND"), "{screen}");
    // It stays until somebody has seen it, whatever the filter.
    script.keys("/").types("user:nobody").keys("Enter");
    assert!(script.text().lines().nth(2).unwrap().contains("PutBucketPolicy by mallory"));
    script.keys("A");
    assert!(!script.text().contains("PutBucketPolicy by mallory"), "{}", script.text());
}

#[test]
fn the_next_alert_is_never_one_that_was_seen_while_others_wait() {
    let mut script = Script::watching(120, 35);
    script.arrive(&[call(500, STOP, "mallory", TRAIL), call(480, STOP, "eve", DENIED)]);
    let went_to = |script: &mut Script| {
        script.keys("a");
        let row = script.app.stream.selected().and_then(|id| script.app.view.snapshot.row(id));
        row.unwrap().text(Column::Actor).to_owned()
    };
    assert_eq!(went_to(&mut script), "mallory");
    let other = r#","requestParameters":{"name":"other"}"#;
    script.arrive(&[call(60, STOP, "oscar", other)]);
    let round = ["oscar", "eve", "oscar", "mallory", "eve"];
    assert_eq!(round.map(|_| went_to(&mut script)), round);
}

#[test]
fn the_events_of_an_alert_are_one_key_away_and_back() {
    let mut script = Script::watching(120, 35);
    let more = |n| call(n, STOP, "mallory", TRAIL);
    script.arrive(&[more(500), more(400), call(450, STOP, "eve", TRAIL), more(1)]);
    script.keys("/").types("user:nobody").keys("Enter 1 !");
    let first = script.app.alerts.selected().unwrap().clone();
    assert_eq!((&*first.actor, first.count), ("mallory", 3));
    script.keys("Enter");
    assert_eq!(script.app.view.len(), 3, "{}", script.text());
    assert!(script.app.body_view().is_none());
    script.keys("[");
    assert!(matches!(script.app.body_view(), Some(Layer::Alerts)));
    assert_eq!(script.app.asked.filter, "user:nobody");
    assert_eq!(script.app.alerts.selected().unwrap().number, first.number);
}

#[test]
fn the_cursor_stays_with_its_alert() {
    let mut script = incident(120, 35);
    script.keys("! j j");
    let number = script.app.alerts.selected().unwrap().number;
    script.arrive(&[
        call(1, STOP, "zoe", TRAIL),
        call(2, ("cloudtrail", "DeleteTrail"), "yan", TRAIL),
    ]);
    assert_eq!(script.app.alerts.selected().unwrap().number, number);
}

#[test]
fn what_is_muted_is_counted_and_heard_again() {
    let mut script = incident(120, 35);
    let waiting = script.app.alerts.waiting.len();
    script.keys("!");
    let at = script.app.alerts.list.iter().position(|(it, _)| !it.is_tamper).unwrap();
    for _ in 0..at {
        script.keys("j");
    }
    let title = script.app.alerts.selected().unwrap().card.named.title.clone();
    script.keys("M Enter");
    assert_eq!((script.app.alerts.muted(), script.app.alerts.waiting.len()), (1, waiting - 1));
    let text = script.text();
    assert!(text.contains("1 muted (!)") && text.contains("1 muted (X)"), "{text}");
    assert!(script.app.alerts.list.iter().all(|(it, _)| it.card.named.title != title));
    let kept = script.wishes.iter().find_map(|wish| {
        if let Effect::Mute(Change::Learn(mute)) = wish { Some(mute.words()) } else { None }
    });
    assert!(kept.is_some_and(|words| words.contains(" by mallory, up to ")), "{:?}", script.wishes);
    // It can be seen all the same, and be heard again.
    script.keys("X");
    assert!(
        script
            .app
            .alerts
            .list
            .iter()
            .any(|(it, is_muted)| *is_muted && it.card.named.title == title)
    );
    script.keys(":").types("muted").keys("Enter");
    assert!(script.text().contains("MUTED: Enter unmutes"), "{}", script.text());
    script.keys("Enter");
    assert_eq!((script.app.alerts.muted(), script.app.alerts.waiting.len()), (0, waiting));
}

#[test]
fn tamper_is_never_muted_for_ever() {
    let mut script = incident(120, 35);
    script.keys("! M");
    let text = script.text();
    assert!(text.contains("never for ever") && !text.contains("for ever "), "{text}");
    assert!(text.contains("for 7 days"), "{text}");
}

#[test]
fn acknowledged_until_it_grows_worse() {
    let mut script = Script::watching(120, 35);
    let stop = |n: i64, rest: &str| call(n, STOP, "mallory", rest);
    script.arrive(&[stop(500, DENIED), stop(490, TRAIL)]);
    let waiting = script.app.alerts.waiting.len();
    assert!(waiting >= 1);
    for _ in 0..waiting {
        script.keys("A");
    }
    assert!(!script.app.alerts.has_strip(), "{}", script.text());
    // More of the same does not bring it back.
    script.arrive(&[stop(480, TRAIL)]);
    assert!(!script.app.alerts.has_strip(), "{}", script.text());
    // All of a rule at once.
    script.arrive(&[call(300, STOP, "a", TRAIL), call(300, STOP, "b", TRAIL)]);
    assert_eq!(script.app.alerts.waiting.len(), 2);
    script.keys("M").types("acknowledge every").keys("Enter");
    assert!(!script.app.alerts.has_strip(), "{}", script.text());
}

/// What the world was asked to say.
fn said(script: &mut Script) -> Vec<String> {
    let wishes = std::mem::take(&mut script.wishes);
    let said = wishes
        .into_iter()
        .filter_map(|wish| if let Effect::Notify(said) = wish { Some(said) } else { None });
    said.collect()
}

#[test]
fn only_what_is_live_rings_and_nothing_rings_twice() {
    let mut script = Script::watching(120, 35);
    script.arrive(&[call(500, STOP, "mallory", TRAIL)]);
    assert_eq!(said(&mut script), [] as [String; 0], "it was there before");
    script.arrive_live(&[call(2_000, STOP, "eve\\u001b]0;x\\u0007", TRAIL)]);
    let rung = said(&mut script);
    assert_eq!(rung.len(), 1, "{rung:?}");
    assert!(rung[0].starts_with("trailtop CRIT SUCCEEDED: Trail stopped"), "{rung:?}");
    assert!(rung[0].chars().count() <= 120 && !rung[0].chars().any(char::is_control), "{rung:?}");
    script.arrive_live(&[call(1_990, STOP, "eve\\u001b]0;x\\u0007", TRAIL)]);
    script.arrive_live(&[call(4_000, ("ec2", "DescribeRegions"), "eve", TRAIL)]);
    assert_eq!(said(&mut script), [] as [String; 0]);
}

#[test]
fn what_is_muted_does_not_ring() {
    let mut script = Script::watching(120, 35);
    script.arrive(&[call(5_000, STOP, "mallory", TRAIL)]);
    script.keys("! M Enter");
    script.arrive_live(&[call(500, STOP, "mallory", TRAIL)]);
    assert_eq!(said(&mut script), [] as [String; 0]);
    assert_eq!(script.app.alerts.muted(), 2);
    script.arrive_live(&[call(500, STOP, "eve", TRAIL)]);
    assert_eq!(said(&mut script).len(), 1);
}

#[test]
fn a_hundred_thousand_alerts_are_bounded_and_say_so() {
    let mut script = Script::watching(120, 35);
    script.keys("!");
    for tens in 0..10 {
        let records: Vec<String> =
            (0..1_200).map(|n| call(n % 60, STOP, &format!("u{tens}-{n}"), TRAIL)).collect();
        script.arrive(&records);
    }
    let alerts = &script.app.view.ledger.alerts;
    assert!(alerts.list.len() <= 10_000, "{}", alerts.list.len());
    assert_eq!(alerts.list.len() as u64 + alerts.dropped, 12_000);
    let text = script.text();
    assert!(text.contains("made room for later ones"), "{text}");
    script.keys("j j M Enter G");
    assert_eq!(script.app.alerts.muted(), 1);
}

#[test]
fn while_other_rules_judge_no_view_of_alerts_looks_complete() {
    let part = Judging { done: 2, of: 5 };
    for (mut script, said) in [
        (incident(120, 35), "other rules have judged 40 % of the rows"),
        (Script::watching(120, 35), "Other rules judge what is here"),
    ] {
        script.keys("!");
        assert!(!script.text().contains("ther rules"), "{}", script.text());
        let mut view = script.view();
        let ledger = Arc::make_mut(&mut view.ledger);
        Arc::make_mut(&mut ledger.alerts).judging = Some(part);
        script.tell(Msg::News(News::View(Arc::new(view))));
        assert!(script.text().contains(said), "{}", script.text());
    }
}

#[test]
fn the_alerts_of_the_view_are_exported_with_whose_rules_they_met() {
    for (form, name) in [
        ("export-ndjson", "trailtop-test-alerts.ndjson"),
        ("export-csv", "trailtop-test-alerts.csv"),
        ("export-timeline", "trailtop-test-alerts.md"),
    ] {
        let mut script = incident(120, 35);
        script.keys("! :").types(form).keys("Enter");
        let mut exports = script
            .wishes
            .iter()
            .filter_map(|wish| if let Effect::Export(export) = wish { Some(export) } else { None });
        let export = exports.next_back().expect("an export");
        let (bytes, alerts) = export.made();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!((export.file_name().as_str(), alerts), (name, script.app.alerts.list.len()));
        for word in ["trail-stopped", "trailtop", "MIT OR Apache-2.0", "STILL OFF", "id-500-"] {
            assert!(text.contains(word), "{form}: {word}: {text}");
        }
    }
    // An event says which rules it met, and whose they are.
    let mut script = incident(120, 35);
    script.keys(":").types("export-csv").keys("Enter");
    let Some(Effect::Export(export)) = script.wishes.last() else { panic!("no export") };
    let text = String::from_utf8(export.made().0).unwrap();
    assert!(text.contains("\"trail-stopped (trailtop, MIT OR Apache-2.0)\""), "{text}");
}
