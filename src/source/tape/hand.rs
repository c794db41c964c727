//! The hand on a tape that is played: what is wished of it, and where it stands. Pure.

use std::fmt;

use crate::event::time::{Millis, Timestamp};

/// How fast a tape is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// So many times as fast as it was recorded.
    Times(u32),
    /// As fast as it can be read.
    Most,
}

/// The speeds that are stepped through.
const STEPS: [Speed; 4] = [Speed::Times(1), Speed::Times(10), Speed::Times(60), Speed::Most];
/// The fastest that can be asked for by a number.
const MOST_TIMES: u32 = 100_000;

impl Default for Speed {
    fn default() -> Self {
        Self::Times(1)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}x"),
            Self::Most => f.write_str("max"),
        }
    }
}

impl Speed {
    /// Reads `10x`, `10` or `max`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Most);
        }
        let times = text.strip_suffix('x').unwrap_or(text).parse().ok();
        let times = times.filter(|times| (1..=MOST_TIMES).contains(times));
        times.map(Self::Times).ok_or_else(|| {
            format!("{text:?} is no speed: write 1x, 10x, 60x or any whole number, or max")
        })
    }

    fn rank(self) -> u32 {
        match self {
            Self::Times(times) => times,
            Self::Most => u32::MAX,
        }
    }

    /// The next faster of the usual speeds.
    #[must_use]
    pub fn faster(self) -> Self {
        STEPS.into_iter().find(|step| step.rank() > self.rank()).unwrap_or(Self::Most)
    }

    /// The next slower of the usual speeds.
    #[must_use]
    pub fn slower(self) -> Self {
        let mut slower = STEPS.into_iter().rev();
        slower.find(|step| step.rank() < self.rank()).unwrap_or(STEPS[0])
    }
}

/// What is wished of a tape that is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Stand still, or go on; at the end, begin again.
    Pause,
    /// Go on to the next thing that brings events, and stand still.
    Step,
    /// Play faster.
    Faster,
    /// Play slower.
    Slower,
    /// Go to this moment.
    Seek(Timestamp),
    /// Go so far on, or back.
    Skip(Millis),
}

/// What a tape that is played is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// It is played.
    Plays,
    /// It stands still.
    Stands,
    /// It is on its way to this moment.
    Seeks(Timestamp),
    /// It has come to its end.
    Ended,
}

/// Where a tape that is played stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The moment that is shown.
    pub at: Timestamp,
    /// How fast it is played.
    pub speed: Speed,
    /// What it is doing.
    pub motion: Motion,
    /// The first moment on it.
    pub from: Timestamp,
    /// About the last moment on it, where that is known.
    pub to: Option<Timestamp>,
    /// How often it was begun anew.
    pub runs: u64,
    /// How many steps were made.
    pub steps: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read_and_stepped_through() {
        for (text, speed) in
            [("1x", Speed::Times(1)), ("25", Speed::Times(25)), ("max", Speed::Most)]
        {
            assert_eq!(Speed::parse(text), Ok(speed), "{text}");
        }
        for text in ["", "x", "0", "-1x", "1.5x", "1000000x", "fast"] {
            assert!(Speed::parse(text).unwrap_err().contains("is no speed"), "{text}");
        }
        let mut speed = Speed::Times(25);
        let mut up = vec![];
        for _ in 0..3 {
            speed = speed.faster();
            up.push(speed.to_string());
        }
        assert_eq!(up, ["60x", "max", "max"]);
        let mut down = vec![];
        for _ in 0..4 {
            speed = speed.slower();
            down.push(speed.to_string());
        }
        assert_eq!(down, ["60x", "10x", "1x", "1x"]);
    }
}
