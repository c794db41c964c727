//! Where one is in a long list: a cursor, the first row shown, and the rows drawn on demand. A
//! million rows cost what the visible ones cost, because rows are only ever asked for by number.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::text::row;

/// Rows kept between the cursor and the edge, where the height allows it.
const MARGIN: usize = 2;

/// A move of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many rows up.
    Up(usize),
    /// So many rows down.
    Down(usize),
    /// Half a screen up.
    HalfUp,
    /// Half a screen down.
    HalfDown,
    /// A screen up, less one row.
    PageUp,
    /// A screen down, less one row.
    PageDown,
    /// To the first row.
    Home,
    /// To the last row.
    End,
    /// To this row, or the last one.
    To(usize),
}

/// The cursor and the first visible row. Both are 0 in an empty list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Viewport {
    /// The selected row.
    pub cursor: usize,
    /// The first row shown.
    pub top: usize,
}

impl Viewport {
    /// Moves the cursor, then scrolls so that it is seen. `rows` is the length of the list,
    /// `height` the rows that fit.
    pub fn step(&mut self, step: Step, rows: usize, height: u16) {
        let screen = usize::from(height).max(2);
        self.cursor = match step {
            Step::Up(n) => self.cursor.saturating_sub(n),
            Step::Down(n) => self.cursor.saturating_add(n),
            Step::HalfUp => self.cursor.saturating_sub(screen / 2),
            Step::HalfDown => self.cursor.saturating_add(screen / 2),
            Step::PageUp => self.cursor.saturating_sub(screen - 1),
            Step::PageDown => self.cursor.saturating_add(screen - 1),
            Step::Home => 0,
            Step::End => usize::MAX,
            Step::To(row) => row,
        };
        self.settle(rows, height);
    }

    /// Brings cursor and top back into a list and a height that have changed: the cursor is a row,
    /// it is seen with a margin, and no blank is shown below the last row while rows are hidden
    /// above.
    pub fn settle(&mut self, rows: usize, height: u16) {
        let height = usize::from(height);
        self.cursor = self.cursor.min(rows.saturating_sub(1));
        let margin = MARGIN.min(height.saturating_sub(1) / 2);
        let highest = self.cursor.saturating_sub(margin);
        let lowest = (self.cursor + margin + 1).saturating_sub(height);
        if height == 0 {
            self.top = self.cursor;
            return;
        }
        self.top = self.top.clamp(lowest.min(highest), highest);
        self.top = self.top.min(rows.saturating_sub(height));
    }

    /// Rows came in (or left, if negative) above the cursor: the same row stays selected, at the
    /// same place of the screen.
    pub fn shift(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by);
        self.top = self.top.saturating_add_signed(by);
    }

    /// The numbers of the rows shown.
    pub fn visible(&self, rows: usize, height: u16) -> Range<usize> {
        let top = self.top.min(rows);
        top..rows.min(top.saturating_add(usize::from(height)))
    }

    /// The number of the row drawn at this line of the screen, for the mouse.
    pub fn row_at(&self, y: u16, area: Rect, rows: usize) -> Option<usize> {
        let line = y.checked_sub(area.y).filter(|line| *line < area.height)?;
        Some(self.top + usize::from(line)).filter(|row| *row < rows)
    }

    /// Calls `draw` once for each visible row with its number and its line of the screen; whether
    /// it is selected is `number == cursor`.
    pub fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        rows: usize,
        mut draw: impl FnMut(&mut Buffer, Rect, usize),
    ) {
        let area = area.intersection(buf.area);
        for (y, number) in (area.y..).zip(self.visible(rows, area.height)) {
            draw(buf, row(area.x, y, area.width), number);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn steps_go_where_they_say() {
        let mut at = Viewport::default();
        for (step, cursor, top) in [
            (Step::Up(1), 0, 0),
            (Step::Down(7), 7, 0),
            (Step::Down(1), 8, 1),
            (Step::PageDown, 17, 10),
            (Step::HalfDown, 22, 15),
            (Step::End, 99, 90),
            (Step::Up(1), 98, 90),
            (Step::Up(6), 92, 90),
            (Step::Up(1), 91, 89),
            (Step::PageUp, 82, 80),
            (Step::HalfUp, 77, 75),
            (Step::To(50), 50, 48),
            (Step::To(usize::MAX), 99, 90),
            (Step::Home, 0, 0),
        ] {
            at.step(step, 100, 10);
            assert_eq!((at.cursor, at.top), (cursor, top), "{step:?}");
        }
    }

    #[test]
    fn the_selected_row_keeps_its_place_when_rows_come_in_above() {
        let mut at = Viewport { cursor: 15, top: 10 };
        at.shift(5);
        at.settle(105, 10);
        assert_eq!(at, Viewport { cursor: 20, top: 15 });
        at.shift(-50);
        at.settle(55, 10);
        assert_eq!(at, Viewport::default());
    }

    #[test]
    fn rows_are_asked_for_only_when_seen() {
        let area = Rect::new(1, 1, 5, 3);
        let mut buf = Buffer::empty(Rect::new(0, 0, 9, 9));
        let mut asked = vec![];
        Viewport { cursor: 2, top: 1 }.draw(&mut buf, area, 1_000_000, |_, line, number| {
            asked.push((line.y, number));
        });
        assert_eq!(asked, [(1, 1), (2, 2), (3, 3)]);
        let at = Viewport::default();
        assert_eq!(at.row_at(2, area, 2), Some(1));
        assert_eq!(at.row_at(3, area, 2), None);
        assert_eq!(at.row_at(0, area, 2), None);
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_a_row_that_is_seen(
            steps in prop::collection::vec((0usize..11, 0usize..40), 0..30),
            sizes in prop::collection::vec((0usize..60, 0u16..14), 1..5),
        ) {
            let mut at = Viewport::default();
            for (n, (which, by)) in steps.into_iter().enumerate() {
                let (rows, height) = sizes[n % sizes.len()];
                match which {
                    0 => at.step(Step::Up(by), rows, height),
                    1 => at.step(Step::Down(by), rows, height),
                    2 => at.step(Step::HalfUp, rows, height),
                    3 => at.step(Step::HalfDown, rows, height),
                    4 => at.step(Step::PageUp, rows, height),
                    5 => at.step(Step::PageDown, rows, height),
                    6 => at.step(Step::Home, rows, height),
                    7 => at.step(Step::End, rows, height),
                    8 => at.step(Step::To(by), rows, height),
                    _ => at.settle(rows, height),
                }
                let seen = at.visible(rows, height);
                prop_assert!(rows == 0 || at.cursor < rows);
                prop_assert!(rows == 0 || height == 0 || seen.contains(&at.cursor), "{at:?}");
                prop_assert_eq!(seen.len(), rows.min(usize::from(height)), "no blank while rows hide");
            }
        }
    }
}
