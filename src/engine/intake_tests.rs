//! What is a record and what is one event, from bytes to rows: the law of product.md, as cases and
//! against a plain model.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;

use crate::engine::intake::Intake;
use crate::event::envelope::Extent;
use crate::event::field::{Column, Flag, Origin};
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Batch, SourceId};
use crate::store::segment::RowId;
use crate::store::snapshot::{RowRef, Snapshot};

/// The kinds whose authority the law orders, weakest first.
const KINDS: [Origin; 4] = [Origin::Sqs, Origin::History, Origin::Logs, Origin::S3];

fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
}

fn batch(origin: Origin, bytes: &str) -> Batch {
    Batch { source: SourceId(origin as usize), ..Batch::whole(origin, bytes) }
}

fn record(id: &str, name: &str) -> String {
    timed(id, name, "\"2026-03-01T11:50:00Z\"")
}

fn timed(id: &str, name: &str, time: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!(r#""eventID":"{id}","#) };
    format!(
        r#"{{"eventVersion":"1.08","eventTime":{time},{id}"eventName":"{name}","eventSource":"iam.amazonaws.com","recipientAccountId":"111122223333","userIdentity":{{}}}}"#
    )
}

/// Takes each of these as an object of its own; `flushed` after every one or only at the end.
fn intake(arrivals: &[(Origin, String)], flushed: bool) -> Intake {
    let mut intake = Intake::new(64 << 20);
    for (origin, text) in arrivals {
        intake.take(batch(*origin, text), now());
        balance(&intake);
        if flushed {
            intake.flush(now());
        }
    }
    intake.flush(now());
    intake
}

fn balance(intake: &Intake) {
    let tally = intake.tally();
    assert_eq!(tally.records, tally.kept + tally.duplicates + tally.skipped, "{tally:?}");
}

fn rows(snapshot: &Snapshot) -> Vec<RowRef<'_>> {
    let all = snapshot
        .parts()
        .iter()
        .flat_map(|part| (0..part.segment.len()).map(move |row| RowRef { part, row }));
    all.collect()
}

fn shown(intake: &Intake) -> Vec<String> {
    let snapshot = intake.ring().snapshot();
    rows(&snapshot).iter().map(|row| String::from_utf8(row.raw()).unwrap()).collect()
}

#[test]
fn equal_content_is_a_duplicate_whatever_the_order_of_keys() {
    let one = record("a", "CreateUser");
    let other = one
        .replace(r#""eventVersion":"1.08","#, "")
        .replace(r#""userIdentity":{}"#, r#" "userIdentity" : { }, "eventVersion":"1.0\u0038""#);
    for flushed in [false, true] {
        for kind in [Origin::S3, Origin::File] {
            let it = intake(&[(Origin::S3, one.clone()), (kind, other.clone())], flushed);
            assert_eq!((it.tally().kept, it.tally().duplicates), (1, 1));
            let snapshot = it.ring().snapshot();
            let row = rows(&snapshot)[0];
            assert!(!row.has(Flag::Differs));
            assert_eq!(row.raw(), one.as_bytes(), "the bytes that came first stay");
            assert_eq!(row.part.side.origins(row.row), Origin::S3.bit() | kind.bit());
        }
    }
}

#[test]
fn other_content_from_the_same_kind_is_kept_and_both_are_flagged() {
    for flushed in [false, true] {
        let names = ["CreateUser", "DeleteUser", "GetUser", "CreateUser"];
        let arrivals: Vec<_> = names.map(|name| (Origin::S3, record("a", name))).to_vec();
        let it = intake(&arrivals, flushed);
        assert_eq!((it.tally().kept, it.tally().duplicates), (3, 1));
        let snapshot = it.ring().snapshot();
        let rows = rows(&snapshot);
        assert!(rows[0].has(Flag::Differs) && rows[1].has(Flag::Differs));
        assert!(rows[2].has(Flag::Differs));
        assert!(rows.iter().all(|row| row.part.side.bodies(row.row).is_empty()));
    }
}

#[test]
fn another_kind_gives_one_row_with_the_body_of_more_authority() {
    for flushed in [false, true] {
        for (at, weak) in KINDS.into_iter().enumerate() {
            for strong in KINDS.into_iter().skip(at + 1) {
                let (low, high) = (record("a", "CreateUser"), record("a", "DeleteUser"));
                for reversed in [false, true] {
                    let mut arrivals = vec![(weak, low.clone()), (strong, high.clone())];
                    if reversed {
                        arrivals.reverse();
                    }
                    let it = intake(&arrivals, flushed);
                    assert_eq!((it.tally().kept, it.tally().duplicates), (1, 1));
                    let snapshot = it.ring().snapshot();
                    let row = rows(&snapshot)[0];
                    assert_eq!(row.text(Column::Event), "DeleteUser", "{weak:?} {strong:?}");
                    assert_eq!(row.raw(), high.as_bytes());
                    assert!(row.has(Flag::Differs));
                    let bodies = row.part.side.bodies(row.row);
                    assert_eq!(bodies.len(), 1);
                    assert_eq!((&*bodies[0].raw, bodies[0].origin), (low.as_bytes(), weak));
                    assert_eq!(row.part.side.origins(row.row), weak.bit() | strong.bit());
                }
            }
        }
    }
}

#[test]
fn a_body_that_a_kind_of_more_authority_confirms_is_shown() {
    let (a, b) = (record("a", "CreateUser"), record("a", "DeleteUser"));
    // Event history and S3 say the same; what CloudWatch Logs says differs.
    let deliveries = [(Origin::History, &a), (Origin::Logs, &b), (Origin::S3, &a)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let arrivals = order.map(|at: usize| (deliveries[at].0, deliveries[at].1.clone()));
        let it = intake(&arrivals, true);
        assert_eq!((it.tally().kept, it.tally().duplicates), (1, 2));
        let snapshot = it.ring().snapshot();
        let row = rows(&snapshot)[0];
        assert_eq!(row.raw(), a.as_bytes(), "{order:?}");
        let bodies = row.part.side.bodies(row.row);
        assert_eq!(bodies.iter().map(|body| &*body.raw).collect::<Vec<_>>(), [b.as_bytes()]);
        assert_eq!(bodies[0].origin, Origin::Logs);
    }
}

#[test]
fn a_better_body_survives_compaction() {
    let mut it = Intake::new(64 << 20);
    it.take(batch(Origin::History, &record("a", "CreateUser")), now());
    it.flush(now());
    it.take(batch(Origin::S3, &record("a", "DeleteUser")), now());
    for n in 0..200 {
        it.take(batch(Origin::S3, &record(&format!("n{n}"), "GetUser")), now());
        it.flush(now());
    }
    assert!(it.ring().snapshot().parts().len() < 100, "the young segments were joined");
    let snapshot = it.ring().snapshot();
    let row = snapshot.row(RowId(0)).unwrap();
    assert_eq!(row.text(Column::Event), "DeleteUser");
    assert_eq!(row.raw(), record("a", "DeleteUser").as_bytes());
    assert_eq!(row.part.side.bodies(row.row).len(), 1);
}

#[test]
fn the_same_id_in_another_account_is_another_event() {
    let one = record("a", "CreateUser");
    let other = one.replace("111122223333", "444455556666");
    let it = intake(&[(Origin::S3, one), (Origin::S3, other)], true);
    assert_eq!(it.tally().kept, 2);
    assert!(rows(&it.ring().snapshot()).iter().all(|row| !row.has(Flag::Differs)));
}

#[test]
fn without_an_id_the_content_is_the_identity() {
    let one = record("", "CreateUser");
    let swapped = one.replace(r#""userIdentity":{}"#, r#""x":1"#);
    let arrivals = [
        (Origin::S3, one.clone()),
        (Origin::S3, one.replace(':', ": ").replace("11: 50: 00", "11:50:00")),
        (Origin::History, one.clone()),
        (Origin::S3, swapped),
    ];
    let it = intake(&arrivals, false);
    assert_eq!((it.tally().kept, it.tally().duplicates), (2, 2));
    assert!(rows(&it.ring().snapshot()).iter().all(|row| !row.has(Flag::Differs)));
}

#[test]
fn a_time_that_cannot_be_believed_is_replaced_and_moves_no_watermark() {
    let delivered = now() - Millis::minutes(3);
    let cases = ["\"2026-03-01T12:11:00Z\"", "\"yesterday\"", "\"\"", "null", "17", "{}"];
    for (time, stands_in) in cases.iter().flat_map(|time| [(time, Some(delivered)), (time, None)]) {
        let mut it = Intake::new(1 << 20);
        let bytes = timed("a", "CreateUser", time);
        it.take(Batch { delivered: stands_in, ..batch(Origin::S3, &bytes) }, now());
        it.flush(now());
        let snapshot = it.ring().snapshot();
        let row = rows(&snapshot)[0];
        assert_eq!(row.time(), stands_in.unwrap_or(now()), "{time}");
        assert!(row.has(Flag::TimeUnknown), "{time}");
        assert_eq!((it.cover().streams(&[]).len(), it.newest()), (0, None), "{time}");
    }
    // Ten minutes ahead is still believed.
    let it = intake(&[(Origin::S3, timed("a", "X", "\"2026-03-01T12:10:00Z\""))], true);
    assert!(!rows(&it.ring().snapshot())[0].has(Flag::TimeUnknown));
    assert_eq!(it.newest(), Some(now() + Millis::minutes(10)));
}

#[test]
fn objects_without_records_are_named_but_not_skipped() {
    let cases = [
        ("", Some("zero bytes")),
        ("{\"a\":1}", Some("no CloudTrail record")),
        ("[1,2]", Some("no CloudTrail record")),
        ("\n \n", Some("no CloudTrail record")),
        ("{\"Records\":[]}", None),
    ];
    for (bytes, named) in cases {
        let mut it = Intake::new(1 << 20);
        it.take(batch(Origin::S3, bytes), now());
        balance(&it);
        let tally = it.tally();
        assert_eq!((tally.records, tally.skipped, tally.objects), (0, 0, 1), "{bytes:?}");
        match named {
            Some(why) => {
                assert_eq!(tally.skips.len(), 1, "{bytes:?}");
                assert_eq!(tally.skips[0].place, "object");
                assert!(tally.skips[0].why.contains(why), "{:?}", tally.skips[0]);
            }
            None => assert!(tally.skips.is_empty(), "{bytes:?}"),
        }
    }
}

#[test]
fn an_object_is_judged_when_its_last_part_has_come() {
    let mut it = Intake::new(1 << 20);
    let part = |bytes: &str, base, last| Batch {
        base,
        last,
        extent: Extent::Lines,
        ..batch(Origin::S3, bytes)
    };
    it.take(part("{\"a\":1}\n", 0, false), now());
    it.take(part(&record("a", "CreateUser"), 8, false), now());
    it.take(part("{\"eventVersion\":\n", 400, true), now());
    let tally = it.tally();
    assert_eq!((tally.objects, tally.records, tally.kept, tally.skipped), (1, 2, 1, 1));
    assert_eq!(tally.skips.len(), 1);
    assert_eq!(tally.skips[0].place, "object:400");
    // Only a damage: counted once as skipped, and not named a second time.
    let mut it = Intake::new(1 << 20);
    it.take(Batch { damage: Some("cut off".into()), ..batch(Origin::S3, "") }, now());
    balance(&it);
    assert_eq!((it.tally().skipped, it.tally().skips.len()), (1, 1));
}

#[test]
fn late_is_what_comes_behind_the_watermark_of_its_own_stream() {
    let mut it = Intake::new(1 << 20);
    let at = |minutes| format!("\"{}\"", now() - Millis::minutes(minutes));
    let mut give = |origin, id: &str, minutes| {
        let bytes = timed(id, "CreateUser", &at(minutes));
        it.take(Batch { delivered: Some(now()), ..batch(origin, &bytes) }, now());
        // Swept only after the stream is known.
        it.cover_mut().swept(SourceId(Origin::S3 as usize), None, now());
        it.flush(now());
    };
    give(Origin::S3, "a", 5);
    give(Origin::S3, "b", 14);
    give(Origin::S3, "c", 16);
    give(Origin::History, "d", 40);
    let snapshot = it.ring().snapshot();
    let late: Vec<bool> = rows(&snapshot).iter().map(|row| row.has(Flag::Late)).collect();
    assert_eq!(late, [false, false, true, false]);
    assert_eq!(it.tally().late, 1);
}

#[test]
fn ids_are_remembered_after_their_rows_were_evicted() {
    let mut it = Intake::new(120_000);
    let wide = |n: usize| record(&format!("id{n}"), &noise(n));
    let mut n = 0;
    while it.ring().snapshot().evicted() == 0 {
        it.take(batch(Origin::S3, &wide(n)), now());
        it.flush(now());
        n += 1;
        assert!(n < 2000, "nothing is evicted");
    }
    let kept = it.tally().kept;
    it.take(batch(Origin::S3, &wide(0)), now());
    it.take(batch(Origin::History, &wide(0)), now());
    assert_eq!((it.tally().kept, it.tally().duplicates), (kept, 2));
    // Another body of an evicted row is told from a new event as well.
    it.take(batch(Origin::S3, &record("id0", "Other")), now());
    assert_eq!(it.tally().kept, kept + 1);
    it.flush(now());
    let snapshot = it.ring().snapshot();
    assert!(rows(&snapshot).last().unwrap().has(Flag::Differs));
    balance(&it);
}

/// A name that does not compress.
fn noise(seed: usize) -> String {
    let mut state = seed as u64 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        char::from(b'a' + ((state >> 33) % 26) as u8)
    };
    (0..1200).map(|_| next()).collect()
}

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
