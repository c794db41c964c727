//! What sources hand to ingest: bytes with their origin, and news about themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::coverage::trail::Trail;
use crate::coverage::watermark::StreamName;
use crate::coverage::whole::Whole;
use crate::event::envelope::Extent;
use crate::event::field::Origin;
use crate::event::grant::Grant;
use crate::event::read::Hints;
use crate::event::time::Timestamp;
use crate::source::closing::Closing;
use crate::source::finding::Found;
use crate::source::object::Options;
use crate::source::tape::buffer::Held;
use crate::source::tape::hand::Position;
use crate::source::tape::recorder::Recorder;

/// Bytes that may wait between sources and ingest, counted in units of [`UNIT`].
const ROOM: u32 = 64;
/// One unit of room.
const UNIT: usize = 1 << 20;

/// Which of the configured sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub usize);

/// Bytes of one object, or of a part of it.
#[derive(Debug)]
pub struct Batch {
    /// The source that brings it.
    pub source: SourceId,
    /// Counts the objects of a source; all parts of an object share one number.
    pub object: u64,
    /// Whether the object was met before: it is read on, or read again.
    pub again: bool,
    /// Path, key or stream: what a skip is named by.
    pub name: Arc<str>,
    /// The kind of source it stands for.
    pub origin: Origin,
    /// Bits of every [`Origin`] its rows are to carry.
    pub origins: u8,
    /// What the key says of the records.
    pub hints: Arc<Hints>,
    /// Label, sent or ingestion time; `None` where only the receipt is known.
    pub delivered: Option<Timestamp>,
    /// Offset of the first byte in the inflated object.
    pub base: u64,
    /// The bytes: inflated, or as `packed` says.
    pub bytes: Vec<u8>,
    /// Where the bytes are a whole object as it is stored: how whoever reads it unpacks it.
    pub packed: Option<Options>,
    /// Whether these are whole lines of a longer object.
    pub extent: Extent,
    /// Why the object could not be read to its end.
    pub damage: Option<String>,
    /// Whether the object ends here.
    pub last: bool,
    /// Whether it was there before anybody looked: when it was received then says nothing of how
    /// late its events came.
    pub was_there: bool,
    /// Where it is played from a recording: when it was received then. Nothing of it is news.
    pub played: Option<Timestamp>,
    /// Where it was in the buffer when the recording that is played began: what was known of its
    /// rows.
    pub before: Option<Before>,
    /// Whom to tell once its rows are stored, or have left through `query`.
    pub receipt: Option<Receipt>,
}

/// What was known of rows that were in the buffer when a recording began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Whether they had come late.
    pub is_late: bool,
}

/// Tells a source that what it sent is stored: only then may it let go of where it got it from.
#[derive(Debug, Clone)]
pub struct Receipt {
    id: u64,
    to: mpsc::UnboundedSender<u64>,
}

impl Receipt {
    /// A receipt of this number, given to `to` once the batch is stored.
    pub fn new(id: u64, to: mpsc::UnboundedSender<u64>) -> Self {
        Self { id, to }
    }

    /// Says that the batch is stored. A source that has gone does not mind.
    pub fn give(self) {
        self.to.send(self.id).ok();
    }
}

impl Batch {
    /// Whether it was received as it happened: not read from a file, not played from a recording, and
    /// not there before anybody looked.
    pub fn is_live(&self) -> bool {
        !self.was_there && self.played.is_none() && self.origin != Origin::File
    }

    /// The same without its bytes.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self {
            name: Arc::clone(&self.name),
            hints: Arc::clone(&self.hints),
            bytes: vec![],
            packed: None,
            damage: self.damage.clone(),
            receipt: self.receipt.clone(),
            ..*self
        }
    }
}

#[cfg(test)]
impl Batch {
    /// A whole object of the first source, known by nothing but its bytes.
    pub(crate) fn whole(origin: Origin, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            source: SourceId(0),
            object: 0,
            again: false,
            name: "object".into(),
            origin,
            origins: origin.bit(),
            hints: Arc::new(Hints::default()),
            delivered: None,
            base: 0,
            bytes: bytes.into(),
            packed: None,
            extent: Extent::Whole,
            damage: None,
            last: true,
            was_there: false,
            played: None,
            before: None,
            receipt: None,
        }
    }
}

/// What a source is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has not answered yet.
    Starting,
    /// It is reading what is there.
    Reading,
    /// It has read what is there and waits for more.
    Watching,
    /// It has read everything and is done.
    Ended,
    /// It cannot go on: why, and what would mend it.
    Down(String),
}

/// News of a source about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The source.
    pub source: SourceId,
    /// What it is doing.
    pub state: State,
    /// Objects read.
    pub objects: u64,
    /// Objects it knows of and has not read.
    pub waiting: u64,
    /// Bytes read, as stored (compressed where the object is).
    pub bytes: u64,
    /// Since when it is in this state.
    pub since: Timestamp,
    /// What a user should know of it while it goes on: how much it reads, what that costs.
    pub note: Option<String>,
    /// What was asked for and is not there: left out, gone, or still to be read.
    pub lacks: Option<String>,
    /// Where it is down: when it tries again by itself. `None` where it never will.
    pub next_try: Option<Timestamp>,
}

impl Health {
    /// A source that has not answered yet.
    pub fn starting(source: SourceId, since: Timestamp) -> Self {
        let (state, note, lacks, next_try) = (State::Starting, None, None, None);
        Self { source, state, objects: 0, waiting: 0, bytes: 0, since, note, lacks, next_try }
    }

    /// Whether it may still bring something: it goes on, or will try to.
    pub fn is_live(&self) -> bool {
        match self.state {
            State::Starting | State::Reading | State::Watching => true,
            State::Down(_) => self.next_try.is_some(),
            State::Ended => false,
        }
    }
}

/// What reaches ingest.
#[derive(Debug)]
pub enum Feed {
    /// Bytes; the permit is the room they take, given back once they are stored.
    Batch(Box<Batch>, OwnedSemaphorePermit),
    /// A source has read everything delivered up to this time: of one stream, or of all it has.
    Swept(SourceId, Option<StreamName>, Timestamp),
    /// The digests of a stream prove that everything delivered up to this time was read.
    Proven(SourceId, StreamName, Timestamp),
    /// The digests of a stream say that something of it is not what was delivered: what.
    Disproven(SourceId, StreamName, String),
    /// The trails of an account as a source sees them now, all of them.
    Trails(SourceId, Vec<Trail>),
    /// News of a source.
    Health(Health),
    /// A source that nobody knew of before, and its name.
    Added(SourceId, String),
    /// What a login has found out so far, by the number of the login.
    Found(usize, Found),
    /// Names of accounts.
    Aliases(Vec<(String, String)>),
    /// A wish of the user: mark or unmark a row.
    Mark(crate::store::segment::RowId, bool),
    /// Mark the events of these accounts and ids when they come: a case is gone on with.
    Expect(Vec<(String, String)>),
    /// A wish of the user: record from here on, or end the recording.
    Record(Option<Recorder>),
    /// A wish of a recording that begins midway: to be handed what is here.
    HandHeld(std::sync::mpsc::Sender<Held>),
    /// How complete all was when the recording that is played began, and nothing else is known.
    Covered(Box<Whole>),
    /// Who had issued what to whom when the recording that is played began.
    Issued(Vec<Grant>),
    /// A source begins anew: all that came in so far is forgotten.
    Anew(SourceId),
    /// Where a recording that is played stands.
    Hand(Position),
    /// A wish of the user: nothing fires for these alerts.
    Mute(crate::notebook::mutes::Mutes),
    /// Forget what an actor or account is known to do, or all of them.
    Forget(Option<String>),
    /// Other rules hold from now on: whoever judges knows where they are.
    OtherRules,
    /// The program ends: hand over what was learned.
    HandOver,
}

/// The way out of a source. Sending waits while ingest is behind: that is the back-pressure.
#[derive(Debug, Clone)]
pub struct Outlet {
    /// The source that sends.
    pub source: SourceId,
    feed: mpsc::UnboundedSender<Feed>,
    room: Arc<Semaphore>,
    /// The number of the next source that is added.
    next: Arc<AtomicUsize>,
    closing: Closing,
}

/// Ingest has gone: the program is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the program is ending")]
pub struct Gone;

impl Outlet {
    /// An outlet of the first source; further ones by [`Outlet::of`].
    pub fn new(feed: mpsc::UnboundedSender<Feed>) -> Self {
        let room = Arc::new(Semaphore::new(ROOM as usize));
        let (next, closing) = (Arc::default(), Closing::default());
        Self { source: SourceId(0), feed, room, next, closing }
    }

    /// The same for sources that are told by this when the program ends.
    #[must_use]
    pub fn until(self, closing: Closing) -> Self {
        Self { closing, ..self }
    }

    /// Says when the program ends.
    pub fn closing(&self) -> &Closing {
        &self.closing
    }

    /// The outlet of another source, sharing the room.
    #[must_use]
    pub fn of(&self, source: SourceId) -> Self {
        self.next.fetch_max(source.0 + 1, Ordering::Relaxed);
        Self { source, ..self.clone() }
    }

    /// The outlet of a source that is added now, under this name. Its number is the first that none
    /// has.
    #[must_use]
    pub fn add(&self, name: String) -> Self {
        let source = SourceId(self.next.fetch_add(1, Ordering::Relaxed));
        self.feed.send(Feed::Added(source, name)).ok();
        Self { source, ..self.clone() }
    }

    /// Sends bytes once there is room.
    pub async fn send(&self, batch: Batch) -> Result<(), Gone> {
        let units = (batch.bytes.len() / UNIT + 1).min(ROOM as usize) as u32;
        let room = Arc::clone(&self.room).acquire_many_owned(units).await.map_err(|_| Gone)?;
        self.feed.send(Feed::Batch(Box::new(batch), room)).map_err(|_| Gone)
    }

    /// The same from a thread that may block.
    pub fn send_blocking(&self, batch: Batch) -> Result<(), Gone> {
        tokio::runtime::Handle::current().block_on(self.send(batch))
    }

    /// Says that everything delivered up to `at` was read.
    pub fn swept(&self, at: Timestamp) {
        // Ingest may have ended first; then nobody needs to know.
        self.feed.send(Feed::Swept(self.source, None, at)).ok();
    }

    /// Says that everything of one stream delivered up to `at` was read, events or none.
    pub fn stream_swept(&self, stream: StreamName, at: Timestamp) {
        self.feed.send(Feed::Swept(self.source, Some(stream), at)).ok();
    }

    /// Says that everything of one stream delivered up to `at` was read, as its digests prove.
    pub fn proven(&self, stream: StreamName, at: Timestamp) {
        self.feed.send(Feed::Proven(self.source, stream, at)).ok();
    }

    /// Says that something of a stream is not what was delivered.
    pub fn disproven(&self, stream: StreamName, words: String) {
        self.feed.send(Feed::Disproven(self.source, stream, words)).ok();
    }

    /// Says which trails there are and how they are.
    pub fn trails(&self, trails: Vec<Trail>) {
        self.feed.send(Feed::Trails(self.source, trails)).ok();
    }

    /// Says what a login has found out so far.
    pub fn found(&self, login: usize, found: Found) {
        self.feed.send(Feed::Found(login, found)).ok();
    }

    /// Says what accounts are called.
    pub fn aliases(&self, names: Vec<(String, String)>) {
        self.feed.send(Feed::Aliases(names)).ok();
    }

    /// Passes on what was recorded.
    pub fn again(&self, feed: Feed) {
        self.feed.send(feed).ok();
    }

    /// Says that the source begins anew.
    pub fn anew(&self) {
        self.feed.send(Feed::Anew(self.source)).ok();
    }

    /// Says where a recording that is played stands.
    pub fn hand(&self, position: Position) {
        self.feed.send(Feed::Hand(position)).ok();
    }

    /// Says how the source is.
    pub fn health(&self, health: Health) {
        self.feed.send(Feed::Health(health)).ok();
    }
}
