//! What single hits and windows add up to, event after event: kept by ingest, which hands over what
//! readers have found of rows that are new.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::detect::alert::{About, Book, Ending, News};
use crate::detect::groups::{Fired, Groups};
use crate::detect::judge::Counts;
use crate::detect::off::{Guards, Turned};
use crate::detect::rule::{Card, Rules};
use crate::detect::window::Atom;
use crate::store::hits::{Hit, Severity};
use crate::store::segment::RowId;

/// The most bytes that events may take which wait for others, whatever room there is.
const WAITING_BYTES: usize = 64 << 20;
/// The most bytes that alerts may take, whatever room there is.
const BOOK_BYTES: usize = 16 << 20;

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
    /// What came to alerts, where anybody asks, and whether they ask for what was not received live.
    news: Option<(Vec<News>, bool)>,
}

impl Watch {
    /// Nothing yet; what is under way takes at most about `room` bytes: of five of them four for
    /// events that wait for others and one for alerts.
    pub fn new(rules: Arc<Rules>, room: usize) -> Self {
        let windows = rules.windows.iter().map(|it| it.window.clone()).collect();
        Self {
            groups: Groups::new(windows, (room / 5 * 4).min(WAITING_BYTES)),
            book: Book::new((room / 5).min(BOOK_BYTES)),
            guards: Guards::default(),
            ids: None,
            live: HashSet::new(),
            news: None,
            rules,
        }
    }

    /// The same for other rules; what these find has numbers of its own. Guards are switched
    /// whatever the rules are.
    pub fn following(older: &Self, rules: Arc<Rules>, room: usize) -> Self {
        Self {
            book: Book::following(&older.book),
            guards: older.guards.clone(),
            ids: older.ids.clone(),
            news: older.news.as_ref().map(|(_, all)| (vec![], *all)),
            ..Self::new(rules, room)
        }
    }

    /// The same before anything has come in: alerts that come have numbers of their own.
    #[must_use]
    pub fn anew(older: &Self, rules: Arc<Rules>, room: usize) -> Self {
        Self { book: Book::following(&older.book), ..Self::new(rules, room) }
    }

    /// The alerts alone.
    pub fn into_alerts(self) -> Book {
        self.book
    }

    /// Takes over from an older book what stays of it: see [`Book::inherit`].
    pub fn inherit(&mut self, older: Book, is_here: impl Fn(RowId) -> bool) {
        let cards = &self.rules.cards;
        let place = |card: &Card| {
            let same = |it: &Arc<Card>| it.named.id == card.named.id;
            cards.iter().position(same).map(|at| at as u16)
        };
        self.book.inherit(older, place, is_here);
    }

    /// The hit of an event that meets a rule and ended like this.
    pub fn hit(&self, card: u16, ending: Ending) -> Option<Hit> {
        Some(hit(self.rules.cards.get(usize::from(card))?, ending))
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.groups.bytes() + self.book.bytes() + self.guards.bytes()
    }

    /// Notes from now on what comes to alerts, for [`Watch::take_news`]: by events that are received
    /// live, or by all of them.
    pub fn note_news(&mut self, of_all: bool) {
        self.news = Some((vec![], of_all));
    }

    /// What came to alerts since this was last asked; nothing where it is not noted.
    pub fn take_news(&mut self) -> Vec<News> {
        self.news.as_mut().map(|(news, _)| std::mem::take(news)).unwrap_or_default()
    }

    /// Drops what came to alerts by events that were not received live: they were here before.
    pub fn drop_old_news(&mut self) {
        self.news.iter_mut().for_each(|(all, _)| all.retain(|news| news.is_live));
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
        if let Some((news, of_all)) = &mut self.news
            && (about.is_live || *of_all)
        {
            news.push(News { alert, row: about.row, is_live: about.is_live });
        }
        Some(hit)
    }

    /// Whether a condition asks what trails need.
    pub fn asks_trails(&self, filter: u16) -> bool {
        self.rules.filters.get(usize::from(filter)).is_some_and(|(_, signal)| signal.of_trail)
    }

    /// The rules that conditions which ask for news belong to, each with what has to be new.
    pub fn wishes(&self, filter: u16) -> Option<(u16, &[u8])> {
        let (_, signal) = self.rules.filters.get(usize::from(filter))?;
        Some((signal.card?, &signal.firsts))
    }

    /// Adds up anew what single hits of these rules come to; `hits` gives all of them again, each with
    /// its rule, and `is_here` says whether a row is still there.
    pub fn recast(
        &mut self,
        cards: &BTreeSet<u16>,
        hits: impl FnOnce(&mut dyn FnMut(u16, &About<'_>)),
        is_here: impl Fn(RowId) -> bool,
    ) {
        let older = self.book.without(cards);
        let (rules, book) = (&self.rules, &mut self.book);
        hits(&mut |card, about| {
            if let Some(rule) = rules.cards.get(usize::from(card)) {
                book.hit((card, rule), severity(rule, about.ending), about);
            }
        });
        self.inherit(older, is_here);
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
                if let Some((news, of_all)) = &mut self.news
                    && (is_live || *of_all)
                    && let Some(row) = burst.rows.iter().max()
                {
                    news.push(News { alert, row: *row, is_live });
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
