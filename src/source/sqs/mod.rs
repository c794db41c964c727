//! A queue as a source: what its messages announce is read, and a message is deleted once all of it
//! is stored.

pub mod ask;
pub mod carry;
pub mod plan;
pub mod queue;
pub mod telling;
pub mod word;
