//! From what rules and filters found to what fires: kept by ingest, asked each time that new rows
//! have come in.

use std::collections::HashMap;
use std::sync::Arc;

use crate::detect::alert::{About, Book, News};
use crate::detect::rule::{Card, Origin as Whose};
use crate::event::field::{Column, Origin};
use crate::event::time::Timestamp;
use crate::notebook::mutes::{Mutes, silenced};
use crate::query::eval::eval;
use crate::query::plan::Plan;
use crate::store::bits::Bits;
use crate::store::hits::{Named, Severity};
use crate::store::ring::Ring;
use crate::store::segment::RowId;
use crate::store::snapshot::Part;
use crate::trigger::definition::{Trigger, Triggers};
use crate::trigger::firing::{Firing, Room, Why, Wish};
use crate::trigger::gate::Gate;
use crate::trigger::payload::{self, Event, MAX_EVENT, Told};

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
    /// Alerts that nothing is to fire for.
    mutes: Mutes,
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
        Self {
            gates,
            books,
            news: vec![],
            room,
            lost: HashMap::new(),
            run,
            fired: 0,
            mutes: Mutes::default(),
            triggers,
        }
    }

    /// The triggers.
    pub fn triggers(&self) -> &Arc<Triggers> {
        &self.triggers
    }

    /// From now on nothing fires for these alerts.
    pub fn mute(&mut self, mutes: Mutes) {
        self.mutes = mutes;
    }

    /// Takes in that the filter of a trigger keeps an event.
    pub fn chose(&mut self, trigger: usize, about: &About<'_>) {
        if let Some((card, book)) = self.books.get_mut(&trigger) {
            let alert = book.hit((0, card), Severity::Info, about);
            let (row, is_live) = (about.row, about.is_live);
            self.news.push((trigger, News { alert, row, is_live }));
        }
    }

    /// What fires, now that alerts have these news and the rows of them are in the ring.
    pub fn settle(&mut self, news: &[News], ring: &Ring, now: Timestamp) -> Vec<Wish> {
        let mut wishes = vec![];
        let mut looked = Looked::new();
        let triggers = Arc::clone(&self.triggers);
        for news in news {
            if silenced(&self.mutes, &news.alert.heard(), now).is_some() {
                continue;
            }
            for (at, trigger) in triggers.all.iter().enumerate() {
                if !trigger.when.is_of_events() && trigger.when.wants(&news.alert) {
                    wishes.extend(self.fire((at, trigger, news), ring, (now, &mut looked)));
                }
            }
        }
        for (at, news) in std::mem::take(&mut self.news) {
            let met = (at, &triggers.all[at], &news);
            wishes.extend(self.fire(met, ring, (now, &mut looked)));
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
        (at, trigger, news): (usize, &Trigger, &News),
        ring: &Ring,
        (now, looked): (Timestamp, &mut Looked),
    ) -> Option<Wish> {
        let may = news.is_live || self.triggers.on_backfill;
        if !may || !self.gates[at].is_news(news.alert.number, news.row) {
            return None;
        }
        let Some((part, row)) = ring.find(news.row) else {
            return self.miss(at, news, Why::Evicted);
        };
        let simulated = part.side.origins(row) & Origin::Demo.bit() != 0;
        if simulated && !self.triggers.on_demo {
            return None;
        }
        let (when, is_of_events) = (&trigger.when, trigger.when.is_of_events());
        if let Some((_, plan)) = when.filter.as_ref().filter(|_| !is_of_events)
            && !keeps(plan, (at, part, row), now, looked)
        {
            return None;
        }
        // What is not to fire costs no look at its record.
        if !self.gates[at].pass(now) {
            return self.miss(at, news, Why::Rate);
        }
        let raw = part.raw(row);
        let Some(room) = self.room.take(at, raw.len().min(MAX_EVENT)) else {
            return self.miss(at, news, Why::Queue);
        };
        self.gates[at].fired(news.alert.number, news.row);
        self.fired += 1;
        let text = |column| part.text(row, column);
        let event = Event {
            account: text(Column::Account),
            region: text(Column::Region),
            name: text(Column::Event),
            target: text(Column::Target),
            id: text(Column::Id),
            raw: &raw,
        };
        let filter = when.filter.as_ref().filter(|_| is_of_events).map(|(text, _)| &**text);
        let told = Told {
            trigger: &trigger.name,
            id: &format!("{}-{}", self.run, self.fired),
            words: &payload::words(&news.alert, filter, event),
            alert: &news.alert,
            filter,
            event,
            test: false,
            simulated,
            live: news.is_live,
        };
        Some(Wish::Fire(Box::new(Firing::of((self.fired, at), &told, news.row, room))))
    }

    /// Nothing fires: counts that, unless it was counted for the same burst before.
    fn miss(&mut self, at: usize, news: &News, why: Why) -> Option<Wish> {
        let is_loss = self.gates[at].misses(news.alert.number);
        *self.lost.entry((at, why)).or_default() += u64::from(is_loss);
        None
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
        named: Arc::new(Named::new(&trigger.name, text, "", "")),
        severity: Severity::Info,
        origin: Whose::Builtin,
        author: String::new(),
        licence: String::new(),
        techniques: vec![],
        why: String::new(),
        look: String::new(),
        false_positives: String::new(),
        lowers: false,
        is_silent: false,
        is_tamper: false,
        steps: vec![],
    })
}
