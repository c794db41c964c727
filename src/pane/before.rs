//! What changed before an event: the writes that had to do with it, nearest first. A popup of its
//! own, and the strip below the denied lens.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::event::field::Column;
use crate::insight::before::{Before as Found, Change};
use crate::insight::denied::Moment;
use crate::pane::contract::{Ctx, Reply};
use crate::pane::row;
use crate::pane::steps::step_of;
use crate::pane::term::shown;
use crate::store::kin::Sure;
use crate::store::snapshot::RowRef;
use crate::ui::list::Viewport;
use crate::ui::table::{self, Column as Cells, Fit};
use crate::ui::theme::Role;
use crate::ui::{format, popup, text};

/// The widest the popup becomes.
const WIDTH: u16 = 150;
/// From this width on there is room for long names.
const WIDE: u16 = 140;
/// Cells that each column but those of times gets more there.
const MORE: u16 = 14;
/// The columns of a change.
const COLUMNS: [Cells<'static>; 6] = [
    Cells { title: "TIME", least: 8, most: 11, rank: 9, fit: Fit::Begin },
    Cells { title: "CHANGE", least: 16, most: 20, rank: 9, fit: Fit::Begin },
    Cells { title: "BY", least: 14, most: 18, rank: 6, fit: Fit::Begin },
    Cells { title: "ON", least: 12, most: 20, rank: 5, fit: Fit::Tail },
    Cells { title: "HOW RELATED", least: 16, most: 31, rank: 8, fit: Fit::Begin },
    Cells { title: "", least: 11, most: 13, rank: 7, fit: Fit::Begin },
];

/// The popup while it is open.
#[derive(Debug, Clone)]
pub struct Before {
    moment: Moment,
    at: usize,
    first: usize,
}

impl Before {
    /// What changed before this moment.
    pub fn of(moment: Moment) -> Self {
        Self { moment, at: 0, first: 0 }
    }

    /// The moment.
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// What an action asks of the popup.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let step = match action {
            Action::Details => {
                let change = found(self.moment, ctx).and_then(|it| it.changes.get(self.at));
                return match change {
                    Some(change) => Reply::Goto(change.id),
                    None => Reply::Say("no change is selected".into()),
                };
            }
            Action::Before | Action::Close => return Reply::Close,
            _ => match step_of(action) {
                Some(step) => step,
                None => return Reply::Ignored,
            },
        };
        let rows = found(self.moment, ctx).map_or(0, |found| found.changes.len());
        let mut list = Viewport { cursor: self.at, top: self.first };
        list.step(step, rows, ctx.area.height.saturating_sub(6));
        (self.at, self.first) = (list.cursor, list.top);
        Reply::Done
    }

    /// Draws the popup.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let found = found(self.moment, ctx);
        let rows = found.map_or(1, |found| found.changes.len().max(1)) as u16;
        let area = popup::centered(ctx.area, WIDTH, rows.saturating_add(4).max(7));
        let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
        let title = title(self.moment, ctx);
        let inside = popup::frame(buf, area, &title, styles, ctx.glyphs);
        if inside.is_empty() {
            return;
        }
        let line = |y: u16| text::row(inside.x, y, inside.width);
        let list = Rect { height: inside.height.saturating_sub(2), ..inside };
        draw_changes(buf, &ctx.within(list), found, Some((self.at, self.first)));
        if let Some(found) = found.filter(|_| inside.height > 2) {
            let ctx = ctx.within(line(inside.bottom() - 2));
            text::put_cut(buf, ctx.area, &looked(found, &ctx), ctx.style(Role::Dim), ctx.glyphs);
        }
        let keys = match found.is_none_or(|found| found.changes.is_empty()) {
            true => " {close} leaves",
            false => {
                " {details} shows it in the stream   {next} {previous} choose   {close} leaves"
            }
        };
        let keys = ctx.spell(keys);
        text::put(buf, line(inside.bottom() - 1), &keys, ctx.style(Role::Dim));
    }
}

/// What was found for a moment, once it is known.
pub(crate) fn found<'a>(moment: Moment, ctx: &Ctx<'a>) -> Option<&'a Found> {
    ctx.insight.before.as_deref().filter(|found| found.moment == moment)
}

/// What is asked: `WHAT CHANGED BEFORE RunInstances 12:06:42`.
fn title(moment: Moment, ctx: &Ctx<'_>) -> String {
    let Some(row) = ctx.view.snapshot.row(moment.until) else {
        return "WHAT CHANGED BEFORE".into();
    };
    let (event, when) = (row::event(row), format::near(row.time(), ctx.now, ctx.zone));
    match moment.since {
        Some(since) => {
            let since = format::near(since, ctx.now, ctx.zone);
            format!("WHAT CHANGED BEFORE {event} {when}, since it was denied {since}")
        }
        None => format!("WHAT CHANGED BEFORE {event} {when}"),
    }
}

/// Where was looked, and what limits that.
fn looked(found: &Found, ctx: &Ctx<'_>) -> String {
    let Some(from) = found.from else { return String::new() };
    let from = format::near(from, ctx.now, ctx.zone);
    let more = match found.found - found.changes.len() {
        0 => String::new(),
        n => format!(" · {} more", format::count(n as u64)),
    };
    let cut = match found.is_cut {
        true => " · older events are not in the buffer",
        false => "",
    };
    format!(" looked at every write that worked from {from} on, shown or not{more}{cut}")
}

/// Draws the changes, or why there are none; with a cursor and the first line, where it is a list
/// to choose from.
pub(crate) fn draw_changes(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    found: Option<&Found>,
    cursor: Option<(usize, usize)>,
) {
    let say = |buf: &mut Buffer, words: &str| {
        let words = ctx.glyphs.cut_right(words, usize::from(ctx.area.width)).into_owned();
        text::put(
            buf,
            text::row(ctx.area.x, ctx.area.y, ctx.area.width),
            &words,
            ctx.style(Role::Dim),
        );
    };
    if ctx.area.is_empty() {
        return;
    }
    let Some(found) = found else {
        return say(buf, &format!("   looking {}", ctx.glyphs.ellipsis()));
    };
    let Some(from) = found.from else {
        return say(
            buf,
            "   the event has left the buffer: nothing can be said of what was before it",
        );
    };
    let from = format::near(from, ctx.now, ctx.zone);
    if found.changes.is_empty() {
        let cut = if found.is_cut { "; older events are not in the buffer" } else { "" };
        let words = format!(
            "   no write that worked on the same actor, role, key or target since {from}{cut}"
        );
        return say(buf, &words);
    }
    let (at, first) = cursor.unwrap_or_default();
    let mut list = Viewport { cursor: at, top: first };
    list.settle(found.changes.len(), ctx.area.height);
    list.draw(buf, ctx.area, found.changes.len(), |buf, line, number| {
        let is_cursor = cursor.is_some() && number == list.cursor;
        // None of them is older than what was looked through: all times have room.
        let look = (is_cursor, from.len() as u16);
        draw_change(buf, &ctx.within(line), &found.changes[number], look);
    });
}

fn draw_change(buf: &mut Buffer, ctx: &Ctx<'_>, change: &Change, (is_cursor, time): (bool, u16)) {
    let style = |role: Role| match is_cursor {
        true => ctx.theme.over(Role::Selection, role),
        false => ctx.style(role),
    };
    if is_cursor {
        text::fill(buf, ctx.area, ctx.style(Role::Selection));
        text::put(buf, ctx.area, ">", style(Role::Accent));
    }
    let sign = 3.min(ctx.area.width);
    let area = Rect { x: ctx.area.x + sign, width: ctx.area.width - sign, ..ctx.area };
    let Some(row) = ctx.view.snapshot.row(change.id) else {
        text::put(buf, area, "evicted", style(Role::Dim));
        return;
    };
    let more = if area.width >= WIDE { MORE } else { 0 };
    let columns = COLUMNS.map(|it| match it.title {
        "CHANGE" | "BY" | "ON" => Cells { most: it.most + more, ..it },
        "TIME" => Cells { most: it.most.max(time), ..it },
        _ => it,
    });
    for place in table::places(&columns, area.width.saturating_sub(1)) {
        let cells = usize::from(place.width);
        let (words, role) = match place.column {
            0 => (format::near_within(change.time, ctx.now, ctx.zone, cells), Role::Dim),
            1 => {
                let is_danger = row.text(Column::Verb) == "D";
                (row::event(row).to_owned(), if is_danger { Role::Danger } else { Role::Text })
            }
            2 => (by(row, change, cells, ctx), Role::Text),
            3 => (shown(Column::Target, row.text(Column::Target), cells, ctx), Role::Text),
            4 => (change.how.words().to_owned(), Role::Accent),
            _ => (ahead(change), Role::Dim),
        };
        let fit = COLUMNS[place.column].fit;
        table::cell(buf, area, (place, fit), &words, (style(role), ctx.glyphs));
    }
}

/// Who did it: the root, where it is known.
fn by(row: RowRef<'_>, change: &Change, cells: usize, ctx: &Ctx<'_>) -> String {
    let itself = if change.itself { " itself" } else { "" };
    let who = shown(Column::Actor, who(row), cells.saturating_sub(itself.len()), ctx);
    format!("{who}{itself}")
}

fn who(row: RowRef<'_>) -> &str {
    let root = row.root().filter(|root| root.sure != Sure::Unknown && !root.shown.is_empty());
    root.map_or(row.text(Column::Actor), |root| &root.shown)
}

/// `23s before`, or that nobody can say.
fn ahead(change: &Change) -> String {
    match change.ahead.0 {
        0 => "same second".into(),
        _ => format!("{} before", change.ahead),
    }
}

/// A change in a line of text that is handed on.
pub(crate) fn sentence(change: &Change, ctx: &Ctx<'_>) -> Option<String> {
    let row = ctx.view.snapshot.row(change.id)?;
    let itself = if change.itself { " itself" } else { "" };
    Some(format!(
        "{} {} on {} by {}{itself}: {}, {}",
        format::stamp(change.time, ctx.zone),
        row::event(row),
        row.text(Column::Target),
        who(row),
        change.how.words(),
        ahead(change),
    ))
}
