//! The cases that were kept: the list of them, and one to be gone on with.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::event::time::Timestamp;
use crate::notebook::book::MOST_BYTES;
use crate::notebook::line::{self, Case};
use crate::shell::headless::{print, tell};
use crate::shell::resolve;

/// How the name of a case's file ends.
const ENDING: &str = ".ndjson";
/// More than a notebook of its bound and all its changes take.
const MOST: u64 = 256 << 20;

/// A case that was kept.
#[derive(Debug)]
pub struct Resumed {
    /// What it is called.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What it says.
    pub case: Case,
}

impl Resumed {
    /// The words of the sources that it was of.
    pub fn sources(&self) -> &[String] {
        match self.case.head.sources.iter().any(|word| word == "-") {
            true => &[],
            false => &self.case.head.sources,
        }
    }
}

/// Where cases are; `None` where nobody has a home.
pub fn folder() -> Option<PathBuf> {
    Some(resolve::state_folder()?.join("cases"))
}

/// The name of a case's file.
pub fn file_name(case: &str) -> String {
    format!("{case}{ENDING}")
}

/// The case that `--resume` asks for: the last one where it names none; of its events those that
/// take `most` bytes. The error is one sentence.
pub fn resumed(typed: Option<&str>, most: usize) -> Result<Option<Resumed>, String> {
    let Some(name) = typed else { return Ok(None) };
    let Some(folder) = folder() else {
        return Err("--resume: there is no home folder that cases could be in".to_owned());
    };
    let (name, path) = match name {
        "" => named(&folder)
            .into_iter()
            .next()
            .map(|(_, name, path)| (name, path))
            .ok_or_else(|| format!("--resume: no case was kept in {} yet", folder.display()))?,
        name if name.contains('/') => {
            return Err(format!(
                "--resume {name:?} is no name of a case: trailtop cases lists them"
            ));
        }
        name => (name.to_owned(), folder.join(file_name(name))),
    };
    let case = read(&path, most).map_err(|why| format!("--resume: the case {name:?}: {why}"))?;
    Ok(Some(Resumed { name, path, case }))
}

/// The cases of a folder, the one that was changed last first.
fn named(folder: &Path) -> Vec<(Timestamp, String, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.strip_suffix(ENDING)?.to_owned();
            let changed = entry.metadata().ok()?.modified().ok()?;
            let since = changed.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            let at = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
            Some((at, name, entry.path()))
        })
        .collect();
    all.sort_by(|a, b| b.cmp(a));
    all
}

fn read(path: &Path, most: usize) -> Result<Case, String> {
    let mut bytes = vec![];
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    line::read(&String::from_utf8_lossy(&bytes), most)
}

/// `trailtop cases`
pub fn run_cases() -> ExitCode {
    let Some(folder) = folder() else {
        tell(&"there is no home folder that cases could be in");
        return ExitCode::SUCCESS;
    };
    let mut text = String::new();
    for (at, name, path) in named(&folder) {
        let words = match read(&path, MOST_BYTES) {
            Ok(case) => format!(
                "{:>6} events  {}",
                case.notebook.entries().len(),
                match case.head.sources.join(" ") {
                    none if none.is_empty() => "AWS".to_owned(),
                    sources => sources,
                }
            ),
            Err(why) => why,
        };
        text.extend([&crate::export::safe::shown(&format!("{name}  {at}  {words}")), "\n"]);
    }
    if text.is_empty() {
        tell(&format!("no case was kept in {} yet", folder.display()));
    }
    print(&text)
}
