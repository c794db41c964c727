//! Asks Event history what the plan wants, at a pace of its own, and hands the records on.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::error::SdkError;
use aws_sdk_cloudtrail::operation::lookup_events::{LookupEventsError, LookupEventsOutput};
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};

use crate::aws::fault::Fault as AwsFault;
use crate::aws::region::is_opt_in;
use crate::aws::session::Session;
use crate::clock::Clock;
use crate::coverage::watermark::StreamName;
use crate::event::envelope::Extent;
use crate::event::field::Origin;
use crate::event::read::Hints;
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Gone, Outlet};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::history::plan::MANNER;
use crate::source::pace::{Backoff, Bucket};
use crate::source::walk::{Asked, Kind, Met, Next, Page, Plan};

/// Calls a second to begin with: half of what AWS allows an account in a region, since the console
/// and others share it.
const RATE: f64 = 1.0;
/// Calls a second at most, while nobody complains.
const FASTEST: f64 = 1.8;
/// The most events AWS gives for a call.
const PAGE: i32 = 50;
/// The shortest and the longest wait after a failure.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(20));
/// Failures in a row that may pass by themselves before somebody is told.
const PATIENCE: u32 = 4;
/// How often credentials are looked at that did not work.
const LOGIN: Duration = Duration::from_secs(15);
/// How often is asked again for what is not allowed.
const DENIED: Duration = Duration::from_mins(5);

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
    bucket: Bucket,
    backoff: Backoff,
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
            bucket: Bucket::new(RATE, FASTEST, 2.0),
            backoff: Backoff::new(WAITS.0, WAITS.1, secret.hash_one(region)),
            clock,
            secret,
            progress: Progress::default(),
            told: None,
        }
    }

    /// The account is in no page; it is asked for once.
    async fn hints(&mut self) -> Result<Arc<Hints>, AwsFault> {
        if let Some(hints) = &self.hints {
            return Ok(Arc::clone(hints));
        }
        let account = match self.session.caller().await {
            Ok(caller) => caller.account,
            // A network that lets CloudTrail through but not STS still shows events.
            Err(AwsFault::Denied(_) | AwsFault::Missing(_) | AwsFault::Broken(_)) => String::new(),
            Err(fault) => return Err(fault),
        };
        let hints = Hints { account, region: self.region.clone(), category: String::new() };
        Ok(Arc::clone(self.hints.insert(Arc::new(hints))))
    }

    async fn ask(&self, page: &Page) -> Result<LookupEventsOutput, SdkError<LookupEventsError>> {
        let writes = page.writes_only.then(|| {
            LookupAttribute::builder()
                .attribute_key(LookupAttributeKey::ReadOnly)
                .attribute_value("false")
                .build()
                .expect("a key and a value make an attribute")
        });
        self.client
            .lookup_events()
            .start_time(DateTime::from_secs(page.from.0.div_euclid(1000)))
            .end_time(DateTime::from_secs(page.to.0.div_euclid(1000)))
            .max_results(PAGE)
            .set_lookup_attributes(writes.map(|writes| vec![writes]))
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
        let new = events.iter().zip(&fresh).filter(|(_, fresh)| **fresh).map(|(event, _)| event);
        let (lines, bare) = lines(new);
        if !lines.is_empty() {
            self.send(outlet, lines, (None, was_there)).await?;
        }
        for bare in bare {
            self.send(outlet, vec![], (Some(bare), was_there)).await?;
        }
        Ok(())
    }

    async fn send(
        &mut self,
        outlet: &Outlet,
        bytes: Vec<u8>,
        (damage, was_there): (Option<String>, bool),
    ) -> Result<(), Gone> {
        let len = bytes.len() as u64;
        let batch = Batch {
            source: outlet.source,
            object: self.progress.objects,
            again: false,
            name: Arc::clone(&self.name),
            origin: Origin::History,
            origins: Origin::History.bit(),
            hints: self.hints.clone().unwrap_or_default(),
            delivered: None,
            base: 0,
            bytes,
            packed: None,
            extent: if damage.is_none() { Extent::Lines } else { Extent::Whole },
            damage,
            last: true,
            was_there,
            receipt: None,
        };
        outlet.send(batch).await?;
        self.progress.objects += 1;
        self.progress.bytes += len;
        Ok(())
    }

    fn met(&self, event: &Event) -> Met {
        let time = event.event_time().and_then(|time| time.to_millis().ok()).map(Timestamp);
        Met { id: event.event_id().map(|id| self.secret.hash_one(id)), time }
    }

    /// Claims what the plan has read, once for each advance.
    fn tell_swept(&mut self, outlet: &Outlet) {
        let complete = self.plan.as_ref().and_then(Plan::complete_to);
        if complete > self.told {
            self.told = complete;
            if let (Some(at), Some(hints)) = (complete, &self.hints) {
                let (account, region) = (hints.account.clone(), hints.region.clone());
                outlet.stream_swept(StreamName { account, region, origin: Origin::History }, at);
            }
        }
    }

    /// A wait that keeps the state as it is.
    fn pause(&self, wait: Duration) -> Pulled {
        let caught_up = self.plan.as_ref().is_some_and(|plan| plan.complete_to().is_some());
        if caught_up { Pulled::Nothing(wait) } else { Pulled::Later(wait) }
    }

    /// What to do about a call that failed.
    fn failed(&mut self, fault: &AwsFault) -> Pulled {
        let wait = self.backoff.failed();
        if *fault == AwsFault::Throttled {
            self.bucket.throttled(self.clock.now());
        }
        if fault.is_passing() && self.backoff.failures() < PATIENCE {
            return self.pause(wait);
        }
        let wait = match fault {
            AwsFault::Throttled | AwsFault::Network(_) => wait,
            AwsFault::Expired(_) => LOGIN,
            AwsFault::Denied(_) | AwsFault::Missing(_) | AwsFault::Broken(_) => DENIED,
        };
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
        Pulled::Down(format!("{}: {fault}{hint}", self.name), wait)
    }
}

impl Source for History {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let now = self.clock.now();
        let asked = self.asked;
        let next = self.plan.get_or_insert_with(|| Plan::new(MANNER, asked, now)).next(now);
        let page = match next {
            Next::Ask(page) => page,
            Next::Wait(wait) => return Ok(Pulled::Nothing(wait)),
            Next::End => return Ok(Pulled::End),
        };
        if let Err(wait) = self.bucket.take(now) {
            return Ok(self.pause(wait));
        }
        if let Err(fault) = self.hints().await {
            return Ok(self.failed(&fault));
        }
        match self.ask(&page).await {
            Ok(said) => {
                self.backoff.worked();
                self.take(page.kind, said, outlet).await?;
                self.tell_swept(outlet);
                Ok(match self.pause(Duration::ZERO) {
                    Pulled::Later(_) => Pulled::Some,
                    other => other,
                })
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
                Ok(self.failed(&fault))
            }
        }
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn note(&self) -> Option<String> {
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
