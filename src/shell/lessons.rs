//! Keeps what was learned to be noise: a file in the state folder, a line a change. What cannot be
//! kept is said, and holds until the program ends.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use crate::app::msg::Msg;
use crate::event::time::Timestamp;
use crate::notebook::learned::{Change, Learned};
use crate::notebook::line;
use crate::query::parse;
use crate::query::preset::Presets;
use crate::shell::resolve;
use crate::shell::start::spawn;

/// More than anybody teaches.
const MOST: u64 = 4 << 20;

fn path() -> Option<PathBuf> {
    Some(resolve::state_folder()?.join("noise.ndjson"))
}

/// What was learned before, and what there is to say of it.
pub fn read(presets: &Presets, now: Timestamp) -> (Learned, Vec<String>) {
    path().map_or_else(Default::default, |path| read_at(&path, presets, now))
}

fn read_at(path: &Path, presets: &Presets, now: Timestamp) -> (Learned, Vec<String>) {
    let mut bytes = vec![];
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    let is_filter = |filter: &str| parse::parse(filter, presets).is_ok();
    let (learned, lost) = line::lessons(&String::from_utf8_lossy(&bytes), is_filter, now);
    let path = path.display();
    let trouble = match read {
        // There is no such file before something was learned, and none where there is no home.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Some(format!("what was learned to be noise is not hidden: {path}: {error}"))
        }
        _ if lost > 0 => Some(format!("{path}: {lost} lines could not be read: they hide nothing")),
        _ => None,
    };
    (learned, trouble.into_iter().collect())
}

/// Keeps a change, on a thread of its own.
pub fn keep(change: Change, msgs: Sender<Msg>) -> anyhow::Result<()> {
    spawn("lessons", move || {
        let kept = path().ok_or_else(|| io::Error::other("there is no home folder"));
        if let Err(error) = kept.and_then(|path| append(&path, &change)) {
            let said = format!("this is noise until trailtop ends, and not kept: {error}");
            // The screen may have gone first.
            msgs.send(Msg::Notice(said)).ok();
        }
    })?;
    Ok(())
}

fn append(path: &Path, change: &Change) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    // One write a line: several programs may learn at once.
    file.write_all(change.line().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::learned::Lesson;
    use crate::query::library::builtin;

    #[test]
    fn what_is_learned_is_known_the_next_time_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trailtop/noise.ndjson");
        let now = Timestamp(0);
        assert_eq!(read_at(&path, &builtin(), now), (Learned::default(), vec![]));
        let lesson = Lesson::new("event:=A".into(), Timestamp(1_000));
        append(&path, &Change::Learn(lesson.clone())).unwrap();
        let (learned, told) = read_at(&path, &builtin(), now);
        assert_eq!((learned.at(now).collect::<Vec<_>>(), told), (vec![&lesson], vec![]));
        append(&path, &Change::Forget(lesson.filter)).unwrap();
        assert_eq!(read_at(&path, &builtin(), now).0, Learned::default());
        std::fs::write(&path, "no line\n").unwrap();
        let (_, told) = read_at(&path, &builtin(), now);
        assert!(told[0].contains("1 lines could not be read"), "{told:?}");
    }
}
