//! What a record says was switched off, or on again: `assets/switches.tsv`, THE table of guards.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::event::json::{Json, Shape};
use crate::event::name;
use crate::event::record::Record;

/// The most guards that one call switches.
const MOST: usize = 100;
/// The longest name of a guard, in bytes; a longer one is cut.
const LONGEST: usize = 256;

/// A guard that was switched off or on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// What it is: `Config recorder`.
    pub kind: &'static str,
    /// Which one; empty where an account has one in a region.
    pub name: String,
    /// Whether it is on from here on.
    pub is_on: bool,
    /// Where it was made and another one in its place has another name: what it is for.
    pub made: Option<String>,
}

/// A line of the table.
#[derive(Debug, Clone, Copy)]
struct Line {
    kind: &'static str,
    service: &'static str,
    is_on: bool,
    /// Paths; empty for a guard without a name.
    names: &'static str,
    /// Paths into the request, and what has to stand there or must not.
    only: &'static str,
    /// Paths to what it is for; empty for what keeps its name.
    made: &'static str,
}

static LINES: LazyLock<HashMap<&'static str, Vec<Line>>> = LazyLock::new(|| {
    let mut lines: HashMap<&'static str, Vec<Line>> = HashMap::new();
    let text = include_str!("../../assets/switches.tsv");
    for row in text.lines().filter(|row| !row.starts_with('#')) {
        let mut cells = row.split('\t');
        let mut next = || cells.next().filter(|cell| *cell != "-").unwrap_or_default();
        let (kind, service, events, turn) = (next(), next(), next(), next());
        let (names, only, made) = (next(), next(), next());
        let line = Line { kind, service, is_on: turn == "on", names, only, made };
        for event in events.split(' ') {
            lines.entry(event).or_default().push(line);
        }
    }
    lines
});

/// What a record switched; nothing for most, and nothing where it failed.
pub fn switches(record: &Record<'_>) -> Vec<Switch> {
    let event = record.event_name();
    let Some(lines) = LINES.get(name::plain(&event)) else { return vec![] };
    if !record.error_code().is_empty() || !record.error_message().is_empty() {
        return vec![];
    }
    let source = record.event_source();
    let is_meant = |line: &&Line| {
        name::service(&source) == line.service
            && line.only.split_ascii_whitespace().all(|condition| holds(record, condition))
    };
    let mut found = vec![];
    for line in lines.iter().filter(is_meant) {
        let made = (!line.made.is_empty()).then(|| made(record, line.made));
        for name in names(record, line.names) {
            let switch = Switch { kind: line.kind, name, is_on: line.is_on, made: made.clone() };
            if !found.contains(&switch) {
                found.push(switch);
            }
        }
    }
    found
}

/// What something was made for: whatever the order, the same is the same.
fn made(record: &Record<'_>, path: &str) -> String {
    let mut all = texts_at(record, path);
    all.sort_unstable();
    cut(&all.join(" ")).to_owned()
}

/// Whether a value stands in a request: `path=value`; or does not: `path!=value`.
fn holds(record: &Record<'_>, condition: &str) -> bool {
    let (path, value) = condition.split_once('=').unwrap_or((condition, ""));
    let is_there = |path| texts_at(record, path).iter().any(|it| it.eq_ignore_ascii_case(value));
    match path.strip_suffix('!') {
        Some(path) => !is_there(path),
        None => is_there(path),
    }
}

/// The values that a path leads to, through lists.
fn texts_at(record: &Record<'_>, path: &str) -> Vec<String> {
    let (root, path) = match path.strip_prefix('>') {
        Some(path) => (record.response(), path),
        None => (record.request(), path),
    };
    let mut found: Vec<Json<'_>> = root.into_iter().collect();
    for name in path.split('.').map(Some).chain([None]) {
        found = found.into_iter().flat_map(each).take(MOST).collect();
        if let Some(name) = name {
            found = found.into_iter().filter_map(|json| json.get(name)).collect();
        }
    }
    found.into_iter().filter_map(Json::scalar).map(|text| short(&text)).collect()
}

/// What is in a list, or the value itself.
fn each(json: Json<'_>) -> Vec<Json<'_>> {
    match json.shape() {
        Shape::Array => json.items().take(MOST).collect(),
        _ => vec![json],
    }
}

/// The guards that a record names: one that paths lead to together, or each that a path leads to.
fn names(record: &Record<'_>, paths: &str) -> Vec<String> {
    if !paths.contains(' ') {
        let names = texts_at(record, paths);
        return if names.is_empty() { vec![String::new()] } else { names };
    }
    let parts: Vec<String> = paths.split(' ').flat_map(|path| texts_at(record, path)).collect();
    vec![parts.join(" ")]
}

/// The end of an ARN, which is all that some calls name.
fn short(name: &str) -> String {
    let tail = match name.starts_with("arn:") {
        true => name.rsplit('/').next().unwrap_or(name),
        false => name,
    };
    cut(tail).to_owned()
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(service: &str, event: &str, rest: &str) -> Vec<(&'static str, String, bool)> {
        let text = format!(
            r#"{{"eventVersion":"1.08","eventName":"{event}","eventSource":"{service}.amazonaws.com"{rest}}}"#
        );
        let record = Record::of(Json::checked(&text).unwrap());
        switches(&record).into_iter().map(|it| (it.kind, it.name, it.is_on)).collect()
    }

    #[test]
    fn every_line_of_the_table_is_whole() {
        for (event, lines) in LINES.iter() {
            assert!(event.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{event}");
            for line in lines {
                assert!(!line.kind.is_empty() && !line.service.is_empty(), "{event}");
            }
        }
        // What can be switched off can be switched on again.
        let has = |kind: &str, is_on| {
            LINES.values().flatten().any(|it| it.kind == kind && it.is_on == is_on)
        };
        let kinds: std::collections::BTreeSet<_> =
            LINES.values().flatten().map(|it| it.kind).collect();
        for kind in kinds {
            assert!(has(kind, false), "{kind}");
            assert!(has(kind, true), "{kind}");
        }
    }

    #[test]
    fn guards_are_switched_by_what_worked_alone() {
        let arn = r#","requestParameters":{"keyId":"arn:aws:kms:eu-west-1:1:key/k-1"}"#;
        let alarms = r#","requestParameters":{"alarmNames":["a","b"]}"#;
        let off = r#","requestParameters":{"detectorId":"d","enable":false}"#;
        let silent = r#","requestParameters":{"alarmName":"a","actionsEnabled":false}"#;
        let block = |last| {
            format!(
                r#","requestParameters":{{"bucketName":"b","PublicAccessBlockConfiguration":{{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":{last}}}}}"#
            )
        };
        for (service, event, rest, found) in [
            ("guardduty", "DeleteDetector", "", vec![("GuardDuty", "", false)]),
            ("guardduty", "UpdateDetector", off, vec![("GuardDuty", "", false)]),
            ("guardduty", "UpdateDetector", "", vec![]),
            ("kms", "DisableKey", arn, vec![("key", "k-1", false)]),
            // A key whose deletion is cancelled is disabled until somebody enables it.
            ("kms", "ScheduleKeyDeletion", arn, vec![("key", "k-1", false)]),
            ("kms", "CancelKeyDeletion", arn, vec![]),
            ("kms", "EnableKey", arn, vec![("key", "k-1", true)]),
            ("events", "DisableKey", arn, vec![]),
            (
                "monitoring",
                "EnableAlarmActions",
                alarms,
                vec![("alarm", "a", true), ("alarm", "b", true)],
            ),
            ("monitoring", "PutMetricAlarm", silent, vec![("alarm", "a", false)]),
            // Another recorder takes the place of the one that was deleted, whatever its name.
            (
                "config",
                "DeleteConfigurationRecorder",
                r#","requestParameters":{"configurationRecorderName":"default"}"#,
                vec![("Config recorder", "", false)],
            ),
            (
                "events",
                "PutRule",
                r#","requestParameters":{"name":"r"}"#,
                vec![("event rule", "r", true)],
            ),
            (
                "s3",
                "PutBucketPublicAccessBlock",
                &block(true),
                vec![("public access block", "b", true)],
            ),
            (
                "s3",
                "PutBucketPublicAccessBlock",
                &block(false),
                vec![("public access block", "b", false)],
            ),
            ("securityhub", "DisableSecurityHub", r#","errorCode":"AccessDenied""#, vec![]),
            ("s3", "GetObject", "", vec![]),
            (
                "organizations",
                "DetachPolicy",
                r#","requestParameters":{"policyId":"p-1","targetId":"o-2"}"#,
                vec![("guardrail", "p-1 o-2", false)],
            ),
            (
                "ec2",
                "DeleteFlowLogs",
                r#","requestParameters":{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}}"#,
                vec![("flow log", "fl-1", false)],
            ),
            (
                "ec2",
                "DeleteFlowLogs",
                r#","requestParameters":{"DeleteFlowLogsRequest":{"FlowLogId":[{"tag":1,"content":"fl-1"},{"tag":2,"content":"fl-2"}]}}"#,
                vec![("flow log", "fl-1", false), ("flow log", "fl-2", false)],
            ),
        ] {
            let found: Vec<_> = found
                .into_iter()
                .map(|(kind, name, is_on)| (kind, name.to_owned(), is_on))
                .collect();
            assert_eq!(of(service, event, rest), found, "{event}");
        }
    }

    /// The shapes of records that were delivered.
    #[test]
    fn what_is_made_says_what_for() {
        for (request, made, names) in [
            (r#"{"tag":1,"content":"vpc-1"}"#, "vpc-1", r#""fl-1""#),
            (
                r#"[{"tag":1,"content":"vpc-2"},{"tag":2,"content":"vpc-1"}]"#,
                "vpc-1 vpc-2",
                r#"["fl-1","fl-2"]"#,
            ),
        ] {
            let text = format!(
                r#"{{"eventVersion":"1.08","eventName":"CreateFlowLogs","eventSource":"ec2.amazonaws.com",
                "requestParameters":{{"CreateFlowLogsRequest":{{"ResourceId":{request},"ResourceType":"VPC"}}}},
                "responseElements":{{"CreateFlowLogsResponse":{{"unsuccessful":"","flowLogIdSet":{{"item":{names}}}}}}}}}"#
            );
            let found = switches(&Record::of(Json::checked(&text).unwrap()));
            assert_eq!(found[0].name, "fl-1");
            assert_eq!(found.len(), names.matches("fl-").count());
            assert!(
                found.iter().all(|it| it.is_on && it.made.as_deref() == Some(made)),
                "{found:?}"
            );
        }
    }
}
