//! Alerts on their way out: each with its rule, whose that is and under which licence, as the licences
//! of public rules ask for; with what became of it and the events that it is made of.

use serde::Serialize;

use crate::detect::alert::{Alert, Few};
use crate::detect::off::{self, Off, Offs};
use crate::export::format::{Format, Page};
use crate::store::segment::RowId;

/// The columns of table, csv and md.
const HEADER: [&str; 19] = [
    "first",
    "last",
    "severity",
    "ending",
    "off",
    "rule",
    "title",
    "author",
    "licence",
    "techniques",
    "actor",
    "account",
    "region",
    "events",
    "targets",
    "count",
    "live",
    "muted",
    "ids",
];

/// An alert as it is written.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    severity: &'static str,
    ending: &'static str,
    /// What became of what was switched off: `was off 7m41s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    off: Option<String>,
    rule: Rule,
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    account: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    region: String,
    /// The names of its events, at most eight.
    events: Vec<String>,
    /// Their targets, at most eight.
    targets: Vec<String>,
    first: String,
    last: String,
    /// How many events.
    count: u64,
    /// How many distinct values were counted.
    #[serde(skip_serializing_if = "is_zero")]
    values: u64,
    /// Whether any of it was received live.
    live: bool,
    /// Whether it is about the recording of events itself.
    tamper: bool,
    muted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offs: Vec<Was>,
    /// The eventIDs of its events, at most the last hundred.
    ids: Vec<String>,
    /// How many events are not named.
    #[serde(skip_serializing_if = "is_zero")]
    ids_more: u64,
}

/// The rule of an alert.
#[derive(Debug, Clone, Serialize)]
struct Rule {
    id: String,
    title: String,
    severity: &'static str,
    author: String,
    licence: String,
    techniques: Vec<String>,
    origin: &'static str,
}

/// A time in which something was off.
#[derive(Debug, Clone, Serialize)]
struct Was {
    guard: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    missing: String,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    cause: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    /// Whether it is inferred that this ended it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    inferred: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn names(few: &Few) -> Vec<String> {
    few.names().map(str::to_owned).collect()
}

impl Told {
    /// An alert, the times in which guards were off, the eventIDs of rows as far as they are known,
    /// and whether it is muted.
    pub fn of<'i>(
        alert: &Alert,
        offs: &Offs,
        id: impl Fn(RowId) -> Option<&'i str>,
        is_muted: bool,
    ) -> Self {
        let card = &alert.card;
        let offs: Vec<&Off> = offs.of(alert).collect();
        let ids: Vec<String> =
            alert.rows.iter().filter_map(|row| id(*row)).map(str::to_owned).collect();
        let was = |off: &&Off| Was {
            guard: off.guard.clone(),
            missing: off.missing.clone(),
            from: off.from.to_string(),
            to: off.to.map(|to| to.to_string()),
            cause: off.cause.clone(),
            end: off.end.clone(),
            inferred: off.is_inferred,
        };
        Self {
            severity: alert.severity.word(),
            ending: alert.ending.words(),
            off: off::words(offs.iter().copied()),
            rule: Rule {
                id: card.named.id.to_string(),
                title: card.named.title.to_string(),
                severity: card.severity.word(),
                author: card.author.clone(),
                licence: card.licence.clone(),
                techniques: card.techniques.clone(),
                origin: card.origin.word(),
            },
            actor: alert.actor.to_string(),
            account: alert.account.to_string(),
            region: alert.last_event[0].to_string(),
            events: names(&alert.events),
            targets: names(&alert.targets),
            first: alert.first.to_string(),
            last: alert.last.to_string(),
            count: alert.count,
            values: alert.values,
            live: alert.is_live,
            tamper: alert.is_tamper,
            muted: is_muted,
            offs: offs.iter().map(was).collect(),
            ids_more: alert.count.saturating_sub(ids.len() as u64),
            ids,
        }
    }

    fn cells(&self) -> [String; 19] {
        let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let rule = &self.rule;
        [
            self.first.clone(),
            self.last.clone(),
            self.severity.to_owned(),
            self.ending.to_owned(),
            self.off.clone().unwrap_or_default(),
            rule.id.clone(),
            rule.title.clone(),
            rule.author.clone(),
            rule.licence.clone(),
            rule.techniques.join(" "),
            self.actor.clone(),
            self.account.clone(),
            self.region.clone(),
            self.events.join(" "),
            self.targets.join(" "),
            self.count.to_string(),
            yes_no(self.live),
            yes_no(self.muted),
            self.ids.join(" "),
        ]
    }
}

/// Alerts in a form of `query`.
pub fn page(format: Format, alerts: &[Told], terminal: Option<u16>) -> Vec<u8> {
    let header = HEADER.map(str::to_owned).to_vec();
    let mut page = Page::new(format, header, terminal);
    let kept = |page: &mut Page, told: &Told| match format {
        Format::Ndjson | Format::Json => page.record(&serde_json::to_vec(told).unwrap_or_default()),
        Format::Table | Format::Csv | Format::Md => page.cells(&told.cells()),
    };
    let rows: Vec<Vec<u8>> = alerts.iter().map(|told| kept(&mut page, told)).collect();
    let mut out = page.head();
    for row in &rows {
        page.row(row, &mut out);
    }
    out.extend_from_slice(page.tail());
    out
}
