//! Choosing the columns of a table: which, in which order, how wide. What is chosen is seen at once.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::chord::{Chord, Key};
use crate::pane::columns::{Columns, Table, WIDEST};
use crate::pane::contract::{Ctx, Reply};
use crate::ui::theme::Role;
use crate::ui::{popup, text};

/// The list of columns while it is open.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choosing {
    /// The table whose columns they are.
    pub table: Table,
    cursor: usize,
}

/// The keys of the list.
pub const KEYS: &[(&str, &str)] = &[
    ("Space", "show or hide"),
    ("J K", "move"),
    ("< >", "width"),
    ("0", "the rest"),
    ("r", "by itself again"),
    ("Esc", "leave"),
];

/// The columns that are shown, in their order, then the others.
fn listed(table: Table, shown: &[(usize, u16)]) -> Vec<usize> {
    let others = (0..table.len()).filter(|at| !shown.iter().any(|(one, _)| one == at));
    shown.iter().map(|(at, _)| *at).chain(others).collect()
}

impl Choosing {
    /// The columns of a table.
    pub fn of(table: Table) -> Self {
        Self { table, cursor: 0 }
    }

    /// Takes a key while a line of the table has `width` cells.
    pub fn press(&mut self, chord: Chord, columns: &mut Columns, width: u16) -> Reply {
        let mut shown = columns.shown(width);
        let here = self.cursor;
        let is_shown = here < shown.len();
        match chord.key {
            _ if chord.ctrl || chord.alt => return Reply::Ignored,
            Key::Esc | Key::Char('q' | 'C') => return Reply::Close,
            Key::Down | Key::Char('j') => self.cursor = (here + 1).min(self.table.len() - 1),
            Key::Up | Key::Char('k') => self.cursor = here.saturating_sub(1),
            Key::Char('r') => columns.chosen.clear(),
            Key::Enter | Key::Char(' ') => {
                if !is_shown {
                    let at = listed(self.table, &shown)[here];
                    shown.push((at, self.table.head(at).width));
                    self.cursor = shown.len() - 1;
                } else if shown.len() > 1 {
                    shown.remove(here);
                } else {
                    return Reply::Say("one column has to stay".into());
                }
                columns.chosen = shown;
            }
            Key::Char('J') if here + 1 < shown.len() => {
                shown.swap(here, here + 1);
                self.cursor += 1;
                columns.chosen = shown;
            }
            Key::Char('K') if is_shown && here > 0 => {
                shown.swap(here, here - 1);
                self.cursor -= 1;
                columns.chosen = shown;
            }
            Key::Left | Key::Right | Key::Char('<' | '>' | 'h' | 'l' | '0') if is_shown => {
                let (at, cells) = shown[here];
                shown[here].1 = match chord.key {
                    Key::Char('0') => 0,
                    // What took the rest begins at the width that it has by itself.
                    _ if cells == 0 => self.table.head(at).begins,
                    Key::Right | Key::Char('>' | 'l') => (cells + 1).min(WIDEST),
                    _ => (cells - 1).max(1),
                };
                columns.chosen = shown;
            }
            _ => {}
        }
        Reply::Done
    }

    /// Draws the list at the right, so that the rows stay in sight.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>, width: u16) {
        let columns = ctx.columns.of(self.table);
        let shown = columns.shown(width);
        let lines = listed(self.table, &shown);
        let size = (36u16.min(ctx.area.width), (lines.len() as u16 + 2).min(ctx.area.height));
        let area = Rect {
            x: ctx.area.right() - size.0,
            y: ctx.area.bottom().saturating_sub(size.1),
            width: size.0,
            height: size.1,
        };
        let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
        let how = if columns.chosen.is_empty() { "by width" } else { "chosen" };
        let title = format!("COLUMNS of {} {how}", self.table.name());
        let inside = popup::frame(buf, area, &title, styles, ctx.glyphs);
        let room = usize::from(inside.height);
        let from = self.cursor.saturating_sub(room.saturating_sub(1));
        for ((at, known), y) in lines.iter().enumerate().skip(from).zip(inside.y..inside.bottom()) {
            let line = text::row(inside.x, y, inside.width);
            let role = if at == self.cursor { Role::Selection } else { Role::Popup };
            text::fill(buf, line, ctx.style(role));
            let known = self.table.head(*known);
            let sign = match at < shown.len() {
                true => ctx.glyphs.pick("✓", "x"),
                false => " ",
            };
            let words = format!("{sign} {:<9}{}", known.name, known.title.to_lowercase());
            let words_role = if at < shown.len() { Role::Text } else { Role::Dim };
            text::put(buf, line, &words, ctx.theme.over(role, words_role));
            let cells = match shown.get(at) {
                Some((_, 0)) => "rest".to_owned(),
                Some((_, cells)) => cells.to_string(),
                None => String::new(),
            };
            text::put_right(buf, line, &cells, ctx.theme.over(role, Role::Dim), ctx.glyphs);
        }
    }
}
