//! Files that trailtop keeps for its user: nobody else may read or change them, a file that is
//! replaced is found whole at any moment, and a line that somebody was killed over spoils no other.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

/// How long one waits between two tries for what another program has.
const PAUSE: Duration = Duration::from_millis(5);

/// Opens a file to append whole lines to, each in one write, as several programs may. A torn last
/// line is ended.
pub fn to_append(path: &Path) -> io::Result<File> {
    home(path)?;
    let mut file = open(OpenOptions::new().read(true).append(true).create(true), path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last != *b"\n" {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

/// Writes a file whole, onto the disk, in place of the one that was there.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(home(path)?)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Begins a file that is not there yet, in a folder that is.
pub fn create(path: &Path) -> io::Result<File> {
    open(OpenOptions::new().write(true).create_new(true), path)
}

/// Opens a file to be read and changed in place, and keeps others who ask in this way from it until
/// it is dropped. After so many tries it is `WouldBlock`. Blocks, 5 ms a try.
pub fn locked(path: &Path, tries: u32) -> io::Result<File> {
    home(path)?;
    let file = open(OpenOptions::new().read(true).write(true).create(true), path)?;
    for _ in 0..tries {
        if file.try_lock().is_ok() {
            return Ok(file);
        }
        std::thread::sleep(PAUSE);
    }
    Err(io::ErrorKind::WouldBlock.into())
}

fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.mode(0o600).open(path)
}

/// The folder of a file; it is made where there is none, and those above it.
fn home(path: &Path) -> io::Result<&Path> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_kept_is_for_its_user_alone_and_whole() {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("state/trailtop");
        let (lines, whole) = (state.join("lines"), state.join("whole"));
        for line in ["1\n", "torn", "3\n"] {
            to_append(&lines).unwrap().write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_to_string(&lines).unwrap(), "1\ntorn\n3\n");
        for text in ["a long one", "short"] {
            replace(&whole, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&whole).unwrap(), text);
        }
        let held = locked(&state.join("lock"), 1).unwrap();
        assert_eq!(locked(&state.join("lock"), 2).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(held);
        locked(&state.join("lock"), 1).unwrap();
        create(&state.join("new")).unwrap();
        let again = create(&state.join("new")).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&state), mode(&home.path().join("state"))), (0o700, 0o700));
        let mut names = vec![];
        for file in fs::read_dir(&state).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            names.push(path.file_name().unwrap().to_owned());
        }
        names.sort();
        assert_eq!(names, ["lines", "lock", "new", "whole"], "nothing is left beside them");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let nowhere = Path::new("/dev/null/state/file");
        assert!(to_append(nowhere).is_err());
        assert!(replace(nowhere, b"x").is_err());
        assert!(locked(nowhere, 1).is_err());
    }
}
