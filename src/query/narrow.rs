//! What a place that can be asked for one attribute may be asked for on behalf of a filter: an
//! equality that every row of the filter satisfies.
//!
//! Only what AWS compares exactly as we do is here. Names of users, of events without their date and
//! of resources are not: an assumed role's user name and what counts as a resource are AWS's own.

use std::fmt;

use crate::query::ast::{Item, Name, Tree};

/// An attribute, in the order of preference: what chooses fewest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// eventID
    EventId,
    /// userIdentity.accessKeyId
    AccessKeyId,
    /// eventName
    EventName,
    /// eventSource
    EventSource,
    /// What AWS takes for the name of the caller.
    Username,
    /// The name of a resource.
    ResourceName,
    /// The type of a resource: `AWS::S3::Bucket`.
    ResourceType,
    /// `true` or `false`
    ReadOnly,
}

/// An attribute and the value it has in every row of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrow {
    /// The attribute.
    pub attribute: Attribute,
    /// Its value, as it stands in records.
    pub value: String,
}

/// Where an attribute is asked for: by key or path, and which texts without `=` mean one spelling.
type Way = (Attribute, &'static str, fn(&str) -> bool);

const WAYS: &[Way] = &[
    (Attribute::EventId, "id", is_event_id),
    (Attribute::EventId, "eventID", is_event_id),
    (Attribute::AccessKeyId, "key", is_access_key),
    (Attribute::AccessKeyId, "userIdentity.accessKeyId", is_access_key),
    (Attribute::EventName, "eventName", |_| false),
    (Attribute::EventSource, "eventSource", |_| false),
];

impl Attribute {
    /// Everything LookupEvents may be asked for. Only the first four are ever taken from a filter.
    pub const ALL: [Self; 8] = [
        Self::EventId,
        Self::AccessKeyId,
        Self::EventName,
        Self::EventSource,
        Self::Username,
        Self::ResourceName,
        Self::ResourceType,
        Self::ReadOnly,
    ];

    /// Its name in LookupEvents.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventId => "EventId",
            Self::AccessKeyId => "AccessKeyId",
            Self::EventName => "EventName",
            Self::EventSource => "EventSource",
            Self::Username => "Username",
            Self::ResourceName => "ResourceName",
            Self::ResourceType => "ResourceType",
            Self::ReadOnly => "ReadOnly",
        }
    }
}

impl Narrow {
    /// Reads `EventName=ConsoleLogin`, as somebody typed it. The error says what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let known = Attribute::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(name));
        match known {
            Some(attribute) if is_value(value) => Ok(Self { attribute, value: value.to_owned() }),
            Some(attribute) => {
                let name = attribute.name();
                Err(format!("{name} needs a value of at most 2000 characters: only={name}=VALUE"))
            }
            None => {
                let all = Attribute::ALL.map(Attribute::name).join(", ");
                Err(format!("AWS cannot be asked for {name:?} alone: there are {all}"))
            }
        }
    }
}

/// What AWS takes as a value.
fn is_value(value: &str) -> bool {
    !value.is_empty() && value.len() <= 2000 && !value.contains(char::is_control)
}

impl fmt::Display for Narrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.attribute.name(), self.value)
    }
}

/// The best equality of a filter; `None` where it has none that will do.
pub fn narrowest(filter: &Tree) -> Option<Narrow> {
    match filter {
        Tree::And(terms) => terms.iter().filter_map(narrowest).min_by_key(|it| it.attribute),
        Tree::Preset(_, tree) => narrowest(tree),
        Tree::Term(name, items) => match &**items {
            [item] => equality(name, item),
            _ => None,
        },
        Tree::Everything | Tree::Or(_) | Tree::Not(_) | Tree::Text(_) => None,
    }
}

fn equality(name: &Name, item: &Item) -> Option<Narrow> {
    let asked = match name {
        Name::Key(key) => key.row().name.to_owned(),
        Name::Path(path) => path.to_string(),
    };
    let (attribute, _, is_one) =
        WAYS.iter().find(|(_, way, _)| way.eq_ignore_ascii_case(&asked)).copied()?;
    let value = match item {
        Item::Exact(text) => text,
        Item::Text(text) if is_one(text) => text,
        _ => return None,
    };
    let is_sound = is_value(value) && value.bytes().all(|byte| byte.is_ascii_graphic());
    is_sound.then(|| Narrow { attribute, value: value.clone() })
}

/// AWS spells the ids of events in small letters alone.
fn is_event_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

/// AWS spells access keys in capitals alone.
fn is_access_key(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{library, parse};

    #[test]
    fn what_is_asked_for_alone_may_be_typed() {
        let cases = [
            ("EventName=ConsoleLogin", Ok("EventName=ConsoleLogin")),
            ("username=a=b, c", Ok("Username=a=b, c")),
            ("EventName=", Err("needs a value")),
            ("EventName", Err("needs a value")),
            ("EventName=a\u{1b}b", Err("needs a value")),
            ("User=alice", Err("there are EventId, AccessKeyId,")),
            ("", Err("cannot be asked for")),
        ];
        for (text, expected) in cases {
            match (Narrow::parse(text), expected) {
                (Ok(narrow), Ok(expected)) => assert_eq!(narrow.to_string(), expected),
                (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn one_equality_of_every_row_is_found() {
        let id = "0a1b2c3d-1111-2222-3333-444455556666";
        let cases = [
            ("", ""),
            ("key:AKIAIOSFODNN7EXAMPLE", "AccessKeyId=AKIAIOSFODNN7EXAMPLE"),
            ("key:=AKIAIOSFODNN7EXAMPLE -verb:R", "AccessKeyId=AKIAIOSFODNN7EXAMPLE"),
            // Any case of ours is one case of theirs.
            ("key:akiaiosfodnn7example", ""),
            ("key:AKIA*", ""),
            ("key:AKIAIOSFODNN7EXAMPLE,AKIAIOSFODNN7EXAMPLF", ""),
            ("-key:AKIAIOSFODNN7EXAMPLE", ""),
            ("key:AKIAIOSFODNN7EXAMPLE OR user:alice", ""),
            (
                "(key:AKIAIOSFODNN7EXAMPLE OR user:alice) eventName:=ConsoleLogin",
                "EventName=ConsoleLogin",
            ),
            // A date may follow the name.
            ("event:=CreateFunction", ""),
            ("eventName:ConsoleLogin", ""),
            (
                "eventSource:=s3.amazonaws.com eventName:=PutBucketPolicy",
                "EventName=PutBucketPolicy",
            ),
            ("svc:s3", ""),
            (
                "userIdentity.accessKeyId:=ASIAIOSFODNN7EXAMPLE @errors",
                "AccessKeyId=ASIAIOSFODNN7EXAMPLE",
            ),
            ("user:=alice", ""),
            ("key:none", ""),
        ];
        for (filter, expected) in cases {
            let tree = parse::parse(filter, &library::builtin()).unwrap();
            let found = narrowest(&tree).map(|it| it.to_string()).unwrap_or_default();
            assert_eq!(found, expected, "{filter}");
        }
        let tree = parse::parse(&format!("id:{id} key:=AKIAX"), &library::builtin()).unwrap();
        assert_eq!(narrowest(&tree).unwrap().to_string(), format!("EventId={id}"));
    }
}
