//! What a digest says: which logs a trail delivered in an hour, the hash of each, and which digest came
//! before. Everything in it may be forged until its signature and its place in the chain were checked.

use std::fmt::Write as _;

use crate::event::json::Json;
use crate::event::time::Timestamp;

/// What the folder and the names of digests are made of.
const FOLDER: &str = "_CloudTrail-Digest_";
const ENDING: &str = ".json.gz";
/// `YYYYMMDDTHHMMSSZ`
const TIME: usize = 16;

/// A digest as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// It names what was delivered from this time on.
    pub start: Timestamp,
    /// And before this one.
    pub end: Timestamp,
    /// The end as it is written, which is what is signed.
    end_text: String,
    /// Where it says it is.
    pub bucket: String,
    /// Under which key.
    pub key: String,
    /// The fingerprint of the key that signed it.
    pub fingerprint: String,
    /// The digest before it; `None` where the chain begins.
    pub previous: Option<Previous>,
    /// The logs, the newest first.
    pub logs: Vec<Log>,
}

/// What a digest says of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    /// Its key.
    pub key: String,
    /// The hash of its content, in hex.
    pub hash: String,
    /// Its signature, in hex.
    pub signature: String,
}

/// A log that a digest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The bucket it was delivered to.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// The SHA-256 of its unpacked content, in hex.
    pub hash: String,
}

impl Digest {
    /// Reads an unpacked digest; `None` where it is none.
    pub fn read(text: &str) -> Option<Self> {
        let json = Json::checked(text).ok()?;
        let text = |of: Json<'_>, name: &str| Some(of.get(name)?.scalar()?.into_owned());
        let time = |name: &str| Timestamp::parse(&text(json, name)?);
        let previous = match json.get("previousDigestSignature") {
            None => None,
            Some(signature) => signature.scalar().map(std::borrow::Cow::into_owned),
        };
        let previous = match previous {
            None => None,
            Some(signature) => Some(Previous {
                key: text(json, "previousDigestS3Object")?,
                hash: text(json, "previousDigestHashValue")?,
                signature,
            }),
        };
        let log = |log: Json<'_>| {
            let is_known = text(log, "hashAlgorithm").is_none_or(|it| it == "SHA-256");
            let hash = text(log, "hashValue").filter(|_| is_known)?.to_ascii_lowercase();
            Some(Log { bucket: text(log, "s3Bucket")?, key: text(log, "s3Object")?, hash })
        };
        Some(Self {
            start: time("digestStartTime")?,
            end: time("digestEndTime")?,
            end_text: text(json, "digestEndTime")?,
            bucket: text(json, "digestS3Bucket")?,
            key: text(json, "digestS3Object")?,
            fingerprint: text(json, "digestPublicKeyFingerprint")?,
            previous,
            logs: json.get("logFiles")?.items().map(log).collect::<Option<_>>()?,
        })
    }

    /// What the signature of a digest is made over; `hash` is the SHA-256 of its content, in hex.
    pub fn signed(&self, hash: &str) -> String {
        let Self { end_text, bucket, key, .. } = self;
        let previous = self.previous.as_ref().map_or("null", |it| &it.signature);
        format!("{end_text}\n{bucket}/{key}\n{hash}\n{previous}")
    }
}

/// The chain that a digest belongs to, by its key: its trail, of which several may share a bucket.
/// `None` for what is no digest of a chain.
pub fn chain(key: &str) -> Option<&str> {
    let file = key.rsplit('/').next()?.strip_suffix(ENDING)?;
    let (_, behind) = file.split_once(FOLDER)?;
    let (_region, behind) = behind.split_once('_')?;
    let at = behind.len().checked_sub(TIME + 1)?;
    let (trail, time) = (behind.get(..at)?, behind.get(at..)?);
    let is_time = time.starts_with('_') && time.ends_with('Z') && time.as_bytes()[9] == b'T';
    is_time.then_some(trail)
}

/// Bytes in hex, as digests write them.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}

/// Bytes written in hex; `None` where it is something else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some((digit(high)? * 16 + digit(low)?) as u8),
        _ => None,
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2023/07/10/\
        111122223333_CloudTrail-Digest_eu-west-1_my_trail-20230710T103107Z_us-east-1_20230710T113107Z.json.gz";

    fn text(previous: &str) -> String {
        format!(
            r#"{{"awsAccountId":"111122223333","digestStartTime":"2023-07-10T10:31:07Z","digestEndTime":"2023-07-10T11:31:07Z","digestS3Bucket":"trail","digestS3Object":"{KEY}","digestPublicKeyFingerprint":"ab","previousDigestS3Object":"before","previousDigestHashValue":"00","previousDigestSignature":{previous},"logFiles":[{{"s3Bucket":"trail","s3Object":"log","hashValue":"FF","hashAlgorithm":"SHA-256"}}]}}"#
        )
    }

    #[test]
    fn a_digest_says_what_was_delivered() {
        let digest = Digest::read(&text("\"cafe\"")).unwrap();
        assert_eq!(digest.end - digest.start, crate::event::time::Millis::hours(1));
        assert_eq!((&*digest.logs[0].key, &*digest.logs[0].hash), ("log", "ff"));
        let signed = format!("2023-07-10T11:31:07Z\ntrail/{KEY}\n1234\ncafe");
        assert_eq!(digest.signed("1234"), signed);
        let first = Digest::read(&text("null")).unwrap();
        assert!(first.previous.is_none() && first.signed("1234").ends_with("\nnull"));
    }

    #[test]
    fn what_is_none_is_none() {
        for broken in ["", "{}", "[1]", &text("\"x\"").replace("logFiles", "logs")] {
            assert_eq!(Digest::read(broken), None);
        }
        let unknown = text("null").replace("SHA-256", "MD5");
        assert_eq!(Digest::read(&unknown), None, "a hash that nobody can check proves nothing");
    }

    #[test]
    fn chains_are_told_apart_by_their_trail() {
        assert_eq!(chain(KEY), Some("my_trail-20230710T103107Z_us-east-1"));
        for other in [
            "",
            "x.json.gz",
            &KEY.replace(".json.gz", "_backfill.json.gz"),
            "1_CloudTrail-Digest_eu-west-1_é.json.gz",
        ] {
            assert_eq!(chain(other), None, "{other}");
        }
    }

    #[test]
    fn hex_goes_both_ways() {
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
        assert_eq!(unhex("00FF10"), Some(vec![0, 255, 16]));
        assert_eq!((unhex("0"), unhex("zz")), (None, None));
    }
}
