//! What to do next with a bucket: look for accounts and regions, list a stream, or get objects.
//! Pure: answers and the time are given.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::ops::Bound;
use std::time::Duration;

use crate::event::time::{Millis, Timestamp};
use crate::source::pace::Bucket;
use crate::source::s3::agenda::Agenda;
use crate::source::s3::checkpoint::{Checkpoint, Parked};
use crate::source::s3::claims::{Claim, Claims};
use crate::source::s3::layout::{self, Folder, Region};
use crate::source::s3::proof::Standing;
use crate::source::s3::stream::{Pace, Polling, Stream};

/// The part of an hour's listings that may be saved up.
const SAVED: f64 = 0.1;
/// Objects got at a time.
const AT_ONCE: usize = 8;
/// New accounts appear rarely, new regions of an account more rarely still.
const ACCOUNTS: Millis = Millis::minutes(15);
const REGIONS: Millis = Millis::hours(1);
/// An object that is not allowed is asked for again after so long.
const PARKED: Millis = Millis::minutes(10);
/// Labels run ahead of the time of storing by a slot, and events before them by some minutes.
const SLACK: Millis = Millis::minutes(15);
/// Objects delivered so long after the end of what is wanted may hold events from before it.
const LATEST: Millis = Millis::hours(24);

/// What is wanted of a bucket.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The oldest events wanted.
    pub since: Timestamp,
    /// The newest events wanted; `None` goes on for ever.
    pub until: Option<Timestamp>,
    /// How often streams are listed.
    pub polling: Polling,
}

/// An object to get. The order is that of getting: the newest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its label.
    pub label: Timestamp,
    /// Its key.
    pub key: String,
    /// The stream it belongs to.
    pub stream: usize,
    /// How often it was asked for.
    pub tries: u32,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// List what is in a folder.
    Look {
        /// Which folder.
        folder: usize,
        /// Its path.
        path: String,
        /// What the page before said.
        token: Option<String>,
    },
    /// List the keys of a stream.
    List {
        /// Which stream.
        stream: usize,
        /// Where in the bucket.
        place: Place,
        /// What the page before said.
        token: Option<String>,
    },
    /// Get these.
    Get(Vec<Wanted>),
    /// Nothing for so long.
    Wait(Duration),
    /// All that was wanted is read.
    End,
}

/// A stretch of keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// What they all begin with.
    pub prefix: String,
    /// The key to begin after.
    pub after: String,
}

/// A folder that holds folders.
#[derive(Debug)]
struct Branch {
    path: String,
    token: Option<String>,
    due: Timestamp,
    every: Millis,
    was_read: bool,
    /// When it was last looked into to its end.
    read_at: Option<Timestamp>,
    /// Whether there may be so many of its kind that they share the listings.
    is_shared: bool,
}

impl Branch {
    /// Its place in the agenda.
    fn turn(&self) -> (bool, Timestamp) {
        (self.was_read, self.due)
    }
}

/// A bucket and what is known of it.
#[derive(Debug)]
pub struct Plan {
    asked: Asked,
    branches: Vec<Branch>,
    streams: Vec<Stream>,
    known: BTreeSet<String>,
    /// The streams by their prefix.
    by_prefix: BTreeMap<String, usize>,
    /// Folders with digests, of which nobody has heard yet.
    digests: Vec<Region>,
    /// All of them, by their paths.
    digest_paths: Vec<String>,
    queue: BinaryHeap<Wanted>,
    parked: Vec<(Timestamp, Wanted)>,
    /// Objects that are being got.
    under_way: usize,
    /// The branches and the streams by when they are due.
    agendas: [Agenda; 2],
    claims: Claims,
    pace: Pace,
    budget: Option<Bucket>,
    /// Listings asked for.
    listings: u64,
    has_got: bool,
}

impl Plan {
    /// A plan for a prefix as it was typed.
    pub fn new(prefix: &str, asked: Asked, now: Timestamp) -> Self {
        let mut plan = Self {
            asked,
            branches: vec![],
            streams: vec![],
            known: BTreeSet::new(),
            by_prefix: BTreeMap::new(),
            digests: vec![],
            digest_paths: vec![],
            queue: BinaryHeap::new(),
            parked: vec![],
            under_way: 0,
            agendas: [Agenda::default(), Agenda::default()],
            claims: Claims::default(),
            pace: Pace { polling: asked.polling, load: 0.0 },
            budget: asked.polling.budget().map(|an_hour| {
                Bucket::new(an_hour / 3600.0, an_hour / 3600.0, (an_hour * SAVED).max(1.0))
            }),
            listings: 0,
            has_got: false,
        };
        plan.add(layout::start(prefix), now);
        plan
    }

    /// Goes on with what an earlier run knew of the bucket; `hash` is that of keys. The asked window
    /// is read whole all the same.
    pub fn resume(&mut self, from: &Checkpoint, hash: impl Fn(&str) -> u64, now: Timestamp) {
        let time = |millis: i64| Some(Timestamp(millis)).filter(|at| *at <= now);
        for (path, read) in &from.folders {
            self.add(path.clone(), now);
            let at = self.branches.iter().rposition(|branch| branch.path == *path);
            let read = time(*read);
            if let (Some(at), Some(read)) = (at, read)
                && now < read + self.branches[at].every
            {
                self.known_branch(at, read);
            }
        }
        for (path, fresh) in &from.streams {
            self.add(path.clone(), now);
            let at = self.streams.iter().rposition(|stream| stream.prefix == *path);
            if let (Some(at), Some(fresh)) = (at, fresh.and_then(time)) {
                let polling = self.asked.polling;
                self.change_stream(at, |stream| stream.was_fresh(fresh, polling, now));
            }
        }
        for Parked { key, label, until } in &from.parked {
            let at = self.stream_of(key);
            let (label, until) = (Timestamp(*label), Timestamp(*until).min(now + PARKED));
            let Some(stream) = at.filter(|_| self.is_wanted(label)) else { continue };
            if self.streams[stream].meet_again(hash(key), label) {
                self.parked.push((until, Wanted { label, key: key.clone(), stream, tries: 0 }));
            }
        }
    }

    /// A folder that an earlier run looked into is looked into when that is due again.
    fn known_branch(&mut self, at: usize, read: Timestamp) {
        if !self.branches[at].was_read && self.branches[at].is_shared {
            self.claims.looked(layout::account(&self.branches[at].path));
        }
        self.change_branch(at, |branch| {
            branch.was_read = true;
            branch.read_at = Some(read);
            branch.due = read + branch.every;
        });
    }

    /// Writes down what a later run may start from.
    pub fn checkpoint(&self, mut empty: Checkpoint) -> Checkpoint {
        let read = |branch: &Branch| Some((branch.path.clone(), branch.read_at?.0));
        empty.folders = self.branches.iter().filter_map(read).collect();
        let stream = |it: &Stream| (it.prefix.clone(), it.fresh_at().map(|at| at.0));
        empty.streams = self.streams.iter().map(stream).collect();
        empty.streams.extend(self.digest_paths.iter().map(|path| (path.clone(), None)));
        empty.streams.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let parked = |(until, it): &(Timestamp, Wanted)| {
            let (key, label, until) = (it.key.clone(), it.label.0, until.0);
            Parked { key, label, until }
        };
        empty.parked = self.parked.iter().map(parked).collect();
        empty
    }

    /// The stream that a key belongs to.
    fn stream_of(&self, key: &str) -> Option<usize> {
        let before =
            self.by_prefix.range::<str, _>((Bound::Unbounded, Bound::Included(key))).next_back();
        before.filter(|(prefix, _)| key.starts_with(prefix.as_str())).map(|(_, at)| *at)
    }

    /// What is known of a log that a digest names; one that no listing has shown is wanted from now
    /// on.
    pub fn standing(&mut self, key: &str, hash: u64, label: Timestamp, now: Timestamp) -> Standing {
        let Some(stream) = self.stream_of(key).filter(|_| self.is_wanted(label)) else {
            return Standing::Unwanted;
        };
        if self.streams[stream].is_too_old(label) {
            return Standing::Unwanted;
        }
        if self.streams[stream].meet(hash, label, now) {
            self.queue.push(Wanted { label, key: key.to_owned(), stream, tries: 0 });
            self.claims.stir(stream);
        }
        match self.streams[stream].complete_to() {
            Some(_) => Standing::Done,
            None => Standing::Open,
        }
    }

    /// Folders with digests that were found since this was last asked.
    pub fn new_digests(&mut self) -> Vec<Region> {
        std::mem::take(&mut self.digests)
    }

    /// Pays for a listing of digests; the error is how long there is none to be had.
    pub fn pay_for_digests(&mut self, is_first: bool, now: Timestamp) -> Result<(), Duration> {
        match &mut self.budget {
            Some(budget) if !is_first => budget.take(now)?,
            _ => {}
        }
        self.listings += 1;
        Ok(())
    }

    /// Whether objects of this label may hold what was asked for.
    fn is_wanted(&self, label: Timestamp) -> bool {
        self.asked.until.is_none_or(|until| label <= until + LATEST)
    }

    /// What to do at this time.
    pub fn next(&mut self, now: Timestamp) -> Step {
        let (back, parked) =
            std::mem::take(&mut self.parked).into_iter().partition(|it| it.0 <= now);
        self.parked = parked;
        let back: Vec<(Timestamp, Wanted)> = back;
        self.queue.extend(back.into_iter().map(|(_, wanted)| wanted));
        let listing = self.next_listing(now);
        // Getting and listing take turns: rows come early, and no region waits for another one.
        let is_turn = !self.has_got || matches!(listing, Step::Wait(_) | Step::End);
        if is_turn && !self.queue.is_empty() {
            self.has_got = true;
            let first: Vec<Wanted> =
                std::iter::from_fn(|| self.queue.pop()).take(AT_ONCE).collect();
            self.under_way += first.len();
            return Step::Get(first);
        }
        self.has_got = false;
        match listing {
            Step::Look { .. } | Step::List { .. } => match self.pay(&listing, now) {
                Err(wait) => Step::Wait(wait),
                Ok(()) => self.begun(listing, now),
            },
            other => other,
        }
    }

    /// Takes a page of a folder.
    pub fn looked(
        &mut self,
        folder: usize,
        found: Vec<String>,
        token: Option<String>,
        now: Timestamp,
    ) {
        for path in found {
            self.add(path, now);
        }
        let pace = self.pace;
        let branch = &self.branches[folder];
        if token.is_none() && !branch.was_read && branch.is_shared {
            self.claims.looked(layout::account(&branch.path));
        }
        self.change_branch(folder, |branch| {
            branch.was_read |= token.is_none();
            branch.read_at = if token.is_none() { Some(now) } else { branch.read_at };
            let every = if branch.is_shared { pace.pause(branch.every) } else { branch.every };
            branch.due = if token.is_none() { now + every } else { now };
            branch.token = token;
        });
    }

    /// Takes a page of a stream: keys with their hashes and labels. Gives how many were new.
    pub fn listed(
        &mut self,
        stream: usize,
        found: Vec<(String, u64, Timestamp)>,
        token: Option<String>,
        now: Timestamp,
    ) {
        for (key, hash, label) in found {
            if self.is_wanted(label) && self.streams[stream].meet(hash, label, now) {
                self.queue.push(Wanted { label, key, stream, tries: 0 });
            }
        }
        let pace = self.pace;
        self.change_stream(stream, |it| it.page(token, pace, now));
        self.claims.stir(stream);
    }

    /// An object was handed on, or never will be.
    pub fn done(&mut self, wanted: &Wanted) {
        self.under_way -= 1;
        self.streams[wanted.stream].done();
        self.claims.stir(wanted.stream);
    }

    /// An object could not be got now: it is tried again.
    pub fn again(&mut self, mut wanted: Wanted) {
        self.under_way -= 1;
        wanted.tries += 1;
        self.queue.push(wanted);
    }

    /// An object is not allowed: it is left alone for a while.
    pub fn park(&mut self, wanted: Wanted, now: Timestamp) {
        self.under_way -= 1;
        self.parked.push((now + PARKED, wanted));
    }

    /// Asks for a folder again, not before `at`.
    pub fn put_off_folder(&mut self, folder: usize, at: Timestamp) {
        self.change_branch(folder, |branch| {
            branch.token = None;
            branch.due = at;
        });
    }

    /// Lists a stream again, not before `at`.
    pub fn put_off_stream(&mut self, stream: usize, at: Timestamp) {
        self.change_stream(stream, |it| it.put_off(at));
    }

    /// Everything delivered up to this time was handed on, in every stream.
    pub fn complete_to(&self) -> Option<Timestamp> {
        let is_known = self.branches.iter().all(|branch| branch.was_read);
        let all: Option<Vec<Timestamp>> = self.streams.iter().map(Stream::complete_to).collect();
        all.filter(|_| is_known)?.into_iter().min()
    }

    /// What can be claimed anew of accounts and regions.
    pub fn claims(&mut self) -> Vec<Claim> {
        let streams = &self.streams;
        self.claims.take(|stream| streams[stream].complete_to())
    }

    /// Streams whose last listing failed.
    pub fn unanswered(&self) -> u64 {
        self.streams.iter().filter(|it| it.is_unanswered()).count() as u64
    }

    /// Where the listings do not suffice for all: how long a stream that is busy, and one that
    /// rarely has anything, waits to be listed.
    pub fn stretched(&self) -> Option<(Millis, Millis)> {
        let [busy, quiet] = [Millis::seconds(30), Millis::minutes(30)];
        let pauses = (self.pace.pause(busy), self.pace.pause(quiet));
        // Half as often is nothing to speak of.
        (pauses.0.0 > 2 * busy.0).then_some(pauses)
    }

    /// Objects known and not handed on.
    pub fn waiting(&self) -> usize {
        self.queue.len() + self.parked.len() + self.under_way
    }

    /// Objects that are not allowed.
    pub fn parked(&self) -> usize {
        self.parked.len()
    }

    /// Takes what is parked, to say that it was not read.
    pub fn give_up(&mut self) -> Vec<Wanted> {
        std::mem::take(&mut self.parked).into_iter().map(|(_, wanted)| wanted).collect()
    }

    /// Regions of categories of accounts.
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Listings asked for so far.
    pub fn listings(&self) -> u64 {
        self.listings
    }

    /// The listing that is due: looking for what there is comes first, then the first pass.
    fn next_listing(&self, now: Timestamp) -> Step {
        let is_once = self.asked.until.is_some();
        let [branches, streams] = &self.agendas;
        if let Some(folder) = branches.next(now, is_once) {
            let it = &self.branches[folder];
            let (path, token) = (it.path.clone(), it.token.clone());
            return Step::Look { folder, path, token };
        }
        if let Some(stream) = streams.next(now, is_once) {
            let prefix = self.streams[stream].prefix.clone();
            let place = Place { prefix, after: String::new() };
            return Step::List { stream, place, token: None };
        }
        let parked = self.parked.iter().map(|(at, _)| *at).filter(|_| !is_once);
        let due = parked.chain(branches.first(is_once)).chain(streams.first(is_once)).min();
        match due {
            Some(due) => Step::Wait((due - now).max(Millis(1)).into()),
            None => Step::End,
        }
    }

    /// The first pass is what somebody waits for; what comes round keeps to a budget.
    fn pay(&mut self, listing: &Step, now: Timestamp) -> Result<(), Duration> {
        let comes_round = match listing {
            Step::Look { folder, .. } => self.branches[*folder].was_read,
            Step::List { stream, .. } => self.streams[*stream].is_listed(),
            Step::Get(_) | Step::Wait(_) | Step::End => false,
        };
        match &mut self.budget {
            Some(budget) if comes_round => budget.take(now),
            _ => Ok(()),
        }
    }

    fn begun(&mut self, listing: Step, now: Timestamp) -> Step {
        self.listings += 1;
        match listing {
            Step::List { stream, mut place, .. } => {
                let token;
                (place.after, token) = self.streams[stream].ask(now);
                Step::List { stream, place, token }
            }
            other => other,
        }
    }

    /// Adds a folder or a stream that was found.
    fn add(&mut self, path: String, now: Timestamp) {
        if self.known.contains(&path) {
            return;
        }
        let (every, is_shared) = match layout::folder(&path) {
            Folder::Foreign => return,
            Folder::Stream(region) => {
                // Labels are whole minutes.
                let floor = self.asked.since - SLACK;
                let floor = floor - Millis(floor.0.rem_euclid(60_000));
                self.claims.add(&region.account, &region.name);
                let stream = Stream::new(region, path.clone(), floor, now);
                self.pace.load += Pace::weight(stream.wish());
                self.agendas[1].add(self.streams.len(), turn(&stream));
                self.by_prefix.insert(path.clone(), self.streams.len());
                self.streams.push(stream);
                self.known.insert(path);
                return;
            }
            Folder::Digests(region) => {
                self.digests.push(region);
                self.digest_paths.push(path.clone());
                self.known.insert(path);
                return;
            }
            Folder::Accounts => (ACCOUNTS, false),
            Folder::Account | Folder::Category => (REGIONS, true),
        };
        self.known.insert(path.clone());
        if is_shared {
            self.claims.found(layout::account(&path));
            self.pace.load += Pace::weight(every);
        }
        let branch = Branch {
            path,
            token: None,
            due: now,
            every,
            was_read: false,
            read_at: None,
            is_shared,
        };
        self.agendas[0].add(self.branches.len(), branch.turn());
        self.branches.push(branch);
    }

    /// Changes a branch, and with it its place in the agenda.
    fn change_branch(&mut self, at: usize, change: impl FnOnce(&mut Branch)) {
        let branch = &mut self.branches[at];
        self.agendas[0].remove(at, branch.turn());
        change(branch);
        self.agendas[0].add(at, branch.turn());
    }

    /// Changes a stream, its place in the agenda, and what it asks of the listings.
    fn change_stream(&mut self, at: usize, change: impl FnOnce(&mut Stream)) {
        let stream = &mut self.streams[at];
        self.agendas[1].remove(at, turn(stream));
        let before = Pace::weight(stream.wish());
        change(stream);
        self.pace.load += Pace::weight(stream.wish()) - before;
        self.agendas[1].add(at, turn(stream));
    }
}

/// The place of a stream in the agenda.
fn turn(stream: &Stream) -> (bool, Timestamp) {
    (stream.is_listed(), stream.due())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
