//! A small widget kit on ratatui: everything the screen is made of, and nothing that knows what an
//! event is. The panes above choose what to say; this floor sees to it that hostile text, tiny
//! screens, odd glyphs and colourless terminals cannot hurt.

pub mod bars;
pub mod contrast;
#[cfg(test)]
pub mod film;
pub mod format;
pub mod glyphs;
pub mod input;
pub mod list;
pub mod named;
#[cfg(test)]
pub mod paint;
pub mod picker;
pub mod popup;
#[cfg(test)]
pub mod svg;
pub mod table;
pub mod text;
pub mod theme;
pub mod theme_text;
pub mod themes;
pub mod tree;

#[cfg(test)]
mod kit_tests;

pub use glyphs::Glyphs;
pub use input::{Edit, Input};
pub use list::{Step, Viewport};
pub use text::{put, put_cut, sanitize, width};
pub use theme::{Role, Theme};
pub use themes::Themes;
