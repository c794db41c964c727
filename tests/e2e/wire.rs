//! What goes over the line: how much, and what becomes of it when the line stands still.

use std::fs::File;
use std::io::Write;
use std::num::NonZeroU16;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use vt100::Parser;

use super::bare::{Bare, start};
use super::stage::{self, TRAILTOP, becomes, record};

/// What the program may hold, and what it may take in the end, its own code and stacks included, in KiB.
const MEMORY: &str = "64MB";
const RESIDENT: u64 = (64 + 150) * 1_024;
/// After so long without a byte a screen is as it will be.
const QUIET: Duration = Duration::from_millis(400);

/// A terminal that shows what a program sends.
pub(super) fn screen((cols, rows): (u16, u16)) -> Parser {
    Parser::new(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(cols).unwrap(), 0)
}

/// Reads until the screen says this; how many bytes that took.
#[track_caller]
fn see(bare: &mut Bare, screen: &mut Parser, text: &str) -> usize {
    let mut bytes = 0;
    while !screen.screen().contents().contains(text) {
        let got = bare.read_for(stage::DEADLINE);
        assert!(!got.is_empty(), "no {text:?} on\n{}", screen.screen().contents());
        screen.process(&got);
        bytes += got.len();
    }
    bytes
}

/// What every cell shows: of a blank, its ground.
fn cells(screen: &Parser) -> Vec<String> {
    let screen = screen.screen();
    let (rows, cols) = screen.size();
    let shown = |row, col| {
        let cell = screen.cell(row, col)?;
        let text = Some(cell.contents().trim()).filter(|text| !text.is_empty());
        let face = text.map(|text| (text, cell.fgcolor(), cell.bold(), cell.dim(), cell.italic()));
        Some(format!("{face:?} {:?} {} {}", cell.bgcolor(), cell.inverse(), cell.underline()))
    };
    let all = (0..rows.get()).flat_map(|row| (0..cols.get()).map(move |col| (row, col)));
    all.map(|(row, col)| shown(row, col).unwrap_or_default()).collect()
}

fn end(mut bare: Bare) {
    bare.press("q");
    let gone = becomes(|| {
        bare.read_for(Duration::from_millis(10));
        bare.child.try_wait().unwrap().is_some()
    });
    if !gone {
        bare.child.kill().unwrap();
    }
    assert_eq!(bare.child.wait().unwrap().code(), Some(0));
}

/// The time of the n-th event.
fn at(second: usize) -> String {
    format!("2026-01-05T{:02}:{:02}:{:02}Z", 10 + second / 3600, second / 60 % 60, second % 60)
}

/// A file of events, and the program that follows it, all of it read.
fn following(size: (u16, u16), first: usize) -> (tempfile::TempDir, File, Bare, Parser) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut file = File::create(&path).unwrap();
    for second in 0..first {
        writeln!(file, "{}", record(&format!("Event{second:05}"), &at(second))).unwrap();
    }
    let words = [TRAILTOP, path.to_str().unwrap(), "--follow", "--fps", "60", "--memory", MEMORY];
    let mut bare = start(&words, size);
    let mut screen = screen(size);
    see(&mut bare, &mut screen, &format!("Event{:05}", first - 1));
    screen.process(&bare.drain(QUIET));
    (folder, file, bare, screen)
}

/// A row that comes costs a row, the counts beside it and the details below: not a screen. Without
/// the terminal's help it was 2.7, 4.5 and 8.6 KB.
#[test]
fn a_row_that_arrives_costs_few_bytes() {
    const ROWS: usize = 12;
    let _turn = stage::turn();
    for (size, most) in [((80, 24), 500), ((120, 35), 1_500), ((200, 50), 2_400)] {
        let (_folder, mut file, mut bare, mut screen) = following(size, 300);
        let mut bytes = 0;
        for second in 300..300 + ROWS {
            let name = format!("Event{second:05}");
            writeln!(file, "{}", record(&name, &at(second))).unwrap();
            bytes += see(&mut bare, &mut screen, &name);
            let rest = bare.drain(QUIET);
            screen.process(&rest);
            bytes += rest.len();
        }
        assert!(bytes < ROWS * most, "{size:?}: {} bytes a row", bytes / ROWS);
        end(bare);
    }
}

/// After hundreds of frames by halves the screen is what one frame alone would show.
#[test]
fn a_screen_that_scrolled_is_the_screen_drawn_anew() {
    let _turn = stage::turn();
    let size = (120, 35);
    let (_folder, mut file, mut bare, mut screen) = following(size, 60);
    for (at_once, second) in [1, 2, 3, 5, 9, 17, 40].into_iter().zip((100..).step_by(100)) {
        let lines = second..second + at_once;
        let text: String =
            lines.map(|second| record(&format!("Event{second:05}"), &at(second)) + "\n").collect();
        file.write_all(text.as_bytes()).unwrap();
        see(&mut bare, &mut screen, &format!("Event{:05}", second + at_once - 1));
        for keys in ["", "kkk", "\x1b[5~", "kk\x1b[6~", "G"] {
            bare.press(keys);
            screen.process(&bare.drain(QUIET));
        }
    }
    let before = cells(&screen);
    // The same size once more makes it draw everything.
    kill_process(pid(&bare), Signal::WINCH).unwrap();
    let anew = bare.drain(QUIET);
    assert!(String::from_utf8_lossy(&anew).contains("\x1b[2J"), "not drawn anew");
    screen.process(&anew);
    assert_eq!(cells(&screen), before);
    end(bare);
}

fn pid(bare: &Bare) -> Pid {
    Pid::from_raw(bare.child.id().cast_signed()).unwrap()
}

/// A line that takes nothing for a while: what arrives is taken in, nothing heaps up, and once the
/// line moves again the newest rows are there.
#[test]
fn a_frozen_terminal_holds_up_nothing() {
    const EVENTS: usize = 20_000;
    let _turn = stage::turn();
    let size = (200, 50);
    let (_folder, mut file, mut bare, mut screen) = following(size, 10);
    // Frames are asked for and nobody reads, until the terminal's queue is full.
    let pid = bare.child.id();
    let stuck = becomes(|| {
        bare.press("?");
        stage::is_stuck(pid)
    });
    assert!(stuck, "it never filled the terminal's queue");
    let mut text = String::new();
    for second in 10..EVENTS {
        text += &record(&format!("Event{second:05}"), &at(second));
        text.push('\n');
    }
    let all = bytes_read(pid).unwrap() + text.len();
    file.write_all(text.as_bytes()).unwrap();
    assert!(becomes(|| bytes_read(pid).unwrap() >= all), "what arrived was not read");
    // Frames of rows that are still coming in would be counted as well.
    assert!(comes_to_rest(pid), "it never came to rest");
    assert!(resident(pid).unwrap() < RESIDENT, "{:?} KiB are held", resident(pid));
    // Whatever else it was asked for meanwhile adds nothing to what waits.
    for _ in 0..200 {
        bare.press("?");
    }
    bare.press("\x1b\x1b");
    let late = bare.drain(QUIET);
    screen.process(&late);
    let newest = format!("Event{:05}", EVENTS - 1);
    let more = see(&mut bare, &mut screen, &newest) + late.len();
    assert!(more < 200_000, "{more} bytes had heaped up");
    end(bare);
}

/// Waits until a process has nothing left to do: its processor time stands still for many looks.
fn comes_to_rest(pid: u32) -> bool {
    const LOOKS: usize = 100;
    let (mut last, mut same) = (None, 0);
    becomes(|| {
        let now = ticks(pid);
        same = if now == last { same + 1 } else { 0 };
        last = now;
        same == LOOKS
    })
}

/// Processor time that a process has used, in ticks.
fn ticks(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before may hold anything, blanks and brackets too.
    let (_, after) = stat.rsplit_once(')')?;
    let times: Vec<u64> = after.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    (times.len() == 2).then(|| times.iter().sum())
}

/// Memory that a process has, in KiB.
fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Bytes that a process has read so far, from wherever.
fn bytes_read(pid: u32) -> Option<usize> {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    io.lines().find_map(|line| line.strip_prefix("rchar: "))?.parse().ok()
}

/// Ctrl-C is a key like any other: it ends a program whose terminal takes nothing.
#[test]
fn ctrl_c_ends_it_where_nothing_is_taken() {
    let _turn = stage::turn();
    let mut bare = start(&[TRAILTOP, "demo:seed=7,rate=2000", "--fps", "60"], (250, 60));
    bare.read_until("FOLLOW");
    let pid = bare.child.id();
    assert!(becomes(|| stage::is_stuck(pid)), "it never filled the terminal's queue");
    bare.press("\x03");
    let mut status = None;
    let gone = becomes(|| {
        status = bare.child.try_wait().unwrap();
        status.is_some()
    });
    if !gone {
        bare.child.kill().unwrap();
    }
    assert_eq!(status.and_then(|status| status.code()), Some(0));
}

/// A window that is dragged about: a thousand sizes, then the screen is right and not much was sent
/// for those in between.
#[test]
fn a_storm_of_sizes() {
    let _turn = stage::turn();
    let mut bare =
        start(&[TRAILTOP, "demo:seed=7,events=300", "--now", "2026-11-22T12:00:00Z"], (80, 24));
    let mut first = screen((80, 24));
    see(&mut bare, &mut first, "268 of 300");
    let mut random = 7_u32;
    for _ in 0..1_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bare.resize(((random >> 8) as u16 % 300 + 1, (random >> 20) as u16 % 100 + 1));
        // Whoever drags a window also reads what is drawn.
        bare.read_for(Duration::ZERO);
    }
    bare.drain(QUIET);
    let mut screen = screen((100, 30));
    bare.resize((100, 30));
    see(&mut bare, &mut screen, "268 of 300");
    screen.process(&bare.drain(QUIET));
    let text = screen.screen().contents();
    assert!(text.trim_start().starts_with("trailtop") && text.contains("? all keys"), "{text}");
    end(bare);
}
