//! Columns: how wide each may be in the room there is, and cells that are cut where it hurts least.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::ui::glyphs::Glyphs;
use crate::ui::text::{put, put_cut, row};

/// Where a cell that is too long is cut, and where a short one stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// At the left, the end cut.
    #[default]
    Begin,
    /// At the left, the beginning cut: names that differ at their tails.
    Tail,
    /// At the right, the end cut: numbers.
    Right,
}

/// What a column asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<'a> {
    /// The heading.
    pub title: &'a str,
    /// Fewer cells than these are no use.
    pub least: u16,
    /// More cells than these are no use.
    pub most: u16,
    /// Who goes first when there is no room for all: the lowest rank is dropped first, of equal
    /// ones the rightmost.
    pub rank: u8,
    /// How cells are cut and placed.
    pub fit: Fit,
}

/// The place of a column that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which of the columns asked for.
    pub column: usize,
    /// Its first cell, counted from the left end of the table.
    pub x: u16,
    /// Its cells.
    pub width: u16,
}

/// Shares `width` cells among the columns, one blank between them. Columns that do not fit with
/// their least are dropped by rank; what is left over goes to the narrowest first, up to its most.
pub fn places(columns: &[Column<'_>], width: u16) -> Vec<Place> {
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let asked = |shown: &[usize], cells: &dyn Fn(&Column<'_>) -> u16| {
        let gaps = shown.len().saturating_sub(1);
        shown.iter().map(|at| usize::from(cells(&columns[*at]))).sum::<usize>() + gaps
    };
    while !shown.is_empty() && asked(&shown, &|column| column.least) > usize::from(width) {
        let weakest = shown
            .iter()
            .enumerate()
            .min_by_key(|(at, column)| (columns[**column].rank, std::cmp::Reverse(*at)));
        let Some((at, _)) = weakest else { break };
        shown.remove(at);
    }
    let mut widths: Vec<u16> = shown.iter().map(|at| columns[*at].least).collect();
    let mut left = usize::from(width) - asked(&shown, &|column| column.least);
    while left > 0 {
        let hungry = (0..shown.len()).filter(|at| widths[*at] < columns[shown[*at]].most);
        let Some(at) = hungry.min_by_key(|at| widths[*at]) else { break };
        widths[at] += 1;
        left -= 1;
    }
    let mut x = 0;
    let place = |(column, width): (usize, u16)| {
        let place = Place { column, x, width };
        x += width + 1;
        place
    };
    shown.into_iter().zip(widths).map(place).collect()
}

/// Draws one cell of a row.
pub fn cell(
    buf: &mut Buffer,
    area: Rect,
    (place, fit): (Place, Fit),
    text: &str,
    (style, glyphs): (Style, Glyphs),
) {
    let room = area.width.saturating_sub(place.x).min(place.width);
    let target = row(area.x.saturating_add(place.x), area.y, room);
    let cells = usize::from(room);
    match fit {
        Fit::Begin => put_cut(buf, target, text, style, glyphs),
        Fit::Tail => put(buf, target, &glyphs.cut_left(text, cells), style),
        Fit::Right => put(buf, target, &glyphs.pad_left(text, cells), style),
    };
}

/// Draws the headings.
pub fn headings(
    buf: &mut Buffer,
    area: Rect,
    columns: &[Column<'_>],
    places: &[Place],
    look: (Style, Glyphs),
) {
    for place in places {
        let column = &columns[place.column];
        let fit = if column.fit == Fit::Right { Fit::Right } else { Fit::Begin };
        cell(buf, area, (*place, fit), column.title, look);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: [Column<'_>; 4] = [
        Column { title: "TIME", least: 8, most: 8, rank: 9, fit: Fit::Begin },
        Column { title: "EVENT", least: 12, most: 22, rank: 8, fit: Fit::Begin },
        Column { title: "TARGET", least: 10, most: 40, rank: 5, fit: Fit::Tail },
        Column { title: "TIMES", least: 5, most: 5, rank: 7, fit: Fit::Right },
    ];

    #[test]
    fn narrow_tables_drop_the_least_important_column() {
        let shown = |width| -> Vec<(usize, u16, u16)> {
            places(&COLUMNS, width).iter().map(|p| (p.column, p.x, p.width)).collect()
        };
        assert_eq!(shown(38), [(0, 0, 8), (1, 9, 12), (2, 22, 10), (3, 33, 5)]);
        assert_eq!(shown(44), [(0, 0, 8), (1, 9, 14), (2, 24, 14), (3, 39, 5)]);
        assert_eq!(shown(37), [(0, 0, 8), (1, 9, 22), (3, 32, 5)]);
        assert_eq!(shown(20), [(0, 0, 8)]);
        assert_eq!(shown(200).last(), Some(&(3, 73, 5)), "no column grows beyond its most");
        assert_eq!(shown(7), []);
    }

    #[test]
    fn cells_are_cut_where_it_hurts_least() {
        let area = Rect::new(0, 0, 44, 2);
        let mut buf = Buffer::empty(area);
        let places = places(&COLUMNS, 44);
        let look = (Style::new(), Glyphs::UNICODE);
        headings(&mut buf, area, &COLUMNS, &places, look);
        let line = row(0, 1, 44);
        let texts = ["12:00:08", "DeleteBucketLifecycle", "red-team-ctes-trail-qyxy", "17"];
        for (place, text) in places.iter().zip(texts) {
            cell(&mut buf, line, (*place, COLUMNS[place.column].fit), text, look);
        }
        let painted = crate::ui::paint::paint(&buf);
        assert_eq!(
            painted.lines().collect::<Vec<_>>(),
            [
                "TIME     EVENT          TARGET         TIMES",
                "12:00:08 DeleteBucketL… …es-trail-qyxy    17",
            ]
        );
    }

    proptest! {
        #[test]
        fn columns_never_overlap_nor_leave_the_table(
            sizes in prop::collection::vec((0u16..50, 0u16..90, 0u8..4), 0..9), width in 0u16..200,
        ) {
            let columns: Vec<_> = sizes
                .into_iter()
                .map(|(least, most, rank)| Column { title: "", least, most, rank, fit: Fit::Tail })
                .collect();
            let mut next = 0;
            for place in places(&columns, width) {
                prop_assert!(place.x >= next);
                next = place.x + place.width + 1;
                prop_assert!(place.x + place.width <= width);
                prop_assert!(place.width >= columns[place.column].least);
            }
        }
    }
}
