//! The file of a tape: a zstd file that `zstd -dc` unpacks, cut into frames that stand for themselves.
//!
//! ```text
//! skippable frame "trailtop tape 1"
//! skippable frame with a mark, the number of the frame and its first moment ─┐ again
//! zstd frame with a checksum: lines and bytes, see `line`                   ─┘ and again
//! ```
//!
//! Inside a frame everything is flushed at least once a second, so that whoever is killed loses no
//! more than that; where a frame is damaged, the next mark is where reading goes on.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};

use zstd::stream::{read, write};

use crate::event::time::Timestamp;

/// The magic numbers of the two skippable frames, as they stand in the file.
const NAMED: [u8; 4] = [0x5a, 0x2a, 0x4d, 0x18];
const MARKED: [u8; 4] = [0x5b, 0x2a, 0x4d, 0x18];
/// What a file begins with, behind the magic number and the length of it; its version ends the line.
const NAME: &str = "trailtop tape ";
/// What a mark begins with, behind its magic number and its length: it is searched for.
const MARK: [u8; 16] = *b"TRAILTOP\x00\xffFRAME\n";
/// Bytes of a mark: magic number, length, what it begins with, number, moment.
const MARK_BYTES: usize = 4 + 4 + MARK.len() + 8 + 8;
/// The level of compression: 3 takes 400 MB a second.
const LEVEL: i32 = 3;
/// The most that a frame may want to be remembered while it is unpacked: 8 MiB, by its logarithm.
const MOST_WINDOW: u32 = 23;
/// Bytes that are searched at a time.
const SEARCHED: usize = 1 << 20;

/// Writes a tape.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    frame: Option<Frame>,
    frames: u64,
    written: u64,
}

/// The frame that is being written.
struct Frame {
    packer: write::Encoder<'static, Vec<u8>>,
    bytes: usize,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl<W: Write> Writer<W> {
    /// Begins a tape.
    pub fn begin(mut out: W, version: u32) -> io::Result<Self> {
        let name = format!("{NAME}{version}\n");
        let begun = [&NAMED[..], &(name.len() as u32).to_le_bytes(), name.as_bytes()].concat();
        out.write_all(&begun)?;
        Ok(Self { out, frame: None, frames: 0, written: begun.len() as u64 })
    }

    /// Adds bytes that came in at `at` to the frame, a new one where there is none.
    pub fn add(&mut self, at: Timestamp, bytes: &[&[u8]]) -> io::Result<()> {
        let frame = match &mut self.frame {
            Some(frame) => frame,
            none => {
                let mut mark = Vec::with_capacity(MARK_BYTES);
                mark.extend(MARKED);
                mark.extend(((MARK_BYTES - 8) as u32).to_le_bytes());
                mark.extend(MARK);
                mark.extend(self.frames.to_le_bytes());
                mark.extend(at.0.to_le_bytes());
                let mut packer = write::Encoder::new(mark, LEVEL)?;
                packer.include_checksum(true)?;
                self.frames += 1;
                none.insert(Frame { packer, bytes: 0 })
            }
        };
        for bytes in bytes {
            frame.packer.write_all(bytes)?;
            frame.bytes += bytes.len();
        }
        Ok(())
    }

    /// Writes everything that was added so far: what is read of it needs nothing that comes later.
    pub fn flush(&mut self) -> io::Result<()> {
        let Some(frame) = &mut self.frame else { return Ok(()) };
        frame.packer.flush()?;
        let packed = frame.packer.get_mut();
        // One write: whoever is killed in it tears this part of the frame alone.
        self.out.write_all(packed)?;
        self.written += packed.len() as u64;
        packed.clear();
        Ok(())
    }

    /// Ends the frame, if there is one.
    pub fn cut(&mut self) -> io::Result<()> {
        let Some(frame) = self.frame.take() else { return Ok(()) };
        let packed = frame.packer.finish()?;
        self.out.write_all(&packed)?;
        self.written += packed.len() as u64;
        Ok(())
    }

    /// Bytes of the frame that is open, unpacked.
    pub fn in_frame(&self) -> usize {
        self.frame.as_ref().map_or(0, |frame| frame.bytes)
    }

    /// Bytes that were written.
    pub fn written(&self) -> u64 {
        self.written
    }
}

impl Writer<std::fs::File> {
    /// Waits until the disk has it.
    pub fn sync(&mut self) -> io::Result<()> {
        self.out.sync_all()
    }
}

/// Why something is no tape, or none that can be read.
#[derive(Debug, thiserror::Error)]
pub enum NoTape {
    /// It begins with something else.
    #[error("it is no recording of trailtop")]
    Other,
    /// A later trailtop made it.
    #[error(
        "it was recorded by a newer trailtop (version {0} of recordings; this one reads up to \
         version {1}): update trailtop to read it"
    )]
    Newer(u32, u32),
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
}

/// What was read of a tape: the content of a frame, and what of it is lost.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Where the frame begins in the file.
    pub offset: u64,
    /// What it holds, unpacked.
    pub bytes: Vec<u8>,
    /// Why it, or what follows it, could not be read.
    pub damage: Option<String>,
}

/// Reads a tape.
#[derive(Debug)]
pub struct Reader<R> {
    file: BufReader<R>,
    first: u64,
    at: u64,
    most: u64,
}

/// Whether a file begins as a tape does.
pub fn begins_as_tape(mut file: impl Read) -> bool {
    let mut begun = [0; 8 + NAME.len()];
    file.read_exact(&mut begun).is_ok() && begun[..4] == NAMED && &begun[8..] == NAME.as_bytes()
}

impl<R: Read + Seek> Reader<R> {
    /// Opens a tape of at most this version, no frame of which may expand beyond `most` bytes.
    pub fn open(file: R, version: u32, most: u64) -> Result<Self, NoTape> {
        let mut file = BufReader::with_capacity(1 << 16, file);
        if !begins_as_tape(&mut file) {
            return Err(NoTape::Other);
        }
        let mut line = vec![];
        file.by_ref().take(16).read_until(b'\n', &mut line)?;
        let text = std::str::from_utf8(&line).ok().and_then(|text| text.trim_end().parse().ok());
        let made: u32 = text.ok_or(NoTape::Other)?;
        if made > version {
            return Err(NoTape::Newer(made, version));
        }
        let first = file.stream_position()?;
        Ok(Self { file, first, at: first, most })
    }

    /// Goes back to the beginning.
    pub fn rewind(&mut self) {
        self.at = self.first;
    }

    /// How far it has come, in bytes of the file.
    pub fn offset(&self) -> u64 {
        self.at
    }

    /// The next frame; `None` at the end.
    pub fn take(&mut self) -> io::Result<Option<Taken>> {
        let offset = self.at;
        self.file.seek(SeekFrom::Start(offset))?;
        let mut mark = vec![];
        self.file.by_ref().take(MARK_BYTES as u64).read_to_end(&mut mark)?;
        if mark.is_empty() {
            return Ok(None);
        }
        if !is_mark(&mark) {
            return self.lost(offset, "there is no frame here").map(Some);
        }
        let mut bytes = vec![];
        let mut unpacked = read::Decoder::with_buffer(&mut self.file)?.single_frame();
        unpacked.window_log_max(MOST_WINDOW)?;
        let read = unpacked.by_ref().take(self.most + 1).read_to_end(&mut bytes);
        match read {
            Ok(_) if bytes.len() as u64 > self.most => {
                let why = format!("a frame expands beyond {} bytes (--max-object)", self.most);
                self.lost(offset, &why).map(Some)
            }
            Ok(_) => {
                self.at = self.file.stream_position()?;
                Ok(Some(Taken { offset, bytes, damage: None }))
            }
            Err(error)
                if error.kind() == ErrorKind::UnexpectedEof
                    && self.next_mark(offset + 1)?.is_none() =>
            {
                // Nobody has ended it; what was flushed is there.
                self.at = self.file.seek(SeekFrom::End(0))?;
                let damage = Some("the recording breaks off here".to_owned());
                Ok(Some(Taken { offset, bytes, damage }))
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => self.lost(offset, &format!("a frame is damaged ({error})")).map(Some),
        }
    }

    /// Says that a frame is lost and goes on with the next mark behind it.
    fn lost(&mut self, offset: u64, why: &str) -> io::Result<Taken> {
        let next = self.next_mark(offset + 1)?;
        let end = next.map_or_else(|| self.file.seek(SeekFrom::End(0)), Ok)?;
        self.at = end;
        let lost = end - offset;
        Ok(Taken { offset, bytes: vec![], damage: Some(format!("{why}: {lost} bytes are lost")) })
    }

    /// Where the next mark is from here on.
    fn next_mark(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        let mut held = vec![];
        loop {
            self.file.seek(SeekFrom::Start(at))?;
            held.clear();
            self.file.by_ref().take(SEARCHED as u64).read_to_end(&mut held)?;
            let found = memchr::memmem::find_iter(&held, &MARK).find(|found| *found >= 8);
            if let Some(found) = found {
                return Ok(Some(at + found as u64 - 8));
            }
            if held.len() < SEARCHED {
                return Ok(None);
            }
            at += (held.len() - MARK_BYTES) as u64;
        }
    }

    /// The first moment of the last frame, found without unpacking anything; where reading stands is
    /// left as it is.
    pub fn last_moment(&mut self) -> io::Result<Option<Timestamp>> {
        let size = self.file.seek(SeekFrom::End(0))?;
        let mut from = size;
        while from > self.first {
            from = from.saturating_sub(SEARCHED as u64 - MARK_BYTES as u64).max(self.first);
            self.file.seek(SeekFrom::Start(from))?;
            let mut held = vec![];
            self.file.by_ref().take(SEARCHED as u64).read_to_end(&mut held)?;
            let moment = |found: usize| held.get(found + MARK.len() + 8..)?.first_chunk().copied();
            let last = memchr::memmem::rfind(&held, &MARK).and_then(moment);
            if let Some(last) = last {
                return Ok(Some(Timestamp(i64::from_le_bytes(last))));
            }
        }
        Ok(None)
    }
}

fn is_mark(mark: &[u8]) -> bool {
    mark.len() == MARK_BYTES && mark[..4] == MARKED && mark[8..8 + MARK.len()] == MARK
}

#[cfg(test)]
#[path = "reel_tests.rs"]
mod tests;
