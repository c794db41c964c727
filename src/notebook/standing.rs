//! What the user wants until a time, or until it is taken back: noise that was learned, alerts that
//! are muted. The changes are kept as lines of a file, so that the next run knows of them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::event::time::Timestamp;

/// One thing that is wanted.
pub trait Lasting: Clone + Serialize + DeserializeOwned {
    /// The most of them that stand at once: each is asked of everything.
    const MOST: usize;

    /// What tells it from others: of two with the same the newer one stands.
    fn key(&self) -> String;

    /// Until when, RFC 3339; `None` for ever.
    fn until(&self) -> Option<&str>;

    /// What is wrong with it, as a sentence; `None` where nothing is.
    fn wrong(&self) -> Option<String>;

    /// Whether it still stands.
    fn holds(&self, now: Timestamp) -> bool {
        let ends = |until| Timestamp::parse(until).is_some_and(|until| now < until);
        self.until().is_none_or(ends)
    }
}

/// A change of what is wanted, as it is kept: a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change<T> {
    /// This is wanted.
    Learn(T),
    /// What has this key is not wanted any more.
    Forget(String),
}

impl<T: Lasting> Change<T> {
    /// The line that it is kept as.
    pub fn line(&self) -> String {
        let line = serde_json::to_string(self).expect("texts are always JSON");
        format!("{line}\n")
    }
}

/// What is wanted, in the order it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<T>(Vec<T>);

impl<T> Default for Standing<T> {
    fn default() -> Self {
        Self(vec![])
    }
}

impl<T: Lasting> Standing<T> {
    /// Takes a change. The error is a sentence.
    pub fn take(&mut self, change: &Change<T>) -> Result<(), String> {
        match change {
            Change::Forget(key) => self.0.retain(|it| it.key() != *key),
            Change::Learn(wanted) => {
                let key = wanted.key();
                let others = self.0.iter().filter(|it| it.key() != key).count();
                if others >= T::MOST {
                    return Err(format!("{} of these stand already: forget one first", T::MOST));
                }
                if let Some(wrong) = wanted.wrong() {
                    return Err(wrong);
                }
                self.0.retain(|it| it.key() != key);
                self.0.push(wanted.clone());
            }
        }
        Ok(())
    }

    /// What stands.
    pub fn at(&self, now: Timestamp) -> impl Iterator<Item = &T> {
        self.0.iter().filter(move |it| it.holds(now))
    }
}
