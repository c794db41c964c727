//! Two records side by side, value by value. Strings that hold JSON (policies) are opened and
//! compared as JSON; secrets are hidden before anything is compared.

use std::collections::HashMap;
use std::fmt::Write;

use crate::event::json::{Json, MAX_DEPTH, Shape};
use crate::event::secret::{HIDDEN, inner_json, is_secret};

/// The most values of a record that are compared.
pub const VALUES: usize = 4000;
/// Bytes of a value that are kept.
const BYTES: usize = 2048;
/// Bytes of all ways together: each begins with the names of everything around it, and names may have
/// any length.
const WAYS: usize = 4 << 20;

/// A place in two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The way to it: `requestParameters.policyDocument.Statement[0].Effect`.
    pub path: String,
    /// The value of the first record; `None` where it has none.
    pub left: Option<String>,
    /// The value of the second one.
    pub right: Option<String>,
}

/// What two records have apart and in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// What differs, what differs between any two events (its id, its time) last.
    pub apart: Vec<Field>,
    /// What is the same in both.
    pub same: Vec<Field>,
    /// Whether a record has more values than were compared.
    pub is_cut: bool,
}

/// Members that differ between any two events.
const ALWAYS: [&str; 5] = ["eventID", "eventTime", "requestID", "sharedEventID", "eventId"];

/// Compares two records. Values of more than 2 KiB are compared whole and kept cut.
pub fn compare(left: Json<'_>, right: Json<'_>) -> Compared {
    let (left, right) = (Leaves::of(left), Leaves::of(right));
    let mut compared = Compared { is_cut: left.is_cut || right.is_cut, ..Compared::default() };
    let mut usual = vec![];
    let mut add = |path: &str, left: Option<&String>, right: Option<&String>| {
        let is_same = left == right;
        let field = Field {
            path: path.to_owned(),
            left: left.map(|value| kept(value)),
            right: right.map(|value| kept(value)),
        };
        match () {
            () if is_same => compared.same.push(field),
            () if ALWAYS.contains(&path) => usual.push(field),
            () => compared.apart.push(field),
        }
    };
    for (path, value) in &left.found {
        add(path, Some(value), right.value(path));
    }
    for (path, value) in right.found.iter().filter(|(path, _)| left.value(path).is_none()) {
        add(path, None, Some(value));
    }
    compared.apart.extend(usual);
    compared
}

fn kept(value: &str) -> String {
    let cut = &value[..value.floor_char_boundary(BYTES)];
    if cut.len() < value.len() { format!("{cut}…") } else { cut.to_owned() }
}

/// The scalar values of a record, by the way to them, in their order.
#[derive(Default)]
struct Leaves {
    found: Vec<(String, String)>,
    places: HashMap<String, usize>,
    /// Bytes of their ways.
    ways: usize,
    is_cut: bool,
}

impl Leaves {
    fn of(record: Json<'_>) -> Self {
        let mut leaves = Self::default();
        leaves.walk(record, &mut String::new(), 0);
        leaves
    }

    fn value(&self, path: &str) -> Option<&String> {
        self.places.get(path).map(|at| &self.found[*at].1)
    }

    fn walk(&mut self, value: Json<'_>, path: &mut String, depth: usize) {
        if self.found.len() >= VALUES || depth >= MAX_DEPTH {
            self.is_cut = true;
            return;
        }
        let length = path.len();
        match value.shape() {
            Shape::Object if value.entries().next().is_some() => {
                for (key, member) in value.entries() {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&key);
                    match is_secret(&key, member) {
                        true => self.note(path, HIDDEN.to_owned()),
                        false => self.walk(member, path, depth + 1),
                    }
                    path.truncate(length);
                }
            }
            Shape::Array if value.items().next().is_some() => {
                for (at, item) in value.items().enumerate() {
                    let _ = write!(path, "[{at}]");
                    self.walk(item, path, depth + 1);
                    path.truncate(length);
                }
            }
            Shape::Text => {
                let text = value.scalar().unwrap_or_default();
                match inner_json(&text) {
                    Some((inner, _)) => self.walk(Json::of(&inner), path, depth + 1),
                    None => self.note(path, text.into_owned()),
                }
            }
            _ => self.note(path, value.text().to_owned()),
        }
    }

    /// Of a member that is there twice the last one counts, as everywhere.
    fn note(&mut self, path: &str, value: String) {
        match self.places.get(path) {
            Some(at) => self.found[*at].1 = value,
            None if self.found.len() >= VALUES || self.ways + path.len() > WAYS => {
                self.is_cut = true;
            }
            None => {
                self.ways += path.len();
                self.places.insert(path.to_owned(), self.found.len());
                self.found.push((path.to_owned(), value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(left: &str, right: &str) -> Compared {
        compare(Json::checked(left).unwrap(), Json::checked(right).unwrap())
    }

    #[test]
    fn what_differs_comes_first_and_ids_come_last() {
        let compared = of(
            r#"{"eventID":"1","eventName":"PutBucketPolicy","awsRegion":"eu-west-1","a":[1,2]}"#,
            r#"{"eventID":"2","eventName":"PutBucketPolicy","awsRegion":"us-east-1","a":[1],"b":null}"#,
        );
        let paths: Vec<&str> = compared.apart.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths, ["awsRegion", "a[1]", "b", "eventID"]);
        assert_eq!(compared.apart[1].right, None);
        assert_eq!(compared.same.len(), 2);
    }

    #[test]
    fn policies_are_compared_as_json() {
        let compared = of(
            r#"{"p":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\"}]}"}"#,
            r#"{"p":"%7B%22Statement%22%3A%5B%7B%22Action%22%3A%22s3%3A%2A%22%2C%22Effect%22%3A%22Deny%22%7D%5D%7D"}"#,
        );
        assert_eq!(compared.apart.len(), 1);
        assert_eq!(compared.apart[0].path, "p.Statement[0].Effect");
        assert_eq!(compared.same[0].path, "p.Statement[0].Action");
    }

    #[test]
    fn secrets_never_show_and_size_has_a_bound() {
        let compared = of(r#"{"c":{"sessionToken":"A"}}"#, r#"{"c":{"sessionToken":"B"}}"#);
        assert!(compared.apart.is_empty());
        assert_eq!(compared.same[0].left.as_deref(), Some(HIDDEN));
        let many = format!("[{}]", vec!["1"; 9000].join(","));
        let compared = of(&many, "[2]");
        assert!(compared.is_cut && compared.apart.len() <= 2 * VALUES);
        // A long name stands before everything that is in it: that is not kept thousands of times.
        let name = "n".repeat(100_000);
        let named = format!("{{\"{name}\":[{}]}}", vec!["1"; VALUES].join(","));
        let compared = of(&named, "{}");
        let ways: usize = compared.apart.iter().map(|field| field.path.len()).sum();
        assert!(compared.is_cut && ways <= WAYS, "{ways}");
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(compare(Json::of(&deep), Json::of(&deep)).is_cut);
    }
}
