//! Characters that must not leave the program as they are: what steers a terminal, reorders a line
//! or hides in no width. They are written as JSON writes them, `\u202e`, never dropped.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::event::invisible::{is_invisible, is_selector};

/// Whether a character steers, reorders or hides.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || (!c.is_ascii() && (is_invisible(c) || is_selector(c)))
}

/// The text with unsafe characters as JSON escapes; what is safe stays, a backslash too.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// The same for a text of several lines: line feeds and tabs stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !matches!(c, '\n' | '\t') && is_unsafe(c))
}

/// The text as JSON would write it between quotes, unsafe characters escaped also: a value that can
/// be told apart from every other one on its line.
pub fn cell(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c == '\\' || is_unsafe(c))
}

fn escaped(text: &str, wanted: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&wanted) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if wanted(c) {
            escape(c, &mut out);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Writes a character as a JSON escape; above U+FFFF as a pair of surrogates.
fn escape(c: char, out: &mut String) {
    match c {
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\\' => out.push_str("\\\\"),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a String takes everything");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown_and_the_rest_stays() {
        let cases = [
            ("plain é 😀 日本", "plain é 😀 日本"),
            ("a\u{202e}b", "a\\u202eb"),
            ("\u{1b}[2J", "\\u001b[2J"),
            ("\u{7f}\u{9b}", "\\u007f\\u009b"),
            ("tag\u{e0041}", "tag\\udb40\\udc41"),
            ("a\tb\nc", "a\\tb\\nc"),
            ("back\\slash", "back\\slash"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected);
        }
        assert_eq!(cell("back\\slash"), "back\\\\slash");
        assert_eq!(lines("a\tb\n\u{1b}c\rd\n"), "a\tb\n\\u001bc\\rd\n");
    }
}
