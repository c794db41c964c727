//! A word of the command line turned into a source.

use std::path::PathBuf;

use crate::query::narrow::Narrow;
use crate::query::parse::nearest;
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
    /// Event history.
    History {
        /// Of these regions; of those of the login where none is named.
        regions: Vec<String>,
        /// Only what has this attribute.
        only: Option<Narrow>,
    },
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

/// The source that was perhaps meant by a word which was taken for a path: `historry:` is near
/// `history:`, `history` lacks its colon.
pub fn perhaps_meant(word: &str) -> Option<&'static str> {
    let name = word.split_once(':').map_or(word, |(name, _)| name);
    let names = NAMES.iter().map(|(source, _)| source.trim_end_matches(':'));
    let near = nearest(name, names).into_iter().next()?;
    NAMES.iter().map(|(source, _)| *source).find(|source| source.trim_end_matches(':') == near)
}

impl Spec {
    /// Reads a word for somebody who only looks: a queue needs no word of its owner then.
    pub fn looked_at(word: &str) -> Result<Self, SpecError> {
        match word.strip_prefix("sqs:") {
            Some(queue) if !queue.contains(',') => Self::parse(&format!("{word},peek=true")),
            _ => Self::parse(word),
        }
    }

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
        if word.starts_with("s3:") {
            return Err(error(format!(
                "a trail's bucket is written s3://bucket or s3://bucket/prefix (a file of this name: ./{word})"
            )));
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
    let list = word.strip_prefix("history:")?;
    // A value may have commas in it, so that it comes last.
    let (list, only) = match (list.strip_prefix("only="), list.split_once(",only=")) {
        (Some(only), _) => ("", Some(only)),
        (None, Some((list, only))) => (list, Some(only)),
        (None, None) => (list, None),
    };
    let only = match only.map(Narrow::parse).transpose() {
        Ok(only) => only,
        Err(why) => return Some(Err(why)),
    };
    let regions: Vec<String> = match list {
        "" => vec![],
        list => list.split(',').map(|region| region.trim().to_owned()).collect(),
    };
    let wrong = regions.iter().find(|region| *region != "all" && !is_region(region));
    Some(match wrong {
        None => Ok(Cloud::History { regions, only }),
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

#[cfg(feature = "aws")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_may_be_looked_at_without_a_word_of_its_owner() {
        assert!(Spec::parse("sqs:q").is_err());
        let looked = |word| Spec::looked_at(word);
        let queue = |peek| Spec::Cloud(Cloud::Queue { queue: "q".to_owned(), peek });
        assert_eq!(looked("sqs:q"), Ok(queue(true)));
        assert_eq!(looked("sqs:q,own=true"), Ok(queue(false)));
        assert!(looked("sqs:a b").is_err());
        assert_eq!(looked("demo:"), Spec::parse("demo:"));
    }

    #[test]
    fn a_bucket_with_one_slash_is_told_how_it_is_written() {
        for word in ["s3:", "s3:/bucket", "s3:bucket"] {
            let said = Spec::parse(word).expect_err(word).to_string();
            assert!(said.contains("is written s3://bucket"), "{said}");
        }
    }

    #[test]
    fn a_slip_in_the_name_of_a_source_is_found() {
        for (word, meant) in [
            ("historry:", Some("history:")),
            ("histroy:eu-west-1", Some("history:")),
            ("history", Some("history:")),
            ("log:group", Some("logs:")),
            ("events/2023", None),
            ("/no/such/path", None),
        ] {
            assert_eq!(perhaps_meant(word), meant, "{word}");
        }
    }

    #[test]
    fn words_of_event_history_are_read() {
        let cases = [
            ("history:", "[] None"),
            ("history:eu-west-1,us-east-1", "[\"eu-west-1\", \"us-east-1\"] None"),
            ("history:all,only=EventName=ConsoleLogin", "[\"all\"] EventName=ConsoleLogin"),
            ("history:only=Username=a, b", "[] Username=a, b"),
            ("history:eu-west-1,only=Name=x", "cannot be asked for"),
            ("history:only=EventName", "needs a value"),
            ("history:here", "is no region"),
        ];
        for (word, expected) in cases {
            let said = match Spec::parse(word) {
                Ok(Spec::Cloud(Cloud::History { regions, only: None })) => {
                    format!("{regions:?} None")
                }
                Ok(Spec::Cloud(Cloud::History { regions, only: Some(only) })) => {
                    format!("{regions:?} {only}")
                }
                Ok(other) => panic!("{word}: {other:?}"),
                Err(error) => error.to_string(),
            };
            assert!(said.contains(expected), "{word}: {said}");
        }
    }
}
