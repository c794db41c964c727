//! Keeps the audit of triggers: a file in the state folder, a line an entry, which moves aside when it
//! is large. A thread of its own writes, so that nobody waits for a disk. What cannot be written is
//! said once; the entries are still shown.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use crate::private;
use crate::shell::resolve;
use crate::shell::start::spawn;
use crate::trigger::audit::Entry;

/// From this size on the file moves aside; there are two, so this is half of what is kept.
const LARGEST: u64 = 4 << 20;

/// Where the audit is; `None` where nobody has a home.
pub fn path() -> Option<PathBuf> {
    Some(resolve::state_folder()?.join("triggers.ndjson"))
}

/// The way to the thread that writes.
#[derive(Debug)]
pub struct Audit {
    lines: Sender<String>,
    thread: JoinHandle<()>,
}

impl Audit {
    /// Starts the thread; `tell` is told once what keeps it from writing.
    pub fn start(
        path: Option<PathBuf>,
        tell: impl Fn(String) + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (lines, written) = channel::<String>();
        let thread = spawn("audit", move || {
            let mut is_told = false;
            for line in written {
                let kept = match &path {
                    Some(path) => append(path, &line, LARGEST)
                        .map_err(|error| format!("{}: {error}", path.display())),
                    None => Err("there is no home folder".to_owned()),
                };
                if let Err(why) = kept
                    && !std::mem::replace(&mut is_told, true)
                {
                    tell(format!("the audit of triggers is kept in memory only: {why}"));
                }
            }
        })?;
        Ok(Self { lines, thread })
    }

    /// Writes an entry.
    pub fn keep(&self, entry: &Entry) {
        // A thread that is gone has panicked, and the program ends with it.
        self.lines.send(entry.line()).ok();
    }

    /// Waits until everything is written.
    pub fn end(self) {
        drop(self.lines);
        self.thread.join().ok();
    }
}

/// Appends a line; a file that is large moves aside first, in the place of the one before it. The
/// file is opened for each line: several programs may write, and one of them moves it.
fn append(path: &Path, line: &str, largest: u64) -> io::Result<()> {
    let mut file = private::to_append(path)?;
    if file.metadata()?.len() >= largest {
        fs::rename(path, aside(path))?;
        file = private::to_append(path)?;
    }
    // One write a line: whoever is killed tears the last one at most.
    file.write_all(line.as_bytes())
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("1.ndjson")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_nobody_elses_and_moves_aside_when_it_is_large() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/triggers.ndjson");
        for line in ["{\"n\":1}\n", "{\"n\":2}", "{\"n\":3}\n"] {
            append(&path, line, 1000).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for at in 0..100 {
            append(&path, &format!("{at:09}\n"), 100).unwrap();
        }
        let last = fs::read_to_string(&path).unwrap();
        assert!(last.len() <= 100 && last.ends_with("000000099\n"), "{last}");
        assert_eq!(fs::metadata(aside(&path)).unwrap().len(), 100);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2);
    }
}
