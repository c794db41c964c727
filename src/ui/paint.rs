//! A frame as text, for snapshot tests: what stands in the cells, and below it how each cell looks,
//! by letters with a legend. ratatui's own test backend drops the styles, and a selection that
//! nobody sees is a defect.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

/// The letters of the legend; a frame with more styles than these uses `?` for the rest.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The names of the modifiers, in the order the legend says them.
const MODIFIERS: &[(Modifier, &str)] = &[
    (Modifier::BOLD, "bold"),
    (Modifier::DIM, "dim"),
    (Modifier::ITALIC, "italic"),
    (Modifier::UNDERLINED, "underlined"),
    (Modifier::SLOW_BLINK, "blink"),
    (Modifier::RAPID_BLINK, "rapid"),
    (Modifier::REVERSED, "reversed"),
    (Modifier::HIDDEN, "hidden"),
    (Modifier::CROSSED_OUT, "crossed"),
];

type Look = (Color, Color, Modifier);

fn look(cell: &Cell) -> Look {
    (cell.fg, cell.bg, cell.modifier)
}

/// The rows of a buffer; a cell hidden under a wide character is left out.
pub fn rows(buf: &Buffer) -> impl Iterator<Item = Vec<(u16, &Cell)>> {
    buf.content.chunks(usize::from(buf.area.width).max(1)).map(|cells| {
        let mut hidden = 0u16;
        let seen = cells.iter().zip(0u16..).filter_map(|(cell, x)| {
            if hidden > 0 {
                hidden -= 1;
                return None;
            }
            hidden = cell.cell_width().saturating_sub(1);
            Some((x, cell))
        });
        seen.collect()
    })
}

/// The text of the frame, row by row without the blanks at their ends; then, if any cell has a
/// style, a grid of letters (`.` has none) and the legend.
pub fn paint(buf: &Buffer) -> String {
    let mut looks: Vec<Look> = vec![];
    let mut text = String::new();
    let mut grid = String::new();
    for cells in rows(buf) {
        let line: String = cells.iter().map(|(_, cell)| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
        let letters: String = cells
            .iter()
            .flat_map(|(_, cell)| {
                let letter = letter_of(look(cell), &mut looks);
                std::iter::repeat_n(letter, usize::from(cell.cell_width().max(1)))
            })
            .collect();
        grid.push_str(letters.trim_end_matches('.'));
        grid.push('\n');
    }
    if looks.is_empty() {
        return text;
    }
    let mut out = format!("{text}== styles\n{grid}== legend\n");
    for (at, look) in looks.iter().enumerate() {
        let letter = LETTERS.get(at).map_or('?', |byte| char::from(*byte));
        let _ = writeln!(out, "{letter} = {}", said(*look));
    }
    out
}

fn letter_of(look: Look, looks: &mut Vec<Look>) -> char {
    if look == (Color::Reset, Color::Reset, Modifier::empty()) {
        return '.';
    }
    let at = looks.iter().position(|known| *known == look).unwrap_or_else(|| {
        looks.push(look);
        looks.len() - 1
    });
    LETTERS.get(at).map_or('?', |byte| char::from(*byte))
}

fn said((fg, bg, modifier): Look) -> String {
    let mut words = vec![];
    if fg != Color::Reset {
        words.push(fg.to_string().to_lowercase());
    }
    if bg != Color::Reset {
        words.push(format!("on {}", bg.to_string().to_lowercase()));
    }
    let names = MODIFIERS.iter().filter(|(one, _)| modifier.contains(*one));
    words.extend(names.map(|(_, name)| (*name).to_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn text_and_styles_are_both_told() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 10, 2));
        buf.set_string(0, 0, "日 ok", Style::new());
        buf.set_string(3, 0, "ok", Style::new().fg(Color::Green).bold());
        buf.set_string(1, 1, "DENIED", Style::new().fg(Color::LightRed).bg(Color::Indexed(52)));
        let painted = paint(&buf);
        let told = [
            "日 ok",
            " DENIED",
            "== styles",
            "...aa",
            ".bbbbbb",
            "== legend",
            "a = green bold",
            "b = lightred on 52",
            "",
        ];
        assert_eq!(painted, told.join("\n"));
    }

    #[test]
    fn no_size_and_no_number_of_styles_is_too_much() {
        assert_eq!(paint(&Buffer::empty(Rect::new(0, 0, 0, 0))), "");
        assert_eq!(paint(&Buffer::empty(Rect::new(0, 0, 0, 5))), "");
        let mut buf = Buffer::empty(Rect::new(0, 0, 100, 1));
        for (x, cell) in (0u8..).zip(&mut buf.content) {
            cell.fg = Color::Indexed(x);
        }
        assert!(paint(&buf).contains("? = 99"));
    }
}
