//! The line that asks for a moment of a recording that is played.

use ratatui::buffer::Buffer;
use ratatui::layout::Position as Cell;

use crate::command::chord::Chord;
use crate::event::time::{Millis, Timestamp};
use crate::pane::contract::Ctx;
use crate::pane::line::{Entered, Line};
use crate::source::tape::hand::Position;

/// What a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// The line goes on.
    Nothing,
    /// Enter: go there.
    Go(Timestamp),
    /// Enter: this is no time.
    Wrong(String),
    /// Esc: nothing changes.
    Leave,
}

/// The line while it is open.
#[derive(Debug)]
pub struct MomentLine {
    at: Position,
    line: Line,
}

impl MomentLine {
    /// A line over a recording that stands here.
    pub fn of(at: Position) -> Self {
        let title = match at.to {
            Some(to) => format!("GO TO a time, UTC: {} to {to}", at.from),
            None => format!("GO TO a time, UTC: from {}", at.from),
        };
        Self { at, line: Line::new(title, "") }
    }

    /// What a key does.
    pub fn press(&mut self, chord: Chord) -> Typed {
        match self.line.press(chord) {
            Entered::Nothing => Typed::Nothing,
            Entered::Leave => Typed::Leave,
            Entered::Text(text) => match read(&text, self.at) {
                Some(to) => Typed::Go(to),
                None => Typed::Wrong(text),
            },
        }
    }

    /// Puts a text in.
    pub fn paste(&mut self, text: String) {
        self.line.paste(text);
    }

    /// Draws the line over the rows; gives the cursor's place.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) -> Option<Cell> {
        self.line.draw(buf, ctx)
    }
}

/// Reads a moment: `12:03`, `12:03:11` of the day that is shown, RFC 3339, a date, or `15m` from the
/// beginning.
fn read(text: &str, at: Position) -> Option<Timestamp> {
    let clock = || {
        let seconds = if text.len() == 5 { ":00" } else { "" };
        let day = at.at.to_string();
        Timestamp::parse(&format!("{}T{text}{seconds}Z", day.get(..10)?))
    };
    let far = || Millis::parse(text).map(|far| at.from + far);
    Timestamp::parse(text).or_else(|| Timestamp::parse_date(text)).or_else(clock).or_else(far)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tape::hand::{Motion, Speed};

    #[test]
    fn moments_are_read_as_one_types_them() {
        let time = |text: &str| Timestamp::parse(text).unwrap();
        let at = Position {
            at: time("2026-03-01T12:10:00Z"),
            speed: Speed::Most,
            motion: Motion::Plays,
            from: time("2026-03-01T11:00:00Z"),
            to: None,
            runs: 0,
            steps: 0,
        };
        for (text, to) in [
            ("12:03", "2026-03-01T12:03:00Z"),
            ("12:03:11", "2026-03-01T12:03:11Z"),
            ("2026-03-02T01:00:00Z", "2026-03-02T01:00:00Z"),
            ("2026-03-02", "2026-03-02T00:00:00Z"),
            ("15m", "2026-03-01T11:15:00Z"),
        ] {
            assert_eq!(read(text, at), Some(time(to)), "{text}");
        }
        for text in ["", "noon", "25:00", "12:3", "-5m", "é1:00"] {
            assert_eq!(read(text, at), None, "{text}");
        }
    }
}
