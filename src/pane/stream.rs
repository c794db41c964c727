//! The stream: one line an event, newest at the bottom. The cursor is pinned to an event, so a live
//! tail does not slide under it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::command::action::Action;
use crate::engine::lines::Run;
use crate::engine::view::{Entry, View};
use crate::event::field::{Column, Flag};
use crate::event::time::Timestamp;
use crate::pane::columns::{Shape, Table};
use crate::pane::contract::{Ctx, Live, Pointed, Reply};
use crate::pane::row::{self, Look};
use crate::pane::steps::step_of;
use crate::query::question::Order;
use crate::store::hits::Severity;
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;
use crate::ui::list::{Step, Viewport};
use crate::ui::theme::Role;
use crate::ui::{format, text};

/// From this width on there are columns that one cannot tell without their titles: a screen of 180
/// cells less the counts.
const TITLED: u16 = 143;

/// The state of the stream.
#[derive(Debug, Default)]
pub struct Stream {
    viewport: Viewport,
    /// The event under the cursor.
    pinned: Option<Entry>,
    /// The event that the user put the cursor on. While a filter does not show it the cursor is on
    /// a neighbour; it comes back with its event.
    anchor: Option<Entry>,
    follow: bool,
    header: Option<bool>,
    highlight: Option<String>,
    /// Cells by which the target column is scrolled to its right end.
    shift: usize,
    /// The order of the rows it was given last.
    order: Order,
}

impl Stream {
    /// A stream that follows; its titles are shown by the room there is where nobody has said.
    pub fn new(header: Option<bool>) -> Self {
        Self { follow: true, header, ..Self::default() }
    }

    /// Whether the user wants to see the titles.
    pub fn header(&self) -> Option<bool> {
        self.header
    }

    /// Says whether the user wants to see the titles.
    pub fn set_header(&mut self, header: Option<bool>) {
        self.header = header;
    }

    /// The selected event.
    pub fn selected(&self) -> Option<RowId> {
        self.pinned.map(|entry| entry.id)
    }

    /// Whether it keeps to the newest row.
    pub fn follows(&self) -> bool {
        self.follow
    }

    /// How many rows lie below the cursor.
    pub fn below(&self, view: &View) -> usize {
        match self.pinned {
            Some(_) if self.viewport.cursor + 1 >= view.lines.len() => 0,
            Some(entry) => view.len().saturating_sub(view.place(entry, self.order) + 1),
            None => 0,
        }
    }

    /// How many rows are folded into the line under the cursor, and whether the cursor is on one of
    /// those within; `None` where it is a row of its own.
    pub fn run<'v>(&self, view: &'v View) -> Option<&'v Run> {
        view.lines.run(self.selected().and_then(|id| view.snapshot.row(id))?)
    }

    /// Takes a new view: the cursor stays on its event, or follows the newest unless somebody reads
    /// the selected one.
    pub fn accept(&mut self, view: &View, order: Order, height: u16, reads: bool) {
        self.order = order;
        let follows = self.follow && !reads;
        if follows || view.is_empty() {
            self.viewport.step(Step::End, view.lines.len(), height);
        } else if let Some(anchor) = self.anchor.or(self.pinned) {
            let at = view.line_of(anchor, order);
            self.viewport.shift(at as isize - self.viewport.cursor as isize);
            self.viewport.settle(view.lines.len(), height);
        }
        // Without rows nothing is selected: the anchor alone remembers where one was.
        self.pin(view);
        self.pin_within(view, self.anchor.filter(|_| !follows));
        if follows {
            self.anchor = self.pinned;
        }
    }

    /// Selects an event; the one before it in time where it is not in the view.
    pub fn select(&mut self, view: &View, id: RowId, order: Order, height: u16) {
        let Some(row) = view.snapshot.row(id) else { return };
        self.follow = false;
        self.order = order;
        let entry = Entry { time: row.time(), id };
        let at = view.line_of(entry, order);
        self.viewport.step(Step::To(at), view.lines.len(), height);
        let centre = usize::from(height) / 2;
        self.viewport.top = at.saturating_sub(centre);
        self.viewport.settle(view.lines.len(), height);
        self.pin(view);
        self.pin_within(view, Some(entry));
        self.anchor = self.pinned;
    }

    /// Does what an action asks of the stream.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        if let Some(step) = step_of(action) {
            self.go(step, ctx);
            return Reply::Done;
        }
        match action {
            Action::Follow => self.go(Step::End, ctx),
            Action::Left => return self.scroll(false),
            Action::Right => return self.scroll(true),
            Action::Header => {
                self.header = Some(!self.has_header(ctx));
            }
            Action::FoldAll => return Reply::FoldNext,
            Action::Details => {
                let head = self.run(ctx.view).map(|run| run.head.id);
                return head.map_or(Reply::Ignored, Reply::Unfold);
            }
            Action::Highlight => return self.toggle_highlight(ctx.view),
            Action::NextHit => return self.find(ctx, true, "highlighted row", Self::is_hit),
            Action::PreviousHit => return self.find(ctx, false, "highlighted row", Self::is_hit),
            Action::NextError => {
                return self.find(ctx, true, "row that did not work", Self::is_error);
            }
            Action::PreviousError => {
                return self.find(ctx, false, "row that did not work", Self::is_error);
            }
            Action::NextMark => return self.find_mark(ctx, true),
            Action::PreviousMark => return self.find_mark(ctx, false),
            Action::Mark => {
                let row = self.selected().and_then(|id| ctx.view.snapshot.row(id));
                return match row {
                    Some(row) => Reply::Mark(row.id(), !row.has(Flag::Marked)),
                    None => Reply::Say("no event is selected".into()),
                };
            }
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    /// Selects the row at this line of the screen, where there is one.
    pub fn point(&mut self, y: u16, ctx: &Ctx<'_>) -> Pointed {
        let rows = self.rows(ctx);
        let line = y.checked_sub(rows.y).map(usize::from);
        let lines = self.lines(ctx, rows.height);
        let Some(Line::Row(at)) = line.and_then(|line| lines.into_iter().nth(line)) else {
            return Pointed::Nothing;
        };
        let is_same = at == self.viewport.cursor;
        self.go(Step::To(at), ctx);
        Pointed::at(is_same)
    }

    /// The times of the rows that are drawn.
    pub fn times(&self, ctx: &Ctx<'_>) -> Vec<Timestamp> {
        let lines = self.lines(ctx, self.rows(ctx).height);
        let time = |line: Line| match line {
            Line::Row(at) => ctx.view.lines.get(at).map(|entry| entry.time),
            Line::Day(_) => None,
        };
        lines.into_iter().filter_map(time).collect()
    }

    fn go(&mut self, step: Step, ctx: &Ctx<'_>) {
        self.order = ctx.asked.order;
        // Following has one line more for rows.
        self.follow |= step == Step::End;
        let lines = ctx.view.lines.len();
        self.viewport.step(step, lines, self.height(ctx));
        // Going up lets go of the newest row; reaching it takes it up again.
        self.follow = self.viewport.cursor + 1 >= lines
            && !matches!(step, Step::Up(_) | Step::HalfUp | Step::Home);
        self.pin(ctx.view);
        self.anchor = self.pinned.or(self.anchor);
    }

    fn pin(&mut self, view: &View) {
        self.pinned = view.lines.get(self.viewport.cursor).copied();
    }

    /// Selects a row that is folded into the line under the cursor.
    fn pin_within(&mut self, view: &View, entry: Option<Entry>) {
        let row = entry.and_then(|entry| view.snapshot.row(entry.id));
        let head = row.and_then(|row| view.lines.run(row)).map(|run| run.head);
        if head.is_some() && head == self.pinned && view.has(entry, self.order) {
            self.pinned = entry;
        }
    }

    fn scroll(&mut self, right: bool) -> Reply {
        self.shift = if right { self.shift + 8 } else { self.shift.saturating_sub(8) };
        Reply::Done
    }

    fn toggle_highlight(&mut self, view: &View) -> Reply {
        let actor =
            self.selected().and_then(|id| view.snapshot.row(id)).map(|row| row.text(Column::Actor));
        self.highlight = match (&self.highlight, actor) {
            (Some(old), Some(actor)) if old == actor => None,
            (_, actor) => actor.map(str::to_owned),
        };
        Reply::Done
    }

    fn find(
        &mut self,
        ctx: &Ctx<'_>,
        down: bool,
        what: &str,
        test: fn(&Self, RowRef<'_>) -> bool,
    ) -> Reply {
        let (view, lines) = (ctx.view, &ctx.view.lines);
        let row = |at: usize| lines.get(at).and_then(|entry| view.snapshot.row(entry.id));
        let passes = |at: &usize| row(*at).is_some_and(|row| test(self, row));
        let cursor = self.viewport.cursor;
        let hit = match down {
            true => (cursor + 1..lines.len()).find(passes),
            false => (0..cursor.min(lines.len())).rev().find(passes),
        };
        match hit {
            Some(at) => {
                self.go(Step::To(at), ctx);
                Reply::Done
            }
            None => none(what, down),
        }
    }

    /// Goes to the next marked row, folded or not: of a run it may be any.
    fn find_mark(&mut self, ctx: &Ctx<'_>, down: bool) -> Reply {
        let (view, order) = (ctx.view, ctx.asked.order);
        let at = self.pinned.map_or(0, |entry| view.place(entry, order));
        let is_marked = |at: &usize| view.row(*at).is_some_and(|row| row.has(Flag::Marked));
        let hit = match down {
            true => (at + 1..view.len()).find(is_marked),
            false => (0..at.min(view.len())).rev().find(is_marked),
        };
        let Some(entry) = hit.and_then(|at| view.entries.get(at)) else {
            return none("marked row", down);
        };
        self.go(Step::To(view.line_of(*entry, order)), ctx);
        self.pin_within(view, Some(*entry));
        self.anchor = self.pinned;
        Reply::Done
    }

    fn is_hit(&self, row: RowRef<'_>) -> bool {
        self.highlight.as_deref().is_some_and(|actor| row.text(Column::Actor) == actor)
    }

    #[expect(clippy::unused_self, reason = "one of two tests of the same shape")]
    fn is_error(&self, row: RowRef<'_>) -> bool {
        matches!(row.text(Column::Result), "denied" | "failed" | "throttled")
    }

    fn has_header(&self, ctx: &Ctx<'_>) -> bool {
        self.header.unwrap_or(ctx.area.width >= TITLED)
    }

    /// Lines for rows: the area less the column titles and the line that says where one holds.
    pub fn height(&self, ctx: &Ctx<'_>) -> u16 {
        ctx.area.height.saturating_sub(u16::from(self.has_header(ctx)) + u16::from(!self.follow))
    }

    /// Where the rows are: below the column titles, above the line that says where one holds.
    fn rows(&self, ctx: &Ctx<'_>) -> Rect {
        let mut rows = ctx.area;
        if self.has_header(ctx) && rows.height > 1 {
            rows = Rect { y: rows.y + 1, height: rows.height - 1, ..rows };
        }
        if !self.follow && rows.height > 1 {
            rows.height -= 1;
        }
        rows
    }

    /// Draws the visible rows.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let rows = self.rows(ctx);
        let shape = Shape::of(ctx.area.width, ctx.columns.of(Table::Stream));
        if rows.y > ctx.area.y {
            shape.draw_titles(buf, ctx);
        }
        if rows.bottom() < ctx.area.bottom() {
            self.draw_hold(buf, &ctx.within(Rect { y: rows.bottom(), height: 1, ..rows }));
        }
        for (line, y) in self.lines(ctx, rows.height).into_iter().zip(rows.y..rows.bottom()) {
            let area = Rect { y, height: 1, ..rows };
            match line {
                Line::Day(at) => {
                    let day = ctx.view.lines.get(at).map_or(ctx.view.now, |entry| entry.time);
                    row::draw_day(buf, &ctx.within(area), day);
                }
                Line::Row(at) => self.draw_row(buf, &ctx.within(area), at, &shape),
            }
        }
    }

    /// The lines to draw: rows from the top on, with a rule at each change of day; when the cursor
    /// would fall off the end, the top moves down.
    fn lines(&self, ctx: &Ctx<'_>, height: u16) -> Vec<Line> {
        let (view, all) = (ctx.view, &ctx.view.lines);
        let height = usize::from(height);
        let cursor = self.viewport.cursor.min(all.len().saturating_sub(1));
        let time = |at: usize| all.get(at).map_or(view.now, |entry| entry.time);
        let mut top = self.viewport.top.min(cursor);
        loop {
            let mut lines = Vec::with_capacity(height);
            for at in top..all.len().min(top + height) {
                let new_day = match at.checked_sub(1) {
                    Some(before) => format::is_other_day(time(before), time(at), ctx.zone),
                    None => format::is_other_day(time(at), view.now, ctx.zone),
                };
                if new_day && ctx.asked.order == Order::Time {
                    lines.push(Line::Day(at));
                }
                lines.push(Line::Row(at));
            }
            let seen = lines
                .iter()
                .take(height)
                .any(|line| matches!(line, Line::Row(at) if *at == cursor));
            if seen || top >= cursor {
                if top == cursor
                    && lines.len() > height
                    && matches!(lines[0], Line::Day(_))
                    && height == 1
                {
                    lines.remove(0);
                }
                lines.truncate(height);
                return lines;
            }
            top += 1;
        }
    }

    fn draw_hold(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let dim = ctx.style(Role::Dim);
        let at = self.pinned.map(|entry| format::clock(entry.time, ctx.zone)).unwrap_or_default();
        let new = match ctx.live {
            Live::Hold(new) | Live::Paused(new) if new > 0 => {
                format!("+{} new · ", format::count(new as u64))
            }
            _ => String::new(),
        };
        let below = self.below(ctx.view);
        let last = if ctx.live == Live::NotLive { "G to the end" } else { "G follows" };
        let below = format::counted(below as u64, "row", "rows");
        let right = format!("{below} below · {new}{last} ");
        let left = format!(" HOLD at {at} ");
        if text::width(&left) + text::width(&right) <= usize::from(ctx.area.width) {
            text::put(buf, ctx.area, &left, dim);
        }
        text::put_right(buf, ctx.area, &right, dim, ctx.glyphs);
    }

    fn draw_row(&self, buf: &mut Buffer, ctx: &Ctx<'_>, at: usize, shape: &Shape) {
        let is_cursor = at == self.viewport.cursor;
        let entry = ctx.view.lines.get(at);
        let Some(row) = entry.and_then(|entry| ctx.view.snapshot.row(entry.id)) else {
            text::put(
                buf,
                ctx.area,
                "          evicted: its bytes made room for newer events",
                ctx.style(Role::Dim),
            );
            return;
        };
        let base = match self.is_hit(row) {
            true => ctx.style(Role::Match),
            false => Style::new(),
        };
        if is_cursor {
            buf.set_style(ctx.area.intersection(buf.area), ctx.style(Role::Selection));
        }
        let run = ctx.view.lines.run(row);
        let selected = self.selected().filter(|_| is_cursor);
        let selected = selected.and_then(|id| ctx.view.snapshot.row(id)).unwrap_or(row);
        let is_marked = row.has(Flag::Marked) || selected.has(Flag::Marked);
        let is_alert = is_alert(row, ctx);
        let sign = match (is_cursor, is_marked) {
            (_, true) => "m",
            (true, false) => ">",
            (false, false) if is_alert && ctx.glyphs.ascii => "^",
            (false, false) if is_alert => "▲",
            (false, false) => " ",
        };
        Look { row, run, ctx, base, is_cursor, shift: self.shift }.draw(buf, shape, sign);
    }
}

/// Whether a row is one to look at by itself. One of many that are a finding only together is not,
/// below a high severity: a sign on every second row would tell nothing.
fn is_alert(row: RowRef<'_>, ctx: &Ctx<'_>) -> bool {
    let rules = &ctx.view.ledger.alerts.rules;
    let hits = row.part.side.hits().of(row.row);
    hits.iter().any(|(_, hit)| match hit.severity {
        Severity::Critical | Severity::High => true,
        Severity::Medium => !rules.gathers(&hit.rule.id),
        Severity::Low | Severity::Info => false,
    })
}

fn none(what: &str, down: bool) -> Reply {
    Reply::Say(format!("no {what} {}", if down { "below" } else { "above" }))
}

#[derive(Debug, Clone, Copy)]
enum Line {
    Day(usize),
    Row(usize),
}
