//! Noise that was learned from a row: filters, each with an end. What is learned hides neither
//! failures nor dangerous writes, whatever its filter says.

use serde::{Deserialize, Serialize};

use crate::event::time::Timestamp;
use crate::notebook::standing::{Lasting, Standing};

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

/// What was learned.
pub type Learned = Standing<Lesson>;

impl Lesson {
    /// These rows are noise until then.
    pub fn new(filter: String, until: Timestamp) -> Self {
        Self { filter, until: until.to_string() }
    }

    /// What it hides: of its rows those that worked and are no dangerous writes.
    pub fn hides(&self) -> String {
        format!("({}) -verb:D err:none", self.filter)
    }
}

impl Lasting for Lesson {
    const MOST: usize = 100;

    fn key(&self) -> String {
        self.filter.clone()
    }

    fn until(&self) -> Option<&str> {
        Some(&self.until)
    }

    fn wrong(&self) -> Option<String> {
        let is_long = self.filter.len() > MOST_BYTES;
        is_long.then(|| "the names of this row are too long to be learned".to_owned())
    }
}

impl Standing<Lesson> {
    /// Everything that is noise, in the filter language.
    pub fn noise(&self, now: Timestamp) -> String {
        let hidden = self.at(now).map(|lesson| format!(" OR {}", lesson.hides()));
        format!("@noise{}", hidden.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::line::standing;
    use crate::notebook::standing::Change;
    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    fn learn(filter: &str, hours: i64) -> Change<Lesson> {
        let until = NOW + crate::event::time::Millis::hours(hours);
        Change::Learn(Lesson::new(filter.to_owned(), until))
    }

    #[test]
    fn it_keeps_to_its_bounds() {
        let mut learned = Learned::default();
        for n in 0..Lesson::MOST {
            learned.take(&learn(&format!("event:=E{n}"), 1)).unwrap();
        }
        assert!(learned.take(&learn("event:=X", 1)).is_err());
        learned.take(&learn("event:=E0", 9)).unwrap();
        assert_eq!(learned.at(NOW).count(), Lesson::MOST, "the same filter gets another end");
    }

    #[test]
    fn what_was_learned_is_kept_and_ends() {
        let now = Timestamp(1_772_366_400_000);
        let learn = |filter: &str, hours: i64| {
            let until = now + crate::event::time::Millis::hours(hours);
            Change::Learn(Lesson::new(filter.to_owned(), until))
        };
        let changes = [learn("event:=A", 1), learn("event:=B", 2), learn("event:=C", -1)];
        let mut text: String = changes.iter().map(Change::line).collect();
        text.push_str(&Change::<Lesson>::Forget("event:=A".into()).line());
        text.push_str(
            "{\"learn\":{\"filter\":\"colour:red\",\"until\":\"2099-01-01T00:00:00Z\"}}\n",
        );
        text.push_str("{\"learn\":{\"filter\":\"event:=D\",\"until\":\"never\"}}\n{\"torn");
        let (learned, lost) =
            standing(&text, |lesson: &Lesson| lesson.filter.starts_with("event:"), now);
        assert_eq!(lost, 2, "the unknown key and the torn line; what never ends has ended");
        assert_eq!(learned.noise(now), "@noise OR (event:=B) -verb:D err:none");
        let later = now + crate::event::time::Millis::hours(2);
        assert_eq!(learned.noise(later), "@noise");
    }
}
