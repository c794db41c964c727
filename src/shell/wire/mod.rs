//! What the terminal is sent: as few bytes as will do, in one write a frame, and no more often than
//! the line takes them. Over SSH bytes are what one waits for.

pub mod calm;
pub mod frame;
pub mod pace;
pub mod pen;
pub mod scroll;
pub mod slide;
pub mod writer;

pub use calm::Calm;
pub use frame::Wire;
pub use pace::{Fps, Pace};
pub use writer::Writer;
