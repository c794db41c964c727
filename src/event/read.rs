//! A record turned into what the store keeps: a time, flags, and one text for each column.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use crate::event::field::{Column, Columns, Flag};
use crate::event::invisible::is_suspect;
use crate::event::json::Json;
use crate::event::record::Record;
use crate::event::time::{Millis, Timestamp};
use crate::event::tool::Families;
use crate::event::{identity, outcome, target, verb};

/// How far in the future an eventTime may lie and still be believed.
pub const FUTURE: Millis = Millis::minutes(10);

/// What the key of the object says of the records in it; empty where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    /// Account of the key.
    pub account: String,
    /// Region of the key.
    pub region: String,
    /// Category by the key's folder, in the words of the `cat` key.
    pub category: String,
}

/// One event as the store keeps it.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// eventTime; `None` where it is missing, unreadable or in the future.
    pub time: Option<Timestamp>,
    /// Bits of [`Flag`].
    pub flags: u16,
    /// One text a column, `""` where absent; indexed by [`Column`].
    pub cells: [Cow<'a, str>; Column::COUNT],
}

impl<'a> Event<'a> {
    /// Reads every column of a record. `now` bounds what time is believed.
    pub fn read(record: &Record<'a>, hints: &Hints, now: Timestamp) -> Self {
        Self::pick(record, hints, now, Columns::ALL, &mut Families::default())
    }

    /// Reads some columns of a record, and always those that tell events and streams apart. Flags
    /// of what a record holds are found only where every column is wanted.
    pub fn pick(
        record: &Record<'a>,
        hints: &Hints,
        now: Timestamp,
        wanted: Columns,
        families: &mut Families,
    ) -> Self {
        let mut cells: [Cow<'a, str>; Column::COUNT] = [const { Cow::Borrowed("") }; Column::COUNT];
        let mut put = |column: Column, text: Cow<'a, str>| cells[column as usize] = text;
        put(Column::Account, account(record, hints));
        let region = record.region();
        put(Column::Region, if region.is_empty() { hints.region.clone().into() } else { region });
        put(Column::Id, record.event_id());
        for (column, read) in PLAIN {
            if wanted.has(*column) {
                put(*column, read(record));
            }
        }
        if wanted.has(Column::Category) {
            put(Column::Category, category(record, hints));
        }
        if wanted.has(Column::Tool) {
            put(Column::Tool, families.tool(record, &record.user_agent()).into());
        }
        if CALLER.iter().any(|column| wanted.has(*column)) {
            let caller = identity::caller(record);
            put(Column::Actor, caller.actor);
            put(Column::User, caller.user);
            put(Column::Role, caller.role);
            put(Column::Session, caller.session);
            put(Column::Key, caller.key);
            put(Column::Principal, caller.principal);
            put(Column::Arn, caller.arn);
            put(Column::Type, caller.kind);
            put(Column::Via, caller.via);
            put(Column::Mfa, Cow::Borrowed(caller.mfa));
            put(Column::Began, caller.began);
        }
        let time = time(record).filter(|time| *time <= now + FUTURE);
        let mut flags = 0;
        if time.is_none() {
            flags |= Flag::TimeUnknown as u16;
        }
        if wanted.is_all() && is_unsafe(record.json().text()) {
            flags |= Flag::Unsafe as u16;
        }
        if wanted.is_all() && has_left_out(record) {
            flags |= Flag::Omitted as u16;
        }
        Self { time, flags, cells }
    }

    /// The text of a column.
    pub fn text(&self, column: Column) -> &str {
        &self.cells[column as usize]
    }
}

/// The columns of the caller, which are read together.
const CALLER: [Column; 11] = [
    Column::Actor,
    Column::User,
    Column::Role,
    Column::Session,
    Column::Key,
    Column::Principal,
    Column::Arn,
    Column::Type,
    Column::Via,
    Column::Mfa,
    Column::Began,
];

/// Reads one column.
type Read = for<'a> fn(&Record<'a>) -> Cow<'a, str>;

/// The columns that a record tells by itself, one by one.
const PLAIN: &[(Column, Read)] = &[
    (Column::Event, |record| or_insight(record, record.event_name(), "eventName")),
    (Column::Service, |record| or_insight(record, record.event_source(), "eventSource")),
    (Column::Verb, |record| Cow::Borrowed(verb::verb(record).word())),
    (Column::Error, |record| record.error_code()),
    (Column::Message, |record| record.error_message()),
    (Column::Result, |record| Cow::Borrowed(outcome::outcome(record).word())),
    (Column::Ip, |record| record.source_ip()),
    (Column::Agent, |record| record.user_agent()),
    (Column::Target, |record| target::target(record)),
    (Column::Request, |record| record.request_id()),
    (Column::Shared, |record| match record.insight() {
        Some(_) => Cow::Borrowed(""),
        None => record.shared_event_id(),
    }),
];

/// A text, or where it is empty the one that an Insight event has instead.
fn or_insight<'a>(record: &Record<'a>, text: Cow<'a, str>, name: &str) -> Cow<'a, str> {
    if !text.is_empty() {
        return text;
    }
    let insight = record.insight().and_then(|insight| insight.get(name));
    insight.and_then(Json::scalar).unwrap_or_default()
}

/// eventTime, else the start of the window of an Aggregated record.
fn time(record: &Record<'_>) -> Option<Timestamp> {
    let text = record.event_time();
    if text.is_empty() {
        let start = record.window()?.get("windowStart")?.scalar()?;
        return Timestamp::parse(&start);
    }
    Timestamp::parse(&text)
}

/// eventCategory, else the key's folder, else insight if insightDetails, else management if
/// managementEvent is not false.
fn category<'a>(record: &Record<'a>, hints: &Hints) -> Cow<'a, str> {
    let words = [
        ("Management", "management"),
        ("Data", "data"),
        ("Insight", "insight"),
        ("NetworkActivity", "network"),
        ("Aggregated", "aggregated"),
    ];
    let written = record.event_category();
    if !written.is_empty() {
        let known = words.iter().find(|(aws, _)| aws.eq_ignore_ascii_case(&written));
        return known
            .map_or_else(|| written.to_lowercase().into(), |(_, word)| Cow::Borrowed(*word));
    }
    if !hints.category.is_empty() {
        return hints.category.clone().into();
    }
    if record.insight().is_some() {
        return Cow::Borrowed("insight");
    }
    match record.management().and_then(Json::truth) {
        Some(false) => Cow::Borrowed("data"),
        _ => Cow::Borrowed("management"),
    }
}

fn account<'a>(record: &Record<'a>, hints: &Hints) -> Cow<'a, str> {
    let recipient = record.recipient_account();
    if !recipient.is_empty() {
        return recipient;
    }
    let aggregated = record.aggregated_account();
    if !aggregated.is_empty() {
        return aggregated;
    }
    if !hints.account.is_empty() {
        return hints.account.clone().into();
    }
    record.identity_text(&["accountId"])
}

/// What a character begins with that is spelled by its number.
static SPELLED: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(b"\\u"));
/// What AWS writes in the place of what it hides.
static HIDDEN: LazyLock<Finder<'_>> =
    LazyLock::new(|| Finder::new(b"HIDDEN_DUE_TO_SECURITY_REASONS"));

/// Whether the record holds a character that must not reach a terminal, raw or escaped.
fn is_unsafe(text: &str) -> bool {
    let escaped = SPELLED.find_iter(text.as_bytes()).any(|at| {
        let hex = text.get(at + 2..at + 6).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        // The tags of plane 14 come as a pair that begins with this half.
        hex == Some(0xdb40) || hex.and_then(char::from_u32).is_some_and(is_suspect)
    });
    escaped || (!text.is_ascii() && text.chars().any(is_suspect)) || text.as_bytes().contains(&0x7f)
}

fn has_left_out(record: &Record<'_>) -> bool {
    let parts =
        [record.request(), record.response(), record.additional(), record.service_details()];
    let omitted = parts
        .into_iter()
        .flatten()
        .any(|part| part.get("omitted").and_then(Json::truth) == Some(true));
    omitted || HIDDEN.find(record.json().text().as_bytes()).is_some()
}
