//! Keeps what stands until a time, what was learned to be noise and what is muted: a file each in the
//! state folder, a line a change. What cannot be kept is said, and holds until the program ends.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use crate::app::msg::Msg;
use crate::event::time::Timestamp;
use crate::notebook::learned::{Learned, Lesson};
use crate::notebook::line;
use crate::notebook::mutes::Mutes;
use crate::notebook::standing::{Change, Lasting, Standing};
use crate::private;
use crate::query::parse;
use crate::query::preset::Presets;
use crate::shell::resolve;
use crate::shell::start::spawn;
use crate::ui::format;

/// More than anybody teaches.
const MOST: u64 = 4 << 20;
/// What was learned to be noise.
pub const NOISE: &str = "noise.ndjson";
/// What is muted.
pub const MUTES: &str = "mutes.ndjson";

fn path(file: &str) -> Option<PathBuf> {
    Some(resolve::state_folder()?.join(file))
}

/// What was learned before to be noise, and what there is to say of it.
pub fn noise(presets: &Presets, now: Timestamp) -> (Learned, Vec<String>) {
    let is_filter = |filter: &str| parse::parse(filter, presets).is_ok();
    let read = |path: PathBuf| read_at(&path, |it: &Lesson| is_filter(&it.filter), now);
    path(NOISE).map_or_else(Default::default, read)
}

/// What was muted before, and what there is to say of it.
pub fn mutes(now: Timestamp) -> (Mutes, Vec<String>) {
    path(MUTES).map_or_else(Default::default, |path| read_at(&path, |_| true, now))
}

fn read_at<T: Lasting>(
    path: &Path,
    is_valid: impl Fn(&T) -> bool,
    now: Timestamp,
) -> (Standing<T>, Vec<String>) {
    let mut bytes = vec![];
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    let (standing, lost) = line::standing(&String::from_utf8_lossy(&bytes), is_valid, now);
    let path = path.display();
    let trouble = match read {
        // There is no such file before something was kept, and none where there is no home.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Some(format!("what was learned or muted before is not known: {path}: {error}"))
        }
        _ if lost > 0 => {
            let lines = format::counted(lost as u64, "line", "lines");
            Some(format!("{path}: {lines} could not be read and hide nothing"))
        }
        _ => None,
    };
    (standing, trouble.into_iter().collect())
}

/// Keeps a change in a file, on a thread of its own.
pub fn keep<T: Lasting + Send + 'static>(
    file: &'static str,
    change: Change<T>,
    msgs: Sender<Msg>,
) -> anyhow::Result<()> {
    spawn("lessons", move || {
        let kept = path(file).ok_or_else(|| io::Error::other("there is no home folder"));
        if let Err(error) = kept.and_then(|path| append(&path, &change)) {
            let said = format!("this holds until trailtop ends, and is not kept: {error}");
            // The screen may have gone first.
            msgs.send(Msg::Notice(said)).ok();
        }
    })?;
    Ok(())
}

fn append<T: Lasting>(path: &Path, change: &Change<T>) -> io::Result<()> {
    private::to_append(path)?.write_all(change.line().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learned_is_known_the_next_time_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trailtop/noise.ndjson");
        let now = Timestamp(0);
        let is_filter = |lesson: &Lesson| lesson.filter.starts_with("event:");
        assert_eq!(read_at(&path, is_filter, now), (Learned::default(), vec![]));
        let lesson = Lesson::new("event:=A".into(), Timestamp(1_000));
        append(&path, &Change::Learn(lesson.clone())).unwrap();
        let (learned, told) = read_at(&path, is_filter, now);
        assert_eq!((learned.at(now).collect::<Vec<_>>(), told), (vec![&lesson], vec![]));
        append(&path, &Change::<Lesson>::Forget(lesson.filter)).unwrap();
        assert_eq!(read_at(&path, is_filter, now).0, Learned::default());
        std::fs::write(&path, "no line\n").unwrap();
        let (_, told) = read_at(&path, is_filter, now);
        assert!(told[0].contains("1 line could not be read"), "{told:?}");
    }
}
