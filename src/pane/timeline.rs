//! Events over event time: all of the window, those that match, those that were denied. With the
//! focus it has a cursor and a brush, whose range becomes the time filter.

use jiff::civil;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::command::pointer::Deed;
use crate::coverage::hole::Hole;
use crate::event::time::{Millis, Timestamp};
use crate::insight::timeline::Timeline as Reckoned;
use crate::pane::contract::{Change, Ctx, Reply};
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// Cells before and behind the graph, where there is room.
const LABEL: u16 = 8;
const NOTE: u16 = 16;
/// From this width on there is.
const LABELLED: u16 = 60;
/// Steps that a page moves.
const PAGE: i64 = 10;
/// Cells that a time on the axis and the blank behind it take.
const TICK: u16 = 16;
/// Round lengths between the times on the axis, in minutes.
const TICKS: [i64; 14] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080];
/// Beyond them, in months.
const MONTHS: [i64; 10] = [1, 2, 3, 6, 12, 24, 36, 60, 120, 1200];

/// The pane: where its cursor is and what is brushed, as times, so that both stay where they are
/// while the steps move on.
#[derive(Debug, Default)]
pub struct Timeline {
    at: Option<Timestamp>,
    brush: Option<Brush>,
}

#[derive(Debug, Clone, Copy)]
struct Brush {
    from: Timestamp,
    /// Where it was ended; it follows the cursor until then.
    to: Option<Timestamp>,
}

/// The cells of the graph on a screen of this width.
pub fn cells(width: u16) -> u16 {
    if width < LABELLED { width } else { width - LABEL - NOTE }
}

impl Timeline {
    /// What an action asks of the timeline.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let Some(line) = reckoned(ctx) else {
            return match action {
                Action::Left | Action::Right | Action::Compare | Action::Details => {
                    Reply::Say("there is no event to draw over time".into())
                }
                _ => Reply::Ignored,
            };
        };
        let at = self.step(line);
        let last = line.all.len() as i64 - 1;
        let to = match action {
            Action::Left => at - 1,
            Action::Right => at + 1,
            Action::PageUp => at - PAGE,
            Action::PageDown => at + PAGE,
            Action::First => 0,
            Action::Last => last,
            Action::Next | Action::Previous => {
                return Reply::Say(ctx.spell(
                    "{left} and {right} move over time · {focus-next} leaves the timeline",
                ));
            }
            Action::Compare => {
                self.at = Some(begin(line, at));
                self.brush = match self.brush {
                    Some(Brush { from, to: None }) => Some(Brush { from, to: self.at }),
                    _ => Some(Brush { from: begin(line, at), to: None }),
                };
                return Reply::Done;
            }
            Action::Details | Action::Include => {
                let (from, to) = self.range(line);
                self.brush = None;
                return Reply::Between(from, to);
            }
            Action::Exclude => {
                let (from, to) = self.range(line);
                self.brush = None;
                return Reply::Filter(Change::Exclude, format!("time:{from}..{to}"));
            }
            Action::Close if self.brush.take().is_some() => return Reply::Done,
            _ => return Reply::Ignored,
        };
        self.at = Some(begin(line, to.clamp(0, last)));
        Reply::Done
    }

    /// Puts the cursor at this column of the screen; a drag brushes from where it began.
    pub fn point(&mut self, x: u16, deed: Deed, ctx: &Ctx<'_>) {
        let Some(line) = reckoned(ctx) else { return };
        let (steps, graph) = (line.all.len() as i64, graph(ctx.area));
        let cell = i64::from(x.saturating_sub(graph.x));
        let step = cell.saturating_mul(steps) / i64::from(graph.width.max(1));
        let at = begin(line, step.clamp(0, steps - 1));
        let from = self.at.unwrap_or(at);
        self.at = Some(at);
        self.brush = match (deed, self.brush) {
            (Deed::Drag, Some(brush @ Brush { to: None, .. })) => Some(brush),
            (Deed::Drag, _) => Some(Brush { from, to: None }),
            (Deed::Release, Some(Brush { from, .. })) => Some(Brush { from, to: Some(at) }),
            _ => None,
        };
    }

    /// The step under the cursor; the newest until it was moved.
    fn step(&self, line: &Reckoned) -> i64 {
        let last = line.all.len() as i64 - 1;
        self.at.map_or(last, |at| step_of(line, at)).clamp(0, last.max(0))
    }

    /// What is brushed, else the step under the cursor: `[from, to)`.
    fn range(&self, line: &Reckoned) -> (Timestamp, Timestamp) {
        let cursor = begin(line, self.step(line));
        let (one, other) = match self.brush {
            Some(Brush { from, to }) => (from, to.unwrap_or(cursor)),
            None => (cursor, cursor),
        };
        (one.min(other), one.max(other) + line.step)
    }

    /// Draws as many rows as there is room for.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let Some(line) = reckoned(ctx) else {
            let why = match &ctx.insight.timeline {
                Some(_) => " no event in the window: nothing to draw over time",
                None => " counting over time …",
            };
            text::put(buf, ctx.area, why, ctx.style(Role::Dim));
            return;
        };
        let rows = rows(line, ctx);
        let flat = ctx.area.height < 4;
        let rows = if flat { flat_rows(line) } else { rows };
        // What matches is drawn higher where there is room for more than a line a row.
        let others = rows.len() as u16 - 1 + u16::from(!flat);
        let most = ctx.area.height.saturating_sub(others).max(1);
        let mut end = ctx.area.y;
        for (at, row) in rows.iter().enumerate() {
            let lines = if at == usize::from(!flat) { most } else { 1 };
            end = (end + lines).min(ctx.area.bottom());
            let y = end.saturating_sub(1);
            let role = if ctx.is_current { row.role } else { Role::Dim };
            let area = text::row(ctx.area.x, y, ctx.area.width);
            let graph = graph(area);
            if graph.x > area.x {
                text::put(buf, area, &format!(" {}", row.label), ctx.style(Role::Dim));
            }
            let values = over(row.values, graph.width);
            let high = Rect { y: end.saturating_sub(lines), height: lines, ..graph };
            bars::columns(buf, high, &values, (ctx.style(role), ctx.glyphs));
            draw_holes(buf, ctx, line, graph);
            if flat {
                draw_others(buf, ctx, line, graph);
            }
            let note = match (ctx.is_current, flat) {
                (false, _) => ctx.glyphs.ellipsis().to_owned(),
                (true, true) => span(line, ctx),
                (true, false) => row.note.clone(),
            };
            let rest = text::row(graph.right() + 1, y, area.right().saturating_sub(graph.right()));
            if graph.right() < area.right() {
                text::put(buf, rest, &ctx.glyphs.cut_right(&note, 15), ctx.style(Role::Dim));
            }
            if ctx.focused {
                self.draw_cursor(buf, ctx, line, high);
            }
        }
        if !flat {
            let y = ctx.area.bottom() - 1;
            let axis = ctx.within(text::row(ctx.area.x, y, ctx.area.width));
            if ctx.focused { self.draw_under(buf, &axis) } else { draw_axis(buf, &axis, line) }
        }
    }

    fn draw_cursor(&self, buf: &mut Buffer, ctx: &Ctx<'_>, line: &Reckoned, graph: Rect) {
        let (from, to) = self.range(line);
        let mark = |buf: &mut Buffer, first: i64, end: i64, role| {
            let place = |step: i64| place(line, step, graph.width);
            let (left, right) = (place(first), place(end).max(place(first) + 1));
            let cells = Rect { x: graph.x + left, width: right - left, ..graph };
            buf.set_style(cells.intersection(graph).intersection(buf.area), ctx.style(role));
        };
        if self.brush.is_some() {
            mark(buf, step_of(line, from), step_of(line, to), Role::SelectionIdle);
        }
        let at = self.step(line);
        mark(buf, at, at + 1, Role::Selection);
    }

    /// When and how many: the step under the cursor, or all that is brushed.
    pub fn draw_under(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let Some(line) = reckoned(ctx) else { return };
        let (from, to) = self.range(line);
        let (first, end) = (step_of(line, from), step_of(line, to));
        let sum = |values: &[u64]| {
            let within = values.iter().zip(0i64..).filter(|(_, at)| (first..end).contains(at));
            format::count(within.map(|(value, _)| value).sum())
        };
        let what = if self.brush.is_some() { "brush " } else { "" };
        let days = format::is_other_day(from, ctx.now, ctx.zone);
        let day = if days { format!("{} ", format::date(from, ctx.zone)) } else { String::new() };
        let words = format!(
            " {what}{day}{} {} {} ({}) · match {} of {} · denied {} · reads {}, writes {}",
            format::clock(from, ctx.zone),
            ctx.glyphs.arrow(),
            format::clock(to, ctx.zone),
            format::duration(to - from),
            sum(&line.shown),
            sum(&line.all),
            sum(&line.denied),
            sum(&line.reads),
            sum(&line.writes),
        );
        text::fill(buf, ctx.area, ctx.style(Role::Text));
        let cut = ctx.glyphs.cut_right(&words, usize::from(ctx.area.width));
        text::put(buf, ctx.area, &cut, ctx.style(Role::Accent));
    }
}

/// One row of the pane.
struct Row<'a> {
    label: &'static str,
    values: &'a [u64],
    note: String,
    role: Role,
}

/// The steps, where there are any.
fn reckoned<'a>(ctx: &Ctx<'a>) -> Option<&'a Reckoned> {
    ctx.insight.timeline.as_deref().filter(|line| !line.all.is_empty() && line.step > Millis(0))
}

fn rows<'a>(line: &'a Reckoned, ctx: &Ctx<'_>) -> Vec<Row<'a>> {
    let total = |values: &[u64]| format::count(values.iter().sum());
    let row = |label, values: &'a [u64], role| Row { label, values, note: total(values), role };
    let peak = line.all.iter().copied().max().unwrap_or_default();
    let peak = format!("peak {}/{}", format::short_count(peak), format::duration(line.step));
    let all = Row { note: peak, ..row("all", &line.all, Role::Bar) };
    let shown = row("match", &line.shown, Role::BarMatch);
    let reads = row("reads", &line.reads, Role::Bar);
    let writes = row("writes", &line.writes, Role::BarMatch);
    let denied = row("denied", &line.denied, Role::BarDenied);
    match ctx.area.height {
        // Where everything matches, the writes say more than the same picture again.
        ..6 if line.shown == line.all => vec![all, writes, denied],
        ..6 => vec![all, shown, denied],
        _ => vec![all, shown, reads, writes, denied],
    }
}

/// The one row there is room for.
fn flat_rows(line: &Reckoned) -> Vec<Row<'_>> {
    let (label, role) = match line.shown == line.all {
        true => ("all", Role::Bar),
        false => ("match", Role::BarMatch),
    };
    vec![Row { label, values: &line.shown, note: String::new(), role }]
}

/// Hatches the cells without an event in which a trail did not record: nothing seen there does not
/// say that nothing happened.
fn draw_holes(buf: &mut Buffer, ctx: &Ctx<'_>, line: &Reckoned, graph: Rect) {
    let ledger = &ctx.view.ledger;
    let all = over(&line.all, graph.width);
    let is_gap = |hole: &&Hole| ledger.streams.iter().any(|stream| hole.is_in(&stream.name));
    for hole in ledger.holes.iter().filter(is_gap) {
        let end = begin(line, line.all.len() as i64);
        let last = step_of(line, hole.to.map_or(end, |to| to.min(end)));
        let first = step_of(line, hole.from.max(line.start)) + i64::from(hole.from > line.start);
        let cells = place(line, first, graph.width)..place(line, last, graph.width);
        for x in cells.filter(|x| all.get(usize::from(*x)).is_none_or(|value| *value == 0)) {
            let cell = text::row(graph.x + x, graph.y, 1);
            text::put(buf, cell, ctx.glyphs.pick("░", "/"), ctx.style(Role::Blind));
        }
    }
}

/// Where something happened that does not match, so that a blank means that nothing did; and the
/// steps with something denied.
fn draw_others(buf: &mut Buffer, ctx: &Ctx<'_>, line: &Reckoned, graph: Rect) {
    let all = over(&line.all, graph.width);
    let shown = over(&line.shown, graph.width);
    let denied = over(&line.denied, graph.width);
    for (at, x) in (graph.x..graph.right()).enumerate() {
        let cell = text::row(x, graph.y, 1);
        let seen = |values: &[u64]| values.get(at).is_some_and(|value| *value > 0);
        if seen(&all) && !seen(&shown) {
            text::put(buf, cell, ctx.glyphs.pick("·", "'"), ctx.style(Role::Dim));
        }
        if seen(&denied) && ctx.is_current {
            buf.set_style(cell.intersection(buf.area), ctx.style(Role::BarDenied));
        }
    }
}

/// From when to when the steps reach, in at most 15 cells; a sign where events lie beyond.
fn span(line: &Reckoned, ctx: &Ctx<'_>) -> String {
    let (from, to) = (line.start, begin(line, line.all.len() as i64));
    let year = |at: Timestamp| format::date(at, ctx.zone)[..4].to_owned();
    let said = match format::is_other_day(from, to, ctx.zone) {
        true if year(from) != year(to) => [from, to].map(year),
        true => [from, to].map(|at| format::short_date(at, ctx.zone)),
        false => [from, to].map(|at| format::minute(at, ctx.zone)),
    };
    let beyond = if line.outside > 0 { " +" } else { "" };
    said.join(&format!(" {} ", ctx.glyphs.arrow())) + beyond
}

fn graph(area: Rect) -> Rect {
    let x = if area.width < LABELLED { area.x } else { area.x + LABEL };
    Rect { x, width: cells(area.width), ..area }
}

/// When a step begins.
fn begin(line: &Reckoned, step: i64) -> Timestamp {
    line.start + Millis(line.step.0.saturating_mul(step))
}

/// The step of a moment; below 0 or past the end where it has none.
fn step_of(line: &Reckoned, at: Timestamp) -> i64 {
    (at - line.start).0.div_euclid(line.step.0.max(1))
}

/// The cell where a step begins.
fn place(line: &Reckoned, step: i64, cells: u16) -> u16 {
    let steps = (line.all.len() as i64).max(1);
    // The first cell whose step is this one or a later one.
    let cell = (step.clamp(0, steps).saturating_mul(i64::from(cells)) + steps - 1) / steps;
    cell.clamp(0, i64::from(cells)) as u16
}

/// One value a cell: fewer steps than cells are drawn wider, more are summed.
fn over(values: &[u64], cells: u16) -> Vec<u64> {
    let (n, width) = (values.len(), usize::from(cells));
    if n > width {
        return bars::resample(values, cells);
    }
    (0..width).filter_map(|cell| values.get(cell * n / width).copied()).collect()
}

/// Round times under the graph: dates where days change.
fn draw_axis(buf: &mut Buffer, ctx: &Ctx<'_>, line: &Reckoned) {
    let (area, graph) = (ctx.area, graph(ctx.area));
    let dim = ctx.style(Role::Dim);
    let end = begin(line, line.all.len() as i64);
    let outside = match line.outside {
        0 => String::new(),
        n => format!(" · {} before or after", format::count(n)),
    };
    // Of steps of days the hour is always the same.
    let edge = |at: Timestamp| match line.step < Millis::hours(24) {
        true => format::near(at, ctx.now, ctx.zone),
        false => format::date(at, ctx.zone),
    };
    let first = format!(" {}{outside}", edge(line.start));
    let last = format!("{} ", edge(end));
    let mut free = text::put(buf, area, &first, dim) + 2;
    let stop = text::put_right(buf, area, &last, dim, ctx.glyphs).saturating_sub(2);
    let length = (end - line.start).0.max(1);
    let cells = i64::from(graph.width.max(1));
    let wanted = length / (cells / i64::from(TICK)).max(1);
    let tick = TICKS.map(|minutes| Millis::minutes(minutes).0);
    let Some(tick) = tick.into_iter().find(|tick| *tick >= wanted) else {
        for (when, said) in months(line.start, end, wanted, ctx.zone) {
            let x = graph.x + ((when - line.start).0.saturating_mul(cells) / length) as u16;
            if x >= free && x + said.len() as u16 <= stop {
                free = text::put(buf, text::row(x, area.y, stop - x), &said, dim) + 2;
            }
        }
        return;
    };
    // Round in the zone that is shown; a zone may change its offset on the way, a tick does not.
    let offset = offset(line.start, ctx);
    let local = line.start.0.saturating_add(offset);
    let mut at = local.saturating_add(tick - 1).div_euclid(tick).saturating_mul(tick) - offset;
    while at < end.0 {
        let when = Timestamp(at);
        let x = graph.x + ((when - line.start).0.saturating_mul(cells) / length) as u16;
        let minute = format::minute(when, ctx.zone);
        let is_day = tick >= Millis::hours(24).0 || minute == "00:00";
        let said = if is_day { format::short_date(when, ctx.zone) } else { minute };
        if x >= free && x + 5 <= stop {
            free = text::put(buf, text::row(x, area.y, 5), &said, dim) + 2;
        }
        at = at.saturating_add(tick);
    }
}

/// The months that begin between two moments, a round number of them apart that is no shorter than
/// `wanted` milliseconds: `2023` where a year begins, else `2023-07`.
fn months(
    from: Timestamp,
    to: Timestamp,
    wanted: i64,
    zone: &TimeZone,
) -> Vec<(Timestamp, String)> {
    let day = Millis::hours(24).0;
    let step = MONTHS.into_iter().find(|months| months * 30 * day >= wanted);
    let step = step.unwrap_or(MONTHS[MONTHS.len() - 1]);
    let [first, last] = [from, to].map(|at| {
        let civil = at.in_zone(zone);
        i64::from(civil.year()) * 12 + i64::from(civil.month()) - 1
    });
    let of = |month: i64| {
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let begin = civil::Date::new(i16::try_from(year).ok()?, month as i8, 1).ok()?;
        let at = begin.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond();
        let said = if month == 1 { format!("{year:04}") } else { format!("{year:04}-{month:02}") };
        Some((Timestamp(at), said))
    };
    let begin = (first + step).div_euclid(step) * step;
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    (begin..=last).step_by(step).filter_map(of).filter(|(at, _)| *at < to).collect()
}

/// How far the zone is ahead of UTC, in milliseconds.
fn offset(at: Timestamp, ctx: &Ctx<'_>) -> i64 {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    i64::from(ctx.zone.to_offset(instant).seconds()) * 1000
}
