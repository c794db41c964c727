//! What single hits and windows add up to, event after event: kept by ingest, which hands over what
//! readers have found of rows that are new.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::detect::alert::{About, Book, Ending, News};
use crate::detect::groups::{Fired, Groups};
use crate::detect::judge::Counts;
use crate::detect::off::{Guards, Turned};
use crate::detect::rule::{Card, Rules};
use crate::detect::window::Atom;
use crate::store::hits::{Hit, Severity};
use crate::store::segment::RowId;

/// The most bytes that events may take which wait for others.
const WAITING_BYTES: usize = 64 << 20;

/// The most eventIDs that are kept; alerts count the events that they cannot name.
const MAX_IDS: usize = 200_000;

/// What is under way.
#[derive(Debug)]
pub struct Watch {
    rules: Arc<Rules>,
    groups: Groups,
    book: Book,
    guards: Guards,
    /// The eventIDs of rows that alerts may be made of, where somebody wants them.
    ids: Option<HashMap<RowId, Box<str>>>,
    /// The events that came in live since windows were last settled.
    live: HashSet<RowId>,
    /// What came to alerts, where anybody asks.
    news: Option<Vec<News>>,
}

impl Watch {
    /// Nothing yet.
    pub fn new(rules: Arc<Rules>) -> Self {
        let windows = rules.windows.iter().map(|it| it.window.clone()).collect();
        let groups = Groups::new(windows, WAITING_BYTES);
        Self {
            groups,
            book: Book::default(),
            guards: Guards::default(),
            ids: None,
            live: HashSet::new(),
            news: None,
            rules,
        }
    }

    /// Notes from now on what comes to alerts, for [`Watch::take_news`].
    pub fn note_news(&mut self) {
        self.news.get_or_insert_default();
    }

    /// What came to alerts since this was last asked; nothing where it is not noted.
    pub fn take_news(&mut self) -> Vec<News> {
        self.news.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The rules that are watched.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// How many events made room too early: bursts that need them are not found.
    pub fn truncated(&self) -> u64 {
        self.groups.truncated()
    }

    /// Every alert, as far as it is known.
    pub fn alerts(&self) -> &Book {
        &self.book
    }

    /// Keeps the eventIDs of rows that alerts may be made of, for whoever does not keep the rows.
    pub fn keep_ids(&mut self) {
        self.ids = Some(HashMap::new());
    }

    /// Takes the eventID of a row that rules found something of.
    pub fn called(&mut self, row: RowId, id: &str) {
        if let Some(ids) = self.ids.as_mut().filter(|ids| ids.len() < MAX_IDS) {
            ids.insert(row, id.into());
        }
    }

    /// The eventID of a row, where it was kept.
    pub fn id(&self, row: RowId) -> Option<&str> {
        let id = self.ids.as_ref()?.get(&row)?;
        Some(&**id).filter(|id| !id.is_empty())
    }

    /// What was switched off, and on again.
    pub fn guards(&self) -> &Guards {
        &self.guards
    }

    /// Takes in that a guard was switched.
    pub fn turned(&mut self, turned: Turned) {
        self.guards.turned(turned);
    }

    /// Takes in that a row meets a rule by itself; gives its hit.
    pub fn met(&mut self, card: u16, about: &About<'_>) -> Option<Hit> {
        let rule = self.rules.cards.get(usize::from(card)).filter(|card| !card.is_silent)?;
        let hit = hit(rule, about.ending);
        let alert = self.book.hit((card, rule), hit.severity, about);
        if let Some(all) = &mut self.news {
            all.push(News { alert, row: about.row, is_live: about.is_live });
        }
        Some(hit)
    }

    /// Takes in that a row counts for a window.
    pub fn count(&mut self, counts: &Counts, about: &About<'_>) {
        let Counts { window, step, key, value, .. } = counts;
        let About { row, time, ending, .. } = *about;
        let atom = Atom { time, row, step: *step, value: None, ending };
        if about.is_live {
            self.live.insert(row);
        }
        self.groups.add(*window, key.clone(), (atom, value.as_deref()));
    }

    /// The rows that belong to what has come together, where anything has changed since this was
    /// last asked.
    pub fn settle(&mut self) -> Vec<(RowId, Hit)> {
        let mut members = vec![];
        let live = std::mem::take(&mut self.live);
        for Fired { window, key, bursts } in self.groups.settle() {
            let fires = &self.rules.windows[usize::from(window)];
            let card = &self.rules.cards[usize::from(fires.card)];
            for burst in bursts.into_iter().filter(|_| !card.is_silent) {
                let hit = hit(card, burst.ending);
                let is_live = burst.rows.iter().any(|row| live.contains(row));
                let rule = (card, hit.severity);
                let alert = self.book.burst((window, &key), rule, (&burst, is_live));
                if let (Some(all), Some(row)) = (&mut self.news, burst.rows.iter().max()) {
                    all.push(News { alert, row: *row, is_live });
                }
                members.extend(burst.rows.iter().map(|row| (*row, hit.clone())));
            }
        }
        members
    }
}

fn hit(card: &Card, ending: Ending) -> Hit {
    Hit { rule: Arc::clone(&card.named), severity: severity(card, ending) }
}

/// How much a hit matters: a try that failed is one step weaker.
pub fn severity(card: &Card, ending: Ending) -> Severity {
    let worked = ending == Ending::Succeeded;
    if worked || !card.lowers { card.severity } else { card.severity.lower() }
}
