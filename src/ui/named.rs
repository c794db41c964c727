//! The 256 indexed colours: the sixteen that have names, in the order of their numbers, and what all
//! of them look like.

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

/// The sixteen named colours of an ordinary dark terminal.
const ANSI: [(u8, u8, u8); 16] = [
    (0x1d, 0x1f, 0x21),
    (0xcc, 0x55, 0x55),
    (0x77, 0xb5, 0x5a),
    (0xd9, 0xa8, 0x46),
    (0x5a, 0x91, 0xd0),
    (0xb2, 0x77, 0xc4),
    (0x4f, 0xb3, 0xb3),
    (0xc5, 0xc8, 0xc6),
    (0x6c, 0x70, 0x76),
    (0xff, 0x6e, 0x67),
    (0xa0, 0xe0, 0x78),
    (0xff, 0xd0, 0x6a),
    (0x85, 0xb8, 0xff),
    (0xd8, 0x9c, 0xf0),
    (0x7c, 0xe0, 0xe0),
    (0xff, 0xff, 0xff),
];

/// The red, green and blue of one of the 256 indexed colours.
pub fn rgb(index: u8) -> (u8, u8, u8) {
    match index {
        0..16 => ANSI[usize::from(index)],
        16..232 => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let cube = index - 16;
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexed_colours_are_the_cube_and_the_greys() {
        for (index, color) in [(16, (0, 0, 0)), (208, (255, 135, 0)), (231, (255, 255, 255))] {
            assert_eq!(rgb(index), color);
        }
        assert_eq!([rgb(232), rgb(255)], [(8, 8, 8), (238, 238, 238)]);
    }
}
