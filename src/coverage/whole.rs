//! All that is known of coverage at one moment, as it is written into a recording that begins then.

use serde::{Deserialize, Serialize};

use crate::coverage::data::DataEvents;
use crate::coverage::hole::Trails;
use crate::coverage::presence::Presence;
use crate::coverage::trail::Trail;
use crate::coverage::watermark::{StreamName, Watermark};

/// The most lags that are written down, of all streams together: some 10 MB.
pub const MOST_LAGS: usize = 400_000;

/// The coverage of a run. Sources are told apart by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    /// The watermark of each stream of each source.
    pub marks: Vec<(usize, StreamName, Watermark)>,
    /// When management events of each account and region were recorded.
    pub present: Vec<((String, String), Presence)>,
    /// Since when there are data events.
    pub data: DataEvents,
    /// What is known of trails.
    pub trails: Trails,
    /// The trails that each source sees.
    pub seen: Vec<(usize, Vec<Trail>)>,
}

impl Whole {
    /// The number of every source in it, to be told anew.
    pub fn sources_mut(&mut self) -> impl Iterator<Item = &mut usize> {
        let marks = self.marks.iter_mut().map(|(source, ..)| source);
        marks.chain(self.seen.iter_mut().map(|(source, _)| source))
    }
}
