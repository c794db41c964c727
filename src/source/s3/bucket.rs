//! A trail's bucket as a source: lists and gets what the plan wants, and hands objects on.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use tokio::task::JoinSet;

use crate::aws::fault::Fault as AwsFault;
use crate::aws::session::Session;
use crate::clock::Clock;
use crate::event::field::Origin;
use crate::event::label::label;
use crate::event::read::Hints;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Gone, Outlet};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::pace::Backoff;
use crate::source::parcel::Parcel;
use crate::source::s3::fetch::Access;
use crate::source::s3::plan::{Asked, Place, Plan, Step, Wanted};

/// The shortest and the longest wait after a failure.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// Failures in a row that may pass by themselves before somebody is told.
const PATIENCE: u32 = 4;
/// How often an object is asked for before it is left for later.
const TRIES: u32 = 5;
/// How often credentials are looked at that did not work.
const LOGIN: Duration = Duration::from_secs(15);
/// How often is listed again what is not allowed or not there.
const DENIED: Duration = Duration::from_mins(5);

/// What to read and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bucket.
    pub bucket: String,
    /// What was typed behind it.
    pub prefix: String,
    /// What is wanted of it.
    pub asked: Asked,
    /// Pay for what is asked.
    pub requester_pays: bool,
    /// Bytes one object may expand to.
    pub max_object: u64,
}

/// A trail's bucket as a source.
#[derive(Debug)]
pub struct Trail {
    options: Options,
    session: Arc<Session>,
    access: Option<Access>,
    plan: Option<Plan>,
    backoff: Backoff,
    clock: Clock,
    secret: RandomState,
    progress: Progress,
    told: Option<Timestamp>,
    /// What cannot be read, by what it is.
    troubles: BTreeMap<String, String>,
    /// Objects that were gone when they were to be read.
    deleted: u64,
}

impl Trail {
    /// A source that asks as this session. Nothing is asked before the first pull.
    pub fn new(session: Arc<Session>, options: Options, clock: Clock) -> Self {
        let secret = RandomState::new();
        Self {
            backoff: Backoff::new(WAITS.0, WAITS.1, secret.hash_one(&options.bucket)),
            options,
            session,
            access: None,
            plan: None,
            clock,
            secret,
            progress: Progress::default(),
            told: None,
            troubles: BTreeMap::new(),
            deleted: 0,
        }
    }

    fn name(&self) -> String {
        format!("s3://{}", self.options.bucket)
    }

    async fn locate(&self) -> Result<Access, AwsFault> {
        let Options { bucket, requester_pays, max_object, .. } = &self.options;
        Access::locate(&self.session, bucket, *requester_pays, *max_object).await
    }

    /// One page of a listing.
    async fn list(
        &self,
        access: &Access,
        prefix: &str,
        after: Option<&str>,
        token: Option<String>,
    ) -> Result<ListObjectsV2Output, AwsFault> {
        let said = access
            .client
            .list_objects_v2()
            .bucket(&access.bucket)
            .prefix(prefix)
            .set_delimiter(after.is_none().then(|| "/".to_owned()))
            .set_start_after(after.map(str::to_owned))
            .set_continuation_token(token)
            .set_request_payer(access.payer())
            .send()
            .await;
        said.map_err(|error| self.session.fault(&error))
    }

    async fn step(
        &mut self,
        access: &Access,
        step: Step,
        outlet: &Outlet,
    ) -> Result<Pulled, Fault> {
        match step {
            Step::Look { folder, path, token } => Ok(self.look(access, folder, path, token).await),
            Step::List { stream, place, token } => {
                let pulled = self.list_stream(access, stream, place, token).await;
                self.tell_swept(outlet);
                Ok(pulled)
            }
            Step::Get(wanted) => self.get(access, wanted, outlet).await,
            Step::Wait(wait) => Ok(self.rest(wait)),
            Step::End => self.end(outlet).await,
        }
    }

    /// Looks for accounts, categories and regions.
    async fn look(
        &mut self,
        access: &Access,
        folder: usize,
        path: String,
        token: Option<String>,
    ) -> Pulled {
        match self.list(access, &path, None, token).await {
            Ok(said) => {
                let now = self.clock.now();
                self.backoff.worked();
                self.troubles.remove(&path);
                let token = more(&said);
                let folders = said.common_prefixes.unwrap_or_default();
                let found = folders.into_iter().filter_map(|it| it.prefix).collect();
                self.with(|plan| plan.looked(folder, found, token, now));
                Pulled::Some
            }
            Err(fault) => {
                let (pulled, at) = self.failed(&fault, path);
                self.with(|plan| plan.put_off_folder(folder, at));
                pulled
            }
        }
    }

    /// Looks for new objects of a region.
    async fn list_stream(
        &mut self,
        access: &Access,
        stream: usize,
        place: Place,
        token: Option<String>,
    ) -> Pulled {
        match self.list(access, &place.prefix, Some(&place.after), token).await {
            Ok(said) => {
                let now = self.clock.now();
                self.backoff.worked();
                self.troubles.remove(&place.prefix);
                let token = more(&said);
                let found = self.keys(said);
                self.with(|plan| plan.listed(stream, found, token, now));
                Pulled::Some
            }
            Err(fault) => {
                let (pulled, at) = self.failed(&fault, place.prefix);
                self.with(|plan| plan.put_off_stream(stream, at));
                pulled
            }
        }
    }

    /// Log objects of a page: their keys, hashes and labels.
    fn keys(&self, said: ListObjectsV2Output) -> Vec<(String, u64, Timestamp)> {
        let keys = said.contents.unwrap_or_default().into_iter().filter_map(|it| it.key);
        let of = |key: String| {
            let label = label(&key).filter(|label| !label.digest)?;
            let hash = self.secret.hash_one(&key);
            label.time.map(|time| (key, hash, time))
        };
        keys.filter_map(of).collect()
    }

    /// Gets some objects at once and hands each on as it comes.
    async fn get(
        &mut self,
        access: &Access,
        wanted: Vec<Wanted>,
        outlet: &Outlet,
    ) -> Result<Pulled, Fault> {
        let mut set = JoinSet::new();
        for wanted in wanted {
            let access = access.clone();
            set.spawn(async move {
                let got = access.get(&wanted.key).await;
                (wanted, got)
            });
        }
        let mut pulled = Pulled::Some;
        while let Some(joined) = set.join_next().await {
            let broke = |_| Fault::Down(format!("{}: getting an object broke off", self.name()));
            let (wanted, got) = joined.map_err(broke)?;
            let fault = match got {
                Ok(bytes) => {
                    self.backoff.worked();
                    self.send(bytes, &wanted, outlet).await?;
                    self.with(|plan| plan.done(&wanted));
                    continue;
                }
                Err(fault) => fault,
            };
            if let Some(other) = self.not_got(wanted, fault, outlet).await? {
                pulled = other;
            }
        }
        self.tell_swept(outlet);
        // However many of them failed at once, it is one failure.
        Ok(match pulled {
            Pulled::Later(_) => Pulled::Later(self.backoff.failed()),
            other => other,
        })
    }

    /// What to do about an object that could not be got.
    async fn not_got(
        &mut self,
        wanted: Wanted,
        fault: AwsFault,
        outlet: &Outlet,
    ) -> Result<Option<Pulled>, Fault> {
        let now = self.clock.now();
        match fault {
            AwsFault::Missing(_) => {
                self.deleted += 1;
                let why =
                    "was deleted before it could be read: by a lifecycle rule, or by somebody";
                self.skip(&wanted, why.to_owned(), outlet).await?;
                self.with(|plan| plan.done(&wanted));
                Ok(None)
            }
            AwsFault::Broken(why) => {
                self.skip(&wanted, why, outlet).await?;
                self.with(|plan| plan.done(&wanted));
                Ok(None)
            }
            AwsFault::Denied(why) => {
                self.troubles.insert("objects".to_owned(), format!("{}: {why}", wanted.key));
                self.with(|plan| plan.park(wanted, now));
                Ok(None)
            }
            AwsFault::Expired(why) => {
                self.with(|plan| plan.again(Wanted { tries: 0, ..wanted }));
                Ok(Some(Pulled::Down(format!("{}: {why}", self.name()), LOGIN)))
            }
            AwsFault::Network(why) if wanted.tries + 1 >= TRIES => {
                self.troubles.insert("objects".to_owned(), format!("{}: {why}", wanted.key));
                self.with(|plan| plan.park(Wanted { tries: 0, ..wanted }, now));
                Ok(None)
            }
            AwsFault::Network(_) | AwsFault::Throttled => {
                let again = Wanted {
                    tries: wanted.tries + u32::from(fault != AwsFault::Throttled),
                    ..wanted
                };
                self.with(|plan| plan.again(again));
                Ok(Some(Pulled::Later(Duration::ZERO)))
            }
        }
    }

    async fn send(
        &mut self,
        bytes: Vec<u8>,
        wanted: &Wanted,
        outlet: &Outlet,
    ) -> Result<(), Fault> {
        self.progress.bytes += bytes.len() as u64;
        self.parcel(wanted, outlet).send(bytes).await
    }

    /// Names an object that cannot be read.
    async fn skip(&mut self, wanted: &Wanted, why: String, outlet: &Outlet) -> Result<(), Gone> {
        self.parcel(wanted, outlet).skip(why).await
    }

    fn parcel(&mut self, wanted: &Wanted, outlet: &Outlet) -> Parcel {
        let label = label(&wanted.key);
        self.progress.objects += 1;
        Parcel {
            outlet: outlet.clone(),
            object: self.progress.objects,
            name: format!("{}/{}", self.name(), wanted.key).into(),
            origin: Origin::S3,
            origins: Origin::S3.bit(),
            hints: Arc::new(label.map(Hints::from).unwrap_or_default()),
            delivered: Some(wanted.label),
            receipt: None,
            max_object: self.options.max_object,
        }
    }

    fn with(&mut self, change: impl FnOnce(&mut Plan)) {
        if let Some(plan) = &mut self.plan {
            change(plan);
        }
    }

    /// What to do about a listing that failed, and when to try it again.
    fn failed(&mut self, fault: &AwsFault, scope: String) -> (Pulled, Timestamp) {
        let now = self.clock.now();
        let after = |wait: Duration| now + Millis(wait.as_millis() as i64);
        let wait = self.backoff.failed();
        if fault.is_passing() && self.backoff.failures() < PATIENCE {
            return (Pulled::Later(wait), after(wait));
        }
        let wait = match fault {
            AwsFault::Throttled | AwsFault::Network(_) => wait,
            AwsFault::Expired(_) => LOGIN,
            AwsFault::Denied(_) | AwsFault::Missing(_) | AwsFault::Broken(_) => DENIED,
        };
        let why = match fault {
            // One part alone is concerned.
            AwsFault::Denied(_) | AwsFault::Missing(_) | AwsFault::Broken(_) => {
                format!("{}/{scope}: {fault}", self.name())
            }
            _ => format!("{}: {fault}", self.name()),
        };
        match fault {
            AwsFault::Denied(_) | AwsFault::Missing(_) | AwsFault::Broken(_)
                if self.options.asked.until.is_none() && self.has_streams() =>
            {
                // One account or region is not allowed: the others go on.
                self.troubles.insert(scope, why);
                (Pulled::Some, after(wait))
            }
            _ => (Pulled::Down(why, wait), after(wait)),
        }
    }

    fn has_streams(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.streams() > 0)
    }

    /// Nothing to do for a while.
    fn rest(&self, wait: Duration) -> Pulled {
        if let Some(trouble) = self.trouble() {
            return Pulled::Down(trouble, wait);
        }
        let is_complete = self.plan.as_ref().is_some_and(|plan| plan.complete_to().is_some());
        if is_complete { Pulled::Nothing(wait) } else { Pulled::Later(wait) }
    }

    /// What is wrong, in one sentence, while anything is.
    fn trouble(&self) -> Option<String> {
        let plan = self.plan.as_ref()?;
        if plan.streams() == 0 {
            return Some(format!(
                "{}/{}: nothing of CloudTrail was found there (…/AWSLogs/ACCOUNT/CloudTrail/REGION/): \
                 is there a prefix before AWSLogs/, or is this another bucket?",
                self.name(),
                self.options.prefix
            ));
        }
        let objects = self.troubles.get("objects").filter(|_| plan.parked() > 0);
        let objects = objects.map(|why| match plan.parked() {
            1 => format!("1 object cannot be read: {why}"),
            n => format!("{n} objects cannot be read, the last one {why}"),
        });
        objects.or_else(|| {
            self.troubles.iter().find(|(scope, _)| *scope != "objects").map(|(_, why)| why.clone())
        })
    }

    /// Says what was not read, and ends.
    async fn end(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        self.tell_swept(outlet);
        let trouble = self.trouble();
        let left = self.plan.as_mut().map(Plan::give_up).unwrap_or_default();
        for wanted in left {
            let why = self.troubles.get("objects").cloned().unwrap_or_default();
            self.skip(&wanted, why, outlet).await?;
        }
        match trouble {
            None => Ok(Pulled::End),
            Some(trouble) => Err(Fault::Down(trouble)),
        }
    }

    /// Claims what the plan has read, once for each advance.
    fn tell_swept(&mut self, outlet: &Outlet) {
        let complete = self.plan.as_ref().and_then(Plan::complete_to);
        if complete > self.told {
            self.told = complete;
            if let Some(at) = complete {
                outlet.swept(at);
            }
        }
    }
}

/// The token of the next page.
fn more(said: &ListObjectsV2Output) -> Option<String> {
    said.next_continuation_token().filter(|_| said.is_truncated() == Some(true)).map(str::to_owned)
}

impl Source for Trail {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let now = self.clock.now();
        let access = match self.access.clone() {
            Some(access) => access,
            None => match self.locate().await {
                Ok(access) => self.access.insert(access).clone(),
                Err(fault) => {
                    let scope = self.options.prefix.clone();
                    return Ok(self.failed(&fault, scope).0);
                }
            },
        };
        let options = &self.options;
        let plan = self.plan.get_or_insert_with(|| Plan::new(&options.prefix, options.asked, now));
        let step = plan.next(now);
        let pulled = self.step(&access, step, outlet).await;
        self.progress.waiting = self.plan.as_ref().map_or(0, |plan| plan.waiting() as u64);
        pulled
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn note(&self) -> Option<String> {
        let plan = self.plan.as_ref()?;
        let deleted = match self.deleted {
            0 => String::new(),
            1 => ", 1 object was deleted before it could be read".to_owned(),
            n => format!(", {n} objects were deleted before they could be read"),
        };
        // A thousand listings cost half a cent. Whole cents change rarely, as a note should.
        let cents = plan.listings() / 2000;
        Some(format!(
            "{} streams, about ${}.{:02} of listings{deleted}",
            plan.streams(),
            cents / 100,
            cents % 100
        ))
    }
}
