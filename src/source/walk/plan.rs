//! What to ask next. Pure: pages and the time are given, so that every order of late events, refused
//! tokens and delays can be tried.
//!
//! Four kinds of walks share one pace:
//! ```text
//!  since ─────────────────────────────────────────────────────────────▶ now
//!                                                            ├─ head ─┤   what is new, every few seconds
//!                                          ├──────── sweep ──────────┤   15 min, for what came late
//!                      ├──────────────────── deep ───────────────────┤   2 h, for what came very late
//!  ├────── fill ───────┤                                                  what was asked for, and holes
//! ```

use std::time::Duration;

use crate::event::time::{Millis, Timestamp};
use crate::source::walk::holes::{Holes, Span};
use crate::source::walk::known::Known;
use crate::source::walk::manner::{Asked, Kind, Manner, Met, Next, Page, Round, Window};

/// A round rests so long for each page it took, at most [`REST_MOST`]: in a busy region it must not
/// use up the pace.
const REST: Millis = Millis::seconds(3);
/// See [`REST`].
const REST_MOST: Millis = Millis::minutes(10);
/// Head walks that come newest first end after so many pages: the newest events are wanted first,
/// the rest is filled in.
const HEAD_PAGES: u32 = 10;
/// So many head walks in a row that did not reach what is known: there is more than can be had.
const STRIKES: u32 = 2;
/// The same token may be refused so often before it is a fault.
const REFUSALS: u32 = 3;
/// Where new events come by another way too, heads are this far apart.
const RELAXED: Millis = Millis::seconds(30);
/// Windows grow where they took fewer pages, and shrink where they took more.
const PAGES: (u32, u32) = (4, 16);

/// A walk under way.
#[derive(Debug, Clone)]
struct Walk {
    span: Span,
    began: Timestamp,
    token: Option<String>,
    /// The oldest time met: where to begin anew when the token is refused.
    oldest: Option<Timestamp>,
    pages: u32,
    refusals: u32,
    /// Whether it brought anything new.
    fresh: bool,
    writes_only: bool,
}

/// The walks of one place: a region of an account, a log group.
#[derive(Debug)]
pub struct Plan {
    manner: Manner,
    asked: Asked,
    walks: [Option<Walk>; 4],
    /// When head, sweep and deep begin again.
    due: [Timestamp; 3],
    /// When the last full sweep and deep sweep began.
    began: [Option<Timestamp>; 2],
    /// Not read yet.
    holes: Holes,
    /// What the back-fill asks for at a time.
    window: Millis,
    /// The newest event met by the head.
    newest: Option<Timestamp>,
    /// When something new was last met; at first, when it began.
    last_fresh: Timestamp,
    known: Known,
    /// Whether new events come by another way too.
    is_relaxed: bool,
    strikes: u32,
    saturated: bool,
    /// Up to when reads were put off.
    put_off: Option<Timestamp>,
}

impl Plan {
    /// A plan that begins now.
    pub fn new(manner: Manner, asked: Asked, now: Timestamp) -> Self {
        let mut plan = Self {
            manner,
            asked,
            walks: [const { None }; 4],
            due: [now, now + manner.sweep.every, now + manner.deep.every],
            began: [None, None],
            holes: Holes::default(),
            window: manner.window.first,
            newest: None,
            last_fresh: now,
            known: Known::default(),
            is_relaxed: false,
            strikes: 0,
            saturated: false,
            put_off: None,
        };
        if let Some(until) = asked.until {
            plan.holes.dig(Span { from: asked.since, to: until.min(now) }, now);
            plan.began[0] = Some(until.min(now));
        }
        plan
    }

    /// What to do at this time.
    pub fn next(&mut self, now: Timestamp) -> Next {
        if self.asked.until.is_none() {
            self.begin_head(now);
            self.begin_round(Kind::Sweep, now);
            self.begin_round(Kind::Deep, now);
        }
        self.begin_fill(now);
        let under_way =
            Kind::ALL.iter().find_map(|kind| Some((*kind, self.walks[*kind as usize].as_ref()?)));
        if let Some((kind, walk)) = under_way {
            return Next::Ask(Page {
                kind,
                from: walk.span.from,
                to: walk.span.to,
                token: walk.token.clone(),
                writes_only: walk.writes_only,
            });
        }
        if self.asked.until.is_some() {
            return Next::End;
        }
        let due = self.due.iter().min().copied().unwrap_or(now);
        Next::Wait(Duration::from((due - now).max(Millis(1))))
    }

    /// Takes a page that was asked for; says of each event whether it is new.
    pub fn page(
        &mut self,
        kind: Kind,
        events: &[Met],
        token: Option<String>,
        now: Timestamp,
    ) -> Vec<bool> {
        let fresh: Vec<bool> = events.iter().map(|met| self.is_new(*met, now)).collect();
        let any_fresh = fresh.contains(&true);
        if any_fresh {
            self.last_fresh = now;
        }
        let is_newest_first = self.manner.is_newest_first;
        let Some(walk) = self.walks[kind as usize].as_mut() else { return fresh };
        walk.pages += 1;
        if any_fresh || is_newest_first {
            walk.refusals = 0;
        }
        walk.fresh |= any_fresh;
        let oldest = events.iter().filter_map(|met| met.time).min();
        walk.oldest = oldest.into_iter().chain(walk.oldest).min();
        if kind == Kind::Head {
            let newest = events.iter().filter_map(|met| met.time).max();
            // A time in the future must not blind the head to what is now.
            self.newest = self.newest.max(newest.map(|newest| newest.min(now)));
        }
        let may_stop = kind == Kind::Head && is_newest_first;
        let reached = may_stop && self.began[0].is_some() && !events.is_empty() && !any_fresh;
        let is_long = may_stop && walk.pages >= HEAD_PAGES;
        match token {
            Some(_) if reached => self.end(kind, true, now),
            Some(_) if is_long => self.end(kind, false, now),
            Some(token) => walk.token = Some(token),
            None => self.end(kind, true, now),
        }
        fresh
    }

    /// The token of a walk was refused: it goes on from the oldest event met, or begins anew,
    /// without one. False where that has not helped before.
    pub fn refused(&mut self, kind: Kind) -> bool {
        let Some(walk) = self.walks[kind as usize].as_mut() else { return false };
        walk.token = None;
        if self.manner.is_newest_first {
            walk.span.to = walk.oldest.unwrap_or(walk.span.to).max(walk.span.from);
        }
        walk.refusals += 1;
        let goes_on = walk.refusals <= REFUSALS;
        if kind == Kind::Fill && !self.manner.is_newest_first && walk.refusals > 1 {
            return self.narrow() || goes_on;
        }
        goes_on
    }

    /// Puts the window that is being filled in back, and asks for less of it at a time. False where
    /// it cannot be less.
    fn narrow(&mut self) -> bool {
        let Some(walk) =
            self.walks[Kind::Fill as usize].take_if(|_| self.window > self.manner.window.least)
        else {
            return false;
        };
        self.window = Millis(self.window.0 / 2).max(self.manner.window.least);
        self.holes.put_back(walk.span);
        true
    }

    /// Everything delivered up to this time was read.
    pub fn complete_to(&self) -> Option<Timestamp> {
        self.began[0].filter(|_| self.is_whole())
    }

    /// Whether nothing that was asked for is missing.
    pub fn is_whole(&self) -> bool {
        self.holes.is_empty() && self.walks[Kind::Fill as usize].is_none() && !self.saturated
    }

    /// Whether there is more than can be had, so that reads are left for later.
    pub fn is_saturated(&self) -> bool {
        self.saturated
    }

    /// The time that is still to be filled in, and about how long that will take; the latter only
    /// once some of it was.
    pub fn missing(&self, now: Timestamp) -> Option<(Millis, Option<Millis>)> {
        let walk = self.walks[Kind::Fill as usize].as_ref();
        let current =
            walk.map(|walk| Span { to: walk.oldest.unwrap_or(walk.span.to), ..walk.span });
        self.holes.missing(current, now)
    }

    /// The same in words.
    pub fn left(&self, now: Timestamp) -> Option<String> {
        let (left, eta) = self.missing(now)?;
        let eta = eta.map_or_else(String::new, |eta| format!(", about {} more", rounded(eta)));
        Some(format!("{} still to be read{eta}", rounded(left)))
    }

    /// Whether an event is met for the first time, wherever it comes from. From now on it is known.
    pub fn is_new(&mut self, met: Met, now: Timestamp) -> bool {
        // Without an id nobody here can know it; it is judged by its content further on.
        let Some(id) = met.id else { return true };
        self.known.add(id, met.time.unwrap_or(now))
    }

    /// Looks at once for what is new and for what came late: what else brought events was
    /// interrupted.
    pub fn hurry(&mut self, now: Timestamp) {
        for due in &mut self.due[..=Kind::Sweep as usize] {
            *due = now.min(*due);
        }
    }

    /// Says whether new events come by another way too, so that looking for them may take its time.
    pub fn relax(&mut self, is_relaxed: bool) {
        self.is_relaxed = is_relaxed;
    }

    /// Forgets the ids that no walk can meet again.
    fn forget(&mut self, now: Timestamp) {
        let filling = self.walks[Kind::Fill as usize].as_ref().map(|walk| walk.span);
        let (least, back) = (self.manner.behind, self.manner.deep.back);
        self.known.forget((least, back), filling, now);
    }

    fn begin_head(&mut self, now: Timestamp) {
        if self.walks[Kind::Head as usize].is_some() || now < self.due[0] {
            return;
        }
        let from = match (self.newest, self.began[0]) {
            (Some(newest), _) => newest - self.manner.behind,
            // Nothing has ever been met: what comes first may come late.
            (None, Some(began)) => began - self.manner.sweep.back,
            (None, None) => now - self.manner.sweep.back,
        };
        if self.began[0].is_none() && self.asked.since < from {
            // The newest come first; the rest of what was asked for is filled in.
            self.holes.dig(Span { from: self.asked.since, to: from }, now);
        }
        self.begin(Kind::Head, Span { from: from.max(self.asked.since), to: now }, now);
        self.forget(now);
    }

    /// A round goes back from where the last one *began*: after an hour without an answer it looks
    /// at that hour too.
    fn begin_round(&mut self, kind: Kind, now: Timestamp) {
        let at = kind as usize;
        let Some(first) = self.began[0] else { return };
        if self.walks[at].is_some() || now < self.due[at] || self.saturated {
            return;
        }
        let last = self.began[at - 1].unwrap_or(first).min(now);
        let from = (last - self.round(kind).back).max(self.asked.since);
        self.begin(kind, Span { from: from.min(now), to: now }, now);
    }

    fn begin_fill(&mut self, now: Timestamp) {
        if self.walks[Kind::Fill as usize].is_some() {
            return;
        }
        let Some(span) = self.holes.next(self.window) else { return };
        self.begin(Kind::Fill, span, now);
        self.forget(now);
    }

    fn round(&self, kind: Kind) -> Round {
        if kind == Kind::Sweep { self.manner.sweep } else { self.manner.deep }
    }

    fn begin(&mut self, kind: Kind, span: Span, now: Timestamp) {
        self.walks[kind as usize] = Some(Walk {
            span,
            began: now,
            token: None,
            oldest: None,
            pages: 0,
            refusals: 0,
            fresh: false,
            writes_only: kind == Kind::Head && self.saturated,
        });
    }

    /// Ends a walk, which reached its end or was cut short.
    fn end(&mut self, kind: Kind, whole: bool, now: Timestamp) {
        let Some(walk) = self.walks[kind as usize].take() else { return };
        match kind {
            Kind::Head => self.end_head(&walk, whole, now),
            Kind::Sweep | Kind::Deep => {
                let round = self.round(kind);
                let rest = Millis((i64::from(walk.pages) * REST.0).min(REST_MOST.0));
                self.began[kind as usize - 1] = Some(walk.began);
                self.due[kind as usize] = (walk.began + round.every).max(now + rest);
            }
            Kind::Fill => {
                let Window { least, most, .. } = self.manner.window;
                let length = match walk.pages {
                    pages if pages < PAGES.0 => self.window.0 * 2,
                    pages if pages > PAGES.1 => self.window.0 / 2,
                    _ => self.window.0,
                };
                self.window = Millis(length.clamp(least.0, most.0));
                if self.holes.is_empty() {
                    self.saturated = false;
                    self.put_off = None;
                }
            }
        }
    }

    fn end_head(&mut self, walk: &Walk, whole: bool, now: Timestamp) {
        let is_first = self.began[0].is_none();
        if is_first {
            // It saw everything up to its beginning, or leaves a hole that says otherwise.
            self.began[0] = Some(walk.began);
        }
        if walk.writes_only {
            // What only reads is still to be had, from where that was last put off.
            let last = self.put_off.replace(walk.span.to).unwrap_or(walk.span.from);
            let from = walk.span.from.max(last - self.manner.behind);
            self.holes.dig(Span { from, to: walk.span.to }, now);
        } else if whole {
            self.strikes = 0;
        } else {
            let to = walk.oldest.unwrap_or(walk.span.to);
            self.holes.dig(Span { from: walk.span.from, to }, now);
            self.strikes += u32::from(!is_first);
            self.saturated |= self.strikes >= STRIKES;
        }
        let quiet = now - self.last_fresh;
        let pause = match () {
            () if walk.fresh => Millis::seconds(5),
            () if quiet < Millis::minutes(5) => Millis::seconds(10),
            () if quiet < Millis::hours(1) => Millis::seconds(30),
            () => Millis::minutes(2),
        };
        let pause = if self.is_relaxed { pause.max(RELAXED) } else { pause };
        self.due[0] = now + pause.max(Millis(i64::from(walk.pages) * self.manner.rest.0));
    }
}

/// A length in whole minutes, or tens of seconds below two: a note that changed with every page
/// would be noise.
fn rounded(length: Millis) -> String {
    let seconds = (length.0 / 1000).max(1) as u64;
    match seconds < 120 {
        true => format!("{} s", seconds.next_multiple_of(10)),
        false => format!("{} min", seconds / 60),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
