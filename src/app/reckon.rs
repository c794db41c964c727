//! For tests: the reckonings of a view, row by row.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::view::View;
use crate::event::field::Column;
use crate::event::time::{Millis, Timestamp};
use crate::insight::counts::{Counted, Counts, FACETS};
use crate::insight::lens::{Insight, Lens};
use crate::insight::timeline::Timeline;
use crate::insight::top::{RANKS, STEPS, Sort, Top, TopDetail, TopRow, TopWanted};
use crate::query::eval::eval;
use crate::store::snapshot::RowRef;

pub(crate) fn reckon(view: &View, lens: &Lens, window: &[RowRef<'_>]) -> Insight {
    let rows: Vec<RowRef<'_>> = (0..view.len()).filter_map(|at| view.row(at)).collect();
    Insight {
        question: view.question,
        lens: lens.id,
        rows: rows.len(),
        counts: lens.counts.then(|| Arc::new(counts(&rows))),
        timeline: (lens.cells > 0).then(|| Arc::new(timeline(&rows, window, lens.cells))),
        top: lens.top.as_ref().map(|wanted| Arc::new(top(&rows, wanted))),
        without: lens
            .without
            .iter()
            .map(|plan| {
                window.iter().filter(|row| eval(plan, row.part, view.now).has(row.row)).count()
            })
            .collect(),
        ..Insight::default()
    }
}

fn tally<'s>(values: impl Iterator<Item = &'s str>) -> Vec<(Arc<str>, u64)> {
    let mut counted = BTreeMap::<&str, u64>::new();
    values.for_each(|value| *counted.entry(value).or_default() += 1);
    counted.remove("");
    let mut all: Vec<_> = counted.into_iter().map(|(value, n)| (value.into(), n)).collect();
    all.sort_by_key(|(_, n): &(Arc<str>, u64)| std::cmp::Reverse(*n));
    all
}

fn counts(rows: &[RowRef<'_>]) -> Counts {
    let facets = FACETS.map(|facet| {
        let values = tally(rows.iter().map(|row| row.text(facet.column)));
        let absent = rows.iter().filter(|row| row.text(facet.column).is_empty()).count() as u64;
        Counted { distinct: values.len(), absent, values }
    });
    Counts { rows: rows.len() as u64, facets: facets.into() }
}

fn timeline(rows: &[RowRef<'_>], window: &[RowRef<'_>], cells: u16) -> Timeline {
    let (Some(from), Some(to)) =
        (window.iter().map(|row| row.time()).min(), window.iter().map(|row| row.time()).max())
    else {
        return Timeline { step: Millis::seconds(1), ..Timeline::default() };
    };
    let lengths = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 86_400, 864_000];
    let fits = |step: &i64| (to - from).0 / 1000 / step + 2 <= i64::from(cells);
    let step = Millis::seconds(lengths.into_iter().find(fits).unwrap_or(86_400_000));
    let start = Timestamp(from.0 - from.0.rem_euclid(step.0));
    let steps = ((to - start).0 / step.0 + 1) as usize;
    let over = |rows: &mut dyn Iterator<Item = &RowRef<'_>>| {
        let mut sums = vec![0; steps];
        rows.for_each(|row| sums[((row.time() - start).0 / step.0) as usize] += 1);
        sums
    };
    let reads = |row: &&RowRef<'_>| row.text(Column::Verb) == "R";
    Timeline {
        start,
        step,
        all: over(&mut window.iter()),
        shown: over(&mut rows.iter()),
        denied: over(&mut window.iter().filter(|row| row.text(Column::Result) == "denied")),
        reads: over(&mut rows.iter().filter(reads)),
        writes: over(&mut rows.iter().filter(|row| !reads(row))),
        ..Timeline::default()
    }
}

fn top(rows: &[RowRef<'_>], wanted: &TopWanted) -> Top {
    let column = RANKS[wanted.by].column;
    let is_service =
        |row: &RowRef<'_>| column == Column::Actor && row.text(Column::Type) == "AWSService";
    let (services, people): (Vec<RowRef<'_>>, Vec<_>) = rows.iter().copied().partition(is_service);
    let values = tally(people.iter().map(|row| row.text(column)));
    let of = |value: &str| -> Vec<RowRef<'_>> {
        people.iter().copied().filter(|row| row.text(column) == value).collect()
    };
    let from = rows.iter().map(|row| row.time()).min().unwrap_or_default();
    let to = rows.iter().map(|row| row.time()).max().unwrap_or_default();
    let step = Millis(((to - from).0 / STEPS as i64 + 1).max(1));
    let mut ranked: Vec<TopRow> =
        values.iter().map(|(value, _)| one(value, &of(value), (from, step))).collect();
    ranked.sort_by_key(|row| std::cmp::Reverse(key(row, wanted.sort)));
    let kinds = tally(services.iter().map(|row| row.text(column))).len();
    let detail = wanted.selected.as_ref().map(|value| {
        let rows = of(value);
        let texts = |column| tally(rows.iter().map(move |row| row.text(column)));
        let worked = |event: &str| {
            let is = |row: &&RowRef<'_>| {
                row.text(Column::Event) == event && row.text(Column::Error).is_empty()
            };
            rows.iter().filter(is).count() as u64
        };
        let keys = texts(Column::Key);
        let long = keys.iter().filter(|(key, _)| key.starts_with("AKIA")).count();
        TopDetail {
            value: Arc::clone(value),
            did: texts(Column::Event)
                .into_iter()
                .map(|(event, n)| (Arc::clone(&event), n, worked(&event)))
                .collect(),
            with: texts(Column::Tool),
            keys: (long, keys.len() - long),
            roles: texts(Column::Role),
            on: texts(Column::Target),
            who: if column == Column::Actor { vec![] } else { texts(Column::Actor) },
        }
    });
    Top {
        by: wanted.by,
        sort: wanted.sort,
        distinct: ranked.len(),
        rows: ranked,
        services: (kinds > 0).then(|| one(&kinds.to_string(), &services, (from, step))),
        start: from,
        step,
        detail,
    }
}

fn one(value: &str, rows: &[RowRef<'_>], (from, step): (Timestamp, Millis)) -> TopRow {
    let count = |is: &dyn Fn(&RowRef<'_>) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
    let ips = tally(rows.iter().map(|row| row.text(Column::Ip)));
    let mut spark = [0; STEPS];
    for row in rows {
        spark[((row.time() - from).0 / step.0) as usize] += 1;
    }
    TopRow {
        value: value.into(),
        events: rows.len() as u64,
        writes: count(&|row| row.text(Column::Verb) != "R"),
        danger: count(&|row| row.text(Column::Verb) == "D"),
        denied: count(&|row| row.text(Column::Result) == "denied"),
        failed: count(&|row| matches!(row.text(Column::Result), "failed" | "throttled")),
        from: (ips.first().map(|(ip, _)| Arc::clone(ip)).unwrap_or_default(), ips.len()),
        first: rows.iter().map(|row| row.time()).min().unwrap_or_default(),
        last: rows.iter().map(|row| row.time()).max().unwrap_or_default(),
        spark,
    }
}

fn key(row: &TopRow, sort: Sort) -> (i64, i64, i64, i64, i64) {
    let n = |n: u64| n as i64;
    let first = match sort {
        Sort::Danger => 0,
        Sort::Events => n(row.events),
        Sort::Writes => n(row.writes),
        Sort::Denied => n(row.denied),
        Sort::Failed => n(row.failed),
        Sort::Rate => n(row.spark[STEPS - 1]),
        Sort::Last => row.last.0,
        Sort::First => row.first.0,
    };
    (first, n(row.danger), n(row.denied), n(row.writes), n(row.events))
}
