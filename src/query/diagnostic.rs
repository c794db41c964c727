//! What is wrong with a filter, where, and what could stand there instead.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// One thing that is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The bytes of the filter that are wrong; may be empty at the end of the text.
    pub span: Range<usize>,
    /// Why, as a sentence without a full stop.
    pub reason: String,
    /// Texts that could replace the span, the likeliest first.
    pub suggestions: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic without suggestions.
    pub fn new(span: Range<usize>, reason: impl Into<String>) -> Self {
        Self { span, reason: reason.into(), suggestions: vec![] }
    }

    /// The same with one more suggestion.
    #[must_use]
    pub fn or(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestions.push(suggestion.into());
        self
    }

    /// The reason and the suggestions in one line.
    pub fn line(&self) -> String {
        if self.suggestions.is_empty() {
            return self.reason.clone();
        }
        format!("{}; try {}", self.reason, self.suggestions.join("  or  "))
    }

    /// Three lines of plain text: the filter, carets under the span, and why.
    pub fn render(&self, text: &str) -> String {
        let shown: String = text.chars().map(visible).collect();
        let mut column = 0;
        let mut carets = String::new();
        for (at, c) in text.char_indices() {
            let width = visible(c).width().unwrap_or(0);
            if at < self.span.start {
                column += width;
            } else if at < self.span.end {
                carets.extend(std::iter::repeat_n('^', width));
            }
        }
        if carets.is_empty() {
            carets.push('^');
        }
        let indent = " ".repeat(column);
        format!("{shown}\n{indent}{carets}\n{}", self.line())
    }
}

/// The character, or a stand-in for one that would move the cursor or hide.
fn visible(c: char) -> char {
    let hides = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}');
    if c.is_control() || hides { char::REPLACEMENT_CHARACTER } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_what_is_wrong() {
        let wrong = Diagnostic::new(4..9, "no key `evnt`").or("event:").or("\"evnt:\"");
        assert_eq!(
            wrong.render("abc evnt:x"),
            "abc evnt:x\n    ^^^^^\nno key `evnt`; try event:  or  \"evnt:\""
        );
        // A wide character takes two columns; an escape sequence never reaches the terminal.
        let text = "世\u{1b} x";
        let wrong = Diagnostic::new(5..6, "odd");
        assert_eq!(wrong.render(text), "世\u{fffd} x\n    ^\nodd");
        assert_eq!(Diagnostic::new(2..2, "ends").render("ab"), "ab\n  ^\nends");
    }
}
