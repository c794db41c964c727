//! A frame as an SVG picture, for the README: a grid of monospaced text with its colours.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

use crate::ui::named;
use crate::ui::paint::rows;

/// The size of a cell in SVG units.
pub(super) const CELL: (f32, f32) = (8.4, 17.0);
pub(super) const MARGIN: f32 = 10.0;
pub(super) const TEXT: (u8, u8, u8) = (0xd0, 0xd0, 0xd0);
pub(super) const GROUND: (u8, u8, u8) = (0x16, 0x18, 0x1d);

fn rgb(color: Color, reset: (u8, u8, u8)) -> (u8, u8, u8) {
    match color {
        Color::Rgb(r, g, b) => (r, g, b),
        color => named::number(color).map_or(reset, named::rgb),
    }
}

type Rgb = (u8, u8, u8);

/// The colours as they are seen: reversed and dimmed.
fn colors(cell: &Cell) -> (Rgb, Rgb) {
    let (mut fg, mut bg) = (rgb(cell.fg, TEXT), rgb(cell.bg, GROUND));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    if cell.modifier.contains(Modifier::DIM) {
        let mix = |a: u8, b: u8| ((u16::from(a) * 6 + u16::from(b) * 4) / 10) as u8;
        fg = (mix(fg.0, bg.0), mix(fg.1, bg.1), mix(fg.2, bg.2));
    }
    (fg, bg)
}

/// How wide and high the picture of a screen is.
pub(super) fn size(buf: &Buffer) -> (f32, f32) {
    let width = f32::from(buf.area.width).mul_add(CELL.0, 2.0 * MARGIN);
    (width, f32::from(buf.area.height).mul_add(CELL.1, 2.0 * MARGIN))
}

/// How a picture of this size begins: with its ground.
pub(super) fn head((width, height): (f32, f32)) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-size=\"14\" font-family=\"'DejaVu Sans Mono',\
         Menlo,Consolas,monospace\" fill=\"{}\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>\n",
        hex(TEXT),
        hex(GROUND)
    )
}

/// Where the row of this number begins.
pub(super) fn top(y: u16) -> f32 {
    f32::from(y).mul_add(CELL.1, MARGIN)
}

/// The whole picture.
pub fn svg(buf: &Buffer) -> String {
    let mut out = head(size(buf));
    for (y, cells) in (0u16..).zip(rows(buf)) {
        draw_row(&mut out, top(y), &cells);
    }
    out.push_str("</svg>\n");
    out
}

/// The cells of a row, or of a part of one. Runs of the same look become one `text` with its length
/// given, so that any monospaced font falls into the grid.
pub(super) fn draw_row(out: &mut String, top: f32, cells: &[(u16, &Cell)]) {
    let mut at = 0;
    while at < cells.len() {
        let (x, first) = cells[at];
        let wide = first.cell_width() > 1;
        let same = |(_, cell): &&(u16, &Cell)| {
            colors(cell) == colors(first)
                && cell.modifier == first.modifier
                && (cell.cell_width() > 1) == wide
        };
        let run = if wide { 1 } else { cells[at..].iter().take_while(same).count() };
        let text: String = cells[at..at + run].iter().map(|(_, cell)| cell.symbol()).collect();
        draw_run(out, (f32::from(x).mul_add(CELL.0, MARGIN), top), &text, first);
        at += run.max(1);
    }
}

/// One run of cells: its ground where it has one of its own, and its text where it has any.
fn draw_run(out: &mut String, (left, top): (f32, f32), text: &str, cell: &Cell) {
    let (fg, bg) = colors(cell);
    let long = crate::ui::text::width(text) as f32 * CELL.0;
    if bg != GROUND {
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
            short(left),
            short(top),
            short(long),
            short(CELL.1),
            hex(bg)
        );
    }
    let plain = !cell.modifier.intersects(Modifier::UNDERLINED | Modifier::CROSSED_OUT);
    // Blanks around a text are no part of it, unless they are to be seen.
    let begin = if plain { text.len() - text.trim_start_matches(' ').len() } else { 0 };
    let text = if plain { text.trim_matches(' ') } else { text };
    if text.is_empty() {
        return;
    }
    let mut marks = String::new();
    if fg != TEXT {
        let _ = write!(marks, " fill=\"{}\"", hex(fg));
    }
    for (modifier, mark) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::CROSSED_OUT, " text-decoration=\"line-through\""),
    ] {
        if cell.modifier.contains(modifier) && !(mark.contains("decor") && marks.contains("decor"))
        {
            marks.push_str(mark);
        }
    }
    // Lines and blocks have to meet; letters keep their shape.
    let fit = if text.is_ascii() { "" } else { " lengthAdjust=\"spacingAndGlyphs\"" };
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" textLength=\"{}\"{fit}{marks}>{}</text>",
        short((begin as f32).mul_add(CELL.0, left)),
        short(top + 13.0),
        short(crate::ui::text::width(text) as f32 * CELL.0),
        escape(text)
    );
}

/// A length to a tenth of a unit.
fn short(length: f32) -> String {
    let text = format!("{length:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

pub(super) fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Text inside XML. Cells hold no controls, but a picture must be well formed whatever they hold.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn a_picture_tells_text_place_and_colours() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 2));
        buf.set_string(1, 0, "a<b&c", Style::new().fg(Color::Indexed(196)).bold());
        buf.set_string(0, 1, "日x", Style::new().reversed());
        let picture = svg(&buf);
        for part in [
            "viewBox=\"0 0 87 54\"",
            "x=\"18.4\" y=\"23\" textLength=\"42\"",
            "textLength=\"16.8\" lengthAdjust=\"spacingAndGlyphs\"",
            "fill=\"#ff0000\" font-weight=\"bold\">a&lt;b&amp;c</text>",
            ">日</text>",
            "fill=\"#d0d0d0\"/>",
            "fill=\"#d0d0d0\" xml:space=\"preserve\">",
        ] {
            assert!(picture.contains(part), "{part} is missing in {picture}");
        }
        assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
        assert!(svg(&Buffer::empty(Rect::default())).ends_with("</svg>\n"));
    }
}
