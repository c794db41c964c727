//! How a call ended, in the classes the screen shows.

use std::borrow::Cow;

use crate::event::json::{Json, Shape};
use crate::event::name;
use crate::event::record::Record;
use crate::event::verb::{Verb, verb};

/// The class of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Ok,
    /// It was refused for lack of permission.
    Denied,
    /// It was refused for its rate.
    Throttled,
    /// A read answered that there is nothing (`NoSuch…`, `…NotFound`,
    /// `…NotConfigured`).
    Nothing,
    /// It failed for another reason.
    Failed,
}

impl Outcome {
    /// The word of the `result` key.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::Nothing => "none",
            Self::Failed => "failed",
        }
    }
}

/// The class of a record's result.
pub fn outcome(record: &Record<'_>) -> Outcome {
    let code = record.error_code();
    if !code.is_empty() {
        return class(&code, || verb(record) == Verb::Read);
    }
    // Some services put the code into the response, and sign-ins have none at all. Responses can be
    // long, so they are only read where they hold the word.
    let response = record.response().filter(|response| response.shape() == Shape::Object);
    let inner = response
        .filter(|r| memchr::memmem::find(r.text().as_bytes(), b"\"errorCode\"").is_some())
        .and_then(|response| response.get("errorCode"))
        .and_then(Json::scalar)
        .unwrap_or_default();
    if !inner.is_empty() {
        return class(&inner, || verb(record) == Verb::Read);
    }
    if !record.error_message().is_empty() || says_failure(record) {
        return Outcome::Failed;
    }
    Outcome::Ok
}

/// The class of an error code that is not empty. `is_read` is asked only where it matters.
fn class(code: &str, is_read: impl Fn() -> bool) -> Outcome {
    if is_denied(code) {
        Outcome::Denied
    } else if is_throttled(code) {
        Outcome::Throttled
    } else if is_absence(code) && is_read() {
        Outcome::Nothing
    } else {
        Outcome::Failed
    }
}

/// Whether an error code says that permission is lacking: the codes of `@denied`.
pub fn is_denied(code: &str) -> bool {
    const CODES: [&str; 3] =
        ["AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation"];
    code.ends_with("AccessDenied") || CODES.contains(&code)
}

/// Whether an error code says that calls came too fast.
pub fn is_throttled(code: &str) -> bool {
    const CODES: [&str; 7] = [
        "RequestLimitExceeded",
        "TooManyRequests",
        "TooManyRequestsException",
        "SlowDown",
        "ProvisionedThroughputExceededException",
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
    ];
    let code = bare(code);
    CODES.contains(&code) || code.contains("Throttl")
}

/// Whether an error code says that what was asked for is not there.
pub fn is_absence(code: &str) -> bool {
    let code = bare(code);
    code.starts_with("NoSuch") || code.contains("NotFound") || code.contains("NotConfigured")
}

/// A code without the side that EC2 writes before it.
fn bare(code: &str) -> &str {
    code.strip_prefix("Client.").or_else(|| code.strip_prefix("Server.")).unwrap_or(code)
}

/// A sign-in event that failed says so only in its response: `{"ConsoleLogin":"Failure"}`. Such a
/// response is short.
fn says_failure(record: &Record<'_>) -> bool {
    const SHORT: usize = 256;
    let Some(response) = record.response().filter(|r| r.text().len() <= SHORT) else {
        return false;
    };
    let answer = response.get(&record.event_name()).and_then(Json::scalar);
    answer.is_some_and(|answer| answer.eq_ignore_ascii_case("failure"))
}

/// What stands before the reason of a denial that only its account may read.
const ENCODED: &str = "Encoded authorization failure message: ";

/// An error message with an encoded reason named in its place: it is long, and says nothing before
/// it is decoded.
pub fn without_encoded(message: &str) -> Cow<'_, str> {
    let Some((before, rest)) = message.split_once(ENCODED) else { return message.into() };
    let after = rest.split_once(char::is_whitespace).map_or("", |(_, after)| after);
    let named = "encoded authorization message: decode it with \
                 aws sts decode-authorization-message";
    let parts = [before.trim_end(), named, after];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ").into()
}

/// The most letters of a reason.
pub const REASON_MAX: usize = 14;

/// Parts of error codes and what they mean, the first that fits wins.
const REASONS: &[(&str, &str)] = &[
    ("DryRun", "dry run"),
    ("NotFound", "none"),
    ("NoSuch", "none"),
    ("NotConfigured", "none"),
    ("DoesNotExist", "none"),
    ("NonExistent", "none"),
    ("UnknownResource", "none"),
    ("NotEmpty", "not empty"),
    ("Quota", "quota"),
    ("TooMany", "limit"),
    ("LimitExceeded", "limit"),
    ("LimitReached", "limit"),
    ("Limit", "limit"),
    ("InsufficientInstanceCapacity", "capacity"),
    ("Capacity", "capacity"),
    ("Insufficient", "too little"),
    ("InstanceState", "state"),
    ("SnapshotState", "state"),
    ("ClusterState", "state"),
    ("InvalidInstance", "inst."),
    ("AlreadyOwned", "exists"),
    ("AlreadyExists", "exists"),
    ("AlreadyInUse", "in use"),
    ("Duplicate", "exists"),
    ("EntityExists", "exists"),
    ("Exists", "exists"),
    ("DependencyViolation", "in use"),
    ("DeleteConflict", "in use"),
    ("InUse", "in use"),
    ("Conflict", "conflict"),
    ("ConcurrentModification", "conflict"),
    ("OperationAborted", "conflict"),
    ("ConditionalCheck", "condition"),
    ("PreconditionFailed", "condition"),
    ("Cancel", "cancelled"),
    ("IncorrectState", "state"),
    ("IncorrectInstanceState", "state"),
    ("InvalidState", "state"),
    ("StateException", "state"),
    ("StateFault", "state"),
    ("NotReady", "state"),
    ("Disabled", "disabled"),
    ("Locked", "locked"),
    ("MalformedPolicy", "policy"),
    ("PolicyViolation", "policy"),
    ("Expired", "expired"),
    ("InvalidClientTokenId", "bad key"),
    ("UnrecognizedClient", "bad key"),
    ("InvalidAccessKey", "bad key"),
    ("SignatureDoesNotMatch", "signature"),
    ("IncompleteSignature", "signature"),
    ("AuthFailure", "auth"),
    ("MissingAuthentication", "auth"),
    ("OptInRequired", "not enabled"),
    ("SubscriptionRequired", "not enabled"),
    ("NotSubscribed", "not enabled"),
    ("InvalidAccess", "no access"),
    ("Unauthorized", "refused"),
    ("Forbidden", "refused"),
    ("NotAuthorized", "refused"),
    ("NotPermitted", "refused"),
    ("NotAllowed", "refused"),
    ("UnsupportedOperation", "unsupported"),
    ("NotSupported", "unsupported"),
    ("Unsupported", "unsupported"),
    ("NotImplemented", "unsupported"),
    ("Timeout", "timeout"),
    ("TimedOut", "timeout"),
    ("InternalFailure", "AWS error"),
    ("InternalError", "AWS error"),
    ("InternalServer", "AWS error"),
    ("ServiceUnavailable", "AWS error"),
    ("ServiceException", "AWS error"),
    ("ServiceFailure", "AWS error"),
    ("Unavailable", "unavailable"),
    ("Malformed", "param"),
    ("Invalid", "param"),
    ("Validation", "param"),
    ("Missing", "param"),
    ("BadRequest", "param"),
    ("Parameter", "param"),
    ("Argument", "param"),
    ("Incorrect", "param"),
];

/// Parts of error messages (in lower case) and what they mean, for events without a code.
const MESSAGES: &[(&str, &str)] = &[
    ("authentication", "login"),
    ("no username found", "login"),
    ("password", "login"),
    ("mfa", "mfa"),
    ("expired", "expired"),
];

/// Bytes of an errorCode that its reason is looked for in; the longest known code has 60.
const CODE_READ: usize = 256;

/// A failure in at most two words for the result column (`failed: limit`), from errorCode and
/// errorMessage; empty where there is nothing to say. At most [`REASON_MAX`] characters. It is asked
/// for every row of every frame, so of a code without end only the beginning is read.
pub fn reason(code: &str, message: &str) -> String {
    let code = bare(&code[..code.floor_char_boundary(CODE_READ)]);
    if code.is_empty() {
        let message: String = message.chars().take(256).collect::<String>().to_ascii_lowercase();
        let known = MESSAGES.iter().find(|(part, _)| message.contains(part));
        return match known {
            Some((_, reason)) => (*reason).to_owned(),
            None => message.chars().take(REASON_MAX).collect(),
        };
    }
    if let Some((_, reason)) = REASONS.iter().find(|(part, _)| code.contains(part)) {
        return (*reason).to_owned();
    }
    shorten(code)
}

/// The first words of an unknown code in lower case, as many as fit.
fn shorten(code: &str) -> String {
    let cut = ["Exception", "Fault", "Error"].iter().find_map(|tail| code.strip_suffix(tail));
    let code = cut.filter(|rest| !rest.is_empty()).unwrap_or(code);
    let mut out = String::new();
    for word in name::words(code) {
        let room = REASON_MAX.saturating_sub(out.len() + usize::from(!out.is_empty()));
        if word.chars().count() > room && !out.is_empty() {
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().take(REASON_MAX).map(|c| c.to_ascii_lowercase()));
    }
    out
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
