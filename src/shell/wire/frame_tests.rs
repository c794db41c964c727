//! Frames on a terminal: whatever was shown before, it shows what a plain drawing of the whole screen
//! by ratatui's own backend would.

use std::num::NonZeroU16;

use proptest::prelude::*;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::crossterm::style::force_color_output;
use ratatui::style::{Color, Modifier, Style};
use vt100::Parser;

use super::*;

fn terminal(area: Rect) -> Parser {
    let size = |cells| NonZeroU16::new(cells).unwrap();
    Parser::new(size(area.height), size(area.width), 0)
}

/// What is seen of a cell: of a blank, its ground.
fn seen(terminal: &Parser, area: Rect) -> Vec<String> {
    let cell = |x, y| {
        let Some(cell) = terminal.screen().cell(y, x) else { return "none".to_owned() };
        let text = cell.contents();
        let (fg, bg) = (cell.fgcolor(), cell.bgcolor());
        let marks = (cell.inverse(), cell.underline());
        if matches!(text, "" | " ") {
            let fg = if marks == (false, false) { vt100::Color::Default } else { fg };
            return format!("{fg:?} {bg:?} {marks:?} {}", cell.is_wide_continuation());
        }
        let face = (cell.bold(), cell.dim(), cell.italic());
        format!("{text} {fg:?} {bg:?} {marks:?} {face:?}")
    };
    (0..area.height).flat_map(|y| (0..area.width).map(move |x| cell(x, y))).collect()
}

/// The screen as ratatui draws it on an empty terminal.
fn plain(screen: &Buffer) -> Parser {
    force_color_output(true);
    let mut bytes = vec![];
    let empty = Buffer::empty(screen.area);
    CrosstermBackend::new(&mut bytes).draw(empty.diff(screen).into_iter()).unwrap();
    let mut terminal = terminal(screen.area);
    terminal.process(&bytes);
    terminal
}

/// Shows screens one after the other; each must look as if it were drawn alone.
fn shows(screens: &[Buffer]) -> usize {
    let area = screens[0].area;
    let (mut wire, mut terminal, mut sent) = (Wire::new(area), terminal(area), 0);
    // What somebody else left behind.
    terminal.process(b"\x1b[5;9Hleft\x1b[2;3r\x1b[41m");
    for (at, screen) in screens.iter().enumerate() {
        let area = screen.area;
        let size = |cells| NonZeroU16::new(cells).unwrap();
        if terminal.screen().size() != (size(area.height), size(area.width)) {
            terminal.screen_mut().set_size(size(area.height), size(area.width));
        }
        let cursor = (at % 3 == 1).then_some(Position::new(at as u16 % area.width, 0));
        let frame = wire.frame(&mut screen.clone(), cursor);
        terminal.process(&frame);
        sent = frame.len();
        let mut whole = screen.clone();
        part(&mut whole);
        let (now, wanted) = (seen(&terminal, area), seen(&plain(&whole), area));
        let wrong = now.iter().zip(&wanted).position(|(now, wanted)| now != wanted);
        assert_eq!(
            wrong.map(|at| (
                at % usize::from(area.width),
                at / usize::from(area.width),
                &now[at],
                &wanted[at]
            )),
            None,
            "frame {at} {:?}",
            String::from_utf8_lossy(&frame)
        );
        assert_eq!(terminal.screen().hide_cursor(), cursor.is_none());
        if let Some(cursor) = cursor {
            assert_eq!(terminal.screen().cursor_position(), (cursor.y, cursor.x));
        }
    }
    sent
}

const SYMBOLS: [&str; 19] = [
    " ",
    " ",
    " ",
    "a",
    "b",
    "c",
    "x",
    "─",
    "│",
    "█",
    "é",
    "日",
    "語",
    "e\u{301}",
    "日\u{301}",
    "ｶ",
    "\u{200b}",
    "\u{202e}",
    "\x1b[31m",
];
const COLORS: [Color; 9] = [
    Color::Reset,
    Color::Reset,
    Color::Reset,
    Color::LightRed,
    Color::Green,
    Color::Indexed(238),
    Color::Indexed(9),
    Color::Rgb(1, 2, 3),
    Color::White,
];
const FACES: [Modifier; 6] = [
    Modifier::empty(),
    Modifier::empty(),
    Modifier::BOLD,
    Modifier::REVERSED,
    Modifier::UNDERLINED,
    Modifier::DIM.union(Modifier::ITALIC),
];

/// A piece of text somewhere on the screen.
#[derive(Debug, Clone)]
struct Piece {
    at: (u16, u16),
    text: Vec<usize>,
    look: (usize, usize, usize),
}

/// What becomes of the screen from one frame to the next.
#[derive(Debug, Clone)]
enum Change {
    Write(Piece),
    Move {
        top: u16,
        last: u16,
        by: u16,
        up: bool,
    },
    Ground(u16, usize),
    /// Bars in a row, different ones by the number.
    Bars(u16, usize),
    /// A part of a row goes to the left, or to the right.
    Slide {
        row: u16,
        from: usize,
        end: usize,
        by: usize,
        left: bool,
    },
    /// A cell that nobody made safe.
    Raw(u16, u16, usize),
    Wipe,
}

/// What no pane draws, and no terminal must see.
const RAW: [&str; 8] =
    ["\x1b[2J", "\x1b]0;t\x07", "\n", "\r", "\u{9b}2J", "\u{301}", "\u{200d}", ""];

fn piece() -> impl Strategy<Value = Piece> {
    let text = prop::collection::vec(0..SYMBOLS.len(), 1..20);
    let look = (0..COLORS.len(), 0..COLORS.len(), 0..FACES.len());
    ((0..30u16, 0..12u16), text, look).prop_map(|(at, text, look)| Piece { at, text, look })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        8 => piece().prop_map(Change::Write),
        4 => (0..12u16, 0..12u16, 1..4u16, any::<bool>())
            .prop_map(|(top, last, by, up)| Change::Move { top, last, by, up }),
        1 => (0..12u16, 0..COLORS.len()).prop_map(|(row, color)| Change::Ground(row, color)),
        3 => (0..12u16, 0..9usize).prop_map(|(row, seed)| Change::Bars(row, seed)),
        4 => (0..12u16, 0..12usize, 30..64usize, 1..5usize, any::<bool>())
            .prop_map(|(row, from, end, by, left)| Change::Slide { row, from, end, by, left }),
        1 => (0..64u16, 0..12u16, 0..RAW.len()).prop_map(|(x, y, what)| Change::Raw(x, y, what)),
        1 => Just(Change::Wipe),
    ]
}

fn make(screen: &mut Buffer, change: &Change) {
    let area = screen.area;
    match change {
        Change::Write(Piece { at: (x, y), text, look: (fg, bg, face) }) => {
            let (x, y) = (x % area.width, y % area.height);
            let text: String = text.iter().map(|at| SYMBOLS[*at]).collect();
            // Bold and dim at once are not told apart by every terminal, this one included.
            let style = Style::reset().fg(COLORS[*fg]).bg(COLORS[*bg]).add_modifier(FACES[*face]);
            screen.set_string(x, y, text, style);
        }
        Change::Move { top, last, by, up } => {
            let (a, b) = (top % area.height, last % area.height);
            let (top, last) = (a.min(b), a.max(b));
            let by = (*by).min(last - top + 1);
            Scroll { top, last, by, up: *up }.apply(screen);
        }
        Change::Ground(row, color) => {
            let row = Rect { y: row % area.height, height: 1, ..area };
            screen.set_style(row, Style::new().bg(COLORS[*color]));
        }
        Change::Bars(row, seed) => {
            let bars: Vec<char> = " ▁▂▃▄▅▆▇█".chars().collect();
            let bar = |at: usize| bars[(at * at + at / 3 + seed) % bars.len()];
            let text: String = (0..usize::from(area.width)).map(bar).collect();
            screen.set_string(0, row % area.height, text, Style::reset().fg(COLORS[seed % 9]));
        }
        Change::Slide { row, from, end, by, left } => {
            let start = usize::from(row % area.height) * usize::from(area.width);
            let end = *end.min(&usize::from(area.width));
            if let Some(part) = screen.content.get_mut(start + from..start + end) {
                let by = *by.min(&part.len());
                if *left { part.rotate_left(by) } else { part.rotate_right(by) }
            }
        }
        Change::Raw(x, y, what) => {
            screen[(x % area.width, y % area.height)].set_symbol(RAW[*what]);
        }
        Change::Wipe => screen.reset(),
    }
}

/// Screens of all kinds, from a cell to one that has room for what slides.
fn size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![
        3 => Just((30, 12)),
        3 => Just((64, 6)),
        1 => Just((2, 3)),
        1 => Just((17, 1)),
        1 => Just((1, 9)),
        1 => (1..64u16, 1..12u16),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_frame_is_what_a_plain_drawing_gives(
        mut size in size(),
        frames in prop::collection::vec(
            (prop::option::weighted(0.2, size()), prop::collection::vec(change(), 1..12)),
            1..9,
        ),
    ) {
        let mut screen = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        let screens: Vec<Buffer> = frames
            .iter()
            .map(|(other, changes)| {
                if let Some(other) = other.filter(|other| *other != size) {
                    size = other;
                    screen.resize(Rect::new(0, 0, size.0, size.1));
                }
                for change in changes {
                    make(&mut screen, change);
                }
                screen.clone()
            })
            .collect();
        shows(&screens);
    }
}

fn list(first: usize, width: u16, rows: u16) -> Buffer {
    let lines = (first..first + usize::from(rows)).map(|at| {
        let text = format!(" 12:00:{at:02} ~ PutEventSelectors{at} bert-jan trail-{at} ok");
        format!("{text:0$.0$}", usize::from(width))
    });
    Buffer::with_lines(lines)
}

#[test]
fn an_edge_over_half_a_character_is_seen() {
    let mut screen = Buffer::with_lines(["日本語 日本語"]);
    screen.set_string(3, 0, "│", Style::new());
    screen.set_string(12, 0, "語", Style::new());
    shows(&[Buffer::with_lines(["日本語 日本語"]), screen.clone()]);
    part(&mut screen);
    assert_eq!(screen.content[2].symbol(), " ");
}

/// Several characters that are shown as one, or one beside the other: what stands after them is seen
/// in any case, and nothing of theirs is left when they go. (This terminal does not join them.)
#[test]
fn what_terminals_do_not_join_covers_nothing() {
    let area = Rect::new(0, 0, 40, 2);
    let screen = |text: &str| {
        let mut screen = Buffer::empty(area);
        screen.set_string(0, 0, text, Style::new());
        screen.set_string(30, 0, "the end", Style::new());
        screen
    };
    for cluster in ["👩\u{200d}👩\u{200d}👧", "⚠\u{fe0f}", "🇩🇪", "👍🏽", "日\u{301}"]
    {
        let (mut wire, mut terminal) = (Wire::new(area), terminal(area));
        terminal.process(&wire.frame(&mut screen("ab cd ef gh ij"), None));
        terminal.process(&wire.frame(&mut screen(&format!("{cluster} cd ef gh ij")), None));
        let line = terminal.screen().rows(0, 40).next().unwrap();
        assert!(
            line.contains("cd ef gh ij") && line.trim_end().ends_with("the end"),
            "{cluster}: {line:?}"
        );
        terminal.process(&wire.frame(&mut screen("ab cd ef gh ij"), None));
        let wanted = seen(&plain(&screen("ab cd ef gh ij")), area);
        assert_eq!(seen(&terminal, area), wanted, "{cluster}");
    }
}

/// Whatever a cell holds, the terminal gets our own sequences alone.
#[test]
fn nothing_raw_gets_through() {
    let mut screen = Buffer::empty(Rect::new(0, 0, 20, RAW.len() as u16));
    for (raw, y) in RAW.into_iter().zip(0..) {
        screen[(3, y)].set_symbol(raw);
    }
    let frame = Wire::new(screen.area).frame(&mut screen, None);
    let wanted = "\x1b[?2026h\x1b[r\x1b[m\x1b[2J\x1b[?25l\x1b[?2026l";
    assert_eq!(String::from_utf8_lossy(&frame), wanted);
}

/// A list of 30 lines that is followed costs a line a line, not a screen.
#[test]
fn a_line_that_comes_costs_a_line() {
    for by in 1..4 {
        let sent = shows(&[list(10, 120, 30), list(10 + by, 120, 30)]);
        assert!(sent < 60 + 70 * by, "{by} lines: {sent} bytes");
        let back = shows(&[list(10 + by, 120, 30), list(10, 120, 30)]);
        assert!(back < 60 + 70 * by, "{by} lines back: {back} bytes");
    }
}

#[test]
fn nothing_is_sent_where_nothing_changed() {
    let mut wire = Wire::new(Rect::new(0, 0, 120, 30));
    assert!(!wire.frame(&mut list(1, 120, 30), None).is_empty());
    assert_eq!(wire.frame(&mut list(1, 120, 30), None), b"");
    let moved = wire.frame(&mut list(1, 120, 30), Some(Position::new(3, 0)));
    assert_eq!(String::from_utf8_lossy(&moved), "\x1b[?2026h\x1b[1;4H\x1b[?25h\x1b[?2026l");
    wire.forget();
    let anew = wire.frame(&mut list(1, 120, 30), None);
    assert!(anew.windows(4).any(|it| it == b"\x1b[2J"), "{anew:?}");
}
