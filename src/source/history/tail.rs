//! Asks Event history what the plan wants, at a pace of its own, and hands the records on.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::error::SdkError;
use aws_sdk_cloudtrail::operation::lookup_events::{LookupEventsError, LookupEventsOutput};
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{Event, EventCategory, LookupAttribute, LookupAttributeKey};

use crate::aws::fault::Fault as AwsFault;
use crate::aws::region::is_opt_in;
use crate::aws::session::Session;
use crate::clock::Clock;
use crate::coverage::watermark::StreamName;
use crate::event::field::Origin;
use crate::event::read::Hints;
use crate::event::time::{Millis, Timestamp};
use crate::query::narrow::{Attribute, Narrow};
use crate::source::batch::{Gone, Outlet};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::history::insight::Insights;
use crate::source::history::plan::MANNER;
use crate::source::pace::Bucket;
use crate::source::parcel::Parcel;
use crate::source::retry::Retry;
use crate::source::share::Shared;
use crate::source::walk::{Asked, Kind, Met, Next, Page, Plan};

/// Calls a second to begin with: half of what AWS allows an account in a region, since the console
/// and others share it.
const RATE: f64 = 1.0;
/// Calls a second at most, while nobody complains.
const FASTEST: f64 = 1.8;
/// The most events AWS gives for a call.
const PAGE: i32 = 50;
/// The longest wait after a failure that may pass.
const WAIT: Duration = Duration::from_secs(20);

/// How long is waited after Insight events were refused, and after a failure that may pass.
const INSIGHTS: [Millis; 2] = [Millis::hours(1), Millis::minutes(5)];

/// The Event history of one region as a source.
#[derive(Debug)]
pub struct History {
    session: Arc<Session>,
    client: Client,
    region: String,
    hints: Option<Arc<Hints>>,
    name: Arc<str>,
    asked: Asked,
    plan: Option<Plan>,
    insights: Option<Insights>,
    /// Why there are no Insight events.
    insights_refused: Option<String>,
    /// All that is asked for.
    narrow: Option<Narrow>,
    /// Away while it is asked on another thread.
    bucket: Option<Shared>,
    /// Where the bucket is shared with other programs of the user, before the account is known.
    sharing: Option<PathBuf>,
    retry: Retry,
    clock: Clock,
    secret: RandomState,
    progress: Progress,
    told: Option<Timestamp>,
}

/// What the source of a region is called: as it could be typed, and whose it is.
pub fn name(session: &Session, region: &str) -> String {
    let whose = session.profile().map_or_else(String::new, |profile| format!(" ({profile})"));
    format!("history:{region}{whose}")
}

impl History {
    /// A source that asks as this session. Nothing is asked before the first pull.
    pub fn new(session: Arc<Session>, region: &str, asked: Asked, clock: Clock) -> Self {
        let secret = RandomState::new();
        let name = name(&session, region);
        Self {
            client: session.cloudtrail(region),
            session,
            region: region.to_owned(),
            hints: None,
            name: name.into(),
            asked,
            plan: None,
            insights: None,
            insights_refused: None,
            narrow: None,
            bucket: None,
            sharing: None,
            retry: Retry::new(WAIT, secret.hash_one(region)),
            clock,
            secret,
            progress: Progress::default(),
            told: None,
        }
    }

    /// Shares its pace with the other programs of the user, through files in this folder. Their
    /// clocks have to show the same time.
    #[must_use]
    pub fn sharing(self, folder: PathBuf) -> Self {
        Self { sharing: Some(folder), ..self }
    }

    /// Asks for a part of it alone.
    #[must_use]
    pub fn narrowed(self, narrow: Narrow) -> Self {
        Self { narrow: Some(narrow), ..self }
    }

    /// Does something with the bucket: off the async workers where it is shared.
    async fn with_bucket<R: Send + 'static>(
        &mut self,
        act: impl FnOnce(&mut Shared) -> R + Send + 'static,
    ) -> Option<R> {
        let mut bucket = self.bucket.take().unwrap_or_else(|| self.new_bucket());
        if !bucket.is_shared() {
            let done = act(&mut bucket);
            self.bucket = Some(bucket);
            return Some(done);
        }
        let acted = tokio::task::spawn_blocking(move || {
            let done = act(&mut bucket);
            (bucket, done)
        });
        let (bucket, done) = acted.await.ok()?;
        self.bucket = Some(bucket);
        Some(done)
    }

    fn new_bucket(&self) -> Shared {
        let mut bucket = Shared::alone(Bucket::new(RATE, FASTEST, 2.0));
        let account = self.hints.as_ref().map_or("", |hints| &hints.account);
        let is_known = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(folder) = self.sharing.as_deref().filter(|_| is_known) {
            bucket.through(folder, &format!("lookup-{account}-{}.bucket", self.region));
        }
        bucket
    }

    /// The account is in no page; it is asked for once.
    async fn hints(&mut self) -> Result<Arc<Hints>, AwsFault> {
        if let Some(hints) = &self.hints {
            return Ok(Arc::clone(hints));
        }
        let account = self.session.account_number().await?;
        let hints = Hints { account, region: self.region.clone(), category: String::new() };
        Ok(Arc::clone(self.hints.insert(Arc::new(hints))))
    }

    async fn ask(&self, page: &Page) -> Result<LookupEventsOutput, SdkError<LookupEventsError>> {
        let writes = || page.writes_only.then(|| attribute(LookupAttributeKey::ReadOnly, "false"));
        let narrow = self.narrow.as_ref().map(|it| attribute(key(it.attribute), &it.value));
        self.client
            .lookup_events()
            .start_time(DateTime::from_secs(page.from.0.div_euclid(1000)))
            .end_time(DateTime::from_secs(page.to.0.div_euclid(1000)))
            .max_results(PAGE)
            .set_lookup_attributes(narrow.or_else(writes).map(|one| vec![one]))
            .set_next_token(page.token.clone())
            .send()
            .await
    }

    /// Hands on what is new of a page, and lets the plan go on.
    async fn take(
        &mut self,
        kind: Kind,
        said: LookupEventsOutput,
        outlet: &Outlet,
    ) -> Result<(), Gone> {
        let now = self.clock.now();
        let events = said.events.unwrap_or_default();
        let met: Vec<Met> = events.iter().map(|event| self.met(event)).collect();
        let token = said.next_token.filter(|token| !token.is_empty());
        let Some(plan) = &mut self.plan else { return Ok(()) };
        // While what was asked for is still being filled in, nobody can say when an event came.
        let was_there = plan.complete_to().is_none();
        let fresh = plan.page(kind, &met, token, now);
        self.hand_on(&events, &fresh, was_there, outlet).await
    }

    /// Hands on those of a page that are new.
    async fn hand_on(
        &mut self,
        events: &[Event],
        fresh: &[bool],
        was_there: bool,
        outlet: &Outlet,
    ) -> Result<(), Gone> {
        let new = events.iter().zip(fresh).filter(|(_, fresh)| **fresh).map(|(event, _)| event);
        let (lines, bare) = lines(new);
        if !lines.is_empty() {
            let len = lines.len() as u64;
            self.parcel(was_there, outlet).send_lines(lines).await?;
            self.progress.bytes += len;
        }
        for bare in bare {
            self.parcel(was_there, outlet).skip(bare).await?;
        }
        Ok(())
    }

    fn parcel(&mut self, was_there: bool, outlet: &Outlet) -> Parcel {
        let object = self.progress.objects;
        self.progress.objects += 1;
        let hints = self.hints.clone().unwrap_or_default();
        let name = Arc::clone(&self.name);
        Parcel { hints, was_there, ..Parcel::new(outlet, object, name, Origin::History) }
    }

    /// Asks for a page of Insight events, if it is time. What goes wrong with them stops nothing
    /// else. Gives whether it asked.
    async fn ask_insights(&mut self, now: Timestamp, outlet: &Outlet) -> Result<bool, Gone> {
        let asked = self.asked;
        let insights = self.insights.get_or_insert_with(|| Insights::new(asked, now));
        let Some(round) = insights.next(now).cloned() else { return Ok(false) };
        let said = self
            .client
            .lookup_events()
            .event_category(EventCategory::Insight)
            .start_time(DateTime::from_secs(round.from.0.div_euclid(1000)))
            .end_time(DateTime::from_secs(round.to.0.div_euclid(1000)))
            .max_results(PAGE)
            .set_next_token(round.token)
            .send()
            .await;
        let now = self.clock.now();
        match said {
            Ok(said) => {
                self.retry.worked();
                let mut events = said.events.unwrap_or_default();
                let n_given = events.len();
                // What stands in for AWS may know no categories and give everything again.
                events.retain(|event| {
                    event.cloud_trail_event().is_none_or(|text| text.contains("insightDetails"))
                });
                let is_other = n_given > 0 && events.is_empty();
                let met: Vec<Met> = events.iter().map(|event| self.met(event)).collect();
                let token = said.next_token.filter(|token| !token.is_empty() && !is_other);
                let Some(insights) = &mut self.insights else { return Ok(true) };
                let fresh = insights.page(&met, token, now);
                self.insights_refused = None;
                self.hand_on(&events, &fresh, true, outlet).await?;
            }
            Err(error) => {
                let fault = self.session.fault(&error);
                if fault == AwsFault::Throttled {
                    self.with_bucket(move |bucket| bucket.throttled(now)).await;
                }
                let may_pass = fault.is_passing() || matches!(fault, AwsFault::Expired(_));
                if let Some(insights) = &mut self.insights {
                    insights.failed(INSIGHTS[usize::from(may_pass)], now);
                }
                self.insights_refused = (!may_pass).then(|| fault.to_string());
            }
        }
        Ok(true)
    }

    fn met(&self, event: &Event) -> Met {
        let time = event.event_time().and_then(|time| time.to_millis().ok()).map(Timestamp);
        Met { id: event.event_id().map(|id| self.secret.hash_one(id)), time }
    }

    /// Claims what the plan has read, once for each advance. Where a part alone is asked for, nobody
    /// can say of the stream that it is complete, and nothing is claimed.
    fn tell_swept(&mut self, outlet: &Outlet) {
        if self.narrow.is_some() {
            return;
        }
        let complete = self.plan.as_ref().and_then(Plan::complete_to);
        if complete > self.told {
            self.told = complete;
            if let (Some(at), Some(hints)) = (complete, &self.hints) {
                let (account, region) = (hints.account.clone(), hints.region.clone());
                outlet.stream_swept(StreamName { account, region, origin: Origin::History }, at);
            }
        }
    }

    /// What is still to be read, or cannot be.
    fn left(&self) -> Option<String> {
        let plan = self.plan.as_ref()?;
        if plan.is_saturated() {
            return Some(
                "more events than Event history hands out: writes first, reads when there is time; \
                 a trail's bucket (s3://…) or a queue (sqs:…) has them all"
                    .to_owned(),
            );
        }
        plan.left(self.clock.now())
    }

    /// A wait that keeps the state as it is.
    fn pause(&self, wait: Duration) -> Pulled {
        Pulled::pause(wait, self.plan.as_ref().and_then(Plan::complete_to))
    }

    /// What to do about a call that failed.
    async fn failed(&mut self, fault: &AwsFault) -> Pulled {
        let setback = self.retry.failed(fault);
        if *fault == AwsFault::Throttled {
            let now = self.clock.now();
            self.with_bucket(move |bucket| bucket.throttled(now)).await;
        }
        if setback.may_pass {
            return self.pause(setback.wait);
        }
        let hint = match fault {
            AwsFault::Throttled => {
                ": others use Event history of this region too; it is asked less often"
            }
            AwsFault::Denied(_) => {
                ": allow it in the policy of this caller, or leave the region out"
            }
            AwsFault::Expired(_) if is_opt_in(&self.region) => {
                " (this region has to be enabled first)"
            }
            _ => "",
        };
        Pulled::Down(format!("{}: {fault}{hint}", self.name), setback.wait)
    }
}

impl Source for History {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let now = self.clock.now();
        let asked = self.asked;
        let next = self.plan.get_or_insert_with(|| Plan::new(MANNER, asked, now)).next(now);
        let insights = self.insights.get_or_insert_with(|| Insights::new(asked, now));
        let wants_insights = insights.due().is_some_and(|due| due <= now);
        let page = match next {
            // What is new goes first, then what is rare, then what was.
            Next::Ask(page) if page.kind == Kind::Head => Some(page),
            Next::Ask(page) if asked.until.is_some() => Some(page),
            _ if wants_insights => None,
            Next::Ask(page) => Some(page),
            Next::Wait(wait) => {
                let due =
                    insights.due().map_or(wait, |due| Duration::from((due - now).max(Millis(1))));
                return Ok(Pulled::Nothing(wait.min(due)));
            }
            Next::End => return Ok(Pulled::End),
        };
        if let Err(fault) = self.hints().await {
            return Ok(self.failed(&fault).await);
        }
        if let Some(Err(wait)) = self.with_bucket(move |bucket| bucket.take(now)).await {
            return Ok(self.pause(wait));
        }
        let Some(page) = page else {
            self.ask_insights(now, outlet).await?;
            return Ok(self.pause(Duration::ZERO));
        };
        match self.ask(&page).await {
            Ok(said) => {
                self.retry.worked();
                self.take(page.kind, said, outlet).await?;
                self.tell_swept(outlet);
                Ok(Pulled::page(self.plan.as_ref().and_then(Plan::complete_to)))
            }
            Err(error) => {
                let is_token = error
                    .as_service_error()
                    .is_some_and(LookupEventsError::is_invalid_next_token_exception);
                let again =
                    is_token && self.plan.as_mut().is_some_and(|plan| plan.refused(page.kind));
                if again {
                    return Ok(self.pause(Duration::ZERO));
                }
                let fault = self.session.fault(&error);
                Ok(self.failed(&fault).await)
            }
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn lacks(&self) -> Option<String> {
        let narrow = self.narrow.as_ref().map(|narrow| {
            format!("asked for {narrow} only: nothing else of Event history is read here")
        });
        let insights = self.insights_refused.as_ref();
        let insights = insights.map(|why| format!("Insight events cannot be read: {why}"));
        let parts: Vec<String> = [narrow, self.left(), insights].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn attribute(key: LookupAttributeKey, value: &str) -> LookupAttribute {
    let attribute = LookupAttribute::builder().attribute_key(key).attribute_value(value);
    attribute.build().expect("a key and a value make an attribute")
}

fn key(attribute: Attribute) -> LookupAttributeKey {
    match attribute {
        Attribute::EventId => LookupAttributeKey::EventId,
        Attribute::AccessKeyId => LookupAttributeKey::AccessKeyId,
        Attribute::EventName => LookupAttributeKey::EventName,
        Attribute::EventSource => LookupAttributeKey::EventSource,
        Attribute::Username => LookupAttributeKey::Username,
        Attribute::ResourceName => LookupAttributeKey::ResourceName,
        Attribute::ResourceType => LookupAttributeKey::ResourceType,
        Attribute::ReadOnly => LookupAttributeKey::ReadOnly,
    }
}

/// The records of events, one a line, and what to say of those that came without one.
fn lines<'a>(events: impl Iterator<Item = &'a Event>) -> (Vec<u8>, Vec<String>) {
    let mut bytes = vec![];
    let mut bare = vec![];
    for event in events {
        let Some(record) = event.cloud_trail_event() else {
            let id = event.event_id().unwrap_or("without an id");
            bare.push(format!("event {id} came without its record"));
            continue;
        };
        // Between the parts of a JSON value a line feed is as good as a blank, and inside a string
        // it cannot be.
        bytes.extend(record.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
        bytes.push(b'\n');
    }
    (bytes, bare)
}
