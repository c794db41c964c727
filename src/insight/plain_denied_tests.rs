//! The denied lens and what changed before, the plain way: row by row, from nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::field::Column;
use crate::event::kind::kind;
use crate::event::refusal::{Why, why};
use crate::event::target::lasting;
use crate::event::time::{Millis, Timestamp};
use crate::insight::around::{Around, MOST};
use crate::insight::before::{Before, Change, MOST_CHANGES, REACH, Subject};
use crate::insight::denied::{Denied, Group, Key, MOST_GROUPS, Moment, On, Since, Sort};
use crate::insight::plain_tests::Plain;
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;

fn key(row: RowRef<'_>) -> (bool, Key) {
    let text = |column| row.text(column).into();
    let is_service = row.text(Column::Type) == "AWSService"
        || row.text(Column::Role).starts_with("AWSServiceRoleFor");
    let bucket = || row.text(Column::Target).split('/').next().unwrap().into();
    let is_s3 = row.text(Column::Service) == "s3.amazonaws.com";
    let key = Key {
        actor: text(Column::Actor),
        service: text(Column::Service),
        event: if is_service { "".into() } else { text(Column::Event) },
        account: text(Column::Account),
        place: if is_service && is_s3 { bucket() } else { "".into() },
    };
    (is_service, key)
}

fn second(at: Timestamp) -> i64 {
    at.0.div_euclid(1000)
}

/// The event and target of a row.
fn pair(row: RowRef<'_>) -> (&str, &str) {
    (row.text(Column::Event), lasting(row.text(Column::Target)))
}

impl Plain<'_> {
    pub(crate) fn check_denied(&self, denied: &Denied, sort: Sort, now: Timestamp) {
        let mut groups: BTreeMap<(bool, Key), Vec<RowRef<'_>>> = BTreeMap::new();
        for row in self.kept.iter().filter(|row| row.text(Column::Result) == "denied") {
            groups.entry(key(*row)).or_default().push(*row);
        }
        assert_eq!(denied.sort, sort);
        let all = [(false, &denied.people), (true, &denied.services)];
        for (is_service, given) in all {
            let mine = groups.iter().filter(|((service, _), _)| *service == is_service);
            let mut wanted: Vec<Group> =
                mine.map(|((_, key), rows)| self.group(key, rows, is_service, now)).collect();
            let (n, times) = match is_service {
                false => (denied.groups.0, denied.times.0),
                true => (denied.groups.1, denied.times.1),
            };
            assert_eq!((n, times), (wanted.len(), wanted.iter().map(|group| group.times).sum()));
            // Sorted by the key first, so that equal ones stay in that order.
            wanted.sort_by_key(|group| match sort {
                Sort::First => group.first.0,
                _ => -group.last.0,
            });
            match sort {
                Sort::Times => wanted.sort_by_key(|group| std::cmp::Reverse(group.times)),
                Sort::Actor => wanted.sort_by(|a, b| a.key.actor.cmp(&b.key.actor)),
                Sort::Last | Sort::First => {}
            }
            wanted.truncate(MOST_GROUPS);
            assert_eq!(given, &wanted);
        }
    }

    fn group(&self, key: &Key, rows: &[RowRef<'_>], is_service: bool, now: Timestamp) -> Group {
        let order = |row: &&RowRef<'_>| (row.time(), row.id());
        let first = rows.iter().min_by_key(order).unwrap();
        let last = rows.iter().max_by_key(order).unwrap();
        let mut actions: BTreeMap<&str, u64> = BTreeMap::new();
        let mut reasons: BTreeMap<Why, u64> = BTreeMap::new();
        let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in rows {
            let (event, target) = pair(*row);
            *actions.entry(event).or_default() += 1;
            let why = why(row.text(Column::Error), row.text(Column::Message));
            *reasons.entry(why).or_default() += 1;
            kinds.entry(target).or_default().insert(kind(event, target));
        }
        let all: BTreeSet<&str> = kinds.values().flatten().copied().collect();
        let on = On {
            distinct: kinds.len(),
            one: (*kinds.keys().next().unwrap()).into(),
            kind: if all.len() == 1 { all.first().unwrap() } else { "targets" },
        };
        let mut actions: Vec<_> = actions.into_iter().map(|(event, n)| (event.into(), n)).collect();
        actions.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let (since, before) = self.since(key, rows, (first, last), is_service, now);
        Group {
            key: key.clone(),
            times: rows.len() as u64,
            actions,
            on,
            first: first.time(),
            last: last.time(),
            row: last.id(),
            why: reasons,
            since,
            before,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "it is asked with all that it depends on")]
    fn since(
        &self,
        of: &Key,
        rows: &[RowRef<'_>],
        (first, last): (&RowRef<'_>, &RowRef<'_>),
        is_service: bool,
        now: Timestamp,
    ) -> (Since, Moment) {
        let events: BTreeSet<&str> = rows.iter().map(|row| row.text(Column::Event)).collect();
        let others = self.all.iter().filter(|row| {
            row.text(Column::Result) != "denied"
                && key(**row) == (is_service, of.clone())
                && events.contains(row.text(Column::Event))
        });
        let others: Vec<RowRef<'_>> = others.copied().collect();
        let is_ok = |row: &&RowRef<'_>| row.text(Column::Result) == "ok";
        let pairs: BTreeSet<(&str, &str)> = rows.iter().map(|row| pair(*row)).collect();
        let (mut waits, mut worked): (Vec<i64>, Vec<(Timestamp, RowId, Timestamp)>) =
            (vec![], vec![]);
        for of in &pairs {
            let denied: BTreeSet<i64> = rows
                .iter()
                .filter(|row| pair(**row) == *of)
                .map(|row| second(row.time()))
                .collect();
            let ok: Vec<RowRef<'_>> =
                others.iter().filter(is_ok).filter(|row| pair(**row) == *of).copied().collect();
            // Denials by the success that answered them.
            let mut answered: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
            for denied in &denied {
                let answer =
                    ok.iter().map(|row| second(row.time())).filter(|it| it >= denied).min();
                if let Some(answer) = answer {
                    answered.entry(answer).or_default().push(*denied);
                }
            }
            let before = |answer: &i64, run: &[i64]| {
                run.iter().copied().filter(|it| it < answer).max().unwrap_or(*answer)
            };
            waits.extend(answered.iter().map(|(answer, run)| answer - before(answer, run)));
            let newest = denied.last().unwrap();
            let answer = ok.iter().filter(|row| second(row.time()) >= *newest);
            if let Some(row) = answer.min_by_key(|row| (row.time(), row.id())) {
                let answer = second(row.time());
                let since = before(&answer, &answered[&answer]);
                worked.push((row.time(), row.id(), Timestamp(since * 1000)));
            }
        }
        let begin = Moment { until: first.id(), since: None };
        let (shortest, longest) = (waits.iter().min(), waits.iter().max());
        if let (Some(shortest), Some(longest)) = (shortest, longest)
            && *longest <= 60
            && worked.len() == pairs.len()
        {
            return (Since::After(Millis(shortest * 1000), Millis(longest * 1000)), begin);
        }
        let is_recent = now - last.time() <= Millis::minutes(5);
        if worked.len() < pairs.len() && is_recent && rows.len() >= 3 {
            return (Since::GoingOn, begin);
        }
        if let Some((at, until, since)) = worked.iter().min() {
            let moment = Moment { until: *until, since: Some(*since) };
            return (Since::Ok(*at, worked.len(), pairs.len()), moment);
        }
        let later = others.iter().filter(|row| second(row.time()) > second(last.time()));
        let elsewhere = later.clone().filter(is_ok).filter(|row| !pairs.contains(&pair(**row)));
        let since = match elsewhere.map(|row| row.time()).min() {
            Some(time) => Since::Elsewhere(time),
            None if later.clone().any(|row| !is_ok(&row)) => Since::Failed,
            None => Since::NotTried,
        };
        (since, begin)
    }
}

/// Compares what changed before a moment with a look at every row of the store.
pub(crate) fn check_before(rows: &[RowRef<'_>], moment: Moment, before: &Before) {
    assert_eq!(before.moment, moment);
    let Some(row) = rows.iter().find(|row| row.id() == moment.until) else {
        assert!(before.from.is_none() && before.changes.is_empty() && before.found == 0);
        return;
    };
    let from = moment.since.unwrap_or(row.time() - REACH);
    let subject = Subject::of(*row);
    let is_meant = |write: &&RowRef<'_>| {
        ["W", "D"].contains(&write.text(Column::Verb))
            && write.text(Column::Result) == "ok"
            && (second(from)..=second(row.time())).contains(&second(write.time()))
    };
    let mut wanted: Vec<Change> =
        rows.iter().filter(is_meant).filter_map(|write| subject.change(*write)).collect();
    wanted.sort_by_key(|change| (change.ahead, change.how, std::cmp::Reverse(change.id)));
    assert_eq!((before.from, before.found), (Some(from), wanted.len()));
    wanted.truncate(MOST_CHANGES);
    assert_eq!(before.changes, wanted);
    assert_eq!(before.is_cut, rows.iter().all(|row| second(row.time()) > second(from)));
}

/// The nearest rows of the same key on either side, by a plain sort.
pub(crate) fn check_around(rows: &[RowRef<'_>], id: RowId, around: &Around) {
    assert_eq!(around.row, id);
    let Some(row) = rows.iter().find(|row| row.id() == id) else {
        return assert!(around.rows.is_empty());
    };
    let by = if row.text(Column::Key).is_empty() { Column::Arn } else { Column::Key };
    let same = rows.iter().filter(|other| other.text(by) == row.text(by));
    let mut all: Vec<_> = same.map(|other| (other.time(), other.id())).collect();
    all.sort_unstable();
    let at = all.iter().position(|(_, other)| *other == id).unwrap();
    let nearest = &all[at.saturating_sub(MOST)..all.len().min(at + MOST + 1)];
    let nearest: Vec<RowId> = nearest.iter().map(|(_, id)| *id).collect();
    assert_eq!((around.by, &around.rows), (by, &nearest));
}
