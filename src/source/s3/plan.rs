//! What to do next with a bucket: look for accounts and regions, list a stream, or get objects.
//! Pure: answers and the time are given.

use std::collections::{BTreeSet, BinaryHeap};
use std::time::Duration;

use crate::event::time::{Millis, Timestamp};
use crate::source::pace::Bucket;
use crate::source::s3::layout::{self, Folder};
use crate::source::s3::stream::{Polling, Stream};

/// Listings an hour that polling may use: a thousand cost half a cent.
const LISTINGS: f64 = 2000.0;
/// Listings that may be saved up.
const SAVED: f64 = 200.0;
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
}

/// A bucket and what is known of it.
#[derive(Debug)]
pub struct Plan {
    asked: Asked,
    branches: Vec<Branch>,
    streams: Vec<Stream>,
    known: BTreeSet<String>,
    queue: BinaryHeap<Wanted>,
    parked: Vec<(Timestamp, Wanted)>,
    /// Objects that are being got.
    under_way: usize,
    budget: Bucket,
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
            queue: BinaryHeap::new(),
            parked: vec![],
            under_way: 0,
            budget: Bucket::new(LISTINGS / 3600.0, LISTINGS / 3600.0, SAVED),
            listings: 0,
            has_got: false,
        };
        plan.add(layout::start(prefix), now);
        plan
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
        let branch = &mut self.branches[folder];
        branch.was_read |= token.is_none();
        branch.due = if token.is_none() { now + branch.every } else { now };
        branch.token = token;
    }

    /// Takes a page of a stream: keys with their hashes and labels. Gives how many were new.
    pub fn listed(
        &mut self,
        stream: usize,
        found: Vec<(String, u64, Timestamp)>,
        token: Option<String>,
        now: Timestamp,
    ) {
        let it = &mut self.streams[stream];
        let latest = self.asked.until.map(|until| until + LATEST);
        for (key, hash, label) in found {
            let is_wanted = latest.is_none_or(|latest| label <= latest);
            if is_wanted && it.meet(hash, label, now) {
                self.queue.push(Wanted { label, key, stream, tries: 0 });
            }
        }
        it.page(token, self.asked.polling, now);
    }

    /// An object was handed on, or never will be.
    pub fn done(&mut self, wanted: &Wanted) {
        self.under_way -= 1;
        self.streams[wanted.stream].done();
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
        self.branches[folder].token = None;
        self.branches[folder].due = at;
    }

    /// Lists a stream again, not before `at`.
    pub fn put_off_stream(&mut self, stream: usize, at: Timestamp) {
        self.streams[stream].put_off(at);
    }

    /// Everything delivered up to this time was handed on, in every stream.
    pub fn complete_to(&self) -> Option<Timestamp> {
        let is_known = self.branches.iter().all(|branch| branch.was_read);
        let all: Option<Vec<Timestamp>> = self.streams.iter().map(Stream::complete_to).collect();
        all.filter(|_| is_known)?.into_iter().min()
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
        let branches = self.branches.iter().enumerate().filter(|(_, it)| !(is_once && it.was_read));
        let streams =
            self.streams.iter().enumerate().filter(|(_, it)| !(is_once && it.is_listed()));
        let branch = branches.min_by_key(|(_, it)| (it.was_read, it.due));
        let stream = streams.min_by_key(|(_, it)| (it.is_listed(), it.due()));
        if let Some((folder, it)) = branch.filter(|(_, it)| it.due <= now) {
            let (path, token) = (it.path.clone(), it.token.clone());
            return Step::Look { folder, path, token };
        }
        if let Some((stream, it)) = stream.filter(|(_, it)| it.due() <= now) {
            let place = Place { prefix: it.prefix.clone(), after: String::new() };
            return Step::List { stream, place, token: None };
        }
        let parked = self.parked.iter().map(|(at, _)| *at).filter(|_| !is_once);
        let branches = self.branches.iter().filter(|it| !(is_once && it.was_read)).map(|it| it.due);
        let streams =
            self.streams.iter().filter(|it| !(is_once && it.is_listed())).map(Stream::due);
        match parked.chain(branches).chain(streams).min() {
            Some(due) => Step::Wait(Duration::from_millis((due - now).0.max(1) as u64)),
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
        match (comes_round, self.asked.polling) {
            (true, Polling::Adaptive) => self.budget.take(now),
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
        let every = match layout::folder(&path) {
            Folder::Foreign => return,
            Folder::Stream(region) => {
                // Labels are whole minutes.
                let floor = self.asked.since - SLACK;
                let floor = floor - Millis(floor.0.rem_euclid(60_000));
                self.streams.push(Stream::new(region, path.clone(), floor, now));
                self.known.insert(path);
                return;
            }
            Folder::Accounts => ACCOUNTS,
            Folder::Account | Folder::Category => REGIONS,
        };
        self.known.insert(path.clone());
        self.branches.push(Branch { path, token: None, due: now, every, was_read: false });
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
