//! Columnar memory: events as rows of immutable segments under a hard cap. Knows events, not
//! questions.

pub mod bits;
pub mod dedup;
pub mod dict;
pub mod grams;
pub mod hits;
pub mod kin;
pub mod later;
pub mod raw;
pub mod requests;
pub mod ring;
pub mod roots;
pub mod segment;
pub mod side;
pub mod snapshot;
