//! Where the panes are, by the size of the screen and what is open. Computed when either changes,
//! never while drawing.

use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use crate::pane::board::sized;

/// The places of everything on the screen; what has no room is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
    /// The status line.
    pub status: Rect,
    /// The filter line.
    pub filter: Rect,
    /// The alert that matters most, where one waits.
    pub alert: Rect,
    /// The title over the stream.
    pub title: Rect,
    /// Events over time, above the stream.
    pub timeline: Rect,
    /// The rows.
    pub stream: Rect,
    /// The counts at the right of the stream, with the line between them.
    pub counts: Rect,
    /// Their title, where the title over the stream does not hold it.
    pub counts_title: Rect,
    /// The title over the details.
    pub details_title: Rect,
    /// The details of the selected event: a strip, or the pane while it is open.
    pub details: Rect,
    /// What else the same key did, at the right of the details.
    pub around: Rect,
    /// The last line.
    pub footer: Rect,
    /// All between the filter line and the footer, for views that take the screen.
    pub body: Rect,
}

/// Lines of the details strip where there is room for one.
const STRIP: u16 = 8;
/// From this height on there is room for titles and a strip.
pub const TALL: u16 = 30;
/// From this width on the counts stand beside the stream by themselves.
pub const WIDE: u16 = 120;
/// From this width on there is room beside the details.
const WIDEST: u16 = 180;
/// Cells of what stands there, the line at their left included.
const AROUND: u16 = 90;
/// The fewest cells of it, and of the details beside it.
const AROUND_BOUNDS: (u16, u16) = (40, 80);
/// Lines of the timeline by the height of the screen: with reads and writes apart, with an axis,
/// one line.
const TIMELINE: [(u16, u16); 3] = [(45, 6), (TALL, 4), (20, 1)];
/// Cells of the counts by the width of the screen, the line at their left included.
const COUNTS: [(u16, u16); 3] = [(180, 37), (54, 27), (0, 0)];

/// The least and the most cells of the counts, and what they leave to the rows.
const COUNTS_BOUNDS: (u16, u16, u16) = (18, 100, 40);
/// The fewest lines of open details with their title, and of what they leave.
const DETAILS_BOUNDS: (u16, u16) = (5, 4);
/// What the strip of the details leaves to the panes above it.
const ABOVE_STRIP: u16 = 8;

/// The sizes that somebody gave to panes, in cells; as large as they come where nobody did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sizes {
    /// The width of the counts, the line at their left included.
    pub counts: Option<u16>,
    /// The height of the timeline.
    pub timeline: Option<u16>,
    /// The height of the open details, their title included.
    pub details: Option<u16>,
    /// The height of the strip of the details, its title included.
    pub strip: Option<u16>,
    /// The width of what stands beside the details, the line at its left included.
    pub around: Option<u16>,
    /// The heights of what stands below the tables of the views, their titles included: of top.
    pub top: Option<u16>,
    /// Of the denied lens.
    pub denied: Option<u16>,
    /// Of the sessions.
    pub sessions: Option<u16>,
}

impl Sizes {
    /// What this says, else what the other says.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            counts: self.counts.or(other.counts),
            timeline: self.timeline.or(other.timeline),
            details: self.details.or(other.details),
            strip: self.strip.or(other.strip),
            around: self.around.or(other.around),
            top: self.top.or(other.top),
            denied: self.denied.or(other.denied),
            sessions: self.sessions.or(other.sessions),
        }
    }
}

/// What is to be on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is there or not by itself")]
pub struct Shown {
    /// Whether the details are open.
    pub details: bool,
    /// Whether they are alone.
    pub zoom: bool,
    /// Whether an alert waits.
    pub alert: bool,
    /// Whether the counts take the place of the rows.
    pub counts_alone: bool,
    /// Whether the counts are shown; by the width, where the user has not said.
    pub counts: Option<bool>,
    /// Whether the timeline is shown; by the height, where the user has not said.
    pub timeline: Option<bool>,
    /// How large the panes are to be.
    pub sizes: Sizes,
}

impl Layout {
    /// The layout of a screen.
    pub fn of(screen: Rect, shown: Shown) -> Self {
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
        if shown.alert && bottom - top >= 3 {
            it.alert = line(top);
            top += 1;
        }
        let rows = bottom - top;
        it.body = Rect { y: screen.y + top, height: rows, ..screen };
        let tall = screen.height >= TALL;
        let details = details_lines(rows, screen.height, shown);
        it.place_details(details, shown.details);
        if !shown.zoom && screen.width >= WIDEST && it.details.height > 1 {
            let (least, rest) = AROUND_BOUNDS;
            let most = screen.width.saturating_sub(rest);
            let cells = sized(shown.sizes.around, AROUND, (least, most));
            it.around = Rect { x: it.details.right() - cells, width: cells, ..it.details };
            it.details.width -= cells;
        }
        let timeline = timeline_lines(screen.height, shown).min((rows - details) / 2);
        let mut left = Rect { height: rows - details, ..it.body };
        it.timeline = Rect { height: timeline, ..left };
        left = Rect { y: left.y + timeline, height: left.height - timeline, ..left };
        if tall && left.height > 3 {
            it.title = Rect { height: 1, ..left };
            left = Rect { y: left.y + 1, height: left.height - 1, ..left };
        }
        let counts = match shown.counts.unwrap_or(screen.width >= WIDE) {
            _ if left.height == 0 => 0,
            _ if shown.counts_alone => left.width,
            true => counts_cells(screen.width, shown),
            false => 0,
        };
        it.stream = Rect { width: left.width - counts, ..left };
        it.counts = Rect { x: it.stream.right(), width: counts, ..left };
        if counts > 0 && it.title.is_empty() {
            it.counts_title = Rect { height: 1, ..it.counts };
            it.counts = Rect { y: it.counts.y + 1, height: it.counts.height - 1, ..it.counts };
        }
        it
    }

    fn place_details(&mut self, details: u16, open: bool) {
        let body = self.body;
        let mut y = body.bottom() - details;
        if details > 1 && details < body.height {
            self.details_title = Rect { y, height: 1, ..body };
            y += 1;
        } else if open {
            self.details_title = Rect { y, height: 1.min(details), ..body };
            y += self.details_title.height;
        }
        self.details = Rect { y, height: body.bottom() - y, ..body };
    }

    /// Whether the counts have room.
    pub fn has_counts(&self) -> bool {
        self.counts.width > 0
    }

    /// Whether the timeline has room.
    pub fn has_timeline(&self) -> bool {
        self.timeline.height > 0
    }
}

/// Lines of the timeline: one where the details take most of the screen.
fn timeline_lines(height: u16, shown: Shown) -> u16 {
    let room = TIMELINE.iter().find(|(least, _)| height >= *least).map(|(_, lines)| *lines);
    match (shown.timeline, room) {
        (Some(false), _) | (None, None) => 0,
        (Some(true), None) => 1,
        (_, Some(lines)) if shown.details => lines.min(1),
        (_, Some(lines)) => shown.sizes.timeline.unwrap_or(lines).max(1),
    }
}

/// Lines of the details with their title, open or as a strip, of so many for all panes.
fn details_lines(rows: u16, height: u16, shown: Shown) -> u16 {
    let tall = height >= TALL;
    if shown.details {
        let usual = if tall { rows * 3 / 5 } else { rows };
        let (least, rest) = DETAILS_BOUNDS;
        return match shown.zoom {
            true => rows,
            false => sized(shown.sizes.details, usual, (least, rows.saturating_sub(rest))),
        };
    }
    let (usual, least) = if tall { (STRIP + 1, 2) } else { (u16::from(height >= 12), 1) };
    sized(shown.sizes.strip, usual, (least, rows.saturating_sub(ABOVE_STRIP)))
}

/// Cells of the counts, where there is room for them beside the rows.
fn counts_cells(width: u16, shown: Shown) -> u16 {
    let usual = COUNTS.iter().find(|(least, _)| width >= *least).map_or(0, |it| it.1);
    let (least, most, rest) = COUNTS_BOUNDS;
    match usual {
        0 => 0,
        usual => sized(shown.sizes.counts, usual, (least, most.min(width.saturating_sub(rest)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pane as large as this.
    fn all_of(size: Option<u16>) -> Sizes {
        Sizes {
            counts: size,
            timeline: size,
            details: size,
            strip: size,
            around: size,
            top: size,
            denied: size,
            sessions: size,
        }
    }

    #[test]
    fn every_place_is_on_the_screen_and_none_overlaps() {
        let sizes = (0..60).flat_map(|height| [0, 1, 53, 54, 120].map(|width| (width, height)));
        let said = [None, Some(true), Some(false)];
        let wishes: Vec<Shown> = [(false, false), (false, true), (true, false), (true, true)]
            .into_iter()
            .flat_map(|(details, zoom)| said.map(|counts| (details, zoom, counts)))
            .flat_map(|(details, zoom, counts)| {
                said.map(|timeline| Shown {
                    details,
                    zoom,
                    alert: !details,
                    counts_alone: zoom && !details,
                    counts,
                    timeline,
                    sizes: Sizes::default(),
                })
            })
            .flat_map(|shown| {
                [None, Some(0), Some(7), Some(u16::MAX)]
                    .map(|size| Shown { sizes: all_of(size), ..shown })
            })
            .collect();
        for ((width, height), shown) in
            sizes.flat_map(|size| wishes.iter().map(move |shown| (size, *shown)))
        {
            let screen = Rect::new(0, 0, width, height);
            let it = Layout::of(screen, shown);
            let all = [
                it.status,
                it.filter,
                it.alert,
                it.timeline,
                it.title,
                it.stream,
                it.details_title,
                it.details,
                it.footer,
            ];
            let used: u16 = all.iter().map(|area| area.height).sum();
            assert_eq!(used, height, "{height} {shown:?}: {it:?}");
            for area in all.into_iter().chain([it.counts, it.counts_title]) {
                assert_eq!(area.intersection(screen), area, "{height} {it:?}");
            }
            assert_eq!(it.stream.width + it.counts.width, width, "{it:?}");
        }
    }

    #[test]
    fn no_size_makes_a_pane_useless() {
        for size in [0, 1, 12, 40, u16::MAX] {
            let sizes = all_of(Some(size));
            for (width, height) in [(80, 24), (120, 35), (200, 50), (300, 80)] {
                let counts = Some(true);
                let shown = Shown { counts, sizes, ..Shown::default() };
                let it = Layout::of(Rect::new(0, 0, width, height), shown);
                let place = format!("{size} on {width}x{height}: {it:?}");
                assert!(it.stream.width >= 40 && it.stream.height >= 3, "{place}");
                assert!(it.counts.width >= 18 && it.timeline.height >= 1, "{place}");
                assert!(it.details.height >= 1, "{place}");
                assert!(it.around.is_empty() || it.around.width >= 40, "{place}");
                assert!(it.details.width >= 80 && it.around.right() <= width, "{place}");
                let open = Shown { details: true, ..shown };
                let it = Layout::of(Rect::new(0, 0, width, height), open);
                assert!(it.details.height >= 4 && it.stream.height >= 1, "open {place}");
            }
        }
    }

    #[test]
    fn at_24_rows_at_most_five_lines_are_not_rows() {
        let it = Layout::of(Rect::new(0, 0, 80, 24), Shown::default());
        assert_eq!((it.stream.height, it.has_counts()), (19, false));
        let wide = Layout::of(Rect::new(0, 0, 120, 35), Shown::default());
        assert_eq!((wide.stream.width, wide.timeline.height), (93, 4));
        assert_eq!(Layout::of(Rect::new(0, 0, 200, 50), Shown::default()).timeline.height, 6);
    }
}
