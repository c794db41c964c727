//! One word of the command line, and the source it names.

use std::path::{Path, PathBuf};

/// What a word names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// A file or a folder.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// The simulated organization, with what stood behind the colon.
    Demo(String),
}

/// One kind of source.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What stands before the colon.
    pub name: &'static str,
    /// How the word is written.
    pub shape: &'static str,
    /// What it reads.
    pub doc: &'static str,
    /// Whether this version can read it.
    pub is_here: bool,
}

const fn row(name: &'static str, shape: &'static str, doc: &'static str, is_here: bool) -> Row {
    Row { name, shape, doc, is_here }
}

/// Every kind that is named by a word and a colon.
pub const SCHEMES: &[Row] = &[
    row("demo", "demo:seed=7,rate=50,incident=off,events=N", "a simulated organization", true),
    row("history", "history:eu-west-1,us-east-1", "CloudTrail LookupEvents (Event history)", false),
    row("s3", "s3://bucket/prefix", "the log objects of a trail", false),
    row("sqs", "sqs:QUEUE", "a queue of notifications", false),
    row("logs", "logs:GROUP", "a CloudWatch Logs group", false),
    row("athena", "athena:TABLE", "history beyond the buffer", false),
];

impl Spec {
    /// Reads a word; the error is a sentence that says what would be right.
    pub fn parse(word: &str) -> Result<Self, String> {
        if word.is_empty() {
            return Err("a source cannot be empty: name a path, `-` or `demo:`".to_owned());
        }
        if word == "-" {
            return Ok(Self::Stdin);
        }
        if let Some(name) = word.strip_prefix('@') {
            return Err(format!("contexts come with a later version; for a path write ./@{name}"));
        }
        let Some((scheme, rest)) = word.split_once(':') else { return Ok(Self::path(word)) };
        match SCHEMES.iter().find(|row| row.name == scheme) {
            None => Ok(Self::path(word)),
            Some(row) if !row.is_here => Err(format!(
                "{word}: {} ({}) comes with a later version; for a path write ./{word}",
                row.name, row.doc
            )),
            Some(_) => Ok(Self::Demo(rest.to_owned())),
        }
    }

    fn path(word: &str) -> Self {
        Self::Path(PathBuf::from(word))
    }

    /// The path, where it must exist before anything is read.
    pub fn must_exist(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Stdin | Self::Demo(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_what_they_name() {
        let path = |text: &str| Ok(Spec::Path(PathBuf::from(text)));
        let cases = [
            ("-", Ok(Spec::Stdin)),
            ("demo:", Ok(Spec::Demo(String::new()))),
            ("demo:seed=7", Ok(Spec::Demo("seed=7".to_owned()))),
            ("logs", path("logs")),
            ("./demo:x", path("./demo:x")),
            ("2023-07-10T12:00.json", path("2023-07-10T12:00.json")),
        ];
        for (word, spec) in cases {
            assert_eq!(Spec::parse(word), spec, "{word}");
        }
        for word in ["", "s3://b", "history:all", "sqs:q", "logs:/aws/x", "athena:t", "@prod"] {
            let error = Spec::parse(word).unwrap_err();
            assert!(word.is_empty() || error.contains("later version"), "{error}");
        }
    }
}
