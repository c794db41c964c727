//! What follows from a call to AWS that failed: how long to wait, and from when on somebody is told.
//! The same for every source, so that the same fault means the same everywhere.

use std::time::Duration;

use crate::aws::fault::Fault;
use crate::source::pace::Backoff;

/// The shortest wait after a failure.
const FIRST: Duration = Duration::from_secs(1);
/// Failures in a row that may pass by themselves before somebody is told.
const PATIENCE: u32 = 4;
/// How often credentials are looked at that did not work.
pub const LOGIN: Duration = Duration::from_secs(15);
/// How often is asked again for what is not allowed or not there.
pub const DENIED: Duration = Duration::from_mins(5);
/// How often one thing is asked for before it is left for later, where calls get no answer.
pub const TRIES: u32 = 5;

/// How the calls of a source fare.
#[derive(Debug, Clone)]
pub struct Retry(Backoff);

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setback {
    /// When to try the same again.
    pub wait: Duration,
    /// When to try anything else: it grows with each failure in a row.
    pub pause: Duration,
    /// Whether it may pass by itself, and nobody has to be told yet.
    pub may_pass: bool,
}

impl Retry {
    /// Waits of at most `most` where it may pass; `seed` decides about the chance in them.
    pub fn new(most: Duration, seed: u64) -> Self {
        Self(Backoff::new(FIRST, most, seed))
    }

    /// A call failed.
    pub fn failed(&mut self, fault: &Fault) -> Setback {
        let pause = self.0.failed();
        let may_pass = fault.is_passing() && self.is_patient();
        Setback { wait: wait(fault, pause), pause, may_pass }
    }

    /// Whether so few calls in a row failed that the next one may work.
    pub fn is_patient(&self) -> bool {
        self.0.failures() < PATIENCE
    }

    /// A call went well.
    pub fn worked(&mut self) {
        self.0.worked();
    }
}

/// When to try again what failed: after `pause` where it may pass by itself, else when somebody may
/// have done something about it.
pub fn wait(fault: &Fault, pause: Duration) -> Duration {
    match fault {
        Fault::Throttled | Fault::Network(_) => pause,
        Fault::Expired(_) => LOGIN,
        Fault::Denied(_) | Fault::Missing(_) | Fault::Broken(_) => DENIED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_told_late_and_what_somebody_has_to_mend_at_once() {
        let why = || "why".to_owned();
        let cases = [
            (Fault::Throttled, 3, None),
            (Fault::Network(why()), 3, None),
            (Fault::Expired(why()), 0, Some(LOGIN)),
            (Fault::Denied(why()), 0, Some(DENIED)),
            (Fault::Missing(why()), 0, Some(DENIED)),
            (Fault::Broken(why()), 0, Some(DENIED)),
        ];
        for (fault, quiet, wait) in cases {
            let mut retry = Retry::new(Duration::from_secs(20), 7);
            for n in 0..6 {
                let setback = retry.failed(&fault);
                assert_eq!(setback.may_pass, n < quiet, "{fault:?} {n}");
                assert_eq!(setback.wait, wait.unwrap_or(setback.pause), "{fault:?} {n}");
                assert!(setback.pause <= Duration::from_secs(20));
            }
            retry.worked();
            assert!(retry.failed(&fault).pause <= FIRST);
        }
    }
}
