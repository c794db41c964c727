//! The strip below the top view: more about one value.

use std::collections::HashMap;
use std::sync::Arc;

use crate::event::field::Column;
use crate::insight::class::{self, DANGER, OK, WRITE};
use crate::insight::counts::tally;
use crate::insight::number::{ABSENT, Numbers, OfRows, meant};
use crate::insight::ranking::services;
use crate::insight::shown::Shown;
use crate::insight::top::{RANKS, TopDetail};
use crate::store::bits::Bits;
use crate::store::snapshot::Part;

/// The most entries a list is sent with: nobody's screen is as wide.
pub(crate) const MOST: usize = 50;

/// What the calls of one name did.
#[derive(Debug, Clone, Copy, Default)]
struct Did {
    rows: u64,
    worked: u64,
    writes: u64,
    danger: u64,
}

/// Rows by the numbers of values.
type Rows = HashMap<u32, u64>;

/// What is known of a value of `RANKS[by]`; `None` where `stop` said so before the end.
pub(crate) fn detail(
    shown: &[Shown],
    by: usize,
    value: &Arc<str>,
    numbers: &mut Numbers,
    stop: &mut dyn FnMut() -> bool,
) -> Option<TopDetail> {
    let column = RANKS[by].column;
    let mut did: Vec<Did> = vec![];
    let columns = [Column::Tool, Column::Key, Column::Role, Column::Target, Column::Actor];
    let mut rows = columns.map(|column| (column, Rows::new()));
    for one in shown {
        let mut chosen = one.part.rows_where(column, |text| meant(column, text) == &**value);
        chosen.and(&one.rows);
        chosen.minus(&services(one, by));
        if chosen.count() > 0 {
            for (column, rows) in &mut rows {
                tally(&one.part, &chosen, *column, numbers, |number, n, _| {
                    *rows.entry(number).or_default() += n;
                });
            }
            add_calls(&mut did, &one.part, &chosen, numbers);
        }
        if stop() {
            return None;
        }
    }
    let [with, keys, roles, on, who] = rows.map(|(column, rows)| most(rows, column, numbers));
    let long_term = keys.iter().filter(|(key, _)| key.starts_with("AKIA")).count();
    let cut = |mut list: Vec<(Arc<str>, u64)>| {
        list.truncate(MOST);
        list
    };
    Some(TopDetail {
        value: Arc::clone(value),
        did: calls(did, numbers),
        with: cut(with),
        keys: (long_term, keys.len() - long_term),
        roles: cut(roles),
        on: cut(on),
        who: if column == Column::Actor { vec![] } else { cut(who) },
    })
}

/// Every value with its rows, most first, ties by value.
fn most(rows: Rows, column: Column, numbers: &Numbers) -> Vec<(Arc<str>, u64)> {
    let rows = rows.into_iter().filter(|(number, n)| *number != ABSENT && *n > 0);
    let mut list: Vec<(Arc<str>, u64)> =
        rows.map(|(number, n)| (numbers.text(column, number), n)).collect();
    list.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    list
}

fn add_calls(did: &mut Vec<Did>, part: &Part, chosen: &Bits, numbers: &mut Numbers) {
    let names = OfRows::of(part, Column::Event, numbers);
    let (verbs, results) = (class::verbs(part), class::results(part));
    did.resize(numbers.len(Column::Event), Did::default());
    chosen.each(|row| {
        let (verb, did) = (verbs.row(row), &mut did[names.row(row) as usize]);
        did.rows += 1;
        did.worked += u64::from(results.row(row) == OK);
        did.writes += u64::from(verb == WRITE || verb == DANGER);
        did.danger += u64::from(verb == DANGER);
    });
}

/// The writes, else the calls, dangerous ones first.
fn calls(did: Vec<Did>, numbers: &Numbers) -> Vec<(Arc<str>, u64, u64)> {
    let writes = did.iter().any(|did| did.writes > 0);
    let meant = (0u32..)
        .zip(did)
        .filter(|(number, did)| *number != ABSENT && did.rows > 0 && (did.writes > 0 || !writes));
    let mut list: Vec<(Arc<str>, Did)> =
        meant.map(|(number, did)| (numbers.text(Column::Event, number), did)).collect();
    list.sort_unstable_by(|(a, x), (b, y)| {
        let key = |did: &Did| (did.danger > 0, did.rows);
        key(y).cmp(&key(x)).then_with(|| a.cmp(b))
    });
    list.truncate(MOST);
    list.into_iter().map(|(name, did)| (name, did.rows, did.worked)).collect()
}
