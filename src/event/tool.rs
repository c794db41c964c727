//! The family of the user agent.

use std::borrow::Cow;

use crate::event::record::Record;

/// The tool behind a call: aws-cli, boto3, Terraform, console, an SDK, or the service itself.
pub fn tool<'t>(_record: &Record<'_>, agent: &'t str) -> Cow<'t, str> {
    Cow::Borrowed(agent.split(['/', ' ']).next().unwrap_or_default())
}
