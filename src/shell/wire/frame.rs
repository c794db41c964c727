//! One frame: the bytes that take a terminal from what it shows to what it is to show, inside a
//! synchronized update. Where a list scrolled, the terminal is told so if that is shorter.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, Cell, CellWidth as _};
use ratatui::layout::{Position, Rect};

use crate::shell::wire::pen::{Ink, Pen, is_cluster, is_erased, is_one_wide, is_same};
use crate::shell::wire::scroll::Scroll;
use crate::shell::wire::slide::Slide;

/// Nothing of the frame is seen before all of it is there, where the terminal knows how.
const BEGIN: &str = "\x1b[?2026h";
/// The end of a frame.
pub const END: &str = "\x1b[?2026l";
/// Fewer bytes are not worth looking for what scrolled.
const SHORT: usize = 400;
/// Fewer blanks are as cheap to write as the end of the line is to erase.
const BLANKS: usize = 4;

/// What a terminal shows, as far as it was told.
#[derive(Debug)]
pub struct Wire {
    shown: Buffer,
    /// Whether it may show anything.
    is_unknown: bool,
    cursor: Option<Position>,
}

impl Wire {
    /// A terminal of this size that may show anything.
    pub fn new(area: Rect) -> Self {
        Self { shown: Buffer::empty(area), is_unknown: true, cursor: None }
    }

    /// The bytes that make it show `next`, with the text cursor where one is wanted; none where it
    /// shows that already. `next` holds an older screen afterwards.
    pub fn frame(&mut self, next: &mut Buffer, cursor: Option<Position>) -> Vec<u8> {
        part(next);
        let is_unknown = self.is_unknown || self.shown.area != next.area;
        if is_unknown {
            self.shown = Buffer::empty(next.area);
        }
        let mut body = written(&self.shown, next, None);
        if body.len() > SHORT && !is_unknown {
            let scrolled = Scroll::between(&self.shown, next).map(|it| {
                let mut moved = self.shown.clone();
                it.apply(&mut moved);
                written(&moved, next, Some(it))
            });
            body = scrolled.filter(|other| other.len() < body.len()).unwrap_or(body);
        }
        let is_same = !is_unknown && body.is_empty() && cursor == self.cursor;
        std::mem::swap(&mut self.shown, next);
        if is_same {
            return vec![];
        }
        let mut frame = Vec::with_capacity(body.len() + 64);
        frame.extend_from_slice(BEGIN.as_bytes());
        if is_unknown {
            frame.extend_from_slice(b"\x1b[r\x1b[m\x1b[2J\x1b[?25l");
            self.cursor = None;
        }
        frame.append(&mut body);
        match cursor {
            Some(at) => {
                let show = if self.cursor.is_none() { "\x1b[?25h" } else { "" };
                let say = format!("\x1b[{};{}H{show}", at.y + 1, at.x + 1);
                frame.extend_from_slice(say.as_bytes());
            }
            None if self.cursor.is_some() => frame.extend_from_slice(b"\x1b[?25l"),
            None => {}
        }
        frame.extend_from_slice(END.as_bytes());
        (self.cursor, self.is_unknown) = (cursor, false);
        frame
    }

    /// What the terminal shows, where that is known.
    pub fn shown(&self) -> Option<&Buffer> {
        Some(&self.shown).filter(|_| !self.is_unknown)
    }

    /// Somebody else may have written to the terminal.
    pub fn forget(&mut self) {
        self.is_unknown = true;
    }
}

/// Takes away what a terminal would not show in its place: wide characters of which the right half
/// was drawn over, as by the edge of a popup, or is beyond the edge of the screen; and, as the last
/// door before the terminal, whatever takes no room at all or would be obeyed.
fn part(screen: &mut Buffer) {
    let width = usize::from(screen.area.width).max(1);
    for line in screen.content.chunks_mut(width) {
        for at in 0..line.len() {
            if line[at].symbol().contains(char::is_control) {
                line[at].set_symbol(" ");
            }
            let wide = usize::from(line[at].cell_width());
            let hidden = line.get(at + 1..at + wide.max(1));
            let is_covered =
                hidden.is_none_or(|cells| cells.iter().any(|cell| cell.symbol() != " "));
            if wide == 0 || is_covered {
                line[at].set_symbol(" ");
            }
        }
    }
}

/// What is written to get from one screen to the next, after a scroll or without one.
fn written(shown: &Buffer, next: &Buffer, scroll: Option<Scroll>) -> Vec<u8> {
    let width = usize::from(next.area.width).max(1);
    let lines = shown.content.chunks(width).zip(next.content.chunks(width));
    let (mut strokes, mut slides) = (vec![], vec![]);
    for ((before, line), y) in lines.zip(0..) {
        let mut before = Cow::Borrowed(before);
        if let Some(slide) = Slide::between(&before, line) {
            slide.apply(before.to_mut());
            slides.push((y, slide));
        }
        strokes.extend(Stroke::of(y, &before, line));
    }
    let drawn = |strokes: &[&Stroke<'_>]| {
        let mut pen = Pen::new(next.area.width);
        if let Some(scroll) = scroll {
            pen.wipe();
            pen.jump(&scroll.bytes());
        }
        for (y, slide) in &slides {
            slide.draw(*y, width, &mut pen);
        }
        for stroke in strokes {
            stroke.draw(&mut pen);
        }
        pen.into_bytes()
    };
    // What stands below one another often looks alike: an ink at a time may be shorter.
    let by_line: Vec<_> = strokes.iter().collect();
    let mut by_ink = by_line.clone();
    let mut inks = vec![];
    by_ink.sort_by_cached_key(|stroke| {
        inks.iter().position(|ink| *ink == stroke.ink).unwrap_or_else(|| {
            inks.push(stroke.ink);
            inks.len() - 1
        })
    });
    let (by_line, by_ink) = (drawn(&by_line), drawn(&by_ink));
    if by_ink.len() < by_line.len() { by_ink } else { by_line }
}

/// Cells of a line that are written with one ink, or all of a line that cannot be taken apart.
struct Stroke<'n> {
    ink: Ink,
    y: u16,
    /// What the line will show in the end.
    line: &'n [Cell],
    cells: Vec<(u16, &'n Cell)>,
    /// From where on the line is erased afterwards.
    erased: Option<u16>,
}

impl<'n> Stroke<'n> {
    /// What makes one line of another.
    fn of(y: u16, before: &[Cell], line: &'n [Cell]) -> Vec<Self> {
        let mut cells = changes(before, line);
        let blank = line.iter().rposition(|cell| !is_erased(cell)).map_or(0, |at| at + 1);
        let rest = cells.partition_point(|(x, _)| usize::from(*x) < blank);
        let erased = cells.get(rest).map(|(x, _)| *x).filter(|_| cells.len() - rest >= BLANKS);
        if erased.is_some() {
            cells.truncate(rest);
        }
        let mut strokes: Vec<Self> = vec![];
        // What is wide covers what stands beside it, so such a line is written from left to right.
        let is_simple = before.iter().chain(line).all(is_one_wide);
        for (x, cell) in cells {
            if !strokes.last_mut().is_some_and(|last| last.add(x, cell, is_simple)) {
                let (ink, cells) = (Ink::of(cell), vec![(x, cell)]);
                strokes.push(Self { ink, y, line, cells, erased: None });
            }
        }
        if erased.is_some() {
            match strokes.last_mut().filter(|last| !is_simple || last.ink == Ink::PLAIN) {
                Some(last) => last.erased = erased,
                None => strokes.push(Self { ink: Ink::PLAIN, y, line, cells: vec![], erased }),
            }
        }
        strokes
    }

    /// Takes a cell that can be written with the ink of those before it, or they with its own; any
    /// where the line cannot be taken apart.
    fn add(&mut self, x: u16, cell: &'n Cell, is_simple: bool) -> bool {
        let own = Ink::of(cell);
        if !self.ink.serves(cell) && self.cells.iter().all(|(_, cell)| own.serves(cell)) {
            self.ink = own;
        }
        let takes = !is_simple || self.ink.serves(cell);
        if takes {
            self.cells.push((x, cell));
        }
        takes
    }

    fn draw(&self, pen: &mut Pen) {
        for (x, cell) in &self.cells {
            let ink = if self.ink.serves(cell) { self.ink } else { Ink::of(cell) };
            pen.put(Position::new(*x, self.y), (cell, ink), self.line);
        }
        if let Some(x) = self.erased {
            pen.erase_line(Position::new(x, self.y), self.line);
        }
    }
}

/// The cells of a line that are to be written, by their columns.
fn changes<'n>(before: &[Cell], line: &'n [Cell]) -> Vec<(u16, &'n Cell)> {
    let mut changes = vec![];
    // Right halves of characters whose left one was written over may look like anything.
    let (mut at, mut torn) = (0, 0);
    while let (Some(cell), Some(was)) = (line.get(at), before.get(at)) {
        let wide = usize::from(cell.cell_width()).max(1);
        if at < torn || !is_same(was, cell) {
            changes.push((at as u16, cell));
            if is_cluster(cell) {
                // Some terminals draw its parts one beside the other, over what follows.
                torn = line.len();
            }
            let halves = (at..at + wide).zip(before.iter().skip(at));
            let ends = halves.map(|(at, was)| at + usize::from(was.cell_width()));
            torn = ends.filter(|end| *end > at + wide).fold(torn, usize::max);
        }
        at += wide;
    }
    changes
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
