//! A trail as AWS describes it: where it writes, what it records, and whether it does.

use serde::{Deserialize, Serialize};

use crate::event::lifeline::{self, Lifeline};
use crate::event::time::Timestamp;
use crate::event::trail::Selection;

/// One trail. Names are those of `DescribeTrails`, `GetTrailStatus` and `GetEventSelectors`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a yes or no that AWS gives")]
pub struct Trail {
    /// Its ARN; account and home region are parts of it.
    pub arn: String,
    /// The region it was made in.
    pub home: String,
    /// Whether it records every region.
    pub is_multi_region: bool,
    /// Whether it records every account of an organization.
    pub is_organization: bool,
    /// Whether it records services that belong to no region, such as IAM.
    pub has_global: bool,
    /// The bucket it writes to.
    pub bucket: String,
    /// What stands before `AWSLogs/` in that bucket.
    pub prefix: String,
    /// The ARN of the CloudWatch Logs group it writes to; empty where it writes to none.
    pub group: String,
    /// The SNS topic that it tells of its objects; empty where it tells none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub topic: String,
    /// The KMS key that its objects are encrypted with; empty where they are not.
    pub key: String,
    /// Whether its digests can be verified.
    pub has_digests: bool,
    /// Whether it records at all.
    pub recording: Recording,
    /// What it records; `None` where that could not be read.
    pub selection: Option<Selection>,
    /// Whether it notes Insights.
    pub has_insights: bool,
    /// When it last wrote an object.
    pub delivered: Option<Timestamp>,
    /// Why it cannot write, in the words of AWS.
    pub trouble: Option<String>,
}

/// Whether a trail records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Recording {
    /// Nobody was allowed to ask, or nobody has answered yet.
    #[default]
    Unknown,
    /// It records, since then where that is known.
    On(Option<Timestamp>),
    /// It was stopped, then where that is known.
    Off(Option<Timestamp>),
}

impl Trail {
    /// The account it belongs to.
    pub fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }

    /// What it needs to write.
    pub fn lifelines(&self) -> Vec<Lifeline> {
        let place = (self.account(), &*self.home);
        let names = [
            lifeline::bucket(&self.bucket),
            lifeline::key(&self.key),
            lifeline::group(&self.group, place),
            lifeline::topic(&self.topic, place),
        ];
        let place = (place.0.to_owned(), place.1.to_owned());
        let lifeline = |name| Lifeline { name, since: Timestamp(i64::MIN), place: place.clone() };
        names.into_iter().flatten().map(lifeline).collect()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }
}
