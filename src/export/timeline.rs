//! What is handed on of a case: the notebook, or the rows that were shown, as a timeline for an
//! incident channel, as records, or for a spreadsheet. Made off the main thread: a wish carries what
//! it is made of.

use std::sync::Arc;

use crate::event::name;
use crate::event::time::Timestamp;
use crate::export::alerts::{self, Told};
use crate::export::format::{Format, Page};
use crate::export::minify::minify;
use crate::export::safe;
use crate::notebook::entry::{Entry, root_of};
use crate::store::segment::RowId;
use crate::store::snapshot::Snapshot;
use crate::ui::format;

/// The most rows that are exported where nothing is marked.
pub const MOST_ROWS: usize = 10_000;
/// The most characters of one value in a line of the timeline.
const MOST_VALUE: usize = 200;

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Markdown, a line an event, with what was asked and how complete it is.
    Timeline,
    /// The records as one array.
    Json,
    /// A spreadsheet.
    Csv,
    /// A record a line.
    Ndjson,
}

impl Form {
    /// How the name of its file ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Timeline => "timeline.md",
            Self::Json => "events.json",
            Self::Csv => "events.csv",
            Self::Ndjson => "events.ndjson",
        }
    }
}

/// An export to be made.
#[derive(Debug, Clone)]
pub struct Export {
    /// The form.
    pub form: Form,
    /// The name of the case.
    pub case: String,
    /// What was asked, what was read and how complete that is: a line each, in plain text.
    pub about: Vec<String>,
    /// The notebook.
    pub entries: Vec<Arc<Entry>>,
    /// The rows to export where the notebook is empty.
    pub rows: Vec<RowId>,
    /// Where they are.
    pub snapshot: Snapshot,
    /// Alerts, in the place of all events.
    pub alerts: Vec<Told>,
}

/// The columns of the spreadsheet.
const HEADER: &[&str] = &[
    "time", "event", "svc", "verb", "actor", "root", "target", "result", "err", "ip", "region",
    "acct", "tool", "id", "rule", "note",
];

impl Export {
    /// The name of its file: letters, digits, `-`, `_` and `.`, whatever the case is called.
    pub fn file_name(&self) -> String {
        let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let plain = |c: char| if is_plain(&c) { c } else { '_' };
        let case: String = self.case.chars().map(plain).take(100).collect();
        let ending = match (self.alerts.is_empty(), self.form) {
            (true, form) => form.ending(),
            (false, Form::Timeline) => "alerts.md",
            (false, Form::Json) => "alerts.json",
            (false, Form::Csv) => "alerts.csv",
            (false, Form::Ndjson) => "alerts.ndjson",
        };
        format!("trailtop-{case}-{ending}")
    }

    /// How many events or alerts are in it, in words.
    pub fn said(&self, made: usize) -> String {
        let of = if self.alerts.is_empty() { "event" } else { "alert" };
        format!("{made} {of}{}", if made == 1 { "" } else { "s" })
    }

    /// The bytes of the file, and how many events or alerts are in it.
    pub fn made(&self) -> (Vec<u8>, usize) {
        if !self.alerts.is_empty() {
            return (self.made_of_alerts(), self.alerts.len());
        }
        let copied = |id: &RowId| {
            let row = self.snapshot.row(*id)?;
            Some(Arc::new(Entry::of(row, root_of(row, self.snapshot.kin()))))
        };
        let rows: Vec<Arc<Entry>> = match self.entries.is_empty() {
            true => self.rows.iter().filter_map(copied).collect(),
            false => self.entries.clone(),
        };
        let gone = match self.entries.is_empty() {
            true => self.rows.len() - rows.len(),
            false => 0,
        };
        let bytes = match self.form {
            Form::Timeline => self.timeline(&rows, gone).into_bytes(),
            Form::Json => page(Format::Json, &rows, |entry, _| record(entry)),
            Form::Ndjson => page(Format::Ndjson, &rows, |entry, _| record(entry)),
            Form::Csv => page(Format::Csv, &rows, |entry, page| page.cells(&cells(entry))),
        };
        (bytes, rows.len())
    }

    fn made_of_alerts(&self) -> Vec<u8> {
        let form = match self.form {
            Form::Json => Format::Json,
            Form::Ndjson => Format::Ndjson,
            Form::Csv => Format::Csv,
            Form::Timeline => Format::Md,
        };
        let page = alerts::page(form, &self.alerts, None);
        if self.form != Form::Timeline {
            return page;
        }
        let mut text = format!("# Alerts of {}\n\n", plain(&self.case));
        for line in &self.about {
            text.extend(["- ", &plain(line), "\n"]);
        }
        text.push('\n');
        [text.into_bytes(), page].concat()
    }

    fn timeline(&self, rows: &[Arc<Entry>], gone: usize) -> String {
        let mut text = format!("# Timeline of {}\n\n", plain(&self.case));
        for line in &self.about {
            text.extend(["- ", &plain(line), "\n"]);
        }
        if gone > 0 {
            text.extend([
                "- ",
                &format::counted(gone as u64, "event", "events"),
                " had left the buffer: not below\n",
            ]);
        }
        if let Some((first, last)) = rows.first().zip(rows.last()) {
            let (first, last) = (stamp(first.time()), stamp(last.time()));
            let range = match rows.len() {
                1 => format!("- 1 event at {first}, UTC\n"),
                n => format!("- {n} events from {first} to {last}, UTC\n"),
            };
            text.push_str(&range);
        }
        text.push('\n');
        for entry in rows {
            text.extend([&line(entry), "\n"]);
        }
        text
    }
}

/// `- 2023-07-10 12:00:08 bert-jan ~ cloudtrail PutEventSelectors on trail: ok`
fn line(entry: &Entry) -> String {
    let root = match &*entry.root {
        "" => String::new(),
        root => format!(" (by {})", plain(root)),
    };
    let on = match entry.cell("target") {
        "" | "-" => String::new(),
        target => format!(" on {}", plain(target)),
    };
    let ip = match entry.cell("ip") {
        "" => String::new(),
        ip => format!(" from {}", plain(ip)),
    };
    let note = match &*entry.note {
        "" => String::new(),
        note => format!(" - **{}**", whole(note)),
    };
    let service = name::service(entry.cell("svc"));
    format!(
        "- {} **{}**{root} {}:{}{on}: {}{ip}, {} {}{note}",
        stamp(entry.time()),
        plain(match entry.cell("actor") {
            "" => "-",
            actor => actor,
        }),
        plain(service),
        plain(entry.cell("event")),
        plain(&entry.result()),
        plain(entry.cell("acct")),
        plain(entry.cell("region")),
    )
}

/// `2023-07-10 12:00:08`, in UTC.
fn stamp(at: Timestamp) -> String {
    at.to_string().replace('T', " ").trim_end_matches('Z').to_owned()
}

/// A value that is safe in Markdown and in an incident channel, cut where it is long.
fn plain(text: &str) -> String {
    let cut = match text.char_indices().nth(MOST_VALUE) {
        Some((at, _)) => &format!("{}…", &text[..at]),
        None => text,
    };
    whole(cut)
}

/// The same without a bound: what hides or steers is shown as an escape, what is markup stays a
/// letter, and nobody is called by `@here`.
fn whole(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in safe::shown(text).chars() {
        if matches!(
            c,
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '#' | '!' | '&' | '@'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The record on one line.
fn record(entry: &Entry) -> Vec<u8> {
    let mut line = vec![];
    minify(entry.raw.as_bytes(), &mut line);
    line
}

/// A row of the spreadsheet.
fn cells(entry: &Entry) -> Vec<String> {
    let cell = |name: &&str| match *name {
        "time" => entry.time().to_string(),
        "root" => entry.root.clone(),
        "result" => entry.result(),
        "note" => entry.note.clone(),
        name => entry.cell(name).to_owned(),
    };
    HEADER.iter().map(cell).collect()
}

/// The rows between what stands before and behind them.
fn page(
    format: Format,
    rows: &[Arc<Entry>],
    made: impl Fn(&Entry, &mut Page) -> Vec<u8>,
) -> Vec<u8> {
    let mut page = Page::new(format, HEADER.iter().map(|name| (*name).to_owned()).collect(), None);
    let kept: Vec<Vec<u8>> = rows.iter().map(|entry| made(entry, &mut page)).collect();
    let mut out = page.head();
    for kept in &kept {
        page.row(kept, &mut out);
    }
    out.extend_from_slice(page.tail());
    out
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
