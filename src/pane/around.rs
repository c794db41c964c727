//! Beside the details of an event, where the screen is wide: what else was done with the same key
//! just before and after it, whatever the filter shows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::event::field::Column;
use crate::event::time::Timestamp;
use crate::insight::around::Around;
use crate::pane::columns::{Shape, Table};
use crate::pane::contract::{Ctx, Live};
use crate::pane::row::{self, Look};
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// What a line of it says.
const COLUMNS: &str = "time verb event:30 target:0 result:12";

/// What stands over it.
pub fn title(row: Option<RowId>, ctx: &Ctx<'_>) -> String {
    let by = match found(row, ctx).map(|around| around.by) {
        Some(Column::Key) | None => "same key",
        Some(_) => "same actor",
    };
    format!("AROUND IT {by}, all events")
}

/// Draws the neighbours of a row, which stands in the middle.
pub fn draw(row: Option<RowId>, buf: &mut Buffer, ctx: &Ctx<'_>) {
    bars::vertical(buf, ctx.area, (ctx.style(Role::Divider), ctx.glyphs));
    let area = Rect { x: ctx.area.x + 1, width: ctx.area.width.saturating_sub(1), ..ctx.area };
    let say = |buf: &mut Buffer, words: &str| {
        let line = text::row(area.x, area.y, area.width);
        text::put_cut(buf, line, words, ctx.style(Role::Dim), ctx.glyphs);
    };
    if ctx.live == Live::Follow {
        return say(buf, &ctx.spell(" {previous} or {pause}: it stands still, and they are shown"));
    }
    let Some(around) = found(row, ctx) else {
        // Where nothing is selected the details say so.
        let words = if row.is_some() { ctx.glyphs.ellipsis() } else { "" };
        return say(buf, &format!(" {words}"));
    };
    let lines = lines(around, ctx);
    let height = usize::from(area.height);
    let at = lines.iter().position(|line| line.is_row(around.row)).unwrap_or_default();
    let most = lines.len().saturating_sub(height);
    let top = at.saturating_sub(height / 2).min(most);
    let columns = Table::Stream.read(COLUMNS).expect("names of columns");
    let shape = Shape::of(area.width, &columns);
    for (line, y) in lines[top..].iter().zip(area.y..area.bottom()) {
        let ctx = ctx.within(text::row(area.x, y, area.width));
        match *line {
            Line::Day(at) => row::draw_day(buf, &ctx, at),
            Line::Row(row) => {
                let sign = if row.id() == around.row { ">" } else { " " };
                let base = Style::new();
                let look = Look { row, run: None, ctx: &ctx, base, is_cursor: false, shift: 0 };
                look.draw(buf, &shape, sign);
            }
        }
    }
}

/// A neighbour, or the rule above the first of another day.
enum Line<'a> {
    Day(Timestamp),
    Row(RowRef<'a>),
}

impl Line<'_> {
    fn is_row(&self, id: RowId) -> bool {
        matches!(self, Self::Row(row) if row.id() == id)
    }
}

/// The neighbours that are still there.
fn lines<'a>(around: &Around, ctx: &Ctx<'a>) -> Vec<Line<'a>> {
    let mut lines = vec![];
    let mut before = None;
    for row in around.rows.iter().filter_map(|id| ctx.view.snapshot.row(*id)) {
        let at = row.time();
        if before.is_some_and(|before| format::is_other_day(before, at, ctx.zone)) {
            lines.push(Line::Day(at));
        }
        before = Some(at);
        lines.push(Line::Row(row));
    }
    lines
}

/// The neighbours of the row, once they are known.
fn found<'i>(row: Option<RowId>, ctx: &Ctx<'i>) -> Option<&'i Around> {
    ctx.insight.around.as_deref().filter(|around| Some(around.row) == row)
}
