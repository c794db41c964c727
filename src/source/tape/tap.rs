//! Where what sources send passes by on its way to the readers: while a recording runs, it is noted
//! there. Owned by the thread that deals batches out, so that a recording has what ingest gets, in
//! the same order and with the same times.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use tokio::sync::OwnedSemaphorePermit;

use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Feed};
use crate::source::tape::buffer::Held;
use crate::source::tape::line::{News, Standing};
use crate::source::tape::recorder::{Noted, Recorder};

/// The tap.
#[derive(Debug, Default)]
pub struct Tap {
    standing: Standing,
    recorder: Option<Recorder>,
}

impl Tap {
    /// Begins a recording, or ends the one that runs. Gives whom to hand what is in the buffer, where
    /// the recording wants that.
    pub fn turn(&mut self, recorder: Option<Recorder>, now: Timestamp) -> Option<Sender<Held>> {
        self.recorder = recorder;
        let recorder = self.recorder.as_mut()?;
        let standing = self.standing.told().cloned().collect();
        recorder.note(Noted::Standing(now, standing));
        recorder.wants_held()
    }

    /// Notes a batch. The recording holds the room that it takes until it is written, so that
    /// sources wait for a slow disk as they do for readers.
    pub fn batch(&mut self, batch: &mut Batch, now: Timestamp, room: &Arc<OwnedSemaphorePermit>) {
        let Some(recorder) = &self.recorder else { return };
        let receipt = if recorder.gives_receipts() { batch.receipt.take() } else { None };
        let copy =
            Batch { bytes: batch.bytes.clone(), packed: batch.packed, receipt, ..batch.bare() };
        self.note(Noted::Batch(now, Box::new(copy), Arc::clone(room)));
    }

    /// Notes what is no batch.
    pub fn news(&mut self, feed: &Feed, now: Timestamp) {
        let Some(news) = News::of(feed) else { return };
        if self.recorder.is_some() {
            self.note(Noted::News(now, news.clone()));
        }
        self.standing.take(news);
    }

    fn note(&mut self, noted: Noted) {
        // A recording that has failed has said so itself.
        if self.recorder.as_ref().is_some_and(|recorder| !recorder.note(noted)) {
            self.recorder = None;
        }
    }
}
