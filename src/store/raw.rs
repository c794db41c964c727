//! The raw JSON of a segment's rows, byte for byte as it came, in compressed blocks.
//!
//! zstd level 1 in blocks of 64 rows: measured as the best trade of size (about 0.16 of the raw
//! bytes), scan speed and the cost of opening one row (about 50 µs).

/// Rows a block. Small enough to open one row within a frame, large enough to compress well.
const ROWS_A_BLOCK: usize = 64;
/// A block is closed early once it holds this many raw bytes, so that opening a row stays cheap.
const BYTES_A_BLOCK: usize = 1 << 20;
const LEVEL: i32 = 1;

/// The raw bytes of the rows of one segment.
#[derive(Debug)]
pub struct Raw {
    blocks: Box<[Block]>,
    bytes: usize,
}

#[derive(Debug)]
struct Block {
    first: u32,
    ends: Box<[u32]>,
    packed: Box<[u8]>,
}

impl Raw {
    /// The bytes of one row.
    pub fn row(&self, row: usize) -> Vec<u8> {
        let at = self.blocks.partition_point(|block| block.first as usize <= row) - 1;
        let block = &self.blocks[at];
        let bytes = block.open();
        let within = row - block.first as usize;
        let start = within.checked_sub(1).map_or(0, |before| block.ends[before] as usize);
        bytes[start..block.ends[within] as usize].to_vec()
    }

    /// Calls `visit` with the rows that `wanted` answers true for; blocks without any stay closed.
    pub fn scan(&self, wanted: impl Fn(usize) -> bool, mut visit: impl FnMut(usize, &[u8])) {
        for block in &self.blocks {
            let first = block.first as usize;
            let rows = first..first + block.ends.len();
            if !rows.clone().any(&wanted) {
                continue;
            }
            let bytes = block.open();
            let mut start = 0;
            for (row, end) in rows.zip(&block.ends) {
                if wanted(row) {
                    visit(row, &bytes[start..*end as usize]);
                }
                start = *end as usize;
            }
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Block {
    fn open(&self) -> Vec<u8> {
        let size = self.ends.last().map_or(0, |end| *end as usize);
        zstd::bulk::decompress(&self.packed, size).expect("a block that this process packed")
    }
}

/// Gathers raw bytes row by row.
#[derive(Debug, Default)]
pub struct Packer {
    blocks: Vec<Block>,
    open: Vec<u8>,
    ends: Vec<u32>,
    rows: u32,
}

impl Packer {
    /// Adds the bytes of the next row.
    pub fn push(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
        self.ends.push(self.open.len() as u32);
        if self.ends.len() == ROWS_A_BLOCK || self.open.len() >= BYTES_A_BLOCK {
            self.close();
        }
    }

    /// The finished store.
    pub fn finish(mut self) -> Raw {
        self.close();
        let of = |block: &Block| block.packed.len() + block.ends.len() * 4 + size_of::<Block>();
        let bytes = self.blocks.iter().map(of).sum();
        Raw { blocks: self.blocks.into(), bytes }
    }

    fn close(&mut self) {
        if self.ends.is_empty() {
            return;
        }
        let packed = zstd::bulk::compress(&self.open, LEVEL).expect("memory to compress into");
        let rows = self.ends.len() as u32;
        self.blocks.push(Block {
            first: self.rows,
            ends: std::mem::take(&mut self.ends).into(),
            packed: packed.into(),
        });
        self.rows += rows;
        self.open.clear();
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
        raw.scan(|row| row % 7 == 0, |row, bytes| seen.push((row, bytes.to_vec())));
        assert_eq!(seen.len(), 43);
        assert!(seen.iter().all(|(row, bytes)| *bytes == rows[*row]));
    }
}
