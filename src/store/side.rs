//! What is learned about rows after they were stored: flags, sources, other bodies.
//!
//! One `Side` belongs to one segment. It is published with the snapshot and replaced, never
//! changed, by ingest alone; a cached match that read it is keyed by its version.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::field::{Flag, Origin};
use crate::event::time::Timestamp;
use crate::store::hits::{Hit, Hits};
use crate::store::kin::{Changed, Kin};
use crate::store::requests::{Call, Calls};
use crate::store::roots::Roots;
use crate::store::segment::Segment;

/// Another body of an event, from a source of another kind or with other content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Where it came from.
    pub origin: Origin,
    /// When it was delivered.
    pub arrival: Timestamp,
    /// The raw record as it came.
    pub raw: Box<[u8]>,
}

/// A body of more authority than the one a row was born with: it is what the row shows.
#[derive(Debug, Clone)]
pub struct Better {
    /// The text of every column.
    pub cells: Box<[Box<str>]>,
    /// The raw record as it came.
    pub raw: Box<[u8]>,
}

/// The side columns of one segment.
#[derive(Debug, Clone, Default)]
pub struct Side {
    version: u64,
    flags: Vec<u16>,
    origins: Vec<u8>,
    arrivals: BTreeMap<(u16, Origin), Timestamp>,
    bodies: BTreeMap<u16, Arc<[Body]>>,
    better: BTreeMap<u16, Arc<Better>>,
    roots: Roots,
    hits: Hits,
    calls: Calls,
}

impl Side {
    /// Counts up with every change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The bits of [`Flag`] of the row.
    pub fn flags(&self, row: usize) -> u16 {
        self.flags[row]
    }

    /// Whether a flag of the row is set.
    pub fn has(&self, row: usize, flag: Flag) -> bool {
        self.flags[row] & flag as u16 != 0
    }

    /// The bits of [`Origin`] of the sources that delivered the row.
    pub fn origins(&self, row: usize) -> u8 {
        self.origins[row]
    }

    /// Other bodies of the row, in the order they came.
    pub fn bodies(&self, row: usize) -> &[Body] {
        self.bodies.get(&(row as u16)).map_or(&[], |bodies| bodies)
    }

    /// The body that the row shows instead of its own, where there is one.
    pub fn better(&self, row: usize) -> Option<&Better> {
        self.better.get(&(row as u16)).map(|better| &**better)
    }

    /// The rows that show another body than their own.
    pub fn bettered(&self) -> impl Iterator<Item = (usize, &Better)> + '_ {
        self.better.iter().map(|(row, better)| (usize::from(*row), &**better))
    }

    /// Who is behind each row.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// The rules that each row met.
    pub fn hits(&self) -> &Hits {
        &self.hits
    }

    /// The request that a row is part of, where several rows tell of one.
    pub fn call(&self, row: usize) -> Option<&Call> {
        self.calls.get(&(row as u16))
    }

    /// The rows that are part of such requests. None ever ceases to be.
    pub fn calls(&self) -> &Calls {
        &self.calls
    }

    /// When each further source delivered the row.
    pub fn arrivals(&self, row: usize) -> impl Iterator<Item = (Origin, Timestamp)> + '_ {
        let row = row as u16;
        self.arrivals
            .range((row, Origin::Demo)..=(row, Origin::S3))
            .map(|(key, time)| (key.1, *time))
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let bodies = self.bodies.values().flat_map(|bodies| bodies.iter());
        let bodies: usize = bodies.map(|body| body.raw.len() + size_of::<Body>() + 32).sum();
        let better = self.better.values().map(|better| {
            better.raw.len() + better.cells.iter().map(|cell| cell.len() + 16).sum::<usize>() + 64
        });
        let sparse = (self.arrivals.len() + self.calls.len()) * 32 + bodies + better.sum::<usize>();
        self.flags.len() * 2 + self.origins.len() + sparse + self.roots.bytes() + self.hits.bytes()
    }

    pub(crate) fn push(&mut self, flags: u16, origins: u8) {
        self.flags.push(flags);
        self.origins.push(origins);
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        let shift = self.flags.len() as u16;
        self.flags.extend_from_slice(&other.flags);
        self.origins.extend_from_slice(&other.origins);
        self.arrivals.extend(
            other.arrivals.iter().map(|((row, origin), time)| ((row + shift, *origin), *time)),
        );
        self.bodies
            .extend(other.bodies.iter().map(|(row, bodies)| (row + shift, Arc::clone(bodies))));
        self.better
            .extend(other.better.iter().map(|(row, better)| (row + shift, Arc::clone(better))));
        self.roots.extend(&other.roots);
        self.hits.extend(&other.hits, shift);
        self.calls.extend(other.calls.iter().map(|(row, call)| (row + shift, *call)));
        self.version = self.version.max(other.version) + 1;
    }

    pub(crate) fn put(&mut self, row: usize, flag: Flag, on: bool) {
        if on {
            self.flags[row] |= flag as u16;
        } else {
            self.flags[row] &= !(flag as u16);
        }
        self.version += 1;
    }

    /// Works out who is behind the rows of its segment.
    pub(crate) fn find_roots(&mut self, segment: &Segment, kin: &Kin) {
        self.roots = Roots::of(segment, kin);
        self.version += 1;
    }

    /// Works it out anew for the rows of these keys and principals.
    pub(crate) fn renew_roots(&mut self, segment: &Segment, kin: &Kin, changed: &Changed) {
        self.roots.renew(segment, kin, changed);
        self.version += 1;
    }

    /// Notes that a row met a rule.
    pub(crate) fn hit(&mut self, row: usize, hit: Hit) {
        if self.hits.add(row, hit) {
            self.version += 1;
        }
    }

    /// Notes that a row is part of a request of which others tell too.
    pub(crate) fn join(&mut self, row: usize, call: Call) {
        if self.calls.insert(row as u16, call) != Some(call) {
            self.version += 1;
        }
    }

    pub(crate) fn delivered(&mut self, row: usize, origins: u8, from: Origin, at: Timestamp) {
        self.origins[row] |= origins;
        self.arrivals.entry((row as u16, from)).or_insert(at);
        self.version += 1;
    }

    pub(crate) fn add_body(&mut self, row: usize, body: Body) {
        let entry = self.bodies.entry(row as u16).or_insert_with(|| Arc::from([]));
        *entry = entry.iter().cloned().chain([body]).collect();
        self.version += 1;
    }

    /// Puts what the row showed until now in the place of the other body `at`, which it shows from
    /// now on.
    pub(crate) fn trade(&mut self, row: usize, at: usize, body: Body, better: Better) {
        if let Some(bodies) = self.bodies.get_mut(&(row as u16)) {
            let mut all = bodies.to_vec();
            if let Some(place) = all.get_mut(at) {
                *place = body;
            }
            *bodies = all.into();
        }
        self.show_better(row, better);
    }

    pub(crate) fn show_better(&mut self, row: usize, better: Better) {
        self.better.insert(row as u16, Arc::new(better));
        self.version += 1;
    }
}
