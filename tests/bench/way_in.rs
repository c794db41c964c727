//! The way in: bytes to records, rows, segments and a full ring.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput};
use trailtop::clock::Clock;
use trailtop::engine::intake::Intake;
use trailtop::event::envelope::{self, Extent, Item, Piece};
use trailtop::event::json::Json;
use trailtop::event::read::{Event, Hints};
use trailtop::event::record::Record;
use trailtop::store::segment::{Birth, Builder, MAX_ROWS, RowId};

use crate::stage;

/// Everything of this file.
pub(crate) fn all(criterion: &mut Criterion) {
    parse(criterion);
    segment(criterion);
    full_ring(criterion);
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(stage::BATCH));
    let object = stage::object(0..stage::BATCH);
    let piece = Piece { bytes: object.as_bytes(), base: 0, extent: Extent::Whole, damage: None };
    group.bench_function("split", |bencher| {
        bencher
            .iter(|| envelope::split(&piece, stage::secret(), &mut |item| drop(black_box(item))));
    });
    let hints = Hints::default();
    group.bench_function("split and read", |bencher| {
        bencher.iter(|| {
            envelope::split(&piece, stage::secret(), &mut |item| {
                if let Item::Record { record, .. } = item {
                    black_box(Event::read(record, &hints, stage::now()));
                }
            })
        });
    });
    group.bench_function("intake", |bencher| {
        let fresh = || (Intake::drained(64 << 20), Some(stage::batch(0..stage::BATCH)));
        bencher.iter_batched_ref(
            fresh,
            |(intake, batch)| {
                batch.take().into_iter().for_each(|batch| intake.take(batch, stage::now()));
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn segment(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("segment");
    group.throughput(Throughput::Elements(MAX_ROWS as u64));
    group.bench_function("build", |bencher| {
        let texts = stage::records(0..MAX_ROWS as u64);
        let records: Vec<Record<'_>> =
            texts.iter().map(|text| Record::of(Json::of(text))).collect();
        let hints = Hints::default();
        let read = |record| Event::read(record, &hints, stage::now());
        let events: Vec<Event<'_>> = records.iter().map(read).collect();
        bencher.iter(|| {
            let mut builder = Builder::default();
            for (at, (event, text)) in events.iter().zip(&texts).enumerate() {
                let time = event.time.unwrap_or_default();
                let birth =
                    Birth { time, arrival: time, identity: at as u64, flags: 0, origins: 1 };
                builder.push(event, text.as_bytes(), birth);
            }
            builder.finish(RowId(0))
        });
    });
    group.finish();
}

/// A ring at its cap: what comes in pushes as much out.
fn full_ring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ring");
    let mut ring: Option<(Intake, u64)> = None;
    let mut fill = || {
        let mut intake = Intake::new(usize::MAX);
        stage::fill(&mut intake, 0..stage::rows());
        // The cap is known once the rows are there: fill another one up to it.
        let mut capped = Intake::new(intake.ring().bytes());
        drop(intake);
        stage::fill(&mut capped, 0..stage::rows());
        (capped, stage::rows())
    };
    group.measurement_time(Duration::from_millis(300));
    group.bench_function("append 1,000 and publish", |bencher| {
        let (intake, next) = ring.get_or_insert_with(&mut fill);
        bencher.iter_custom(|times| {
            let batches = (0..times).map(|_| {
                *next += stage::BATCH;
                let batch = stage::batch(*next - stage::BATCH..*next);
                let begun = Clock::instant();
                intake.take(batch, stage::now());
                intake.flush(stage::now());
                black_box(intake.ring().snapshot());
                begun.elapsed()
            });
            batches.sum()
        });
    });
    group.bench_function("evict 8,000 by as many", |bencher| {
        let (intake, next) = ring.get_or_insert_with(&mut fill);
        bencher.iter_custom(|times| {
            let flushes = (0..times).map(|_| {
                for _ in 0..8 {
                    *next += stage::BATCH;
                    intake.take(stage::batch(*next - stage::BATCH..*next), stage::now());
                }
                let begun = Clock::instant();
                intake.flush(stage::now());
                begun.elapsed()
            });
            flushes.sum()
        });
    });
    group.finish();
}
