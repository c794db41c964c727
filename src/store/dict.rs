//! The interner: one dictionary per column per segment, so that strings leave with their segment.

use std::collections::HashMap;

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
#[derive(Debug, Default)]
pub struct Coder {
    codes: Vec<u16>,
    known: HashMap<Box<str>, u16>,
    text: String,
    ends: Vec<u32>,
}

impl Coder {
    /// Adds the value of the next row.
    pub fn push(&mut self, value: &str) {
        if self.ends.is_empty() {
            self.ends.push(0);
        }
        let code = if value.is_empty() {
            0
        } else if let Some(&code) = self.known.get(value) {
            code
        } else {
            let code = self.ends.len() as u16;
            self.text.push_str(value);
            self.ends.push(self.text.len() as u32);
            self.known.insert(value.into(), code);
            code
        };
        self.codes.push(code);
    }

    /// The finished column.
    pub fn finish(mut self) -> Coded {
        if self.ends.is_empty() {
            self.ends.push(0);
        }
        let dict = Dict { text: self.text.into(), ends: self.ends.into() };
        Coded { dict, codes: self.codes.into() }
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
}
