//! Numbers as pictures: sparklines, bars, and the dividers that hold panes apart.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::glyphs::{Glyphs, Joint};
use crate::ui::text::{put, row};

/// How high, 0 to 8 eighths of a cell, a value stands against the highest. Anything that is not
/// zero is seen: one denied call must not vanish beside ten thousand.
pub fn height(value: u64, highest: u64) -> usize {
    if value == 0 {
        return 0;
    }
    let eighths = u128::from(value) * 8 / u128::from(highest.max(1));
    (eighths as usize).clamp(1, 8)
}

/// How many of `cells` a part of a whole fills, to the nearest; zero stays zero.
pub fn length(part: u64, whole: u64, cells: u16) -> u16 {
    if whole == 0 {
        return 0;
    }
    let filled =
        (u128::from(part) * u128::from(cells) * 2 + u128::from(whole)) / (u128::from(whole) * 2);
    filled.min(u128::from(cells)) as u16
}

/// Draws one value a cell into the first row of `area`, scaled to `highest` (0: to the highest
/// value shown). Values that do not fit are left out at the right.
pub fn sparkline(
    buf: &mut Buffer,
    area: Rect,
    values: &[u64],
    highest: u64,
    look: (Style, Glyphs),
) {
    let shown = &values[..values.len().min(usize::from(area.width))];
    let highest =
        if highest == 0 { shown.iter().copied().max().unwrap_or_default() } else { highest };
    for (x, value) in (area.x..).zip(shown) {
        if let Some(eighth) = height(*value, highest).checked_sub(1) {
            put(buf, Rect { x, width: 1, ..area }, look.1.heights()[eighth], look.0);
        }
    }
}

/// Draws one value a cell as a column as high as `area` is, scaled to the highest: in one line a
/// sparkline.
pub fn columns(buf: &mut Buffer, area: Rect, values: &[u64], look: (Style, Glyphs)) {
    let lines = u64::from(area.height.max(1));
    let highest = values.iter().copied().max().unwrap_or_default();
    for (line, y) in (0..lines).zip((area.y..area.bottom()).rev()) {
        // What of each value reaches into this line, of what a line holds.
        let part = |value: &u64| {
            let scaled = value.saturating_mul(lines);
            scaled.saturating_sub(highest.saturating_mul(line)).min(highest)
        };
        let parts: Vec<u64> = values.iter().map(part).collect();
        sparkline(buf, row(area.x, y, area.width), &parts, highest, look);
    }
}

/// Folds values into `cells` sums, in order, so that a longer series fits. Nothing is lost: the
/// sums add up to the same total.
pub fn resample(values: &[u64], cells: u16) -> Vec<u64> {
    let mut sums = vec![0u64; usize::from(cells).min(values.len())];
    let n = sums.len();
    if n == 0 {
        return sums;
    }
    for (at, value) in values.iter().enumerate() {
        let sum = &mut sums[at * n / values.len()];
        *sum = sum.saturating_add(*value);
    }
    sums
}

/// Draws a bar of full blocks from the left; gives how many cells it took.
pub fn bar(buf: &mut Buffer, area: Rect, part: u64, whole: u64, look: (Style, Glyphs)) -> u16 {
    let cells = length(part, whole, area.width);
    for x in area.x..area.x.saturating_add(cells) {
        put(buf, Rect { x, width: 1, ..area }, look.1.block(), look.0);
    }
    cells
}

/// A title on a divider, and where its part of the line begins.
#[derive(Debug, Clone, Copy)]
pub struct Title<'a> {
    /// The column, counted from the left end of the divider, of the line before the title.
    pub x: u16,
    /// What it says.
    pub text: &'a str,
    /// How.
    pub style: Style,
}

/// Draws `── STREAM by event time ───┬── COUNTS ──` into the first row of `area`: a line, the
/// joints with the verticals above and below it (columns counted from its left end), and titles
/// that are cut before the next one and before the next joint.
pub fn divider(
    buf: &mut Buffer,
    area: Rect,
    titles: &[Title<'_>],
    joints: &[(u16, Joint)],
    look: (Style, Glyphs),
) {
    let (style, glyphs) = look;
    for x in area.x..area.right() {
        put(buf, Rect { x, width: 1, ..area }, glyphs.horizontal(), style);
    }
    for &(x, joint) in joints.iter().filter(|(x, _)| *x < area.width) {
        put(buf, Rect { x: area.x + x, width: 1, ..area }, glyphs.joint(joint), style);
    }
    for title in titles {
        let from = title.x.saturating_add(2);
        let stops = joints.iter().map(|joint| joint.0).chain(titles.iter().map(|other| other.x));
        let end = stops.filter(|stop| *stop > title.x).fold(area.width, u16::min);
        let room = usize::from(end.saturating_sub(from));
        if room >= 4 && !title.text.is_empty() {
            let text = format!(" {} ", glyphs.cut_right(title.text, room - 3));
            put(buf, row(area.x + from, area.y, room as u16), &text, title.style);
        }
    }
}

/// Draws a title at the right end of a divider that is already there.
pub fn divider_end(buf: &mut Buffer, area: Rect, text: &str, style: Style, glyphs: Glyphs) {
    if area.width < 8 || text.is_empty() {
        return;
    }
    let text = format!(" {} ", glyphs.cut_right(text, usize::from(area.width) - 6));
    let room = Rect { width: area.width - 2, ..area };
    crate::ui::text::put_right(buf, room, &text, style, glyphs);
}

/// Draws a vertical line over the whole height of the first column of `area`.
pub fn vertical(buf: &mut Buffer, area: Rect, look: (Style, Glyphs)) {
    for y in area.y..area.bottom() {
        put(buf, row(area.x, y, area.width.min(1)), look.1.vertical(), look.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u16, draw: impl FnOnce(&mut Buffer, Rect)) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        draw(&mut buf, area);
        buf.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    const LOOK: (Style, Glyphs) = (Style::new(), Glyphs::UNICODE);

    #[test]
    fn one_beside_ten_thousand_is_still_seen() {
        let line =
            drawn(6, |buf, area| sparkline(buf, area, &[0, 1, 5000, 10_000, 9_999, 7, 7], 0, LOOK));
        assert_eq!(line, " ▁▄█▇▁");
        let ascii = (Style::new(), Glyphs::ASCII);
        assert_eq!(drawn(4, |buf, area| sparkline(buf, area, &[0, 1, 4, 8], 0, ascii)), " .:#");
        assert_eq!(height(u64::MAX, u64::MAX), 8);
        assert_eq!(height(9, 3), 8, "more than the highest is the highest");
    }

    #[test]
    fn bars_are_parts_of_a_whole() {
        for (part, whole, cells) in [(46, 46, 5), (17, 46, 2), (1, 46, 0), (0, 0, 0), (9, 3, 5)] {
            assert_eq!(length(part, whole, 5), cells, "{part} of {whole}");
        }
        assert_eq!(length(u64::MAX, u64::MAX, u16::MAX), u16::MAX);
        assert_eq!(drawn(4, |buf, area| _ = bar(buf, area, 1, 2, LOOK)), "██  ");
    }

    #[test]
    fn folding_a_series_loses_nothing() {
        assert_eq!(resample(&[1, 2, 3, 4, 5], 2), [6, 9]);
        assert_eq!(resample(&[1, 2], 5), [1, 2]);
        assert_eq!(resample(&[], 5), [0; 0]);
        assert_eq!(resample(&[1, 2], 0), [0; 0]);
    }

    #[test]
    fn dividers_hold_titles_and_joints() {
        let style = Style::new();
        let titles = [
            Title { x: 0, text: "STREAM by event time", style },
            Title { x: 29, text: "COUNTS", style },
        ];
        let joints = [(28, Joint::Down)];
        for (width, line) in [
            (40, "── STREAM by event time ────┬── COUNTS ─"),
            (33, "── STREAM by event time ────┬────"),
            (20, "── STREAM by even… ─"),
            (5, "─────"),
            (0, ""),
        ] {
            assert_eq!(drawn(width, |buf, a| divider(buf, a, &titles, &joints, LOOK)), line);
        }
        let both = drawn(24, |buf, area| {
            divider(buf, area, &titles, &[(3, Joint::Up), (9, Joint::Down)], LOOK);
            divider_end(buf, area, "page 1", style, Glyphs::UNICODE);
        });
        assert_eq!(both, "───┴─────┬──── page 1 ──");
    }
}
