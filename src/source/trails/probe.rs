//! Whether something can be read: one call each, whose answer nobody keeps.

use std::sync::Arc;

use aws_sdk_cloudwatchlogs::types::LogGroupClass;
use aws_sdk_s3::types::Object;

use crate::aws::fault::Fault;
use crate::aws::session::Session;
use crate::event::queue::Look;
use crate::source::logs::group::Group;
use crate::source::s3::fetch::Access;
use crate::source::sqs::ask::Place;
use crate::source::sqs::word::Word;

/// Asks for one event of the Event history of a region.
pub async fn history(session: &Session, region: &str) -> Result<(), Fault> {
    let said = session.cloudtrail(region).lookup_events().max_results(1).send().await;
    said.map(drop).map_err(|error| session.fault(&error))
}

/// Asks for one event of a log group.
pub async fn logs(session: &Session, group: &Group) -> Result<(), Fault> {
    let client = session.logs(group.home.as_ref().map(|home| &*home.region));
    let call = client.filter_log_events().limit(1);
    let call = match &group.home {
        Some(home) => call.log_group_identifier(home.arn(&group.name)),
        None => call.log_group_name(&group.name),
    };
    call.send().await.map(drop).map_err(|error| session.fault(&error))
}

/// What a log group is like, in a line; `None` where AWS names no such group here.
pub async fn group(session: &Session, group: &Group) -> Result<Option<String>, Fault> {
    let client = session.logs(group.home.as_ref().map(|home| &*home.region));
    let said = client.describe_log_groups().log_group_name_prefix(&group.name).send().await;
    let said = said.map_err(|error| session.fault(&error))?;
    let mut groups = said.log_groups().iter();
    let Some(found) = groups.find(|it| it.log_group_name() == Some(&*group.name)) else {
        return Ok(None);
    };
    let mut parts = vec![match found.retention_in_days() {
        Some(days) => format!("events of the last {days} days"),
        None => "keeps events for good".to_owned(),
    }];
    if let Some(class) = found.log_group_class().filter(|it| **it != LogGroupClass::Standard) {
        parts.push(format!(
            "class {}: no Live Tail, events come some seconds later",
            class.as_str()
        ));
    }
    parts.extend(found.kms_key_id().map(|key| format!("encrypted with {key}")));
    Ok(Some(parts.join("; ")))
}

/// Finds a queue and asks what it is like; no message is touched.
pub async fn queue(session: &Arc<Session>, word: &Word) -> Result<Look, Fault> {
    Place::find(session, word).await?.look().await
}

/// A bucket that is looked into.
#[derive(Debug)]
pub struct Bucket {
    access: Access,
    prefix: String,
}

impl Bucket {
    /// Finds out where the bucket is.
    pub async fn find(
        session: &Arc<Session>,
        bucket: &str,
        prefix: &str,
        requester_pays: bool,
    ) -> Result<Self, Fault> {
        let access = Access::locate(session, bucket, requester_pays, u64::MAX).await?;
        Ok(Self { access, prefix: prefix.to_owned() })
    }

    /// Lists one object; gives its key where there is any.
    pub async fn list(&self) -> Result<Option<String>, Fault> {
        let Access { client, bucket, session, .. } = &self.access;
        let said = client
            .list_objects_v2()
            .bucket(bucket)
            .prefix(&self.prefix)
            .max_keys(1)
            .set_request_payer(self.access.payer())
            .send()
            .await;
        let said = said.map_err(|error| session.fault(&error))?;
        Ok(said.contents().first().and_then(Object::key).map(str::to_owned))
    }

    /// Gets the first byte of an object, which its key has to be at hand for.
    pub async fn get(&self, key: &str) -> Result<(), Fault> {
        self.access.touch(key).await
    }
}
