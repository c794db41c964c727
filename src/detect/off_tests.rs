//! Guards that are off: for how long does not depend on the order in which records come.

use proptest::prelude::*;

use super::*;

fn turned(second: i64, is_on: bool) -> Turned {
    Turned {
        at: Timestamp(second * 1000),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        event: if is_on { "EnableRule" } else { "DisableRule" }.into(),
        by: "alice".into(),
        switch: Switch { kind: "event rule", name: "r".into(), is_on },
    }
}

fn offs(turns: &[Turned]) -> Vec<(i64, Option<i64>)> {
    let mut guards = Guards::default();
    turns.iter().for_each(|turn| guards.turned(turn.clone()));
    let ends = |off: &Off| (off.from.0 / 1000, off.to.map(|to| to.0 / 1000));
    guards.offs().iter().map(ends).collect()
}

#[test]
fn off_until_on() {
    for (turns, found) in [
        (vec![(5, false)], vec![(5, None)]),
        (vec![(5, false), (9, true)], vec![(5, Some(9))]),
        // The end is known first, and everything came twice.
        (vec![(9, true), (5, false), (9, true), (5, false)], vec![(5, Some(9))]),
        // Off twice is off once.
        (vec![(5, false), (6, false), (9, true), (12, false)], vec![(5, Some(9)), (12, None)]),
        (vec![(5, true)], vec![]),
        // Within one second: on again after off, off again after on.
        (vec![(5, true), (5, false)], vec![(5, Some(5))]),
        (vec![(1, false), (5, true), (5, false)], vec![(1, Some(5)), (5, None)]),
    ] {
        let turns: Vec<_> = turns.into_iter().map(|(at, is_on)| turned(at, is_on)).collect();
        assert_eq!(offs(&turns), found, "{turns:?}");
    }
}

#[test]
fn what_became_of_it_in_words() {
    let off = |from: i64, to: Option<i64>| {
        let mut guards = Guards::default();
        guards.turned(turned(from, false));
        to.into_iter().for_each(|to| guards.turned(turned(to, true)));
        guards.offs().remove(0)
    };
    for (offs, said) in [
        (vec![], None),
        (vec![off(0, None)], Some("STILL OFF")),
        (vec![off(0, Some(461))], Some("was off 7m41s")),
        (vec![off(0, Some(5)), off(0, Some(70))], Some("were off up to 1m10s")),
        (vec![off(0, Some(5)), off(0, None)], Some("1 of 2 STILL OFF")),
    ] {
        assert_eq!(words(offs.iter()).as_deref(), said);
    }
}

#[test]
fn a_flood_of_guards_is_bounded_and_forgets_what_is_on_first() {
    let mut guards = Guards::default();
    let mut of = |name: String, second, is_on| {
        let mut turned = turned(second, is_on);
        turned.switch.name = name;
        guards.turned(turned);
    };
    of("kept".into(), 0, false);
    for n in 0..20_000 {
        of(n.to_string(), n, true);
    }
    assert!(guards.known.len() <= MAX_GUARDS);
    assert_eq!(guards.known.len() as u64 + guards.forgotten(), 20_001);
    assert_eq!(guards.offs().len(), 1);
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(
        turns in prop::collection::vec((0..30i64, any::<bool>()), 0..20),
        order in any::<u64>(),
    ) {
        let sorted: Vec<_> = turns.iter().map(|(at, is_on)| turned(*at, *is_on)).collect();
        let mut shuffled: Vec<_> = sorted.iter().cloned().enumerate().collect();
        shuffled.sort_by_key(|(n, _)| (*n as u64 + 1).wrapping_mul(order | 1));
        let shuffled: Vec<_> = shuffled.into_iter().map(|(_, turn)| turn).collect();
        let found = offs(&sorted);
        prop_assert_eq!(&offs(&shuffled), &found);
        for pair in found.windows(2) {
            prop_assert!(pair[0].1.is_some_and(|to| to <= pair[1].0));
        }
    }
}
