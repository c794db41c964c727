//! Rows that wait to be judged: who is behind a call may be told by a record that comes after it.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write as _};
use std::sync::Arc;

use tempfile::SpooledTempFile;

use crate::detect::baseline::Baseline;
use crate::engine::firsts;
use crate::event::field::Column;
use crate::event::read::Event;
use crate::event::time::Timestamp;
use crate::store::bits::Bits;
use crate::store::hits::{Hit, Named, Severity};
use crate::store::kin::{Changed, Kin};
use crate::store::news::Mark;
use crate::store::roots;
use crate::store::segment::{Birth, Builder, MAX_ROWS, RowId};
use crate::store::side::Side;
use crate::store::snapshot::Part;

/// Rules that rows turned out to meet once they had been taken away.
pub type Late = HashMap<RowId, Vec<Hit>>;

/// Rows that wait until everything was read. Beyond its memory they wait on disk.
#[derive(Debug)]
pub struct Waiting {
    rows: BufWriter<SpooledTempFile>,
    count: u64,
    names: Names,
    late: Late,
}

/// The rules that rows met, by the numbers they are put aside with.
#[derive(Debug, Default)]
struct Names(Vec<Arc<Named>>);

impl Names {
    fn code(&mut self, rule: &Arc<Named>) -> u16 {
        let at = self.0.iter().position(|known| Arc::ptr_eq(known, rule)).unwrap_or_else(|| {
            self.0.push(Arc::clone(rule));
            self.0.len() - 1
        });
        at as u16
    }
}

impl Waiting {
    /// Room for rows, of which about so many bytes are held in memory.
    pub fn new(memory: usize) -> Self {
        let rows = BufWriter::new(SpooledTempFile::new(memory));
        Self { rows, count: 0, names: Names::default(), late: Late::new() }
    }

    /// Notes which rules rows turned out to meet.
    pub fn learn(&mut self, late: &Late) {
        for (row, hits) in late {
            self.late.entry(*row).or_default().extend(hits.iter().cloned());
        }
    }

    /// Lets these rows of a part wait.
    pub fn push(&mut self, part: &Part, wanted: &Bits) -> io::Result<()> {
        let mut written = Ok(());
        part.scan_raw(
            |row| wanted.has(row),
            |_| true,
            |row, raw| {
                if written.is_ok() {
                    written = self.write(part, row, raw);
                }
            },
        );
        written
    }

    fn write(&mut self, part: &Part, row: usize, raw: &[u8]) -> io::Result<()> {
        let (segment, side) = (&part.segment, &part.side);
        let hits: Vec<&Hit> = side.hits().of(row).iter().map(|(_, hit)| hit).collect();
        let rules: Vec<u16> = hits.iter().map(|hit| self.names.code(&hit.rule)).collect();
        let out = &mut self.rows;
        out.write_all(&segment.id(row).0.to_le_bytes())?;
        out.write_all(&(hits.len() as u16).to_le_bytes())?;
        for (hit, rule) in hits.into_iter().zip(rules) {
            out.write_all(&rule.to_le_bytes())?;
            out.write_all(&[hit.severity as u8])?;
        }
        out.write_all(&segment.time(row).0.to_le_bytes())?;
        out.write_all(&segment.arrival(row).0.to_le_bytes())?;
        out.write_all(&side.flags(row).to_le_bytes())?;
        out.write_all(&[side.origins(row)])?;
        let texts = Column::ALL.iter().map(|column| part.text(row, *column).as_bytes());
        for text in texts.chain([raw]) {
            out.write_all(&(text.len() as u64).to_le_bytes())?;
            out.write_all(text)?;
        }
        self.count += 1;
        Ok(())
    }

    /// Gives back every row, in parts, in the order they came, with who is behind them by now.
    pub fn each<E: From<io::Error>>(
        self,
        learned: &Learned<'_>,
        mut take: impl FnMut(&Part) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut file = self.rows.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut rows = BufReader::new(file);
        let mut builder = Builder::passing();
        for _ in 0..self.count {
            read(&mut rows, &mut builder, (&self.names, &self.late))?;
            if builder.len() == MAX_ROWS {
                take(&finished(std::mem::replace(&mut builder, Builder::passing()), learned))?;
            }
        }
        if builder.is_empty() { Ok(()) } else { take(&finished(builder, learned)) }
    }
}

/// A part with who is behind its rows by now.
pub fn settled(part: &Part, kin: &Kin) -> Part {
    let mut side = (*part.side).clone();
    side.find_roots(&part.segment, kin);
    Part { segment: Arc::clone(&part.segment), side: Arc::new(side) }
}

/// Rows that waited, with all that is known of them in the end.
fn finished(builder: Builder, learned: &Learned<'_>) -> Part {
    let (segment, side) = builder.finish(RowId(0));
    let part = Part { segment: Arc::new(segment), side: Arc::new(side) };
    let mut part = settled(&part, learned.kin);
    if let Some(baseline) = learned.baseline {
        let marks = baseline.judge_rows(&part, 0..part.segment.len());
        let side = Arc::make_mut(&mut part.side);
        for (row, mark) in marks {
            side.set_new(row, mark);
        }
    }
    part
}

fn read(
    rows: &mut impl Read,
    builder: &mut Builder,
    (names, late): (&Names, &Late),
) -> io::Result<()> {
    fn bytes<const N: usize>(rows: &mut impl Read) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        rows.read_exact(&mut bytes).map(|()| bytes)
    }
    let id = RowId(u64::from_le_bytes(bytes(rows)?));
    let mut hits = late.get(&id).cloned().unwrap_or_default();
    for _ in 0..u16::from_le_bytes(bytes(rows)?) {
        let rule = usize::from(u16::from_le_bytes(bytes(rows)?));
        let [severity] = bytes(rows)?;
        let severity = Severity::ALL.get(usize::from(severity)).map(|(severity, _)| *severity);
        let hit = names.0.get(rule).zip(severity);
        hits.extend(hit.map(|(rule, severity)| Hit { rule: Arc::clone(rule), severity }));
    }
    let time = Timestamp(i64::from_le_bytes(bytes(rows)?));
    let arrival = Timestamp(i64::from_le_bytes(bytes(rows)?));
    let flags = u16::from_le_bytes(bytes(rows)?);
    let [origins] = bytes(rows)?;
    let mut text = || -> io::Result<Vec<u8>> {
        let mut text = vec![0; u64::from_le_bytes(bytes(rows)?) as usize];
        rows.read_exact(&mut text).map(|()| text)
    };
    let mut cells = [const { Cow::Borrowed("") }; Column::COUNT];
    for cell in &mut cells {
        *cell = String::from_utf8_lossy(&text()?).into_owned().into();
    }
    let event = Event { time: Some(time), flags, cells };
    // Rows that wait are known to be different events: nobody asks for their identity again.
    builder.push(&event, &text()?, Birth { time, arrival, identity: 0, flags, origins });
    let row = builder.len() - 1;
    for hit in hits {
        builder.hit(row, hit);
    }
    Ok(())
}

/// What has been learned since rows came in.
#[derive(Debug)]
pub struct Learned<'l> {
    /// Who issued what to whom.
    pub kin: &'l Kin,
    /// The keys and principals whose root may be another one.
    pub changed: &'l Changed,
    /// Rules that rows turned out to meet.
    pub late: &'l Late,
    /// What everybody is known to do; `None` where nobody asks.
    pub baseline: Option<&'l Baseline>,
    /// Times of rows of which something else may be new.
    pub moved: &'l BTreeSet<Timestamp>,
}

impl Learned<'_> {
    /// What is new by now of the rows of a part of which something else may be.
    fn news(&self, part: &Part) -> Vec<(usize, Mark)> {
        let Some(baseline) = self.baseline else { return vec![] };
        let rows = firsts::rows_at(part, self.moved).into_iter();
        rows.map(|row| (row, baseline.judge_row(part, row))).collect()
    }
}

/// Rows that were written nowhere yet and may match later, of a result that is written as events
/// arrive.
#[derive(Debug, Default)]
pub struct Undecided {
    parts: Vec<(Part, Bits)>,
}

impl Undecided {
    /// Lets these rows of a part wait for what is learned of who is behind them. The oldest make
    /// room beyond so many bytes; gives how many did.
    pub fn push(&mut self, part: Part, wanted: Bits, memory: usize) -> usize {
        if wanted.count() > 0 {
            self.parts.push((part, wanted));
        }
        let size = |(part, _): &(Part, Bits)| part.segment.bytes() + part.side.bytes();
        let mut held: usize = self.parts.iter().map(size).sum();
        let mut dropped = 0;
        while held > memory && self.parts.len() > 1 {
            let oldest = self.parts.remove(0);
            held -= size(&oldest);
            dropped += oldest.1.count();
        }
        dropped
    }

    /// Hands over the rows that match now, after links have come in; they wait no longer.
    pub fn renew<E>(
        &mut self,
        learned: &Learned<'_>,
        mut judge: impl FnMut(&Part) -> Bits,
        mut take: impl FnMut(&Part, &Bits) -> Result<(), E>,
    ) -> Result<(), E> {
        for (part, wanted) in &mut self.parts {
            let segment = &part.segment;
            let asks_roots = roots::concern(segment, learned.changed);
            let of_part = |row: &&RowId| segment.place(**row).is_some();
            let rows: Vec<RowId> = learned.late.keys().filter(of_part).copied().collect();
            let news = learned.news(part);
            if !asks_roots && rows.is_empty() && news.is_empty() {
                continue;
            }
            let side: &mut Side = Arc::make_mut(&mut part.side);
            for (row, mark) in news {
                side.set_new(row, mark);
            }
            if asks_roots {
                side.renew_roots(segment, learned.kin, learned.changed);
            }
            for id in rows {
                let place = segment.place(id).expect("rows of this part were chosen");
                learned.late[&id].iter().for_each(|hit| side.hit(place, hit.clone()));
            }
            let mut matches = judge(part);
            matches.and(wanted);
            wanted.minus(&matches);
            take(part, &matches)?;
        }
        self.parts.retain(|(_, wanted)| wanted.count() > 0);
        Ok(())
    }
}
