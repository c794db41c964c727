//! The two worker threads: *ingest* keeps, *search* chooses. They share nothing but immutable
//! snapshots, sent by channel.

pub mod draft;
pub mod inbox;
pub mod ingest;
pub mod intake;
pub mod pool;
pub mod search;
pub mod tally;
pub mod view;
