//! Reads one object (a file, the body of a response, a pipe) into runs of bytes that hold whole
//! values: unpacked, bounded in memory, and with what was read before a damage.

use std::io::{self, Read};
use std::ops::ControlFlow;

use libdeflater::Decompressor;

use crate::event::envelope::{Extent, Piece};
use crate::source::cutter::Cutter;
use crate::source::inflate::Inflate;

/// How many bytes of lines are gathered before they are handed over.
const CHUNK: usize = 4 << 20;
/// The most bytes that are unpacked at once.
const AT_ONCE: usize = 16 << 20;
/// Bytes asked for at a time. A whole zstd block (128 KiB) fills it a whole number of times, so that
/// a block before a damaged one is handed over.
const READ: usize = 64 << 10;

/// How an object is read.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Bytes one packed object may expand to; of one that is not packed, bytes of one value or line.
    pub max_object: u64,
    /// Hands over complete lines as soon as they were read: for streams somebody waits for.
    pub eager: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_object: 1 << 30, eager: false }
    }
}

/// A run of bytes of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Where `bytes` begins in the unpacked object.
    pub base: u64,
    /// Unpacked bytes.
    pub bytes: Vec<u8>,
    /// What they are of the object.
    pub extent: Extent,
    /// Why nothing beyond them could be read. Only the last chunk has one.
    pub damage: Option<String>,
    /// Whether the object ends here. There is exactly one last chunk, maybe an empty one, unless
    /// the receiver stopped before.
    pub last: bool,
}

impl Chunk {
    /// As the reader of records takes it.
    pub fn piece(&self) -> Piece<'_> {
        Piece {
            bytes: &self.bytes,
            base: self.base,
            extent: self.extent,
            damage: self.damage.as_deref(),
        }
    }
}

/// How the reading of an object went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Bytes taken from the reader, as they are stored.
    pub stored: u64,
    /// Bytes handed over or dropped as damaged, unpacked.
    pub unpacked: u64,
    /// Whether the object was read to its end without damage.
    pub whole: bool,
    /// Whether the receiver wanted no more.
    pub stopped: bool,
    /// Whether each of its lines stands for itself, so that what will be written behind the last one
    /// can be read alone.
    pub lines: bool,
}

/// Unpacks a small gzip object at once, which takes half the time of a stream. `None` where anything
/// is unusual (several members, damage, a size beyond `options`): then [`read`] finds out what. The
/// room is only ever made larger.
pub fn unpacked<'r>(packed: &[u8], options: &Options, room: &'r mut Vec<u8>) -> Option<&'r [u8]> {
    let size = size_at_once(packed, options)?;
    if room.len() < size {
        room.resize(size, 0);
    }
    let bytes = &mut room[..size];
    let made = Decompressor::new().gzip_decompress(packed, bytes).ok()?;
    // The checksum was verified; the size is that of the end of the object, not of a first member.
    (made == size).then_some(&*bytes)
}

/// The size that an object may be unpacked to at once; `None` where it has to be read as a stream.
pub fn size_at_once(packed: &[u8], options: &Options) -> Option<usize> {
    const MEMBER: &[u8] = b"\x1f\x8b\x08";
    let rest = packed.strip_prefix(MEMBER)?;
    let size = u32::from_le_bytes(*packed.last_chunk()?) as usize;
    // A second member would be passed over. Three bytes may also be there by chance: no harm.
    let is_one = memchr::memmem::find(rest, MEMBER).is_none();
    (is_one && size <= AT_ONCE && size as u64 <= options.max_object).then_some(size)
}

/// Counts what goes through it.
struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Reads one object and hands it over in chunks until it ends or `emit` breaks. No error is
/// returned: whatever goes wrong is the damage of the last chunk.
pub fn read(
    reader: impl Read,
    options: &Options,
    emit: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Outcome {
    let mut counted = Counted { inner: reader, bytes: 0 };
    let mut outcome = Outcome::default();
    let mut cutter = Cutter::default();
    let damage = match Inflate::new(&mut counted) {
        Ok(mut inflate) => gather(&mut inflate, options, &mut cutter, &mut outcome, emit),
        Err(error) => Some(error.to_string()),
    };
    outcome.stored = counted.bytes;
    outcome.whole = damage.is_none() && !outcome.stopped;
    outcome.lines |= cutter.is_lines();
    if !outcome.stopped {
        let (base, bytes, extent) = cutter.finish();
        outcome.stopped = emit(Chunk { base, bytes, extent, damage, last: true }).is_break();
    }
    outcome
}

/// Reads to the end and hands over all but the last chunk; gives the damage that ended it.
fn gather(
    inflate: &mut Inflate<impl Read>,
    options: &Options,
    cutter: &mut Cutter,
    outcome: &mut Outcome,
    emit: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Option<String> {
    let mut buffer = vec![0; READ];
    loop {
        let read = match inflate.read(&mut buffer) {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Some(error.to_string()),
        };
        let room = options.max_object.saturating_sub(outcome.unpacked);
        outcome.unpacked += read as u64;
        let fits = !inflate.is_packed() || room >= read as u64;
        cutter.push(&buffer[..if fits { read } else { room as usize }]);
        let is_full = cutter.held() as u64 > options.max_object;
        if (options.eager || cutter.held() >= CHUNK || is_full) && cutter.is_ready() {
            let (base, bytes, extent) = cutter.cut();
            outcome.lines |= extent == Extent::Lines;
            let chunk = Chunk { base, bytes, extent, damage: None, last: false };
            if emit(chunk).is_break() {
                outcome.stopped = true;
                return None;
            }
        }
        if !fits {
            return Some(format!("expands beyond --max-object {}", options.max_object));
        }
        if cutter.held() as u64 > options.max_object {
            cutter.truncate(options.max_object as usize);
            return Some(format!("holds more at a time than --max-object {}", options.max_object));
        }
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
