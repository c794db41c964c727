//! AWS words to sources that are logged in, before the screen opens: whatever is wrong with the
//! credentials is said where it stays to be read.

use std::sync::Arc;

use tokio::runtime::{Handle, Runtime};

use crate::aws::session::{Login, Session};
use crate::aws::{account, region};
use crate::cli;
use crate::clock::Clock;
use crate::event::time::{Millis, Timestamp};
use crate::query::narrow::Narrow;
use crate::shell::passcode;
use crate::shell::start::{Reading, Sharing};
use crate::source::batch::Outlet;
use crate::source::bell::Bell;
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
use crate::source::trails::watch::{self, Watch};
use crate::source::walk::Asked;

/// How far back AWS sources begin where nothing was said.
const BACK: Millis = Millis::hours(1);

/// How sources of AWS are to be read, whoever reads them.
#[derive(Debug, Clone)]
pub struct Terms {
    regions: Vec<String>,
    polling: Polling,
    requester_pays: bool,
}

/// Everybody who is logged in.
#[derive(Debug)]
pub struct Logins {
    sessions: Vec<Arc<Session>>,
    terms: Terms,
    /// Why some of them cannot do anything now, in sentences.
    pub refused: Vec<String>,
}

/// One source that is ready to be started.
#[derive(Debug)]
pub enum Ready {
    /// The Event history of a region.
    History(Arc<Session>, String, Option<Narrow>),
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

/// Who is to call: one for each profile that was named. Where a role wants a code, it is asked for
/// on the terminal.
pub fn logins(typed: &cli::Aws, runtime: &Runtime) -> anyhow::Result<Vec<Login>> {
    let profiles: Vec<Option<String>> = match &*typed.profile {
        [] => vec![None],
        names => names.iter().cloned().map(Some).collect(),
    };
    let of = |profile| {
        let login = Login {
            profile,
            role: typed.role_arn.clone(),
            region: typed.region.iter().find(|region| *region != "all").cloned(),
            endpoint: typed.endpoint_url.clone(),
            keys: None,
        };
        passcode::with_code(login, runtime)
    };
    profiles.into_iter().map(of).collect()
}

/// How often a bucket is listed, as it was typed.
pub fn polling(typed: &cli::Reading) -> Polling {
    let every = typed.poll.map(|seconds| Polling::Every(Millis::seconds(seconds.into())));
    every.or(typed.listings.map(Polling::AtMost)).unwrap_or(Polling::Adaptive)
}

impl Terms {
    /// As they were typed.
    pub fn of(typed: &cli::Aws, polling: Polling) -> Self {
        Self { regions: typed.region.clone(), polling, requester_pays: typed.requester_pays }
    }

    /// Whether what is read from a bucket of somebody else is paid for.
    pub fn requester_pays(&self) -> bool {
        self.requester_pays
    }

    /// The regions of a login that are read: `all` are those that the account may use, or where
    /// nobody may ask for them, all that there are.
    pub async fn to_read(&self, session: &Session, named: &[String]) -> Vec<String> {
        let asked = if named.is_empty() { &self.regions } else { named };
        let enabled = match asked.iter().any(|region| region == "all") {
            true => account::regions(session).await.ok().filter(|regions| !regions.is_empty()),
            false => None,
        };
        region::to_read(asked, session.region(), enabled.as_deref())
    }

    /// The Event history of these regions, each with its name; only what has an attribute, where
    /// that is wished for.
    pub fn history(
        session: &Arc<Session>,
        regions: &[String],
        only: Option<&Narrow>,
    ) -> Vec<(String, Ready)> {
        let badge = only.map_or_else(String::new, |only| format!(",only={only}"));
        let of = |region: &String| {
            let ready = Ready::History(Arc::clone(session), region.clone(), only.cloned());
            (name(session, &format!("{region}{badge}")), ready)
        };
        regions.iter().map(of).collect()
    }

    /// A bucket, with its name.
    pub fn bucket(&self, session: &Arc<Session>, bucket: &str, prefix: &str) -> (String, Ready) {
        let wish = Wish {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            polling: self.polling,
            requester_pays: self.requester_pays,
        };
        let word = match prefix {
            "" => format!("s3://{bucket}"),
            prefix => format!("s3://{bucket}/{prefix}"),
        };
        (word, Ready::Bucket(Arc::clone(session), Box::new(wish)))
    }
}

impl Logins {
    /// Reads the configuration of each profile and gets its credentials.
    pub fn open(typed: &cli::Reading, runtime: &Runtime) -> anyhow::Result<Self> {
        let (mut sessions, mut refused) = (vec![], vec![]);
        for login in logins(&typed.aws, runtime)? {
            let (session, checked) = runtime.block_on(Session::open(login));
            refused.extend(checked.err().map(|fault| fault.at_start()));
            sessions.push(Arc::new(session));
        }
        Ok(Self { sessions, terms: Terms::of(&typed.aws, polling(typed)), refused })
    }

    /// Those who were opened already.
    pub fn of(sessions: Vec<Arc<Session>>, terms: Terms, refused: Vec<String>) -> Self {
        Self { sessions, terms, refused }
    }

    /// Whether none of them can do anything.
    pub fn are_all_refused(&self) -> bool {
        self.refused.len() == self.sessions.len()
    }

    /// The sources a word stands for, each with its name.
    pub fn ready(&self, word: &Cloud, runtime: &Runtime) -> Vec<(String, Ready)> {
        match word {
            Cloud::History { regions: named, only } => {
                let of = |session: &Arc<Session>| {
                    let regions = runtime.block_on(self.terms.to_read(session, named));
                    Terms::history(session, &regions, only.as_ref())
                };
                self.sessions.iter().flat_map(of).collect()
            }
            Cloud::Bucket { bucket, prefix } => {
                // A bucket belongs to one account, whoever else reads other things.
                let session = self.sessions.first();
                session
                    .map(|session| self.terms.bucket(session, bucket, prefix))
                    .into_iter()
                    .collect()
            }
            Cloud::Queue { queue, peek } => {
                let Some(session) = self.sessions.first() else { return vec![] };
                let name = format!("sqs:{queue}");
                let word = Word { queue: queue.clone(), peek: *peek };
                let wish = QueueWish { word, requester_pays: self.terms.requester_pays };
                vec![(name, Ready::Queue(Arc::clone(session), Box::new(wish)))]
            }
            Cloud::Logs(group) => {
                // A log group belongs to one account, as a bucket does.
                let Some(session) = self.sessions.first() else { return vec![] };
                vec![(group.to_string(), Ready::Logs(Arc::clone(session), group.clone()))]
            }
        }
    }

    /// Starts to watch the trails of everybody, and to learn what their accounts are called.
    pub fn watch(&self, runtime: &Handle, outlet: &Outlet, clock: Clock, bell: &Bell) {
        for session in &self.sessions {
            learn_names(runtime, session, outlet);
            let regions = region::to_read(&[], session.region(), None);
            watch(runtime, session, regions, outlet, (clock, bell));
        }
    }

    /// Who logged in.
    pub fn sessions(&self) -> &[Arc<Session>] {
        &self.sessions
    }

    /// What to say before anything is read.
    pub fn notes(&self, words: &[Cloud], reading: &Reading) -> Vec<String> {
        let mut notes = vec![];
        // A queue gives what is in it, whenever it was sent. Without a word Event history is read.
        let has_begin =
            words.is_empty() || words.iter().any(|word| !matches!(word, Cloud::Queue { .. }));
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
        let names_none =
            |word: &Cloud| matches!(word, Cloud::History { regions, .. } if regions.is_empty());
        let asks_nowhere =
            self.terms.regions.is_empty() && (words.is_empty() || words.iter().any(names_none));
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

/// What the accounts of the organizations are called; what cannot be learned is told.
pub async fn names(
    sessions: &[Arc<Session>],
    tell: &mut dyn FnMut(String),
) -> Vec<(String, String)> {
    let mut names = vec![];
    for session in sessions {
        let (known, fault) = account::names(session).await;
        names.extend(known);
        if let Some(fault) = fault {
            tell(format!(
                "the names of accounts cannot be read: {fault}; `acct:` knows their numbers"
            ));
        }
    }
    names
}

/// Starts to watch the trails of a login.
pub fn watch(
    runtime: &Handle,
    session: &Arc<Session>,
    regions: Vec<String>,
    outlet: &Outlet,
    (clock, bell): (Clock, &Bell),
) {
    let watch = Watch::new(Arc::clone(session), regions, clock, bell.listen());
    runtime.spawn(drive(watch, outlet.add(watch::name(session)), clock));
}

/// Starts to learn what the accounts of a login are called.
pub fn learn_names(runtime: &Handle, session: &Arc<Session>, outlet: &Outlet) {
    let (session, outlet) = (Arc::clone(session), outlet.clone());
    runtime.spawn(async move {
        // Whoever may not know the names has the numbers.
        outlet.aliases(account::names(&session).await.0);
    });
}

impl Ready {
    /// Starts it.
    pub fn start(self, runtime: &Handle, outlet: Outlet, reading: &Reading, sharing: &Sharing) {
        let clock = reading.clock;
        let now = clock.now();
        let since = reading.since.unwrap_or(now - BACK);
        let until: Option<Timestamp> =
            if reading.live { None } else { Some(reading.until.unwrap_or(now).min(now)) };
        match self {
            Self::History(session, region, only) => {
                let mut source = History::new(session, &region, Asked { since, until }, clock);
                if let Some(folder) = &sharing.buckets {
                    source = source.sharing(folder.clone());
                }
                if let Some(narrow) = only.as_ref().or(sharing.narrow.as_ref()) {
                    source = source.narrowed(narrow.clone());
                }
                runtime.spawn(drive(source, outlet, clock));
            }
            Self::Bucket(session, wish) => {
                let Wish { bucket, prefix, polling, requester_pays } = *wish;
                let asked = bucket::Asked { since, until, polling };
                let max_object = reading.max_object;
                let options = Options { bucket, prefix, asked, requester_pays, max_object };
                let mut source = Trail::new(session, options, clock);
                if let Some(folder) = sharing.checkpoints.as_deref().filter(|_| until.is_none()) {
                    source = source.keeping(folder);
                }
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
