//! How the lines of a tree look.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::event::json::{Json, Shape};
use crate::event::secret::Wrapped;
use crate::ui::format::{bytes, count};
use crate::ui::glyphs::Glyphs;
use crate::ui::text::{put, row, width};
use crate::ui::theme::{Role, Theme};
use crate::ui::tree::fold::{Tree, find_folded};
use crate::ui::tree::line::{Key, Line, What};
use crate::ui::tree::secret::mask;

/// Names inside a folded object are listed only up to this size: it is read for every frame.
const PREVIEW: usize = 16 * 1024;

/// How far one character can be cut into a text that is searched for matches to highlight.
const DRAWN: usize = 4096;

/// What a line is drawn with.
struct Pen<'a> {
    theme: &'a Theme,
    glyphs: Glyphs,
    /// The ground the line stands on.
    ground: Role,
}

impl Pen<'_> {
    fn style(&self, role: Role) -> Style {
        if self.ground == Role::Text {
            self.theme.style(role)
        } else {
            self.theme.over(self.ground, role)
        }
    }
}

impl Tree {
    /// Draws the lines that are seen; the cursor's is selected if the tree has the focus.
    pub fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        theme: &Theme,
        (glyphs, focused): (Glyphs, bool),
    ) {
        let mut view = self.view;
        view.settle(self.lines.len(), area.height);
        view.draw(buf, area, self.lines.len(), |buf, place, number| {
            let ground = match (number == view.cursor, focused) {
                (false, _) => Role::Text,
                (true, true) => Role::Selection,
                (true, false) => Role::SelectionIdle,
            };
            if ground != Role::Text {
                buf.set_style(place, theme.style(ground));
            }
            self.draw_line(buf, place, &self.lines[number], &Pen { theme, glyphs, ground });
        });
    }

    fn draw_line(&self, buf: &mut Buffer, place: Rect, line: &Line, pen: &Pen<'_>) {
        let indent = (line.depth as u16).saturating_mul(2).min(place.width / 2);
        let from = |x: u16| row(x, place.y, place.right().saturating_sub(x));
        let mut x = place.x + indent;
        if line.folds() {
            put(buf, from(x), pen.glyphs.fold(line.open), pen.style(Role::Dim));
        }
        x = x.saturating_add(2);
        match &line.key {
            Key::Name(name) => {
                let room = usize::from(from(x).width).min(line.pad);
                let name = fitting(pen.glyphs, name, room);
                self.draw_text(buf, from(x), &name, (pen, Role::JsonKey));
            }
            Key::Index(n) => _ = put(buf, from(x), &format!("[{n}]"), pen.style(Role::Dim)),
            Key::None => {}
        }
        if line.pad > 0 {
            x = x.saturating_add(line.pad as u16 + 2);
        }
        self.draw_value(buf, from(x), line, pen);
    }

    fn draw_value(&self, buf: &mut Buffer, place: Rect, line: &Line, pen: &Pen<'_>) {
        let room = usize::from(place.width);
        match &line.what {
            What::Nest { at, len, wrapped } => {
                let json = Json::of(self.texts.at(at));
                let said = nest(json, *len, *wrapped, line.open);
                put(buf, place, &pen.glyphs.cut_right(&said, room), pen.style(Role::Dim));
            }
            What::Scalar { at } => {
                let json = Json::of(self.texts.at(at));
                let (text, role) = match json.shape() {
                    Shape::Text => (
                        Cow::Owned(format!("\"{}\"", json.scalar().unwrap_or_default())),
                        Role::JsonText,
                    ),
                    Shape::Number => (Cow::Borrowed(json.text()), Role::JsonNumber),
                    _ => (Cow::Borrowed(json.text()), Role::JsonWord),
                };
                self.draw_text(buf, place, &fitting(pen.glyphs, &text, room), (pen, role));
            }
            What::Long { at } => {
                let text = self.texts.at(at);
                let size = format!(" ({})", bytes(text.len() as u64));
                let cells = room.saturating_sub(size.len());
                if !line.open {
                    let cut = pen.glyphs.cut_right(text, cells);
                    self.draw_text(buf, place, &cut, (pen, Role::JsonText));
                }
                let x = place.x + if line.open { 0 } else { width_within(text, cells) as u16 };
                let rest = row(x, place.y, place.right().saturating_sub(x));
                put(
                    buf,
                    rest,
                    size.trim_start_matches(if line.open { " " } else { "" }),
                    pen.style(Role::Dim),
                );
            }
            What::Part { at } => {
                let text = fitting(pen.glyphs, self.texts.at(at), room);
                self.draw_text(buf, place, &text, (pen, Role::JsonText));
            }
            What::More { of, left, .. } => {
                let left = *left as u64;
                let amount =
                    if matches!(**of, What::Long { .. }) { bytes(left) } else { count(left) };
                put(
                    buf,
                    place,
                    &format!("{} {amount} more", pen.glyphs.ellipsis()),
                    pen.style(Role::Dim),
                );
            }
            What::Deep => _ = put(buf, place, "nested too deep to follow", pen.style(Role::Dim)),
            What::Hidden => _ = put(buf, place, mask(pen.glyphs), pen.style(Role::Hidden)),
        }
    }

    /// Draws a text with what is searched for highlighted.
    fn draw_text(&self, buf: &mut Buffer, place: Rect, text: &str, (pen, role): (&Pen<'_>, Role)) {
        let style = pen.style(role);
        let (mut rest, mut x) = (text, place.x);
        let from = |x: u16| row(x, place.y, place.right().saturating_sub(x));
        while !self.needle.is_empty() && x < place.right() {
            let near = &rest[..rest.floor_char_boundary(DRAWN)];
            let Some(at) = find_folded(near, &self.needle) else { break };
            let (before, found) = rest.split_at(at);
            let (found, after) = found.split_at(self.needle.len());
            x = put(buf, from(x), before, style);
            x = put(buf, from(x), found, pen.style(Role::Match));
            rest = after;
        }
        put(buf, from(x), rest, style);
    }
}

/// The text as it is if it fits (so that its signs stay underlined), else cut.
fn fitting(glyphs: Glyphs, text: &str, cells: usize) -> Cow<'_, str> {
    if text.len() <= DRAWN && width(text) <= cells {
        return Cow::Borrowed(text);
    }
    glyphs.cut_right(text, cells)
}

/// The cells a text takes when it is cut to some.
fn width_within(text: &str, cells: usize) -> usize {
    width(&Glyphs::UNICODE.cut_right(text, cells))
}

/// `{5}` or `[3]`, how it was found, and of a folded object the names in it.
fn nest(json: Json<'_>, len: usize, wrapped: Option<Wrapped>, open: bool) -> String {
    let array = json.shape() == Shape::Array;
    let len = count(len as u64);
    let mut said = if array { format!("[{len}]") } else { format!("{{{len}}}") };
    match wrapped {
        Some(Wrapped::Plain) => said.push_str(" JSON in a string"),
        Some(Wrapped::Url) => said.push_str(" JSON in a URL-encoded string"),
        None => {}
    }
    if !open && !array && json.text().len() <= PREVIEW {
        let names: Vec<_> = json.entries().take(12).map(|(name, _)| name).collect();
        said.push(' ');
        said.push_str(&names.join(", "));
    }
    said
}
