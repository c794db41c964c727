//! Chance under a seed. Only whole numbers and plain arithmetic, so that a seed gives the same
//! bytes on every machine.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::source::demo::organization::{access_key, uuid};

/// A stream of chance.
#[derive(Debug, Clone)]
pub(crate) struct Chance {
    rng: ChaCha8Rng,
}

/// Sixteen waiting times of a memoryless arrival, equally likely, in thousandths of their mean.
const WAITS: [i64; 16] =
    [32, 101, 174, 252, 337, 430, 533, 646, 774, 921, 1091, 1296, 1553, 1897, 2419, 3544];

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Below `n`; 0 where n is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.number() % n as u64) as usize }
    }

    /// From `low` up to and with `high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    /// Below `n`, the first most often: the k-th is chosen 1/k as often as the first.
    pub(crate) fn zipf(&mut self, n: usize) -> usize {
        let share = |rank: usize| 1_000_000 / (rank + 1);
        let mut left = self.below((0..n).map(share).sum());
        for rank in 0..n {
            if left < share(rank) {
                return rank;
            }
            left -= share(rank);
        }
        0
    }

    /// An index into `weights`, each as often as it weighs.
    pub(crate) fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum::<u64>() as usize) as u64;
        for (at, weight) in weights.iter().enumerate() {
            if left < *weight {
                return at;
            }
            left -= weight;
        }
        0
    }

    /// True in `n` of a thousand.
    pub(crate) fn permille(&mut self, n: usize) -> bool {
        self.below(1000) < n
    }

    /// One of these; the first most often.
    pub(crate) fn favourite<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.zipf(of.len())]
    }

    /// One of these, all alike.
    pub(crate) fn any<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A waiting time about this mean, in the unit of the mean.
    pub(crate) fn wait(&mut self, mean: i64) -> i64 {
        let shape = WAITS[self.below(WAITS.len())];
        let jitter = self.between(750, 1250);
        (i128::from(mean) * i128::from(shape) * i128::from(jitter) / 1_000_000) as i64
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.rng.random()
    }

    pub(crate) fn uuid(&mut self) -> String {
        uuid(self.number(), self.number())
    }

    pub(crate) fn access_key(&mut self, prefix: &str) -> String {
        access_key(prefix, self.number(), self.number())
    }

    /// `n` letters or digits, for the tails of keys and tokens.
    pub(crate) fn letters(&mut self, n: usize) -> String {
        const LETTERS: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..n).map(|_| char::from(*self.any(LETTERS))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_keep_their_mean_and_ranks_their_order() {
        let mut chance = Chance::new(1);
        let sum: i64 = (0..20_000).map(|_| chance.wait(1_000_000)).sum();
        let mean = sum / 20_000;
        assert!((980_000..1_020_000).contains(&mean), "{mean}");
        let mut seen = [0; 5];
        (0..5000).for_each(|_| seen[chance.zipf(5)] += 1);
        assert!(seen.is_sorted_by(|a, b| a > b), "{seen:?}");
    }
}
