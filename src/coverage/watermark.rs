//! The coverage of one stream (account, region and kind of source).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::event::field::Origin;
use crate::event::time::{Millis, Timestamp};

/// Events are expected this long after they happened even where the stream was quicker so far.
pub const PATIENCE: Millis = Millis::minutes(15);
/// Lags are remembered for this long.
const MEMORY: Millis = Millis::hours(24);
/// A stream is `learning` until it has shown this many events.
const LEARNED: usize = 200;
/// The percentile is reckoned anew after so many events, or at once when a lag passes it.
const RECKON: usize = 64;
/// The most lags remembered for one stream; older ones make room.
const MAX_LAGS: usize = 4096;

/// What can be said of the completeness of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Every log that the digests name up to here was read.
    Proven(Timestamp),
    /// Every stream in scope was listed or swept, and events come no later than this; shown `~`.
    Expected(Timestamp),
    /// As expected, but from too few events to know how late they come.
    Learning(Timestamp),
    /// Nobody can say: the last arrival is all there is.
    BestEffort,
}

impl Word {
    /// Up to when a stream is complete, if that can be said.
    pub fn to(self) -> Option<Timestamp> {
        match self {
            Self::Proven(to) | Self::Expected(to) | Self::Learning(to) => Some(to),
            Self::BestEffort => None,
        }
    }

    /// What stands before that time: what is not proven is shown as about.
    pub fn sign(self) -> &'static str {
        if matches!(self, Self::Proven(_)) { "" } else { "~" }
    }
}

/// A stream: one account and region through one kind of source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamName {
    /// The account, or `""` where the source does not say.
    pub account: String,
    /// The region, or `""` where the source does not say.
    pub region: String,
    /// The kind of source.
    pub origin: Origin,
}

/// The watermark of one stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Watermark {
    lags: VecDeque<(Timestamp, Millis)>,
    /// The last reckoning of [`Watermark::p99`], and after how many events it was made.
    reckoned: (Millis, usize),
    seen: usize,
    /// How many of them said how late they came.
    learned: usize,
    worst: Millis,
    last_good: Option<Timestamp>,
    proven: Option<Timestamp>,
    disproven: Option<String>,
    last_arrival: Option<Timestamp>,
    late: u64,
}

/// A watermark as it is written down; its numbers are too small to overflow whoever reads it back.
#[derive(Serialize, Deserialize)]
struct Kept {
    lags: Vec<(Timestamp, Millis)>,
    p99: Millis,
    reckoned_at: u32,
    seen: u32,
    learned: u32,
    worst: Millis,
    last_good: Option<Timestamp>,
    proven: Option<Timestamp>,
    disproven: Option<String>,
    last_arrival: Option<Timestamp>,
    late: u32,
}

impl From<Watermark> for Kept {
    fn from(it: Watermark) -> Self {
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            lags: it.lags.into(),
            p99: it.reckoned.0,
            reckoned_at: small(it.reckoned.1),
            seen: small(it.seen),
            learned: small(it.learned),
            worst: it.worst,
            last_good: it.last_good,
            proven: it.proven,
            disproven: it.disproven,
            last_arrival: it.last_arrival,
            late: u32::try_from(it.late).unwrap_or(u32::MAX),
        }
    }
}

impl From<Kept> for Watermark {
    fn from(it: Kept) -> Self {
        Self {
            lags: it.lags.into(),
            reckoned: (it.p99, it.reckoned_at as usize),
            seen: it.seen as usize,
            learned: it.learned as usize,
            worst: it.worst,
            last_good: it.last_good,
            proven: it.proven,
            disproven: it.disproven,
            last_arrival: it.last_arrival,
            late: u64::from(it.late),
        }
    }
}

impl Default for Watermark {
    fn default() -> Self {
        Self {
            lags: VecDeque::new(),
            reckoned: (Millis(0), 0),
            seen: 0,
            learned: 0,
            worst: Millis(0),
            last_good: None,
            proven: None,
            disproven: None,
            last_arrival: None,
            late: 0,
        }
    }
}

impl Watermark {
    /// The same with no more than so many lags, the newest: what it says stays as it is until it
    /// learns more.
    #[must_use]
    pub fn brief(&self, most: usize) -> Self {
        let lags = self.lags.iter().skip(self.lags.len().saturating_sub(most)).copied().collect();
        Self { lags, disproven: self.disproven.clone(), ..*self }
    }

    /// Notes that everything delivered up to `t` was read.
    pub fn swept(&mut self, t: Timestamp) {
        self.last_good = self.last_good.max(Some(t));
    }

    /// Notes that digests prove everything delivered up to `t` to be read.
    pub fn proven(&mut self, t: Timestamp) {
        self.proven = self.proven.max(Some(t));
    }

    /// Notes what is not what was delivered; the first of it stays.
    pub fn disproven(&mut self, words: String) {
        self.disproven.get_or_insert(words);
    }

    /// What is not what was delivered.
    pub fn broken(&self) -> Option<&str> {
        self.disproven.as_deref()
    }

    /// Up to when everything delivered is proven to be read.
    pub fn proven_to(&self) -> Option<Timestamp> {
        self.proven
    }

    /// Notes an event of the stream; says whether it came late: after the watermark, as it stood
    /// when the event arrived, had passed it. Without a lag nothing is learned of how late events
    /// come.
    pub fn arrived(&mut self, event: Timestamp, arrival: Timestamp, lag: Option<Millis>) -> bool {
        // What is proven is which logs were read; an event of an earlier time may be in a later one.
        let late = self.expected().is_some_and(|to| event < to);
        self.late += u64::from(late);
        self.last_arrival = self.last_arrival.max(Some(arrival));
        self.seen += 1;
        if let Some(lag) = lag {
            self.learn(arrival, lag);
        }
        late
    }

    fn learn(&mut self, arrival: Timestamp, lag: Millis) {
        self.learned += 1;
        self.lags.push_back((arrival, lag));
        while self.lags.len() > MAX_LAGS
            || self.lags.front().is_some_and(|(at, _)| *at + MEMORY < arrival)
        {
            self.lags.pop_front();
        }
        if self.learned < self.reckoned.1 + RECKON && lag <= self.reckoned.0 {
            // Nothing that could move it by much.
        } else {
            self.reckoned = (self.reckon(), self.learned);
        }
        self.worst = self.worst.max(lag);
    }

    /// The word for the stream: the one that reaches furthest. With `best_effort` no watermark is
    /// claimed.
    pub fn word(&self, best_effort: bool) -> Word {
        match (self.proven, self.expected()) {
            _ if best_effort => Word::BestEffort,
            (Some(proven), to) if to.is_none_or(|to| to <= proven) => Word::Proven(proven),
            (_, None) => Word::BestEffort,
            (_, Some(to)) if self.learned < LEARNED => Word::Learning(to),
            (_, Some(to)) => Word::Expected(to),
        }
    }

    /// Up to when everything is expected to have come.
    fn expected(&self) -> Option<Timestamp> {
        Some(self.last_good? - PATIENCE.max(self.p99()))
    }

    /// The lag that 99 of 100 events of the last 24 hours did not pass.
    pub fn p99(&self) -> Millis {
        self.reckoned.0
    }

    fn reckon(&self) -> Millis {
        let mut lags: Vec<Millis> = self.lags.iter().map(|(_, lag)| *lag).collect();
        let at = (lags.len() * 99).div_ceil(100).saturating_sub(1);
        match lags.is_empty() {
            true => Millis(0),
            false => *lags.select_nth_unstable(at).1,
        }
    }

    /// The worst lag seen.
    pub fn worst(&self) -> Millis {
        self.worst
    }

    /// How many events came through the stream.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// How many of them came late.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// When the last one was delivered.
    pub fn last_arrival(&self) -> Option<Timestamp> {
        self.last_arrival
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp(Millis::minutes(minute).0)
    }

    fn arrived(mark: &mut Watermark, event: Timestamp, arrival: Timestamp) -> bool {
        mark.arrived(event, arrival, Some(arrival - event))
    }

    #[test]
    fn what_was_there_before_teaches_nothing() {
        let mut mark = Watermark::default();
        for n in 0..300 {
            mark.arrived(at(n), at(600), None);
        }
        mark.swept(at(600));
        assert_eq!(mark.word(false), Word::Learning(at(585)));
        assert_eq!(mark.seen(), 300);
    }

    #[test]
    fn claims_nothing_until_swept() {
        let mut mark = Watermark::default();
        assert!(!arrived(&mut mark, at(0), at(5)));
        assert_eq!(mark.word(false), Word::BestEffort);
    }

    #[test]
    fn holds_back_by_patience_and_by_what_it_learned() {
        let mut mark = Watermark::default();
        for n in 0..199 {
            arrived(&mut mark, at(n), at(n + 5));
        }
        mark.swept(at(200));
        assert_eq!(mark.word(false), Word::Learning(at(185)));
        arrived(&mut mark, at(190), at(200));
        assert_eq!(mark.word(false), Word::Expected(at(185)));
        for n in 200..300 {
            arrived(&mut mark, at(n), at(n + 40));
        }
        mark.swept(at(340));
        assert_eq!(mark.word(false), Word::Expected(at(300)));
        assert_eq!(mark.worst(), Millis::minutes(40));
    }

    #[test]
    fn the_word_is_the_one_that_reaches_furthest() {
        let mut mark = Watermark::default();
        mark.proven(at(31));
        assert_eq!((mark.word(false), mark.word(true)), (Word::Proven(at(31)), Word::BestEffort));
        mark.swept(at(60));
        assert_eq!((mark.word(false), mark.proven_to()), (Word::Learning(at(45)), Some(at(31))));
        mark.proven(at(50));
        assert_eq!(mark.word(false), Word::Proven(at(50)));
        // Which logs were read says nothing of how old the events of the next one are.
        assert!(!arrived(&mut mark, at(47), at(61)));
        assert_eq!(Word::Proven(at(50)).sign(), "");
    }

    #[test]
    fn late_is_what_comes_behind_the_watermark() {
        let mut mark = Watermark::default();
        mark.swept(at(60));
        assert!(!arrived(&mut mark, at(45), at(60)));
        assert!(arrived(&mut mark, at(44), at(60)));
        assert_eq!(mark.late(), 1);
    }
}
