//! What was done with some credentials, in a few lines: writes one by one, denials and reads in runs,
//! and what was denied first and worked later.

use std::collections::{BTreeSet, HashMap};

use crate::event::time::Timestamp;
use crate::insight::class::{DANGER, DENIED, FAILED, OK, WRITE};
use crate::store::segment::RowId;

/// The most lines of a story.
pub const MOST_LINES: usize = 12;

/// A row, as far as a story tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) time: Timestamp,
    pub(crate) id: RowId,
    /// The number of the event.
    pub(crate) event: u32,
    /// What it does and how it ended, as `class.rs` says.
    pub(crate) verb: u8,
    pub(crate) result: u8,
}

/// What a line of a story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Reads that worked or found nothing.
    Reads,
    /// Calls of several kinds that had to make room.
    Mixed,
    /// Calls that failed, but for denials.
    Failed,
    /// A write.
    Write,
    /// Calls that were denied.
    Denied,
    /// A dangerous write that worked.
    Danger,
    /// A call that works now and was denied at this time, and the last write by the same credentials
    /// in between.
    Allowed(Timestamp, Option<RowId>),
    /// The first call.
    First,
}

/// One line of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub what: What,
    /// The first row, which is named.
    pub row: RowId,
    /// When that was, and when the last one was.
    pub first: Timestamp,
    /// See `first`.
    pub last: Timestamp,
    /// How many rows.
    pub rows: u64,
    /// How many kinds of event beside that of the first row.
    pub others: usize,
    /// How many of them write, and how many were denied.
    pub writes: u64,
    /// See `writes`.
    pub denied: u64,
}

/// A run of rows that is told in a line.
struct Run<'l> {
    what: What,
    rows: &'l [Line],
}

/// Tells the story of rows that are sorted by time.
pub(crate) fn told(lines: &[Line]) -> Vec<Told> {
    let runs = runs(lines);
    if runs.len() <= MOST_LINES {
        return runs.iter().map(|run| tell(run.what, run.rows)).collect();
    }
    // The gravest stay; what lies between them is one line each time.
    let mut by_weight: Vec<usize> = (0..runs.len()).collect();
    by_weight.sort_by_key(|at| (std::cmp::Reverse(rank(runs[*at].what)), *at));
    for kept in (1..=MOST_LINES).rev() {
        let mut chosen: Vec<usize> = by_weight[..kept].to_vec();
        chosen.sort_unstable();
        let told = with_gaps(&runs, &chosen);
        if told.len() <= MOST_LINES {
            return told;
        }
    }
    vec![]
}

fn rank(what: What) -> u8 {
    match what {
        What::Reads | What::Mixed => 0,
        What::Failed => 1,
        What::Write => 2,
        What::Denied => 3,
        What::Danger => 4,
        What::Allowed(..) => 5,
        What::First => 6,
    }
}

fn with_gaps(runs: &[Run<'_>], chosen: &[usize]) -> Vec<Told> {
    let mut told = vec![];
    let mut next = 0;
    for at in chosen.iter().copied().chain([runs.len()]) {
        if let Some(gap) = runs.get(next..at).filter(|gap| !gap.is_empty()) {
            told.push(joined(gap));
        }
        told.extend(runs.get(at).map(|run| tell(run.what, run.rows)));
        next = at + 1;
    }
    told
}

fn joined(runs: &[Run<'_>]) -> Told {
    if let [one] = runs {
        return tell(one.what, one.rows);
    }
    let rows: Vec<Line> = runs.iter().flat_map(|run| run.rows).copied().collect();
    let is_reads = runs.iter().all(|run| run.what == What::Reads);
    tell(if is_reads { What::Reads } else { What::Mixed }, &rows)
}

fn tell(what: What, rows: &[Line]) -> Told {
    let first = rows[0];
    let events: BTreeSet<u32> = rows.iter().map(|line| line.event).collect();
    let count = |test: fn(&&Line) -> bool| rows.iter().filter(test).count() as u64;
    Told {
        what,
        row: first.id,
        first: first.time,
        last: rows[rows.len() - 1].time,
        rows: rows.len() as u64,
        others: events.len() - 1,
        writes: count(|line| matches!(line.verb, WRITE | DANGER)),
        denied: count(|line| line.result == DENIED),
    }
}

/// Cuts rows into runs: the first row, denials, reads, failures, and equal writes.
fn runs(lines: &[Line]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = vec![];
    let mut denied: HashMap<u32, Timestamp> = HashMap::new();
    let mut write: Option<Line> = None;
    let mut start = 0;
    for (at, line) in lines.iter().enumerate() {
        let what = what(line, at == 0, &mut denied, write);
        if matches!(line.verb, WRITE | DANGER) && line.result == OK {
            write = Some(*line);
        }
        let joins = runs.last().is_some_and(|run| {
            let is_same = std::mem::discriminant(&run.what) == std::mem::discriminant(&what);
            match what {
                What::Reads | What::Denied | What::Failed => is_same,
                What::Write | What::Danger => is_same && lines[at - 1].event == line.event,
                What::First | What::Allowed(..) | What::Mixed => false,
            }
        });
        match runs.last_mut().filter(|_| joins) {
            Some(run) => run.rows = &lines[start..=at],
            None => {
                start = at;
                runs.push(Run { what, rows: &lines[at..=at] });
            }
        }
    }
    runs
}

fn what(
    line: &Line,
    is_first: bool,
    denied: &mut HashMap<u32, Timestamp>,
    write: Option<Line>,
) -> What {
    let is_write = matches!(line.verb, WRITE | DANGER);
    match line.result {
        DENIED => {
            denied.insert(line.event, line.time);
            if is_first { What::First } else { What::Denied }
        }
        _ if is_first => What::First,
        OK => match denied.remove(&line.event) {
            Some(at) => {
                let between = write.filter(|write| write.time >= at && write.event != line.event);
                What::Allowed(at, between.map(|write| write.id))
            }
            None if line.verb == DANGER => What::Danger,
            None if is_write => What::Write,
            None => What::Reads,
        },
        FAILED => What::Failed,
        _ => What::Reads,
    }
}
