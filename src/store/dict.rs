//! The interner: one dictionary per column per segment, so that strings leave with their segment.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// The distinct values of one column of one segment. Code 0 is always the empty string.
#[derive(Debug)]
pub struct Dict {
    text: Box<str>,
    ends: Box<[u32]>,
}

impl Dict {
    /// How many distinct values there are, the empty one included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Never: the empty string is always in.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The value of a code.
    pub fn text(&self, code: u16) -> &str {
        let end = self.ends[usize::from(code)] as usize;
        let start = code.checked_sub(1).map_or(0, |before| self.ends[usize::from(before)] as usize);
        &self.text[start..end]
    }

    /// Every value in the order of codes.
    pub fn values(&self) -> impl Iterator<Item = &str> + '_ {
        (0..self.ends.len()).map(|code| self.text(code as u16))
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * 4
    }
}

/// One column of a segment: a dictionary and a code for each row.
#[derive(Debug)]
pub struct Coded {
    /// The distinct values.
    pub dict: Dict,
    /// The value of each row.
    pub codes: Box<[u16]>,
}

impl Coded {
    /// The value of a row.
    pub fn text(&self, row: usize) -> &str {
        self.dict.text(self.codes[row])
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.dict.bytes() + self.codes.len() * 2
    }
}

/// Gathers the values of a column row by row. At most 65,535 rows.
#[derive(Debug)]
pub struct Coder {
    codes: Vec<u16>,
    /// Codes by the hash of their text.
    known: HashTable<u16>,
    hashes: foldhash::fast::RandomState,
    text: String,
    ends: Vec<u32>,
}

impl Default for Coder {
    fn default() -> Self {
        Self {
            codes: vec![],
            known: HashTable::new(),
            hashes: foldhash::fast::RandomState::default(),
            text: String::new(),
            ends: vec![0],
        }
    }
}

impl Coder {
    /// Adds the value of the next row.
    pub fn push(&mut self, value: &str) {
        let code = self.code(value);
        self.codes.push(code);
    }

    /// Adds the values of these rows of a finished column; each distinct value is looked up once.
    pub fn append(&mut self, from: &Coded, rows: impl Iterator<Item = usize>) {
        if from.dict.len() == 1 {
            self.codes.extend(rows.map(|_| 0));
            return;
        }
        let mut codes = vec![u16::MAX; from.dict.len()];
        codes[0] = 0;
        for row in rows {
            let theirs = from.codes[row];
            let ours = &mut codes[usize::from(theirs)];
            if *ours == u16::MAX {
                *ours = self.code(from.dict.text(theirs));
            }
            self.codes.push(*ours);
        }
    }

    /// The finished column.
    pub fn finish(self) -> Coded {
        let dict = Dict { text: self.text.into(), ends: self.ends.into() };
        Coded { dict, codes: self.codes.into() }
    }

    fn code(&mut self, value: &str) -> u16 {
        if value.is_empty() {
            return 0;
        }
        let Self { known, hashes, text, ends, .. } = self;
        let value_of = |code: u16| {
            let code = usize::from(code);
            &text[ends[code - 1] as usize..ends[code] as usize]
        };
        let entry = known.entry(
            hashes.hash_one(value),
            |code| value_of(*code) == value,
            |code| hashes.hash_one(value_of(*code)),
        );
        match entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                let code = ends.len() as u16;
                vacant.insert(code);
                text.push_str(value);
                ends.push(text.len() as u32);
                code
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_pushed() {
        let values = ["b", "", "a", "b", "é\u{202e}", ""];
        let mut coder = Coder::default();
        for value in values {
            coder.push(value);
        }
        let column = coder.finish();
        assert_eq!((0..values.len()).map(|row| column.text(row)).collect::<Vec<_>>(), values);
        assert_eq!(column.dict.values().collect::<Vec<_>>(), ["", "b", "a", "é\u{202e}"]);
    }

    #[test]
    fn rows_of_another_column_keep_their_values() {
        let of = |values: &[&str]| {
            let mut coder = Coder::default();
            for value in values {
                coder.push(value);
            }
            coder
        };
        let other = of(&["x", "", "b", "a", "x"]).finish();
        let mut coder = of(&["a", "b"]);
        coder.append(&other, [4, 1, 3].into_iter());
        coder.append(&of(&["", ""]).finish(), 0..2);
        let column = coder.finish();
        let rows: Vec<&str> = (0..column.codes.len()).map(|row| column.text(row)).collect();
        assert_eq!(rows, ["a", "b", "x", "", "a", "", ""]);
        assert_eq!(column.dict.len(), 4, "no value that no row has");
    }
}
