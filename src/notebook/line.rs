//! A case as lines of JSON: the first says of what, then a line a change, in order. A line that
//! cannot be read is left out and said; the last one of a program that was killed may be torn.

use serde::{Deserialize, Serialize};

use crate::event::time::Timestamp;
use crate::notebook::book::{Change, Notebook};
use crate::notebook::standing::{self, Lasting, Standing};
use crate::ui::format;

/// The version of the lines.
const VERSION: u32 = 1;

/// What a case is of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the lines.
    version: u32,
    /// When it was begun, RFC 3339.
    pub begun: String,
    /// The words of the sources.
    pub sources: Vec<String>,
}

impl Head {
    /// The head of a new case.
    pub fn new(begun: String, sources: Vec<String>) -> Self {
        Self { version: VERSION, begun, sources }
    }
}

/// What was read of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    /// What it is of.
    pub head: Head,
    /// The notebook after all changes.
    pub notebook: Notebook,
    /// Lines that could not be read.
    pub lost: usize,
    /// Marks and notes that found no room.
    pub cut: usize,
    /// Whether the last line was torn.
    pub is_torn: bool,
}

/// The head as a line.
pub fn head(head: &Head) -> String {
    line(head)
}

/// A change as a line.
pub fn change(change: &Change) -> String {
    line(change)
}

pub(crate) fn line(it: &impl Serialize) -> String {
    let mut line = serde_json::to_string(it).expect("texts, numbers and lists are always JSON");
    line.push('\n');
    line
}

/// Reads a case; its entries take at most `most` bytes.
///
/// # Errors
/// A sentence where this is no case, or one of a later version.
pub fn read(text: &str, most: usize) -> Result<Case, String> {
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let head: Head = serde_json::from_str(first).map_err(|_| "it is no case".to_owned())?;
    if head.version != VERSION {
        return Err(format!("it was written by another version of trailtop ({})", head.version));
    }
    let mut case = Case { head, notebook: Notebook::within(most), ..Case::default() };
    for line in lines {
        match serde_json::from_str::<Change>(line) {
            Ok(change) => case.cut += usize::from(case.notebook.take(&change).is_err()),
            Err(_) if line.trim().is_empty() => {}
            Err(_) if !line.ends_with('\n') => case.is_torn = true,
            Err(_) => case.lost += 1,
        }
    }
    Ok(case)
}

impl Case {
    /// What of the case is not there any more, a sentence each.
    pub fn losses(&self) -> Vec<String> {
        let lines = |n: usize| format::counted(n as u64, "line", "lines");
        let torn = usize::from(self.is_torn);
        let unread = (self.lost + torn > 0).then(|| {
            let why = if self.is_torn { " (the last one was torn by a sudden end)" } else { "" };
            format!("{} could not be read and left out{why}", lines(self.lost + torn))
        });
        let cut = (self.cut > 0)
            .then(|| format!("{} left out for want of room: --memory gives more", lines(self.cut)));
        unread.into_iter().chain(cut).collect()
    }
}

/// Reads what stands until a time, and says how many lines could not be read; `is_valid` tells what
/// still makes sense. What has ended is left out.
pub fn standing<T: Lasting>(
    text: &str,
    is_valid: impl Fn(&T) -> bool,
    now: Timestamp,
) -> (Standing<T>, usize) {
    let (mut known, mut lost) = (Standing::default(), 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match serde_json::from_str::<standing::Change<T>>(line) {
            Ok(standing::Change::Learn(it)) if !it.holds(now) => {}
            Ok(standing::Change::Learn(it)) if !is_valid(&it) => lost += 1,
            Ok(change) if known.take(&change).is_ok() => {}
            _ => lost += 1,
        }
    }
    (known, lost)
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
