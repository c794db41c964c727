//! Objects read whole, damaged, endless and slow; the counts of the shared data.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::event::envelope::{Item, Summary, split};
use crate::event::fingerprint::Secret;

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
        let summary = split(&chunk.piece(), &Secret::random(), &mut |item| match item {
            Item::Record { record, .. } => found.records.push(record.json().text().to_owned()),
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

/// Files that the independent reader gives up as a whole, while product.md keeps what is sound: an
/// element that is broken costs itself only, and what stands before a damage is kept.
const KEPT: [(&str, &str, &str); 3] = [
    // Three records, of which two lack a comma or have one too many.
    ("amazon-s3-developer-guide@ede8506707_doc_source_cloudtrail-logging.md.0.txt", "1", "2"),
    // A record, then `, ... additional entries ...`.
    ("cloudtrail-user-guide@56f54d99df_doc_source_cloudtrail-event-reference.md.0.txt", "1", "1"),
    // A record, then `..additional entries` in the same array.
    ("amazoncloudwatch_latest_monitoring_logging-cw-api-calls.md.0.txt", "1", "1"),
];

#[test]
#[expect(clippy::print_stdout, reason = "a test that could not run says so")]
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
        let kept = KEPT.iter().find(|(file, ..)| path.ends_with(file));
        let (records, unreadable) = kept.map_or((records, unreadable), |kept| (kept.1, kept.2));
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

fn record(id: usize) -> String {
    format!(r#"{{"eventSource":"s3.amazonaws.com","eventVersion":"1.08","eventID":"{id}"}}"#)
}

fn records(ids: std::ops::Range<usize>) -> Vec<String> {
    ids.map(record).collect()
}

fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes.as_ref()).unwrap();
    packer.finish().unwrap()
}

fn zstd(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    zstd::encode_all(bytes.as_ref(), 1).unwrap()
}

fn capped(max_object: u64) -> Options {
    Options { max_object, ..Options::default() }
}

fn damage(found: &Found) -> &str {
    let last = found.chunks.last().unwrap();
    assert!(last.last && found.chunks.iter().filter(|chunk| chunk.last).count() == 1);
    assert_eq!(found.outcome.whole, last.damage.is_none());
    assert!(found.chunks.iter().all(|chunk| chunk.last || chunk.damage.is_none()));
    last.damage.as_deref().unwrap_or("")
}

/// Gives what it holds in small parts, then ends or fails.
struct Slow<'b> {
    bytes: &'b [u8],
    step: usize,
    fails: bool,
}

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let take = self.step.min(into.len()).min(self.bytes.len());
        if take == 0 && self.fails {
            return Err(io::Error::other("the disk is on fire"));
        }
        into[..take].copy_from_slice(&self.bytes[..take]);
        self.bytes = &self.bytes[take..];
        Ok(take)
    }
}

#[test]
fn it_is_told_whether_each_line_stands_for_itself() {
    for (text, lines) in [
        ("{\"a\":1}\n{\"a\":2}\n", true),
        ("{\"a\":1}\n", true),
        ("{\"a\":1}", false),
        ("{\n\"a\":1}\n", false),
        ("{\"Records\":[\n{\"a\":1},\n{\"a\":2},\n", false),
        ("", false),
    ] {
        assert_eq!(find(text.as_bytes(), &Options::default()).outcome.lines, lines, "{text}");
    }
}

#[test]
fn packed_or_not_the_same_comes_out() {
    let expected = records(0..300);
    let text = format!("{{\"Records\":[{}]}}", expected.join(","));
    let lines = expected.join("\n");
    let (first, second) = expected.split_at(120);
    let (first, second) = (first.join("\n") + "\n", second.join("\n"));
    let two = [gzip(&first), gzip(&second)].concat();
    let frames = [zstd(&first), zstd(&second)].concat();
    let padded = [gzip(&first), vec![0; 700], gzip(&second), vec![0; 70_000]].concat();
    for stored in [
        text.clone().into_bytes(),
        gzip(&text),
        zstd(&text),
        lines.clone().into_bytes(),
        gzip(&lines),
        two,
        frames,
        padded,
    ] {
        for (step, eager) in [(1 << 20, false), (1 << 20, true), (1, false), (7, true)] {
            let slow = Slow { bytes: &stored, step, fails: false };
            let found = find(slow, &Options { eager, ..Options::default() });
            assert_eq!(found.records, expected);
            assert_eq!(damage(&found), "");
            assert_eq!(found.outcome.stored, stored.len() as u64);
            let unpacked: usize = found.chunks.iter().map(|chunk| chunk.bytes.len()).sum();
            assert_eq!(found.outcome.unpacked, unpacked as u64);
        }
    }
}

#[test]
fn nothing_gives_one_empty_chunk() {
    for stored in [vec![], gzip(""), zstd("")] {
        let found = find(&*stored, &Options::default());
        assert_eq!(
            (found.chunks.len(), found.summary, damage(&found)),
            (1, Summary::default(), "")
        );
        assert!(found.chunks[0].bytes.is_empty());
    }
    for start in [&b"\x1f"[..], b"\x28\xb5\x2f", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"] {
        assert_eq!(find(start, &Options::default()).summary.skipped, 1, "{start:?}");
    }
}

#[test]
fn what_was_unpacked_before_a_damage_is_kept() {
    // Numbers that pack badly, so that a cut costs little.
    let expected: Vec<String> =
        (0..4000).map(|id: usize| record(id.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let text = format!("{{\"Records\":[{}]}}", expected.join(","));
    let lines = expected.join("\n");
    for text in [text, lines] {
        let packed = gzip(&text);
        let mut bad_crc = packed.clone();
        let crc = bad_crc.len() - 8;
        bad_crc[crc] ^= 1;
        let mut flipped = packed.clone();
        flipped[packed.len() / 2] ^= 0x55;
        let squeezed = zstd(&text);
        for (what, stored, at_least, why) in [
            ("cut gzip", packed[..packed.len() - 1000].to_vec(), 3000, "cut off"),
            ("no trailer", packed[..packed.len() - 8].to_vec(), 4000, "cut off"),
            ("half a trailer", packed[..packed.len() - 3].to_vec(), 4000, "cut off"),
            ("bad crc", bad_crc, 4000, "corrupt"),
            ("bad block", flipped, 500, "corrupt"),
            ("garbage after", [packed.clone(), b"<html>".to_vec()].concat(), 4000, "no gzip"),
            ("cut member", [packed.clone(), packed[..9].to_vec()].concat(), 4000, "cut off"),
            ("cut zstd", squeezed[..squeezed.len() - 10].to_vec(), 1000, "cut off"),
            ("garbage after zstd", [squeezed, b"<html>".to_vec()].concat(), 4000, ""),
        ] {
            let found = find(&*stored, &Options::default());
            assert!(damage(&found).contains(why), "{what}: {}", damage(&found));
            let kept = found.records.len();
            assert!(kept >= at_least, "{what}: {kept}");
            // Only the checksum at the end tells bytes that were flipped; they may make records.
            let sound = if what == "bad block" { at_least } else { kept };
            assert_eq!(found.records[..sound], expected[..sound], "{what}");
            if what != "bad block" {
                assert_eq!(found.summary.skipped, 1, "{what}: {:?}", found.skips);
            }
            assert_eq!(found.skips.iter().filter(|skip| skip.1 == damage(&found)).count(), 1);
        }
    }
}

#[test]
fn an_error_of_the_reader_is_a_damage() {
    let text = records(0..3).join("\n");
    for stored in [text.clone().into_bytes(), gzip(&text)] {
        let found = find(Slow { bytes: &stored, step: 50, fails: true }, &Options::default());
        assert!(damage(&found).contains("on fire"));
        assert_eq!((found.records, found.summary.skipped), (records(0..3), 1));
    }
    let found = find(Slow { bytes: b"\x1f", step: 50, fails: true }, &Options::default());
    assert_eq!((damage(&found), found.summary.skipped), ("the disk is on fire", 1));
}

#[test]
fn a_bomb_is_cut_at_the_cap() {
    let bomb = format!("[{},{}", record(1), " ".repeat(50_000_000));
    for stored in [gzip(&bomb), zstd(&bomb)] {
        let found = find(&*stored, &capped(1_000_000));
        assert_eq!(damage(&found), "expands beyond --max-object 1000000");
        assert_eq!((found.records, found.summary.skipped), (records(1..2), 1));
        assert_eq!(found.chunks.iter().map(|chunk| chunk.bytes.len()).sum::<usize>(), 1_000_000);
    }
    let lines = gzip(record(1).repeat(1000) + "\n" + &"{}\n".repeat(1_000_000));
    assert_eq!(find(&*lines, &capped(1_000_000)).outcome.unpacked / 100_000, 10);
    let exact = record(1);
    for (cap, skipped) in [(exact.len() as u64, 0), (exact.len() as u64 - 1, 1)] {
        assert_eq!(find(&*gzip(&exact), &capped(cap)).summary.skipped, skipped);
        assert_eq!(find(exact.as_bytes(), &capped(cap)).summary.skipped, skipped);
    }
}

#[test]
fn plain_lines_may_go_on_for_ever_but_not_one_line() {
    let expected = records(0..20_000);
    let text = expected.join("\n");
    let found = find(text.as_bytes(), &capped(100_000));
    assert_eq!((found.summary.skipped, found.records), (0, expected));
    let long = format!("{}\n{{\"x\":\"{}\n", record(1), "y".repeat(1_000_000));
    let found = find(long.as_bytes(), &capped(100_000));
    assert_eq!(damage(&found), "holds more at a time than --max-object 100000");
    assert_eq!(found.records, records(1..2));
    assert_eq!(found.summary.skipped, 1);
}

#[test]
fn long_streams_come_in_chunks() {
    let expected = records(0..150_000);
    let pretty = |record: &String| record.replace(',', ",\n  ") + "\n";
    let broken = format!("{{\"x\":\n{}\n{}\n", expected[0], expected[1..].join("\r\n"));
    for (text, extent, skipped) in [
        (expected.join("\n"), Extent::Lines, 0),
        (broken, Extent::Lines, 1),
        (expected.iter().map(pretty).collect(), Extent::Whole, 0),
    ] {
        let found = find(&*gzip(&text), &Options::default());
        assert!(found.chunks.len() > 2);
        for chunk in &found.chunks {
            assert!(chunk.bytes.len() <= CHUNK + READ);
            assert_eq!(chunk.extent, extent);
            assert!(chunk.last || chunk.bytes.ends_with(b"\n"));
            assert!(text.as_bytes()[chunk.base as usize..].starts_with(&chunk.bytes));
        }
        assert_eq!((found.records.len(), found.summary.skipped), (expected.len(), skipped));
    }
    let document = format!("{{\"Records\":[\n{}]}}\n", expected.join(",\n"));
    let found = find(document.as_bytes(), &Options::default());
    assert_eq!(
        (found.chunks[0].bytes.len(), found.chunks[0].extent),
        (document.len(), Extent::Whole)
    );
    assert_eq!((found.records.len(), found.summary.skipped), (expected.len(), 0));
}

/// Gives at most one text a read, as a pipe that somebody types into.
struct Typed(Vec<&'static [u8]>);

impl Read for Typed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(text) = self.0.first_mut() else { return Ok(0) };
        let read = text.read(into)?;
        self.0.retain(|text| !text.is_empty());
        Ok(read)
    }
}

#[test]
fn an_eager_stream_gives_each_complete_value_at_once() {
    for (typed, chunks) in [
        (&["{\"a\":1}\n", "{\"a\":2}\n{\"a\"", ":3}\n", "{}"][..], &[8, 8, 8, 2][..]),
        (&["{\"Records\":", "[]}", "\n", "{}\n"], &[15, 3, 0]),
        (&["{\n", " \"a\": 1\n", "}\n", "{\n", "}\n"], &[12, 4, 0]),
        (&["[\n", "{}\n", ",{}\n", "]\n"], &[11, 0]),
        (&["{\"cut\n", "{\"a\":1}\n", "{\"a\":2}\n", "{\"a\":3}\n"], &[22, 8, 0]),
        (&["{\"a\":1}\n", "{\"cut\n", "{\"a\":2}\n", "{\"a\":3}\n"], &[8, 14, 8, 0]),
    ] {
        let mut lengths = Vec::new();
        let typing = Typed(typed.iter().map(|text| text.as_bytes()).collect());
        read(typing, &Options { eager: true, ..Options::default() }, &mut |chunk| {
            lengths.push(chunk.bytes.len());
            ControlFlow::Continue(())
        });
        assert_eq!(lengths, chunks, "{typed:?}");
    }
}

#[test]
fn a_receiver_may_stop() {
    let text = records(0..100).join("\n");
    let mut chunks = 0;
    let slow = Slow { bytes: text.as_bytes(), step: 200, fails: false };
    let outcome = read(slow, &Options { eager: true, ..Options::default() }, &mut |_| {
        chunks += 1;
        ControlFlow::Break(())
    });
    assert_eq!((chunks, outcome.stopped, outcome.whole), (1, true, false));
}

proptest::proptest! {
    #[test]
    fn cutting_changes_nothing(
        lines in proptest::collection::vec(0..7usize, 0..30),
        step in 1..40usize,
    ) {
        let line = |(at, kind): (usize, &usize)| match kind {
            0 => "{\"broken\":".to_owned(),
            1 => "\r".to_owned(),
            2 => format!("{} {}", record(at), record(at)),
            _ => record(at),
        };
        // A first line that is sound makes it a stream of lines for every reader.
        let mut text = vec![record(999)];
        text.extend(lines.iter().enumerate().map(line));
        let text = text.join("\n");
        let slow = Slow { bytes: text.as_bytes(), step, fails: false };
        let cut = find(slow, &Options { eager: true, ..Options::default() });
        let whole = find(text.as_bytes(), &Options::default());
        proptest::prop_assert_eq!(cut.records, whole.records);
        proptest::prop_assert_eq!(
            cut.skips.iter().map(|skip| skip.0).collect::<Vec<_>>(),
            whole.skips.iter().map(|skip| skip.0).collect::<Vec<_>>()
        );
    }
}
