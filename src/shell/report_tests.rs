//! The result of a run, over rows made by hand; the same with little and with much memory.

use std::sync::Arc;

use super::*;
use crate::event::read::{Event, Hints};
use crate::event::record::Record;
use crate::export::column;
use crate::store::segment::{Birth, Builder, RowId};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn part(records: &[String], base: u64) -> Part {
    let mut builder = Builder::default();
    for text in records {
        let record = Record::of(Json::checked(text).unwrap());
        let event = Event::read(&record, &Hints::default(), NOW);
        let birth = Birth {
            time: event.time.unwrap_or(NOW),
            arrival: NOW,
            identity: 0,
            flags: event.flags,
            origins: 2,
        };
        builder.push(&event, text.as_bytes(), birth);
    }
    let (segment, side) = builder.finish(RowId(base));
    Part { segment: Arc::new(segment), side: Arc::new(side) }
}

fn records() -> Vec<String> {
    let record = |n: usize| {
        format!(
            r#"{{ "eventVersion": "1.08", "eventTime": "2023-07-10T12:00:{:02}Z", "eventID": "id{}",
            "eventName": "Event{}", "eventSource": "s3.amazonaws.com", "n": [{}, "x\ty", {}] }}"#,
            (n * 7) % 10,
            99 - n,
            n % 4,
            n % 3,
            n % 3,
        )
    };
    (0..40).map(record).collect()
}

fn run(shape: &Shape, format: Format, limit: Option<u64>, memory: usize) -> String {
    let terminal = None;
    let wanted = Wanted { format, shape: shape.clone(), limit, terminal, memory, now: NOW };
    let mut out = vec![];
    let mut report = Report::new(wanted, &mut out);
    for (at, chunk) in records().chunks(7).enumerate() {
        let part = part(chunk, at as u64 * 7);
        report.take(&part, &Bits::all(chunk.len())).unwrap();
    }
    assert_eq!(report.matched(), 40);
    report.finish().unwrap();
    String::from_utf8(out).unwrap()
}

fn columns(list: &str) -> Vec<Chosen> {
    column::parse(list).unwrap()
}

#[test]
fn rows_come_in_the_order_of_time_and_then_of_the_id_however_little_is_held() {
    let shape = Shape::Sorted(columns("time,id"));
    let text = run(&shape, Format::Csv, None, 1 << 20);
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), 40);
    assert!(lines.is_sorted(), "{text}");
    for memory in [0, 500, 3000] {
        assert_eq!(run(&shape, Format::Csv, None, memory), text);
        let first = run(&shape, Format::Csv, Some(3), memory);
        assert_eq!(first, text.split_inclusive('\n').take(4).collect::<String>());
    }
}

#[test]
fn arrival_is_the_order_they_came_in() {
    let shape = Shape::Arriving(columns("id"));
    let text = run(&shape, Format::Csv, Some(9), 0);
    let expected: Vec<String> = (0..9).map(|n| format!("id{}", 99 - n)).collect();
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), expected);
}

#[test]
fn records_are_compact_and_as_in_the_source() {
    let text = run(&Shape::Sorted(vec![]), Format::Ndjson, Some(1), 100);
    assert_eq!(
        text,
        "{\"eventVersion\":\"1.08\",\"eventTime\":\"2023-07-10T12:00:00Z\",\"eventID\":\"id69\",\
         \"eventName\":\"Event2\",\"eventSource\":\"s3.amazonaws.com\",\"n\":[0,\"x\\ty\",0]}\n"
    );
}

#[test]
fn counts_are_ranked_with_ties_by_value_and_each_value_of_an_event_once() {
    let by = |keys: &str, format, limit, memory| {
        run(&Shape::Counted(columns(keys)), format, limit, memory)
    };
    for memory in [0, 300, 1 << 20] {
        let text = by("event", Format::Table, None, memory);
        assert_eq!(text, "10\tEvent0\n10\tEvent1\n10\tEvent2\n10\tEvent3\n");
        let text = by(".n", Format::Table, None, memory);
        assert_eq!(text, "40\tx\\ty\n14\t0\n13\t1\n13\t2\n");
        let text = by("svc,err", Format::Table, None, memory);
        assert_eq!(text, "40\ts3.amazonaws.com\t-\n");
        let text = by("event,svc", Format::Table, Some(2), memory);
        assert_eq!(text, "10\tEvent0\ts3.amazonaws.com\n10\tEvent1\ts3.amazonaws.com\n");
        let text = by(".n", Format::Ndjson, Some(1), memory);
        assert_eq!(text, "{\"count\":40,\".n\":\"x\\ty\"}\n");
        assert_eq!(by(".n", Format::Csv, Some(2), memory), "count,.n\n40,\"x\ty\"\n14,0\n");
    }
}

#[test]
fn a_number_is_the_number_alone() {
    assert_eq!(run(&Shape::Number, Format::Table, None, 0), "40\n");
}

/// An output that nobody reads.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_output_ends_the_run() {
    for shape in [Shape::Number, Shape::Sorted(columns("id")), Shape::Counted(columns("id"))] {
        let wanted = Wanted {
            format: Format::Table,
            shape,
            limit: None,
            terminal: None,
            memory: 0,
            now: NOW,
        };
        let mut report = Report::new(wanted, Closed);
        let part = part(&records(), 0);
        report.take(&part, &Bits::all(40)).unwrap();
        assert!(matches!(report.finish(), Err(Stop::Closed)));
    }
}
