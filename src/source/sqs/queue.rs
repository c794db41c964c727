//! A queue as a source: receives messages, gets what they announce, and deletes them once all of it
//! is stored.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    DeleteMessageBatchResultEntry, Message as Received, MessageSystemAttributeName,
};
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinSet;

use crate::aws::fault::Fault as AwsFault;
use crate::aws::session::Session;
use crate::clock::Clock;
use crate::event::field::Origin;
use crate::event::notice::{self, Notice};
use crate::event::read::Hints;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Outlet, Receipt};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::pace::Backoff;
use crate::source::parcel::Parcel;
use crate::source::s3::fetch::Access;
use crate::source::sqs::carry::{Came, Payer, carry, full_name};
use crate::source::sqs::plan::{
    CALL, Counts, HIDDEN, Kind, Letter, Message, Mode, Plan, Step, What, Work,
};
use crate::source::sqs::word::Word;

/// How long AWS waits for a message before it says that there is none, in seconds: the most it can.
const WAIT: i32 = 20;
/// The same for the first call, which shows whether the queue can be read at all.
const FIRST_WAIT: i32 = 1;
/// The shortest and the longest wait after a failure.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(20));
/// Failures in a row that may pass by themselves before somebody is told.
const PATIENCE: u32 = 4;
/// How often an object is asked for before its message is left.
const TRIES: u32 = 5;
/// How often credentials are looked at that did not work.
const LOGIN: Duration = Duration::from_secs(15);
/// How often is asked again for what is not allowed or not there.
const DENIED: Duration = Duration::from_mins(5);
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
    /// Whom to ask, and the URL; known once the queue was found.
    found: Option<(Client, String)>,
    plan: Plan,
    /// The call for messages, while one is made. Dropping it would lose what it brings.
    receiving: JoinSet<Result<Vec<Received>, AwsFault>>,
    working: JoinSet<(Work, Came)>,
    receipts: (mpsc::UnboundedSender<u64>, mpsc::UnboundedReceiver<u64>),
    buckets: HashMap<String, Arc<OnceCell<Access>>>,
    backoff: Backoff,
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
            backoff: Backoff::new(WAITS.0, WAITS.1, RandomState::new().hash_one(&name)),
            options,
            session,
            name: name.into(),
            found: None,
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

    /// The region of the queue: its URL says it, else the login.
    fn region(&self) -> Option<String> {
        self.options.word.region().or(self.session.region()).map(str::to_owned)
    }

    /// Finds the queue by its name.
    async fn find(&self) -> Result<(Client, String), AwsFault> {
        let Some(region) = self.region() else {
            return Err(AwsFault::Broken(
                "no region is known: name one with --region, set AWS_REGION, or give the URL of \
                 the queue"
                    .to_owned(),
            ));
        };
        let client = self.session.sqs(&region);
        if let Some(url) = self.options.word.url() {
            return Ok((client, url.to_owned()));
        }
        let said = client.get_queue_url().queue_name(&self.options.word.queue).send().await;
        let url = said.map_err(|error| self.session.fault(&error))?.queue_url;
        let none = || AwsFault::Broken("AWS named no URL for it".to_owned());
        Ok((client, url.ok_or_else(none)?))
    }

    /// Does what the plan wants until something has to be waited for.
    async fn go_on(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let (client, url) = match self.found.clone() {
            Some(found) => found,
            None => match self.find().await {
                Ok(found) => {
                    self.troubles.remove(&Trouble::Find);
                    self.found.insert(found).clone()
                }
                Err(fault) => return Ok(self.failed(Trouble::Find, &fault).0),
            },
        };
        loop {
            while let Ok(number) = self.receipts.1.try_recv() {
                self.plan.stored(number);
            }
            match self.plan.next(self.clock.now()) {
                Step::Delete(letters) => return Ok(self.let_go(&client, &url, &letters).await),
                Step::Extend(letters) => return Ok(self.hide(&client, &url, &letters).await),
                Step::Start(work) => self.hand_on(work, outlet),
                Step::Receive => {
                    self.receiving.spawn(receive(
                        client.clone(),
                        url.clone(),
                        self.asking(),
                        Arc::clone(&self.session),
                    ));
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

    fn received(&mut self, said: Result<Vec<Received>, AwsFault>) -> Pulled {
        let received = match said {
            Ok(received) => received,
            Err(fault) => {
                self.plan.not_received();
                let (pulled, at) = self.failed(Trouble::Receive, &fault);
                self.plan.put_off(Kind::Receive, at);
                return pulled;
            }
        };
        self.backoff.worked();
        self.troubles.remove(&Trouble::Receive);
        // Whoever may ask the queue has credentials; if those of the bucket fail again, it is said.
        self.troubles.remove(&Trouble::Get);
        let messages: Vec<Message> = received.into_iter().filter_map(message).collect();
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
                ..self.object(*number, full_name(object), outlet)
            },
            What::Records(said) | What::Unknown(said) => Parcel {
                origin: Origin::Sqs,
                origins: Origin::Sqs.bit(),
                delivered: said.sent,
                receipt: Some(receipt),
                ..self.object(*number, format!("{}/{}", self.name, said.message), outlet)
            },
        }
    }

    /// An object of a bucket, of which nothing is known yet. That a queue announced it is one more
    /// way it was delivered; what it says is said by S3.
    fn object(&self, number: u64, name: String, outlet: &Outlet) -> Parcel {
        Parcel {
            outlet: outlet.clone(),
            object: number,
            name: name.into(),
            origin: Origin::S3,
            origins: Origin::S3.bit() | Origin::Sqs.bit(),
            hints: Arc::new(Hints::default()),
            delivered: None,
            receipt: None,
            max_object: self.options.max_object,
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
                let wait = self.backoff.failed();
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
    async fn let_go(&mut self, client: &Client, url: &str, letters: &[Letter]) -> Pulled {
        let entries = letters.iter().enumerate().map(|(at, letter)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .receipt_handle(&letter.handle)
                .build()
                .expect("a number and a handle make an entry")
        });
        let call = client.delete_message_batch().queue_url(url);
        let said = call.set_entries(Some(entries.collect())).send().await;
        let now = self.clock.now();
        match said.map_err(|error| self.session.fault(&error)) {
            Ok(said) => {
                self.troubles.remove(&Trouble::Delete);
                let done: Vec<&str> =
                    said.successful().iter().map(DeleteMessageBatchResultEntry::id).collect();
                self.plan.deleted(letters, |at| done.contains(&&*at.to_string()), now);
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
    async fn hide(&mut self, client: &Client, url: &str, letters: &[Letter]) -> Pulled {
        let entries = letters.iter().enumerate().map(|(at, letter)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(at.to_string())
                .receipt_handle(&letter.handle)
                .visibility_timeout((HIDDEN.0 / 1000) as i32)
                .build()
                .expect("a number and a handle make an entry")
        });
        let call = client.change_message_visibility_batch().queue_url(url);
        let said = call.set_entries(Some(entries.collect())).send().await;
        match said.map_err(|error| self.session.fault(&error)) {
            // Of those that could not be hidden some may come again, and are known then.
            Ok(_) => {
                self.troubles.remove(&Trouble::Extend);
                self.plan.extended(letters, self.clock.now());
                Pulled::Some
            }
            Err(fault) => {
                let (_, at) = self.failed(Trouble::Extend, &fault);
                self.plan.put_off(Kind::Extend, at);
                Pulled::Some
            }
        }
    }

    fn after(&self, wait: Duration) -> Timestamp {
        self.clock.now() + Millis(wait.as_millis() as i64)
    }

    /// What to do about a call that failed, and when to try it again.
    fn failed(&mut self, what: Trouble, fault: &AwsFault) -> (Pulled, Timestamp) {
        let wait = self.backoff.failed();
        // Everything but finding it is put off by the plan, which has other things to do meanwhile.
        let pause = |wait| if what == Trouble::Find { wait } else { Duration::ZERO };
        if fault.is_passing() && self.backoff.failures() < PATIENCE {
            return (Pulled::Later(pause(wait)), self.after(wait));
        }
        let wait = match fault {
            AwsFault::Throttled | AwsFault::Network(_) => wait,
            AwsFault::Expired(_) => LOGIN,
            AwsFault::Denied(_) | AwsFault::Missing(_) | AwsFault::Broken(_) => DENIED,
        };
        let at = self.after(wait);
        let why = self.explained(fault);
        self.troubles.insert(what, why.clone());
        (Pulled::Down(why, pause(wait)), at)
    }

    /// A fault with what would mend it.
    fn explained(&self, fault: &AwsFault) -> String {
        let name = &self.name;
        match fault {
            AwsFault::Missing(_) => {
                let region = self.region().unwrap_or_default();
                format!(
                    "{name}: there is no such queue in {region} in this account: name another region \
                     with --region, or give the URL of the queue"
                )
            }
            AwsFault::Denied(why) if why.to_lowercase().contains("kms") => format!(
                "{name}: {fault}: the queue is encrypted, and reading it takes kms:Decrypt on its key"
            ),
            AwsFault::Denied(_) => format!(
                "{name}: {fault}: allow it in the policy of this caller, and in that of the queue \
                 where it is of another account"
            ),
            _ => format!("{name}: {fault}"),
        }
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
            let parcel = self.object(number, name, outlet);
            parcel.skip(why).await?;
        }
        match why {
            None => Ok(Pulled::End),
            Some(why) => Err(Fault::Down(format!("{}: {why}", self.name))),
        }
    }
}

/// Asks for messages.
async fn receive(
    client: Client,
    url: String,
    (wait, hidden): (i32, i32),
    session: Arc<Session>,
) -> Result<Vec<Received>, AwsFault> {
    let said = client
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(CALL as i32)
        .wait_time_seconds(wait)
        .visibility_timeout(hidden)
        .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
        .send()
        .await;
    said.map(|said| said.messages.unwrap_or_default()).map_err(|error| session.fault(&error))
}

/// Reads a message; one without a name or a handle could never be deleted, and does not exist.
fn message(received: Received) -> Option<Message> {
    let sent = received
        .attributes()
        .and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp))
        .and_then(|millis| millis.parse().ok());
    let notice = notice::read(received.body().unwrap_or_default());
    let (id, handle) = (received.message_id?, received.receipt_handle?);
    Some(Message { id, handle, sent: sent.map(Timestamp), notice })
}

/// Which objects could not be read.
fn unread(all: &BTreeMap<String, String>) -> Option<String> {
    let (name, why) = all.last_key_value()?;
    Some(match all.len() {
        1 => format!("1 object cannot be read, its message is left in the queue: {name}: {why}"),
        n => format!(
            "{n} objects cannot be read, their messages are left in the queue: the last is {name}: {why}"
        ),
    })
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

    fn progress(&self) -> Progress {
        self.progress
    }

    fn note(&self) -> Option<String> {
        let Counts { unknown, digests, others, removed, undeleted } = self.plan.counts();
        let many = |n: u64, one: &str, more: &str| match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {more}")),
        };
        let peek = (self.options.mode == Mode::Peek && self.plan.has_answer()).then(|| {
            "a look: nothing was deleted or hidden, but each message's receive count went up by one"
                .to_owned()
        });
        let why = &self.unknown;
        let unknown =
            many(unknown, "message is left in the queue", "messages are left in the queue");
        let parts = [
            peek,
            unread(&self.unread),
            unknown.map(|unknown| format!("{unknown} (the last: {why})")),
            self.troubles.get(&Trouble::Extend).cloned(),
            many(
                self.gone,
                "object was deleted before it could be read",
                "objects were deleted before they could be read",
            ),
            many(
                removed,
                "log object was removed from its bucket",
                "log objects were removed from their buckets",
            ),
            many(
                undeleted,
                "message could not be deleted and comes again",
                "messages could not be deleted and come again",
            ),
            many(digests, "digest passed over", "digests passed over"),
            many(others, "other object passed over", "other objects passed over"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" · "))
    }
}
