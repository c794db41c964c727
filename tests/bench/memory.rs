//! What a full dashboard costs: the ingest and search threads as the shell starts them, fed until
//! the ring is full, and ten times beyond.

use std::fs;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;
use trailtop::clock::Clock;
use trailtop::detect::baseline::Baseline;
use trailtop::detect::current::Current;
use trailtop::engine::inbox::Inbox;
use trailtop::engine::ingest::{Habits, Ingest};
use trailtop::engine::search::{self, News};
use trailtop::engine::view::View;
use trailtop::shell::start::readers;
use trailtop::source::batch::Outlet;

use crate::stage;

/// How often the soak reports.
const REPORT: u64 = 500_000;

/// A dashboard that holds every row: bytes an event.
pub(crate) fn dashboard() {
    println!("\n| rows | seconds | RSS | RSS an event | accounted an event | peak RSS |");
    println!("|---|---|---|---|---|---|");
    run(stage::rows(), usize::MAX, |_, _| {});
}

/// Ten times as many events as the ring holds, with the memory after each half million.
pub(crate) fn soak() {
    let rows = stage::rows();
    let events = std::env::var("TRAILTOP_BENCH_EVENTS").ok().and_then(|it| it.parse().ok());
    let cap = rows as usize * cap_a_row();
    println!("\ncap {:.0} MB", cap as f64 / 1e6);
    println!("| events | rows | accounted | RSS |\n|---|---|---|---|");
    let mut due = REPORT;
    run(events.unwrap_or(rows * 10), cap, |view, rss| {
        if view.ledger.tally.kept >= due {
            due += REPORT;
            let (kept, rows) = (view.ledger.tally.kept, view.snapshot.len());
            println!("| {kept} | {rows} | {} | {} |", megabytes(view.ledger.bytes), megabytes(rss));
        }
    });
}

/// Bytes that a row of the corpus costs the store.
fn cap_a_row() -> usize {
    let mut intake = trailtop::engine::intake::Intake::new(usize::MAX);
    let rows = 50_000;
    stage::fill(&mut intake, 0..rows);
    intake.ring().bytes() / rows as usize
}

/// Feeds a dashboard of at most `cap` bytes, and tells every view with the memory at that moment.
fn run(events: u64, cap: usize, mut told: impl FnMut(&View, usize)) {
    let clock = Clock::Fixed(stage::now());
    // The corpus is ours, not the program's.
    drop(stage::batch(0..1));
    let before = status("VmRSS");
    let begun = Clock::instant();
    let (feed, feed_end) = unbounded_channel();
    let (to_search, search_end) = channel();
    let (post, news) = channel();
    let named = |name: &str| thread::Builder::new().name(name.into());
    let habits = Habits { known: Baseline::new(cap / 16), keeper: None };
    let ingest = Ingest::new(cap, vec![], clock, (Current::default(), habits));
    let drafts = readers(feed_end, &ingest.reading(), clock).expect("threads");
    named("ingest").spawn(move || ingest.run(drafts, &to_search)).expect("a thread");
    let first = stage::question(1, "");
    named("search")
        .spawn(move || {
            search::run(Inbox::new(search_end), first, clock, &|news| drop(post.send(news)));
        })
        .expect("a thread");
    let outlet = Outlet::new(feed.clone());
    named("source")
        .spawn(move || {
            let runtime = Runtime::new().expect("a runtime");
            let mut at = 0;
            while at < events {
                let end = (at + stage::BATCH).min(events);
                if runtime.block_on(outlet.send(stage::batch(at..end))).is_err() {
                    return;
                }
                at = end;
            }
        })
        .expect("a thread");
    // As the screen does: the newest view is held until the next one comes.
    let mut held: Arc<View> = Arc::default();
    while held.partial || held.ledger.tally.kept < events {
        if let News::View(view) = news.recv().expect("search answers") {
            held = view;
            told(&held, status("VmRSS").saturating_sub(before));
        }
    }
    let took = begun.elapsed().as_secs_f64();
    let (rss, rows) = (status("VmRSS").saturating_sub(before), held.len().max(1));
    println!(
        "| {rows} | {took:.1} | {} | {} B | {} B | {} |",
        megabytes(rss),
        rss / rows,
        held.ledger.bytes / rows,
        megabytes(status("VmHWM").saturating_sub(before)),
    );
    // Until here the threads hold what a running program holds.
    drop(feed);
}

/// A line of `/proc/self/status` in bytes; 0 where there is none.
fn status(line: &str) -> usize {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = text.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':'));
    let kilobytes = found.and_then(|it| it.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.map_or(0, |kilobytes: usize| kilobytes * 1024)
}

fn megabytes(bytes: usize) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
