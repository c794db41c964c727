//! What polling many accounts costs and how late it is, against naive polling: a day of simulated
//! organizations, without a socket. Prints the table of the README.

#[path = "../aws/organization.rs"]
mod organization;

use organization::{NOON, Object, World, simulated};
use trailtop::event::time::Millis;
use trailtop::source::s3::stream::Polling;

/// Dollars for a thousand listings.
const PRICE: f64 = 0.005;

fn length(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{:.1} h", seconds as f64 / 3600.0),
    }
}

/// A number with its thousands apart.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

fn line(accounts: usize, pace: &str, listings: u64, lags: &[i64]) {
    let share = |part: usize| length(lags[(lags.len() - 1) * part / 100]);
    let cents = (listings as f64 * 30.0 / 1000.0 * PRICE * 100.0).round() as u64;
    println!(
        "| {} | {pace} | {} | {}.{:02} | {} | {} | {} |",
        grouped(accounts as u64),
        grouped(listings),
        grouped(cents / 100),
        cents % 100,
        share(50),
        share(99),
        share(100)
    );
}

/// Prints the table.
pub(crate) fn table() {
    let day = Millis::hours(24);
    println!("| accounts | pace | listings a day | $ a month | median | p99 | worst |");
    println!("|---|---|---|---|---|---|---|");
    for accounts in [1, 10, 100, 1000] {
        // Every stream every minute, by as many at once as that takes.
        let world = World::new(accounts, day);
        let visible = |it: &&Object| (NOON..NOON + day).contains(&it.visible);
        let objects = world.streams.iter().flatten().filter(visible);
        let mut lags: Vec<i64> =
            objects.map(|it| 60 - it.visible.0.rem_euclid(60_000) / 1000).collect();
        lags.sort_unstable();
        line(accounts, "each region every minute", world.streams.len() as u64 * 1440, &lags);
        let budgets: &[u32] =
            if accounts < 1000 { &[2000, 20_000] } else { &[2000, 20_000, 60_000] };
        for budget in budgets {
            let (world, lags) = simulated(accounts, Polling::AtMost(*budget), day);
            line(accounts, &format!("`--listings {budget}`"), world.listings, &lags);
        }
    }
}
