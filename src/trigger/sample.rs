//! A made-up alert, with which somebody sees whether a trigger works before it has to.

use std::sync::Arc;

use crate::detect::alert::{Alert, Ending, Few};
use crate::detect::rule::{Card, Origin};
use crate::event::time::Timestamp;
use crate::store::hits::{Named, Severity};
use crate::store::segment::RowId;
use crate::trigger::definition::Triggers;
use crate::trigger::firing::{Firing, Room};
use crate::trigger::payload::{Event, Told, words};

/// The event of the alert, its time left out.
const EVENT: [&str; 2] = [
    r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIAIOSFODNN7EXAMPLE","userName":"alice"},"eventTime":""#,
    r#"","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.31","requestParameters":{"name":"example-trail"},"responseElements":null,"requestID":"00000000-0000-0000-0000-000000000001","eventID":"00000000-0000-0000-0000-000000000002","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#,
];
/// Its eventID.
const EVENT_ID: &str = "00000000-0000-0000-0000-000000000002";

/// A firing of each of these triggers for the made-up alert.
pub fn firings(
    triggers: &Triggers,
    chosen: &[usize],
    (run, now): (&str, Timestamp),
) -> Vec<Firing> {
    let alert = alert(now);
    let room = Room::of(triggers.all.len());
    let raw = EVENT.join(&now.to_string());
    let [region, name, target] = alert.last_event.each_ref().map(|text| &**text);
    let (account, raw) = (&*alert.account, raw.as_bytes());
    let event = Event { account, region, name, target, id: EVENT_ID, raw };
    let words = format!("TEST {}", words(&alert, None, event));
    let firing = |(number, trigger): (u64, usize)| {
        let told = Told {
            trigger: &triggers.all[trigger].name,
            id: &format!("{run}-{number}"),
            words: &words,
            alert: &alert,
            filter: None,
            event,
            test: true,
            simulated: true,
            live: false,
        };
        Some(Firing::of((number, trigger), &told, RowId(0), room.take(trigger, 0)?))
    };
    (1..).zip(chosen.iter().copied()).filter_map(firing).collect()
}

/// The made-up alert.
pub(crate) fn alert(now: Timestamp) -> Alert {
    let card = Card {
        named: Arc::new(Named::new(
            "trailtop-test",
            "Test of a trigger",
            "trailtop",
            "MIT OR Apache-2.0",
        )),
        severity: Severity::High,
        origin: Origin::Builtin,
        author: "trailtop".to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        techniques: vec!["T1562.008".to_owned()],
        why: "Nothing has happened: somebody tests this trigger.".to_owned(),
        look: "Nowhere.".to_owned(),
        false_positives: "This one.".to_owned(),
        lowers: true,
        is_silent: false,
        is_tamper: false,
        steps: vec![],
    };
    Alert {
        number: 0,
        card: Arc::new(card),
        severity: Severity::High,
        ending: Ending::Succeeded,
        account: "111122223333".into(),
        actor: "alice".into(),
        last_event: ["us-east-1".into(), "StopLogging".into(), "example-trail".into()],
        events: Few::default(),
        targets: Few::default(),
        is_tamper: false,
        values: 0,
        first: now,
        last: now,
        count: 1,
        rows: vec![],
        is_live: false,
    }
}
