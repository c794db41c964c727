//! A tape that a hand plays: where it stands, how it moves from there, and what the hand wishes next.
//! It moves the clock of whoever looks on, and never touches the tape.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::clock::Clock;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::Outlet;
use crate::source::tape::hand::{Motion, Position, Speed, Wish};

/// How often the clock of a tape that is played is moved and told, at least.
const TICK: Duration = Duration::from_millis(250);
/// How long nothing is looked at while nothing moves.
pub(super) const REST: Duration = Duration::from_hours(1);

/// How a tape is played.
#[derive(Debug)]
pub struct Hand {
    /// The clock that is moved.
    pub clock: &'static AtomicI64,
    /// What is wished.
    pub wishes: UnboundedReceiver<Wish>,
    /// How fast it begins.
    pub speed: Speed,
    /// The moment to begin at.
    pub start: Option<Timestamp>,
}

/// The hand, and where it stands.
pub(super) struct Playing {
    hand: Hand,
    /// Wishes that have woken it.
    waiting: Vec<Wish>,
    pub(super) position: Position,
    /// The moment that was shown when this one was.
    anchor: (Timestamp, Instant),
    /// It goes on to the next thing that brings events.
    pub(super) steps: bool,
    /// It stands still once it has come to where it was sent.
    stands_then: bool,
    told: Option<(Position, Instant)>,
}

impl Playing {
    /// At the beginning of a tape that has these bounds, or on its way to where the hand begins.
    pub(super) fn begin(hand: Hand, (from, to): (Timestamp, Option<Timestamp>)) -> Self {
        let seeks = hand.start.filter(|start| *start > from);
        let motion = seeks.map_or(Motion::Plays, Motion::Seeks);
        let speed = hand.speed;
        let position = Position { at: from, speed, motion, from, to, runs: 0, steps: 0 };
        let anchor = (from, Clock::instant());
        let (steps, stands_then, told) = (false, false, None);
        let playing = Self { hand, waiting: vec![], position, anchor, steps, stands_then, told };
        playing.set_clock();
        playing
    }

    /// Waits for a wish.
    pub(super) async fn woken(&mut self) {
        match self.hand.wishes.recv().await {
            Some(wish) => self.waiting.push(wish),
            None => std::future::pending().await,
        }
    }

    /// The wishes since this was last asked, in order.
    pub(super) fn wishes(&mut self) -> Vec<Wish> {
        let mut wishes = std::mem::take(&mut self.waiting);
        wishes.extend(std::iter::from_fn(|| self.hand.wishes.try_recv().ok()));
        wishes
    }

    /// Takes a wish; says whether the tape has to be begun anew for it.
    pub(super) fn take(&mut self, wish: Wish) -> bool {
        let Position { at, motion, from, speed, .. } = self.position;
        self.steps = false;
        match (wish, motion) {
            (Wish::Pause, Motion::Plays | Motion::Seeks(_)) => self.moves(Motion::Stands),
            (Wish::Pause, Motion::Stands) => self.moves(Motion::Plays),
            (Wish::Pause, Motion::Ended) => {
                self.position.at = from;
                self.moves(Motion::Plays);
                return true;
            }
            (Wish::Step, Motion::Ended) => {}
            (Wish::Step, _) => {
                self.moves(Motion::Stands);
                self.steps = true;
            }
            (Wish::Faster, _) => self.runs_at(speed.faster()),
            (Wish::Slower, _) => self.runs_at(speed.slower()),
            (Wish::Seek(to), _) => return self.seeks(to),
            (Wish::Skip(far), Motion::Seeks(to)) => return self.seeks(to + far),
            (Wish::Skip(far), _) => return self.seeks(at + far),
        }
        false
    }

    fn runs_at(&mut self, speed: Speed) {
        self.position.speed = speed;
        self.moves(self.position.motion);
    }

    fn seeks(&mut self, to: Timestamp) -> bool {
        let Position { at, from, motion, .. } = self.position;
        self.stands_then = match motion {
            Motion::Plays => false,
            Motion::Stands | Motion::Ended => true,
            Motion::Seeks(_) => self.stands_then,
        };
        let to = to.max(from);
        let is_back = to < at;
        if is_back {
            self.position.at = from;
        }
        self.moves(Motion::Seeks(to));
        is_back
    }

    /// Moves so from where it is.
    pub(super) fn moves(&mut self, motion: Motion) {
        self.position.motion = motion;
        self.anchor = (self.position.at, Clock::instant());
        self.set_clock();
    }

    /// Up to when it is to be played by now; `None` for as far as it goes.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let Speed::Times(times) = self.position.speed else { return None };
        let (from, since) = self.anchor;
        Some(from + Millis::from(since.elapsed() * times))
    }

    /// Shows something that came in then.
    pub(super) fn shows(&mut self, at: Timestamp) {
        self.position.at = self.position.at.max(at);
        self.set_clock();
    }

    /// Has shown everything up to a moment.
    pub(super) fn arrives(&mut self, at: Timestamp) {
        self.shows(at);
        if matches!(self.position.motion, Motion::Seeks(_)) {
            self.moves(if self.stands_then { Motion::Stands } else { Motion::Plays });
        }
    }

    /// Has shown everything.
    pub(super) fn ends(&mut self, last: Timestamp) {
        self.steps = false;
        self.position.to = Some(last);
        self.moves(Motion::Ended);
    }

    /// How long to wait for what came in then, where that is soon.
    pub(super) fn wait(&self, next: Timestamp) -> Duration {
        match (self.position.motion, self.position.speed) {
            (Motion::Plays, Speed::Times(times)) => {
                let far = Duration::from(next - self.position.at);
                TICK.min(far / times)
            }
            (Motion::Plays | Motion::Seeks(_), _) => Duration::ZERO,
            (Motion::Stands | Motion::Ended, _) => REST,
        }
    }

    fn set_clock(&self) {
        self.hand.clock.store(self.position.at.0, Ordering::Relaxed);
    }

    /// Tells where it stands, where that has changed by as much as is shown. While it is busy, now
    /// and then.
    pub(super) fn tell(&mut self, outlet: &Outlet, is_busy: bool) {
        let shown = |it: &Position| Position { at: Timestamp(it.at.0 / 1000), ..*it };
        if let Some((told, since)) = &self.told {
            let is_same = shown(told) == shown(&self.position);
            let only_at = (told.motion, told.runs) == (self.position.motion, self.position.runs);
            if is_same || is_busy && only_at && since.elapsed() < TICK {
                return;
            }
        }
        self.told = Some((self.position, Clock::instant()));
        outlet.hand(self.position);
    }
}
