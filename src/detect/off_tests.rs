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
        switch: Switch { kind: "event rule", name: "r".into(), is_on, made: None },
    }
}

fn offs(turns: &[Turned]) -> Vec<(i64, Option<i64>)> {
    let mut guards = Guards::default();
    for turn in turns {
        guards.turned(turn.clone());
    }
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
        if let Some(to) = to {
            guards.turned(turned(to, true));
        }
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

/// `at`, the flow log, and what it was made for; `None` where it was deleted.
type Step<'a> = (i64, &'a str, Option<&'a str>);

fn flow_log((second, name, made): Step<'_>) -> Turned {
    Turned {
        event: if made.is_some() { "CreateFlowLogs" } else { "DeleteFlowLogs" }.into(),
        switch: Switch {
            kind: "flow log",
            name: name.into(),
            is_on: made.is_some(),
            made: made.map(str::to_owned),
        },
        ..turned(second, true)
    }
}

/// When flow logs were off, until when, and whether that is inferred.
fn flow_logs(steps: &[Step<'_>]) -> Vec<(String, i64, Option<i64>, bool)> {
    let mut guards = Guards::default();
    for step in steps {
        guards.turned(flow_log(*step));
    }
    let said = |off: Off| {
        let name = off.guard.strip_prefix("flow log ").unwrap().to_owned();
        (name, off.from.0 / 1000, off.to.map(|to| to.0 / 1000), off.is_inferred)
    };
    guards.offs().into_iter().map(said).collect()
}

#[test]
fn what_is_made_anew_has_another_name() {
    let day = 24 * 3600;
    for (steps, found) in [
        // Both name what they are for.
        (
            vec![(1, "a", Some("vpc-1")), (5, "a", None), (9, "b", Some("vpc-1"))],
            vec![("a of vpc-1", 5, Some(9), false)],
        ),
        // One for something else proves nothing, and is not taken for it.
        (
            vec![(1, "a", Some("vpc-1")), (5, "a", None), (9, "b", Some("vpc-2"))],
            vec![("a of vpc-1", 5, None, false)],
        ),
        // Nobody saw it made: inferred, by the first that is made, one each.
        (vec![(5, "a", None), (9, "b", Some("vpc-1"))], vec![("a", 5, Some(9), true)]),
        (
            vec![(5, "a", None), (6, "c", None), (9, "b", Some("vpc-1"))],
            vec![("a", 5, Some(9), true), ("c", 6, None, false)],
        ),
        (vec![(5, "a", None), (6 + day, "b", Some("vpc-1"))], vec![("a", 5, None, false)]),
        // What is known to end one does not end another as well.
        (
            vec![(1, "a", Some("vpc-1")), (5, "a", None), (5, "x", None), (9, "b", Some("vpc-1"))],
            vec![("a of vpc-1", 5, Some(9), false), ("x", 5, None, false)],
        ),
        // Made before the other one was deleted: it never was off. Until that goes too.
        (vec![(1, "a", Some("vpc-1")), (2, "b", Some("vpc-1")), (5, "a", None)], vec![]),
        (
            vec![
                (1, "a", Some("vpc-1")),
                (2, "b", Some("vpc-1")),
                (5, "a", None),
                (7, "b", None),
                (8, "c", Some("vpc-1")),
            ],
            vec![("b of vpc-1", 7, Some(8), false)],
        ),
    ] {
        let found: Vec<_> =
            found.into_iter().map(|(n, from, to, i)| (n.to_owned(), from, to, i)).collect();
        assert_eq!(flow_logs(&steps), found, "{steps:?}");
        let backwards: Vec<_> = steps.iter().rev().copied().collect();
        assert_eq!(flow_logs(&backwards), found, "backwards: {steps:?}");
    }
}

#[test]
fn an_inferred_end_says_so() {
    let mut guards = Guards::default();
    for step in [(5, "a", None), (466, "b", Some("vpc-1"))] {
        guards.turned(flow_log(step));
    }
    assert_eq!(words(guards.offs().iter()).as_deref(), Some("was off 7m41s, inferred"));
}

#[test]
fn long_names_take_no_more_than_their_room() {
    let mut guards = Guards::default();
    for n in 0..2_000 {
        guards.turned(Turned { by: "x".repeat(100_000), ..turned(n, n % 2 == 0) });
        let name = n.to_string();
        let switch = Switch { kind: "event rule", name, is_on: false, made: None };
        guards.turned(Turned { by: "x".repeat(100_000), switch, ..turned(n, false) });
    }
    assert!(guards.bytes() <= MAX_BYTES + (1 << 20));
    let counted: usize = guards.known.values().flatten().map(Turn::bytes).sum();
    assert_eq!(guards.bytes(), counted);
    assert!(guards.offs().iter().any(|off| off.guard == "event rule 1999"));
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

    #[test]
    fn nor_does_it_where_others_take_the_place(
        steps in prop::collection::vec((0..12i64, 0..5u8, prop::option::of(0..3u8)), 0..16),
        order in any::<u64>(),
    ) {
        let names = ["a", "b", "c", "d", "e"];
        let made = ["vpc-1", "vpc-2", ""];
        let steps: Vec<Step<'_>> = steps
            .into_iter()
            .map(|(at, name, of)| (at, names[usize::from(name)], of.map(|of| made[usize::from(of)])))
            .collect();
        let mut shuffled: Vec<_> = steps.iter().copied().enumerate().collect();
        shuffled.sort_by_key(|(n, _)| (*n as u64 + 1).wrapping_mul(order | 1));
        let shuffled: Vec<_> = shuffled.into_iter().map(|(_, step)| step).collect();
        let found = flow_logs(&steps);
        prop_assert_eq!(&flow_logs(&shuffled), &found);
        for (_, from, to, is_inferred) in &found {
            prop_assert!(to.is_none_or(|to| to >= *from));
            prop_assert!(to.is_some() || !is_inferred);
        }
    }
}
