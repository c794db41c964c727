//! Asks which trails there are, whether they record and what.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_insight_selectors::GetInsightSelectorsError;
use aws_sdk_cloudtrail::operation::get_trail_status::GetTrailStatusOutput;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::Trail as Described;

use crate::aws::fault::Fault;
use crate::aws::session::Session;
use crate::coverage::trail::{Recording, Trail};
use crate::event::time::Timestamp;
use crate::event::trail::Selection;
use crate::source::trails::selectors;

/// What one look at the trails found.
#[derive(Debug, Default)]
pub struct Seen {
    /// The trails, by ARN.
    pub trails: Vec<Trail>,
    /// What could not be seen of them, in sentences, each once.
    pub unseen: Vec<String>,
}

impl Seen {
    fn misses(&mut self, trail: &Trail, fault: &Fault) {
        let why = format!("{}: {fault}", trail.name());
        if !self.unseen.contains(&why) {
            self.unseen.push(why);
        }
    }
}

/// The trails that write something of these regions, as AWS describes them: also those of other
/// regions and of the organization. Whether they record is not known yet.
pub async fn describe(session: &Session, regions: &[String]) -> Result<Vec<Trail>, Fault> {
    let mut trails: Vec<Trail> = vec![];
    let mut first_fault = None;
    let mut answered = false;
    for region in regions {
        let said = session.cloudtrail(region).describe_trails().send().await;
        match said.map_err(|error| session.fault(&error)) {
            Ok(said) => {
                answered = true;
                let described = said.trail_list.unwrap_or_default();
                trails.extend(described.iter().map(trail));
            }
            // One region may refuse alone; the others still name the trails that span regions.
            Err(fault) => drop(first_fault.get_or_insert(fault)),
        }
    }
    trails.sort_by(|one, other| one.arn.cmp(&other.arn));
    trails.dedup_by(|one, other| one.arn == other.arn);
    match first_fault {
        Some(fault) if !answered => Err(fault),
        _ => Ok(trails),
    }
}

/// Adds to each trail whether it records, what, and, where that is asked for, whether it notes
/// Insights: else what `before` says of that.
pub async fn look(session: &Session, mut trails: Vec<Trail>, before: Option<&[Trail]>) -> Seen {
    let mut seen = Seen::default();
    for trail in &mut trails {
        let client = session.cloudtrail(&trail.home);
        match status(session, &client, &trail.arn).await {
            Ok(said) => tell_status(trail, &said),
            Err(fault) => seen.misses(trail, &fault),
        }
        match selection(session, &client, &trail.arn).await {
            Ok(selection) => trail.selection = Some(selection),
            Err(fault) => seen.misses(trail, &fault),
        }
        let known = before.and_then(|all| all.iter().find(|it| it.arn == trail.arn));
        let insights = match known {
            Some(known) => Ok(known.has_insights),
            None => insights(session, &client, &trail.arn).await,
        };
        match insights {
            Ok(insights) => trail.has_insights = insights,
            Err(fault) => seen.misses(trail, &fault),
        }
    }
    seen.trails = trails;
    seen
}

/// Whether a trail records now.
pub async fn status(
    session: &Session,
    client: &Client,
    arn: &str,
) -> Result<GetTrailStatusOutput, Fault> {
    let said = client.get_trail_status().name(arn).send().await;
    said.map_err(|error| session.fault(&error))
}

/// What a trail records.
pub async fn selection(session: &Session, client: &Client, arn: &str) -> Result<Selection, Fault> {
    let said = client.get_event_selectors().trail_name(arn).send().await;
    let said = said.map_err(|error| session.fault(&error))?;
    Ok(match said.advanced_event_selectors() {
        [] => selectors::basic(said.event_selectors()),
        advanced => selectors::advanced(advanced),
    })
}

/// Whether a trail notes Insights.
async fn insights(session: &Session, client: &Client, arn: &str) -> Result<bool, Fault> {
    match client.get_insight_selectors().trail_name(arn).send().await {
        Ok(said) => Ok(!said.insight_selectors().is_empty()),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(GetInsightSelectorsError::is_insight_not_enabled_exception) =>
        {
            Ok(false)
        }
        Err(error) => Err(session.fault(&error)),
    }
}

fn trail(said: &Described) -> Trail {
    let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
    let arn = text(said.trail_arn());
    let home = said.home_region().map(str::to_owned);
    let home = home.or_else(|| arn.split(':').nth(3).map(str::to_owned)).unwrap_or_default();
    Trail {
        home,
        arn,
        is_multi_region: said.is_multi_region_trail().unwrap_or_default(),
        is_organization: said.is_organization_trail().unwrap_or_default(),
        has_global: said.include_global_service_events().unwrap_or_default(),
        bucket: text(said.s3_bucket_name()),
        prefix: text(said.s3_key_prefix()),
        group: text(said.cloud_watch_logs_log_group_arn()),
        topic: text(said.sns_topic_arn()),
        key: text(said.kms_key_id()),
        has_digests: said.log_file_validation_enabled().unwrap_or_default(),
        ..Trail::default()
    }
}

fn tell_status(trail: &mut Trail, said: &GetTrailStatusOutput) {
    let time = |at: Option<&DateTime>| at.and_then(|at| at.to_millis().ok()).map(Timestamp);
    trail.recording = match said.is_logging() {
        Some(true) => Recording::On(time(said.start_logging_time.as_ref())),
        Some(false) => Recording::Off(time(said.stop_logging_time.as_ref())),
        None => Recording::Unknown,
    };
    trail.delivered = time(said.latest_delivery_time());
    let trouble = said.latest_delivery_error().filter(|why| !why.is_empty());
    trail.trouble = trouble.map(str::to_owned);
}
