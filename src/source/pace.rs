//! How often a source may ask: a bucket of tokens whose rate gives way when it is told to, and waits
//! that grow with each failure. Pure: the time is given.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::event::time::{Millis, Timestamp};

/// The slowest a bucket becomes, in tokens a second.
const SLOWEST: f64 = 0.1;
/// Clocks of one machine differ by less, unless one was set.
const AHEAD: Millis = Millis::minutes(1);
/// How much faster a bucket becomes in a minute in which nobody complained, in tokens a second.
const RECOVERY: f64 = 0.1;

/// A bucket of tokens: one token a call. Adds a little speed while all goes well and halves it when
/// the other side says that it is too much.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Tokens a second.
    rate: f64,
    /// Where `rate` stops growing.
    fastest: f64,
    /// The most tokens saved up.
    burst: f64,
    tokens: f64,
    at: Option<Timestamp>,
}

/// What a bucket holds at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Tokens a second.
    pub rate: f64,
    /// Tokens saved up.
    pub tokens: f64,
    /// When that was so.
    pub at: Timestamp,
}

impl Bucket {
    /// A full bucket of `rate` tokens a second that may become `fastest`, and holds `burst`.
    pub fn new(rate: f64, fastest: f64, burst: f64) -> Self {
        Self { rate, fastest: fastest.max(rate), burst, tokens: burst, at: None }
    }

    /// Takes a token, or says how long until there is one.
    pub fn take(&mut self, now: Timestamp) -> Result<(), Duration> {
        self.pass(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        // Rounded up, so that the token is there when the wait is over.
        let millis = ((1.0 - self.tokens) / self.rate * 1000.0).ceil();
        Err(Duration::from_millis(millis as u64 + 1))
    }

    /// The other side said that it was too much.
    pub fn throttled(&mut self, now: Timestamp) {
        self.pass(now);
        self.rate = (self.rate / 2.0).max(SLOWEST);
        self.tokens = 0.0;
    }

    /// What it holds.
    pub fn level(&self, now: Timestamp) -> Level {
        Level { rate: self.rate, tokens: self.tokens, at: self.at.unwrap_or(now) }
    }

    /// Goes on from what somebody else wrote down; from nothing that no bucket like this can hold.
    pub fn recall(&mut self, level: Level, now: Timestamp) {
        let is_sound = (SLOWEST..=self.fastest).contains(&level.rate)
            && (0.0..=self.burst).contains(&level.tokens)
            && level.at <= now + AHEAD;
        if is_sound {
            // A clock that runs ahead earns nothing for anybody.
            (self.rate, self.tokens, self.at) = (level.rate, level.tokens, Some(level.at));
        }
    }

    /// Tokens a second.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    fn pass(&mut self, now: Timestamp) {
        let before = self.at.replace(now).unwrap_or(now);
        // A clock that was set back earns nothing.
        let seconds = (now - before).0.max(0) as f64 / 1000.0;
        self.tokens = (self.tokens + seconds * self.rate).min(self.burst);
        self.rate = (self.rate + seconds / 60.0 * RECOVERY).min(self.fastest);
    }
}

/// Waits that double with each failure in a row, each cut by a part left to chance, so that many
/// programs that failed together do not come back together.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    failures: u32,
    chance: ChaCha8Rng,
}

impl Backoff {
    /// Waits between `first` and `most`; `seed` decides about the chance.
    pub fn new(first: Duration, most: Duration, seed: u64) -> Self {
        Self { first, most, failures: 0, chance: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// How long to wait after one more failure: between half and all of the doubled time.
    pub fn failed(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.failures.min(20)).min(self.most);
        self.failures += 1;
        doubled.mul_f64(self.chance.random_range(0.5..=1.0))
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// A call went well.
    pub fn worked(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bucket_gives_way_and_comes_back() {
        let mut now = Timestamp(0);
        let mut bucket = Bucket::new(1.0, 1.8, 2.0);
        assert_eq!((bucket.take(now), bucket.take(now)), (Ok(()), Ok(())));
        let wait = bucket.take(now).unwrap_err();
        now = now + Millis::from(wait);
        assert_eq!(bucket.take(now), Ok(()));
        bucket.throttled(now);
        assert!((bucket.rate() - 0.5).abs() < 0.01);
        assert!(bucket.take(now).unwrap_err() > Duration::from_millis(1900));
        for _ in 0..10 {
            bucket.throttled(now);
        }
        assert!((bucket.rate() - SLOWEST).abs() < 0.01);
        now = now + Millis::hours(1);
        bucket.take(now).unwrap();
        assert!((bucket.rate() - 1.8).abs() < 0.01);
        // A clock that was set back neither pays nor stops it for good.
        now = now - Millis::hours(2);
        bucket.take(now).unwrap();
        assert!(bucket.take(now).unwrap_err() < Duration::from_secs(2));
    }

    #[test]
    fn waits_double_to_an_end_and_start_anew() {
        let (first, most) = (Duration::from_secs(1), Duration::from_secs(20));
        let mut backoff = Backoff::new(first, most, 7);
        for expected in [1, 2, 4, 8, 16, 20, 20] {
            let wait = backoff.failed();
            let expected = Duration::from_secs(expected);
            assert!(expected / 2 <= wait && wait <= expected, "{wait:?} of {expected:?}");
        }
        backoff.worked();
        assert!(backoff.failed() <= first);
    }

    proptest! {
        /// Whoever waits as told is never refused, and never faster than the rate allows.
        #[test]
        fn never_faster_than_its_rate(steps in prop::collection::vec(0i64..3000, 1..200)) {
            let (rate, burst) = (1.5, 2.0);
            let mut bucket = Bucket::new(rate, rate, burst);
            let (mut now, mut taken) = (Timestamp(0), 0u32);
            for step in steps {
                now = now + Millis(step);
                if let Err(wait) = bucket.take(now) {
                    now = now + Millis::from(wait);
                    prop_assert_eq!(bucket.take(now), Ok(()));
                }
                taken += 1;
                let most = burst + rate * now.0 as f64 / 1000.0;
                prop_assert!(f64::from(taken) <= most + 0.01, "{} of {}", taken, most);
            }
        }
    }
}
