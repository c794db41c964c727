//! What was found out before sources were chosen: the lines of the STARTING list.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::event::time::Millis;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is about, in a word or two: `who am I`, `trails`, `s3`.
    pub topic: Cow<'static, str>,
    /// What was found, or what is asked.
    pub said: String,
    /// What came of it.
    pub answer: Answer,
}

/// What came of looking at a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nobody has answered yet.
    Asking,
    /// It is there, and took so long to say.
    Found(Millis),
    /// It cannot be read: what mends it, and what goes on without it.
    NotRead(String),
    /// It was not asked for at all.
    NotAsked,
}

/// All that one login has found out so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// In the order of asking.
    pub findings: Vec<Finding>,
    /// Whether the sources are chosen.
    pub is_done: bool,
}
