//! Questions to a full ring: predicates, full text, views after a keystroke, and reckonings.

use std::hint::black_box;
use std::sync::Arc;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use trailtop::clock::Clock;
use trailtop::engine::intake::Intake;
use trailtop::insight::denied::Sort as Order;
use trailtop::insight::lens::Lens;
use trailtop::insight::sessions::SessionsWanted;
use trailtop::insight::top::{Sort, TopWanted};
use trailtop::query::eval::eval;
use trailtop::query::question::{Fold, Folding};

use crate::stage::{self, Search};

/// One filter for each kind of predicate; those that read raw records are in [`TEXTS`].
const PREDICATES: &[(&str, &str)] = &[
    ("word", "who:deploy"),
    ("exact", "event:=AssumeRole"),
    ("glob", "event:Put*"),
    ("regex", "event:/^(Get|List).*s$/"),
    ("fuzzy", "who:~dpl"),
    ("cidr", "ip:10.0.0.0/8"),
    ("time", "time:2026-03-01T06:00:00Z..2026-03-01T12:00:00Z"),
    ("set", "region:us-east-1,eu-west-1"),
    ("negation", "-event:Get*"),
    ("and of three", "err:AccessDenied region:us-east-1 -who:deploy"),
    ("flag", "late:yes"),
    ("root", "root:deploy"),
];

/// Full text, and what reads raw records.
const TEXTS: &[(&str, &str)] = &[
    ("rare word", stage::RARE),
    ("common word", "amazonaws"),
    ("absent word", "zzqxjkvwpf"),
    ("word of a column", "AssumeRole"),
    ("absent with an odd letter", "zzq\u{e9}jk"),
    ("path", "requestParameters.bucketName:*logs*"),
];

/// Keystrokes whose answers are timed.
const KEYS: &[(&str, &str)] = &[
    ("column", "err:AccessDenied"),
    ("most rows", "-event:ConsoleLogin"),
    ("everything", ""),
    ("rare word", stage::RARE),
    ("common word", "amazonaws"),
    ("root", "root:deploy"),
];

/// Everything of this file.
pub(crate) fn all(criterion: &mut Criterion) {
    predicates(criterion);
    texts(criterion);
    views(criterion);
    folds(criterion);
    arrivals(criterion);
    reckonings(criterion);
}

fn predicates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("predicate");
    for (name, filter) in PREDICATES {
        group.bench_function(*name, |bencher| {
            let plan = stage::plan(filter);
            let parts = stage::ring().parts();
            bencher.iter(|| {
                parts.iter().map(|part| eval(&plan, part, stage::now()).count()).sum::<usize>()
            });
        });
    }
    group.finish();
}

fn texts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("text");
    group.sampling_mode(SamplingMode::Flat);
    for (name, filter) in TEXTS {
        group.bench_function(*name, |bencher| {
            let mut search = Search::over(stage::ring());
            bencher.iter(|| {
                search.ask(filter);
                search.whole().len()
            });
        });
    }
    group.finish();
}

fn views(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("view");
    group.sampling_mode(SamplingMode::Flat);
    for (name, filter) in KEYS {
        group.bench_function(format!("first after {name}"), |bencher| {
            let mut search = Search::over(stage::ring());
            bencher.iter_custom(|times| {
                let answers = (0..times).map(|_| {
                    let begun = Clock::instant();
                    search.ask(filter);
                    let first = search.first();
                    let took = begun.elapsed();
                    if first.partial {
                        search.whole();
                    }
                    took
                });
                answers.sum()
            });
        });
        group.bench_function(format!("whole after {name}"), |bencher| {
            let mut search = Search::over(stage::ring());
            bencher.iter(|| {
                search.ask(filter);
                search.whole().len()
            });
        });
    }
    group.finish();
}

/// The rows of everything folded, and as they were.
fn folds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold");
    group.sampling_mode(SamplingMode::Flat);
    for (name, fold) in [("everything", Fold::All), ("services", Fold::Services)] {
        group.bench_function(name, |bencher| {
            let search = Search::over(stage::ring());
            let mut id = 0;
            let mut folded = |fold| {
                id += 1;
                search.fold(Folding { id, fold, open: vec![] }).lines.len()
            };
            bencher.iter_custom(|times| {
                let folds = (0..times).map(|_| {
                    let begun = Clock::instant();
                    black_box(folded(fold));
                    let took = begun.elapsed();
                    folded(Fold::Nothing);
                    took
                });
                folds.sum()
            });
        });
    }
    group.finish();
}

/// A batch reaches a view that shows everything, and one with every row folded.
fn arrivals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("arrival");
    for (name, fold) in [("1,000 to visible", Fold::Nothing), ("folded", Fold::All)] {
        arrival(&mut group, name, fold);
    }
    group.finish();
}

fn arrival(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, fold: Fold) {
    group.bench_function(name, |bencher| {
        let mut intake = Intake::new(usize::MAX);
        stage::fill(&mut intake, 0..stage::rows());
        let search = Search::over(&intake.ring().snapshot());
        search.fold(Folding { id: 1, fold, open: vec![] });
        let mut next = stage::rows();
        bencher.iter_custom(|times| {
            let batches = (0..times).map(|_| {
                let batch = stage::batch(next..next + stage::BATCH);
                next += stage::BATCH;
                let begun = Clock::instant();
                intake.take(batch, stage::now());
                intake.flush(stage::now());
                let snapshot = intake.ring().snapshot();
                let rows = snapshot.len();
                search.stored(snapshot);
                while search.whole().snapshot.len() < rows {}
                begun.elapsed()
            });
            batches.sum()
        });
    });
}

fn reckonings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("insight");
    let top = TopWanted { by: 0, sort: Sort::Danger, selected: None };
    let lenses = [
        ("counts", Lens { counts: true, ..Lens::default() }),
        ("timeline", Lens { cells: 120, ..Lens::default() }),
        ("top", Lens { top: Some(top.clone()), ..Lens::default() }),
        ("denied", Lens { denied: Some(Order::default()), ..Lens::default() }),
        ("sessions", Lens { sessions: Some(SessionsWanted::default()), ..Lens::default() }),
        ("all three", Lens { counts: true, cells: 120, top: Some(top), ..Lens::default() }),
        (
            "what a chip costs",
            Lens { without: vec![Arc::new(stage::plan("err:*"))], ..Lens::default() },
        ),
    ];
    for (name, lens) in lenses {
        group.bench_function(name, |bencher| {
            let mut search = Search::over(stage::ring());
            let mut id = 0;
            let mut reckons = true;
            bencher.iter(|| {
                id += 1;
                if !reckons {
                    return;
                }
                search.look(Lens { id, ..lens.clone() });
                reckons = black_box(search.insight(id)).is_some();
            });
            if !reckons {
                eprintln!("search does not answer to a lens: insight/{name} measured nothing");
            }
        });
    }
    group.finish();
}
