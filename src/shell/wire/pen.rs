//! The pen of a terminal: where it stands, what it writes with, and the shortest bytes that change
//! either. What is not known for certain is taken for unknown and said in full.

use std::cmp::Ordering;
use std::fmt::Write as _;

use ratatui::buffer::{Cell, CellWidth as _};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};

use crate::ui::named;

/// What shows on a blank too.
const ON_BLANKS: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// Modifiers by the numbers that turn them on and off.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// How a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Ink {
    /// That of an erased cell.
    pub const PLAIN: Self =
        Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    /// The ink of a cell.
    pub fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether a cell looks right that is written with it: of a blank only the ground is seen.
    pub fn serves(self, cell: &Cell) -> bool {
        if is_blank(cell) {
            return self.bg == cell.bg && !self.modifier.intersects(ON_BLANKS);
        }
        self == Self::of(cell)
    }
}

/// Whether a cell shows nothing but its ground.
pub fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(ON_BLANKS)
}

/// Whether a cell is as an erased one.
pub fn is_erased(cell: &Cell) -> bool {
    is_blank(cell) && cell.bg == Color::Reset
}

/// Whether two cells cannot be told apart on the glass.
pub fn is_same(one: &Cell, other: &Cell) -> bool {
    one == other || (is_blank(one) && is_blank(other) && one.bg == other.bg)
}

/// A pen that writes into bytes.
#[derive(Debug)]
pub struct Pen {
    out: Vec<u8>,
    ink: Option<Ink>,
    at: Option<Position>,
    width: u16,
}

impl Pen {
    /// A pen of which nothing is known, on a terminal of this width.
    pub fn new(width: u16) -> Self {
        Self { out: vec![], ink: None, at: None, width }
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Writes a sequence that neither moves the pen nor changes its ink.
    pub fn say(&mut self, sequence: &str) {
        self.out.extend_from_slice(sequence.as_bytes());
    }

    /// Writes a sequence after which the pen may be anywhere.
    pub fn jump(&mut self, sequence: &str) {
        self.say(sequence);
        self.at = None;
    }

    /// Takes the ink of an erased cell: what is erased or scrolled in takes on the ground of the
    /// pen, on some terminals.
    pub fn wipe(&mut self) {
        self.take(Ink::PLAIN);
    }

    /// Erases from here to the end of the line.
    pub fn erase_line(&mut self, at: Position, line: &[Cell]) {
        self.go(at, line);
        self.wipe();
        self.say("\x1b[K");
    }

    /// Writes a cell with an ink that serves it. `line` is what its line will show in the end: over
    /// cells that are right already the pen may also write its way.
    pub fn put(&mut self, at: Position, (cell, ink): (&Cell, Ink), line: &[Cell]) {
        self.go(at, line);
        if !self.is_ready_for(cell) {
            self.take(ink);
        }
        if is_cluster(cell) {
            // A cluster, which some terminals take for narrower: on blank ground nothing is left
            // beside it of what was there.
            self.say(&" ".repeat(usize::from(cell.cell_width())));
            self.at = None;
            self.go(at, line);
        }
        self.write(cell);
    }

    /// Moves the pen by what takes the fewest bytes.
    pub fn go(&mut self, to: Position, line: &[Cell]) {
        if self.at == Some(to) {
            return;
        }
        let mut way = match to.x {
            0 => format!("\x1b[{}H", to.y + 1),
            _ => format!("\x1b[{};{}H", to.y + 1, to.x + 1),
        };
        if let Some(at) = self.at {
            let other = step(at, to);
            way = if other.len() <= way.len() { other } else { way };
            if at.y == to.y && at.x < to.x && self.writes_on(at.x, to.x, line, way.len()) {
                return;
            }
        }
        self.say(&way);
        self.at = Some(to);
    }

    /// Writes the cells between two columns where that is no longer than a move and leaves the ink
    /// as it is; whether it did.
    fn writes_on(&mut self, from: u16, to: u16, line: &[Cell], limit: usize) -> bool {
        let Some(between) = line.get(usize::from(from)..usize::from(to)) else { return false };
        let is_simple = |cell: &Cell| is_one_wide(cell) && self.is_ready_for(cell);
        if between.len() > limit || !between.iter().all(is_simple) {
            return false;
        }
        if between.iter().map(|cell| cell.symbol().len()).sum::<usize>() > limit {
            return false;
        }
        for cell in between {
            self.write(cell);
        }
        true
    }

    fn write(&mut self, cell: &Cell) {
        self.out.extend_from_slice(cell.symbol().as_bytes());
        // Terminals do not agree how far anything else takes them, nor what a full line does.
        self.at = self.at.filter(|at| is_one_wide(cell) && at.x + 1 < self.width);
        self.at = self.at.map(|at| Position { x: at.x + 1, ..at });
    }

    fn is_ready_for(&self, cell: &Cell) -> bool {
        self.ink.is_some_and(|ink| ink.serves(cell))
    }

    fn take(&mut self, ink: Ink) {
        if self.ink == Some(ink) {
            return;
        }
        let anew = numbers(None, ink);
        let shortest = match self.ink {
            None => anew,
            Some(before) => {
                let change = numbers(Some(before), ink);
                if change.len() <= anew.len() { change } else { anew }
            }
        };
        self.say(&format!("\x1b[{shortest}m"));
        self.ink = Some(ink);
    }
}

/// Whether a cell holds several characters that wide terminals show as one: they do not agree on how
/// much room that takes.
pub fn is_cluster(cell: &Cell) -> bool {
    cell.cell_width() > 1 && cell.symbol().chars().nth(1).is_some()
}

/// The shortest way from one place to another that says how far it is, by what the oldest terminals
/// know. Nothing of it reaches beyond the edges.
fn step(at: Position, to: Position) -> String {
    let many = |by: u16, verb: char| match by {
        0 => String::new(),
        1 => format!("\x1b[{verb}"),
        by => format!("\x1b[{by}{verb}"),
    };
    let vertical = match to.y.checked_sub(at.y) {
        // No line feed past the last line, where the screen would scroll.
        Some(down @ 0..4) => "\n".repeat(usize::from(down)),
        Some(down) => many(down, 'B'),
        None => many(at.y - to.y, 'A'),
    };
    let along = match to.x.cmp(&at.x) {
        Ordering::Less if at.x - to.x < 4 => "\x08".repeat(usize::from(at.x - to.x)),
        Ordering::Less => many(at.x - to.x, 'D'),
        Ordering::Equal | Ordering::Greater => many(to.x - at.x, 'C'),
    };
    let anew = format!("\r{}", many(to.x, 'C'));
    let along = if anew.len() < along.len() { anew } else { along };
    along + &vertical
}

/// Whether every terminal takes this for one cell.
pub fn is_one_wide(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    symbol.len() == 1 || (symbol.chars().nth(1).is_none() && symbol.cell_width() == 1)
}

/// What selects an ink, after another one or after anything.
fn numbers(before: Option<Ink>, ink: Ink) -> String {
    let mut said = String::new();
    let mut add = |number: &dyn std::fmt::Display| {
        let between = if said.is_empty() { "" } else { ";" };
        // Writing into a text cannot fail.
        let _ = write!(said, "{between}{number}");
    };
    let is_plain = ink == Ink::PLAIN;
    let Some(Ink { fg, bg, modifier }) = before else {
        if is_plain {
            return said;
        }
        let mut all = numbers(Some(Ink::PLAIN), ink);
        all.insert_str(0, "0;");
        return all;
    };
    let mut kept = modifier;
    for (one, _, off) in MODIFIERS {
        if kept.contains(one) && !ink.modifier.contains(one) {
            add(&off);
            // Bold and dim are turned off together.
            kept -= MODIFIERS.iter().filter(|it| it.2 == off).map(|it| it.0).collect();
        }
    }
    for (one, on, _) in MODIFIERS {
        if ink.modifier.contains(one) && !kept.contains(one) {
            add(&on);
        }
    }
    for (color, now, base) in [(ink.fg, fg, 30), (ink.bg, bg, 40)] {
        if color != now {
            add(&number_of(color, base));
        }
    }
    said
}

/// What selects a colour; `base` is 30 for what is written, 40 for its ground.
fn number_of(color: Color, base: u8) -> String {
    match (color, named::number(color)) {
        (_, Some(at @ 0..8)) => (base + at).to_string(),
        (_, Some(at @ 8..16)) => (base + 60 + at - 8).to_string(),
        (_, Some(at)) => format!("{};5;{at}", base + 8),
        (Color::Rgb(r, g, b), None) => format!("{};2;{r};{g};{b}", base + 8),
        (_, None) => (base + 9).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    fn cell(symbol: &str, style: Style) -> Cell {
        let mut cell = Cell::new(" ");
        cell.set_symbol(symbol).set_style(style);
        cell
    }

    fn put(pen: &mut Pen, at: Position, cell: &Cell, line: &[Cell]) {
        pen.put(at, (cell, Ink::of(cell)), line);
    }

    #[test]
    fn inks_change_by_the_fewest_numbers() {
        let plain = Style::new();
        let cases = [
            (plain, plain.bold(), "1"),
            (plain.bold(), plain, ""),
            (plain.bold().red(), plain.red(), "22"),
            (plain.bold().dim(), plain.bold(), "0;1"),
            (plain.light_cyan(), plain.light_red().bold(), "1;91"),
            (plain.fg(Color::Indexed(244)), plain.fg(Color::Indexed(9)), "91"),
            (plain.bg(Color::Indexed(238)).bold(), plain.bg(Color::Indexed(238)), "22"),
            (plain.fg(Color::Rgb(1, 2, 3)), plain.on_white(), "0;107"),
        ];
        for (before, after, expected) in cases {
            let mut pen = Pen::new(80);
            put(&mut pen, Position::ORIGIN, &cell("a", before), &[]);
            let begun = pen.out.len();
            put(&mut pen, Position::new(1, 0), &cell("b", after), &[]);
            let said = String::from_utf8(pen.out[begun..].to_vec()).unwrap();
            let wanted = format!("\x1b[{expected}mb");
            assert_eq!(said, wanted, "{before:?} {after:?}");
        }
    }

    #[test]
    fn the_pen_goes_the_shortest_way() {
        let line: Vec<Cell> =
            "abcdefghijkl".chars().map(|c| cell(&c.to_string(), Style::new())).collect();
        let at = Position::new;
        let cases = [
            (at(1, 0), ""),
            (at(2, 0), "b"),
            (at(4, 0), "bcd"),
            (at(9, 0), "\x1b[8C"),
            (at(0, 1), "\x08\n"),
            (at(1, 2), "\n\n"),
            (at(9, 1), "\x1b[8C\n"),
            (at(0, 0), "\x08"),
            (at(3, 7), "\x1b[8;4H"),
        ];
        for (to, expected) in cases {
            let mut pen = Pen::new(80);
            put(&mut pen, at(0, 0), &cell("a", Style::new()), &line);
            let begun = pen.out.len();
            pen.go(to, &line);
            assert_eq!(String::from_utf8_lossy(&pen.out[begun..]), expected, "{to}");
        }
    }

    /// After a wide character, a cluster, or the last column nobody knows where the pen is.
    #[test]
    fn it_says_where_it_goes_after_what_terminals_do_not_agree_on() {
        for symbol in ["日", "e\u{301}", "👩‍👩‍👧", "\u{200b}"] {
            let mut pen = Pen::new(80);
            put(&mut pen, Position::ORIGIN, &cell(symbol, Style::new()), &[]);
            assert_eq!(pen.at, None, "{symbol:?}");
        }
        let mut pen = Pen::new(1);
        put(&mut pen, Position::ORIGIN, &cell("a", Style::new()), &[]);
        assert_eq!(pen.at, None);
    }
}
