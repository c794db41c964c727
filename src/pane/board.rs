//! What the views of reckonings have in common: a title, headings, a line for each thing reckoned with
//! a sign at the cursor, and a strip below that tells of the one under it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::pane::contract::Ctx;
use crate::ui::text;
use crate::ui::theme::Role;

/// Where the parts of a view are.
pub(crate) struct Parts {
    pub(crate) title: Rect,
    pub(crate) headings: Rect,
    pub(crate) rows: Rect,
    pub(crate) strip: Rect,
}

/// What is wanted, within bounds that keep every pane usable; what is usual where nothing is wanted
/// or there is no room to choose.
pub(crate) fn sized(wanted: Option<u16>, usual: u16, (least, most): (u16, u16)) -> u16 {
    match wanted {
        Some(wanted) if usual > 0 && least <= most => wanted.clamp(least, most),
        _ => usual,
    }
}

/// The fewest lines of a strip with its title, and what it leaves to the table with its own.
const STRIP_BOUNDS: (u16, u16) = (2, 6);

/// Lines of the strip below the table of a view where it usually has so many: as somebody wants them.
pub(crate) fn strip(ctx: &Ctx<'_>, usual: u16) -> u16 {
    let (least, rest) = STRIP_BOUNDS;
    sized(ctx.strip, usual, (least, ctx.area.height.saturating_sub(rest)))
}

impl Parts {
    /// Those of a view whose strip has this height, where there is room for it.
    pub(crate) fn of(area: Rect, strip: u16) -> Self {
        let at = |y: u16, height: u16| Rect { y, height, ..area };
        let (title, headings) = (area.height.min(1), area.height.saturating_sub(1).min(1));
        let rows = area.height - (title + headings + strip).min(area.height);
        let y = area.y + title + headings;
        Self {
            title: at(area.y, title),
            headings: at(area.y + title, headings),
            rows: at(y, rows),
            strip: at(y + rows, strip),
        }
    }
}

/// The area right of the sign of the cursor.
pub(crate) fn inside(area: Rect) -> Rect {
    let sign = 3.min(area.width);
    Rect { x: area.x + sign, width: area.width - sign, ..area }
}

/// The style of a role in a line: of the one under the cursor, and dim where the reckoning is of
/// another question.
pub(crate) fn line_style(ctx: &Ctx<'_>, is_cursor: bool, role: Role) -> Style {
    match (is_cursor, ctx.is_current) {
        (true, _) => ctx.theme.over(Role::Selection, role),
        (false, true) => ctx.style(role),
        (false, false) => ctx.style(Role::Dim),
    }
}

/// Draws the ground of the line under the cursor, and its sign.
pub(crate) fn draw_cursor(buf: &mut Buffer, ctx: &Ctx<'_>) {
    text::fill(buf, ctx.area, ctx.style(Role::Selection));
    text::put(buf, ctx.area, ">", line_style(ctx, true, Role::Accent));
}

/// Draws what is said where there is nothing to list, and the keys that help.
pub(crate) fn draw_nothing(buf: &mut Buffer, ctx: &Ctx<'_>, what: &str, looked_at: &str) {
    let dot = ctx.glyphs.dot();
    let all = ctx.spell("{window-all} everything that is loaded");
    let clear = ctx.spell("{clear} clears the filter");
    let lines = [
        format!("   {what} in what the filter and the window keep"),
        format!("   {looked_at} {dot} {all} {dot} {clear}"),
    ];
    for (line, y) in lines.iter().zip(ctx.area.y..ctx.area.bottom()) {
        let area = text::row(ctx.area.x, y, ctx.area.width);
        text::put_cut(buf, area, line, ctx.style(Role::Dim), ctx.glyphs);
    }
}
