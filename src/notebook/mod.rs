//! The notebook: what the user marked and wrote, with a copy of what the events said. Pure; what is
//! written of it and read again are lines of text.

pub mod book;
pub mod entry;
pub mod learned;
pub mod line;
pub mod mutes;
#[cfg(test)]
pub(crate) mod rows_tests;
pub mod standing;

pub use book::Notebook;
pub use entry::Entry;
