//! The line of `--stats`: what was opened, found, kept and left out, as one line of JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::export::safe;

/// What a run has read. `records == kept + duplicates + skipped`, always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Files or objects opened.
    pub objects: u64,
    /// Their bytes, unpacked.
    pub bytes: u64,
    /// Records found, and things that should have been records and could not be read.
    pub records: u64,
    /// Records before the filter.
    pub kept: u64,
    /// Records after the filter.
    pub matched: u64,
    /// Records that were there already.
    pub duplicates: u64,
    /// Things that should have been records and could not be read.
    pub skipped: u64,
    /// JSON that is no record, by kind.
    pub other: BTreeMap<String, u64>,
    /// What was skipped, and objects that gave no record; the first of them.
    pub skips: Vec<Skip>,
    /// How many more were skipped than are listed.
    pub skips_more: u64,
    /// How complete each stream is.
    pub coverage: Vec<Covered>,
    /// How many changes of trails are not followed any more: holes that they opened are missing.
    #[serde(skip_serializing_if = "is_zero")]
    pub trail_changes_forgotten: u64,
    /// How many events made room while rules still counted them: bursts that need them are missing.
    #[serde(skip_serializing_if = "is_zero")]
    pub rule_events_forgotten: u64,
    /// How many alerts made room for later ones.
    #[serde(skip_serializing_if = "is_zero")]
    pub alerts_forgotten: u64,
    /// How many times guards were switched that are not followed any more.
    #[serde(skip_serializing_if = "is_zero")]
    pub guard_changes_forgotten: u64,
    /// How many alerts there are, where rules were asked for.
    #[serde(skip_serializing_if = "is_zero")]
    pub alerts: u64,
    /// How many of them are muted: they are told here all the same.
    #[serde(skip_serializing_if = "is_zero")]
    pub alerts_muted: u64,
    /// What came of triggers, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggers: Option<Triggered>,
}

/// How many firings of triggers came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Triggered {
    /// How many started.
    pub fired: u64,
    /// How many of them went well.
    pub ok: u64,
    /// How many failed.
    pub failed: u64,
    /// How many took too long.
    pub timed_out: u64,
    /// How many were stopped because trailtop ended.
    pub stopped: u64,
    /// How many never started.
    pub dropped: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One thing that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skip {
    /// `file:offset`, in bytes of the unpacked object.
    #[serde(rename = "where")]
    pub place: String,
    /// Why.
    pub why: String,
}

/// How complete one stream is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// The account, or empty where the source does not say.
    pub account: String,
    /// The region, or empty where the source does not say.
    pub region: String,
    /// The kind of source, in the words of the `src` key.
    pub source: String,
    /// `proven`, `expected`, `learning` or `best effort`: the one that reaches furthest.
    pub word: String,
    /// Up to when, in RFC 3339; with `best effort` the last arrival. Absent where nobody can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Up to when every log that the digests name was read; absent where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven: Option<String>,
    /// What the digests say is not what was delivered; absent where they say nothing of the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disproven: Option<String>,
    /// The times in which the trail that feeds it did not record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holes: Vec<Missed>,
}

/// A time in which a trail did not record everything it should, and no other one did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Since when, in RFC 3339.
    pub from: String,
    /// Until when; absent while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The name of the trail.
    pub trail: String,
    /// What is missing.
    pub missing: String,
    /// What opened the hole: `StopLogging by alice`.
    pub cause: String,
}

impl Stats {
    /// The line, without its line feed. Nothing in it can steer a terminal.
    pub fn line(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned());
        safe::shown(&json).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_the_one_of_the_contract() {
        let stats = Stats {
            objects: 57,
            bytes: 9,
            records: 8123,
            kept: 8110,
            matched: 40,
            duplicates: 12,
            skipped: 1,
            other: [("digest".to_owned(), 2)].into(),
            skips: vec![Skip { place: "a\u{202e}:7".into(), why: "cut off".into() }],
            skips_more: 0,
            coverage: vec![],
            trail_changes_forgotten: 0,
            rule_events_forgotten: 0,
            alerts_forgotten: 0,
            triggers: None,
            guard_changes_forgotten: 0,
            alerts: 0,
            alerts_muted: 0,
        };
        assert_eq!(
            stats.line(),
            r#"{"objects":57,"bytes":9,"records":8123,"kept":8110,"matched":40,"duplicates":12,"skipped":1,"other":{"digest":2},"skips":[{"where":"a\u202e:7","why":"cut off"}],"skips_more":0,"coverage":[]}"#
        );
    }
}
