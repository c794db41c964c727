//! The ring: segments in arrival order under a hard cap of bytes. The only place that changes the
//! store; ingest owns it.

use std::sync::Arc;

use crate::event::field::{Flag, Origin};
use crate::event::grant::Grant;
use crate::event::time::Timestamp;
use crate::store::dedup::Seen;
use crate::store::hits::Hit;
use crate::store::kin::{Changed, Heirs, Kin};
use crate::store::news::Mark;
use crate::store::requests::{Call, Requests, Says};
use crate::store::roots::{self, Met};
use crate::store::segment::{Builder, MAX_ROWS, RowId, Segment};
use crate::store::side::{Better, Body, Side};
use crate::store::snapshot::{Part, Snapshot};

/// Small young segments are compacted into one once they hold this many rows together.
const COMPACT_ROWS: usize = MAX_ROWS;
/// At most this many small young segments before they are compacted whatever their size.
const COMPACT_PARTS: usize = 64;

/// The rows and the identities of everything kept.
#[derive(Debug)]
pub struct Ring {
    parts: Vec<Part>,
    next: u64,
    evicted: u64,
    cap: usize,
    /// Bytes that others take under the same cap.
    left: usize,
    /// Rows leave only when they are taken away.
    is_drained: bool,
    seen: Seen,
    kin: Kin,
    heirs: Heirs,
    changed: Changed,
    met: Met,
    requests: Requests,
    /// Rows that were found to be part of one request since rows last came in.
    calls: Vec<(RowId, Call)>,
}

impl Ring {
    /// An empty ring that keeps at most `cap` bytes.
    pub fn new(cap: usize) -> Self {
        let seen = Seen::default();
        Self {
            parts: vec![],
            next: 0,
            evicted: 0,
            cap,
            left: 0,
            is_drained: false,
            seen,
            kin: Kin::default(),
            heirs: Heirs::default(),
            changed: Changed::default(),
            met: Met::default(),
            requests: Requests::new(cap),
            calls: vec![],
        }
    }

    /// An empty ring that loses no row: whoever owns it takes the rows away with
    /// [`Ring::release`]. The identities of those keep to `cap` bytes.
    pub fn drained(cap: usize) -> Self {
        Self { is_drained: true, ..Self::new(cap) }
    }

    /// The identities of what is kept and of what left within a day.
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The same, to be added to.
    pub fn seen_mut(&mut self) -> &mut Seen {
        &mut self.seen
    }

    /// The number that the next row will have.
    pub fn next_id(&self) -> RowId {
        RowId(self.next)
    }

    /// Numbers the rows of an empty ring from here on.
    pub fn number_from(&mut self, next: RowId) {
        self.next = next.0;
    }

    /// Takes the rows of a builder; compacts and evicts as needed.
    pub fn push(&mut self, builder: Builder, now: Timestamp) {
        if builder.is_empty() {
            // Other bodies of known rows may have come in, and they count as well.
            return self.make_room(now);
        }
        let (segment, mut side) = builder.finish(RowId(self.next));
        // Rows that are taken away are looked at once more when everything is known.
        if !self.is_drained {
            side.find_roots(&segment, &self.kin);
            self.met.add(&segment);
            if self.met.is_due() {
                self.met = Met::of(self.parts.iter().map(|part| &*part.segment).chain([&segment]));
            }
        }
        self.next += segment.len() as u64;
        self.parts.push(Part { segment: Arc::new(segment), side: Arc::new(side) });
        for (row, call) in std::mem::take(&mut self.calls) {
            self.join(row, call);
        }
        self.compact();
        self.make_room(now);
    }

    /// What everybody else may see.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.parts.clone(), self.evicted, self.kin.clone())
    }

    /// Whether the row is still here.
    pub fn holds(&self, id: RowId) -> bool {
        self.find(id).is_some()
    }

    /// Notes credentials that were issued. Rows that come in from now on know of them, those that are
    /// here after the next [`Ring::renew_roots`].
    pub fn grant(&mut self, grants: &[Grant]) {
        for grant in grants {
            self.kin.note(grant, &mut self.heirs, &mut self.changed);
        }
    }

    /// Says anew who is behind the rows that used what was granted. Nothing where rows are taken away:
    /// whoever takes them asks for [`Ring::take_changed`].
    pub fn renew_roots(&mut self) {
        if self.is_drained {
            return;
        }
        let changed = std::mem::take(&mut self.changed);
        // Most credentials are issued before anybody uses them.
        if !changed.meets(|name| self.met.has(name)) {
            return;
        }
        for part in &mut self.parts {
            if roots::concern(&part.segment, &changed) {
                let side = Arc::make_mut(&mut part.side);
                side.renew_roots(&part.segment, &self.kin, &changed);
            }
        }
    }

    /// Takes the keys and principals whose root may be another one since this was last asked, where
    /// rows are taken away.
    pub fn take_changed(&mut self) -> Changed {
        std::mem::take(&mut self.changed)
    }

    /// Who issued what to whom.
    pub fn kin(&self) -> &Kin {
        &self.kin
    }

    /// Sets or clears a flag of a row; nothing where the row is gone.
    pub fn flag(&mut self, id: RowId, flag: Flag, on: bool) {
        self.change(id, |side, row| side.put(row, flag, on));
    }

    /// Notes that a row met a rule.
    pub fn hit(&mut self, id: RowId, hit: Hit) {
        let is_known = self.find(id).is_some_and(|(part, row)| part.side.hits().has(row, &hit));
        if !is_known {
            self.change(id, |side, row| side.hit(row, hit));
        }
    }

    /// Notes which request a row is part of that comes in with the next [`Ring::push`]. Where rows
    /// are taken away nobody looks at folded ones.
    pub fn request(&mut self, row: RowId, says: Says<'_>) {
        if !self.is_drained {
            self.calls.extend(self.requests.note(row, says));
        }
    }

    fn join(&mut self, id: RowId, call: Call) {
        if self.find(id).is_some_and(|(part, row)| part.side.call(row) != Some(&call)) {
            self.change(id, |side, row| side.join(row, call));
        }
    }

    /// Says anew which rules these rows met, which lie in one part; `hits` counts from the first of
    /// them. Hits of rules that are `kept` stay.
    pub fn hit_anew(
        &mut self,
        first: RowId,
        rows: usize,
        hits: Vec<(usize, Hit)>,
        kept: impl Fn(&str) -> bool,
    ) {
        let has_any = |(part, row): (&Part, usize)| {
            part.side.hits().iter().any(|(at, _)| (row..row + rows).contains(&at))
        };
        if !hits.is_empty() || self.find(first).is_some_and(has_any) {
            self.change(first, |side, row| side.hit_anew(row..row + rows, hits, kept));
        }
    }

    /// Takes back that a row met a rule.
    pub fn unhit(&mut self, id: RowId, rule: &str) {
        self.change(id, |side, row| side.unhit(row, rule));
    }

    /// Says anew what a row was the first one to have; gives whether that is something else.
    pub fn set_new(&mut self, id: RowId, mark: Mark) -> bool {
        let known = self.find(id).map(|(part, row)| part.side.news().of(row).copied());
        let has_changed = known.is_some_and(|known| {
            let known = known.unwrap_or_default();
            (known.new, known.learning) != (mark.new, mark.learning)
        });
        if has_changed {
            self.change(id, |side, row| side.set_new(row, mark));
        }
        has_changed
    }

    /// Leaves so many bytes of the cap to others.
    pub fn leave(&mut self, bytes: usize) {
        self.left = bytes;
    }

    /// Whether rows have left for want of room.
    pub fn has_evicted(&self) -> bool {
        self.evicted > 0
    }

    /// The parts, oldest rows first.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether rows leave only when they are taken away.
    pub fn is_drained(&self) -> bool {
        self.is_drained
    }

    /// Notes a further delivery of a row.
    pub fn delivered(&mut self, id: RowId, origins: u8, from: Origin, at: Timestamp) {
        self.change(id, |side, row| side.delivered(row, origins, from, at));
    }

    /// Keeps another body beside the one a row shows.
    pub fn add_body(&mut self, id: RowId, body: Body) {
        self.change(id, |side, row| side.add_body(row, body));
    }

    /// Lets a row show a body of more authority.
    pub fn show_better(&mut self, id: RowId, better: Better) {
        self.change(id, |side, row| side.show_better(row, better));
    }

    /// Lets a row show the other body `at`, and keeps what it showed until now in its place.
    pub fn trade(&mut self, id: RowId, at: usize, body: Body, better: Better) {
        self.change(id, |side, row| side.trade(row, at, body, better));
    }

    /// The part and place of a row.
    pub fn find(&self, id: RowId) -> Option<(&Part, usize)> {
        let part = &self.parts[self.index(id)?];
        part.segment.place(id).map(|row| (part, row))
    }

    /// How many rows are here.
    pub fn n_rows(&self) -> usize {
        self.parts.iter().map(|part| part.segment.len()).sum()
    }

    /// Bytes of everything kept, the identities and what others take included.
    pub fn bytes(&self) -> usize {
        let parts: usize = self.parts.iter().map(part_bytes).sum();
        let told = self.seen.bytes() + self.kin.bytes() + self.met.bytes() + self.requests.bytes();
        told + self.left + parts
    }

    /// Lets go of every row without counting them as evicted; their identities stay known as
    /// those of evicted rows do.
    pub fn release(&mut self, now: Timestamp) {
        for part in std::mem::take(&mut self.parts) {
            self.forget(&part, now);
        }
        while self.seen.bytes() > self.cap && self.seen.forget_oldest() {}
    }

    fn index(&self, id: RowId) -> Option<usize> {
        self.parts.partition_point(|part| part.segment.base() <= id).checked_sub(1)
    }

    fn change(&mut self, id: RowId, change: impl FnOnce(&mut Side, usize)) {
        if let Some(part) = self.index(id).map(|at| &mut self.parts[at])
            && let Some(row) = part.segment.place(id)
        {
            change(Arc::make_mut(&mut part.side), row);
        }
    }

    /// Joins the young segments at the end once they are worth a full one.
    fn compact(&mut self) {
        let young = self.parts.iter().rev().take_while(|part| part.segment.len() < MAX_ROWS / 2);
        let (count, rows) =
            young.fold((0, 0), |(count, rows), part| (count + 1, rows + part.segment.len()));
        if count < 2 || (rows < COMPACT_ROWS && count < COMPACT_PARTS) {
            return;
        }
        let young = self.parts.split_off(self.parts.len() - count);
        let mut batch: Vec<Part> = vec![];
        let mut held = 0;
        for part in young {
            if held + part.segment.len() > MAX_ROWS {
                self.parts.push(join(&batch));
                batch.clear();
                held = 0;
            }
            held += part.segment.len();
            batch.push(part);
        }
        if !batch.is_empty() {
            self.parts.push(join(&batch));
        }
    }

    /// Evicts whole segments, oldest first, until the cap holds; identities of evicted rows go
    /// first once they cost more than an eighth of it. The newest segment always stays.
    fn make_room(&mut self, now: Timestamp) {
        if self.is_drained {
            return;
        }
        let mut gone = 0;
        let mut held: usize = self.bytes() - self.seen.bytes();
        while self.seen.bytes() + held > self.cap {
            if self.seen.evicted_bytes() > self.cap / 8 && self.seen.forget_oldest() {
                continue;
            }
            if gone + 1 >= self.parts.len() {
                break;
            }
            let part = self.parts[gone].clone();
            held -= part_bytes(&part);
            self.evicted += part.segment.len() as u64;
            self.forget(&part, now);
            gone += 1;
        }
        self.parts.drain(..gone);
    }

    /// Hands the identities of a part that leaves to those of evicted rows.
    fn forget(&mut self, part: &Part, now: Timestamp) {
        let rows = part.segment.len();
        let identities = (0..rows).map(|row| part.segment.identity(row)).collect();
        self.seen.evict(identities, RowId(part.segment.base().0 + rows as u64), now);
    }
}

fn part_bytes(part: &Part) -> usize {
    part.segment.bytes() + part.side.bytes()
}

/// One segment of the rows of several, in their order, with their numbers.
fn join(parts: &[Part]) -> Part {
    if let [only] = parts {
        return only.clone();
    }
    let mut builder = Builder::default();
    let mut side = Side::default();
    for part in parts {
        let segment: &Segment = &part.segment;
        let rows: Vec<usize> = (0..segment.len()).collect();
        builder.append(segment, &rows, std::iter::empty());
        side.extend(&part.side);
    }
    let base = parts[0].segment.base();
    let (segment, _) = builder.finish(base);
    Part { segment: Arc::new(segment), side: Arc::new(side) }
}

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
