//! The sixteen colours that have names, in the order of their numbers.

use ratatui::style::Color;

/// The colours 0 to 15.
pub const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The number of a colour among the 256; `None` for one of 24 bits, and for none.
pub fn number(color: Color) -> Option<u8> {
    match color {
        Color::Indexed(at) => Some(at),
        named => NAMED.iter().position(|it| *it == named).map(|at| at as u8),
    }
}
