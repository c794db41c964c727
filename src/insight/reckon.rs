//! All reckonings of one question, kept between two states of the store so that each costs what has
//! changed.

use crate::event::time::{Millis, Timestamp};
use crate::insight::around::around;
use crate::insight::before::before;
use crate::insight::chatter::Chatter;
use crate::insight::counts::Counting;
use crate::insight::credentials::Credentials;
use crate::insight::detail::detail;
use crate::insight::family::family;
use crate::insight::lens::{Insight, Lens};
use crate::insight::number::Numbers;
use crate::insight::ranking::Ranking;
use crate::insight::refused::Refusals;
use crate::insight::shown::Shown;
use crate::insight::timeline::Timing;
use crate::insight::top::{RANKS, Top, TopWanted};
use crate::insight::without::Without;
use crate::store::kin::Kin;

/// What is to be reckoned.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The number of the question whose rows these are.
    pub question: u64,
    /// What is wanted.
    pub lens: &'a Lens,
    /// How far back from `now` the question reaches; `None` for everything.
    pub window: Option<Millis>,
    /// The moment that the rows were chosen at.
    pub now: Timestamp,
    /// The parts, oldest first.
    pub shown: &'a [Shown],
    /// Who issued what to whom.
    pub kin: &'a Kin,
}

impl Asked<'_> {
    /// The times between which the window lies.
    pub(crate) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.window.map(|window| (self.now - window, self.now))
    }
}

/// Reckons.
#[derive(Debug, Default)]
pub struct Reckoner {
    question: u64,
    numbers: Numbers,
    counting: Counting,
    timing: Timing,
    ranking: Ranking,
    refusals: Refusals,
    credentials: Credentials,
    chatter: Chatter,
    without: Without,
    /// The question and lens of the last answer to [`Lens::without`], and the answer.
    costs: Option<(u64, u64, Vec<usize>)>,
}

impl Reckoner {
    /// Hands what is wanted to `post`; what takes long comes after the rest, in a second answer.
    /// `None` where `stop` said so before the end: what was found out until then is kept, and the
    /// next call goes on with it.
    pub fn reckon(
        &mut self,
        asked: &Asked<'_>,
        stop: &mut dyn FnMut() -> bool,
        post: &mut dyn FnMut(Option<Insight>),
    ) {
        if self.question != asked.question {
            self.question = asked.question;
            self.counting = Counting::default();
            self.ranking = Ranking::default();
            self.refusals = Refusals::default();
            self.credentials = Credentials::default();
        }
        let Some(mut insight) = self.quick(asked, stop) else { return post(None) };
        let is_whole =
            self.denied(asked, &mut insight, stop) & self.sessions(asked, &mut insight, stop);
        // Those of gone segments have been taken off by now.
        if !self.numbers.retain(asked.shown.iter().map(|shown| &shown.part)) {
            self.counting = Counting::default();
            self.ranking = Ranking::default();
            self.refusals = Refusals::default();
            self.credentials = Credentials::default();
        }
        if !is_whole {
            let has_some = insight.denied.is_some() || insight.sessions.is_some();
            post(has_some.then_some(insight));
            return post(None);
        }
        if asked.lens.without.is_empty() {
            self.without = Without::default();
            return post(Some(insight));
        }
        let (question, lens) = (asked.question, asked.lens.id);
        let last = self.costs.take().filter(|(of, by, _)| (*of, *by) == (question, lens));
        insight.without = last.map(|(.., costs)| costs).unwrap_or_default();
        post(Some(insight.clone()));
        // What takes long is told later than the rest.
        let plans = &asked.lens.without;
        self.without.retain(plans);
        let quick = plans.iter().position(|plan| plan.reads_raw()).unwrap_or_default();
        if insight.without.len() < quick
            && let Some(costs) = self.without.follow(&plans[..quick], asked.shown, asked.now, stop)
        {
            insight.without = costs;
            post(Some(insight.clone()));
        }
        let costs = self.without.follow(plans, asked.shown, asked.now, stop);
        let Some(costs) = costs else {
            self.costs = Some((question, lens, insight.without));
            return post(None);
        };
        if costs != insight.without {
            insight.without.clone_from(&costs);
            insight.bytes = self.bytes();
            post(Some(insight));
        }
        self.costs = Some((question, lens, costs));
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.numbers.bytes()
            + self.counting.bytes()
            + self.timing.bytes()
            + self.ranking.bytes()
            + self.refusals.bytes()
            + self.credentials.bytes()
            + self.chatter.bytes()
            + self.without.bytes()
    }

    /// All that reads no raw record.
    fn quick(&mut self, asked: &Asked<'_>, stop: &mut dyn FnMut() -> bool) -> Option<Insight> {
        let lens = asked.lens;
        let mut insight = Insight {
            question: asked.question,
            lens: lens.id,
            rows: asked.shown.iter().map(|shown| shown.rows.count()).sum(),
            ..Insight::default()
        };
        if lens.counts {
            if !self.counting.follow(asked.shown, &mut self.numbers, stop) {
                return None;
            }
            insight.counts = Some(self.counting.counts(&mut self.numbers).into());
        } else {
            self.counting = Counting::default();
        }
        if lens.cells > 0 {
            let cells = usize::from(lens.cells);
            let timeline = self.timing.follow(asked.shown, asked.span(), cells, stop)?;
            insight.timeline = Some(timeline.into());
        } else {
            self.timing = Timing::default();
        }
        match &lens.top {
            Some(wanted) => insight.top = Some(self.top(asked, wanted, stop)?.into()),
            None => self.ranking = Ranking::default(),
        }
        match lens.noise {
            true => insight.noise = Some(self.chatter.follow(asked.shown, stop)?.into()),
            false => self.chatter = Chatter::default(),
        }
        if let Some(moment) = lens.before {
            insight.before = Some(before(asked.shown, moment, stop)?.into());
        }
        if let Some(row) = lens.family {
            insight.family = Some(family(asked, row, &mut self.numbers, stop)?.into());
        }
        if let Some(row) = lens.around {
            insight.around = Some(around(asked.shown, row, stop)?.into());
        }
        insight.bytes = self.bytes();
        Some(insight)
    }

    /// What was denied; false where `stop` said so before it is what it is now.
    fn denied(
        &mut self,
        asked: &Asked<'_>,
        insight: &mut Insight,
        stop: &mut dyn FnMut() -> bool,
    ) -> bool {
        let Some(sort) = asked.lens.denied else {
            self.refusals = Refusals::default();
            return true;
        };
        let is_whole = self.refusals.follow(asked, &mut self.numbers, stop);
        let denied = self.refusals.done().map(|walk| walk.denied(sort, &self.numbers));
        insight.denied = denied.map(Into::into);
        insight.bytes = self.bytes();
        is_whole
    }

    /// The sessions; false where `stop` said so before they are what they are now.
    fn sessions(
        &mut self,
        asked: &Asked<'_>,
        insight: &mut Insight,
        stop: &mut dyn FnMut() -> bool,
    ) -> bool {
        let Some(wanted) = &asked.lens.sessions else {
            self.credentials = Credentials::default();
            return true;
        };
        let is_whole = self.credentials.follow(asked, &mut self.numbers, stop);
        let numbers = &mut self.numbers;
        let sessions = self.credentials.done().map(|it| it.sessions(wanted, asked.kin, numbers));
        insight.sessions = sessions.map(Into::into);
        insight.bytes = self.bytes();
        is_whole
    }

    fn top(
        &mut self,
        asked: &Asked<'_>,
        wanted: &TopWanted,
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<Top> {
        let by = wanted.by.min(RANKS.len() - 1);
        if !self.ranking.follow(by, asked, &mut self.numbers, stop) {
            return None;
        }
        let mut top = self.ranking.top(wanted.sort, &mut self.numbers);
        if let Some(value) = &wanted.selected {
            top.detail = Some(detail(asked.shown, by, value, &mut self.numbers, stop)?);
        }
        Some(top)
    }
}

#[cfg(test)]
#[path = "reckon_tests.rs"]
mod tests;
