//! How events are packed for delivery: a page of LookupEvents, or a gzipped log object with its
//! key.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::event::time::Timestamp;
use crate::source::demo::organization::{ACCOUNTS, ORG_ID};
use crate::source::demo::record::{Event, quoted, second};

/// As many events as LookupEvents puts on a page.
pub(crate) const PAGE: usize = 50;

/// A page of LookupEvents, newest first as AWS gives it.
pub(crate) fn history_page(events: &[Event]) -> Vec<u8> {
    let mut out = String::with_capacity(64 + events.len() * 2200);
    out.push_str(r#"{"Events":["#);
    for (at, event) in events.iter().rev().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let body = event.history_body.as_ref().unwrap_or(&event.body);
        let _ = write!(out, r#"{{"EventId":{}"#, quoted(&event.id));
        let _ = write!(out, r#","EventName":{},"ReadOnly":"{}""#, quoted(event.name), event.read);
        if !event.key.is_empty() {
            let _ = write!(out, r#","AccessKeyId":{}"#, quoted(&event.key));
        }
        let seconds = second(event.time).0 / 1000;
        let _ = write!(out, r#","EventTime":{seconds},"EventSource":"{}.amazonaws.com""#, {
            event.service
        });
        if !event.user.is_empty() {
            let _ = write!(out, r#","Username":{}"#, quoted(&event.user));
        }
        let _ = write!(out, r#","Resources":[],"CloudTrailEvent":{}}}"#, quoted(body));
    }
    out.push_str("]}");
    out.into_bytes()
}

/// A log object: `{"Records":[…]}`, gzipped.
pub(crate) fn log_object(events: &[Event]) -> Vec<u8> {
    let mut text =
        String::with_capacity(16 + events.iter().map(|e| e.body.len() + 1).sum::<usize>());
    text.push_str(r#"{"Records":["#);
    for (at, event) in events.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&event.body);
    }
    text.push_str("]}");
    let mut gzip = GzEncoder::new(Vec::with_capacity(text.len() / 4), Compression::fast());
    gzip.write_all(text.as_bytes())
        .and_then(|()| gzip.finish())
        .expect("writing to memory cannot fail")
}

/// The key under which the organization's trail keeps an object. `label` is the moment it names.
pub(crate) fn key(first: &Event, label: Timestamp, tail: &str) -> String {
    let (account, region) = (ACCOUNTS[first.account].id, first.region);
    let folder = first.category.folder();
    let c = label.civil();
    let (y, m, d) = (c.year(), c.month(), c.day());
    let (hour, minute) = (c.hour(), c.minute());
    format!(
        "AWSLogs/{ORG_ID}/{account}/{folder}/{region}/{y:04}/{m:02}/{d:02}/\
         {account}_{folder}_{region}_{y:04}{m:02}{d:02}T{hour:02}{minute:02}Z_{tail}.json.gz"
    )
}
