//! Hides the values of secrets in a text of JSON and leaves every other byte as it came. The text may
//! be broken, and JSON may be held in strings of JSON, as deep as it likes: nothing is decoded, so that
//! what is no JSON at all keeps its place and loses its secrets too.
//!
//! Every byte is looked at a bounded number of times.

use std::borrow::Cow;
use std::ops::Range;

use crate::event::secret::{HIDDEN, is_hidden, names_secret};

/// The deepest strings in strings that are told apart: each one doubles the backslashes.
const MAX_QUOTING: u32 = 6;
/// Keys are judged by their ends.
const MAX_KEY: usize = 64;

/// How often percent signs may be encoded themselves: each time makes three bytes of one.
const MAX_ENCODING: usize = 4;

/// The text with every secret in it replaced; borrowed where there is none. JSON that is URL-encoded,
/// as IAM gives policies back, is looked into as well.
pub fn veiled(text: &[u8]) -> Cow<'_, [u8]> {
    let edits = edits(text, 0);
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    for (value, shown) in edits {
        out.extend_from_slice(&text[copied..value.start]);
        out.extend(shown);
        copied = value.end;
    }
    out.extend_from_slice(&text[copied..]);
    Cow::Owned(out)
}

/// What stands where in the place of what, in order.
type Edits = Vec<(Range<usize>, Vec<u8>)>;

/// What has to be replaced in a text that is so often URL-encoded in another.
fn edits(text: &[u8], encoded: usize) -> Edits {
    let mut edits = vec![];
    let mut seen = 0;
    let mut is_open = false;
    for colon in memchr::memchr_iter(b':', text) {
        if colon < seen {
            continue;
        }
        let Some(secret) = secret_after(text, colon, &mut is_open) else { continue };
        edits_encoded(text, seen..secret.value.start, encoded, &mut edits);
        let quote = ["\\".repeat((1 << secret.quoting) - 1), "\"".to_owned()].concat();
        // What is broken off stays so.
        let closing = if secret.is_whole { &*quote } else { "" };
        seen = secret.value.end;
        edits.push((secret.value, [&*quote, HIDDEN, closing].concat().into_bytes()));
    }
    edits_encoded(text, seen..text.len(), encoded, &mut edits);
    edits
}

/// The same of what is URL-encoded in a part of a text: of each string that has quotes so, or percent
/// signs.
fn edits_encoded(text: &[u8], part: Range<usize>, encoded: usize, edits: &mut Edits) {
    if encoded == MAX_ENCODING {
        return;
    }
    let mut seen = part.start;
    while let Some(found) = memchr::memmem::find(&text[seen..part.end], b"%2") {
        let ends = |byte: &u8| matches!(byte, b'"' | b'\n');
        let (before, after) = (&text[seen..seen + found], &text[seen + found..part.end]);
        let begin = seen + before.iter().rposition(ends).map_or(0, |at| at + 1);
        let end = after.iter().position(ends).map_or(part.end, |at| seen + found + at);
        // Those before a quote belong to it.
        let end = end - trailing_slashes(&text[begin..end]);
        let (decoded, places) = decoded(&text[begin..end]);
        for (value, shown) in self::edits(&decoded, encoded + 1) {
            let value = begin + places[value.start]..begin + places[value.end];
            edits.push((value, encode(&shown)));
        }
        seen = end;
    }
}

/// A text that is URL-encoded, and where in it each byte comes from, and where it ends. A plus is a
/// blank where it stands beside no letter or digit.
fn decoded(text: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let (mut out, mut places) = (Vec::with_capacity(text.len()), vec![]);
    let mut at = 0;
    while let Some(first) = text.get(at) {
        places.push(at);
        let hex = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let coded = hex(at + 1).zip(hex(at + 2)).filter(|_| *first == b'%');
        let is_blank = *first == b'+' && !out.last().is_some_and(u8::is_ascii_alphanumeric);
        out.push(match coded {
            Some((high, low)) => (high * 16 + low) as u8,
            None if is_blank => b' ',
            None => *first,
        });
        at += if coded.is_some() { 3 } else { 1 };
    }
    places.push(text.len());
    (out, places)
}

fn encode(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect()
}

/// A value that is to be hidden.
struct Secret {
    /// With its quotes.
    value: Range<usize>,
    /// In how many strings it stands.
    quoting: u32,
    /// Whether it has an end.
    is_whole: bool,
}

/// The secret behind a colon, if its key is that of one. `is_open` says whether some value before had
/// no end.
fn secret_after(text: &[u8], colon: usize, is_open: &mut bool) -> Option<Secret> {
    let before = text[..colon].trim_ascii_end();
    let (b'"', key) = before.split_last()? else { return None };
    let slashes = trailing_slashes(key);
    let quoting = (slashes + 1).trailing_zeros();
    if quoting > MAX_QUOTING || slashes + 1 != 1 << quoting {
        return None;
    }
    let key = &key[..key.len() - slashes];
    let tail = &key[key.len().saturating_sub(MAX_KEY)..];
    let mut quotes = memchr::memrchr_iter(b'"', tail);
    let begins = |quote: &usize| ends_string(trailing_slashes(&tail[..*quote]), quoting);
    let from = quotes.find(begins).map_or(0, |quote| quote + 1);
    if !names_secret(&tail[from..]) {
        return None;
    }
    let rest = &text[colon + 1..];
    let begin = colon + 1 + rest.len() - rest.trim_ascii_start().len();
    let (end, is_whole) = value_end(text, begin, quoting, is_open)?;
    Some(Secret { value: begin..end, quoting, is_whole })
}

/// Where a value that is a secret ends, and whether it does; `None` where it is none: yes and no, nothing, and what was
/// hidden before.
fn value_end(text: &[u8], begin: usize, quoting: u32, is_open: &mut bool) -> Option<(usize, bool)> {
    let slashes = trailing_slashes_after(&text[begin..]);
    match text.get(begin + slashes)? {
        b'"' if slashes + 1 == 1 << quoting => {
            let inside = begin + slashes + 1;
            let (stop, end) = string_end(text, inside, quoting);
            let value = &text[inside..stop];
            (!value.is_empty() && !is_hidden(value) && value != HIDDEN.as_bytes())
                .then_some((end, stop < end))
        }
        b'{' | b'[' if slashes == 0 => {
            let line = || memchr::memchr(b'\n', &text[begin..]).map_or(text.len(), |at| begin + at);
            let text = if *is_open { &text[..line()] } else { text };
            let end = nested_end(text, begin, quoting);
            // What has no end is taken for a broken line, so that it costs no line that follows; and
            // so is whatever comes after it, so that nobody looks to the end again and again.
            *is_open |= end.is_none();
            Some((end.unwrap_or_else(line), end.is_some()))
        }
        b'0'..=b'9' | b'-' if slashes == 0 => {
            let is_of = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            let digits = text[begin..].iter().take_while(|byte| is_of(byte)).count();
            Some((begin + digits, true))
        }
        _ => None,
    }
}

/// Where the content of a string ends that begins here, and where the string does. Where the text,
/// the line or a string around it ends first, it was broken off.
fn string_end(text: &[u8], from: usize, quoting: u32) -> (usize, usize) {
    for quote in memchr::memchr2_iter(b'"', b'\n', &text[from..]) {
        let quote = from + quote;
        if text[quote] == b'\n' {
            return (quote, quote);
        }
        let slashes = trailing_slashes(&text[from..quote]);
        if ends_string(slashes, quoting) {
            return (quote - ((1 << quoting) - 1), quote + 1);
        }
        if (0..quoting).any(|outer| ends_string(slashes, outer)) {
            return (quote - slashes, quote - slashes);
        }
    }
    (text.len(), text.len())
}

/// Where an object or an array ends that begins here; `None` where it does not.
fn nested_end(text: &[u8], begin: usize, quoting: u32) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = begin;
    while let Some(byte) = text.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' => {
                let slashes = trailing_slashes(&text[begin..at]);
                if !ends_string(slashes, quoting) {
                    // A string around it ends.
                    return Some(at - slashes);
                }
                at = string_end(text, at + 1, quoting).1;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether a quote behind so many backslashes ends a string in so many others: in each of them what
/// is quoted is quoted once more.
fn ends_string(slashes: usize, quoting: u32) -> bool {
    slashes % (1 << (quoting + 1)) == (1 << quoting) - 1
}

fn trailing_slashes(text: &[u8]) -> usize {
    text.iter().rev().take_while(|byte| **byte == b'\\').count()
}

fn trailing_slashes_after(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b'\\').count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::json::{self, Json};
    use crate::event::secret;

    fn veil(text: &str) -> String {
        String::from_utf8(veiled(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn secrets_go_and_everything_else_stays_as_it_came() {
        // `#0` is the hidden value with its quotes, `#1` in a string, `#2` in a string in a string;
        // `<` instead of `#` where it has no end; `@` and `(` are the same URL-encoded.
        for (text, shown) in [
            (r#"{"a": 1.50, "Id" : "x"}"#, r#"{"a": 1.50, "Id" : "x"}"#),
            (r#"{"sessionToken" : "a\"b", "n":1}"#, r#"{"sessionToken" : #0, "n":1}"#),
            (r#"{"password":"a\\","b":"c"}"#, r#"{"password":#0,"b":"c"}"#),
            (r#"{"x-amz-security-token":"t"}"#, r#"{"x-amz-security-token":#0}"#),
            (r#"{"access\"token":"t"}"#, r#"{"access\"token":#0}"#),
            (r#"{"password":{"d":["}"]},"b":1}"#, r#"{"password":#0,"b":1}"#),
            (r#"{"secretKey":-1.5e3}"#, r#"{"secretKey":#0}"#),
            (r#"{"passwordResetRequired":true}"#, r#"{"passwordResetRequired":true}"#),
            (
                r#"{"password":"","p":{"password":null}}"#,
                r#"{"password":"","p":{"password":null}}"#,
            ),
            (r#"{"password":"****"}"#, r#"{"password":"****"}"#),
            (
                r#"{"password":"<sensitiveDataRemoved>"}"#,
                r#"{"password":"<sensitiveDataRemoved>"}"#,
            ),
            (
                r#"{"e":"{\"sessionToken\":\"T\",\"b\":1}"}"#,
                r#"{"e":"{\"sessionToken\":#1,\"b\":1}"}"#,
            ),
            (
                r#""{\"e\":\"{\\\"password\\\": \\\"T\\\"}\"}""#,
                r#""{\"e\":\"{\\\"password\\\": #2}\"}""#,
            ),
            // Broken off, in the value and behind the key.
            (r#"{"sessionToken":"FwoG"#, r#"{"sessionToken":<0"#),
            (r#"{"e":"{\"sessionToken\":\"Fwo", "z":1}"#, r#"{"e":"{\"sessionToken\":<1", "z":1}"#),
            (r#"{"sessionToken":"#, r#"{"sessionToken":"#),
            (r#"{"password":["#, r#"{"password":<0"#),
            // URL-encoded, once and twice, in a string of a string, with blanks, and broken off.
            (
                r#"{"d":"%7B%22password%22%3A%22x%22%2C%22n%22:1%7D"}"#,
                r#"{"d":"%7B%22password%22%3A@0%2C%22n%22:1%7D"}"#,
            ),
            (
                r#"{"d":"%7B%22e%22%3A%22%257B%2522secretKey%2522%253A12%257D%22%7D"}"#,
                r#"{"d":"%7B%22e%22%3A%22%257B%2522secretKey%2522%253A@@0%257D%22%7D"}"#,
            ),
            (
                r#"{"d":"{\"e\":\"%7b%22password%22+%3a+%5b%22x%22%5d+%7d\"}"}"#,
                r#"{"d":"{\"e\":\"%7b%22password%22+%3a+@0+%7d\"}"}"#,
            ),
            (
                r#"{"d":"%7B%22e%22%3A%22%7B%5C%22password%5C%22%3A%5C%22x%5C%22%7D%22%7D"}"#,
                r#"{"d":"%7B%22e%22%3A%22%7B%5C%22password%5C%22%3A@1%7D%22%7D"}"#,
            ),
            (r#"{"d":"%7B%22password%22%3A%22hunt"#, r#"{"d":"%7B%22password%22%3A(0"#),
            (r#"{"d":"%7B%22password%22%3A%22hunt%2"}"#, r#"{"d":"%7B%22password%22%3A(0"}"#),
            (
                r#"{"d":"{\"e\":\"%7B%22password%22%3A%22hunt\"}"}"#,
                r#"{"d":"{\"e\":\"%7B%22password%22%3A(0\"}"}"#,
            ),
            (r#"{"d":"100%25 of %22it%22: 1"}"#, r#"{"d":"100%25 of %22it%22: 1"}"#),
            (r#"{"password":"%7B%22password%22%3A1%7D"}"#, r#"{"password":#0}"#),
            ("{\"password\":\"a\n{\"n\":1}\n", "{\"password\":<0\n{\"n\":1}\n"),
            ("{\"password\":{\"a\":\n{\"n\":1}\n", "{\"password\":<0\n{\"n\":1}\n"),
            ("{\"password\":{\n\"a\":1\n}}\n", "{\"password\":#0}\n"),
        ] {
            let said = (0..3).fold(shown.to_owned(), |said, quoting| {
                let quote = "\\".repeat((1 << quoting) - 1) + "\"";
                let (whole, open) = (format!("{quote}{HIDDEN}{quote}"), format!("{quote}{HIDDEN}"));
                let url = |text: &str| String::from_utf8(encode(text.as_bytes())).unwrap();
                said.replace(&format!("#{quoting}"), &whole)
                    .replace(&format!("<{quoting}"), &open)
                    .replace(&format!("@@{quoting}"), &url(&url(&whole)))
                    .replace(&format!("@{quoting}"), &url(&whole))
                    .replace(&format!("({quoting}"), &url(&open))
            });
            assert_eq!(veil(text), said, "{text}");
            assert_eq!(veil(&said), said, "twice: {text}");
        }
    }

    /// A secret that a reader of whole values finds and that is not hidden.
    fn leak(json: Json<'_>) -> Option<String> {
        let hidden = json::encode(HIDDEN);
        let of_member = |(key, member): (std::borrow::Cow<'_, str>, Json<'_>)| {
            let shows = secret::is_secret(&key, member) && member.text() != hidden;
            if shows { Some(member.text().to_owned()) } else { leak(member) }
        };
        let inner = json.scalar().and_then(|text| secret::inner_json(&text));
        json.entries()
            .find_map(of_member)
            .or_else(|| json.items().find_map(leak))
            .or_else(|| leak(Json::of(&inner?.0)))
    }

    /// A value of JSON with keys of secrets in it, some of its strings JSON themselves.
    fn value() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("1.50".to_owned()),
            r"[ -~é\n]{0,12}".prop_map(|text| json::encode(&text)),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            let key = prop_oneof![
                Just("sessionToken".to_owned()),
                Just("master Password".to_owned()),
                "[a-z\"\\\\]{0,4}",
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3)
                    .prop_map(|items| format!("[{}]", items.join(", "))),
                prop::collection::vec((key, inner.clone()), 0..3).prop_map(|members| {
                    let members =
                        members.iter().map(|(key, it)| format!("{} :{it}", json::encode(key)));
                    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
                }),
                inner.clone().prop_map(|text| json::encode(&text)),
                inner.prop_map(|text| {
                    let url = String::from_utf8(encode(text.as_bytes())).unwrap();
                    json::encode(&url)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_secret_is_left_at_any_depth(text in value()) {
            let shown = veil(&text);
            let json = Json::checked(&shown);
            prop_assert!(json.is_ok(), "{} became {}", text, shown);
            prop_assert_eq!(leak(json.unwrap()), None, "{} became {}", text, shown);
        }

        #[test]
        fn any_bytes_will_do(text in prop::collection::vec(
            prop_oneof![Just(b'"'), Just(b'\\'), Just(b':'), Just(b'{'), Just(b'}'), any::<u8>()], 0..80,
        )) {
            let with_key = [b"{\"password\"".as_slice(), &text].concat();
            let shown = veiled(&with_key);
            let again = veiled(&shown);
            prop_assert_eq!(&*again, &*shown);
        }
    }
}
