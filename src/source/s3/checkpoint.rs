//! What a run leaves for the next one of the same bucket: which accounts and regions there are, how
//! busy each was, when folders were looked into, and which objects were not allowed. Pure.
//!
//! It spares listings and brings the first rows sooner. It never says what was read: the asked
//! window is read again each time, for nothing of it was kept, so a run with a checkpoint gives the
//! events of one without.

use serde::{Deserialize, Serialize};

/// The form of the file. A newer one is left alone.
const VERSION: u32 = 1;

/// Everything in the file. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    version: u32,
    /// Which bucket, prefix and caller it is of.
    of: String,
    /// Folders that hold folders, and when each was last looked into.
    pub folders: Vec<(String, i64)>,
    /// Streams by their folder, and when each last had something new; the busiest first.
    pub streams: Vec<(String, Option<i64>)>,
    /// Objects that were not allowed.
    pub parked: Vec<Parked>,
}

/// An object that was not allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Its key.
    pub key: String,
    /// Its label.
    pub label: i64,
    /// When it is asked for again.
    pub until: i64,
}

/// The part of the file that any version has.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl Checkpoint {
    /// An empty one.
    pub fn new(of: &str) -> Self {
        let (version, of) = (VERSION, of.to_owned());
        Self { version, of, folders: vec![], streams: vec![], parked: vec![] }
    }

    /// Reads a file; the error says in a few words why it is left alone.
    pub fn read(text: &str, of: &str) -> Result<Self, String> {
        let broken = |_| "it is damaged".to_owned();
        let head: Head = serde_json::from_str(text).map_err(broken)?;
        if head.version != VERSION {
            return Err(format!("it is of version {}, not {VERSION}", head.version));
        }
        let read: Self = serde_json::from_str(text).map_err(broken)?;
        match read.of == of {
            true => Ok(read),
            false => Err("it is of another bucket or caller".to_owned()),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers alone")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_of_its_own_is_read() {
        let mut it = Checkpoint::new("s3://trail");
        it.folders.push(("AWSLogs/".to_owned(), 5));
        it.streams.push(("AWSLogs/111122223333/CloudTrail/eu-west-1/".to_owned(), None));
        let text = it.text();
        assert_eq!(Checkpoint::read(&text, "s3://trail"), Ok(it));
        let why = |text: &str| Checkpoint::read(text, "s3://trail").unwrap_err();
        assert_eq!(why(""), "it is damaged");
        assert_eq!(why(&text[..text.len() / 2]), "it is damaged");
        assert_eq!(why("{\"version\":1,\"of\":7}"), "it is damaged");
        assert_eq!(why("{\"version\":2,\"what\":[]}"), "it is of version 2, not 1");
        assert_eq!(
            Checkpoint::read(&text, "s3://other").unwrap_err(),
            "it is of another bucket or caller"
        );
    }
}
