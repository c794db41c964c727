//! From bytes to rows: finds records, reads them, tells new from known, and keeps the books. The
//! dashboard and `query` both take their events in through here.

use std::collections::HashMap;
use std::sync::Arc;

use crate::coverage::doubt::Doubt;
use crate::detect::off::{Off, Offs};
use crate::detect::watch::Watch;
use crate::engine::arriving::Arriving;
use crate::engine::cover::Cover;
use crate::engine::draft::{self, Draft, Lot, Reading};
use crate::engine::findings::Findings;
use crate::engine::tally::{OpenObjects, Tally};
use crate::engine::view::{Alerts, Stamp};
use crate::event::field::{Column, Flag, Origin};
use crate::event::fingerprint::Secret;
use crate::event::grant::Grant;
use crate::event::json::Json;
use crate::event::lifeline::{self, Lifeline};
use crate::event::time::Timestamp;
use crate::notebook::mutes::Mutes;
use crate::source::batch::{Batch, Receipt};
use crate::source::tape::buffer::Held;
use crate::store::dedup::Verdict;
use crate::store::requests::Says;
use crate::store::ring::Ring;
use crate::store::segment::{Builder, MAX_ROWS, RowId};
use crate::store::side::Body;
use crate::trigger::definition::Triggers;
use crate::trigger::firing::Wish;
use crate::trigger::sentry::Sentry;

/// Takes batches in. Owned by the ingest thread.
#[derive(Debug)]
pub struct Intake {
    ring: Ring,
    builder: Builder,
    secret: Secret,
    tally: Tally,
    open: OpenObjects,
    cover: Cover,
    findings: Findings,
    newest: Option<Timestamp>,
    /// Of batches whose rows have come in since the receipts were last taken.
    receipts: Vec<Receipt>,
    /// The accounts of events to be marked when they come, by eventID.
    expected: HashMap<String, Vec<String>>,
    /// Credentials that were issued since rows were last moved into the ring.
    grants: Vec<Grant>,
    /// What had been heard of trails when their needs were last looked at.
    heard: u64,
    /// What was off, which state of that it is, and what it was put together from.
    offs: (Offs, u64, (u64, u64)),
    /// The first row that may be shown but of which nothing was concluded yet.
    open_from: RowId,
}

/// The rows of a lot that are kept, until they go into the builder together.
#[derive(Default)]
struct Kept {
    rows: Vec<usize>,
    flags: Vec<u16>,
}

impl Intake {
    /// An empty intake whose ring keeps at most `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self {
            ring: Ring::new(cap),
            builder: Builder::default(),
            secret: Secret::random(),
            tally: Tally::default(),
            open: OpenObjects::default(),
            cover: Cover::default(),
            findings: Findings::default(),
            newest: None,
            receipts: vec![],
            expected: HashMap::new(),
            grants: vec![],
            heard: 0,
            offs: Default::default(),
            open_from: RowId(0),
        }
    }

    /// An empty intake whose rows are taken away by [`Intake::drain`] and by nothing else; what is
    /// remembered of them keeps to `cap` bytes.
    pub fn drained(cap: usize) -> Self {
        Self { ring: Ring::drained(cap), builder: Builder::passing(), ..Self::new(cap) }
    }

    /// Forgets everything that came in; rows that come are numbered on, events that are expected
    /// stay so, and so does what fires, and what is muted.
    pub fn begin_anew(&mut self, cap: usize) {
        let next = self.next_id();
        let before = std::mem::replace(self, Self::new(cap));
        self.ring.number_from(RowId(next));
        self.open_from = RowId(next);
        self.findings = before.findings.anew();
        let Self { secret, expected, receipts, .. } = before;
        (self.secret, self.expected, self.receipts) = (secret, expected, receipts);
    }

    /// What rules found.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The same, to be told what to look for, with the ring that it is about.
    pub fn findings_mut(&mut self) -> (&mut Findings, &mut Ring) {
        (&mut self.findings, &mut self.ring)
    }

    /// Fires for what comes in from now on. After rules are watched for.
    pub fn fire(&mut self, sentry: Sentry) {
        self.findings.fire(sentry);
    }

    /// From now on nothing fires for these alerts.
    pub fn mute(&mut self, mutes: Mutes) {
        self.findings.mute(mutes);
    }

    /// Takes what triggers want done.
    pub fn take_wishes(&mut self) -> Vec<Wish> {
        self.findings.take_wishes()
    }

    /// The triggers whose filters readers have to judge by.
    pub fn triggers(&self) -> Arc<Triggers> {
        self.findings.triggers()
    }

    /// What the rules add up to.
    pub fn watch(&self) -> &Watch {
        self.findings.watch()
    }

    /// Which state of what the rules add up to this is: another one after every change.
    pub fn alerts_version(&self) -> Stamp {
        let watch = self.findings.watch();
        Stamp {
            alerts: watch.alerts().version(),
            truncated: watch.truncated() + self.findings.lifelines().dropped(),
            judged: self.findings.turns(),
            offs: self.offs.1,
        }
    }

    /// What the rules add up to, but for what has come since the last [`Intake::flush`].
    pub fn alerts(&self) -> Alerts {
        let (watch, version) = (self.findings.watch(), self.alerts_version());
        Alerts {
            list: self.findings.alerts(),
            dropped: watch.alerts().dropped(),
            truncated: version.truncated,
            rules: Arc::clone(watch.rules()),
            version,
            offs: self.offs.0.clone(),
            judging: self.findings.judging(),
            judged: self.findings.judged(),
        }
    }

    /// Takes out of the books what was off, where anything may have changed.
    fn renew_offs(&mut self) {
        let guards = self.findings.watch().guards();
        let state = (guards.version(), self.cover.turns());
        if self.offs.2 != state {
            let holes = self.cover.holes();
            let offs = holes.iter().map(Off::of_hole).chain(guards.offs()).collect();
            self.offs = (offs, self.offs.1 + 1, state);
        }
    }

    /// Why trails may be blind, where nothing has come since that says they are not.
    pub fn doubts(&self) -> Vec<Doubt> {
        let all = self.findings.lifelines().doubts().iter();
        all.filter(|doubt| !self.cover.has_gone_on(doubt)).cloned().collect()
    }

    /// The books.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The same, to be asked what was learned.
    pub fn ring_mut(&mut self) -> &mut Ring {
        &mut self.ring
    }

    /// The ring, without the rows since the last [`Intake::flush`].
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// How complete everything is.
    pub fn cover(&self) -> &Cover {
        &self.cover
    }

    /// The same, for what sources say of it.
    pub fn cover_mut(&mut self) -> &mut Cover {
        &mut self.cover
    }

    /// The newest event time seen.
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// How whoever reads for this intake has to read.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Reads a batch and takes it in, all on this thread.
    pub fn take(&mut self, batch: Batch, now: Timestamp) {
        let rules = self.findings.current().clone();
        let reading = Reading { rules, ..Reading::whole(self.secret.clone()) };
        draft::read(batch, (&reading, now), &mut vec![], &mut |draft| self.keep(&draft, now));
    }

    /// Takes in what a reader made of a batch. Rows are visible after the next [`Intake::flush`].
    pub fn keep(&mut self, draft: &Draft, now: Timestamp) {
        let batch = &draft.batch;
        self.tally.records += draft.given.records;
        self.grants.extend_from_slice(&draft.grants);
        for lot in &draft.lots {
            let mut kept = Kept::default();
            for at in 0..lot.contents.len() {
                self.arrive(Arriving { batch, lot, at, now }, &mut kept);
            }
            self.settle(lot, &mut kept, from(batch));
        }
        for (offset, why) in &draft.skips {
            self.tally.skip(format!("{}:{offset}", batch.name), why.clone());
        }
        for (kind, count) in &draft.other {
            *self.tally.other.entry(kind).or_default() += count;
        }
        self.open.add(batch, draft.bytes, draft.given, &mut self.tally);
        self.receipts.extend(batch.receipt.clone());
        draft.done.iter().for_each(|done| self.cover.done(done.clone()));
        draft.lifelines.iter().for_each(|it| self.findings.needed(it.clone()));
        let bucket = bucket(batch).filter(|_| draft.ends && draft.given.records > 0);
        if let Some(bucket) = bucket {
            self.findings.needed(bucket);
        }
        draft.turned.iter().for_each(|turned| self.findings.turned(turned.clone()));
    }

    /// Takes the receipts of batches that have come in: to be given once their rows are stored.
    pub fn receipts(&mut self) -> impl Iterator<Item = Receipt> {
        self.receipts.drain(..)
    }

    /// Marks or unmarks a row.
    pub fn mark(&mut self, row: RowId, on: bool) {
        self.ring.flag(row, Flag::Marked, on);
    }

    /// Marks the events of these accounts and ids when they come.
    pub fn expect(&mut self, events: Vec<(String, String)>) {
        for (account, id) in events {
            self.expected.entry(id).or_default().push(account);
        }
    }

    /// Knows who issued what to whom, from rows that are not here.
    pub fn issued(&mut self, grants: Vec<Grant>) {
        self.grants.extend(grants);
    }

    /// All rows and how complete they are, for a recording that begins now.
    pub fn held(&mut self, now: Timestamp) -> Held {
        self.show(now);
        Held { rows: self.ring.snapshot(), cover: self.cover.whole() }
    }

    /// Moves the new rows into the ring and concludes what follows from them.
    pub fn flush(&mut self, now: Timestamp) {
        self.show(now);
        self.conclude(now);
    }

    /// Moves the new rows into the ring, where they may be seen. What they mean together is left to
    /// [`Intake::conclude`], which costs less the more rows it is asked about at once.
    pub fn show(&mut self, now: Timestamp) {
        self.ring.grant(&std::mem::take(&mut self.grants));
        let fresh = self.builder.fresh();
        self.ring.leave(self.findings.bytes());
        self.ring.push(std::mem::replace(&mut self.builder, fresh), now);
        // No row may leave before something was concluded of it.
        let open = self.ring.next_id().0 - self.open_from.0;
        if self.ring.has_evicted() && open * 4 > self.ring.n_rows() as u64 {
            self.conclude(now);
        }
    }

    /// Says what follows from the rows that were shown since the last time: who is behind them and
    /// behind earlier ones, what about them is new, and what has come together.
    pub fn conclude(&mut self, now: Timestamp) {
        if self.heard != self.cover.turns() {
            self.heard = self.cover.turns();
            let needed = self.cover.seen().into_iter().flat_map(|trail| trail.lifelines());
            needed.for_each(|it| self.findings.needed(it));
        }
        self.ring.renew_roots();
        let from = std::mem::replace(&mut self.open_from, self.ring.next_id());
        self.findings.settle(&mut self.ring, from, now);
        self.renew_offs();
    }

    /// Takes every row out of the ring, for a caller that keeps what it needs itself; identities
    /// stay known.
    pub fn drain(&mut self, now: Timestamp) -> crate::store::snapshot::Snapshot {
        self.flush(now);
        let snapshot = self.ring.snapshot();
        self.ring.release(now);
        snapshot
    }

    fn arrive(&mut self, it: Arriving<'_>, kept: &mut Kept) {
        let (identity, content) = it.keys();
        match self.ring.seen().judge(identity, content, it.batch.origin) {
            Verdict::New => self.add(it, kept, 0),
            Verdict::Same(row) => {
                self.tally.duplicates += 1;
                self.delivered_again(it, kept, row);
            }
            Verdict::Differs(row) => {
                self.in_ring(it, kept, row);
                self.ring.flag(row, Flag::Differs, true);
                self.add(it, kept, Flag::Differs as u16);
            }
            Verdict::OtherBody(row) => {
                self.tally.duplicates += 1;
                self.other_body(it, kept, row);
                self.ring.seen_mut().add(identity, content, (row, it.known_by()));
            }
        }
    }

    fn add(&mut self, it: Arriving<'_>, kept: &mut Kept, flags: u16) {
        let (identity, content) = it.keys();
        let mut flags = flags | it.lot.side.flags(it.at);
        if let Some(time) = it.time() {
            let is_late = match it.batch.before {
                Some(before) => before.is_late,
                None => self.cover.arrived(it.covered(time)),
            };
            if is_late {
                flags |= Flag::Late as u16;
                self.tally.late += 1;
            }
            self.newest = self.newest.max(Some(time));
        }
        if !self.expected.is_empty() && self.is_expected(it) {
            flags |= Flag::Marked as u16;
        }
        let row = RowId(self.next_id() + kept.rows.len() as u64);
        self.ring.seen_mut().add(identity, content, (row, it.known_by()));
        self.tally.kept += 1;
        kept.rows.push(it.at);
        kept.flags.push(flags);
        if self.builder.len() + kept.rows.len() == MAX_ROWS {
            self.settle(it.lot, kept, from(it.batch));
            self.show(it.now);
        }
    }

    fn is_expected(&self, it: Arriving<'_>) -> bool {
        let accounts = self.expected.get(it.text(Column::Id));
        accounts.is_some_and(|all| all.iter().any(|one| one == it.text(Column::Account)))
    }

    /// The number of the next row, were there none waiting in [`Kept`].
    fn next_id(&self) -> u64 {
        self.ring.next_id().0 + self.builder.len() as u64
    }

    /// Moves the kept rows of a lot into the builder.
    fn settle(&mut self, lot: &Lot, kept: &mut Kept, (origins, is_live): (u8, bool)) {
        let Kept { rows, flags } = std::mem::take(kept);
        let (base, first) = (self.builder.len(), self.next_id());
        self.builder.append(&lot.segment, &rows, flags.into_iter().map(|flags| (flags, origins)));
        for (at, row) in rows.iter().enumerate() {
            let id = RowId(first + at as u64);
            self.findings.note((lot, *row), (base + at, id, is_live), &mut self.builder);
            self.note_request(lot, *row, id);
        }
    }

    /// Notes which request a row of a lot is part of.
    fn note_request(&mut self, lot: &Lot, row: usize, id: RowId) {
        let text = |column| lot.segment.text(row, column);
        let says = Says {
            account: text(Column::Account),
            caller: text(Column::Principal),
            request: text(Column::Request),
            is_forwarded: !text(Column::Via).is_empty(),
        };
        self.ring.request(id, says);
    }

    fn delivered_again(&mut self, it: Arriving<'_>, kept: &mut Kept, row: RowId) {
        let (origins, origin) = (it.batch.origins, it.batch.origin);
        let known = self.origins(row, it);
        if known.is_some_and(|known| known & origins == origins) {
            return;
        }
        let (identity, content) = it.keys();
        self.ring.seen_mut().delivered(identity, content, origin.bit());
        let Some(known) = known else { return };
        self.in_ring(it, kept, row);
        if origin > strongest(known) {
            self.promote(it, row, (content, strongest(known)));
        }
        self.ring.delivered(row, origins, origin, it.arrival());
    }

    /// The kinds of source that delivered a row; `None` once it was evicted.
    fn origins(&self, row: RowId, it: Arriving<'_>) -> Option<u8> {
        match row.0.checked_sub(self.ring.next_id().0) {
            Some(at) if (at as usize) < self.builder.len() => {
                Some(self.builder.origins(at as usize))
            }
            // It came in this very lot.
            Some(_) => Some(it.batch.origins),
            None => self.ring.find(row).map(|(part, at)| part.side.origins(at)),
        }
    }

    /// Shows a body that was kept beside another one and now came from a kind of more authority
    /// than `shown`, which delivered what the row shows.
    fn promote(&mut self, it: Arriving<'_>, row: RowId, by: (u64, Origin)) {
        let (content, shown) = by;
        let Some((part, at)) = self.ring.find(row) else { return };
        let says = |raw: &[u8]| self.secret.content(Json::of(&String::from_utf8_lossy(raw)));
        let bodies = part.side.bodies(at);
        let Some(beside) = bodies.iter().position(|body| says(&body.raw) == content) else {
            return;
        };
        let body =
            Body { origin: shown, arrival: part.segment.arrival(at), raw: part.raw(at).into() };
        self.ring.trade(row, beside, body, it.better());
        self.findings.shows_another(row);
    }

    /// Keeps a different body from another kind of source: the one of more authority is shown.
    fn other_body(&mut self, it: Arriving<'_>, kept: &mut Kept, row: RowId) {
        self.in_ring(it, kept, row);
        let arrival = it.arrival();
        let Some((part, at)) = self.ring.find(row) else { return };
        let shown = strongest(part.side.origins(at));
        let (origin, raw) = if it.batch.origin > shown {
            (shown, part.raw(at).into_boxed_slice())
        } else {
            (it.batch.origin, it.lot.segment.raw().row(it.at).into())
        };
        let body = Body { origin, arrival, raw };
        if it.batch.origin > shown {
            self.ring.show_better(row, it.better());
            self.findings.shows_another(row);
        }
        self.ring.add_body(row, body);
        self.ring.flag(row, Flag::Differs, true);
        self.ring.delivered(row, it.batch.origins, it.batch.origin, arrival);
    }

    /// Makes sure that a row which may be changed is in the ring.
    fn in_ring(&mut self, it: Arriving<'_>, kept: &mut Kept, row: RowId) {
        if row >= self.ring.next_id() {
            self.settle(it.lot, kept, from(it.batch));
            self.show(it.now);
        }
    }
}

/// The bucket that a log object is in: a trail writes there.
fn bucket(batch: &Batch) -> Option<Lifeline> {
    let path = batch.name.strip_prefix("s3://").filter(|_| batch.origin == Origin::S3)?;
    let (name, place) = (lifeline::bucket(path)?, Default::default());
    Some(Lifeline { name, since: Timestamp(i64::MIN), place })
}

/// The kinds of source that delivered a batch, and whether it came live.
fn from(batch: &Batch) -> (u8, bool) {
    (batch.origins, batch.is_live())
}

/// The kind of most authority among these bits; the simulation's own bit has none.
fn strongest(origins: u8) -> Origin {
    Origin::of(origins).last().unwrap_or(Origin::Demo)
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "intake_firing_tests.rs"]
mod firing_tests;

#[cfg(test)]
#[path = "intake_model_tests.rs"]
mod model_tests;
