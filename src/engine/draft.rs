//! What a reader makes of a batch: its records found, read and laid out as columns, before anybody
//! has looked whether they are known. Drafts are made on any thread; ingest takes them in order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::coverage::hole::Done;
use crate::detect::current::Current;
use crate::detect::judge::Found;
use crate::detect::off::Turned;
use crate::engine::tally::PartGiven;
use crate::event::envelope::{self, Item, Piece};
use crate::event::field::{Column, Columns, Flag};
use crate::event::fingerprint::Secret;
use crate::event::grant::{self, Grant};
use crate::event::lifeline::{self, Lifeline};
use crate::event::read::{Event, Hints};
use crate::event::record::Record;
use crate::event::switch;
use crate::event::time::Timestamp;
use crate::event::tool::Families;
use crate::event::trail::{self, Change};
use crate::query::plan::Plan;
use crate::query::sift::may_keep;
use crate::source::batch::Batch;
use crate::source::object;
use crate::store::segment::{Birth, Builder, MAX_ROWS, RowId, Segment};
use crate::store::side::Side;
use crate::store::snapshot::Part;
use crate::trigger::definition::Triggers;

/// The raw bytes a lot may hold before it is closed.
const LOT_BYTES: usize = 32 << 20;

/// How records are read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The secrets of the run.
    pub secret: Secret,
    /// The columns that anybody will ask for.
    pub columns: Columns,
    /// How raw records are kept.
    pub raw: Keep,
    /// What the records say beside their columns that anybody will ask for.
    pub told: Told,
    /// Records that this plan cannot keep may be passed over unread.
    pub sift: Option<Arc<Plan>>,
    /// The rules that records are judged by. They read every column, and raw records.
    pub rules: Current,
    /// The triggers whose filters records are judged by. They read the same.
    pub triggers: Arc<Triggers>,
}

impl Reading {
    /// Reads everything and keeps it packed, as the ring wants it.
    pub fn whole(secret: Secret) -> Self {
        let told = Told { grants: true, trails: true };
        let (columns, raw) = (Columns::ALL, Keep::Packed);
        let (rules, triggers) = (Current::default(), Arc::default());
        Self { secret, columns, raw, told, sift: None, rules, triggers }
    }
}

/// What records tell of other records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The credentials that they issued.
    pub grants: bool,
    /// What they did to trails.
    pub trails: bool,
}

/// How raw records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Compressed.
    Packed,
    /// As they are, for a moment.
    Plain,
    /// Not at all.
    Nothing,
}

/// Rows that are laid out.
#[derive(Debug)]
pub struct Lot {
    /// Their columns; the numbers of its rows mean nothing.
    pub segment: Segment,
    /// The flags of their records.
    pub side: Side,
    /// The hash of what each record says.
    pub contents: Vec<u64>,
    /// What rules found.
    pub found: Found,
    /// Which rules, by their number.
    pub rules: u64,
    /// Which rows fire which triggers that are about events, in the order of the rows.
    pub chosen: Vec<(u16, u16)>,
}

impl Lot {
    /// The triggers that a row fires.
    pub fn chosen_by(&self, row: usize) -> &[(u16, u16)] {
        let of = |bound: usize| self.chosen.partition_point(|it| usize::from(it.0) < bound);
        &self.chosen[of(row)..of(row + 1)]
    }
}

/// One piece of a batch, read.
#[derive(Debug)]
pub struct Draft {
    /// The batch without its bytes.
    pub batch: Batch,
    /// How many bytes were read, unpacked.
    pub bytes: u64,
    /// Its records in order.
    pub lots: Vec<Lot>,
    /// What could not be read: offset and why.
    pub skips: Vec<(u64, String)>,
    /// JSON that is no record, by what it is.
    pub other: BTreeMap<&'static str, u64>,
    /// What the piece gave, counted.
    pub given: PartGiven,
    /// The credentials that its records issued.
    pub grants: Vec<Grant>,
    /// What its records say was done to trails.
    pub done: Vec<Done>,
    /// What its records say that trails need to write.
    pub lifelines: Vec<Lifeline>,
    /// The guards that its records switched off or on. Read where there are rules.
    pub turned: Vec<Turned>,
    /// Whether the batch has no further piece.
    pub ends: bool,
}

/// Reads a batch that is received `now` and hands over its pieces in order; the last one says so.
/// `scratch` is room for unpacking, kept from batch to batch.
pub fn read(
    mut batch: Batch,
    (reading, now): (&Reading, Timestamp),
    scratch: &mut Vec<u8>,
    emit: &mut dyn FnMut(Draft),
) {
    let Some(options) = batch.packed else {
        let bytes = std::mem::take(&mut batch.bytes);
        return emit(draft(batch, &bytes, true, (reading, now)));
    };
    let packed = std::mem::take(&mut batch.bytes);
    if let Some(bytes) = object::unpacked(&packed, &options, scratch) {
        return emit(draft(batch, bytes, true, (reading, now)));
    }
    object::read(&*packed, &options, &mut |chunk| {
        let (bytes, ends) = (chunk.bytes, chunk.last);
        let part = Batch {
            base: chunk.base,
            extent: chunk.extent,
            damage: chunk.damage,
            last: ends,
            receipt: batch.receipt.clone().filter(|_| ends),
            ..batch.bare()
        };
        emit(draft(part, &bytes, ends, (reading, now)));
        ControlFlow::Continue(())
    });
}

fn draft(batch: Batch, bytes: &[u8], ends: bool, how: (&Reading, Timestamp)) -> Draft {
    let (reading, now) = how;
    let mut desk = Desk {
        reading,
        now,
        builder: Builder::passing(),
        building: 0,
        lots: vec![],
        contents: vec![],
        found: Found::default(),
        fires: batch.is_live() || reading.triggers.on_backfill,
    };
    let mut given = PartGiven::default();
    let mut skips = vec![];
    let mut families = Families::default();
    let mut other = BTreeMap::new();
    let mut said = Said::default();
    let piece =
        Piece { bytes, base: batch.base, extent: batch.extent, damage: batch.damage.as_deref() };
    let mut sink = |item: Item<'_>| match item {
        Item::Record { raw, record, content, lossy, .. } => {
            given.records += 1;
            let event = Event::pick(record, &batch.hints, now, reading.columns, &mut families);
            let identity = match event.text(Column::Id) {
                "" => reading.secret.nameless(record.json()),
                id => reading.secret.identity(event.text(Column::Account), id),
            };
            let at = event.time.unwrap_or(now);
            said.hear((record, at), reading, (&batch.hints, now), &mut families);
            desk.found_in(record);
            desk.add(&batch, &event, raw, (identity, content, lossy));
        }
        Item::Skip { offset, why } => {
            given.skipped += 1;
            skips.push((offset, why));
        }
        Item::Other { kind, .. } => {
            given.other = given.other.or(Some(kind));
            *other.entry(kind).or_default() += 1;
        }
    };
    let summary = match &reading.sift {
        None => envelope::split(&piece, &reading.secret, &mut sink),
        Some(plan) => {
            let worth = |record: &[u8]| may_keep(plan, record);
            let (summary, passed) = envelope::sift(&piece, &reading.secret, &worth, &mut sink);
            given.passed = passed;
            summary
        }
    };
    given.empty_records = summary.empty_records;
    let lots = desk.finish();
    Draft {
        batch,
        bytes: bytes.len() as u64,
        lots,
        skips,
        other,
        given,
        grants: said.grants,
        done: said.done,
        lifelines: said.lifelines,
        turned: said.turned,
        ends,
    }
}

/// What records say of other records, and of what guards them.
#[derive(Default)]
struct Said {
    grants: Vec<Grant>,
    done: Vec<Done>,
    lifelines: Vec<Lifeline>,
    turned: Vec<Turned>,
}

impl Said {
    fn hear(
        &mut self,
        (record, at): (&Record<'_>, Timestamp),
        reading: &Reading,
        (hints, now): (&Hints, Timestamp),
        families: &mut Families,
    ) {
        if reading.told.grants {
            self.grants.extend(grant::grant(record, at));
            self.grants.extend(grant::source_identity(record));
        }
        if reading.told.trails {
            let done = trail::change(record)
                .map(|change| done_to_trail(record, change, (hints, now), families));
            self.done.extend(done);
            self.lifelines.extend(lifeline::needed(record, at));
        }
        if !reading.rules.rules().is_empty() {
            self.turned.extend(turns(record, (hints, now), families));
        }
    }
}

/// Who changed a trail, when and where.
fn done_to_trail(
    record: &Record<'_>,
    change: Change,
    (hints, now): (&Hints, Timestamp),
    families: &mut Families,
) -> Done {
    let event = Event::pick(record, hints, now, Columns::ALL, families);
    let text = |column| event.text(column).to_owned();
    Done {
        at: event.time.unwrap_or(now),
        account: text(Column::Account),
        region: text(Column::Region),
        event: text(Column::Event),
        by: text(Column::Actor),
        change,
    }
}

/// The guards that a record switched, by whom, when and where.
fn turns(
    record: &Record<'_>,
    (hints, now): (&Hints, Timestamp),
    families: &mut Families,
) -> Vec<Turned> {
    let switches = switch::switches(record);
    if switches.is_empty() {
        return vec![];
    }
    let event = Event::pick(record, hints, now, Columns::ALL, families);
    let text = |column| event.text(column).to_owned();
    let turned = |switch| Turned {
        at: event.time.unwrap_or(now),
        account: text(Column::Account),
        region: text(Column::Region),
        event: text(Column::Event),
        by: text(Column::Actor),
        switch,
    };
    switches.into_iter().map(turned).collect()
}

/// Lays rows out.
struct Desk<'r> {
    reading: &'r Reading,
    now: Timestamp,
    builder: Builder,
    building: usize,
    lots: Vec<Lot>,
    contents: Vec<u64>,
    found: Found,
    /// Whether its records may fire triggers.
    fires: bool,
}

impl Desk<'_> {
    /// Judges the record that is added next.
    fn found_in(&mut self, record: &Record<'_>) {
        self.found.take(self.reading.rules.rules(), self.builder.len() as u16, record);
    }

    fn add(&mut self, batch: &Batch, event: &Event<'_>, raw: &[u8], keys: (u64, u64, bool)) {
        let (identity, content, lossy) = keys;
        let arrival = batch.delivered.unwrap_or(self.now);
        let flags = event.flags | if lossy { Flag::NotUtf8 as u16 } else { 0 };
        let time = event.time.unwrap_or(arrival);
        let raw = if self.reading.raw == Keep::Nothing { &[] } else { raw };
        let birth = Birth { time, arrival, identity, flags, origins: batch.origins };
        self.builder.push(event, raw, birth);
        self.contents.push(content);
        self.building += raw.len();
        if self.builder.len() == MAX_ROWS || self.building > LOT_BYTES {
            self.close();
        }
    }

    fn close(&mut self) {
        let builder = std::mem::replace(&mut self.builder, Builder::passing());
        self.building = 0;
        let (segment, side) = builder.finish(RowId(0));
        let found = std::mem::take(&mut self.found);
        let contents = std::mem::take(&mut self.contents);
        let part = Part { segment: Arc::new(segment), side: Arc::new(side) };
        let found = found.finish(self.reading.rules.rules(), &part, self.now);
        let chosen =
            if self.fires { self.reading.triggers.chosen(&part, self.now) } else { vec![] };
        let mine = "nobody else has the part";
        let mut segment = Arc::into_inner(part.segment).expect(mine);
        let side = Arc::into_inner(part.side).expect(mine);
        // Rules and triggers have read raw records by now.
        if self.reading.raw == Keep::Packed {
            segment.pack();
        }
        let rules = self.reading.rules.number();
        self.lots.push(Lot { segment, side, contents, found, rules, chosen });
    }

    fn finish(mut self) -> Vec<Lot> {
        if !self.builder.is_empty() {
            self.close();
        }
        self.lots
    }
}
