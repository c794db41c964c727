//! Terminals of many kinds, and what stands between them and us: consoles, tmux, screen.

use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use termlens::{Key, Screen};

use super::bare::{start, start_with};
use super::stage::{self, DEMO, TRAILTOP, becomes, record, start_in, terminal};

/// Every terminal that one meets gets the same screens, where it can show all signs, and is left
/// clean.
#[test]
fn every_usual_terminal() {
    let terms = ["xterm-256color", "xterm", "screen-256color", "tmux-256color", "linux", "vt100"];
    let mut first: Option<Vec<String>> = None;
    for term in terms {
        let mut stage = start_in(terminal().env("TERM", term), DEMO);
        stage.see("268 of 300");
        let mut screens = vec![];
        let mut keep = |screen: &Screen| {
            screens.push(screen.text());
        };
        stage.press("/denied");
        keep(&stage.see("19 of 300"));
        stage.key(Key::Enter);
        keep(&stage.see("all keys"));
        stage.press("\\");
        stage.see("268 of 300");
        stage.press("kkk");
        stage.key(Key::Enter);
        keep(&stage.see("explain"));
        stage.press("q?");
        keep(&stage.see("next row or line"));
        stage.press("qq");
        stage.ends(0);
        match &first {
            None => first = Some(screens),
            // Fewer signs, and arrows of two cells.
            Some(_) if matches!(term, "linux" | "vt100") => {}
            Some(first) => assert_eq!(&screens, first, "{term}"),
        }
    }
}

/// Sixteen colours by the numbers that consoles know, and nothing but ASCII.
#[test]
fn a_console_gets_sixteen_colours() {
    let _turn = stage::turn();
    let mut bare = start_with(&[&[TRAILTOP], DEMO].concat(), (120, 35), &[("TERM", "linux")]);
    let mut seen = bare.read_until("STREAM");
    seen += &String::from_utf8(bare.drain(std::time::Duration::from_secs(1))).unwrap();
    assert!(seen.is_ascii(), "{seen:?}");
    assert!(!seen.contains("38;5;") && !seen.contains("48;"), "{seen:?}");
    assert!(seen.contains("\x1b[32m") || seen.contains(";32m"), "no colour at all: {seen:?}");
    drop(bare.master);
    bare.child.wait().unwrap();
}

/// A field that holds what a terminal might do.
const EVIL: &str = "\\u001b[31mred\\u001b]0;title\\u0007\\u001b]52;c;aGk=\\u0007\\u009b2J\\u0090q\\u001b\\\\\\r\\n\\u202eevil\\u0000\\u007f";

/// Whatever stands in the fields, the terminal gets our own sequences alone.
#[test]
fn no_field_reaches_the_terminal_as_it_is() {
    let _turn = stage::turn();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evil.ndjson");
    let plain = record("PutObject", "2026-01-05T10:00:00Z");
    let words = [
        "1.11",
        "IAMUser",
        "AIDAEXAMPLE",
        "user/alice",
        "alice",
        "s3.amazonaws.com",
        "PutObject",
        "eu-west-1",
        "203.0.113.7",
        "aws-cli/2.15",
        "logs-PutObject",
        "r-PutObject",
        "AwsApiCall",
    ];
    let evil = |(at, word): (usize, &&str)| {
        plain.replacen(word, &format!("{word}{EVIL}"), 1).replace("id-Put", &format!("id-{at}"))
    };
    let lines: Vec<String> = words.iter().enumerate().map(evil).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let mut bare = start(&[TRAILTOP, path.to_str().unwrap()], (120, 35));
    let mut seen = bare.read_until("all keys").into_bytes();
    for keys in [
        "7", "k", "k", "\r", "J", "q", "p", "\x1b", "L", "\x1b", "K", "\x1b", "T", "\x1b", "D",
        "\x1b", "S", "\x1b", "!", "\x1b", "s", "\x1b", "z", "~", "\x1b", "/evil\r", "k", "k", "k",
        "\r",
    ] {
        bare.press(keys);
        seen.extend(bare.drain(std::time::Duration::from_millis(300)));
    }
    let text = String::from_utf8(seen).unwrap();
    assert!(text.contains("evil"), "it was never shown: {text:?}");
    let is_strange = |c: char| c.is_control() && !matches!(c, '\x1b' | '\r' | '\n' | '\x08');
    assert_eq!(text.chars().find(|c| is_strange(*c) || *c == '\u{202e}'), None, "{text:?}");
    for sequence in text.split('\x1b').skip(1) {
        let end = sequence.find(|c: char| !matches!(c, '[' | '?' | ';' | '0'..='9'));
        let last = end.and_then(|end| sequence[end..].chars().next()).unwrap_or_default();
        let is_ours = sequence.starts_with('[') && "ABCDHmKJrMLP@hl".contains(last);
        assert!(is_ours, "{sequence:?} in {text:?}");
    }
    drop(bare.master);
    bare.child.wait().unwrap();
}

/// What is too long for a clipboard is not sent cut: a file takes it.
#[test]
fn what_is_too_long_goes_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let long = "x".repeat(80_000);
    let line = record("PutObject", "2026-01-05T10:00:00Z").replace(
        "\"responseElements\":null",
        &format!("\"responseElements\":{{\"a\":\"{long}\"}}"),
    );
    std::fs::write(&path, &line).unwrap();
    let terminal = terminal().current_dir(folder.path());
    let mut stage = start_in(terminal, &[path.to_str().unwrap()]);
    stage.see("1 of 1");
    stage.press("yf");
    stage.see("nothing was copied yet");
    stage.press("ye");
    let screen = stage.see("bytes are too many");
    assert!(screen.clipboard().is_none(), "cut and sent all the same");
    assert!(screen.contains("y f writes the event's JSON to a file"), "{screen}");
    for name in ["trailtop-copy.json", "trailtop-copy-2.json"] {
        stage.press("yf");
        stage.see(&format!("written to {name}"));
        assert_eq!(std::fs::read_to_string(folder.path().join(name)).unwrap(), line);
    }
    stage.press("q");
    stage.ends(0);
}

/// GNU screen cuts longer sequences: it gets pieces, and puts them together.
#[test]
fn screen_is_given_pieces() {
    let _turn = stage::turn();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let line = record("PutObject", "2026-01-05T10:00:00Z")
        .replace("logs-PutObject", &"long".repeat(1_000));
    std::fs::write(&path, &line).unwrap();
    let words = [TRAILTOP, path.to_str().unwrap()];
    let mut bare = start_with(&words, (120, 35), &[("STY", "1.pts"), ("TERM", "screen")]);
    bare.read_until("1 of 1");
    bare.press("ye");
    let mut seen = String::new();
    while !seen.contains('\x07') || !seen.contains("clipboard") {
        seen += &bare.read_until("\x1b");
    }
    let pieces: Vec<&str> = seen
        .split("\x1bP")
        .skip(1)
        .map(|piece| piece.split_once("\x1b\\").expect("an end").0)
        .collect();
    assert!(pieces.len() > 5 && pieces.iter().all(|piece| piece.len() < 768), "{pieces:?}");
    let whole = pieces.concat();
    let text = whole.strip_prefix("\x1b]52;c;").and_then(|it| it.strip_suffix('\x07')).unwrap();
    assert_eq!(STANDARD.decode(text).unwrap(), line.as_bytes());
    drop(bare.master);
    bare.child.wait().unwrap();
}

/// Runs tmux on a server of our own.
fn tmux(words: &[&str]) -> Output {
    let name = format!("trailtop-test-{}", std::process::id());
    let base = ["-L", &name, "-f", "/dev/null"];
    Command::new("tmux").args(base).args(words).env("LC_ALL", "C.UTF-8").output().unwrap()
}

/// Inside tmux as it comes: the lines that scrolled are right, and tmux's buffer takes what is copied.
#[test]
#[expect(clippy::print_stderr, reason = "it says what was left out")]
fn inside_tmux() {
    if !Command::new("tmux").arg("-V").output().is_ok_and(|out| out.status.success()) {
        return eprintln!("left out: there is no tmux here");
    }
    let _turn = stage::turn();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let lines = |from: usize, to: usize| -> String {
        let at = |n: usize| format!("2026-01-05T10:{:02}:{:02}Z", n / 60, n % 60);
        (from..to).map(|n| record(&format!("Event{n:04}"), &at(n)) + "\n").collect()
    };
    std::fs::write(&path, lines(0, 100)).unwrap();
    let program = format!("'{TRAILTOP}' '{}' --follow", path.display());
    let started = tmux(&["new-session", "-d", "-x", "120", "-y", "35", &program]);
    assert!(started.status.success(), "{started:?}");
    let pane = || String::from_utf8(tmux(&["capture-pane", "-p"]).stdout).unwrap();
    let sees = |text: &str| becomes(|| pane().contains(text));
    let mut all = lines(0, 100);
    let mut is_right = sees("Event0099");
    for from in [100, 101, 103, 110, 140] {
        let to = [101, 103, 110, 140, 200].into_iter().find(|to| *to > from).unwrap_or(from);
        all += &lines(from, to);
        std::fs::write(&path, &all).unwrap();
        is_right &= sees(&format!("Event{:04}", to - 1));
    }
    is_right &= sees("200 of 200");
    // The counts follow the rows.
    let counted = |line: &str| line.contains("█ alice") && line.trim_end().ends_with(" 200");
    is_right &= becomes(|| pane().lines().any(counted));
    let scrolled = pane();
    // Another size and back makes it draw everything anew.
    tmux(&["resize-window", "-x", "100", "-y", "30"]);
    is_right &= becomes(|| pane() != scrolled && pane().contains("Event0199"));
    tmux(&["resize-window", "-x", "120", "-y", "35"]);
    let is_same = becomes(|| pane() == scrolled);
    let last = pane();
    tmux(&["send-keys", "y", "i"]);
    is_right &= sees("sent to the clipboard (tmux)");
    let buffer = String::from_utf8(tmux(&["show-buffer"]).stdout).unwrap();
    tmux(&["kill-server"]);
    assert!(is_same, "scrolled:\n{scrolled}\ndrawn anew:\n{last}");
    assert!(is_right, "{last}");
    assert_eq!(buffer, "id-Event0199");
}
