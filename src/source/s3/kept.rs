//! The file a checkpoint is kept in: one for each bucket, prefix and caller, written whole or not at
//! all. Blocks: to be called off the async workers. Whatever goes wrong is said once and stops
//! nothing.

use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use siphasher::sip::SipHasher13;

use crate::event::time::{Millis, Timestamp};
use crate::private;
use crate::source::s3::checkpoint::Checkpoint;

/// How often it is written at most.
const EVERY: Millis = Millis::seconds(30);
/// More than a checkpoint of a hundred thousand regions needs.
const MOST: u64 = 32 << 20;

/// Where a checkpoint is kept, and how that goes.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    /// Which bucket, prefix and caller it is of.
    of: String,
    /// When it was last written.
    saved: Option<Timestamp>,
    /// What the file holds now.
    text: String,
    /// What is wrong with the file, in a sentence.
    pub trouble: Option<String>,
}

impl Kept {
    /// The file in this folder of a bucket as a caller sees it.
    pub fn new(folder: &Path, bucket: &str, of: String) -> Self {
        let mut hasher = SipHasher13::new();
        hasher.write(of.as_bytes());
        let path = folder.join(format!("s3-{bucket}-{:016x}.json", hasher.finish()));
        Self { path, of, saved: None, text: String::new(), trouble: None }
    }

    /// An empty checkpoint for this file.
    pub fn empty(&self) -> Checkpoint {
        Checkpoint::new(&self.of)
    }

    /// What the last run left; nothing where there is no file, or one that cannot be used.
    pub fn load(&mut self) -> Option<Checkpoint> {
        let mut text = String::new();
        let read =
            File::open(&self.path).and_then(|file| file.take(MOST).read_to_string(&mut text));
        let checkpoint = match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err("it is damaged".to_owned())
            }
            Err(error) => Err(error.to_string()),
            Ok(_) => Checkpoint::read(&text, &self.of),
        };
        match checkpoint {
            Ok(checkpoint) => Some(checkpoint),
            Err(why) => {
                let path = self.path.display();
                self.trouble = Some(format!("the checkpoint {path} is not used: {why}"));
                None
            }
        }
    }

    /// Whether it may be written again.
    pub fn is_due(&self, now: Timestamp) -> bool {
        // A clock that was set back does not stop it.
        self.saved.is_none_or(|saved| now < saved || saved + EVERY <= now)
    }

    /// Writes it, if it says anything new.
    pub fn save(&mut self, checkpoint: &Checkpoint, now: Timestamp) {
        self.saved = Some(now);
        let text = checkpoint.text();
        if text == self.text {
            return;
        }
        match private::replace(&self.path, text.as_bytes()) {
            Ok(()) => self.text = text,
            Err(error) => {
                let path = self.path.display();
                self.trouble = Some(format!("no checkpoint can be written to {path}: {error}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn it_is_kept_whole_and_for_oneself() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state/trailtop");
        let kept = || Kept::new(&state, "trail", "s3://trail".to_owned());
        let (mut first, now) = (kept(), Timestamp(1_688_990_400_000));
        assert_eq!((first.load(), first.is_due(now)), (None, true));
        let mut checkpoint = first.empty();
        checkpoint.streams.push(("AWSLogs/".to_owned(), Some(7)));
        first.save(&checkpoint, now);
        assert!(!first.is_due(now + Millis::seconds(29)) && first.is_due(now + EVERY));
        assert!(first.is_due(now - Millis::hours(1)), "the clock was set back");
        assert_eq!((kept().load(), &first.trouble), (Some(checkpoint), &None));
        let names: Vec<_> = fs::read_dir(&state).unwrap().map(|it| it.unwrap().path()).collect();
        assert_eq!(names, [first.path.clone()], "nothing is left beside it");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&first.path), mode(&state)), (0o600, 0o700));
        let mut other = Kept::new(&state, "trail", "s3://trail/corp".to_owned());
        assert_eq!((other.load(), other.trouble), (None, None), "each has its own file");
    }

    #[test]
    fn what_cannot_be_kept_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let kept = |folder: &Path| Kept::new(folder, "trail", "s3://trail".to_owned());
        let mut nowhere = kept(Path::new("/dev/null/state"));
        assert_eq!(nowhere.load(), None);
        nowhere.save(&nowhere.empty(), Timestamp(0));
        assert!(nowhere.trouble.is_some_and(|it| it.starts_with("no checkpoint can be written")));
        for odd in [&b"\xff\xfe"[..], b"{\"version\":9}", b""] {
            let mut it = kept(folder.path());
            fs::write(&it.path, odd).unwrap();
            assert_eq!(it.load(), None);
            assert!(it.trouble.as_ref().is_some_and(|it| it.contains("is not used")), "{odd:?}");
            it.save(&it.empty(), Timestamp(0));
            assert_eq!(kept(folder.path()).load(), Some(it.empty()));
        }
    }
}
