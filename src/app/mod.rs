//! State and update: the whole program's behaviour is one total function. No I/O, no threads, no
//! clock of its own.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod ages;
pub mod ask;
pub mod bell;
pub mod copy;
pub mod draw;
mod empty;
mod folding;
mod habits;
pub mod history;
pub mod layers;
pub mod layout;
pub mod lens;
mod mouse;
pub mod msg;
pub mod muting;
pub mod nearest;
pub mod noise;
pub mod notes;
pub mod palette;
mod reading;
pub mod resize;
pub mod route;
pub mod session;
pub mod state;
pub mod tape;
pub mod themes;
pub mod update;

#[cfg(test)]
mod alerts_tests;
#[cfg(test)]
mod audit_tests;
#[cfg(test)]
mod denied_tests;
#[cfg(test)]
mod fold_tests;
#[cfg(test)]
mod invictus_tests;
#[cfg(test)]
mod legible_tests;
#[cfg(test)]
mod palette_tests;
#[cfg(test)]
mod panes_tests;
#[cfg(test)]
mod pictures_tests;
#[cfg(test)]
mod pivot_tests;
#[cfg(test)]
mod screen_tests;
#[cfg(test)]
mod script;
#[cfg(test)]
mod sessions_tests;
#[cfg(test)]
mod triage_tests;
