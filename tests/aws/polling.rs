//! What polling costs and how late it is, in small: the plan of a bucket against a simulated
//! organization. `cargo bench -- polling` does it for a thousand accounts.

use trailtop::event::time::Millis;
use trailtop::source::s3::stream::Polling;

use crate::aws::organization::{REGIONS, simulated};

/// Within the budget, and busy regions before quiet ones.
#[test]
fn polling_keeps_to_its_budget_and_prefers_the_busy() {
    let hours = 6;
    let (world, lags) = simulated(100, Polling::AtMost(1000), Millis::hours(hours));
    // The first pass waits for nothing.
    let first = (100 * (REGIONS + 2)) as u64;
    let most = first + 1000 * hours as u64 + 200;
    assert!(world.listings <= most, "{} of {most}", world.listings);
    assert!(world.listings >= most * 8 / 10, "{} of {most}", world.listings);
    // Sharing alike would list each of 1,700 regions every 1.7 hours: half of that on average.
    let median = lags[lags.len() / 2];
    assert!(median < 45 * 60, "{median} s");
}

/// Without a budget that presses: far fewer listings than naive polling makes, and nothing is lost or
/// later than the longest interval of a region that was quiet.
#[test]
fn polling_by_itself_asks_seldom_where_little_happens() {
    let hours = 12;
    let (world, lags) = simulated(2, Polling::Adaptive, Millis::hours(hours));
    let naive = (2 * REGIONS) as u64 * 60 * hours as u64;
    assert!(world.listings < naive * 2 / 3, "{} of {naive}", world.listings);
    let (median, worst) = (lags[lags.len() / 2], lags[lags.len() - 1]);
    assert!(median < 60, "{median} s");
    assert!(worst <= 31 * 60, "{worst} s");
}
