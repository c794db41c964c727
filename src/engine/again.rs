//! Rows judged over again: by other rules, part after part between batches, and a row by another body.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::detect::alert::{About, Book, Kept};
use crate::detect::judge::Found;
use crate::detect::rule::Rules;
use crate::detect::watch::Watch;
use crate::engine::findings::{Findings, about_row, is_met};
use crate::event::field::Column;
use crate::event::json::Json;
use crate::event::read::Event;
use crate::event::record::Record;
use crate::event::time::Timestamp;
use crate::store::hits::Hit;
use crate::store::ring::Ring;
use crate::store::segment::{Birth, Builder, RowId};
use crate::store::snapshot::{Part, RowRef};

/// Rows that other rules have to judge, and what the rules before them found.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// Where they are, and whether they were received live.
    pub(super) left: Vec<(Range<u64>, bool)>,
    pub(super) older: Option<Book>,
    pub(super) done: u64,
}

impl Again {
    /// Notes one more row, which follows the last one or is far from it.
    pub(super) fn note(&mut self, row: u64, is_live: bool) {
        match self.left.last_mut() {
            Some((rows, live)) if rows.end == row && *live == is_live => rows.end += 1,
            _ => self.left.push((row..row + 1, is_live)),
        }
    }

    pub(super) fn rows(&self) -> u64 {
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

impl Findings {
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
        self.lifelines.ask_nobody();
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
            let (asks, touching) = self.asked_of(asks);
            let touches = self.touched(touching, &about);
            let met = met.iter().map(|(_, card)| *card).chain(touches);
            hits.extend(met.filter_map(|card| Some((row, self.watch.met(card, &about)?))));
            for it in counts {
                self.watch.count(it, &about);
            }
            let mark = part.side.news().of(row).copied();
            if let (Some(firsts), Some(mark), false) = (&mut self.firsts, mark, asks.is_empty()) {
                firsts.ask(Kept::from(&about), about.row, asks);
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
    pub(super) fn judge_anew(&mut self, ring: &mut Ring, row: RowId, now: Timestamp) {
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
        self.lifelines.forget(row);
        let (filters, touching) = self.asked_of(found.asks(0));
        let touches = self.touched(touching, &about);
        let mut asked = BTreeSet::new();
        for (card, wishes) in filters.iter().filter_map(|filter| self.watch.wishes(*filter)) {
            asked.extend(is_met(wishes, mark).then_some(card));
        }
        let met: BTreeSet<u16> = found
            .met(0)
            .iter()
            .map(|(_, card)| *card)
            .chain(asked.clone())
            .chain(touches)
            .collect();
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

/// Adds up anew what hits of these rules come to.
pub(super) fn recast(watch: &mut Watch, ring: &Ring, cards: &BTreeSet<u16>) {
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
