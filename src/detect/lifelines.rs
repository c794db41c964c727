//! What trails need to write, as far as it is known, and the rows that touched what may turn out to
//! be that: a trail may be told of after what was done to its bucket. Whatever comes first, the same
//! rows meet a rule in the end.

use std::collections::{BTreeMap, HashMap};

use crate::coverage::doubt::Doubt;
use crate::detect::alert::{About, Ending, Kept};
use crate::event::lifeline::{self, Lifeline};
use crate::event::time::Timestamp;
use crate::store::segment::RowId;

/// The most things that trails need: their names are written by whoever writes a record.
const MAX_KNOWN: usize = 1000;
/// The most rows that wait until it is known what they touched. The oldest make room, and are counted.
const MAX_ASKED: usize = 5000;
/// The most doubts; the newest count.
const MAX_DOUBTS: usize = 50;

/// A row that meets a rule if a trail needs what it touched.
#[derive(Debug)]
struct Asked {
    about: Kept,
    what: String,
    filters: Vec<u16>,
}

impl Asked {
    fn bytes(&self) -> usize {
        self.about.bytes() + self.what.len() + size_of::<Self>()
    }
}

/// What trails need, and who touched it.
#[derive(Debug, Default)]
pub struct Lifelines {
    known: HashMap<String, (Timestamp, (String, String))>,
    asked: BTreeMap<RowId, Asked>,
    bytes: usize,
    /// Whether more is known than when rows were last looked at.
    is_news: bool,
    dropped: u64,
    doubts: Vec<Doubt>,
}

impl Lifelines {
    /// Takes in that a trail needs something.
    pub fn learn(&mut self, it: Lifeline) {
        let Lifeline { name, since, place } = it;
        if self.known.len() >= MAX_KNOWN && !self.known.contains_key(&name) {
            self.dropped += 1;
            return;
        }
        let known = self.known.entry(name).or_insert_with(|| (Timestamp(i64::MAX), place.clone()));
        // What several trails need is told of one of them, whichever came first.
        known.1 = known.1.clone().min(place);
        if since < known.0 {
            known.0 = since;
            self.is_news = true;
        }
    }

    /// Takes in that a row meets these conditions if a trail needs what it touched. Gives whether it
    /// does; else the row waits.
    pub fn ask(&mut self, about: &About<'_>, filters: Vec<u16>) -> bool {
        let place = (about.account, about.region);
        let Some(what) = lifeline::touched(about.service, about.target, place) else {
            return false;
        };
        if self.is_needed(&what, about.time) {
            self.doubt(&what, about);
            return true;
        }
        let asked = Asked { about: Kept::from(about), what, filters };
        self.bytes += asked.bytes();
        if let Some(before) = self.asked.insert(about.row, asked) {
            self.bytes -= before.bytes();
        }
        if self.asked.len() > MAX_ASKED
            && let Some((_, oldest)) = self.asked.pop_first()
        {
            self.bytes -= oldest.bytes();
            self.dropped += 1;
        }
        false
    }

    /// The rows that are known by now to have touched what a trail needs, with the conditions that
    /// they meet. They wait no longer.
    pub fn settle(&mut self) -> Vec<(Kept, Vec<u16>)> {
        if !std::mem::take(&mut self.is_news) {
            return vec![];
        }
        let known = &self.known;
        let is_met = |it: &Asked| is_needed(known, &it.what, it.about.about().time);
        let met: Vec<Asked> =
            self.asked.extract_if(.., |_, it| is_met(it)).map(|it| it.1).collect();
        for it in &met {
            self.bytes -= it.bytes();
            self.doubt(&it.what, &it.about.about());
        }
        met.into_iter().map(|it| (it.about, it.filters)).collect()
    }

    /// Lets a row wait no longer: it shows another body.
    pub fn forget(&mut self, row: RowId) {
        if let Some(gone) = self.asked.remove(&row) {
            self.bytes -= gone.bytes();
        }
    }

    /// Lets no row wait any longer: there are other rules.
    pub fn ask_nobody(&mut self) {
        self.asked.clear();
        self.bytes = 0;
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many rows, or things that trails need, are not known any more.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Why trails may be blind, oldest first.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    fn is_needed(&self, what: &str, at: Timestamp) -> bool {
        is_needed(&self.known, what, at)
    }

    fn doubt(&mut self, what: &str, about: &About<'_>) {
        if about.ending != Ending::Succeeded || !lifeline::may_blind(about.event) {
            return;
        }
        let (account, region) = self.known.get(what).map(|it| it.1.clone()).unwrap_or_default();
        let cause = format!("{} by {}", about.event, about.actor);
        let doubt = Doubt { at: about.time, cause, what: what.to_owned(), account, region };
        let Err(at) = self.doubts.binary_search(&doubt) else { return };
        self.doubts.insert(at, doubt);
        if self.doubts.len() > MAX_DOUBTS {
            self.doubts.remove(0);
        }
    }
}

/// Whether a trail needed something when it was touched. Of one second the order is not known: who
/// makes a trail writes the policy of its bucket first.
fn is_needed(
    known: &HashMap<String, (Timestamp, (String, String))>,
    what: &str,
    at: Timestamp,
) -> bool {
    known.get(what).is_some_and(|(since, _)| *since < at)
}
