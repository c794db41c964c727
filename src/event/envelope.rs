//! From bytes to records: a run of bytes is read as JSON values one after another, and where one is
//! broken it is decided once whether the run is lines (the broken line is lost) or a document (what
//! is complete before the damage is kept).
//!
//! Every byte is looked at a bounded number of times, whatever the bytes are.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::find::{Finder, Span, fault};
pub use crate::event::find::{Item, Summary};
use crate::event::fingerprint::Secret;
use crate::event::scan;
use crate::event::survey::{self, Findings, Found, Worth};

/// What a run of bytes is of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extent {
    /// A complete object, or what could be read of it, or complete documents out of one.
    Whole,
    /// Complete lines out of a long stream of lines: no value goes over a line feed.
    Lines,
}

/// A run of bytes of one object.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'b> {
    /// The inflated bytes.
    pub bytes: &'b [u8],
    /// Where `bytes` begins in the inflated object.
    pub base: u64,
    /// What they are of their object.
    pub extent: Extent,
    /// Why the object could not be read beyond these bytes.
    pub damage: Option<&'b str>,
}

/// Finds the records of a piece and hands them to `sink` in the order of their bytes. A damage is
/// reported as exactly one skip, together with what it cut off.
pub fn split(piece: &Piece<'_>, secret: &Secret, sink: &mut dyn FnMut(Item<'_>)) -> Summary {
    match usual(piece, secret, None) {
        Some(found) => hand_over(piece, &found, sink),
        None => slowly(piece, secret, sink),
    }
}

/// The same, but records that are not worth it are passed over: they are checked by their brackets
/// alone and counted. Gives their number too.
pub fn sift(
    piece: &Piece<'_>,
    secret: &Secret,
    worth: Worth<'_>,
    sink: &mut dyn FnMut(Item<'_>),
) -> (Summary, u64) {
    match usual(piece, secret, Some(worth)) {
        Some(found) => (hand_over(piece, &found, sink), found.passed),
        None => (slowly(piece, secret, sink), 0),
    }
}

/// What is found at once in a piece of one of the usual shapes.
fn usual<'b>(piece: &Piece<'b>, secret: &Secret, worth: Option<Worth<'_>>) -> Option<Findings<'b>> {
    if piece.damage.is_some() {
        return None;
    }
    let text = std::str::from_utf8(piece.bytes).ok()?;
    survey::records(text, piece.extent == Extent::Lines, secret, worth)
}

fn hand_over(piece: &Piece<'_>, found: &Findings<'_>, sink: &mut dyn FnMut(Item<'_>)) -> Summary {
    for Found { offset, record, content } in &found.records {
        let raw = record.json().text().as_bytes();
        let offset = piece.base + *offset as u64;
        sink(Item::Record { offset, raw, record, content: *content, lossy: false });
    }
    Summary { records: found.records.len() as u64, ..Summary::default() }
}

/// The same for bytes of any shape, however broken.
pub(crate) fn slowly(
    piece: &Piece<'_>,
    secret: &Secret,
    sink: &mut dyn FnMut(Item<'_>),
) -> Summary {
    let mut reader = Reader {
        bytes: piece.bytes,
        base: piece.base,
        finder: Finder::new(sink, secret, piece.extent == Extent::Whole),
        lines: piece.extent == Extent::Lines,
        line: None,
        evidence: Evidence::None,
        damage: piece.damage,
    };
    reader.run();
    if let Some(why) = reader.damage {
        reader.finder.release();
        reader.finder.skip(piece.base + piece.bytes.len() as u64, why.to_owned());
    }
    reader.finder.finish()
}

/// Whether a line holds complete JSON values and nothing else, and at least one.
pub fn is_complete(line: &[u8]) -> bool {
    let mut at = skip(line, 0);
    if at == line.len() {
        return false;
    }
    while at < line.len() {
        match Value::read(line, at, line.len()) {
            Value::Sound(end) => at = skip(line, end),
            Value::Balanced(..) | Value::Broken(_) => return false,
        }
    }
    true
}

/// Blanks, and byte order marks, which files that were joined have anywhere.
fn skip(bytes: &[u8], at: usize) -> usize {
    let mut at = scan::skip_blank(bytes, at);
    while bytes[at..].starts_with(b"\xef\xbb\xbf") {
        at = scan::skip_blank(bytes, at + 3);
    }
    at
}

/// What stands at a place where a value should begin.
enum Value {
    /// A value that ends here.
    Sound(usize),
    /// An array or object whose brackets balance up to here, and what is wrong inside.
    Balanced(usize, String),
    /// Nothing that can be read, and why.
    Broken(String),
}

impl Value {
    fn read(bytes: &[u8], at: usize, limit: usize) -> Self {
        let is_container = matches!(bytes[at], b'{' | b'[');
        if is_container {
            // One pass that finds the end and checks the grammar; it fails on odd bytes too.
            let mut values =
                serde_json::Deserializer::from_slice(&bytes[at..limit]).into_iter::<&RawValue>();
            if let Some(Ok(_)) = values.next() {
                return Self::Sound(at + values.byte_offset());
            }
        }
        let end = match scan::value_end(&bytes[..limit], at) {
            Ok(end) => end,
            Err(scan::Broken::CutOff) => return Self::Broken("the value has no end".to_owned()),
            Err(scan::Broken::Odd(_)) => return Self::Broken("not JSON".to_owned()),
            Err(scan::Broken::RawNewline(_)) => {
                return Self::Broken("a line feed inside a string".to_owned());
            }
        };
        match fault(&bytes[at..end]) {
            None => Self::Sound(end),
            Some(why) if is_container => Self::Balanced(end, why),
            Some(_) => Self::Broken("not JSON".to_owned()),
        }
    }
}

/// What the arrays and objects read so far say of the shape of the piece.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Evidence {
    None,
    /// Each stood on one line.
    Lines,
    /// One of them went over several.
    Documents,
}

struct Reader<'r> {
    bytes: &'r [u8],
    base: u64,
    finder: Finder<'r>,
    /// Whether each line stands for itself. Once set it stays.
    lines: bool,
    /// The end of the line that was asked for last.
    line: Option<usize>,
    evidence: Evidence,
    /// The damage, until it is reported.
    damage: Option<&'r str>,
}

impl Reader<'_> {
    fn run(&mut self) {
        let mut at = skip(self.bytes, 0);
        while at < self.bytes.len() {
            let limit = if self.lines { self.line_end(at) } else { self.bytes.len() };
            let next = match Value::read(self.bytes, at, limit) {
                Value::Sound(end) => Some(self.take(at, end, None)),
                Value::Balanced(end, why) if !self.hides_lines(at, end) => {
                    Some(self.take(at, end, Some(why)))
                }
                Value::Balanced(_, why) | Value::Broken(why) => self.broken(at, why),
            };
            let Some(next) = next else { return };
            at = skip(self.bytes, next);
        }
    }

    /// The end of the line of `at`. Kept, so that a line of many values is walked once.
    fn line_end(&mut self, at: usize) -> usize {
        if let Some(end) = self.line.filter(|end| at <= *end) {
            return end;
        }
        let end = line_end(self.bytes, at, self.bytes.len());
        self.line = Some(end);
        end
    }

    fn take(&mut self, at: usize, end: usize, fault: Option<String>) -> usize {
        let bytes = &self.bytes[at..end];
        if matches!(bytes[0], b'{' | b'[') {
            if memchr::memchr(b'\n', bytes).is_some() {
                self.evidence = Evidence::Documents;
            } else if self.evidence == Evidence::None {
                self.evidence = Evidence::Lines;
            }
        }
        self.finder.top(Span::new(bytes, self.base + at as u64), fault);
        end
    }

    /// Reports what is broken at `at`; gives the place to go on, or `None` at the end.
    fn broken(&mut self, at: usize, why: String) -> Option<usize> {
        let whole = self.bytes.len();
        self.lines |= self.evidence == Evidence::Lines || self.hides_lines(at, whole);
        if self.lines {
            self.finder.release();
        }
        let end = if self.lines { self.line_end(at) } else { whole };
        if end < whole {
            self.finder.skip(self.base + at as u64, why);
            return Some(end + 1);
        }
        let span = Span::new(&self.bytes[at..end], self.base + at as u64);
        let before = self.finder.summary.records;
        let mut unread = self.finder.open(span);
        if self.lines && self.finder.summary.records == before {
            unread = span.offset;
        }
        if self.damage.is_some() {
            self.finder.release();
        }
        let why = self.damage.take().map_or(why, str::to_owned);
        self.finder.skip(unread, why);
        None
    }

    /// Whether after the line of `from`, and before `to`, a line is a complete value by itself. Not
    /// when a comma or a closing bracket follows it: then it is an element of something larger.
    fn hides_lines(&self, from: usize, to: usize) -> bool {
        if self.lines {
            return false;
        }
        let mut start = line_end(self.bytes, from, to) + 1;
        while start < to {
            let end = line_end(self.bytes, start, self.bytes.len());
            if is_line(&self.bytes[start..end])
                && !matches!(self.bytes.get(skip(self.bytes, end)), Some(b',' | b']' | b'}'))
            {
                return true;
            }
            start = end + 1;
        }
        false
    }
}

fn line_end(bytes: &[u8], at: usize, limit: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..limit]).map_or(limit, |lf| at + lf)
}

/// Whether a line begins at its first column with an array or object and is complete.
pub fn is_line(line: &[u8]) -> bool {
    matches!(line, [b'{' | b'[', ..])
        && matches!(line.trim_ascii_end().last(), Some(b'}' | b']'))
        && is_complete(line)
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
