//! Counting events by the values of keys.

use std::borrow::Cow;
use std::collections::HashMap;

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
                    self.bump(&key(&[value]));
                }
            }
            [first, second] => {
                let pairs = first.iter().flat_map(|a| second.iter().map(move |b| (a, b)));
                for (a, b) in pairs.take(MAX_PAIRS) {
                    self.bump(&key(&[a, b]));
                }
            }
            _ => {}
        }
    }

    fn bump(&mut self, key: &[u8]) {
        if let Some(count) = self.seen.get_mut(key) {
            *count += 1;
        } else {
            self.bytes += key.len() + 64;
            self.seen.insert(key.into(), 1);
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
