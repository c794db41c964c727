//! A baseline as lines of JSON: one for its head, then one for each actor and account. The text is
//! what `shell` keeps from one run to the next.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::detect::history::{History, Seen};
use crate::event::field::First;
use crate::event::time::{Millis, Timestamp};

/// The version of the lines.
const VERSION: u32 = 1;
/// Values that were not seen for so long are not kept.
pub const KEPT: Millis = Millis::hours(24 * 90);
/// The most resets that are remembered one by one.
const RESETS: usize = 1000;
/// Stands for everybody in a reset.
const ALL: &str = "*";

/// What a file of lines begins with: what was forgotten on purpose, so that programs that still know
/// it do not bring it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the lines.
    baseline: u32,
    /// Counts up with every reset.
    pub resets: u64,
    /// Who was forgotten, `*` for all, and by which reset.
    forgotten: Vec<(String, u64)>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    subject: Box<str>,
    first: i64,
    last: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enough: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earliest: Vec<(i64, u32)>,
    #[serde(flatten)]
    values: BTreeMap<String, HashMap<Box<str>, Times>>,
}

/// First and last seen, and since when it worked.
type Times = (i64, i64, Option<i64>);

/// Everything that lines say: the head, and who is known.
pub type Lines = (Head, Known);

/// Histories by whose they are.
pub type Known = HashMap<Box<str>, History>;

impl Head {
    /// Notes that somebody was forgotten, or all.
    pub fn forget(&mut self, subject: Option<&str>) {
        self.resets += 1;
        let name = subject.unwrap_or(ALL);
        self.forgotten.retain(|(known, _)| known != name && subject.is_some());
        self.forgotten.push((name.to_owned(), self.resets));
        if self.forgotten.len() > RESETS {
            // Rather too much is forgotten than what somebody wanted to be.
            self.forgotten = vec![(ALL.to_owned(), self.resets)];
        }
    }

    /// Whether somebody was forgotten since the reset of this number.
    pub fn has_forgotten(&self, subject: &str, since: u64) -> bool {
        let is_meant = |name: &str| name == ALL || name == subject;
        self.forgotten.iter().any(|(name, number)| *number > since && is_meant(name))
    }
}

/// Reads lines; the error says which one is none.
pub fn read(text: &str) -> Result<Lines, String> {
    let mut lines = text.lines().enumerate();
    let wrong = |at: usize, why: &dyn std::fmt::Display| format!("line {}: {why}", at + 1);
    let Some((_, first)) = lines.next() else { return Err("it is empty".to_owned()) };
    let head: Head = serde_json::from_str(first).map_err(|why| wrong(0, &why))?;
    if head.baseline != VERSION {
        return Err(format!("it is of version {}, not {VERSION}", head.baseline));
    }
    let mut known = HashMap::new();
    for (at, line) in lines {
        let line: Line = serde_json::from_str(line).map_err(|why| wrong(at, &why))?;
        let (subject, history) = history(line);
        known.insert(subject, history);
    }
    Ok((head, known))
}

fn history(line: Line) -> (Box<str>, History) {
    let mut history = History::default();
    for (time, id) in line.earliest {
        history.count(Timestamp(time), || id);
    }
    history.suffice(Timestamp(line.first), line.enough.map(Timestamp));
    for (word, values) in line.values {
        let Some((kind, _)) = First::ALL.iter().find(|(_, known)| *known == word) else { continue };
        if *kind == First::Learning {
            continue;
        }
        for (value, (first, last, worked)) in values {
            let (first, last) = (Timestamp(first), Timestamp(last));
            history.see(
                *kind as usize,
                &value,
                Seen { first, worked: worked.map(Timestamp), last },
            );
        }
    }
    history.seen_until(Timestamp(line.last));
    (line.subject, history)
}

/// Writes lines of at most about `most` bytes: values that were not seen for 90 days before the newest
/// event are left out, and where there is no more room, whoever was seen longest ago.
pub fn write(head: &Head, known: &Known, most: usize) -> String {
    let newest = known.values().map(History::last).max().unwrap_or(Timestamp(0));
    let mut order: Vec<(&Box<str>, &History)> = known.iter().collect();
    order.sort_unstable_by_key(|(name, history)| (std::cmp::Reverse(history.last()), *name));
    let head = Head { baseline: VERSION, ..head.clone() };
    let mut text = serde_json::to_string(&head).unwrap_or_default();
    text.push('\n');
    for (name, history) in order {
        if history.last() < newest - KEPT {
            break;
        }
        let line = line(name, history, newest - KEPT);
        let line = serde_json::to_string(&line).unwrap_or_default();
        if text.len() + line.len() >= most {
            break;
        }
        text.extend([&line, "\n"]);
    }
    text
}

fn line(name: &str, history: &History, since: Timestamp) -> Line {
    let enough = history.enough();
    let earliest = match enough {
        Some(_) => vec![],
        None => history.earliest().iter().map(|(time, id)| (time.0, *id)).collect(),
    };
    let of = |kind: First| {
        let values = history.values(kind as usize).filter(|(_, seen)| seen.last >= since);
        let values = values.map(|(value, seen)| {
            let worked = seen.worked.map(|time| time.0);
            (value.into(), (seen.first.0, seen.last.0, worked))
        });
        values.collect::<HashMap<Box<str>, _>>()
    };
    let kinds = First::ALL.into_iter().filter(|(kind, _)| *kind != First::Learning);
    let values = kinds.map(|(kind, word)| (word.to_owned(), of(kind)));
    Line {
        subject: name.into(),
        first: history.first().0,
        last: history.last().0,
        enough: enough.map(|time| time.0),
        earliest,
        values: values.filter(|(_, values)| !values.is_empty()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp(hour * 3_600_000)
    }

    fn known(events: i64, last: i64) -> History {
        let mut history = History::default();
        for n in 0..events {
            history.count(at(last - n), || n as u32);
        }
        history.see(1, "198.51.100.7", Seen::at(at(last), false));
        history.see(1, "198.51.100.8", Seen::at(at(last), true));
        history.see(1, "old", Seen::at(at(last - 91 * 24), true));
        history
    }

    #[test]
    fn lines_say_what_was_learned_but_for_what_is_old() {
        let all: HashMap<Box<str>, History> = [
            ("few".into(), known(5, 5000)),
            ("gone".into(), known(5, 100)),
            ("many".into(), known(300, 5000)),
        ]
        .into();
        let mut head = Head::default();
        head.forget(Some("x"));
        let (read_head, mut read) = read(&write(&head, &all, usize::MAX)).unwrap();
        assert_eq!((read_head.resets, read.len()), (1, 2));
        let few = read.remove("few").unwrap();
        assert!(few.seen(1, "old").is_none() && few.enough().is_none());
        assert_eq!((few.earliest().len(), few.first(), few.last()), (5, at(4996), at(5000)));
        assert_eq!(few.seen(1, "198.51.100.7"), Some(Seen::at(at(5000), false)));
        assert_eq!(few.seen(1, "198.51.100.8"), Some(Seen::at(at(5000), true)));
        let many = read.remove("many").unwrap();
        assert_eq!((many.enough(), many.earliest().len()), (all["many"].enough(), 0));
        assert_eq!(many.learned(), all["many"].learned());
    }

    #[test]
    fn there_is_an_end_to_the_lines() {
        let all: HashMap<Box<str>, History> =
            (0..50).map(|n| (format!("s{n:02}").into(), known(3, 5000 + n))).collect();
        let text = write(&Head::default(), &all, 4000);
        assert!(text.len() <= 4000);
        let (_, read) = read(&text).unwrap();
        assert!(read.contains_key("s49") && !read.contains_key("s00"));
    }

    #[test]
    fn what_is_no_line_is_said_and_resets_are_remembered() {
        for (text, says) in [
            ("", "empty"),
            ("{", "line 1"),
            ("{\"baseline\":9,\"resets\":0,\"forgotten\":[]}\n", "version 9"),
            ("{\"baseline\":1,\"resets\":0,\"forgotten\":[]}\n{\"subject\":1}\n", "line 2"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
        let mut head = Head::default();
        head.forget(Some("a"));
        head.forget(Some("b"));
        assert!(head.has_forgotten("a", 0) && !head.has_forgotten("a", 1));
        head.forget(None);
        assert!(head.has_forgotten("c", 2) && !head.has_forgotten("c", 3));
        assert_eq!(head.forgotten.len(), 1);
        (0..=RESETS).for_each(|n| head.forget(Some(&format!("s{n}"))));
        assert!(head.has_forgotten("anybody", 3) && head.forgotten.len() <= RESETS);
    }
}
