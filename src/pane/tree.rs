//! Everything that one root did, as a tree of sign-ins, keys and roles: the second page of a lineage.

use ratatui::buffer::Buffer;

use crate::command::chord::{Chord, Key};
use crate::event::field::Column;
use crate::insight::family::Family;
use crate::pane::contract::{Change, Ctx, Reply};
use crate::pane::sessions::{how, terms};
use crate::pane::term::shown;
use crate::store::kin::Root;
use crate::ui::list::{Step, Viewport};
use crate::ui::table::{self, Column as Cells, Fit};
use crate::ui::theme::Role;
use crate::ui::{format, popup, text};

/// The widest the page becomes.
const WIDTH: u16 = 120;
/// The columns of a branch.
const COLUMNS: [Cells<'static>; 5] = [
    Cells { title: "THROUGH", least: 22, most: 46, rank: 9, fit: Fit::Begin },
    Cells { title: "AS", least: 12, most: 32, rank: 8, fit: Fit::Begin },
    Cells { title: "EVENTS", least: 6, most: 7, rank: 9, fit: Fit::Right },
    Cells { title: "WR", least: 4, most: 6, rank: 7, fit: Fit::Right },
    Cells { title: "DENIED", least: 6, most: 6, rank: 8, fit: Fit::Right },
];

/// What a key does: moves, or the events of a branch. Ignored where it leaves the page.
pub(crate) fn press(
    list: &mut Viewport,
    chord: Chord,
    family: Option<&Family>,
    ctx: &Ctx<'_>,
) -> Reply {
    let branches = family.map_or(&[][..], |family| &family.tree.sessions);
    let step = match (chord.key, chord.ctrl) {
        (Key::Down | Key::Char('j'), false) => Step::Down(1),
        (Key::Up | Key::Char('k'), false) => Step::Up(1),
        (Key::PageDown, _) | (Key::Char('d'), true) => Step::HalfDown,
        (Key::PageUp, _) | (Key::Char('u'), true) => Step::HalfUp,
        (Key::Char('g') | Key::Home, false) => Step::Home,
        (Key::Char('G') | Key::End, false) => Step::End,
        (Key::Enter, _) => {
            return match branches.get(list.cursor) {
                Some(branch) => Reply::Filter(Change::Replace, terms(branch, ctx).join(" ")),
                None => Reply::Say("nothing is selected".into()),
            };
        }
        (Key::Char('q'), _) => return Reply::Close,
        _ => return Reply::Ignored,
    };
    list.step(step, branches.len(), ctx.area.height.saturating_sub(6));
    Reply::Done
}

/// Draws the page.
pub(crate) fn draw(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    mut list: Viewport,
    root: &Root,
    family: Option<&Family>,
) {
    let branches = family.map_or(&[][..], |family| &family.tree.sessions);
    let height = (branches.len().max(1) as u16).saturating_add(5);
    let area = popup::centered(ctx.area, WIDTH, height);
    let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
    let title = format!("EVERYTHING {} DID", root.shown);
    let inside = popup::frame(buf, area, &title, styles, ctx.glyphs);
    text::fill(buf, inside, ctx.style(Role::Popup));
    if inside.height < 3 {
        return;
    }
    let line =
        |y: u16| text::row(inside.x + 2.min(inside.width), y, inside.width.saturating_sub(2));
    let places = table::places(&COLUMNS, inside.width.saturating_sub(3));
    let look = (ctx.style(Role::Title), ctx.glyphs);
    table::headings(buf, line(inside.y), &COLUMNS, &places, look);
    let rows = ratatui::layout::Rect { y: inside.y + 1, height: inside.height - 2, ..inside };
    let Some(family) = family else {
        let words = format!("  looking for it {}", ctx.glyphs.ellipsis());
        text::put(buf, rows, &words, ctx.style(Role::Dim));
        return;
    };
    list.settle(branches.len(), rows.height);
    list.draw(buf, rows, branches.len(), |buf, at, n| {
        let (branch, is_cursor) = (&branches[n], n == list.cursor);
        let style = |role: Role| match is_cursor {
            true => ctx.theme.over(Role::Selection, role),
            false => ctx.style(role),
        };
        if is_cursor {
            text::fill(buf, at, ctx.style(Role::Selection));
            text::put(buf, at, ">", style(Role::Accent));
        }
        for place in &places {
            let cells = usize::from(place.width);
            let number = |n: u64| if n == 0 { ctx.glyphs.dot().to_owned() } else { n.to_string() };
            let (words, role) = match place.column {
                0 => (how(branch, ctx), Role::Text),
                1 => (shown(Column::Actor, &branch.actor, cells, ctx), Role::Text),
                2 => (number(branch.events), Role::Text),
                3 => (number(branch.writes), Role::Text),
                _ => (number(branch.denied), Role::Denied),
            };
            let fit = COLUMNS[place.column].fit;
            table::cell(buf, line(at.y), (*place, fit), &words, (style(role), ctx.glyphs));
        }
    });
    let total: u64 = branches.iter().map(|branch| branch.events).sum();
    let enter = ctx.glyphs.pick("↵", "Enter");
    let counted = format!(
        "{} in {}, noise included",
        format::counted(total + family.tree.others, "event", "events"),
        format::counted(family.tree.found as u64, "branch", "branches"),
    );
    let keys = text::row(inside.x, inside.bottom() - 1, inside.width);
    let hints = [format!("{enter} its events"), "Tab back".into(), "q leave".into(), counted];
    let words = popup::hints(hints, usize::from(keys.width));
    text::put(buf, keys, &words, ctx.style(Role::Dim));
}
