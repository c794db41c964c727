//! A line of text that is asked for over the rows.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::command::chord::{Chord, Key};
use crate::pane::contract::Ctx;
use crate::pane::steps::edit_of;
use crate::ui::input::{Edit, Input};
use crate::ui::popup;
use crate::ui::theme::Role;

/// The widest the line becomes.
const WIDTH: u16 = 100;

/// What a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// The line goes on.
    Nothing,
    /// Enter: this is the text, without blanks around it.
    Text(String),
    /// Esc: nothing changes.
    Leave,
}

/// The line while it is open.
#[derive(Debug)]
pub struct Line {
    title: String,
    input: Input,
}

impl Line {
    /// A line with this title, which begins with a text.
    pub fn new(title: String, text: &str) -> Self {
        Self { title, input: Input::new(text) }
    }

    /// What a key does.
    pub fn press(&mut self, chord: Chord) -> Entered {
        match chord.key {
            Key::Enter => return Entered::Text(self.input.value().trim().to_owned()),
            Key::Esc => return Entered::Leave,
            _ => {
                if let Some(edit) = edit_of(chord) {
                    self.input.edit(edit);
                }
            }
        }
        Entered::Nothing
    }

    /// Puts a text in.
    pub fn paste(&mut self, text: String) {
        self.input.edit(Edit::Paste(text));
    }

    /// Draws the line over the rows; gives the cursor's place.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) -> Option<Position> {
        let area = popup::centered(ctx.area, WIDTH, 3);
        let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
        let inside = popup::frame(buf, area, &self.title, styles, ctx.glyphs);
        self.input.draw(buf, inside, ctx.style(Role::Input), &[])
    }
}
