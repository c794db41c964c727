//! The columns of the stream: all there are, those that a line of some width has room for, and those
//! that somebody chose instead.

use std::fmt;
use std::str::FromStr;

use ratatui::buffer::Buffer;

use crate::event::field::Column;
use crate::pane::contract::{Ctx, Times};
use crate::ui::text;
use crate::ui::theme::Role;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    Time,
    Age,
    Lag,
    Glyph,
    Event,
    Actor,
    Root,
    Target,
    Result,
    From,
    Account,
    Plain(Column),
}

/// A column that can be chosen.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) cell: Cell,
    /// The key of the filter language that asks for the same.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// Cells, where nobody says how many; 0 takes what the others leave.
    pub(crate) width: u16,
}

const fn known(cell: Cell, name: &'static str, title: &'static str, width: u16) -> Known {
    Known { cell, name, title, width }
}

/// Every column, in the order they are offered.
pub(crate) const KNOWN: &[Known] = &[
    known(Cell::Time, "time", "TIME", 8),
    known(Cell::Age, "age", "AGE", 8),
    known(Cell::Glyph, "verb", "", 1),
    known(Cell::Event, "event", "EVENT", 23),
    known(Cell::Actor, "actor", "ACTOR", 22),
    known(Cell::Target, "target", "TARGET", 0),
    known(Cell::Result, "result", "RESULT", 15),
    known(Cell::From, "ip", "FROM", 15),
    known(Cell::Plain(Column::Tool), "tool", "TOOL", 12),
    known(Cell::Plain(Column::Region), "region", "REGION", 12),
    known(Cell::Account, "acct", "ACCOUNT", 12),
    known(Cell::Root, "root", "WHO REALLY", 22),
    known(Cell::Plain(Column::Service), "svc", "SERVICE", 24),
    known(Cell::Plain(Column::Error), "err", "ERROR", 20),
    known(Cell::Plain(Column::Session), "session", "SESSION", 18),
    known(Cell::Plain(Column::Key), "key", "KEY", 20),
    known(Cell::Plain(Column::User), "user", "USER", 18),
    known(Cell::Plain(Column::Role), "role", "ROLE", 22),
    known(Cell::Plain(Column::Type), "type", "TYPE", 11),
    known(Cell::Plain(Column::Via), "via", "VIA", 18),
    known(Cell::Plain(Column::Mfa), "mfa", "MFA", 3),
    known(Cell::Plain(Column::Category), "cat", "CATEGORY", 10),
    known(Cell::Plain(Column::Request), "req", "REQUEST", 36),
    known(Cell::Plain(Column::Id), "id", "EVENT ID", 36),
    known(Cell::Plain(Column::Message), "msg", "MESSAGE", 30),
    known(Cell::Plain(Column::Agent), "ua", "USER AGENT", 24),
    known(Cell::Lag, "lag", "LAG", 6),
];

/// The widest that a column may be.
pub(crate) const WIDEST: u16 = 80;

/// Widths by the room there is: event names are up to 40 letters, 27 for nine of ten. The target
/// takes what the others leave.
const SHAPES: &[(u16, &[(Cell, u16)])] = &[
    (
        180,
        &[
            (Cell::Time, 8),
            (Cell::Glyph, 1),
            (Cell::Event, 28),
            (Cell::Actor, 32),
            (Cell::Target, 0),
            (Cell::Result, 18),
            (Cell::Plain(Column::Tool), 16),
            (Cell::From, 15),
            (Cell::Plain(Column::Region), 12),
            (Cell::Account, 12),
        ],
    ),
    (
        140,
        &[
            (Cell::Time, 8),
            (Cell::Glyph, 1),
            (Cell::Event, 26),
            (Cell::Actor, 26),
            (Cell::Target, 0),
            (Cell::Result, 16),
            (Cell::Plain(Column::Tool), 12),
            (Cell::From, 15),
        ],
    ),
    (
        104,
        &[
            (Cell::Time, 8),
            (Cell::Glyph, 1),
            (Cell::Event, 23),
            (Cell::Actor, 22),
            (Cell::Target, 0),
            (Cell::Result, 15),
            (Cell::From, 15),
        ],
    ),
    (
        88,
        &[
            (Cell::Time, 8),
            (Cell::Glyph, 1),
            (Cell::Event, 22),
            (Cell::Actor, 20),
            (Cell::Target, 0),
            (Cell::Result, 15),
        ],
    ),
    (
        70,
        &[
            (Cell::Time, 8),
            (Cell::Glyph, 1),
            (Cell::Event, 18),
            (Cell::Actor, 18),
            (Cell::Target, 0),
            (Cell::Result, 6),
        ],
    ),
    (
        40,
        &[
            (Cell::Time, 8),
            (Cell::Glyph, 1),
            (Cell::Event, 14),
            (Cell::Actor, 0),
            (Cell::Result, 6),
        ],
    ),
    (0, &[(Cell::Glyph, 1), (Cell::Event, 0), (Cell::Result, 6)]),
];

/// The columns that somebody chose, with their widths; none means that the width of the screen
/// decides. As a text: `time event:30 actor target`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns(pub(crate) Vec<(usize, u16)>);

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (at, width)) in self.0.iter().enumerate() {
            let known = &KNOWN[*at];
            let blank = if n == 0 { "" } else { " " };
            match *width == known.width {
                true => write!(f, "{blank}{}", known.name)?,
                false => write!(f, "{blank}{}:{width}", known.name)?,
            }
        }
        Ok(())
    }
}

impl FromStr for Columns {
    type Err = String;

    /// Reads names of columns, each with its width or without, in the order of the screen. The error
    /// says which word is wrong and what would be right.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut columns = Self::default();
        for word in text.split_ascii_whitespace() {
            let (name, width) = word.split_once(':').map_or((word, None), |(n, w)| (n, Some(w)));
            let names = || KNOWN.iter().map(|it| it.name).collect::<Vec<_>>().join(" ");
            let at = KNOWN.iter().position(|it| it.name == name).ok_or_else(|| {
                format!("the stream has no column {name:?}: there are {}", names())
            })?;
            if columns.0.iter().any(|(other, _)| *other == at) {
                return Err(format!("the column {name:?} is there twice"));
            }
            let width = match width {
                None => KNOWN[at].width,
                Some(cells) => {
                    cells.parse().ok().filter(|cells| *cells <= WIDEST).ok_or_else(|| {
                        format!("{cells:?} is no width: a column has 0 to {WIDEST} cells")
                    })?
                }
            };
            columns.0.push((at, width));
        }
        Ok(columns)
    }
}

impl Columns {
    /// What is on a screen of this width, to begin choosing with.
    pub(crate) fn shown(&self, width: u16) -> Vec<(usize, u16)> {
        if !self.0.is_empty() {
            return self.0.clone();
        }
        let place = |cell: Cell| KNOWN.iter().position(|it| it.cell == cell);
        by_width(width).iter().filter_map(|(cell, width)| Some((place(*cell)?, *width))).collect()
    }
}

fn by_width(width: u16) -> &'static [(Cell, u16)] {
    let shape = SHAPES.iter().find(|(least, _)| width >= *least);
    shape.map_or(&[], |(_, columns)| columns)
}

/// The columns of a line of some width.
#[derive(Debug)]
pub(crate) struct Shape {
    columns: Vec<(Cell, u16)>,
}

impl Shape {
    /// The columns for this many cells.
    pub(crate) fn of(width: u16, chosen: &Columns) -> Self {
        let mut columns: Vec<(Cell, u16)> = match chosen.0.is_empty() {
            true => by_width(width).to_vec(),
            false => chosen.0.iter().map(|(at, width)| (KNOWN[*at].cell, *width)).collect(),
        };
        let gaps = columns.len() as u16;
        let fixed = columns.iter().fold(0u16, |sum, (_, width)| sum.saturating_add(*width));
        let rest = width.saturating_sub(1).saturating_sub(gaps).saturating_sub(fixed);
        let elastic = columns.iter().filter(|(_, width)| *width == 0).count() as u16;
        for (_, width) in columns.iter_mut().filter(|(_, width)| *width == 0) {
            *width = (rest / elastic.max(1)).max(1);
        }
        Self { columns }
    }

    /// The columns from left to right with their widths.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (Cell, u16)> + '_ {
        self.columns.iter().copied()
    }

    /// Draws the titles of the columns.
    pub(crate) fn draw_titles(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let (mut x, right) = (ctx.area.x + 1, ctx.area.right());
        for (cell, width) in self.cells() {
            if x >= right {
                break;
            }
            let title = KNOWN.iter().find(|it| it.cell == cell).map_or("", |it| it.title);
            let title = match cell {
                Cell::Time if ctx.times == Times::Ago => {
                    format!("{:>1$}", "AGO", usize::from(width))
                }
                _ => title.to_owned(),
            };
            let cut = ctx.glyphs.cut_right(&title, usize::from(width));
            let place = text::row(x, ctx.area.y, width.min(right - x));
            text::put(buf, place, &cut, ctx.style(Role::Header));
            x = x.saturating_add(width + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for text in ["", "time event actor target", "age:5 verb svc:0 event:40 req"] {
            let columns: Columns = text.parse().expect(text);
            assert_eq!(columns.to_string(), text);
        }
        for (text, part) in [
            ("time evnt", "no column \"evnt\": there are time"),
            ("time event time", "\"time\" is there twice"),
            ("event:wide", "\"wide\" is no width"),
            ("event:81", "0 to 80"),
        ] {
            let error = text.parse::<Columns>().expect_err(text);
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn every_width_has_its_columns_and_what_is_elastic_takes_the_rest() {
        for width in 0..400 {
            let auto = Columns::default();
            let chosen = Columns(auto.shown(width));
            let of = |columns: &Columns| Shape::of(width, columns).cells().collect::<Vec<_>>();
            assert_eq!(of(&chosen), of(&auto), "{width}");
            let sum: usize = of(&auto).iter().map(|(_, width)| usize::from(*width) + 1).sum();
            assert!(sum < usize::from(width).max(12), "{width}");
        }
        let columns: Columns = "event target:0 msg:0".parse().expect("columns");
        let widths: Vec<u16> = Shape::of(100, &columns).cells().map(|(_, width)| width).collect();
        assert_eq!(widths, [23, 36, 36]);
    }
}
