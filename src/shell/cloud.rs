//! AWS words to sources that are logged in, before the screen opens: whatever is wrong with the
//! credentials is said where it stays to be read.

use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::aws::region;
use crate::aws::session::{Login, Session};
use crate::cli;
use crate::event::time::{Millis, Timestamp};
use crate::shell::start::Reading;
use crate::source::batch::Outlet;
use crate::source::driver::drive;
use crate::source::history::tail::{History, name};
use crate::source::logs::group::Group;
use crate::source::logs::tail::Logs;
use crate::source::s3::bucket::{Options, Trail};
use crate::source::s3::plan as bucket;
use crate::source::s3::stream::Polling;
use crate::source::spec::Cloud;
use crate::source::sqs::plan::Mode;
use crate::source::sqs::queue::{self, Queue};
use crate::source::sqs::word::Word;
use crate::source::walk::Asked;

/// How far back AWS sources begin where nothing was said.
const BACK: Millis = Millis::hours(1);

/// Everybody who is logged in.
#[derive(Debug)]
pub struct Logins {
    sessions: Vec<Arc<Session>>,
    regions: Vec<String>,
    polling: Polling,
    requester_pays: bool,
    /// Why some of them cannot do anything now, in sentences.
    pub refused: Vec<String>,
}

/// One source that is ready to be started.
#[derive(Debug)]
pub enum Ready {
    /// The Event history of a region.
    History(Arc<Session>, String),
    /// A trail's bucket.
    Bucket(Arc<Session>, Box<Wish>),
    /// A log group.
    Logs(Arc<Session>, Group),
    /// A queue.
    Queue(Arc<Session>, Box<QueueWish>),
}

/// What is wished of a queue.
#[derive(Debug)]
pub struct QueueWish {
    word: Word,
    requester_pays: bool,
}

/// What is wished of a bucket.
#[derive(Debug)]
pub struct Wish {
    bucket: String,
    prefix: String,
    polling: Polling,
    requester_pays: bool,
}

impl Logins {
    /// Reads the configuration of each profile and gets its credentials.
    pub fn open(typed: &cli::Reading, runtime: &Runtime) -> Self {
        let profiles: Vec<Option<String>> = match &*typed.profile {
            [] => vec![None],
            names => names.iter().cloned().map(Some).collect(),
        };
        let polling = typed.poll.map(|seconds| Polling::Every(Millis::seconds(seconds.into())));
        let mut logins = Self {
            sessions: vec![],
            regions: typed.region.clone(),
            polling: polling.unwrap_or(Polling::Adaptive),
            requester_pays: typed.requester_pays,
            refused: vec![],
        };
        for profile in profiles {
            let login = Login {
                profile,
                role: typed.role_arn.clone(),
                region: typed.region.iter().find(|region| *region != "all").cloned(),
                endpoint: typed.endpoint_url.clone(),
            };
            let (session, checked) = runtime.block_on(Session::open(login));
            logins.refused.extend(checked.err().map(|fault| fault.to_string()));
            logins.sessions.push(Arc::new(session));
        }
        logins
    }

    /// Whether none of them can do anything.
    pub fn are_all_refused(&self) -> bool {
        self.refused.len() == self.sessions.len()
    }

    /// The sources a word stands for, each with its name.
    pub fn ready(&self, word: &Cloud) -> Vec<(String, Ready)> {
        match word {
            Cloud::History(regions) => {
                let asked = if regions.is_empty() { &self.regions } else { regions };
                let of = |session: &Arc<Session>| {
                    let regions = region::to_read(asked, session.region());
                    let session = Arc::clone(session);
                    regions.into_iter().map(move |region| {
                        let ready = Ready::History(Arc::clone(&session), region.clone());
                        (name(&session, &region), ready)
                    })
                };
                self.sessions.iter().flat_map(of).collect()
            }
            Cloud::Bucket { bucket, prefix } => {
                // A bucket belongs to one account, whoever else reads other things.
                let Some(session) = self.sessions.first() else { return vec![] };
                let wish = Wish {
                    bucket: bucket.clone(),
                    prefix: prefix.clone(),
                    polling: self.polling,
                    requester_pays: self.requester_pays,
                };
                let word = match &**prefix {
                    "" => format!("s3://{bucket}"),
                    prefix => format!("s3://{bucket}/{prefix}"),
                };
                vec![(word, Ready::Bucket(Arc::clone(session), Box::new(wish)))]
            }
            Cloud::Queue { queue, peek } => {
                let Some(session) = self.sessions.first() else { return vec![] };
                let name = format!("sqs:{queue}");
                let word = Word { queue: queue.clone(), peek: *peek };
                let wish = QueueWish { word, requester_pays: self.requester_pays };
                vec![(name, Ready::Queue(Arc::clone(session), Box::new(wish)))]
            }
            Cloud::Logs(group) => {
                // A log group belongs to one account, as a bucket does.
                let Some(session) = self.sessions.first() else { return vec![] };
                vec![(group.to_string(), Ready::Logs(Arc::clone(session), group.clone()))]
            }
        }
    }

    /// What to say before anything is read.
    pub fn notes(&self, words: &[Cloud], reading: &Reading) -> Vec<String> {
        let mut notes = vec![];
        // A queue gives what is in it, whenever it was sent.
        let has_begin = words.iter().any(|word| !matches!(word, Cloud::Queue { .. }));
        if reading.since.is_none() && has_begin {
            notes.push("AWS sources start an hour ago: --since goes further back".to_owned());
        }
        if words.iter().any(|word| matches!(word, Cloud::Queue { peek: true, .. })) {
            notes.push(
                "peek=true: up to 10 messages are looked at once and none is deleted, but the receive \
                 count of each goes up by one, which counts towards a dead-letter queue"
                    .to_owned(),
            );
        }
        let asks_nowhere = words.iter().any(|word| {
            matches!(word, Cloud::History(regions) if regions.is_empty() && self.regions.is_empty())
        });
        if asks_nowhere && self.sessions.iter().any(|session| session.region().is_none()) {
            notes.push(
                "no region is configured: only us-east-1 is read; name more with --region, or all \
                 with --region all"
                    .to_owned(),
            );
        }
        notes
    }
}

impl Ready {
    /// Starts it.
    pub fn start(self, runtime: &Runtime, outlet: Outlet, reading: &Reading) {
        let clock = reading.clock;
        let now = clock.now();
        let since = reading.since.unwrap_or(now - BACK);
        let until: Option<Timestamp> =
            if reading.live { None } else { Some(reading.until.unwrap_or(now).min(now)) };
        match self {
            Self::History(session, region) => {
                let source = History::new(session, &region, Asked { since, until }, clock);
                runtime.spawn(drive(source, outlet, clock));
            }
            Self::Bucket(session, wish) => {
                let Wish { bucket, prefix, polling, requester_pays } = *wish;
                let asked = bucket::Asked { since, until, polling };
                let max_object = reading.max_object;
                let options = Options { bucket, prefix, asked, requester_pays, max_object };
                let source = Trail::new(session, options, clock);
                runtime.spawn(drive(source, outlet, clock));
            }
            Self::Queue(session, wish) => {
                let QueueWish { word, requester_pays } = *wish;
                let mode = match (word.peek, reading.live) {
                    (true, _) => Mode::Peek,
                    (false, true) => Mode::Follow,
                    (false, false) => Mode::Once,
                };
                let max_object = reading.max_object;
                let options = queue::Options { word, mode, requester_pays, max_object };
                let source = Queue::new(session, options, clock);
                runtime.spawn(drive(source, outlet, clock));
            }
            Self::Logs(session, group) => {
                let source = Logs::new(session, group, Asked { since, until }, clock);
                runtime.spawn(drive(source, outlet, clock));
            }
        }
    }
}
