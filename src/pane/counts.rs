//! The counts (facets): how often each value occurs among the rows that are shown. Every line is a
//! filter: Enter keeps its rows, `-` hides them.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::insight::counts::{Counted, Counts as Reckoned, FACETS};
use crate::pane::contract::{Change, Ctx, Pointed, Reply};
use crate::pane::steps::step_of;
use crate::pane::term::{shown, term};
use crate::ui::list::{Step, Viewport};
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// Values of a facet before `n more`: by the height there is.
const FEW: usize = 4;
const MANY: usize = 5;
const HIGH: u16 = 24;
/// From this width on the pane is alone on the screen.
const ALONE: u16 = 50;
/// What rows without any value are called.
pub const ABSENT: &str = "(none)";

/// The pane: where its cursor is. It stays on its value, however the values change places.
#[derive(Debug, Default)]
pub struct Counts {
    spot: Option<Spot>,
    /// Where the cursor was, for when its value is gone.
    at: usize,
    top: usize,
}

/// A line that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spot {
    facet: usize,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Value(Arc<str>),
    Absent,
    /// So many more values.
    More(usize),
}

/// One line of the pane.
#[derive(Debug)]
enum Line {
    Title(usize, usize),
    Spot(Spot, u64),
}

impl Counts {
    /// What an action asks of the counts.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let step = match action {
            Action::Details | Action::Include => return self.choose(Change::Add, ctx),
            Action::Exclude => return self.choose(Change::Exclude, ctx),
            Action::Pivot => return self.choose(Change::Replace, ctx),
            Action::FindInPane => return Reply::Values(self.current(ctx).map(|spot| spot.facet)),
            _ => match step_of(action) {
                Some(step) => step,
                None => return Reply::Ignored,
            },
        };
        self.go(step, ctx);
        Reply::Done
    }

    fn go(&mut self, step: Step, ctx: &Ctx<'_>) {
        let lines = self.lines(ctx);
        let spots: Vec<usize> = (0..lines.len()).filter(|at| is_spot(&lines[*at])).collect();
        let Some(place) = self.place(&lines) else { return };
        let cursor = spots.iter().position(|at| *at == place).unwrap_or_default();
        let mut list = Viewport { cursor, top: 0 };
        list.step(step, spots.len(), ctx.area.height);
        self.at = spots[list.cursor];
        if let Line::Spot(spot, _) = &lines[self.at] {
            self.spot = Some(spot.clone());
        }
        self.top = self.scrolled(&lines, ctx.area.height);
    }

    /// Goes to the value at this line of the screen, where there is one.
    pub fn point(&mut self, y: u16, ctx: &Ctx<'_>) -> Pointed {
        let lines = self.lines(ctx);
        let at = y.checked_sub(ctx.area.y).map(usize::from);
        let at = at.map(|line| line + self.scrolled(&lines, ctx.area.height));
        let Some((at, Line::Spot(spot, _))) = at.and_then(|at| Some((at, lines.get(at)?))) else {
            return Pointed::Nothing;
        };
        let is_same = self.place(&lines) == Some(at);
        (self.at, self.spot) = (at, Some(spot.clone()));
        self.top = self.scrolled(&lines, ctx.area.height);
        Pointed::at(is_same)
    }

    /// The first line to draw: the cursor is seen, and the title above the first value too.
    fn scrolled(&self, lines: &[Line], height: u16) -> usize {
        let Some(cursor) = self.place(lines) else { return 0 };
        let mut list = Viewport { cursor, top: self.top };
        list.settle(lines.len(), height);
        list.top
    }

    fn current(&self, ctx: &Ctx<'_>) -> Option<Spot> {
        let lines = self.lines(ctx);
        let at = self.place(&lines)?;
        match lines.into_iter().nth(at)? {
            Line::Spot(spot, _) => Some(spot),
            Line::Title(..) => None,
        }
    }

    fn choose(&self, change: Change, ctx: &Ctx<'_>) -> Reply {
        let Some(spot) = self.current(ctx) else {
            return Reply::Say("there is nothing to choose: no row is shown".into());
        };
        let column = FACETS[spot.facet].column;
        match spot.what {
            What::Value(value) => Reply::Filter(change, term(column, &value)),
            What::Absent => Reply::Filter(change, term(column, "")),
            What::More(_) => Reply::Values(Some(spot.facet)),
        }
    }

    /// Where the cursor is: on its value, or where that was.
    fn place(&self, lines: &[Line]) -> Option<usize> {
        let is_mine = |line: &Line| match (line, &self.spot) {
            (Line::Spot(spot, _), Some(mine)) => {
                let both_more = matches!((&spot.what, &mine.what), (What::More(_), What::More(_)));
                spot == mine || (both_more && spot.facet == mine.facet)
            }
            _ => false,
        };
        let near = self.at.min(lines.len());
        lines
            .iter()
            .position(is_mine)
            .or_else(|| (near..lines.len()).find(|at| is_spot(&lines[*at])))
            .or_else(|| (0..near).rev().find(|at| is_spot(&lines[*at])))
    }

    fn lines(&self, ctx: &Ctx<'_>) -> Vec<Line> {
        let Some(counts) = &ctx.insight.counts else { return vec![] };
        let most = match ctx.area {
            Rect { width: ALONE.., .. } => 2 * MANY,
            Rect { height: HIGH.., .. } => MANY,
            _ => FEW,
        };
        let mut lines = vec![];
        for (facet, counted) in counts.facets.iter().enumerate().take(FACETS.len()) {
            if !counted.values.is_empty() {
                self.add(&mut lines, facet, counted, most);
            }
        }
        lines
    }

    fn add(&self, lines: &mut Vec<Line>, facet: usize, counted: &Counted, most: usize) {
        lines.push(Line::Title(facet, counted.distinct));
        let of = |what| Spot { facet, what };
        // One more value takes the same line as saying so.
        let most = if counted.values.len() == most + 1 { most + 1 } else { most };
        let (first, others) = counted.values.split_at(most.min(counted.values.len()));
        // The value under the cursor stays, even when others overtake it.
        let mine = self.spot.as_ref().filter(|spot| spot.facet == facet);
        let kept = mine.and_then(|spot| match &spot.what {
            What::Value(mine) => others.iter().find(|(value, _)| value == mine),
            What::Absent | What::More(_) => None,
        });
        for (value, rows) in first.iter().chain(kept) {
            lines.push(Line::Spot(of(What::Value(Arc::clone(value))), *rows));
        }
        let more = others.len() - usize::from(kept.is_some());
        if more > 0 {
            let rows = others.iter().map(|(_, rows)| rows).sum::<u64>();
            let rest = rows - kept.map_or(0, |(_, rows)| *rows);
            lines.push(Line::Spot(of(What::More(more)), rest));
        }
        if counted.absent > 0 {
            lines.push(Line::Spot(of(What::Absent), counted.absent));
        }
    }

    /// Draws the pane, the line at its left included.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        bars::vertical(buf, ctx.area, (ctx.style(Role::Divider), ctx.glyphs));
        let inside =
            Rect { x: ctx.area.x + 1, width: ctx.area.width.saturating_sub(1), ..ctx.area };
        let Some(counts) = &ctx.insight.counts else {
            text::put(buf, inside, " counting …", ctx.style(Role::Dim));
            return;
        };
        let lines = self.lines(ctx);
        if lines.is_empty() {
            text::put(buf, inside, " no row is shown", ctx.style(Role::Dim));
        }
        let cursor = self.place(&lines).filter(|_| ctx.focused);
        let visible = lines.iter().enumerate().skip(self.scrolled(&lines, inside.height));
        for ((at, line), y) in visible.zip(inside.y..inside.bottom()) {
            let place = ctx.within(text::row(inside.x, y, inside.width));
            match line {
                Line::Title(facet, distinct) => draw_title(buf, &place, *facet, *distinct),
                Line::Spot(spot, rows) => {
                    draw_spot(buf, &place, (spot, *rows), counts.rows, cursor == Some(at));
                }
            }
        }
    }
}

/// What stands over the pane.
pub fn title(ctx: &Ctx<'_>) -> String {
    match &ctx.insight.counts {
        Some(counts) if ctx.is_current => format!("COUNTS of {}", format::count(counts.rows)),
        _ => format!("COUNTS {}", ctx.glyphs.ellipsis()),
    }
}

/// Every value of a facet, or of all, with its number of rows: to be found by its letters.
pub fn all(counts: &Reckoned, facet: Option<usize>) -> Vec<(usize, Option<Arc<str>>, u64)> {
    let facets = counts.facets.iter().enumerate().take(FACETS.len());
    let mut all = vec![];
    for (at, counted) in facets.filter(|(at, _)| facet.is_none_or(|facet| facet == *at)) {
        let values = counted.values.iter();
        all.extend(values.map(|(value, rows)| (at, Some(Arc::clone(value)), *rows)));
        if counted.absent > 0 {
            all.push((at, None, counted.absent));
        }
    }
    all
}

fn is_spot(line: &Line) -> bool {
    matches!(line, Line::Spot(..))
}

fn draw_title(buf: &mut Buffer, ctx: &Ctx<'_>, facet: usize, distinct: usize) {
    text::put(buf, ctx.area, FACETS[facet].title, ctx.style(Role::Title));
    let distinct = format!("{} ", format::count(distinct as u64));
    text::put_right(buf, ctx.area, &distinct, ctx.style(Role::Dim), ctx.glyphs);
}

fn draw_spot(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    (spot, rows): (&Spot, u64),
    whole: u64,
    is_cursor: bool,
) {
    let area = ctx.area;
    let column = FACETS[spot.facet].column;
    let role = match &spot.what {
        _ if !ctx.is_current => Role::Dim,
        What::Value(value) if column == crate::event::field::Column::Result => match &**value {
            "denied" => Role::Denied,
            "failed" => Role::Failed,
            _ => Role::Text,
        },
        What::Value(_) => Role::Text,
        What::Absent | What::More(_) => Role::Dim,
    };
    let style = |role| {
        if is_cursor { ctx.theme.over(Role::Selection, role) } else { ctx.style(role) }
    };
    if is_cursor {
        text::fill(buf, area, ctx.style(Role::Selection));
    }
    let bar = match area.width {
        ALONE.. => area.width / 3,
        34.. => 14,
        20.. => 5,
        _ => 0,
    };
    if !matches!(spot.what, What::More(_)) {
        let look = (style(if ctx.is_current { Role::Bar } else { Role::Dim }), ctx.glyphs);
        bars::bar(buf, Rect { width: bar.min(area.width), ..area }, rows, whole, look);
    }
    let number = format!("{} ", format::count(rows));
    let right = text::put_right(buf, area, &number, style(role), ctx.glyphs);
    let x = area.x + bar + u16::from(bar > 0);
    let room = right.saturating_sub(x + 1);
    let words = match &spot.what {
        What::Value(value) => shown(column, value, usize::from(room), ctx),
        What::Absent => ABSENT.to_owned(),
        What::More(more) => format!("{} more", format::count(*more as u64)),
    };
    text::put(buf, text::row(x, area.y, room), &words, style(role));
}
