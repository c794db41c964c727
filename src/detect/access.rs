//! A record as Sigma rules see it: fields by dotted names, through arrays, read from the text as they
//! are asked for. Nothing is built of a record that no rule looks at.

use std::borrow::Cow;
use std::cell::OnceCell;

use rsigma_eval::{Event, EventValue};

use crate::event::json::{Json, MAX_DEPTH, Shape};
use crate::event::record::Record;

/// The members that most rules look into: walked over once a record, not once a rule.
const WALKED: [&str; 3] = ["userIdentity", "requestParameters", "responseElements"];

/// The members of an object, in order.
type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// A record being asked.
#[derive(Debug)]
pub struct Access<'a> {
    record: Record<'a>,
    /// What is in each of [`WALKED`], once somebody has asked.
    walked: [OnceCell<Members<'a>>; WALKED.len()],
}

impl<'a> Access<'a> {
    /// Takes a record that has been checked.
    pub fn of(record: Json<'a>) -> Self {
        Self::on(Record::of(record))
    }

    /// Takes a record whose members are at hand.
    pub fn on(record: Record<'a>) -> Self {
        Self { record, walked: Default::default() }
    }

    /// The member of the record of this name; a duplicated key takes its last value.
    fn root(&self, name: &str) -> Option<Json<'a>> {
        self.record.named(name)
    }

    /// The name of the event, where it is a text or missing; `None` where it is something else.
    pub fn name(&self) -> Option<Cow<'a, str>> {
        match self.root("eventName") {
            None => Some(Cow::Borrowed("")),
            Some(name) if name.shape() == Shape::Text => name.scalar(),
            Some(_) => None,
        }
    }

    /// The values that a dotted name leads to.
    fn values(&self, path: &str) -> Vec<Json<'a>> {
        self.root(path).map_or_else(|| self.below(path), |value| vec![value])
    }

    /// The values that a dotted name leads to, below a member of the record.
    fn below(&self, path: &str) -> Vec<Json<'a>> {
        let mut found = vec![];
        let Some((first, rest)) = path.split_once('.') else { return found };
        let Some(value) = self.root(first) else { return found };
        let walked = WALKED.iter().position(|name| *name == first);
        let Some(walked) = walked.filter(|_| value.shape() == Shape::Object) else {
            collect(value, rest, 0, &mut found);
            return found;
        };
        let members = self.walked[walked].get_or_init(|| value.entries().collect());
        let (name, rest) = rest.split_once('.').map_or((rest, None), |(it, rest)| (it, Some(rest)));
        // Of a duplicated key the last value counts.
        if let Some((_, member)) = members.iter().rfind(|(key, _)| key == name) {
            match rest {
                Some(rest) => collect(*member, rest, 1, &mut found),
                None => found.push(*member),
            }
        }
        found
    }

    /// The text that a field groups by: of a single scalar; empty where there is none.
    pub fn text(&self, path: &str) -> Cow<'a, str> {
        match &*self.values(path) {
            [one] => one.scalar().unwrap_or_default(),
            _ => Cow::Borrowed(""),
        }
    }
}

/// Follows a dotted name through objects and every element of arrays.
fn collect<'a>(value: Json<'a>, path: &str, depth: usize, found: &mut Vec<Json<'a>>) {
    if depth > MAX_DEPTH {
        return;
    }
    match value.shape() {
        Shape::Array => {
            for item in value.items() {
                collect(item, path, depth + 1, found);
            }
        }
        Shape::Object => match path.split_once('.') {
            Some((first, rest)) => {
                if let Some(member) = value.get(first) {
                    collect(member, rest, depth + 1, found);
                }
            }
            None => found.extend(value.get(path)),
        },
        _ => {}
    }
}

/// A value as the matcher compares it. An object is its text, as rules that look for words in
/// `requestParameters` expect it.
fn compared(value: Json<'_>, depth: usize) -> EventValue<'_> {
    match value.shape() {
        Shape::Text | Shape::Object => EventValue::Str(text(value)),
        Shape::Bool => EventValue::Bool(value.text() == "true"),
        Shape::Null => EventValue::Null,
        Shape::Number => {
            let text = value.text();
            match text.parse() {
                Ok(whole) => EventValue::Int(whole),
                Err(_) => EventValue::Float(text.parse().unwrap_or(f64::NAN)),
            }
        }
        Shape::Array if depth > MAX_DEPTH => EventValue::Null,
        Shape::Array => EventValue::Array(
            value
                .items()
                .map(|item| match item.shape() {
                    Shape::Object => EventValue::Map(
                        item.entries().map(|(key, it)| (key, compared(it, depth + 1))).collect(),
                    ),
                    _ => compared(item, depth + 1),
                })
                .collect(),
        ),
    }
}

fn text(value: Json<'_>) -> Cow<'_, str> {
    value.scalar().unwrap_or(Cow::Borrowed(value.text()))
}

/// Calls `visit` with every scalar of a value, until it answers `true`.
fn any_scalar(value: Json<'_>, depth: usize, visit: &mut dyn FnMut(&str) -> bool) -> bool {
    match value.shape() {
        _ if depth > MAX_DEPTH => false,
        Shape::Object => value.entries().any(|(_, it)| any_scalar(it, depth + 1, visit)),
        Shape::Array => value.items().any(|it| any_scalar(it, depth + 1, visit)),
        _ => value.scalar().is_some_and(|text| visit(&text)),
    }
}

impl Event for Access<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        if let Some(value) = self.root(path) {
            return Some(compared(value, 0));
        }
        let mut values = self.below(path);
        match values.len() {
            0 => None,
            1 => values.pop().map(|value| compared(value, 0)),
            _ => Some(EventValue::Array(values.into_iter().map(|it| compared(it, 0)).collect())),
        }
    }

    fn any_string_value(&self, pred: &dyn Fn(&str) -> bool) -> bool {
        self.record.json().entries().any(|(_, value)| any_scalar(value, 0, &mut |text| pred(text)))
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        let mut all = vec![];
        self.visit_string_values(&mut |text| all.push(Cow::Owned(text.to_owned())));
        all
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        for (_, value) in self.record.json().entries() {
            any_scalar(value, 0, &mut |text| {
                visit(text);
                false
            });
        }
    }

    /// Asked for by parts of the library that are not used here: they keep whole events.
    fn to_json(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    fn top_level_keys(&self) -> Option<Vec<Cow<'_, str>>> {
        let mut keys = vec![];
        self.visit_top_level_keys(&mut |key| keys.push(Cow::Owned(key.to_owned())));
        Some(keys)
    }

    fn visit_top_level_keys(&self, visit: &mut dyn FnMut(&str)) -> bool {
        for (key, value) in self.record.json().entries() {
            if value.shape() != Shape::Null {
                visit(&key);
            }
        }
        true
    }
}
