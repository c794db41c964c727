//! The only place that touches the world: files, clocks, signals, the terminal and its streams.

pub mod headless;
pub mod interrupt;
pub mod report;
pub mod resolve;
pub mod spill;
pub mod start;
pub mod stdin;
