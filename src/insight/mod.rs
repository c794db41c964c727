//! Reckonings over the rows that answer a question: counts by value, a timeline, a ranking, what was
//! refused and what changed before. Pure:
//! they are given parts and matches and know neither threads nor panes.

pub mod around;
pub mod before;
pub mod chatter;
mod class;
pub mod counts;
mod credentials;
pub mod denied;
mod detail;
pub mod family;
mod grid;
pub mod lens;
mod number;
#[cfg(test)]
pub(crate) mod plain_denied_tests;
#[cfg(test)]
mod plain_sessions_tests;
#[cfg(test)]
pub(crate) mod plain_tests;
mod ranking;
pub mod reckon;
mod refused;
mod sequel;
pub mod sessions;
pub mod shown;
pub mod spared;
pub mod story;
pub mod timeline;
pub mod top;
mod walks;
mod without;
