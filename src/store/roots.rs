//! The side column of roots: who is behind each row, as far as is known. Written by ingest when rows
//! come in, and again when a link arrives after them.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use foldhash::fast::RandomState as OfCodes;

use crate::event::field::Column;
use crate::event::grant::Who;
use crate::store::dict::Coded;
use crate::store::kin::{Changed, Kin, Root};
use crate::store::segment::Segment;

/// The roots of the rows of a segment.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    codes: Vec<u16>,
    list: Vec<Root>,
}

/// The columns that say who called.
const CALLER: [Column; 7] = [
    Column::Type,
    Column::Key,
    Column::Arn,
    Column::Principal,
    Column::User,
    Column::Via,
    Column::Actor,
];

impl Roots {
    /// The columns that roots are made from.
    pub const COLUMNS: &'static [Column] = &CALLER;

    /// The roots of a segment, by what is known now.
    pub fn of(segment: &Segment, kin: &Kin) -> Self {
        let mut made = Made::default();
        let mut asked = Asked::of(segment, kin);
        let codes = (0..segment.len()).map(|row| asked.code(row, &mut made)).collect();
        Self { codes, ..made.roots }
    }

    /// The root of a row; `None` where roots were not asked for.
    pub fn get(&self, row: usize) -> Option<&Root> {
        self.list.get(usize::from(*self.codes.get(row)?))
    }

    /// The distinct roots, and which of them each row has.
    pub fn coded(&self) -> (&[Root], &[u16]) {
        (&self.list, &self.codes)
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let texts: usize = self.list.iter().map(|root| root.name.len() + root.shown.len()).sum();
        self.codes.len() * 2 + self.list.len() * size_of::<Root>() + texts
    }

    /// Works out anew whose key or principal has changed; roots that no row has any more leave.
    pub(crate) fn renew(&mut self, segment: &Segment, kin: &Kin, changed: &Changed) {
        let hits = |column: Column| -> Vec<bool> {
            segment.column(column).dict.values().map(|value| changed.has(value)).collect()
        };
        let (keys, principals) = (hits(Column::Key), hits(Column::Principal));
        let (key, principal) = (segment.column(Column::Key), segment.column(Column::Principal));
        let is_hit = |row: usize| {
            keys[usize::from(key.codes[row])] || principals[usize::from(principal.codes[row])]
        };
        let mut made = Made::default();
        let mut asked = Asked::of(segment, kin);
        let mut kept = vec![None; self.list.len()];
        let code = |row: usize| match self.codes.get(row).filter(|_| !is_hit(row)) {
            Some(code) => {
                let code = usize::from(*code);
                *kept[code].get_or_insert_with(|| made.code(&self.list[code]))
            }
            None => asked.code(row, &mut made),
        };
        let codes = (0..segment.len()).map(code).collect();
        *self = Self { codes, ..made.roots };
    }

    /// Adds the roots of the rows that follow.
    pub(crate) fn extend(&mut self, other: &Self) {
        let mut made = Made::of(std::mem::take(self));
        let codes: Vec<u16> = other.list.iter().map(|root| made.code(root)).collect();
        let rows = other.codes.iter().map(|code| codes[usize::from(*code)]);
        made.roots.codes.extend(rows);
        *self = made.roots;
    }
}

/// Roots in the making: each distinct one is kept once. A segment has fewer rows than there are
/// codes.
#[derive(Default)]
struct Made {
    roots: Roots,
    known: HashMap<Root, u16>,
}

impl Made {
    fn of(roots: Roots) -> Self {
        let known = roots.list.iter().cloned().zip(0..).collect();
        Self { roots, known }
    }

    fn code(&mut self, root: &Root) -> u16 {
        if let Some(code) = self.known.get(root) {
            return *code;
        }
        let code = self.roots.list.len() as u16;
        self.roots.list.push(root.clone());
        self.known.insert(root.clone(), code);
        code
    }
}

/// Asks for each distinct caller of a segment once.
struct Asked<'s> {
    kin: &'s Kin,
    columns: [&'s Coded; CALLER.len()],
    known: HashMap<[u16; CALLER.len()], u16, OfCodes>,
}

impl<'s> Asked<'s> {
    fn of(segment: &'s Segment, kin: &'s Kin) -> Self {
        let columns = CALLER.map(|column| segment.column(column));
        Self { kin, columns, known: HashMap::default() }
    }

    /// The code of the root of a row among those in the making.
    fn code(&mut self, row: usize, made: &mut Made) -> u16 {
        let caller = self.columns.map(|column| column.codes[row]);
        *self.known.entry(caller).or_insert_with(|| {
            let [kind, key, arn, principal, user, via, actor] =
                self.columns.map(|column| column.text(row));
            made.code(&self.kin.root(Who { kind, key, arn, principal, user, via, actor }))
        })
    }
}

/// The keys and principals that rows have, or had lately: by their hashes, so that it may say yes to
/// a stranger, never no to one of them.
#[derive(Debug, Default)]
pub(crate) struct Met {
    names: HashSet<u64>,
    hasher: RandomState,
    /// How many there are to be before it is made anew.
    limit: usize,
}

impl Met {
    /// The fewest names that are worth making it anew for.
    const FEW: usize = 100_000;

    /// The names of all rows of these segments.
    pub(crate) fn of<'s>(segments: impl Iterator<Item = &'s Segment>) -> Self {
        let mut met = Self::default();
        segments.for_each(|segment| met.add(segment));
        Self { limit: met.names.len() * 2, ..met }
    }

    /// Adds the names of the rows of a segment.
    pub(crate) fn add(&mut self, segment: &Segment) {
        for column in [Column::Key, Column::Principal] {
            let values = segment.column(column).dict.values();
            self.names.extend(values.map(|value| self.hasher.hash_one(value)));
        }
    }

    /// Whether some row may have this key or principal.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains(&self.hasher.hash_one(name))
    }

    /// Whether so many names have come that those of evicted rows should leave.
    pub(crate) fn is_due(&self) -> bool {
        self.names.len() > self.limit.max(Self::FEW)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.names.capacity() * (size_of::<u64>() + 1)
    }
}

/// Whether some row of a segment has one of these keys or principals.
pub(crate) fn concern(segment: &Segment, changed: &Changed) -> bool {
    [Column::Key, Column::Principal]
        .into_iter()
        .any(|column| segment.column(column).dict.values().any(|value| changed.has(value)))
}
