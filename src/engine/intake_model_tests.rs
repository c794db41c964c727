//! What intake keeps, against a plain model of the law, for any deliveries in any order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;

use crate::engine::intake::Intake;
use crate::engine::intake::tests::{balance, batch, noise, now, record, shown};
use crate::event::envelope::Extent;
use crate::event::field::{Flag, Origin};
use crate::source::batch::Batch;
use crate::store::segment::RowId;

/// One thing in a piece.
#[derive(Debug, Clone)]
enum Piece {
    Good { id: usize, body: usize },
    Broken,
    Other,
}

#[derive(Debug, Clone)]
struct Delivery {
    origin: Origin,
    lines: bool,
    flush: bool,
    pieces: Vec<Piece>,
}

fn origins() -> impl Strategy<Value = Origin> {
    proptest::sample::select(vec![
        Origin::File,
        Origin::Sqs,
        Origin::History,
        Origin::Logs,
        Origin::S3,
    ])
}

fn deliveries(ids: usize, bodies: usize) -> impl Strategy<Value = Vec<Delivery>> {
    let piece = prop_oneof![
        8 => (0..ids, 0..bodies).prop_map(|(id, body)| Piece::Good { id, body }),
        1 => Just(Piece::Broken),
        1 => Just(Piece::Other),
    ];
    let pieces = prop::collection::vec(piece, 0..12);
    let one = (origins(), any::<bool>(), any::<bool>(), pieces)
        .prop_map(|(origin, lines, flush, pieces)| Delivery { origin, lines, flush, pieces });
    prop::collection::vec(one, 1..40)
}

impl Delivery {
    fn bytes(&self, text: &dyn Fn(usize, usize) -> String) -> String {
        let said = |piece: &Piece| match piece {
            Piece::Good { id, body } => text(*id, *body),
            Piece::Broken => r#"{"eventVersion":"1.08","eventName":}"#.to_owned(),
            Piece::Other => r#"{"status":"fine"}"#.to_owned(),
        };
        let all: Vec<String> = self.pieces.iter().map(said).collect();
        match self.lines {
            true => all.join("\n"),
            false => format!("{{\"Records\":[{}]}}", all.join(",")),
        }
    }
}

/// What the law keeps, in plain words.
#[derive(Debug, Default)]
struct Model {
    rows: Vec<ModelRow>,
    known: HashMap<usize, Vec<(usize, usize, u8)>>,
    duplicates: u64,
    skipped: u64,
}

#[derive(Debug)]
struct ModelRow {
    id: usize,
    shown: (usize, Origin),
    beside: BTreeSet<usize>,
    origins: u8,
    differs: bool,
}

impl Model {
    fn take(&mut self, delivery: &Delivery) {
        let mut broken = 0;
        let mut has_record = delivery.lines;
        for piece in &delivery.pieces {
            match piece {
                Piece::Good { id, body } => {
                    has_record = true;
                    self.good(*id, *body, delivery.origin);
                }
                Piece::Broken => broken += 1,
                Piece::Other => {}
            }
        }
        // A document that is broken and shows no record counts as one thing that was not read.
        self.skipped += if has_record { broken } else { broken.min(1) };
    }

    fn good(&mut self, id: usize, body: usize, origin: Origin) {
        let known = self.known.entry(id).or_default();
        if let Some(same) = known.iter_mut().find(|(content, ..)| *content == body) {
            self.duplicates += 1;
            same.2 |= origin.bit();
            let row = &mut self.rows[same.1];
            row.show(body, origin);
            row.origins |= origin.bit();
            return;
        }
        let rival = known.iter().find(|(.., kinds)| kinds & origin.bit() != 0).copied();
        if let (None, Some(&(_, at, _))) = (rival, known.first()) {
            self.duplicates += 1;
            let row = &mut self.rows[at];
            row.differs = true;
            row.beside.insert(body);
            row.show(body, origin);
            row.origins |= origin.bit();
            known.push((body, at, origin.bit()));
            return;
        }
        if let Some((_, at, _)) = rival {
            self.rows[at].differs = true;
        }
        known.push((body, self.rows.len(), origin.bit()));
        self.rows.push(ModelRow {
            id,
            shown: (body, origin),
            beside: BTreeSet::from([body]),
            origins: origin.bit(),
            differs: rival.is_some(),
        });
    }
}

impl ModelRow {
    fn show(&mut self, body: usize, origin: Origin) {
        if self.origins < origin.bit() {
            self.shown = (body, origin);
        }
    }
}

/// Every row that is still there is as the model says; how many that are.
fn compare(it: &Intake, model: &Model, text: &dyn Fn(usize, usize) -> String) -> usize {
    balance(it);
    let tally = it.tally();
    assert_eq!(tally.kept, model.rows.len() as u64);
    assert_eq!((tally.duplicates, tally.skipped), (model.duplicates, model.skipped));
    let snapshot = it.ring().snapshot();
    let first = model.rows.len() - snapshot.len();
    assert_eq!(snapshot.evicted(), first as u64);
    for (at, row) in model.rows.iter().enumerate().skip(first) {
        let found = snapshot.row(RowId(at as u64)).expect("a row of the model");
        let side = &found.part.side;
        assert_eq!(String::from_utf8(found.raw()).unwrap(), text(row.id, row.shown.0));
        assert_eq!(found.has(Flag::Differs), row.differs);
        assert_eq!(side.origins(found.row), row.origins);
        let beside = side.bodies(found.row).iter();
        let mut all: Vec<String> =
            beside.map(|body| String::from_utf8(body.raw.to_vec()).unwrap()).collect();
        all.push(text(row.id, row.shown.0));
        all.sort();
        let mut wanted: Vec<String> = row.beside.iter().map(|body| text(row.id, *body)).collect();
        wanted.sort();
        assert_eq!(all, wanted);
    }
    snapshot.len()
}

fn run(deliveries: &[Delivery], cap: usize, text: &dyn Fn(usize, usize) -> String) -> Intake {
    let (mut it, mut model) = (Intake::new(cap), Model::default());
    for (at, delivery) in deliveries.iter().enumerate() {
        let extent = if delivery.lines { Extent::Lines } else { Extent::Whole };
        let bytes = delivery.bytes(text);
        let one = Batch { object: at as u64, extent, ..batch(delivery.origin, &bytes) };
        it.take(one, now());
        model.take(delivery);
        balance(&it);
        if delivery.flush {
            it.flush(now());
        }
    }
    it.flush(now());
    compare(&it, &model, text);
    assert_eq!(it.tally().objects, deliveries.len() as u64);
    it
}

fn short(id: usize, body: usize) -> String {
    record(&format!("id{id}"), &format!("Name{body}"))
}

fn wide(id: usize, body: usize) -> String {
    record(&format!("id{id}"), &noise(id * 7 + body))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn kept_is_what_the_model_keeps(deliveries in deliveries(6, 3)) {
        run(&deliveries, 64 << 20, &short);
    }

    #[test]
    fn the_order_of_batches_does_not_change_what_is_shown(
        (given, order) in deliveries(8, 1).prop_flat_map(|given| {
            let order: Vec<usize> = (0..given.len()).collect();
            (Just(given), Just(order).prop_shuffle())
        })
    ) {
        // One body an event and kind: history and S3 agree, the others have their own.
        let alone = |delivery: &Delivery| Delivery {
            pieces: delivery.pieces.iter().map(|piece| match piece {
                Piece::Good { id, .. } => Piece::Good {
                    id: *id,
                    body: match delivery.origin {
                        Origin::History | Origin::S3 => 0,
                        other => other as usize,
                    },
                },
                other => other.clone(),
            }).collect(),
            ..delivery.clone()
        };
        let given: Vec<Delivery> = given.iter().map(alone).collect();
        let shuffled: Vec<Delivery> = order.iter().map(|at| given[*at].clone()).collect();
        let (one, other) = (run(&given, 64 << 20, &short), run(&shuffled, 64 << 20, &short));
        let sorted = |it: &Intake| {
            let mut all = shown(it);
            all.sort();
            all
        };
        prop_assert_eq!(sorted(&one), sorted(&other));
        // And each shows what the strongest kind said.
        let mut strongest: BTreeMap<usize, (Origin, usize)> = BTreeMap::new();
        for delivery in &given {
            for piece in &delivery.pieces {
                if let Piece::Good { id, body } = piece {
                    let best = strongest.entry(*id).or_insert((delivery.origin, *body));
                    *best = (*best).max((delivery.origin, *body));
                }
            }
        }
        let mut wanted: Vec<String> =
            strongest.iter().map(|(id, (_, body))| short(*id, *body)).collect();
        wanted.sort();
        prop_assert_eq!(sorted(&one), wanted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn kept_is_what_the_model_keeps_while_rows_are_evicted(deliveries in deliveries(220, 2)) {
        let it = run(&deliveries, 150_000, &wide);
        prop_assert!(it.ring().bytes() <= 150_000 || it.ring().snapshot().parts().len() == 1);
    }
}
