//! The entries in order of time, within bounds, and each change as something to be kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::notebook::entry::Entry;

/// The most entries.
pub const MOST_ENTRIES: usize = 10_000;
/// The most bytes that entries take together.
pub const MOST_BYTES: usize = 64 << 20;
/// The longest note, in characters.
pub const MOST_NOTE: usize = 2_000;

/// A change of the notebook; a case is the changes of a run, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// An event was marked.
    Mark(Arc<Entry>),
    /// The mark and the note were taken away, by the key of the entry.
    Unmark(String),
    /// Another note on an entry, `""` for none.
    Note {
        /// The key of the entry.
        key: String,
        /// The whole note.
        text: String,
    },
    /// The filter is another one.
    Filter(String),
}

/// Why something cannot be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the notebook is full ({MOST_ENTRIES} events, 64 MB, or a quarter of --memory): export it, or take \
     marks away (' then d)"
)]
pub struct Full;

/// The notebook. A clone shares the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notebook {
    /// In order of event time, then key.
    entries: Vec<Arc<Entry>>,
    filter: String,
    bytes: usize,
    most: usize,
}

impl Default for Notebook {
    fn default() -> Self {
        Self::within(MOST_BYTES)
    }
}

impl Notebook {
    /// An empty notebook whose entries take at most `most` bytes, and [`MOST_BYTES`] at most.
    pub fn within(most: usize) -> Self {
        let most = most.min(MOST_BYTES);
        Self { entries: vec![], filter: String::new(), bytes: 0, most }
    }

    /// Bytes that the entries take, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The entries in order of event time.
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The last filter that was noted.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The entry of a key.
    pub fn find(&self, key: &str) -> Option<&Arc<Entry>> {
        self.place(key).map(|at| &self.entries[at])
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    /// Takes a change in; an event that is there already keeps its place and its note.
    ///
    /// # Errors
    /// [`Full`] where there is no room: nothing has changed then.
    pub fn take(&mut self, change: &Change) -> Result<(), Full> {
        match change {
            Change::Mark(entry) => return self.mark(entry),
            Change::Unmark(key) => {
                if let Some(at) = self.place(key) {
                    self.bytes -= self.entries.remove(at).bytes();
                }
            }
            Change::Note { key, text } => {
                if let Some(at) = self.place(key) {
                    let noted = Entry { note: one_line(text), ..(*self.entries[at]).clone() };
                    let bytes = self.bytes - self.entries[at].bytes() + noted.bytes();
                    if bytes > self.most {
                        return Err(Full);
                    }
                    (self.bytes, self.entries[at]) = (bytes, Arc::new(noted));
                }
            }
            Change::Filter(filter) => self.filter.clone_from(filter),
        }
        Ok(())
    }

    fn mark(&mut self, entry: &Arc<Entry>) -> Result<(), Full> {
        if self.place(&entry.key).is_some() {
            return Ok(());
        }
        let bytes = self.bytes + entry.bytes();
        if self.entries.len() >= MOST_ENTRIES || bytes > self.most {
            return Err(Full);
        }
        let order = |it: &Arc<Entry>| (it.time(), it.key.clone());
        let at = self.entries.partition_point(|other| order(other) < order(entry));
        self.entries.insert(at, Arc::clone(entry));
        self.bytes = bytes;
        Ok(())
    }
}

/// A note as it is kept: one line, controls left out, within its bound.
fn one_line(text: &str) -> String {
    let words = text.trim().chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    words.filter(|c| !c.is_control()).take(MOST_NOTE).collect()
}
