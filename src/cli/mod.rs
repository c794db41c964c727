//! What was typed: the commands and options, and how they are read. Knows nothing of the rest of the
//! program.

mod commands;
mod options;
mod parse;
mod words;

pub use commands::*;
pub use options::*;
pub use parse::{RESERVED, asks_what_was_built, names_source, parse};
pub use words::*;
