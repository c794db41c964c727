//! When the next frame may be drawn. What a key leads to is drawn at once; what arrives by itself
//! waits its turn, for a line over SSH has room for a few thousand bytes a second and keeps what is
//! too much in queues of megabytes: it never blocks before it lags by minutes. So frames are paid for
//! by the byte, with some saved up for bursts, and a line that is seen to be slow is left idle as
//! long as it was busy. Pure: the time is given.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// The least time between two frames, whoever asks for them.
const LEAST: Duration = Duration::from_millis(16);
/// The least time between two frames of what arrives by itself.
const ARRIVING: Duration = Duration::from_millis(50);
/// The most time between them, where so much arrives that rows would come and go unseen.
const MOST: Duration = Duration::from_millis(500);
/// The same where little arrives: every row is seen all the same.
const TRICKLE: Duration = Duration::from_secs(1);
/// Rows that arrive from one frame to the next and are little.
const FEW: usize = 8;
/// The same while the terminal says that nobody looks.
const UNSEEN: Duration = Duration::from_secs(1);
/// Bytes a second that frames may come to in the long run.
const RATE: f64 = 2_000.0;
/// Bytes that may be saved up: a few screens.
const SAVED: f64 = 16_000.0;

/// How many frames a second are drawn of what arrives by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fps {
    /// As many as the line has room for; 2 at least where much arrives, else 1.
    #[default]
    Auto,
    /// At most so many.
    Most(u16),
}

impl FromStr for Fps {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(most @ 1..=60) => Ok(Self::Most(most)),
            _ if text == "auto" => Ok(Self::Auto),
            _ => Err("`auto` or a number of frames from 1 to 60".to_owned()),
        }
    }
}

impl fmt::Display for Fps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Most(most) => most.fmt(f),
        }
    }
}

/// The pace of the frames so far.
#[derive(Debug)]
pub struct Pace {
    fps: Fps,
    /// When the last frame was drawn.
    drawn: Option<Instant>,
    /// Bytes that may be sent, and when that was so.
    saved: f64,
    /// How long the next frame may wait at most.
    most: Duration,
    /// How long the last frame took to be written.
    took: Duration,
    is_seen: bool,
}

impl Pace {
    /// Nothing was drawn yet.
    pub fn new(fps: Fps) -> Self {
        Self { fps, drawn: None, saved: SAVED, most: MOST, took: Duration::ZERO, is_seen: true }
    }

    /// A frame of so many bytes was drawn, with so many rows that the last one did not have.
    pub fn drew(&mut self, bytes: usize, rows: usize, now: Instant) {
        self.saved = self.saved_at(now) - bytes as f64;
        self.drawn = Some(now);
        self.most = if rows > FEW { MOST } else { TRICKLE };
    }

    /// The last frame was written and took so long.
    pub fn wrote(&mut self, took: Duration) {
        self.took = took;
    }

    /// Whether somebody looks; as long as the terminal does not say, somebody does.
    pub fn is_seen(&mut self, is_seen: bool) {
        self.is_seen = is_seen;
    }

    /// How long the next frame has to wait.
    pub fn wait(&self, is_urgent: bool, now: Instant) -> Duration {
        let Some(drawn) = self.drawn else { return Duration::ZERO };
        let gap = match (is_urgent, self.fps) {
            (true, _) => LEAST,
            (false, _) if !self.is_seen => UNSEEN,
            (false, Fps::Most(most)) => Duration::from_secs(1) / u32::from(most.max(1)),
            (false, Fps::Auto) => {
                let owed = (-self.saved / RATE).max(0.0);
                Duration::from_secs_f64(owed).clamp(ARRIVING, self.most)
            }
        };
        // A slow line is left idle as long as it was busy: keys have to come through, too.
        let gap = if is_urgent { gap } else { gap.max(self.took * 2) };
        gap.saturating_sub(now.saturating_duration_since(drawn))
    }

    /// Whether there is less room than there might be, so that what can wait should.
    pub fn is_dear(&self, now: Instant) -> bool {
        self.fps == Fps::Auto && self.saved_at(now) < SAVED / 2.0
    }

    fn saved_at(&self, now: Instant) -> f64 {
        let passed = self.drawn.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        // What was owed for longer than frames may wait is forgiven.
        let least = -RATE * self.most.as_secs_f64();
        RATE.mul_add(passed.as_secs_f64(), self.saved).clamp(least, SAVED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// Frames of so many bytes and rows as soon as they may be drawn, for so many seconds: how many
    /// were.
    fn frames(
        pace: &mut Pace,
        (bytes, rows): (usize, usize),
        seconds: u64,
        begun: &mut Instant,
    ) -> usize {
        let end = *begun + Duration::from_secs(seconds);
        let mut drawn = 0;
        while *begun < end {
            *begun += pace.wait(false, *begun);
            pace.drew(bytes, rows, *begun);
            drawn += 1;
        }
        drawn
    }

    #[test]
    fn frames_are_paid_for_by_the_byte() {
        // Bytes and rows a frame, and frames in ten seconds in the long run.
        for (bytes, rows, expected) in [
            (0, 1, 200),
            (90, 1, 200),
            (200, 1, 100),
            (500, 3, 40),
            (1_500, 3, 13),
            (1_500, 50, 20),
            (50_000, 3, 10),
            (50_000, 50, 20),
        ] {
            let (mut pace, mut now) = (Pace::new(Fps::Auto), Clock::instant());
            frames(&mut pace, (bytes, rows), 20 * 60, &mut now);
            let drawn = frames(&mut pace, (bytes, rows), 10, &mut now);
            assert!(drawn.abs_diff(expected) <= 2, "{bytes} bytes: {drawn} in 10 s");
        }
    }

    #[test]
    fn what_can_wait_waits_where_little_is_saved() {
        let (mut pace, mut now) = (Pace::new(Fps::Auto), Clock::instant());
        assert!(!pace.is_dear(now));
        frames(&mut pace, (1_000, 3), 60, &mut now);
        assert!(pace.is_dear(now));
        assert!(!pace.is_dear(now + Duration::from_secs(5)));
        let mut asked = Pace::new(Fps::Most(30));
        frames(&mut asked, (1_000, 3), 60, &mut now);
        assert!(!asked.is_dear(now), "whoever asks for frames gets them whole");
    }

    #[test]
    fn a_burst_after_silence_is_drawn_at_once() {
        let (mut pace, mut now) = (Pace::new(Fps::Auto), Clock::instant());
        frames(&mut pace, (4_000, 3), 60, &mut now);
        now += Duration::from_mins(1);
        assert_eq!(pace.wait(false, now), Duration::ZERO);
        assert!(frames(&mut pace, (1_000, 3), 1, &mut now) > 10);
    }

    #[test]
    fn keys_never_wait_for_what_arrives() {
        let (mut pace, mut now) = (Pace::new(Fps::Most(1)), Clock::instant());
        frames(&mut pace, (50_000, 3), 10, &mut now);
        pace.wrote(Duration::from_secs(3));
        assert_eq!(pace.wait(false, now), Duration::from_secs(6));
        assert_eq!(pace.wait(true, now), LEAST);
        pace.wrote(Duration::ZERO);
        assert_eq!(pace.wait(false, now), Duration::from_secs(1));
    }

    #[test]
    fn nobody_looks() {
        let (mut pace, now) = (Pace::new(Fps::Auto), Clock::instant());
        assert_eq!(pace.wait(false, now), Duration::ZERO);
        pace.drew(100, 1, now);
        assert_eq!(pace.wait(false, now), ARRIVING);
        pace.is_seen(false);
        assert_eq!((pace.wait(false, now), pace.wait(true, now)), (UNSEEN, LEAST));
    }

    #[test]
    fn the_option() {
        for (text, fps) in [("auto", Fps::Auto), ("1", Fps::Most(1)), ("60", Fps::Most(60))] {
            assert_eq!((text.parse(), fps.to_string()), (Ok(fps), text.to_owned()));
        }
        for text in ["", "0", "61", "-1", "fast", "2.5"] {
            assert!(text.parse::<Fps>().is_err(), "{text}");
        }
    }
}
