//! Writing values so that the parser reads back exactly them.

use std::borrow::Cow;

/// The text between quotes; a quote inside is doubled, every other character stands for itself.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The literal a value needs inside a filter to match exactly itself: `=alice`, `="a b"`; for the
/// absent value `none`.
pub fn quote(value: &str) -> String {
    if value.is_empty() { "none".to_owned() } else { format!("={}", rest_of_item(value)) }
}

/// The literal of a value that compares by the kind of its key (without case): as it is where that
/// is safe, else in quotes.
pub fn item(value: &str) -> Cow<'_, str> {
    let begins_plain = value.starts_with(|c: char| !matches!(c, '=' | '~' | '<' | '>' | '/'));
    let reads_plain = value != "none" && !value.contains('*') && !value.contains("..");
    if begins_plain && reads_plain && is_run(value) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(quoted(value))
    }
}

/// What may follow `=` or `~`: everything but what ends an item is literal there.
pub fn rest_of_item(value: &str) -> Cow<'_, str> {
    if !value.is_empty() && is_run(value) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(quoted(value))
    }
}

/// The literal of a bare word.
pub fn word(text: &str) -> Cow<'_, str> {
    let begins_plain = text.starts_with(|c: char| !matches!(c, '-' | '@'));
    let is_operator = matches!(text, "AND" | "OR" | "NOT");
    if begins_plain && !is_operator && !text.contains(':') && is_run(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(quoted(text))
    }
}

/// The literal of one name of a path.
pub fn name(text: &str) -> Cow<'_, str> {
    if is_name(text) { Cow::Borrowed(text) } else { Cow::Owned(quoted(text)) }
}

/// Whether a text could be the name of a key: a letter, then letters, digits, `_` and `-`.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Whether nothing in the text ends an item or opens a quote.
fn is_run(text: &str) -> bool {
    !text.contains(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, ',' | '"' | '(' | ')')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_only_where_they_must_be() {
        for (value, exact, plain) in [
            ("alice", "=alice", "alice"),
            ("a b", "=\"a b\"", "\"a b\""),
            ("say \"hi\"", "=\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""),
            ("C:\\", "=C:\\", "C:\\"),
            ("none", "=none", "\"none\""),
            ("*", "=*", "\"*\""),
            ("/x/", "=/x/", "\"/x/\""),
            ("1..2", "=1..2", "\"1..2\""),
            ("", "none", "\"\""),
        ] {
            assert_eq!((&*quote(value), &*item(value)), (exact, plain), "{value}");
        }
    }
}
