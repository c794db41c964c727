//! Rules over records that are at hand: what detection adds to reading.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use trailtop::detect::judge::Found;
use trailtop::detect::load::{self, File};
use trailtop::detect::rule::Rules;
use trailtop::engine::intake::Intake;
use trailtop::event::json::Json;
use trailtop::event::read::{Event, Hints};
use trailtop::event::record::Record;
use trailtop::source::batch::Batch;
use trailtop::source::demo::{self, Simulator};
use trailtop::source::object;
use trailtop::store::hits::Severity;
use trailtop::store::segment::{Birth, Builder, RowId};
use trailtop::store::snapshot::Part;

use crate::stage;

/// How many records are judged in a round: eight objects of a busy trail.
const RECORDS: u64 = 8 * stage::BATCH;

/// Everything of this file. The public sets are measured where they are.
pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("detection");
    group.throughput(Throughput::Elements(RECORDS));
    let texts = stage::records(0..RECORDS);
    let records: Vec<Record<'_>> = texts.iter().map(|text| Record::of(Json::of(text))).collect();
    let parts: Vec<Part> = records.chunks(stage::BATCH as usize).map(part).collect();
    let public =
        |folders: &[&str]| -> Vec<File> { folders.iter().flat_map(|it| files(it)).collect() };
    let (sigmahq, both) = (public(&["sigmahq"]), public(&["sigmahq", "suzaku"]));
    let sets =
        [("built-in", true, vec![]), ("sigmahq", false, sigmahq), ("all public", false, both)];
    for (name, with_ours, files) in sets {
        if files.is_empty() && !with_ours {
            continue;
        }
        let (rules, books) = load::load(with_ours, &files);
        let name = format!("{name} ({})", books.loaded);
        group.bench_function(name, |bencher| bencher.iter(|| judge(&rules, &records, &parts)));
    }
    group.finish();
}

/// The events of ordinary days that our rules have to be quiet over.
const ORDINARY: u64 = 200_000;

/// Alerts of our own rules over ordinary days, by rule: fewer than one in 10,000 events is of medium
/// severity or above.
pub(crate) fn quiet() {
    let options =
        demo::Options { incident: false, events: Some(ORDINARY), ..demo::Options::default() };
    let mut simulator = Simulator::new(&options, stage::now());
    let mut intake = Intake::drained(1 << 30);
    intake.watch_for(Arc::new(load::load(true, &[]).0));
    while let Some(delivery) = simulator.next() {
        if delivery.origin != demo::Origin::S3 {
            continue;
        }
        object::read(&*delivery.bytes, &object::Options::default(), &mut |chunk| {
            let (bytes, extent) = (chunk.bytes.to_vec(), chunk.extent);
            let batch = Batch { bytes, extent, last: chunk.last, ..stage::batch(0..0) };
            intake.take(batch, stage::now());
            ControlFlow::Continue(())
        });
        intake.drain(stage::now());
    }
    let mut rules: BTreeMap<String, (Severity, u64)> = BTreeMap::new();
    for alert in intake.watch().alerts().list() {
        let rule = rules.entry(alert.card.named.id.to_string()).or_default();
        *rule =
            (rule.0.max(alert.severity), rule.1 + u64::from(alert.severity >= Severity::Medium));
    }
    let kept = intake.tally().kept;
    let loud: u64 = rules.values().map(|(_, alerts)| alerts).sum();
    for (id, (severity, alerts)) in rules.iter().filter(|(_, (_, alerts))| *alerts > 0) {
        println!("{alerts:>6}  {:<8}  {id}", severity.word());
    }
    println!("{loud:>6}  in {kept} events");
    assert!(loud * 10_000 < kept, "an ordinary day is not quiet");
}

/// What the rules find in the records, which lie in the parts a thousand each.
fn judge(rules: &Rules, records: &[Record<'_>], parts: &[Part]) -> usize {
    let chunks = records.chunks(stage::BATCH as usize).zip(parts);
    let found = chunks.map(|(records, part)| {
        let mut found = Found::default();
        for (row, record) in records.iter().enumerate() {
            found.take(rules, row as u16, record);
        }
        found.finish(rules, part, stage::now())
    });
    found.map(|found| found.met.len() + found.counts.len()).sum()
}

/// Records laid out as readers do it for the ring.
fn part(records: &[Record<'_>]) -> Part {
    let mut builder = Builder::default();
    let hints = Hints::default();
    for (at, record) in records.iter().enumerate() {
        let event = Event::read(record, &hints, stage::now());
        let time = event.time.unwrap_or_default();
        let birth = Birth { time, arrival: time, identity: at as u64, flags: 0, origins: 1 };
        builder.push(&event, record.json().text().as_bytes(), birth);
    }
    let (segment, side) = builder.finish(RowId(0));
    Part { segment: Arc::new(segment), side: Arc::new(side) }
}

/// A public set of rules, where it is there.
fn files(set: &str) -> Vec<File> {
    let folder = Path::new("../shared/data/rules").join(set);
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    let rules = walk.filter(|entry| entry.path().extension().is_some_and(|it| it == "yml"));
    let texts = rules.filter_map(|entry| {
        let text = std::fs::read_to_string(entry.path()).ok()?;
        Some(File { place: entry.path().display().to_string(), text })
    });
    texts.collect()
}
