//! The last line: six to eight keys with words for what has the focus, `? all keys` last. What just
//! happened is said here for a moment.

use ratatui::buffer::Buffer;

use crate::command::action::Action;
use crate::command::chord::Chord;
use crate::pane::contract::Ctx;
use crate::ui::text;
use crate::ui::theme::Role;

/// What the line says.
#[derive(Debug, Clone, Copy)]
pub enum Says<'a> {
    /// The keys of the focused pane.
    Keys(&'a [Action]),
    /// The keys of the focused pane, with what they do there.
    Named(&'a [(Action, &'static str)]),
    /// A key that waits for its second half, and what may follow.
    Pending(&'a str, &'a [(Chord, Action)]),
    /// Something happened.
    Notice(&'a str),
    /// Text of a mode that has its own keys.
    Mode(&'a [(&'static str, &'static str)]),
}

/// Draws the line.
pub fn draw(buf: &mut Buffer, ctx: &Ctx<'_>, says: Says<'_>) {
    let help = ctx.keymap.key(Action::Help);
    match says {
        Says::Notice(notice) => {
            let cut = ctx.glyphs.cut_right(notice, usize::from(ctx.area.width.saturating_sub(2)));
            text::put(buf, ctx.area, &format!(" {cut}"), ctx.style(Role::Accent));
        }
        Says::Pending(first, next) => {
            let next: Vec<(String, &str)> = next
                .iter()
                .map(|(chord, action)| (chord.to_string(), action.row().short))
                .collect();
            let begun = (first, "then");
            let next = next.iter().map(|(keys, word)| (keys.as_str(), *word));
            pairs_line(buf, ctx, std::iter::once(begun).chain(next), None);
        }
        Says::Mode(pairs) => pairs_line(buf, ctx, pairs.iter().copied(), None),
        Says::Named(actions) => {
            // The last key that is no letter is the one that needs no explaining: an arrow, Esc.
            let is_letter = |key: &str| key.len() == 1 && key.as_bytes()[0].is_ascii_alphabetic();
            let last = |action: &Action| {
                let mut keys = ctx.keymap.keys(*action).iter().rev();
                let plain = keys.find(|key| !is_letter(key)).map(String::as_str);
                shown_key(plain.unwrap_or_else(|| ctx.keymap.key(*action)))
            };
            let pairs = actions.iter().map(|(action, word)| (last(action), *word));
            pairs_line(buf, ctx, pairs, Some((help, "all keys")));
        }
        Says::Keys(actions) => {
            let rows = actions.iter().map(|action| action.row());
            let pairs = rows.map(|row| (shown_key(ctx.keymap.key(row.action)), row.short));
            pairs_line(buf, ctx, pairs, Some((help, "all keys")));
        }
    }
}

/// A key as the footer writes it.
fn shown_key(key: &str) -> &str {
    if key == "Enter" { "↵" } else { key }
}

fn pairs_line<'a>(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
    last: Option<(&str, &str)>,
) {
    let area = ctx.area;
    let (key, hint) = (ctx.style(Role::Key), ctx.style(Role::Hint));
    let mut end = area.right();
    if let Some((keys, word)) = last {
        let width = (text::width(keys) + text::width(word) + 2) as u16;
        if width < area.width {
            end = area.right() - width;
            let parts = [(keys, key), (" ", hint), (word, hint), (" ", hint)];
            text::put_all(buf, text::row(end, area.y, width), &parts);
        }
    }
    let mut x = area.x + 1;
    for (keys, word) in pairs {
        let keys = if ctx.glyphs.ascii { keys.replace('↵', "Enter") } else { keys.to_owned() };
        let width = (text::width(&keys) + 1 + text::width(word) + 2) as u16;
        if x + width > end {
            break;
        }
        let parts = [(keys.as_str(), key), (" ", hint), (word, hint)];
        text::put_all(buf, text::row(x, area.y, end - x), &parts);
        x += width;
    }
}
