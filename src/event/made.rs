//! What a call made, by the names that later events call it: access keys, roles, users, instances.

use crate::event::json::{Json, Shape};
use crate::event::record::Record;
use crate::event::target::{is_named, lasting, target};
use crate::event::{name, verb};

/// The most names of one event.
const MOST: usize = 8;
/// How deep the answer is looked through, and how many of its values.
const DEPTH: usize = 8;
const VALUES: usize = 2_000;

/// A name of something that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// Found nowhere else by chance: an access key, an id of IAM, `i-0abc…`.
    Id(String),
    /// What a person called it: told by the target of other events.
    Target(String),
}

/// The names of what a call made; empty where it failed or made nothing.
pub fn made(record: &Record<'_>) -> Vec<Name> {
    if !record.error_code().is_empty() {
        return vec![];
    }
    let (service, event) = (record.event_source(), record.event_name());
    let service = name::service(&service);
    let mut found = vec![];
    if let Some(response) = record.response() {
        let mut room = VALUES;
        credentials(response, DEPTH, &mut room, &mut found);
    }
    if service != "sts" && verb::glyph(&event, "W") == verb::Glyph::Make {
        let target = target(record);
        let names = lasting(&target).split(',').map(str::trim);
        let names = names.filter(|name| is_named(name) && *name != "itself");
        // `10x p2.xlarge` is what was asked for.
        let names = names.filter(|name| !name.contains(' '));
        found.extend(names.map(|name| match is_id(name) {
            true => Name::Id(name.to_owned()),
            false => Name::Target(name.to_owned()),
        }));
    }
    found.truncate(MOST);
    found
}

/// Adds the access keys and the ids of users and roles that an answer names.
fn credentials(value: Json<'_>, depth: usize, room: &mut usize, found: &mut Vec<Name>) {
    if depth == 0 || *room == 0 || found.len() >= MOST {
        return;
    }
    *room -= 1;
    match value.shape() {
        Shape::Object => {
            value.entries().for_each(|(_, it)| credentials(it, depth - 1, room, found));
        }
        Shape::Array => value.items().for_each(|it| credentials(it, depth - 1, room, found)),
        _ => {
            let text = value.scalar().unwrap_or_default();
            let id = Name::Id(text.as_ref().to_owned());
            if is_credential(&text) && !found.contains(&id) {
                found.push(id);
            }
        }
    }
}

/// An access key, or the unique id of a user or a role.
fn is_credential(text: &str) -> bool {
    ["AKIA", "ASIA", "AROA", "AIDA"].iter().any(|head| text.starts_with(head))
        && (16..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// `i-0abc12345`, `sg-…`: letters, and 8 or 17 hexadecimal digits.
fn is_id(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(kind, id)| {
        !kind.is_empty()
            && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            && matches!(id.len(), 8 | 17)
            && id.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_roles_and_instances() {
        let of = |members: &str| {
            let text = format!(r#"{{"eventVersion":"1.08",{members}}}"#);
            made(&Record::of(Json::checked(&text).expect("the test's own JSON")))
        };
        let id = |text: &str| Name::Id(text.to_owned());
        for (members, names) in [
            (
                r#""eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestParameters":{"roleArn":"arn:aws:iam::1:role/deploy"},"responseElements":{"credentials":{"accessKeyId":"ASIAQWERTY1234567890"},"assumedRoleUser":{"assumedRoleId":"AROAQWERTY1234567890:s"}}"#,
                vec![id("ASIAQWERTY1234567890")],
            ),
            (
                r#""eventSource":"iam.amazonaws.com","eventName":"CreateRole","requestParameters":{"roleName":"deploy"},"responseElements":{"role":{"roleId":"AROAQWERTY1234567890","roleName":"deploy"}}"#,
                vec![id("AROAQWERTY1234567890"), Name::Target("deploy".into())],
            ),
            (
                r#""eventSource":"ec2.amazonaws.com","eventName":"RunInstances","requestParameters":{"instanceType":"t3.micro"},"responseElements":{"instancesSet":{"items":[{"instanceId":"i-0123456789abcdef0","subnetId":"subnet-12345678"}]}}"#,
                vec![id("i-0123456789abcdef0")],
            ),
            (
                r#""eventSource":"ec2.amazonaws.com","eventName":"RunInstances","errorCode":"Client.VcpuLimitExceeded","requestParameters":{"instanceType":"t3.micro"}"#,
                vec![],
            ),
            (
                r#""eventSource":"s3.amazonaws.com","eventName":"GetObject","requestParameters":{"bucketName":"b","key":"k"}"#,
                vec![],
            ),
        ] {
            assert_eq!(of(members), names, "{members}");
        }
    }
}
