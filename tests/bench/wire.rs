//! What goes over the line: the program in a terminal whose bytes are counted, beside lnav, which
//! follows the same file. `TRAILTOP` names another program than the one that was just built; bytes
//! do not depend on how it was.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use trailtop::clock::Clock;

use crate::bare::{Bare, start_with};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 35), (200, 50)];
/// Events that arrive a second.
const RATES: [u32; 2] = [5, 100];
/// Events that are there before.
const BEFORE: usize = 2_000;
/// How long a rate goes on before it is measured: what a quiet line has saved up for bursts is spent
/// then. And how long it is measured.
const WARM: Duration = Duration::from_secs(20);
const MEASURED: Duration = Duration::from_secs(20);
/// After so long without a byte a program has come to rest, panes that may wait included, or after so
/// long in any case.
const QUIET: Duration = Duration::from_secs(11);
const SETTLED: Duration = Duration::from_secs(30);
/// How long a program has to answer a key.
const ANSWERED: Duration = Duration::from_millis(700);
/// A program that writes nothing for so long shows nothing.
const PATIENCE: Duration = Duration::from_secs(30);
/// Ticks of the processor a second, as `/proc` counts them.
const TICKS: f64 = 100.0;
/// What is typed into the filter, letter by letter.
const TYPED: &str = "who:alice";

/// A program to be measured.
struct Tool {
    name: &'static str,
    words: Vec<String>,
    /// What its first whole screen ends with.
    frame: &'static str,
    /// Opens and leaves the line that is typed into, where it narrows the rows by every letter.
    prompt: Option<[&'static str; 2]>,
}

/// The table.
pub(crate) fn table() {
    let folder = tempfile::tempdir().expect("a folder for the corpus");
    let path = folder.path().join("events.ndjson");
    let program = std::env::var("TRAILTOP").unwrap_or(env!("CARGO_BIN_EXE_trailtop").into());
    let lines = corpus(&program);
    let file = path.display().to_string();
    let mut tools = vec![Tool {
        name: "trailtop",
        words: vec![program, file.clone(), "--follow".into(), "--no-config".into()],
        frame: "\x1b[?2026l",
        prompt: Some(["/", "\x1b"]),
    }];
    match Command::new("lnav").arg("-V").output() {
        Ok(_) => tools.push(Tool {
            name: "lnav",
            words: vec!["lnav".into(), file],
            frame: "\x1b",
            prompt: None,
        }),
        Err(_) => eprintln!("lnav is not installed (apt-get install lnav): left out"),
    }
    println!(
        "\n| screen | | start | first screen | 5 events/s | 100 events/s | idle | `k` | letter typed | CPU idle, 5/s, 100/s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for size in SIZES {
        for tool in &tools {
            let cells = measure(tool, size, &path, &lines, folder.path());
            println!("| {}x{} | {} | {} |", size.0, size.1, tool.name, cells.join(" | "));
        }
    }
}

/// Events of the demo, a line each, in order of time.
fn corpus(program: &str) -> Vec<String> {
    let words = ["query", "", "demo:seed=7,events=6000", "-o", "ndjson", "--no-config"];
    let out = Command::new(program).args(words).output().expect("the program runs");
    let text = String::from_utf8(out.stdout).expect("JSON");
    text.lines().map(str::to_owned).collect()
}

fn measure(
    tool: &Tool,
    size: (u16, u16),
    path: &Path,
    lines: &[String],
    home: &Path,
) -> Vec<String> {
    let (before, after) = lines.split_at(BEFORE.min(lines.len()));
    fs::write(path, before.join("\n") + "\n").expect("room for the corpus");
    let words: Vec<&str> = tool.words.iter().map(String::as_str).collect();
    let home = home.display().to_string();
    let begun = Clock::instant();
    let mut bare = start_with(&words, size, &[("HOME", &home), ("SSH_CONNECTION", "1 2 3 4")]);
    let mut first = vec![];
    while !String::from_utf8_lossy(&first).contains(tool.frame) {
        let got = bare.read_for(PATIENCE);
        assert!(!got.is_empty(), "{} shows nothing", tool.name);
        first.extend(got);
    }
    let start = begun.elapsed();
    let settled = settle(&mut bare) + first.len();

    let mut file = File::options().append(true).open(path).expect("the corpus");
    let mut news = after.iter();
    let mut cells = vec![format!("{} ms", start.as_millis()), format!("{settled} B")];
    let mut used = vec![];
    for rate in RATES {
        follow(&mut bare, &mut file, &mut news, rate, WARM);
        let ticks = ticks(&bare);
        let (bytes, rows) = follow(&mut bare, &mut file, &mut news, rate, MEASURED);
        used.push(share(&bare, ticks));
        let a_second = bytes as f64 / MEASURED.as_secs_f64();
        cells.push(format!("{a_second:.0} B/s, {} B a row", bytes / rows.max(1)));
    }
    settle(&mut bare);
    let ticks = ticks(&bare);
    let idle = collect(&mut bare, MEASURED) as f64 / MEASURED.as_secs_f64();
    used.insert(0, share(&bare, ticks));
    cells.push(format!("{idle:.0} B/s"));
    cells.push(format!("{} B", keys(&mut bare, &["k"; 10])));
    cells.push(match tool.prompt {
        Some([open, leave]) => {
            keys(&mut bare, &[open]);
            let letters: Vec<String> = TYPED.chars().map(String::from).collect();
            let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
            let bytes = keys(&mut bare, &letters);
            keys(&mut bare, &[leave]);
            format!("{bytes} B")
        }
        None => "-".into(),
    });
    cells.push(used.join(", "));
    bare.child.kill().expect("our own program");
    bare.child.wait().expect("our own program");
    cells
}

/// Lets events arrive for a while; the bytes that came for how many of them.
fn follow<'a>(
    bare: &mut Bare,
    file: &mut File,
    news: &mut impl Iterator<Item = &'a String>,
    rate: u32,
    time: Duration,
) -> (usize, usize) {
    let begun = Clock::instant();
    let (mut bytes, mut rows) = (0, 0);
    while begun.elapsed() < time {
        let due = (begun.elapsed().as_secs_f64() * f64::from(rate)) as usize + 1;
        while rows < due {
            let line = news.next().expect("a corpus that is long enough");
            writeln!(file, "{line}").expect("room for the corpus");
            rows += 1;
        }
        bytes += bare.read_for(Duration::from_millis(5)).len();
    }
    (bytes, rows)
}

/// The bytes until nothing more comes; some programs never rest, for their clock ticks.
fn settle(bare: &mut Bare) -> usize {
    let begun = Clock::instant();
    let mut bytes = 0;
    while begun.elapsed() < SETTLED {
        match bare.read_for(QUIET).len() {
            0 => break,
            more => bytes += more,
        }
    }
    bytes
}

/// The bytes of a while.
fn collect(bare: &mut Bare, time: Duration) -> usize {
    let begun = Clock::instant();
    let mut bytes = 0;
    while begun.elapsed() < time {
        bytes += bare.read_for(Duration::from_millis(50)).len();
    }
    bytes
}

/// Bytes a key, one after the other.
fn keys(bare: &mut Bare, keys: &[&str]) -> usize {
    let mut bytes = 0;
    for key in keys {
        bare.press(key);
        bytes += collect(bare, ANSWERED);
    }
    bytes / keys.len().max(1)
}

/// The processor time that was used so far.
fn ticks(bare: &Bare) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", bare.child.id())).unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let number = |text: &str| text.parse::<f64>().unwrap_or_default();
    fields.skip(11).take(2).map(number).sum()
}

/// The share of a processor since then.
fn share(bare: &Bare, before: f64) -> String {
    let used = (ticks(bare) - before) / TICKS;
    format!("{:.1} %", 100.0 * used / MEASURED.as_secs_f64())
}
