//! From what rules and filters found to what fires: kept by ingest, asked each time that new rows
//! have come in.

use std::collections::HashMap;
use std::sync::Arc;

use crate::detect::alert::{About, Alert, Book, News};
use crate::detect::rule::{Card, Origin as Whose};
use crate::event::field::{Column, Origin};
use crate::event::time::Timestamp;
use crate::query::eval::eval;
use crate::query::plan::Plan;
use crate::store::bits::Bits;
use crate::store::hits::{Named, Severity};
use crate::store::ring::Ring;
use crate::store::segment::RowId;
use crate::store::snapshot::Part;
use crate::trigger::definition::{Trigger, Triggers};
use crate::trigger::firing::{Firing, Room, Subject, Why, Wish};
use crate::trigger::gate::Gate;
use crate::trigger::payload::{self, MAX_EVENT, Told, payload};

/// Watches alerts and events on behalf of triggers.
#[derive(Debug)]
pub struct Sentry {
    triggers: Arc<Triggers>,
    gates: Vec<Gate>,
    /// What the filters of triggers that are about events add up to, by trigger.
    books: HashMap<usize, (Arc<Card>, Book)>,
    /// What came to those books since it was last looked at.
    news: Vec<(usize, News)>,
    room: Room,
    lost: HashMap<(usize, Why), u64>,
    /// What makes the ids of firings those of this run.
    run: String,
    fired: u64,
}

/// An event that something is to fire for.
struct Met<'a> {
    trigger: usize,
    alert: &'a Alert,
    news: News,
}

/// The rows that filters of triggers keep of parts, by the first row of each.
type Looked = HashMap<(usize, RowId), Bits>;

impl Sentry {
    /// One that has seen nothing; `run` makes the ids of its firings those of this run.
    pub fn new(triggers: Arc<Triggers>, run: String) -> Self {
        let all = &triggers.all;
        let gates = all.iter().map(|trigger| Gate::new(trigger.every, trigger.rate)).collect();
        let of_events = all.iter().enumerate().filter(|(_, trigger)| trigger.when.is_of_events());
        let books = of_events.map(|(at, trigger)| (at, (card(trigger), Book::default())));
        let (books, room) = (books.collect(), Room::of(all.len()));
        Self { gates, books, news: vec![], room, lost: HashMap::new(), run, fired: 0, triggers }
    }

    /// The triggers.
    pub fn triggers(&self) -> &Arc<Triggers> {
        &self.triggers
    }

    /// Takes in that the filter of a trigger keeps an event.
    pub fn chose(&mut self, trigger: usize, about: &About<'_>) {
        if let Some((card, book)) = self.books.get_mut(&trigger) {
            let alert = book.hit((0, card), Severity::Info, about);
            self.news.push((trigger, News { alert, row: about.row, is_live: about.is_live }));
        }
    }

    /// What fires, now that these alerts have news and the rows of it are in the ring.
    pub fn settle(
        &mut self,
        (news, book): (Vec<News>, &Book),
        ring: &Ring,
        now: Timestamp,
    ) -> Vec<Wish> {
        let mut wishes = vec![];
        let mut looked = Looked::new();
        for news in news {
            let Some(alert) = book.get(news.alert) else { continue };
            for trigger in 0..self.triggers.all.len() {
                let when = &self.triggers.all[trigger].when;
                if !when.is_of_events() && when.wants(alert) {
                    let met = Met { trigger, alert, news };
                    wishes.extend(self.fire(&met, ring, (now, &mut looked)));
                }
            }
        }
        for (trigger, news) in std::mem::take(&mut self.news) {
            let Some((_, book)) = self.books.get(&trigger) else { continue };
            let Some(alert) = book.get(news.alert).cloned() else { continue };
            let met = Met { trigger, alert: &alert, news };
            wishes.extend(self.fire(&met, ring, (now, &mut looked)));
        }
        let mut lost: Vec<_> = self.lost.drain().filter(|(_, count)| *count > 0).collect();
        lost.sort_unstable();
        wishes.extend(
            lost.into_iter().map(|((trigger, why), count)| Wish::Lost(trigger, why, count)),
        );
        wishes
    }

    /// Fires a trigger that wants an alert, unless it may not.
    fn fire(
        &mut self,
        met: &Met<'_>,
        ring: &Ring,
        (now, looked): (Timestamp, &mut Looked),
    ) -> Option<Wish> {
        let Met { trigger: at, alert, news } = *met;
        let trigger = &self.triggers.all[at];
        if !(news.is_live || self.triggers.on_backfill) {
            return None;
        }
        let gate = &mut self.gates[at];
        if !gate.is_news(news.alert, news.row) {
            return None;
        }
        let (part, row) = ring.find(news.row)?;
        let simulated = part.side.origins(row) & Origin::Demo.bit() != 0;
        if simulated && !self.triggers.on_demo {
            return None;
        }
        let when = &trigger.when;
        if let Some((_, plan)) = when.filter.as_ref().filter(|_| !when.is_of_events())
            && !keeps(plan, (at, part, row), now, looked)
        {
            return None;
        }
        // What is not to fire costs no look at its record.
        let is_loss = |gate: &mut Gate| u64::from(gate.misses(news.alert));
        if !gate.pass(now) {
            *self.lost.entry((at, Why::Rate)).or_default() += is_loss(gate);
            return None;
        }
        let raw = part.raw(row);
        let Some(room) = self.room.take(at, raw.len().min(MAX_EVENT)) else {
            *self.lost.entry((at, Why::Queue)).or_default() += is_loss(gate);
            return None;
        };
        gate.fired(news.alert, news.row);
        self.fired += 1;
        let (words, event_id) = (payload::words(alert), part.text(row, Column::Id));
        let id = format!("{}-{}", self.run, self.fired);
        let is_of_events = when.is_of_events();
        let told = Told {
            trigger: &trigger.name,
            id: &id,
            words: &words,
            alert,
            filter: when.filter.as_ref().filter(|_| is_of_events).map(|(text, _)| &**text),
            event_id,
            event: Some(&raw),
            test: false,
            simulated,
            live: news.is_live,
        };
        let subject = Subject {
            rule: if is_of_events { "".into() } else { alert.card.named.id.clone() },
            severity: alert.severity,
            alert: alert.number,
            row: news.row,
            event: event_id.into(),
            words: words.as_str().into(),
        };
        let payload = payload(&told).into();
        let (number, id) = (self.fired, id.into());
        let firing = Firing { number, id, trigger: at, subject, payload, room };
        Some(Wish::Fire(Box::new(firing)))
    }
}

/// Whether a plan keeps a row of a part; the part is looked at once.
fn keeps(
    plan: &Plan,
    (trigger, part, row): (usize, &Part, usize),
    now: Timestamp,
    looked: &mut Looked,
) -> bool {
    let base = part.segment.base();
    looked.entry((trigger, base)).or_insert_with(|| eval(plan, part, now)).has(row)
}

/// What alerts of a trigger say that is about events.
fn card(trigger: &Trigger) -> Arc<Card> {
    let text = trigger.when.filter.as_ref().map_or("", |(text, _)| text);
    Arc::new(Card {
        named: Arc::new(Named { id: trigger.name.clone(), title: text.into() }),
        severity: Severity::Info,
        origin: Whose::Builtin,
        author: String::new(),
        licence: String::new(),
        techniques: vec![],
        why: String::new(),
        look: String::new(),
        false_positives: String::new(),
        place: String::new(),
        lowers: false,
        is_silent: false,
    })
}
