//! The one `now()`: everybody who needs the time is given a `Clock`, so that a test can fix it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::event::time::{Millis, Timestamp};

/// Where the time comes from.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// A clock that was set (`--now T`) and runs on from there.
    Set {
        /// What it showed when it was set.
        at: Timestamp,
        /// When it was set.
        since: Instant,
    },
    /// A clock that stands still, for tests and still pictures.
    Fixed(Timestamp),
    /// A clock that somebody else moves, in milliseconds since 1970: a recording that is played, and
    /// tests of what waits.
    Moved(&'static AtomicI64),
}

impl Clock {
    /// A clock that shows `at` now and runs on.
    pub fn set(at: Timestamp) -> Self {
        Self::Set { at, since: Self::instant() }
    }

    /// The time.
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the clock")]
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                Timestamp(since.map_or(0, |since| since.as_millis() as i64))
            }
            Self::Set { at, since } => at + Millis::from(since.elapsed()),
            Self::Fixed(at) => at,
            Self::Moved(millis) => Timestamp(millis.load(Ordering::Relaxed)),
        }
    }

    /// The time that was set, however long ago; the time of a clock that was not set. What is to be
    /// the same in every run begins here.
    pub fn start(self) -> Timestamp {
        match self {
            Self::Set { at, .. } => at,
            Self::System | Self::Fixed(_) | Self::Moved(_) => self.now(),
        }
    }

    /// A moment of the monotonic clock, for pacing frames and waits.
    pub fn instant() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        Instant::now()
    }

    /// How long to wait on the monotonic clock until this clock shows `at`; zero when it does.
    pub fn until(self, at: Timestamp) -> Duration {
        (at - self.now()).into()
    }
}
