//! Reckonings over the rows that answer a question: counts by value, a timeline, a ranking. Pure:
//! they are given parts and matches and know neither threads nor panes.

pub mod counts;
pub mod lens;
pub mod timeline;
pub mod top;
