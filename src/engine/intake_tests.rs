//! What is a record and what is one event, from bytes to rows: the law of product.md, as cases and
//! against a plain model.

use crate::engine::intake::Intake;
use crate::event::envelope::Extent;
use crate::event::field::{Column, Flag, Origin};
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Batch, SourceId};
use crate::store::segment::RowId;
use crate::store::snapshot::{RowRef, Snapshot};

/// The kinds whose authority the law orders, weakest first.
const KINDS: [Origin; 4] = [Origin::Sqs, Origin::History, Origin::Logs, Origin::S3];

pub(super) fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").unwrap()
}

pub(super) fn batch(origin: Origin, bytes: &str) -> Batch {
    Batch { source: SourceId(origin as usize), ..Batch::whole(origin, bytes) }
}

pub(super) fn record(id: &str, name: &str) -> String {
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

pub(super) fn balance(intake: &Intake) {
    let tally = intake.tally();
    assert_eq!(tally.records, tally.kept + tally.duplicates + tally.skipped, "{tally:?}");
}

pub(super) fn rows(snapshot: &Snapshot) -> Vec<RowRef<'_>> {
    let all = snapshot
        .parts()
        .iter()
        .flat_map(|part| (0..part.segment.len()).map(move |row| RowRef { part, row }));
    all.collect()
}

pub(super) fn shown(intake: &Intake) -> Vec<String> {
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
pub(super) fn noise(seed: usize) -> String {
    let mut state = seed as u64 + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        char::from(b'a' + ((state >> 33) % 26) as u8)
    };
    (0..1200).map(|_| next()).collect()
}
