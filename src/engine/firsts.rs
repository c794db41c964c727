//! What rows are the first ones to have, as ingest keeps it: learned from every row that comes in,
//! written beside the rows, and asked by rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::detect::alert::Kept;
use crate::detect::baseline::Baseline;
use crate::detect::sight::Sight;
use crate::event::time::Timestamp;
use crate::store::news::Mark;
use crate::store::ring::Ring;
use crate::store::segment::RowId;
use crate::store::snapshot::Part;

/// The baseline, and the rows that meet a rule if something about them is new.
#[derive(Debug)]
pub struct Firsts {
    baseline: Baseline,
    asked: BTreeMap<RowId, Asked>,
    bytes: usize,
    /// Times of rows that were taken away and of which something else may be said now.
    moved: BTreeSet<Timestamp>,
}

/// A row that meets a rule if something about it is new.
#[derive(Debug)]
pub struct Asked {
    /// What is told of it.
    pub about: Kept,
    /// The conditions that it meets but for that.
    pub filters: Vec<u16>,
    /// Those of them that it meets.
    pub met: BTreeSet<u16>,
    sight: Option<(Sight, Timestamp)>,
}

impl Asked {
    fn bytes(&self) -> usize {
        size_of::<Self>() + size_of::<Sight>() + self.about.bytes() + 128
    }
}

impl Firsts {
    /// Begins with what was known before.
    pub fn new(baseline: Baseline) -> Self {
        Self { baseline, asked: BTreeMap::new(), bytes: 0, moved: BTreeSet::new() }
    }

    /// What is known of everybody.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// The same, to be asked what was learned.
    pub fn baseline_mut(&mut self) -> &mut Baseline {
        &mut self.baseline
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.baseline.bytes() + self.bytes
    }

    /// Notes that a row which is about to come in meets these conditions if something about it is
    /// new.
    pub fn ask(&mut self, about: Kept, row: RowId, filters: Vec<u16>) {
        let asked = Asked { about, filters, met: BTreeSet::new(), sight: None };
        self.bytes += asked.bytes();
        self.asked.insert(row, asked);
    }

    /// The same for a row that is there, in the place of what was noted of it before; those it meets
    /// are known.
    pub fn ask_instead(
        &mut self,
        about: Kept,
        row: RowId,
        (filters, met): (Vec<u16>, BTreeSet<u16>),
    ) {
        self.asked.remove(&row);
        if !filters.is_empty() {
            self.asked.insert(row, Asked { about, filters, met, sight: None });
        }
    }

    /// Takes back all that was noted: there are other rules.
    pub fn ask_nobody(&mut self) {
        self.asked.clear();
    }

    /// Learns the rows from `from` on, and says beside rows what they are the first ones to have.
    /// Gives the rows of which something else is said than before.
    pub fn take_in(&mut self, ring: &mut Ring, from: RowId) -> Vec<(RowId, Mark)> {
        let mut moved = BTreeSet::new();
        let mut said = vec![];
        for part in ring.parts().iter().rev() {
            let (base, end) = (part.segment.base(), part.segment.len());
            if base.0 + end as u64 <= from.0 {
                break;
            }
            let first = from.0.saturating_sub(base.0) as usize;
            let marks = self.baseline.learn(part, first..end, &mut moved);
            said.extend(marks.into_iter().map(|(row, mark)| (part.segment.id(row), mark)));
        }
        self.drop_unasked(from, &said, ring);
        self.say(ring, said, &moved)
    }

    /// Learns a row that shows another body now, as [`Firsts::take_in`] does.
    pub fn take_again(&mut self, ring: &mut Ring, row: RowId) -> Vec<(RowId, Mark)> {
        let mut moved = BTreeSet::new();
        if let Some((part, at)) = ring.find(row) {
            self.baseline.learn_again(part, at, &mut moved);
        }
        self.say(ring, vec![], &moved)
    }

    /// Forgets a subject, or all of them, but for what the rows that are here tell. Gives the rows of
    /// which something else is said than before.
    pub fn forget(&mut self, ring: &mut Ring, subject: Option<&str>) -> Vec<(RowId, Mark)> {
        self.baseline.forget(subject);
        let mut said = vec![];
        for part in ring.parts() {
            self.baseline.learn(part, 0..part.segment.len(), &mut BTreeSet::new());
        }
        for part in ring.parts() {
            let (known, rows) = (part.side.news(), 0..part.segment.len());
            let gone = known.iter().map(|(row, _)| (row, Mark::default()));
            let now: BTreeMap<usize, Mark> =
                gone.chain(self.baseline.judge_rows(part, rows)).collect();
            said.extend(now.into_iter().map(|(row, mark)| (part.segment.id(row), mark)));
        }
        self.say(ring, said, &BTreeSet::new())
    }

    fn say(
        &mut self,
        ring: &mut Ring,
        mut said: Vec<(RowId, Mark)>,
        moved: &BTreeSet<Timestamp>,
    ) -> Vec<(RowId, Mark)> {
        if ring.is_drained() {
            self.moved.extend(moved);
        } else {
            for part in ring.parts().iter().filter(|_| !moved.is_empty()) {
                let rows = rows_at(part, moved).into_iter();
                said.extend(
                    rows.map(|row| (part.segment.id(row), self.baseline.judge_row(part, row))),
                );
            }
        }
        said.retain(|(row, mark)| ring.set_new(*row, *mark));
        said
    }

    /// Rows with nothing new will never have any: only what happened before could change that.
    fn drop_unasked(&mut self, from: RowId, said: &[(RowId, Mark)], ring: &Ring) {
        let marked: BTreeSet<RowId> = said.iter().map(|(row, _)| *row).collect();
        let oldest = ring.parts().first().map_or(from, |part| part.segment.base());
        let is_drained = ring.is_drained();
        let mut bytes = 0;
        self.asked.retain(|row, it| {
            let is_kept = match *row >= from {
                true => marked.contains(row),
                false => is_drained || *row >= oldest,
            };
            bytes += if is_kept { it.bytes() } else { 0 };
            is_kept
        });
        self.bytes = bytes;
        if !is_drained {
            return;
        }
        for (row, it) in self.asked.range_mut(from..) {
            if let Some((part, at)) = ring.find(*row) {
                it.sight = Some((Sight::of_row(part, at), part.segment.time(at)));
            }
        }
    }

    /// A row that meets a rule if something about it is new.
    pub fn asked(&mut self, row: RowId) -> Option<&mut Asked> {
        self.asked.get_mut(&row)
    }

    /// Takes the times of rows that were taken away and of which something else may be said now.
    pub fn take_moved(&mut self) -> BTreeSet<Timestamp> {
        std::mem::take(&mut self.moved)
    }

    /// What is said by now of the rows that were taken away and that rules ask about.
    pub fn decided(&self) -> Vec<(RowId, Mark)> {
        let sights = self.asked.iter().filter_map(|(row, it)| Some((row, it.sight.as_ref()?)));
        let judged = sights
            .map(|(row, (sight, time))| (*row, self.baseline.judge(sight, *time, sight.worked)));
        judged.collect()
    }
}

/// The rows of a part at these times.
pub fn rows_at(part: &Part, times: &BTreeSet<Timestamp>) -> Vec<usize> {
    let segment = &part.segment;
    let Some((oldest, newest)) = segment.oldest().zip(segment.newest()) else { return vec![] };
    let mut wanted = times.range(oldest..=newest).peekable();
    if wanted.peek().is_none() {
        return vec![];
    }
    let by_time = segment.by_time();
    let time = |row: &u16| segment.time(usize::from(*row));
    wanted
        .flat_map(|at| {
            let from = by_time.partition_point(|row| time(row) < *at);
            by_time[from..].iter().take_while(move |row| time(row) == *at)
        })
        .map(|row| usize::from(*row))
        .collect()
}
