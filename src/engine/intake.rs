//! From bytes to rows: finds records, reads them, tells new from known, and keeps the books. The
//! dashboard and `query` both take their events in through here.

use std::collections::BTreeMap;

use crate::coverage::watermark::{StreamName, Watermark};
use crate::engine::tally::{OpenObjects, PartGiven, Tally};
use crate::event::envelope::{self, Item, Piece};
use crate::event::field::{Column, Flag, Origin};
use crate::event::fingerprint::Secret;
use crate::event::json::Json;
use crate::event::read::Event;
use crate::event::record::Record;
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, SourceId};
use crate::store::dedup::Verdict;
use crate::store::ring::Ring;
use crate::store::segment::{Birth, Builder, MAX_ROWS, RowId};
use crate::store::side::{Better, Body};

/// The raw bytes a segment under construction may hold before it is closed.
const BUILDER_BYTES: usize = 32 << 20;
/// The most streams told apart; what comes from further ones is one stream.
const MAX_STREAMS: usize = 1000;

/// Takes batches in. Owned by the ingest thread.
#[derive(Debug)]
pub struct Intake {
    ring: Ring,
    builder: Builder,
    building: usize,
    secret: Secret,
    tally: Tally,
    open: OpenObjects,
    marks: BTreeMap<(SourceId, StreamName), Watermark>,
    newest: Option<Timestamp>,
}

/// One record on its way in.
struct Arriving<'r, 'a> {
    batch: &'r Batch,
    record: &'r Record<'a>,
    content: u64,
    raw: &'r [u8],
    lossy: bool,
    now: Timestamp,
}

impl Intake {
    /// An empty intake whose ring keeps at most `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self {
            ring: Ring::new(cap),
            builder: Builder::default(),
            building: 0,
            secret: Secret::random(),
            tally: Tally::default(),
            open: OpenObjects::default(),
            marks: BTreeMap::new(),
            newest: None,
        }
    }

    /// An empty intake whose rows are taken away by [`Intake::drain`] and by nothing else; what is
    /// remembered of them keeps to `cap` bytes.
    pub fn drained(cap: usize) -> Self {
        Self { ring: Ring::drained(cap), ..Self::new(cap) }
    }

    /// The books.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The ring, without the rows since the last [`Intake::flush`].
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// The watermark of each stream.
    pub fn marks(&self) -> impl Iterator<Item = (SourceId, &StreamName, &Watermark)> {
        self.marks.iter().map(|((source, name), mark)| (*source, name, mark))
    }

    /// The newest event time seen.
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// Takes a batch in. Rows are visible after the next [`Intake::flush`].
    pub fn take(&mut self, batch: &Batch, now: Timestamp) {
        let piece = Piece {
            bytes: &batch.bytes,
            base: batch.base,
            extent: batch.extent,
            damage: batch.damage.as_deref(),
        };
        let mut given = PartGiven::default();
        let secret = self.secret.clone();
        let summary = envelope::split(&piece, &secret, &mut |item| match item {
            Item::Record { raw, record, content, lossy, .. } => {
                given.records += 1;
                self.tally.records += 1;
                self.arrive(&Arriving { batch, record, content, raw, lossy, now });
            }
            Item::Skip { offset, why } => {
                given.skipped += 1;
                self.tally.skip(format!("{}:{offset}", batch.name), why);
            }
            Item::Other { kind, .. } => {
                given.other = given.other.or(Some(kind));
                *self.tally.other.entry(kind).or_default() += 1;
            }
        });
        given.empty_records = summary.empty_records;
        self.open.add(batch, given, &mut self.tally);
    }

    /// Notes that a source has read everything delivered up to `at`.
    pub fn swept(&mut self, source: SourceId, at: Timestamp) {
        self.marks
            .iter_mut()
            .filter(|((of, _), _)| *of == source)
            .for_each(|(_, mark)| mark.swept(at));
    }

    /// Marks or unmarks a row.
    pub fn mark(&mut self, row: RowId, on: bool) {
        self.ring.flag(row, Flag::Marked, on);
    }

    /// Moves the new rows into the ring.
    pub fn flush(&mut self, now: Timestamp) {
        self.building = 0;
        self.ring.push(std::mem::take(&mut self.builder), now);
    }

    /// Takes every row out of the ring, for a caller that keeps what it needs itself; identities
    /// stay known.
    pub fn drain(&mut self, now: Timestamp) -> crate::store::snapshot::Snapshot {
        self.flush(now);
        let snapshot = self.ring.snapshot();
        self.ring.release(now);
        snapshot
    }

    fn arrive(&mut self, it: &Arriving<'_, '_>) {
        let event = Event::read(it.record, &it.batch.hints, it.now);
        let content = it.content;
        let identity = match event.text(Column::Id) {
            "" => self.secret.nameless(it.record.json()),
            id => self.secret.identity(event.text(Column::Account), id),
        };
        match self.ring.seen().judge(identity, content, it.batch.origin) {
            Verdict::New => self.keep(it, &event, (identity, content), 0),
            Verdict::Same(row) => {
                self.tally.duplicates += 1;
                self.delivered_again(it, row, (identity, content));
            }
            Verdict::Differs(row) => {
                self.settle(row, it.now);
                self.ring.flag(row, Flag::Differs, true);
                self.keep(it, &event, (identity, content), Flag::Differs as u16);
            }
            Verdict::OtherBody(row) => {
                self.tally.duplicates += 1;
                self.other_body(it, &event, row);
                self.ring.seen_mut().add(identity, content, (row, it.batch.origins));
            }
        }
    }

    fn keep(&mut self, it: &Arriving<'_, '_>, event: &Event<'_>, keys: (u128, u64), flags: u16) {
        let (identity, content) = keys;
        let arrival = it.batch.delivered.unwrap_or(it.now);
        let late =
            self.watermark(it, event).is_some_and(|(mark, time)| mark.arrived(time, arrival));
        let mut flags = flags | event.flags;
        if late {
            flags |= Flag::Late as u16;
            self.tally.late += 1;
        }
        if it.lossy {
            flags |= Flag::NotUtf8 as u16;
        }
        let time = event.time.unwrap_or(arrival);
        if event.time.is_some() {
            self.newest = self.newest.max(event.time);
        }
        let row = RowId(self.ring.next_id().0 + self.builder.len() as u64);
        let origins = it.batch.origins;
        self.ring.seen_mut().add(identity, content, (row, origins));
        self.builder.push(event, it.raw, Birth { time, arrival, identity, flags, origins });
        self.tally.kept += 1;
        self.building += it.raw.len();
        if self.builder.len() == MAX_ROWS || self.building > BUILDER_BYTES {
            self.flush(it.now);
        }
    }

    /// The watermark of the record's stream; `None` where its time cannot be believed.
    fn watermark(
        &mut self,
        it: &Arriving<'_, '_>,
        event: &Event<'_>,
    ) -> Option<(&mut Watermark, Timestamp)> {
        let time = event.time?;
        let hints = &it.batch.hints;
        let either = |hint: &str, column: Column| match hint {
            "" => event.text(column).to_owned(),
            hint => hint.to_owned(),
        };
        let name = StreamName {
            account: either(&hints.account, Column::Account),
            region: either(&hints.region, Column::Region),
            origin: it.batch.origin,
        };
        let key = (it.batch.source, name);
        if self.marks.len() < MAX_STREAMS || self.marks.contains_key(&key) {
            return Some((self.marks.entry(key).or_default(), time));
        }
        // Accounts and regions are written by whoever writes a record: their number has an end.
        let rest = StreamName {
            account: "others".to_owned(),
            region: String::new(),
            origin: it.batch.origin,
        };
        Some((self.marks.entry((it.batch.source, rest)).or_default(), time))
    }

    fn delivered_again(&mut self, it: &Arriving<'_, '_>, row: RowId, keys: (u128, u64)) {
        let (origins, origin) = (it.batch.origins, it.batch.origin);
        let known = self.origins(row);
        if known.is_some_and(|known| known & origins == origins) {
            return;
        }
        self.ring.seen_mut().delivered(keys.0, keys.1, origins);
        let Some(known) = known else { return };
        self.settle(row, it.now);
        let arrival = it.batch.delivered.unwrap_or(it.now);
        if origin > strongest(known) {
            self.promote(it, row, (keys.1, strongest(known)));
        }
        self.ring.delivered(row, origins, origin, arrival);
    }

    /// The kinds of source that delivered a row; `None` once it was evicted.
    fn origins(&self, row: RowId) -> Option<u8> {
        match row.0.checked_sub(self.ring.next_id().0) {
            Some(at) => Some(self.builder.origins(at as usize)),
            None => self.ring.find(row).map(|(part, at)| part.side.origins(at)),
        }
    }

    /// Shows a body that was kept beside another one and now came from a kind of more authority
    /// than `shown`, which delivered what the row shows.
    fn promote(&mut self, it: &Arriving<'_, '_>, row: RowId, by: (u64, Origin)) {
        let (content, shown) = by;
        let Some((part, at)) = self.ring.find(row) else { return };
        let says = |raw: &[u8]| self.secret.content(Json::of(&String::from_utf8_lossy(raw)));
        let bodies = part.side.bodies(at);
        let Some(beside) = bodies.iter().position(|body| says(&body.raw) == content) else {
            return;
        };
        let body =
            Body { origin: shown, arrival: part.segment.arrival(at), raw: part.raw(at).into() };
        let event = Event::read(it.record, &it.batch.hints, it.now);
        self.ring.trade(row, beside, body, better(&event, it.raw));
    }

    /// Keeps a different body from another kind of source: the one of more authority is shown.
    fn other_body(&mut self, it: &Arriving<'_, '_>, event: &Event<'_>, row: RowId) {
        self.settle(row, it.now);
        let arrival = it.batch.delivered.unwrap_or(it.now);
        let Some((part, at)) = self.ring.find(row) else { return };
        let shown = strongest(part.side.origins(at));
        let (origin, raw) = if it.batch.origin > shown {
            (shown, part.raw(at).into_boxed_slice())
        } else {
            (it.batch.origin, it.raw.into())
        };
        let body = Body { origin, arrival, raw };
        if it.batch.origin > shown {
            self.ring.show_better(row, better(event, it.raw));
        }
        self.ring.add_body(row, body);
        self.ring.flag(row, Flag::Differs, true);
        self.ring.delivered(row, it.batch.origins, it.batch.origin, arrival);
    }

    /// Makes sure that a row which may be changed is in the ring.
    fn settle(&mut self, row: RowId, now: Timestamp) {
        if row >= self.ring.next_id() {
            self.flush(now);
        }
    }
}

/// A body as a row shows it.
fn better(event: &Event<'_>, raw: &[u8]) -> Better {
    Better { cells: event.cells.iter().map(|cell| cell.as_ref().into()).collect(), raw: raw.into() }
}

/// The kind of most authority among these bits; the simulation's own bit has none.
fn strongest(origins: u8) -> Origin {
    let all = Origin::ALL.iter().map(|(origin, _)| *origin);
    all.filter(|origin| origins & origin.bit() != 0).max().unwrap_or(Origin::Demo)
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
