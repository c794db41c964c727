//! One row of a draft on its way in, and what it says to those who take it in.

use crate::engine::cover::Arrived;
use crate::engine::draft::Lot;
use crate::event::field::{Column, Flag};
use crate::event::time::Timestamp;
use crate::source::batch::Batch;
use crate::store::side::Better;

/// One row of a draft on its way in.
#[derive(Clone, Copy)]
pub(super) struct Arriving<'d> {
    pub(super) batch: &'d Batch,
    pub(super) lot: &'d Lot,
    pub(super) at: usize,
    pub(super) now: Timestamp,
}

impl<'d> Arriving<'d> {
    pub(super) fn text(self, column: Column) -> &'d str {
        self.lot.segment.text(self.at, column)
    }

    /// The eventTime, where it can be believed.
    pub(super) fn time(self) -> Option<Timestamp> {
        let unknown = self.lot.side.has(self.at, Flag::TimeUnknown);
        (!unknown).then(|| self.lot.segment.time(self.at))
    }

    pub(super) fn arrival(self) -> Timestamp {
        self.lot.segment.arrival(self.at)
    }

    /// What coverage needs to know of it. What the key of its object says of account and region is
    /// about the stream; the record speaks for itself.
    pub(super) fn covered(self, time: Timestamp) -> Arrived<'d> {
        let hints = &self.batch.hints;
        let either = |hint: &'d str, column| if hint.is_empty() { self.text(column) } else { hint };
        Arrived {
            source: self.batch.source,
            origin: self.batch.origin,
            stream: (
                either(&hints.account, Column::Account),
                either(&hints.region, Column::Region),
            ),
            place: (self.text(Column::Account), self.text(Column::Region)),
            time,
            arrival: self.arrival(),
            lag: (!self.batch.was_there).then(|| self.arrival() - time),
            service: self.text(Column::Service),
            category: self.text(Column::Category),
        }
    }

    /// The bits of the kinds of source that say the same: the one that brought it, and all that had
    /// brought it before a recording began midway. What a message says of an object that it announced
    /// is another kind's word.
    pub(super) fn known_by(self) -> u8 {
        match self.batch.before {
            Some(_) => self.batch.origins,
            None => self.batch.origin.bit(),
        }
    }

    /// The names of what it is and of what it says.
    pub(super) fn keys(self) -> (u64, u64) {
        (self.lot.segment.identity(self.at), self.lot.contents[self.at])
    }

    /// The body as a row shows it.
    pub(super) fn better(self) -> Better {
        let cells = Column::ALL.iter().map(|column| self.text(*column).into()).collect();
        Better { cells, raw: self.lot.segment.raw().row(self.at).into() }
    }
}
