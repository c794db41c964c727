//! The recording: a thread that writes what the tap notes, at once and never over another file.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;

use crate::clock::Clock;
use crate::event::grant::Grant;
use crate::event::time::{Millis, Timestamp};
use crate::event::veil::veiled;
use crate::private;
use crate::source::batch::{Batch, Receipt};
use crate::source::object;
use crate::source::tape::buffer::{Alike, Held, Summary, runs};
use crate::source::tape::line::{Head, Line, Meta, News, VERSION, written};
use crate::source::tape::reel::Writer;
use crate::store::snapshot::Part;

/// How long what was noted may wait before it is written: what a killed program loses.
const FLUSH: Duration = Duration::from_millis(500);
/// How long a frame is written to, and how many bytes it holds unpacked, about.
const FRAME: Duration = Duration::from_secs(10);
const FRAME_BYTES: usize = 4 << 20;
/// How long what was in the buffer is written without a word, and how often it is told then.
const SLOW: Duration = Duration::from_secs(1);
const TOLD: Duration = Duration::from_millis(250);
/// Grants of one line.
const GRANTS: usize = 256;

/// How a recording is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The words of the sources, by their numbers.
    pub sources: Vec<String>,
    /// Secrets are kept as they came.
    pub with_secrets: bool,
    /// Bytes that the file may have.
    pub most: u64,
    /// Receipts of batches are given once they are written: nobody else stores them.
    pub gives_receipts: bool,
    /// It begins midway: what is in the buffer is written first.
    pub with_buffer: bool,
}

/// What is told of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// What was in the buffer is being written, and that takes a while.
    Writes {
        /// Rows that are written.
        rows: u64,
        /// Rows that there were.
        of: u64,
        /// About how long the rest takes.
        left: Millis,
    },
    /// What was in the buffer is written, this many rows of so many; from here on it is live.
    Live {
        /// Rows that are written.
        rows: u64,
        /// Rows that there were.
        of: u64,
    },
    /// It has ended; with why, where it could not go on. The last that is told.
    Ended(Made, Result<(), String>),
}

/// What a recording came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Batches that were written.
    pub batches: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Something to be recorded, and when it came in.
#[derive(Debug)]
pub enum Noted {
    /// Bytes; the room that they take is given back once they are written.
    Batch(Timestamp, Box<Batch>, Arc<OwnedSemaphorePermit>),
    /// Anything else.
    News(Timestamp, News),
    /// What is known of everything but events when it begins: the first thing that is noted.
    Standing(Timestamp, Vec<News>),
}

/// The way to the recording. It ends when this is dropped.
#[derive(Debug)]
pub struct Recorder {
    to: Sender<Noted>,
    gives_receipts: bool,
    held: Option<Sender<Held>>,
    /// Says that the end is wanted, to whoever still writes what was there at the beginning.
    is_ending: Arc<AtomicBool>,
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }
}

impl Recorder {
    /// Begins a recording in a new file that only its owner may read.
    pub fn start(
        path: &Path,
        options: Options,
        clock: Clock,
        mut tell: impl FnMut(Stage) + Send + 'static,
    ) -> io::Result<Self> {
        let file = private::create(path)?;
        let (to, noted) = channel();
        let (hold, buffer) = channel();
        let is_ending = Arc::new(AtomicBool::new(false));
        let gives_receipts = options.gives_receipts;
        let hold = options.with_buffer.then_some(hold);
        let (begun, ends) = (clock.now(), Arc::clone(&is_ending));
        thread::Builder::new().name("recorder".into()).spawn(move || {
            let mut made = Made::default();
            let from = From { noted: &noted, buffer: &buffer, is_ending: &ends };
            let ended = record(file, (&options, begun), &from, (&mut made, &mut tell));
            drop((noted, buffer));
            tell(Stage::Ended(made, ended.map_err(|error| error.to_string())));
        })?;
        Ok(Self { to, gives_receipts, held: hold, is_ending })
    }

    /// Whom to hand what is in the buffer, where that is wanted: once.
    pub fn wants_held(&mut self) -> Option<Sender<Held>> {
        self.held.take()
    }

    /// Whether receipts of what is noted are given by the recording.
    pub fn gives_receipts(&self) -> bool {
        self.gives_receipts
    }

    /// Notes something; false where the recording has ended.
    pub fn note(&self, noted: Noted) -> bool {
        self.to.send(noted).is_ok()
    }
}

/// Where what is recorded comes from.
struct From<'f> {
    noted: &'f Receiver<Noted>,
    buffer: &'f Receiver<Held>,
    is_ending: &'f AtomicBool,
}

fn record(
    file: File,
    (options, begun): (&Options, Timestamp),
    from: &From<'_>,
    (made, tell): (&mut Made, &mut dyn FnMut(Stage)),
) -> io::Result<()> {
    let mut tape = Tape {
        reel: Writer::begin(file, VERSION)?,
        receipts: vec![],
        with_secrets: options.with_secrets,
        cut: Clock::instant(),
        flushed: Clock::instant(),
        last: begun,
        made,
    };
    let head = Head {
        version: VERSION,
        by: env!("CARGO_PKG_VERSION").to_owned(),
        sources: options.sources.clone(),
        has_secrets: options.with_secrets,
    };
    tape.line(begun, News::Head(head), &[])?;
    tape.flush()?;
    loop {
        let patience = FLUSH.saturating_sub(tape.flushed.elapsed());
        match from.noted.recv_timeout(patience) {
            Ok(Noted::News(at, news)) => tape.line(at, news, &[])?,
            Ok(Noted::Batch(at, batch, _room)) => tape.batch(at, *batch)?,
            Ok(Noted::Standing(at, standing)) => {
                for news in standing {
                    tape.line(at, news, &[])?;
                }
                // Whoever has it may have gone.
                let buffer = if options.with_buffer { from.buffer.recv().ok() } else { None };
                if let Some(buffer) = buffer {
                    tape.held(at, buffer, (from.is_ending, options.most), tell)?;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return tape.end(),
        }
        if tape.flushed.elapsed() >= FLUSH {
            tape.flush()?;
        }
        if tape.made.bytes >= options.most {
            tape.end()?;
            let most = options.most >> 20;
            return Err(io::Error::other(format!("it has come to {most} MiB (--max-size)")));
        }
    }
}

/// Tells how far something has come that takes long.
struct Progress {
    begun: Instant,
    told: Instant,
}

impl Progress {
    fn begun() -> Self {
        Self { begun: Clock::instant(), told: Clock::instant() }
    }

    fn tell(&mut self, (rows, of): (u64, u64), tell: &mut dyn FnMut(Stage)) {
        if self.begun.elapsed() < SLOW || self.told.elapsed() < TOLD {
            return;
        }
        self.told = Clock::instant();
        let left = self.begun.elapsed().as_millis() as u64 * of.saturating_sub(rows) / rows.max(1);
        tell(Stage::Writes { rows, of, left: Millis(i64::try_from(left).unwrap_or(i64::MAX)) });
    }
}

/// The file while it is written.
struct Tape<'m> {
    reel: Writer<File>,
    /// Of batches that are not flushed yet.
    receipts: Vec<Receipt>,
    with_secrets: bool,
    /// When the frame was begun, and when it was flushed last.
    cut: Instant,
    flushed: Instant,
    last: Timestamp,
    made: &'m mut Made,
}

impl Tape<'_> {
    fn line(&mut self, at: Timestamp, news: News, bytes: &[u8]) -> io::Result<()> {
        // A clock that was set back would have things come in before what came in before them.
        self.last = self.last.max(at);
        let end: &[u8] = if news.follows().is_some() { b"\n" } else { b"" };
        let line = written(&Line { at: self.last, news });
        self.reel.add(self.last, &[&line, bytes, end])
    }

    /// Writes what was in the buffer when the recording began, as long as nobody wants its end. What
    /// is written is let go of, the oldest first, as the buffer does: both hold each row once.
    fn held(
        &mut self,
        at: Timestamp,
        held: Held,
        (is_ending, most): (&AtomicBool, u64),
        tell: &mut dyn FnMut(Stage),
    ) -> io::Result<()> {
        let Held { rows, cover } = held;
        let summary = Summary::of(&rows);
        self.line(at, News::Buffer(summary), &[])?;
        for grants in rows.kin().grants().chunks(GRANTS) {
            let grants = grants.iter().map(|grant| Grant::clone(grant)).collect();
            self.line(at, News::Issued(grants), &[])?;
        }
        let mut parts: VecDeque<Part> = rows.parts().iter().cloned().collect();
        drop(rows);
        let (mut written, mut progress) = (0, Progress::begun());
        while let Some(part) = parts.pop_front() {
            let mut done = Ok(());
            runs(&part, &mut |alike, bytes, n| {
                if done.is_ok() && !is_ending.load(Ordering::Relaxed) {
                    done = self.run(at, alike, bytes);
                    written += n;
                }
            });
            done?;
            let is_enough = is_ending.load(Ordering::Relaxed) || self.made.bytes >= most;
            if is_enough {
                break;
            }
            progress.tell((written, summary.rows), tell);
        }
        self.line(at, News::Covered(Box::new(cover)), &[])?;
        self.line(at, News::Live { rows: written }, &[])?;
        self.cut()?;
        tell(Stage::Live { rows: written, of: summary.rows });
        Ok(())
    }

    /// Writes rows that were in the buffer.
    fn run(&mut self, at: Timestamp, alike: Alike, bytes: &[u8]) -> io::Result<()> {
        let bytes = if self.with_secrets { bytes.into() } else { veiled(bytes) };
        let alike = alike.of_len(bytes.len());
        self.line(at, News::Before(Box::new(alike)), &bytes)?;
        if self.reel.in_frame() >= FRAME_BYTES {
            self.cut()?;
        }
        Ok(())
    }

    /// Writes a batch as whoever reads it will see it: unpacked, each piece for itself.
    fn batch(&mut self, at: Timestamp, mut batch: Batch) -> io::Result<()> {
        self.receipts.extend(batch.receipt.take());
        let bytes = std::mem::take(&mut batch.bytes);
        let Some(options) = batch.packed else { return self.piece(at, &batch, &bytes) };
        let mut room = vec![];
        if let Some(bytes) = object::unpacked(&bytes, &options, &mut room) {
            return self.piece(at, &batch, bytes);
        }
        let mut written = Ok(());
        object::read(&*bytes, &options, &mut |chunk| {
            let part = Batch {
                base: chunk.base,
                extent: chunk.extent,
                damage: chunk.damage,
                last: chunk.last,
                ..batch.bare()
            };
            written = self.piece(at, &part, &chunk.bytes);
            if written.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        written
    }

    fn piece(&mut self, at: Timestamp, batch: &Batch, bytes: &[u8]) -> io::Result<()> {
        let bytes = if self.with_secrets { bytes.into() } else { veiled(bytes) };
        let meta = Meta::of(batch, &bytes);
        self.line(at, News::Batch(Box::new(meta)), &bytes)?;
        self.made.batches += 1;
        if self.reel.in_frame() >= FRAME_BYTES {
            self.cut()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.cut.elapsed() >= FRAME {
            return self.cut();
        }
        self.reel.flush()?;
        self.is_written();
        Ok(())
    }

    fn cut(&mut self) -> io::Result<()> {
        self.reel.cut()?;
        self.cut = Clock::instant();
        self.is_written();
        Ok(())
    }

    fn is_written(&mut self) {
        self.made.bytes = self.reel.written();
        self.flushed = Clock::instant();
        self.receipts.drain(..).for_each(Receipt::give);
    }

    fn end(&mut self) -> io::Result<()> {
        let batches = self.made.batches;
        self.line(self.last, News::End { batches }, &[])?;
        self.cut()?;
        self.reel.sync()
    }
}
