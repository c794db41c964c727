//! The rule of every inbox: wait for one message, drain the rest, fold, work once. So bursts
//! coalesce everywhere by construction.

use std::sync::mpsc::{Receiver, TryRecvError};

/// The receiving end of a worker.
#[derive(Debug)]
pub struct Inbox<T> {
    mail: Receiver<T>,
    peeked: Option<T>,
}

impl<T> Inbox<T> {
    /// Wraps a receiver.
    pub fn new(mail: Receiver<T>) -> Self {
        Self { mail, peeked: None }
    }

    /// Waits for a message and takes everything that is there; `None` once all senders are gone.
    pub fn wait_and_drain(&mut self) -> Option<Vec<T>> {
        let first = match self.peeked.take() {
            Some(first) => first,
            None => self.mail.recv().ok()?,
        };
        let mut all = vec![first];
        while let Ok(next) = self.mail.try_recv() {
            all.push(next);
        }
        Some(all)
    }

    /// Whether something has come in.
    pub fn has_mail(&mut self) -> bool {
        if self.peeked.is_none() {
            match self.mail.try_recv() {
                Ok(next) => self.peeked = Some(next),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
            }
        }
        self.peeked.is_some()
    }
}
