//! S3 as far as trailtop asks it: objects of a trail's bucket, as a test puts them there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use serde_json::json;
use trailtop::event::time::{Millis, Timestamp};

use crate::aws::standin::{Answer, Call};

pub(crate) const NOON: &str = "2023-07-10T12:00:00Z";
pub(crate) const EU: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/";
pub(crate) const US: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/";
pub(crate) const INSIGHT: &str = "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/";
pub(crate) const ORGANIZATION: &str = "AWSLogs/o-abcdef1234/444455556666/CloudTrail/eu-west-1/";

/// One object and when it can first be seen.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) body: Vec<u8>,
    pub(crate) visible: Timestamp,
    pub(crate) fault: Option<Answer>,
    /// What is noted beside it.
    pub(crate) noted: Vec<(&'static str, String)>,
}

/// S3 as far as trailtop asks it, with pages as small as a test likes.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) page: usize,
    pub(crate) numbered: u32,
    /// The eventIDs of what is in the objects.
    pub(crate) ids: BTreeSet<String>,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self::numbered_from(0)
    }

    /// A store whose events are others than those of stores that count from elsewhere.
    pub(crate) fn numbered_from(numbered: u32) -> Self {
        Self { objects: BTreeMap::new(), page: 1000, numbered, ids: BTreeSet::new() }
    }

    /// Puts an object with this label into a folder, with two events of its own.
    pub(crate) fn put(
        &mut self,
        folder: &str,
        label: Timestamp,
        visible: Timestamp,
    ) -> &mut Object {
        self.numbered += 1;
        let n = self.numbered;
        self.ids.extend([format!("{n:08}-1"), format!("{n:08}-2")]);
        let parts: Vec<&str> = folder.trim_end_matches('/').rsplit('/').collect();
        let (region, category, account) = (parts[0], parts[1], parts[2]);
        let at = label.to_string();
        let (day, slot) = (at[..10].replace('-', "/"), at[..16].replace(['-', ':'], ""));
        // The random part sorts against the order of storing.
        let key =
            format!("{folder}{day}/{account}_{category}_{region}_{slot}Z_{:016}.json.gz", 9999 - n);
        let record = |part: u32| {
            json!({
                "eventVersion": "1.11", "eventID": format!("{n:08}-{part}"), "awsRegion": region,
                "eventTime": (label - Millis::minutes(6)).to_string(), "eventName": "PutObject",
                "eventSource": "s3.amazonaws.com", "recipientAccountId": account
            })
        };
        let body = packed(json!({"Records": [record(1), record(2)]}).to_string().as_bytes());
        self.objects.entry(key).or_insert(Object { body, visible, fault: None, noted: vec![] })
    }

    /// An object every five minutes, each stored two minutes before its label.
    pub(crate) fn steady(&mut self, folder: &str, from: Timestamp, n: i64) {
        for slot in 0..n {
            let label = from + Millis::minutes(5 * slot);
            self.put(folder, label, label - Millis::minutes(2));
        }
    }

    pub(crate) fn answer(&self, call: &Call, now: Timestamp) -> Answer {
        let path = call.path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        if bucket != "trail" {
            return Answer::xml_error(404, "NoSuchBucket", "The specified bucket does not exist");
        }
        if key.is_empty() && call.method == "HEAD" {
            return Answer::xml("");
        }
        if key.is_empty() {
            return self.list(call, now);
        }
        match self.objects.get(key) {
            Some(Object { fault: Some(fault), .. }) => fault.clone(),
            Some(it) if it.visible <= now => {
                let answer = Answer::of(200, "application/json", it.body.clone());
                Answer { headers: it.noted.clone(), ..answer }
            }
            _ => Answer::xml_error(404, "NoSuchKey", "The specified key does not exist."),
        }
    }

    fn list(&self, call: &Call, now: Timestamp) -> Answer {
        let text = |name: &str| call.query.get(name).map_or("", String::as_str);
        // The aws command line lists digests in the old way; trailtop never does.
        assert!(text("list-type") == "2" || call.query.contains_key("marker"));
        let (prefix, delimiter) = (text("prefix"), text("delimiter"));
        let after = text("start-after").max(text("continuation-token")).max(text("marker"));
        let mut keys = vec![];
        let mut folders: Vec<String> = vec![];
        let mut next = None;
        for (key, _) in self.objects.iter().filter(|(key, it)| {
            it.visible <= now && key.starts_with(prefix) && key.as_str() > after
        }) {
            let rest = &key[prefix.len()..];
            let folder = rest.find('/').filter(|_| !delimiter.is_empty());
            let folder = folder.map(|end| format!("{prefix}{}", &rest[..=end]));
            if folder.as_ref().is_some_and(|it| folders.contains(it) || it.as_str() <= after) {
                continue;
            }
            if keys.len() + folders.len() == self.page {
                next = keys.last().or(folders.last()).cloned();
                break;
            }
            match folder {
                Some(folder) => folders.push(folder),
                None => keys.push(key.clone()),
            }
        }
        let contents: Vec<String> = keys
            .iter()
            .map(|key| format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>"))
            .collect();
        let prefixes: Vec<String> = folders
            .iter()
            .map(|it| format!("<CommonPrefixes><Prefix>{it}</Prefix></CommonPrefixes>"))
            .collect();
        let (contents, prefixes) = (contents.concat(), prefixes.concat());
        let token = next.as_ref().map_or_else(String::new, |it| {
            format!("<NextContinuationToken>{it}</NextContinuationToken>")
        });
        Answer::xml(format!(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>{}\
             </IsTruncated>{contents}{prefixes}{token}</ListBucketResult>",
            next.is_some()
        ))
    }
}

/// A gzip file of one member.
pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}
