//! All keys, generated from the key table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::{ACTIONS, Action, In};
use crate::command::keymap::Keymap;
use crate::pane::contract::{Ctx, Reply};
use crate::ui::text;
use crate::ui::theme::Role;

/// The help overlay.
#[derive(Debug, Default)]
pub struct Help {
    top: usize,
}

/// What keys do where they do more than their line says: the place, and a sentence.
const MORE: [(&str, &str); 4] = [
    (
        "PROMPT",
        "In the filter line: Enter applies, Tab completes, ↑ ↓ choose or recall, Esc restores, Ctrl-w Ctrl-u Ctrl-k delete.",
    ),
    (
        "COUNTS",
        "In the counts ({counts}, {focus-next}): {details} keeps the rows of a value, {exclude} hides them, {pivot} shows all of them, {find-in-pane} finds one.",
    ),
    (
        "TIMELINE",
        "In the timeline ({timeline}, {focus-next}): {left} {right} move, {compare} starts and ends a brush, {details} filters by it, {exclude} leaves it out, {close} drops it.",
    ),
    (
        "TOP",
        "In top ({top}): {left} {right} rank another key, {order} sorts, {details} shows the events of the value or of its cell ({focus-next}), {exclude} hides it.",
    ),
];

impl Help {
    /// Scrolls.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let page = usize::from(ctx.area.height / 2).max(1);
        self.top = match action {
            Action::Next => self.top + 1,
            Action::Previous => self.top.saturating_sub(1),
            Action::PageDown => self.top + page,
            Action::PageUp => self.top.saturating_sub(page),
            Action::First => 0,
            Action::Help => return Reply::Close,
            _ => return Reply::Ignored,
        };
        self.top = self.top.min(lines(ctx.keymap).len().saturating_sub(1));
        Reply::Done
    }

    /// Draws as many columns as there is room for.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let area = ctx.area;
        let all = lines(ctx.keymap);
        let columns = usize::from((area.width / 66).max(1));
        let height = usize::from(area.height);
        // Columns are filled one after the other, so a group reads downwards.
        let per_column = all.len().div_ceil(columns).max(height.min(all.len()));
        let width = area.width / columns as u16;
        for (at, line) in all.iter().enumerate().skip(self.top) {
            let (column, y) = ((at - self.top) / per_column, (at - self.top) % per_column);
            if y >= height || column >= columns {
                continue;
            }
            let place =
                Rect { x: area.x + column as u16 * width, y: area.y + y as u16, width, height: 1 };
            match line {
                HelpLine::Group(name) => {
                    text::put(buf, place, &format!(" {name}"), ctx.style(Role::Title));
                }
                HelpLine::Key(keys, help) => {
                    let keys = format!("   {}", ctx.glyphs.pad(keys, 14));
                    let x = text::put(buf, place, &keys, ctx.style(Role::Key));
                    let rest = text::row(x, place.y, place.right().saturating_sub(x + 1));
                    text::put(
                        buf,
                        rest,
                        &ctx.glyphs.cut_right(help, usize::from(rest.width)),
                        ctx.style(Role::Text),
                    );
                }
            }
        }
    }
}

enum HelpLine {
    Group(&'static str),
    Key(String, String),
}

fn lines(keymap: &Keymap) -> Vec<HelpLine> {
    let mut lines = vec![];
    let mut group = "";
    for row in ACTIONS.iter().filter(|row| !keymap.keys(row.action).is_empty()) {
        if row.group != group {
            group = row.group;
            lines.push(HelpLine::Group(group));
        }
        let place = match row.place {
            In::Anywhere => String::new(),
            place => format!(" · {}", keymap.spell(place.words())),
        };
        lines.push(HelpLine::Key(
            keymap.keys(row.action).join("  "),
            format!("{}{place}", row.help),
        ));
    }
    for (place, words) in MORE {
        lines.push(HelpLine::Group(place));
        lines.push(HelpLine::Key(String::new(), keymap.spell(words)));
    }
    lines
}
