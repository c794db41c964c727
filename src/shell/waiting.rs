//! Rows that wait to be judged: who is behind a call may be told by a record that comes after it.

use std::borrow::Cow;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write as _};
use std::sync::Arc;

use tempfile::SpooledTempFile;

use crate::event::field::Column;
use crate::event::read::Event;
use crate::event::time::Timestamp;
use crate::store::bits::Bits;
use crate::store::kin::{Changed, Kin};
use crate::store::roots;
use crate::store::segment::{Birth, Builder, MAX_ROWS, RowId};
use crate::store::side::Side;
use crate::store::snapshot::Part;

/// Rows that wait until everything was read. Beyond its memory they wait on disk.
#[derive(Debug)]
pub struct Waiting {
    rows: BufWriter<SpooledTempFile>,
    count: u64,
}

impl Waiting {
    /// Room for rows, of which about so many bytes are held in memory.
    pub fn new(memory: usize) -> Self {
        Self { rows: BufWriter::new(SpooledTempFile::new(memory)), count: 0 }
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
        let out = &mut self.rows;
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
        kin: &Kin,
        mut take: impl FnMut(&Part) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut file = self.rows.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut rows = BufReader::new(file);
        let mut builder = Builder::passing();
        for _ in 0..self.count {
            read(&mut rows, &mut builder)?;
            if builder.len() == MAX_ROWS {
                take(&finished(std::mem::replace(&mut builder, Builder::passing()), kin))?;
            }
        }
        if builder.is_empty() { Ok(()) } else { take(&finished(builder, kin)) }
    }
}

/// A part with who is behind its rows by now.
pub fn settled(part: &Part, kin: &Kin) -> Part {
    let mut side = (*part.side).clone();
    side.find_roots(&part.segment, kin);
    Part { segment: Arc::clone(&part.segment), side: Arc::new(side) }
}

fn finished(builder: Builder, kin: &Kin) -> Part {
    let (segment, side) = builder.finish(RowId(0));
    settled(&Part { segment: Arc::new(segment), side: Arc::new(side) }, kin)
}

fn read(rows: &mut impl Read, builder: &mut Builder) -> io::Result<()> {
    fn bytes<const N: usize>(rows: &mut impl Read) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        rows.read_exact(&mut bytes).map(|()| bytes)
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
    Ok(())
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
        (kin, changed): (&Kin, &Changed),
        mut judge: impl FnMut(&Part) -> Bits,
        mut take: impl FnMut(&Part, &Bits) -> Result<(), E>,
    ) -> Result<(), E> {
        for (part, wanted) in &mut self.parts {
            if !roots::concern(&part.segment, changed) {
                continue;
            }
            let side: &mut Side = Arc::make_mut(&mut part.side);
            side.renew_roots(&part.segment, kin, changed);
            let mut matches = judge(part);
            matches.and(wanted);
            wanted.minus(&matches);
            take(part, &matches)?;
        }
        self.parts.retain(|(_, wanted)| wanted.count() > 0);
        Ok(())
    }
}
