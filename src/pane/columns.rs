//! The columns of the stream and of the views of reckonings: all there are, those that a line of some
//! width has room for, and those that somebody chose instead.

use std::fmt;

use ratatui::buffer::Buffer;

use crate::event::field::Column;
use crate::insight::{sessions, top};
use crate::pane::contract::{Ctx, Times};
use crate::ui::table::{self, Column as Cells, Fit, Place};
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

/// A column of the stream that can be chosen.
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

/// Every column of the stream, in the order they are offered.
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

/// A column of a view of reckonings.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) name: &'static str,
    /// What it asks for where nobody says how wide it is.
    pub(crate) cells: Cells<'static>,
}

const fn offered(
    name: &'static str,
    title: &'static str,
    (least, most): (u16, u16),
    rank: u8,
    fit: Fit,
) -> Offered {
    Offered { name, cells: Cells { title, least, most, rank, fit } }
}

/// The columns of top. What is ranked, and the steps of its last one, are said by the view.
pub(crate) const TOP: &[Offered] = &[
    offered("value", "VALUE", (14, 64), 9, Fit::Begin),
    offered("events", "EVENTS", (7, 7), 9, Fit::Right),
    offered("writes", "WRITES", (6, 6), 6, Fit::Right),
    offered("danger", "DANGER", (6, 6), 8, Fit::Right),
    offered("denied", "DENIED", (6, 6), 8, Fit::Right),
    offered("failed", "FAILED", (6, 6), 5, Fit::Right),
    offered("ip", "FROM", (15, 15), 4, Fit::Begin),
    offered("first", "FIRST", (8, 8), 2, Fit::Begin),
    offered("last", "LAST", (8, 8), 3, Fit::Begin),
    offered("rate", "OVER TIME", (top::STEPS as u16, top::STEPS as u16), 1, Fit::Begin),
];

/// The columns of the denied lens. Where, since when and which account go first where there is no room.
pub(crate) const DENIED: &[Offered] = &[
    offered("actor", "ACTOR", (12, 44), 9, Fit::Begin),
    offered("times", "TIMES", (6, 7), 9, Fit::Right),
    offered("action", "ACTION", (22, 40), 9, Fit::Begin),
    offered("target", "ON", (16, 34), 6, Fit::Begin),
    offered("span", "FIRST → LAST", (19, 19), 4, Fit::Begin),
    offered("why", "WHY", (8, 11), 7, Fit::Begin),
    offered("since", "SINCE THEN", (17, 20), 8, Fit::Begin),
    offered("acct", "ACCOUNT", (12, 14), 1, Fit::Begin),
];

/// The columns of the sessions; the bar takes what the others leave.
pub(crate) const SESSIONS: &[Offered] = &[
    offered("who", "WHO", (12, 40), 9, Fit::Begin),
    offered("began", "HOW IT BEGAN", (26, 64), 8, Fit::Begin),
    offered("bar", "OVER TIME", (12, sessions::STEPS as u16), 5, Fit::Begin),
    offered("events", "EVENTS", (6, 7), 9, Fit::Right),
    offered("writes", "WR", (4, 6), 7, Fit::Right),
    offered("denied", "DENIED", (6, 6), 8, Fit::Right),
    offered("ips", "IPS", (3, 4), 6, Fit::Right),
];

/// A table whose columns can be chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Table {
    /// The rows.
    #[default]
    Stream,
    /// The ranking.
    Top,
    /// The denied lens.
    Denied,
    /// The sessions.
    Sessions,
}

/// How a column is offered.
pub(crate) struct Head {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// Cells, where nobody says how many; 0 takes what there is.
    pub(crate) width: u16,
    /// Cells to begin with where it took what there is.
    pub(crate) begins: u16,
}

impl Table {
    /// Every table, with the name of its view.
    pub const ALL: [(Table, &'static str); 4] = [
        (Table::Stream, "stream"),
        (Table::Top, "top"),
        (Table::Denied, "denied"),
        (Table::Sessions, "sessions"),
    ];

    /// The name of its view.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    fn offered(self) -> &'static [Offered] {
        match self {
            Self::Stream => &[],
            Self::Top => TOP,
            Self::Denied => DENIED,
            Self::Sessions => SESSIONS,
        }
    }

    /// How many columns it has.
    pub(crate) fn len(self) -> usize {
        if self == Self::Stream { KNOWN.len() } else { self.offered().len() }
    }

    /// One of them.
    pub(crate) fn head(self, at: usize) -> Head {
        match self.offered().get(at) {
            None => {
                let Known { name, title, width, .. } = KNOWN[at];
                Head { name, title, width, begins: width.max(20) }
            }
            Some(Offered { name, cells }) => {
                Head { name, title: cells.title, width: 0, begins: cells.least }
            }
        }
    }

    /// Reads names of columns, each with its width or without, in the order of the screen:
    /// `time event:30 actor target`. The error says which word is wrong and what would be right.
    pub fn read(self, text: &str) -> Result<Columns, String> {
        let mut columns = Columns { table: self, chosen: vec![] };
        for word in text.split_ascii_whitespace() {
            let (name, width) = word.split_once(':').map_or((word, None), |(n, w)| (n, Some(w)));
            let at = (0..self.len()).find(|at| self.head(*at).name == name).ok_or_else(|| {
                let names: Vec<&str> = (0..self.len()).map(|at| self.head(at).name).collect();
                let (view, names) = (self.name(), names.join(" "));
                format!("the {view} has no column {name:?}: there are {names}")
            })?;
            if columns.chosen.iter().any(|(other, _)| *other == at) {
                return Err(format!("the column {name:?} is there twice"));
            }
            let width = match width {
                None => self.head(at).width,
                Some(cells) => {
                    cells.parse().ok().filter(|cells| *cells <= WIDEST).ok_or_else(|| {
                        format!("{cells:?} is no width: a column has 0 to {WIDEST} cells")
                    })?
                }
            };
            columns.chosen.push((at, width));
        }
        Ok(columns)
    }
}

/// The columns of a table that somebody chose, with their widths; none means that the room there is
/// decides. As a text: `time event:30 actor target`, which [`Table::read`] reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    pub(crate) table: Table,
    pub(crate) chosen: Vec<(usize, u16)>,
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (at, width)) in self.chosen.iter().enumerate() {
            let head = self.table.head(*at);
            let blank = if n == 0 { "" } else { " " };
            match *width == head.width {
                true => write!(f, "{blank}{}", head.name)?,
                false => write!(f, "{blank}{}:{width}", head.name)?,
            }
        }
        Ok(())
    }
}

impl Columns {
    /// What is on a screen of this width, to begin choosing with.
    pub(crate) fn shown(&self, width: u16) -> Vec<(usize, u16)> {
        if !self.chosen.is_empty() {
            return self.chosen.clone();
        }
        if self.table != Table::Stream {
            return (0..self.table.len()).map(|at| (at, 0)).collect();
        }
        let place = |cell: Cell| KNOWN.iter().position(|it| it.cell == cell);
        by_width(width).iter().filter_map(|(cell, width)| Some((place(*cell)?, *width))).collect()
    }

    /// The places of the columns of a view of reckonings in this many cells, but for one that says
    /// nothing there. A width that was chosen is kept as long as there is room for it.
    pub(crate) fn places(&self, width: u16, without: Option<usize>) -> Vec<Place> {
        let all = self.table.offered();
        let mut shown = self.shown(width);
        shown.retain(|(at, _)| Some(*at) != without);
        let cells = |(at, wanted): &(usize, u16)| match *wanted {
            0 => all[*at].cells,
            wanted => Cells { least: wanted, most: wanted, ..all[*at].cells },
        };
        let columns: Vec<Cells<'_>> = shown.iter().map(cells).collect();
        let places = table::places(&columns, width);
        places.into_iter().map(|place| Place { column: shown[place.column].0, ..place }).collect()
    }
}

/// The columns of every table, as somebody chose them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnsOf([Columns; Table::ALL.len()]);

impl Default for ColumnsOf {
    fn default() -> Self {
        Self(Table::ALL.map(|(table, _)| Columns { table, chosen: vec![] }))
    }
}

impl ColumnsOf {
    /// Those that these texts say, by the names of the views; as they come where a text cannot be read.
    pub fn read<T: AsRef<str>>(text: impl Fn(&str) -> T) -> Self {
        Self(Table::ALL.map(|(table, view)| {
            table.read(text(view).as_ref()).unwrap_or(Columns { table, chosen: vec![] })
        }))
    }

    /// Those of a table.
    pub fn of(&self, table: Table) -> &Columns {
        &self.0[table as usize]
    }

    /// The same, to be changed.
    pub fn of_mut(&mut self, table: Table) -> &mut Columns {
        &mut self.0[table as usize]
    }

    /// What this says of each table, else what the other says.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        for (mine, other) in self.0.iter_mut().zip(other.0) {
            if mine.chosen.is_empty() {
                *mine = other;
            }
        }
        self
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
        let mut columns: Vec<(Cell, u16)> = match chosen.chosen.is_empty() {
            true => by_width(width).to_vec(),
            false => chosen.chosen.iter().map(|(at, width)| (KNOWN[*at].cell, *width)).collect(),
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

    fn stream(text: &str) -> Result<Columns, String> {
        Table::Stream.read(text)
    }

    #[test]
    fn what_is_written_reads_back() {
        for (table, text) in [
            (Table::Stream, ""),
            (Table::Stream, "time event actor target"),
            (Table::Stream, "age:5 verb svc:0 event:40 req"),
            (Table::Top, "rate value:30 events"),
            (Table::Denied, "why:20 actor"),
            (Table::Sessions, "ips who bar:50"),
        ] {
            assert_eq!(table.read(text).expect(text).to_string(), text);
        }
        for (table, text, part) in [
            (Table::Stream, "time evnt", "the stream has no column \"evnt\": there are time"),
            (Table::Stream, "time event time", "\"time\" is there twice"),
            (Table::Top, "value:wide", "\"wide\" is no width"),
            (Table::Denied, "actor:81", "0 to 80"),
            (Table::Sessions, "time", "the sessions has no column \"time\": there are who"),
        ] {
            let error = table.read(text).expect_err(text);
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn tables_keep_to_their_tables() {
        for (at, (table, name)) in Table::ALL.into_iter().enumerate() {
            assert_eq!((table as usize, table.name()), (at, name));
            let names: std::collections::BTreeSet<_> =
                (0..table.len()).map(|at| table.head(at).name).collect();
            assert_eq!(names.len(), table.len(), "{name}");
        }
        let read = ColumnsOf::read(|view| if view == "top" { "events value" } else { "nonsense" });
        assert_eq!(read.of(Table::Top).to_string(), "events value");
        assert_eq!(read.of(Table::Denied), ColumnsOf::default().of(Table::Denied));
        let mut other = ColumnsOf::default();
        *other.of_mut(Table::Denied) = Table::Denied.read("actor").unwrap();
        let both = read.or(other);
        assert_eq!((both.of(Table::Top).chosen.len(), both.of(Table::Denied).chosen.len()), (2, 1));
    }

    #[test]
    fn a_chosen_width_is_kept_while_there_is_room() {
        let columns = Table::Sessions.read("events:9 who bar:30 ips").unwrap();
        let at = |width| -> Vec<(usize, u16)> {
            columns.places(width, None).iter().map(|it| (it.column, it.width)).collect()
        };
        assert_eq!(at(100), [(3, 9), (0, 40), (2, 30), (6, 4)]);
        assert_eq!(at(60), [(3, 9), (0, 14), (2, 30), (6, 4)]);
        assert_eq!(at(50), [(3, 9), (0, 35), (6, 4)]);
        assert!(columns.places(60, Some(0)).iter().all(|place| place.column != 0));
        for width in 0..200 {
            for (table, _) in Table::ALL.into_iter().skip(1) {
                let by_itself = Columns { table, chosen: vec![] };
                let cells: Vec<Cells<'_>> = table.offered().iter().map(|it| it.cells).collect();
                assert_eq!(by_itself.places(width, None), table::places(&cells, width));
            }
        }
    }

    #[test]
    fn every_width_has_its_columns_and_what_is_elastic_takes_the_rest() {
        for width in 0..400 {
            let auto = Columns::default();
            let chosen = Columns { chosen: auto.shown(width), ..auto.clone() };
            let of = |columns: &Columns| Shape::of(width, columns).cells().collect::<Vec<_>>();
            assert_eq!(of(&chosen), of(&auto), "{width}");
            let sum: usize = of(&auto).iter().map(|(_, width)| usize::from(*width) + 1).sum();
            assert!(sum < usize::from(width).max(12), "{width}");
        }
        let columns = stream("event target:0 msg:0").expect("columns");
        let widths: Vec<u16> = Shape::of(100, &columns).cells().map(|(_, width)| width).collect();
        assert_eq!(widths, [23, 36, 36]);
    }
}
