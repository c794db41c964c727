//! The only place that touches the world: files, clocks, signals, the terminal and its streams.

pub mod headless;
pub mod report;
pub mod resolve;
pub mod signals;
pub mod sources;
pub mod spill;
