//! How fast trailtop is. `cargo bench` runs everything but the memory of a full dashboard;
//! `cargo bench -- NAME` what has NAME in it; README.md beside this file says what the numbers mean.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it reports")]

mod detection;
mod memory;
#[cfg(feature = "aws")]
mod polling;
mod screen;
mod search;
mod stage;
mod way_in;
mod wire;

#[expect(dead_code, clippy::unwrap_used, reason = "the tests use all of it")]
#[path = "../e2e/bare.rs"]
mod bare;

use std::time::Duration;

use criterion::Criterion;

/// Reports that are not means of many runs: percentiles, bytes, memory.
const REPORTS: &[(&str, fn())] = &[
    ("typing", screen::typing),
    ("frames", screen::frames),
    ("quiet", detection::quiet),
    ("memory", memory::dashboard),
    ("soak", memory::soak),
    ("wire", wire::table),
    #[cfg(feature = "aws")]
    ("polling", polling::table),
];

/// What `cargo bench` without a name leaves out, for it takes minutes or wants a fresh process.
const ON_REQUEST: &[&str] = &["quiet", "memory", "soak", "polling", "wire"];

fn main() {
    let asked = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    for (name, report) in REPORTS {
        match &asked {
            Some(asked) if asked == name => return report(),
            None if !ON_REQUEST.contains(name) => report(),
            Some(_) | None => {}
        }
    }
    let criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    measure(criterion);
}

fn measure(mut criterion: Criterion) {
    way_in::all(&mut criterion);
    detection::all(&mut criterion);
    search::all(&mut criterion);
    screen::all(&mut criterion);
    criterion.final_summary();
}
