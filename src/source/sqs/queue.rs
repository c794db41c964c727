//! A queue as a source: receives messages, gets what they announce, and deletes them once all of it
//! is stored.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinSet;

use crate::aws::fault::Fault as AwsFault;
use crate::aws::session::Session;
use crate::clock::Clock;
use crate::event::field::Origin;
use crate::event::notice::Notice;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Outlet, Receipt};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::parcel::Parcel;
use crate::source::retry::{Retry, TRIES};
use crate::source::s3::fetch::Access;
use crate::source::sqs::ask::Place;
use crate::source::sqs::carry::{Came, Payer, carry, full_name};
use crate::source::sqs::plan::{HIDDEN, Kind, Letter, Message, Mode, Plan, Step, What, Work};
use crate::source::sqs::telling::{self, Told, unread};
use crate::source::sqs::word::Word;

/// How long AWS waits for a message before it says that there is none, in seconds: the most it can.
const WAIT: i32 = 20;
/// The same for the first call, which shows whether the queue can be read at all.
const FIRST_WAIT: i32 = 1;
/// The longest wait after a failure that may pass.
const LONGEST: Duration = Duration::from_secs(20);
/// How often receipts are looked for while nothing else can come.
const GLANCE: Duration = Duration::from_millis(100);
/// The most buckets whose region is remembered: anybody who may send can name any.
const BUCKETS: usize = 100;
/// The most unread objects that are named.
const NAMED: usize = 1000;

/// What to read and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The queue.
    pub word: Word,
    /// How it is read.
    pub mode: Mode,
    /// Pay for what is got from buckets.
    pub requester_pays: bool,
    /// Bytes one object may expand to.
    pub max_object: u64,
}

/// A queue as a source.
#[derive(Debug)]
pub struct Queue {
    options: Options,
    session: Arc<Session>,
    /// `sqs:NAME`
    name: Arc<str>,
    /// Known once the queue was found.
    place: Option<Place>,
    plan: Plan,
    /// The call for messages, while one is made. Dropping it would lose what it brings.
    receiving: JoinSet<Result<Vec<Message>, AwsFault>>,
    working: JoinSet<(Work, Came)>,
    receipts: (mpsc::UnboundedSender<u64>, mpsc::UnboundedReceiver<u64>),
    buckets: HashMap<String, Arc<OnceCell<Access>>>,
    retry: Retry,
    clock: Clock,
    progress: Progress,
    /// What cannot be done, by what it is.
    troubles: BTreeMap<Trouble, String>,
    /// Objects that could not be got, and why; their messages are in the queue.
    unread: BTreeMap<String, String>,
    /// Why the last unknown message is unknown.
    unknown: String,
    /// Objects that were gone when they were to be read.
    gone: u64,
}

/// What cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Find,
    Receive,
    Delete,
    Get,
    /// Messages come again and are known then: nothing is lost.
    Extend,
}

impl Queue {
    /// A source that asks as this session. Nothing is asked before the first pull.
    pub fn new(session: Arc<Session>, options: Options, clock: Clock) -> Self {
        let name = format!("sqs:{}", options.word.name());
        Self {
            plan: Plan::new(options.mode),
            retry: Retry::new(LONGEST, RandomState::new().hash_one(&name)),
            options,
            session,
            name: name.into(),
            place: None,
            receiving: JoinSet::new(),
            working: JoinSet::new(),
            receipts: mpsc::unbounded_channel(),
            buckets: HashMap::new(),
            clock,
            progress: Progress::default(),
            troubles: BTreeMap::new(),
            unread: BTreeMap::new(),
            unknown: String::new(),
            gone: 0,
        }
    }

    /// Does what the plan wants until something has to be waited for.
    async fn go_on(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let place = match self.place.clone() {
            Some(place) => place,
            None => match Place::find(&self.session, &self.options.word).await {
                Ok(place) => {
                    self.troubles.remove(&Trouble::Find);
                    self.place.insert(place).clone()
                }
                Err(fault) => return Ok(self.failed(Trouble::Find, &fault).0),
            },
        };
        loop {
            while let Ok(number) = self.receipts.1.try_recv() {
                self.plan.stored(number);
            }
            match self.plan.next(self.clock.now()) {
                Step::Delete(letters) => return Ok(self.let_go(&place, &letters).await),
                Step::Extend(letters) => return Ok(self.hide(&place, &letters).await),
                Step::Start(work) => self.hand_on(work, outlet),
                Step::Receive => {
                    let (wait, hidden) = self.asking();
                    self.receiving.spawn(place.clone().receive(wait, hidden));
                }
                Step::Wait(wait) => return self.rest(wait).await,
                Step::End => return self.end(outlet).await,
            }
        }
    }

    /// How long AWS is to wait for a message, and how long to hide what comes, in seconds.
    fn asking(&self) -> (i32, i32) {
        let is_first = !self.plan.has_answer() && self.options.mode == Mode::Follow;
        let hidden = if self.options.mode == Mode::Peek { 0 } else { HIDDEN.0 / 1000 };
        (if is_first { FIRST_WAIT } else { WAIT }, hidden as i32)
    }

    /// Waits until something comes back, or the time has come for something else.
    async fn rest(&mut self, wait: Duration) -> Result<Pulled, Fault> {
        if self.receiving.is_empty() && self.working.is_empty() {
            // Only receipts are missing, and whoever gives them may be waiting for this.
            let glance = if self.plan.open() > 0 { GLANCE } else { wait };
            return Ok(Pulled::Later(wait.min(glance)));
        }
        let broke = |_| Fault::Down(format!("{}: a call broke off", self.name));
        tokio::select! {
            Some(joined) = self.receiving.join_next() => {
                let said = joined.map_err(broke)?;
                Ok(self.received(said))
            }
            Some(joined) = self.working.join_next() => {
                let (work, came) = joined.map_err(broke)?;
                self.came(work, came)
            }
            Some(number) = self.receipts.1.recv() => {
                self.plan.stored(number);
                Ok(Pulled::Some)
            }
            () = tokio::time::sleep(wait) => Ok(Pulled::Later(Duration::ZERO)),
        }
    }

    fn received(&mut self, said: Result<Vec<Message>, AwsFault>) -> Pulled {
        let messages = match said {
            Ok(messages) => messages,
            Err(fault) => {
                self.plan.not_received();
                let (pulled, at) = self.failed(Trouble::Receive, &fault);
                self.plan.put_off(Kind::Receive, at);
                return pulled;
            }
        };
        self.retry.worked();
        self.troubles.remove(&Trouble::Receive);
        // Whoever may ask the queue has credentials; if those of the bucket fail again, it is said.
        self.troubles.remove(&Trouble::Get);
        if let Some(Notice::Unknown(why)) =
            messages.iter().map(|it| &it.notice).rfind(|it| matches!(it, Notice::Unknown(_)))
        {
            self.unknown.clone_from(why);
        }
        self.plan.received(messages, self.clock.now());
        Pulled::Some
    }

    /// Hands something on, in a task of its own: neither a slow object nor a full store keeps
    /// messages from being hidden in time.
    fn hand_on(&mut self, work: Work, outlet: &Outlet) {
        let parcel = self.parcel(&work, outlet);
        let bucket = match &work.what {
            What::Object(object) => self.bucket(&object.bucket),
            What::Records(_) | What::Unknown(_) => Arc::default(),
        };
        let Options { requester_pays, max_object, .. } = self.options;
        let payer = Payer { session: Arc::clone(&self.session), requester_pays, max_object };
        self.working.spawn(async move {
            let came = carry(&work.what, parcel, &bucket, &payer).await;
            (work, came)
        });
    }

    fn parcel(&self, work: &Work, outlet: &Outlet) -> Parcel {
        let Work { number, what, .. } = work;
        let receipt = Receipt::new(*number, self.receipts.0.clone());
        match what {
            What::Object(object) => Parcel {
                hints: Arc::clone(&object.hints),
                delivered: Some(object.time),
                receipt: Some(receipt),
                ..announced(*number, full_name(object), outlet)
            },
            What::Records(said) | What::Unknown(said) => {
                let name = format!("{}/{}", self.name, said.message).into();
                Parcel {
                    delivered: said.sent,
                    receipt: Some(receipt),
                    ..Parcel::new(outlet, *number, name, Origin::Sqs)
                }
            }
        }
    }

    fn bucket(&mut self, bucket: &str) -> Arc<OnceCell<Access>> {
        if self.buckets.len() >= BUCKETS && !self.buckets.contains_key(bucket) {
            self.buckets.clear();
        }
        Arc::clone(self.buckets.entry(bucket.to_owned()).or_default())
    }

    /// What to do about what came of handing something on.
    fn came(&mut self, work: Work, came: Came) -> Result<Pulled, Fault> {
        let fault = match came {
            Came::Ended(fault) => return Err(fault),
            Came::Sent(_) | Came::Gone => {
                self.progress.objects += 1;
                self.gone += u64::from(matches!(came, Came::Gone));
                if let Came::Sent(bytes) = came {
                    self.progress.bytes += bytes;
                }
                if let What::Object(object) = &work.what {
                    self.unread.remove(&full_name(object));
                    self.troubles.remove(&Trouble::Get);
                }
                self.plan.sent();
                return Ok(Pulled::Some);
            }
            Came::Not(fault) => fault,
        };
        let tries = work.tries + u32::from(matches!(fault, AwsFault::Network(_)));
        match fault {
            AwsFault::Network(_) | AwsFault::Throttled if tries < TRIES => {
                self.plan.again(Work { tries, ..work });
                let wait = self.retry.failed(&fault).pause;
                self.plan.put_off(Kind::Get, self.after(wait));
            }
            AwsFault::Expired(_) => {
                self.plan.again(work);
                let (_, at) = self.failed(Trouble::Get, &fault);
                self.plan.put_off(Kind::Get, at);
            }
            fault => {
                if let What::Object(object) = &work.what {
                    self.unread.insert(full_name(object), fault.to_string());
                    // What nobody could read any more is named no longer, but it is in the queue.
                    if self.unread.len() > NAMED {
                        self.unread.pop_first();
                    }
                }
                self.plan.not_got(work.number);
            }
        }
        Ok(Pulled::Some)
    }

    /// Deletes messages.
    async fn let_go(&mut self, place: &Place, letters: &[Letter]) -> Pulled {
        match place.delete(letters).await {
            Ok(done) => {
                self.troubles.remove(&Trouble::Delete);
                self.plan.deleted(letters, |at| done.contains(&at), self.clock.now());
                Pulled::Some
            }
            Err(fault) => {
                let (pulled, at) = self.failed(Trouble::Delete, &fault);
                self.plan.put_off(Kind::Delete, at);
                // What cannot be deleted would be received over and over.
                self.plan.put_off(Kind::Receive, at);
                pulled
            }
        }
    }

    /// Keeps messages hidden while what they announced is not stored.
    async fn hide(&mut self, place: &Place, letters: &[Letter]) -> Pulled {
        match place.hide(letters).await {
            Ok(()) => {
                self.troubles.remove(&Trouble::Extend);
                self.plan.extended(letters, self.clock.now());
            }
            Err(fault) => {
                let (_, at) = self.failed(Trouble::Extend, &fault);
                self.plan.put_off(Kind::Extend, at);
            }
        }
        Pulled::Some
    }

    fn after(&self, wait: Duration) -> Timestamp {
        self.clock.now() + Millis::from(wait)
    }

    /// What to do about a call that failed, and when to try it again.
    fn failed(&mut self, what: Trouble, fault: &AwsFault) -> (Pulled, Timestamp) {
        let setback = self.retry.failed(fault);
        // Everything but finding it is put off by the plan, which has other things to do meanwhile.
        let pause = if what == Trouble::Find { setback.wait } else { Duration::ZERO };
        let at = self.after(setback.wait);
        if setback.may_pass {
            return (Pulled::Later(pause), at);
        }
        let Options { word, .. } = &self.options;
        let region = word.region().or(self.session.region()).unwrap_or_default();
        let why = telling::explained(&self.name, region, fault);
        self.troubles.insert(what, why.clone());
        (Pulled::Down(why, pause), at)
    }

    /// What keeps it from going on, if anything does.
    fn trouble(&self) -> Option<&String> {
        self.troubles.iter().find(|(what, _)| **what != Trouble::Extend).map(|(_, why)| why)
    }

    /// Names what was not read, and ends.
    async fn end(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let why = unread(&self.unread);
        for (name, why) in std::mem::take(&mut self.unread) {
            let number = self.plan.number();
            announced(number, name, outlet).skip(why).await?;
        }
        match why {
            None => Ok(Pulled::End),
            Some(why) => Err(Fault::Down(format!("{}: {why}", self.name))),
        }
    }
}

/// An object of a bucket, of which nothing is known yet. That a queue announced it is one more way
/// it was delivered; what it says is said by S3.
fn announced(number: u64, name: String, outlet: &Outlet) -> Parcel {
    Parcel {
        origins: Origin::S3.bit() | Origin::Sqs.bit(),
        ..Parcel::new(outlet, number, name.into(), Origin::S3)
    }
}

impl Source for Queue {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let pulled = self.go_on(outlet).await?;
        self.progress.waiting = self.plan.open();
        let is_idle = self.options.mode == Mode::Follow && self.plan.is_idle();
        Ok(match (pulled, self.trouble()) {
            (Pulled::Some, None) if is_idle => Pulled::Nothing(Duration::ZERO),
            (Pulled::Later(wait), None) if is_idle => Pulled::Nothing(wait),
            (Pulled::Some, Some(why)) => Pulled::Down(why.clone(), Duration::ZERO),
            (Pulled::Later(wait) | Pulled::Nothing(wait), Some(why)) => {
                Pulled::Down(why.clone(), wait)
            }
            (pulled, _) => pulled,
        })
    }

    /// Deletes what is stored, so that it does not come again in the next run. What fails comes.
    async fn leave(&mut self) {
        while let Ok(number) = self.receipts.1.try_recv() {
            self.plan.stored(number);
        }
        let Some(place) = self.place.clone() else { return };
        loop {
            let letters = self.plan.done();
            if letters.is_empty() {
                return;
            }
            match place.delete(&letters).await {
                Ok(done) if !done.is_empty() => {
                    self.plan.deleted(&letters, |at| done.contains(&at), self.clock.now());
                }
                _ => return,
            }
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn note(&self) -> Option<String> {
        telling::note(Told {
            is_peeked: self.options.mode == Mode::Peek && self.plan.has_answer(),
            unread: unread(&self.unread),
            unknown: &self.unknown,
            unhidden: self.troubles.get(&Trouble::Extend),
            gone: self.gone,
            counts: self.plan.counts(),
        })
    }
}
