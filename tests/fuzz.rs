//! Fuzz functions: bytes in, nothing out, no panic. `cargo test` runs each over a corpus and 20,000
//! seeded mutations of it; a coverage-guided fuzzer can call the same functions.

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng};
use trailtop::config::fault::Text;
use trailtop::config::layers::Layers;
use trailtop::config::setting::SECTIONS;
use trailtop::config::settle::settle;
use trailtop::config::{self, show};
use trailtop::event::envelope::{Extent, Item, Piece, split};
use trailtop::event::fingerprint::Secret;
use trailtop::event::json::Json;
use trailtop::event::read::{Event, Hints};
use trailtop::event::record::Record;
use trailtop::event::time::Timestamp;
use trailtop::query::complete::complete;
use trailtop::query::library;
use trailtop::query::parse::parse;
use trailtop::query::plan::{Context, Plan};
use trailtop::ui::Themes;

/// Any text read as a record, checked or not.
fn record(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let json = Json::of(&text);
    let event = Event::read(&Record::of(json), &Hints::default(), Timestamp(0));
    assert!(!event.cells.is_empty());
    Secret::random().content(json);
    json.any_text(&mut |_| false);
}

/// Any bytes split into records; what is found lies within the bytes and adds up.
fn envelope(data: &[u8]) {
    for extent in [Extent::Whole, Extent::Lines] {
        for damage in [None, Some("cut")] {
            let (mut records, mut skipped) = (0, 0);
            let piece = Piece { bytes: data, base: 1000, extent, damage };
            let summary = split(&piece, &Secret::random(), &mut |item| match item {
                Item::Record { offset, raw, .. } => {
                    records += 1;
                    assert!(offset >= 1000 && !raw.is_empty());
                }
                Item::Skip { offset, why } => {
                    skipped += 1;
                    assert!(offset <= 1000 + data.len() as u64 && !why.is_empty());
                }
                Item::Other { .. } => {}
            });
            assert_eq!((records, skipped), (summary.records, summary.skipped));
        }
    }
}

/// Any text as a filter, with the cursor anywhere; a tree reads back as it prints itself.
fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let presets = library::builtin();
    complete(&text, data.len() / 2, &presets);
    match parse(&text, &presets) {
        Ok(tree) => {
            Plan::compile(&tree, Context { now: Timestamp(0), names: &[] });
            assert_eq!(parse(&tree.to_string(), &presets).as_ref(), Ok(&tree), "{text:?}");
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "{text:?}");
            for diagnostic in diagnostics {
                diagnostic.render(&text);
            }
        }
    }
}

/// Any text as a configuration: it is one, or every mistake has its place.
fn configuration(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let (file, mut faults) = config::file::read(Text { name: "c".into(), text });
    let (shelf, more) = settle(&file, &Themes::default());
    faults.extend(more);
    let lines = file.text.text.split('\n').count();
    for fault in faults.iter().chain(&shelf.warnings) {
        let told = file.text.render(fault);
        assert!(told.starts_with("c:") && told.contains('^'), "{told:?}");
        assert!((1..=lines).contains(&file.text.place(fault.span.start).line), "{told}");
    }
    let layers = Layers::of(&file, &[], file.parts("context").next()).expect("no environment");
    show::effective(&layers, &file);
}

const RECORDS: &[&str] = &[
    include_str!("data/events/hand-hostile.json"),
    include_str!("data/events/hand-insight.json"),
    include_str!("data/events/hand-odd-types.json"),
    include_str!("data/events/call-PutUserPolicy.json"),
    include_str!("data/events/call-AssumeRole.json"),
];

const FILTERS: &[&str] = &[
    "user:alice -err:Access* (verb:W OR @denied) ip:10.0.0.0/8,none",
    r#"requestParameters.bucketName:="x y" .a."b.c":/^x|y$/ age:<15m time:12:00..12:30"#,
    "who:~abc NOT svc:s3 \"quoted phrase\" iam:Create* -\"-x\" lag:>=5m src:s3,history",
];

/// Runs a fuzz function over a corpus and mutations of it: bytes changed, cut, doubled, swapped.
fn mutate(corpus: &[Vec<u8>], rounds: usize, run: fn(&[u8])) {
    for seed in corpus {
        run(seed);
    }
    let mut dice = SmallRng::seed_from_u64(7);
    for _ in 0..rounds {
        let mut data = corpus[dice.random_range(0..corpus.len())].clone();
        for _ in 0..dice.random_range(1..6) {
            let at = dice.random_range(0..=data.len());
            match dice.random_range(0..5) {
                0 => data.truncate(at),
                1 if at < data.len() => data[at] = dice.random(),
                2 => {
                    let piece = b"{}[]\",:\\\n\x00\xff\xe2\x80\xae()*/~=-@ ";
                    data.insert(at, piece[dice.random_range(0..piece.len())]);
                }
                3 => {
                    let end = (at + dice.random_range(0..40)).min(data.len());
                    let part = data[at..end].to_vec();
                    data.splice(at..at, part);
                }
                _ => {
                    let end = (at + dice.random_range(0..40)).min(data.len());
                    data.drain(at..end);
                }
            }
        }
        run(&data);
    }
}

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn records_never_panic() {
    mutate(&bytes(RECORDS), 20_000, record);
}

#[test]
fn envelopes_never_panic_and_add_up() {
    let array = format!("[{}]", RECORDS.join(","));
    let wrapped = format!("{{\"Records\":{array}}}");
    let lines: String = RECORDS.iter().map(|text| text.replace('\n', "") + "\n").collect();
    let quoted =
        format!("{{\"Events\":[{{\"CloudTrailEvent\":{}}}]}}", serde_json::Value::from(RECORDS[1]));
    mutate(&bytes(&[&array, &wrapped, &lines, &quoted]), 20_000, envelope);
}

#[test]
fn filters_never_panic_and_print_themselves() {
    mutate(&bytes(FILTERS), 20_000, filter);
}

#[test]
fn configurations_never_panic_and_mistakes_have_a_place() {
    let bare = show::default_file().replace("\n#", "\n");
    let examples: Vec<&str> = SECTIONS.iter().map(|section| section.example).collect();
    let odd = include_str!("data/config/odd.toml");
    mutate(&bytes(&[&bare, odd, &examples.join("\n")]), 3_000, configuration);
}
