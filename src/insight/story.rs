//! What was done with some credentials, in a few lines: writes one by one, denials and reads in runs,
//! and what was denied first and worked later.

use std::collections::{BTreeSet, HashMap, HashSet};

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
    /// How many of them write, how many are dangerous writes that worked, how many were denied.
    pub writes: u64,
    /// See `writes`.
    pub danger: u64,
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
    let mut told_of: HashSet<(u8, u32)> = HashSet::new();
    let ranks: Vec<u8> = runs
        .iter()
        .map(|run| match rank(run.what) {
            // Of what happens again and again the first time is told.
            rank if told_of.insert((rank, run.rows[0].event)) => rank,
            _ => 0,
        })
        .collect();
    by_weight.sort_by_key(|at| (std::cmp::Reverse(ranks[*at]), *at));
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
        danger: count(|line| line.verb == DANGER && line.result == OK),
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
        if let Some(run) = runs.last_mut().filter(|_| joins) {
            run.rows = &lines[start..=at];
        } else {
            start = at;
            runs.push(Run { what, rows: &lines[at..=at] });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::class::READ;

    fn line(at: usize, event: u32, verb: u8, result: u8) -> Line {
        Line { time: Timestamp(at as i64 * 1000), id: RowId(at as u64), event, verb, result }
    }

    #[test]
    fn what_matters_has_a_line_of_its_own_however_much_there_is() {
        // A long day: thousands of reads and writes, one danger, one denial that was overcome.
        let mut lines: Vec<Line> =
            (0..4000).map(|n| line(n, n as u32 % 7, [READ, WRITE][n / 3 % 2], OK)).collect();
        lines[1500] = line(1500, 70, DANGER, OK);
        lines[2000] = line(2000, 80, READ, DENIED);
        lines[2500] = line(2500, 90, WRITE, OK);
        lines[3000] = line(3000, 80, READ, OK);
        let story = told(&lines);
        assert!(story.len() <= MOST_LINES, "{story:?}");
        assert_eq!(story.iter().map(|told| told.rows).sum::<u64>(), 4000);
        let rows: Vec<u64> = story.iter().filter(|it| it.rows == 1).map(|it| it.row.0).collect();
        for wanted in [0, 1500, 2000, 3000] {
            assert!(rows.contains(&wanted), "{wanted}: {story:?}");
        }
        let last_write = Some(RowId(2999)).filter(|_| lines[2999].verb == WRITE);
        let allowed = story.iter().find(|it| it.row == RowId(3000)).map(|it| it.what);
        let Some(What::Allowed(at, Some(write))) = allowed else { panic!("{allowed:?}") };
        assert_eq!(at, Timestamp(2_000_000));
        assert!(write <= RowId(2999) && last_write.is_none_or(|it| it == write));
    }

    #[test]
    fn runs_are_what_follows_each_other() {
        let story = |lines: &[(u32, u8, u8)]| -> Vec<(What, u64, usize)> {
            let lines: Vec<Line> = (0..)
                .zip(lines)
                .map(|(at, (event, verb, result))| line(at, *event, *verb, *result))
                .collect();
            told(&lines).iter().map(|told| (told.what, told.rows, told.others)).collect()
        };
        assert_eq!(story(&[]), []);
        assert_eq!(
            story(&[(1, READ, OK), (1, READ, OK), (2, READ, OK), (3, WRITE, OK), (3, WRITE, OK)]),
            [(What::First, 1, 0), (What::Reads, 2, 1), (What::Write, 2, 0)]
        );
        assert_eq!(
            story(&[(1, READ, DENIED), (2, READ, DENIED), (2, READ, OK), (2, READ, OK)]),
            [
                (What::First, 1, 0),
                (What::Denied, 1, 0),
                (What::Allowed(Timestamp(1000), None), 1, 0),
                (What::Reads, 1, 0)
            ]
        );
    }
}
