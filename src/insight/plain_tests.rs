//! The same reckonings the plain way: row by row, from nothing, for tests to compare with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::field::Column;
use crate::event::time::Timestamp;
use crate::insight::chatter::Hidden;
use crate::insight::counts::{Counts, FACETS};
use crate::insight::detail::MOST;
use crate::insight::lens::{Insight, Lens};
use crate::insight::timeline::Timeline;
use crate::insight::top::{MOST_ROWS, RANKS, STEPS, Sort, Top, TopDetail, TopRow, TopWanted};
use crate::store::snapshot::RowRef;

/// The rows of a question.
pub(crate) struct Plain<'s> {
    /// Those of the window.
    pub(crate) all: Vec<RowRef<'s>>,
    /// Those that are chosen, noise included.
    pub(crate) kept: Vec<RowRef<'s>>,
    /// Those that are shown.
    pub(crate) shown: Vec<RowRef<'s>>,
}

impl Plain<'_> {
    /// Compares all but the costs of chips.
    pub(crate) fn check(&self, insight: &Insight, lens: &Lens) {
        assert_eq!(insight.rows, self.shown.len());
        assert_eq!(insight.counts.is_some(), lens.counts);
        if let Some(counts) = &insight.counts {
            self.check_counts(counts);
        }
        assert_eq!(insight.timeline.is_some(), lens.cells > 0);
        if let Some(timeline) = &insight.timeline {
            self.check_timeline(timeline, lens.cells);
        }
        assert_eq!(insight.top.is_some(), lens.top.is_some());
        if let (Some(top), Some(wanted)) = (&insight.top, &lens.top) {
            self.check_top(top, wanted);
        }
        assert_eq!(insight.noise.is_some(), lens.noise);
        if let Some(noise) = &insight.noise {
            self.check_noise(noise);
        }
    }

    fn check_noise(&self, noise: &Hidden) {
        let is_hidden = |row: &&RowRef<'_>| self.shown.iter().all(|shown| shown.id() != row.id());
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for row in self.kept.iter().filter(is_hidden) {
            let via = row.text(Column::Via);
            *counts
                .entry(if via.is_empty() { row.text(Column::Actor) } else { via })
                .or_default() += 1;
        }
        let mut wanted: Vec<(&str, u64)> = counts.into_iter().collect();
        wanted.sort_by_key(|(name, rows)| (std::cmp::Reverse(*rows), *name));
        assert!(noise.iter().map(|(name, rows)| (&**name, *rows)).eq(wanted), "{noise:?}");
    }

    fn check_counts(&self, counts: &Counts) {
        assert_eq!(counts.rows, self.shown.len() as u64);
        for (facet, counted) in FACETS.iter().zip(&counts.facets) {
            let mut values = most(&self.shown, facet.column);
            let absent = values.iter().position(|(value, _)| value.is_empty());
            let absent = absent.map_or(0, |at| values.remove(at).1);
            assert_eq!(counted.values, values, "{}", facet.title);
            assert_eq!((counted.distinct, counted.absent), (values.len(), absent));
        }
        assert_eq!(counts.facets.len(), FACETS.len());
    }

    fn check_timeline(&self, timeline: &Timeline, cells: u16) {
        let Timeline { start, step, .. } = *timeline;
        assert!(step.0 > 0 && start.0 % step.0 == 0, "{start} {step}");
        let len = timeline.all.len();
        assert!(len <= usize::from(cells) && (len > 0 || self.all.is_empty()));
        let count = |rows: &[RowRef<'_>], meant: &dyn Fn(RowRef<'_>) -> bool| {
            let mut counts = vec![0; len];
            let mut outside = 0;
            for row in rows.iter().filter(|row| meant(**row)) {
                match place(row.time(), start, step.0, len) {
                    Some(at) => counts[at] += 1,
                    None => outside += 1,
                }
            }
            (counts, outside)
        };
        let verb = |row: RowRef<'_>| row.text(Column::Verb).to_owned();
        let (all, outside) = count(&self.all, &|_| true);
        assert_eq!((&timeline.all, timeline.outside), (&all, outside));
        assert!(outside * 20 <= self.all.len() as u64 + 40, "{outside}");
        let denied = count(&self.all, &|row| row.text(Column::Result) == "denied").0;
        assert_eq!(timeline.denied, denied);
        assert_eq!(timeline.shown, count(&self.shown, &|_| true).0);
        assert_eq!(timeline.reads, count(&self.shown, &|row| verb(row) == "R").0);
        let writes = count(&self.shown, &|row| ["W", "D"].contains(&&*verb(row))).0;
        assert_eq!(timeline.writes, writes);
    }

    fn check_top(&self, top: &Top, wanted: &TopWanted) {
        let column = RANKS[wanted.by].column;
        let is_service =
            |row: &RowRef<'_>| column == Column::Actor && row.text(Column::Type) == "AWSService";
        let mut rows: BTreeMap<&str, Vec<RowRef<'_>>> = BTreeMap::new();
        for row in self.shown.iter().filter(|row| !is_service(row)) {
            rows.entry(row.text(column)).or_default().push(*row);
        }
        rows.remove("");
        let (start, step) = (top.start, top.step.0);
        assert!(step > 0 && start.0 % step == 0, "{start} {step}");
        let mut ranked: Vec<TopRow> =
            rows.iter().map(|(value, rows)| ranked(value, rows, start, step)).collect();
        ranked.sort_by(|a, b| compare(a, b, wanted.sort).then_with(|| a.value.cmp(&b.value)));
        assert_eq!((top.by, top.sort), (wanted.by, wanted.sort));
        let distinct = ranked.len();
        ranked.truncate(MOST_ROWS);
        assert_eq!((&top.rows, top.distinct), (&ranked, distinct));
        let services: Vec<RowRef<'_>> =
            self.kept.iter().filter(|row| is_service(row)).copied().collect();
        let kinds: BTreeSet<&str> = services.iter().map(|row| row.text(column)).collect();
        let services = (!services.is_empty())
            .then(|| self::ranked(&kinds.len().to_string(), &services, start, step));
        assert_eq!(top.services, services);
        assert_eq!(top.detail.is_some(), wanted.selected.is_some());
        if let (Some(detail), Some(value)) = (&top.detail, &wanted.selected) {
            let rows = rows.get(&**value).cloned().unwrap_or_default();
            check_detail(detail, value, &rows, column);
        }
    }
}

fn check_detail(detail: &TopDetail, value: &Arc<str>, rows: &[RowRef<'_>], column: Column) {
    let some = |column| -> Vec<(Arc<str>, u64)> {
        most(rows, column).into_iter().filter(|(value, _)| !value.is_empty()).collect()
    };
    let is_write = |row: &RowRef<'_>| ["W", "D"].contains(&row.text(Column::Verb));
    let writes: Vec<RowRef<'_>> = rows.iter().filter(|row| is_write(row)).copied().collect();
    let names: BTreeSet<&str> = writes.iter().map(|row| row.text(Column::Event)).collect();
    let is_meant = |row: &RowRef<'_>| names.is_empty() || names.contains(row.text(Column::Event));
    let meant: Vec<RowRef<'_>> = rows.iter().filter(|row| is_meant(row)).copied().collect();
    let mut did: Vec<(bool, Arc<str>, u64, u64)> = most(&meant, Column::Event)
        .into_iter()
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, n)| {
            let of = || meant.iter().filter(|row| row.text(Column::Event) == &*name);
            let danger = of().any(|row| row.text(Column::Verb) == "D");
            let worked = of().filter(|row| row.text(Column::Result) == "ok").count() as u64;
            (danger, name, n, worked)
        })
        .collect();
    did.sort_by_key(|(danger, ..)| !danger);
    let keys = some(Column::Key);
    let long_term = keys.iter().filter(|(key, _)| key.starts_with("AKIA")).count();
    let first = |column| some(column).into_iter().take(MOST).collect::<Vec<_>>();
    let wanted = TopDetail {
        value: Arc::clone(value),
        did: did.into_iter().map(|(_, name, n, worked)| (name, n, worked)).take(MOST).collect(),
        with: first(Column::Tool),
        keys: (long_term, keys.len() - long_term),
        roles: first(Column::Role),
        on: first(Column::Target),
        who: if column == Column::Actor { vec![] } else { first(Column::Actor) },
    };
    assert_eq!(*detail, wanted);
}

fn place(time: Timestamp, start: Timestamp, step: i64, len: usize) -> Option<usize> {
    let at = (i128::from(time.0) - i128::from(start.0)).div_euclid(i128::from(step));
    usize::try_from(at).ok().filter(|at| *at < len)
}

/// The values of a column with their rows, most first, ties by value.
fn most(rows: &[RowRef<'_>], column: Column) -> Vec<(Arc<str>, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.text(column)).or_default() += 1;
    }
    let mut all: Vec<(Arc<str>, u64)> = counts.into_iter().map(|(v, n)| (v.into(), n)).collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    all
}

fn ranked(value: &str, rows: &[RowRef<'_>], start: Timestamp, step: i64) -> TopRow {
    let count =
        |meant: &dyn Fn(&RowRef<'_>) -> bool| rows.iter().filter(|row| meant(row)).count() as u64;
    let verb = |words: &'static [&str]| count(&|row| words.contains(&row.text(Column::Verb)));
    let result = |words: &'static [&str]| count(&|row| words.contains(&row.text(Column::Result)));
    let ips: Vec<(Arc<str>, u64)> =
        most(rows, Column::Ip).into_iter().filter(|(ip, _)| !ip.is_empty()).collect();
    let mut spark = [0; STEPS];
    for row in rows {
        if let Some(at) = place(row.time(), start, step, STEPS) {
            spark[at] += 1;
        }
    }
    TopRow {
        value: value.into(),
        events: rows.len() as u64,
        writes: verb(&["W", "D"]),
        danger: verb(&["D"]),
        denied: result(&["denied"]),
        failed: result(&["failed", "throttled"]),
        from: (ips.first().map(|(ip, _)| Arc::clone(ip)).unwrap_or_default(), ips.len()),
        first: rows.iter().map(|row| row.time()).min().unwrap(),
        last: rows.iter().map(|row| row.time()).max().unwrap(),
        spark,
    }
}

fn compare(a: &TopRow, b: &TopRow, sort: Sort) -> std::cmp::Ordering {
    let danger =
        |row: &TopRow| [row.danger, row.denied, row.writes, row.events].map(|n| -(n as i64));
    let simple: [fn(&TopRow) -> i64; 7] = [
        |row| -(row.events as i64),
        |row| -(row.writes as i64),
        |row| -(row.denied as i64),
        |row| -(row.failed as i64),
        |row| -(row.spark[STEPS - 1] as i64),
        |row| -row.last.0,
        |row| -row.first.0,
    ];
    let keys = simple[..sort as usize].iter().rev();
    let key =
        |row: &TopRow| keys.clone().map(|key| key(row)).chain(danger(row)).collect::<Vec<_>>();
    key(a).cmp(&key(b))
}
