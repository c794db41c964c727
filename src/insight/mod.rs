//! Reckonings over the rows that answer a question: counts by value, a timeline, a ranking. Pure:
//! they are given parts and matches and know neither threads nor panes.

mod class;
pub mod counts;
mod detail;
mod grid;
pub mod lens;
mod number;
#[cfg(test)]
pub(crate) mod plain_tests;
mod ranking;
pub mod reckon;
pub mod shown;
pub mod timeline;
pub mod top;
mod without;
