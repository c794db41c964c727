//! Why rules are met: ours by their filters, Sigma rules by their selections.

use std::sync::Arc;

use super::*;
use crate::detect::alert::{Alert, Ending, Few};
use crate::detect::load::{self, File};
use crate::event::read::{Event, Hints};
use crate::event::record::Record;
use crate::store::hits::Severity;
use crate::store::kin::Kin;
use crate::store::segment::{Birth, Builder};
use crate::store::snapshot::Part;

const SIGMA: &str = r#"
title: Public snapshot
id: snap
author: me
logsource: {product: aws, service: cloudtrail}
level: high
detection:
  selection:
    eventSource: ec2.amazonaws.com
    eventName: ModifySnapshotAttribute
  added:
    requestParameters|contains: '"group":"all"'
  filter_ci:
    userAgent|startswith: Terraform
  condition: selection and added and not 1 of filter_*
---
title: Keys made
id: many
level: medium
logsource: {product: aws, service: cloudtrail}
detection:
  s: {eventName: CreateAccessKey}
  condition: s
---
title: Many keys
id: burst
level: high
correlation:
  type: value_count
  rules: [many]
  group-by: [sourceIPAddress]
  timespan: 5m
  condition: {gte: 2, field: requestParameters.userName}
"#;

fn rules() -> Rules {
    let file = File { place: "r.yml".into(), text: SIGMA.into() };
    let (rules, books) = load::load(true, &[file]);
    assert_eq!(books.failed, []);
    rules
}

/// A store of these records, a second apart.
fn store(records: &[&str]) -> Snapshot {
    let mut builder = Builder::default();
    for (at, record) in records.iter().enumerate() {
        let time = Timestamp(1_700_000_000_000 + at as i64 * 1000);
        let text = format!(r#"{{"eventVersion":"1.08","eventTime":"{time}",{record}}}"#);
        let read = Record::of(Json::checked(&text).unwrap());
        let event = Event::read(&read, &Hints::default(), time);
        let birth = Birth { time, arrival: time, identity: at as u64, flags: 0, origins: 1 };
        builder.push(&event, text.as_bytes(), birth);
    }
    let (segment, side) = builder.finish(RowId(0));
    let part = Part { segment: Arc::new(segment), side: Arc::new(side) };
    Snapshot::of(vec![part], 0, Kin::default())
}

fn alert(rules: &Rules, id: &str, rows: u64, values: u64) -> Alert {
    let card = rules.cards.iter().find(|card| *card.named.id == *id).unwrap();
    let at = Timestamp(1_700_000_000_000);
    Alert {
        number: 1,
        card: Arc::clone(card),
        severity: Severity::High,
        ending: Ending::Succeeded,
        account: "1".into(),
        actor: "mallory".into(),
        last_event: ["".into(), "".into(), "".into()],
        events: Few::default(),
        targets: Few::default(),
        is_tamper: false,
        values,
        first: at,
        last: at,
        count: rows,
        rows: (0..rows).rev().map(RowId).collect(),
        is_live: false,
    }
}

fn pairs(reasons: &[Reason]) -> Vec<(&str, String)> {
    reasons.iter().map(|it| (it.term.as_str(), it.values.join(" "))).collect()
}

#[test]
fn a_sigma_rule_tells_its_leaves() {
    let record = r#""eventSource":"ec2.amazonaws.com","eventName":"ModifySnapshotAttribute","userAgent":"aws-cli/2","requestParameters":{"snapshotId":"snap-1","x":{"group":"all"}}"#;
    let (rules, store) = (rules(), store(&[record]));
    let reasons = of_row(&rules, "snap", store.row(RowId(0)).unwrap());
    let said = pairs(&reasons);
    let (terms, values): (Vec<&str>, Vec<String>) = said.into_iter().unzip();
    assert!(terms.contains(&"eventName: modifysnapshotattribute"), "{terms:?}");
    assert!(terms.iter().any(|term| term.starts_with("requestParameters|contains: ")), "{terms:?}");
    assert!(
        terms.iter().any(|term| term.starts_with("not ") && term.contains("filter_ci")),
        "{terms:?}"
    );
    assert!(values.contains(&"ModifySnapshotAttribute".to_owned()), "{values:?}");
    assert_eq!(of_row(&rules, "many", store.row(RowId(0)).unwrap()), [], "another rule is not met");
    assert_eq!(of_row(&rules, "gone", store.row(RowId(0)).unwrap()), []);
}

#[test]
fn values_that_are_counted_are_named() {
    let key = |user: &str| {
        format!(
            r#""eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","sourceIPAddress":"203.0.113.7","requestParameters":{{"userName":"{user}"}}"#
        )
    };
    let records = [key("a"), key("b"), key("a")];
    let store = store(&records.each_ref().map(|it| it.as_str()));
    let rules = rules();
    let why = of_alert(&rules, &alert(&rules, "burst", 3, 2), &store);
    assert_eq!(
        why.together.as_deref(),
        Some(
            "2 different requestParameters.userName in 3 events; 2 within 5m are enough · same sourceIPAddress: a, b"
        )
    );
    let rows: Vec<u64> = why.chain.iter().map(|link| link.row.0).collect();
    assert_eq!(rows, [0, 1, 2], "in order of time");
    assert!(!why.reasons.is_empty(), "the rule that it counts says why");
}

#[test]
fn a_sequence_tells_its_steps() {
    let rules = rules();
    let card = rules.cards.iter().find(|card| card.steps.len() > 1).unwrap();
    let id = card.named.id.to_string();
    // Any record: it meets no step, and the chain is told all the same.
    let store = store(&[r#""eventSource":"ec2.amazonaws.com","eventName":"DescribeRegions""#]);
    let why = of_alert(&rules, &alert(&rules, &id, 1, 0), &store);
    assert!(
        why.together.as_deref().is_some_and(|it| it.contains("steps in this order within")),
        "{why:?}"
    );
    assert_eq!(why.chain[0].step, None);
}
