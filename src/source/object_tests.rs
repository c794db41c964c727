use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::event::envelope::{Item, Summary, split};

/// What came out of an object: chunks, and what was found in them.
#[derive(Debug, Default)]
struct Found {
    chunks: Vec<Chunk>,
    summary: Summary,
    records: Vec<String>,
    skips: Vec<(u64, String)>,
    outcome: Outcome,
}

fn find(reader: impl Read, options: &Options) -> Found {
    let mut found = Found::default();
    let mut chunks = Vec::new();
    found.outcome = read(reader, options, &mut |chunk| {
        chunks.push(chunk);
        ControlFlow::Continue(())
    });
    for chunk in &chunks {
        let summary = split(&chunk.piece(), &mut |item| match item {
            Item::Record { text, .. } => found.records.push(text.to_owned()),
            Item::Skip { offset, why } => found.skips.push((offset, why)),
            Item::Other { .. } => {}
        });
        found.summary.records += summary.records;
        found.summary.skipped += summary.skipped;
        found.summary.others += summary.others;
    }
    found.chunks = chunks;
    found
}

#[test]
fn the_counts_of_the_shared_data() {
    let root = "../shared/data";
    let Ok(counts) = std::fs::read_to_string(format!("{root}/counts.tsv")) else {
        println!("not tested: there is no {root}");
        return;
    };
    let mut wrong = Vec::new();
    for line in counts.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [path, records, unreadable] = cells[..] else { panic!("{line}") };
        for eager in [false, true] {
            let file = std::fs::File::open(format!("{root}/{path}")).unwrap();
            let found = find(file, &Options { eager, ..Options::default() });
            let got = (found.summary.records.to_string(), found.summary.skipped.to_string());
            if got != (records.to_owned(), unreadable.to_owned()) {
                wrong.push(format!(
                    "{path} eager {eager}: {got:?}, not {records} {unreadable}: {:?}",
                    found.skips
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
