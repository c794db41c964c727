//! Live Tail: a session that brings new messages within a second. It is for speed alone: it ends by
//! itself after three hours, gives a sample where there is too much, and may break or be refused
//! at any time. All of that is said and none of it loses anything, because `FilterLogEvents` goes on
//! beside it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_cloudwatchlogs::types::StartLiveTailResponseStream as Said;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::aws::fault::Fault;
use crate::aws::session::Session;
use crate::event::time::{Millis, Timestamp};
use crate::source::logs::entry::Entry;
use crate::source::pace::Backoff;

/// A session that is not open after this time is taken for one that broke.
const OPENING: Duration = Duration::from_secs(30);
/// So is one that is silent for so long: an update comes every second, empty or not.
const SILENCE: Duration = Duration::from_secs(20);
/// The shortest and the longest wait until a session that broke is opened again.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// How often is asked again for what is refused.
const REFUSED: Millis = Millis::minutes(5);
/// Updates that may wait here; the service holds back a few more before it drops any.
const ROOM: usize = 16;
/// A sample is spoken of so long after the last one.
const SPOKEN_OF: Millis = Millis::minutes(1);

/// What became of the session, as the source is told.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// It is open.
    Opened,
    /// It brought messages, or none.
    Brought(Vec<Entry>),
    /// It ended; it is opened again by itself.
    Closed,
}

/// What the task of a session sends.
#[derive(Debug)]
enum Sent {
    Opened,
    Update(Vec<Entry>, bool),
    Over(Over),
}

/// Why a session ended.
#[derive(Debug)]
enum Over {
    /// Its three hours are over.
    Time,
    /// It broke; another may do better.
    Broken(String),
    /// There is none to be had.
    Refused(String),
}

/// The sessions of a log group, one after the other.
#[derive(Debug)]
pub struct Live {
    session: Arc<Session>,
    client: Client,
    arn: String,
    /// The task of the session. It ends with this.
    task: JoinSet<()>,
    inbox: Option<mpsc::Receiver<Sent>>,
    waiting: VecDeque<Sent>,
    backoff: Backoff,
    /// When the next session is opened.
    due: Timestamp,
    is_open: bool,
    /// Why there is none, where there is none.
    why: Option<String>,
    sampled: Option<Timestamp>,
}

impl Live {
    /// Sessions of the group of this ARN, which has no `:*`. None is opened before [`Live::begin`].
    pub fn new(session: Arc<Session>, client: Client, arn: String, seed: u64) -> Self {
        Self {
            session,
            client,
            arn,
            task: JoinSet::new(),
            inbox: None,
            waiting: VecDeque::new(),
            backoff: Backoff::new(WAITS.0, WAITS.1, seed),
            due: Timestamp(i64::MIN),
            is_open: false,
            why: None,
            sampled: None,
        }
    }

    /// Opens a session where there is none and it is time; says how long until it is time.
    pub fn begin(&mut self, now: Timestamp) -> Option<Duration> {
        if self.inbox.is_some() {
            return None;
        }
        if now < self.due {
            return Some((self.due - now).into());
        }
        let (to, inbox) = mpsc::channel(ROOM);
        self.inbox = Some(inbox);
        let (session, client) = (Arc::clone(&self.session), self.client.clone());
        self.task.spawn(run(session, client, self.arn.clone(), to));
        None
    }

    /// Returns once there is something to take. Dropping the future loses nothing.
    pub async fn ready(&mut self) {
        if !self.waiting.is_empty() {
            return;
        }
        let Some(inbox) = &mut self.inbox else { return std::future::pending().await };
        let sent = inbox.recv().await.unwrap_or_else(lost);
        self.waiting.push_back(sent);
    }

    /// What came in, if anything did.
    pub fn take(&mut self, now: Timestamp) -> Option<News> {
        let sent = self.waiting.pop_front().or_else(|| match self.inbox.as_mut()?.try_recv() {
            Ok(sent) => Some(sent),
            Err(mpsc::error::TryRecvError::Empty) => None,
            Err(mpsc::error::TryRecvError::Disconnected) => Some(lost()),
        })?;
        Some(match sent {
            Sent::Opened => {
                self.is_open = true;
                self.why = None;
                News::Opened
            }
            Sent::Update(entries, is_sampled) => {
                self.backoff.worked();
                if is_sampled {
                    self.sampled = Some(now);
                }
                News::Brought(entries)
            }
            Sent::Over(over) => {
                self.close(over, now);
                News::Closed
            }
        })
    }

    fn close(&mut self, over: Over, now: Timestamp) {
        self.inbox = None;
        let was_open = std::mem::take(&mut self.is_open);
        (self.due, self.why) = match over {
            Over::Time => {
                let why = "Live Tail ended after its three hours and is opened again";
                (now, Some(why.to_owned()))
            }
            Over::Broken(why) => {
                let wait = self.backoff.failed();
                let what = if was_open { "broke" } else { "cannot be opened" };
                let why = format!(
                    "Live Tail {what} ({why}) and is tried again; until then events come some \
                     seconds later, by FilterLogEvents"
                );
                (now + Millis::from(wait), Some(why))
            }
            Over::Refused(why) => {
                let why = format!(
                    "no Live Tail ({why}): events come some seconds later, by FilterLogEvents"
                );
                (now + REFUSED, Some(why))
            }
        };
    }

    /// Whether the last update was only a part of what there was.
    pub fn is_sampled(&self, now: Timestamp) -> bool {
        self.sampled.is_some_and(|at| now - at < SPOKEN_OF)
    }

    /// Whether new messages come by it, all of them.
    pub fn is_whole(&self, now: Timestamp) -> bool {
        self.is_open && !self.is_sampled(now)
    }

    /// What a user should know of it.
    pub fn note(&self, now: Timestamp) -> Option<String> {
        let sampled = "sampled: more than 500 events a second; the rest follows by FilterLogEvents";
        self.why.clone().or_else(|| self.is_sampled(now).then(|| sampled.to_owned()))
    }
}

/// The task has gone without a word.
fn lost() -> Sent {
    Sent::Over(Over::Broken("it stopped".to_owned()))
}

/// One session, from its opening to its end.
async fn run(session: Arc<Session>, client: Client, arn: String, to: mpsc::Sender<Sent>) {
    let over = tail(&session, &client, arn, &to).await;
    // Whoever is not there any more does not need to know.
    to.send(Sent::Over(over)).await.ok();
}

async fn tail(session: &Session, client: &Client, arn: String, to: &mpsc::Sender<Sent>) -> Over {
    let opening = client.start_live_tail().log_group_identifiers(arn).send();
    let mut stream = match timeout(OPENING, opening).await {
        Err(_) => return Over::Broken("no answer".to_owned()),
        Ok(Err(error)) => return refused(&session.fault(&error)),
        Ok(Ok(opened)) => opened.response_stream,
    };
    loop {
        let sent = match timeout(SILENCE, stream.recv()).await {
            Err(_) => return Over::Broken("it fell silent".to_owned()),
            Ok(Ok(None)) => return Over::Broken("the connection ended".to_owned()),
            Ok(Ok(Some(Said::SessionStart(_)))) => Sent::Opened,
            Ok(Ok(Some(Said::SessionUpdate(update)))) => {
                let is_sampled = update.session_metadata.is_some_and(|it| it.sampled);
                let results = update.session_results.unwrap_or_default();
                Sent::Update(results.into_iter().map(Entry::from).collect(), is_sampled)
            }
            Ok(Ok(Some(_))) => continue,
            Ok(Err(SdkError::ServiceError(said))) => {
                let said = said.into_err();
                if said.is_session_timeout_exception() {
                    return Over::Time;
                }
                let words = said.message().unwrap_or("a fault without a word");
                return Over::Broken(format!("AWS says: {words}"));
            }
            Ok(Err(_)) => return Over::Broken("the connection broke".to_owned()),
        };
        if to.send(sent).await.is_err() {
            return Over::Time;
        }
    }
}

/// Why a session could not be opened.
fn refused(fault: &Fault) -> Over {
    match fault {
        Fault::Throttled | Fault::Network(_) | Fault::Expired(_) => Over::Broken(fault.to_string()),
        Fault::Denied(_) | Fault::Missing(_) | Fault::Broken(_) => Over::Refused(fault.to_string()),
    }
}
