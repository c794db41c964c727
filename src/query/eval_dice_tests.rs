//! Filters made by chance of what records hold.

use super::*;
use crate::query::eval::tests::oracle::{Ask, Like, Value};

/// A source of choices that is the same in every run.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }

    fn pick<'v, T>(&mut self, from: &'v [T]) -> &'v T {
        &from[self.below(from.len())]
    }

    /// Some part of a text, in some case; never empty if the text is not.
    fn part(&mut self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let start = self.below(chars.len());
        let size = 1 + self.below((chars.len() - start).min(12));
        let part: String = chars[start..(start + size).min(chars.len())].iter().collect();
        self.case(&part)
    }

    fn case(&mut self, text: &str) -> String {
        match self.below(3) {
            0 => text.to_ascii_uppercase(),
            1 => text.to_ascii_lowercase(),
            _ => text.to_owned(),
        }
    }

    fn like(&mut self, values: &[String], is_path: bool) -> Like {
        if values.is_empty() {
            return if self.below(2) == 0 { Like::Present } else { Like::Absent };
        }
        let value = self.pick(values).clone();
        let is_clean = value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'-' | b'_' | b'.'));
        match self.below(12) {
            0..=3 => Like::Text(self.case(&value)),
            4 => Like::Exact(value),
            5 => Like::Exact(self.case(&value)),
            6 if is_clean && value.is_ascii() => {
                let (from, to) = (self.below(value.len()), self.below(value.len()));
                let (from, to) = (from.min(to), from.max(to));
                let pattern = format!("{}*{}", &value[..from], &value[to..]);
                let is_glob = pattern != "*"
                    && pattern.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '*');
                if is_glob { Like::Glob(self.case(&pattern)) } else { Like::Present }
            }
            // The regex crate folds more than ASCII and takes no blank: product.md says so of blanks.
            7 if is_clean => Like::Regex(self.part(&value)),
            8 => {
                let letters: String = value.chars().filter(|_| self.below(3) == 0).collect();
                if letters.is_empty() { Like::Present } else { Like::Letters(letters) }
            }
            9 if is_path => Like::Above(self.below(5) as f64 - 1.5),
            10 => Like::Present,
            11 => Like::Absent,
            _ => Like::Text(self.part(&value)),
        }
    }

    pub(super) fn ask(&mut self, pool: &Pool, depth: usize) -> Ask {
        let some = |dice: &mut Self| {
            let n = 2 + dice.below(2);
            (0..n).map(|_| dice.ask(pool, depth + 1)).collect::<Vec<_>>()
        };
        match self.below(if depth < 3 { 12 } else { 9 }) {
            0..=2 => {
                let text = self.pick(&pool.texts).clone();
                Ask::Word(if self.below(3) == 0 { self.case(&text) } else { self.part(&text) })
            }
            3..=5 => {
                let (key, values) = &pool.keys[self.below(pool.keys.len())];
                let n = 1 + self.below(2);
                Ask::Key(key, (0..n).map(|_| self.like(values, false)).collect())
            }
            6..=7 => {
                let (names, values) = &pool.paths[self.below(pool.paths.len())];
                let names = names.iter().map(|name| self.case(name)).collect();
                let n = 1 + self.below(2);
                Ask::Path(names, (0..n).map(|_| self.like(values, true)).collect())
            }
            8 if self.below(2) == 0 => match self.below(4) {
                0 => {
                    let mut network =
                        *self.pick(&[[10, 1, 2, 3], [192, 168, 10, 20], [10, 8, 8, 10]]);
                    network[3] = self.below(256) as u8;
                    Ask::Net(network, self.below(33) as u32)
                }
                1 => Ask::Src(self.below(6)),
                2 => Ask::Flag(["mark", "late"][self.below(2)], self.below(2) == 0),
                _ => {
                    let sets = [
                        ("cat", "insight"),
                        ("cat", "management"),
                        ("result", "ok"),
                        ("result", "failed"),
                        ("result", "none"),
                        ("mfa", "yes"),
                        ("mfa", "no"),
                        ("verb", "R"),
                        ("verb", "W"),
                        ("verb", "D"),
                    ];
                    let (key, word) = *self.pick(&sets);
                    Ask::Set(key, word)
                }
            },
            8 => {
                let sign = *self.pick(&[">", ">=", "<", "<="]);
                let time = *self.pick(&pool.times);
                match self.below(3) {
                    0 => Ask::Clock("time", sign, time),
                    1 => Ask::Clock("age", sign, (NOW.0 - time).max(0)),
                    _ => Ask::Clock("lag", sign, self.below(11) as i64 * 30_000),
                }
            }
            9 => Ask::All(some(self)),
            10 => Ask::Any(some(self)),
            _ => Ask::No(Box::new(self.ask(pool, depth + 1))),
        }
    }
}

/// What there is to ask about.
pub(super) struct Pool {
    texts: Vec<String>,
    keys: Vec<(&'static str, Vec<String>)>,
    paths: Vec<(Vec<String>, Vec<String>)>,
    times: Vec<i64>,
}

impl Pool {
    pub(super) fn of(part: &Part, records: &[Value]) -> Self {
        let mut texts = vec![];
        for record in records {
            record.texts(&mut texts);
        }
        texts.retain(|text| !text.is_empty());
        texts.sort();
        texts.dedup();
        let mut keys = vec![];
        for field in FIELDS {
            // An address compares as an address, a set by its words: the table above tests them.
            let From::Columns(columns) = field.from else { continue };
            if matches!(field.kind, Kind::Word | Kind::Text) {
                let values = columns.iter().flat_map(|column| {
                    part.segment.column(*column).dict.values().skip(1).map(str::to_owned)
                });
                keys.push((field.name, values.collect()));
            }
        }
        let mut paths = vec![];
        for record in records {
            record.paths(&mut vec![], &mut paths);
        }
        paths.sort();
        paths.dedup();
        let paths = paths.into_iter().map(|names| {
            let mut ends = vec![];
            for record in records {
                record.ends(&names, &mut ends);
            }
            let scalars = ends.into_iter().filter_map(|end| match end {
                Value::Atom(text) | Value::Text(text) => Some(text),
                _ => None,
            });
            let scalars: Vec<String> = scalars.take(50).collect();
            (names, scalars)
        });
        let times = (0..part.segment.len()).map(|row| part.segment.time(row).0).collect();
        Self { texts, keys, paths: paths.collect(), times }
    }
}
