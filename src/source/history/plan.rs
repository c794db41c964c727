//! How Event history is walked.

use crate::event::time::Millis;
use crate::source::walk::{Manner, Round, Window};

/// Newest first, a second at the finest, 50 events a page and about a page a second.
pub const MANNER: Manner = Manner {
    behind: Millis::minutes(1),
    sweep: Round { back: Millis::minutes(15), every: Millis::seconds(90) },
    deep: Round { back: Millis::hours(2), every: Millis::minutes(20) },
    window: Window { least: Millis::hours(1), first: Millis::hours(1), most: Millis::hours(1) },
    is_newest_first: true,
    rest: Millis(0),
};
