//! Keeps what everybody is known to do beyond the run: `baseline.ndjson` in the state folder. Programs
//! that run at the same time each add what they learned; `trailtop baseline` shows and resets it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::app::msg::Msg;
use crate::cli;
use crate::detect::baseline::Baseline;
use crate::detect::history::History;
use crate::detect::line::{self, Lines};
use crate::engine::handing::Learned;
use crate::engine::ingest::Habits;
use crate::event::field::First;
use crate::export::safe;
use crate::private;
use crate::shell::headless::{print, tell};
use crate::shell::resolve;
use crate::shell::start::spawn;

/// The most bytes the file has.
const MOST: usize = 32 << 20;
/// How often one asks for the file that another program has: two seconds.
const TRIES: u32 = 400;
/// How long the end waits until everything is written.
const LAST: Duration = Duration::from_secs(2);
/// The exit status where something could not be done.
const FAILED: u8 = 1;

fn path() -> Option<PathBuf> {
    Some(resolve::state_folder()?.join("baseline.ndjson"))
}

/// What was known of everybody before, for a run over these sources, within so many bytes. The
/// simulated organization is nobody that is met twice.
pub fn known(sources: &[String], cap: usize) -> Baseline {
    let (known, trouble) = before(Some(sources));
    if let Some(why) = trouble {
        tell(&why);
    }
    learned(&known.1, cap)
}

fn before(sources: Option<&[String]>) -> (Lines, Option<String>) {
    let Some(path) = path().filter(|_| sources.is_some_and(|it| !is_demo(it))) else {
        return Default::default();
    };
    match read(&path) {
        Ok(known) => (known, None),
        Err(why) => {
            let path = path.display();
            (Lines::default(), Some(format!("nothing is known of anybody before: {path}: {why}")))
        }
    }
}

fn is_demo(sources: &[String]) -> bool {
    sources.iter().any(|word| word == "demo" || word.starts_with("demo:"))
}

fn learned(known: &HashMap<Box<str>, History>, cap: usize) -> Baseline {
    let mut baseline = Baseline::new(cap);
    for (name, history) in known {
        baseline.join(name, history);
    }
    // What was read is not what was learned.
    baseline.changes();
    baseline
}

/// What a file says; nothing where there is none.
fn read(path: &Path) -> Result<Lines, String> {
    let mut bytes = vec![];
    match File::open(path).and_then(|file| file.take(2 * MOST as u64).read_to_end(&mut bytes)) {
        Ok(_) => line::read(&String::from_utf8_lossy(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Lines::default()),
        Err(error) => Err(error.to_string()),
    }
}

/// The way to the thread that writes.
#[derive(Debug)]
pub struct Keeper {
    ended: Option<Receiver<()>>,
}

impl Keeper {
    /// Reads what is known, and starts the thread that keeps what a run over these sources learns, and
    /// tells once what it cannot keep. Gives what there is to say of what was known, too.
    pub fn start(
        sources: Option<&[String]>,
        cap: usize,
        tell: impl Fn(String) + Send + 'static,
    ) -> anyhow::Result<(Self, Habits, Option<String>)> {
        let ((head, known), mut told) = before(sources);
        let path = path().filter(|_| sources.is_some_and(|it| !is_demo(it)));
        if let (Some(path), Some(why)) = (&path, &mut told) {
            why.push_str(&set_aside(path));
        }
        let habits = |keeper| Habits { known: learned(&known, cap), keeper };
        let Some(path) = path else { return Ok((Self { ended: None }, habits(None), told)) };
        let (keeper, changes) = channel();
        let (end, ended) = channel();
        let resets = head.resets;
        spawn("habits", move || {
            let mut mine = HashMap::new();
            let mut has_failed = false;
            for Learned { changes, is_last } in changes {
                mine.extend(changes);
                let kept = keep(&path, |lines| add(lines, &mine, resets));
                if let Some(error) = kept.err().filter(|_| !has_failed) {
                    has_failed = true;
                    let said = format!("what is learned of actors is not kept: {error}");
                    tell(said);
                }
                if is_last {
                    break;
                }
            }
            end.send(()).ok();
        })?;
        Ok((Self { ended: Some(ended) }, habits(Some(keeper)), told))
    }

    /// Waits until what was handed over last is written, but not for long.
    pub fn end(self) {
        if let Some(ended) = self.ended {
            ended.recv_timeout(LAST).ok();
        }
    }
}

/// Keeps a file that cannot be read beside the new one.
fn set_aside(path: &Path) -> String {
    let aside = path.with_extension("ndjson.damaged");
    match fs::rename(path, &aside) {
        Ok(()) => format!("; it is kept as {}, and a new one is begun", aside.display()),
        Err(error) => format!("; nor can it be kept aside: {error}"),
    }
}

/// Adds what this program has learned, but of whom was forgotten since it began: it would bring back
/// what somebody wanted gone.
fn add((head, known): &mut Lines, mine: &HashMap<Box<str>, History>, resets: u64) {
    for (name, history) in mine {
        if !head.has_forgotten(name, resets) {
            known.entry(name.clone()).or_default().join(history);
        }
    }
}

/// Changes the file while nobody else does. It is there whole at any moment.
fn keep(path: &Path, change: impl FnOnce(&mut Lines)) -> io::Result<()> {
    let _lock = private::locked(&path.with_extension("lock"), TRIES)?;
    let mut lines = read(path).or_else(|_| {
        set_aside(path);
        Ok::<Lines, io::Error>(Lines::default())
    })?;
    change(&mut lines);
    private::replace(path, line::write(&lines.0, &lines.1, MOST).as_bytes())
}

/// Forgets an actor or account, or all of them, in the file; gives how many that were.
pub fn forget(subject: Option<&str>) -> io::Result<usize> {
    let path = path().ok_or_else(|| io::Error::other("there is no home folder"))?;
    let mut gone = 0;
    keep(&path, |(head, known)| {
        let before = known.len();
        known.retain(|name, _| subject.is_some_and(|subject| **name != *subject));
        gone = before - known.len();
        head.forget(subject);
    })?;
    Ok(gone)
}

/// Forgets on a thread of its own, for the dashboard.
pub fn forgetting(subject: Option<String>, msgs: Sender<Msg>) -> anyhow::Result<()> {
    spawn("forget", move || {
        let who = subject.as_deref().unwrap_or("everybody");
        let said = match forget(subject.as_deref()) {
            Ok(_) => format!("forgotten: what {who} did before the events that are here"),
            Err(error) => format!("forgotten until trailtop ends, and not beyond: {error}"),
        };
        msgs.send(Msg::Notice(said)).ok();
    })?;
    Ok(())
}

/// `trailtop baseline`
pub fn run_baseline(typed: &cli::Baseline) -> ExitCode {
    let done = match &typed.reset {
        Some(subject) => reset(Some(&**subject).filter(|subject| !subject.is_empty())),
        None => list(),
    };
    done.unwrap_or_else(|why| {
        tell(&why);
        ExitCode::from(FAILED)
    })
}

fn reset(subject: Option<&str>) -> Result<ExitCode, String> {
    match forget(subject) {
        Ok(0) if subject.is_some() => {
            let who = subject.unwrap_or_default();
            Err(format!("nobody is known as {who}: `trailtop baseline` lists who is"))
        }
        Ok(gone) => Ok(print(&format!("{gone} forgotten\n"))),
        Err(error) => Err(error.to_string()),
    }
}

/// Who is known, whom one saw last first: since when, how many values of each kind, and whether
/// something can be called new.
fn list() -> Result<ExitCode, String> {
    let path = path().ok_or("there is no home folder that a baseline could be in")?;
    let (_, known) = read(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    if known.is_empty() {
        tell(&format!("nothing was learned yet: {} is not there", path.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut all: Vec<(&Box<str>, &History)> = known.iter().collect();
    all.sort_unstable_by_key(|(name, it)| (std::cmp::Reverse(it.last()), *name));
    let mut text = String::from(
        "SINCE                 LAST                  EVENTS  IPS  REGIONS  TOOLS  STATE     WHO\n",
    );
    for (name, it) in all {
        let count = |kind: First| it.values(kind as usize).count();
        let state = if it.learned() < it.last() { "known" } else { "learning" };
        let name = safe::shown(name);
        writeln!(
            text,
            "{:<20}  {:<20}  {:>6}  {:>3}  {:>7}  {:>5}  {state:<8}  {name}",
            it.first().to_string(),
            it.last().to_string(),
            count(First::Event),
            count(First::Ip),
            count(First::Region).max(count(First::AcctRegion)),
            count(First::Tool),
        )
        .ok();
    }
    Ok(print(&text))
}

#[cfg(test)]
#[path = "habits_tests.rs"]
mod tests;
