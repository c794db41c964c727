//! The one-line editor under every prompt: tui-input's graphemes and words, driven by our own key
//! table, drawn so that the cursor is always seen, with a history.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use tui_input::InputRequest;
use unicode_segmentation::UnicodeSegmentation;

use crate::ui::text::{put, row, sanitize, width};

/// The longest line, in characters. A list of hundreds of ids fits; a pasted log file does not.
pub const MAX_LENGTH: usize = 16_384;

/// Lines remembered.
pub const MAX_HISTORY: usize = 200;

/// What a key means to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Puts a character in.
    Insert(char),
    /// Puts a text in; line ends and tabs become blanks, other controls are left out.
    Paste(String),
    /// One grapheme left.
    Left,
    /// One grapheme right.
    Right,
    /// To the beginning of the word before.
    WordLeft,
    /// To the beginning of the next word.
    WordRight,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// Takes the grapheme before the cursor away.
    Backspace,
    /// Takes the grapheme at the cursor away.
    Delete,
    /// Takes the word before the cursor away.
    DeleteWordLeft,
    /// Takes everything before the cursor away.
    ClearLeft,
    /// Takes everything from the cursor on away.
    ClearRight,
}

/// A line being edited, and the lines before it.
#[derive(Debug, Clone, Default)]
pub struct Input {
    line: tui_input::Input,
    history: Vec<String>,
    /// Which line of the history is shown, and what was being written before.
    recalled: Option<(usize, String)>,
}

impl Input {
    /// A line that begins with a text.
    pub fn new(text: &str) -> Self {
        let mut input = Self::default();
        input.set(text);
        input
    }

    /// The text.
    pub fn value(&self) -> &str {
        self.line.value()
    }

    /// The cursor as a byte offset into [`Input::value`].
    pub fn cursor(&self) -> usize {
        byte_of(self.line.value(), self.line.cursor())
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        let text: String = typed(text).take(MAX_LENGTH).collect();
        self.line = tui_input::Input::new(text);
        self.recalled = None;
    }

    /// Replaces a part of the text (a completed word) and puts the cursor behind it. A range that
    /// does not fit the text changes nothing.
    pub fn replace(&mut self, part: Range<usize>, with: &str) {
        let value = self.line.value();
        let (Some(before), Some(after)) = (value.get(..part.start), value.get(part.end..)) else {
            return;
        };
        if part.start > part.end {
            return;
        }
        let with: String = typed(with).collect();
        let cursor = before.chars().count() + with.chars().count();
        let whole: String = format!("{before}{with}{after}").chars().take(MAX_LENGTH).collect();
        self.line = tui_input::Input::new(whole).with_cursor(cursor);
    }

    /// Does what a key means; says whether the text changed.
    pub fn edit(&mut self, edit: Edit) -> bool {
        let before = self.line.value().len();
        let request = match edit {
            Edit::Insert(character) => return self.insert(character.encode_utf8(&mut [0; 4])),
            Edit::Paste(text) => return self.insert(&text),
            Edit::ClearRight => InputRequest::DeleteTillEnd,
            Edit::ClearLeft => InputRequest::DeleteFromStart,
            Edit::Left => InputRequest::GoToPrevChar,
            Edit::Right => InputRequest::GoToNextChar,
            Edit::WordLeft => self.to_byte(word_left(self.value(), self.cursor())),
            Edit::WordRight => self.to_byte(word_right(self.value(), self.cursor())),
            Edit::Home => InputRequest::GoToStart,
            Edit::End => InputRequest::GoToEnd,
            Edit::Backspace => InputRequest::DeletePrevChar,
            Edit::Delete => InputRequest::DeleteNextChar,
            Edit::DeleteWordLeft => {
                let at = self.cursor();
                self.replace(word_left(self.value(), at)..at, "");
                return self.line.value().len() != before;
            }
        };
        self.line.handle(request);
        // No request but an insertion makes a text longer, and none exchanges a part of it.
        self.line.value().len() != before
    }

    fn to_byte(&self, byte: usize) -> InputRequest {
        InputRequest::SetCursor(self.value()[..byte].chars().count())
    }

    /// Puts a text in as a whole: character by character, a long paste would be quadratic.
    fn insert(&mut self, text: &str) -> bool {
        let room = MAX_LENGTH.saturating_sub(self.line.value().chars().count());
        let clean: String = typed(text).take(room).collect();
        if clean.is_empty() {
            return false;
        }
        let at = self.cursor();
        self.replace(at..at, &clean);
        true
    }

    /// Puts the line into the history (newest last, each once, blank ones not at all).
    pub fn remember(&mut self) {
        let line = self.line.value().trim().to_owned();
        self.recalled = None;
        if line.is_empty() {
            return;
        }
        self.history.retain(|known| *known != line);
        self.history.push(line);
        let over = self.history.len().saturating_sub(MAX_HISTORY);
        self.history.drain(..over);
    }

    /// The history, oldest first.
    pub fn history(&self) -> &[String] {
        &self.history
    }

    /// Takes over a history, oldest first.
    pub fn set_history(&mut self, lines: Vec<String>) {
        self.history = lines;
        let over = self.history.len().saturating_sub(MAX_HISTORY);
        self.history.drain(..over);
        self.recalled = None;
    }

    /// Recalls the line before; says whether there was one.
    pub fn older(&mut self) -> bool {
        let (at, draft) = match self.recalled.take() {
            Some((at, draft)) => (at, draft),
            None => (self.history.len(), self.line.value().to_owned()),
        };
        self.recall(at.checked_sub(1), at, draft)
    }

    /// Recalls the line after, in the end what was being written; says whether there was one.
    pub fn newer(&mut self) -> bool {
        let Some((at, draft)) = self.recalled.take() else { return false };
        if at + 1 >= self.history.len() {
            self.set(&draft);
            return true;
        }
        self.recall(Some(at + 1), at, draft)
    }

    fn recall(&mut self, to: Option<usize>, from: usize, draft: String) -> bool {
        let Some((at, line)) = to.and_then(|at| Some((at, self.history.get(at)?.clone()))) else {
            self.recalled = (from < self.history.len()).then_some((from, draft));
            return false;
        };
        self.set(&line);
        self.recalled = Some((at, draft));
        true
    }

    /// Draws the part around the cursor into the first row of `area`; byte ranges of the text may
    /// have styles of their own (what is wrong is underlined). Gives the cursor's place on the
    /// screen, none where there is no room.
    pub fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        style: Style,
        spans: &[(Range<usize>, Style)],
    ) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        let (value, cursor) = (self.line.value(), self.cursor());
        let room = usize::from(area.width);
        let before = width_of_parts(&value[..cursor]);
        let mut skip = (before + 1).saturating_sub(room);
        let mut column = 0;
        for (at, part) in value.grapheme_indices(true) {
            if column >= room {
                break;
            }
            let cells = width(part);
            if skip > 0 {
                // A part that is half scrolled away leaves blanks, so that the cursor stays right.
                column += cells.saturating_sub(skip);
                skip = skip.saturating_sub(cells);
                continue;
            }
            let own = spans.iter().filter(|(range, _)| range.contains(&at));
            let style = own.fold(style, |all, (_, one)| all.patch(*one));
            let rest = row(area.x + column as u16, area.y, area.width - column as u16);
            put(buf, rest, part, style);
            column += cells;
        }
        let column = before.saturating_sub((before + 1).saturating_sub(room)).min(room - 1);
        Some(Position { x: area.x + column as u16, y: area.y })
    }
}

/// The characters of a text that may stand in a line.
fn typed(text: &str) -> impl Iterator<Item = char> {
    let lines = text.trim_end_matches(['\r', '\n']);
    let blanks = lines.chars().scan('\0', |last, character| {
        let line_end = *last == '\r' && character == '\n';
        *last = character;
        Some(if line_end { '\0' } else { character })
    });
    blanks
        .map(|character| if matches!(character, '\r' | '\n' | '\t') { ' ' } else { character })
        .filter(|character| !character.is_control())
}

/// The cells of a text drawn grapheme by grapheme, as the line is.
fn width_of_parts(text: &str) -> usize {
    text.graphemes(true).map(|part| width(&sanitize(part))).sum()
}

/// Whether a character belongs to a word. Unicode's own words take `who:alice` for one; in a filter
/// one wants to take away the value and keep the key.
fn in_word(character: char) -> bool {
    !character.is_whitespace()
        && !matches!(character, ':' | ',' | '/' | '(' | ')' | '"' | '=' | '|')
}

/// The beginning of the word before a place.
fn word_left(text: &str, at: usize) -> usize {
    let words = text[..at].trim_end_matches(|c| !in_word(c));
    words.trim_end_matches(in_word).len()
}

/// The beginning of the word after a place.
fn word_right(text: &str, at: usize) -> usize {
    let rest = text[at..].trim_start_matches(in_word);
    text.len() - rest.trim_start_matches(|c| !in_word(c)).len()
}

fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
