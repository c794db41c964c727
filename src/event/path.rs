//! Looking for the name of a thing in the parameters of a call: paths that open lists and wrappers
//! by themselves, filters, and the member that names the noun of the event.
//!
//! Everything is read where it stands and bounded: so many values, so many letters, so deep.

use std::borrow::Cow;

use crate::event::json::{Json, Shape};
use crate::event::name;

/// How deep a search goes. Real targets stand within four levels and two wrappers.
const DEPTH: usize = 10;

/// The most values that one target lists.
const VALUES: usize = 8;

/// The most bytes of a target. An S3 key has 1,024 at most.
pub const BYTES: usize = 1100;

/// Members that wrap the list or the value that was meant.
const WRAPPERS: [&str; 7] = ["items", "item", "member", "Items", "Item", "content", "Member"];

/// A text of one or several values, joined by commas, never longer than [`BYTES`].
#[derive(Debug, Default)]
pub struct Values<'a> {
    text: Cow<'a, str>,
    count: usize,
}

impl<'a> Values<'a> {
    /// Adds one; an ARN is shortened to the name of its resource, and what AWS hid is none.
    fn add(&mut self, value: Cow<'a, str>) {
        let value = name::resource_of(value);
        let value = cut(value);
        if value.is_empty() || value == "HIDDEN_DUE_TO_SECURITY_REASONS" || self.is_full() {
            return;
        }
        self.count += 1;
        if self.count == 1 {
            self.text = value;
        } else if self.text.len() + 1 + value.len() <= BYTES {
            let text = self.text.to_mut();
            text.push(',');
            text.push_str(&value);
        }
    }

    fn is_full(&self) -> bool {
        self.count >= VALUES
    }

    /// The text, if there is any.
    pub fn found(self) -> Option<Cow<'a, str>> {
        (self.count > 0).then_some(self.text)
    }
}

/// Cuts a text to [`BYTES`] between characters.
pub fn cut(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.len() <= BYTES {
        return text;
    }
    let end = text.floor_char_boundary(BYTES);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

/// The parameters without the `<Name>Request` or `<Name>Response` that some EC2 calls put around
/// them.
pub fn opened(root: Json<'_>) -> Json<'_> {
    let mut members = root.entries();
    match members.next() {
        Some((key, inner))
            if ["Request", "Response", "Req"].iter().any(|tail| key.ends_with(tail))
                && inner.shape() == Shape::Object =>
        {
            inner
        }
        _ => root,
    }
}

/// The values at a path like `instancesSet.instanceId`. Names compare without case; lists and
/// wrappers on the way are opened.
pub fn at<'a>(root: Json<'a>, path: &str) -> Option<Cow<'a, str>> {
    let mut values = Values::default();
    collect(root, path, DEPTH, &mut values);
    values.found()
}

fn collect<'a>(value: Json<'a>, path: &str, depth: usize, out: &mut Values<'a>) {
    if depth == 0 || out.is_full() {
        return;
    }
    match value.shape() {
        Shape::Array => {
            for item in value.items() {
                collect(item, path, depth - 1, out);
                if out.is_full() {
                    return;
                }
            }
        }
        Shape::Object => {
            let (head, rest) = path.split_once('.').unwrap_or((path, ""));
            let mut named = None;
            let mut wrapped = None;
            for (key, member) in value.entries() {
                if !head.is_empty() && key.eq_ignore_ascii_case(head) {
                    named = Some(member);
                } else if WRAPPERS.contains(&&*key) {
                    wrapped = Some(member);
                }
            }
            if let Some(member) = named {
                collect(member, rest, depth - 1, out);
            } else if let Some(member) = wrapped {
                collect(member, path, depth - 1, out);
            }
        }
        Shape::Null => {}
        _ if path.is_empty() => out.add(value.scalar().unwrap_or_default()),
        _ => {}
    }
}

/// Members that hold filters, in lower case.
const FILTERS: [&str; 6] =
    ["filterset", "filters", "filter", "parameterfilters", "filterslist", "lookupattributes"];

/// The first filter of a call as `name=value`, or its values alone.
pub fn filter(root: Json<'_>, values_alone: bool) -> Option<Cow<'_, str>> {
    let is_filter = |key: &str| FILTERS.iter().any(|name| key.eq_ignore_ascii_case(name));
    let member = root.entries().filter(|(key, _)| is_filter(key)).last()?.1;
    let first = first_object(member, DEPTH)?;
    let values = ["values", "valueSet.value", "value", "attributeValue"]
        .iter()
        .find_map(|path| at(first, path))?;
    if values_alone {
        return Some(values);
    }
    let name = ["name", "key", "attributeKey"].iter().find_map(|path| at(first, path));
    Some(match name {
        Some(name) => cut(format!("{name}={values}").into()),
        None => values,
    })
}

/// The first object below lists and wrappers of lists.
fn first_object(value: Json<'_>, depth: usize) -> Option<Json<'_>> {
    match value.shape() {
        _ if depth == 0 => None,
        Shape::Array => first_object(value.items().next()?, depth - 1),
        Shape::Object => {
            let wrapped = value.entries().find(|(key, _)| WRAPPERS[..3].contains(&&**key));
            match wrapped {
                Some((_, inner)) => first_object(inner, depth - 1),
                None => Some(value),
            }
        }
        _ => None,
    }
}

/// What an event name is about: `TrustAnchor` of `DeleteTrustAnchor`, `Bucket` of `ListBuckets`.
pub fn noun(event: &str) -> &str {
    let mut rest = event;
    for word in name::words(event).take(2) {
        rest = rest.get(word.len()..).unwrap_or_default();
        if word != "Batch" && word != "Admin" {
            break;
        }
    }
    rest.strip_suffix('s').unwrap_or(rest)
}

/// How well a member names the target, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It begins with the noun of the event and is a name or an id.
    Noun,
    /// It is the noun of the event itself.
    Bare,
    /// `name`, `arn`, `id`, `resourceArn`, …
    Plain,
    /// It ends like a name or an id.
    Ending,
    /// It ends like a list of them.
    List,
}

/// Endings of members that name a thing; lower case.
const ENDINGS: [&str; 6] = ["name", "identifier", "id", "arn", "url", "alias"];
/// Endings of members that name several; lower case.
const LISTS: [&str; 7] = ["names", "identifiers", "ids", "arns", "namelist", "idlist", "idset"];
/// Members that name whatever the call is about; lower case.
const PLAIN: [&str; 9] = [
    "name",
    "id",
    "arn",
    "resourcearn",
    "resourceid",
    "resourcename",
    "resource",
    "identifier",
    "target",
];
/// Members that end like a name and are none; lower case.
const NEVER: [&str; 18] = [
    "clientrequesttokenid",
    "requestid",
    "transactionid",
    "versionid",
    "ownerid",
    "callerreferenceid",
    "x-amz-id",
    "kmskeyid",
    "ssekmskeyid",
    "correlationid",
    "schedulename",
    "sessionname",
    "rolesessionname",
    "displaynamelocale",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "host",
    "locale",
    "externalid",
];

fn fit(key: &str, noun: &str) -> Option<Fit> {
    let is = |name: &&str| key.eq_ignore_ascii_case(name);
    let ends = |tail: &&str| {
        key.len() >= tail.len()
            && key.is_char_boundary(key.len() - tail.len())
            && key[key.len() - tail.len()..].eq_ignore_ascii_case(tail)
    };
    if NEVER.iter().any(is) {
        return None;
    }
    let is_list = LISTS.iter().any(ends);
    let is_name = ENDINGS.iter().any(ends);
    let of_noun = !noun.is_empty()
        && key.get(..noun.len()).is_some_and(|head| head.eq_ignore_ascii_case(noun));
    match () {
        () if of_noun && (is_name || is_list) => Some(Fit::Noun),
        () if of_noun && key.len() <= noun.len() + 1 => Some(Fit::Bare),
        () if PLAIN.iter().any(is) => Some(Fit::Plain),
        () if is_name => Some(Fit::Ending),
        () if is_list => Some(Fit::List),
        () => None,
    }
}

/// The member of the parameters that names the target best: first by its noun, then by its ending,
/// in the order they were written. `exact` takes nothing but the noun.
pub fn named<'a>(root: Json<'a>, event: &str, exact: bool) -> Option<Cow<'a, str>> {
    let noun = noun(event);
    let mut best: Option<(Fit, Cow<'a, str>)> = None;
    for (key, member) in root.entries() {
        let Some(fit) = fit(&key, noun).filter(|fit| !exact || *fit <= Fit::Bare) else { continue };
        if best.as_ref().is_some_and(|(other, _)| *other <= fit) || member.is_absent() {
            continue;
        }
        if let Some(value) = at(member, "") {
            best = Some((fit, value));
        }
    }
    best.map(|(_, value)| value)
}

/// The same within the response, some levels down: what a call made carries the noun of its name,
/// or stands in an object of that name.
pub fn made<'a>(root: Json<'a>, event: &str) -> Option<Cow<'a, str>> {
    fn search<'a>(value: Json<'a>, event: &str, depth: usize) -> Option<Cow<'a, str>> {
        if let Some(found) = named(value, event, true) {
            return Some(found);
        }
        if depth == 0 {
            return None;
        }
        let noun = noun(event);
        let mut members = value.entries().filter(|(_, member)| member.shape() == Shape::Object);
        members.find_map(|(key, member)| match fit(&key, noun) {
            Some(Fit::Bare) => named(member, event, false),
            _ => search(member, event, depth - 1),
        })
    }
    search(root, event, 2)
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
