//! A box over everything else: its place, its frame, and the blank it draws on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::glyphs::Glyphs;
use crate::ui::text::{fill, put, row, width};

/// The middle of `area`, as large as wanted or as there is room.
pub fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Blanks `area`, draws a frame with a title on it and gives what is inside: one blank column at
/// each side. Below 4 x 3 there is no frame and everything is inside.
pub fn frame(
    buf: &mut Buffer,
    area: Rect,
    title: &str,
    styles: (Style, Style),
    glyphs: Glyphs,
) -> Rect {
    let area = area.intersection(buf.area);
    let (line, heading) = styles;
    fill(buf, area, line);
    if area.width < 4 || area.height < 3 {
        return area;
    }
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    for x in area.x + 1..right {
        for y in [area.y, bottom] {
            put(buf, row(x, y, 1), glyphs.horizontal(), line);
        }
    }
    for y in area.y + 1..bottom {
        for x in [area.x, right] {
            put(buf, row(x, y, 1), glyphs.vertical(), line);
        }
    }
    let places = [(area.x, area.y), (right, area.y), (area.x, bottom), (right, bottom)];
    for ((x, y), corner) in places.into_iter().zip(glyphs.corners()) {
        put(buf, row(x, y, 1), corner, line);
    }
    if !title.is_empty() && area.width >= 8 {
        let title = format!(" {} ", glyphs.cut_right(title, usize::from(area.width) - 6));
        put(buf, row(area.x + 2, area.y, area.width - 4), &title, heading);
    }
    Rect { x: area.x + 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 }
}

/// What keys do here, as many of them as fit whole into `cells`: half a hint is none.
pub fn hints(hints: impl IntoIterator<Item = String>, cells: usize) -> String {
    let mut said = String::new();
    for hint in hints {
        let longer = if said.is_empty() { hint } else { format!("{said}   {hint}") };
        if width(&longer) > cells {
            break;
        }
        said = longer;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_whole_or_not_there() {
        let of = |cells| hints(["a one".to_owned(), "b two".into(), "c".into()], cells);
        let said = [0, 4, 5, 12, 13, 16, 17].map(of);
        let two = "a one   b two";
        assert_eq!(said, ["", "", "a one", "a one", two, two, "a one   b two   c"]);
    }

    #[test]
    fn a_frame_takes_what_room_there_is() {
        let styles = (Style::new(), Style::new().bold());
        let mut buf = Buffer::with_lines(["xxxxxxxxxxxxxx"; 5]);
        let place = centered(buf.area, 10, 3);
        let inside = frame(&mut buf, place, "WHO REALLY", styles, Glyphs::UNICODE);
        assert_eq!(inside, Rect::new(4, 2, 6, 1));
        buf.set_style(buf.area, Style::reset());
        assert_eq!(
            crate::ui::paint::paint(&buf).lines().take(5).collect::<Vec<_>>(),
            [
                "xxxxxxxxxxxxxx",
                "xx┌─ WHO… ─┐xx",
                "xx│        │xx",
                "xx└────────┘xx",
                "xxxxxxxxxxxxxx",
            ]
        );
        for (width, height) in [(0, 0), (1, 1), (1, 9), (3, 3), (9, 1), (5, 5), (200, 3)] {
            let mut buf = Buffer::empty(Rect::new(3, 2, width, height));
            let place = centered(buf.area, 80, 20);
            let inside = frame(&mut buf, place, "t", styles, Glyphs::ASCII);
            assert_eq!(inside.intersection(buf.area), inside);
            frame(&mut buf, Rect::new(0, 0, 300, 300), "t", styles, Glyphs::ASCII);
        }
    }
}
