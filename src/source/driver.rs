//! THE loop of every source: sources only fetch; waiting, health and stopping are written once.

use std::time::Duration;

use crate::clock::Clock;
use crate::source::batch::{Gone, Health, Outlet, State};

/// What one pull brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// Something; there may be more at once.
    Some,
    /// Nothing more for now; ask again after this long.
    Nothing(Duration),
    /// Nothing more ever.
    End,
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

    /// How far it has come.
    fn progress(&self) -> Progress;
}

/// Drives a source to its end. Health is sent when the state changes and with each object.
pub async fn drive(mut source: impl Source, outlet: Outlet, clock: Clock) {
    let mut since = clock.now();
    let mut last = State::Starting;
    let mut tell = |state: State, progress: Progress| {
        if state != last {
            since = clock.now();
            last = state.clone();
        }
        let Progress { objects, waiting, bytes } = progress;
        outlet.health(Health { source: outlet.source, state, objects, waiting, bytes, since });
    };
    tell(State::Starting, source.progress());
    loop {
        let pulled = source.pull(&outlet).await;
        let progress = source.progress();
        match pulled {
            Ok(Pulled::Some) => tell(State::Reading, progress),
            Ok(Pulled::Nothing(wait)) => {
                tell(State::Watching, progress);
                tokio::time::sleep(wait).await;
            }
            Ok(Pulled::End) => return tell(State::Ended, progress),
            Err(Fault::Gone(_)) => return,
            Err(Fault::Down(why)) => return tell(State::Down(why), progress),
        }
    }
}
