//! Sorting more than memory holds: entries are gathered up to a limit, written out sorted to
//! unnamed temporary files beyond it, and merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, Write as _};

/// Runs that are merged into one when there are so many, so that open files stay few.
const MAX_RUNS: usize = 64;
/// What an entry costs beside its bytes: two vectors and the rounding of the allocator.
const ENTRY: usize = 80;

/// An entry: sorted by the bytes of its key, ties in the order they were pushed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: Vec<u8>,
    number: u64,
    body: Vec<u8>,
}

/// Takes a key and its body; answers whether it wants more.
pub type Give<'g> = dyn FnMut(&[u8], Vec<u8>) -> io::Result<bool> + 'g;

/// Gathers entries and gives them back sorted.
#[derive(Debug)]
pub struct Sorter {
    limit: usize,
    keep: Option<usize>,
    held: Vec<Entry>,
    bytes: usize,
    runs: Vec<File>,
    pushed: u64,
}

impl Sorter {
    /// A sorter that holds about `limit` bytes in memory.
    pub fn new(limit: usize) -> Self {
        Self { limit, keep: None, held: vec![], bytes: 0, runs: vec![], pushed: 0 }
    }

    /// Gives back only the first `n` entries; what cannot be among them is dropped early.
    #[must_use]
    pub fn keep_first(mut self, n: Option<u64>) -> Self {
        self.keep = n.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        self
    }

    /// Adds an entry.
    pub fn push(&mut self, key: Vec<u8>, body: Vec<u8>) -> io::Result<()> {
        self.bytes += key.len() + body.len() + ENTRY;
        self.held.push(Entry { key, number: self.pushed, body });
        self.pushed += 1;
        if let Some(keep) = self.keep
            && self.held.len() >= keep.saturating_mul(2).saturating_add(1024)
        {
            self.trim(keep);
        }
        if self.bytes > self.limit { self.spill() } else { Ok(()) }
    }

    /// Hands out the entries in order, key and body, until `give` answers `false`.
    pub fn finish(mut self, give: &mut Give<'_>) -> io::Result<()> {
        let mut left = self.keep.unwrap_or(usize::MAX);
        let mut take = |entry: Entry| -> io::Result<bool> {
            let goes_on = left > 0 && give(&entry.key, entry.body)?;
            left = left.saturating_sub(1);
            Ok(goes_on && left > 0)
        };
        self.held.sort_unstable();
        if self.runs.is_empty() {
            for entry in self.held {
                if !take(entry)? {
                    break;
                }
            }
            return Ok(());
        }
        self.spill()?;
        merge(self.runs, &mut take)
    }

    fn trim(&mut self, keep: usize) {
        self.held.sort_unstable();
        self.held.truncate(keep);
        self.bytes = self.held.iter().map(|e| e.key.len() + e.body.len() + ENTRY).sum();
    }

    /// Writes what is held as one sorted run.
    fn spill(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        self.held.sort_unstable();
        let mut run = Run::create()?;
        for entry in self.held.drain(..) {
            run.write(&entry)?;
        }
        self.bytes = 0;
        self.runs.push(run.finish()?);
        if self.runs.len() >= MAX_RUNS {
            let mut whole = Run::create()?;
            merge(std::mem::take(&mut self.runs), &mut |entry| whole.write(&entry).map(|()| true))?;
            self.runs.push(whole.finish()?);
        }
        Ok(())
    }
}

/// A run being written.
struct Run(BufWriter<File>);

impl Run {
    fn create() -> io::Result<Self> {
        let file = tempfile::tempfile().map_err(|error| {
            io::Error::new(error.kind(), format!("cannot sort beyond --memory: {error}"))
        })?;
        Ok(Self(BufWriter::with_capacity(1 << 16, file)))
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        for length in [entry.number, entry.key.len() as u64, entry.body.len() as u64] {
            self.0.write_all(&length.to_le_bytes())?;
        }
        self.0.write_all(&entry.key)?;
        self.0.write_all(&entry.body)
    }

    fn finish(self) -> io::Result<File> {
        let mut file = self.0.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

/// Hands out the entries of sorted runs in order, until `give` answers `false`.
fn merge(runs: Vec<File>, give: &mut dyn FnMut(Entry) -> io::Result<bool>) -> io::Result<()> {
    let mut readers: Vec<_> =
        runs.into_iter().map(|run| BufReader::with_capacity(1 << 16, run)).collect();
    let mut heads = BinaryHeap::new();
    for (at, reader) in readers.iter_mut().enumerate() {
        if let Some(entry) = read(reader)? {
            heads.push(Reverse((entry, at)));
        }
    }
    while let Some(Reverse((entry, at))) = heads.pop() {
        if !give(entry)? {
            break;
        }
        if let Some(next) = read(&mut readers[at])? {
            heads.push(Reverse((next, at)));
        }
    }
    Ok(())
}

fn read(run: &mut BufReader<File>) -> io::Result<Option<Entry>> {
    if run.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut number = || -> io::Result<u64> {
        let mut bytes = [0; 8];
        run.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    };
    let (order, key, body) = (number()?, number()?, number()?);
    let mut bytes = |len: u64| -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; len as usize];
        run.read_exact(&mut bytes)?;
        Ok(bytes)
    };
    Ok(Some(Entry { key: bytes(key)?, number: order, body: bytes(body)? }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(limit: usize, keep: Option<u64>, entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<Vec<u8>> {
        let mut sorter = Sorter::new(limit).keep_first(keep);
        for (key, body) in entries {
            sorter.push(key.clone(), body.clone()).unwrap();
        }
        let mut out = vec![];
        sorter
            .finish(&mut |_, body| {
                out.push(body);
                Ok(true)
            })
            .unwrap();
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

        /// However little memory there is, the result is that of a stable sort.
        #[test]
        fn spilled_is_sorted_as_held(
            keys in prop::collection::vec(prop::collection::vec(0u8..4, 0..3), 0..300),
            limit in prop::sample::select(vec![0usize, 200, 1000, 5000, 1 << 20]),
            keep in prop::option::of(0u64..400),
        ) {
            let entries: Vec<_> =
                keys.into_iter().enumerate().map(|(n, key)| (key, n.to_string().into_bytes())).collect();
            let mut expected = entries.clone();
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            let expected: Vec<_> = expected
                .into_iter()
                .map(|entry| entry.1)
                .take(keep.map_or(usize::MAX, |keep| keep as usize))
                .collect();
            prop_assert_eq!(sorted(limit, keep, &entries), expected);
        }
    }
}
