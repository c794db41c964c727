//! When a trail did not record: its history, put together from what was done to it and from what
//! AWS says of it, whatever order that arrives in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::coverage::trail::{Recording, Trail};
use crate::coverage::watermark::StreamName;
use crate::event::field::Origin;
use crate::event::time::Timestamp;
use crate::event::trail::{Change, Selection, What};

/// The most trails that are followed, and the most changes of one: their names are written by
/// whoever writes a record. The newest count.
const MAX_TRAILS: usize = 200;
const MAX_CHANGES: usize = 50;

/// Something that was done to a trail, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// The account of the trail.
    pub account: String,
    /// The region it was done in: the home of the trail.
    pub region: String,
    /// The event: `StopLogging`.
    pub event: String,
    /// Who did it, as the screen names callers.
    pub by: String,
    /// What.
    pub change: Change,
}

/// A time in which a trail did not record everything it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The account of the trail.
    pub account: String,
    /// Its home region.
    pub region: String,
    /// Its name.
    pub trail: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` while it lasts.
    pub to: Option<Timestamp>,
    /// What is missing, in words.
    pub missing: String,
    /// What opened it: `StopLogging by alice`.
    pub cause: String,
    /// What closed it, where that is known.
    pub end: Option<String>,
    /// Whether the trail records every region, and not its home alone.
    pub all_regions: bool,
    /// Whether the trail records every account of its organization, and not its own alone.
    pub all_accounts: bool,
    /// Whether something else recorded events of that account and region in that time: then it is
    /// no gap in what is seen here.
    pub is_bridged: bool,
}

impl Hole {
    /// Whether it is a gap in what this stream brings. Event history records whatever trails do.
    pub fn is_in(&self, stream: &StreamName) -> bool {
        stream.origin != Origin::History
            && !self.is_bridged
            && (self.all_accounts || self.account == stream.account)
            && (self.all_regions || self.region == stream.region)
    }
}

/// The history of one trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct History {
    /// In order of time.
    done: Vec<Done>,
    /// What AWS says of it now.
    seen: Option<Trail>,
    /// What follows from both.
    holes: Vec<Hole>,
}

/// The account, the home region and the name of a trail.
type Name = (String, String, String);

/// Every trail that something was heard of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Trails {
    known: BTreeMap<Name, History>,
    forgotten: u64,
}

/// The trails as they are written down: what was done to each, and what AWS says of it. The rest
/// follows.
#[derive(Serialize, Deserialize)]
struct Kept {
    done: Vec<Done>,
    seen: Vec<(Name, Trail)>,
    forgotten: u64,
}

impl From<Trails> for Kept {
    fn from(it: Trails) -> Self {
        let (mut done, mut seen) = (vec![], vec![]);
        for (name, history) in it.known {
            done.extend(history.done);
            seen.extend(history.seen.map(|trail| (name, trail)));
        }
        Self { done, seen, forgotten: it.forgotten }
    }
}

impl From<Kept> for Trails {
    fn from(kept: Kept) -> Self {
        let mut it = Self::default();
        for done in kept.done {
            it.done(done);
        }
        for (name, trail) in kept.seen {
            it.see(&name, trail);
        }
        it.forgotten = kept.forgotten;
        it
    }
}

impl Trails {
    /// Whether nothing was heard of any trail.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Notes what was done to a trail; false where it was known.
    pub fn done(&mut self, done: Done) -> bool {
        let home = done.change.home.clone().unwrap_or_else(|| done.region.clone());
        let name = (done.account.clone(), home, done.change.trail.clone());
        let history = self.known.entry(name.clone()).or_default();
        if history.done.contains(&done) {
            return false;
        }
        let at = history.done.partition_point(|other| other.at <= done.at);
        history.done.insert(at, done);
        if history.done.len() > MAX_CHANGES {
            history.done.remove(0);
            self.forgotten += 1;
        }
        history.holes = history.find_holes(&name);
        self.make_room();
        true
    }

    /// How many changes of trails had to be forgotten, because there were more than are followed:
    /// holes that began with them are not known any more.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Notes what AWS says of trails now.
    pub fn seen(&mut self, trails: &[Trail]) {
        for trail in trails {
            let name = trail.name().to_owned();
            let name = (trail.account().to_owned(), trail.home.clone(), name);
            self.see(&name, trail.clone());
        }
    }

    fn see(&mut self, name: &Name, trail: Trail) {
        let history = self.known.entry(name.clone()).or_default();
        history.seen = Some(trail);
        history.holes = history.find_holes(name);
        self.make_room();
    }

    /// Lets the trail go that nothing was done to for longest; those that AWS names stay longer.
    fn make_room(&mut self) {
        while self.known.len() > MAX_TRAILS {
            let age = |history: &History| {
                (history.seen.is_some(), history.done.last().map(|done| done.at))
            };
            let oldest = self.known.iter().min_by_key(|(_, history)| age(history));
            let Some(name) = oldest.map(|(name, _)| name.clone()) else { return };
            let gone = self.known.remove(&name).map_or(0, |history| history.done.len());
            self.forgotten += gone as u64;
        }
    }

    /// The times in which trails did not record, oldest first for each. None of them is bridged:
    /// whoever holds the events decides that.
    pub fn holes(&self) -> Vec<Hole> {
        self.known.values().flat_map(|history| history.holes.iter().cloned()).collect()
    }
}

/// How a trail is after the changes so far.
struct State {
    is_on: bool,
    selection: Selection,
    all_regions: bool,
}

impl State {
    /// What is missing, in words.
    fn missing(&self) -> Option<String> {
        if self.is_on { self.selection.missing() } else { Some("any event".to_owned()) }
    }
}

impl History {
    fn find_holes(&self, (account, region, trail): &Name) -> Vec<Hole> {
        let seen = self.seen.as_ref();
        // Before the first change that is known it is taken to have recorded as it should, unless
        // it was made by that change.
        let born =
            self.done.first().is_some_and(|it| matches!(it.change.what, What::Created { .. }));
        let mut state = State {
            is_on: true,
            selection: Selection::usual(),
            all_regions: seen.is_some_and(|it| it.is_multi_region),
        };
        let mut is_new = born;
        let mut holes: Vec<Hole> = vec![];
        for done in &self.done {
            match &done.change.what {
                What::Stopped | What::Deleted => state.is_on = false,
                What::Started => (state.is_on, is_new) = (true, false),
                What::Created { all_regions } => {
                    (state.all_regions, is_new) = (*all_regions, true);
                    state.selection = Selection::usual();
                }
                What::Selected(selection) => state.selection = selection.clone(),
                What::Updated { all_regions } => {
                    state.all_regions = all_regions.unwrap_or(state.all_regions);
                }
            }
            // A trail that was never started has lost nothing.
            if !is_new {
                let cause = format!("{} by {}", done.event, done.by);
                turn(&mut holes, state.missing(), done.at, &cause, || Hole {
                    account: account.clone(),
                    region: region.clone(),
                    trail: trail.clone(),
                    from: done.at,
                    to: None,
                    missing: String::new(),
                    cause: String::new(),
                    end: None,
                    all_regions: state.all_regions,
                    all_accounts: seen.is_some_and(|it| it.is_organization),
                    is_bridged: false,
                });
            }
        }
        if let Some(seen) = seen {
            compare(seen, &mut holes, (account, region, trail));
        }
        holes
    }
}

/// What AWS says now has the last word on whether a hole is open.
fn compare(seen: &Trail, holes: &mut Vec<Hole>, key: (&str, &str, &str)) {
    let (account, region, trail) = key;
    let open = holes.last().is_some_and(|hole| hole.to.is_none());
    let missing = match (&seen.recording, &seen.selection) {
        (Recording::Off(_), _) => Some("any event".to_owned()),
        (_, Some(selection)) => selection.missing(),
        (_, None) => None,
    };
    match (missing, &seen.recording) {
        (Some(missing), recording) if !open => {
            let since = match recording {
                Recording::Off(since) => *since,
                Recording::On(_) | Recording::Unknown => None,
            };
            let from = since.or_else(|| holes.last().and_then(|it| it.to));
            holes.push(Hole {
                account: account.to_owned(),
                region: region.to_owned(),
                trail: trail.to_owned(),
                from: from.unwrap_or(Timestamp(i64::MIN)),
                to: None,
                missing,
                cause: match recording {
                    Recording::Off(_) => "it is stopped".to_owned(),
                    Recording::On(_) | Recording::Unknown => "by its event selectors".to_owned(),
                },
                end: None,
                all_regions: seen.is_multi_region,
                all_accounts: seen.is_organization,
                is_bridged: false,
            });
        }
        (None, Recording::On(since)) if open => {
            if let (Some(hole), Some(since)) = (holes.last_mut(), since)
                && *since > hole.from
            {
                (hole.to, hole.end) = (Some(*since), Some("it records again".to_owned()));
            }
        }
        _ => {}
    }
}

/// Opens, goes on with or closes the last hole.
fn turn(
    holes: &mut Vec<Hole>,
    missing: Option<String>,
    at: Timestamp,
    cause: &str,
    new: impl FnOnce() -> Hole,
) {
    let open = holes.last_mut().filter(|hole| hole.to.is_none());
    match (missing, open) {
        (Some(missing), Some(hole)) if hole.missing == missing => {}
        (Some(missing), open) => {
            if let Some(hole) = open {
                (hole.to, hole.end) = (Some(at), Some(cause.to_owned()));
            }
            holes.push(Hole { missing, cause: cause.to_owned(), ..new() });
        }
        (None, Some(hole)) => (hole.to, hole.end) = (Some(at), Some(cause.to_owned())),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::event::time::Millis;

    fn at(minute: i64) -> Timestamp {
        Timestamp(Millis::minutes(minute).0)
    }

    fn done(minute: i64, event: &str, what: What) -> Done {
        Done {
            at: at(minute),
            account: "111122223333".into(),
            region: "us-east-1".into(),
            event: event.into(),
            by: "alice".into(),
            change: Change { trail: "t".into(), home: None, what },
        }
    }

    fn stream(region: &str, origin: Origin) -> StreamName {
        StreamName { account: "111122223333".into(), region: region.into(), origin }
    }

    fn blind() -> What {
        What::Selected(Selection::default())
    }

    #[test]
    fn a_trail_that_is_blinded_and_mended() {
        let mut trails = Trails::default();
        // The end is known first.
        assert!(trails.done(done(8, "PutEventSelectors", What::Selected(Selection::usual()))));
        assert_eq!(trails.holes(), []);
        assert!(trails.done(done(0, "PutEventSelectors", blind())));
        assert!(!trails.done(done(0, "PutEventSelectors", blind())));
        let holes = trails.holes();
        assert_eq!(holes.len(), 1);
        assert_eq!((holes[0].from, holes[0].to), (at(0), Some(at(8))));
        assert_eq!(holes[0].missing, "management events");
        assert_eq!(holes[0].cause, "PutEventSelectors by alice");
        assert!(holes[0].is_in(&stream("us-east-1", Origin::S3)));
        assert!(!holes[0].is_in(&stream("eu-west-1", Origin::S3)));
        assert!(!holes[0].is_in(&stream("us-east-1", Origin::History)));
    }

    #[test]
    fn a_new_trail_has_lost_nothing_and_a_deleted_one_everything() {
        let mut trails = Trails::default();
        trails.done(done(0, "CreateTrail", What::Created { all_regions: true }));
        trails.done(done(1, "PutEventSelectors", blind()));
        assert_eq!(trails.holes(), []);
        trails.done(done(2, "StartLogging", What::Started));
        trails.done(done(5, "DeleteTrail", What::Deleted));
        let holes = trails.holes();
        let ends: Vec<_> = holes.iter().map(|it| (it.from, it.to, &*it.missing)).collect();
        let first = (at(2), Some(at(5)), "management events");
        assert_eq!(ends, [first, (at(5), None, "any event")]);
        assert!(holes[1].is_in(&stream("ap-south-1", Origin::File)));
    }

    #[test]
    fn a_flood_of_changes_hides_none_of_the_last() {
        let mut trails = Trails::default();
        for minute in 0..3 * MAX_CHANGES as i64 {
            let what = if minute % 2 == 0 { What::Stopped } else { What::Started };
            trails.done(done(minute, "StopLogging", what));
        }
        trails.done(done(1000, "DeleteTrail", What::Deleted));
        let open =
            |trails: &Trails| trails.holes().into_iter().filter(|it| it.to.is_none()).count();
        assert_eq!((open(&trails), trails.forgotten()), (1, 2 * MAX_CHANGES as u64 + 1));
        for n in 0..2 * MAX_TRAILS {
            let mut other = done(900, "StartLogging", What::Started);
            other.change.trail = n.to_string();
            trails.done(other);
        }
        assert_eq!((trails.known.len(), open(&trails)), (MAX_TRAILS, 1));
    }

    #[test]
    fn aws_has_the_last_word() {
        let mut trails = Trails::default();
        trails.done(done(5, "StopLogging", What::Stopped));
        let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/t".to_owned();
        let home = "us-east-1".to_owned();
        let seen = |recording| Trail {
            arn: arn.clone(),
            home: home.clone(),
            recording,
            ..Trail::default()
        };
        // Nobody saw who started it again.
        trails.seen(&[seen(Recording::On(Some(at(9))))]);
        assert_eq!(trails.holes()[0].to, Some(at(9)));
        trails.seen(&[seen(Recording::Off(Some(at(20))))]);
        assert_eq!(trails.holes()[0].to, None);
        let mut unseen = Trails::default();
        unseen.seen(&[seen(Recording::Off(Some(at(20))))]);
        assert_eq!(unseen.holes()[0].from, at(20));
        unseen.seen(&[seen(Recording::On(None))]);
        assert_eq!(unseen.holes(), []);
    }

    proptest! {
        /// Whatever order the records come in, the holes are the same.
        #[test]
        fn order_does_not_matter(
            steps in prop::collection::vec(select(vec![0usize, 1, 2, 3, 4]), 0..12),
            shuffle in any::<u64>(),
        ) {
            let what = |kind: usize| match kind {
                0 => ("StopLogging", What::Stopped),
                1 => ("StartLogging", What::Started),
                2 => ("DeleteTrail", What::Deleted),
                3 => ("PutEventSelectors", blind()),
                _ => ("PutEventSelectors", What::Selected(Selection::usual())),
            };
            let all: Vec<Done> = steps.iter().zip(0..).map(|(kind, minute)| {
                let (event, what) = what(*kind);
                done(minute, event, what)
            }).collect();
            let mut mixed = all.clone();
            mixed.sort_by_key(|it| (it.at.0 as u64 ^ shuffle).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let holes = |all: Vec<Done>| {
                let mut trails = Trails::default();
                for it in all { trails.done(it); }
                trails.holes()
            };
            let holes_in_order = holes(all);
            for pair in holes_in_order.windows(2) {
                prop_assert!(pair[0].to.is_some_and(|to| to <= pair[1].from));
            }
            prop_assert_eq!(holes_in_order, holes(mixed));
        }
    }
}
