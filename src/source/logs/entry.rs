//! Messages of a log group, and how they become batches: by stream and by the minute they were
//! ingested in, because a batch has one origin and one time of delivery.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::{FilteredLogEvent, LiveTailSessionLogEvent};

use crate::event::time::{Millis, Timestamp};

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The stream it is in.
    pub stream: String,
    /// Its time: that of the event, as CloudTrail writes it.
    pub time: Option<Timestamp>,
    /// When it came in.
    pub ingested: Option<Timestamp>,
    /// A record, usually.
    pub message: String,
}

impl From<FilteredLogEvent> for Entry {
    fn from(it: FilteredLogEvent) -> Self {
        Self {
            stream: it.log_stream_name.unwrap_or_default(),
            time: it.timestamp.map(Timestamp),
            ingested: it.ingestion_time.map(Timestamp),
            message: it.message.unwrap_or_default(),
        }
    }
}

impl From<LiveTailSessionLogEvent> for Entry {
    fn from(it: LiveTailSessionLogEvent) -> Self {
        Self {
            stream: it.log_stream_name.unwrap_or_default(),
            time: it.timestamp.map(Timestamp),
            ingested: it.ingestion_time.map(Timestamp),
            message: it.message.unwrap_or_default(),
        }
    }
}

/// Messages of one stream that came in within one minute.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// The stream.
    pub stream: String,
    /// When the last of them came in, where that is known.
    pub delivered: Option<Timestamp>,
    /// One a line.
    pub lines: Vec<u8>,
}

/// Messages by stream and minute, what came in last first.
pub fn parts(entries: impl IntoIterator<Item = Entry>) -> Vec<Part> {
    let minute = Millis::minutes(1).0;
    let mut parts: BTreeMap<(Reverse<Option<i64>>, String), Part> = BTreeMap::new();
    for entry in entries {
        let Entry { stream, ingested, message, .. } = entry;
        let at = ingested.map(|at| at.0.div_euclid(minute));
        let part = parts.entry((Reverse(at), stream.clone())).or_insert_with(|| Part {
            stream,
            delivered: None,
            lines: vec![],
        });
        part.delivered = part.delivered.max(ingested);
        // Between the parts of a JSON value a line feed is as good as a blank, and inside a string
        // it cannot be. What is no JSON stays one line, and is counted once.
        part.lines.extend(message.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
        part.lines.push(b'\n');
    }
    parts.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(stream: &str, ingested: Option<i64>, message: &str) -> Entry {
        let ingested = ingested.map(|seconds| Timestamp(seconds * 1000));
        Entry { stream: stream.to_owned(), time: None, ingested, message: message.to_owned() }
    }

    #[test]
    fn a_part_is_one_stream_and_one_minute_newest_first() {
        let parts = parts([
            entry("a", Some(10), "1"),
            entry("b", Some(50), "2"),
            entry("a", Some(59), "3\n4"),
            entry("a", Some(61), "5"),
            entry("a", None, "6"),
        ]);
        let seen: Vec<(&str, Option<i64>, &str)> = parts
            .iter()
            .map(|part| {
                let lines = std::str::from_utf8(&part.lines).unwrap();
                (&*part.stream, part.delivered.map(|at| at.0 / 1000), lines)
            })
            .collect();
        let expected = [
            ("a", Some(61), "5\n"),
            ("a", Some(59), "1\n3 4\n"),
            ("b", Some(50), "2\n"),
            ("a", None, "6\n"),
        ];
        assert_eq!(seen, expected);
    }
}
