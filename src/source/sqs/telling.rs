//! What the source of a queue says of itself, in words.

use std::collections::BTreeMap;

use crate::aws::fault::Fault;
use crate::source::sqs::plan::Counts;
use crate::ui::format::counted;

/// A fault with what would mend it.
pub fn explained(name: &str, region: &str, fault: &Fault) -> String {
    match fault {
        Fault::Missing(_) => format!(
            "{name}: there is no such queue in {region} in this account: name another region with \
             --region, or give the URL of the queue"
        ),
        Fault::Denied(why) if why.to_lowercase().contains("kms") => format!(
            "{name}: {fault}: the queue is encrypted, and reading it takes kms:Decrypt on its key"
        ),
        Fault::Denied(_) => format!(
            "{name}: {fault}: allow it in the policy of this caller, and in that of the queue where \
             it is of another account"
        ),
        _ => format!("{name}: {fault}"),
    }
}

/// Which objects could not be read, by their names.
pub fn unread(all: &BTreeMap<String, String>) -> Option<String> {
    let (name, why) = all.last_key_value()?;
    let n = all.len() as u64;
    let left = counted(
        n,
        "object cannot be read, its message is left in the queue: ",
        "objects cannot be read, their messages are left in the queue: the last is ",
    );
    Some(format!("{left}{name}: {why}"))
}

/// What there is to say of a queue while it is read.
#[derive(Debug)]
pub struct Told<'a> {
    /// Whether it was only looked at, and has answered.
    pub is_peeked: bool,
    /// Which objects could not be read, in words.
    pub unread: Option<String>,
    /// Why the last unknown message is unknown.
    pub unknown: &'a str,
    /// Why messages cannot be kept hidden, where they cannot.
    pub unhidden: Option<&'a String>,
    /// Objects that were gone when they were to be read.
    pub gone: u64,
    /// What came of the messages.
    pub counts: Counts,
}

/// All of it in a line.
pub fn note(told: Told<'_>) -> Option<String> {
    let Told { is_peeked, unread, unknown: why, unhidden, gone, counts } = told;
    let Counts { unknown, digests, others, removed, undeleted } = counts;
    let peek = is_peeked.then(|| {
        "a look: nothing was deleted or hidden, but each message's receive count went up by one"
            .to_owned()
    });
    let unknown = many(unknown, "message is left in the queue", "messages are left in the queue");
    let parts = [
        peek,
        unread,
        unknown.map(|unknown| format!("{unknown} (the last: {why})")),
        unhidden.cloned(),
        many(
            gone,
            "object was deleted before it could be read",
            "objects were deleted before they could be read",
        ),
        many(
            removed,
            "log object was removed from its bucket",
            "log objects were removed from their buckets",
        ),
        many(
            undeleted,
            "message could not be deleted and comes again",
            "messages could not be deleted and come again",
        ),
        many(digests, "digest passed over", "digests passed over"),
        many(others, "other object passed over", "other objects passed over"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// So many of something; nothing where there is none.
fn many(n: u64, one: &str, more: &str) -> Option<String> {
    (n > 0).then(|| counted(n, one, more))
}
