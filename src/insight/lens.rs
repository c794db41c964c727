//! What the screen wants reckoned beside the rows, and what comes back.

use std::sync::Arc;

use crate::insight::around::Around;
use crate::insight::before::Before;
use crate::insight::chatter::Hidden;
use crate::insight::counts::Counts;
use crate::insight::denied::{Denied, Moment, Sort};
use crate::insight::family::Family;
use crate::insight::sessions::{Sessions, SessionsWanted};
use crate::insight::timeline::Timeline;
use crate::insight::top::{Top, TopWanted};
use crate::query::plan::Plan;
use crate::store::segment::RowId;

/// What is to be reckoned for the rows of the current question. A lens is cheaper than a question:
/// changing it judges no row again.
#[derive(Debug, Clone, Default)]
pub struct Lens {
    /// The number of the lens, counted up.
    pub id: u64,
    /// Whether the counts by value are on the screen.
    pub counts: bool,
    /// How many cells wide the timeline is; 0 where it is not shown.
    pub cells: u16,
    /// The ranking, where the top view is open.
    pub top: Option<TopWanted>,
    /// The order of the denied lens, where it is open.
    pub denied: Option<Sort>,
    /// The sessions, where their view is open.
    pub sessions: Option<SessionsWanted>,
    /// The moment before which changes are looked for.
    pub before: Option<Moment>,
    /// Whether what the noise filter hides is counted by who makes it.
    pub noise: bool,
    /// The row whose lineage is open.
    pub family: Option<RowId>,
    /// The row whose neighbours are shown.
    pub around: Option<RowId>,
    /// Other plans in the place of the question's own, each with the rows that it would show: what
    /// a chip costs, what a pivot leads to. Those that read raw records come last.
    pub without: Vec<Arc<Plan>>,
}

impl Lens {
    /// Whether anything is wanted at all.
    pub fn wants_any(&self) -> bool {
        let views = self.top.is_some() || self.denied.is_some() || self.before.is_some();
        let views = views || self.sessions.is_some() || self.family.is_some() || self.noise;
        let views = views || self.around.is_some();
        self.counts || self.cells > 0 || views || !self.without.is_empty()
    }
}

/// The reckonings of one question over one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Insight {
    /// The question whose rows were reckoned.
    pub question: u64,
    /// The lens they were wanted by.
    pub lens: u64,
    /// Rows that were reckoned.
    pub rows: usize,
    /// Counts by value.
    pub counts: Option<Arc<Counts>>,
    /// Events over time.
    pub timeline: Option<Arc<Timeline>>,
    /// The ranking.
    pub top: Option<Arc<Top>>,
    /// What was denied. While it is wanted and events pour in, it may be that of a moment ago:
    /// another insight follows then.
    pub denied: Option<Arc<Denied>>,
    /// The sessions. The same holds as for `denied`.
    pub sessions: Option<Arc<Sessions>>,
    /// What changed before the moment that was asked about.
    pub before: Option<Arc<Before>>,
    /// What the one behind the row that was asked about did.
    pub family: Option<Arc<Family>>,
    /// What was done with the same key around the row that was asked about.
    pub around: Option<Arc<Around>>,
    /// Who the noise filter hides, with how many rows.
    pub noise: Option<Arc<Hidden>>,
    /// For each plan of [`Lens::without`], how many rows it would show; shorter until all of them
    /// are known: another insight follows then.
    pub without: Vec<usize>,
    /// Bytes that search holds beside the store: for the cap, and for whoever asks where memory is.
    pub bytes: usize,
}
