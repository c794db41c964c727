//! The only place that touches the world: threads, the terminal, signals, standard output, files
//! that are written.

pub mod books;
pub mod cases;
#[cfg(feature = "aws")]
pub mod checkup;
#[cfg(feature = "aws")]
pub mod choose;
pub mod clipboard;
#[cfg(feature = "aws")]
pub mod cloud;
pub mod configured;
pub mod dashboard;
pub mod doctor;
pub mod habits;
pub mod headless;
pub mod input;
pub mod interrupt;
pub mod jobs;
pub mod judge;
pub mod keeper;
pub mod lessons;
pub mod look;
pub mod notify;
#[cfg(feature = "aws")]
pub mod passcode;
pub mod record;
pub mod reload;
pub mod report;
pub mod resolve;
pub mod rulebook;
pub mod run;
pub mod session;
mod settled;
pub mod signals;
pub mod spill;
pub mod start;
pub mod stdin;
pub mod taping;
pub mod terminal;
pub mod texts;
pub mod themes;
pub mod trigger;
pub mod waiting;
pub mod warnings;
pub mod wire;
