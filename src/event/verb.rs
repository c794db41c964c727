//! Whether a call reads or writes, which writes are dangerous, and which reads are sensitive.

use std::sync::LazyLock;

use crate::event::json::Json;
use crate::event::name;
use crate::event::record::Record;

/// What a call does to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It only reads.
    Read,
    /// It changes something.
    Write,
    /// It changes something that an attacker wants changed (`assets/danger.tsv`).
    Danger,
}

impl Verb {
    /// The letter of the `verb` key.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "R",
            Self::Write => "W",
            Self::Danger => "D",
        }
    }
}

/// The first words of names that read, where a record does not say.
const READING: [&str; 9] =
    ["Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Check", "Query", "Scan"];

/// The verb of a record: R or W from readOnly, else from the name. What is no call at all (an
/// insight, a summary of calls) changes nothing: R.
pub fn verb(record: &Record<'_>) -> Verb {
    let event = record.event_name();
    let reads = record
        .read_only()
        .and_then(Json::truth)
        .unwrap_or_else(|| event.is_empty() || reads_by_name(&event));
    if reads {
        Verb::Read
    } else if danger(&record.event_source(), &event).is_some() {
        Verb::Danger
    } else {
        Verb::Write
    }
}

/// Whether a name begins with a word that reads. `Checkout…` is another word than `Check`.
pub fn reads_by_name(event: &str) -> bool {
    READING.iter().any(|word| {
        event
            .strip_prefix(word)
            .is_some_and(|rest| !rest.as_bytes().first().is_some_and(u8::is_ascii_lowercase))
    })
}

static DANGER: LazyLock<Names> =
    LazyLock::new(|| Names::of(include_str!("../../assets/danger.tsv")));
static SENSITIVE: LazyLock<Names> =
    LazyLock::new(|| Names::of(include_str!("../../assets/sensitive.tsv")));

/// A table of (service, event) with a text, sorted for search.
#[derive(Debug)]
struct Names(Vec<(&'static str, &'static str, &'static str)>);

impl Names {
    fn of(text: &'static str) -> Self {
        let mut rows: Vec<_> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut parts = line.splitn(3, '\t');
                Some((parts.next()?, parts.next()?, parts.next()?))
            })
            .collect();
        rows.sort_unstable();
        Self(rows)
    }

    fn find(&self, source: &str, event: &str) -> Option<&'static str> {
        let key = (name::service(source), name::plain(event));
        let at = self.0.binary_search_by(|row| (row.0, row.1).cmp(&key)).ok()?;
        Some(self.0[at].2)
    }
}

/// Why a write is dangerous, in a few words; `None` for one that is not. `source` is an eventSource
/// or its short form; a date at the end of the name does not matter.
pub fn danger(source: &str, event: &str) -> Option<&'static str> {
    DANGER.find(source, event)
}

/// Every dangerous write: service, event name, why.
pub fn dangers() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    DANGER.0.iter().copied()
}

/// Whether a read gives away secrets, parameters or credentials. `service` is an eventSource or its
/// short form.
pub fn is_sensitive_read(service: &str, event: &str) -> bool {
    SENSITIVE.find(service, event).is_some()
}

/// The sign before an event name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// It reads.
    Read,
    /// It makes, starts or joins something.
    Make,
    /// It changes something.
    Change,
    /// It removes, stops or parts something.
    Remove,
}

impl Glyph {
    /// The sign where the terminal can show it.
    pub fn sign(self) -> char {
        match self {
            Self::Read => '·',
            _ => self.ascii(),
        }
    }

    /// The sign in ASCII.
    pub fn ascii(self) -> char {
        match self {
            Self::Read => '.',
            Self::Make => '+',
            Self::Change => '~',
            Self::Remove => '-',
        }
    }
}

/// First words of names that make something.
const MAKING: &[&str] = &[
    "Accept",
    "Activate",
    "Add",
    "Allocate",
    "Apply",
    "Assign",
    "Associate",
    "Assume",
    "Attach",
    "Authorize",
    "Begin",
    "Clone",
    "Connect",
    "Copy",
    "Create",
    "Deploy",
    "Enable",
    "Enroll",
    "Execute",
    "Export",
    "Generate",
    "Grant",
    "Import",
    "Initiate",
    "Install",
    "Invite",
    "Invoke",
    "Issue",
    "Join",
    "Launch",
    "Open",
    "Provision",
    "Publish",
    "Purchase",
    "Register",
    "Request",
    "Reserve",
    "Restore",
    "Resume",
    "Run",
    "Start",
    "Subscribe",
    "Upload",
];

/// First words of names that remove something.
const REMOVING: &[&str] = &[
    "Abort",
    "Cancel",
    "Close",
    "Deactivate",
    "Delete",
    "Deny",
    "Deprecate",
    "Deprovision",
    "Deregister",
    "Destroy",
    "Detach",
    "Disable",
    "Disassociate",
    "Disconnect",
    "Discard",
    "Empty",
    "End",
    "Expire",
    "Kill",
    "Leave",
    "Logout",
    "Opt",
    "Pause",
    "Purge",
    "Reject",
    "Release",
    "Remove",
    "Retire",
    "Revoke",
    "Stop",
    "Suspend",
    "Terminate",
    "Unassign",
    "Uninstall",
    "Unlink",
    "Unregister",
    "Unsubscribe",
    "Untag",
];

/// Words that stand before the one that counts.
const LEADING: [&str; 4] = ["Batch", "Admin", "Bulk", "Global"];

/// The sign of an event by its name and the letter of its verb (`R`, `W`, `D`).
pub fn glyph(event: &str, verb: &str) -> Glyph {
    if verb == "R" {
        return Glyph::Read;
    }
    // ScheduleKeyDeletion removes, however politely.
    if event.ends_with("Deletion") && !event.starts_with("Cancel") {
        return Glyph::Remove;
    }
    let word = name::words(event).find(|word| !LEADING.contains(word)).unwrap_or_default();
    if MAKING.contains(&word) {
        Glyph::Make
    } else if REMOVING.contains(&word) {
        Glyph::Remove
    } else {
        Glyph::Change
    }
}

#[cfg(test)]
#[path = "verb_tests.rs"]
mod tests;
