//! The raw JSON of a segment's rows, byte for byte as it came, in compressed blocks.
//!
//! zstd level 1 in blocks of 256 rows: against blocks of 64 they are a sixth smaller, and opening one
//! row (about 0.2 ms) stays far below a frame.

use std::ops::Range;
use std::sync::OnceLock;

use zstd::bulk::{Compressor, Decompressor};

use crate::store::grams::Filter;

/// Rows a block.
const ROWS_A_BLOCK: usize = 256;
/// A block is closed early once it holds this many raw bytes, so that opening a row stays cheap.
const BYTES_A_BLOCK: usize = 1 << 20;
const LEVEL: i32 = 1;
/// A block of fewer rows is opened and packed with others when segments are joined.
const WORTH: usize = ROWS_A_BLOCK / 8;

/// The raw bytes of the rows of one segment.
#[derive(Debug)]
pub struct Raw {
    blocks: Box<[Block]>,
    filters: OnceLock<Box<[Filter]>>,
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Block {
    first: u32,
    ends: Box<[u32]>,
    bytes: Box<[u8]>,
    is_packed: bool,
}

impl Raw {
    /// The bytes of one row.
    pub fn row(&self, row: usize) -> Vec<u8> {
        let at = self.blocks.partition_point(|block| block.first as usize <= row) - 1;
        let block = &self.blocks[at];
        block.open(&mut Opener::default())[block.row(row)].to_vec()
    }

    /// Calls `visit` with the rows that `wanted` answers true for; blocks without any stay closed,
    /// and a block that is not `worth` it, by its runs or by its bytes, is passed over.
    pub fn scan(
        &self,
        wanted: impl Fn(usize) -> bool,
        worth: impl Fn(Glance<'_>) -> bool,
        mut visit: impl FnMut(usize, &[u8]),
    ) {
        let mut opener = Opener::default();
        let filters = self.filters.get();
        for (at, block) in self.blocks.iter().enumerate() {
            let runs = filters.map(|filters| Glance::Runs(&filters[at]));
            if !block.rows().any(&wanted) || runs.is_some_and(|runs| !worth(runs)) {
                continue;
            }
            let bytes = block.open(&mut opener);
            if !worth(Glance::Bytes(bytes)) {
                continue;
            }
            for row in block.rows().filter(|row| wanted(*row)) {
                visit(row, &bytes[block.row(row)]);
            }
        }
    }

    /// How many blocks there are.
    pub fn n_blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Finds the runs of some blocks from `first` on. Takes some 2 µs a row.
    pub fn runs(&self, first: usize, n: usize) -> Vec<Filter> {
        let mut opener = Opener::default();
        let blocks = self.blocks.iter().skip(first).take(n);
        blocks.map(|block| Filter::of(block.open(&mut opener))).collect()
    }

    /// Notes the runs of all blocks, in order: texts that occur nowhere are found to do so at once.
    pub fn note_runs(&self, runs: Vec<Filter>) {
        if runs.len() == self.blocks.len() {
            self.filters.get_or_init(|| runs.into());
        }
    }

    /// Whether the runs are noted.
    pub fn has_runs(&self) -> bool {
        self.filters.get().is_some()
    }

    /// Compresses what is not, once nobody has to read it soon. A block that will be joined with
    /// others stays as it is.
    pub fn pack(&mut self) {
        let mut zstd = None;
        for block in self.blocks.iter_mut().filter(|it| !it.is_packed && it.ends.len() >= WORTH) {
            let bytes = compress(&mut zstd, &block.bytes).into();
            self.bytes -= block.bytes.len();
            (block.bytes, block.is_packed) = (bytes, true);
            self.bytes += block.bytes.len();
        }
    }

    /// Bytes on the heap, those of runs that are not noted yet included.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// What is known of a block.
#[derive(Debug, Clone, Copy)]
pub enum Glance<'b> {
    /// The runs of its bytes, while it is closed.
    Runs(&'b Filter),
    /// The bytes of all its rows.
    Bytes(&'b [u8]),
}

/// What opening blocks one after another needs, made once.
#[derive(Default)]
struct Opener {
    zstd: Decompressor<'static>,
    buffer: Vec<u8>,
}

impl Block {
    fn open<'o>(&'o self, opener: &'o mut Opener) -> &'o [u8] {
        if !self.is_packed {
            return &self.bytes;
        }
        let size = self.ends.last().map_or(0, |end| *end as usize);
        opener.buffer.clear();
        opener.buffer.reserve(size);
        let unpacked = opener.zstd.decompress_to_buffer(&self.bytes[..], &mut opener.buffer);
        unpacked.expect("a block that this process packed");
        &opener.buffer
    }

    fn rows(&self) -> Range<usize> {
        let first = self.first as usize;
        first..first + self.ends.len()
    }

    fn row(&self, row: usize) -> Range<usize> {
        let within = row - self.first as usize;
        let start = within.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        start..self.ends[within] as usize
    }
}

/// The compressor of a packer, made once.
struct Zstd(Compressor<'static>);

impl std::fmt::Debug for Zstd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Zstd")
    }
}

fn compress(zstd: &mut Option<Zstd>, bytes: &[u8]) -> Vec<u8> {
    let make = || Zstd(Compressor::new(LEVEL).expect("memory to compress with"));
    zstd.get_or_insert_with(make).0.compress(bytes).expect("memory to compress into")
}

/// Gathers raw bytes row by row.
#[derive(Debug, Default)]
pub struct Packer {
    zstd: Option<Zstd>,
    blocks: Vec<Block>,
    open: Vec<u8>,
    ends: Vec<u32>,
    rows: u32,
    /// Whether blocks stay as they are: for rows that are read once and dropped.
    is_plain: bool,
}

impl Packer {
    /// A packer that compresses nothing.
    pub fn plain() -> Self {
        Self { is_plain: true, ..Self::default() }
    }

    /// Whether nothing is compressed.
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Adds the bytes of the next row.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.open.capacity() == 0 {
            // Records of one object are much alike, and a block that grows is copied again and again.
            self.open.reserve((bytes.len() * ROWS_A_BLOCK).min(BYTES_A_BLOCK));
        }
        self.open.extend_from_slice(bytes);
        self.ends.push(self.open.len() as u32);
        if self.ends.len() == ROWS_A_BLOCK || self.open.len() >= BYTES_A_BLOCK {
            self.close();
        }
    }

    /// Adds the bytes of these rows, in ascending order. A block that is taken whole is not opened.
    pub fn append(&mut self, from: &Raw, rows: &[usize]) {
        let mut rest = rows;
        let mut opener = Opener::default();
        for block in &from.blocks {
            let n = rest.partition_point(|row| *row < block.rows().end);
            let (here, later) = rest.split_at(n);
            rest = later;
            if here.len() == block.ends.len() && here.len() >= WORTH {
                self.close();
                self.blocks.push(Block { first: self.rows, ..block.clone() });
                self.rows += here.len() as u32;
            } else if !here.is_empty() {
                let bytes = block.open(&mut opener);
                for row in here {
                    self.push(&bytes[block.row(*row)]);
                }
            }
        }
    }

    /// The finished store.
    pub fn finish(mut self) -> Raw {
        self.close();
        let of = |block: &Block| {
            let text = block.ends.last().map_or(0, |end| *end as usize);
            block.bytes.len() + block.ends.len() * 4 + size_of::<Block>() + Filter::size(text)
        };
        let bytes = self.blocks.iter().map(of).sum();
        Raw { blocks: self.blocks.into(), filters: OnceLock::new(), bytes }
    }

    fn close(&mut self) {
        if self.ends.is_empty() {
            return;
        }
        let bytes = if self.is_plain {
            std::mem::take(&mut self.open)
        } else {
            let packed = compress(&mut self.zstd, &self.open);
            self.open.clear();
            packed
        };
        let ends: Box<[u32]> = std::mem::take(&mut self.ends).into();
        let first = self.rows;
        self.rows += ends.len() as u32;
        self.blocks.push(Block { first, ends, bytes: bytes.into(), is_packed: !self.is_plain });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_every_byte() {
        let rows: Vec<Vec<u8>> =
            (0..300u32).map(|n| vec![n as u8; (n as usize * 37) % 5000]).collect();
        let mut packer = Packer::default();
        for row in &rows {
            packer.push(row);
        }
        let raw = packer.finish();
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(raw.row(at), *row);
        }
        let mut seen = vec![];
        raw.scan(|row| row % 7 == 0, |_| true, |row, bytes| seen.push((row, bytes.to_vec())));
        assert_eq!(seen.len(), 43);
        assert!(seen.iter().all(|(row, bytes)| *bytes == rows[*row]));
    }

    #[test]
    fn rows_of_another_store_keep_their_bytes() {
        let rows: Vec<Vec<u8>> = (0..600u32).map(|n| vec![n as u8; n as usize]).collect();
        let store = |mut packer: Packer, rows: &[Vec<u8>]| {
            for row in rows {
                packer.push(row);
            }
            packer.finish()
        };
        let plain = || store(Packer::plain(), &rows);
        let mut later = plain();
        later.pack();
        assert!(later.bytes() < plain().bytes() / 5, "{} {}", later.bytes(), plain().bytes());
        for other in [store(Packer::default(), &rows), plain(), later] {
            let wanted: Vec<usize> = (0..600).filter(|row| !matches!(row, 270 | 590..)).collect();
            let mut packer = Packer::default();
            packer.push(b"first");
            packer.append(&other, &wanted);
            packer.push(b"last");
            let raw = packer.finish();
            assert_eq!((raw.row(0), raw.row(wanted.len() + 1)), (b"first".into(), b"last".into()));
            for (at, row) in wanted.iter().enumerate() {
                assert_eq!(raw.row(at + 1), rows[*row], "{row}");
            }
        }
    }
}
