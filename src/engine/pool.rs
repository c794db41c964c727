//! The readers: batches are dealt to a thread for each core, in turn, and what they make of them is
//! taken back in the same turn. So everything arrives in the order in which the sources sent it,
//! however long each batch took.
//!
//! Nothing piles up: a reader holds one batch, one that waits, and one draft that was not taken.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError as Empty, sync_channel};
use std::thread;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::clock::Clock;
use crate::engine::draft::{self, Draft, Reading};
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Feed};
use crate::source::tape::tap::Tap;

/// What comes to ingest.
#[derive(Debug)]
pub enum Arrival {
    /// What a reader made of a piece of a batch.
    Draft(Box<Draft>),
    /// What needs no reading.
    Feed(Feed),
}

/// What comes next, in the order of the sources.
enum Next {
    /// The next batch of this reader.
    Of(usize),
    /// Something that needs no reading.
    Feed(Feed),
}

/// A batch for a reader.
struct Job {
    batch: Box<Batch>,
    /// When it came in.
    at: Timestamp,
    /// The room that its bytes take.
    room: Arc<OwnedSemaphorePermit>,
}

/// The end where drafts come out, in order.
pub struct Drafts {
    order: UnboundedReceiver<Next>,
    readers: Vec<Receiver<Box<Draft>>>,
    /// The reader whose batch is being taken in.
    current: Option<usize>,
}

/// Starts `n` readers between a feed and whoever takes the drafts. They end with the feed.
pub fn start(
    n: usize,
    feed: UnboundedReceiver<Feed>,
    reading: &Reading,
    clock: Clock,
) -> io::Result<Drafts> {
    let (order_in, order) = unbounded_channel();
    let (mut jobs, mut readers) = (vec![], vec![]);
    for at in 0..n.max(1) {
        let (job_in, job) = sync_channel::<Job>(1);
        let (draft_in, draft) = sync_channel(1);
        let reading = reading.clone();
        thread::Builder::new()
            .name(format!("reader {at}"))
            .spawn(move || read(&job, &draft_in, reading))?;
        jobs.push(job_in);
        readers.push(draft);
    }
    thread::Builder::new()
        .name("dealer".into())
        .spawn(move || deal(feed, &jobs, &order_in, clock))?;
    Ok(Drafts { order, readers, current: None })
}

/// Gives batches to the readers in turn, and says in which order they were given. Everything passes
/// the tap of a recording here, with the time at which it came in.
fn deal(
    mut feed: UnboundedReceiver<Feed>,
    jobs: &[SyncSender<Job>],
    order: &UnboundedSender<Next>,
    clock: Clock,
) {
    let mut turn = (0..jobs.len()).cycle();
    let mut tap = Tap::default();
    while let Some(next) = feed.blocking_recv() {
        let is_wanted = match next {
            Feed::Batch(mut batch, room) => {
                let at = batch.played.unwrap_or_else(|| clock.now());
                let room = Arc::new(room);
                tap.batch(&mut batch, at, &room);
                let reader = turn.next().unwrap_or_default();
                // Told before it is given: a long one is cut into more drafts than find room.
                order.send(Next::Of(reader)).is_ok()
                    && jobs[reader].send(Job { batch, at, room }).is_ok()
            }
            Feed::Record(recorder) => match tap.turn(recorder, clock.now()) {
                // Everything that came before is in the buffer when ingest comes to this.
                Some(to) => order.send(Next::Feed(Feed::HandHeld(to))).is_ok(),
                None => true,
            },
            other => {
                tap.news(&other, clock.now());
                order.send(Next::Feed(other)).is_ok()
            }
        };
        if !is_wanted {
            return;
        }
    }
}

fn read(jobs: &Receiver<Job>, drafts: &SyncSender<Box<Draft>>, mut reading: Reading) {
    let mut scratch = vec![];
    while let Ok(Job { batch, at, room }) = jobs.recv() {
        reading.rules.renew();
        let mut is_wanted = true;
        draft::read(*batch, (&reading, at), &mut scratch, &mut |draft| {
            is_wanted = is_wanted && drafts.send(Box::new(draft)).is_ok();
        });
        // Only now is there room for another batch: what was read is smaller than its bytes.
        drop(room);
        if !is_wanted {
            return;
        }
    }
}

impl Drafts {
    /// The next arrival; `None` once everything has come. Must not be called from a task.
    pub fn wait(&mut self) -> Option<Arrival> {
        loop {
            match self.current {
                Some(at) => match self.readers[at].recv() {
                    Ok(draft) => return Some(self.took(draft)),
                    // A reader that is gone has panicked, and the program ends with it.
                    Err(_) => return None,
                },
                None => match self.order.blocking_recv()? {
                    Next::Of(at) => self.current = Some(at),
                    Next::Feed(feed) => return Some(Arrival::Feed(feed)),
                },
            }
        }
    }

    /// The same for a task that may be held up for as long as a piece takes to be read.
    pub async fn next(&mut self) -> Option<Arrival> {
        if self.current.is_none() {
            match self.order.recv().await? {
                Next::Of(at) => self.current = Some(at),
                Next::Feed(feed) => return Some(Arrival::Feed(feed)),
            }
        }
        self.wait()
    }

    /// The next arrival where there is one by now, or where one is being read: then as soon as it was.
    pub fn soon(&mut self) -> Option<Arrival> {
        self.at_once().or_else(|| self.current.and_then(|_| self.wait()))
    }

    /// The next arrival where there is one by now.
    pub fn at_once(&mut self) -> Option<Arrival> {
        loop {
            match self.current {
                Some(at) => match self.readers[at].try_recv() {
                    Ok(draft) => return Some(self.took(draft)),
                    Err(Empty::Empty | Empty::Disconnected) => return None,
                },
                None => match self.order.try_recv() {
                    Ok(Next::Of(at)) => self.current = Some(at),
                    Ok(Next::Feed(feed)) => return Some(Arrival::Feed(feed)),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => return None,
                },
            }
        }
    }

    fn took(&mut self, draft: Box<Draft>) -> Arrival {
        if draft.ends {
            self.current = None;
        }
        Arrival::Draft(draft)
    }
}
