//! That a trail may not record any more, because something was done to what it needs to write.

use crate::event::time::Timestamp;

/// Nobody says that it is blind, and nothing that came since says that it is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// Since when.
    pub at: Timestamp,
    /// What was done, and by whom: `PutBucketPolicy by alice`.
    pub cause: String,
    /// To what: `bucket logs`.
    pub what: String,
    /// The account of the trail; empty where nobody knows.
    pub account: String,
    /// Its home region; empty where nobody knows.
    pub region: String,
}
