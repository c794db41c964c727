//! The chips below the filter line while it is edited: each term with the rows that it hides.

use ratatui::buffer::Buffer;

use crate::pane::contract::Ctx;
use crate::ui::theme::Role;
use crate::ui::{format, text};

/// The most lines.
const LINES: usize = 2;
/// The most cells of a term.
const TERM: usize = 36;

/// A term, and how many rows come back without it; not known while they are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// The term.
    pub term: String,
    /// The rows that it hides.
    pub hides: Option<u64>,
}

/// A chip as it is drawn: the term and what it costs.
fn said(chip: &Chip, ctx: &Ctx<'_>) -> (String, String) {
    let hides = chip.hides.map_or_else(|| ctx.glyphs.ellipsis().to_owned(), format::count);
    (format!("[{}]", ctx.glyphs.cut_right(&chip.term, TERM)), hides)
}

/// The chips line by line; a last one of them says how many there is no room for.
fn lines(chips: &[Chip], ctx: &Ctx<'_>) -> Vec<Vec<(String, String)>> {
    let room = usize::from(ctx.area.width);
    let mut lines: Vec<Vec<(String, String)>> = vec![];
    let mut used = room;
    for (at, chip) in chips.iter().enumerate() {
        let chip = said(chip, ctx);
        let width = text::width(&chip.0) + text::width(&chip.1) + 3;
        // Room is kept for saying that there are more.
        if used + width + 10 > room {
            if lines.len() == LINES {
                let more = (format!("{} more", chips.len() - at), String::new());
                lines[LINES - 1].push(more);
                break;
            }
            lines.push(vec![]);
            used = 9;
        }
        used += width;
        if let Some(line) = lines.last_mut() {
            line.push(chip);
        }
    }
    lines
}

/// Lines that the chips take.
pub fn height(chips: &[Chip], ctx: &Ctx<'_>) -> u16 {
    lines(chips, ctx).len() as u16
}

/// Draws them from the first line of the area on.
pub fn draw(buf: &mut Buffer, ctx: &Ctx<'_>, chips: &[Chip]) {
    let area = ctx.area;
    let heads = ["   hides ", "         "];
    for ((line, head), y) in lines(chips, ctx).iter().zip(heads).zip(area.y..area.bottom()) {
        let row = text::row(area.x, y, area.width);
        text::fill(buf, row, ctx.style(Role::Popup));
        let over = |role| ctx.theme.over(Role::Popup, role);
        let mut x = text::put(buf, row, head, over(Role::Dim));
        for (term, hides) in line {
            let rest = text::row(x, y, row.right().saturating_sub(x));
            let parts = [
                (term.as_str(), over(Role::Accent)),
                (" ", over(Role::Dim)),
                (hides, over(Role::Text)),
            ];
            x = text::put_all(buf, rest, &parts) + 2;
        }
    }
}
