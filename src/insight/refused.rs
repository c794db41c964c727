//! The groups of the denied lens, gathered in two walks over the rows: one over what was denied, one
//! over what the same actors did otherwise.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::event::field::Column;
use crate::event::identity;
use crate::event::kind::kind;
use crate::event::refusal::{Why, why};
use crate::event::target::lasting;
use crate::event::time::Timestamp;
use crate::insight::class::{self, OK};
use crate::insight::denied::{
    Denied, Group, Key, MOST_GROUPS, Moment, On, RECENT, SEVERAL, SOON, Since, Sort,
};
use crate::insight::number::{ABSENT, Numbers, OfRows};
use crate::insight::reckon::Asked;
use crate::insight::sequel::{Sequel, second};
use crate::insight::shown::Shown;
use crate::insight::walks::{Walk, Walks};
use crate::store::segment::RowId;
use crate::store::snapshot::Part;

/// The denied rows of a question and what came of them.
pub(crate) type Refusals = Walks<Denials>;

/// What makes a group, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Numbered {
    actor: u32,
    account: u32,
    service: u32,
    /// [`ABSENT`] for services.
    event: u32,
    /// The bucket, for services; else [`ABSENT`].
    place: u32,
    is_service: bool,
}

/// What is known of one group.
#[derive(Debug, Clone)]
struct Gathered {
    key: Numbered,
    times: u64,
    events: BTreeMap<u32, u64>,
    why: BTreeMap<Why, u64>,
    first: (Timestamp, RowId),
    last: (Timestamp, RowId),
    /// The first success after the last denial on something that was never denied.
    elsewhere: Option<Timestamp>,
    /// Whether it was tried after the last denial and failed otherwise.
    failed: bool,
}

/// Two walks over the rows of one moment.
#[derive(Debug)]
pub(crate) struct Denials {
    shown: Vec<Shown>,
    now: Timestamp,
    /// Parts that were walked over, in both walks together.
    at: usize,
    groups: Vec<Gathered>,
    known: HashMap<Numbered, usize>,
    /// By group, event and target.
    sequels: HashMap<(usize, u32, u32), Sequel>,
    /// Whether somebody of this number was denied, and something of this number.
    actors: Vec<bool>,
    events: Vec<bool>,
}

impl Walk for Denials {
    fn over(asked: &Asked<'_>) -> Self {
        Self {
            shown: asked.shown.to_vec(),
            now: asked.now,
            at: 0,
            groups: vec![],
            known: HashMap::new(),
            sequels: HashMap::new(),
            actors: vec![],
            events: vec![],
        }
    }

    fn is_of(&self, asked: &Asked<'_>) -> bool {
        self.now == asked.now
            && self.shown.len() == asked.shown.len()
            && self.shown.iter().zip(asked.shown).all(|(a, b)| a.keeps_same(b))
    }

    fn go_on(&mut self, numbers: &mut Numbers, stop: &mut dyn FnMut() -> bool) -> bool {
        let parts = self.shown.len();
        while self.at < 2 * parts {
            let one = self.shown[self.at % parts].clone();
            if self.at < parts {
                self.take_denied(&one, numbers);
            } else {
                if self.at == parts {
                    self.sequels.values_mut().for_each(Sequel::close);
                }
                self.take_others(&one, numbers);
            }
            self.at += 1;
            if stop() {
                return false;
            }
        }
        true
    }

    fn bytes(&self) -> usize {
        let sequels: usize = self.sequels.values().map(|sequel| sequel.bytes() + 80).sum();
        sequels + self.groups.len() * (size_of::<Gathered>() + 200) + self.events.len()
    }
}

impl Denials {
    fn take_denied(&mut self, one: &Shown, numbers: &mut Numbers) {
        let part = &one.part;
        let mut rows = part.rows_where(Column::Result, |result| result == "denied");
        rows.and(&one.kept);
        for row in rows.rows() {
            let key = numbered(part, row, numbers);
            let (time, id) = (part.segment.time(row), part.segment.id(row));
            let at = *self.known.entry(key).or_insert_with(|| {
                self.groups.push(Gathered {
                    key,
                    times: 0,
                    events: BTreeMap::new(),
                    why: BTreeMap::new(),
                    first: (time, id),
                    last: (time, id),
                    elsewhere: None,
                    failed: false,
                });
                self.groups.len() - 1
            });
            let group = &mut self.groups[at];
            let event = numbers.number(Column::Event, part.text(row, Column::Event));
            group.times += 1;
            group.first = group.first.min((time, id));
            group.last = group.last.max((time, id));
            *group.events.entry(event).or_default() += 1;
            let why = why(part.text(row, Column::Error), part.text(row, Column::Message));
            *group.why.entry(why).or_default() += 1;
            let on = numbers.number(Column::Target, lasting(part.text(row, Column::Target)));
            self.sequels.entry((at, event, on)).or_default().denied(time);
            note(&mut self.actors, key.actor);
            note(&mut self.events, event);
        }
    }

    /// Takes what the same actors did otherwise; most rows are passed over by two numbers.
    fn take_others(&mut self, one: &Shown, numbers: &mut Numbers) {
        let (part, segment) = (&one.part, &one.part.segment);
        let first = self.groups.iter().map(|group| second(group.first.0)).min();
        let newest = segment.newest().map(second);
        if first.is_none() || newest < first {
            return;
        }
        let actors = OfRows::of(part, Column::Actor, numbers);
        let events = OfRows::of(part, Column::Event, numbers);
        let results = class::results(part);
        let has = |set: &[bool], number: u32| set.get(number as usize) == Some(&true);
        for row in 0..segment.len() {
            let is_near = has(&self.events, events.row(row)) && has(&self.actors, actors.row(row));
            if !is_near || results.row(row) == class::DENIED || !one.is_within(row) {
                continue;
            }
            let Some(at) = self.known.get(&numbered(part, row, numbers)).copied() else { continue };
            let (time, id, is_ok) = (segment.time(row), segment.id(row), results.row(row) == OK);
            let group = &mut self.groups[at];
            if !group.events.contains_key(&events.row(row)) {
                continue;
            }
            let on = numbers.number(Column::Target, lasting(part.text(row, Column::Target)));
            let is_later = second(time) > second(group.last.0);
            match self.sequels.get_mut(&(at, events.row(row), on)) {
                Some(sequel) if is_ok => sequel.worked(time, id),
                None if is_ok && is_later => {
                    group.elsewhere = Some(group.elsewhere.map_or(time, |known| known.min(time)));
                }
                _ => group.failed |= !is_ok && is_later,
            }
        }
    }

    pub(crate) fn denied(&self, sort: Sort, numbers: &Numbers) -> Denied {
        let mut sequels: Vec<Vec<(u32, u32, &Sequel)>> = vec![vec![]; self.groups.len()];
        for ((at, event, on), sequel) in &self.sequels {
            sequels[*at].push((*event, *on, sequel));
        }
        let (mut people, mut services) = (vec![], vec![]);
        for (group, sequels) in self.groups.iter().zip(sequels) {
            let to = if group.key.is_service { &mut services } else { &mut people };
            to.push(self.group(group, &sequels, numbers));
        }
        let times = |groups: &[Group]| groups.iter().map(|group| group.times).sum();
        let mut denied = Denied {
            sort,
            groups: (people.len(), services.len()),
            times: (times(&people), times(&services)),
            people,
            services,
        };
        for groups in [&mut denied.people, &mut denied.services] {
            groups.sort_by(|a, b| compare(a, b, sort));
            groups.truncate(MOST_GROUPS);
        }
        denied
    }

    fn group(&self, group: &Gathered, sequels: &[(u32, u32, &Sequel)], numbers: &Numbers) -> Group {
        let text = |column, number| numbers.text(column, number);
        let key = &group.key;
        let mut actions: Vec<(Arc<str>, u64)> =
            group.events.iter().map(|(event, n)| (text(Column::Event, *event), *n)).collect();
        actions.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut why: Vec<(Why, u64)> = group.why.iter().map(|(why, n)| (*why, *n)).collect();
        why.sort_unstable_by_key(|(why, n)| (std::cmp::Reverse(*n), *why));
        let (since, before) = self.since(group, sequels);
        Group {
            key: Key {
                actor: text(Column::Actor, key.actor),
                service: text(Column::Service, key.service),
                event: text(Column::Event, key.event),
                account: text(Column::Account, key.account),
                place: text(Column::Target, key.place),
            },
            times: group.times,
            actions,
            on: on(sequels, numbers),
            first: group.first.0,
            last: group.last.0,
            row: group.last.1,
            why,
            since,
            before,
        }
    }

    /// What came of it, and where to look for what changed before.
    fn since(&self, group: &Gathered, sequels: &[(u32, u32, &Sequel)]) -> (Since, Moment) {
        let begin = Moment { until: group.first.1, since: None };
        let ends: Vec<_> = sequels.iter().map(|(.., sequel)| sequel.end()).collect();
        let worked: Vec<_> = ends.iter().filter_map(|end| end.worked).collect();
        let waits = ends.iter().filter_map(|end| end.waits);
        let waits = waits.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        if let Some((least, most)) = waits.filter(|(_, most)| *most <= SOON)
            && worked.len() == ends.len()
        {
            return (Since::After(least, most), begin);
        }
        let is_recent = (self.now - group.last.0) <= RECENT;
        if worked.len() < ends.len() && is_recent && group.times >= SEVERAL {
            return (Since::GoingOn, begin);
        }
        if let Some((time, until, since)) = worked.iter().min() {
            let since = Some(*since);
            return (Since::Ok(*time, worked.len(), ends.len()), Moment { until: *until, since });
        }
        let since = match group.elsewhere {
            Some(time) => Since::Elsewhere(time),
            None if group.failed => Since::Failed,
            None => Since::NotTried,
        };
        (since, begin)
    }
}

/// The targets of a group.
fn on(sequels: &[(u32, u32, &Sequel)], numbers: &Numbers) -> On {
    let mut places: BTreeMap<Arc<str>, &'static str> = BTreeMap::new();
    for (event, on, _) in sequels {
        let (event, on) = (numbers.text(Column::Event, *event), numbers.text(Column::Target, *on));
        let kind = kind(&event, &on);
        let known = places.entry(on).or_insert(kind);
        *known = if *known == kind { kind } else { "targets" };
    }
    let mut kinds = places.values();
    let kind = kinds.next().copied().unwrap_or("targets");
    On {
        distinct: places.len(),
        one: places.keys().next().cloned().unwrap_or_default(),
        kind: if kinds.all(|other| *other == kind) { kind } else { "targets" },
    }
}

fn compare(a: &Group, b: &Group, sort: Sort) -> std::cmp::Ordering {
    let by_last = || b.last.cmp(&a.last).then_with(|| a.key.cmp(&b.key));
    match sort {
        Sort::Last => by_last(),
        Sort::Times => b.times.cmp(&a.times).then_with(by_last),
        Sort::First => a.first.cmp(&b.first).then_with(|| a.key.cmp(&b.key)),
        Sort::Actor => a.key.actor.cmp(&b.key.actor).then_with(by_last),
    }
}

/// The group that a row belongs to if it was denied.
fn numbered(part: &Part, row: usize, numbers: &mut Numbers) -> Numbered {
    let mut number = |column| numbers.number(column, part.text(row, column));
    let (actor, account) = (number(Column::Actor), number(Column::Account));
    let service = number(Column::Service);
    let is_service = is_service(part, row);
    let (mut event, mut place) = (ABSENT, ABSENT);
    if !is_service {
        event = number(Column::Event);
    } else if part.text(row, Column::Service) == "s3.amazonaws.com" {
        let target = part.text(row, Column::Target);
        place = numbers.number(Column::Target, target.split('/').next().unwrap_or_default());
    }
    Numbered { actor, account, service, event, place, is_service }
}

/// Whether only AWS itself can have called.
pub(crate) fn is_service(part: &Part, row: usize) -> bool {
    identity::is_service(part.text(row, Column::Type), part.text(row, Column::Role))
}

fn note(set: &mut Vec<bool>, number: u32) {
    let at = number as usize;
    if set.len() <= at {
        set.resize(at + 1, false);
    }
    set[at] = true;
}
