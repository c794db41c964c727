//! How a log group is walked.

use crate::event::time::Millis;
use crate::source::walk::{Manner, Round, Window};

/// Up to 10,000 messages or 1 MB a page, and several pages a second; the order is asked for, but
/// not every place gives it. What comes late has an old time and lies anywhere in the overlap.
pub const MANNER: Manner = Manner {
    behind: Millis::minutes(2),
    sweep: Round { back: Millis::minutes(15), every: Millis::seconds(90) },
    deep: Round { back: Millis::hours(2), every: Millis::minutes(20) },
    window: Window {
        least: Millis::minutes(1),
        first: Millis::minutes(15),
        most: Millis::hours(6),
    },
    is_newest_first: false,
    rest: Millis::seconds(1),
};
