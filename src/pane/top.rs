//! The top view: the values of a key ranked by what matters, live. The cursor stays on its value
//! while others overtake it.
//!
//! Cells are filters: Enter shows the events of the value; with the cursor on another cell (Tab),
//! those of the value that are writes, dangerous, denied, failed, from its address, or of the five
//! minutes after its first or before its last event.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::command::action::Action;
use crate::event::field::Column;
use crate::event::time::{Millis, Timestamp};
use crate::insight::lens::Insight;
use crate::insight::top::{RANKS, STEPS, Sort, Top as Reckoned, TopRow, TopWanted};
use crate::pane::board::{self, Parts, draw_cursor, inside, line_style};
use crate::pane::columns::{TOP as COLUMNS, Table};
use crate::pane::contract::{Change, Ctx, Pointed, Reply};
use crate::pane::steps::step_of;
use crate::pane::term::{shown, term};
use crate::pane::top_detail;
use crate::ui::list::{Step, Viewport};
use crate::ui::table::{self, Place};
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// Every order with its name, in the order of the key.
const SORTS: [(Sort, &str); 8] = [
    (Sort::Danger, "danger"),
    (Sort::Events, "events"),
    (Sort::Writes, "writes"),
    (Sort::Denied, "denied"),
    (Sort::Failed, "failures"),
    (Sort::Rate, "rate"),
    (Sort::Last, "last seen"),
    (Sort::First, "first seen"),
];

/// Places in [`COLUMNS`].
const EVENTS: usize = 1;
const FROM: usize = 6;
const FIRST: usize = 7;
const LAST: usize = 8;
const SPARK: usize = 9;
/// How long after the first and before the last event their cells look.
const NEAR: Millis = Millis::minutes(5);
/// From this height on there is room for the strip below the table.
const STRIP_FROM: u16 = 12;

/// The view: what is ranked, by what, and where the cursor is.
#[derive(Debug, Default)]
pub struct Top {
    by: usize,
    sort: usize,
    /// The value under the cursor.
    selected: Option<Arc<str>>,
    /// Its place, for when it is gone.
    at: usize,
    first: usize,
    /// The column under the cursor; 0 is read as that of events.
    cell: usize,
}

impl Top {
    /// The values of a column, by how many writes there are of each.
    pub fn of(column: Column) -> Self {
        let by = RANKS.iter().position(|rank| rank.column == column);
        let sort = SORTS.iter().position(|(sort, _)| *sort == Sort::Writes);
        let (by, sort) = (by.unwrap_or_default(), sort.unwrap_or_default());
        Self { by, sort, ..Self::default() }
    }

    /// What is to be reckoned for it.
    pub fn wanted(&self) -> TopWanted {
        TopWanted { by: self.by, sort: SORTS[self.sort].0, selected: self.selected.clone() }
    }

    /// Takes a new ranking: the cursor stays on its value, or where it was if that is gone.
    pub fn accept(&mut self, insight: &Insight) {
        let Some(top) = insight.top.as_deref().filter(|top| self.is_mine(top)) else { return };
        let rows = &top.rows;
        let is_selected = |row: &TopRow| self.selected.as_ref() == Some(&row.value);
        if let Some(at) = rows.iter().position(is_selected) {
            self.at = at;
        } else {
            self.at = self.at.min(rows.len().saturating_sub(1));
            self.selected = rows.get(self.at).map(|row| Arc::clone(&row.value));
        }
    }

    fn is_mine(&self, top: &Reckoned) -> bool {
        top.by == self.by && top.sort == SORTS[self.sort].0
    }

    /// What an action asks of the view.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        if let Some(step) = step_of(action) {
            self.go(step, ctx);
            return Reply::Done;
        }
        match action {
            Action::Left | Action::Right => {
                let step = if action == Action::Right { 1 } else { RANKS.len() - 1 };
                *self =
                    Self { by: (self.by + step) % RANKS.len(), sort: self.sort, ..Self::default() };
            }
            Action::Order => {
                self.sort = (self.sort + 1) % SORTS.len();
                self.first = 0;
            }
            Action::FocusNext => self.next_cell(ctx, 1),
            Action::FocusPrevious => self.next_cell(ctx, -1),
            Action::Top => return Reply::Close,
            Action::Zoom => return Reply::Say("the top view has the screen already".into()),
            Action::Details | Action::Include | Action::Exclude | Action::Pivot => {
                return self.choose(action, ctx);
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn choose(&self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let Some(row) = self.rows(ctx).and_then(|rows| rows.get(self.place(rows))) else {
            return Reply::Say("there is nothing to choose yet".into());
        };
        let value = term(RANKS[self.by].column, &row.value);
        match action {
            Action::Exclude => Reply::Filter(Change::Exclude, value),
            Action::Include => Reply::Filter(Change::Add, value),
            Action::Pivot => Reply::Filter(Change::Replace, value),
            _ => Reply::Show([value].into_iter().chain(self.of_cell(row)).collect()),
        }
    }

    /// The term of the cell under the cursor, beside that of the value.
    fn of_cell(&self, row: &TopRow) -> Option<String> {
        match self.cell {
            2 => Some("verb:W".into()),
            3 => Some("verb:D".into()),
            4 => Some("result:denied".into()),
            5 => Some(FAILED.into()),
            FROM => Some(term(Column::Ip, &row.from.0)),
            FIRST => Some(format!("time:{}..{}", row.first, row.first + NEAR)),
            LAST => Some(format!("time:{}..{}", row.last - NEAR, row.last + Millis(1))),
            _ => None,
        }
    }

    /// The rows, once they are those that are wanted.
    fn rows<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a [TopRow]> {
        let top = ctx.insight.top.as_deref().filter(|top| self.is_mine(top));
        top.map(|top| top.rows.as_slice())
    }

    fn place(&self, rows: &[TopRow]) -> usize {
        let mine = |row: &TopRow| self.selected.as_ref() == Some(&row.value);
        rows.iter().position(mine).unwrap_or(self.at.min(rows.len().saturating_sub(1)))
    }

    fn go(&mut self, step: Step, ctx: &Ctx<'_>) {
        let Some(rows) = self.rows(ctx) else { return };
        let height = self.parts(ctx).0.rows.height;
        let mut list = Viewport { cursor: self.place(rows), top: self.first };
        list.step(step, rows.len(), height);
        (self.at, self.first) = (list.cursor, list.top);
        self.selected = rows.get(list.cursor).map(|row| Arc::clone(&row.value));
    }

    /// Selects the row at this line of the screen, where there is one.
    pub fn point(&mut self, y: u16, ctx: &Ctx<'_>) -> Pointed {
        let Some(rows) = self.rows(ctx) else { return Pointed::Nothing };
        let area = self.parts(ctx).0.rows;
        let mut list = Viewport { cursor: self.place(rows), top: self.first };
        list.settle(rows.len(), area.height);
        let Some(at) = list.row_at(y, area, rows.len()) else { return Pointed::Nothing };
        self.go(Step::To(at), ctx);
        Pointed::at(at == list.cursor)
    }

    /// Where what is below the table is.
    pub(crate) fn strip(&self, ctx: &Ctx<'_>) -> Rect {
        self.parts(ctx).0.strip
    }

    fn next_cell(&mut self, ctx: &Ctx<'_>, step: isize) {
        let places = places(ctx, self.by);
        let cells: Vec<usize> = places
            .iter()
            .map(|place| place.column)
            .filter(|at| (EVENTS..SPARK).contains(at))
            .collect();
        let here = cells.iter().position(|at| *at == self.cell.max(EVENTS)).unwrap_or(0);
        let next = (here as isize + step).rem_euclid(cells.len().max(1) as isize) as usize;
        self.cell = cells.get(next).copied().unwrap_or(self.cell);
    }

    /// Where the parts of the view are, and the row of services between the others and the strip.
    fn parts(&self, ctx: &Ctx<'_>) -> (Parts, Rect) {
        let detail = match ctx.area.height {
            ..STRIP_FROM => 0,
            STRIP_FROM..20 => 4,
            _ => 1 + top_detail::LINES,
        };
        let top = ctx.insight.top.as_deref().filter(|top| self.is_mine(top));
        let has_services = top.is_some_and(|top| top.services.is_some());
        let mut parts = Parts::of(ctx.area, board::strip(ctx, detail));
        let height = u16::from(has_services && parts.rows.height > 1);
        parts.rows.height -= height;
        let services = Rect { y: parts.rows.bottom(), height, ..parts.rows };
        (parts, services)
    }

    /// Draws the view.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let (parts, services) = self.parts(ctx);
        self.draw_title(buf, &ctx.within(parts.title));
        let top = ctx.insight.top.as_deref().filter(|top| self.is_mine(top));
        let Some(top) = top else {
            let words = format!("   ranking {} …", RANKS[self.by].title);
            text::put(buf, parts.rows, &words, ctx.style(Role::Dim));
            return;
        };
        let places = places(ctx, self.by);
        self.draw_headings(buf, &ctx.within(parts.headings), &places, top.step);
        if top.rows.is_empty() {
            let words = format!(
                "   none of the {} rows has one: there are no {} to rank",
                format::count(ctx.insight.rows as u64),
                RANKS[self.by].title
            );
            text::put(buf, parts.rows, &words, ctx.style(Role::Dim));
        }
        let cursor = self.place(&top.rows);
        let mut list = Viewport { cursor, top: self.first };
        list.settle(top.rows.len(), parts.rows.height);
        list.draw(buf, parts.rows, top.rows.len(), |buf, line, at| {
            self.draw_row(buf, &ctx.within(line), &top.rows[at], at == cursor);
        });
        if let Some(row) = &top.services {
            draw_services(buf, &ctx.within(services), row, &places);
        }
        let value = top.rows.get(cursor).map(|row| &*row.value).unwrap_or_default();
        let column = RANKS[self.by].column;
        top_detail::draw(buf, &ctx.within(parts.strip), (value, column), top.detail.as_ref());
    }

    /// What is ranked by what, and at the right what else there is.
    fn draw_title(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let all = ctx.insight.top.as_deref().filter(|top| self.is_mine(top) && ctx.is_current);
        let all = all.map_or_else(
            || ctx.glyphs.ellipsis().to_owned(),
            |top| format::count(top.distinct as u64),
        );
        let words = format!("TOP {all} {} by {}", RANKS[self.by].title, SORTS[self.sort].1);
        let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::TitleFocused) };
        bars::divider(buf, ctx.area, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
        let arrows = ctx.glyphs.pick("←→", "<->");
        let names: Vec<&str> = RANKS.iter().map(|rank| rank.title).collect();
        let all = names.iter().map(|name| name.len() + 1).sum::<usize>() + 6;
        let left = text::width(&words) + 8;
        if left + all > usize::from(ctx.area.width) {
            let few = format!("key {} of {} {arrows}", self.by + 1, RANKS.len());
            return bars::divider_end(buf, ctx.area, &few, ctx.style(Role::Dim), ctx.glyphs);
        }
        let (dim, loud) = (ctx.style(Role::Dim), ctx.style(Role::TitleFocused));
        let mut parts = vec![(" ", dim)];
        for (at, name) in names.into_iter().enumerate() {
            parts.extend([(name, if at == self.by { loud } else { dim }), (" ", dim)]);
        }
        parts.extend([(" ", dim), (arrows, dim), (" ", dim)]);
        let width = parts.iter().map(|(text, _)| text::width(text)).sum::<usize>() as u16;
        let x = ctx.area.right().saturating_sub(width + 2);
        text::put_all(buf, text::row(x, ctx.area.y, width), &parts);
    }

    fn draw_headings(&self, buf: &mut Buffer, ctx: &Ctx<'_>, places: &[Place], step: Millis) {
        let what = RANKS[self.by].title.trim_end_matches('s').to_ascii_uppercase();
        let spark = format!("{STEPS} x {}", format::duration(step));
        for place in places {
            let table::Column { title, fit, .. } = COLUMNS[place.column].cells;
            let title = match place.column {
                0 => what.as_str(),
                SPARK => spark.as_str(),
                _ => title,
            };
            let role = match place.column == self.sorted() {
                true => Role::TitleFocused,
                false => Role::Title,
            };
            let look = (ctx.style(role), ctx.glyphs);
            table::cell(buf, inside(ctx.area), (*place, fit), title, look);
        }
    }

    /// The column that the rows are sorted by.
    fn sorted(&self) -> usize {
        match SORTS[self.sort].0 {
            Sort::Events => EVENTS,
            Sort::Writes => 2,
            Sort::Danger => 3,
            Sort::Denied => 4,
            Sort::Failed => 5,
            Sort::First => FIRST,
            Sort::Last => LAST,
            Sort::Rate => SPARK,
        }
    }

    fn draw_row(&self, buf: &mut Buffer, ctx: &Ctx<'_>, row: &TopRow, is_cursor: bool) {
        let places = places(ctx, self.by);
        let style = |role| line_style(ctx, is_cursor, role);
        if is_cursor {
            draw_cursor(buf, ctx);
        }
        for place in &places {
            let (words, role) = self.cell(row, place, ctx);
            let fit = COLUMNS[place.column].cells.fit;
            let mut look: Style = style(role);
            if is_cursor && self.cell > EVENTS && place.column == self.cell {
                look = look.add_modifier(Modifier::UNDERLINED);
            }
            if place.column == SPARK {
                let area = inside(ctx.area);
                let cells = text::row(area.x + place.x, area.y, place.width);
                bars::sparkline(buf, cells, &row.spark, 0, (look, ctx.glyphs));
            } else {
                table::cell(buf, inside(ctx.area), (*place, fit), &words, (look, ctx.glyphs));
            }
        }
    }

    fn cell(&self, row: &TopRow, place: &Place, ctx: &Ctx<'_>) -> (String, Role) {
        let number = |n: u64, role: Role| match n {
            0 => (ctx.glyphs.dot().to_owned(), Role::Dim),
            n => (short(n), role),
        };
        match place.column {
            0 => {
                let column = RANKS[self.by].column;
                (shown(column, &row.value, usize::from(place.width), ctx), Role::Text)
            }
            EVENTS => (short(row.events), Role::Text),
            2 => number(row.writes, Role::Text),
            3 => number(row.danger, Role::Warning),
            4 => number(row.denied, Role::Denied),
            5 => number(row.failed, Role::Failed),
            FROM => match row.from.1 {
                0 | 1 => (shown(Column::Ip, &row.from.0, usize::from(place.width), ctx), Role::Dim),
                n => (format!("{} addresses", format::count(n as u64)), Role::Text),
            },
            FIRST => (when(row.first, ctx), Role::Dim),
            LAST => (when(row.last, ctx), Role::Dim),
            _ => (String::new(), Role::Bar),
        }
    }
}

/// The rows that the column of failures counts.
const FAILED: &str = "result:failed,throttled";

/// The columns there is room for; ranked addresses say by themselves where from.
fn places(ctx: &Ctx<'_>, by: usize) -> Vec<Place> {
    let without = (RANKS[by].column == Column::Ip).then_some(FROM);
    ctx.columns.of(Table::Top).places(ctx.area.width.saturating_sub(4), without)
}

/// A count in at most six cells.
fn short(n: u64) -> String {
    if n < 1_000_000 { n.to_string() } else { format::short_count(n) }
}

/// A moment in eight cells.
fn when(at: Timestamp, ctx: &Ctx<'_>) -> String {
    format::near_within(at, ctx.now, ctx.zone, 8)
}

fn draw_services(buf: &mut Buffer, ctx: &Ctx<'_>, row: &TopRow, places: &[Place]) {
    let dim = (ctx.style(Role::Dim), ctx.glyphs);
    let kinds = if *row.value == *"1" { "1 kind".into() } else { format!("{} kinds", row.value) };
    let opens = ctx.spell(if ctx.asked.quiet { "{noise} opens" } else { "{noise} hides" });
    for place in places {
        let words = match place.column {
            0 => format!("AWS services ({kinds}, {opens})"),
            EVENTS => short(row.events),
            2 => short(row.writes),
            3 => short(row.danger),
            4 => short(row.denied),
            5 => short(row.failed),
            _ => continue,
        };
        let words = if words == "0" { ctx.glyphs.dot().to_owned() } else { words };
        table::cell(buf, inside(ctx.area), (*place, COLUMNS[place.column].cells.fit), &words, dim);
    }
}
