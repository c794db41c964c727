//! `trailtop rules`, and files of rules: which there are, what loads, what fires.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use crate::cli::{self, Detection};
use crate::config::settle::Shelf;
use crate::detect::alert::Book;
use crate::detect::load::{self, Books, File, Note};
use crate::detect::rule::{Card, Rules};
use crate::export::safe;
use crate::shell::headless::{self, tell};
use crate::store::hits::Severity;

/// A rule did not load.
const FAILED: u8 = 1;
/// Wrong usage, or a path that does not exist.
const USAGE: u8 = 2;
/// The largest file that is read as rules.
const MAX_FILE: u64 = 1 << 20;

/// `trailtop rules …`
pub fn run_rules(typed: &cli::Rules, shelf: &Shelf) -> ExitCode {
    let done = match typed {
        cli::Rules::List(typed) => list(&typed.detection),
        cli::Rules::Check(typed) => check(typed),
        cli::Rules::Test(typed) => Ok(headless::run_query(&test(typed), shelf)),
    };
    done.unwrap_or_else(|why| {
        tell(&why);
        ExitCode::from(USAGE)
    })
}

/// The rules that were asked for. What cannot be loaded is told, and costs no other rule.
pub fn load(typed: &Detection) -> Result<Rules, String> {
    let files = files(&typed.rules)?;
    let (mut rules, books) = load::load(!typed.no_builtin_rules, &files);
    tell_of(&books);
    if let Some(word) = &typed.severity {
        rules.leave_out_below(severity(word)?);
    }
    Ok(rules)
}

/// Whether the files of rules that were named are there.
pub fn are_there(typed: &Detection) -> Result<(), String> {
    let missing = typed.rules.iter().find(|path| !Path::new(path).exists());
    missing.map_or(Ok(()), |path| Err(format!("cannot read the rules in {path}: it is not there")))
}

/// Reads a severity as it was typed.
pub fn severity(word: &str) -> Result<Severity, String> {
    Severity::of(word).ok_or_else(|| {
        let words = Severity::ALL.map(|(_, word)| word);
        format!("{word:?} is no severity: it is one of {}", words.join(", "))
    })
}

/// Says what did not load, as one line where it is much.
fn tell_of(books: &Books) {
    for note in books.failed.iter().take(3) {
        tell(&format!("a rule does not load: {note}"));
    }
    if books.failed.len() > 3 {
        tell(&format!(
            "{} rules do not load; `trailtop rules check` lists them",
            books.failed.len()
        ));
    }
}

fn list(typed: &Detection) -> Result<ExitCode, String> {
    let rules = load(typed)?;
    let mut cards: Vec<&Arc<Card>> = rules.cards.iter().filter(|card| !card.is_silent).collect();
    cards.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.named.id.cmp(&b.named.id)));
    let width = cards.iter().map(|card| card.named.id.len()).max().unwrap_or(0).min(36);
    let mut text = String::new();
    for card in cards {
        let (severity, id) = (card.severity.word(), safe::shown(&card.named.id));
        let title = safe::shown(&card.named.title);
        let techniques = safe::shown(&card.techniques.join(" ")).into_owned();
        let origin = card.origin.word();
        writeln!(text, "{severity:<9} {id:<width$}  {origin:<8}  {title}  {techniques}").ok();
    }
    Ok(headless::print(&text))
}

fn check(typed: &cli::RulesCheck) -> Result<ExitCode, String> {
    let paths: Vec<String> = typed.paths.iter().chain(&typed.detection.rules).cloned().collect();
    let with_ours = typed.paths.is_empty() && !typed.detection.no_builtin_rules;
    let (_, books) = load::load(with_ours, &files(&paths)?);
    let mut text = String::new();
    let kinds = [("failed", &books.failed), ("warning", &books.warnings), ("note", &books.notes)];
    for (word, notes) in kinds {
        for Note { place, what } in notes {
            writeln!(text, "{}: {word}: {}", safe::shown(place), safe::shown(what)).ok();
        }
    }
    writeln!(text, "{books}").ok();
    let printed = headless::print(&text);
    Ok(if books.failed.is_empty() { printed } else { ExitCode::from(FAILED) })
}

/// A test is a query for what met a rule, counted by rule.
fn test(typed: &cli::RulesTest) -> cli::Query {
    cli::Query::of_rules(typed)
}

/// How often each rule fired: alerts, events, severity, id and title, a line each, what matters
/// most first.
pub fn told(book: &Book) -> String {
    let mut rules = BTreeMap::new();
    for alert in book.list() {
        let place = (Reverse(alert.severity), alert.card.named.id.clone());
        let line = rules.entry(place).or_insert_with(|| (0u64, 0u64, Arc::clone(&alert.card)));
        line.0 += 1;
        line.1 += alert.count;
    }
    let mut text = String::from("ALERTS  EVENTS  SEVERITY  RULE\n");
    for ((severity, id), (alerts, events, card)) in rules {
        let (severity, id) = (severity.0.word(), safe::shown(&id).into_owned());
        let title = safe::shown(&card.named.title);
        writeln!(text, "{alerts:>6}  {events:>6}  {severity:<8}  {id}  {title}").ok();
    }
    text
}

/// Reads the files of rules at these paths: those that are named, and every YAML file of a folder.
fn files(paths: &[String]) -> Result<Vec<File>, String> {
    let mut files = vec![];
    for path in paths {
        let named = Path::new(path);
        let wrong = |error: io::Error| format!("cannot read the rules in {path}: {error}");
        if !fs::metadata(named).map_err(wrong)?.is_dir() {
            files.push(read(named).map_err(wrong)?);
            continue;
        }
        let walk = WalkDir::new(named).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
            let entry = entry.map_err(|error| wrong(error.into()))?;
            let name = entry.file_name().to_string_lossy();
            if entry.file_type().is_file() && (name.ends_with(".yml") || name.ends_with(".yaml")) {
                files.push(read(entry.path()).map_err(wrong)?);
            }
        }
    }
    Ok(files)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn read(path: &Path) -> io::Result<File> {
    let size = fs::metadata(path)?.len();
    if size > MAX_FILE {
        let why = format!("{} has {size} bytes: no file of rules is that large", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
    Ok(File { place: path.display().to_string(), text })
}
