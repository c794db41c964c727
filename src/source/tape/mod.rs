//! A recording: what sources sent, with its times, in a file; and the source that sends it again.
//!
//! ```text
//! sources ──▶ Feed ──┬──▶ readers ──▶ ingest      recorder: line ──▶ reel ──▶ FILE
//!                    └──▶ tap ──▶ recorder        player:   FILE ──▶ reel ──▶ line ──▶ Feed
//! ```
//!
//! What ingest makes of it is not recorded: it is made again, by the same code. A recording that begins
//! midway first writes what the buffer holds then, and how complete that is.

pub mod buffer;
pub mod hand;
pub mod line;
pub mod player;
pub mod playing;
pub mod recorder;
pub mod reel;
pub mod tap;
