//! One event of the notebook: a copy that says what it said after the row has left the buffer.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use crate::event::field::Column;
use crate::event::json::Json;
use crate::event::outcome;
use crate::event::secret::masked;
use crate::event::time::Timestamp;
use crate::store::kin::Sure;
use crate::store::snapshot::RowRef;

/// The columns that are copied, and what they are called in the file and in exports: the keys of
/// the filter language, where there is one for the column alone.
pub const COPIED: &[(Column, &str)] = &[
    (Column::Event, "event"),
    (Column::Service, "svc"),
    (Column::Verb, "verb"),
    (Column::Actor, "actor"),
    (Column::Role, "role"),
    (Column::Arn, "arn"),
    (Column::Target, "target"),
    (Column::Result, "result"),
    (Column::Error, "err"),
    (Column::Message, "msg"),
    (Column::Ip, "ip"),
    (Column::Tool, "tool"),
    (Column::Region, "region"),
    (Column::Account, "acct"),
    (Column::Id, "id"),
];

/// What the rules that an event met are called: each with who wrote it and under which licence.
pub const RULES: &str = "rule";

/// What one event said, and what the user says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What tells it apart from every other event, in every run: see [`key_of`].
    pub key: String,
    /// Event time, or what stood in for it, in milliseconds since 1970.
    pub(crate) time: i64,
    /// The copied columns that had a value, by name.
    pub(crate) cells: BTreeMap<String, String>,
    /// The ARN of who is behind it, where a chain of records proves that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// What the user wrote, one line; `#word` is a tag.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The record as JSON, credentials masked.
    pub raw: String,
}

impl Entry {
    /// A copy of a row.
    pub fn of(row: RowRef<'_>, root: String) -> Self {
        let copied = COPIED.iter().map(|(column, name)| (*name, row.text(*column)));
        let copied = copied.filter(|(_, text)| !text.is_empty());
        let rules = row.part.side.hits().of(row.row).iter().map(|(_, hit)| {
            let (id, credit) = (&hit.rule.id, &hit.rule.credit);
            if credit.is_empty() { id.to_string() } else { format!("{id} ({credit})") }
        });
        let rules = rules.collect::<Vec<_>>().join("; ");
        let copied = copied.chain(Some((RULES, &*rules)).filter(|_| !rules.is_empty()));
        let raw = row.raw();
        let raw = String::from_utf8_lossy(&raw);
        Self {
            key: key_of(row),
            time: row.time().0,
            cells: copied.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
            root,
            note: String::new(),
            raw: masked(Json::of(&raw)).into_owned(),
        }
    }

    /// The event time.
    pub fn time(&self) -> Timestamp {
        Timestamp(self.time)
    }

    /// The text of a copied column by its name; `""` where absent.
    pub fn cell(&self, name: &str) -> &str {
        self.cells.get(name).map_or("", String::as_str)
    }

    /// The result in words: `ok`, `DENIED`, `failed: limit`.
    pub fn result(&self) -> String {
        match self.cell("result") {
            "denied" => "DENIED".to_owned(),
            word @ ("throttled" | "none") => word.to_owned(),
            "failed" => match outcome::reason(self.cell("err"), self.cell("msg")) {
                why if why.is_empty() => "failed".to_owned(),
                why => format!("failed: {why}"),
            },
            _ => "ok".to_owned(),
        }
    }

    /// Bytes it takes, about.
    pub fn bytes(&self) -> usize {
        let cells: usize = self.cells.iter().map(|(name, text)| name.len() + text.len() + 64).sum();
        size_of::<Self>()
            + self.key.len()
            + self.raw.len()
            + self.note.len()
            + self.root.len()
            + cells
    }
}

/// Who is behind a row, where records prove that it is somebody else than the actor.
pub fn root_of(row: RowRef<'_>, kin: &crate::store::kin::Kin) -> String {
    let chain = kin.chain(row.who());
    let root = chain.root;
    let is_told = chain.hops.is_empty() || root.sure != Sure::Proven;
    if is_told { String::new() } else { root.name.into() }
}

/// What tells an event apart in every run: account and eventID; without an eventID a fingerprint of
/// the record.
pub fn key_of(row: RowRef<'_>) -> String {
    match row.text(Column::Id) {
        "" => {
            let mut hasher = SipHasher13::new();
            hasher.write(&row.raw());
            format!("{}/~{:016x}", row.text(Column::Account), hasher.finish())
        }
        id => format!("{}/{id}", row.text(Column::Account)),
    }
}
