//! What is new, against somebody who looks at everything at once, whatever the order of arrival.

use std::borrow::Cow;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::detect::history::{AGE, EVENTS};
use crate::event::field::First;
use crate::event::read::Event;
use crate::store::segment::{Birth, Builder, RowId};

/// One event of a story.
#[derive(Debug, Clone)]
struct Told {
    id: usize,
    minute: i64,
    user: u8,
    ip: u8,
    region: u8,
    is_write: bool,
    worked: bool,
}

impl Told {
    fn time(&self) -> Timestamp {
        Timestamp(self.minute * 60_000)
    }

    fn cells(&self) -> [Cow<'static, str>; Column::COUNT] {
        let mut cells = [const { Cow::Borrowed("") }; Column::COUNT];
        let mut put = |column: Column, text: String| cells[column as usize] = text.into();
        put(Column::Id, format!("e{}", self.id));
        put(Column::Type, "IAMUser".into());
        put(Column::Actor, format!("u{}", self.user));
        put(Column::Arn, format!("arn:aws:iam::1:user/u{}", self.user));
        put(Column::Account, "1".into());
        put(Column::Service, "s3.amazonaws.com".into());
        put(Column::Event, if self.is_write { "PutObject" } else { "GetObject" }.into());
        put(Column::Verb, if self.is_write { "W" } else { "R" }.into());
        put(Column::Ip, format!("198.51.100.{}", self.ip));
        put(Column::Region, format!("r{}", self.region));
        put(Column::Tool, "boto3".into());
        put(Column::Result, if self.worked { "ok" } else { "denied" }.into());
        cells
    }
}

fn part(told: &[Told], base: u64) -> Part {
    let mut builder = Builder::passing();
    for it in told {
        let event = Event { time: Some(it.time()), flags: 0, cells: it.cells() };
        let (time, identity) = (it.time(), it.id as u64);
        let birth = Birth { time, arrival: time, identity, flags: 0, origins: 0 };
        builder.push(&event, b"{}", birth);
    }
    let (segment, side) = builder.finish(RowId(base));
    Part { segment: Arc::new(segment), side: Arc::new(side) }
}

fn sight(it: &Told) -> Sight {
    Sight::of_row(&part(std::slice::from_ref(it), 0), 0)
}

/// The bits that are new and those that are told too early, by looking at all events.
fn by_hand(it: &Told, own: &Sight, all: &[(Told, Sight)]) -> (u8, u8) {
    let (mut new, mut learning) = (0, 0);
    for kind in 0..KINDS {
        let (subject, value) = (&own.subjects[owner(kind)], &own.values[kind]);
        if value.is_empty() {
            continue;
        }
        let of_subject = || all.iter().filter(|(_, it)| it.subjects[owner(kind)] == *subject);
        let same = || of_subject().filter(|(_, other)| other.values[kind] == *value);
        let is_before = |worked: bool| {
            same().any(|(other, _)| other.time() < it.time() && (!worked || other.worked))
        };
        if is_before(false) && (!it.worked || is_before(true)) {
            continue;
        }
        let before = of_subject().filter(|(other, _)| other.time() < it.time()).count();
        let first = of_subject().map(|(other, _)| other.time()).min().unwrap();
        match before >= EVENTS && first + AGE <= it.time() {
            true => new |= 1 << kind,
            false => learning |= 1 << kind,
        }
    }
    (new, learning)
}

/// What is said of each event when they arrive in this order, so many at a time.
fn learned(told: &[Told], order: &[usize], at_once: usize) -> Vec<(u8, u8)> {
    let mut baseline = Baseline::new(usize::MAX);
    let mut parts: Vec<(Part, Vec<usize>)> = vec![];
    let mut said = vec![(0, 0); told.len()];
    for lot in order.chunks(at_once) {
        let events: Vec<Told> = lot.iter().map(|at| told[*at].clone()).collect();
        let part = part(&events, 0);
        let mut moved = BTreeSet::new();
        for (row, mark) in baseline.learn(&part, 0..lot.len(), &mut moved) {
            said[lot[row]] = (mark.new, mark.learning);
        }
        parts.push((part, lot.to_vec()));
        for (part, lot) in &parts {
            for (row, at) in lot.iter().enumerate() {
                if moved.contains(&part.segment.time(row)) {
                    let mark = baseline.judge_row(part, row);
                    said[*at] = (mark.new, mark.learning);
                }
            }
        }
    }
    said
}

fn story() -> impl Strategy<Value = Vec<Told>> {
    let one = (0..4000i64, 0..2u8, 0..6u8, 0..3u8, any::<bool>(), 0..4u8);
    proptest::collection::vec(one, 300..460).prop_map(|all| {
        let told = all.into_iter().enumerate().map(|(id, it)| {
            let (minute, user, ip, region, is_write, luck) = it;
            // Rare values, and times that meet.
            let ip = if ip == 5 { (minute % 97) as u8 } else { ip };
            let minute = if luck == 0 { minute / 60 * 60 } else { minute };
            Told { id, minute, user, ip, region, is_write, worked: luck != 1 }
        });
        told.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_order_gives_what_looking_at_everything_gives(
        told in story(),
        order in Just(()).prop_perturb(|(), mut random| random.random::<u64>()),
        at_once in 1..200usize,
    ) {
        let mut shuffled: Vec<usize> = (0..told.len()).collect();
        shuffled.sort_by_key(|at| (*at as u64).wrapping_mul(order | 1).rotate_left(17));
        let mut by_time: Vec<usize> = (0..told.len()).collect();
        by_time.sort_by_key(|at| told[*at].minute);
        let mut backwards = by_time.clone();
        backwards.reverse();
        let all: Vec<(Told, Sight)> = told.iter().map(|it| (it.clone(), sight(it))).collect();
        let hand: Vec<(u8, u8)> = all.iter().map(|(it, own)| by_hand(it, own, &all)).collect();
        prop_assert!(hand.iter().any(|(_, learning)| *learning != 0));
        for order in [shuffled, by_time, backwards] {
            prop_assert_eq!(&learned(&told, &order, at_once), &hand);
        }
    }
}

/// So many ordinary events of a user, ten minutes apart.
fn ordinary(user: u8, n: usize) -> Vec<Told> {
    let one = |id| Told {
        id,
        minute: id as i64 * 10,
        user,
        ip: 1,
        region: 1,
        is_write: true,
        worked: true,
    };
    (0..n).map(one).collect()
}

#[test]
fn a_success_after_failures_from_a_strange_address_is_still_strange() {
    let mut told = ordinary(1, 220);
    for (n, worked) in [false, false, true, true].into_iter().enumerate() {
        let minute = 3000 + n as i64;
        told.push(Told { id: 900 + n, minute, ip: 77, worked, ..told[0].clone() });
    }
    let order: Vec<usize> = (0..told.len()).collect();
    let said = learned(&told, &order, 50);
    let of_ip: Vec<bool> = said[220..].iter().map(|it| it.0 & First::Ip.bit() != 0).collect();
    assert_eq!(of_ip, [true, false, true, false]);
}

#[test]
fn what_was_known_before_is_known_and_reading_again_changes_nothing() {
    let told = ordinary(1, 220);
    let whole = part(&told, 0);
    let mut first = Baseline::new(usize::MAX);
    first.learn(&whole, 0..220, &mut BTreeSet::new());
    let kept = first.changes();
    assert_eq!(kept.len(), 2, "a user and an account");
    assert!(first.changes().is_empty());
    let mut second = Baseline::new(usize::MAX);
    for (name, history) in &kept {
        second.join(name, history);
    }
    let stranger = Told { id: 999, minute: 9000, ip: 77, ..told[0].clone() };
    let late = part(&[stranger], 300);
    let marks = second.learn(&late, 0..1, &mut BTreeSet::new());
    assert_eq!((marks[0].1.new, marks[0].1.others[1]), (First::Ip.bit(), 1));
    let mut moved = BTreeSet::new();
    let again = second.learn(&whole, 0..220, &mut moved);
    assert_eq!(again.len(), 1, "the first event of all is the first again: {again:?}");
    assert_eq!((again[0].1.new, moved.len()), (0, 0));
    second.forget(Some("1:user/u1"));
    assert!(second.history("1:user/u1").is_none() && second.history("1").is_some());
}

#[test]
fn who_was_seen_longest_ago_makes_room() {
    let mut baseline = Baseline::new(40_000);
    for user in 0..200u8 {
        let mut told = ordinary(user, 3);
        for it in &mut told {
            it.minute += i64::from(user) * 100;
        }
        baseline.learn(&part(&told, 0), 0..3, &mut BTreeSet::new());
        assert!(baseline.bytes() <= 40_000);
    }
    assert!(baseline.forgotten() > 0 && baseline.history("1:user/u0").is_none());
    assert!(baseline.history("1:user/u199").is_some());
}
