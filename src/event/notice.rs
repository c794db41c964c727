//! What a message of a queue says: which objects were delivered, or the records themselves. S3, SNS,
//! EventBridge and CloudTrail each have a shape of their own, and SNS may be wrapped around any.

use std::borrow::Cow;
use std::sync::Arc;

use crate::event::envelope::{Extent, Item, Piece, split};
use crate::event::fingerprint::Secret;
use crate::event::json::{Json, Shape};
use crate::event::label::label;
use crate::event::read::Hints;
use crate::event::record::Record;
use crate::event::time::Timestamp;

/// What S3 and CloudTrail publish once when they are set up: it announces nothing.
const VALIDATION: &str = "CloudTrail validation message.";
/// How the kinds of event end that EventBridge has from CloudTrail.
const VIA: &str = " via CloudTrail";

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Objects were delivered, or something else became of them.
    Objects(Delivery),
    /// The text holds records, or rightly none.
    Records(String),
    /// Somebody tried whether messages arrive.
    Test,
    /// Nothing this program knows: why.
    Unknown(String),
}

/// What a message says of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Log objects that were stored, in the order of the message, each once.
    pub logs: Vec<Object>,
    /// Digests, which name log objects and hold no records.
    pub digests: u64,
    /// Log objects and digests that were removed: by a lifecycle rule, or by somebody.
    pub removed: u64,
    /// Objects that are none of CloudTrail's, or that nothing was stored in.
    pub others: u64,
}

/// A log object by its name, and what its key says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The bucket.
    pub bucket: String,
    /// The key, as S3 has it.
    pub key: String,
    /// What the key says of the records.
    pub hints: Arc<Hints>,
    /// The label of its delivery.
    pub time: Timestamp,
}

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stored,
    Removed,
    Other,
}

impl Delivery {
    fn note(&mut self, bucket: &str, key: &str, fate: Fate) {
        let Some(label) = label(key) else {
            self.others += 1;
            return;
        };
        match (fate, label.digest, label.time) {
            (Fate::Removed, ..) => self.removed += 1,
            (Fate::Stored, true, _) => self.digests += 1,
            (Fate::Stored, false, Some(time)) => {
                let (bucket, key) = (bucket.to_owned(), key.to_owned());
                let object = Object { bucket, key, hints: Arc::new(label.into()), time };
                if !self.logs.contains(&object) {
                    self.logs.push(object);
                }
            }
            // A folder of the console, or something that was restored or tagged.
            (Fate::Stored, false, None) | (Fate::Other, ..) => self.others += 1,
        }
    }
}

/// Reads the body of a message. Whatever it is, nothing panics and nothing is believed that does not
/// have one of the known shapes.
pub fn read(body: &str) -> Notice {
    message(body, true)
}

/// Reads a body; SNS is unwrapped `once`.
fn message(body: &str, once: bool) -> Notice {
    let body = body.trim_start_matches('\u{feff}').trim_ascii();
    if body == VALIDATION {
        return Notice::Test;
    }
    let Ok(json) = Json::checked(body) else { return inline(body, "it is not JSON") };
    if json.shape() != Shape::Object {
        return inline(body, "it has none of the shapes of S3, SNS, EventBridge or CloudTrail");
    }
    if text(json, &["Event"]) == "s3:TestEvent" && text(json, &["Service"]) == "Amazon S3" {
        return Notice::Test;
    }
    if let Some(inner) = json.get("Message").filter(|it| it.shape() == Shape::Text)
        && json.get("Type").is_some()
    {
        return match (&*text(json, &["Type"]), once) {
            ("Notification", true) => message(&inner.scalar().unwrap_or_default(), false),
            ("Notification", false) => unknown("it is wrapped by SNS more than once"),
            ("SubscriptionConfirmation", _) => {
                unknown("an SNS subscription waits to be confirmed: open its SubscribeURL")
            }
            (other, _) => unknown(format!("SNS sent a {other}")),
        };
    }
    if let (Some(bucket), Some(keys)) = (json.get("s3Bucket"), json.get("s3ObjectKey")) {
        return announced(bucket, keys);
    }
    if json.get("detail-type").is_some() && json.get("detail").is_some() {
        return bridged(json);
    }
    if let Some(records) = json.get("Records") {
        let (all, from_s3) = records.items().fold((0, 0), |(all, from_s3), record| {
            (all + 1, from_s3 + u64::from(text(record, &["eventSource"]) == "aws:s3"))
        });
        return match from_s3 {
            0 if all == 0 && records.shape() == Shape::Array => Notice::Records(body.to_owned()),
            0 => inline(body, "its Records are neither CloudTrail's nor notifications of S3"),
            _ if from_s3 < all => unknown("only some of its Records are notifications of S3"),
            _ => notified(records),
        };
    }
    inline(body, "it has none of the shapes of S3, SNS, EventBridge or CloudTrail")
}

/// CloudTrail's own notification: keys are as S3 has them.
fn announced(bucket: Json<'_>, keys: Json<'_>) -> Notice {
    let bucket = bucket.scalar().unwrap_or_default();
    if bucket.is_empty() || keys.shape() != Shape::Array {
        return unknown("CloudTrail's notification names no bucket or no keys");
    }
    let mut delivery = Delivery::default();
    for key in keys.items().filter_map(Json::scalar) {
        delivery.note(&bucket, &key, Fate::Stored);
    }
    Notice::Objects(delivery)
}

/// Notifications of S3: keys are encoded as in a form.
fn notified(records: Json<'_>) -> Notice {
    let mut delivery = Delivery::default();
    for record in records.items() {
        let version = text(record, &["eventVersion"]);
        if version.split('.').next() != Some("2") {
            return unknown(format!("a notification of S3 of version {version:?}"));
        }
        let bucket = text(record, &["s3", "bucket", "name"]);
        let key = text(record, &["s3", "object", "key"]);
        if bucket.is_empty() || key.is_empty() {
            return unknown("a notification of S3 without a bucket or a key");
        }
        let event = text(record, &["eventName"]);
        let fate = match event.split(':').next() {
            Some("ObjectCreated") => Fate::Stored,
            Some("ObjectRemoved" | "LifecycleExpiration") => Fate::Removed,
            _ => Fate::Other,
        };
        delivery.note(&bucket, &from_form(&key), fate);
    }
    Notice::Objects(delivery)
}

/// An event of EventBridge. Anybody may put events there, but not in the name of AWS.
fn bridged(json: Json<'_>) -> Notice {
    let (source, kind) = (text(json, &["source"]), text(json, &["detail-type"]));
    let Some(detail) = json.get("detail").filter(|_| source.starts_with("aws.")) else {
        return unknown(format!("an event of EventBridge that AWS did not send ({source:?})"));
    };
    if kind.ends_with(VIA) {
        return match Record::of(detail).is_record() {
            true => Notice::Records(detail.text().to_owned()),
            false => unknown(format!("{kind:?} of EventBridge without a record")),
        };
    }
    let (bucket, key) = (text(detail, &["bucket", "name"]), text(detail, &["object", "key"]));
    if source != "aws.s3" || bucket.is_empty() || key.is_empty() {
        return unknown(format!("EventBridge's {kind:?} of {source} is none of CloudTrail's"));
    }
    let fate = match &*kind {
        "Object Created" => Fate::Stored,
        "Object Deleted" => Fate::Removed,
        _ => Fate::Other,
    };
    let mut delivery = Delivery::default();
    delivery.note(&bucket, &key, fate);
    Notice::Objects(delivery)
}

/// A text that holds records itself, in any wrapping that is read anywhere.
fn inline(body: &str, otherwise: &str) -> Notice {
    let piece = Piece { bytes: body.as_bytes(), base: 0, extent: Extent::Whole, damage: None };
    let mut found = false;
    split(&piece, &Secret::random(), &mut |item| found |= matches!(item, Item::Record { .. }));
    if found { Notice::Records(body.to_owned()) } else { unknown(otherwise) }
}

fn unknown(why: impl Into<String>) -> Notice {
    Notice::Unknown(why.into())
}

/// A scalar by its path, or nothing.
fn text<'a>(json: Json<'a>, path: &[&str]) -> Cow<'a, str> {
    json.at(path).and_then(Json::scalar).unwrap_or_default()
}

/// A key as S3 writes it into notifications: `+` is a blank, and `%XX` a byte.
fn from_form(key: &str) -> String {
    // These two would end a name or a pair, and stand for themselves here.
    let key = key.replace('&', "%26").replace('=', "%3D");
    let pair = form_urlencoded::parse(key.as_bytes()).next();
    pair.map(|(key, _)| key.into_owned()).unwrap_or_default()
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
