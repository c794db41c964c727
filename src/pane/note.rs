//! The line a note is written in.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::command::chord::Chord;
use crate::pane::contract::Ctx;
use crate::pane::line::{Entered, Line};

/// What a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The line goes on.
    Nothing,
    /// Enter: this is the note on the event of this key.
    Keep(String, String),
    /// Esc: nothing changes.
    Leave,
}

/// The line while it is open.
#[derive(Debug)]
pub struct NoteLine {
    key: String,
    line: Line,
}

impl NoteLine {
    /// A line on the event of a key; `about` names it, `note` is what was written before.
    pub fn new(key: String, about: &str, note: &str) -> Self {
        Self { key, line: Line::new(format!("NOTE on {about}"), note) }
    }

    /// What a key does.
    pub fn press(&mut self, chord: Chord) -> Written {
        match self.line.press(chord) {
            Entered::Nothing => Written::Nothing,
            Entered::Text(text) => Written::Keep(self.key.clone(), text),
            Entered::Leave => Written::Leave,
        }
    }

    /// Puts a text in.
    pub fn paste(&mut self, text: String) {
        self.line.paste(text);
    }

    /// Draws the line over the rows; gives the cursor's place.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) -> Option<Position> {
        self.line.draw(buf, ctx)
    }
}
