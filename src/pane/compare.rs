//! Two events side by side, field by field: what differs first, what is the same folded below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::command::keymap::Keymap;
use crate::event::compare::{Compared, Field, VALUES, compare};
use crate::event::json::Json;
use crate::pane::contract::{Ctx, Reply};
use crate::pane::row;
use crate::pane::steps::{scrolled, step_of};
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;
use crate::ui::theme::Role;
use crate::ui::{format, text};

/// From this width on the values stand beside each other.
const BESIDE: u16 = 120;

/// The view, and the event that was chosen first.
#[derive(Debug, Default)]
pub struct Compare {
    first: Option<RowId>,
    titles: [String; 2],
    compared: Compared,
    unfolded: bool,
    top: usize,
}

/// What choosing an event has led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chose {
    /// It is the first of the two.
    First,
    /// It was the first, and is not any more.
    Dropped,
    /// There are two: the view is filled.
    Both,
}

/// A line of the view.
enum Line<'a> {
    /// The way to a value.
    Path(&'a str),
    /// One of two values below it, and which.
    Value(usize, Option<&'a str>),
    /// All of it in one line.
    Beside(&'a Field),
    /// Something about the fields.
    Note(String),
}

impl Compare {
    /// Chooses an event: the first of two, or the second.
    pub fn choose(&mut self, row: RowRef<'_>, ctx: &Ctx<'_>) -> Chose {
        let before = self.first.take().and_then(|id| ctx.view.snapshot.row(id));
        let Some(before) = before else {
            self.first = Some(row.id());
            return Chose::First;
        };
        if before.id() == row.id() {
            return Chose::Dropped;
        }
        let (one, other) = if before.time() <= row.time() { (before, row) } else { (row, before) };
        let title = |row: RowRef<'_>| {
            let when = format::stamp(row.time(), ctx.zone);
            format!("{when} {} {}", row::event(row), row::actor(row, ctx.glyphs.ascii))
        };
        let (left, right) = (one.raw(), other.raw());
        let (left, right) = (String::from_utf8_lossy(&left), String::from_utf8_lossy(&right));
        *self = Self {
            titles: [title(one), title(other)],
            compared: compare(Json::of(&left), Json::of(&right)),
            ..Self::default()
        };
        Chose::Both
    }

    /// Scrolls, folds, closes.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let step = match action {
            Action::FoldAll | Action::Details => {
                self.unfolded = !self.unfolded;
                return Reply::Done;
            }
            Action::Compare => return Reply::Close,
            _ => match step_of(action) {
                Some(step) => step,
                None => return Reply::Ignored,
            },
        };
        let room = usize::from(ctx.area.height.saturating_sub(2)).max(1);
        let last = self.lines(ctx.area.width, ctx.keymap).len().saturating_sub(room);
        self.top = scrolled(self.top, step, usize::from(ctx.area.height / 2), last);
        Reply::Done
    }

    fn lines(&self, width: u16, keymap: &Keymap) -> Vec<Line<'_>> {
        let mut lines = vec![];
        if self.compared.apart.is_empty() {
            lines.push(Line::Note("Nothing differs.".to_owned()));
        }
        add(&mut lines, &self.compared.apart, width);
        if self.compared.is_cut {
            let most = format::count(VALUES as u64);
            lines.push(Line::Note(format!(
                "Not all was compared: of each {most} values at most, and fewer where names are long."
            )));
        }
        let same = format::counted(self.compared.same.len() as u64, "value is", "values are");
        let folds = if self.unfolded { "folds" } else { "unfolds" };
        let key = keymap.key(Action::FoldAll);
        lines.push(Line::Note(format!("{same} the same in both · {key} {folds} them")));
        if self.unfolded {
            add(&mut lines, &self.compared.same, width);
        }
        lines
    }

    /// Draws the view over the whole body.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let area = ctx.area;
        let columns = columns(area.width);
        let mut y = area.y;
        if area.width >= BESIDE {
            let line = text::row(area.x, y, area.width);
            text::put(buf, line, " COMPARE", ctx.style(Role::Title));
            for (title, (x, width)) in self.titles.iter().zip(&columns[1..]) {
                let cut = ctx.glyphs.cut_right(title, usize::from(*width));
                text::put(buf, text::row(area.x + x, y, *width), &cut, ctx.style(Role::Title));
            }
            y += 1;
        } else {
            for (title, sign) in self.titles.iter().zip(["<", ">"]) {
                let title = format!(" COMPARE {sign} {title}");
                let cut = ctx.glyphs.cut_right(&title, usize::from(area.width));
                let line = text::row(area.x, y, area.width).intersection(area);
                text::put(buf, line, &cut, ctx.style(Role::Title));
                y += 1;
            }
        }
        let lines = self.lines(area.width, ctx.keymap);
        let top = self.top.min(lines.len().saturating_sub(1));
        for (line, y) in lines.iter().skip(top).zip(y..area.bottom()) {
            draw_line(buf, &ctx.within(text::row(area.x, y, area.width)), line, &columns);
        }
    }
}

fn add<'a>(lines: &mut Vec<Line<'a>>, fields: &'a [Field], width: u16) {
    for field in fields {
        if width >= BESIDE {
            lines.push(Line::Beside(field));
            continue;
        }
        lines.push(Line::Path(&field.path));
        if field.left == field.right {
            lines.push(Line::Value(2, field.left.as_deref()));
        } else {
            lines.push(Line::Value(0, field.left.as_deref()));
            lines.push(Line::Value(1, field.right.as_deref()));
        }
    }
}

/// Where path, left and right begin, and how wide they are.
fn columns(width: u16) -> [(u16, u16); 3] {
    let path = (width / 3).clamp(1, 60);
    let value = width.saturating_sub(path + 2) / 2;
    [(1, path - 1), (path + 1, value.saturating_sub(1)), (path + 1 + value, value)]
}

fn draw_line(buf: &mut Buffer, ctx: &Ctx<'_>, line: &Line<'_>, columns: &[(u16, u16); 3]) {
    let Rect { x, y, width, .. } = ctx.area;
    let put = |buf: &mut Buffer, at: (u16, u16), said: &str, role: Role| {
        let cut = ctx.glyphs.cut_right(said, usize::from(at.1));
        text::put(buf, text::row(x + at.0, y, at.1).intersection(ctx.area), &cut, ctx.style(role));
    };
    let value = |value: Option<&str>| match value {
        None => ("(not there)".to_owned(), Role::Dim),
        Some(value) => (value.to_owned(), Role::Text),
    };
    match line {
        Line::Path(path) => {
            let cut = ctx.glyphs.cut_left(path, usize::from(width.saturating_sub(1)));
            put(buf, (1, width.saturating_sub(1)), &cut, Role::JsonKey);
        }
        Line::Value(side, said) => {
            let (said, role) = value(*said);
            let sign = ["<", ">", " "][(*side).min(2)];
            put(buf, (3, width.saturating_sub(3)), &format!("{sign} {said}"), role);
        }
        Line::Beside(field) => {
            let path = ctx.glyphs.cut_left(&field.path, usize::from(columns[0].1));
            put(buf, columns[0], &path, Role::JsonKey);
            for (said, at) in [&field.left, &field.right].into_iter().zip(&columns[1..]) {
                let (said, role) = value(said.as_deref());
                put(buf, *at, &said, role);
            }
        }
        Line::Note(said) => put(buf, (1, width.saturating_sub(1)), said, Role::Dim),
    }
}
