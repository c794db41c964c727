//! Folding that follows rows as they come and go, compared with a plain one of all of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::event::field::Column;
use crate::event::read::Event;
use crate::event::time::{Millis, Timestamp};
use crate::store::requests::Call;
use crate::store::segment::{Birth, Builder, RowId};
use crate::store::snapshot::{RowRef, Snapshot};

const NOON: Timestamp = Timestamp(1_772_366_400_000);

/// A row: who, what, how it ended, on what, and seconds after noon.
type Row = (usize, usize, usize, usize, i64);

fn part(rows: &[Row], base: u64) -> Part {
    let mut builder = Builder::default();
    for (n, (who, what, end, target, second)) in rows.iter().enumerate() {
        let cells = Column::ALL.map(|column| match column {
            Column::Actor => ["alice", "bob", "ecs"][*who].into(),
            Column::Type => ["IAMUser", "IAMUser", "AWSService"][*who].into(),
            Column::Event => ["Get", "Put"][*what].into(),
            Column::Result => ["ok", "denied"][*end].into(),
            Column::Target => target.to_string().into(),
            // Several accounts record the same call, whoever they say it was.
            Column::Shared if (*what, *target) == (1, 3) => "a-call".into(),
            _ => "".into(),
        });
        let event = Event { time: None, flags: 0, cells };
        let (identity, arrival) = (base + n as u64, NOON);
        let time = NOON + Millis::seconds(*second);
        builder.push(&event, b"{}", Birth { time, arrival, identity, flags: 0, origins: 1 });
    }
    let (segment, mut side) = builder.finish(RowId(base));
    // Some rows are part of a request, most of them made by a service for another one.
    for (row, (who, what, end, target, _)) in rows.iter().enumerate() {
        if (*what, *target) == (0, 2) {
            let call = Call { number: *who as u64 + 7, is_forwarded: *end == 1 };
            side.join(row, call);
        }
    }
    Part { segment: Arc::new(segment), side: Arc::new(side) }
}

/// The lines: for each the row that stands for it, how many and how many targets.
fn plain(rows: &[RowRef<'_>], wish: &Folding) -> BTreeMap<Entry, (u32, u32)> {
    let mut kinds: BTreeMap<(Option<u64>, [&str; 4]), Vec<RowRef<'_>>> = BTreeMap::new();
    let mut lines = BTreeMap::new();
    let entry = |row: &RowRef<'_>| Entry { time: row.time(), id: row.id() };
    let columns = [Column::Actor, Column::Event, Column::Result, Column::Type];
    for row in rows {
        let shared = row.text(Column::Shared);
        let call = row.part.side.call(row.row).map(|call| call.number);
        let is_folded = match wish.fold {
            Fold::Nothing => false,
            Fold::All => true,
            Fold::Services => {
                row.text(Column::Type) == "AWSService" || !shared.is_empty() || call.is_some()
            }
        };
        if is_folded {
            let named = |column| match (call, shared) {
                (Some(_), _) => "",
                (None, "") => row.text(column),
                (None, shared) => shared,
            };
            kinds.entry((call, columns.map(named))).or_default().push(*row);
        } else {
            lines.insert(entry(row), (1, 1));
        }
    }
    for mut rows in kinds.into_values() {
        rows.sort_by_key(entry);
        while !rows.is_empty() {
            let first = rows[0].time();
            let mut end = 1;
            while end < rows.len()
                && rows[end].time() - rows[end - 1].time() <= Millis::seconds(60)
                && rows[end].time() - first <= Millis::minutes(10)
            {
                end += 1;
            }
            let run: Vec<RowRef<'_>> = rows.drain(..end).collect();
            if run.iter().any(|row| wish.open.contains(&row.id())) {
                lines.extend(run.iter().map(|row| (entry(row), (1, 1))));
                continue;
            }
            let targets: BTreeSet<&str> = run.iter().map(|row| row.text(Column::Target)).collect();
            let forwarded =
                |row: &RowRef<'_>| row.part.side.call(row.row).is_some_and(|it| it.is_forwarded);
            let head = run.iter().find(|row| !forwarded(row)).unwrap_or(&run[0]);
            lines.insert(entry(head), (run.len() as u32, targets.len() as u32));
        }
    }
    lines
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..3usize, 0..2usize, 0..2usize, 0..4usize, prop_oneof![0..90i64, 0..4000i64]);
    prop::collection::vec(row, 1..70)
}

proptest! {
    #[test]
    fn lines_follow_the_rows(
        parts in prop::collection::vec(rows(), 1..5),
        // Which rows are shown: of each part those whose number and this one share a bit.
        steps in prop::collection::vec((0..8u8, 0..5usize, 1..255u8), 1..14),
        open in prop::collection::vec(0..200u64, 0..3),
        by_time: bool,
    ) {
        let mut base = 0;
        let parts: Vec<Part> = parts
            .iter()
            .map(|rows| {
                base += rows.len() as u64;
                part(rows, base - rows.len() as u64)
            })
            .collect();
        let snapshot = Snapshot::of(parts.clone(), 0, crate::store::kin::Kin::default());
        let order = if by_time { Order::Time } else { Order::Arrival };
        let mut shown: Vec<Bits> =
            parts.iter().map(|part| Bits::none(part.segment.len())).collect();
        let mut folder = Folder::default();
        for (kind, at, mask) in steps {
            let at = at % parts.len();
            let (part, len) = (&parts[at], parts[at].segment.len());
            if kind == 0 {
                let fold = [Fold::Services, Fold::All, Fold::Nothing][usize::from(mask) % 3];
                let open = open.iter().map(|id| RowId(*id)).collect();
                folder = Folder::new(Folding { id: 1, fold, open });
                for (part, rows) in parts.iter().zip(&shown) {
                    folder.come(part, rows);
                }
            }
            let fresh = Bits::by(len, |row| (row as u8).wrapping_mul(37) & mask != 0);
            let (mut come, mut go) = (fresh.clone(), shown[at].clone());
            come.minus(&shown[at]);
            go.minus(&fresh);
            folder.go(part, &go);
            folder.come(part, &come);
            shown[at] = fresh;
            if kind == 1 {
                continue;
            }
            let rows: Vec<RowRef<'_>> = parts
                .iter()
                .zip(&shown)
                .flat_map(|(part, rows)| rows.rows().map(move |row| RowRef { part, row }))
                .collect();
            let mut entries: Vec<Entry> =
                rows.iter().map(|row| Entry { time: row.time(), id: row.id() }).collect();
            order.sort(&mut entries);
            let lines = folder.lines(&Entries::from(entries.clone()), order);
            let wanted = plain(&rows, folder.wish());
            let mut heads: Vec<Entry> = wanted.keys().copied().collect();
            order.sort(&mut heads);
            prop_assert!(lines.rows.iter().eq(&heads), "{:?} {heads:?}", lines.rows);
            for (head, (rows, targets)) in &wanted {
                let run = lines.run(snapshot.row(head.id).unwrap());
                let told = run.map_or((1, 1), |run| (run.rows, run.targets));
                prop_assert_eq!(told, (*rows, *targets));
                prop_assert!(run.is_none_or(|run| run.head == *head));
            }
            // Every row has a line: its own, or that of its run.
            let total: u32 = wanted.values().map(|(rows, _)| rows).sum();
            prop_assert_eq!(total as usize, rows.len());
            for row in rows {
                let entry = Entry { time: row.time(), id: row.id() };
                let head = lines.run(row).map_or(entry, |run| run.head);
                prop_assert!(wanted.contains_key(&head));
            }
        }
    }
}
