//! What the digests of trails prove: that every log they name was read, and is what was delivered. One
//! digest an hour and region; each names the one before it. Pure: answers and the time are given.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::digest::{self, Digest};
use crate::event::label::label;
use crate::event::time::{Millis, Timestamp};
use crate::source::s3::agenda::Agenda;
use crate::source::s3::layout::{self, Folder, Region};
use crate::source::s3::plan::Place;

/// Digests are written each hour, some minutes after it.
const HOUR: Millis = Millis::minutes(65);
/// How soon is looked again for one that is late.
const AGAIN: Millis = Millis::minutes(10);
/// A digest may come after the one that names it; later than this it is missing.
const LATE: Millis = Millis::hours(2);
/// Digests and logs that are got at a time.
const AT_ONCE: usize = 8;
/// The logs whose outcome is remembered until a digest names them; further ones are got again.
const REMEMBERED: usize = 50_000;
/// The faults that are told one by one.
const TOLD: usize = 20;

/// The label of a log and the hash of its key.
type Id = (Timestamp, u64);

/// What became of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Its unpacked content has this SHA-256.
    As([u8; 32]),
    /// It was not there.
    Gone,
    /// It could not be unpacked.
    Broken,
}

/// What the plan of the bucket knows of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is not asked for.
    Unwanted,
    /// It will be got, or could not be got yet.
    Open,
    /// It was handed on.
    Done,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// List the digests of a region.
    List {
        /// Which region.
        region: usize,
        /// Where in the bucket.
        place: Place,
        /// What the page before said.
        token: Option<String>,
        /// Whether it is looked for digests for the first time.
        is_first: bool,
    },
    /// Get digests.
    Get(usize, Vec<String>),
    /// Get logs that were handed on before anybody asked for their content.
    Check(Vec<String>),
}

/// Why something is not proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing says that it is whole: digests of its time are not here.
    Gap(String),
    /// Something says that it is not: it is not what CloudTrail wrote.
    Broken(String),
}

impl Fault {
    /// What is wrong, in words.
    pub fn words(&self) -> &str {
        match self {
            Self::Gap(words) | Self::Broken(words) => words,
        }
    }
}

/// A digest whose signature is not wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub digest: Digest,
    /// The SHA-256 of its content, in hex.
    pub hash: String,
    /// Its signature, in hex.
    pub signature: String,
}

/// The digests of a bucket.
#[derive(Debug)]
pub struct Proofs {
    since: Timestamp,
    regions: Vec<Dir>,
    /// The regions by the folder of the account and their name.
    by_folder: BTreeMap<(String, String), usize>,
    agenda: Agenda,
    /// What became of logs, by label and hash of the key.
    read: BTreeMap<Id, Read>,
    faults: Vec<String>,
    faults_more: u64,
}

/// The digests of one region of one account.
#[derive(Debug)]
struct Dir {
    region: Region,
    /// When something is to be done, and when it is to be listed.
    due: Timestamp,
    list_due: Timestamp,
    was_listed: bool,
    /// The token of the next page.
    listing: Option<String>,
    /// Every key that was met, of this day and the day before.
    met: BTreeSet<String>,
    /// Keys to get, by the end of their hour.
    wanted: BTreeSet<(Timestamp, String)>,
    /// A chain a trail.
    chains: BTreeMap<String, Chain>,
    /// Whether something happens before anything more can be said.
    waits: bool,
    told: Option<Timestamp>,
    /// The first thing that is not what CloudTrail wrote, until it was told.
    broken: Option<String>,
    is_broken: bool,
}

/// The digests of one trail there.
#[derive(Debug, Default)]
struct Chain {
    /// The last one that was judged.
    last: Option<Signed>,
    pending: BTreeMap<Timestamp, Signed>,
    /// Every log up to here was read.
    to: Option<Timestamp>,
    is_broken: bool,
    /// The key of the last one that was not taken: the one after it need not say so again.
    refused: Option<String>,
}

impl Proofs {
    /// Nothing is known of any digest; events from `since` on are asked for.
    pub fn new(since: Timestamp) -> Self {
        Self {
            since,
            regions: vec![],
            by_folder: BTreeMap::new(),
            agenda: Agenda::default(),
            read: BTreeMap::new(),
            faults: vec![],
            faults_more: 0,
        }
    }

    /// Adds a folder that digests are in.
    pub fn add(&mut self, region: Region, now: Timestamp) {
        let at = self.regions.len();
        self.by_folder.insert(folder_of(&region), at);
        let dir = Dir {
            region,
            due: now,
            list_due: now,
            was_listed: false,
            listing: None,
            met: BTreeSet::new(),
            wanted: BTreeSet::new(),
            chains: BTreeMap::new(),
            waits: false,
            told: None,
            broken: None,
            is_broken: false,
        };
        self.agenda.add(at, dir.turn());
        self.regions.push(dir);
    }

    /// The name of a region.
    pub fn region(&self, at: usize) -> &str {
        &self.regions[at].region.name
    }

    /// Whether a digest may name this key, so that its content is to be hashed.
    pub fn covers(&self, key: &str) -> bool {
        self.of(key).is_some()
    }

    fn of(&self, key: &str) -> Option<usize> {
        let Folder::Stream(region) = layout::folder(key) else { return None };
        self.by_folder.get(&folder_of(&region)).copied()
    }

    /// Takes what became of a log: its key, with label and hash.
    pub fn note(&mut self, key: &str, id: Id, read: Read, now: Timestamp) {
        let Some(at) = self.of(key) else { return };
        self.read.insert(id, read);
        if self.read.len() > REMEMBERED {
            self.read.pop_first();
        }
        if self.regions[at].waits {
            self.change(at, |dir| (dir.waits, dir.due) = (false, now));
        }
    }

    /// What to do at this time. `hash` is that of keys, `standing` what is known of a log.
    pub fn next(
        &mut self,
        now: Timestamp,
        hash: impl Fn(&str) -> u64,
        mut standing: impl FnMut(&str, Timestamp) -> Standing,
    ) -> Option<Task> {
        while let Some(at) = self.agenda.next(now, false) {
            if let Some(task) = self.work(at, now, &hash, &mut standing) {
                return Some(task);
            }
            // Somebody who waits is told by `note`.
            self.change(at, |dir| dir.rest(now));
        }
        None
    }

    /// When there is something to do again.
    pub fn due(&self) -> Option<Timestamp> {
        self.agenda.first(false)
    }

    fn work(
        &mut self,
        at: usize,
        now: Timestamp,
        hash: &impl Fn(&str) -> u64,
        standing: &mut impl FnMut(&str, Timestamp) -> Standing,
    ) -> Option<Task> {
        let dir = &mut self.regions[at];
        if dir.listing.is_some() || now >= dir.list_due {
            return Some(dir.list(at, self.since));
        }
        let wanted = std::mem::take(&mut dir.wanted);
        if !wanted.is_empty() {
            let mut keys = wanted.into_iter();
            let first = keys.by_ref().take(AT_ONCE).map(|(_, key)| key).collect();
            dir.wanted = keys.collect();
            return Some(Task::Get(at, first));
        }
        let mut found = Findings {
            since: self.since,
            now,
            read: &mut self.read,
            hash,
            standing,
            faults: vec![],
            check: vec![],
        };
        for chain in dir.chains.values_mut() {
            dir.waits |= chain.judge(&mut found);
        }
        let Findings { faults, check, .. } = found;
        for fault in &faults {
            self.fault(at, fault);
        }
        (!check.is_empty()).then_some(Task::Check(check))
    }

    fn fault(&mut self, at: usize, fault: &Fault) {
        let dir = &mut self.regions[at];
        if let Fault::Broken(words) = fault
            && !dir.is_broken
        {
            (dir.is_broken, dir.broken) = (true, Some(words.clone()));
        }
        match self.faults.len() < TOLD {
            true => self.faults.push(fault.words().to_owned()),
            false => self.faults_more += 1,
        }
    }

    /// Takes a page of keys.
    pub fn listed(&mut self, at: usize, keys: Vec<String>, token: Option<String>, now: Timestamp) {
        let since = self.since;
        self.change(at, |dir| {
            for key in keys {
                let end = label(&key).filter(|label| label.digest).and_then(|label| label.time);
                let end = end.filter(|end| *end >= since && digest::chain(&key).is_some());
                if let Some(end) = end.filter(|_| dir.met.insert(key.clone())) {
                    dir.wanted.insert((end, key));
                }
            }
            dir.listing = token;
            dir.was_listed = true;
            dir.list_due = now + HOUR;
            dir.due = now;
        });
    }

    /// Listing or getting failed: it is tried again, not before `until`.
    pub fn put_off(&mut self, at: usize, again: Vec<String>, until: Timestamp) {
        self.change(at, |dir| {
            let end = |key: &str| label(key).and_then(|label| label.time);
            dir.wanted.extend(again.into_iter().filter_map(|key| Some((end(&key)?, key))));
            dir.listing = None;
            (dir.due, dir.list_due) = (until, until);
        });
    }

    /// Takes a digest that was got, or what is wrong with it.
    pub fn got(&mut self, at: usize, key: &str, got: Result<Signed, Fault>) {
        let chain = digest::chain(key).unwrap_or_default().to_owned();
        let chain = self.regions[at].chains.entry(chain).or_default();
        match got {
            Ok(signed) => drop(chain.pending.insert(signed.digest.end, signed)),
            Err(fault) => {
                (chain.is_broken, chain.refused) = (true, Some(key.to_owned()));
                self.fault(at, &fault);
            }
        }
    }

    /// What was proven anew: account, region, and up to when.
    pub fn claims(&mut self) -> Vec<(String, String, Timestamp)> {
        let mut claims = vec![];
        for dir in &mut self.regions {
            let all: Option<Vec<Timestamp>> = dir.chains.values().map(|chain| chain.to).collect();
            let to = all.and_then(|all| all.into_iter().min());
            if let Some(to) = to.filter(|to| Some(*to) > dir.told) {
                dir.told = Some(to);
                claims.push((dir.region.account.clone(), dir.region.name.clone(), to));
            }
        }
        claims
    }

    /// What turned out not to be what CloudTrail wrote: account, region, and what is wrong.
    pub fn alarms(&mut self) -> Vec<(String, String, String)> {
        let dirs = self.regions.iter_mut();
        let alarm = |dir: &mut Dir| {
            let words = dir.broken.take()?;
            Some((dir.region.account.clone(), dir.region.name.clone(), words))
        };
        dirs.filter_map(alarm).collect()
    }

    /// What the digests say is wrong, in one sentence.
    pub fn fault_words(&self) -> Option<String> {
        let first = self.faults.first()?;
        Some(match self.faults.len() as u64 + self.faults_more - 1 {
            0 => first.clone(),
            more => format!("{first}, and {more} more of that kind"),
        })
    }

    /// Changes a region, and with it its place in the agenda.
    fn change(&mut self, at: usize, change: impl FnOnce(&mut Dir)) {
        let dir = &mut self.regions[at];
        self.agenda.remove(at, dir.turn());
        change(dir);
        self.agenda.add(at, dir.turn());
    }
}

/// What a region of an account is found by: the folder of the account, and its own name.
fn folder_of(region: &Region) -> (String, String) {
    let Region { base, category, name, .. } = region;
    let account = base.strip_suffix(&format!("{category}/{name}/")).unwrap_or(base);
    (account.to_owned(), name.clone())
}

/// What judging found, and what it needs for it.
struct Findings<'a> {
    since: Timestamp,
    now: Timestamp,
    read: &'a mut BTreeMap<Id, Read>,
    hash: &'a dyn Fn(&str) -> u64,
    standing: &'a mut dyn FnMut(&str, Timestamp) -> Standing,
    faults: Vec<Fault>,
    check: Vec<String>,
}

impl Dir {
    fn turn(&self) -> (bool, Timestamp) {
        (self.was_listed, self.due)
    }

    /// The next page of its digests: from the day of the last one that was judged.
    fn list(&self, region: usize, since: Timestamp) -> Task {
        let last = self.chains.values().map(|chain| chain.to).min().flatten();
        let floor = self.region.floor(last.unwrap_or(since));
        // Their names have the trail before the time: they are listed by day.
        let after = floor.rsplit_once('/').map_or(floor.as_str(), |(day, _)| day).to_owned();
        let place = Place { prefix: self.region.base.clone(), after };
        Task::List { region, place, token: self.listing.clone(), is_first: !self.was_listed }
    }

    /// Nothing to do until the next digest is due.
    fn rest(&mut self, now: Timestamp) {
        let newest = self.chains.values().filter_map(|it| it.last.as_ref()).map(|it| it.digest.end);
        let due = newest.max().map_or(now + HOUR, |end| (end + HOUR).max(now + AGAIN));
        (self.due, self.list_due) = (due.min(now + HOUR), due.min(now + HOUR));
        let day = Millis::hours(48);
        self.met.retain(|key| label(key).and_then(|it| it.time).is_some_and(|it| it + day > now));
    }
}

impl Chain {
    /// Judges one digest after the other; says whether something has to happen before it can go on.
    fn judge(&mut self, found: &mut Findings<'_>) -> bool {
        while let Some((_, signed)) = self.pending.first_key_value() {
            let link = self.link(signed, found.since);
            if link.is_err() && found.now < signed.digest.end + LATE {
                return false;
            }
            let mut waits = false;
            let mut faults = vec![];
            for log in &signed.digest.logs {
                if log.bucket != signed.digest.bucket {
                    faults.push(Fault::Gap(format!(
                        "{} was delivered to another bucket, {}: it is not read here",
                        log.key, log.bucket
                    )));
                    continue;
                }
                let at = label(&log.key).and_then(|label| label.time).unwrap_or(signed.digest.end);
                let what = match found.read.get(&(at, (found.hash)(&log.key))) {
                    Some(read) => *read,
                    None => match (found.standing)(&log.key, at) {
                        Standing::Unwanted => continue,
                        Standing::Open => {
                            waits = true;
                            continue;
                        }
                        Standing::Done => {
                            found.check.push(log.key.clone());
                            continue;
                        }
                    },
                };
                let (key, end) = (&log.key, signed.digest.end);
                match what {
                    Read::As(hash) if digest::hex(&hash) == log.hash => {}
                    Read::As(_) => faults.push(Fault::Broken(format!(
                        "{key} is not what the digest of {end} names: it was changed after it was \
                         delivered"
                    ))),
                    Read::Gone => faults.push(Fault::Broken(format!(
                        "{key} is gone: the digest of {end} names it; a lifecycle rule or somebody deleted it"
                    ))),
                    Read::Broken => faults.push(Fault::Broken(format!(
                        "{key} cannot be unpacked, and so not be held against the digest of {end}"
                    ))),
                }
            }
            found.check.truncate(AT_ONCE);
            if waits || !found.check.is_empty() {
                return waits;
            }
            faults.extend(link.err());
            self.is_broken |= !faults.is_empty();
            found.faults.extend(faults);
            let Some((end, signed)) = self.pending.pop_first() else { return false };
            for log in &signed.digest.logs {
                let at = label(&log.key).and_then(|label| label.time).unwrap_or(end);
                found.read.remove(&(at, (found.hash)(&log.key)));
            }
            if !self.is_broken {
                self.to = Some(end);
            }
            self.last = Some(signed);
        }
        false
    }

    /// Whether a digest goes on where the last one ended; the error says what is wrong.
    fn link(&self, next: &Signed, since: Timestamp) -> Result<(), Fault> {
        let Digest { start, end, previous, .. } = &next.digest;
        match (&self.last, previous) {
            (None, _) if *start <= since => Ok(()),
            (None, _) => {
                Err(Fault::Gap(format!("no digest names what was delivered before {start}")))
            }
            (Some(last), None) => Err(Fault::Gap(format!(
                "the chain of digests ends at {} and another one begins at {start}: nothing proves \
                 what was delivered since",
                last.digest.end
            ))),
            (Some(_), Some(it)) if self.refused.as_ref() == Some(&it.key) => Ok(()),
            (Some(last), Some(it)) if it.key != last.digest.key => Err(Fault::Broken(format!(
                "{} is missing: the digest of {end} names it; nothing proves what was delivered \
                 since {}",
                it.key, last.digest.end
            ))),
            (Some(last), Some(it))
                if it.hash.eq_ignore_ascii_case(&last.hash)
                    && it.signature.eq_ignore_ascii_case(&last.signature)
                    && *start <= last.digest.end =>
            {
                Ok(())
            }
            (Some(last), Some(_)) => Err(Fault::Broken(format!(
                "{} is not the one that the digest of {end} names",
                last.digest.key
            ))),
        }
    }
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
