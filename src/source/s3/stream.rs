//! One stream of a bucket (account, category and region): which of its keys are known, and when to
//! list how much of it again. Pure.
//!
//! Labels are slots, not times of storing: an object may appear behind others that were read. So
//! every listing looks back, the rarer the further, and what is known is a set of keys.

use std::collections::BTreeMap;

use crate::event::time::{Millis, Timestamp};
use crate::source::s3::layout::Region;

/// Listings that come round: how far they look back from the newest label, and how often. The first
/// is the poll itself, whose pace is the stream's own.
const ROUNDS: [(Millis, Millis); 4] = [
    (Millis::hours(1), Millis(0)),
    (Millis::hours(6), Millis::minutes(15)),
    (Millis::hours(48), Millis::hours(1)),
    (Millis::hours(30 * 24), Millis::hours(24)),
];
/// What was asked for is listed whole again so long after the first pass.
const AFTER_FIRST: [Millis; 3] = [Millis::seconds(30), Millis::minutes(2), Millis::minutes(10)];
/// A first pass begins with so much, so that the newest rows come first.
const FIRST: Millis = Millis::hours(24);
/// A deeper listing comes at most once in so many polls: a cold stream stays cheap.
const POLLS: i64 = 4;
/// Keys are remembered so long behind the newest label: CloudTrail tries again for 30 days.
const REMEMBERED: Millis = Millis::hours(31 * 24);

/// A stream and what is known of it.
#[derive(Debug)]
pub struct Stream {
    /// Where its objects lie.
    pub region: Region,
    /// What is listed: the region, or a part of it that was asked for.
    pub prefix: String,
    /// The oldest label wanted.
    floor: Timestamp,
    newest: Option<Timestamp>,
    /// Known keys by label, as hashes.
    seen: BTreeMap<Timestamp, Vec<u64>>,
    /// When a new key was last seen, and when the stream was first looked at.
    fresh_at: Option<Timestamp>,
    /// When each round was last begun.
    begun: [Option<Timestamp>; 4],
    /// How many of [`AFTER_FIRST`] were done.
    after_first: usize,
    first: FirstPass,
    listing: Option<Listing>,
    /// When the last whole listing began.
    listed: Option<Timestamp>,
    /// Keys that were listed and not handed on.
    open: usize,
    due: Timestamp,
    /// How often it would be polled, were it alone.
    wish: Millis,
    /// Whether its last listing failed.
    is_unanswered: bool,
}

/// How far the first pass is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FirstPass {
    /// Nothing was listed.
    Newest,
    /// The newest day was.
    Rest,
    /// All that was asked for was, at this time.
    Done(Timestamp),
}

/// A listing under way.
#[derive(Debug, Clone)]
struct Listing {
    began: Timestamp,
    after: String,
    token: Option<String>,
    round: usize,
    is_asked: bool,
}

/// How often streams are polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polling {
    /// By how busy the stream is, within 2,000 listings an hour.
    Adaptive,
    /// By how busy the stream is, within so many listings an hour.
    AtMost(u32),
    /// As it was said.
    Every(Millis),
}

/// Listings an hour where nothing was said: a thousand cost half a cent.
const LISTINGS: u32 = 2000;

/// How often a stream is polled among others.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// As it was asked for.
    pub polling: Polling,
    /// What all streams together ask of the listings there are: see [`Pace::weight`].
    pub load: f64,
}

impl Polling {
    /// Listings an hour that what comes round may use; none where the pace was said.
    pub fn budget(self) -> Option<f64> {
        match self {
            Self::Adaptive => Some(LISTINGS.into()),
            Self::AtMost(listings) => Some(f64::from(listings.max(1))),
            Self::Every(_) => None,
        }
    }

    /// How often a stream wants to be polled that last had something new so long ago.
    fn wish(self, quiet: Millis) -> Millis {
        match self {
            Self::Every(pause) => pause,
            _ if quiet < Millis::minutes(15) => Millis::seconds(30),
            _ if quiet < Millis::hours(24) => Millis::minutes(5),
            _ => Millis::minutes(30),
        }
    }
}

impl Pace {
    /// What one stream of this wish adds to the load: listings an hour, were everyone polled at
    /// the root of its wish. Sharing by the root is what makes the sum of all waiting least: a
    /// stream that is four times as busy is polled twice as often.
    pub fn weight(wish: Millis) -> f64 {
        3600.0 / seconds(wish).sqrt()
    }

    /// How long until something of this wish comes round: its wish, or longer where the listings do
    /// not suffice for all.
    pub fn pause(self, wish: Millis) -> Millis {
        let Some(budget) = self.polling.budget() else { return wish };
        let share = self.load / budget * seconds(wish).sqrt();
        wish.max(Millis((share * 1000.0) as i64))
    }
}

fn seconds(length: Millis) -> f64 {
    (length.0.max(1000)) as f64 / 1000.0
}

impl Stream {
    /// A stream nothing is known of, of which everything labelled from `floor` on is wanted.
    pub fn new(region: Region, prefix: String, floor: Timestamp, now: Timestamp) -> Self {
        let first = if floor < now - FIRST { FirstPass::Newest } else { FirstPass::Rest };
        Self {
            region,
            prefix,
            floor,
            newest: None,
            seen: BTreeMap::new(),
            fresh_at: None,
            begun: [None; 4],
            after_first: 0,
            first,
            listing: None,
            listed: None,
            open: 0,
            due: now,
            wish: Polling::Adaptive.wish(Millis::hours(48)),
            is_unanswered: false,
        }
    }

    /// When it last had something new.
    pub fn fresh_at(&self) -> Option<Timestamp> {
        self.fresh_at
    }

    /// It had something new at this time, in an earlier run. That is no reason to leave anything
    /// unread: it decides about its pace alone.
    pub fn was_fresh(&mut self, at: Timestamp, polling: Polling, now: Timestamp) {
        self.fresh_at = Some(at.min(now));
        self.wish = polling.wish(now - at.min(now));
    }

    /// How often it would be polled, were it alone.
    pub fn wish(&self) -> Millis {
        self.wish
    }

    /// Whether its last listing failed.
    pub fn is_unanswered(&self) -> bool {
        self.is_unanswered
    }

    /// When it wants to be listed.
    pub fn due(&self) -> Timestamp {
        self.due
    }

    /// Whether all that was asked for was listed once.
    pub fn is_listed(&self) -> bool {
        matches!(self.first, FirstPass::Done(_))
    }

    /// Everything delivered up to this time was handed on.
    pub fn complete_to(&self) -> Option<Timestamp> {
        self.listed.filter(|_| self.open == 0)
    }

    /// The next page to list: the key to begin after, and the token of the page before.
    pub fn ask(&mut self, now: Timestamp) -> (String, Option<String>) {
        if self.listing.is_none() {
            self.listing = Some(self.begin(now));
        }
        let listing = self.listing.as_ref().expect("it was begun above");
        (listing.after.clone(), listing.token.clone())
    }

    /// Whether nothing of this label is asked for.
    pub fn is_too_old(&self, label: Timestamp) -> bool {
        label < self.floor
    }

    /// Takes a key of a page, by its hash and label; says whether it is new. A new key is open until
    /// [`Stream::done`].
    pub fn meet(&mut self, key: u64, label: Timestamp, now: Timestamp) -> bool {
        if label < self.floor {
            return false;
        }
        let known = self.seen.entry(label).or_default();
        if known.contains(&key) {
            return false;
        }
        known.push(key);
        // A label far in the future is no reason to forget the present.
        self.newest = self.newest.max(Some(label.min(now + Millis::hours(1))));
        self.fresh_at = Some(now);
        self.open += 1;
        true
    }

    /// Takes a key that an earlier run met and could not read: it is open, and no news.
    pub fn meet_again(&mut self, key: u64, label: Timestamp) -> bool {
        let (newest, fresh_at) = (self.newest, self.fresh_at);
        let is_new = self.meet(key, label, label);
        (self.newest, self.fresh_at) = (newest, fresh_at);
        is_new
    }

    /// A page was taken; with a token there is more.
    pub fn page(&mut self, token: Option<String>, pace: Pace, now: Timestamp) {
        self.is_unanswered = false;
        let Some(listing) = self.listing.as_mut() else { return };
        if token.is_some() {
            listing.token = token;
            return;
        }
        let Some(listing) = self.listing.take() else { return };
        match self.first {
            FirstPass::Newest => {
                self.first = FirstPass::Rest;
                self.due = now;
                return;
            }
            FirstPass::Rest => self.first = FirstPass::Done(now),
            FirstPass::Done(_) => {}
        }
        self.listed = Some(listing.began);
        // What looks further back has looked at everything nearer too.
        self.begun[..=listing.round].fill(Some(listing.began));
        if listing.is_asked {
            self.after_first += 1;
        }
        self.forget();
        let quiet = now - self.fresh_at.unwrap_or(Timestamp(0));
        self.wish = pace.polling.wish(quiet);
        let pause = pace.pause(self.wish);
        self.due = listing.began.max(now - pause) + pause;
        if let (FirstPass::Done(at), Some(after)) = (self.first, AFTER_FIRST.get(self.after_first))
            // Where listings are short it is done with the next poll.
            && pause <= self.wish
        {
            self.due = self.due.min(at + *after);
        }
    }

    /// A listing failed, or its token was refused: it begins anew, not before `at`.
    pub fn put_off(&mut self, at: Timestamp) {
        self.listing = None;
        self.due = at;
        self.is_unanswered = true;
    }

    /// An open key was handed on, or will never be.
    pub fn done(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    fn begin(&self, now: Timestamp) -> Listing {
        let listing = |from: Timestamp, round, is_asked| Listing {
            began: now,
            after: self.region.floor(from.max(self.floor)),
            token: None,
            round,
            is_asked,
        };
        let at = match self.first {
            FirstPass::Newest => return listing(now - FIRST, 0, false),
            FirstPass::Rest => return listing(self.floor, ROUNDS.len() - 1, false),
            FirstPass::Done(at) => at,
        };
        if AFTER_FIRST.get(self.after_first).is_some_and(|after| at + *after <= now) {
            return listing(self.floor, ROUNDS.len() - 1, true);
        }
        let Some(newest) = self.newest else { return listing(self.floor, ROUNDS.len() - 1, false) };
        let pause = now - self.listed.unwrap_or(now);
        let is_due = |(round, (_, every)): (usize, &(Millis, Millis))| {
            let every = Millis(every.0.max(pause.0 * POLLS));
            round == 0 || self.begun[round].is_none_or(|begun| begun + every <= now)
        };
        let round = ROUNDS.iter().enumerate().rposition(is_due).unwrap_or(0);
        listing(newest - ROUNDS[round].0, round, false)
    }

    fn forget(&mut self) {
        if let Some(newest) = self.newest {
            self.seen = self.seen.split_off(&(newest - REMEMBERED));
        }
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
