//! One walk over JSON text that does everything at once: it checks the grammar, finds the records,
//! notes where their members are and hashes what they say.
//!
//! It knows the usual shapes only (objects with nothing but `Records`, and records one after
//! another, by lines or not) and gives up at the first thing that is not: then `envelope` reads the
//! same bytes slowly, part by part, and says what is wrong. Both give the same records where this
//! one gives any; tests hold them against each other.

use std::collections::HashMap;

use crate::event::fingerprint::{Domain, Secret, pair};
use crate::event::json::{Json, MAX_DEPTH, decode};
use crate::event::record::{Members, Record};
use crate::event::scan;

/// An object with more members than this has its keys indexed.
const FEW: usize = 64;

/// A record that was found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'b> {
    /// Where it begins.
    pub offset: usize,
    /// Its members.
    pub record: Record<'b>,
    /// The hash of what it says.
    pub content: u64,
}

/// Says whether a record with these bytes is worth reading.
pub type Worth<'w> = &'w dyn Fn(&[u8]) -> bool;

/// What was found in a text.
#[derive(Debug, Default)]
pub struct Findings<'b> {
    /// The records, in order.
    pub records: Vec<Found<'b>>,
    /// How many were passed over unread.
    pub passed: u64,
}

/// The records of a text in one of the usual shapes; `None` where anything is unusual. In `lines` no
/// value may go over a line feed. With `worth`, records that are not are passed over by their
/// brackets alone.
pub fn records<'b>(
    text: &'b str,
    lines: bool,
    secret: &Secret,
    worth: Option<Worth<'_>>,
) -> Option<Findings<'b>> {
    // Members are noted in 32 bits.
    u32::try_from(text.len()).ok()?;
    let mut survey = Survey { worth, ..Survey::new(text, secret) };
    let mut found = Findings::default();
    survey.blank();
    while survey.at < text.len() {
        let begin = survey.at;
        survey.top(&mut found)?;
        if lines && memchr::memchr(b'\n', &text.as_bytes()[begin..survey.at]).is_some() {
            return None;
        }
        survey.blank();
    }
    // What holds no record at all is told apart by whoever reads slowly.
    (found.passed > 0 || !found.records.is_empty()).then_some(found)
}

/// The hash of what one checked value says.
pub fn content(text: &str, secret: &Secret) -> u64 {
    let mut survey = Survey { is_checked: true, ..Survey::new(text, secret) };
    survey.blank();
    // Unchecked text has no content but itself.
    survey.value(0).unwrap_or_else(|| secret.word(Domain::Other, text.as_bytes()))
}

/// A walk. Every step answers `None` where the grammar is broken or the shape is unusual.
struct Survey<'b, 's, 'w> {
    text: &'b str,
    bytes: &'b [u8],
    at: usize,
    secret: &'s Secret,
    /// Whether somebody has checked the text before.
    is_checked: bool,
    worth: Option<Worth<'w>>,
    /// The members of the objects around the place, innermost last: hashes of key and of both.
    members: Vec<(u64, u64)>,
}

impl<'b, 's> Survey<'b, 's, '_> {
    fn new(text: &'b str, secret: &'s Secret) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            secret,
            is_checked: false,
            worth: None,
            members: vec![],
        }
    }

    fn blank(&mut self) {
        self.at = scan::skip_blank(self.bytes, self.at);
    }

    fn next(&mut self, byte: u8) -> Option<()> {
        self.blank();
        (self.bytes.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    /// A record, or an object with `Records` and nothing else.
    fn top(&mut self, found: &mut Findings<'b>) -> Option<()> {
        let begin = self.at;
        self.next(b'{')?;
        self.blank();
        let key = self.at;
        let wraps = self.bytes[key..].starts_with(b"\"Records\"");
        if !wraps {
            self.at = begin;
            return self.record(found);
        }
        self.at = key + b"\"Records\"".len();
        self.next(b':')?;
        self.next(b'[')?;
        loop {
            self.blank();
            self.record(found)?;
            self.blank();
            match self.bytes.get(self.at)? {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.at += 1;
        self.next(b'}')
    }

    fn record(&mut self, found: &mut Findings<'b>) -> Option<()> {
        let begin = self.at;
        if self.bytes.get(begin) != Some(&b'{') {
            return None;
        }
        if let Some(worth) = self.worth {
            let end = scan::value_end(self.bytes, begin).ok()?;
            if !worth(&self.bytes[begin..end]) {
                self.at = end;
                found.passed += 1;
                return Some(());
            }
        }
        let mut members = Members::default();
        let content = self.object(0, Some((begin, &mut members)))?;
        let whole = Json::of(self.text.get(begin..self.at)?);
        let record = Record::with(whole, members);
        if !record.is_record() {
            return None;
        }
        found.records.push(Found { offset: begin, record, content });
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<u64> {
        let begin = self.at;
        match self.bytes.get(begin)? {
            b'"' => self.string().map(|(_, hash)| hash),
            b'{' | b'[' if depth >= MAX_DEPTH => {
                // Whoever believes what is found here counts on every byte having been checked.
                if !self.is_checked {
                    return None;
                }
                self.at = scan::value_end(self.bytes, begin).ok()?;
                Some(self.secret.word(Domain::Other, &self.bytes[begin..self.at]))
            }
            b'{' => self.object(depth, None),
            b'[' => self.array(depth),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => self.number(),
        }
    }

    /// An object from its opening brace; notes the members of a record that begins at a place.
    fn object(&mut self, depth: usize, record: Option<(usize, &mut Members)>) -> Option<u64> {
        let first = self.members.len();
        let mut index: HashMap<u64, usize> = HashMap::new();
        let (begin, mut noted) = record.unzip();
        let mut sum = 0u64;
        self.at += 1;
        self.blank();
        let mut is_more = self.bytes.get(self.at) != Some(&b'}');
        while is_more {
            if self.bytes.get(self.at) != Some(&b'"') {
                return None;
            }
            let key_at = self.at;
            let (is_escaped, key) = self.string()?;
            let quoted = key_at..self.at;
            self.next(b':')?;
            self.blank();
            let value_at = self.at;
            let value = self.value(depth + 1)?;
            if let (Some(noted), Some(begin)) = (&mut noted, begin) {
                let range = (value_at - begin) as u32..(self.at - begin) as u32;
                match is_escaped {
                    true => noted.note(decode(&self.text[quoted]).as_bytes(), range),
                    false => noted.note(&self.bytes[quoted.start + 1..quoted.end - 1], range),
                }
            }
            let both = pair(key, value);
            // Of a duplicated key the last value counts.
            let known = self.known(first, &mut index, key);
            if let Some(known) = known {
                let old = std::mem::replace(&mut self.members[known].1, both);
                sum = sum.wrapping_sub(old);
            } else {
                self.members.push((key, both));
            }
            sum = sum.wrapping_add(both);
            is_more = self.goes_on(b'}')?;
        }
        self.at += 1;
        let members = self.members.len() - first;
        self.members.truncate(first);
        Some(pair(sum, (members as u64) << 8 | Domain::Object as u64))
    }

    /// Where the members from `first` on have this key. A flood of members is indexed.
    fn known(&self, first: usize, index: &mut HashMap<u64, usize>, key: u64) -> Option<usize> {
        let members = &self.members[first..];
        if members.len() < FEW {
            return members.iter().position(|(known, _)| *known == key).map(|at| first + at);
        }
        if index.is_empty() {
            index.extend(members.iter().enumerate().map(|(at, (key, _))| (*key, first + at)));
        }
        match index.entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => Some(*known.get()),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(self.members.len());
                None
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<u64> {
        let mut hash = Domain::Array as u64;
        self.at += 1;
        self.blank();
        let mut is_more = self.bytes.get(self.at) != Some(&b']');
        while is_more {
            let item = self.value(depth + 1)?;
            hash = pair(hash.wrapping_add(1), item);
            is_more = self.goes_on(b']')?;
        }
        self.at += 1;
        Some(pair(hash, Domain::Array as u64))
    }

    /// Steps over a comma to the next element and says true, or stands at the closing bracket.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        self.blank();
        match *self.bytes.get(self.at)? {
            b',' => {
                self.at += 1;
                self.blank();
                Some(true)
            }
            byte if byte == close => Some(false),
            _ => None,
        }
    }

    /// A string from its opening quote: whether it has escapes, and its hash.
    fn string(&mut self) -> Option<(bool, u64)> {
        let begin = self.at;
        let mut at = begin + 1;
        let mut is_escaped = false;
        loop {
            at = scan::marked(self.bytes, at)?;
            match self.bytes[at] {
                b'"' => break,
                b'\\' => {
                    is_escaped = true;
                    at = escape_end(self.bytes, at)?;
                }
                // A control character, which JSON forbids.
                _ => return None,
            }
        }
        self.at = at + 1;
        let hash = match is_escaped {
            true => self.secret.word(Domain::Text, decode(&self.text[begin..=at]).as_bytes()),
            false => self.secret.word(Domain::Text, &self.bytes[begin + 1..at]),
        };
        Some((is_escaped, hash))
    }

    fn literal(&mut self, word: &[u8]) -> Option<u64> {
        if !self.bytes[self.at..].starts_with(word) {
            return None;
        }
        self.at += word.len();
        Some(self.secret.word(Domain::Other, word))
    }

    fn number(&mut self) -> Option<u64> {
        let begin = self.at;
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match self.digits()? {
            // A zero at the front stands alone.
            first if self.bytes[first] == b'0' && self.at > first + 1 => return None,
            _ => {}
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(self.secret.word(Domain::Other, &self.bytes[begin..self.at]))
    }

    /// Steps over digits, of which there must be one; gives the place of the first.
    fn digits(&mut self) -> Option<usize> {
        let first = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        (self.at > first).then_some(first)
    }
}

/// The place after the escape whose backslash is at `at`.
fn escape_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        b'u' => {
            let hex = bytes.get(at + 2..at + 6)?;
            hex.iter().all(u8::is_ascii_hexdigit).then_some(at + 6)
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "survey_tests.rs"]
mod tests;
