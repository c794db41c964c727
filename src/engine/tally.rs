//! The books: what was read, kept, doubled and skipped. `records == kept + duplicates + skipped`
//! holds after every batch.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::source::batch::{Batch, SourceId};

/// The skips that are listed one by one; further ones are counted.
pub const LISTED: usize = 1000;

/// Something that could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// `file:offset`, or the file alone.
    pub place: String,
    /// Why, in words.
    pub why: String,
}

/// The books of a run.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Files or objects opened.
    pub objects: u64,
    /// Bytes inflated.
    pub bytes: u64,
    /// Records found, plus one for each thing that should have been one and could not be read.
    pub records: u64,
    /// Rows kept, before any filter.
    pub kept: u64,
    /// Records that were here already.
    pub duplicates: u64,
    /// Things that could not be read.
    pub skipped: u64,
    /// JSON that is no record, by what it is.
    pub other: BTreeMap<&'static str, u64>,
    /// The first skips, then the first objects that gave no record.
    pub skips: Vec<Skip>,
    /// How many of these are skips.
    pub skips_lost: usize,
    /// How many more there were.
    pub skips_more: u64,
    /// Records that were passed over unread, because nothing asked for can be in them. They are in
    /// no other number; nothing is passed over where the books are to be shown.
    pub passed: u64,
    /// Rows that came after the coverage of their stream had passed them.
    pub late: u64,
}

impl Tally {
    /// Notes something that could not be read.
    pub fn skip(&mut self, place: String, why: String) {
        self.records += 1;
        self.skipped += 1;
        if self.skips_lost == LISTED {
            self.skips_more += 1;
            return;
        }
        // What is lost is named before what never held anything, and instead of it.
        self.skips.insert(self.skips_lost, Skip { place, why });
        self.skips_lost += 1;
        self.skips_more += (self.skips.len() - self.skips.len().min(LISTED)) as u64;
        self.skips.truncate(LISTED);
    }

    /// Names a place without counting it as skipped.
    pub fn list(&mut self, place: String, why: String) {
        if self.skips.len() < LISTED {
            self.skips.push(Skip { place, why });
        } else {
            self.skips_more += 1;
        }
    }
}

/// What the parts of an object gave so far; an object is judged when its last part has come.
#[derive(Debug, Default)]
pub struct OpenObjects {
    open: HashMap<(SourceId, u64), Given>,
}

#[derive(Debug, Default)]
struct Given {
    records: u64,
    skipped: u64,
    other: Option<&'static str>,
    empty_records: bool,
    bytes: u64,
}

/// What one part of an object gave.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartGiven {
    /// Records.
    pub records: u64,
    /// Records that were passed over unread.
    pub passed: u64,
    /// Things that could not be read.
    pub skipped: u64,
    /// The first JSON value that is no record.
    pub other: Option<&'static str>,
    /// Whether an empty `Records` was seen.
    pub empty_records: bool,
}

impl OpenObjects {
    /// Adds a part of so many bytes; after the last one an object without any record is named in the books.
    pub fn add(&mut self, batch: &Batch, bytes: u64, part: PartGiven, tally: &mut Tally) {
        let key = (batch.source, batch.object);
        let is_first = !self.open.contains_key(&key);
        let given = self.open.entry(key).or_default();
        given.records += part.records + part.passed;
        tally.passed += part.passed;
        given.skipped += part.skipped;
        given.other = given.other.or(part.other);
        given.empty_records |= part.empty_records;
        given.bytes += bytes;
        // A file that is read on or again is still the one object.
        tally.objects += u64::from(is_first && !batch.again);
        tally.bytes += bytes;
        if batch.last
            && let Some(given) = self.open.remove(&key)
            && given.records + given.skipped == 0
            && !given.empty_records
        {
            let why = match given.other {
                _ if given.bytes == 0 => "holds zero bytes".into(),
                Some(kind) => format!("holds no CloudTrail record ({kind})"),
                None => "holds no CloudTrail record".into(),
            };
            tally.list(Arc::clone(&batch.name).to_string(), why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_named_first_and_instead_of_what_held_nothing() {
        let mut tally = Tally::default();
        let place = |n: usize| format!("file {n}");
        for n in 0..LISTED {
            tally.list(place(n), "holds no record".into());
        }
        tally.skip("b:7".into(), "cut off".into());
        tally.skip("c:9".into(), "cut off".into());
        let first: Vec<&str> = tally.skips.iter().take(3).map(|skip| &*skip.place).collect();
        assert_eq!(first, ["b:7", "c:9", "file 0"]);
        assert_eq!((tally.skips.len(), tally.skips_lost, tally.skips_more), (LISTED, 2, 2));
        for n in 0..LISTED {
            tally.skip(place(n), "cut off".into());
        }
        assert_eq!((tally.skips.len(), tally.skips_lost), (LISTED, LISTED));
        assert_eq!((tally.skipped, tally.skips_more), (LISTED as u64 + 2, LISTED as u64 + 2));
    }
}
