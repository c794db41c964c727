//! Keeps what is left of a run for the next one, in a file of the state folder. It is read before
//! the screen opens and written after it has closed; what cannot be kept is said then.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::app::session::Session;
use crate::private;
use crate::shell::resolve;

/// More than anybody leaves.
const MOST: u64 = 1 << 20;

fn path() -> Option<PathBuf> {
    Some(resolve::state_folder()?.join("session.toml"))
}

/// What was left of the runs before; nothing where that cannot be read: nobody depends on it.
pub fn read() -> Session {
    path().map_or_else(Session::default, |path| read_at(&path))
}

fn read_at(path: &Path) -> Session {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text));
    read.ok().and_then(|_| toml::from_str(&text).ok()).unwrap_or_default()
}

/// Keeps what is left of this run, on top of what others have left meanwhile. Says what went wrong,
/// where there is a home at all.
pub fn keep(session: Session) -> Option<String> {
    let path = path()?;
    let told =
        |error| format!("the filters that were typed are not kept: {}: {error}", path.display());
    keep_at(&path, session).err().map(told)
}

fn keep_at(path: &Path, session: Session) -> io::Result<()> {
    let before = read_at(path);
    let after = before.clone().after(session);
    if after == before {
        return Ok(());
    }
    let text = toml::to_string(&after).map_err(io::Error::other)?;
    private::replace(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_left_is_there_the_next_time_and_for_its_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trailtop/session.toml");
        assert_eq!(read_at(&path), Session::default());
        let left = Session {
            context: Some("prod".into()),
            filters: vec!["user:\"a b\"".into(), "@denied".into()],
            ..Session::default()
        };
        keep_at(&path, left.clone()).unwrap();
        assert_eq!(read_at(&path), left);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
        let mine = Session { filters: vec!["x".into()], ..Session::default() };
        keep_at(&path, mine).unwrap();
        let both = read_at(&path);
        assert_eq!(both.filters, ["user:\"a b\"", "@denied", "x"]);
        assert_eq!(both.context.as_deref(), Some("prod"), "a run without a context forgets none");
        // A file that was damaged is as none.
        fs::write(&path, "filters = 7").unwrap();
        assert_eq!(read_at(&path), Session::default());
    }
}
