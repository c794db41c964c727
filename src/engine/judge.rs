//! What a question says of one part of the store, and whether that still holds.

use std::sync::Arc;

use crate::event::time::{Millis, Timestamp};
use crate::insight::shown::{Noise, Shown};
use crate::insight::spared::{self, Firsts};
use crate::query::eval::eval;
use crate::query::plan::Plan;
use crate::query::question::Question;
use crate::store::bits::Bits;
use crate::store::snapshot::Part;

/// What the plans say of a part, whatever the window: windows move with the clock, and raw records
/// are too slow to be read again for that.
#[derive(Debug, Clone)]
struct Verdict {
    /// The moment it was reached, where ages are compared.
    at: Option<Timestamp>,
    rows: Arc<Bits>,
    noise: Option<Noise>,
}

/// How a window cuts a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Every row is in it.
    All,
    /// No row is.
    Nothing,
    /// Those since then.
    Since(Timestamp),
}

impl Cut {
    fn of(window: Option<Millis>, part: &Part, now: Timestamp) -> Self {
        let Some(window) = window else { return Self::All };
        let since = now - window;
        let segment = &part.segment;
        if segment.oldest().is_none_or(|oldest| oldest >= since) {
            Self::All
        } else if segment.newest().is_none_or(|newest| newest < since) {
            Self::Nothing
        } else {
            Self::Since(since)
        }
    }

    fn rows(self, part: &Part) -> Option<Arc<Bits>> {
        let segment = &part.segment;
        let bits = match self {
            Self::All => return None,
            Self::Nothing => Bits::none(segment.len()),
            Self::Since(since) => Bits::by(segment.len(), |row| segment.time(row) >= since),
        };
        Some(Arc::new(bits))
    }
}

/// How one part answers a question.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The part and its rows.
    pub shown: Shown,
    /// How many rows the noise filter hides.
    pub hidden: usize,
    /// How many rows the window alone would show.
    pub in_window: usize,
    /// The first failed call of each cause among what is noise.
    pub firsts: Firsts,
    /// The rows of those that are shown all the same: whoever knows the other parts chooses them.
    spared: Vec<usize>,
    said: Verdict,
    cut: Cut,
}

/// Whether plans depend on what changes under them.
#[derive(Debug, Clone, Copy)]
pub struct Depends {
    side: bool,
    /// Whether ages are compared.
    pub now: bool,
}

impl Depends {
    /// What the plans of a question depend on.
    pub fn of(question: &Question) -> Self {
        let any = |reads: fn(&Plan) -> bool| {
            reads(&question.plan) || question.noise.as_deref().is_some_and(reads)
        };
        Self { side: any(Plan::reads_side), now: any(Plan::reads_now) }
    }

    fn still_holds(self, judged: &Judged, part: &Part, now: Timestamp) -> bool {
        let (was, is) = (&judged.shown.part, part);
        let same_side = was.side.version() == is.side.version()
            || !self.side && is.side.bettered().next().is_none();
        // What is part of one request is found out later, and folds rows.
        let same_calls = was.side.calls().len() == is.side.calls().len();
        Arc::ptr_eq(&was.segment, &is.segment)
            && same_side
            && same_calls
            && (!self.now || judged.said.at == Some(now))
    }
}

/// The noise of a part.
fn noise_of(plan: &Plan, part: &Part, now: Timestamp) -> Noise {
    let rows = eval(plan, part, now);
    let mut failed = spared::failed(part);
    failed.and(&rows);
    Noise { rows: Arc::new(rows), failed: Arc::new(failed) }
}

impl Judged {
    /// Judges a part; what was said of it before is not asked again where it still holds.
    pub fn of(question: &Question, part: &Part, now: Timestamp, before: Option<&Self>) -> Self {
        let depends = Depends::of(question);
        let known = before.filter(|before| depends.still_holds(before, part, now));
        let said = match known {
            Some(known) => known.said.clone(),
            None => Verdict {
                at: depends.now.then_some(now),
                rows: Arc::new(eval(&question.plan, part, now)),
                noise: question.noise.as_ref().map(|noise| noise_of(noise, part, now)),
            },
        };
        let cut = Cut::of(question.window, part, now);
        let within = cut.rows(part);
        let kept = match &within {
            None => Arc::clone(&said.rows),
            Some(within) => {
                let mut kept = (*said.rows).clone();
                kept.and(within);
                Arc::new(kept)
            }
        };
        let mut firsts = Firsts::new();
        let rows = match &said.noise {
            None => Arc::clone(&kept),
            Some(noise) => {
                let mut failed = (*noise.failed).clone();
                failed.and(&kept);
                spared::note(&mut firsts, part, &failed);
                let mut rows = (*kept).clone();
                rows.minus(&noise.rows);
                Arc::new(rows)
            }
        };
        let in_window = within.as_ref().map_or(part.segment.len(), |within| within.count());
        let hidden = kept.count() - rows.count();
        let noise = said.noise.clone();
        let mut shown = Shown { part: part.clone(), rows, kept, within, noise };
        if let Some(known) = known {
            shown.keep_same(&known.shown);
        }
        Self { shown, hidden, in_window, firsts, spared: vec![], said, cut }
    }

    /// The same with other noise shown all the same: of its first failed calls those that are the
    /// first of all parts. `None` where these are shown already.
    pub fn sparing(&self, firsts: &Firsts) -> Option<Self> {
        let base = self.shown.base();
        let is_first = |(cause, at): &(_, &(_, _))| firsts.get(*cause) == Some(*at);
        let firsts = self.firsts.iter().filter(is_first);
        let mut spared: Vec<usize> = firsts.map(|(_, (_, id))| (id.0 - base.0) as usize).collect();
        spared.sort_unstable();
        if spared == self.spared {
            return None;
        }
        let mut rows = (*self.shown.kept).clone();
        if let Some(noise) = &self.said.noise {
            rows.minus(&noise.rows);
        }
        for row in &spared {
            rows.set(*row);
        }
        let mut other = self.clone();
        other.hidden = self.shown.kept.count() - rows.count();
        other.shown.rows = Arc::new(rows);
        other.spared = spared;
        Some(other)
    }

    /// Takes the side columns of today where the answer does not depend on them: reckonings may.
    pub fn follow(&mut self, depends: Depends, part: &Part, now: Timestamp) {
        if depends.still_holds(self, part, now) {
            self.shown.part = part.clone();
        }
    }

    /// Whether nothing has happened since that could change the answer.
    pub fn is_current(
        &self,
        question: &Question,
        depends: Depends,
        part: &Part,
        now: Timestamp,
    ) -> bool {
        depends.still_holds(self, part, now) && self.cut == Cut::of(question.window, part, now)
    }
}
