//! One CloudTrail record, borrowed from its text: typed access to its top level, lenient field by
//! field. A field of an odd type reads as absent or as its text; it never costs the record.

use std::borrow::Cow;
use std::ops::Range;

use crate::event::json::Json;

/// The top-level members this program reads by name, kept at hand so that a record is walked once.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    whole: Json<'a>,
    members: Members,
}

/// Where the values of [`NAMES`] are in the text of a record.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Members {
    at: [(u32, u32); NAMES.len()],
    /// Whether another name has a dot in it: of real records none has.
    has_dots: bool,
}

impl Members {
    /// Notes where the value of a member is; of a duplicated one the last counts.
    pub(crate) fn note(&mut self, name: &[u8], value: Range<u32>) {
        let named = BY_LENGTH.get(name.len()).into_iter().flatten();
        let mut named = named.map(|at| usize::from(*at)).take_while(|at| *at < NAMES.len());
        match named.find(|at| NAMES[*at].as_bytes() == name) {
            Some(at) => self.at[at] = (value.start, value.end),
            None => self.has_dots |= name.contains(&b'.'),
        }
    }
}

/// How many names of one length there are at most.
const SAME_LENGTH: usize = 10;
/// The longest name, and one.
const LENGTHS: usize = 32;

/// The places in [`NAMES`] by the length of the name; past the end where there is no more.
const BY_LENGTH: [[u8; SAME_LENGTH]; LENGTHS] = {
    let mut places = [[u8::MAX; SAME_LENGTH]; LENGTHS];
    let mut at = 0;
    while at < NAMES.len() {
        let same = &mut places[NAMES[at].len()];
        let mut free = 0;
        while same[free] != u8::MAX {
            free += 1;
        }
        same[free] = at as u8;
        at += 1;
    }
    places
};

const NAMES: [&str; 28] = [
    "eventVersion",
    "eventName",
    "eventSource",
    "eventTime",
    "eventID",
    "userIdentity",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "readOnly",
    "resources",
    "eventType",
    "recipientAccountId",
    "managementEvent",
    "eventCategory",
    "insightDetails",
    "eventId",
    "accountId",
    "timeWindow",
    "summary",
    "serviceEventDetails",
    "sharedEventID",
];

const fn index(name: &str) -> usize {
    let mut at = 0;
    while at < NAMES.len() {
        if same(NAMES[at].as_bytes(), name.as_bytes()) {
            return at;
        }
        at += 1;
    }
    panic!("a name that NAMES lacks")
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

macro_rules! members {
    ($($(#[$doc:meta])* $method:ident = $name:literal;)*) => {
        impl<'a> Record<'a> {
            $($(#[$doc])* pub fn $method(&self) -> Option<Json<'a>> { self.member(const { index($name) }) })*
        }
    };
}

members! {
    /// `userIdentity`.
    identity = "userIdentity";
    /// `requestParameters`.
    request = "requestParameters";
    /// `responseElements`.
    response = "responseElements";
    /// `additionalEventData`.
    additional = "additionalEventData";
    /// `resources`.
    resources = "resources";
    /// `insightDetails`.
    insight = "insightDetails";
    /// `serviceEventDetails`.
    service_details = "serviceEventDetails";
    /// `timeWindow` of an Aggregated record.
    window = "timeWindow";
    /// `summary` of an Aggregated record.
    summary = "summary";
    /// `readOnly`, a boolean or a string.
    read_only = "readOnly";
    /// `managementEvent`, a boolean or a string.
    management = "managementEvent";
}

macro_rules! texts {
    ($($(#[$doc:meta])* $method:ident = $name:literal;)*) => {
        impl<'a> Record<'a> {
            $($(#[$doc])* pub fn $method(&self) -> Cow<'a, str> {
                self.member(const { index($name) }).and_then(Json::scalar).unwrap_or_default()
            })*
        }
    };
}

texts! {
    /// `eventName`, or empty.
    event_name = "eventName";
    /// `eventSource`, or empty.
    event_source = "eventSource";
    /// `eventTime` as written, or empty.
    event_time = "eventTime";
    /// `awsRegion`, or empty.
    region = "awsRegion";
    /// `sourceIPAddress`, or empty; not always an address.
    source_ip = "sourceIPAddress";
    /// `userAgent`, or empty.
    user_agent = "userAgent";
    /// `errorCode`, or empty.
    error_code = "errorCode";
    /// `errorMessage`, or empty.
    error_message = "errorMessage";
    /// `requestID`, or empty.
    request_id = "requestID";
    /// `eventType`, or empty.
    event_type = "eventType";
    /// `eventCategory`, or empty.
    event_category = "eventCategory";
    /// `recipientAccountId`, or empty.
    recipient_account = "recipientAccountId";
    /// `accountId` of an Aggregated record, or empty.
    aggregated_account = "accountId";
    /// `sharedEventID`, or empty.
    shared_event_id = "sharedEventID";
}

impl<'a> Record<'a> {
    /// Takes the members of an object that has been checked. A duplicated key takes its last value.
    pub fn of(whole: Json<'a>) -> Self {
        let mut members = Members::default();
        let begin = whole.text().as_ptr().addr();
        // What lies beyond 4 GiB cannot be reached by a member; no object is that large.
        let place = |text: &str| u32::try_from(text.as_ptr().addr() - begin).ok();
        for (key, value) in whole.entries() {
            if let Some(start) = place(value.text()) {
                members.note(key.as_bytes(), start..start + value.text().len() as u32);
            }
        }
        Self { whole, members }
    }

    /// A record whose members somebody has noted while walking over it.
    pub(crate) fn with(whole: Json<'a>, members: Members) -> Self {
        Self { whole, members }
    }

    fn member(&self, at: usize) -> Option<Json<'a>> {
        let (start, end) = self.members.at[at];
        // No value begins a record: an empty range is one that was not noted.
        if end == 0 {
            return None;
        }
        self.whole.text().get(start as usize..end as usize).map(Json::of)
    }

    /// The member of this name at the top level. Those that have a name here are at hand, others are
    /// looked for.
    pub fn named(&self, name: &str) -> Option<Json<'a>> {
        let places = BY_LENGTH.get(name.len()).into_iter().flatten();
        let mut places = places.map(|at| usize::from(*at)).take_while(|at| *at < NAMES.len());
        match places.find(|at| NAMES[*at] == name) {
            Some(at) => self.member(at),
            // Paths are asked for as names first, by every rule that has one.
            None if name.contains('.') && !self.members.has_dots => None,
            None => self.whole.entries().filter(|(key, _)| key == name).last().map(|(_, it)| it),
        }
    }

    /// The whole record.
    pub fn json(&self) -> Json<'a> {
        self.whole
    }

    /// Whether this object is a CloudTrail record, by the definition in product.md: it has
    /// `eventVersion`, `eventName` or `insightDetails`, and also one of `eventSource`,
    /// `insightDetails`, `userIdentity` (or it is an Aggregated record), and its `eventSource` does
    /// not begin with `aws:` (as S3's own notifications do).
    pub fn is_record(&self) -> bool {
        let has = |at: usize| self.members.at[at].1 > 0;
        if self.event_category() == "Aggregated" && has(const { index("eventId") }) {
            return true;
        }
        let insight = has(const { index("insightDetails") });
        let named =
            has(const { index("eventVersion") }) || has(const { index("eventName") }) || insight;
        let sourced =
            has(const { index("eventSource") }) || has(const { index("userIdentity") }) || insight;
        named && sourced && !self.event_source().starts_with("aws:")
    }

    /// `eventID`, or `eventId` of an Aggregated record; empty where there is none.
    pub fn event_id(&self) -> Cow<'a, str> {
        let id =
            self.member(const { index("eventID") }).or(self.member(const { index("eventId") }));
        id.and_then(Json::scalar).unwrap_or_default()
    }

    /// A scalar of `userIdentity` by path, or empty.
    pub fn identity_text(&self, path: &[&str]) -> Cow<'a, str> {
        self.identity()
            .and_then(|identity| identity.at(path))
            .and_then(Json::scalar)
            .unwrap_or_default()
    }

    /// A scalar of `requestParameters` by path, or empty.
    pub fn request_text(&self, path: &[&str]) -> Cow<'a, str> {
        self.request()
            .and_then(|request| request.at(path))
            .and_then(Json::scalar)
            .unwrap_or_default()
    }

    /// Whether the record says that it was made by an AWS service on its own.
    pub fn is_service_event(&self) -> bool {
        self.event_type() == "AwsServiceEvent"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_record(text: &str) -> bool {
        Record::of(Json::checked(text).unwrap()).is_record()
    }

    #[test]
    fn what_is_a_record() {
        assert!(is_record(r#"{"eventVersion":"1.0","userIdentity":{}}"#));
        assert!(is_record(r#"{"eventName":"X","eventSource":"s3.amazonaws.com"}"#));
        assert!(is_record(r#"{"insightDetails":{}}"#));
        assert!(is_record(r#"{"eventCategory":"Aggregated","eventId":"x"}"#));
        assert!(!is_record(
            r#"{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put"}"#
        ));
        assert!(!is_record(r#"{"eventName":"X"}"#));
        assert!(!is_record(r#"{"eventSource":"s3.amazonaws.com"}"#));
    }

    #[test]
    fn any_member_is_found_by_its_name() {
        let text = r#"{"eventName":"X","tlsDetails":{"a":1},"a.b":2,"a\u002ec":3,"userIdentity":{"type":4}}"#;
        let record = Record::of(Json::checked(text).unwrap());
        for (name, value) in [
            ("eventName", Some("\"X\"")),
            ("tlsDetails", Some("{\"a\":1}")),
            ("a.b", Some("2")),
            ("a.c", Some("3")),
            ("userIdentity.type", None),
            ("none", None),
        ] {
            assert_eq!(record.named(name).map(Json::text), value, "{name}");
        }
    }

    #[test]
    fn odd_types_cost_a_field_not_the_record() {
        let text = r#"{"eventName":["x"],"eventSource":7,"awsRegion":true,"userIdentity":"x","eventName":"Y"}"#;
        let record = Record::of(Json::checked(text).unwrap());
        assert_eq!(
            (&*record.event_name(), &*record.event_source(), &*record.region()),
            ("Y", "7", "true")
        );
        assert_eq!(record.identity_text(&["arn"]), "");
    }
}
