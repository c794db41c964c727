//! A set of rows of one segment, one bit a row.

/// One bit a row; operations expect sets of the same length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// No row of `len`.
    pub fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Every row of `len`.
    pub fn all(len: usize) -> Self {
        let mut bits = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        bits.trim();
        bits
    }

    /// The rows for which `keep` answers true.
    pub fn by(len: usize, mut keep: impl FnMut(usize) -> bool) -> Self {
        let mut bits = Self::none(len);
        for (at, word) in bits.words.iter_mut().enumerate() {
            for bit in 0..64.min(len - at * 64) {
                *word |= u64::from(keep(at * 64 + bit)) << bit;
            }
        }
        bits
    }

    /// How many rows the set is about.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it is about no rows at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether no row is in the set.
    pub fn none_is_in(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether the row is in the set.
    pub fn has(&self, row: usize) -> bool {
        row < self.len && self.words[row / 64] >> (row % 64) & 1 == 1
    }

    /// Puts the row in.
    pub fn set(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
    }

    /// Puts the row in or takes it out.
    pub fn put(&mut self, row: usize, on: bool) {
        self.words[row / 64] &= !(1 << (row % 64));
        self.words[row / 64] |= u64::from(on) << (row % 64);
    }

    /// How many rows are in the set.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Keeps what is in both.
    pub fn and(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
    }

    /// Keeps what is in either.
    pub fn or(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    /// Takes out what is in the other.
    pub fn minus(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= !b);
    }

    /// Keeps what was not in.
    pub fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
    }

    /// The rows in the set, ascending.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros() as usize;
                    left &= left - 1;
                    at * 64 + bit
                })
            })
        })
    }

    /// Calls `visit` with the rows in the set, ascending: quicker than [`Bits::rows`] where most
    /// rows are in.
    pub fn each(&self, mut visit: impl FnMut(usize)) {
        for (at, &word) in self.words.iter().enumerate() {
            let first = at * 64;
            if word == u64::MAX {
                (first..first + 64).for_each(&mut visit);
                continue;
            }
            let mut left = word;
            while left != 0 {
                visit(first + left.trailing_zeros() as usize);
                left &= left - 1;
            }
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.words.len() * 8
    }

    fn trim(&mut self) {
        if let (Some(last), used @ 1..) = (self.words.last_mut(), self.len % 64) {
            *last &= (1 << used) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behaves_as_a_set() {
        for len in [0, 1, 63, 64, 65, 200] {
            let thirds = Bits::by(len, |row| row % 3 == 0);
            let mut rest = thirds.clone();
            rest.invert();
            assert_eq!(thirds.count() + rest.count(), len);
            assert!(rest.rows().all(|row| row % 3 != 0 && row < len));
            let mut both = thirds.clone();
            both.and(&rest);
            assert_eq!(both, Bits::none(len));
            both.or(&thirds);
            let mut none = thirds.clone();
            none.minus(&both);
            assert_eq!(none, Bits::none(len));
            both.or(&rest);
            let mut visited = vec![];
            both.each(|row| visited.push(row));
            thirds.each(|row| visited.push(row));
            assert!(visited.into_iter().eq(both.rows().chain(thirds.rows())));
            assert_eq!(both, Bits::all(len));
        }
    }
}
