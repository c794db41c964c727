//! What is wrong with a file, and where: a line, a column, the line itself with carets below.

use std::ops::Range;

use crate::export::safe;
use crate::ui::text::width;

/// The most cells of a line that are shown.
const SHOWN: usize = 100;
/// What is shown of a long line before the place that is wrong.
const BEFORE: usize = 60;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The bytes of the file that are wrong.
    pub span: Range<usize>,
    /// What is wrong and what would be right, without a full stop.
    pub said: String,
}

impl Fault {
    /// A fault at these bytes.
    pub fn new(span: Range<usize>, said: impl Into<String>) -> Self {
        Self { span, said: said.into() }
    }
}

/// A line of a file and a column in it, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A file as it was read.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// What it is called.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Text {
    /// Where a byte is.
    pub fn place(&self, at: usize) -> Place {
        let (line, start) = self.line_of(at);
        let before = self.text.get(start..at).map_or(0, |before| before.chars().count());
        Place { line, column: before + 1 }
    }

    /// The number of the line of a byte, and where that line begins. A place inside a character is
    /// taken for the place before it.
    fn line_of(&self, at: usize) -> (usize, usize) {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        (before.split(|byte| *byte == b'\n').count(), start)
    }

    /// The fault with its place, its line and carets below: what a compiler would say.
    pub fn render(&self, fault: &Fault) -> String {
        let mut at = fault.span.start.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let Place { line, column } = self.place(at);
        let (_, start) = self.line_of(at);
        let whole = self.text[start..].lines().next().unwrap_or_default();
        let (before, rest) = whole.split_at((at - start).min(whole.len()));
        let mut end = fault.span.end.clamp(at, start + whole.len().max(at - start));
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let (marked, after) = rest.split_at((end - at).min(rest.len()));
        // A line may be as long as the file: what is shown of it lies around the place.
        let skipped = before.chars().count().saturating_sub(BEFORE);
        let before: String = before.chars().skip(skipped).collect();
        let before = if skipped > 0 { format!("…{before}") } else { before };
        let [before, marked, after] = [&before, marked, after].map(shown);
        let carets = width(&marked).clamp(1, SHOWN);
        let cut: String = marked.chars().chain(after.chars()).take(SHOWN).collect();
        let number = line.to_string();
        let (gap, indent) = (" ".repeat(number.len()), " ".repeat(width(&before)));
        let said = &fault.said;
        format!(
            "{}:{line}:{column}: {said}\n{number} | {before}{cut}\n{gap} | {indent}{}",
            self.name,
            "^".repeat(carets)
        )
    }
}

/// The text without what moves the cursor: a tabulator is a blank.
fn shown(text: &str) -> String {
    safe::shown(&text.replace('\t', " ").replace('\r', "")).into_owned()
}
