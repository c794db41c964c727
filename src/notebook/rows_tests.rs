//! For tests: records as rows of a store.

use crate::event::json::Json;
use crate::event::read::{Event, Hints};
use crate::event::record::Record;
use crate::event::time::Timestamp;
use crate::store::ring::Ring;
use crate::store::segment::{Birth, Builder};
use crate::store::snapshot::Snapshot;

/// The records of these lines, in their order.
pub(crate) fn stored(lines: &str) -> Snapshot {
    let mut builder = Builder::default();
    for (identity, line) in (0..).zip(lines.lines()) {
        let record = Record::of(Json::checked(line).expect("the test's own JSON"));
        let event = Event::read(&record, &Hints::default(), Timestamp(1_900_000_000_000));
        let time = event.time.unwrap_or(Timestamp(0));
        let birth = Birth { time, arrival: time, identity, flags: 0, origins: 1 };
        builder.push(&event, line.as_bytes(), birth);
    }
    let mut ring = Ring::new(64 << 20);
    ring.push(builder, Timestamp(0));
    ring.snapshot()
}
