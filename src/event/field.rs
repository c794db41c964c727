//! THE table of fields: what a filter, a column, a count or an export can name.
//!
//! `Column` lists what the store keeps of every event as text; `FIELDS` lists the keys of the filter
//! language, says what kind each is and which columns answer it. Completion, `trailtop fields`,
//! exports and the README read these rows; nothing else enumerates fields.

use serde::{Deserialize, Serialize};

/// A text column that the store keeps for every event. Absent, null and empty are all `""`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Column {
    /// eventName, as written.
    Event,
    /// eventSource, as written (`s3.amazonaws.com`).
    Service,
    /// `R`, `W`, or `D` (a write of the dangerous table); see `event::verb`.
    Verb,
    /// `management`, `data`, `insight`, `network`, `aggregated`.
    Category,
    /// errorCode.
    Error,
    /// errorMessage.
    Message,
    /// `ok`, `denied`, `throttled`, `none` or `failed`; see `event::outcome`.
    Result,
    /// sourceIPAddress, as written.
    Ip,
    /// userAgent.
    Agent,
    /// The family of the user agent; see `event::tool`.
    Tool,
    /// userIdentity.invokedBy.
    Via,
    /// `yes`, `no` or absent: `mfaAuthenticated` or `MFAUsed`.
    Mfa,
    /// recipientAccountId, else the account of the object's key, else the caller's.
    Account,
    /// awsRegion.
    Region,
    /// The resource acted on; see `event::target`.
    Target,
    /// requestID.
    Request,
    /// eventID.
    Id,
    /// The display name of the caller; see `event::identity`.
    Actor,
    /// userIdentity.userName.
    User,
    /// Name of the session issuer when it is a role.
    Role,
    /// Role session name.
    Session,
    /// userIdentity.accessKeyId.
    Key,
    /// userIdentity.principalId.
    Principal,
    /// userIdentity.arn.
    Arn,
    /// userIdentity.type.
    Type,
    /// When the session in use began: creationDate of its attributes, as written.
    Began,
    /// sharedEventID: the same call as other accounts record it. Insights, which name their beginning
    /// and end by it, have none here.
    Shared,
}

impl Column {
    /// Every column, in storage order.
    pub const ALL: [Column; 27] = [
        Column::Event,
        Column::Service,
        Column::Verb,
        Column::Category,
        Column::Error,
        Column::Message,
        Column::Result,
        Column::Ip,
        Column::Agent,
        Column::Tool,
        Column::Via,
        Column::Mfa,
        Column::Account,
        Column::Region,
        Column::Target,
        Column::Request,
        Column::Id,
        Column::Actor,
        Column::User,
        Column::Role,
        Column::Session,
        Column::Key,
        Column::Principal,
        Column::Arn,
        Column::Type,
        Column::Began,
        Column::Shared,
    ];
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();
}

/// A set of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns(u32);

impl Columns {
    /// None.
    pub const NONE: Self = Self(0);
    /// Every column.
    pub const ALL: Self = Self((1 << Column::COUNT) - 1);

    /// The set with these as well.
    #[must_use]
    pub fn and(self, columns: &[Column]) -> Self {
        columns.iter().fold(self, |set, column| Self(set.0 | 1 << *column as u8))
    }

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a column is in.
    pub fn has(self, column: Column) -> bool {
        self.0 & 1 << column as u8 != 0
    }

    /// Whether every column is in.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }
}

/// What the store knows of a row beside its text: one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Flag {
    /// Arrived after the coverage time of its stream had passed it.
    Late = 1,
    /// Another body with the same identity and different content was seen.
    Differs = 1 << 1,
    /// Marked by the user.
    Marked = 1 << 2,
    /// eventTime is missing, unreadable or in the future; the receipt time is used.
    TimeUnknown = 1 << 3,
    /// A value holds control, bidirectional or zero-width characters.
    Unsafe = 1 << 4,
    /// The record is not valid UTF-8; the odd bytes are shown as U+FFFD.
    NotUtf8 = 1 << 5,
    /// AWS left a part out, cut it or hid it (`omitted`, `HIDDEN_DUE_TO_SECURITY_REASONS`).
    Omitted = 1 << 6,
}

/// The kinds of source an event can come from. The order is the order of authority, weakest first:
/// of two different bodies the one of the later kind is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Origin {
    /// The embedded simulation. Its deliveries also carry the kind they stand for.
    Demo,
    /// A file, a folder or standard input.
    File,
    /// An EventBridge message of an SQS queue.
    Sqs,
    /// CloudTrail LookupEvents (Event history).
    History,
    /// CloudWatch Logs.
    Logs,
    /// A log object of a trail's bucket.
    S3,
}

impl Origin {
    /// Every kind with the word the filter language uses for it.
    pub const ALL: [(Origin, &'static str); 6] = [
        (Origin::History, "history"),
        (Origin::S3, "s3"),
        (Origin::Sqs, "sqs"),
        (Origin::Logs, "logs"),
        (Origin::File, "file"),
        (Origin::Demo, "demo"),
    ];

    /// The word the filter language uses for this kind.
    pub fn word(self) -> &'static str {
        let known = Self::ALL.iter().find(|(origin, _)| *origin == self);
        known.map_or("?", |(_, word)| word)
    }

    /// This kind as one bit of a set.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The kinds of a set, weakest first.
    pub fn of(set: u8) -> impl Iterator<Item = Self> {
        const RANKED: [Origin; 6] =
            [Origin::Demo, Origin::File, Origin::Sqs, Origin::History, Origin::Logs, Origin::S3];
        RANKED.into_iter().filter(move |origin| set & origin.bit() != 0)
    }
}

/// What an event may be the first one to have; see `detect::baseline`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum First {
    /// The actor never made this call.
    Event,
    /// The actor never came from this address.
    Ip,
    /// The actor never was in this region.
    Region,
    /// The actor never used this tool.
    Tool,
    /// The account never saw this actor.
    Actor,
    /// The account never was written to in this region.
    AcctRegion,
    /// One of these, but too little is known of the actor or account to call it new.
    Learning,
}

impl First {
    /// Every one with the word the filter language uses for it.
    pub const ALL: [(First, &'static str); 7] = [
        (First::Event, "event"),
        (First::Ip, "ip"),
        (First::Region, "region"),
        (First::Tool, "tool"),
        (First::Actor, "actor"),
        (First::AcctRegion, "acct-region"),
        (First::Learning, "learning"),
    ];

    /// This one as one bit of a set.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The words of a set, in the order of the table.
    pub fn words(set: u8) -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().filter(move |(first, _)| set & first.bit() != 0).map(|(_, word)| word)
    }
}

/// How a key of the filter language compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The whole value; globs for parts.
    Word,
    /// A substring.
    Text,
    /// An address, a CIDR, or a service name.
    Ip,
    /// An instant.
    Time,
    /// A length of time.
    Duration,
    /// One of these, weakest first; comparisons follow this order.
    Ordered(&'static [&'static str]),
    /// One of these.
    Set(&'static [&'static str]),
    /// `yes` or `no`.
    YesNo,
}

/// Where the answer to a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// Any of these columns.
    Columns(&'static [Column]),
    /// The event time.
    Time,
    /// Now minus the event time.
    Age,
    /// Delivery minus event time.
    Lag,
    /// A bit of the row.
    Flag(Flag),
    /// The set of sources that delivered the row.
    Origins,
    /// Who is behind the call.
    Root,
    /// The detection rules that the row met.
    Rule,
    /// The highest severity of those.
    Severity,
    /// What the row is the first one to have.
    New,
}

/// One key of the filter language.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What the user types before the colon.
    pub name: &'static str,
    /// How its values compare.
    pub kind: Kind,
    /// Where the answer comes from.
    pub from: From,
    /// One line for help and completion.
    pub doc: &'static str,
}

const fn row(name: &'static str, kind: Kind, from: From, doc: &'static str) -> Row {
    Row { name, kind, from, doc }
}

const VERBS: Kind = Kind::Set(&["R", "W", "D"]);
const CATEGORIES: Kind = Kind::Set(&["management", "data", "insight", "network", "aggregated"]);
const RESULTS: Kind = Kind::Set(&["ok", "denied", "throttled", "none", "failed"]);
const SEVERITIES: Kind = Kind::Ordered(&["info", "low", "medium", "high", "critical"]);
const ORIGINS: Kind = Kind::Set(&words(&Origin::ALL));
const FIRSTS: Kind = Kind::Set(&words(&First::ALL));

/// The words of a table, in its order.
const fn words<T: Copy, const N: usize>(all: &[(T, &'static str); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = all[at].1;
        at += 1;
    }
    words
}

const fn one(column: &'static [Column]) -> From {
    From::Columns(column)
}

/// Every key, in the order help shows them.
pub const FIELDS: &[Row] = &[
    row(
        "who",
        Kind::Text,
        From::Columns(&[
            Column::Actor,
            Column::User,
            Column::Role,
            Column::Session,
            Column::Arn,
            Column::Principal,
            Column::Via,
        ]),
        "any text of the actor: user, role, session, arn, principal, service",
    ),
    row("actor", Kind::Word, one(&[Column::Actor]), "the actor as the stream shows it"),
    row("user", Kind::Word, one(&[Column::User]), "userIdentity.userName"),
    row("role", Kind::Word, one(&[Column::Role]), "name of the session issuer when it is a role"),
    row("session", Kind::Word, one(&[Column::Session]), "role session name"),
    row("key", Kind::Word, one(&[Column::Key]), "accessKeyId"),
    row("principal", Kind::Word, one(&[Column::Principal]), "principalId"),
    row("arn", Kind::Word, one(&[Column::Arn]), "userIdentity.arn"),
    row(
        "began",
        Kind::Word,
        one(&[Column::Began]),
        "when the session in use began: its creationDate",
    ),
    row("type", Kind::Word, one(&[Column::Type]), "userIdentity.type"),
    row("root", Kind::Word, From::Root, "root of the lineage: user name, role name, e-mail or ARN"),
    row("event", Kind::Word, one(&[Column::Event]), "eventName (date suffixes may be left out)"),
    row("svc", Kind::Word, one(&[Column::Service]), "eventSource (s3 = s3.amazonaws.com)"),
    row("verb", VERBS, one(&[Column::Verb]), "R read, W write, D dangerous write (W includes D)"),
    row(
        "cat",
        CATEGORIES,
        one(&[Column::Category]),
        "management, data, insight, network, aggregated",
    ),
    row(
        "result",
        RESULTS,
        one(&[Column::Result]),
        "ok, denied, throttled, none (a read found nothing), failed",
    ),
    row("err", Kind::Word, one(&[Column::Error]), "errorCode"),
    row("msg", Kind::Text, one(&[Column::Message]), "errorMessage"),
    row(
        "ip",
        Kind::Ip,
        one(&[Column::Ip]),
        "sourceIPAddress: an address, a CIDR or a service name",
    ),
    row("ua", Kind::Text, one(&[Column::Agent]), "userAgent"),
    row(
        "tool",
        Kind::Word,
        one(&[Column::Tool]),
        "family of the user agent: aws-cli, boto3, Terraform, console",
    ),
    row("via", Kind::Word, one(&[Column::Via]), "invokedBy"),
    row("mfa", Kind::YesNo, one(&[Column::Mfa]), "mfaAuthenticated or MFAUsed"),
    row(
        "acct",
        Kind::Word,
        one(&[Column::Account]),
        "recipientAccountId, else the account of the object's key, else the caller's; its name as well",
    ),
    row("region", Kind::Word, one(&[Column::Region]), "awsRegion"),
    row("target", Kind::Text, one(&[Column::Target]), "the resource acted on, resolved"),
    row("req", Kind::Word, one(&[Column::Request]), "requestID"),
    row("id", Kind::Word, one(&[Column::Id]), "eventID"),
    row(
        "shared",
        Kind::Word,
        one(&[Column::Shared]),
        "sharedEventID: the same call as several accounts record it",
    ),
    row(
        "time",
        Kind::Time,
        From::Time,
        "event time: RFC 3339, a date, HH:MM of today; a..b is [a, b)",
    ),
    row("age", Kind::Duration, From::Age, "now minus event time"),
    row("lag", Kind::Duration, From::Lag, "delivery minus event time"),
    row(
        "late",
        Kind::YesNo,
        From::Flag(Flag::Late),
        "arrived after the coverage time of its stream had passed it",
    ),
    row("rule", Kind::Word, From::Rule, "detection rules that fired, by id or title"),
    row("sev", SEVERITIES, From::Severity, "highest severity of the rules that fired"),
    row(
        "new",
        FIRSTS,
        From::New,
        "first seen of the actor: event ip region tool; of the account: actor acct-region; learning: too early to say",
    ),
    row("mark", Kind::YesNo, From::Flag(Flag::Marked), "marked by you"),
    row("src", ORIGINS, From::Origins, "sources that delivered it: history s3 sqs logs file demo"),
];

/// The row of a key, by its exact name.
pub fn field(name: &str) -> Option<&'static Row> {
    FIELDS.iter().find(|row| row.name == name)
}

/// Top-level names of a record: a bare word of these before a colon is a path.
pub const TOP_LEVEL: &[&str] = &[
    "eventTime",
    "eventVersion",
    "userIdentity",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "apiVersion",
    "readOnly",
    "resources",
    "eventType",
    "recipientAccountId",
    "sharedEventID",
    "vpcEndpointId",
    "vpcEndpointAccountId",
    "serviceEventDetails",
    "managementEvent",
    "eventCategory",
    "addendum",
    "sessionCredentialFromConsole",
    "edgeDeviceDetails",
    "tlsDetails",
    "eventContext",
    "insightDetails",
    "accountId",
    "eventId",
    "timeWindow",
    "summary",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_numbered_in_order() {
        for (at, column) in Column::ALL.into_iter().enumerate() {
            assert_eq!(column as usize, at);
        }
    }

    #[test]
    fn names_are_unique_and_no_path() {
        for (at, row) in FIELDS.iter().enumerate() {
            assert!(FIELDS[..at].iter().all(|other| other.name != row.name), "{}", row.name);
            assert!(!TOP_LEVEL.contains(&row.name), "{}", row.name);
        }
    }
}
