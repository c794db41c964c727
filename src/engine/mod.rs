//! The two worker threads: *ingest* keeps, *search* chooses; and the readers before them. They share
//! nothing but immutable snapshots, sent by channel.

pub mod again;
mod arriving;
pub mod cover;
mod desk;
pub mod draft;
pub mod entries;
pub mod findings;
pub mod firsts;
pub mod fold;
pub mod handing;
pub mod inbox;
pub mod ingest;
pub mod intake;
pub mod judge;
pub mod lines;
pub mod pool;
pub mod search;
pub mod tally;
pub mod view;
