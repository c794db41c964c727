//! Noise that was learned from a row: filters, each with an end, and the lines they are kept as. What
//! is learned hides neither failures nor dangerous writes, whatever its filter says.

use serde::{Deserialize, Serialize};

use crate::event::time::Timestamp;

/// The most lessons: each is one more question over every row.
pub const MOST: usize = 100;
/// The most bytes of a lesson's filter.
const MOST_BYTES: usize = 4_096;

/// One thing that is noise for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// The rows, in the filter language.
    pub filter: String,
    /// Until when, RFC 3339.
    pub until: String,
}

impl Lesson {
    /// These rows are noise until then.
    pub fn new(filter: String, until: Timestamp) -> Self {
        Self { filter, until: until.to_string() }
    }

    /// Whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        Timestamp::parse(&self.until).is_some_and(|until| now < until)
    }

    /// What it hides: of its rows those that worked and are no dangerous writes.
    pub fn hides(&self) -> String {
        format!("({}) -verb:D err:none", self.filter)
    }
}

/// A change of what is known, as it is kept: a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// This is noise.
    Learn(Lesson),
    /// What this filter says is no noise any more.
    Forget(String),
}

impl Change {
    /// The line that it is kept as.
    pub fn line(&self) -> String {
        let line = serde_json::to_string(self).expect("texts are always JSON");
        format!("{line}\n")
    }
}

/// What was learned, in the order it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned(Vec<Lesson>);

impl Learned {
    /// Takes a change. The error is a sentence.
    pub fn take(&mut self, change: &Change) -> Result<(), String> {
        match change {
            Change::Forget(filter) => self.0.retain(|lesson| lesson.filter != *filter),
            Change::Learn(lesson) => {
                let others = self.0.iter().filter(|it| it.filter != lesson.filter).count();
                if others >= MOST {
                    return Err(format!(
                        "{MOST} things were learned to be noise: forget one first"
                    ));
                }
                if lesson.filter.len() > MOST_BYTES {
                    return Err("the names of this row are too long to be learned".to_owned());
                }
                self.0.retain(|it| it.filter != lesson.filter);
                self.0.push(lesson.clone());
            }
        }
        Ok(())
    }

    /// The lessons that hold.
    pub fn at(&self, now: Timestamp) -> impl Iterator<Item = &Lesson> {
        self.0.iter().filter(move |lesson| lesson.holds(now))
    }

    /// Everything that is noise, in the filter language.
    pub fn noise(&self, now: Timestamp) -> String {
        let hidden = self.at(now).map(|lesson| format!(" OR {}", lesson.hides()));
        format!("@noise{}", hidden.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    fn learn(filter: &str, hours: i64) -> Change {
        let until = NOW + crate::event::time::Millis::hours(hours);
        Change::Learn(Lesson::new(filter.to_owned(), until))
    }

    #[test]
    fn it_keeps_to_its_bounds() {
        let mut learned = Learned::default();
        for n in 0..MOST {
            learned.take(&learn(&format!("event:=E{n}"), 1)).unwrap();
        }
        assert!(learned.take(&learn("event:=X", 1)).is_err());
        learned.take(&learn("event:=E0", 9)).unwrap();
        assert_eq!(learned.at(NOW).count(), MOST, "the same filter gets another end");
    }
}
