//! Keeps an eye on the trails of a login: a trail that is stopped, weakened or deleted makes every
//! source that it feeds blind.

use std::sync::Arc;
use std::time::Duration;

use crate::aws::fault::Fault as AwsFault;
use crate::aws::session::Session;
use crate::clock::Clock;
use crate::coverage::trail::{Recording, Trail};
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::Outlet;
use crate::source::bell::Listener;
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::retry;
use crate::source::trails::ask::{self, Seen};

/// How often is looked.
const EVERY: Duration = Duration::from_mins(1);
/// The least time between two looks, however often somebody rings.
const LEAST: Millis = Millis::seconds(2);
/// How often is asked for Insights, which nobody depends on.
const INSIGHTS: Millis = Millis::hours(1);

/// The trails of a login as a source that brings no events. What it may not see is no failure: it
/// says so in its note.
#[derive(Debug)]
pub struct Watch {
    session: Arc<Session>,
    regions: Vec<String>,
    clock: Clock,
    bell: Listener,
    /// The trails as they were told, once they were.
    told: Option<Vec<Trail>>,
    looked: Option<Timestamp>,
    /// When Insights were asked for.
    insights: Option<Timestamp>,
    /// What cannot be seen.
    trouble: Option<String>,
}

/// What the watcher of a login is called.
pub fn name(session: &Session) -> String {
    session.profile().map_or_else(|| "trails".to_owned(), |profile| format!("trails ({profile})"))
}

impl Watch {
    /// A watcher that asks in these regions, and at once when it hears the bell.
    pub fn new(session: Arc<Session>, regions: Vec<String>, clock: Clock, bell: Listener) -> Self {
        let (told, looked, insights, trouble) = (None, None, None, None);
        Self { session, regions, clock, bell, told, looked, insights, trouble }
    }

    async fn look(&mut self, now: Timestamp) -> Result<Vec<Trail>, AwsFault> {
        let described = ask::describe(&self.session, &self.regions).await?;
        let is_due = self.insights.is_none_or(|at| now - at >= INSIGHTS);
        let before = self.told.as_deref().filter(|_| !is_due);
        let Seen { trails, unseen } = ask::look(&self.session, described, before).await;
        if is_due {
            self.insights = Some(now);
        }
        self.trouble = (!unseen.is_empty()).then(|| unseen.join("; "));
        Ok(trails)
    }
}

impl Source for Watch {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let now = self.clock.now();
        if let Some(looked) = self.looked
            && now - looked < LEAST
        {
            return Ok(Pulled::Nothing(LEAST.into()));
        }
        self.looked = Some(now);
        Ok(Pulled::Nothing(match self.look(now).await {
            Ok(trails) => {
                if self.told.as_ref() != Some(&trails) {
                    outlet.trails(trails.clone());
                    self.told = Some(trails);
                }
                EVERY
            }
            Err(fault) => {
                self.trouble = Some(fault.to_string());
                retry::wait(&fault, EVERY)
            }
        }))
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }

    fn note(&self) -> Option<String> {
        let trails = self.told.as_deref().map(|trails| match trails {
            [] => "no trail writes anything of these regions".to_owned(),
            trails => trails.iter().map(in_a_word).collect::<Vec<_>>().join(", "),
        });
        let trouble = self.trouble.as_ref().map(|why| {
            format!("whether trails record is not seen: {why} (policy: trailtop doctor --policy)")
        });
        let parts: Vec<String> = trails.into_iter().chain(trouble).collect();
        (!parts.is_empty()).then(|| parts.join(" · "))
    }

    async fn woken(&mut self) {
        self.bell.heard().await;
    }
}

fn in_a_word(trail: &Trail) -> String {
    let (name, at) = (trail.name(), |at: Option<Timestamp>| {
        at.map_or_else(String::new, |at| format!(" since {at}"))
    });
    match trail.recording {
        Recording::On(_) => format!("{name} records"),
        Recording::Off(since) => format!("{name} IS STOPPED{}", at(since)),
        Recording::Unknown => format!("{name}: unknown"),
    }
}
