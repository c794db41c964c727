//! The side column of roots: who is behind each row, as far as is known. Written by ingest when rows
//! come in, and again when a link arrives after them.

use std::collections::HashMap;

use crate::event::field::Column;
use crate::event::grant::Who;
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
        let mut roots = Self::default();
        roots.codes.resize(segment.len(), 0);
        roots.settle(segment, kin, 0..segment.len());
        roots
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

    /// Works out anew whose key or principal has changed.
    pub(crate) fn renew(&mut self, segment: &Segment, kin: &Kin, changed: &Changed) {
        let hits = |column: Column| -> Vec<bool> {
            segment.column(column).dict.values().map(|value| changed.contains(value)).collect()
        };
        let (keys, principals) = (hits(Column::Key), hits(Column::Principal));
        let (key, principal) = (segment.column(Column::Key), segment.column(Column::Principal));
        let is_hit = |row: &usize| {
            keys[usize::from(key.codes[*row])] || principals[usize::from(principal.codes[*row])]
        };
        let rows: Vec<usize> = (0..segment.len()).filter(is_hit).collect();
        self.settle(segment, kin, rows.into_iter());
    }

    /// Adds the roots of the rows that follow.
    pub(crate) fn extend(&mut self, other: &Self) {
        let mut codes: Vec<Option<u16>> = vec![None; other.list.len()];
        for code in &other.codes {
            let place = &mut codes[usize::from(*code)];
            let ours =
                place.unwrap_or_else(|| code_of(&mut self.list, &other.list[usize::from(*code)]));
            *place = Some(ours);
            self.codes.push(ours);
        }
    }

    /// Asks for each distinct caller once.
    fn settle(&mut self, segment: &Segment, kin: &Kin, rows: impl Iterator<Item = usize>) {
        let mut known: HashMap<[u16; CALLER.len()], u16> = HashMap::new();
        let columns = CALLER.map(|column| segment.column(column));
        for row in rows {
            let caller = columns.map(|column| column.codes[row]);
            let code = *known.entry(caller).or_insert_with(|| {
                let [kind, key, arn, principal, user, via, actor] =
                    columns.map(|column| column.text(row));
                let who = Who { kind, key, arn, principal, user, via, actor };
                code_of(&mut self.list, &kin.root(who))
            });
            self.codes[row] = code;
        }
    }
}

/// Whether some row of a segment has one of these keys or principals.
pub(crate) fn concern(segment: &Segment, changed: &Changed) -> bool {
    [Column::Key, Column::Principal]
        .into_iter()
        .any(|column| segment.column(column).dict.values().any(|value| changed.contains(value)))
}

/// The code of a root, which is added where it is new. A segment has fewer rows than there are codes.
fn code_of(list: &mut Vec<Root>, root: &Root) -> u16 {
    let at = list.iter().position(|known| known == root).unwrap_or_else(|| {
        list.push(root.clone());
        list.len() - 1
    });
    at as u16
}
