//! The thread that writes to the terminal. A terminal that takes nothing (a stalled connection)
//! holds up this thread and nobody else: one frame waits at most, and the newest state is drawn when
//! the terminal moves again.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::clock::Clock;

/// How one write ended: how long it took, or what went wrong.
type Written = Result<Duration, Errno>;

/// The way to the thread.
#[derive(Debug)]
pub struct Writer {
    frames: Sender<Vec<u8>>,
    written: Receiver<Written>,
    is_busy: bool,
}

impl Writer {
    /// Starts the thread; it calls `wake` after each write.
    pub fn start(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (frames, inbox) = channel::<Vec<u8>>();
        let (done, written) = channel();
        thread::Builder::new().name("writer".into()).spawn(move || {
            for frame in inbox {
                let begun = Clock::instant();
                let written = write(&frame).map(|()| begun.elapsed());
                if done.send(written).is_err() {
                    return;
                }
                wake();
            }
        })?;
        Ok(Self { frames, written, is_busy: false })
    }

    /// Hands bytes on. To be asked only while it is free.
    pub fn send(&mut self, bytes: Vec<u8>) {
        // A thread that is gone is told of by `look`.
        self.is_busy = true;
        self.frames.send(bytes).ok();
    }

    /// Whether the last bytes are still on their way.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// How long the last write took, once, where it has ended since this was asked last.
    pub fn look(&mut self) -> io::Result<Option<Duration>> {
        let written = match self.written.try_recv() {
            Ok(written) => written,
            Err(TryRecvError::Empty) => return Ok(None),
            Err(TryRecvError::Disconnected) => Err(Errno::PIPE),
        };
        self.is_busy = false;
        Ok(Some(written?))
    }

    /// Waits until nothing is on its way; whether that came to pass in time.
    pub fn settle(&mut self, patience: Duration) -> bool {
        while self.is_busy {
            match self.written.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) => return false,
                Ok(_) | Err(RecvTimeoutError::Disconnected) => self.is_busy = false,
            }
        }
        true
    }
}

/// Writes all of it in one call, where the terminal takes it. Standard output is held meanwhile:
/// whoever gives the terminal back waits for the end of a frame. Past its buffer, which would cut a
/// frame at its last line break.
fn write(mut bytes: &[u8]) -> Result<(), Errno> {
    let held = io::stdout().lock();
    while !bytes.is_empty() {
        match rustix::io::write(&held, bytes) {
            Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            // Somebody who shares the terminal has set it so.
            Err(Errno::AGAIN) => match poll(&mut [PollFd::new(&held, PollFlags::OUT)], None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(why) => return Err(why),
            },
            Err(why) => return Err(why),
        }
    }
    Ok(())
}
