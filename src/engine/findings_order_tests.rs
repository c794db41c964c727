//! What is found does not depend on the order in which records come, nor on how they are split into
//! batches: alerts and what was off, tamper by neighbours, tries that failed, mutes, and what is new.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::coverage::doubt::Doubt;
use crate::detect::load;
use crate::detect::off::Off;
use crate::detect::rule::Rules;
use crate::engine::intake::Intake;
use crate::event::field::Origin;
use crate::event::time::Millis;
use crate::notebook::mutes::{Mute, silenced};
use crate::notebook::standing::Change;
use crate::source::batch::{Batch, SourceId};
use crate::store::hits::Severity;

/// The days before, in which everybody does the usual.
const USUAL: usize = 210;

/// What may happen: service, event, members, and where.
const CALLS: &[(&str, &str, &str, &str)] = &[
    ("cloudtrail", "StopLogging", r#""requestParameters":{"name":"t"}"#, "eu-west-1"),
    ("cloudtrail", "StartLogging", r#""requestParameters":{"name":"t"}"#, "eu-west-1"),
    (
        "cloudtrail",
        "CreateTrail",
        r#""requestParameters":{"name":"t","s3BucketName":"logs","snsTopicName":"told"},"responseElements":{"trailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"}"#,
        "eu-west-1",
    ),
    ("cloudtrail", "DeleteTrail", r#""requestParameters":{"name":"t"}"#, "eu-west-1"),
    ("s3", "PutBucketPolicy", r#""requestParameters":{"bucketName":"logs"}"#, "eu-west-1"),
    ("s3", "DeleteBucket", r#""requestParameters":{"bucketName":"logs"}"#, "eu-west-1"),
    (
        "sns",
        "DeleteTopic",
        r#""requestParameters":{"topicArn":"arn:aws:sns:eu-west-1:111122223333:told"}"#,
        "eu-west-1",
    ),
    ("events", "DisableRule", r#""requestParameters":{"name":"r"}"#, "eu-west-1"),
    ("events", "EnableRule", r#""requestParameters":{"name":"r"}"#, "eu-west-1"),
    (
        "ec2",
        "DeleteFlowLogs",
        r#""requestParameters":{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}}"#,
        "eu-west-1",
    ),
    (
        "ec2",
        "CreateFlowLogs",
        r#""requestParameters":{"CreateFlowLogsRequest":{"ResourceId":{"tag":1,"content":"vpc-1"}}},"responseElements":{"CreateFlowLogsResponse":{"flowLogIdSet":{"item":"fl-2"}}}"#,
        "eu-west-1",
    ),
    ("iam", "CreateUser", r#""requestParameters":{"userName":"x"}"#, "us-east-1"),
    ("iam", "CreateAccessKey", r#""requestParameters":{"userName":"x"}"#, "us-east-1"),
    ("sns", "CreateTopic", r#""requestParameters":{"name":"n"}"#, "ap-southeast-3"),
    ("dynamodb", "DeleteTable", r#""requestParameters":{"tableName":"d"}"#, "eu-west-1"),
];

static RULES: LazyLock<Arc<Rules>> = LazyLock::new(|| Arc::new(load::load(true, &[]).0));

#[derive(Debug, Clone)]
struct Happens {
    call: usize,
    second: i64,
    actor: usize,
    fails: u8,
}

fn now() -> Timestamp {
    Timestamp::parse("2026-03-03T12:00:00Z").unwrap()
}

fn record(id: usize, it: &Happens) -> String {
    let (service, event, more, region) = CALLS[it.call];
    let at = now() - Millis::hours(2) + Millis::seconds(it.second);
    let actor = ["alice", "mallory"][it.actor];
    let fault = match it.fails {
        0 => r#","errorCode":"AccessDenied""#,
        1 => r#","errorCode":"ValidationException""#,
        _ => "",
    };
    told_by(id, at, (service, event, region, actor), &format!("{fault},{more}"))
}

fn told_by(
    id: usize,
    at: Timestamp,
    (service, event, region, actor): (&str, &str, &str, &str),
    more: &str,
) -> String {
    format!(
        r#"{{"eventVersion":"1.09","eventID":"e{id}","eventTime":"{at}","eventName":"{event}","eventSource":"{service}.amazonaws.com","awsRegion":"{region}","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.15","readOnly":false{more},"userIdentity":{{"type":"IAMUser","userName":"{actor}","arn":"arn:aws:iam::111122223333:user/{actor}","accountId":"111122223333"}}}}"#
    ) + "\n"
}

/// What is told in the end, but for numbers and what came live.
#[derive(Debug, PartialEq)]
struct Told {
    alerts: BTreeSet<String>,
    hits: BTreeSet<(String, String, Severity)>,
    news: BTreeSet<(String, u8)>,
    offs: Vec<Off>,
    doubts: Vec<Doubt>,
}

fn told(intake: &Intake) -> Told {
    let (mut hits, mut news) = (BTreeSet::new(), BTreeSet::new());
    let mut ids = HashMap::new();
    for part in intake.ring().parts() {
        let id = |row: usize| part.text(row, Column::Id).to_owned();
        ids.extend((0..part.segment.len()).map(|row| (part.segment.id(row), id(row))));
        for (row, hit) in part.side.hits().iter() {
            hits.insert((id(row), hit.rule.id.to_string(), hit.severity));
        }
        news.extend(part.side.news().iter().map(|(row, mark)| (id(row), mark.new)));
    }
    let mutes = mutes();
    let alert = |it: &Arc<Alert>| {
        let rows: BTreeSet<&String> = it.rows.iter().filter_map(|row| ids.get(row)).collect();
        let Alert { severity, ending, actor, events, targets, first, last, count, .. } = &**it;
        let is_muted = silenced(&mutes, &it.heard(), now()).is_some();
        format!(
            "{} {severity:?} {ending:?} {actor} {:?} {:?} {first} {last} {count} {} {} {rows:?} {is_muted}",
            it.card.named.id,
            (events.names().collect::<BTreeSet<_>>(), events.is_more),
            (targets.names().collect::<BTreeSet<_>>(), targets.is_more),
            it.is_tamper,
            it.values,
        )
    };
    let alerts = intake.alerts();
    let mut offs = alerts.offs.iter().cloned().collect::<Vec<_>>();
    offs.sort_by_key(|off| (off.guard.clone(), off.from));
    Told {
        alerts: alerts.list.iter().map(alert).collect(),
        hits,
        news,
        offs,
        doubts: intake.doubts(),
    }
}

/// Mallory is muted for a while.
fn mutes() -> Mutes {
    let mut mutes = Mutes::default();
    for (rule, target) in
        [("trail-stopped", ""), ("user-created", "x"), ("trail-undermined", "logs")]
    {
        let mute = Mute {
            rule: rule.to_owned(),
            actor: "mallory".to_owned(),
            target: target.to_owned(),
            account: String::new(),
            up_to: "high".to_owned(),
            until: Some((now() + Millis::hours(1)).to_string()),
        };
        mutes.take(&Change::Learn(mute)).unwrap();
    }
    mutes
}

fn take_in(batches: &[String], flushes: bool, rules: &Current) -> Told {
    let mut intake = Intake::new(64 << 20);
    let findings = intake.findings_mut().0;
    findings.watch_for(rules.clone(), 32 << 20);
    findings.learn(Baseline::new(8 << 20));
    for text in batches {
        let source = SourceId(Origin::File as usize);
        intake.take(Batch { source, ..Batch::whole(Origin::File, text.as_str()) }, now());
        if flushes {
            intake.flush(now());
        }
    }
    intake.flush(now());
    told(&intake)
}

/// In an order that the seed decides.
fn shuffled<T: Clone>(all: &[T], seed: u64) -> Vec<T> {
    let mut numbered: Vec<(u64, T)> = all
        .iter()
        .enumerate()
        .map(|(at, it)| ((at as u64 + 1).wrapping_mul(seed | 1) ^ (seed >> 7), it.clone()))
        .collect();
    numbered.sort_by_key(|(key, _)| *key);
    numbered.into_iter().map(|(_, it)| it).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_found_does_not_depend_on_the_order(
        calls in proptest::collection::vec((0..CALLS.len(), 0..3_000i64, 0..2usize, 0..6u8), 1..40),
        deletes in 0..14i64,
        seed in any::<u64>(),
        (one, other) in (1..300usize, 1..40usize),
    ) {
        let rules = Current::new(Arc::clone(&RULES));
        let mut all: Vec<String> = calls
            .into_iter()
            .map(|(call, second, actor, fails)| Happens { call, second, actor, fails })
            // Together they are a burst, or just are not.
            .chain((0..deletes).map(|n| Happens { call: 14, second: 5_000 + n, actor: 0, fails: 9 }))
            .enumerate()
            .map(|(id, it)| record(id, &it))
            .collect();
        for n in 0..USUAL {
            let at = now() - Millis::hours(40) + Millis::minutes(n as i64 * 10);
            let actor = ["alice", "mallory"][n % 2];
            all.push(told_by(1_000 + n, at, ("s3", "CreateBucket", "eu-west-1", actor), ""));
        }
        let in_order = take_in(&[all.concat()], true, &rules);
        prop_assert!(!in_order.news.is_empty());
        for (size, flushes, seed) in [(one, true, seed), (other, true, !seed), (other, false, seed / 3)] {
            let batches: Vec<String> =
                shuffled(&all, seed).chunks(size).map(<[String]>::concat).collect();
            let found = take_in(&batches, flushes, &rules);
            prop_assert_eq!(&found, &in_order);
        }
    }
}
