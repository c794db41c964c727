//! What rules find of rows: when rows come in, when later ones complete it, and over again when there
//! are other rules or a row shows another body.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::detect::alert::{About, Alert, Book, Ending, Kept};
use crate::detect::baseline::Baseline;
use crate::detect::current::Current;
use crate::detect::judge::Found;
use crate::detect::off::Turned;
use crate::detect::rule::Rules;
use crate::detect::watch::Watch;
use crate::engine::draft::Lot;
use crate::engine::firsts::Firsts;
use crate::event::field::Column;
use crate::event::json::Json;
use crate::event::read::Event;
use crate::event::record::Record;
use crate::event::time::Timestamp;
use crate::notebook::mutes::Mutes;
use crate::store::hits::Hit;
use crate::store::news::Mark;
use crate::store::ring::Ring;
use crate::store::segment::{Birth, Builder, RowId};
use crate::store::snapshot::{Part, RowRef};
use crate::trigger::definition::Triggers;
use crate::trigger::firing::Wish;
use crate::trigger::sentry::Sentry;

/// Everything that rules found, and what is still under way.
#[derive(Debug)]
pub struct Findings {
    watch: Watch,
    current: Current,
    room: usize,
    /// What rows are the first ones to have; `None` where nobody asks.
    firsts: Option<Firsts>,
    /// Hits that rows turned out to have once they were taken away.
    late: HashMap<RowId, Vec<Hit>>,
    sentry: Option<Sentry>,
    /// What triggers want done since that was last taken.
    wishes: Vec<Wish>,
    again: Again,
    judged: Judged,
    /// Rows that show another body since they were judged.
    anew: BTreeSet<RowId>,
    turns: u64,
}

/// Rows that other rules have to judge, and what the rules before them found.
#[derive(Debug, Default)]
struct Again {
    /// Where they are, and whether they were received live.
    left: Vec<(Range<u64>, bool)>,
    older: Option<Book>,
    done: u64,
}

impl Again {
    /// Notes one more row, which follows the last one or is far from it.
    fn note(&mut self, row: u64, is_live: bool) {
        match self.left.last_mut() {
            Some((rows, live)) if rows.end == row && *live == is_live => rows.end += 1,
            _ => self.left.push((row..row + 1, is_live)),
        }
    }

    fn rows(&self) -> u64 {
        self.left.iter().map(|(rows, _)| rows.end - rows.start).sum()
    }
}

/// How far rows have been judged again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judging {
    /// Rows that were judged.
    pub done: u64,
    /// Rows in all.
    pub of: u64,
}

/// That other rules have judged every row that was here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Judged {
    /// Which rules, by their number; 0 where there were never others.
    pub by: u64,
    /// How many rows.
    pub rows: u64,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            watch: Watch::new(Arc::default(), 0),
            current: Current::default(),
            room: 0,
            firsts: None,
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
        anew.watch_for(self.current, self.room);
        anew.firsts = self.firsts.map(|_| Firsts::new(Baseline::new(self.room / 2)));
        if let Some(sentry) = self.sentry {
            anew.fire(sentry);
        }
        anew
    }

    /// Fires for what comes in from now on. After rules are watched for.
    pub fn fire(&mut self, sentry: Sentry) {
        self.watch.note_news();
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
        self.watch.bytes() + self.firsts.as_ref().map_or(0, Firsts::bytes) + older
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
        for (_, card) in met {
            if let Some(hit) = self.watch.met(*card, &about) {
                builder.hit(at, hit);
            }
        }
        for it in counts {
            self.watch.count(it, &about);
        }
        if let Some(firsts) = self.firsts.as_mut().filter(|_| !asks.is_empty()) {
            let filters = asks.iter().map(|(_, filter)| *filter).collect();
            firsts.ask(Kept::from(&about), id, filters);
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
        self.come_together(ring);
        self.fire_for_news(ring, now);
    }

    /// Lets triggers fire for what came to alerts.
    fn fire_for_news(&mut self, ring: &Ring, now: Timestamp) {
        if let Some(sentry) = &mut self.sentry {
            let news = self.watch.take_news();
            self.wishes.extend(sentry.settle(&news, ring, now));
        }
    }

    fn come_together(&mut self, ring: &mut Ring) {
        for (row, hit) in self.watch.settle() {
            if ring.holds(row) {
                ring.hit(row, hit);
            } else if ring.is_drained() {
                self.late.entry(row).or_default().push(hit);
            }
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
    fn tell_news(&mut self, ring: &mut Ring, said: &[(RowId, Mark)]) {
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

    /// Goes on to the newest rules. What those before found stays until every row was judged again,
    /// see [`Findings::judge_some`].
    pub fn renew_rules(&mut self, ring: &Ring) {
        if !self.current.renew() {
            return;
        }
        let watch = Watch::following(&self.watch, Arc::clone(self.current.rules()), self.room);
        let before = std::mem::replace(&mut self.watch, watch).into_alerts();
        if let Some(firsts) = self.firsts.as_mut() {
            firsts.ask_nobody();
        }
        let oldest = ring.parts().first().map_or(ring.next_id(), |part| part.segment.base());
        // Rules that were replaced before they had judged everything have found nothing of their own.
        let older = self.again.older.take().unwrap_or(before);
        let left = vec![(oldest.0..ring.next_id().0, false)];
        self.again = Again { left, older: Some(older), done: 0 };
    }

    /// Judges the newest part of what is left to be judged again. Gives whether there was anything.
    pub fn judge_some(&mut self, ring: &mut Ring, now: Timestamp) -> bool {
        let next = self.again.left.pop();
        self.turns += u64::from(next.is_some() || self.again.older.is_some());
        if let Some((rows, is_live)) = next.filter(|(rows, _)| !rows.is_empty()) {
            let part = ring.find(RowId(rows.end - 1)).map(|(part, _)| part.clone());
            let base = part.as_ref().map_or(rows.start, |part| part.segment.base().0);
            let from = rows.start.max(base);
            if let Some(part) = part {
                self.judge(
                    ring,
                    &part,
                    (from - base) as usize..(rows.end - base) as usize,
                    (is_live, now),
                );
            }
            // What was here before does not fire again.
            self.watch.drop_old_news();
            self.fire_for_news(ring, now);
            // What has left the ring is passed over.
            if from > rows.start {
                self.again.left.push((rows.start..from, is_live));
            }
            self.again.done += rows.end - from;
        } else if self.again.older.is_none() {
            return false;
        }
        if self.again.left.is_empty() {
            let again = std::mem::take(&mut self.again);
            if let Some(older) = again.older {
                self.judged = Judged { by: self.current.number(), rows: again.done };
                self.watch.inherit(older, |row| ring.holds(row));
            }
        }
        true
    }

    /// Judges these rows of a part as if they had come in now.
    fn judge(
        &mut self,
        ring: &mut Ring,
        part: &Part,
        rows: Range<usize>,
        (is_live, now): (bool, Timestamp),
    ) {
        let found = found(self.watch.rules(), part, &rows, now);
        let (mut hits, mut said) = (vec![], vec![]);
        for row in rows.clone() {
            let (met, counts, asks) = (found.met(row), found.counts(row), found.asks(row));
            if met.is_empty() && counts.is_empty() && asks.is_empty() {
                continue;
            }
            let about = About { is_live, ..about_row(RowRef { part, row }) };
            let met = met.iter().filter_map(|(_, card)| self.watch.met(*card, &about));
            hits.extend(met.map(|hit| (row, hit)));
            for it in counts {
                self.watch.count(it, &about);
            }
            let mark = part.side.news().of(row).copied();
            if let (Some(firsts), Some(mark), false) = (&mut self.firsts, mark, asks.is_empty()) {
                let filters = asks.iter().map(|(_, filter)| *filter).collect();
                firsts.ask(Kept::from(&about), about.row, filters);
                said.push((about.row, mark));
            }
        }
        ring.hit_anew(part.segment.id(rows.start), rows.len(), hits, |_| false);
        self.tell_news(ring, &said);
        self.come_together(ring);
    }

    /// Notes that a row shows another body from now on.
    pub fn shows_another(&mut self, row: RowId) {
        self.anew.insert(row);
    }

    /// Judges a row by the body that it shows now. What windows have counted by the body before
    /// stays counted.
    fn judge_anew(&mut self, ring: &mut Ring, row: RowId, now: Timestamp) {
        let mut said = vec![];
        if let Some(firsts) = self.firsts.as_mut() {
            said = firsts.take_again(ring, row);
            said.retain(|(other, _)| *other != row);
        }
        let Some((part, at)) = ring.find(row) else { return };
        let (part, mark) = (alone(part, at), part.side.news().of(at).copied().unwrap_or_default());
        let rules = Arc::clone(self.watch.rules());
        let found = found(&rules, &part, &(0..1), now);
        let about = about_row(RowRef { part: &part, row: 0 });
        found.counts(0).iter().for_each(|it| self.watch.count(it, &about));
        let filters: Vec<u16> = found.asks(0).iter().map(|(_, filter)| *filter).collect();
        let mut asked = BTreeSet::new();
        for (card, wishes) in filters.iter().filter_map(|filter| self.watch.wishes(*filter)) {
            asked.extend(is_met(wishes, mark).then_some(card));
        }
        let met: BTreeSet<u16> =
            found.met(0).iter().map(|(_, card)| *card).chain(asked.clone()).collect();
        if let Some(firsts) = self.firsts.as_mut() {
            firsts.ask_instead(Kept::from(&about), row, (filters, asked));
        }
        let of_windows: BTreeSet<&str> =
            rules.windows.iter().map(|it| &*rules.cards[usize::from(it.card)].named.id).collect();
        let hits = met.iter().filter_map(|card| self.watch.hit(*card, about.ending));
        let hits: Vec<(usize, Hit)> = hits.map(|hit| (0, hit)).collect();
        let before = ring.find(row).map(|(part, at)| part.side.hits().of(at).to_vec());
        let mut changed = met;
        for (card, it) in rules.cards.iter().enumerate() {
            let was = before.iter().flatten().any(|(_, hit)| hit.rule.id == it.named.id);
            if was && !of_windows.contains(&*it.named.id) {
                changed.insert(card as u16);
            }
        }
        ring.hit_anew(row, 1, hits, |rule| of_windows.contains(rule));
        if !changed.is_empty() {
            recast(&mut self.watch, ring, &changed);
        }
        self.tell_news(ring, &said);
    }
}

/// What rules find of these rows of a part.
fn found(rules: &Rules, part: &Part, rows: &Range<usize>, now: Timestamp) -> Found {
    let mut found = Found::default();
    if rules.sigma.is_some() {
        part.scan_raw(
            |row| rows.contains(&row),
            |_| true,
            |row, raw| {
                let text = String::from_utf8_lossy(raw);
                found.take(rules, row as u16, &Record::of(Json::of(&text)));
            },
        );
    }
    found.finish(rules, part, now)
}

/// A row as a part of its own, with the body that it shows.
fn alone(part: &Part, row: usize) -> Part {
    let cells = Column::ALL.map(|column| part.text(row, column).into());
    let (segment, side) = (&part.segment, &part.side);
    let time = segment.time(row);
    let flags = side.flags(row);
    let mut builder = Builder::passing();
    let birth = Birth {
        time,
        arrival: segment.arrival(row),
        identity: segment.identity(row),
        flags,
        origins: side.origins(row),
    };
    builder.push(&Event { time: Some(time), flags, cells }, &part.raw(row), birth);
    let (segment, side) = builder.finish(segment.id(row));
    Part { segment: Arc::new(segment), side: Arc::new(side) }
}

fn is_met(wishes: &[u8], mark: Mark) -> bool {
    wishes.iter().all(|any_of| mark.firsts() & any_of != 0)
}

/// Adds up anew what hits of these rules come to.
fn recast(watch: &mut Watch, ring: &Ring, cards: &BTreeSet<u16>) {
    let rules = Arc::clone(watch.rules());
    let named = |card: &u16| (&*rules.cards[usize::from(*card)].named.id, *card);
    let meant: BTreeMap<&str, u16> = cards.iter().map(named).collect();
    let hits = |take: &mut dyn FnMut(u16, &About<'_>)| {
        for part in ring.parts() {
            for (row, hit) in part.side.hits().iter() {
                if let Some(card) = meant.get(&*hit.rule.id) {
                    take(*card, &about_row(RowRef { part, row }));
                }
            }
        }
    };
    watch.recast(cards, hits, |row| ring.holds(row));
}

/// What is told of a row that was there before.
fn about_row(row: RowRef<'_>) -> About<'_> {
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
