//! Text on its way to the screen. Log fields are written by attackers, so everything drawn passes
//! through [`sanitize`]: what would steer the terminal, reorder the line or hide in no width at all
//! is shown as a visible sign instead, because dropping it would hide evidence.
//!
//! All lengths are display cells as ratatui counts them, so that what fits here fits there.

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use crate::event::invisible::{is_invisible, is_selector};
use crate::ui::glyphs::Glyphs;

/// Combining marks one cell may carry; the rest are counted, not drawn.
pub const MAX_MARKS: usize = 8;

/// No cell needs more bytes than this: a base, its marks and a variation selector.
const BYTES_PER_CELL: usize = 64;

/// A stretch of text as it will be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run<'a> {
    /// Drawn as it stands.
    Plain(&'a str),
    /// A character shown by a sign.
    Sign(char),
    /// So many combining marks too many.
    Marks(usize),
}

impl fmt::Display for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Run::Plain(text) => f.write_str(text),
            Run::Sign('\n') => f.write_str("⏎"),
            Run::Sign('\t') => f.write_str("⇥"),
            Run::Sign('\u{1b}') => f.write_str("␛"),
            Run::Sign('\u{7f}') => f.write_str("␡"),
            Run::Sign(control @ '\0'..='\u{1f}') => {
                let picture = char::from_u32(0x2400 + u32::from(control));
                write!(f, "{}", picture.unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            Run::Sign(other) => write!(f, "<U+{:04X}>", u32::from(other)),
            Run::Marks(count) => write!(f, "<+{count} marks>"),
        }
    }
}

/// What a character asks for, by what stands before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Base,
    Mark,
    Selector,
    Invisible,
}

fn kind(character: char) -> Kind {
    match character {
        ' '..='~' => Kind::Base,
        '\0'..='\u{9f}' => Kind::Invisible,
        _ if is_selector(character) => Kind::Selector,
        _ if is_invisible(character) => Kind::Invisible,
        // A mark that joins what follows it would stand in a cell without its base.
        _ if character.width() == Some(0) && joins_next(character) => Kind::Invisible,
        _ if character.width() == Some(0) => Kind::Mark,
        _ => Kind::Base,
    }
}

fn joins_next(character: char) -> bool {
    is_one_grapheme(character, 'a')
}

fn is_one_grapheme(first: char, second: char) -> bool {
    [first, second].iter().collect::<String>().graphemes(true).count() == 1
}

/// Hands out the runs of a text from left to right until `emit` has enough.
fn runs<'a>(text: &'a str, emit: &mut dyn FnMut(Run<'a>) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut plain = 0;
    let mut base: Option<char> = None;
    let mut marks = 0usize;
    let mut before: Option<char> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, character)) = chars.next() {
        let keep = match kind(character) {
            Kind::Base => {
                (base, marks) = (Some(character), 0);
                true
            }
            Kind::Mark => {
                marks += 1;
                let joined = before.is_some_and(|before| is_one_grapheme(before, character));
                base.is_some() && joined && marks <= MAX_MARKS
            }
            // One selector after a symbol chooses between text and picture; any other is a flood.
            Kind::Selector => {
                let chosen = base.is_some_and(|base| !base.is_ascii()) && marks == 0;
                marks += 1;
                chosen
            }
            Kind::Invisible => false,
        };
        before = keep.then_some(character);
        if keep {
            continue;
        }
        if plain < at {
            emit(Run::Plain(&text[plain..at]))?;
        }
        let mut end = at + character.len_utf8();
        if base.is_some() && marks > MAX_MARKS && kind(character) == Kind::Mark {
            let mut extra = 1;
            while let Some((next, mark)) = chars.next_if(|&(_, c)| kind(c) == Kind::Mark) {
                extra += 1;
                end = next + mark.len_utf8();
            }
            emit(Run::Marks(extra))?;
        } else {
            emit(Run::Sign(character))?;
        }
        (base, marks) = (None, 0);
        plain = end;
    }
    if plain < text.len() {
        emit(Run::Plain(&text[plain..]))?;
    }
    ControlFlow::Continue(())
}

fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The text as it may be drawn: controls, bidi controls, zero widths, tags and floods of marks
/// replaced by visible signs. Borrowed when there was nothing to replace. Doing it twice changes
/// nothing.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if is_printable_ascii(text) {
        return Cow::Borrowed(text);
    }
    let mut out: Option<String> = None;
    let mut plain = 0;
    let _ = runs(text, &mut |run| {
        match (&mut out, run) {
            (None, Run::Plain(part)) => plain = part.len(),
            (None, _) => out = Some(format!("{}{run}", &text[..plain])),
            (Some(out), Run::Plain(part)) => out.push_str(part),
            (Some(out), _) => out.push_str(&run.to_string()),
        }
        ControlFlow::Continue(())
    });
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether nothing of the text had to be replaced. A row for which this is false deserves a badge:
/// control characters in a log field are a finding of their own.
pub fn is_clean(text: &str) -> bool {
    matches!(sanitize(text), Cow::Borrowed(_))
}

/// The cells' worth of text: each cluster with its width, never wider than two cells unless a
/// single character is.
pub fn clusters(text: &str) -> impl Iterator<Item = (&str, u16)> {
    text.graphemes(true).flat_map(|grapheme| {
        // A grapheme without end is judged by its bytes: its width does not fit a u16 and might
        // come out as none.
        let wide = grapheme.len() > BYTES_PER_CELL || cells(grapheme) > 2;
        let mut rest = grapheme;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let end = if wide { first_character(rest) } else { rest.len() };
            let (part, after) = rest.split_at(end);
            rest = after;
            Some((part, cells(part)))
        })
    })
}

/// ratatui's width of a cluster; it asserts that a lone byte is no control, so those are asked here.
fn cells(cluster: &str) -> u16 {
    match cluster.as_bytes() {
        [byte] => u16::from(!byte.is_ascii_control()),
        _ => cluster.cell_width(),
    }
}

/// The length of the first character and of what hangs on it.
fn first_character(text: &str) -> usize {
    let hangs = |&(at, character): &(usize, char)| at > 0 && kind(character) == Kind::Base;
    text.char_indices().find(hangs).map_or(text.len(), |(at, _)| at)
}

/// The cells the text takes when drawn.
pub fn width(text: &str) -> usize {
    if is_printable_ascii(text) {
        return text.len();
    }
    clusters(&sanitize(text)).map(|(_, cells)| usize::from(cells)).sum()
}

/// The longest prefix of an already safe text within `cells`, and the cells it takes.
fn prefix(text: &str, cells: usize) -> (&str, usize) {
    let (mut end, mut used) = (0, 0);
    for (cluster, width) in clusters(text) {
        if used + usize::from(width) > cells {
            break;
        }
        used += usize::from(width);
        end += cluster.len();
    }
    (&text[..end], used)
}

/// The safe form of the beginning of a text, read no further than `cells` can show, and whether
/// that was all of it.
fn head(text: &str, cells: usize) -> (Cow<'_, str>, bool) {
    let limit = (cells + 2) * BYTES_PER_CELL;
    if text.len() <= limit {
        return (sanitize(text), true);
    }
    (sanitize(&text[..text.floor_char_boundary(limit)]), false)
}

impl Glyphs {
    /// The text within `cells`, its end cut: `PutBucketLifecy…`. Safe to draw.
    pub fn cut_right(self, text: &str, cells: usize) -> Cow<'_, str> {
        let (safe, whole) = head(text, cells);
        if whole && width(&safe) <= cells {
            return safe;
        }
        if cells == 0 {
            return Cow::Borrowed("");
        }
        Cow::Owned(format!("{}{}", prefix(&safe, cells - 1).0, self.ellipsis()))
    }

    /// The text within `cells`, its beginning cut: `…ctes-trail-qyxyekjbtk`. Names differ at their
    /// tails. Safe to draw.
    pub fn cut_left(self, text: &str, cells: usize) -> Cow<'_, str> {
        let limit = (cells + 2) * BYTES_PER_CELL;
        let whole = text.len() <= limit;
        let from = if whole { 0 } else { text.ceil_char_boundary(text.len() - limit) };
        let safe = sanitize(&text[from..]);
        let total = width(&safe);
        if whole && total <= cells {
            return safe;
        }
        if cells == 0 {
            return Cow::Borrowed("");
        }
        let mut over = (total + 1).saturating_sub(cells);
        let mut start = 0;
        for (cluster, width) in clusters(&safe) {
            if over == 0 {
                break;
            }
            over = over.saturating_sub(usize::from(width));
            start += cluster.len();
        }
        Cow::Owned(format!("{}{}", self.ellipsis(), &safe[start..]))
    }

    /// The text cut at its end or filled with blanks to exactly `cells`.
    pub fn pad(self, text: &str, cells: usize) -> String {
        let mut out = self.cut_right(text, cells).into_owned();
        let missing = cells.saturating_sub(width(&out));
        out.extend(std::iter::repeat_n(' ', missing));
        out
    }

    /// Like [`Glyphs::pad`], the text at the right.
    pub fn pad_left(self, text: &str, cells: usize) -> String {
        let cut = self.cut_right(text, cells);
        let missing = cells.saturating_sub(width(&cut));
        format!("{}{cut}", " ".repeat(missing))
    }
}

/// The text in lines of at most `cells`, broken at blanks where there are any; line feeds break
/// too. Safe to draw. At most `most` lines: the last one ends in an ellipsis if there is more.
pub fn wrap(text: &str, cells: usize, most: usize, glyphs: Glyphs) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    if cells == 0 || most == 0 {
        return lines;
    }
    // More cannot be shown, and need not be read.
    let limit = (cells + 2).saturating_mul(most).saturating_mul(BYTES_PER_CELL);
    let seen = &text[..text.floor_char_boundary(limit)];
    for paragraph in seen.split('\n') {
        let safe = sanitize(paragraph.trim_end_matches('\r'));
        let mut rest = &*safe;
        loop {
            if lines.len() == most {
                let last = lines.pop().unwrap_or_default();
                lines.push(format!("{}{}", prefix(&last, cells - 1).0, glyphs.ellipsis()));
                return lines;
            }
            let line = first_line(rest, cells);
            lines.push(line.trim_end().to_owned());
            rest = &rest[line.len()..];
            while rest.starts_with(' ') && !carries_mark(rest) {
                rest = &rest[1..];
            }
            if rest.is_empty() {
                break;
            }
        }
    }
    lines
}

/// Whether the first character of a text has marks on it: a blank with marks is no place to break.
fn carries_mark(text: &str) -> bool {
    text.chars().nth(1).is_some_and(|next| kind(next) != Kind::Base)
}

/// The part of a safe text that is its first line, never empty unless the text is.
fn first_line(text: &str, cells: usize) -> &str {
    let fits = prefix(text, cells).0;
    if fits.len() == text.len() || text[fits.len()..].starts_with(' ') {
        return fits;
    }
    let mut blanks = fits.rmatch_indices(' ').map(|(at, _)| at);
    match blanks.find(|at| !carries_mark(&text[*at..])) {
        Some(blank) if blank > 0 => &fits[..=blank],
        _ if fits.is_empty() => clusters(text).next().map_or("", |(cluster, _)| cluster),
        _ => fits,
    }
}

/// One row of the screen: `cells` wide, from (x, y).
pub const fn row(x: u16, y: u16, cells: u16) -> Rect {
    Rect { x, y, width: cells, height: 1 }
}

/// A wide character whose second half is about to be drawn over leaves a blank, or the terminal
/// would skip what is drawn there.
fn cut_free(buf: &mut Buffer, x: u16, y: u16) {
    if x > buf.area.x
        && let Some(cell) = buf.cell_mut((x - 1, y))
        && cell.cell_width() > 1
    {
        cell.set_symbol(" ");
    }
}

/// Writes safe clusters from `x` on, at most up to `right`; gives the next free column.
fn write(buf: &mut Buffer, (x, y): (u16, u16), right: u16, text: &str, style: Style) -> u16 {
    if is_printable_ascii(text) {
        let shown = text.len().min(usize::from(right.saturating_sub(x)));
        for (at, x) in (0..shown).zip(x..) {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.set_symbol(&text[at..=at]).set_style(style);
            }
        }
        return x + shown as u16;
    }
    let mut x = x;
    for (cluster, cells) in clusters(text) {
        if cells == 0 {
            continue;
        }
        if right.saturating_sub(x) < cells {
            // A wide character that does not fit ends the text; what follows must not jump ahead.
            return right.max(x);
        }
        if let Some(cell) = buf.cell_mut((x, y)) {
            cell.set_symbol(cluster).set_style(style);
        }
        for hidden in x + 1..x + cells {
            if let Some(cell) = buf.cell_mut((hidden, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
        x += cells;
    }
    x
}

/// Draws a text into the first row of `area`, made safe and clipped there and to the buffer; gives
/// the column after it. Signs that stand for dangerous characters are underlined, so that the text
/// `<U+202E>` itself cannot be taken for one.
pub fn put(buf: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let shown = area.intersection(buf.area);
    if shown.is_empty() || shown.x != area.x || shown.y != area.y {
        return area.x;
    }
    cut_free(buf, shown.x, shown.y);
    let right = shown.right();
    let mut x = shown.x;
    // What cannot be seen is not read: a field may be a megabyte, and it is drawn every frame.
    let limit = ((usize::from(shown.width) + 2) * BYTES_PER_CELL).max(4096);
    let text = &text[..text.floor_char_boundary(limit)];
    let _ = runs(text, &mut |run| {
        x = match run {
            Run::Plain(part) => write(buf, (x, shown.y), right, part, style),
            Run::Sign(_) | Run::Marks(_) => {
                let loud = style.add_modifier(Modifier::UNDERLINED);
                write(buf, (x, shown.y), right, &run.to_string(), loud)
            }
        };
        if x < right { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    x
}

/// Like [`put`], with an ellipsis at the end of what did not fit.
pub fn put_cut(buf: &mut Buffer, area: Rect, text: &str, style: Style, glyphs: Glyphs) -> u16 {
    let room = area.intersection(buf.area).width;
    let (safe, whole) = head(text, usize::from(room));
    if room == 0 || (whole && width(&safe) <= usize::from(room)) {
        return put(buf, area, text, style);
    }
    // The text is drawn as it came and not as it was cut, so that its signs stay underlined.
    let x = put(buf, Rect { width: room - 1, ..area }, text, style);
    put(buf, Rect { x, width: 1, ..area }, glyphs.ellipsis(), style)
}

/// Draws texts of different styles one after another into the first row of `area`; gives the
/// column after the last.
pub fn put_all(buf: &mut Buffer, area: Rect, parts: &[(&str, Style)]) -> u16 {
    parts.iter().fold(area.x, |x, (text, style)| {
        let rest = row(x, area.y, area.right().saturating_sub(x));
        put(buf, Rect { height: area.height, ..rest }, text, *style)
    })
}

/// Draws a text at the right end of the first row of `area`, cut at its end if it is too long;
/// gives its first column.
pub fn put_right(buf: &mut Buffer, area: Rect, text: &str, style: Style, glyphs: Glyphs) -> u16 {
    let cut = glyphs.cut_right(text, usize::from(area.width));
    let cells = width(&cut) as u16;
    let x = area.right() - cells.min(area.width);
    put(buf, Rect { x, width: cells.min(area.width), ..area }, &cut, style);
    x
}

/// Blanks an area and gives it a style.
pub fn fill(buf: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buf.area);
    (area.y..area.bottom()).for_each(|y| cut_free(buf, area.x, y));
    for (x, y) in area.positions().map(|position| (position.x, position.y)) {
        if let Some(cell) = buf.cell_mut((x, y)) {
            cell.reset();
            cell.set_style(style);
        }
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
