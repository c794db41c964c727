//! What `query` makes of the matching rows: the rows themselves in time order or as they arrive, a
//! number, or counts by key. Takes parts in arrival order and writes to whatever it is given; it
//! knows no source, no thread and no exit status.

use std::io::{self, Write};

use crate::cli::{Order, Output, Query};
use crate::event::field::{Column, Columns};
use crate::event::json::Json;
use crate::event::time::Timestamp;
use crate::export::column::{self, Chosen};
use crate::export::count::{self, Counts};
use crate::export::format::{self, Format, Page};
use crate::export::safe;
use crate::shell::spill::Sorter;
use crate::store::bits::Bits;
use crate::store::hits::Severity;
use crate::store::snapshot::{Part, RowRef};

/// What was asked for, settled.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The form of the result.
    pub format: Format,
    /// What becomes of the rows.
    pub shape: Shape,
    /// The first so many rows, or lines of counts.
    pub limit: Option<u64>,
    /// The width of the terminal the result is shown on, if it is one.
    pub terminal: Option<u16>,
    /// Bytes that may be held.
    pub memory: usize,
    /// The clock when the run began.
    pub now: Timestamp,
}

impl Wanted {
    /// The columns that the result is made of.
    pub fn columns(&self) -> Columns {
        self.shape.chosen().iter().fold(Columns::NONE, |set, chosen| set.and(chosen.columns()))
    }

    /// Whether the result says who is behind calls.
    pub fn asks_roots(&self) -> bool {
        self.shape.chosen().iter().any(Chosen::is_root)
    }

    /// Whether the result says which rules events met.
    pub fn asks_rules(&self) -> bool {
        self.shape.chosen().iter().any(Chosen::is_rule)
    }

    /// Whether the result says what events are the first ones to have.
    pub fn asks_news(&self) -> bool {
        self.shape.chosen().iter().any(Chosen::is_new)
    }

    /// Whether the result is made of raw records.
    pub fn reads_raw(&self) -> bool {
        let writes_records = matches!(self.format, Format::Ndjson | Format::Json)
            && matches!(self.shape, Shape::Sorted(_) | Shape::Arriving(_));
        writes_records || self.shape.chosen().iter().any(Chosen::is_path)
    }
}

/// What a result is made of, as it was asked for; the error is one sentence.
pub fn shape(typed: &Query) -> Result<Shape, String> {
    let read = |list: &str| column::parse(list).map_err(|error| error.to_string());
    if typed.count {
        return Ok(Shape::Number);
    }
    if let Some(keys) = &typed.by {
        let keys = read(keys)?;
        if keys.len() > 2 {
            return Err("--by takes one or two keys".to_owned());
        }
        return Ok(Shape::Counted(keys));
    }
    let is_records = matches!(typed.output, Output::Ndjson | Output::Json);
    if is_records && typed.columns.is_some() {
        return Err(
            "--columns goes with table, csv and md; ndjson and json are whole records".into()
        );
    }
    let columns = read(typed.columns.as_deref().unwrap_or(column::DEFAULT))?;
    match (typed.order, typed.reading.follow) {
        (Some(Order::Time), true) => {
            Err("--follow writes events as they arrive: it cannot go with --order time".into())
        }
        (Some(Order::Arrival), _) | (None, true) => Ok(Shape::Arriving(columns)),
        (Some(Order::Time) | None, false) => Ok(Shape::Sorted(columns)),
    }
}

/// The form that a result is written in.
pub fn format(output: Output) -> Format {
    match output {
        Output::Table => Format::Table,
        Output::Ndjson => Format::Ndjson,
        Output::Json => Format::Json,
        Output::Csv => Format::Csv,
        Output::Md => Format::Md,
    }
}

impl Shape {
    fn chosen(&self) -> &[Chosen] {
        match self {
            Self::Sorted(chosen) | Self::Arriving(chosen) | Self::Counted(chosen) => chosen,
            Self::Number => &[],
        }
    }
}

/// What becomes of the matching rows.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Written in the order of time.
    Sorted(Vec<Chosen>),
    /// Written as they arrive.
    Arriving(Vec<Chosen>),
    /// Only their number.
    Number,
    /// Counted by the values of one or two keys.
    Counted(Vec<Chosen>),
}

/// Why nothing more can be written.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Nobody reads any more.
    #[error("nobody reads the output")]
    Closed,
    /// The output takes no more.
    #[error("cannot write the result: {0}")]
    Output(io::Error),
    /// What memory does not hold could not be put aside.
    #[error("cannot sort the result: {0}")]
    Spill(io::Error),
}

/// A result in the making.
#[derive(Debug)]
pub struct Report<W: Write> {
    out: W,
    page: Page,
    shape: Shape,
    limit: Option<u64>,
    now: Timestamp,
    memory: usize,
    sorter: Sorter,
    counts: Counts,
    matched: u64,
    written: u64,
    has_head: bool,
    severity: Option<Severity>,
}

impl<W: Write> Report<W> {
    /// An empty result.
    pub fn new(wanted: Wanted, out: W) -> Self {
        let header = match &wanted.shape {
            Shape::Sorted(columns) | Shape::Arriving(columns) => names(columns),
            Shape::Number => vec![],
            Shape::Counted(keys) => {
                [format::COUNT.to_owned()].into_iter().chain(names(keys)).collect()
            }
        };
        let sorter = match wanted.shape {
            Shape::Sorted(_) => Sorter::new(wanted.memory).keep_first(wanted.limit),
            _ => Sorter::new(wanted.memory / 2),
        };
        Self {
            out,
            page: Page::new(wanted.format, header, wanted.terminal),
            shape: wanted.shape,
            limit: wanted.limit,
            now: wanted.now,
            memory: wanted.memory,
            sorter,
            counts: Counts::default(),
            matched: 0,
            written: 0,
            has_head: false,
            severity: None,
        }
    }

    /// How many rows matched so far.
    pub fn matched(&self) -> u64 {
        self.matched
    }

    /// The highest severity of the rules that matching rows met.
    pub fn severity(&self) -> Option<Severity> {
        self.severity
    }

    /// Whether every row that will ever be written is written.
    pub fn is_full(&self) -> bool {
        matches!(self.shape, Shape::Arriving(_)) && self.limit.is_some_and(|n| self.written >= n)
    }

    /// Takes the matching rows of the next part. Rows that are written as they arrive are written
    /// and flushed before this returns.
    pub fn take(&mut self, part: &Part, matches: &Bits) -> Result<(), Stop> {
        let count = matches.count() as u64;
        self.matched += count;
        let hits = part.side.hits().iter().filter(|(row, _)| matches.has(*row));
        self.severity = hits.map(|(_, hit)| Some(hit.severity)).fold(self.severity, Option::max);
        if count == 0 || self.is_full() {
            return Ok(());
        }
        let rows = || matches.rows().map(|row| RowRef { part, row });
        match &self.shape {
            Shape::Number => Ok(()),
            Shape::Counted(keys) if part.side.bettered().next().is_none() && is_coded(keys) => {
                self.counts.add_coded(part, matches, keys);
                if self.counts.bytes() > self.memory / 2 { self.spill_counts() } else { Ok(()) }
            }
            Shape::Counted(keys) if !keys.iter().any(Chosen::is_path) => {
                rows().try_for_each(|row| self.count(row, &[]))
            }
            Shape::Counted(_) => each(part, matches, &mut |row, raw| self.count(row, raw)),
            Shape::Sorted(columns) if !self.needs_raw(columns) => {
                rows().try_for_each(|row| self.hold(row, &[]))
            }
            Shape::Sorted(_) => each(part, matches, &mut |row, raw| self.hold(row, raw)),
            Shape::Arriving(columns) => {
                let columns = columns.clone();
                let mut kept = vec![];
                each(part, matches, &mut |row, raw| {
                    kept.push(self.page.event(row, raw, &columns, self.now));
                    Ok(())
                })?;
                self.write_batch(&kept)
            }
        }
    }

    /// Writes what was held and what ends the result.
    pub fn finish(mut self) -> Result<(), Stop> {
        match &self.shape {
            Shape::Number => {
                let line = format!("{}\n", self.matched);
                self.put(line.as_bytes())?;
            }
            Shape::Counted(keys) => {
                let n_keys = keys.len();
                self.finish_counts(n_keys)?;
            }
            Shape::Sorted(_) => {
                self.head()?;
                let sorter = std::mem::replace(&mut self.sorter, Sorter::new(0));
                self.drain(sorter, |_, body| body)?;
            }
            Shape::Arriving(_) => self.head()?,
        }
        if !matches!(self.shape, Shape::Number) {
            let tail = self.page.tail();
            self.put(tail)?;
        }
        self.out.flush().map_err(output)
    }

    /// Writes a text instead of what was gathered.
    pub fn write(mut self, text: &str) -> Result<(), Stop> {
        self.put(text.as_bytes())?;
        self.out.flush().map_err(output)
    }

    fn needs_raw(&self, columns: &[Chosen]) -> bool {
        self.page.is_records() || columns.iter().any(Chosen::is_path)
    }

    fn hold(&mut self, row: RowRef<'_>, raw: &[u8]) -> Result<(), Stop> {
        let Shape::Sorted(columns) = &self.shape else { return Ok(()) };
        let body = self.page.event(row, raw, columns, self.now);
        self.sorter.push(order_key(row), body).map_err(Stop::Spill)
    }

    fn count(&mut self, row: RowRef<'_>, raw: &[u8]) -> Result<(), Stop> {
        let Shape::Counted(keys) = &self.shape else { return Ok(()) };
        let text = String::from_utf8_lossy(raw);
        let values: Vec<_> =
            keys.iter().map(|key| key.counted(row, Json::of(&text), self.now)).collect();
        self.counts.add(&values);
        if self.counts.bytes() > self.memory / 2 { self.spill_counts() } else { Ok(()) }
    }

    fn spill_counts(&mut self) -> Result<(), Stop> {
        for (key, count) in self.counts.drain() {
            let body = count.to_be_bytes().to_vec();
            self.sorter.push(key.into_vec(), body).map_err(Stop::Spill)?;
        }
        Ok(())
    }

    /// Adds up what was counted in parts, sorts it by number and then by value, and writes it.
    fn finish_counts(&mut self, n_keys: usize) -> Result<(), Stop> {
        self.spill_counts()?;
        let by_value = std::mem::replace(&mut self.sorter, Sorter::new(0));
        let mut ranked = Ranked {
            sorter: Sorter::new(self.memory / 2).keep_first(self.limit),
            current: vec![],
            count: 0,
        };
        by_value
            .finish(&mut |key, body| ranked.add(key, &body).map(|()| true))
            .and_then(|()| ranked.flush())
            .map_err(Stop::Spill)?;
        if self.page.is_plain() {
            return self.drain_lines(ranked.sorter);
        }
        // Widths and quotes belong to the page, so the lines are made as they are written.
        self.head()?;
        let mut page = self.page.clone();
        self.drain(ranked.sorter, move |key, _| {
            let (count, values) = unrank(key);
            let cells: Vec<String> =
                std::iter::once(count.to_string()).chain(values).take(n_keys + 1).collect();
            page.cells(&cells)
        })
    }

    /// `COUNT<TAB>VALUE[<TAB>VALUE]`
    fn drain_lines(&mut self, sorter: Sorter) -> Result<(), Stop> {
        let mut failed = None;
        let done = sorter.finish(&mut |key, _| {
            let (count, values) = unrank(key);
            let mut line = count.to_string();
            for value in &values {
                line.push('\t');
                line.push_str(&safe::cell(value));
            }
            line.push('\n');
            failed = self.put(line.as_bytes()).err();
            Ok(failed.is_none())
        });
        failed.map_or(done.map_err(Stop::Spill), Err)
    }

    fn drain(
        &mut self,
        sorter: Sorter,
        mut line: impl FnMut(&[u8], Vec<u8>) -> Vec<u8>,
    ) -> Result<(), Stop> {
        let mut failed = None;
        let mut out = vec![];
        let done = sorter.finish(&mut |key, body| {
            out.clear();
            self.page.row(&line(key, body), &mut out);
            failed = self.put(&out).err();
            Ok(failed.is_none())
        });
        failed.map_or(done.map_err(Stop::Spill), Err)
    }

    fn write_batch(&mut self, kept: &[Vec<u8>]) -> Result<(), Stop> {
        self.head()?;
        let left = self.limit.map_or(u64::MAX, |limit| limit - self.written);
        let mut out = vec![];
        for row in kept.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            self.page.row(row, &mut out);
            self.written += 1;
        }
        self.put(&out)?;
        self.out.flush().map_err(output)
    }

    fn head(&mut self) -> Result<(), Stop> {
        if self.has_head {
            return Ok(());
        }
        self.has_head = true;
        let head = self.page.head();
        self.put(&head)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.out.write_all(bytes).map_err(output)
    }
}

/// Whether each key is one column.
fn is_coded(keys: &[Chosen]) -> bool {
    keys.iter().all(|key| key.columns().len() == 1)
}

fn names(columns: &[Chosen]) -> Vec<String> {
    columns.iter().map(|column| column.name().to_owned()).collect()
}

fn output(error: io::Error) -> Stop {
    if error.kind() == io::ErrorKind::BrokenPipe { Stop::Closed } else { Stop::Output(error) }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Spill(error)
    }
}

/// Takes a row and its raw record.
type Visit<'v> = dyn FnMut(RowRef<'_>, &[u8]) -> Result<(), Stop> + 'v;

/// Visits the matching rows with their raw records; each compressed block is opened once.
fn each(part: &Part, matches: &Bits, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let mut result = Ok(());
    part.scan_raw(
        |row| matches.has(row),
        |_| true,
        |row, raw| {
            if result.is_ok() {
                result = visit(RowRef { part, row }, raw);
            }
        },
    );
    result
}

/// Bytes that sort as (event time, eventID).
fn order_key(row: RowRef<'_>) -> Vec<u8> {
    let time = row.time().0.cast_unsigned() ^ (1 << 63);
    let id = row.text(Column::Id);
    [&time.to_be_bytes()[..], id.as_bytes()].concat()
}

/// Counts on their way from the order of values to the order of numbers.
struct Ranked {
    sorter: Sorter,
    current: Vec<u8>,
    count: u64,
}

impl Ranked {
    fn add(&mut self, key: &[u8], body: &[u8]) -> io::Result<()> {
        if key != self.current {
            self.flush()?;
            self.current = key.to_vec();
        }
        self.count += body.try_into().map_or(0, u64::from_be_bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.count > 0 {
            let key = [&(u64::MAX - self.count).to_be_bytes()[..], &self.current].concat();
            self.sorter.push(key, vec![])?;
        }
        self.count = 0;
        Ok(())
    }
}

fn unrank(key: &[u8]) -> (u64, Vec<String>) {
    let (count, values) = key.split_at(key.len().min(8));
    let count = count.try_into().map_or(0, |bytes| u64::MAX - u64::from_be_bytes(bytes));
    (count, count::values(values))
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
