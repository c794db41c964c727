//! trailtop: live AWS CloudTrail in a terminal.
//!
//! The rule of reading: events flow up, wishes flow down, imports only point down. The map of the
//! house is in ARCHITECTURE.md.

pub mod app;
#[cfg(feature = "aws")]
pub mod aws;
pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod coverage;
pub mod detect;
pub mod engine;
pub mod event;
pub mod export;
pub mod insight;
pub mod notebook;
pub mod pane;
pub mod private;
pub mod query;
pub mod shell;
pub mod source;
pub mod store;
pub mod trigger;
pub mod ui;
