//! Folds the rows of search into lines, and keeps them folded while rows come and go: a change costs
//! the runs that it touches.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use crate::engine::entries::Entries;
use crate::engine::lines::{GAP, KindsOf, LONGEST, Lines, Run};
use crate::engine::view::Entry;
use crate::query::question::{Fold, Folding, Order};
use crate::store::bits::Bits;
use crate::store::segment::RowId;
use crate::store::snapshot::Part;

/// A row that may be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Member {
    entry: Entry,
    /// A number for what it was done to.
    target: u64,
    /// Whether a service made the call on behalf of another row of its kind.
    is_forwarded: bool,
}

/// What has happened to rows since the lines were last made, in this order: a row came, or went.
type Changes = Vec<(Member, bool)>;

/// The same, row by row.
#[derive(Debug, Default)]
struct Change {
    /// Rows that are there, new or not.
    fresh: Vec<Member>,
    /// Every row that something happened to.
    touched: Vec<Entry>,
}

impl Change {
    /// What happened to a row last is what holds.
    fn of(mut changes: Changes) -> Self {
        changes.sort_by_key(|(member, _)| member.entry);
        let mut change = Self::default();
        for of_one in changes.chunk_by(|a, b| a.0.entry == b.0.entry) {
            let Some((member, is_there)) = of_one.last() else { continue };
            change.touched.push(member.entry);
            change.fresh.extend(is_there.then_some(*member));
        }
        change
    }
}

/// How the lines of search differ from what they were.
#[derive(Debug, Default)]
struct Difference {
    shown: Vec<Entry>,
    hidden: Vec<Entry>,
}

/// Folds.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    wish: Folding,
    /// Every row that may be folded, by kind, in the order of time.
    members: HashMap<u64, VecDeque<Member>>,
    changes: HashMap<u64, Changes>,
    /// Rows that are not folded, whatever lies beside them.
    plain: Changes,
    lines: Lines,
    /// How many rows have no line of their own.
    folded: usize,
}

impl Folder {
    /// One that knows no row yet and folds as is wished.
    pub(crate) fn new(wish: Folding) -> Self {
        Self { wish, ..Self::default() }
    }

    /// What is wished.
    pub(crate) fn wish(&self) -> &Folding {
        &self.wish
    }

    /// Takes rows of a part that are shown now.
    pub(crate) fn come(&mut self, part: &Part, rows: &Bits) {
        self.change(part, rows, true);
    }

    /// Takes rows of a part, as it was when they came, that are not shown any more.
    pub(crate) fn go(&mut self, part: &Part, rows: &Bits) {
        self.change(part, rows, false);
    }

    fn change(&mut self, part: &Part, rows: &Bits, is_there: bool) {
        let fold = self.wish.fold;
        if fold == Fold::Nothing || rows.rows().next().is_none() {
            return;
        }
        let kinds = KindsOf::of(part, &self.lines.kinds);
        let segment = &part.segment;
        rows.each(|row| {
            let is_service = kinds.is_service(row);
            let entry = Entry { time: segment.time(row), id: segment.id(row) };
            if is_service || fold == Fold::All || kinds.is_of_a_call(row) {
                let (kind, target) = kinds.row(row, is_service);
                let is_forwarded = kinds.is_forwarded(row);
                let member = Member { entry, target, is_forwarded };
                self.changes.entry(kind).or_default().push((member, is_there));
            } else if self.folded > 0 {
                self.plain.push((Member { entry, target: 0, is_forwarded: false }, is_there));
            }
        });
    }

    /// The lines of the rows that are shown now.
    pub(crate) fn lines(&mut self, entries: &Entries, order: Order) -> Lines {
        let was_folded = self.folded > 0;
        let plain = Change::of(std::mem::take(&mut self.plain));
        let (mut gone, mut hidden) = (plain.touched, vec![]);
        let mut shown: Vec<Entry> = plain.fresh.iter().map(|member| member.entry).collect();
        for (kind, changes) in std::mem::take(&mut self.changes) {
            let members = self.members.entry(kind).or_default();
            let (folded, runs) = settle(members, &Change::of(changes), &self.wish.open, |it| {
                shown.extend(it.shown);
                gone.extend(it.gone);
                hidden.extend(it.hidden);
            });
            self.folded = self.folded + folded.1 - folded.0;
            if self.members.get(&kind).is_some_and(VecDeque::is_empty) {
                self.members.remove(&kind);
            }
            self.replace(kind, &runs);
        }
        let rows = &mut self.lines.rows;
        match (was_folded, self.folded > 0) {
            // What is not folded shares the list of the rows.
            (_, false) => rows.clone_from(entries),
            (false, true) => {
                rows.clone_from(entries);
                order.sort(&mut hidden);
                rows.remove(&hidden, order);
            }
            (true, true) => {
                order.sort(&mut gone);
                order.sort(&mut shown);
                rows.remove(&gone, order);
                rows.merge(&shown, order);
            }
        }
        self.lines.clone()
    }

    /// Puts runs of a kind in the place of those that lie among them.
    fn replace(&mut self, kind: u64, (span, fresh): &(Option<(Entry, Entry)>, Vec<Run>)) {
        let Some((from, to)) = span else { return };
        let known = self.lines.runs.get(&kind);
        let is_near = |run: &&Run| run.first >= *from && run.first <= *to;
        if fresh.is_empty() && known.is_none_or(|runs| !runs.iter().any(|run| is_near(&run))) {
            return;
        }
        let known = known.map_or(&[][..], |runs| runs);
        let others = known.iter().filter(|run| !is_near(run));
        let mut runs: Vec<Run> = others.chain(fresh).copied().collect();
        runs.sort_unstable_by_key(|run| run.first);
        if runs.is_empty() {
            self.lines.runs.remove_mut(&kind);
        } else {
            self.lines.runs.insert_mut(kind, Arc::from(runs));
        }
    }

    /// Bytes on the heap beside those of the rows.
    pub(crate) fn bytes(&self) -> usize {
        let rows: usize = self.members.values().map(|it| it.capacity() * size_of::<Member>()).sum();
        let runs: usize = self.lines.runs.values().map(|it| it.len() * size_of::<Run>() + 64).sum();
        let own = if self.folded > 0 { self.lines.rows.bytes() } else { 0 };
        rows + self.members.len() * 64 + runs + own
    }
}

/// What a change did to the lines of a kind.
struct Effects {
    shown: Vec<Entry>,
    gone: Vec<Entry>,
    /// Rows near the change that have no line of their own now.
    hidden: Vec<Entry>,
}

type Near = (Option<(Entry, Entry)>, Vec<Run>);

/// Changes the rows of a kind. Answers with how many near the change were and are folded, and with
/// the runs that lie there now.
fn settle(
    members: &mut VecDeque<Member>,
    change: &Change,
    open: &[RowId],
    tell: impl FnOnce(Effects),
) -> ((usize, usize), Near) {
    let Some((first, last)) = change.touched.first().copied().zip(change.touched.last().copied())
    else {
        return ((0, 0), (None, vec![]));
    };
    let range = around(members, first, last);
    let from = members.get(range.start).map_or(first, |it| it.entry.min(first));
    let to = range.end.checked_sub(1).filter(|at| *at >= range.start);
    let to = to.map_or(last, |at| members[at].entry.max(last));
    let (before, _) = lines_of(members.range(range), open);
    apply(members, change);
    let start = members.partition_point(|member| member.entry < from);
    let end = members.partition_point(|member| member.entry <= to);
    let (after, runs) = lines_of(members.range(start..end), open);
    let (gone, shown) = difference(&before.shown, &after.shown);
    let folded = (before.hidden.len(), after.hidden.len());
    tell(Effects { shown, gone, hidden: after.hidden });
    (folded, (Some((from, to)), runs))
}

/// The rows whose runs a change between two of them can touch.
fn around(members: &VecDeque<Member>, first: Entry, last: Entry) -> Range<usize> {
    let time = |at: usize| members[at].entry.time;
    let mut start = members.partition_point(|it| it.entry.time < first.time - GAP);
    while start > 0 && start < members.len() && time(start) - time(start - 1) <= GAP {
        start -= 1;
    }
    let mut end = members.partition_point(|it| it.entry.time <= last.time + GAP);
    while end > 0 && end < members.len() && time(end) - time(end - 1) <= GAP {
        end += 1;
    }
    start..end.max(start)
}

/// Puts rows in and takes rows out.
fn apply(members: &mut VecDeque<Member>, change: &Change) {
    let mut gone = &change.touched[..];
    while let (Some(first), Some(member)) = (gone.first(), members.front())
        && member.entry == *first
    {
        members.pop_front();
        gone = &gone[1..];
    }
    let is_past = members.back().is_none_or(|back| gone.first().is_none_or(|it| back.entry < *it));
    if !is_past {
        members.retain(|member| gone.binary_search(&member.entry).is_err());
    }
    let Some((low, high)) = change.fresh.first().zip(change.fresh.last()) else { return };
    if members.back().is_none_or(|back| back.entry < low.entry) {
        members.extend(&change.fresh);
    } else if members.front().is_some_and(|front| front.entry > high.entry) {
        change.fresh.iter().rev().for_each(|member| members.push_front(*member));
    } else {
        let at = members.partition_point(|member| member.entry < low.entry);
        let mut rest: Vec<Member> =
            members.drain(at..).chain(change.fresh.iter().copied()).collect();
        rest.sort_by_key(|member| member.entry);
        members.extend(rest);
    }
}

/// The rows of a kind that have a line of their own and those that have none, both sorted, and the
/// runs of several rows.
fn lines_of<'m>(
    members: impl Iterator<Item = &'m Member>,
    open: &[RowId],
) -> (Difference, Vec<Run>) {
    let mut lines = Difference::default();
    let mut runs = vec![];
    let mut run: Vec<Member> = vec![];
    let mut end = |run: &mut Vec<Member>| {
        let is_open = !open.is_empty() && run.iter().any(|it| open.contains(&it.entry.id));
        let entries = run.iter().map(|member| member.entry);
        match &run[..] {
            [] => {}
            [first, .., last] if !is_open => {
                let head = run.iter().find(|it| !it.is_forwarded).unwrap_or(first).entry;
                lines.shown.push(head);
                lines.hidden.extend(entries.filter(|entry| *entry != head));
                let targets: HashSet<u64> = run.iter().map(|member| member.target).collect();
                runs.push(Run {
                    head,
                    first: first.entry,
                    last: last.entry,
                    rows: run.len() as u32,
                    targets: targets.len() as u32,
                });
            }
            _ => lines.shown.extend(entries),
        }
        run.clear();
    };
    for member in members {
        let time = member.entry.time;
        if let (Some(head), Some(last)) = (run.first(), run.last())
            && (time - last.entry.time > GAP || time - head.entry.time > LONGEST)
        {
            end(&mut run);
        }
        run.push(*member);
    }
    end(&mut run);
    (lines, runs)
}

/// What is only in the one and what is only in the other of two sorted lists.
fn difference(one: &[Entry], other: &[Entry]) -> (Vec<Entry>, Vec<Entry>) {
    let (mut only_one, mut only_other) = (vec![], vec![]);
    let (mut a, mut b) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            Ordering::Less => only_one.extend(a.next()),
            Ordering::Greater => only_other.extend(b.next()),
            Ordering::Equal => {
                a.next();
                b.next();
            }
        }
    }
    only_one.extend(a);
    only_other.extend(b);
    (only_one, only_other)
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
