//! A bucket of tokens that all programs of a user share through a small file: what AWS allows, it
//! allows an account, not a program. Where the file cannot be used, a program keeps to its own
//! bucket and says nothing: it only shares less well. Blocks: to be called off the async workers.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::event::time::Timestamp;
use crate::private;
use crate::source::pace::{Bucket, Level};

/// What the file begins with: its kind and version.
const MARK: &str = "trailtop-bucket-1";
/// Longer than any line of ours.
const LONGEST: u64 = 128;
/// How often one asks for the file that another program has.
const TRIES: u32 = 20;

/// A bucket, and the file it is shared through.
#[derive(Debug)]
pub struct Shared {
    bucket: Bucket,
    path: Option<PathBuf>,
}

impl Shared {
    /// A bucket of this program alone.
    pub fn alone(bucket: Bucket) -> Self {
        Self { bucket, path: None }
    }

    /// Shares it from now on through a file of this name in this folder.
    pub fn through(&mut self, folder: &Path, name: &str) {
        self.path = Some(folder.join(name));
    }

    /// Whether it is shared, so that taking may block.
    pub fn is_shared(&self) -> bool {
        self.path.is_some()
    }

    /// Takes a token, or says how long until there is one.
    pub fn take(&mut self, now: Timestamp) -> Result<(), Duration> {
        self.with(now, |bucket| bucket.take(now))
    }

    /// The other side said that it was too much: everybody slows down.
    pub fn throttled(&mut self, now: Timestamp) {
        self.with(now, |bucket| bucket.throttled(now));
    }

    /// Does something with the bucket as the file has it.
    fn with<R>(&mut self, now: Timestamp, act: impl FnOnce(&mut Bucket) -> R) -> R {
        let file = self.path.as_deref().and_then(|path| private::locked(path, TRIES).ok());
        let Some(mut file) = file else { return act(&mut self.bucket) };
        if let Some(level) = read(&mut file) {
            self.bucket.recall(level, now);
        }
        let done = act(&mut self.bucket);
        // A full disk: the next one finds what was there, or falls back on its own bucket.
        write(&mut file, self.bucket.level(now)).ok();
        done
    }
}

fn read(file: &mut File) -> Option<Level> {
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let mut words = text.strip_suffix('\n')?.split(' ');
    let is_ours = words.next()? == MARK;
    let mut number = || words.next()?.parse::<f64>().ok();
    let (rate, tokens) = (number()?, number()?);
    let at = Timestamp(words.next()?.parse().ok()?);
    (is_ours && words.next().is_none()).then_some(Level { rate, tokens, at })
}

/// Writes in place: a line is as long as the one before it, so that a full disk does no harm.
fn write(file: &mut File, level: Level) -> io::Result<()> {
    let Level { rate, tokens, at } = level;
    let line = format!("{MARK} {rate:09.4} {tokens:09.4} {:020}\n", at.0);
    file.seek(SeekFrom::Start(0))?;
    file.write_all(line.as_bytes())?;
    file.set_len(line.len() as u64)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::event::time::Millis;

    fn bucket() -> Bucket {
        Bucket::new(1.0, 1.8, 2.0)
    }

    fn shared(folder: &Path) -> Shared {
        let mut shared = Shared::alone(bucket());
        shared.through(folder, "lookup-111122223333-eu-west-1.bucket");
        shared
    }

    #[test]
    fn two_programs_together_keep_to_the_rate() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("run/trailtop");
        let mut programs = [shared(&folder), shared(&folder)];
        let (mut now, mut taken) = (Timestamp(1_688_990_400_000), 0u32);
        let start = now;
        while now < start + Millis::seconds(60) {
            for program in &mut programs {
                taken += u32::from(program.take(now).is_ok());
            }
            now = now + Millis(100);
        }
        assert!((58..=66).contains(&taken), "{taken} calls in a minute");
        // One was told that it is too much: both slow down.
        programs[0].throttled(now);
        let wait = programs[1].take(now).unwrap_err();
        assert!(wait > Duration::from_millis(1500), "{wait:?}");
        let mode = fs::metadata(folder.join("lookup-111122223333-eu-west-1.bucket")).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
    }

    #[test]
    fn what_cannot_be_shared_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lookup-111122223333-eu-west-1.bucket");
        let now = Timestamp(1_688_990_400_000);
        let odd: [&[u8]; 7] = [
            b"",
            b"\xff\xfe\x00",
            b"trailtop-bucket-1 nan inf 7\n",
            b"trailtop-bucket-1 1e300 1e300 0\n",
            b"trailtop-bucket-1 -5 -5 99999999999999999\n",
            b"trailtop-bucket-2 1 1 0\n",
            &[b'7'; 4000],
        ];
        for odd in odd {
            fs::write(&path, odd).unwrap();
            let mut program = shared(folder.path());
            let taken = (0..5).filter(|_| program.take(now).is_ok()).count();
            assert!(taken <= 2, "{:?}: {taken}", String::from_utf8_lossy(odd));
            let wait = program.take(now).unwrap_err();
            assert!(wait < Duration::from_secs(11), "{wait:?}");
            assert!(read(&mut File::open(&path).unwrap()).is_some(), "it is mended");
        }
        // A folder where the file should be, and a folder that cannot be made.
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(shared(folder.path()).take(now), Ok(()));
        let mut nowhere = Shared::alone(bucket());
        nowhere.through(Path::new("/dev/null/trailtop"), "x");
        assert_eq!(nowhere.take(now), Ok(()));
    }

    #[test]
    fn a_program_that_hangs_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp(1_688_990_400_000);
        let mut program = shared(folder.path());
        program.take(now).unwrap();
        let held = private::locked(program.path.as_deref().unwrap(), 1).unwrap();
        assert_eq!(program.take(now), Ok(()), "its own bucket has one more");
        assert!(program.take(now).is_err());
        drop(held);
    }
}
