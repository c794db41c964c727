//! Counting events by the values of keys.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::export::column::Chosen;
use crate::store::bits::Bits;
use crate::store::dict::Coded;
use crate::store::snapshot::Part;

/// The most pairs of values one event adds: a record of two long arrays is an attack.
const MAX_PAIRS: usize = 100_000;

/// How often each value, or each pair of values, was seen.
///
/// Values are kept under keys whose bytes sort as the values do, so that a part that does not fit
/// in memory can be drained, sorted and merged elsewhere.
#[derive(Debug, Default)]
pub struct Counts {
    seen: HashMap<Box<[u8]>, u64>,
    bytes: usize,
}

impl Counts {
    /// Counts one event: each value of the first key with each of the second, if there is one.
    pub fn add(&mut self, values: &[Vec<Cow<'_, str>>]) {
        match values {
            [only] => {
                for value in only {
                    self.bump(&key(&[value]), 1);
                }
            }
            [first, second] => {
                let pairs = first.iter().flat_map(|a| second.iter().map(move |b| (a, b)));
                for (a, b) in pairs.take(MAX_PAIRS) {
                    self.bump(&key(&[a, b]), 1);
                }
            }
            _ => {}
        }
    }

    /// Counts rows of a part by keys that are one column each, value by value instead of row by row.
    /// No row of the part may show another body than its own.
    pub fn add_coded(&mut self, part: &Part, rows: &Bits, keys: &[Chosen]) {
        let columns: Vec<&Coded> =
            keys.iter().flat_map(Chosen::columns).map(|of| part.segment.column(*of)).collect();
        let text = |column: &Coded, code: u32| match column.dict.text(code as u16) {
            "" => "-".to_owned(),
            text => text.to_owned(),
        };
        let code = |column: &Coded, row: usize| u32::from(column.codes[row]);
        match columns[..] {
            [only] => {
                let mut counts = vec![0u64; only.dict.len()];
                rows.rows().for_each(|row| counts[code(only, row) as usize] += 1);
                for (code, count) in (0..).zip(counts).filter(|(_, count)| *count > 0) {
                    self.bump(&key(&[&text(only, code)]), count);
                }
            }
            [first, second] => {
                let mut counts: HashMap<u32, u64> = HashMap::new();
                for row in rows.rows() {
                    let pair = code(first, row) << 16 | code(second, row);
                    *counts.entry(pair).or_default() += 1;
                }
                for (pair, count) in counts {
                    let texts = (text(first, pair >> 16), text(second, pair & 0xffff));
                    self.bump(&key(&[&texts.0, &texts.1]), count);
                }
            }
            _ => {}
        }
    }

    fn bump(&mut self, key: &[u8], by: u64) {
        if let Some(count) = self.seen.get_mut(key) {
            *count += by;
        } else {
            self.bytes += key.len() + 64;
            self.seen.insert(key.into(), by);
        }
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes every count out, in no order.
    pub fn drain(&mut self) -> impl Iterator<Item = (Box<[u8]>, u64)> + '_ {
        self.bytes = 0;
        self.seen.drain()
    }
}

/// A key that sorts as its values do, value by value: zero bytes are escaped, values end by two.
fn key(values: &[&str]) -> Vec<u8> {
    let mut key = Vec::with_capacity(values.iter().map(|value| value.len() + 2).sum());
    for value in values {
        for part in value.as_bytes().split_inclusive(|byte| *byte == 0) {
            key.extend_from_slice(part);
            if part.ends_with(b"\0") {
                key.push(1);
            }
        }
        key.extend_from_slice(b"\0\0");
    }
    key
}

/// The values of a key.
pub fn values(key: &[u8]) -> Vec<String> {
    let mut values = vec![];
    let mut value = vec![];
    let mut bytes = key.iter();
    while let Some(&byte) = bytes.next() {
        match (byte, if byte == 0 { bytes.next() } else { None }) {
            (0, Some(1)) | (1.., _) => value.push(byte),
            (0, _) => {
                values.push(String::from_utf8_lossy(&value).into_owned());
                value.clear();
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_values_and_give_them_back() {
        let mut pairs = vec![];
        for a in ["", "a", "a\0", "a\0b", "a\u{1}", "ab", "é"] {
            for b in ["", "\0", "x"] {
                pairs.push((a, b));
            }
        }
        let mut by_key = pairs.clone();
        by_key.sort_by_key(|(a, b)| key(&[a, b]));
        pairs.sort_unstable();
        assert_eq!(by_key, pairs);
        for (a, b) in pairs {
            assert_eq!(values(&key(&[a, b])), [a, b]);
        }
    }

    #[test]
    fn counts_pairs() {
        let mut counts = Counts::default();
        let value = |texts: &[&'static str]| texts.iter().map(|t| Cow::Borrowed(*t)).collect();
        counts.add(&[value(&["a", "b"]), value(&["x"])]);
        counts.add(&[value(&["a"]), value(&["x", "y"])]);
        let mut all: Vec<_> = counts.drain().map(|(key, n)| (values(&key), n)).collect();
        all.sort();
        let pair = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        assert_eq!(all, [(pair("a", "x"), 2), (pair("a", "y"), 1), (pair("b", "x"), 1)]);
        assert_eq!(counts.bytes(), 0);
    }
}
