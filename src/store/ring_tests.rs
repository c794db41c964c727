//! The ring against a `VecDeque` under random pushes, flags and evictions.

use std::collections::VecDeque;

use proptest::prelude::*;

use crate::event::field::{Column, Flag, Origin};
use crate::event::json::Json;
use crate::event::read::{Event, Hints};
use crate::event::record::Record;
use crate::event::time::Timestamp;
use crate::store::ring::Ring;
use crate::store::segment::{Birth, Builder, RowId};

#[derive(Debug, Clone)]
enum Step {
    Push(usize, usize),
    Flag(u64, bool),
    Deliver(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1..400usize, 0..600usize).prop_map(|(rows, pad)| Step::Push(rows, pad)),
        1 => (0..20_000u64, any::<bool>()).prop_map(|(id, on)| Step::Flag(id, on)),
        1 => (0..20_000u64).prop_map(Step::Deliver),
    ];
    prop::collection::vec(step, 1..60)
}

struct Row {
    name: String,
    raw: String,
    marked: bool,
    origins: u8,
}

fn push(ring: &mut Ring, model: &mut VecDeque<(u64, Row)>, rows: usize, pad: usize) {
    let mut builder = Builder::default();
    for row in 0..rows {
        let id = ring.next_id().0 + row as u64;
        let name = format!("Event{}", id % 97);
        let raw = format!(
            r#"{{"eventVersion":"1.0","userIdentity":{{}},"eventName":"{name}","n":{id},"pad":"{}"}}"#,
            "x".repeat(pad)
        );
        let record = Record::of(Json::checked(&raw).unwrap());
        let event = Event::read(&record, &Hints::default(), Timestamp(0));
        let identity = id;
        let birth = Birth {
            time: Timestamp(id as i64),
            arrival: Timestamp(id as i64 + 1),
            identity,
            flags: 0,
            origins: Origin::File.bit(),
        };
        ring.seen_mut().add(identity, id, (RowId(id), Origin::File.bit()));
        builder.push(&event, raw.as_bytes(), birth);
        model.push_back((id, Row { name, raw, marked: false, origins: Origin::File.bit() }));
    }
    ring.push(builder, Timestamp(0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn ring_equals_a_deque(steps in steps(), cap in 100_000..2_000_000usize) {
        let mut ring = Ring::new(cap);
        let mut model: VecDeque<(u64, Row)> = VecDeque::new();
        let mut pushed = 0;
        for step in steps {
            match step {
                Step::Push(rows, pad) => {
                    pushed += rows as u64;
                    push(&mut ring, &mut model, rows, pad);
                }
                Step::Flag(id, on) => {
                    ring.flag(RowId(id), Flag::Marked, on);
                    if let Some((_, row)) = model.iter_mut().find(|(at, _)| *at == id) {
                        row.marked = on;
                    }
                }
                Step::Deliver(id) => {
                    ring.delivered(RowId(id), Origin::S3.bit(), Origin::S3, Timestamp(7));
                    if let Some((_, row)) = model.iter_mut().find(|(at, _)| *at == id) {
                        row.origins |= Origin::S3.bit();
                    }
                }
            }
            let snapshot = ring.snapshot();
            // The ring chooses what to evict; it must be a prefix, counted, and leave the cap held.
            while model.front().is_some_and(|(id, _)| snapshot.row(RowId(*id)).is_none()) {
                model.pop_front();
            }
            prop_assert_eq!(snapshot.len(), model.len());
            prop_assert_eq!(snapshot.evicted() + model.len() as u64, pushed);
            prop_assert!(ring.bytes() <= cap || snapshot.parts().len() == 1);
            for (id, row) in model.iter().step_by(17).chain(model.back()) {
                let found = snapshot.row(RowId(*id)).expect("a row of the model");
                prop_assert_eq!(found.id(), RowId(*id));
                prop_assert_eq!(found.text(Column::Event), &row.name);
                prop_assert_eq!(found.raw(), row.raw.as_bytes());
                prop_assert_eq!(found.time(), Timestamp(*id as i64));
                prop_assert_eq!(found.has(Flag::Marked), row.marked);
                prop_assert_eq!(found.part.side.origins(found.row), row.origins);
            }
        }
    }
}

#[test]
fn a_drained_ring_loses_no_row_and_forgets_identities_at_its_cap() {
    let mut ring = Ring::drained(100_000);
    let mut model = VecDeque::new();
    for round in 0..60u64 {
        push(&mut ring, &mut model, 500, 100);
        assert_eq!((ring.n_rows(), ring.snapshot().evicted()), (500, 0), "{round}");
        ring.release(Timestamp(0));
        assert_eq!(ring.n_rows(), 0);
        assert!(ring.bytes() <= 200_000, "{}", ring.bytes());
    }
    assert_eq!(ring.next_id(), RowId(30_000));
}
