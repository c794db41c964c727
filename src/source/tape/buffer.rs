//! What the buffer holds when a recording begins midway, as pieces of a tape: rows that came alike, in
//! the order in which they came. Pure.

use serde::{Deserialize, Serialize};

use crate::coverage::whole::Whole;
use crate::event::envelope::Extent;
use crate::event::field::{Column, Flag, Origin};
use crate::event::read::Hints;
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Before, Outlet};
use crate::source::parcel::Parcel;
use crate::store::snapshot::{Part, Snapshot};

/// A piece is closed once it has so many bytes.
const PIECE: usize = 1 << 20;

/// All that is handed to a recording that begins midway.
#[derive(Debug)]
pub struct Held {
    /// The rows, and who issued what to whom.
    pub rows: Snapshot,
    /// How complete they are.
    pub cover: Whole,
}

/// What the buffer held, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many rows.
    pub rows: u64,
    /// How many had left it before.
    pub evicted: u64,
    /// When the first of them happened.
    pub from: Option<Timestamp>,
    /// When the last of them happened.
    pub to: Option<Timestamp>,
}

impl Summary {
    /// Of these rows.
    pub fn of(rows: &Snapshot) -> Self {
        let newest = rows.parts().iter().filter_map(|part| part.segment.newest()).max();
        let (n, evicted) = (rows.len() as u64, rows.evicted());
        Self { rows: n, evicted, from: rows.oldest(), to: newest }
    }

    /// What a recording begins with that has so many of the rows and is live from a time on, in words.
    pub fn told(&self, rows: u64, live: Timestamp) -> String {
        let of = if rows == self.rows { String::new() } else { format!(" of {}", self.rows) };
        let second = |at: Timestamp| Timestamp(at.0.div_euclid(1000) * 1000);
        let range = match (self.from, self.to) {
            (Some(from), Some(to)) => format!(", {} to {}", second(from), second(to)),
            _ => String::new(),
        };
        let evicted = match self.evicted {
            0 => String::new(),
            n => format!(" ({n} older ones had left it)"),
        };
        let live = second(live);
        format!("live from {live} on, after {rows}{of} rows of the buffer{range}{evicted}")
    }
}

/// Rows that came alike, without their records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alike {
    /// The kinds of source that delivered them, the strongest last.
    origins: Vec<Origin>,
    /// When they were delivered.
    delivered: Timestamp,
    hints: Hints,
    is_late: bool,
    /// How many bytes of records follow.
    pub len: u64,
}

impl Alike {
    /// The same with records of so many bytes.
    #[must_use]
    pub fn of_len(self, len: usize) -> Self {
        Self { len: len as u64, ..self }
    }

    /// The rows as a batch of the tape, at this place in it.
    pub fn batch(self, outlet: &Outlet, object: u64, name: &str, bytes: Vec<u8>) -> Batch {
        let origin = self.origins.last().copied().unwrap_or(Origin::File);
        let parcel = Parcel::new(outlet, object, name.into(), origin);
        Batch {
            origins: self.origins.iter().fold(0, |bits, origin| bits | origin.bit()),
            hints: self.hints.into(),
            delivered: Some(self.delivered),
            bytes,
            extent: Extent::Whole,
            was_there: true,
            // What time is believed depends on when they came, not on when they were recorded.
            played: Some(self.delivered),
            before: Some(Before { is_late: self.is_late }),
            ..parcel.empty()
        }
    }

    /// Of a row of a part as it was born.
    fn of(part: &Part, row: usize) -> Self {
        let text = |column| part.segment.text(row, column).to_owned();
        Self {
            origins: Origin::of(part.side.origins(row)).collect(),
            delivered: part.segment.arrival(row),
            hints: Hints {
                account: text(Column::Account),
                region: text(Column::Region),
                category: text(Column::Category),
            },
            is_late: part.side.has(row, Flag::Late),
            len: 0,
        }
    }
}

/// Takes a run: how its rows came, their records, and how many rows they are.
type Emit<'e> = dyn FnMut(Alike, &[u8], u64) + 'e;

/// Gathers rows for as long as they came alike.
#[derive(Default)]
struct Gathered {
    alike: Option<Alike>,
    bytes: Vec<u8>,
    rows: u64,
}

impl Gathered {
    fn add(&mut self, alike: Alike, record: &[u8], emit: &mut Emit<'_>) {
        if self.alike.as_ref() != Some(&alike) || self.bytes.len() >= PIECE {
            self.emit(emit);
            self.alike = Some(alike);
        }
        self.bytes.extend_from_slice(if self.rows == 0 { b"{\"Records\":[" } else { b",\n" });
        self.bytes.extend_from_slice(record);
        self.rows += 1;
    }

    /// Adds another body of the last row, which is a part of it and no row itself.
    fn beside(
        &mut self,
        (row, origins, delivered): (&Alike, &[Origin], Timestamp),
        record: &[u8],
        emit: &mut Emit<'_>,
    ) {
        self.emit(emit);
        let origins = origins.to_vec();
        self.add(Alike { origins, delivered, is_late: false, ..row.clone() }, record, emit);
        self.emit(&mut |alike, bytes, _| emit(alike, bytes, 0));
    }

    fn emit(&mut self, emit: &mut Emit<'_>) {
        if let Some(alike) = self.alike.take() {
            self.bytes.extend(b"]}");
            emit(alike, &self.bytes, self.rows);
        }
        self.bytes.clear();
        self.rows = 0;
    }
}

/// Gives the rows of a part, run by run. The other bodies of an event follow the one it was born with,
/// each in a run of its own that counts no row.
pub fn runs(part: &Part, emit: &mut Emit<'_>) {
    let mut gathered = Gathered::default();
    part.segment.raw().scan(
        |_| true,
        |_| true,
        |row, record| {
            let bodies = part.side.bodies(row);
            let mut alike = Alike::of(part, row);
            alike.origins.retain(|origin| bodies.iter().all(|body| body.origin != *origin));
            let Some(better) = part.side.better(row) else {
                gathered.add(alike.clone(), record, emit);
                for body in bodies {
                    gathered.beside((&alike, &[body.origin], body.arrival), &body.raw, emit);
                }
                return;
            };
            // It shows a body that came later, from a kind of source of more authority.
            let born = bodies.iter().position(|body| *body.raw == *record);
            let origin = born.map_or(Origin::Demo, |at| bodies[at].origin);
            gathered.add(Alike { origins: vec![origin], ..alike.clone() }, record, emit);
            let (before, after) = bodies.split_at(born.unwrap_or(0));
            for body in before {
                gathered.beside((&alike, &[body.origin], body.arrival), &body.raw, emit);
            }
            let arrived = part.side.arrivals(row).last().map_or(alike.delivered, |(_, at)| at);
            gathered.beside((&alike, &alike.origins, arrived), &better.raw, emit);
            for body in after.iter().skip(usize::from(born.is_some())) {
                gathered.beside((&alike, &[body.origin], body.arrival), &body.raw, emit);
            }
        },
    );
    gathered.emit(emit);
}
