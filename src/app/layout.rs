//! Where the panes are, by the size of the screen and what is open. Computed when either changes,
//! never while drawing.

use ratatui::layout::Rect;

/// The places of everything on the screen; what has no room is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
    /// The status line.
    pub status: Rect,
    /// The filter line.
    pub filter: Rect,
    /// The title over the stream.
    pub title: Rect,
    /// The rows.
    pub stream: Rect,
    /// The title over the details.
    pub details_title: Rect,
    /// The details of the selected event: a strip, or the pane while it is open.
    pub details: Rect,
    /// The last line.
    pub footer: Rect,
    /// All between the filter line and the footer, for views that take the screen.
    pub body: Rect,
}

/// Lines of the details strip where there is room for one.
const STRIP: u16 = 8;
/// From this height on there is room for titles and a strip.
const TALL: u16 = 30;

impl Layout {
    /// The layout of a screen; `open` while the details are open, `zoom` when they are alone.
    pub fn of(screen: Rect, open: bool, zoom: bool) -> Self {
        let line =
            |y: u16| Rect { y: screen.y + y, height: u16::from(y < screen.height), ..screen };
        let mut it = Self::default();
        let (mut top, mut bottom) = (0, screen.height);
        if screen.height >= 4 {
            it.status = line(0);
            top = 1;
        }
        if screen.height >= 3 {
            it.filter = line(top);
            top += 1;
        }
        if screen.height >= 5 {
            bottom -= 1;
            it.footer = line(bottom);
        }
        let rows = bottom - top;
        it.body = Rect { y: screen.y + top, height: rows, ..screen };
        let tall = screen.height >= TALL;
        let details = match (open, tall) {
            (true, _) if zoom || !tall => rows,
            (true, _) => rows * 3 / 5,
            (false, true) => STRIP + 1,
            (false, false) => u16::from(screen.height >= 12),
        };
        let mut y = it.body.bottom() - details;
        if details > 1 && details < rows {
            it.details_title = Rect { y, height: 1, ..screen };
            y += 1;
        } else if open {
            it.details_title = Rect { y, height: 1.min(details), ..screen };
            y += it.details_title.height;
        }
        it.details = Rect { y, height: it.body.bottom() - y, ..screen };
        let mut stream = Rect { height: rows - details, ..it.body };
        if tall && stream.height > 3 {
            it.title = Rect { height: 1, ..stream };
            stream = Rect { y: stream.y + 1, height: stream.height - 1, ..stream };
        }
        it.stream = stream;
        it
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_on_the_screen_and_none_overlaps() {
        for (width, height) in (0..60).flat_map(|height| [(0, height), (1, height), (120, height)])
        {
            for (open, zoom) in [(false, false), (true, false), (true, true)] {
                let screen = Rect::new(0, 0, width, height);
                let it = Layout::of(screen, open, zoom);
                let all = [
                    it.status,
                    it.filter,
                    it.title,
                    it.stream,
                    it.details_title,
                    it.details,
                    it.footer,
                ];
                let used: u16 = all.iter().map(|area| area.height).sum();
                assert_eq!(used, height, "{height} {open} {zoom}: {it:?}");
                for area in all {
                    assert_eq!(area.intersection(screen).height, area.height, "{height} {it:?}");
                }
            }
        }
    }
}
