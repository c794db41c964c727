//! What the noise filter hides, by who makes it: `aws internal 164, secretsmanager 90`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::event::field::Column;
use crate::insight::shown::Shown;
use crate::store::bits::Bits;
use crate::store::segment::RowId;
use crate::store::snapshot::Part;

/// Who is hidden with how many rows, most first, ties by name.
pub type Hidden = Vec<(Box<str>, u64)>;

/// The rows that are hidden, part by part: one that has not changed is not counted again.
#[derive(Debug, Default)]
pub(crate) struct Chatter {
    counted: BTreeMap<RowId, (Shown, HashMap<Box<str>, u64>)>,
}

impl Chatter {
    /// Counts what has changed; `None` where `stop` said so before the end.
    pub(crate) fn follow(
        &mut self,
        shown: &[Shown],
        stop: &mut dyn FnMut() -> bool,
    ) -> Option<Hidden> {
        let mut before = std::mem::take(&mut self.counted);
        for one in shown {
            let known = before
                .remove(&one.base())
                .filter(|(was, _)| one.shows_same(was) && Arc::ptr_eq(&one.kept, &was.kept));
            if known.is_none() && stop() {
                self.counted.extend(before);
                return None;
            }
            let known = known.unwrap_or_else(|| {
                let mut hidden = (*one.kept).clone();
                hidden.minus(&one.rows);
                (one.clone(), by_caller(&one.part, hidden))
            });
            self.counted.insert(one.base(), known);
        }
        let mut all: HashMap<&str, u64> = HashMap::new();
        for (name, rows) in self.counted.values().flat_map(|(_, by_name)| by_name) {
            *all.entry(name).or_default() += rows;
        }
        let mut all: Hidden = all.into_iter().map(|(name, rows)| (name.into(), rows)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Some(all)
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let names = self.counted.values().flat_map(|(_, by_name)| by_name.keys());
        names.map(|name| name.len() + 32).sum()
    }
}

/// Rows by the service they came through, else by who called.
fn by_caller(part: &Part, mut rows: Bits) -> HashMap<Box<str>, u64> {
    let mut counts: HashMap<Box<str>, u64> = HashMap::new();
    // Rows that show another body than the one they were stored with.
    for (row, better) in part.side.bettered() {
        if rows.has(row) {
            rows.put(row, false);
            let cell = |column: Column| &better.cells[column as usize];
            let via = cell(Column::Via);
            let name = if via.is_empty() { cell(Column::Actor) } else { via };
            *counts.entry((**name).into()).or_default() += 1;
        }
    }
    let mut add = |column: Column, rows: &Bits| {
        let coded = part.segment.column(column);
        let mut by_code = vec![0u64; coded.dict.len()];
        rows.each(|row| by_code[usize::from(coded.codes[row])] += 1);
        for (name, rows) in coded.dict.values().zip(by_code) {
            if rows > 0 && !(name.is_empty() && column == Column::Via) {
                *counts.entry(name.into()).or_default() += rows;
            }
        }
    };
    add(Column::Via, &rows);
    let via = part.segment.column(Column::Via);
    let mut direct = Bits::none(rows.len());
    rows.each(|row| direct.put(row, via.dict.text(via.codes[row]).is_empty()));
    add(Column::Actor, &direct);
    counts
}
