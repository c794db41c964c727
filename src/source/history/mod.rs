//! CloudTrail Event history (LookupEvents) of one account and region as a source: what to ask next
//! is reckoned apart from asking.

pub mod insight;
pub mod plan;
pub mod tail;
