//! Windows against a plain reading of their definition, in any order of arrival.

use proptest::prelude::*;

use super::*;
use crate::detect::groups::{Fired, Groups};

fn atom(seconds: i64, row: u64, step: u16, value: Option<u64>) -> Atom {
    Atom {
        time: Timestamp(seconds * 1000),
        row: RowId(row),
        step,
        value,
        ending: Ending::Succeeded,
    }
}

/// Whether enough comes together among these events, by trying everything.
fn is_met(gather: &Gather, inside: &[Atom], opens: Timestamp) -> bool {
    let distinct = |of: &dyn Fn(&Atom) -> Option<u64>| {
        let mut values: Vec<u64> = inside.iter().filter_map(of).collect();
        values.sort_unstable();
        values.dedup();
        values.len() as u64
    };
    match gather {
        Gather::Count(least) => inside.len() as u64 >= *least,
        Gather::Distinct(least) => distinct(&|atom| atom.value) >= *least,
        Gather::Together(least) => distinct(&|atom| Some(u64::from(atom.step))) >= *least,
        Gather::Sequence(least) => {
            inside.iter().any(|atom| atom.step == 0 && atom.time == opens)
                && follows(inside, least, 0, opens)
        }
    }
}

/// Whether the steps from `step` on can be found after a time: every choice of where one ends.
fn follows(inside: &[Atom], least: &[u64], step: usize, since: Timestamp) -> bool {
    let Some(wanted) = least.get(step) else { return true };
    inside.iter().any(|end| {
        let of_step = |atom: &&Atom| {
            usize::from(atom.step) == step && atom.time >= since && atom.time <= end.time
        };
        inside.iter().filter(of_step).count() as u64 >= *wanted
            && usize::from(end.step) == step
            && end.time >= since
            && follows(inside, least, step + 1, end.time)
    })
}

/// The bursts by their definition, as sets of rows.
fn plain(window: &Window, atoms: &[Atom]) -> Vec<Vec<u64>> {
    let mut met: Vec<(Timestamp, Timestamp)> = vec![];
    for opening in atoms {
        let (from, to) = (opening.time, opening.time + window.span);
        let inside: Vec<Atom> =
            atoms.iter().filter(|atom| atom.time >= from && atom.time <= to).copied().collect();
        if is_met(&window.gather, &inside, from) {
            let last = inside.iter().map(|atom| atom.time).max().unwrap();
            met.push((from, last));
        }
    }
    met.sort_unstable();
    let mut joined: Vec<(Timestamp, Timestamp)> = vec![];
    for (from, to) in met {
        match joined.last_mut() {
            Some(last) if from - last.1 <= window.span => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    let rows = |(from, to): (Timestamp, Timestamp)| {
        let inside = atoms.iter().filter(|atom| atom.time >= from && atom.time <= to);
        let mut rows: Vec<u64> = inside.map(|atom| atom.row.0).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    };
    joined.into_iter().map(rows).collect()
}

fn of_fired(fired: &[Fired]) -> Vec<Vec<u64>> {
    let bursts = fired.last().map_or(&[][..], |fired| &fired.bursts);
    bursts
        .iter()
        .map(|burst| {
            let mut rows: Vec<u64> = burst.rows.iter().map(|row| row.0).collect();
            rows.sort_unstable();
            rows
        })
        .collect()
}

fn windows() -> impl Strategy<Value = Window> {
    let gather = prop_oneof![
        (1..6u64).prop_map(Gather::Count),
        (1..4u64).prop_map(Gather::Distinct),
        (1..4u64).prop_map(Gather::Together),
        prop::collection::vec(1..3u64, 1..4).prop_map(|least| Gather::Sequence(least.into())),
    ];
    (0..40i64, gather).prop_map(|(span, gather)| Window { span: Millis(span * 1000), gather })
}

proptest! {
    /// What is found does not depend on the order of arrival, nor on how often one looks, and is
    /// what the definition says.
    #[test]
    fn bursts_are_those_of_the_definition_in_any_order(
        window in windows(),
        drawn in prop::collection::vec((0..120i64, 0..3u16, prop::option::of(0..4u64)), 0..24),
        order in any::<u64>(),
        looks in 1..5usize,
    ) {
        let steps = if window.has_steps() { 3 } else { 1 };
        let atoms: Vec<Atom> = drawn
            .iter()
            .enumerate()
            .map(|(row, (at, step, value))| atom(*at, row as u64, step % steps, *value))
            .collect();
        let expected = plain(&window, &atoms);

        let mut arriving = atoms.clone();
        let mut state = order | 1;
        for at in (1..arriving.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            arriving.swap(at, (state >> 33) as usize % (at + 1));
        }
        let mut groups = Groups::new(vec![window], usize::MAX);
        let mut known: Vec<Fired> = vec![];
        for (at, atom) in arriving.into_iter().enumerate() {
            let value = atom.value.map(|value| value.to_string());
            groups.add(0, [].into(), (atom, value.as_deref()));
            if at % looks == 0 {
                known.extend(groups.settle());
            }
        }
        known.extend(groups.settle());
        prop_assert_eq!(of_fired(&known), expected);
    }
}

#[test]
fn late_events_count_as_they_would_have_in_order() {
    let window = Window { span: Millis(60_000), gather: Gather::Count(3) };
    let mut groups = Groups::new(vec![window], usize::MAX);
    for (row, seconds) in [0, 10, 900, 20].into_iter().enumerate() {
        groups.add(0, [].into(), (atom(seconds, row as u64, 0, None), None));
    }
    assert_eq!(of_fired(&groups.settle()), [[0, 1, 3]]);
}

#[test]
fn an_event_that_meets_two_rules_of_a_count_counts_once() {
    let window = Window { span: Millis(60_000), gather: Gather::Count(2) };
    let mut groups = Groups::new(vec![window], usize::MAX);
    groups.add(0, [].into(), (atom(1, 7, 0, None), None));
    groups.add(0, [].into(), (atom(1, 7, 1, None), None));
    assert_eq!(of_fired(&groups.settle()), Vec::<Vec<u64>>::new());
}

#[test]
fn a_flood_is_bounded_and_what_it_costs_is_counted() {
    let window = Window { span: Millis(60_000), gather: Gather::Count(1_000_000) };
    let mut groups = Groups::new(vec![window], 1 << 20);
    for row in 0..60_000u64 {
        groups.add(0, [].into(), (atom(5, row, 0, None), None));
        if row % 1000 == 0 {
            groups.settle();
        }
    }
    groups.settle();
    assert!(groups.bytes() < 2 << 20, "{}", groups.bytes());
    assert!(groups.truncated() > 40_000, "{}", groups.truncated());
    for row in 0..60_000u64 {
        let key = [format!("{row}").into()].into();
        groups.add(0, key, (atom(6, row, 0, None), None));
        if row % 1000 == 0 {
            groups.settle();
        }
    }
    groups.settle();
    assert!(groups.bytes() < 2 << 20, "{}", groups.bytes());
}
