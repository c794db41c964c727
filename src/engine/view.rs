//! All that the screen may read: an immutable answer to one question over one snapshot.

use std::sync::Arc;

use crate::coverage::data::{DataEvents, Unrecorded};
use crate::coverage::doubt::Doubt;
use crate::coverage::hole::Hole;
use crate::coverage::trail::Trail;
use crate::coverage::watermark::{StreamName, Word};
use crate::detect::alert::Alert;
use crate::detect::off::{Off, Offs};
use crate::detect::rule::Rules;
use crate::engine::again::{Judged, Judging};
use crate::engine::entries::Entries;
use crate::engine::lines::Lines;
use crate::engine::tally::Tally;
use crate::event::field::Column;
use crate::event::target::is_named;
use crate::event::time::{Millis, Timestamp};
use crate::query::question::Order;
use crate::source::batch::{Health, SourceId};
use crate::source::finding::Finding;
use crate::source::tape::hand::Position;
use crate::store::segment::RowId;
use crate::store::snapshot::{RowRef, Snapshot};

/// One visible row: its number and what it is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Event time, or what stands in for it.
    pub time: Timestamp,
    /// The row.
    pub id: RowId,
}

/// What is known of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// The source it comes through.
    pub source: SourceId,
    /// Account, region and kind.
    pub name: StreamName,
    /// How complete it is.
    pub word: Word,
    /// Up to when digests prove that every log was read.
    pub proven: Option<Timestamp>,
    /// What of it digests say is not what was delivered.
    pub disproven: Option<String>,
    /// Since when the trail that feeds it does not record.
    pub blind: Option<Timestamp>,
    /// The lag that 99 of 100 events did not pass.
    pub p99: Millis,
    /// The worst lag.
    pub worst: Millis,
    /// Events seen.
    pub seen: usize,
    /// Events that came late.
    pub late: u64,
    /// The last delivery.
    pub last: Option<Timestamp>,
}

/// The books of ingest at one moment.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// What was read, kept, doubled and skipped.
    pub tally: Tally,
    /// What is known of each stream.
    pub streams: Vec<StreamRow>,
    /// How each source is, in their order.
    pub health: Vec<Health>,
    /// Bytes that the store holds.
    pub bytes: usize,
    /// Bytes that it may hold.
    pub cap: usize,
    /// The newest event time seen.
    pub newest: Option<Timestamp>,
    /// The trails that the sources see.
    pub trails: Vec<Trail>,
    /// The times in which trails did not record.
    pub holes: Vec<Hole>,
    /// Why trails may be blind: what they write to was changed, and nothing has come since.
    pub doubts: Vec<Doubt>,
    /// Since when there are data events.
    pub data: DataEvents,
    /// How many changes of trails are not followed any more: there were too many.
    pub forgotten: u64,
    /// Sources that were added while the program ran, and their names.
    pub added: Vec<(SourceId, String)>,
    /// What the logins found out before sources were chosen.
    pub findings: Vec<Finding>,
    /// Whether a login has still to choose.
    pub is_choosing: bool,
    /// Names of accounts that were learned.
    pub aliases: Vec<(String, String)>,
    /// What the rules add up to.
    pub alerts: Arc<Alerts>,
    /// Of whom it is known what they do.
    pub known: Known,
    /// Where a recording that is played stands.
    pub hand: Option<Position>,
}

/// Of whom it is known what they do at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// How many actors and accounts.
    pub subjects: usize,
    /// Bytes that this takes.
    pub bytes: usize,
    /// How many made room for others.
    pub forgotten: u64,
}

/// How often each thing has changed that alerts are told of by: another one after every change, also
/// where books begin anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The alerts themselves; this one never goes back.
    pub alerts: u64,
    /// What made room.
    pub truncated: u64,
    /// How far rows were judged again.
    pub judged: u64,
    /// What was off.
    pub offs: u64,
}

/// What the rules add up to at one moment.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    /// Every alert, in the order they fired.
    pub list: Vec<Arc<Alert>>,
    /// How many alerts made room for later ones.
    pub dropped: u64,
    /// How many events made room while windows still counted them.
    pub truncated: u64,
    /// The rules.
    pub rules: Arc<Rules>,
    /// Which state of the books this is.
    pub version: Stamp,
    /// The times in which guards were off, trails among them.
    pub offs: Offs,
    /// How far rows have been judged again because there are other rules, while that goes on.
    pub judging: Option<Judging>,
    /// The last rules that have judged every row again.
    pub judged: Judged,
}

impl Alerts {
    /// The times in which something was off that an alert is about.
    pub fn offs_of<'o>(&'o self, alert: &'o Alert) -> impl Iterator<Item = &'o Off> {
        self.offs.of(alert)
    }
}

impl Ledger {
    /// What is not recorded of the resource of a row, at the time of the row: who looks at a bucket
    /// would take it for untouched.
    pub fn unrecorded(&self, row: RowRef<'_>) -> Option<Unrecorded> {
        if !is_named(row.text(Column::Target)) {
            return None;
        }
        let of = (row.text(Column::Account), row.text(Column::Service));
        let selections = self.trails.iter().filter_map(|trail| trail.selection.as_ref());
        self.data.missing(of, row.time(), selections)
    }

    /// The lowest watermark of the streams that claim one.
    pub fn worst(&self) -> Option<(Timestamp, &StreamRow)> {
        worst(&self.streams)
    }

    /// Whether any source may still bring something.
    pub fn is_live(&self) -> bool {
        self.is_choosing || self.health.iter().any(Health::is_live)
    }
}

/// The lowest watermark of the streams that claim one.
pub fn worst(streams: &[StreamRow]) -> Option<(Timestamp, &StreamRow)> {
    let claims = streams.iter().filter_map(|row| Some((row.word.to()?, row)));
    claims.min_by_key(|(to, row)| (*to, &row.name))
}

/// The rows that answer a question.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The question this answers.
    pub question: u64,
    /// The store it was answered from.
    pub snapshot: Snapshot,
    /// The books of that moment.
    pub ledger: Arc<Ledger>,
    /// The visible rows in their order.
    pub entries: Entries,
    /// The same as the stream shows them, folded.
    pub lines: Lines,
    /// The wish that they were folded by.
    pub folding: u64,
    /// How many rows the window alone would show.
    pub in_window: usize,
    /// How many rows the noise filter hides.
    pub hidden: usize,
    /// Whether its rows are all about resources that the question names.
    pub names_target: bool,
    /// Whether older rows have not been looked at yet.
    pub partial: bool,
    /// `now` when it was answered: the clock while a source is live, else the newest event.
    pub now: Timestamp,
}

impl View {
    /// How many rows there are to see.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A row by its place in the view; `None` past the end or once it was evicted.
    pub fn row(&self, at: usize) -> Option<RowRef<'_>> {
        self.entries.get(at).and_then(|entry| self.snapshot.row(entry.id))
    }

    /// The place of a row among the visible ones, or where it would be.
    pub fn place(&self, entry: Entry, order: Order) -> usize {
        self.entries.partition_point(|other| order.is_before(other, &entry))
    }

    /// Whether a row is among the visible ones, by its number.
    pub fn holds(&self, id: RowId, order: Order) -> bool {
        let row = self.snapshot.row(id);
        self.has(row.map(|row| Entry { time: row.time(), id }), order)
    }

    /// Whether a row is among the visible ones.
    pub fn has(&self, entry: Option<Entry>, order: Order) -> bool {
        entry.is_some()
            && entry == entry.and_then(|it| self.entries.get(self.place(it, order)).copied())
    }

    /// The line that a row stands in, or the one where it would be.
    pub fn line_of(&self, entry: Entry, order: Order) -> usize {
        let row = self.snapshot.row(entry.id);
        let head = row.and_then(|row| self.lines.run(row)).map_or(entry, |run| run.head);
        let at = self.lines.partition_point(|other| order.is_before(other, &head));
        at.min(self.lines.len().saturating_sub(1))
    }
}
