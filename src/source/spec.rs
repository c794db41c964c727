//! A word of the command line turned into a source.

use std::path::PathBuf;

use crate::source::demo;
use crate::source::logs::group::Group;

/// What a word names.
#[derive(Debug, Clone, PartialEq)]
pub enum Spec {
    /// A file, a folder, or `-`.
    Path(PathBuf),
    /// The simulated organization.
    Demo(demo::Options),
    /// Something of AWS.
    Cloud(Cloud),
}

/// What is read from AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cloud {
    /// Event history of these regions; of those of the login where none is named.
    History(Vec<String>),
    /// A trail's bucket.
    Bucket {
        /// Its name.
        bucket: String,
        /// What comes before `AWSLogs/`, or some way into it.
        prefix: String,
    },
    /// What a queue announces.
    Queue {
        /// Its name or URL, as it was typed.
        queue: String,
        /// Only look once, and delete nothing.
        peek: bool,
    },
    /// A log group of CloudWatch Logs.
    Logs(Group),
}

/// Why a word names no source this program can read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word}: {why}")]
pub struct SpecError {
    /// The word.
    pub word: String,
    /// What is wrong and what would be right.
    pub why: String,
}

/// Names of sources, and what to say where this program cannot read them.
const NAMES: [(&str, &str); 6] = [
    ("demo:", ""),
    ("history:", "CloudTrail Event history"),
    ("s3:", "a trail's bucket"),
    ("sqs:", "an SQS queue"),
    ("logs:", "a CloudWatch Logs group"),
    ("athena:", "an Athena table"),
];

/// Whether a word is a source by its name (and not a path).
pub fn is_named(word: &str) -> bool {
    NAMES.iter().any(|(name, _)| word.starts_with(name))
}

impl Spec {
    /// Reads a word. A word that begins with a source's name and a colon is that source; anything
    /// else is a path.
    pub fn parse(word: &str) -> Result<Self, SpecError> {
        let error = |why: String| SpecError { word: word.to_owned(), why };
        if let Some(options) = word.strip_prefix("demo:") {
            return demo::Options::parse(options).map(Self::Demo).map_err(error);
        }
        if let Some(cloud) = cloud(word) {
            return cloud.map(Self::Cloud).map_err(error);
        }
        if let Some((_, what)) = NAMES.iter().find(|(name, _)| word.starts_with(name)) {
            return Err(error(format!(
                "{what} cannot be read by this version yet; copy the objects to a folder and give its path \
                 (a file of this name: ./{word})"
            )));
        }
        if let Some(name) = word.strip_prefix('@') {
            return Err(error(format!(
                "there is no context {name}: no configuration is read yet (a file of this name: ./{word})"
            )));
        }
        Ok(Self::Path(word.into()))
    }
}

/// Reads a word of AWS that this program can read.
#[cfg(feature = "aws")]
fn cloud(word: &str) -> Option<Result<Cloud, String>> {
    use crate::aws::region::is_region;
    use crate::source::sqs::word::Word;

    if let Some(path) = word.strip_prefix("s3://") {
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
        let is_name = bucket.len() >= 3 && bucket.bytes().all(allowed);
        return Some(match is_name {
            true => Ok(Cloud::Bucket { bucket: bucket.to_owned(), prefix: prefix.to_owned() }),
            false => {
                Err(format!("{bucket:?} is no bucket: write s3://bucket or s3://bucket/prefix"))
            }
        });
    }
    if let Some(queue) = word.strip_prefix("sqs:") {
        let word = Word::parse(queue);
        return Some(word.map(|Word { queue, peek }| Cloud::Queue { queue, peek }));
    }
    if let Some(group) = word.strip_prefix("logs:") {
        return Some(Group::parse(group).map(Cloud::Logs));
    }
    let regions: Vec<String> = match word.strip_prefix("history:")? {
        "" => vec![],
        list => list.split(',').map(|region| region.trim().to_owned()).collect(),
    };
    let wrong = regions.iter().find(|region| *region != "all" && !is_region(region));
    Some(match wrong {
        None => Ok(Cloud::History(regions)),
        Some(wrong) => Err(format!(
            "{wrong:?} is no region: write history:eu-west-1,us-east-1, history:all, or history: \
             alone for the region of the profile"
        )),
    })
}

/// Without the feature nothing of AWS can be read.
#[cfg(not(feature = "aws"))]
fn cloud(word: &str) -> Option<Result<Cloud, String>> {
    let (name, what) = NAMES.iter().skip(1).find(|(name, _)| word.starts_with(name))?;
    Some(Err(format!(
        "{what} cannot be read: this trailtop was built without AWS (a file of this name: ./{name})"
    )))
}
