//! The resource a call acted on.
//!
//! A table (`assets/targets.tsv`) knows where the common events keep it; for the rest the member
//! that names the noun of the event is taken, then the ARNs of the record, then the error message.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::event::json::{Json, Shape};
use crate::event::record::Record;
use crate::event::{name, path, verb};

/// All of a kind was asked.
pub const ALL: &str = "*";
/// The event has none.
pub const NONE: &str = "-";
/// It has one, but the record does not tell.
pub const UNKNOWN: &str = "?";

/// Whether a target names something: it is not empty, and no sign that stands for a name.
pub fn is_named(target: &str) -> bool {
    !matches!(target, "" | ALL | NONE | UNKNOWN)
}

/// What stands between a role and the key that was issued for it.
const ISSUED: &str = " -> …";

/// The target of a record: `*` all of a kind was asked, `-` the event has none, `?` not known;
/// never empty. At most [`path::BYTES`] bytes.
pub fn target<'a>(record: &Record<'a>) -> Cow<'a, str> {
    let call = Call::of(record);
    let found = if call.event.is_empty() { about(record) } else { call.find() };
    let target = found.map(path::cut).filter(|text| !text.trim().is_empty());
    target.unwrap_or(Cow::Borrowed(UNKNOWN))
}

/// The part of a target that stays the same from call to call: a role without the key that was
/// issued for it. Folding, counting and pivots compare this.
pub fn lasting(target: &str) -> &str {
    target.split_once(ISSUED).map_or(target, |(lasting, _)| lasting)
}

/// What an insight or a summary of calls is about.
fn about<'a>(record: &Record<'a>) -> Option<Cow<'a, str>> {
    let insight = record.insight().and_then(|insight| insight.get("eventName")?.scalar());
    let summary = || {
        let dimension = record.summary()?.get("primaryDimension")?;
        let first = dimension.get("statistics")?.items().next()?;
        first.get("name")?.scalar()
    };
    insight.or_else(summary).map(name::resource_of).or(Some(Cow::Borrowed(NONE)))
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| Table::of(include_str!("../../assets/targets.tsv")));

/// Where the events of the services keep their targets.
#[derive(Debug)]
struct Table {
    /// (service, event, ways), sorted.
    exact: Vec<(&'static str, &'static str, &'static str)>,
    /// (service, pattern with `*`, ways), sorted by service, then most letters first.
    patterns: Vec<(&'static str, &'static str, &'static str)>,
}

impl Table {
    fn of(text: &'static str) -> Self {
        let (mut exact, mut patterns) = (vec![], vec![]);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut parts = line.split('\t');
            let (Some(service), Some(events), Some(ways)) =
                (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            for event in events.split(' ') {
                let rows = if event.contains('*') { &mut patterns } else { &mut exact };
                rows.push((service, event, ways));
            }
        }
        exact.sort_unstable();
        patterns.sort_by_key(|(service, pattern, _)| (*service, usize::MAX - pattern.len()));
        Self { exact, patterns }
    }

    fn ways(&self, service: &str, event: &str) -> Option<&'static str> {
        if let Ok(at) = self.exact.binary_search_by(|row| (row.0, row.1).cmp(&(service, event))) {
            return Some(self.exact[at].2);
        }
        let from = self.patterns.partition_point(|row| row.0 < service);
        let rows = self.patterns[from..].iter().take_while(|row| row.0 == service);
        rows.into_iter().find(|row| fits(event, row.1)).map(|row| row.2)
    }
}

/// Whether a name fits a pattern with a star before, after, or on both sides.
fn fits(event: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => event.contains(rest.trim_end_matches('*')),
        (Some(tail), None) => event.ends_with(tail),
        (None, Some(head)) => event.starts_with(head),
        (None, None) => event == pattern,
    }
}

/// A call and the places where its target can stand.
struct Call<'r, 'a> {
    record: &'r Record<'a>,
    service: Cow<'a, str>,
    event: Cow<'a, str>,
    request: Option<Json<'a>>,
}

impl<'r, 'a> Call<'r, 'a> {
    fn of(record: &'r Record<'a>) -> Self {
        let request = record.request().filter(|request| request.shape() == Shape::Object);
        Self {
            record,
            service: record.event_source(),
            event: record.event_name(),
            request: request.map(path::opened),
        }
    }

    fn find(&self) -> Option<Cow<'a, str>> {
        let (service, event) = (name::service(&self.service), name::plain(&self.event));
        let ways = TABLE.ways(service, event);
        let found = ways.and_then(|ways| ways.split(' ').find_map(|way| self.way(way)));
        found.or_else(|| self.guess(event, ways.is_some()))
    }

    /// One way of the table.
    fn way(&self, way: &'static str) -> Option<Cow<'a, str>> {
        match way.split_at_checked(1)? {
            ("=", text) => Some(self.literal(text)),
            ("%", what) => match what {
                "filters" => path::filter(self.request?, false),
                "values" => path::filter(self.request?, true),
                "context" => self.context(),
                "launch" => self.launch(),
                "arns" => self.arns(),
                "message" => self.message(),
                _ => None,
            },
            (">", path) => path::at(path::opened(self.record.response()?), path),
            ("&", path) => path::at(self.record.additional()?, path),
            ("!", path) => path::at(self.record.service_details()?, path),
            _ => self.asked(way),
        }
        .map(|found| if self.issues() { self.with_key(found) } else { found })
    }

    /// A path in the request, or two of them joined.
    fn asked(&self, way: &str) -> Option<Cow<'a, str>> {
        let request = self.request?;
        for (joint, between) in [('+', "/"), ('@', ".")] {
            if let Some((one, two)) = way.split_once(joint) {
                let (one, two) = (path::at(request, one)?, path::at(request, two)?);
                return Some(format!("{one}{between}{two}").into());
            }
        }
        path::at(request, way)
    }

    /// `*` is only said of what was asked: a refused call whose parameters AWS left out may name
    /// its resource in the message.
    fn literal(&self, text: &'static str) -> Cow<'a, str> {
        let could_be_named = self.request.is_none() && (text == ALL || text == "itself");
        let found = if could_be_named { self.message() } else { None };
        found.unwrap_or(Cow::Borrowed(text))
    }

    /// Whether the call issues credentials.
    fn issues(&self) -> bool {
        name::service(&self.service) == "sts"
    }

    /// Appends the tail of the access key that was issued: `deploy -> …BCDEFGH1`.
    fn with_key(&self, found: Cow<'a, str>) -> Cow<'a, str> {
        let response = self.record.response();
        let key =
            response.and_then(|r| r.at(&["credentials", "accessKeyId"])).and_then(Json::scalar);
        let Some(key) = key.filter(|key| key.is_ascii() && key.len() >= 16) else { return found };
        format!("{found}{ISSUED}{}", &key[key.len() - 8..]).into()
    }

    /// The resource for which a key was used: the value of the encryption context that is an ARN,
    /// else the first that AWS itself wrote. What callers write there names no resource.
    fn context(&self) -> Option<Cow<'a, str>> {
        let names =
            ["encryptionContext", "sourceEncryptionContext", "destinationEncryptionContext"];
        let context = names.iter().find_map(|name| self.request?.get(name))?;
        let mut written = None;
        for (key, value) in context.entries() {
            let Some(text) = value.scalar().filter(|text| !text.is_empty()) else { continue };
            if text.starts_with("arn:") {
                return Some(name::resource_of(text));
            }
            if written.is_none() && key.starts_with("aws:") {
                written = Some(text);
            }
        }
        written
    }

    /// What a launch asked for: `10x p2.xlarge`.
    fn launch(&self) -> Option<Cow<'a, str>> {
        let request = self.request?;
        let count = ["instancesSet.maxCount", "maxCount", "instancesSet.minCount"]
            .iter()
            .find_map(|path| path::at(request, path));
        let kind = ["instanceType", "launchTemplate.launchTemplateId", "instancesSet.imageId"]
            .iter()
            .find_map(|path| path::at(request, path))?;
        Some(match count {
            Some(count) => format!("{count}x {kind}").into(),
            None => kind,
        })
    }

    /// The first ARN of the resources of the record. A bucket beside its object is the lesser one.
    fn arns(&self) -> Option<Cow<'a, str>> {
        let resources = self.record.resources()?;
        let arn = |item: Json<'a>| item.get("ARN").or_else(|| item.get("arn"))?.scalar();
        let first = resources.items().take(8).find_map(arn)?;
        Some(name::resource_of(first)).filter(|name| !name.is_empty())
    }

    /// The resource that an error message names.
    fn message(&self) -> Option<Cow<'a, str>> {
        let message = self.record.error_message();
        let found = in_message(&message)?;
        Some(Cow::Owned(found.to_owned()))
    }

    /// Where no table helps. `has_one` says that the table knows the event to have a target.
    fn guess(&self, event: &str, has_one: bool) -> Option<Cow<'a, str>> {
        let request = self.request;
        let makes = verb::glyph(event, "W") == verb::Glyph::Make;
        request
            .and_then(|request| path::named(request, event, true))
            .or_else(|| {
                let response = self.record.response().filter(|_| makes)?;
                path::made(path::opened(response), event)
            })
            .or_else(|| path::named(request?, event, false))
            .or_else(|| self.arns())
            .or_else(|| path::named(self.record.service_details()?, event, false))
            .or_else(|| path::named(self.record.additional()?, event, false))
            .or_else(|| path::filter(request?, false))
            .or_else(|| self.message())
            .or_else(|| self.by_name(event, has_one).map(Cow::Borrowed))
            .or_else(|| refused(&self.record.error_message(), event).map(Cow::Owned))
    }

    /// What can be said without any name: a list without a filter asks for all, a setting of the
    /// account has no target. A write whose parameters AWS left out has one we do not know.
    fn by_name(&self, event: &str, has_one: bool) -> Option<&'static str> {
        const LISTING: [&str; 6] = ["List", "Describe", "Search", "Lookup", "BatchGet", "Query"];
        if LISTING.iter().any(|word| event.starts_with(word)) {
            return Some(ALL);
        }
        let listed = event.starts_with("Get") && event.ends_with('s') && !event.ends_with("ss");
        let omitted =
            self.request.and_then(|request| request.get("omitted")?.truth()) == Some(true);
        let told = self.request.is_some() || self.record.error_code().is_empty();
        match () {
            () if has_one || omitted => None,
            () if listed => Some(ALL),
            () if told => Some(NONE),
            () => None,
        }
    }
}

/// What a caller was not authorized to perform, where that is another action than the call itself:
/// of a call whose parameters are not there it says at least what it needed.
fn refused(message: &str, event: &str) -> Option<String> {
    let (_, rest) = message.split_once("perform: ")?;
    let action = rest.split(char::is_whitespace).next()?.trim_end_matches(['.', ',', ';']);
    let (service, name) = action.split_once(':')?;
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    (is_word(service) && is_word(name) && name != event).then(|| action.to_owned())
}

/// What stands before a resource in error messages.
const BEFORE: [&str; 5] = [
    "on resource: ",
    "on the resource: ",
    "Unknown trail: ",
    "with name ",
    "Couldn't find resource ",
];

/// Kinds that IAM writes before a name.
const KINDS: [&str; 7] =
    ["user", "role", "group", "policy", "instance profile", "mfa", "server certificate"];

/// The resource that an error message names: `on resource: arn:…`, `on resource: user alice because
/// …`, `The user with name alice cannot be found.`
fn in_message(message: &str) -> Option<&str> {
    let rest = BEFORE.iter().find_map(|before| message.split_once(before)).map(|(_, rest)| rest)?;
    let kind = KINDS.iter().find_map(|kind| rest.strip_prefix(kind)?.strip_prefix(' '));
    let rest = kind.unwrap_or(rest);
    let end = rest.find([' ', '\n', '\t', '"', '\'', ')']).unwrap_or(rest.len());
    let found = rest[..end].trim_end_matches(['.', ',', ';', ':']);
    let name = name::resource(found);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "target_data_tests.rs"]
mod data_tests;
