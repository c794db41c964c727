//! Files, folders and standard input as a source.
//!
//! A folder is read in the order of the delivery labels in its keys, then by path. With `follow`,
//! new files of a folder are picked up and files that grow are read on.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::event::envelope::{Extent, is_complete};
use crate::event::field::Origin;
use crate::event::label::label;
use crate::event::read::Hints;
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Gone, Outlet};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::object::{self, Chunk};

/// How often a followed folder is looked at. Listing is used rather than file events, because it
/// works on network file systems and through symbolic links.
const LOOK: Duration = Duration::from_millis(500);
/// Endings of the files of a folder that are read.
const ENDINGS: [&str; 4] = [".json", ".jsonl", ".ndjson", ".log"];

/// The most bytes behind the last line feed of a growing file that are looked at.
const MOST_TAIL: u64 = 16 << 20;

/// The most bytes of a packed object that is unpacked by whoever reads it.
const MOST_PACKED: u64 = 8 << 20;

/// What to read and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// A file, a folder, or `-` for standard input.
    pub path: PathBuf,
    /// Keep watching after everything was read.
    pub follow: bool,
    /// Bytes that one object may expand to.
    pub max_object: u64,
}

/// One path given by the user.
#[derive(Debug)]
pub struct Files {
    options: Options,
    waiting: VecDeque<PathBuf>,
    known: BTreeMap<PathBuf, Known>,
    /// How many of them are held back.
    held_back: usize,
    progress: Progress,
    listed: bool,
}

/// What is known of a file that was read.
#[derive(Debug, Clone, Copy)]
struct Known {
    object: u64,
    /// Bytes read up to the end of the last complete line; `None` where it cannot be read on.
    read_to: Option<u64>,
    size: u64,
    /// Whether its beginning looked half written: it is looked at once more before it is judged.
    held: bool,
}

impl Files {
    /// A source over one path.
    pub fn new(options: Options) -> Self {
        let (waiting, known) = (VecDeque::new(), BTreeMap::new());
        let progress = Progress::default();
        Self { options, waiting, known, held_back: 0, progress, listed: false }
    }

    fn is_stdin(&self) -> bool {
        self.options.path == Path::new("-")
    }

    /// Lists what is new: files not seen before, and files that grew. Nothing waits any more then.
    fn list(&mut self) -> Result<(), Fault> {
        let path = &self.options.path;
        let found = if self.is_stdin() {
            vec![path.clone()]
        } else if path.is_dir() {
            list_folder(path)
        } else {
            fs::metadata(path).map_err(|why| unreadable(path, &why))?;
            vec![path.clone()]
        };
        for path in found {
            let is_new = match self.known.get(&path) {
                None => true,
                Some(known) => {
                    let size = fs::metadata(&path).map_or(known.size, |meta| meta.len());
                    // What cannot be read on (it was half written when it was met, is packed, or is
                    // one JSON value) is read again whole: what it had before is a duplicate then.
                    size != known.size || known.held
                }
            };
            if is_new {
                self.waiting.push_back(path);
            }
        }
        self.progress.waiting = self.waiting.len() as u64;
        Ok(())
    }
}

impl Source for Files {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        if !self.listed || (self.options.follow && self.waiting.is_empty() && !self.is_stdin()) {
            self.listed = true;
            self.list()?;
        }
        let Some(path) = self.waiting.pop_front() else {
            return Ok(match self.options.follow && !self.is_stdin() {
                true => Pulled::Nothing(LOOK),
                false => Pulled::End,
            });
        };
        let before = self.known.get(&path).copied();
        let object = before.map_or(self.known.len() as u64, |known| known.object);
        let job = Job {
            path: path.clone(),
            object,
            from: before.and_then(|known| known.read_to),
            again: before.is_some_and(|known| !known.held),
            held_at: before.filter(|known| known.held).map(|known| known.size),
            is_named: path == self.options.path,
            options: self.options.clone(),
            outlet: outlet.clone(),
        };
        let read = tokio::task::spawn_blocking(move || job.read()).await;
        let read =
            read.map_err(|_| Fault::Down(format!("{}: reading it broke off", path.display())))??;
        self.progress.objects += u64::from(before.is_none());
        self.progress.bytes += read.bytes;
        let Read1 { read_to, size, held, .. } = read;
        self.known.insert(path, Known { object, read_to, size, held });
        // What is held back is not read: the screen says so.
        self.held_back += usize::from(held);
        self.held_back -= usize::from(before.is_some_and(|known| known.held));
        self.progress.waiting = (self.waiting.len() + self.held_back) as u64;
        // A half-written file is looked at again with the next look, not at once.
        Ok(if held && self.waiting.is_empty() { Pulled::Nothing(LOOK) } else { Pulled::Some })
    }

    fn progress(&self) -> Progress {
        self.progress
    }
}

/// Reading one file once.
struct Job {
    path: PathBuf,
    object: u64,
    from: Option<u64>,
    again: bool,
    /// The size at which it looked half written the last time.
    held_at: Option<u64>,
    is_named: bool,
    options: Options,
    outlet: Outlet,
}

#[derive(Default)]
struct Read1 {
    bytes: u64,
    read_to: Option<u64>,
    size: u64,
    held: bool,
}

impl Job {
    fn read(self) -> Result<Read1, Fault> {
        if self.path == Path::new("-") {
            let bytes = self.send_all(io::stdin().lock(), 0, true)?.bytes;
            return Ok(Read1 { bytes, ..Read1::default() });
        }
        if !self.is_named && fs::metadata(&self.path).is_ok_and(|meta| is_special(&meta)) {
            // Opening a pipe waits for its writer, and a device may have no end: neither lies in a
            // folder to be read. A path named on the command line may be either.
            self.send(
                broken("not a regular file: name it on the command line to read it".into()),
                None,
            )?;
            return Ok(Read1::default());
        }
        let opened = File::open(&self.path).and_then(|file| Ok((file.metadata()?, file)));
        let (meta, mut file) = match opened {
            Ok(opened) => opened,
            Err(why) if self.is_named => return Err(unreadable(&self.path, &why)),
            Err(why) => {
                // One bad file of a readable folder is a skip; the others are read.
                self.send(broken(format!("cannot be opened: {why}")), None)?;
                return Ok(Read1::default());
            }
        };
        let size = meta.len();
        let from = self.from.filter(|from| *from <= size).unwrap_or(0);
        if !meta.is_file() {
            let bytes = self.send_all(file, 0, true)?.bytes;
            return Ok(Read1 { bytes, ..Read1::default() });
        }
        if self.options.follow && is_plain(&mut file).unwrap_or(false) {
            return self.read_lines(file, from, size);
        }
        if size > MOST_PACKED {
            let sent = self.send_all(file, 0, false)?;
            return Ok(Read1 { bytes: sent.bytes, size, ..Read1::default() });
        }
        // A small object is unpacked by whoever reads it, on any core.
        let mut stored = Vec::with_capacity(size as usize + 1);
        let read = file.take(MOST_PACKED).read_to_end(&mut stored);
        let bytes = stored.len() as u64;
        let options = self.unpacking(false);
        if read.is_ok() && object::size_at_once(&stored, &options).is_some() {
            let chunk = Chunk { bytes: stored, damage: None, ..broken(String::new()) };
            self.send(chunk, Some(options)).map_err(Fault::Gone)?;
        } else {
            self.send_all(stored.chain(Failing(read.err())), 0, false)?;
        }
        Ok(Read1 { bytes, size, ..Read1::default() })
    }

    /// Reads a plain file that may grow: up to its last complete line, or its end where what
    /// follows the last line feed is complete JSON; that is where the next look goes on. A file of
    /// which nothing is complete yet is being written: it is left alone until it stops growing.
    fn read_lines(&self, mut file: File, from: u64, size: u64) -> Result<Read1, Fault> {
        let down = |why: io::Error| unreadable(&self.path, &why);
        let end = last_line_end(&mut file, from, size).map_err(down)?;
        let rest = size - end;
        let mut tail = vec![];
        if rest <= MOST_TAIL {
            file.seek(SeekFrom::Start(end)).map_err(down)?;
            Read::by_ref(&mut file).take(rest).read_to_end(&mut tail).map_err(down)?;
        }
        let mut stop = size;
        if !is_complete(&tail) {
            if end > from {
                stop = end;
            } else if from > 0 {
                return Ok(Read1 { read_to: Some(from), size, ..Read1::default() });
            } else if size > 0 && self.held_at != Some(size) {
                return Ok(Read1 { read_to: Some(0), size, held: true, ..Read1::default() });
            }
        }
        file.seek(SeekFrom::Start(from)).map_err(down)?;
        let sent = self.send_all(file.take(stop - from), from, false)?;
        // What lies before was lines by themselves.
        let read_to = (from > 0 || sent.lines).then_some(stop);
        Ok(Read1 { bytes: sent.bytes, read_to, size, held: false })
    }

    fn send_all(&self, reader: impl Read, from: u64, eager: bool) -> Result<Sent, Fault> {
        let options = self.unpacking(eager);
        let mut gone = false;
        let mut lines = false;
        let outcome = object::read(reader, &options, &mut |mut chunk| {
            lines |= ends_whole_line(&chunk);
            chunk.base += from;
            gone = self.send(chunk, None).is_err();
            if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if gone {
            Err(Fault::Gone(Gone))
        } else {
            Ok(Sent { bytes: outcome.stored, lines: lines || outcome.lines })
        }
    }

    fn unpacking(&self, eager: bool) -> object::Options {
        object::Options { max_object: self.options.max_object, eager }
    }

    fn send(&self, chunk: Chunk, packed: Option<object::Options>) -> Result<(), Gone> {
        let name: Arc<str> = match self.path.to_str() {
            Some("-") => "standard input".into(),
            _ => self.path.to_string_lossy().into(),
        };
        let label = label(&name);
        let delivered: Option<Timestamp> = label.as_ref().and_then(|label| label.time);
        self.outlet.send_blocking(Batch {
            source: self.outlet.source,
            object: self.object,
            again: self.again,
            name,
            origin: Origin::File,
            origins: Origin::File.bit(),
            hints: Arc::new(label.map(Hints::from).unwrap_or_default()),
            delivered,
            base: chunk.base,
            bytes: chunk.bytes,
            packed,
            extent: chunk.extent,
            damage: chunk.damage,
            last: chunk.last,
            was_there: false,
            played: None,
            before: None,
            receipt: None,
        })
    }
}

/// The end of a file that could not be read on.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

struct Sent {
    bytes: u64,
    lines: bool,
}

fn broken(why: String) -> Chunk {
    Chunk { base: 0, bytes: vec![], extent: Extent::Whole, damage: Some(why), last: true }
}

/// Whether a whole file is one complete line, as a file that just began to grow is.
fn ends_whole_line(chunk: &Chunk) -> bool {
    chunk.bytes.last() == Some(&b'\n') && memchr::memchr_iter(b'\n', &chunk.bytes).count() == 1
}

fn unreadable(path: &Path, why: &io::Error) -> Fault {
    Fault::Down(format!("{}: {why}", path.display()))
}

/// Whether it is a pipe, a socket or a device.
fn is_special(meta: &fs::Metadata) -> bool {
    !meta.is_file() && !meta.is_dir()
}

/// Whether a file is neither gzip nor zstd.
fn is_plain(file: &mut File) -> io::Result<bool> {
    let mut head = [0; 4];
    let got = file.read(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(!matches!(&head[..got], [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd]))
}

/// The offset just past the last line feed in `from..size`, or `from`.
fn last_line_end(file: &mut File, from: u64, size: u64) -> io::Result<u64> {
    const STEP: u64 = 64 * 1024;
    let mut end = size;
    while end > from {
        let start = end.saturating_sub(STEP).max(from);
        file.seek(SeekFrom::Start(start))?;
        let mut block = vec![];
        Read::by_ref(file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = memchr::memrchr(b'\n', &block) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(from)
}

/// The files of a folder that are to be read, in the order of their delivery labels, then by path.
fn list_folder(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).follow_links(true);
    let mut found: Vec<(Option<Timestamp>, PathBuf)> = entries
        .into_iter()
        .filter_map(|entry| match entry {
            Ok(entry) => (!entry.file_type().is_dir()).then(|| entry.into_path()),
            // A folder that cannot be listed is a path that cannot be read, and is named as one.
            Err(error) => error.path().map(Path::to_path_buf),
        })
        .filter_map(|path| {
            let name = path.to_string_lossy();
            let label = label(&name);
            let plain = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
            let wanted = label.is_some()
                || ENDINGS.iter().any(|ending| plain.ends_with(ending))
                || path.is_dir();
            wanted.then(|| (label.and_then(|label| label.time), path.clone()))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}
