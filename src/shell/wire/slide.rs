//! Whether a part of a line went to the left as a whole, as bars do while time passes: a terminal
//! does that by itself for a few bytes.

use ratatui::buffer::Cell;
use ratatui::layout::Position;

use crate::shell::wire::pen::{Pen, is_one_wide, is_same};

/// Fewer cells are as cheap to write again.
const LEAST: usize = 20;
/// By how many cells at most.
const MOST: usize = 4;

/// Cells of a line that went to the left together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slide {
    /// The first cell, which goes.
    from: usize,
    /// Where what stays begins.
    end: usize,
    /// By how many cells.
    by: usize,
}

impl Slide {
    /// What saves most cells between two states of a line; nothing where it is not worth it, or
    /// where a character is wider than a cell.
    pub fn between(before: &[Cell], line: &[Cell]) -> Option<Self> {
        let differ = |one: &[Cell], other: &[Cell]| {
            one.iter().zip(other).filter(|(one, other)| !is_same(one, other)).count()
        };
        let all = differ(before, line);
        if all < LEAST || !before.iter().chain(line).all(is_one_wide) {
            return None;
        }
        let slides = (1..=MOST).filter_map(|by| {
            let gone = before.get(by..)?;
            let fits =
                |at: &usize| is_same(&gone[*at], &line[*at]) && !is_same(&before[*at], &line[*at]);
            let mut right = (0..gone.len()).filter(fits);
            let from = right.next()?;
            let end = right.next_back().unwrap_or(from) + by + 1;
            let it = Self { from, end, by };
            let mut moved = before.to_vec();
            it.apply(&mut moved);
            Some((differ(&moved, line), it))
        });
        let (left, best) = slides.min_by_key(|(left, _)| *left)?;
        (left + LEAST <= all).then_some(best)
    }

    /// Does to a line what the terminal will do.
    pub fn apply(self, line: &mut [Cell]) {
        let Some(part) = line.get_mut(self.from..self.end) else { return };
        part.rotate_left(self.by);
        let kept = part.len() - self.by;
        part[kept..].fill(Cell::EMPTY);
    }

    /// Makes a terminal do it: cells are taken out in front, and as many put in before what stays.
    pub fn draw(self, y: u16, width: usize, pen: &mut Pen) {
        let to = |x: usize| Position::new(x as u16, y);
        let many = if self.by == 1 { String::new() } else { self.by.to_string() };
        pen.wipe();
        pen.go(to(self.from), &[]);
        pen.say(&format!("\x1b[{many}P"));
        if self.end < width {
            pen.go(to(self.end - self.by), &[]);
            pen.say(&format!("\x1b[{many}@"));
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;

    fn line(text: &str) -> Vec<Cell> {
        Buffer::with_lines([text]).content
    }

    #[test]
    fn what_went_to_the_left_is_found_and_what_stands_beside_it_stays() {
        let bars = "abcdefghijklmnopqrstuvwxyz0123456789";
        let slide = |from, end, by| Some(Slide { from, end, by });
        for (before, after, expected) in [
            (format!("all {bars} 7"), format!("all {}! 7", &bars[1..]), slide(4, 40, 1)),
            (format!("all {bars} 7"), format!("all {}!!! 8", &bars[3..]), slide(4, 40, 3)),
            (bars.to_owned(), format!("{}!", &bars[1..]), slide(0, 36, 1)),
            // One that changed on its way goes all the same.
            (bars.to_owned(), bars[1..].replace('k', "K") + "!", slide(0, 36, 1)),
            (bars.to_owned(), bars.to_owned(), None),
            (bars.to_owned(), bars.chars().rev().collect(), None),
            (bars[..12].to_owned(), format!("{}!", &bars[1..12]), None),
            (format!("{bars}日"), format!("{}!日", &bars[1..]), None),
        ] {
            assert_eq!(Slide::between(&line(&before), &line(&after)), expected, "{before} {after}");
        }
    }
}
