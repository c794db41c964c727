//! Stretches of time that were asked for and are not read yet, and how long filling them in takes.

use std::collections::VecDeque;

use crate::event::time::{Millis, Timestamp};

/// A stretch of time, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its oldest time.
    pub from: Timestamp,
    /// Its newest time.
    pub to: Timestamp,
}

/// What is not read yet; the newest last.
#[derive(Debug, Default)]
pub struct Holes {
    spans: VecDeque<Span>,
    /// Since when it is being filled in.
    since: Option<Timestamp>,
    /// All that was to be filled in since then.
    total: Millis,
}

impl Holes {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Notes a stretch that was not read. Stretches that touch become one.
    pub fn dig(&mut self, span: Span, now: Timestamp) {
        self.since.get_or_insert(now);
        self.total = Millis(self.total.0 + (span.to - span.from).0);
        let mut span = span;
        self.spans.retain(|hole| {
            let touches = hole.from <= span.to && span.from <= hole.to;
            if touches {
                span = Span { from: hole.from.min(span.from), to: hole.to.max(span.to) };
            }
            !touches
        });
        let at = self.spans.partition_point(|hole| hole.to < span.to);
        self.spans.insert(at, span);
    }

    /// Takes out the newest stretch, at most so long.
    pub fn next(&mut self, most: Millis) -> Option<Span> {
        let Some(hole) = self.spans.pop_back() else {
            *self = Self::default();
            return None;
        };
        let from = hole.from.max(hole.to - most);
        if hole.from < from {
            self.spans.push_back(Span { from: hole.from, to: from });
        }
        Some(Span { from, to: hole.to })
    }

    /// Puts back a stretch that was taken out and not read.
    pub fn put_back(&mut self, mut span: Span) {
        if let Some(older) = self.spans.pop_back_if(|older| older.to == span.from) {
            span.from = older.from;
        }
        self.spans.push_back(span);
    }

    /// The time that is still to be filled in, with what is left of the stretch that is being read,
    /// and about how long that will take; the latter only once some of it was.
    pub fn missing(
        &self,
        current: Option<Span>,
        now: Timestamp,
    ) -> Option<(Millis, Option<Millis>)> {
        let since = self.since.filter(|_| current.is_some() || !self.is_empty())?;
        let all = self.spans.iter().chain(&current);
        let left = all.fold(Millis(0), |sum, hole| Millis(sum.0 + (hole.to - hole.from).0));
        let (done, took) = (Millis(self.total.0 - left.0), (now - since).0);
        let eta = (done.0 > 0 && took > 0)
            .then(|| Millis((left.0 as f64 / done.0 as f64 * took as f64) as i64));
        Some((left, eta))
    }
}
