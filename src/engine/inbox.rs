//! The rule of every inbox: wait for one message, drain the rest, fold, work once. So bursts
//! coalesce everywhere by construction.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// The receiving end of a worker.
#[derive(Debug)]
pub struct Inbox<T> {
    mail: Receiver<T>,
    seen: Vec<T>,
}

impl<T> Inbox<T> {
    /// Wraps a receiver.
    pub fn new(mail: Receiver<T>) -> Self {
        Self { mail, seen: vec![] }
    }

    /// Waits for a message and takes everything that is there; `None` once all senders are gone.
    pub fn wait_and_drain(&mut self) -> Option<Vec<T>> {
        if !self.has_mail() {
            self.seen.push(self.mail.recv().ok()?);
        }
        Some(self.drain())
    }

    /// The same, but waits no longer than this: then there may be nothing.
    pub fn wait_at_most(&mut self, patience: Duration) -> Option<Vec<T>> {
        if !self.has_mail() {
            match self.mail.recv_timeout(patience) {
                Ok(next) => self.seen.push(next),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        Some(self.drain())
    }

    /// Whether something has come in.
    pub fn has_mail(&mut self) -> bool {
        self.has(|_| true)
    }

    /// Whether something of a kind has come in.
    pub fn has(&mut self, wanted: impl Fn(&T) -> bool) -> bool {
        self.seen.extend(self.mail.try_iter());
        self.seen.iter().any(wanted)
    }

    fn drain(&mut self) -> Vec<T> {
        self.seen.extend(self.mail.try_iter());
        std::mem::take(&mut self.seen)
    }
}
