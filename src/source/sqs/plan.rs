//! What to do next with a queue: which messages are held, what each of them waits for, and when it
//! has to be kept from coming again. Pure: the time is given, and somebody else asks AWS.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::time::Duration;

use crate::event::notice::{Notice, Object};
use crate::event::time::{Millis, Timestamp};

/// How long a message that was received is hidden from other readers: SQS's own default. What is
/// not deleted by then comes again.
pub const HIDDEN: Millis = Millis::seconds(30);
/// Messages in one call, as SQS has it.
pub const CALL: usize = 10;
/// Things that are got at once.
const RUNNING: usize = 8;
/// Messages held, or things waiting to be got, at which no more are received.
const HELD: usize = 100;
/// Objects and messages remembered: notifications repeat, mostly soon.
const REMEMBERED: usize = 10_000;
/// Empty answers in a row that end a reading that does not follow.
const EMPTY: u32 = 3;
/// How often a message is deleted again where that failed, before it may come again.
const TRIES: u32 = 5;
/// How long after the first failure; then twice that, and so on.
const RETRY: Millis = Millis::seconds(1);
/// The longest wait for something to do.
const LONGEST: Millis = Millis::seconds(20);

/// How a queue is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For good: messages are deleted.
    Follow,
    /// Until it is empty: messages are deleted.
    Once,
    /// One look: nothing is deleted, and nothing is hidden.
    Peek,
}

/// A message as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its name, the same however often it comes.
    pub id: String,
    /// What it is deleted by; another one each time.
    pub handle: String,
    /// When it was sent.
    pub sent: Option<Timestamp>,
    /// What it says.
    pub notice: Notice,
}

/// A message by its name and what it is deleted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its name.
    pub id: String,
    /// What it is deleted by.
    pub handle: String,
}

/// Something to hand to ingest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Its number, which its receipt has too.
    pub number: u64,
    /// What it is.
    pub what: What,
    /// How often it failed.
    pub tries: u32,
}

/// What there is to hand to ingest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// An object that has to be got.
    Object(Object),
    /// Records out of a message.
    Records(Said),
    /// Why a message says nothing.
    Unknown(Said),
}

/// Words of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its name.
    pub message: String,
    /// When it was sent.
    pub sent: Option<Timestamp>,
    /// The words.
    pub text: String,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Delete these messages: everything they announced is stored.
    Delete(Vec<Letter>),
    /// Keep these messages hidden: what they announced is not stored yet.
    Extend(Vec<Letter>),
    /// Hand this to ingest.
    Start(Work),
    /// Ask for messages.
    Receive,
    /// Nothing before this long, unless something comes back.
    Wait(Duration),
    /// It was all there is.
    End,
}

/// What came of the messages so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that say nothing this program knows.
    pub unknown: u64,
    /// Digests.
    pub digests: u64,
    /// Objects that are none of CloudTrail's.
    pub others: u64,
    /// Log objects and digests that were removed.
    pub removed: u64,
    /// Messages that could not be deleted, and will come again.
    pub undeleted: u64,
}

/// A message that was received and is neither deleted nor let go.
#[derive(Debug)]
struct Held {
    handle: String,
    /// The numbers of what it waits for.
    open: BTreeSet<u64>,
    /// When it has to be hidden anew.
    due: Timestamp,
    /// How often deleting it failed, and when to try again.
    failed: (u32, Timestamp),
}

/// Who waits for something.
#[derive(Debug, Default)]
struct Awaited {
    /// The hash of the object, if it is one.
    object: Option<u64>,
    messages: Vec<String>,
}

/// What was met last, up to a number.
#[derive(Debug)]
struct Remembered<K> {
    known: HashSet<K>,
    order: VecDeque<K>,
}

impl<K> Default for Remembered<K> {
    fn default() -> Self {
        Self { known: HashSet::new(), order: VecDeque::new() }
    }
}

impl<K: Clone + Eq + Hash> Remembered<K> {
    /// Says whether it is new.
    fn add(&mut self, key: K) -> bool {
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// The state of a queue.
#[derive(Debug)]
pub struct Plan {
    mode: Mode,
    held: BTreeMap<String, Held>,
    waiting: VecDeque<Work>,
    awaited: BTreeMap<u64, Awaited>,
    /// What is being got or stored, by the hash of its name.
    under_way: HashMap<u64, u64>,
    stored: Remembered<u64>,
    /// Messages of which everything is stored: they come again where they could not be deleted.
    read: Remembered<String>,
    /// Messages that were left in the queue: they come again.
    left: Remembered<String>,
    secret: RandomState,
    numbered: u64,
    running: usize,
    is_receiving: bool,
    has_answer: bool,
    /// Whether the last answer had room for more.
    has_all: bool,
    /// Answers without a new message, in a row.
    empty: u32,
    /// When may be got, deleted, extended and received again after a failure.
    not_before: [Timestamp; 4],
    counts: Counts,
}

/// What can be put off after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Getting objects.
    Get,
    /// Deleting messages.
    Delete,
    /// Hiding messages longer.
    Extend,
    /// Receiving messages.
    Receive,
}

impl Plan {
    /// A plan that knows of no message.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            held: BTreeMap::new(),
            waiting: VecDeque::new(),
            awaited: BTreeMap::new(),
            under_way: HashMap::new(),
            stored: Remembered::default(),
            read: Remembered::default(),
            left: Remembered::default(),
            secret: RandomState::new(),
            numbered: 0,
            running: 0,
            is_receiving: false,
            has_answer: false,
            has_all: false,
            empty: 0,
            not_before: [Timestamp(i64::MIN); 4],
            counts: Counts::default(),
        }
    }

    /// What to do next. A step that is given is taken to be under way until its end is told.
    pub fn next(&mut self, now: Timestamp) -> Step {
        if self.is_due(Kind::Delete, now) {
            let letters = self.letters(|held| held.open.is_empty() && held.failed.1 <= now);
            if !letters.is_empty() && self.deletes() {
                return Step::Delete(letters);
            }
        }
        if self.is_due(Kind::Extend, now) {
            let letters = self.letters(|held| held.due <= now);
            if !letters.is_empty() {
                return Step::Extend(letters);
            }
        }
        if self.running < RUNNING && self.is_due(Kind::Get, now) && !self.waiting.is_empty() {
            self.running += 1;
            return self.waiting.pop_front().map_or(Step::End, Step::Start);
        }
        if self.is_over() {
            if self.held.is_empty() && self.awaited.is_empty() {
                return Step::End;
            }
        } else if !self.is_receiving
            && self.is_due(Kind::Receive, now)
            && self.held.len().max(self.waiting.len()) < HELD
        {
            self.is_receiving = true;
            return Step::Receive;
        }
        Step::Wait(self.wait(now))
    }

    /// Takes in what was received.
    pub fn received(&mut self, messages: Vec<Message>, now: Timestamp) {
        self.is_receiving = false;
        self.has_answer = true;
        self.has_all = messages.len() < CALL;
        let mut has_new = false;
        for message in messages {
            has_new |= !self.is_known(&message.id);
            self.take(message, now);
        }
        self.empty = if has_new { 0 } else { self.empty + 1 };
    }

    /// Nothing was received, for it failed.
    pub fn not_received(&mut self) {
        self.is_receiving = false;
    }

    /// Something was handed on: its receipt will come.
    pub fn sent(&mut self) {
        self.running -= 1;
    }

    /// Something has to be got once more.
    pub fn again(&mut self, work: Work) {
        self.running -= 1;
        self.waiting.push_front(work);
    }

    /// Something cannot be got: whatever announced it stays in the queue.
    pub fn not_got(&mut self, number: u64) {
        self.running -= 1;
        for id in self.forget(number) {
            self.held.remove(&id);
            self.left.add(id);
        }
    }

    /// Something is stored.
    pub fn stored(&mut self, number: u64) {
        if let Some(object) = self.awaited.get(&number).and_then(|it| it.object) {
            self.stored.add(object);
        }
        for id in self.forget(number) {
            let is_done = self.held.get_mut(&id).is_some_and(|held| {
                held.open.remove(&number);
                held.open.is_empty()
            });
            if is_done && !self.deletes() {
                self.held.remove(&id);
            }
            if is_done {
                self.read.add(id);
            }
        }
    }

    /// Which of the messages of a call were deleted.
    pub fn deleted(&mut self, letters: &[Letter], done: impl Fn(usize) -> bool, now: Timestamp) {
        for (at, letter) in letters.iter().enumerate() {
            let Some(held) = self.held.get_mut(&letter.id) else { continue };
            let tries = held.failed.0 + 1;
            if done(at) {
                self.held.remove(&letter.id);
            } else if tries < TRIES {
                held.failed = (tries, now + Millis(RETRY.0 << tries));
            } else {
                // It comes again with another handle; what it announced is known by then.
                self.held.remove(&letter.id);
                self.counts.undeleted += 1;
            }
        }
    }

    /// Messages of which everything is stored, as many as one call deletes.
    pub fn done(&self) -> Vec<Letter> {
        match self.deletes() {
            true => self.letters(|held| held.open.is_empty()),
            false => vec![],
        }
    }

    /// These messages stay hidden, or SQS knows them no more and sends them again.
    pub fn extended(&mut self, letters: &[Letter], now: Timestamp) {
        for letter in letters {
            if let Some(held) = self.held.get_mut(&letter.id) {
                held.due = now + Millis(HIDDEN.0 / 2);
            }
        }
    }

    /// Does nothing of a kind before this time.
    pub fn put_off(&mut self, kind: Kind, until: Timestamp) {
        self.not_before[kind as usize] = until;
    }

    /// A number that nothing has yet.
    pub fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// What came of the messages so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many things are known and not stored.
    pub fn open(&self) -> u64 {
        self.awaited.len() as u64
    }

    /// Whether everything that is known of is stored, and more did not seem to be there.
    pub fn is_idle(&self) -> bool {
        self.has_all && self.awaited.is_empty()
    }

    /// Whether the queue has answered.
    pub fn has_answer(&self) -> bool {
        self.has_answer
    }

    fn is_known(&self, id: &str) -> bool {
        self.held.contains_key(id) || self.read.known.contains(id) || self.left.known.contains(id)
    }

    fn deletes(&self) -> bool {
        self.mode != Mode::Peek
    }

    /// Whether nothing more is to be received.
    fn is_over(&self) -> bool {
        match self.mode {
            Mode::Follow => false,
            Mode::Once => self.empty >= EMPTY,
            Mode::Peek => self.has_answer,
        }
    }

    fn is_due(&self, kind: Kind, now: Timestamp) -> bool {
        self.not_before[kind as usize] <= now
    }

    fn letters(&self, wanted: impl Fn(&Held) -> bool) -> Vec<Letter> {
        let letter =
            |(id, held): (&String, &Held)| Letter { id: id.clone(), handle: held.handle.clone() };
        self.held.iter().filter(|(_, held)| wanted(held)).map(letter).take(CALL).collect()
    }

    fn wait(&self, now: Timestamp) -> Duration {
        let held = self.held.values();
        let times = held.flat_map(|held| [Some(held.due), Some(held.failed.1)]).flatten();
        let times = times.chain(self.not_before).filter(|at| *at > now);
        let next = times.min().map_or(LONGEST, |at| at - now);
        next.min(LONGEST).into()
    }

    fn take(&mut self, message: Message, now: Timestamp) {
        let Message { id, handle, sent, notice } = message;
        let due = now + Millis(HIDDEN.0 / 2);
        if let Some(held) = self.held.get_mut(&id) {
            // It came again while it is held: only the newest handle is sure to work.
            held.handle = handle;
            held.due = due;
            return;
        }
        let is_new = !self.is_known(&id);
        let said = |text| Said { message: id.clone(), sent, text };
        let open = match notice {
            _ if self.read.known.contains(&id) => BTreeSet::new(),
            Notice::Test => BTreeSet::new(),
            Notice::Records(text) => BTreeSet::from([self.add(What::Records(said(text)), None)]),
            Notice::Objects(delivery) => {
                if is_new {
                    self.counts.digests += delivery.digests;
                    self.counts.others += delivery.others;
                    self.counts.removed += delivery.removed;
                }
                delivery.logs.into_iter().filter_map(|object| self.object(object)).collect()
            }
            Notice::Unknown(why) => {
                if self.left.add(id.clone()) {
                    self.counts.unknown += 1;
                    self.add(What::Unknown(said(why)), None);
                }
                return;
            }
        };
        for number in &open {
            if let Some(awaited) = self.awaited.get_mut(number) {
                awaited.messages.push(id.clone());
            }
        }
        if self.deletes() || !open.is_empty() {
            // What is only looked at is not hidden, so it need not be kept so.
            let due = if self.deletes() { due } else { Timestamp(i64::MAX) };
            let failed = (0, Timestamp(i64::MIN));
            self.held.insert(id, Held { handle, open, due, failed });
        }
    }

    /// The number of an object that has to be stored; `None` where it is.
    fn object(&mut self, object: Object) -> Option<u64> {
        let hash = self.secret.hash_one((&object.bucket, &object.key));
        if self.stored.known.contains(&hash) {
            return None;
        }
        let under_way = self.under_way.get(&hash).copied();
        Some(under_way.unwrap_or_else(|| self.add(What::Object(object), Some(hash))))
    }

    fn add(&mut self, what: What, object: Option<u64>) -> u64 {
        let number = self.number();
        self.waiting.push_back(Work { number, what, tries: 0 });
        self.awaited.insert(number, Awaited { object, messages: vec![] });
        self.under_way.extend(object.map(|hash| (hash, number)));
        number
    }

    /// Forgets something that is stored or lost; gives the messages that waited for it.
    fn forget(&mut self, number: u64) -> Vec<String> {
        let Some(Awaited { object, messages }) = self.awaited.remove(&number) else {
            return vec![];
        };
        object.and_then(|hash| self.under_way.remove(&hash));
        messages
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
