//! A recording: what sources sent, with its times, in a file; and the source that sends it again.
//!
//! ```text
//! sources ──▶ Feed ──┬──▶ readers ──▶ ingest      recorder: line ──▶ reel ──▶ FILE
//!                    └──▶ tap ──▶ recorder        player:   FILE ──▶ reel ──▶ line ──▶ Feed
//! ```
//!
//! What ingest makes of it is not recorded: it is made again, by the same code.

pub mod hand;
pub mod line;
pub mod player;
pub mod recorder;
pub mod reel;
pub mod tap;
