//! `trailtop rules`, and files of rules: which there are, what loads, what fires.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
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
/// The largest file that is read as rules, and all of them together.
const MAX_FILE: u64 = 1 << 20;
const MAX_FILES: u64 = 128 << 20;

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
    let (rules, books) = read(typed)?;
    tell_of(&books);
    Ok(rules)
}

/// The rules that were asked for, and what became of them.
pub fn read(typed: &Detection) -> Result<(Rules, Books), String> {
    let (files, unread) = files(&typed.rules)?;
    let (mut rules, mut books) = load::load(!typed.no_builtin_rules, &files);
    books.failed.extend(unread);
    if let Some(word) = &typed.severity {
        rules.leave_out_below(severity(word)?);
    }
    Ok((rules, books))
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
pub fn tell_of(books: &Books) {
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
    let (files, unread) = files(&paths)?;
    let (_, mut books) = load::load(with_ours, &files);
    books.failed.extend(unread);
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

/// Reads the files of rules at these paths. What a folder holds that cannot be read is named, and
/// costs no other file.
fn files(named: &[String]) -> Result<(Vec<File>, Vec<Note>), String> {
    let Found { paths, mut unread } = found(named)?;
    let (mut files, mut bytes) = (vec![], 0);
    for (path, is_named) in paths {
        match read_file(&path) {
            Ok(file) => {
                bytes += file.text.len() as u64;
                files.push(file);
            }
            Err(error) if is_named => return Err(wrong(&path.display().to_string(), &error)),
            Err(error) => unread.push(note(&path, &error)),
        }
        if bytes > MAX_FILES {
            return Err(format!("cannot read the rules: they have more than {MAX_FILES} bytes"));
        }
    }
    Ok((files, unread))
}

fn wrong(path: &str, error: &io::Error) -> String {
    format!("cannot read the rules in {path}: {error}")
}

fn note(path: &Path, error: &io::Error) -> Note {
    Note { place: path.display().to_string(), what: format!("it cannot be read: {error}") }
}

/// Where files of rules are.
#[derive(Default)]
struct Found {
    /// Each with whether it was named itself.
    paths: Vec<(PathBuf, bool)>,
    /// What could not be looked into.
    unread: Vec<Note>,
}

/// The files of rules at these paths: those that are named, and every YAML file of a folder.
pub fn paths(named: &[String]) -> Result<Vec<PathBuf>, String> {
    Ok(found(named)?.paths.into_iter().map(|(path, _)| path).collect())
}

fn found(named: &[String]) -> Result<Found, String> {
    let mut found = Found::default();
    for path in named {
        let is_folder = fs::metadata(path).map_err(|error| wrong(path, &error))?.is_dir();
        if !is_folder {
            found.paths.push((PathBuf::from(path), true));
            continue;
        }
        // Links are followed: mounted configuration is made of them.
        let walk = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
            let entry = match entry {
                Ok(entry) => entry,
                // What leads back to where it is was read there.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Err(error) => {
                    let at = error.path().unwrap_or(Path::new(path)).to_owned();
                    if error.depth() == 0 {
                        return Err(wrong(path, &error.into()));
                    }
                    found.unread.push(note(&at, &error.into()));
                    continue;
                }
            };
            let name = entry.file_name().to_string_lossy();
            let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
            // Pipes and devices are no files; reading them may never end.
            if is_yaml && entry.file_type().is_file() {
                found.paths.push((entry.into_path(), false));
            }
        }
    }
    Ok(found)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

/// Reads a file, or what a pipe hands over, as far as it may go.
fn read_file(path: &Path) -> io::Result<File> {
    let mut bytes = vec![];
    fs::File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        let why = format!("it has more than {MAX_FILE} bytes: no file of rules is that large");
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(File { place: path.display().to_string(), text })
}
