//! The only place that touches the world: threads, the terminal, signals, standard output, files
//! that are written.

pub mod clipboard;
pub mod input;
pub mod jobs;
pub mod look;
pub mod resolve;
pub mod run;
pub mod signals;
pub mod start;
pub mod terminal;
