//! What a trail needs to write: its bucket, its key, its log group and its topic, under a name that is
//! the same whether a trail or a call names it.

use crate::event::json::Json;
use crate::event::name;
use crate::event::record::Record;
use crate::event::target::is_named;
use crate::event::time::Timestamp;

/// Something that a trail needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifeline {
    /// Its name, as [`touched`] gives it.
    pub name: String,
    /// Since when it is needed; the beginning of time where nobody knows.
    pub since: Timestamp,
    /// The account and the region of the trail; empty where nobody knows.
    pub place: (String, String),
}

/// The calls after which a trail may not be able to write any more. What else is done to what it needs
/// costs what was written.
const MAY_BLIND: [&str; 12] = [
    "DeleteBucket",
    "DeleteBucketPolicy",
    "PutBucketPolicy",
    "PutBucketAcl",
    "PutBucketEncryption",
    "PutBucketNotification",
    "DisableKey",
    "ScheduleKeyDeletion",
    "PutKeyPolicy",
    "DeleteImportedKeyMaterial",
    "DeleteLogGroup",
    "DeleteTopic",
];

/// Whether a trail may not be able to write after this was done to what it needs.
pub fn may_blind(event: &str) -> bool {
    MAY_BLIND.contains(&name::plain(event))
}

/// What a call of a service touched that a trail may need, by its target, its account and its region.
pub fn touched(service: &str, target: &str, place: (&str, &str)) -> Option<String> {
    let of: fn(&str, (&str, &str)) -> Option<String> = match name::service(service) {
        "s3" => |target, _| bucket(target),
        "kms" => |target, _| key(target),
        "logs" => group,
        "sns" => topic,
        _ => return None,
    };
    of(target, place)
}

/// A bucket, by its name or by the path of what is in it.
pub fn bucket(path: &str) -> Option<String> {
    let name = name::in_s3(path).split('/').next().unwrap_or_default();
    named("bucket", name)
}

/// A key, by its id or ARN. Aliases say nothing: they may be moved.
pub fn key(text: &str) -> Option<String> {
    let id = text.rsplit('/').next().unwrap_or_default();
    let is_alias = text.contains("alias/");
    if is_alias { None } else { named("key", id) }
}

/// A log group, by its ARN, or by its name in an account and region.
pub fn group(text: &str, place: (&str, &str)) -> Option<String> {
    let text = text.strip_suffix(":*").unwrap_or(text);
    match text.split_once(":log-group:") {
        Some((before, name)) => placed("log group", name, place_of(before)?),
        None => placed("log group", text, place),
    }
}

/// A topic, by its ARN, or by its name in an account and region.
pub fn topic(text: &str, place: (&str, &str)) -> Option<String> {
    match text.rsplit_once(':') {
        Some((before, name)) => placed("topic", name, place_of(before)?),
        None => placed("topic", text, place),
    }
}

/// The account and the region of an ARN.
fn place_of(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.strip_prefix("arn:")?.split(':').skip(2);
    let region = parts.next()?;
    Some((parts.next()?, region))
}

fn placed(kind: &str, name: &str, (account, region): (&str, &str)) -> Option<String> {
    named(kind, name).map(|name| format!("{name} of {account} {region}"))
}

fn named(kind: &str, name: &str) -> Option<String> {
    is_named(name).then(|| format!("{kind} {name}"))
}

/// What a record says that a trail needs from then on: one that was made or changed.
pub fn needed(record: &Record<'_>, at: Timestamp) -> Vec<Lifeline> {
    let is_meant = matches!(&*record.event_name(), "CreateTrail" | "UpdateTrail")
        && record.event_source() == "cloudtrail.amazonaws.com";
    let failed = || !record.error_code().is_empty() || !record.error_message().is_empty();
    if !is_meant || failed() {
        return vec![];
    }
    // What was answered names things in full.
    let text = |names: &[&str]| {
        let all = names
            .iter()
            .flat_map(|name| [record.response(), record.request()].map(|it| (it, name)));
        let mut found = all.filter_map(|(json, name)| json?.get(name).and_then(Json::scalar));
        found.next().unwrap_or_default().into_owned()
    };
    let arn = text(&["trailARN"]);
    let (account, region) = place_of(&arn).unwrap_or_default();
    let names = [
        bucket(&text(&["s3BucketName"])),
        key(&text(&["kmsKeyId", "kMSKeyId"])),
        group(&text(&["cloudWatchLogsLogGroupArn"]), (account, region)),
        topic(&text(&["snsTopicARN", "snsTopicName"]), (account, region)),
    ];
    let place = (account.to_owned(), region.to_owned());
    let lifeline = |name| Lifeline { name, since: at, place: place.clone() };
    names.into_iter().flatten().map(lifeline).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_has_one_name_whoever_names_it() {
        let place = ("111122223333", "eu-west-1");
        let arn =
            |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{rest}");
        for (service, target, other) in [
            ("s3.amazonaws.com", "logs".to_owned(), bucket("logs")),
            ("s3.amazonaws.com", "logs/AWSLogs/a.gz".to_owned(), bucket("arn:aws:s3:::logs")),
            ("s3.amazonaws.com", "logs".to_owned(), bucket("arn:aws-us-gov:s3:::logs/AWSLogs")),
            ("kms.amazonaws.com", "k-1".to_owned(), key(&arn("kms", "key/k-1"))),
            (
                "logs.amazonaws.com",
                "trail".to_owned(),
                group(&arn("logs", "log-group:trail:*"), ("", "")),
            ),
            ("logs.amazonaws.com", arn("logs", "log-group:trail"), group("trail", place)),
            ("sns.amazonaws.com", arn("sns", "trail"), topic("trail", place)),
        ] {
            let name = touched(service, &target, place);
            assert!(name.is_some() && name == other, "{target}: {name:?} {other:?}");
        }
        assert_ne!(group("trail", place), group("trail", ("111122223333", "us-east-1")));
        for nothing in ["", "-", "*", "?"] {
            assert_eq!(touched("s3.amazonaws.com", nothing, place), None);
        }
        assert_eq!(touched("iam.amazonaws.com", "logs", place), None);
        assert_eq!(key("alias/trail"), None);
    }

    #[test]
    fn a_trail_that_is_made_says_what_it_needs() {
        let of = |event: &str, rest: &str| {
            let text = format!(
                r#"{{"eventVersion":"1.08","eventName":"{event}","eventSource":"cloudtrail.amazonaws.com"{rest}}}"#
            );
            let found = needed(&Record::of(Json::checked(&text).unwrap()), Timestamp(5));
            assert!(found.iter().all(|it| it.since == Timestamp(5)));
            found.into_iter().map(|it| it.name).collect::<Vec<_>>()
        };
        let made = r#","requestParameters":{"name":"t","s3BucketName":"logs","snsTopicName":"told","kmsKeyId":"alias/a"},
            "responseElements":{"trailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t","s3BucketName":"logs",
            "kmsKeyId":"arn:aws:kms:eu-west-1:111122223333:key/k-1","snsTopicARN":"arn:aws:sns:eu-west-1:111122223333:told",
            "cloudWatchLogsLogGroupArn":"arn:aws:logs:eu-west-1:111122223333:log-group:trail:*"}"#;
        let all = [
            "bucket logs",
            "key k-1",
            "log group trail of 111122223333 eu-west-1",
            "topic told of 111122223333 eu-west-1",
        ];
        assert_eq!(of("CreateTrail", made), all);
        assert_eq!(of("StopLogging", made), [""; 0]);
        assert_eq!(of("UpdateTrail", r#","requestParameters":{"s3BucketName":"b"}"#), ["bucket b"]);
        assert_eq!(
            of("UpdateTrail", r#","errorCode":"X","requestParameters":{"s3BucketName":"b"}"#),
            [""; 0]
        );
    }
}
