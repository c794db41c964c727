//! The ingest thread: gathers batches for a moment, builds one small segment from them, and
//! publishes a snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::clock::Clock;
use crate::detect::baseline::Baseline;
use crate::detect::current::Current;
use crate::engine::draft::Reading;
use crate::engine::handing::{Handing, Learned};
use crate::engine::intake::Intake;
use crate::engine::pool::{Arrival, Drafts};
use crate::engine::search::Ask;
use crate::engine::view::{Alerts, Known, Ledger};
use crate::source::batch::{Feed, Health, Receipt, SourceId};
use crate::source::finding::Found;
use crate::source::tape::hand::Position;
use crate::trigger::firing::Wish;
use crate::trigger::sentry::Sentry;

/// How long batches are gathered before the screen learns of them.
const GATHER: Duration = Duration::from_millis(50);
/// How long what rows mean together may be left open while more of them are waiting: a day of events
/// that comes in out of order moves the same bursts and roots again and again.
const OPEN: Duration = Duration::from_secs(1);

/// What everybody is known to do, and who keeps what is learned beside; nobody may.
#[derive(Debug)]
pub struct Habits {
    /// What was known before.
    pub known: Baseline,
    /// Who keeps what is learned.
    pub keeper: Option<Sender<Learned>>,
}

/// The state of the thread.
#[derive(Debug)]
pub struct Ingest {
    intake: Intake,
    health: Vec<Health>,
    added: Vec<(SourceId, String)>,
    /// What each login has found out.
    found: BTreeMap<usize, Found>,
    aliases: Vec<(String, String)>,
    /// The alerts as they were last published.
    alerts: Arc<Alerts>,
    /// Where a recording that is played stands.
    hand: Option<Position>,
    cap: usize,
    clock: Clock,
    handing: Handing,
    /// Who does what triggers want done.
    wishes: Option<UnboundedSender<Wish>>,
}

impl Ingest {
    /// An ingest that keeps at most `cap` bytes and watches for what these rules are about.
    pub fn new(
        cap: usize,
        health: Vec<Health>,
        clock: Clock,
        (rules, habits): (Current, Habits),
    ) -> Self {
        let (added, found, aliases) = (vec![], BTreeMap::new(), vec![]);
        let mut intake = Intake::new(cap);
        let findings = intake.findings_mut().0;
        findings.watch_for(rules, cap / 8);
        findings.learn(habits.known);
        let alerts = Arc::new(intake.alerts());
        Self {
            intake,
            health,
            added,
            found,
            aliases,
            alerts,
            hand: None,
            cap,
            clock,
            handing: Handing::to(habits.keeper),
            wishes: None,
        }
    }

    /// How readers have to read for it.
    pub fn reading(&self) -> Reading {
        let rules = self.intake.findings().current().clone();
        let triggers = self.intake.triggers();
        Reading { rules, triggers, ..Reading::whole(self.intake.secret().clone()) }
    }

    /// Fires triggers; what they want done goes to `wishes`.
    #[must_use]
    pub fn firing(mut self, sentry: Sentry, wishes: UnboundedSender<Wish>) -> Self {
        self.intake.fire(sentry);
        Self { wishes: Some(wishes), ..self }
    }

    /// Runs until every source and the screen have let go of the feed.
    pub fn run(mut self, mut drafts: Drafts, search: &Sender<Ask>) {
        // When it was last said what rows mean together, and whether anything has come since.
        let (mut concluded, mut is_open) = (Clock::instant(), false);
        loop {
            // While rows are to be judged again nobody waits: that is done between batches.
            let is_judging = self.intake.findings().judging().is_some();
            let begun = Clock::instant();
            let mut next = match (is_judging, is_open) {
                (true, _) => drafts.at_once(),
                (false, true) => drafts.soon(),
                (false, false) => drafts.wait(),
            };
            if next.is_none() && !is_judging && !is_open {
                return;
            }
            let is_quiet = next.is_none();
            while let Some(one) = next {
                self.take(one);
                next = if begun.elapsed() < GATHER { drafts.at_once() } else { None };
            }
            is_open = !is_quiet && concluded.elapsed() < OPEN;
            if is_open {
                self.intake.show(self.clock.now());
            } else {
                self.intake.flush(self.clock.now());
                concluded = Clock::instant();
            }
            while self.judge_some() && begun.elapsed() < GATHER {}
            if !is_open {
                self.renew_alerts();
            }
            for wish in self.intake.take_wishes() {
                // Whoever fires may have ended with the program.
                self.wishes.as_ref().and_then(|to| to.send(wish).ok());
            }
            let stored = Ask::Stored(self.intake.ring().snapshot(), Arc::new(self.ledger()));
            if search.send(stored).is_err() {
                return;
            }
            self.intake.receipts().for_each(Receipt::give);
            self.handing.if_due(self.intake.findings_mut().0);
        }
    }

    /// Judges some of the rows that other rules have to judge; gives whether there were any.
    fn judge_some(&mut self) -> bool {
        let now = self.clock.now();
        let (findings, ring) = self.intake.findings_mut();
        findings.judge_some(ring, now)
    }

    fn take(&mut self, arrival: Arrival) {
        let feed = match arrival {
            Arrival::Draft(draft) => return self.intake.keep(&draft, self.clock.now()),
            Arrival::Feed(feed) => feed,
        };
        match self.intake.cover_mut().hear(feed) {
            Some(Feed::Batch(batch, _room)) => self.intake.take(*batch, self.clock.now()),
            Some(Feed::Added(source, name)) => self.added.push((source, name)),
            Some(Feed::Found(login, found)) => drop(self.found.insert(login, found)),
            Some(Feed::Aliases(names)) => self.aliases.extend(names),
            Some(Feed::Mark(row, on)) => self.intake.mark(row, on),
            Some(Feed::Expect(events)) => self.intake.expect(events),
            Some(Feed::Mute(mutes)) => self.intake.mute(mutes),
            Some(Feed::Forget(subject)) => {
                let (findings, ring) = self.intake.findings_mut();
                findings.forget(ring, subject.as_deref());
            }
            Some(Feed::OtherRules) => {
                self.intake.flush(self.clock.now());
                let (findings, ring) = self.intake.findings_mut();
                findings.renew_rules(ring);
            }
            Some(Feed::HandOver) => {
                self.intake.flush(self.clock.now());
                self.handing.now(self.intake.findings_mut().0, true);
            }
            // A recording that has failed by now has said so itself.
            Some(Feed::HandHeld(to)) => drop(to.send(self.intake.held(self.clock.now()))),
            Some(Feed::Issued(grants)) => self.intake.issued(grants),
            Some(Feed::Anew(source)) => self.begin_anew(source),
            Some(Feed::Hand(position)) => self.hand = Some(position),
            Some(Feed::Health(health)) => {
                match self.health.iter_mut().find(|it| it.source == health.source) {
                    Some(known) => *known = health,
                    None => self.health.push(health),
                }
            }
            // Coverage has heard the first ones, and the tap has the last one.
            None
            | Some(
                Feed::Swept(..)
                | Feed::Proven(..)
                | Feed::Disproven(..)
                | Feed::Trails(..)
                | Feed::Covered(_)
                | Feed::Record(_),
            ) => {}
        }
    }

    /// Forgets what this source brought, and whatever it said of others.
    fn begin_anew(&mut self, source: SourceId) {
        self.intake.begin_anew(self.cap);
        self.health.retain(|health| health.source == source);
        self.found.clear();
        self.alerts = Arc::new(self.intake.alerts());
    }

    /// Takes the alerts out of the books where anything has changed.
    fn renew_alerts(&mut self) {
        if self.intake.alerts_version() != self.alerts.version {
            self.alerts = Arc::new(self.intake.alerts());
        }
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
            doubts: self.intake.doubts(),
            data: cover.data().clone(),
            forgotten: cover.forgotten(),
            added: self.added.clone(),
            findings: self.found.values().flat_map(|it| &it.findings).cloned().collect(),
            is_choosing: self.found.values().any(|it| !it.is_done),
            aliases: self.aliases.clone(),
            alerts: Arc::clone(&self.alerts),
            known: self.intake.findings().baseline().map_or_else(Known::default, |it| Known {
                subjects: it.len(),
                bytes: it.bytes(),
                forgotten: it.forgotten(),
            }),
            hand: self.hand,
        }
    }
}
