//! Characters that hide: what has no shape of its own, reorders a line, or steers a terminal. THE
//! table of them; the screen shows signs for these, exports escape them, a row that holds one is
//! badged.

/// Characters without a shape of their own that ordinary text does without: bidi controls, zero
/// widths, fillers, separators, annotations, tags. Sorted; bounds included.
const INVISIBLE: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether a character has no shape, reorders, or fills a place with nothing. Controls and variation
/// selectors are told apart.
pub fn is_invisible(c: char) -> bool {
    let after = INVISIBLE.partition_point(|&(first, _)| first <= c);
    after.checked_sub(1).is_some_and(|at| c <= INVISIBLE[at].1)
}

/// Whether a character chooses between the forms of the one before it: one is ordinary, a flood of
/// them carries hidden text.
pub fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}')
}

/// Whether a record that holds the character deserves a badge. Line feeds and tabs are common in
/// policies and error messages and are shown as signs, so they raise none.
pub fn is_suspect(c: char) -> bool {
    (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || is_invisible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_finds_its_bounds() {
        assert!(INVISIBLE.is_sorted());
        for &(first, last) in INVISIBLE {
            assert!(is_invisible(first) && is_invisible(last));
        }
        for plain in ['a', ' ', 'é', '日', '\u{200a}', '\u{2010}', '\u{2070}'] {
            assert!(!is_invisible(plain), "{plain:?}");
        }
    }

    #[test]
    fn line_feeds_raise_no_badge() {
        assert!(!is_suspect('\n') && !is_suspect('\t'));
        assert!(is_suspect('\u{1b}') && is_suspect('\u{9b}') && is_suspect('\u{202e}'));
    }
}
