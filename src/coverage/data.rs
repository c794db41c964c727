//! Since when there are data events of a service: a bucket whose object events nobody records must
//! not look untouched.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::time::Timestamp;
use crate::event::trail::Selection;

/// The most accounts and services that are told apart: records name them.
const MAX: usize = 1000;

/// The data events of one service.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// eventSource
    pub service: &'static str,
    /// What its data events are called.
    pub noun: &'static str,
    /// What event selectors call its resources.
    pub resource: &'static str,
}

/// The services whose data events somebody is likely to miss.
const KINDS: [Kind; 5] = [
    Kind { service: "s3.amazonaws.com", noun: "object events", resource: "AWS::S3::Object" },
    Kind {
        service: "lambda.amazonaws.com",
        noun: "invoke events",
        resource: "AWS::Lambda::Function",
    },
    Kind {
        service: "dynamodb.amazonaws.com",
        noun: "item events",
        resource: "AWS::DynamoDB::Table",
    },
    Kind { service: "sns.amazonaws.com", noun: "publish events", resource: "AWS::SNS::Topic" },
    Kind { service: "sqs.amazonaws.com", noun: "message events", resource: "AWS::SQS::Queue" },
];

/// When the first data event happened, of those that came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Kept>", into = "Vec<Kept>")]
pub struct DataEvents {
    /// By account and eventSource.
    first: BTreeMap<(String, &'static str), Timestamp>,
}

/// Account, eventSource and the first time, as they are written down.
type Kept = (String, String, Timestamp);

impl From<DataEvents> for Vec<Kept> {
    fn from(it: DataEvents) -> Self {
        let one = |((account, service), at): ((String, &str), Timestamp)| {
            (account, service.to_owned(), at)
        };
        it.first.into_iter().map(one).collect()
    }
}

impl From<Vec<Kept>> for DataEvents {
    fn from(kept: Vec<Kept>) -> Self {
        let mut it = Self::default();
        for (account, service, at) in &kept {
            it.note((account, service), *at);
        }
        it
    }
}

/// What is not recorded of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrecorded {
    /// What is missing: `object events`.
    pub noun: &'static str,
    /// When the first of them happened; `None` where none came in at all.
    pub before: Option<Timestamp>,
    /// Whether the trails that are known record none of them.
    pub is_known: bool,
}

impl DataEvents {
    /// Notes a data event.
    pub fn note(&mut self, (account, service): (&str, &str), at: Timestamp) {
        let Some(kind) = kind(service) else { return };
        let key = (account.to_owned(), kind.service);
        if self.first.len() < MAX || self.first.contains_key(&key) {
            let first = self.first.entry(key).or_insert(at);
            *first = at.min(*first);
        }
    }

    /// What is missing of the data events of a service of an account at a time. `selections` are
    /// those of the trails that are known.
    pub fn missing<'s>(
        &self,
        (account, service): (&str, &str),
        at: Timestamp,
        selections: impl IntoIterator<Item = &'s Selection>,
    ) -> Option<Unrecorded> {
        let kind = kind(service)?;
        let before = self.first.get(&(account.to_owned(), kind.service)).copied();
        if before.is_some_and(|first| first <= at) {
            return None;
        }
        let mut selections = selections.into_iter().peekable();
        let is_known = before.is_none()
            && selections.peek().is_some()
            && selections.all(|it| it.data.iter().all(|data| data.kind != kind.resource));
        Some(Unrecorded { noun: kind.noun, before, is_known })
    }
}

fn kind(service: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.service == service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::trail::Data;

    const S3: (&str, &str) = ("111122223333", "s3.amazonaws.com");

    #[test]
    fn before_the_first_one_nothing_is_known() {
        let mut data = DataEvents::default();
        let missing = |data: &DataEvents, at| data.missing(S3, Timestamp(at), []);
        let none = Unrecorded { noun: "object events", before: None, is_known: false };
        assert_eq!(missing(&data, 5), Some(none));
        data.note(S3, Timestamp(9));
        data.note(S3, Timestamp(7));
        data.note(S3, Timestamp(8));
        assert_eq!(missing(&data, 6), Some(Unrecorded { before: Some(Timestamp(7)), ..none }));
        assert_eq!(missing(&data, 7), None);
        assert_eq!(data.missing(("444455556666", S3.1), Timestamp(9), []), Some(none));
        assert_eq!(data.missing((S3.0, "iam.amazonaws.com"), Timestamp(9), []), None);
    }

    #[test]
    fn trails_say_what_they_leave_out() {
        let data = DataEvents::default();
        let is_known = |selections: &[Selection]| {
            data.missing(S3, Timestamp(5), selections).is_some_and(|it| it.is_known)
        };
        let buckets = Data { kind: "AWS::S3::Object".into(), ..Data::default() };
        let with = Selection { data: vec![buckets], ..Selection::usual() };
        assert!(!is_known(&[]));
        assert!(is_known(&[Selection::usual()]));
        assert!(!is_known(&[Selection::usual(), with]));
    }
}
