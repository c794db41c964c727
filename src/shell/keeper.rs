//! Keeps the notebook beyond the run: a thread appends each change to the file of the case as soon
//! as it is made. What cannot be kept is said once and stops nothing.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::app::msg::Msg;
use crate::event::time::Timestamp;
use crate::export::timeline::Export;
use crate::notebook::Notebook;
use crate::notebook::book::Change;
use crate::notebook::line::{self, Head};
use crate::private;
use crate::shell::cases::{self, Resumed};
use crate::shell::start::spawn;
use crate::ui::format;

/// How long the end waits for the last change to be written.
const LAST: Duration = Duration::from_secs(2);
/// The most exports of one name.
const MOST_EXPORTS: usize = 1_000;

/// Where a notebook is kept.
#[derive(Debug, Clone)]
pub struct Place {
    /// What the case is called.
    pub name: String,
    /// Its file; `None` where there is no folder for it.
    pub path: Option<PathBuf>,
    /// What is written first into a new file.
    pub head: Head,
}

/// The place of a case that is gone on with, or of a new one.
pub fn place(resumed: Option<&Resumed>, now: Timestamp, sources: &[String]) -> Place {
    if let Some(it) = resumed {
        let path = Some(it.path.clone());
        return Place { name: it.name.clone(), path, head: it.case.head.clone() };
    }
    let stamp: String = now.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let stamp = stamp.get(..15).unwrap_or(&stamp);
    // Two programs may start in the same second.
    let name = format!("{stamp}-{}", std::process::id());
    let path = cases::folder().map(|folder| folder.join(cases::file_name(&name)));
    Place { name, path, head: Head::new(now.to_string(), sources.to_vec()) }
}

/// The name of this machine.
pub fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    match name.trim() {
        "" => "an unnamed host".to_owned(),
        name => name.to_owned(),
    }
}

/// The events of a notebook by account and id, to be marked when they come.
pub fn expected(notebook: &Notebook) -> Vec<(String, String)> {
    let entries = notebook.entries().iter().filter(|entry| !entry.cell("id").is_empty());
    entries.map(|it| (it.cell("acct").to_owned(), it.cell("id").to_owned())).collect()
}

/// The way to the thread that writes.
#[derive(Debug)]
pub struct Keeper {
    changes: Sender<Change>,
    ended: Receiver<Result<(), String>>,
    place: Place,
}

impl Keeper {
    /// Starts the thread; what goes wrong is told through `msgs`.
    pub fn start(place: Place, msgs: Sender<Msg>) -> anyhow::Result<Self> {
        let (changes, made) = channel::<Change>();
        let (end, ended) = channel();
        let of = place.clone();
        spawn("keeper", move || {
            let mut book = Written { place: of, file: None, trouble: None };
            for change in made {
                let before = book.trouble.is_some();
                book.write(&change);
                if let Some(why) = book.trouble.as_ref().filter(|_| !before) {
                    let said = format!("the notebook is kept in memory only: {why}");
                    // The screen may have gone first.
                    msgs.send(Msg::Notice(said)).ok();
                }
            }
            end.send(book.trouble.map_or(Ok(()), Err)).ok();
        })?;
        Ok(Self { changes, ended, place })
    }

    /// Hands a change on. A thread that is gone has been told of at the end.
    pub fn keep(&self, change: Change) {
        self.changes.send(change).ok();
    }

    /// Waits until everything is written; says what is kept and where, where there is something.
    pub fn end(self, entries: usize) -> Option<String> {
        let Self { changes, ended, place } = self;
        drop(changes);
        let ended = ended.recv_timeout(LAST).unwrap_or_else(|_| Err("it takes too long".into()));
        let marks = format::counted(entries as u64, "mark", "marks");
        match (entries, ended, place.path) {
            (0, ..) => None,
            (_, Ok(()), Some(path)) => Some(format!(
                "{marks} kept in {}\ntrailtop --resume={} goes on with them",
                path.display(),
                place.name
            )),
            (_, Err(why), _) => Some(format!("{marks} not kept: {why}")),
            (_, Ok(()), None) => Some(format!("{marks} not kept: there is no home folder")),
        }
    }
}

/// The file of a case.
struct Written {
    place: Place,
    file: Option<File>,
    trouble: Option<String>,
}

impl Written {
    /// Appends a change. After a failure nothing more is written: a case with a hole in it would
    /// say what is not so.
    fn write(&mut self, change: &Change) {
        if self.trouble.is_some() {
            return;
        }
        let Some(path) = self.place.path.clone() else {
            self.trouble = Some("there is no home folder".to_owned());
            return;
        };
        if let Err(error) = self.append(&path, change) {
            self.trouble = Some(format!("{}: {error}", path.display()));
        }
    }

    fn append(&mut self, path: &Path, change: &Change) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(opened(path, &self.place.head)?),
        };
        // One write a line: whoever is killed tears the last line at most.
        file.write_all(line::change(change).as_bytes())
    }
}

/// Opens the file of a case to be gone on with: a new one begins with its head.
fn opened(path: &Path, head: &Head) -> io::Result<File> {
    let mut file = private::to_append(path)?;
    if file.metadata()?.len() == 0 {
        file.write_all(line::head(head).as_bytes())?;
    }
    Ok(file)
}

/// Writes an export into the current folder on a thread of its own, and says where.
pub fn exporting(export: Export, msgs: Sender<Msg>) -> anyhow::Result<()> {
    spawn("export", move || {
        let (bytes, made) = export.made();
        let said = match written(Path::new("."), &export.file_name(), &bytes) {
            Ok(name) => format!("{} written to {name}", export.said(made)),
            Err(why) => format!("the export was not written: {why}"),
        };
        // The screen may have gone first.
        msgs.send(Msg::Notice(said)).ok();
    })?;
    Ok(())
}

/// Writes a file that is not there yet: `NAME`, else `NAME-2`, before its ending.
pub fn written(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<String> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    for at in 1..=MOST_EXPORTS {
        let name = if at == 1 { name.to_owned() } else { format!("{stem}-{at}.{ending}") };
        match private::create(&folder.join(&name)) {
            Ok(mut file) => return file.write_all(bytes).map(|()| name),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod tests;
