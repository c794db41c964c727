//! What is on a tape: a line of JSON for each thing that came in, and behind the line of a batch its
//! bytes. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::coverage::trail::Trail;
use crate::coverage::watermark::StreamName;
use crate::coverage::whole::Whole;
use crate::event::envelope::Extent;
use crate::event::field::Origin;
use crate::event::grant::Grant;
use crate::event::read::Hints;
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Feed, Health, SourceId};
use crate::source::finding::Found;
use crate::source::tape::buffer::{Alike, Summary};

/// The version of the lines. A tape of a later one is not read.
pub const VERSION: u32 = 2;
/// The last moment that is believed: the end of the year 9999.
const LAST: Timestamp = Timestamp(253_402_300_799_999);

/// One thing that came in, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When it came in.
    pub at: Timestamp,
    /// What it was.
    #[serde(flatten)]
    pub news: News,
}

/// What came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// The first line: what this is a recording of.
    Head(Head),
    /// Bytes of an object; they follow the line, and a line feed follows them.
    Batch(Box<Meta>),
    /// A source has read everything delivered up to this time.
    Swept {
        /// The source.
        source: SourceId,
        /// Of one stream, or of all it has.
        stream: Option<StreamName>,
        /// Up to when.
        to: Timestamp,
    },
    /// Digests prove that everything delivered up to this time was read.
    Proven {
        /// The source.
        source: SourceId,
        /// The stream.
        stream: StreamName,
        /// Up to when.
        to: Timestamp,
    },
    /// Something of a stream is not what was delivered.
    Disproven {
        /// The source.
        source: SourceId,
        /// The stream.
        stream: StreamName,
        /// What it is.
        words: String,
    },
    /// The trails that a source sees, all of them.
    Trails {
        /// The source.
        source: SourceId,
        /// The trails.
        trails: Vec<Trail>,
    },
    /// News of a source about itself.
    Health(Health),
    /// A source that nobody knew of before.
    Added {
        /// The source.
        source: SourceId,
        /// What it is called.
        name: String,
    },
    /// What a login has found out so far.
    Found {
        /// The number of the login.
        login: usize,
        /// All of it.
        found: Found,
    },
    /// What accounts are called.
    Aliases(Vec<(String, String)>),
    /// The recording begins midway: what the buffer held then, which follows.
    Buffer(Summary),
    /// Who had issued what to whom, also by what was not in the buffer any more.
    Issued(Vec<Grant>),
    /// Rows of the buffer; their records follow the line, and a line feed follows them.
    Before(Box<Alike>),
    /// How complete all was then.
    Covered(Box<Whole>),
    /// From here on it is live.
    Live {
        /// How many rows of the buffer were written: fewer than it held where somebody did not wait.
        rows: u64,
    },
    /// The last line of a recording that was ended.
    End {
        /// How many batches there are.
        batches: u64,
    },
}

/// What a tape is a recording of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of the lines.
    pub version: u32,
    /// The trailtop that recorded it.
    pub by: String,
    /// The words of the sources, by their numbers.
    pub sources: Vec<String>,
    /// Whether secrets are on it as they came.
    pub has_secrets: bool,
}

/// A batch without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    source: SourceId,
    object: u64,
    again: bool,
    name: String,
    origin: Origin,
    /// All that its rows carry.
    origins: Vec<Origin>,
    hints: Hints,
    delivered: Option<Timestamp>,
    base: u64,
    extent: Extent,
    damage: Option<String>,
    last: bool,
    was_there: bool,
    /// How many bytes follow.
    pub len: u64,
}

impl Meta {
    /// Of a batch that is not packed, whose bytes are these.
    pub fn of(batch: &Batch, bytes: &[u8]) -> Self {
        let all = Origin::ALL.iter().map(|(origin, _)| *origin);
        Self {
            source: batch.source,
            object: batch.object,
            again: batch.again,
            name: batch.name.as_ref().to_owned(),
            origin: batch.origin,
            origins: all.filter(|origin| batch.origins & origin.bit() != 0).collect(),
            hints: (*batch.hints).clone(),
            delivered: batch.delivered,
            base: batch.base,
            extent: batch.extent,
            damage: batch.damage.clone(),
            last: batch.last,
            was_there: batch.was_there,
            len: bytes.len() as u64,
        }
    }

    /// The batch again, from this source and played as it came in then.
    pub fn batch(self, source: SourceId, at: Timestamp, bytes: Vec<u8>) -> Batch {
        Batch {
            source,
            object: self.object,
            again: self.again,
            name: self.name.into(),
            origin: self.origin,
            origins: self.origins.iter().fold(0, |bits, origin| bits | origin.bit()),
            hints: Arc::new(self.hints),
            delivered: self.delivered,
            base: self.base,
            bytes,
            packed: None,
            extent: self.extent,
            damage: self.damage,
            last: self.last,
            was_there: self.was_there,
            played: Some(at),
            before: None,
            receipt: None,
        }
    }
}

impl News {
    /// What is kept of something that is no batch. Wishes of the user are not: a replay has its own.
    pub fn of(feed: &Feed) -> Option<Self> {
        Some(match feed {
            Feed::Swept(source, stream, to) => {
                Self::Swept { source: *source, stream: stream.clone(), to: *to }
            }
            Feed::Proven(source, stream, to) => {
                Self::Proven { source: *source, stream: stream.clone(), to: *to }
            }
            Feed::Disproven(source, stream, words) => {
                Self::Disproven { source: *source, stream: stream.clone(), words: words.clone() }
            }
            Feed::Trails(source, trails) => {
                Self::Trails { source: *source, trails: trails.clone() }
            }
            Feed::Health(health) => Self::Health(health.clone()),
            Feed::Added(source, name) => Self::Added { source: *source, name: name.clone() },
            Feed::Found(login, found) => Self::Found { login: *login, found: found.clone() },
            Feed::Aliases(names) => Self::Aliases(names.clone()),
            Feed::Batch(..)
            | Feed::Mark(..)
            | Feed::Expect(_)
            | Feed::Mute(_)
            | Feed::Forget(_)
            | Feed::OtherRules
            | Feed::HandOver
            | Feed::HandHeld(_)
            | Feed::Covered(_)
            | Feed::Issued(_)
            | Feed::Record(_)
            | Feed::Anew(_)
            | Feed::Hand(_) => return None,
        })
    }

    /// The source it is about, where it is about one.
    pub fn source(&self) -> Option<SourceId> {
        match self {
            Self::Batch(meta) => Some(meta.source),
            Self::Health(health) => Some(health.source),
            Self::Swept { source, .. }
            | Self::Proven { source, .. }
            | Self::Disproven { source, .. }
            | Self::Trails { source, .. }
            | Self::Added { source, .. } => Some(*source),
            Self::Head(_)
            | Self::Found { .. }
            | Self::Aliases(_)
            | Self::Buffer(_)
            | Self::Issued(_)
            | Self::Before(_)
            | Self::Covered(_)
            | Self::Live { .. }
            | Self::End { .. } => None,
        }
    }

    /// How many bytes follow its line; `None` where none do, and no line feed.
    pub fn follows(&self) -> Option<u64> {
        match self {
            Self::Batch(meta) => Some(meta.len),
            Self::Before(alike) => Some(alike.len),
            Self::Head(_)
            | Self::Swept { .. }
            | Self::Proven { .. }
            | Self::Disproven { .. }
            | Self::Trails { .. }
            | Self::Health(_)
            | Self::Added { .. }
            | Self::Found { .. }
            | Self::Aliases(_)
            | Self::Buffer(_)
            | Self::Issued(_)
            | Self::Covered(_)
            | Self::Live { .. }
            | Self::End { .. } => None,
        }
    }

    /// The same to ingest, from this source; nothing for a batch and for what is about the tape.
    pub fn feed(self, source: SourceId) -> Option<Feed> {
        Some(match self {
            Self::Swept { stream, to, .. } => Feed::Swept(source, stream, to),
            Self::Proven { stream, to, .. } => Feed::Proven(source, stream, to),
            Self::Disproven { stream, words, .. } => Feed::Disproven(source, stream, words),
            Self::Trails { trails, .. } => Feed::Trails(source, trails),
            Self::Health(health) => Feed::Health(Health { source, ..health }),
            Self::Found { login, found } => Feed::Found(login, found),
            Self::Aliases(names) => Feed::Aliases(names),
            Self::Issued(grants) => Feed::Issued(grants),
            Self::Covered(whole) => Feed::Covered(whole),
            Self::Head(_)
            | Self::Batch(_)
            | Self::Added { .. }
            | Self::Buffer(_)
            | Self::Before(_)
            | Self::Live { .. }
            | Self::End { .. } => return None,
        })
    }
}

/// A line as it is written, with its line feed.
pub fn written(line: &Line) -> Vec<u8> {
    let mut text = serde_json::to_vec(line).expect("texts, numbers and lists are always JSON");
    text.push(b'\n');
    text
}

/// One thing that was read back, with the bytes of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When and what.
    pub line: Line,
    /// The bytes of a batch.
    pub bytes: Vec<u8>,
}

/// Reads the lines of a run of bytes. Behind the first one that cannot be read nothing is believed:
/// then the error says where that is and why.
pub fn read(text: &[u8]) -> (Vec<Entry>, Option<(usize, String)>) {
    let mut entries = vec![];
    let mut at = 0;
    while at < text.len() {
        match entry(&text[at..]) {
            Ok((entry, taken)) => {
                entries.push(entry);
                at += taken;
            }
            Err(why) => return (entries, Some((at, why))),
        }
    }
    (entries, None)
}

fn entry(text: &[u8]) -> Result<(Entry, usize), String> {
    let end = memchr::memchr(b'\n', text).ok_or("it breaks off in a line")?;
    let line: Line = serde_json::from_slice(&text[..end])
        .map_err(|error| format!("a line is none that this trailtop knows ({error})"))?;
    if !(Timestamp(0)..=LAST).contains(&line.at) {
        return Err(format!("{} is no time that anything was recorded at", line.at.0));
    }
    let Some(len) = line.news.follows() else {
        return Ok((Entry { line, bytes: vec![] }, end + 1));
    };
    let rest = &text[end + 1..];
    let len = usize::try_from(len).ok().filter(|len| *len < rest.len());
    let len = len.ok_or("it breaks off in the bytes of an object")?;
    if rest[len] != b'\n' {
        return Err("the bytes of an object are not as long as its line says".to_owned());
    }
    let bytes = rest[..len].to_vec();
    Ok((Entry { line, bytes }, end + len + 2))
}

/// What is known of everything but events at one moment: what a recording that begins then is told
/// first.
#[derive(Debug, Default)]
pub struct Standing(BTreeMap<(u8, usize, Option<StreamName>), News>);

/// The most streams and sources of which it is kept.
const MOST_STANDING: usize = 10_000;

impl Standing {
    /// Takes in the newest state of something.
    pub fn take(&mut self, news: News) {
        let source = news.source().map_or(0, |source| source.0);
        let key = match &news {
            News::Added { .. } => (0, source, None),
            News::Aliases(_) => (1, self.0.len(), None),
            News::Found { login, .. } => (2, *login, None),
            News::Trails { .. } => (3, source, None),
            News::Swept { stream, .. } => (4, source, stream.clone()),
            News::Proven { stream, .. } => (5, source, Some(stream.clone())),
            News::Disproven { stream, .. } => (6, source, Some(stream.clone())),
            News::Health(_) => (7, source, None),
            News::Head(_)
            | News::Batch(_)
            | News::Buffer(_)
            | News::Issued(_)
            | News::Before(_)
            | News::Covered(_)
            | News::Live { .. }
            | News::End { .. } => return,
        };
        if self.0.len() < MOST_STANDING || self.0.contains_key(&key) {
            self.0.insert(key, news);
        }
    }

    /// All of it, in an order in which it can be told.
    pub fn told(&self) -> impl Iterator<Item = &News> {
        self.0.values()
    }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
