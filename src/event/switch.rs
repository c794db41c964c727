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
}

/// A line of the table.
#[derive(Debug, Clone, Copy)]
struct Line {
    kind: &'static str,
    service: &'static str,
    is_on: bool,
    /// Paths into the request; empty for a guard without a name.
    names: &'static str,
    /// A path into the request, and what has to stand there in any case.
    only: Option<(&'static str, &'static str)>,
}

static LINES: LazyLock<HashMap<&'static str, Vec<Line>>> = LazyLock::new(|| {
    let mut lines: HashMap<&'static str, Vec<Line>> = HashMap::new();
    let text = include_str!("../../assets/switches.tsv");
    for row in text.lines().filter(|row| !row.starts_with('#')) {
        let mut cells = row.split('\t');
        let mut next = || cells.next().filter(|cell| *cell != "-").unwrap_or_default();
        let (kind, service, events, turn) = (next(), next(), next(), next());
        let (names, only) = (next(), next().split_once('='));
        let line = Line { kind, service, is_on: turn == "on", names, only };
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
    let request = record.request();
    let is_meant = |line: &&Line| {
        name::service(&source) == line.service
            && line.only.is_none_or(|(path, value)| {
                text_at(request, path).is_some_and(|text| text.eq_ignore_ascii_case(value))
            })
    };
    let mut found = vec![];
    for line in lines.iter().filter(is_meant) {
        for name in names(request, line.names) {
            found.push(Switch { kind: line.kind, name, is_on: line.is_on });
        }
    }
    found
}

fn at<'a>(request: Option<Json<'a>>, path: &str) -> Option<Json<'a>> {
    path.split('.').try_fold(request?, Json::get)
}

fn text_at(request: Option<Json<'_>>, path: &str) -> Option<String> {
    at(request, path)?.scalar().map(std::borrow::Cow::into_owned)
}

/// The guards that a request names: one that paths lead to together, or each of a list.
fn names(request: Option<Json<'_>>, paths: &str) -> Vec<String> {
    if let Some(list) = at(request, paths).filter(|json| json.shape() == Shape::Array) {
        let names = list.items().take(MOST).filter_map(Json::scalar);
        return names.map(|name| short(&name)).collect();
    }
    let parts = paths.split(' ').filter_map(|path| text_at(request, path));
    vec![parts.map(|part| short(&part)).collect::<Vec<_>>().join(" ")]
}

/// The end of an ARN, which is all that some calls name.
fn short(name: &str) -> String {
    let tail = match name.starts_with("arn:") {
        true => name.rsplit('/').next().unwrap_or(name),
        false => name,
    };
    tail[..tail.floor_char_boundary(LONGEST)].to_owned()
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
        // What can be switched off can be switched on again, but for what is gone for good.
        let has = |kind: &str, is_on| {
            LINES.values().flatten().any(|it| it.kind == kind && it.is_on == is_on)
        };
        let kinds: std::collections::BTreeSet<_> =
            LINES.values().flatten().map(|it| it.kind).collect();
        for kind in kinds {
            assert!(has(kind, false), "{kind}");
            assert!(has(kind, true) != (kind == "flow log"), "{kind}");
        }
    }

    #[test]
    fn guards_are_switched_by_what_worked_alone() {
        let arn = r#","requestParameters":{"keyId":"arn:aws:kms:eu-west-1:1:key/k-1"}"#;
        let alarms = r#","requestParameters":{"alarmNames":["a","b"]}"#;
        let off = r#","requestParameters":{"detectorId":"d","enable":false}"#;
        for (service, event, rest, found) in [
            ("guardduty", "DeleteDetector", "", vec![("GuardDuty", "", false)]),
            ("guardduty", "UpdateDetector", off, vec![("GuardDuty", "", false)]),
            ("guardduty", "UpdateDetector", "", vec![]),
            ("kms", "DisableKey", arn, vec![("key", "k-1", false)]),
            ("kms", "ScheduleKeyDeletion", arn, vec![("key, its deletion", "k-1", false)]),
            ("events", "DisableKey", arn, vec![]),
            (
                "monitoring",
                "EnableAlarmActions",
                alarms,
                vec![("alarm", "a", true), ("alarm", "b", true)],
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
        ] {
            let found: Vec<_> = found
                .into_iter()
                .map(|(kind, name, is_on)| (kind, name.to_owned(), is_on))
                .collect();
            assert_eq!(of(service, event, rest), found, "{event}");
        }
    }
}
