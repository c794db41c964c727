//! What rules find of rows: when rows come in, when later ones complete it, and over again when there
//! are other rules or a row shows another body.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::detect::alert::{About, Alert, Book, Ending, Kept};
use crate::detect::baseline::Baseline;
use crate::detect::current::Current;
use crate::detect::lifelines::Lifelines;
use crate::detect::off::Turned;
use crate::detect::watch::Watch;
use crate::engine::again::{Again, Judged, Judging, recast};
use crate::engine::draft::Lot;
use crate::engine::firsts::Firsts;
use crate::event::field::Column;
use crate::event::lifeline::Lifeline;
use crate::event::time::Timestamp;
use crate::notebook::mutes::Mutes;
use crate::store::hits::Hit;
use crate::store::news::Mark;
use crate::store::ring::Ring;
use crate::store::segment::{Builder, RowId};
use crate::store::snapshot::RowRef;
use crate::trigger::definition::Triggers;
use crate::trigger::firing::Wish;
use crate::trigger::sentry::Sentry;

/// Everything that rules found, and what is still under way.
#[derive(Debug)]
pub struct Findings {
    pub(super) watch: Watch,
    pub(super) current: Current,
    pub(super) room: usize,
    /// What rows are the first ones to have; `None` where nobody asks.
    pub(super) firsts: Option<Firsts>,
    pub(super) lifelines: Lifelines,
    /// Hits that rows turned out to have once they were taken away.
    pub(super) late: HashMap<RowId, Vec<Hit>>,
    pub(super) sentry: Option<Sentry>,
    /// What triggers want done since that was last taken.
    pub(super) wishes: Vec<Wish>,
    pub(super) again: Again,
    pub(super) judged: Judged,
    /// Rows that show another body since they were judged.
    pub(super) anew: BTreeSet<RowId>,
    pub(super) turns: u64,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            watch: Watch::new(Arc::default(), 0),
            current: Current::default(),
            room: 0,
            firsts: None,
            lifelines: Lifelines::default(),
            late: HashMap::new(),
            sentry: None,
            wishes: vec![],
            again: Again::default(),
            judged: Judged::default(),
            anew: BTreeSet::new(),
            turns: 0,
        }
    }
}

impl Findings {
    /// Watches for what these rules are about, from now on; what is under way takes at most about
    /// so many bytes.
    pub fn watch_for(&mut self, current: Current, room: usize) {
        self.watch = Watch::new(Arc::clone(current.rules()), room);
        (self.current, self.room) = (current, room);
    }

    /// The same before anything has come in: what is watched for, what fires and what is muted stay.
    #[must_use]
    pub fn anew(self) -> Self {
        let mut anew = Self::default();
        anew.watch = Watch::anew(&self.watch, Arc::clone(self.current.rules()), self.room);
        (anew.current, anew.room) = (self.current, self.room);
        anew.firsts = self.firsts.map(|_| Firsts::new(Baseline::new(self.room / 2)));
        if let Some(sentry) = self.sentry {
            anew.fire(sentry);
        }
        anew
    }

    /// Fires for what comes in from now on. After rules are watched for.
    pub fn fire(&mut self, sentry: Sentry) {
        self.watch.note_news(sentry.triggers().on_backfill);
        self.sentry = Some(sentry);
    }

    /// Takes what triggers want done.
    pub fn take_wishes(&mut self) -> Vec<Wish> {
        std::mem::take(&mut self.wishes)
    }

    /// The triggers whose filters readers have to judge by.
    pub fn triggers(&self) -> Arc<Triggers> {
        self.sentry.as_ref().map(|it| Arc::clone(it.triggers())).unwrap_or_default()
    }

    /// From now on nothing fires for these alerts.
    pub fn mute(&mut self, mutes: Mutes) {
        if let Some(sentry) = &mut self.sentry {
            sentry.mute(mutes);
        }
    }

    /// Takes in that a guard was switched.
    pub fn turned(&mut self, turned: Turned) {
        self.watch.turned(turned);
    }

    /// Takes in that a trail needs something.
    pub fn needed(&mut self, lifeline: Lifeline) {
        self.lifelines.learn(lifeline);
    }

    /// What trails need, and what was done to it.
    pub fn lifelines(&self) -> &Lifelines {
        &self.lifelines
    }

    /// Keeps the eventIDs of what alerts may be made of: its rows are taken away.
    pub fn keep_ids(&mut self) {
        self.watch.keep_ids();
    }

    /// Counts up while rows are judged again, and once they were.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// Learns what everybody does, from now on, beside what was known before.
    pub fn learn(&mut self, baseline: Baseline) {
        self.firsts = Some(Firsts::new(baseline));
    }

    /// What everybody is known to do; `None` where nobody asks.
    pub fn baseline(&self) -> Option<&Baseline> {
        self.firsts.as_ref().map(Firsts::baseline)
    }

    /// What rows are the first ones to have, to be asked what was learned; `None` where nobody asks.
    pub fn firsts_mut(&mut self) -> Option<&mut Firsts> {
        self.firsts.as_mut()
    }

    /// What the rules add up to.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The rules that hold.
    pub fn current(&self) -> &Current {
        &self.current
    }

    /// Every alert that is known. While rows are judged again, these are the alerts of before, and
    /// those that were received live since.
    pub fn alerts(&self) -> Vec<Arc<Alert>> {
        let now = self.watch.alerts().list();
        let Some(older) = &self.again.older else { return now };
        let mut all = older.list();
        all.extend(now.into_iter().filter(|alert| alert.is_live));
        all.sort_by_key(|alert| alert.rank());
        all
    }

    /// How far rows have been judged again, while that goes on.
    pub fn judging(&self) -> Option<Judging> {
        let left = self.again.rows();
        (left > 0).then_some(Judging { done: self.again.done, of: self.again.done + left })
    }

    /// The last rules that have judged every row again.
    pub fn judged(&self) -> Judged {
        self.judged
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        let older = self.again.older.as_ref().map_or(0, Book::bytes);
        let firsts = self.firsts.as_ref().map_or(0, Firsts::bytes);
        self.watch.bytes() + firsts + self.lifelines.bytes() + older
    }

    /// Takes the hits that rows turned out to have once they were taken away.
    pub fn take_late(&mut self) -> HashMap<RowId, Vec<Hit>> {
        std::mem::take(&mut self.late)
    }

    /// Takes in what rules found of a row of a lot, which will be row `at` of the builder. A lot that
    /// was judged by other rules than those of today is judged again.
    pub fn note(
        &mut self,
        (lot, row): (&Lot, usize),
        (at, id, is_live): (usize, RowId, bool),
        builder: &mut Builder,
    ) {
        let about = || about(id, lot.segment.time(row), is_live, |it| lot.segment.text(row, it));
        let chosen = lot.chosen_by(row);
        if let Some(sentry) = self.sentry.as_mut().filter(|_| !chosen.is_empty()) {
            for (_, trigger) in chosen {
                sentry.chose(usize::from(*trigger), &about());
            }
        }
        if lot.rules != self.current.number() {
            return self.again.note(id.0, is_live);
        }
        let (met, counts) = (lot.found.met(row), lot.found.counts(row));
        let asks = lot.found.asks(row);
        if met.is_empty() && counts.is_empty() && asks.is_empty() {
            return;
        }
        let about = about();
        self.watch.called(id, lot.segment.text(row, Column::Id));
        let (asks, touching) = self.asked_of(asks);
        let touches = self.touched(touching, &about);
        for card in met.iter().map(|(_, card)| *card).chain(touches) {
            if let Some(hit) = self.watch.met(card, &about) {
                builder.hit(at, hit);
            }
        }
        for it in counts {
            self.watch.count(it, &about);
        }
        if let Some(firsts) = self.firsts.as_mut().filter(|_| !asks.is_empty()) {
            firsts.ask(Kept::from(&about), id, asks);
        }
    }

    /// Tells conditions that ask what is new from those that ask what trails need.
    pub(super) fn asked_of(&self, asks: &[(u16, u16)]) -> (Vec<u16>, Vec<u16>) {
        let touches = |filter: &u16| self.watch.asks_trails(*filter);
        let (touching, firsts) = asks.iter().map(|(_, filter)| *filter).partition(touches);
        (firsts, touching)
    }

    /// The rules that a row meets because a trail needs what it touched, as far as it is known by now.
    pub(super) fn touched(&mut self, filters: Vec<u16>, about: &About<'_>) -> Vec<u16> {
        if filters.is_empty() {
            return vec![];
        }
        let cards = self.cards_of(&filters);
        if self.lifelines.ask(about, filters) { cards } else { vec![] }
    }

    fn cards_of(&self, filters: &[u16]) -> Vec<u16> {
        filters.iter().filter_map(|it| self.watch.wishes(*it)).map(|(card, _)| card).collect()
    }

    /// Lets rules know of the rows that turn out to have touched what trails need.
    fn tell_touched(&mut self, ring: &mut Ring) {
        for (kept, filters) in self.lifelines.settle() {
            let about = kept.about();
            for card in self.cards_of(&filters) {
                if let Some(hit) = self.watch.met(card, &about) {
                    self.hit_late(ring, about.row, hit);
                }
            }
        }
    }

    /// Brings a hit to a row that came in before it was known.
    fn hit_late(&mut self, ring: &mut Ring, row: RowId, hit: Hit) {
        if ring.holds(row) {
            ring.hit(row, hit);
        } else if ring.is_drained() {
            self.late.entry(row).or_default().push(hit);
        }
    }

    /// Takes in that the rows from `from` on are in the ring, and brings what has come together to
    /// the rows that it is about.
    pub fn settle(&mut self, ring: &mut Ring, from: RowId, now: Timestamp) {
        if let Some(firsts) = self.firsts.as_mut() {
            let said = firsts.take_in(ring, from);
            // Rows that are taken away are decided on once more is known of them.
            if !ring.is_drained() {
                self.tell_news(ring, &said);
            }
        }
        for row in std::mem::take(&mut self.anew) {
            self.judge_anew(ring, row, now);
        }
        self.tell_touched(ring);
        self.come_together(ring);
        self.fire_for_news(ring, now);
    }

    /// Lets triggers fire for what came to alerts.
    pub(super) fn fire_for_news(&mut self, ring: &Ring, now: Timestamp) {
        if let Some(sentry) = &mut self.sentry {
            let news = self.watch.take_news();
            self.wishes.extend(sentry.settle(&news, ring, now));
        }
    }

    pub(super) fn come_together(&mut self, ring: &mut Ring) {
        for (row, hit) in self.watch.settle() {
            self.hit_late(ring, row, hit);
        }
    }

    /// Decides which rows that were taken away meet a rule because something about them is new.
    pub fn decide(&mut self, ring: &mut Ring) {
        let said = self.firsts.as_ref().map(Firsts::decided).unwrap_or_default();
        self.tell_news(ring, &said);
    }

    /// Forgets an actor or account, or all of them, but for what the rows that are here tell.
    pub fn forget(&mut self, ring: &mut Ring, subject: Option<&str>) {
        if let Some(firsts) = self.firsts.as_mut() {
            let said = firsts.forget(ring, subject);
            self.tell_news(ring, &said);
        }
    }

    /// Lets rules know of which rows something else is said to be new.
    pub(super) fn tell_news(&mut self, ring: &mut Ring, said: &[(RowId, Mark)]) {
        let Some(firsts) = self.firsts.as_mut() else { return };
        let mut lost = BTreeSet::new();
        for (row, mark) in said {
            let Some(asked) = firsts.asked(*row) else { continue };
            for filter in &asked.filters {
                let Some((card, wishes)) = self.watch.wishes(*filter) else { continue };
                let is_met = is_met(wishes, *mark);
                if is_met && asked.met.insert(card) {
                    let Some(hit) = self.watch.met(card, &asked.about.about()) else { continue };
                    if ring.is_drained() {
                        self.late.entry(*row).or_default().push(hit);
                    } else {
                        ring.hit(*row, hit);
                    }
                } else if !is_met && asked.met.remove(&card) {
                    let rule = &self.watch.rules().cards[usize::from(card)].named;
                    ring.unhit(*row, &rule.id);
                    lost.insert(card);
                }
            }
        }
        if !lost.is_empty() && !ring.is_drained() {
            recast(&mut self.watch, ring, &lost);
        }
    }
}

pub(super) fn is_met(wishes: &[u8], mark: Mark) -> bool {
    wishes.iter().all(|any_of| mark.firsts() & any_of != 0)
}

/// What is told of a row that was there before.
pub(super) fn about_row(row: RowRef<'_>) -> About<'_> {
    about(row.id(), row.time(), false, |column| row.text(column))
}

fn about<'a>(
    row: RowId,
    time: Timestamp,
    is_live: bool,
    text: impl Fn(Column) -> &'a str,
) -> About<'a> {
    About {
        row,
        time,
        ending: Ending::of(text(Column::Result)),
        account: text(Column::Account),
        region: text(Column::Region),
        actor: text(Column::Actor),
        service: text(Column::Service),
        event: text(Column::Event),
        target: text(Column::Target),
        is_live,
    }
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "findings_order_tests.rs"]
mod order_tests;
