//! Where a JSON value ends. Works on bytes that may be broken in any way: it finds extents without
//! building anything, never recurses, and never panics.
//!
//! It counts brackets and skips strings; it does not check grammar. Whoever takes a slice from here
//! has it checked by `serde_json` before believing it.

/// Why no extent could be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// The bytes ended inside the value.
    CutOff,
    /// A byte at this offset cannot begin or continue a value.
    Odd(usize),
    /// A string holds a raw line feed at this offset, which JSON forbids.
    RawNewline(usize),
}

/// The offset of the first byte at or after `at` that is not JSON white space.
pub fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The offset just past the closing quote of the string whose opening quote is at `at`.
pub fn string_end(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    let mut from = at + 1;
    loop {
        let hit = marked(bytes, from).ok_or(Broken::CutOff)?;
        match bytes[hit] {
            b'"' => return Ok(hit + 1),
            b'\\' => from = hit + 2,
            b'\n' => return Err(Broken::RawNewline(hit)),
            // Other control characters are for whoever checks the grammar.
            _ => from = hit + 1,
        }
    }
}

/// The offset just past the value that begins at `at` (which must not be white space).
pub fn value_end(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    match bytes.get(at) {
        None => Err(Broken::CutOff),
        Some(b'{' | b'[') => container_end(bytes, at),
        Some(b'"') => string_end(bytes, at),
        Some(b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => {
            let is_word =
                |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.');
            Ok(at + bytes[at..].iter().take_while(|b| is_word(b)).count())
        }
        Some(_) => Err(Broken::Odd(at)),
    }
}

/// The place of the next quote, backslash or control character. Strings are short, so eight bytes
/// are looked at together in a register.
pub(crate) fn marked(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = ONES << 7;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & TOPS;
    while let Some(eight) = bytes.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().ok()?);
        let below = word.wrapping_sub(ONES * 0x20) & !word & TOPS;
        let marks = below | zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5c));
        if marks != 0 {
            // Borrows only make false marks behind a true one, and the first is true.
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|more| at + more)
}

fn container_end(bytes: &[u8], at: usize) -> Result<usize, Broken> {
    let mut depth = 0usize;
    let mut from = at;
    loop {
        let hit = from + next_mark(&bytes[from..]).ok_or(Broken::CutOff)?;
        match bytes[hit] {
            b'"' => from = string_end(bytes, hit)?,
            b'{' | b'[' => {
                depth += 1;
                from = hit + 1;
            }
            _ => {
                depth -= 1;
                from = hit + 1;
                if depth == 0 {
                    return Ok(from);
                }
            }
        }
        if from > bytes.len() {
            return Err(Broken::CutOff);
        }
    }
}

/// The next quote or bracket. A plain walk: between strings there are few bytes, and looking for the
/// next quote first would be quadratic on a flood of brackets.
fn next_mark(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|b| matches!(b, b'"' | b'{' | b'[' | b'}' | b']'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn extents_of_whole_values() {
        for text in ["{}", "[]", r#"{"a":[1,{"b":"}\"]"}]}"#, r#""x\\""#, "-1.5e+9", "true"] {
            assert_eq!(value_end(text.as_bytes(), 0), Ok(text.len()), "{text}");
            let more = format!("{text} , 1");
            assert_eq!(value_end(more.as_bytes(), 0), Ok(text.len()), "{text}");
        }
    }

    #[test]
    fn broken_values_say_how() {
        assert_eq!(value_end(br#"{"a":1"#, 0), Err(Broken::CutOff));
        assert_eq!(value_end(br#"{"a":"\"#, 0), Err(Broken::CutOff));
        assert_eq!(value_end(b"{\"a\":\"b\nc\"}", 0), Err(Broken::RawNewline(7)));
        assert_eq!(value_end(b"]", 0), Err(Broken::Odd(0)));
        assert_eq!(value_end(b"", 0), Err(Broken::CutOff));
    }

    #[test]
    fn a_million_brackets_are_no_recursion() {
        let deep = "[".repeat(1_000_000);
        assert_eq!(value_end(deep.as_bytes(), 0), Err(Broken::CutOff));
    }

    proptest! {
    #[test]
    fn marks_are_found_wherever_they_are(before in "[a-zé]{0,20}", mark in "[\"\\\\\u{0}-\u{1f}]") {
        let text = format!("{before}{mark}{before}");
        prop_assert_eq!(marked(text.as_bytes(), 0), Some(before.len()));
        prop_assert_eq!(marked(before.as_bytes(), 0), None);
    }
    }
}
