//! Whether a call reads or writes, and which writes are dangerous.

use crate::event::record::Record;

/// What a call does to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It only reads.
    Read,
    /// It changes something.
    Write,
    /// It changes something that an attacker wants changed (`assets/danger.tsv`).
    Danger,
}

impl Verb {
    /// The letter of the `verb` key.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "R",
            Self::Write => "W",
            Self::Danger => "D",
        }
    }
}

/// The verb of a record: R or W from readOnly, else from the name.
pub fn verb(_record: &Record<'_>) -> Verb {
    Verb::Read
}
