//! A walk over the elements of one array or object that goes on after a fault wherever it can. Finds
//! the extents of keys and values; what is in them is not looked at.

use std::ops::Range;

use crate::event::scan;

/// The state of a walk.
pub struct Walk<'w> {
    bytes: &'w [u8],
    /// How far it came.
    pub at: usize,
    before: Before,
    /// Where the first fault of the container's own grammar is.
    pub fault: Option<usize>,
    /// How it ended; `None` while it goes on, and where the bytes ended between two elements.
    pub end: Option<End>,
}

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the closing bracket.
    Closed,
    /// At an element that begins here and has no end.
    Cut(usize),
}

/// What stands before the place of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Opening,
    Comma,
    Element,
}

/// One complete element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The key with its quotes, in an object.
    pub key: Option<Range<usize>>,
    /// The value.
    pub value: Range<usize>,
}

impl<'w> Walk<'w> {
    /// A walk over a container from its opening bracket, to its closing one or to where it is cut.
    pub fn new(bytes: &'w [u8]) -> Self {
        Self { bytes, at: 1, before: Before::Opening, fault: None, end: None }
    }

    /// Says that something at `at` is not as it should be; the first place is kept.
    pub fn note(&mut self, at: usize) {
        self.fault.get_or_insert(at);
    }

    fn is_object(&self) -> bool {
        self.bytes.first() == Some(&b'{')
    }

    /// Reads the element that begins at `at`; `None` where it is none, with the walk set past it.
    fn element(&mut self, at: usize) -> Option<Step> {
        let has_key = self.is_object() && self.bytes[at] == b'"';
        if self.is_object() && !has_key {
            self.note(at);
        }
        let key = if has_key { Some(self.key(at)?) } else { None };
        let value = if has_key { self.at } else { at };
        match scan::value_end(self.bytes, value) {
            Ok(end) => {
                self.at = end;
                Some(Step { key, value: value..end })
            }
            Err(scan::Broken::Odd(odd)) => {
                self.note(odd);
                // A comma or bracket in the place of a value is read as what it is.
                let is_mark = matches!(self.bytes[odd], b',' | b'}' | b']');
                self.at = if is_mark { odd } else { odd + 1 };
                None
            }
            Err(scan::Broken::CutOff | scan::Broken::RawNewline(_)) => {
                self.end = Some(End::Cut(value));
                None
            }
        }
    }

    /// Reads a key and its colon, and stands at the value after it.
    fn key(&mut self, at: usize) -> Option<Range<usize>> {
        let Ok(end) = scan::string_end(self.bytes, at) else {
            self.end = Some(End::Cut(at));
            return None;
        };
        self.at = scan::skip_blank(self.bytes, end);
        match self.bytes.get(self.at) {
            Some(b':') => {
                self.at = scan::skip_blank(self.bytes, self.at + 1);
                return Some(at..end);
            }
            Some(_) => self.note(self.at),
            None => {}
        }
        None
    }
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        while self.end.is_none() {
            let at = scan::skip_blank(self.bytes, self.at);
            self.at = at;
            match *self.bytes.get(at)? {
                b',' => {
                    if self.before != Before::Element {
                        self.note(at);
                    }
                    self.before = Before::Comma;
                    self.at = at + 1;
                }
                closer @ (b'}' | b']') => {
                    if self.before == Before::Comma || (closer == b'}') != self.is_object() {
                        self.note(at);
                    }
                    self.at = at + 1;
                    self.end = Some(End::Closed);
                }
                _ => {
                    if self.before == Before::Element {
                        self.note(at);
                    }
                    self.before = Before::Element;
                    if let Some(step) = self.element(at) {
                        return Some(step);
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The elements of a container, where its first fault is, and how it ends.
    fn check(text: &str, elements: &[&str], fault: Option<usize>, end: Option<End>) {
        let mut walk = Walk::new(text.as_bytes());
        let found: Vec<String> = walk
            .by_ref()
            .map(|step| {
                let key = step.key.map(|key| &text[key]).unwrap_or_default();
                format!("{key}{}", &text[step.value])
            })
            .collect();
        assert_eq!(found, elements, "{text}");
        assert_eq!((walk.fault, walk.end), (fault, end), "{text}");
    }

    #[test]
    fn a_walk_goes_on_after_a_fault() {
        let closed = Some(End::Closed);
        check("[]", &[], None, closed);
        check(r#"{ "a" : 1 , "b":[2] }"#, &[r#""a"1"#, r#""b"[2]"#], None, closed);
        check("[1 2]", &["1", "2"], Some(3), closed);
        check("[1,,2,]", &["1", "2"], Some(3), closed);
        check("[,1]", &["1"], Some(1), closed);
        check("[1,?,{}]", &["1", "{}"], Some(3), closed);
        check("[1}", &["1"], Some(2), closed);
        check(r#"{"a" 1,"b":2}"#, &["1", r#""b"2"#], Some(5), closed);
        check(r#"{"a":,"b":2}"#, &[r#""b"2"#], Some(5), closed);
        check(r#"{a:1,"b":2}"#, &["a", "1", r#""b"2"#], Some(1), closed);
    }

    #[test]
    fn a_walk_says_where_it_is_cut_off() {
        check("[1,", &["1"], None, None);
        check("[1,[2,{", &["1"], None, Some(End::Cut(3)));
        check(r#"{"a":"b"#, &[], None, Some(End::Cut(5)));
        check(r#"{"a"#, &[], None, Some(End::Cut(1)));
        check(r#"{"a":"#, &[], None, Some(End::Cut(5)));
        check(r#"{"a""#, &[], None, None);
    }
}
