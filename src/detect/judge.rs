//! Rules over the events of a batch, on whatever thread reads it: what each event meets alone, and
//! what windows have to know of it.

use crate::detect::access::Access;
use crate::detect::groups::Key;
use crate::detect::rule::{Feed, Rules, Shared, Signal};
use crate::event::field::Column;
use crate::event::record::Record;
use crate::event::time::Timestamp;
use crate::query::ast::Name;
use crate::query::eval::eval_each;
use crate::query::predicate;
use crate::query::value;
use crate::store::snapshot::Part;

/// That an event counts for a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// The row in its part.
    pub row: u16,
    /// The window, by its place in [`Rules::windows`].
    pub window: u16,
    /// Which of its steps.
    pub step: u16,
    /// The group.
    pub key: Key,
    /// What is counted distinct.
    pub value: Option<Box<str>>,
}

/// What was found in a part, in the order of its rows.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// A row and the rule it meets, by its place in [`Rules::cards`].
    pub met: Vec<(u16, u16)>,
    /// What windows have to know.
    pub counts: Vec<Counts>,
    /// A row and the condition that it meets but for what it has to be the first one to have, or what
    /// a trail has to need, by its place in [`Rules::filters`].
    pub asks: Vec<(u16, u16)>,
}

impl Found {
    /// Judges a record by the rules that read it as Sigma does. `row` is where it will be.
    pub fn take(&mut self, rules: &Rules, row: u16, record: &Record<'_>) {
        let Some((matcher, signals)) = &rules.sigma else { return };
        let record = Access::on(*record);
        matcher.each(&record, |at| {
            let Some(signal) = signals.get(at) else { return };
            self.note(signal, row, |shared| match shared {
                Shared::Field(field) => record.text(field).as_ref().into(),
                Shared::Name(_) => "".into(),
            });
        });
    }

    /// The rules that a row meets, with its number, by their place in [`Rules::cards`].
    pub fn met(&self, row: usize) -> &[(u16, u16)] {
        of(&self.met, row, |it| it.0)
    }

    /// What windows have to know of a row.
    pub fn counts(&self, row: usize) -> &[Counts] {
        of(&self.counts, row, |it| it.row)
    }

    /// The conditions that a row meets but for what is new, with its number.
    pub fn asks(&self, row: usize) -> &[(u16, u16)] {
        of(&self.asks, row, |it| it.0)
    }

    /// Judges a whole part by the rules in the filter language, and brings all into order.
    #[must_use]
    pub fn finish(mut self, rules: &Rules, part: &Part, now: Timestamp) -> Self {
        let places = rules.gate.pass_any(events(part));
        let kept = eval_each(places.iter().map(|at| &rules.filters[*at].0), part, now);
        for (at, rows) in places.into_iter().zip(&kept) {
            let (_, signal) = &rules.filters[at];
            for row in rows.rows() {
                if !signal.firsts.is_empty() || signal.of_trail {
                    self.asks.push((row as u16, at as u16));
                    continue;
                }
                self.note(signal, row as u16, |shared| match shared {
                    Shared::Name(name) => first(part, row, name, now),
                    Shared::Field(_) => "".into(),
                });
            }
        }
        self.met.sort_unstable();
        self.met.dedup();
        self.counts.sort_by_key(|it| it.row);
        self.asks.sort_unstable();
        self
    }

    fn note(&mut self, signal: &Signal, row: u16, read: impl Fn(&Shared) -> Box<str>) {
        self.met.extend(signal.card.map(|card| (row, card)));
        for Feed { window, step, by, distinct } in &signal.feeds {
            self.counts.push(Counts {
                row,
                window: *window,
                step: *step,
                key: by.iter().map(&read).collect(),
                value: distinct.as_ref().map(&read).filter(|value| !value.is_empty()),
            });
        }
    }
}

/// The names of the events of a part, with their dates and without.
fn events(part: &Part) -> impl Iterator<Item = &str> {
    let shown = part.side.bettered().map(|(_, better)| &*better.cells[Column::Event as usize]);
    let names = part.segment.column(Column::Event).dict.values().chain(shown);
    names.flat_map(|name| predicate::faces(Column::Event, name)).flatten()
}

/// Those of a row among many in the order of rows.
fn of<T>(all: &[T], row: usize, row_of: impl Fn(&T) -> u16) -> &[T] {
    let from = all.partition_point(|it| usize::from(row_of(it)) < row);
    let to = all.partition_point(|it| usize::from(row_of(it)) <= row);
    &all[from..to]
}

/// The first value of a key or path of a row; empty where there is none.
fn first(part: &Part, row: usize, name: &Name, now: Timestamp) -> Box<str> {
    value::values(part, row, name, now).first().map_or("", |value| value).into()
}
