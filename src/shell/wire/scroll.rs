//! Whether a part of the screen went up or down as a whole, as a list does that is followed: a
//! terminal does that by itself for a few bytes.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;
use ratatui::buffer::{Buffer, Cell};

/// Fewer lines are as cheap to write again.
const LEAST: usize = 2;
/// Cells of a row that may say how long ago it was: they change while it moves.
const TIMES: usize = 10;

/// Lines that went up or down together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scroll {
    /// The first line, from 0.
    pub top: u16,
    /// The last line.
    pub last: u16,
    /// By how many lines; never 0 nor more than there are.
    pub by: u16,
    /// Whether they went up.
    pub up: bool,
}

impl Scroll {
    /// What moved most from one screen to the next of the same size.
    pub fn between(shown: &Buffer, next: &Buffer) -> Option<Self> {
        let width = usize::from(next.area.width);
        if width == 0 || shown.area != next.area {
            return None;
        }
        let moved = |from| Self::of((marks(shown, width, from), marks(next, width, from)));
        moved(0).or_else(|| moved(TIMES))
    }

    fn of((before, after): (Vec<u64>, Vec<u64>)) -> Option<Self> {
        let places = places(&before);
        let news = places_of_unique(&after);
        let mut moved: HashMap<isize, Vec<usize>> = HashMap::new();
        for (mark, at) in news {
            let Some(Some(from)) = places.get(&mark).copied() else { continue };
            let by = from.cast_signed() - at.cast_signed();
            if by != 0 {
                moved.entry(by).or_default().push(at);
            }
        }
        // The shortest way wins where two are as good.
        let best = moved.into_iter().max_by_key(|(by, rows)| (rows.len(), -by.abs(), *by));
        let (by, rows) = best.filter(|(_, rows)| rows.len() >= LEAST)?;
        let (first, last) = (*rows.iter().min()?, *rows.iter().max()?);
        let (top, last) = match by > 0 {
            true => (first, last + by.unsigned_abs()),
            false => (first - by.unsigned_abs(), last),
        };
        let small = |number: usize| u16::try_from(number).ok();
        Some(Self {
            top: small(top)?,
            last: small(last)?,
            by: small(by.unsigned_abs())?,
            up: by > 0,
        })
    }

    /// Does to a screen what the terminal will do.
    pub fn apply(self, screen: &mut Buffer) {
        let width = usize::from(screen.area.width);
        let (top, end) = (usize::from(self.top) * width, (usize::from(self.last) + 1) * width);
        let Some(lines) = screen.content.get_mut(top..end) else { return };
        let by = (usize::from(self.by) * width).min(lines.len());
        let emptied = if self.up {
            lines.rotate_left(by);
            let kept = lines.len() - by;
            &mut lines[kept..]
        } else {
            lines.rotate_right(by);
            &mut lines[..by]
        };
        emptied.fill(Cell::EMPTY);
    }

    /// What makes a terminal do it: the region, then lines taken away or put in at its top. `S` and
    /// `T` would be shorter; the Linux console has never known them. The cursor may be anywhere
    /// afterwards, and the region is the whole screen again.
    pub fn bytes(self) -> String {
        let (top, last) = (self.top + 1, self.last + 1);
        let by = if self.by == 1 { String::new() } else { self.by.to_string() };
        let verb = if self.up { 'M' } else { 'L' };
        format!("\x1b[{top};{last}r\x1b[{top}H\x1b[{by}{verb}\x1b[r")
    }
}

/// A line by what is written in its left half from a cell on, whatever the colours: what stands at
/// the right may be another pane. 0 is a blank one.
fn marks(screen: &Buffer, width: usize, from: usize) -> Vec<u64> {
    let lines = screen.content.chunks(width);
    let mark = |line: &[Cell]| {
        let half = line.get(from..line.len().div_ceil(2)).unwrap_or_default();
        if half.iter().all(|cell| cell.symbol() == " ") {
            return 0;
        }
        let mut hasher = FixedState::default().build_hasher();
        for cell in half {
            hasher.write(cell.symbol().as_bytes());
        }
        hasher.finish()
    };
    lines.map(mark).collect()
}

/// Where each mark stands; `None` where it is not alone.
fn places(marks: &[u64]) -> HashMap<u64, Option<usize>> {
    let mut places = HashMap::new();
    for (at, mark) in marks.iter().enumerate().filter(|(_, mark)| **mark != 0) {
        places.entry(*mark).and_modify(|place| *place = None).or_insert(Some(at));
    }
    places
}

fn places_of_unique(marks: &[u64]) -> impl Iterator<Item = (u64, usize)> {
    places(marks).into_iter().filter_map(|(mark, at)| Some((mark, at?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(shown: &[&str], next: &[&str]) -> Option<(u16, u16, u16, bool)> {
        let buffer =
            |lines: &[&str]| Buffer::with_lines(lines.iter().map(|line| format!("{line:8}")));
        Scroll::between(&buffer(shown), &buffer(next)).map(|it| (it.top, it.last, it.by, it.up))
    }

    #[test]
    fn what_moved_together_is_found() {
        let cases: &[(&[&str], &[&str], _)] = &[
            (&["h", "a", "b", "c", "f"], &["h", "b", "c", "d", "f"], Some((1, 3, 1, true))),
            (&["h", "b", "c", "d", "f"], &["h", "a", "b", "c", "f"], Some((1, 3, 1, false))),
            (&["a", "b", "c", "d"], &["c", "d", "e", "f"], Some((0, 3, 2, true))),
            // A line that changed on its way moves all the same.
            (&["a", "b", "c", "d"], &["b", "x", "d", "e"], Some((0, 3, 1, true))),
            (&["a", "b", "c"], &["a", "b", "c"], None),
            (&["a", "b", "c"], &["x", "y", "z"], None),
            // Lines that look alike, and blank ones, do not tell.
            (&["", "a", "a", ""], &["a", "", "", "a"], None),
            (&["a", "b", "c"], &["c", "x", "y"], None),
        ];
        for (shown, next, expected) in cases {
            assert_eq!(found(shown, next), *expected, "{shown:?} {next:?}");
        }
    }

    #[test]
    fn the_right_half_may_be_another_pane() {
        let (shown, next) = (["aaaa 1", "bbbb 2", "cccc 3"], ["bbbb 1", "cccc 2", "dddd 3"]);
        assert_eq!(found(&shown, &next), Some((0, 2, 1, true)));
    }

    #[test]
    fn what_says_how_long_ago_it_was_changes_on_its_way() {
        let row = |age: &str, what: &str| format!("{age:>9} {what:30}");
        let rows =
            |all: [(&str, &str); 3]| Buffer::with_lines(all.map(|(age, what)| row(age, what)));
        let shown = rows([("9s", "GetUser"), ("4s", "GetRole"), ("1s", "GetKey")]);
        let next = rows([("5s", "GetRole"), ("2s", "GetKey"), ("0s", "GetMore")]);
        let expected = Scroll { top: 0, last: 2, by: 1, up: true };
        assert_eq!(Scroll::between(&shown, &next), Some(expected));
        let older = rows([("10s", "GetUser"), ("5s", "GetRole"), ("2s", "GetKey")]);
        assert_eq!(Scroll::between(&shown, &older), None);
    }

    #[test]
    fn a_screen_scrolls_as_a_terminal_does() {
        for (up, expected) in [(true, ["a", "c", " ", "d"]), (false, ["a", " ", "b", "d"])] {
            let mut screen = Buffer::with_lines(["a", "b", "c", "d"]);
            Scroll { top: 1, last: 2, by: 1, up }.apply(&mut screen);
            assert_eq!(screen, Buffer::with_lines(expected));
        }
    }
}
