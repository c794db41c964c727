//! The pivot menu: the values of the selected row, one key each; and the search line of details.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::chord::{Chord, Key};
use crate::event::field::Column;
use crate::event::time::Millis;
use crate::pane::contract::{Change, Ctx, Reply};
use crate::pane::term::term;
use crate::store::snapshot::RowRef;
use crate::ui::theme::Role;
use crate::ui::{popup, text};

/// Which values of a row the menu offers: key, word, column.
const ITEMS: &[(char, &str, Column)] = &[
    ('a', "actor", Column::Actor),
    ('s', "session", Column::Session),
    ('k', "access key", Column::Key),
    ('u', "tool", Column::Tool),
    ('i', "from", Column::Ip),
    ('t', "target", Column::Target),
    ('e', "event", Column::Event),
    ('v', "service", Column::Service),
    ('r', "error", Column::Error),
    ('q', "request", Column::Request),
    ('d', "event id", Column::Id),
    ('c', "account", Column::Account),
    ('g', "region", Column::Region),
];

/// How long before and after an event `.` looks.
const AROUND: Millis = Millis::minutes(5);

/// The menu while it is open.
#[derive(Debug, Clone)]
pub struct Menu {
    change: Change,
    items: Vec<Item>,
}

#[derive(Debug, Clone)]
struct Item {
    key: char,
    word: &'static str,
    value: String,
    term: String,
}

impl Menu {
    /// The menu of a row.
    pub fn of(row: RowRef<'_>, change: Change) -> Self {
        let mut items: Vec<Item> = ITEMS
            .iter()
            .filter_map(|&(key, word, column)| {
                let value = row.text(column);
                let said = !value.is_empty() && !matches!(value, "-" | "?" | "*");
                let value = value.to_owned();
                said.then(|| Item { key, word, term: term(column, &value), value })
            })
            .collect();
        let (from, to) = (row.time() - AROUND, row.time() + AROUND);
        let around = format!("time:{from}..{to}");
        items.push(Item { key: '.', word: "± 5 min", value: String::new(), term: around });
        Self { change, items }
    }

    /// A letter chooses; a capital adds instead of replacing; `-` before it excludes.
    pub fn press(&mut self, chord: Chord) -> Reply {
        let Key::Char(c) = chord.key else { return Reply::Close };
        if chord.ctrl || chord.alt {
            return Reply::Close;
        }
        match c {
            '-' => {
                self.change = Change::Exclude;
                return Reply::Done;
            }
            '+' => {
                self.change = Change::Add;
                return Reply::Done;
            }
            _ => {}
        }
        let Some(item) = self.items.iter().find(|item| item.key == c.to_ascii_lowercase()) else {
            return Reply::Close;
        };
        let change = match (c.is_ascii_uppercase(), self.change) {
            (true, Change::Replace) => Change::Add,
            (_, change) => change,
        };
        Reply::Filter(change, item.term.clone())
    }

    /// Draws the menu at the right of the stream, so that the row stays in sight.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let widest = self.items.iter().map(|item| text::width(&item.value)).max().unwrap_or(0);
        let width = (widest as u16 + 22).clamp(34, 64).min(ctx.area.width);
        let height = (self.items.len() as u16 + 3).min(ctx.area.height);
        let area = Rect {
            x: ctx.area.right() - width,
            y: ctx.area.bottom().saturating_sub(height),
            width,
            height,
        };
        let title = match self.change {
            Change::Replace => "SHOW ALL WITH THE SAME",
            Change::Add => "ONLY WITH THE SAME",
            Change::Exclude => "WITHOUT THE SAME",
        };
        let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
        let inside = popup::frame(buf, area, title, styles, ctx.glyphs);
        for (item, y) in self.items.iter().zip(inside.y..inside.bottom()) {
            let line = text::row(inside.x, y, inside.width);
            let mut key = [0; 4];
            let x = text::put(buf, line, item.key.encode_utf8(&mut key), ctx.style(Role::Key));
            let word = format!(" {} ", ctx.glyphs.pad(item.word, 11));
            let x = text::put(buf, text::row(x, y, line.right() - x), &word, ctx.style(Role::Dim));
            let rest = text::row(x, y, line.right().saturating_sub(x));
            let value = ctx.glyphs.cut_left(&item.value, usize::from(rest.width));
            text::put(buf, rest, &value, ctx.style(Role::Text));
        }
        let hint = match self.change {
            Change::Replace => "a capital adds · - excludes · Esc",
            Change::Add | Change::Exclude => "Esc leaves it as it is",
        };
        let last = text::row(inside.x, inside.bottom().saturating_sub(1), inside.width);
        text::put(buf, last, hint, ctx.style(Role::Dim));
    }
}
