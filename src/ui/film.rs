//! Frames as one SVG that plays by itself, for the README: a strip of screens behind a window, and
//! below each the key that led to it. A part of a row that was seen before is drawn by reference.

use std::collections::HashMap;
use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};

use crate::ui::paint::rows;
use crate::ui::svg::{CELL, GROUND, MARGIN, TEXT, draw_row, escape, head, hex, size, top};
use crate::ui::text::width;

/// The room of the caption in SVG units.
const CAPTION: f32 = 34.0;
/// What the key stands on, and how long the film has run.
const MARK: (u8, u8, u8) = (0x7c, 0xe0, 0xe0);
/// Where a row is cut: what stands beside a line changes without what stands before it.
const LINE: &str = "│";

/// A screen that stands for a while.
#[derive(Debug)]
pub struct Frame {
    /// What it shows.
    pub screen: Buffer,
    /// The key that was pressed; empty for none.
    pub key: String,
    /// What is said of it.
    pub says: String,
    /// How long it stands, in milliseconds.
    pub millis: u32,
}

/// The film of frames of one size, without an end. Where nothing may move, and for whoever cannot
/// play it, the first frame stands still.
pub fn film(frames: &[Frame]) -> String {
    let Some(first) = frames.first() else { return head((0.0, 0.0)) + "</svg>\n" };
    let (width, height) = size(&first.screen);
    let height = height + CAPTION;
    let (mut parts, mut strip) = (Parts::default(), String::new());
    for (at, frame) in (0u16..).zip(frames) {
        let _ = writeln!(strip, "<g transform=\"translate(0 {:.0})\">", f32::from(at) * height);
        for (y, cells) in (0u16..).zip(rows(&frame.screen)) {
            for part in cells.chunk_by(|_, (_, next)| next.symbol() != LINE) {
                parts.put(&mut strip, top(y), part);
            }
        }
        draw_caption(&mut strip, height - CAPTION, frame);
        strip.push_str("</g>\n");
    }
    let long: u32 = frames.iter().map(|frame| frame.millis).sum();
    let seconds = f64::from(long) / 1000.0;
    let mut out = head((width, height));
    let _ = write!(
        out,
        "<style>#f{{animation:f {seconds}s step-end infinite}}#b{{animation:b {seconds}s linear \
         infinite}}@keyframes b{{from{{transform:scaleX(0)}}}}@media (prefers-reduced-motion:reduce)\
         {{#f,#b{{animation:none}}}}@keyframes f{{"
    );
    let mut gone = 0;
    for (at, frame) in (0u16..).zip(frames) {
        let percent = f64::from(gone) * 100.0 / f64::from(long.max(1));
        let up = f32::from(at) * height;
        let _ = write!(out, "{percent:.3}%{{transform:translateY(-{up:.0}px)}}");
        gone += frame.millis;
    }
    let _ = writeln!(out, "}}</style>\n<defs>\n{}</defs>\n<g id=\"f\">\n{strip}</g>", parts.drawn);
    let _ = writeln!(
        out,
        "<rect id=\"b\" y=\"{:.0}\" width=\"{width:.0}\" height=\"2\" fill=\"{}\"/>\n</svg>",
        height - 2.0,
        hex(MARK)
    );
    out
}

/// Parts of rows, each drawn once.
#[derive(Default)]
struct Parts {
    numbers: HashMap<String, usize>,
    drawn: String,
}

impl Parts {
    /// Puts these cells at the row that begins at `top`.
    fn put(&mut self, strip: &mut String, top: f32, cells: &[(u16, &Cell)]) {
        let mut drawn = String::new();
        draw_row(&mut drawn, 0.0, cells);
        if drawn.is_empty() {
            return;
        }
        let next = self.numbers.len();
        let number = *self.numbers.entry(drawn.clone()).or_insert(next);
        if number == next {
            let _ = write!(self.drawn, "<g id=\"r{number}\">\n{drawn}</g>\n");
        }
        let _ = writeln!(strip, "<use href=\"#r{number}\" y=\"{top:.0}\"/>");
    }
}

/// The key that was pressed, and what is said.
fn draw_caption(out: &mut String, top: f32, frame: &Frame) {
    let base = top + 17.0;
    let mut left = MARGIN + CELL.0;
    if !frame.key.is_empty() {
        let long = (width(&frame.key) as f32 + 2.0) * CELL.0;
        let _ = writeln!(
            out,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{long:.1}\" height=\"24\" rx=\"5\" fill=\"{}\"/>\n\
             <text x=\"{:.1}\" y=\"{base:.1}\" font-weight=\"bold\" font-size=\"16\" \
             text-anchor=\"middle\" fill=\"{}\">{}</text>",
            hex(MARK),
            left + long / 2.0,
            hex(GROUND),
            escape(&frame.key)
        );
        left += long + CELL.0;
    }
    let _ = writeln!(
        out,
        "<text x=\"{left:.1}\" y=\"{base:.1}\" font-size=\"16\" fill=\"{}\">{}</text>",
        hex(TEXT),
        escape(&frame.says)
    );
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn frame(rows: [&str; 2], key: &str, millis: u32) -> Frame {
        let mut screen = Buffer::empty(Rect::new(0, 0, 8, 2));
        for (y, text) in (0..).zip(rows) {
            screen.set_string(0, y, text, Style::new());
        }
        Frame { screen, key: key.into(), says: "a <key>".into(), millis }
    }

    #[test]
    fn what_stands_in_two_frames_is_drawn_once() {
        let frames = [frame(["one│x", "two"], "", 1500), frame(["one│y", "one"], "Enter", 500)];
        let made = film(&frames);
        for (part, times) in [
            (">one</text>", 1),
            ("<use href=\"#r0\"", 3),
            (">│x</text>", 1),
            (">two</text>", 1),
            ("animation:f 2s step-end", 1),
            ("0.000%{transform:translateY(-0px)}75.000%{transform:translateY(-88px)}", 1),
            ("<g transform=\"translate(0 88)\">", 1),
            (">Enter</text>", 1),
            (">a &lt;key&gt;</text>", 2),
        ] {
            assert_eq!(made.matches(part).count(), times, "{part} in {made}");
        }
        for name in ["g", "text", "defs", "style", "svg"] {
            let count = |mark: &str| made.matches(&format!("{mark}{name}")).count();
            assert!(count("</") > 0 && count("<") >= count("</"), "{name}");
        }
        assert!(film(&[]).ends_with("</svg>\n"));
    }
}
