//! Comparing text without ASCII case: the only folding the filter language knows.
//!
//! Everything here works on bytes, ends in time linear in the text for a given pattern, and agrees
//! with itself: `Needle` finds exactly what `eq_ignore_ascii_case` of some part would find.

/// Bytes of CloudTrail JSON, most common first. A byte that is not listed is rare.
const COMMON: &[u8] = b"\"eaitnrso:c,mudpl-0123456789g.y{}_/hvAfwbIRSkPTECU";

/// Text to be found as a part of other text, without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    folded: Box<[u8]>,
    rare: usize,
}

impl Needle {
    /// Prepares the search for `text`. The empty text is in everything.
    pub fn of(text: &str) -> Self {
        let folded: Box<[u8]> = text.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
        let rank = |byte: u8| COMMON.iter().position(|known| *known == byte);
        let rarity = |at: &usize| rank(folded[*at]).unwrap_or(COMMON.len());
        let rare = (0..folded.len()).max_by_key(rarity).unwrap_or(0);
        Self { folded, rare }
    }

    /// The bytes that are looked for, in lower case.
    pub fn folded(&self) -> &[u8] {
        &self.folded
    }

    /// Where the text first begins in `hay`, in bytes.
    pub fn find(&self, hay: &[u8]) -> Option<usize> {
        let size = self.folded.len();
        let Some(&byte) = self.folded.get(self.rare) else { return Some(0) };
        if hay.len() < size {
            return None;
        }
        // The rarest byte alone is searched for, where it would stand if the text began at `at`.
        let places = &hay[self.rare..=hay.len() - size + self.rare];
        let begins = |at: &usize| hay[*at..*at + size].eq_ignore_ascii_case(&self.folded);
        let upper = byte.to_ascii_uppercase();
        if upper == byte {
            memchr::memchr_iter(byte, places).find(begins)
        } else {
            memchr::memchr2_iter(byte, upper, places).find(begins)
        }
    }

    /// Whether the text is in `hay`.
    pub fn is_in(&self, hay: &[u8]) -> bool {
        self.find(hay).is_some()
    }

    /// Whether the text may be in what the JSON text `hay` says, which may hold `escapes` other than
    /// those of whole characters (`\\uXXXX`, which may spell anything).
    pub fn may_be_in(&self, hay: &[u8], escapes: bool) -> bool {
        (escapes && self.is_escaped()) || self.is_in(hay)
    }

    /// Whether a character of it may be written as a short escape. Text without any lies between
    /// the escapes of what it is in.
    pub fn is_escaped(&self) -> bool {
        self.folded.iter().any(|byte| matches!(byte, b'"' | b'\\' | b'/' | 0..0x20))
    }
}

/// A pattern in which `*` stands for any text, the empty text included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    first: Box<str>,
    middle: Box<[Needle]>,
    last: Box<str>,
    needle: Option<Needle>,
}

impl Glob {
    /// A pattern for whole values. Without any `*` it stands for the text itself, found anywhere:
    /// callers give patterns that have one.
    pub fn whole(pattern: &str) -> Self {
        let mut parts: Vec<&str> = pattern.split('*').collect();
        let first = if parts.len() > 1 { parts.remove(0) } else { "" };
        let last = if pattern.contains('*') { parts.pop().unwrap_or_default() } else { "" };
        let longest = parts.iter().copied().chain([first, last]).max_by_key(|part| part.len());
        let needle = longest.filter(|part| !part.is_empty()).map(Needle::of);
        let middle = parts.iter().filter(|part| !part.is_empty()).map(|part| Needle::of(part));
        Self { first: first.into(), middle: middle.collect(), last: last.into(), needle }
    }

    /// A pattern for some part of a value.
    pub fn part(pattern: &str) -> Self {
        Self::whole(&format!("*{pattern}*"))
    }

    /// The longest part that every value that fits has.
    pub fn needle(&self) -> Option<&Needle> {
        self.needle.as_ref()
    }

    /// Whether the value fits.
    pub fn fits(&self, value: &str) -> bool {
        let bytes = value.as_bytes();
        let (first, last) = (self.first.len(), self.last.len());
        let Some(end) = bytes.len().checked_sub(last).filter(|end| *end >= first) else {
            return false;
        };
        if !bytes[..first].eq_ignore_ascii_case(self.first.as_bytes())
            || !bytes[end..].eq_ignore_ascii_case(self.last.as_bytes())
        {
            return false;
        }
        let mut rest = &bytes[first..end];
        self.middle.iter().all(|part| match part.find(rest) {
            Some(at) => {
                rest = &rest[at + part.folded().len()..];
                true
            }
            None => false,
        })
    }
}

/// Whether all letters occur in the text in their order, with anything between them.
pub fn has_letters(text: &str, letters: &str) -> bool {
    let mut left = letters.chars();
    let mut wanted = left.next();
    for c in text.chars() {
        match wanted {
            Some(letter) if letter.eq_ignore_ascii_case(&c) => wanted = left.next(),
            Some(_) => {}
            None => break,
        }
    }
    wanted.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_are_found_without_case_and_nowhere_else() {
        for (text, hay, at) in [
            ("denied", "AccessDENIED", Some(6)),
            ("ab", "aab", Some(1)),
            ("é", "caf\u{e9}", Some(3)),
            ("é", "caf\u{c9}", None),
            ("k", "\u{212a}", None),
            ("", "x", Some(0)),
            ("long", "lon", None),
            ("[", "{", None),
            ("@", "`", None),
        ] {
            assert_eq!(Needle::of(text).find(hay.as_bytes()), at, "{text} in {hay}");
        }
    }

    #[test]
    fn globs() {
        for (pattern, value, whole, part) in [
            ("Put*", "putObject", true, true),
            ("Put*", "xPutObject", false, true),
            ("*:user/alice", "arn:aws:iam::1:user/Alice", true, true),
            ("a*a", "a", false, false),
            ("a*a", "aa", true, true),
            ("*a*b*", "xbxa", false, false),
            ("a*b*c", "a-b-b-c", true, true),
            ("**", "anything", true, true),
        ] {
            assert_eq!(Glob::whole(pattern).fits(value), whole, "{pattern} {value}");
            assert_eq!(Glob::part(pattern).fits(value), part, "part {pattern} {value}");
        }
    }

    #[test]
    fn letters_keep_their_order() {
        assert!(has_letters("CreateAccessKey", "cak"));
        assert!(!has_letters("CreateAccessKey", "kca"));
        assert!(!has_letters("a", "aa"));
        assert!(has_letters("a", ""));
    }
}
