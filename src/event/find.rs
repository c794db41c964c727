//! Where the records inside one JSON value are, whatever it is wrapped in: arrays, objects, and
//! strings that hold JSON, down to [`LEVELS`]. Knows nothing of lines, files or objects.
//!
//! A value whose grammar is sound is walked without checking anything twice. In a value that is
//! balanced but broken every element is checked by itself, so that one bad element costs itself
//! only. Of a value that is cut off, the elements that are complete are read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::event::fingerprint::Secret;
use crate::event::json::{Json, decode, text_of};
use crate::event::record::Record;
use crate::event::scan;
use crate::event::walk::{End, Walk};

/// How many arrays, objects and decoded strings may lie around a record.
pub const LEVELS: usize = 8;

/// What was found; every offset is one of the inflated object.
#[derive(Debug)]
pub enum Item<'i> {
    /// A CloudTrail record.
    Record {
        /// Where it begins; inside a decoded string, where that string begins.
        offset: u64,
        /// Its bytes as they came; inside a string, the decoded text.
        raw: &'i [u8],
        /// Its members, out of the same as text, odd bytes replaced by U+FFFD.
        record: &'i Record<'i>,
        /// The hash of what it says.
        content: u64,
        /// Whether the text is not what `raw` is.
        lossy: bool,
    },
    /// Something that should have been a record or a container of records and cannot be read.
    Skip {
        /// Where it begins.
        offset: u64,
        /// Why, for a human.
        why: String,
    },
    /// A top-level JSON value without any record in it.
    Other {
        /// Where it begins.
        offset: u64,
        /// What it seems to be: a word of [`KINDS`], or `json`.
        kind: &'static str,
    },
}

/// How many items of each sort were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Records, without what was skipped.
    pub records: u64,
    /// Things that should have been records.
    pub skipped: u64,
    /// Top-level values that are no records.
    pub others: u64,
    /// Whether an empty `Records` was seen: an object that rightly gave nothing.
    pub empty_records: bool,
}

/// What a top-level value without records is, by the members it has; the first row that fits.
pub const KINDS: &[(&str, &[&str])] = &[
    ("eventbridge", &["detail-type", "detail"]),
    ("digest", &["digestStartTime", "digestEndTime"]),
    ("notification", &["s3Bucket", "s3ObjectKey"]),
    ("notification", &["Type", "Message"]),
    ("notification", &["Service", "Event", "Bucket"]),
    ("notification", &["Records"]),
    ("notification", &["messageId", "body"]),
    ("notification", &["MessageId", "Body"]),
    ("logs", &["messageType", "logGroup"]),
    ("config", &["configurationItemStatus"]),
    ("config", &["configurationItem"]),
    ("config", &["configurationItems"]),
    ("config", &["invokingEvent"]),
];

/// The bytes of one value and where they stand in the object.
#[derive(Debug, Clone, Copy)]
pub struct Span<'v> {
    /// From the first byte of the value to its last, or to where it is cut off.
    pub bytes: &'v [u8],
    /// Where `bytes` begins.
    pub offset: u64,
    /// Inside a decoded string, where every part has the offset of the string.
    decoded: bool,
    /// Whether decoding the string lost odd bytes.
    lossy: bool,
}

impl<'v> Span<'v> {
    /// A value as it stands in the object.
    pub fn new(bytes: &'v [u8], offset: u64) -> Self {
        Self { bytes, offset, decoded: false, lossy: false }
    }

    fn at(self, at: usize) -> u64 {
        if self.decoded { self.offset } else { self.offset + at as u64 }
    }

    fn part(self, range: Range<usize>) -> Self {
        Self { offset: self.at(range.start), bytes: &self.bytes[range], ..self }
    }

    fn is_container(self) -> bool {
        matches!(self.bytes.first(), Some(b'{' | b'['))
    }
}

/// Why these bytes are not one JSON value; `None` when they are.
pub fn fault(bytes: &[u8]) -> Option<String> {
    Json::checked(&String::from_utf8_lossy(bytes)).err().map(|error| error.to_string())
}

/// Hands what it finds to a sink and counts it.
pub struct Finder<'s> {
    secret: &'s Secret,
    sink: &'s mut dyn FnMut(Item<'_>),
    /// What was handed over so far.
    pub summary: Summary,
    /// Skips of a document that has not shown to be CloudTrail's; `None` once it has.
    held: Option<Vec<(u64, String)>>,
    /// Everything unreadable so far, handed over or held.
    faults: u64,
}

/// How many skips are held back at most; more are no slip in one document.
const HELD: usize = 1000;

impl<'s> Finder<'s> {
    /// A finder that has found nothing yet. In a `document` without any record all that is broken
    /// counts as one: the document.
    pub fn new(sink: &'s mut dyn FnMut(Item<'_>), secret: &'s Secret, document: bool) -> Self {
        let held = document.then(Vec::new);
        Self { secret, sink, summary: Summary::default(), held, faults: 0 }
    }

    /// Reports something unreadable.
    pub fn skip(&mut self, offset: u64, why: String) {
        self.faults += 1;
        match &mut self.held {
            Some(held) if held.len() < HELD => held.push((offset, why)),
            Some(_) => {
                self.release();
                self.hand_over(offset, why);
            }
            None => self.hand_over(offset, why),
        }
    }

    /// Hands over what was held back, and holds nothing from here on.
    pub fn release(&mut self) {
        for (offset, why) in self.held.take().unwrap_or_default() {
            self.hand_over(offset, why);
        }
    }

    /// Ends the piece: of a document without any record the first fault stands for all.
    pub fn finish(mut self) -> Summary {
        let held = self.held.take().unwrap_or_default();
        if let Some((offset, why)) = held.into_iter().next() {
            self.hand_over(offset, why);
        }
        self.summary
    }

    fn hand_over(&mut self, offset: u64, why: String) {
        self.summary.skipped += 1;
        (self.sink)(Item::Skip { offset, why });
    }

    /// Finds the records of a top-level value. `fault` is what is wrong with its grammar: then its
    /// brackets still balance.
    pub fn top(&mut self, span: Span<'_>, fault: Option<String>) {
        let before = (self.summary.records, self.faults);
        let seen_empty = std::mem::take(&mut self.summary.empty_records);
        self.value(span, 0, fault);
        let empty = self.summary.empty_records;
        self.summary.empty_records |= seen_empty;
        if (self.summary.records, self.faults) == before && !empty {
            self.summary.others += 1;
            (self.sink)(Item::Other { offset: span.offset, kind: kind(span.bytes) });
        }
    }

    /// Finds the records in the complete elements of a container that is cut off, and gives the
    /// offset of what is not complete. Not a word of it is skipped here: the caller knows why.
    pub fn open(&mut self, span: Span<'_>) -> u64 {
        self.opened(span, 0)
    }

    fn value(&mut self, span: Span<'_>, depth: usize, fault: Option<String>) {
        match span.bytes.first() {
            Some(b'{') => self.object(span, depth, fault),
            Some(b'[') => self.container(span, depth, fault),
            Some(b'"') if fault.is_none() => self.string(span, depth),
            _ => {
                if let Some(why) = fault {
                    self.skip(span.offset, why);
                }
            }
        }
    }

    fn object(&mut self, span: Span<'_>, depth: usize, fault: Option<String>) {
        if let Some(why) = fault {
            if is_meant_as_record(span.bytes) {
                self.release();
                self.skip(span.offset, why);
            } else {
                self.container(span, depth, Some(why));
            }
            return;
        }
        let text = text_of(span.bytes);
        let record = Record::of(Json::of(&text));
        if !record.is_record() {
            self.container(span, depth, None);
            return;
        }
        self.release();
        self.summary.records += 1;
        (self.sink)(Item::Record {
            offset: span.offset,
            raw: span.bytes,
            record: &record,
            content: self.secret.content(record.json()),
            lossy: span.lossy || matches!(text, Cow::Owned(_)),
        });
    }

    /// Searches the elements of a balanced container. A broken one costs at least one skip: one for
    /// each broken element, and one for its own commas, colons and scalars together.
    fn container(&mut self, span: Span<'_>, depth: usize, fault: Option<String>) {
        let faults = self.faults;
        if depth < LEVELS {
            let mut walk = Walk::new(span.bytes);
            self.elements(span, &mut walk, depth + 1, fault.is_some());
            if let (Some(at), Some(why)) = (walk.fault, &fault) {
                // An object that is an element is one thing; in larger ones the place helps.
                let is_element = depth > 0 && span.bytes[0] == b'{';
                self.skip(if is_element { span.offset } else { span.at(at) }, why.clone());
            }
        }
        if let Some(why) = fault
            && self.faults == faults
        {
            self.skip(span.offset, why);
        }
    }

    fn element(&mut self, span: Span<'_>, depth: usize, suspect: bool) {
        let fault = if suspect { fault(span.bytes) } else { None };
        self.value(span, depth, fault);
    }

    /// Searches the complete elements of a container; of members with the same key, the last. In a
    /// `suspect` container everything is checked on the way.
    fn elements(&mut self, span: Span<'_>, walk: &mut Walk<'_>, depth: usize, suspect: bool) {
        let mut members = Members::default();
        while let Some(step) = walk.next() {
            let part = span.part(step.value.clone());
            if suspect && !part.is_container() && fault(part.bytes).is_some() {
                walk.note(step.value.start);
                continue;
            }
            let worth = is_worth_searching(part.bytes);
            let Some(key) = step.key else {
                if worth {
                    self.element(part, depth, suspect);
                }
                continue;
            };
            let key = name(&span.bytes[key]);
            self.summary.empty_records |= &*key == b"Records" && is_empty_array(part.bytes);
            members.put(key, worth.then_some(step.value));
            if members.is_full() {
                for range in std::mem::take(&mut members).last_of_each() {
                    self.element(span.part(range), depth, suspect);
                }
            }
        }
        for range in members.last_of_each() {
            self.element(span.part(range), depth, suspect);
        }
    }

    fn string(&mut self, span: Span<'_>, depth: usize) {
        if depth >= LEVELS || !is_worth_searching(span.bytes) {
            return;
        }
        let token = String::from_utf8_lossy(span.bytes);
        let decoded = decode(&token);
        let text = decoded.trim_ascii();
        if !text.starts_with(['{', '[']) {
            return;
        }
        let lossy = span.lossy || matches!(token, Cow::Owned(_));
        let inner = Span { bytes: text.as_bytes(), offset: span.offset, decoded: true, lossy };
        let Some(why) = fault(inner.bytes) else {
            return self.value(inner, depth + 1, None);
        };
        // Text that only looks like JSON is nothing to report, unless a record was meant.
        if memchr::memmem::find(inner.bytes, b"\"eventVersion\"").is_none() {
            return;
        }
        if scan::value_end(inner.bytes, 0) == Ok(inner.bytes.len()) {
            self.value(inner, depth + 1, Some(why));
        } else {
            self.skip(span.offset, why);
        }
    }

    fn opened(&mut self, span: Span<'_>, depth: usize) -> u64 {
        let is_object = span.bytes.first() == Some(&b'{');
        if !span.is_container() || depth >= LEVELS || is_object && is_meant_as_record(span.bytes) {
            return span.offset;
        }
        let mut walk = Walk::new(span.bytes);
        self.elements(span, &mut walk, depth + 1, true);
        match walk.end {
            Some(End::Cut(at)) => self.opened(span.part(at..span.bytes.len()), depth + 1),
            Some(End::Closed) | None => span.at(walk.at.min(span.bytes.len())),
        }
    }
}

/// The members of an object that are to be searched, each key once.
#[derive(Default)]
struct Members<'k> {
    at: HashMap<Cow<'k, [u8]>, usize>,
    values: Vec<Range<usize>>,
}

impl<'k> Members<'k> {
    /// An object with more of them is an attack on memory; it is read in parts of so many.
    const FULL: usize = 1 << 16;

    /// Takes the value of a key in the place of an earlier one; `None` is not worth searching.
    fn put(&mut self, key: Cow<'k, [u8]>, value: Option<Range<usize>>) {
        let older = match value {
            Some(value) => {
                self.values.push(value);
                self.at.insert(key, self.values.len() - 1)
            }
            None => self.at.remove(&key),
        };
        if let Some(older) = older {
            self.values[older] = 0..0;
        }
    }

    fn is_full(&self) -> bool {
        self.values.len() >= Self::FULL
    }

    fn last_of_each(self) -> impl Iterator<Item = Range<usize>> {
        self.values.into_iter().filter(|range| !range.is_empty())
    }
}

/// Whether a broken object was to be a record, by the keys that can still be read: a name, and some
/// of what goes with it, as the rest may be what is broken. Nothing is looked for inside it then.
fn is_meant_as_record(bytes: &[u8]) -> bool {
    let (mut named, mut more) = (false, 0);
    let mut walk = Walk::new(bytes);
    for step in walk.by_ref() {
        let Some(key) = step.key else { continue };
        match &*name(&bytes[key]) {
            b"eventVersion" | b"eventName" => named = true,
            b"eventSource" if bytes[step.value].starts_with(b"\"aws:") => return false,
            b"eventSource" | b"userIdentity" | b"insightDetails" => more += 2,
            b"eventTime" | b"eventID" | b"eventType" | b"eventCategory" | b"awsRegion" => more += 1,
            _ => {}
        }
    }
    // Where the object is cut off, the other half of the proof may be what is missing.
    named && (more >= 2 || walk.end != Some(End::Closed))
}

fn is_worth_searching(bytes: &[u8]) -> bool {
    match bytes {
        [b'{' | b'[', inner, ..] => !matches!(inner, b'}' | b']'),
        [b'"', ..] => {
            let first = scan::skip_blank(bytes, 1);
            matches!(bytes.get(first), Some(b'{' | b'[' | b'\\'))
        }
        _ => false,
    }
}

fn is_empty_array(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'[') && bytes.get(scan::skip_blank(bytes, 1)) == Some(&b']')
}

/// A key as its decoded bytes.
fn name(quoted: &[u8]) -> Cow<'_, [u8]> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if memchr::memchr(b'\\', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    Cow::Owned(decode(&String::from_utf8_lossy(quoted)).into_owned().into_bytes())
}

fn kind(bytes: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(bytes);
    let json = Json::of(&text);
    let json = json.items().next().unwrap_or(json);
    let known = |key: &str| KINDS.iter().any(|(_, needs)| needs.contains(&key));
    let keys: Vec<Cow<'_, str>> =
        json.entries().map(|(key, _)| key).filter(|key| known(key)).take(64).collect();
    let fits = |needs: &&[&str]| needs.iter().all(|need| keys.iter().any(|key| key == need));
    KINDS.iter().find(|(_, needs)| fits(needs)).map_or("json", |(kind, _)| kind)
}
