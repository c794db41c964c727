//! The recording: a thread that writes what the tap notes, at once and never over another file.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;

use crate::clock::Clock;
use crate::event::time::Timestamp;
use crate::event::veil::veiled;
use crate::private;
use crate::source::batch::{Batch, Receipt};
use crate::source::object;
use crate::source::tape::line::{Head, Line, Meta, News, VERSION, written};
use crate::source::tape::reel::Writer;

/// How long what was noted may wait before it is written: what a killed program loses.
const FLUSH: Duration = Duration::from_millis(500);
/// How long a frame is written to, and how many bytes it holds unpacked, about.
const FRAME: Duration = Duration::from_secs(10);
const FRAME_BYTES: usize = 4 << 20;

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
}

/// The way to the recording. It ends when this is dropped.
#[derive(Debug)]
pub struct Recorder {
    to: Sender<Noted>,
    gives_receipts: bool,
}

impl Recorder {
    /// Begins a recording in a new file that only its owner may read. What it came to is told once,
    /// when it ends; with why, where it could not go on.
    pub fn start(
        path: &Path,
        options: Options,
        clock: Clock,
        told: impl FnOnce(Made, Result<(), String>) + Send + 'static,
    ) -> io::Result<Self> {
        let file = private::create(path)?;
        let (to, noted) = channel();
        let gives_receipts = options.gives_receipts;
        let begun = clock.now();
        thread::Builder::new().name("recorder".into()).spawn(move || {
            let mut made = Made::default();
            let ended = record(file, (&options, begun), &noted, &mut made);
            drop(noted);
            told(made, ended.map_err(|error| error.to_string()));
        })?;
        Ok(Self { to, gives_receipts })
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

fn record(
    file: File,
    (options, begun): (&Options, Timestamp),
    noted: &Receiver<Noted>,
    made: &mut Made,
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
        match noted.recv_timeout(patience) {
            Ok(Noted::News(at, news)) => tape.line(at, news, &[])?,
            Ok(Noted::Batch(at, batch, _room)) => tape.batch(at, *batch)?,
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
        let is_batch = matches!(news, News::Batch(_));
        let line = written(&Line { at: self.last, news });
        let end: &[u8] = if is_batch { b"\n" } else { b"" };
        self.reel.add(self.last, &[&line, bytes, end])
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
