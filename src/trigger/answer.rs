//! What follows from the answer of a webhook.

use std::time::Duration;

/// The longest wait that an answer may ask for.
const LONGEST: Duration = Duration::from_mins(1);

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It was taken.
    Done,
    /// It is tried again, not before this time where the answer names one.
    Again(Option<Duration>),
    /// It is given up: the same would be answered again.
    GiveUp,
}

/// What follows from a status, and from what the answer says of when to come back.
pub fn next(status: u16, retry_after: Option<&str>) -> Next {
    let wait = || {
        let seconds = retry_after.and_then(|text| text.trim().parse().ok());
        seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST))
    };
    match status {
        200..=299 => Next::Done,
        408 | 429 | 500..=599 => Next::Again(wait()),
        _ => Next::GiveUp,
    }
}

/// An answer in words.
pub fn words(status: u16) -> String {
    match status {
        300..=399 => format!("answered {status}: redirects are not followed"),
        _ => format!("answered {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let seconds = |n| Next::Again(Some(Duration::from_secs(n)));
        for (status, after, expected) in [
            (200, None, Next::Done),
            (204, Some("9"), Next::Done),
            (301, None, Next::GiveUp),
            (307, None, Next::GiveUp),
            (400, None, Next::GiveUp),
            (401, None, Next::GiveUp),
            (404, Some("9"), Next::GiveUp),
            (408, None, Next::Again(None)),
            (429, Some("7"), seconds(7)),
            (429, Some("99999999999"), seconds(60)),
            (503, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Next::Again(None)),
            (500, None, Next::Again(None)),
            (600, None, Next::GiveUp),
            (101, None, Next::GiveUp),
        ] {
            assert_eq!(next(status, after), expected, "{status} {after:?}");
        }
    }
}
