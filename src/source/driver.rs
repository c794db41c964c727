//! THE loop of every source: sources only fetch; waiting, health and stopping are written once.

use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::event::time::Millis;
use crate::event::time::Timestamp;
use crate::source::batch::{Gone, Health, Outlet, State};

/// A source that had everything and reads for so long again is behind; before that it has news.
const NEWS: Duration = Duration::from_secs(1);

/// What one pull brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// Something; there may be more at once.
    Some,
    /// There is more, but not before this long: the source paces itself.
    Later(Duration),
    /// Nothing more for now; ask again after this long.
    Nothing(Duration),
    /// It cannot go on as it is: why, and what would mend it. It tries again after this long.
    Down(String, Duration),
    /// Nothing more ever.
    End,
}

impl Pulled {
    /// Nothing is asked for so long, of what is complete up to then: before it is complete at all,
    /// there is more to come.
    pub fn pause(wait: Duration, complete_to: Option<Timestamp>) -> Self {
        if complete_to.is_some() { Self::Nothing(wait) } else { Self::Later(wait) }
    }

    /// A page was read of what is complete up to then.
    pub fn page(complete_to: Option<Timestamp>) -> Self {
        if complete_to.is_some() { Self::Nothing(Duration::ZERO) } else { Self::Some }
    }
}

/// Why a source cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The program is ending.
    #[error(transparent)]
    Gone(#[from] Gone),
    /// It could not be opened or read: what and why, and what would mend it.
    #[error("{0}")]
    Down(String),
}

/// How far a source has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Objects read.
    pub objects: u64,
    /// Objects known and not read.
    pub waiting: u64,
    /// Bytes read, as stored.
    pub bytes: u64,
}

/// Something that brings events.
pub trait Source: Send + 'static {
    /// Fetches what is next and sends it. Dropping the future loses nothing that was sent.
    fn pull(&mut self, outlet: &Outlet) -> impl Future<Output = Result<Pulled, Fault>> + Send;

    /// The program ends: lets go of what would be lost or stay behind. A pull may have been dropped
    /// before, and this may be dropped too where it takes long.
    fn leave(&mut self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// How far it has come.
    fn progress(&self) -> Progress;

    /// Returns when something came by itself or somebody wants it to look, which ends a wait early.
    /// Dropping the future loses nothing. For most sources nothing ever does.
    fn woken(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// What a user should know of it while it goes on: how much it reads, what that costs.
    fn note(&self) -> Option<String> {
        None
    }

    /// What was asked for and is not there: left out, gone, or still to be read.
    fn lacks(&self) -> Option<String> {
        None
    }
}

/// What a source says of itself.
type Told = (Progress, Option<String>, Option<String>);

/// Whether a source has everything there is.
#[derive(Debug, Default)]
struct Course {
    has_all: bool,
    /// Since when it has been reading without a rest.
    busy: Option<Instant>,
}

impl Course {
    /// It has read something: what that makes it.
    fn reads(&mut self) -> State {
        self.has_all &= self.busy.get_or_insert_with(Clock::instant).elapsed() < NEWS;
        if self.has_all { State::Watching } else { State::Reading }
    }
}

/// Drives a source to its end, or to that of the program. Health is sent when anything in it changes.
pub async fn drive(mut source: impl Source, outlet: Outlet, clock: Clock) {
    let mut last = Health::starting(outlet.source, clock.now());
    outlet.health(last.clone());
    let mut tell = |state: State, next: Option<Duration>, (progress, note, lacks): Told| {
        let now = clock.now();
        let since = if state == last.state { last.since } else { now };
        let next_try = next.map(|wait| now + Millis::from(wait));
        let Progress { objects, waiting, bytes } = progress;
        let source = last.source;
        let health =
            Health { source, state, objects, waiting, bytes, since, note, lacks, next_try };
        if health != last {
            last = health.clone();
            outlet.health(health);
        }
    };
    let mut inside = outlet.closing().enter();
    let mut course = Course::default();
    loop {
        let pulled = tokio::select! {
            pulled = source.pull(&outlet) => pulled,
            () = inside.closing() => return source.leave().await,
        };
        let told = (source.progress(), source.note(), source.lacks());
        let wait = match pulled {
            Ok(Pulled::Some) => {
                tell(course.reads(), None, told);
                continue;
            }
            Ok(Pulled::Later(wait)) => {
                tell(course.reads(), None, told);
                wait
            }
            Ok(Pulled::Nothing(wait)) => {
                course = Course { has_all: true, busy: None };
                tell(State::Watching, None, told);
                wait
            }
            Ok(Pulled::Down(why, wait)) => {
                course = Course::default();
                tell(State::Down(why), Some(wait), told);
                wait
            }
            Ok(Pulled::End) => return tell(State::Ended, None, told),
            Err(Fault::Gone(_)) => return,
            Err(Fault::Down(why)) => return tell(State::Down(why), None, told),
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = source.woken() => {}
            () = inside.closing() => return source.leave().await,
        }
    }
}
