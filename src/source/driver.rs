//! THE loop of every source: sources only fetch; waiting, health and stopping are written once.

use std::time::Duration;

use crate::clock::Clock;
use crate::source::batch::{Gone, Health, Outlet, State};

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

    /// Returns when something came by itself, which ends a wait early. Dropping the future loses
    /// nothing. For most sources nothing ever does.
    fn woken(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// What a user should know of it while it goes on: what it leaves out, how long it will take.
    fn note(&self) -> Option<String> {
        None
    }
}

/// Drives a source to its end. Health is sent when anything in it changes.
pub async fn drive(mut source: impl Source, outlet: Outlet, clock: Clock) {
    let mut last = Health::starting(outlet.source, clock.now());
    outlet.health(last.clone());
    let mut tell = |state: State, (progress, note): (Progress, Option<String>)| {
        let since = if state == last.state { last.since } else { clock.now() };
        let Progress { objects, waiting, bytes } = progress;
        let health = Health { source: last.source, state, objects, waiting, bytes, since, note };
        if health != last {
            last = health.clone();
            outlet.health(health);
        }
    };
    loop {
        let pulled = source.pull(&outlet).await;
        let told = (source.progress(), source.note());
        let wait = match pulled {
            Ok(Pulled::Some) => {
                tell(State::Reading, told);
                continue;
            }
            Ok(Pulled::Later(wait)) => {
                tell(State::Reading, told);
                wait
            }
            Ok(Pulled::Nothing(wait)) => {
                tell(State::Watching, told);
                wait
            }
            Ok(Pulled::Down(why, wait)) => {
                tell(State::Down(why), told);
                wait
            }
            Ok(Pulled::End) => return tell(State::Ended, told),
            Err(Fault::Gone(_)) => return,
            Err(Fault::Down(why)) => return tell(State::Down(why), told),
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = source.woken() => {}
        }
    }
}
