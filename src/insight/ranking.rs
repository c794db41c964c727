//! The rows of the top view, gathered part by part: what arrives is added, and only where rows leave
//! or the steps of the sparklines change is all gathered again.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::event::field::Column;
use crate::event::time::Timestamp;
use crate::insight::class::{self, DANGER, DENIED, FAILED, WRITE};
use crate::insight::grid::{Grid, Spread};
use crate::insight::number::{ABSENT, Numbers, OfRows};
use crate::insight::reckon::Asked;
use crate::insight::shown::Shown;
use crate::insight::top::{MOST_ROWS, RANKS, STEPS, Sort, Top, TopRow};
use crate::store::bits::Bits;
use crate::store::segment::RowId;

/// The type of an identity that is a service.
const SERVICE: &str = "AWSService";
/// A ranking that follows the rows.
#[derive(Debug, Default)]
pub(crate) struct Ranking {
    by: usize,
    grid: Grid,
    /// Whether any row lies after the last step.
    is_cut: bool,
    ranked: BTreeMap<RowId, Shown>,
    stats: Vec<Stat>,
    services: Stat,
    kinds: HashSet<u32>,
    /// Rows for each pair of value and source; services are the absent value.
    from: HashMap<u64, u32, BuildHasherDefault<Spreading>>,
}

/// What is known of one value.
#[derive(Debug, Clone, Copy)]
struct Stat {
    events: u32,
    writes: u32,
    danger: u32,
    denied: u32,
    failed: u32,
    first: Timestamp,
    last: Timestamp,
    spark: [u32; STEPS],
}

impl Default for Stat {
    fn default() -> Self {
        Self {
            events: 0,
            writes: 0,
            danger: 0,
            denied: 0,
            failed: 0,
            first: Timestamp(i64::MAX),
            last: Timestamp(i64::MIN),
            spark: [0; STEPS],
        }
    }
}

impl Stat {
    fn add(&mut self, verb: u8, result: u8, time: Timestamp, step: Option<usize>) {
        self.events += 1;
        self.writes += u32::from(verb == WRITE || verb == DANGER);
        self.danger += u32::from(verb == DANGER);
        self.denied += u32::from(result == DENIED);
        self.failed += u32::from(result == FAILED);
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        if let Some(step) = step {
            self.spark[step] += 1;
        }
    }

    /// Which of two comes first; equal where only the value can tell.
    fn compare(&self, other: &Self, sort: Sort) -> Ordering {
        let by = Sort::ALL.iter().rev().skip_while(|known| **known != sort);
        by.map(|sort| self.before(other, *sort)).find(|it| it.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn before(&self, other: &Self, sort: Sort) -> Ordering {
        let rate = |stat: &Self| stat.spark[STEPS - 1];
        match sort {
            Sort::Danger => {
                let key = |stat: &Self| (stat.danger, stat.denied, stat.writes, stat.events);
                key(other).cmp(&key(self))
            }
            Sort::Events => other.events.cmp(&self.events),
            Sort::Writes => other.writes.cmp(&self.writes),
            Sort::Denied => other.denied.cmp(&self.denied),
            Sort::Failed => other.failed.cmp(&self.failed),
            Sort::Rate => rate(other).cmp(&rate(self)),
            Sort::Last => other.last.cmp(&self.last),
            Sort::First => other.first.cmp(&self.first),
        }
    }
}

impl Ranking {
    /// Gathers what has changed; false where `stop` said so before the end.
    pub(crate) fn follow(
        &mut self,
        by: usize,
        asked: &Asked<'_>,
        numbers: &mut Numbers,
        stop: &mut dyn FnMut() -> bool,
    ) -> bool {
        let shown = asked.shown;
        let span = asked.span().or_else(|| Spread::of_shown(shown).span()).unwrap_or_default();
        let grid = Grid::over(span, STEPS).ending_here(STEPS);
        let is_there = |was: &Shown| {
            let at = shown.binary_search_by_key(&was.base(), Shown::base);
            at.is_ok_and(|at| shown[at].shows_same(was) && Arc::ptr_eq(&shown[at].kept, &was.kept))
        };
        if self.by != by || !self.ranked.values().all(is_there) || !self.slide(grid) {
            *self = Self { by, grid, ..Self::default() };
        }
        for one in shown {
            if self.ranked.contains_key(&one.base()) {
                continue;
            }
            self.add(one, numbers);
            self.ranked.insert(one.base(), one.clone());
            if stop() {
                return false;
            }
        }
        true
    }

    /// The ranking as it stands, without the strip below.
    pub(crate) fn top(&self, sort: Sort, numbers: &mut Numbers) -> Top {
        let column = RANKS[self.by].column;
        let by_text = numbers.by_text(column).iter().copied();
        let stat = |number: u32| self.stats.get(number as usize).filter(|stat| stat.events > 0);
        let mut found: Vec<(u32, &Stat)> = by_text
            .filter(|number| *number != ABSENT)
            .filter_map(|number| Some((number, stat(number)?)))
            .collect();
        let distinct = found.len();
        // Those that compare equal stay in the order of their texts.
        found.sort_by(|a, b| a.1.compare(b.1, sort));
        found.truncate(MOST_ROWS);
        let sources = self.sources(found.iter().map(|(number, _)| *number), numbers);
        let row = |number: u32, value, stat: &Stat| {
            let sources = sources.get(&number).copied().unwrap_or_default();
            stat.row(value, (numbers.text(Column::Ip, sources.most), sources.many))
        };
        let kinds = || self.kinds.len().to_string().into();
        let services = &self.services;
        let services = (services.events > 0).then(|| row(ABSENT, kinds(), services));
        Top {
            by: self.by,
            sort,
            rows: found
                .into_iter()
                .map(|(number, stat)| row(number, numbers.text(column, number), stat))
                .collect(),
            distinct,
            services,
            start: self.grid.start(),
            step: self.grid.length(),
            detail: None,
        }
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.stats.capacity() * size_of::<Stat>() + self.from.capacity() * 24
    }

    /// Moves the steps on, where they only move on; false where all has to be gathered again.
    fn slide(&mut self, grid: Grid) -> bool {
        if self.grid == grid {
            return true;
        }
        let by = usize::try_from(grid.first.saturating_sub(self.grid.first)).ok();
        let Some(by) = by.filter(|_| self.grid.step == grid.step && !self.is_cut) else {
            return false;
        };
        for stat in self.stats.iter_mut().chain([&mut self.services]) {
            let by = by.min(STEPS);
            stat.spark.copy_within(by.., 0);
            stat.spark[STEPS - by..].fill(0);
        }
        self.grid = grid;
        true
    }

    fn add(&mut self, one: &Shown, numbers: &mut Numbers) {
        let (part, column) = (&one.part, RANKS[self.by].column);
        let segment = &part.segment;
        let services = services(one, self.by);
        let mut rows = (*one.rows).clone();
        rows.minus(&services);
        let (verbs, results) = (class::verbs(part), class::results(part));
        let values = OfRows::of(part, column, numbers);
        let ips = OfRows::of(part, Column::Ip, numbers);
        self.stats.resize(numbers.len(column), Stat::default());
        let grid = self.grid;
        let end = grid.first.saturating_add(grid.len as i64);
        let mut pairs = Vec::with_capacity(rows.count());
        let mut is_cut = false;
        let mut add = |stat: &mut Stat, row: usize| {
            let number = grid.number(segment.time(row));
            is_cut |= number >= end;
            stat.add(verbs.row(row), results.row(row), segment.time(row), grid.place(number));
        };
        rows.each(|row| {
            let value = values.row(row);
            if value != ABSENT {
                add(&mut self.stats[value as usize], row);
                pairs.push(pair(value, ips.row(row)));
            }
        });
        services.each(|row| {
            add(&mut self.services, row);
            self.kinds.insert(values.row(row));
            pairs.push(pair(ABSENT, ips.row(row)));
        });
        self.is_cut |= is_cut;
        // Sorted, they are looked up once for each distinct pair.
        pairs.sort_unstable();
        for run in pairs.chunk_by(|a, b| a == b) {
            *self.from.entry(run[0]).or_default() += run.len() as u32;
        }
    }

    /// The sources of each of these values.
    fn sources(
        &self,
        values: impl Iterator<Item = u32>,
        numbers: &Numbers,
    ) -> HashMap<u32, Sources> {
        let mut found: HashMap<u32, Sources> =
            values.chain([ABSENT]).map(|number| (number, Sources::default())).collect();
        for (pair, n) in &self.from {
            let (value, ip) = ((pair >> 32) as u32, *pair as u32);
            let Some(sources) = found.get_mut(&value).filter(|_| ip != ABSENT) else { continue };
            sources.many += 1;
            let text = |ip| numbers.text(Column::Ip, ip);
            if *n > sources.rows || *n == sources.rows && text(ip) < text(sources.most) {
                (sources.most, sources.rows) = (ip, *n);
            }
        }
        found
    }
}

/// How many sources a value has, the most frequent one, and how many rows come from it.
#[derive(Debug, Clone, Copy, Default)]
struct Sources {
    many: usize,
    most: u32,
    rows: u32,
}

impl Stat {
    fn row(&self, value: Arc<str>, from: (Arc<str>, usize)) -> TopRow {
        TopRow {
            value,
            events: self.events.into(),
            writes: self.writes.into(),
            danger: self.danger.into(),
            denied: self.denied.into(),
            failed: self.failed.into(),
            from,
            first: self.first,
            last: self.last,
            spark: self.spark.map(u64::from),
        }
    }
}

/// The rows in which an AWS service acts on its own, where actors are ranked: they are told in one
/// row, also those that the noise filter hides.
pub(crate) fn services(shown: &Shown, by: usize) -> Bits {
    if RANKS[by].column != Column::Actor {
        return Bits::none(shown.part.segment.len());
    }
    let mut services = shown.part.rows_where(Column::Type, |kind| kind == SERVICE);
    services.and(&shown.kept);
    services
}

fn pair(value: u32, ip: u32) -> u64 {
    u64::from(value) << 32 | u64::from(ip)
}

/// A hasher for pairs of numbers that we gave ourselves, in the order of their coming.
#[derive(Debug, Default)]
struct Spreading(u64);

impl Hasher for Spreading {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, n: u64) {
        // An odd constant without a pattern; the upper half of the product depends on every bit.
        let spread = (self.0 ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ spread >> 32;
    }
}
