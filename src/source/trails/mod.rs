//! The trails of an account: which there are, whether they record and what; and what of them this
//! login can read.

pub mod ask;
pub mod probe;
pub mod selectors;
pub mod watch;
