//! Which events are already here: recent identities, what they said, and which row holds them.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

use crate::event::field::Origin;
use crate::event::time::{Millis, Timestamp};
use crate::store::segment::RowId;

/// Identities of evicted rows are remembered this long.
const MEMORY: Millis = Millis::hours(24);

/// What is known of one body of an event. There are as many as rows, so it is small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    /// The hash of its content.
    content: u64,
    /// The row that holds it, or held it, and below that the bits of the kinds of source that
    /// delivered the row.
    place: u64,
}

impl Known {
    fn new(content: u64, row: RowId, origins: u8) -> Self {
        Self { content, place: row.0 << 8 | u64::from(origins) }
    }

    fn row(self) -> RowId {
        RowId(self.place >> 8)
    }

    fn origins(self) -> u8 {
        self.place as u8
    }
}

/// How a record relates to what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not seen before.
    New,
    /// Seen with the same content; the row that holds it.
    Same(RowId),
    /// Seen with other content from the same kind of source; one of the rows that hold it.
    Differs(RowId),
    /// Seen with other content from another kind of source; the row that holds it.
    OtherBody(RowId),
}

/// The identities of the last rows. Keys are keyed hashes already, so they are not hashed again.
#[derive(Debug, Default)]
pub struct Seen {
    first: HashMap<u64, Known, BuildHasherDefault<AsIs>>,
    further: HashMap<u64, Vec<Known>, BuildHasherDefault<AsIs>>,
    evicted: VecDeque<(Timestamp, Box<[u64]>)>,
    evicted_ids: usize,
    oldest: u64,
}

impl Seen {
    /// Compares a record with what is here; `origin` is the kind of source that brings it.
    pub fn judge(&self, identity: u64, content: u64, origin: Origin) -> Verdict {
        let Some(first) = self.first.get(&identity) else { return Verdict::New };
        let further = self.further.get(&identity).map_or(&[][..], Vec::as_slice);
        let mut all = std::iter::once(first).chain(further);
        if let Some(same) = all.clone().find(|known| known.content == content) {
            return Verdict::Same(same.row());
        }
        match all.find(|known| known.origins() & origin.bit() != 0) {
            Some(known) => Verdict::Differs(known.row()),
            None => Verdict::OtherBody(first.row()),
        }
    }

    /// Remembers a body that is kept in a row of its own, or beside the body of a row.
    pub fn add(&mut self, identity: u64, content: u64, known_by: (RowId, u8)) {
        let known = Known::new(content, known_by.0, known_by.1);
        match self.first.entry(identity) {
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(known);
            }
            std::collections::hash_map::Entry::Occupied(_) => {
                self.further.entry(identity).or_default().push(known);
            }
        }
    }

    /// Notes that another kind of source delivered the same content.
    pub fn delivered(&mut self, identity: u64, content: u64, origins: u8) {
        let further = self.further.get_mut(&identity).into_iter().flatten();
        for known in self.first.get_mut(&identity).into_iter().chain(further) {
            if known.content == content {
                known.place |= u64::from(origins);
            }
        }
    }

    /// Notes that the rows of these identities, all numbered below `oldest`, left the ring; forgets
    /// what left a day ago.
    pub fn evict(&mut self, identities: Box<[u64]>, oldest: RowId, now: Timestamp) {
        self.oldest = oldest.0;
        self.evicted_ids += identities.len();
        self.evicted.push_back((now, identities));
        while self.evicted.front().is_some_and(|(at, _)| *at + MEMORY < now) {
            self.forget_oldest();
        }
    }

    /// Forgets the identities that were evicted first; says whether there were any.
    pub fn forget_oldest(&mut self) -> bool {
        let Some((_, identities)) = self.evicted.pop_front() else { return false };
        self.evicted_ids -= identities.len();
        for identity in identities {
            let oldest = self.oldest;
            let mut further = self.further.get_mut(&identity);
            if let Some(further) = &mut further {
                further.retain(|known| known.row().0 >= oldest);
            }
            if self.first.get(&identity).is_some_and(|known| known.row().0 < oldest) {
                // Another body of the event may still be here: it is the first one now.
                match further.filter(|further| !further.is_empty()) {
                    Some(further) => self.first.insert(identity, further.remove(0)),
                    None => self.first.remove(&identity),
                };
            }
        }
        self.further.retain(|_, known| !known.is_empty());
        self.first.shrink_to(self.first.len() * 2);
        true
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let entry = size_of::<(u64, Known)>() + 1;
        self.first.capacity() * entry + self.further.len() * 128 + self.evicted_ids * 8
    }

    /// Bytes that remembering evicted rows costs: their part of the table, room to grow included.
    pub fn evicted_bytes(&self) -> usize {
        let table = self.first.capacity() * (size_of::<(u64, Known)>() + 1);
        self.evicted_ids * 8 + table / self.first.len().max(1) * self.evicted_ids
    }
}

/// A hasher for keys that are hashes.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_le_bytes(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_same_from_differs_from_other_body() {
        let mut seen = Seen::default();
        let (file, s3) = (Origin::File, Origin::S3);
        assert_eq!(seen.judge(1, 10, file), Verdict::New);
        seen.add(1, 10, (RowId(0), file.bit()));
        assert_eq!(seen.judge(1, 10, s3), Verdict::Same(RowId(0)));
        assert_eq!(seen.judge(1, 11, file), Verdict::Differs(RowId(0)));
        assert_eq!(seen.judge(1, 11, s3), Verdict::OtherBody(RowId(0)));
        seen.add(1, 11, (RowId(5), file.bit()));
        assert_eq!(seen.judge(1, 11, file), Verdict::Same(RowId(5)));
        seen.delivered(1, 10, s3.bit());
        assert_eq!(seen.judge(1, 12, s3), Verdict::Differs(RowId(0)));
    }

    #[test]
    fn forgets_evicted_rows_after_a_day() {
        let mut seen = Seen::default();
        seen.add(1, 10, (RowId(0), 1));
        seen.evict([1].into(), RowId(1), Timestamp(0));
        assert_eq!(seen.judge(1, 10, Origin::File), Verdict::Same(RowId(0)));
        seen.evict([2].into(), RowId(2), Timestamp(Millis::hours(25).0));
        assert_eq!(seen.judge(1, 10, Origin::File), Verdict::New);
    }

    #[test]
    fn a_second_body_outlives_the_first() {
        let mut seen = Seen::default();
        seen.add(1, 10, (RowId(0), Origin::File.bit()));
        seen.add(1, 11, (RowId(7), Origin::File.bit()));
        seen.evict([1].into(), RowId(1), Timestamp(0));
        assert!(seen.forget_oldest());
        assert_eq!(seen.judge(1, 11, Origin::File), Verdict::Same(RowId(7)));
        assert_eq!(seen.judge(1, 10, Origin::File), Verdict::Differs(RowId(7)));
        seen.evict([1].into(), RowId(8), Timestamp(0));
        assert!(seen.forget_oldest());
        assert_eq!(seen.judge(1, 11, Origin::File), Verdict::New);
    }
}
