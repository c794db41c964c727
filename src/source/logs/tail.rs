//! Asks a log group what the plan wants, shows at once what Live Tail brings, and hands the records
//! on.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::SdkError;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::{
    FilterLogEventsError, FilterLogEventsOutput,
};

use crate::aws::fault::Fault as AwsFault;
use crate::aws::region::partition;
use crate::aws::session::Session;
use crate::clock::Clock;
use crate::event::field::Origin;
use crate::event::read::Hints;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Gone, Outlet};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::logs::entry::{Entry, Part, parts};
use crate::source::logs::group::{Group, Home, hints};
use crate::source::logs::live::{Live, News};
use crate::source::logs::plan::MANNER;
use crate::source::pace::Bucket;
use crate::source::parcel::Parcel;
use crate::source::retry::Retry;
use crate::source::walk::{Asked, Kind, Met, Next, Page, Plan};

/// Calls a second to begin with. Regions allow 5 to 25 an account, and others ask too.
const RATE: f64 = 2.0;
/// Calls a second at most, while nobody complains.
const FASTEST: f64 = 4.0;
/// The longest wait after a failure that may pass.
const WAIT: Duration = Duration::from_secs(20);
/// What begins before 2024 is only given oldest first.
const ORDERED: Timestamp = Timestamp(1_704_067_200_000);

/// A log group as a source.
#[derive(Debug)]
pub struct Logs {
    session: Arc<Session>,
    client: Client,
    group: Group,
    name: Arc<str>,
    /// Where the group is; `None` until it was asked for.
    home: Option<Home>,
    asked: Asked,
    plan: Option<Plan>,
    /// Whether the newest may be asked for first.
    is_ordered: bool,
    live: Option<Live>,
    bucket: Bucket,
    retry: Retry,
    /// Until when nothing is asked, and what is said meanwhile.
    rest: Option<(Timestamp, Pulled)>,
    clock: Clock,
    secret: RandomState,
    progress: Progress,
}

impl Logs {
    /// A source that asks as this session. Nothing is asked before the first pull.
    pub fn new(session: Arc<Session>, group: Group, asked: Asked, clock: Clock) -> Self {
        let secret = RandomState::new();
        Self {
            client: session.logs(group.home.as_ref().map(|home| &*home.region)),
            name: group.to_string().into(),
            home: group.home.clone(),
            session,
            asked,
            plan: None,
            is_ordered: true,
            live: None,
            bucket: Bucket::new(RATE, FASTEST, 2.0),
            retry: Retry::new(WAIT, secret.hash_one(&group.name)),
            rest: None,
            group,
            clock,
            secret,
            progress: Progress::default(),
        }
    }

    /// Whether Live Tail is wanted.
    fn is_live(&self) -> bool {
        self.group.is_live && self.asked.until.is_none()
    }

    /// Finds out whose the group is, once, and begins Live Tail there where it goes on.
    async fn settle(&mut self, now: Timestamp) -> Result<(), AwsFault> {
        let home = match &self.home {
            Some(_) if self.live.is_some() || !self.is_live() => return Ok(()),
            Some(home) => home.clone(),
            None => {
                let account = self.session.account_number().await?;
                let region = self.session.region().unwrap_or_default().to_owned();
                let partition = partition(&region).name.to_owned();
                self.home.insert(Home { partition, region, account }).clone()
            }
        };
        if self.is_live() {
            let arn = home.arn(&self.group.name);
            let (session, client) = (Arc::clone(&self.session), self.client.clone());
            let seed = self.secret.hash_one(&arn);
            let live = self.live.insert(Live::new(session, client, arn, seed));
            live.begin(now);
        }
        Ok(())
    }

    /// The call for a page, apart from the source so that Live Tail is heard meanwhile.
    fn asking(
        &self,
        page: &Page,
    ) -> impl Future<Output = Result<FilterLogEventsOutput, SdkError<FilterLogEventsError>>>
    + Send
    + 'static {
        let call = self.client.filter_log_events();
        let call = match &self.group.home {
            Some(home) => call.log_group_identifier(home.arn(&self.group.name)),
            None => call.log_group_name(&self.group.name),
        };
        let newest_first = (self.is_ordered && page.from >= ORDERED).then_some(false);
        call.start_time(page.from.0.max(0))
            .end_time(page.to.0.max(0))
            .set_start_from_head(newest_first)
            .set_next_token(page.token.clone())
            .send()
    }

    /// Asks for a page, and shows what Live Tail brings until the answer is there.
    async fn ask(
        &mut self,
        page: &Page,
        outlet: &Outlet,
    ) -> Result<Result<FilterLogEventsOutput, SdkError<FilterLogEventsError>>, Gone> {
        let mut asking = Box::pin(self.asking(page));
        loop {
            tokio::select! {
                said = &mut asking => return Ok(said),
                () = self.woken() => self.show(outlet).await?,
            }
        }
    }

    /// Hands on what Live Tail brought.
    async fn show(&mut self, outlet: &Outlet) -> Result<(), Gone> {
        let now = self.clock.now();
        while let Some(news) = self.live.as_mut().and_then(|live| live.take(now)) {
            let Some(plan) = &mut self.plan else { continue };
            match news {
                // What came while nobody listened is looked for at once.
                News::Opened | News::Closed => plan.hurry(now),
                News::Brought(mut entries) => {
                    let secret = &self.secret;
                    entries.retain(|entry| plan.is_new(met(entry, secret), now));
                    self.send(outlet, parts(entries)).await?;
                }
            }
        }
        if let (Some(live), Some(plan)) = (&self.live, &mut self.plan) {
            plan.relax(live.is_whole(now));
        }
        Ok(())
    }

    /// Hands on what is new of a page, and lets the plan go on.
    async fn take(
        &mut self,
        kind: Kind,
        said: FilterLogEventsOutput,
        outlet: &Outlet,
    ) -> Result<(), Gone> {
        let now = self.clock.now();
        let events = said.events.unwrap_or_default();
        let entries: Vec<Entry> = events.into_iter().map(Entry::from).collect();
        let known: Vec<Met> = entries.iter().map(|entry| met(entry, &self.secret)).collect();
        let token = said.next_token.filter(|token| !token.is_empty());
        let Some(plan) = &mut self.plan else { return Ok(()) };
        let fresh = plan.page(kind, &known, token, now);
        let new = entries.into_iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(it, _)| it);
        self.send(outlet, parts(new)).await
    }

    async fn send(&mut self, outlet: &Outlet, parts: Vec<Part>) -> Result<(), Gone> {
        for Part { stream, delivered, lines } in parts {
            let len = lines.len() as u64;
            let account = || self.home.as_ref().map_or("", |home| &home.account).to_owned();
            let unnamed = || Hints { account: account(), ..Hints::default() };
            let name = format!("{} {stream}", self.name).into();
            let parcel = Parcel {
                hints: Arc::new(hints(&stream).unwrap_or_else(unnamed)),
                delivered,
                was_there: delivered.is_none(),
                ..Parcel::new(outlet, self.progress.objects, name, Origin::Logs)
            };
            parcel.send_lines(lines).await?;
            self.progress.objects += 1;
            self.progress.bytes += len;
        }
        Ok(())
    }

    /// A wait that keeps the state as it is.
    fn pause(&self, wait: Duration) -> Pulled {
        Pulled::pause(wait, self.plan.as_ref().and_then(Plan::complete_to))
    }

    /// What to do about a call that failed. Live Tail may go on, so the wait is kept here too.
    fn failed(&mut self, fault: &AwsFault, now: Timestamp) -> Pulled {
        let setback = self.retry.failed(fault);
        if *fault == AwsFault::Throttled {
            self.bucket.throttled(now);
        }
        let pulled = match setback.may_pass {
            true => self.pause(setback.wait),
            false => Pulled::Down(format!("{}: {}", self.name, self.remedy(fault)), setback.wait),
        };
        self.rest = Some((now + Millis::from(setback.wait), pulled.clone()));
        pulled
    }

    /// A fault in words, with what mends it.
    fn remedy(&self, fault: &AwsFault) -> String {
        let home = self.home.as_ref();
        match fault {
            AwsFault::Throttled => {
                format!("{fault}: others ask CloudWatch Logs here too; it is asked less often")
            }
            AwsFault::Denied(words) if words.contains("KMS") || words.contains("kms:") => {
                format!("{fault}: the group is encrypted, and its key has to be usable")
            }
            AwsFault::Denied(_) => {
                let arn = home.map_or_else(String::new, |home| home.arn(&self.group.name));
                format!("{fault}: allow logs:FilterLogEvents on {arn} in the policy of this caller")
            }
            AwsFault::Missing(_) => {
                let region = home.map_or("this region", |home| &home.region);
                format!(
                    "there is no such log group in {region} ({fault}): a trail delivers to a group \
                     of its home region; name that with --region, or give the ARN of the group"
                )
            }
            AwsFault::Expired(_) | AwsFault::Network(_) | AwsFault::Broken(_) => fault.to_string(),
        }
    }

    /// Whether the call failed for something that asking in another way mends: the order that was
    /// wished for, or the token.
    fn is_mended(&mut self, page: &Page, error: &SdkError<FilterLogEventsError>) -> bool {
        let is_parameter = error
            .as_service_error()
            .is_some_and(FilterLogEventsError::is_invalid_parameter_exception);
        if !is_parameter {
            return false;
        }
        if page.token.is_some() {
            return self.plan.as_mut().is_some_and(|plan| plan.refused(page.kind));
        }
        page.from >= ORDERED && std::mem::take(&mut self.is_ordered)
    }
}

/// A message by what the plan needs of it. Live Tail gives no eventId, so that a message is known by
/// its stream, its time and its words.
fn met(entry: &Entry, secret: &RandomState) -> Met {
    let id = secret.hash_one((&entry.stream, entry.time, &entry.message));
    Met { id: Some(id), time: entry.time }
}

impl Source for Logs {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        self.show(outlet).await?;
        let now = self.clock.now();
        let next_session = self.live.as_mut().and_then(|live| live.begin(now));
        let sooner = |wait: Duration| next_session.map_or(wait, |next| next.min(wait));
        if let Some((until, said)) = self.rest.take_if(|(until, _)| now < *until) {
            let left = Duration::from(until - now);
            let again = match &said {
                Pulled::Down(why, _) => Pulled::Down(why.clone(), sooner(left)),
                _ => self.pause(sooner(left)),
            };
            self.rest = Some((until, said));
            return Ok(again);
        }
        self.rest = None;
        let asked = self.asked;
        let plan = self.plan.get_or_insert_with(|| Plan::new(MANNER, asked, now));
        let page = match plan.next(now) {
            Next::Ask(page) => page,
            Next::Wait(wait) => return Ok(Pulled::Nothing(sooner(wait))),
            Next::End => return Ok(Pulled::End),
        };
        if let Err(wait) = self.bucket.take(now) {
            return Ok(self.pause(wait));
        }
        if let Err(fault) = self.settle(now).await {
            return Ok(self.failed(&fault, now));
        }
        match self.ask(&page, outlet).await? {
            Ok(said) => {
                self.retry.worked();
                self.take(page.kind, said, outlet).await?;
                Ok(Pulled::page(self.plan.as_ref().and_then(Plan::complete_to)))
            }
            Err(error) if self.is_mended(&page, &error) => Ok(self.pause(Duration::ZERO)),
            Err(error) => {
                let fault = self.session.fault(&error);
                Ok(self.failed(&fault, self.clock.now()))
            }
        }
    }

    async fn woken(&mut self) {
        match &mut self.live {
            Some(live) => live.ready().await,
            None => std::future::pending().await,
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn note(&self) -> Option<String> {
        let now = self.clock.now();
        let live = self.live.as_ref().and_then(|live| live.note(now));
        let fill = self.plan.as_ref().and_then(|plan| plan.left(now));
        let notes: Vec<String> = live.into_iter().chain(fill).collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}
