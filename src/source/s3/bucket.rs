//! A trail's bucket as a source: lists and gets what the plan wants, and hands objects on.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::aws::fault::Fault as AwsFault;
use crate::aws::session::Session;
use crate::clock::Clock;
use crate::coverage::watermark::StreamName;
use crate::event::field::Origin;
use crate::event::label::label;
use crate::event::read::Hints;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Gone, Outlet};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::parcel::Parcel;
use crate::source::retry::{LOGIN, Retry, Setback, TRIES};
use crate::source::s3::claims::Claim;
use crate::source::s3::fetch::{Access, Page};
use crate::source::s3::keeping::Keeping;
use crate::source::s3::kept::Kept;
use crate::source::s3::plan::{Asked, Place, Plan, Step, Wanted};
use crate::source::s3::proof::Read;
use crate::source::s3::prove::{Did, Prover, hashed};
use crate::source::s3::telling;

/// The longest wait after a failure that may pass.
const WAIT: Duration = Duration::from_mins(1);

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
    prover: Prover,
    /// Where it is kept what the next run may start from.
    keeping: Keeping,
    retry: Retry,
    clock: Clock,
    secret: RandomState,
    progress: Progress,
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
            retry: Retry::new(WAIT, secret.hash_one(&options.bucket)),
            prover: Prover::new(options.asked.since),
            options,
            session,
            access: None,
            plan: None,
            keeping: Keeping::default(),
            clock,
            secret,
            progress: Progress::default(),
            troubles: BTreeMap::new(),
            deleted: 0,
        }
    }

    /// Starts from what the last run left in this folder, and leaves something for the next one.
    #[must_use]
    pub fn keeping(self, folder: &Path) -> Self {
        let Options { bucket, prefix, .. } = &self.options;
        let of = format!("s3://{bucket}/{prefix} as {}", self.session.login());
        let keeping = Keeping::of(Kept::new(folder, bucket, of));
        Self { keeping, ..self }
    }

    /// The plan of a run that begins now.
    async fn begin(&mut self, now: Timestamp) {
        let mut plan = Plan::new(&self.options.prefix, self.options.asked, now);
        if let Some(checkpoint) = self.keeping.load().await {
            plan.resume(&checkpoint, |key| self.secret.hash_one(key), now);
        }
        self.plan = Some(plan);
    }

    fn name(&self) -> String {
        format!("s3://{}", self.options.bucket)
    }

    async fn locate(&self) -> Result<Access, AwsFault> {
        let Options { bucket, requester_pays, max_object, .. } = &self.options;
        Access::locate(&self.session, bucket, *requester_pays, *max_object).await
    }

    async fn step(
        &mut self,
        access: &Access,
        step: Step,
        outlet: &Outlet,
    ) -> Result<Pulled, Fault> {
        match step {
            Step::Look { folder, path, token } => {
                let pulled = self.look(access, folder, path, token).await;
                self.tell_swept(outlet);
                Ok(pulled)
            }
            Step::List { stream, place, token } => {
                let pulled = self.list_stream(access, stream, place, token).await;
                self.tell_swept(outlet);
                Ok(pulled)
            }
            Step::Get(wanted) => self.get(access, wanted, outlet).await,
            Step::Wait(Duration::ZERO) => Ok(Pulled::Some),
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
        match access.list(&path, None, token).await {
            Ok(Page { folders, token, .. }) => {
                let now = self.clock.now();
                self.retry.worked();
                self.troubles.remove(&path);
                self.with(|plan| plan.looked(folder, folders, token, now));
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
        match access.list(&place.prefix, Some(&place.after), token).await {
            Ok(Page { keys, token, .. }) => {
                let now = self.clock.now();
                self.retry.worked();
                self.troubles.remove(&place.prefix);
                let found = self.logs(keys);
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

    /// Log objects among those of a page: their keys, hashes and labels.
    fn logs(&self, keys: Vec<String>) -> Vec<(String, u64, Timestamp)> {
        let of = |key: String| {
            let label = label(&key).filter(|label| !label.digest)?;
            let hash = self.secret.hash_one(&key);
            label.time.map(|time| (key, hash, time))
        };
        keys.into_iter().filter_map(of).collect()
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
            let (is_proven, most) = (self.prover.covers(&wanted.key), self.options.max_object);
            set.spawn(async move {
                let got = match access.get(&wanted.key).await {
                    Ok(bytes) if is_proven => {
                        let (bytes, read) = hashed(bytes, most).await;
                        Ok((bytes, Some(read)))
                    }
                    other => other.map(|bytes| (bytes, None)),
                };
                (wanted, got)
            });
        }
        let mut passing = None;
        let mut pulled = Pulled::Some;
        while let Some(joined) = set.join_next().await {
            let broke = |_| Fault::Down(format!("{}: getting an object broke off", self.name()));
            let (wanted, got) = joined.map_err(broke)?;
            let fault = match got {
                Ok((bytes, read)) => {
                    self.retry.worked();
                    self.send(bytes, &wanted, outlet).await?;
                    if let Some(read) = read {
                        self.became(&wanted, read);
                    }
                    self.with(|plan| plan.done(&wanted));
                    continue;
                }
                Err(fault) => fault,
            };
            passing = passing.or_else(|| Some(fault.clone()).filter(AwsFault::is_passing));
            if let Some(other) = self.not_got(wanted, fault, outlet).await? {
                pulled = other;
            }
        }
        self.tell_swept(outlet);
        // However many of them failed at once, it is one failure.
        Ok(match (pulled, passing) {
            (Pulled::Later(_), Some(fault)) => Pulled::Later(self.retry.failed(&fault).pause),
            (other, _) => other,
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
                self.became(&wanted, Read::Gone);
                self.with(|plan| plan.done(&wanted));
                Ok(None)
            }
            AwsFault::Broken(why) => {
                self.skip(&wanted, why, outlet).await?;
                self.became(&wanted, Read::Broken);
                self.with(|plan| plan.done(&wanted));
                Ok(None)
            }
            AwsFault::Denied(why) => {
                self.troubles.insert(telling::OBJECTS.to_owned(), format!("{}: {why}", wanted.key));
                self.with(|plan| plan.park(wanted, now));
                Ok(None)
            }
            AwsFault::Expired(why) => {
                self.with(|plan| plan.again(Wanted { tries: 0, ..wanted }));
                Ok(Some(Pulled::Down(format!("{}: {why}", self.name()), LOGIN)))
            }
            AwsFault::Network(why) if wanted.tries + 1 >= TRIES => {
                self.troubles.insert(telling::OBJECTS.to_owned(), format!("{}: {why}", wanted.key));
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

    /// Tells whoever proves it what became of an object.
    fn became(&mut self, wanted: &Wanted, read: Read) {
        let id = (wanted.label, self.secret.hash_one(&wanted.key));
        self.prover.proofs().note(&wanted.key, id, read, self.clock.now());
    }

    /// Looks into digests, where nothing else is to be done before `step`.
    async fn prove(&mut self, access: &Access, step: Step, outlet: &Outlet) -> Step {
        let now = self.clock.now();
        let Some(plan) = &mut self.plan else { return step };
        let (before, secret) = (plan.waiting(), &self.secret);
        let did = self.prover.step(access, plan, |key| secret.hash_one(key), now).await;
        for (account, region, to) in self.prover.proofs().claims() {
            outlet.proven(StreamName { account, region, origin: Origin::S3 }, to);
        }
        for (account, region, words) in self.prover.proofs().alarms() {
            outlet.disproven(StreamName { account, region, origin: Origin::S3 }, words);
        }
        match (did, step) {
            (Did::Something, _) => Step::Wait(Duration::ZERO),
            // A digest named something that no listing had shown.
            _ if plan.waiting() > before => Step::Wait(Duration::ZERO),
            (Did::Nothing(Some(due)), Step::Wait(wait)) => {
                let until = Duration::from((due - now).max(Millis(1)));
                Step::Wait(wait.min(until))
            }
            (_, step) => step,
        }
    }

    async fn send(
        &mut self,
        bytes: Vec<u8>,
        wanted: &Wanted,
        outlet: &Outlet,
    ) -> Result<(), Fault> {
        self.progress.bytes += bytes.len() as u64;
        let max_object = self.options.max_object;
        self.parcel(wanted, outlet).send(bytes, max_object).await
    }

    /// Names an object that cannot be read.
    async fn skip(&mut self, wanted: &Wanted, why: String, outlet: &Outlet) -> Result<(), Gone> {
        self.parcel(wanted, outlet).skip(why).await
    }

    fn parcel(&mut self, wanted: &Wanted, outlet: &Outlet) -> Parcel {
        let label = label(&wanted.key);
        self.progress.objects += 1;
        let name = format!("{}/{}", self.name(), wanted.key).into();
        Parcel {
            hints: Arc::new(label.map(Hints::from).unwrap_or_default()),
            delivered: Some(wanted.label),
            ..Parcel::new(outlet, self.progress.objects, name, Origin::S3)
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
        let after = |wait: Duration| now + Millis::from(wait);
        let Setback { wait, pause, may_pass } = self.retry.failed(fault);
        if may_pass {
            return (Pulled::Later(wait), after(wait));
        }
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
                self.troubles.insert(scope, why.clone());
                // Where everything is refused, nothing is gained by asking for it all at once.
                let pulled = match self.retry.is_patient() {
                    true => Pulled::Some,
                    false => Pulled::Down(why, pause),
                };
                (pulled, after(wait))
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
        Pulled::pause(wait, self.plan.as_ref().and_then(Plan::complete_to))
    }

    /// What is wrong, in one sentence, while anything is.
    fn trouble(&self) -> Option<String> {
        let plan = self.plan.as_ref()?;
        match plan.streams() {
            0 => Some(telling::nothing_there(&self.name(), &self.options.prefix)),
            _ => telling::trouble(&self.troubles, plan.parked()),
        }
    }

    /// Says what was not read, and ends.
    async fn end(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        self.tell_swept(outlet);
        let trouble = self.trouble();
        let left = self.plan.as_mut().map(Plan::give_up).unwrap_or_default();
        for wanted in left {
            let why = self.troubles.get(telling::OBJECTS).cloned().unwrap_or_default();
            self.skip(&wanted, why, outlet).await?;
        }
        match trouble {
            None => Ok(Pulled::End),
            Some(trouble) => Err(Fault::Down(trouble)),
        }
    }

    /// Claims what the plan has read, of each account and region by itself.
    fn tell_swept(&mut self, outlet: &Outlet) {
        for Claim { account, region, to } in
            self.plan.as_mut().map(Plan::claims).unwrap_or_default()
        {
            outlet.stream_swept(StreamName { account, region, origin: Origin::S3 }, to);
        }
    }
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
        if self.plan.is_none() {
            self.begin(now).await;
        }
        let Some(plan) = &mut self.plan else { return Ok(Pulled::Some) };
        self.prover.meet(plan, now);
        let mut step = plan.next(now);
        if matches!(step, Step::Wait(_) | Step::End) {
            step = self.prove(&access, step, outlet).await;
        }
        let pulled = self.step(&access, step, outlet).await;
        if let Some(plan) = &self.plan {
            self.keeping.keep(plan, self.clock.now()).await;
        }
        self.progress.waiting = self.plan.as_ref().map_or(0, |plan| plan.waiting() as u64);
        pulled
    }

    async fn leave(&mut self) {
        if let Some(plan) = &self.plan {
            self.keeping.keep_now(plan, self.clock.now()).await;
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn note(&self) -> Option<String> {
        let troubles = [self.keeping.trouble.as_deref(), self.prover.trouble()];
        self.plan.as_ref().map(|plan| telling::note(plan, &troubles))
    }

    fn lacks(&self) -> Option<String> {
        let unanswered = self.plan.as_ref().map_or(0, Plan::unanswered);
        telling::lacks(self.deleted, unanswered, self.prover.faults())
    }
}
