//! What is asked of raw records: words in their text, and values at the end of paths.
//!
//! Each question first looks for bytes that any matching record must hold. That test may let a
//! record through that does not match, never the other way round: with an escape in the record any
//! text may be spelled in a way that its bytes do not show, so such records are always read.

use std::borrow::Cow;

use crate::event::json::{Json, text_of};
use crate::query::fold::Needle;
use crate::query::path::Path;
use crate::query::predicate::Test;

/// One question to a raw record.
#[derive(Debug, Clone)]
pub struct Question {
    ask: Ask,
    /// Bytes that are in every record that has what is asked for, unless it holds an escape.
    needle: Needle,
    /// The needle can stand for a part of U+FFFD, which the bytes may not hold.
    is_odd: bool,
}

#[derive(Debug, Clone)]
enum Ask {
    /// `is_plain`: the bytes cannot reach over the end of a key or a scalar.
    Text {
        is_plain: bool,
    },
    Path {
        path: Path,
        tests: Vec<Test>,
        present: bool,
        absent: bool,
    },
}

/// A raw record being asked.
#[derive(Debug)]
pub struct Asked<'r> {
    bytes: &'r [u8],
    has_escape: bool,
    text: Option<Cow<'r, str>>,
}

impl<'r> Asked<'r> {
    /// Takes the bytes of a record as they came.
    pub fn of(bytes: &'r [u8]) -> Self {
        Self { bytes, has_escape: memchr::memchr(b'\\', bytes).is_some(), text: None }
    }

    fn json(&mut self) -> Json<'_> {
        Json::of(self.text.get_or_insert_with(|| text_of(self.bytes)))
    }
}

impl Question {
    /// Whether a text is part of a key or a scalar.
    pub fn text(text: &str) -> Self {
        // A needle without blanks and signs of JSON lies within one token; `null` alone is no scalar.
        let is_plain = text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'@' | b'=')
        }) && !"null".contains(&text.to_ascii_lowercase());
        Self::new(Ask::Text { is_plain }, text)
    }

    /// Whether a path leads to a value that passes any of the tests, to any value (`present`), or to
    /// none (`absent`).
    pub fn path(path: &Path, tests: Vec<Test>, present: bool, absent: bool) -> Self {
        let last = path.names().last().cloned().unwrap_or_default();
        Self::new(Ask::Path { path: path.clone(), tests, present, absent }, &last)
    }

    fn new(ask: Ask, text: &str) -> Self {
        let is_odd = text.contains(char::REPLACEMENT_CHARACTER);
        Self { ask, needle: Needle::of(text), is_odd }
    }

    /// Whether nothing can be said without reading a record; `has_percent` says whether there is a
    /// percent sign in it, which may spell names in another way.
    pub fn is_free(&self, has_percent: impl FnOnce() -> bool) -> bool {
        let is_free = match &self.ask {
            Ask::Text { .. } => false,
            Ask::Path { absent, .. } => *absent || has_percent(),
        };
        is_free || self.is_odd
    }

    /// What every record that has what is asked for holds, unless it is free or spells characters
    /// by their numbers.
    pub fn needle(&self) -> &Needle {
        &self.needle
    }

    /// The answer for a record.
    pub fn holds(&self, record: &mut Asked<'_>) -> bool {
        let shows_all = !record.has_escape && !self.is_odd;
        match &self.ask {
            Ask::Text { is_plain } => {
                if shows_all {
                    let is_in = self.needle.is_in(record.bytes);
                    if !is_in || *is_plain {
                        return is_in;
                    }
                }
                record.json().any_text(&mut |text| self.needle.is_in(text.as_bytes()))
            }
            Ask::Path { path, tests, present, absent } => {
                // A URL-encoded string spells names in its own way.
                let shows_all = shows_all && memchr::memchr(b'%', record.bytes).is_none();
                if shows_all && !self.needle.is_in(record.bytes) {
                    return *absent;
                }
                let json = record.json();
                let passes = |value: Json<'_>| {
                    *present
                        || value
                            .scalar()
                            .is_some_and(|text| tests.iter().any(|test| test.holds(&text)))
                };
                path.any(json, &mut |value| passes(value))
                    || (*absent && !path.any(json, &mut |_| true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_one_key_or_scalar() {
        let plain = r#"{"eventName":"PutObject","n":1.50,"ok":true,"gone":null,"s":["a b"]}"#;
        let escaped = r#"{"x\u0041b":"\u0070ut","gone":null,"a":"1","b":"2"}"#;
        for (record, word, holds) in [
            (plain, "putobject", true),
            (plain, "1.5", true),
            (plain, "tru", true),
            (plain, "null", false),
            (plain, "ul", false),
            (plain, "a b", true),
            (plain, "eventName\":\"Put", false),
            (plain, ":", false),
            (plain, "\"", false),
            (plain, "object,n", false),
            (escaped, "xab", true),
            (escaped, "PUT", true),
            (escaped, "u0041", false),
            (escaped, "null", false),
            (escaped, "1,", false),
        ] {
            let said = Question::text(word).holds(&mut Asked::of(record.as_bytes()));
            assert_eq!(said, holds, "{word} in {record}");
        }
    }

    #[test]
    fn encoded_names_are_not_sifted_out() {
        let path = |names: &[&str]| Path::of(names.iter().map(ToString::to_string).collect());
        let may_hold = |question: &Question, record: &[u8]| {
            let has_percent = memchr::memchr(b'%', record).is_some();
            question.is_free(|| has_percent) || question.needle().is_in(record)
        };
        let record = br#"{"p":"%7B%22k%65y%22%3A1%7D"}"#;
        let question = Question::path(&path(&["p", "key"]).unwrap(), vec![], true, false);
        assert!(may_hold(&question, record) && question.holds(&mut Asked::of(record)));
        let record = br#"{"p":{"key":1}}"#;
        assert!(question.holds(&mut Asked::of(record)));
        let record = br#"{"p":{"k":1}}"#;
        assert!(!may_hold(&question, record) && !question.holds(&mut Asked::of(record)));
    }

    #[test]
    fn odd_bytes_are_read_as_the_replacement_character() {
        let record = b"{\"a\":\"x\xffy\"}";
        assert!(Question::text("x\u{fffd}Y").holds(&mut Asked::of(record)));
        assert!(!Question::text("xy").holds(&mut Asked::of(record)));
    }
}
