//! What is noted of every firing: a line of JSON when it starts, one when it ends, one for what was
//! dropped; and how all of it is counted.

use serde::Serialize;

use crate::event::time::{Millis, Timestamp};
use crate::export::safe;
use crate::export::stats::Triggered;
use crate::trigger::firing::{Subject, Why};
use crate::ui::format;

/// The most bytes of the output of a program, or of the answer of a webhook, that are kept.
pub const KEPT: usize = 2048;

/// How a firing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The program ended with 0; the webhook took it.
    Ok,
    /// It did not.
    Failed,
    /// It took too long.
    TimedOut,
    /// trailtop ended first.
    Stopped,
}

impl End {
    /// The word of the audit.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::Stopped => "stopped",
        }
    }
}

/// What somebody wrote: the beginning, and how much it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The beginning.
    pub head: String,
    /// How many bytes were read in all.
    pub bytes: u64,
}

impl Said {
    /// Of what was read first, at most [`KEPT`] bytes are kept.
    pub fn of(read: &[u8], bytes: u64) -> Self {
        let head = &read[..read.len().min(KEPT)];
        Self { head: String::from_utf8_lossy(head).trim_end().to_owned(), bytes }
    }
}

/// What came of a firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// How, in words: `exit status 0`.
    pub words: String,
    /// How long it took.
    pub took: Millis,
    /// How often it was tried.
    pub tries: u32,
    /// Standard output of a program, or the answer of a webhook.
    pub out: Said,
    /// Standard error of a program.
    pub err: Said,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A firing with this number started.
    Started(u64, Subject),
    /// It ended.
    Ended(u64, Subject, Box<Outcome>),
    /// So many were dropped.
    Lost(Why, u64),
}

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The name of the trigger.
    pub trigger: Box<str>,
    /// What.
    pub what: What,
}

/// The line as it is written.
#[derive(Debug, Default, Serialize)]
struct Line<'a> {
    at: String,
    trigger: &'a str,
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    firing: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dropped: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    took_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    rule: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    severity: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    event: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    about: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    out: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_bytes: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    err: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    err_bytes: Option<u64>,
}

impl Entry {
    /// The line with its line feed. Nothing in it can steer a terminal.
    pub fn line(&self) -> String {
        let (at, trigger) = (self.at.to_string(), &*self.trigger);
        let about = |firing: u64, subject: &'_ Subject| Line {
            firing: Some(firing),
            alert: Some(subject.alert),
            severity: subject.severity.word(),
            ..Line::default()
        };
        let written = |bytes: u64| Some(bytes).filter(|bytes| *bytes > 0);
        let line = match &self.what {
            What::Started(firing, subject) => Line {
                what: "started",
                rule: &subject.rule,
                event: &subject.event,
                about: &subject.words,
                ..about(*firing, subject)
            },
            What::Ended(firing, subject, outcome) => Line {
                what: outcome.end.word(),
                detail: &outcome.words,
                took_ms: Some(outcome.took.0),
                tries: Some(outcome.tries),
                rule: &subject.rule,
                event: &subject.event,
                out: &outcome.out.head,
                out_bytes: written(outcome.out.bytes),
                err: &outcome.err.head,
                err_bytes: written(outcome.err.bytes),
                ..about(*firing, subject)
            },
            What::Lost(why, count) => Line {
                what: "dropped",
                dropped: Some(*count),
                detail: why.words(),
                ..Line::default()
            },
        };
        let line = Line { at, trigger, ..line };
        let json = serde_json::to_string(&line).unwrap_or_else(|_| "{}".to_owned());
        format!("{}\n", safe::shown(&json))
    }

    /// What somebody has to be told of it at once: failures and what was dropped, in a sentence.
    pub fn trouble(&self) -> Option<String> {
        match &self.what {
            What::Ended(_, subject, outcome) if outcome.end != End::Ok => Some(format!(
                "trigger {} {}: {} ({})",
                self.trigger,
                outcome.end.word(),
                outcome.words,
                subject.words
            )),
            What::Lost(why, count) => {
                let firings = format::counted(*count, "firing", "firings");
                Some(format!("trigger {} dropped {firings}: {}", self.trigger, why.words()))
            }
            What::Started(..) | What::Ended(..) => None,
        }
    }
}

/// Counts an entry.
pub fn count(totals: &mut Triggered, entry: &Entry) {
    match &entry.what {
        What::Started(..) => totals.fired += 1,
        What::Lost(_, count) => totals.dropped += count,
        What::Ended(_, _, outcome) => match outcome.end {
            End::Ok => totals.ok += 1,
            End::Failed => totals.failed += 1,
            End::TimedOut => totals.timed_out += 1,
            End::Stopped => totals.stopped += 1,
        },
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
