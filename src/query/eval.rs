//! Running a plan over a part of the store.
//!
//! Columns first: each test is tried once for every distinct value of a dictionary, then codes are
//! looked up. What they leave undecided, and nothing else, is read from the raw records in one pass.

use std::cell::OnceCell;

use crate::event::field::{Column, Flag};
use crate::event::time::Timestamp;
use crate::query::plan::{Leaf, Node, Plan, Values};
use crate::query::predicate::{self, Test};
use crate::query::scan::Asked;
use crate::query::sift;
use crate::query::span::Span;
use crate::store::bits::Bits;
use crate::store::kin::Root;
use crate::store::segment::Segment;
use crate::store::snapshot::Part;

/// The rows of a part that a plan keeps. `now` is the clock at this moment, for `age`.
pub fn eval(plan: &Plan, part: &Part, now: Timestamp) -> Bits {
    eval_each([plan], part, now).pop().unwrap_or_else(|| Bits::none(part.segment.len()))
}

/// The rows of a part that each of some plans keeps, in their order. Raw records are unpacked once
/// for all.
pub fn eval_each<'p>(
    plans: impl IntoIterator<Item = &'p Plan>,
    part: &'p Part,
    now: Timestamp,
) -> Vec<Bits> {
    let (mut kept, mut waiting) = (vec![], vec![]);
    let mut unread = Bits::none(part.segment.len());
    for plan in plans {
        let asked = Answers::of(plan, part, now);
        let (sure, mut open) = asked.bounds(&plan.root);
        open.minus(&sure);
        // Most rules have nothing to ask of most parts.
        if !plan.questions.is_empty() && !open.none_is_in() {
            unread.or(&open);
            waiting.push((kept.len(), asked, open));
        }
        kept.push(sure);
    }
    // To begin with unpacking costs as well.
    if waiting.is_empty() {
        return kept;
    }
    part.scan_raw(
        |row| unread.has(row),
        |glance| waiting.iter().any(|(_, asked, _)| sift::may_be_kept(asked.plan, glance)),
        |row, bytes| {
            let mut record = Asked::of(bytes);
            for (at, asked, open) in &waiting {
                if open.has(row) && asked.holds(&asked.plan.root, row, &mut record) {
                    kept[*at].set(row);
                }
            }
        },
    );
    kept
}

/// What the columns of a part say to each leaf of a plan, found out when it is first asked: of most
/// rules the first term keeps no row, and the others are never looked at.
struct Answers<'a> {
    plan: &'a Plan,
    part: &'a Part,
    now: Timestamp,
    leaves: Vec<OnceCell<Bits>>,
}

impl<'a> Answers<'a> {
    fn of(plan: &'a Plan, part: &'a Part, now: Timestamp) -> Self {
        Self { plan, part, now, leaves: vec![OnceCell::new(); plan.leaves.len()] }
    }

    fn leaf(&self, at: usize) -> &Bits {
        self.leaves[at].get_or_init(|| answer(&self.plan.leaves[at], self.part, self.now))
    }

    /// The rows a node surely keeps, and those it may keep, before any raw record is read.
    fn bounds(&self, node: &Node) -> (Bits, Bits) {
        let len = self.part.segment.len();
        match node {
            Node::All => (Bits::all(len), Bits::all(len)),
            Node::Leaf(at) => (self.leaf(*at).clone(), self.leaf(*at).clone()),
            Node::Raw(_) => (Bits::none(len), Bits::all(len)),
            Node::Not(inner) => {
                let (mut sure, mut open) = self.bounds(inner);
                sure.invert();
                open.invert();
                (open, sure)
            }
            Node::And(nodes) => {
                let (mut sure, mut open) = (Bits::all(len), Bits::all(len));
                for node in nodes {
                    let (surely, perhaps) = self.bounds(node);
                    sure.and(&surely);
                    open.and(&perhaps);
                    if open.none_is_in() {
                        break;
                    }
                }
                (sure, open)
            }
            Node::Or(nodes) => {
                let start = (Bits::none(len), Bits::none(len));
                nodes.iter().fold(start, |(mut sure, mut open), node| {
                    let (surely, perhaps) = self.bounds(node);
                    sure.or(&surely);
                    open.or(&perhaps);
                    (sure, open)
                })
            }
        }
    }

    /// The answer for one row whose raw record is at hand.
    fn holds(&self, node: &Node, row: usize, record: &mut Asked<'_>) -> bool {
        match node {
            Node::All => true,
            Node::Leaf(at) => self.leaf(*at).has(row),
            Node::Raw(at) => self.plan.questions[*at].holds(record),
            Node::Not(inner) => !self.holds(inner, row, record),
            Node::And(nodes) => nodes.iter().all(|node| self.holds(node, row, record)),
            Node::Or(nodes) => nodes.iter().any(|node| self.holds(node, row, record)),
        }
    }
}

fn answer(leaf: &Leaf, part: &Part, now: Timestamp) -> Bits {
    let (segment, side) = (&part.segment, &part.side);
    let len = segment.len();
    match leaf {
        Leaf::Columns { columns, values } => of_columns(part, columns, values),
        Leaf::Time(values) => of_times(part, values, |row| segment.time(row).0),
        Leaf::Age(values) => of_times(part, values, |row| (now - segment.time(row)).0),
        Leaf::Lag(values) => {
            of_times(part, values, |row| (segment.arrival(row) - segment.time(row)).0)
        }
        Leaf::Flag { flag, set, unset } => {
            Bits::by(len, |row| if side.has(row, *flag) { *set } else { *unset })
        }
        Leaf::Origins { any_of, none } => Bits::by(len, |row| match side.origins(row) {
            0 => *none,
            origins => origins & any_of != 0,
        }),
        Leaf::Root(values) => of_roots(part, values),
        Leaf::Rule(values) => of_hits(part, values, |row| {
            let passes = |name: &str| values.tests.iter().any(|test| test.holds(name));
            let hits = side.hits().of(row).iter().map(|(_, hit)| &hit.rule);
            hits.into_iter().any(|rule| passes(&rule.id) || passes(&rule.title))
        }),
        Leaf::Severity(values) => of_hits(part, values, |row| {
            let word = side.hits().severity(row).map_or("", |severity| severity.word());
            values.tests.iter().any(|test| test.holds(word))
        }),
        Leaf::Nothing => Bits::none(len),
    }
}

/// Each distinct root is tried once, under every name it has.
fn of_roots(part: &Part, values: &Values<Test>) -> Bits {
    let (roots, codes) = part.side.roots().coded();
    let keeps = |root: &Root| {
        let passes = |test: &Test| root.faces().into_iter().any(|face| test.holds(face));
        if root.name.is_empty() {
            values.absent
        } else {
            values.present || values.tests.iter().any(passes)
        }
    };
    let keeps: Vec<bool> = roots.iter().map(keeps).collect();
    let of = |row: usize| codes.get(row).and_then(|code| keeps.get(usize::from(*code)));
    Bits::by(part.segment.len(), |row| of(row).copied().unwrap_or(values.absent))
}

/// Few rows met a rule; of those `passes` is asked.
fn of_hits(part: &Part, values: &Values<Test>, passes: impl Fn(usize) -> bool) -> Bits {
    let len = part.segment.len();
    let mut kept = if values.absent { Bits::all(len) } else { Bits::none(len) };
    for (row, _) in part.side.hits().iter() {
        kept.put(row, values.present || passes(row));
    }
    kept
}

fn of_columns(part: &Part, columns: &[Column], values: &Values<Test>) -> Bits {
    let segment: &Segment = &part.segment;
    let len = segment.len();
    let mut kept = Bits::none(len);
    for column in columns {
        kept.or(&of_column(segment, *column, values));
    }
    if values.absent {
        let absent = |row| columns.iter().all(|column| segment.column(*column).codes[row] == 0);
        kept.or(&Bits::by(len, absent));
    }
    // Few rows, if any, show another body than the one they were born with.
    for (row, better) in part.side.bettered() {
        let text = |column: &Column| &*better.cells[*column as usize];
        let keeps = |column: &Column| keeps(values, *column, text(column));
        let is_absent = values.absent && columns.iter().all(|column| text(column).is_empty());
        kept.put(row, is_absent || columns.iter().any(keeps));
    }
    kept
}

/// Whether a text of a column is there and passes.
fn keeps(values: &Values<Test>, column: Column, value: &str) -> bool {
    let is_there = !value.is_empty();
    is_there && (values.present || predicate::any_holds(&values.tests, column, value))
}

fn of_column(segment: &Segment, column: Column, values: &Values<Test>) -> Bits {
    let coded = segment.column(column);
    let keeps: Vec<bool> = coded.dict.values().map(|value| keeps(values, column, value)).collect();
    if keeps.contains(&true) {
        Bits::by(segment.len(), |row| keeps[usize::from(coded.codes[row])])
    } else {
        Bits::none(segment.len())
    }
}

/// A time that is not known has a stand-in, which compares like any other; `none` finds those rows.
fn of_times(part: &Part, values: &Values<Span>, millis: impl Fn(usize) -> i64) -> Bits {
    let len = part.segment.len();
    let by_flag = values.present || values.absent;
    Bits::by(len, |row| {
        let time = millis(row);
        values.tests.iter().any(|span| span.has(time))
            || (by_flag && {
                let is_known = !part.side.has(row, Flag::TimeUnknown);
                if is_known { values.present } else { values.absent }
            })
    })
}

#[cfg(test)]
#[path = "eval_tests.rs"]
mod tests;
