//! Which rows of a query match: at once, or when it is known who is behind them and which
//! rules they met.

use std::io;

use crate::event::time::Timestamp;
use crate::query::eval::eval;
use crate::query::plan::Plan;
use crate::shell::resolve::Window;
use crate::shell::waiting::{self, Learned, Undecided, Waiting};
use crate::store::bits::Bits;
use crate::store::snapshot::Part;

/// When it is settled whether a row matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settles {
    /// When it comes.
    AtOnce,
    /// When everything was read: a later event may tell who is behind it.
    AtTheEnd,
    /// When it comes, and again when more is known of who is behind it.
    AsTheyCome,
}

/// Judges rows by a filter and a window.
pub struct Judge {
    plan: Plan,
    window: Window,
    open: Open,
}

/// Rows that are not settled yet. The plan beside them chooses those that may match one day.
enum Open {
    None,
    AtTheEnd(Box<Plan>, Waiting),
    AsTheyCome(Box<Plan>, Undecided, usize),
}

impl Judge {
    /// A judge that holds at most about so many bytes of rows that wait.
    pub fn new(plan: Plan, window: Window, (settles, memory): (Settles, usize)) -> Self {
        let whoever = || Box::new(plan.whoever());
        let open = match settles {
            Settles::AtOnce => Open::None,
            Settles::AtTheEnd => Open::AtTheEnd(whoever(), Waiting::new(memory)),
            Settles::AsTheyCome => Open::AsTheyCome(whoever(), Undecided::default(), memory),
        };
        Self { plan, window, open }
    }

    /// Whether rows are judged as they come and again when more is known.
    pub fn is_asked_as_they_come(&self) -> bool {
        matches!(self.open, Open::AsTheyCome(..))
    }

    /// Judges what has come in, and hands over what matches by now. `learned` says what is
    /// known of them by now. Gives how many rows wait no longer because there is no room.
    pub fn take<E: From<io::Error>>(
        &mut self,
        parts: &[Part],
        learned: &Learned<'_>,
        now: Timestamp,
        mut take: impl FnMut(&Part, &Bits) -> Result<(), E>,
    ) -> Result<usize, E> {
        let (plan, window) = (&self.plan, &self.window);
        let judge = |part: &Part| matches(plan, window, part, now);
        let mut dropped = 0;
        if let Open::AsTheyCome(_, undecided, _) = &mut self.open {
            undecided.renew(learned, judge, &mut take)?;
        }
        if let Open::AtTheEnd(_, waiting) = &mut self.open {
            waiting.learn(learned.late);
        }
        for part in parts {
            match &mut self.open {
                Open::None => take(part, &judge(part))?,
                Open::AtTheEnd(whoever, waiting) => {
                    waiting.push(part, &matches(whoever, window, part, now))?;
                }
                Open::AsTheyCome(whoever, undecided, memory) => {
                    let part = waiting::settled(part, learned.kin);
                    let matching = judge(&part);
                    take(&part, &matching)?;
                    let mut later = matches(whoever, window, &part, now);
                    later.minus(&matching);
                    dropped += undecided.push(part, later, *memory);
                }
            }
        }
        Ok(dropped)
    }

    /// Judges the rows that waited for the end.
    pub fn settle<E: From<io::Error>>(
        &mut self,
        learned: &Learned<'_>,
        now: Timestamp,
        mut take: impl FnMut(&Part, &Bits) -> Result<(), E>,
    ) -> Result<(), E> {
        let Open::AtTheEnd(_, mut waiting) = std::mem::replace(&mut self.open, Open::None) else {
            return Ok(());
        };
        waiting.learn(learned.late);
        waiting.each(learned, |part| take(part, &matches(&self.plan, &self.window, part, now)))
    }
}

/// The rows of a part that a plan keeps within a window.
fn matches(plan: &Plan, window: &Window, part: &Part, now: Timestamp) -> Bits {
    let mut matches = eval(plan, part, now);
    if !window.is_all() {
        let segment = &part.segment;
        matches.and(&Bits::by(segment.len(), |row| window.has(segment.time(row))));
    }
    matches
}
