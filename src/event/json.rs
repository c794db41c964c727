//! A JSON value borrowed from its text and read lazily: nothing is built that is not asked for.
//!
//! The text is expected to have been checked once (`Json::checked`); on unchecked text every reader
//! still ends and never panics, it only finds less. JSON is read here and nowhere else in the
//! program, so that numbers stay as they were written and odd strings stay odd.

use std::borrow::Cow;

use crate::event::scan;

/// How deep readers follow nesting. CloudTrail's own records stay below 20; deeper is an attack.
pub const MAX_DEPTH: usize = 64;

/// The text of one JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

/// What a value is, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`, or nothing at all.
    Null,
}

impl<'a> Json<'a> {
    /// Takes the text of one value, which somebody has checked before.
    pub fn of(text: &'a str) -> Self {
        Self(text.trim_ascii())
    }

    /// Checks the grammar of the whole text and takes it; the error says line and column.
    pub fn checked(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<&serde_json::value::RawValue>(text).map(|raw| Self::of(raw.get()))
    }

    /// The text as it was written.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// What this value is.
    pub fn shape(self) -> Shape {
        match self.0.as_bytes().first() {
            Some(b'{') => Shape::Object,
            Some(b'[') => Shape::Array,
            Some(b'"') => Shape::Text,
            Some(b't' | b'f') => Shape::Bool,
            Some(b'-' | b'0'..=b'9') => Shape::Number,
            _ => Shape::Null,
        }
    }

    /// True for `null`, `""` and nothing at all: what the filter language calls absent.
    pub fn is_absent(self) -> bool {
        matches!(self.0, "" | "null" | "\"\"")
    }

    /// A scalar as text: strings decoded, numbers and booleans as written. `None` for `null`,
    /// objects and arrays.
    pub fn scalar(self) -> Option<Cow<'a, str>> {
        match self.shape() {
            Shape::Text => Some(decode(self.0)),
            Shape::Number | Shape::Bool => Some(Cow::Borrowed(self.0)),
            Shape::Object | Shape::Array | Shape::Null => None,
        }
    }

    /// True for `true` and `"true"`, false for `false` and `"false"` (without case), else `None`.
    pub fn truth(self) -> Option<bool> {
        let text = self.scalar()?;
        if text.eq_ignore_ascii_case("true") {
            Some(true)
        } else if text.eq_ignore_ascii_case("false") {
            Some(false)
        } else {
            None
        }
    }

    /// The members of an object in the order they were written; empty for anything else.
    pub fn entries(self) -> Entries<'a> {
        Entries { text: self.0, at: if self.shape() == Shape::Object { 1 } else { self.0.len() } }
    }

    /// The elements of an array; empty for anything else.
    pub fn items(self) -> Items<'a> {
        Items { text: self.0, at: if self.shape() == Shape::Array { 1 } else { self.0.len() } }
    }

    /// The member of this exact name; a duplicated key takes its last value.
    pub fn get(self, name: &str) -> Option<Json<'a>> {
        self.entries().filter(|(key, _)| key == name).last().map(|(_, value)| value)
    }

    /// The member at the end of a path of exact names.
    pub fn at(self, path: &[&str]) -> Option<Json<'a>> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// Calls `visit` with every key and every scalar of the value, decoded, one by one and in
    /// order, until it answers `true`. Says whether it did.
    pub fn any_text(self, visit: &mut dyn FnMut(&str) -> bool) -> bool {
        let bytes = self.0.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let end = match bytes[at] {
                b'"' | b'-' | b'0'..=b'9' | b't' | b'f' => match scan::value_end(bytes, at) {
                    Ok(end) => end,
                    Err(_) => return false,
                },
                b'n' => {
                    at += 4;
                    continue;
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            let Some(token) = self.0.get(at..end) else { return false };
            let hit = if bytes[at] == b'"' { visit(&decode(token)) } else { visit(token) };
            if hit {
                return true;
            }
            at = end;
        }
        false
    }
}

/// See [`Json::entries`].
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Cow<'a, str>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let key = next_element(bytes, self.at)?;
        if bytes[key] != b'"' {
            return None;
        }
        let key_end = scan::string_end(bytes, key).ok()?;
        let colon = scan::skip_blank(bytes, key_end);
        let value = scan::skip_blank(bytes, colon + 1);
        let end = scan::value_end(bytes, value).ok()?;
        self.at = end;
        Some((decode(self.text.get(key..key_end)?), Json(self.text.get(value..end)?)))
    }
}

/// See [`Json::items`].
#[derive(Debug, Clone)]
pub struct Items<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let value = next_element(bytes, self.at)?;
        let end = scan::value_end(bytes, value).ok()?;
        self.at = end;
        Some(Json(self.text.get(value..end)?))
    }
}

/// The start of the next member or element, past blanks and commas; `None` at the closing bracket.
fn next_element(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = scan::skip_blank(bytes, at);
        match bytes.get(at)? {
            b',' => at += 1,
            b'}' | b']' => return None,
            _ => return Some(at),
        }
    }
}

/// Bytes as text, odd ones replaced by U+FFFD. Nearly all are sound, and finding that out at once
/// is quicker than walking them in search of odd ones.
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// A text as a quoted JSON string.
pub fn encode(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Decodes a quoted JSON string. An escape that is none is kept as written; half of a surrogate
/// pair becomes U+FFFD.
pub fn decode(quoted: &str) -> Cow<'_, str> {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(slash) = rest.find('\\') {
        out.push_str(&rest[..slash]);
        let escape = &rest[slash + 1..];
        let mut chars = escape.chars();
        let plain = match chars.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => {
                let (character, used) = decode_unicode(escape);
                out.push(character);
                rest = &escape[used..];
                continue;
            }
            Some(other) => other,
            None => '\\',
        };
        out.push(plain);
        rest = chars.as_str();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes `uXXXX` or a pair `uXXXX\uXXXX`; gives the character and how many bytes it took.
fn decode_unicode(escape: &str) -> (char, usize) {
    let unit = |text: &str| text.get(..4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let Some(high) = escape.get(1..).and_then(unit) else { return ('u', 1) };
    if let Some(character) = char::from_u32(u32::from(high)) {
        return (character, 5);
    }
    let low = escape.get(5..).and_then(|rest| rest.strip_prefix("\\u")).and_then(unit);
    match low.map(|low| char::decode_utf16([high, low]).next()) {
        Some(Some(Ok(character))) => (character, 11),
        _ => (char::REPLACEMENT_CHARACTER, 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_members_and_elements() {
        let json =
            Json::checked(r#" {"a": 1, "b": [true, "x\ny", null], "a": {"c": ""}} "#).unwrap();
        assert_eq!(json.get("a").unwrap().text(), r#"{"c": ""}"#, "the last of two wins");
        let items: Vec<_> = json.get("b").unwrap().items().map(Json::scalar).collect();
        assert_eq!(items, [Some("true".into()), Some("x\ny".into()), None]);
        assert!(json.at(&["a", "c"]).unwrap().is_absent());
        assert!(json.at(&["a", "d"]).is_none());
    }

    #[test]
    fn decodes_what_serde_decodes_and_survives_the_rest() {
        for quoted in [r#""plain""#, r#""\u0041\t\"\\\/""#, r#""😀 é""#] {
            let theirs: String = serde_json::from_str(quoted).unwrap();
            assert_eq!(decode(quoted), theirs);
        }
        assert_eq!(decode(r#""\ud83d x""#), "\u{fffd} x");
        assert_eq!(decode(r#""\ud83d\u0041""#), "\u{fffd}A");
    }

    #[test]
    fn visits_keys_and_scalars_apart() {
        let json = Json::of(r#"{"k":["a b",1.50,false,null],"n":{"deep":"c"}}"#);
        let mut seen = vec![];
        assert!(!json.any_text(&mut |text| {
            seen.push(text.to_owned());
            false
        }));
        assert_eq!(seen, ["k", "a b", "1.50", "false", "n", "deep", "c"]);
    }
}
