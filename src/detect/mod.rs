//! Detection: rules over events, ours and the user's, and what they add up to. Pure: rule files are
//! texts that `shell` reads; readers judge the events of a batch on their own threads, and ingest
//! puts together what belongs together.

pub mod access;
pub mod alert;
pub mod baseline;
pub mod builtin;
pub mod current;
pub mod gate;
pub mod groups;
pub mod history;
pub mod judge;
pub mod lifelines;
pub mod line;
pub mod load;
pub mod off;
pub mod rule;
pub mod shelf;
pub mod sight;
pub mod sigma;
pub mod trace;
pub mod watch;
pub mod why;
pub mod window;
