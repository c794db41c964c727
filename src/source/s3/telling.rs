//! What the source of a bucket says of itself, in words.

use std::collections::BTreeMap;

use crate::event::time::Millis;
use crate::source::s3::plan::Plan;
use crate::ui::format::counted;

/// What troubles with objects are filed under; those with listings are under what is listed.
pub const OBJECTS: &str = "objects";

/// That nothing of a trail was found.
pub fn nothing_there(bucket: &str, prefix: &str) -> String {
    format!(
        "{bucket}/{prefix}: nothing of CloudTrail was found there (…/AWSLogs/ACCOUNT/CloudTrail/REGION/): \
         is there a prefix before AWSLogs/, or is this another bucket?"
    )
}

/// What cannot be read, in one sentence: objects first, of which so many wait.
pub fn trouble(all: &BTreeMap<String, String>, parked: usize) -> Option<String> {
    let objects = all.get(OBJECTS).filter(|_| parked > 0).map(|why| {
        let n = parked as u64;
        counted(n, "object cannot be read: ", "objects cannot be read, the last one ") + why
    });
    objects.or_else(|| all.iter().find(|(scope, _)| *scope != OBJECTS).map(|(_, why)| why.clone()))
}

/// How much it reads, what that costs, and what is wrong beside that.
pub fn note(plan: &Plan, troubles: &[Option<&str>]) -> String {
    // A thousand listings cost half a cent. Whole cents change rarely, as a note should.
    let cents = plan.listings() / 2000;
    let (streams, dollars, cents) = (plan.streams(), cents / 100, cents % 100);
    let streams = counted(streams as u64, "stream", "streams");
    let spent = format!("{streams}, about ${dollars}.{cents:02} of listings");
    let stretched = plan.stretched().map(|(busy, quiet)| {
        let (busy, quiet) = (every(busy), every(quiet));
        format!(
            "many for the listings they share: busy ones are listed every {busy}, quiet ones every \
             {quiet} (--listings N an hour has them sooner)"
        )
    });
    let troubles = troubles.iter().flatten().map(|trouble| (*trouble).to_owned());
    let parts = [Some(spent), stretched].into_iter().flatten().chain(troubles);
    parts.collect::<Vec<_>>().join("; ")
}

/// What was asked for and is not there: objects that were gone, regions without an answer, and what
/// digests say is wrong.
pub fn lacks(deleted: u64, unanswered: u64, faults: Option<String>) -> Option<String> {
    let parts = [
        faults,
        (deleted > 0).then(|| {
            counted(deleted, "object was", "objects were") + " deleted before it could be read"
        }),
        (unanswered > 0).then(|| {
            counted(unanswered, "region gave", "regions gave") + " no answer, asked again"
        }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A length in the largest unit that says enough.
fn every(length: Millis) -> String {
    match length.0 / 1000 {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_missing() {
        assert_eq!(lacks(0, 0, None), None);
        let words =
            "1 object was deleted before it could be read; 2 regions gave no answer, asked again";
        assert_eq!(lacks(1, 2, None).as_deref(), Some(words));
    }
}
