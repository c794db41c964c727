//! Bursts of single hits: what they hold does not depend on the order in which hits come.

use proptest::prelude::*;

use super::*;
use crate::detect::rule::Origin;
use crate::store::hits::Named;

fn card() -> Arc<Card> {
    Arc::new(Card {
        named: Arc::new(Named::new("x", "X", "", "")),
        severity: Severity::High,
        origin: Origin::Builtin,
        author: String::new(),
        licence: String::new(),
        techniques: vec![],
        why: String::new(),
        look: String::new(),
        false_positives: String::new(),
        lowers: true,
        is_silent: false,
        is_tamper: false,
        steps: vec![],
    })
}

fn about(row: u64, minute: i64, result: &str) -> About<'static> {
    About {
        row: RowId(row),
        time: Timestamp(minute * 60_000),
        ending: Ending::of(result),
        account: "111122223333",
        region: "eu-west-1",
        actor: "alice",
        service: "cloudtrail.amazonaws.com",
        event: "StopLogging",
        target: "trail",
        is_live: false,
    }
}

/// The bursts: when they began and ended, how they ended, and their rows.
fn bursts(book: &Book) -> Vec<(i64, i64, Ending, u64, Vec<u64>)> {
    let mut found: Vec<_> = book
        .list()
        .iter()
        .map(|alert| {
            let mut rows: Vec<u64> = alert.rows.iter().map(|row| row.0).collect();
            rows.sort_unstable();
            (alert.first.0, alert.last.0, alert.ending, alert.count, rows)
        })
        .collect();
    found.sort();
    found
}

proptest! {
    #[test]
    fn bursts_do_not_depend_on_the_order(
        minutes in prop::collection::vec((0..240i64, 0..3usize), 1..40),
        order in any::<u64>(),
    ) {
        let (rule, words) = (card(), ["ok", "failed", "denied"]);
        let hits: Vec<About<'_>> = minutes
            .iter()
            .enumerate()
            .map(|(row, (minute, word))| about(row as u64, *minute, words[*word]))
            .collect();
        let mut sorted = hits.clone();
        sorted.sort_by_key(|hit| hit.time);
        let mut shuffled = hits;
        shuffled.sort_by_key(|hit| (hit.row.0 + 1).wrapping_mul(order | 1));
        let of = |hits: &[About<'_>]| {
            let mut book = Book::new(16 << 20);
            for hit in hits {
                book.hit((0, &rule), Severity::High, hit);
            }
            bursts(&book)
        };
        let found = of(&sorted);
        prop_assert_eq!(&of(&shuffled), &found);
        // Hits of one burst are near, those of two are not, and none is lost.
        let all: u64 = found.iter().map(|burst| burst.3).sum();
        prop_assert_eq!(all, minutes.len() as u64);
        for pair in found.windows(2).filter(|pair| pair[0].2 == pair[1].2) {
            prop_assert!(pair[1].0 - pair[0].1 > QUIET.0);
        }
    }
}

#[test]
fn a_try_never_shares_a_burst_with_what_worked() {
    let (rule, mut book) = (card(), Book::new(16 << 20));
    for (row, word) in ["denied", "ok", "failed", "ok"].into_iter().enumerate() {
        book.hit((0, &rule), Severity::High, &about(row as u64, row as i64, word));
    }
    let endings: Vec<_> = book.list().iter().map(|it| (it.ending.words(), it.count)).collect();
    assert_eq!(endings, [("SUCCEEDED", 2), ("TRIED, FAILED", 1), ("DENIED", 1)]);
}

#[test]
fn a_flood_of_alerts_is_bounded_and_counted() {
    let (rule, mut book) = (card(), Book::new(16 << 20));
    for row in 0..100_000u64 {
        let actor = format!("actor{row}");
        let about = About { actor: &actor, ..about(row, 0, "ok") };
        book.hit((0, &rule), Severity::High, &about);
    }
    assert!(book.list().len() <= MAX_ALERTS);
    assert_eq!(book.list().len() as u64 + book.dropped(), 100_000);
}
