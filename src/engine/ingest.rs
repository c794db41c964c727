//! The ingest thread: gathers batches for a moment, builds one small segment from them, and
//! publishes a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::clock::Clock;
use crate::detect::rule::Rules;
use crate::engine::draft::Reading;
use crate::engine::intake::Intake;
use crate::engine::pool::{Arrival, Drafts};
use crate::engine::search::Ask;
use crate::engine::view::{Alerts, Ledger};
use crate::source::batch::{Feed, Health, Receipt, SourceId};
use crate::source::finding::Found;
use crate::source::tape::hand::Position;

/// How long batches are gathered before the screen learns of them.
const GATHER: Duration = Duration::from_millis(50);

/// The state of the thread.
#[derive(Debug)]
pub struct Ingest {
    intake: Intake,
    health: Vec<Health>,
    added: Vec<(SourceId, String)>,
    /// What each login has found out.
    found: BTreeMap<usize, Found>,
    aliases: Vec<(String, String)>,
    /// The alerts as they were last published, and the version of the book they were taken from.
    alerts: (u64, Arc<Alerts>),
    /// Where a recording that is played stands.
    hand: Option<Position>,
    cap: usize,
    clock: Clock,
}

impl Ingest {
    /// An ingest that keeps at most `cap` bytes and watches for what these rules are about.
    pub fn new(cap: usize, health: Vec<Health>, clock: Clock, rules: Arc<Rules>) -> Self {
        let (added, found, aliases) = (vec![], BTreeMap::new(), vec![]);
        let mut intake = Intake::new(cap);
        let loud = rules.cards.iter().filter(|card| !card.is_silent).count();
        intake.watch_for(rules);
        let alerts = Arc::new(Alerts { rules: loud as u64, ..Alerts::default() });
        let hand = None;
        Self { intake, health, added, found, aliases, alerts: (0, alerts), hand, cap, clock }
    }

    /// How readers have to read for it.
    pub fn reading(&self) -> Reading {
        let rules = Arc::clone(self.intake.watch().rules());
        Reading { rules, ..Reading::whole(self.intake.secret().clone()) }
    }

    /// Runs until every source and the screen have let go of the feed.
    pub fn run(mut self, mut drafts: Drafts, search: &Sender<Ask>) {
        while let Some(first) = drafts.wait() {
            let begun = Clock::instant();
            let mut next = Some(first);
            while let Some(one) = next {
                self.take(one);
                next = if begun.elapsed() < GATHER { drafts.at_once() } else { None };
            }
            self.intake.flush(self.clock.now());
            self.renew_alerts();
            let stored = Ask::Stored(self.intake.ring().snapshot(), Arc::new(self.ledger()));
            if search.send(stored).is_err() {
                return;
            }
            self.intake.receipts().for_each(Receipt::give);
        }
    }

    fn take(&mut self, arrival: Arrival) {
        let feed = match arrival {
            Arrival::Draft(draft) => return self.intake.keep(&draft, self.clock.now()),
            Arrival::Feed(feed) => feed,
        };
        match self.intake.cover_mut().hear(feed) {
            None => {}
            Some(Feed::Batch(batch, _room)) => self.intake.take(*batch, self.clock.now()),
            Some(Feed::Added(source, name)) => self.added.push((source, name)),
            Some(Feed::Found(login, found)) => drop(self.found.insert(login, found)),
            Some(Feed::Aliases(names)) => self.aliases.extend(names),
            Some(Feed::Mark(row, on)) => self.intake.mark(row, on),
            Some(Feed::Expect(events)) => self.intake.expect(events),
            Some(Feed::Anew(source)) => self.begin_anew(source),
            Some(Feed::Hand(position)) => self.hand = Some(position),
            Some(Feed::Health(health)) => {
                match self.health.iter_mut().find(|it| it.source == health.source) {
                    Some(known) => *known = health,
                    None => self.health.push(health),
                }
            }
            // Coverage has heard the first ones, and the tap has the last one.
            Some(
                Feed::Swept(..)
                | Feed::Proven(..)
                | Feed::Disproven(..)
                | Feed::Trails(..)
                | Feed::Record(_),
            ) => {}
        }
    }

    /// Forgets what this source brought, and whatever it said of others.
    fn begin_anew(&mut self, source: SourceId) {
        self.intake.begin_anew(self.cap);
        self.health.retain(|health| health.source == source);
        self.found.clear();
        let rules = self.alerts.1.rules;
        self.alerts = (0, Arc::new(Alerts { rules, ..Alerts::default() }));
    }

    /// Takes the alerts out of the book where it has changed.
    fn renew_alerts(&mut self) {
        let watch = self.intake.watch();
        let (book, known) = (watch.alerts(), &self.alerts.1);
        if book.version() == self.alerts.0 && watch.truncated() == known.truncated {
            return;
        }
        let (dropped, truncated, rules) = (book.dropped(), watch.truncated(), known.rules);
        let alerts = Alerts { list: book.list(), dropped, truncated, rules };
        self.alerts = (book.version(), Arc::new(alerts));
    }

    fn ledger(&self) -> Ledger {
        let cover = self.intake.cover();
        let holes = cover.holes();
        Ledger {
            streams: cover.streams(&holes),
            tally: self.intake.tally().clone(),
            health: self.health.clone(),
            bytes: self.intake.ring().bytes(),
            cap: self.cap,
            newest: self.intake.newest(),
            trails: cover.seen(),
            holes,
            data: cover.data().clone(),
            forgotten: cover.forgotten(),
            added: self.added.clone(),
            findings: self.found.values().flat_map(|it| &it.findings).cloned().collect(),
            is_choosing: self.found.values().any(|it| !it.is_done),
            aliases: self.aliases.clone(),
            alerts: Arc::clone(&self.alerts.1),
            hand: self.hand,
        }
    }
}
