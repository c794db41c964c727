//! Paths through the raw JSON of a record: by name without case, through arrays, and through
//! strings that hold JSON, plain or URL-encoded.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::event::field::TOP_LEVEL;
use crate::event::json::{Json, MAX_DEPTH, Shape};
use crate::query::literal;

/// How many strings within strings a path opens.
const MAX_OPENED: usize = 8;

/// The names that lead to a value, outermost first; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path(Vec<String>);

impl Path {
    /// The path of these names; `None` without any, or with an empty one.
    pub fn of(names: Vec<String>) -> Option<Self> {
        (!names.is_empty() && names.iter().all(|name| !name.is_empty())).then_some(Self(names))
    }

    /// The names, outermost first.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Calls `visit` with every value at the end of the path that is not absent (null, `""`, `{}`
    /// or nothing), until it answers `true`. Says whether it did.
    pub fn any(&self, record: Json<'_>, visit: &mut dyn FnMut(Json<'_>) -> bool) -> bool {
        walk(record, &self.0, 0, 0, visit)
    }
}

/// The names of the members of whatever stands at the end of these names (of the record itself if
/// there are none), each once, in the order of the record: what may follow in a path.
pub fn names_under(record: Json<'_>, names: &[String]) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    let mut seen = HashSet::new();
    let mut visit = |value: Json<'_>| {
        for (name, _) in value.entries() {
            if !name.is_empty() && seen.insert(name.to_ascii_lowercase()) {
                found.push(name.into_owned());
            }
        }
        false
    };
    walk(record, names, 0, 0, &mut |value| {
        let held = value.scalar().and_then(|text| held_json(&text).map(Cow::into_owned));
        match held.as_deref().map(Json::checked) {
            Some(Ok(json)) => walk(json, &[], 0, 0, &mut visit),
            Some(Err(_)) => false,
            None => visit(value),
        }
    });
    found
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = &self.0[0];
        let stands_alone = TOP_LEVEL.iter().any(|name| name.eq_ignore_ascii_case(first));
        if !literal::is_name(first) || (self.0.len() == 1 && !stands_alone) {
            f.write_str(".")?;
        }
        for (at, name) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            write!(f, "{dot}{}", literal::name(name))?;
        }
        Ok(())
    }
}

fn walk(
    value: Json<'_>,
    names: &[String],
    depth: usize,
    opened: usize,
    visit: &mut dyn FnMut(Json<'_>) -> bool,
) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    match (value.shape(), names.split_first()) {
        (Shape::Array, _) => value.items().any(|item| walk(item, names, depth + 1, opened, visit)),
        (Shape::Object, None) => value.entries().next().is_some() && visit(value),
        (_, None) => !value.is_absent() && visit(value),
        (Shape::Object, Some((name, rest))) => members(value, name)
            .into_iter()
            .any(|member| walk(member, rest, depth + 1, opened, visit)),
        (Shape::Text, Some(_)) if opened < MAX_OPENED => {
            let text = value.scalar().unwrap_or_default();
            held_json(&text).is_some_and(|held| {
                Json::checked(&held)
                    .is_ok_and(|json| walk(json, names, depth + 1, opened + 1, visit))
            })
        }
        _ => false,
    }
}

/// The members of this name in any case; of several that are spelled alike the last one.
fn members<'a>(object: Json<'a>, name: &str) -> Vec<Json<'a>> {
    let mut found: Vec<(Cow<'a, str>, Json<'a>)> =
        object.entries().filter(|(key, _)| key.eq_ignore_ascii_case(name)).collect();
    if found.len() > 1 {
        let last: HashMap<Cow<'a, str>, usize> =
            found.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        let mut at = 0;
        found.retain(|(key, _)| {
            at += 1;
            last.get(key) == Some(&(at - 1))
        });
    }
    found.into_iter().map(|(_, member)| member).collect()
}

/// The JSON text a string may hold: itself, or what it decodes to as a URL-encoded text. Whether it
/// is JSON is not checked here.
fn held_json(text: &str) -> Option<Cow<'_, str>> {
    let begins = |text: &str| text.trim_ascii_start().starts_with(['{', '[', '"']);
    if begins(text) {
        return Some(Cow::Borrowed(text));
    }
    if !text.trim_ascii_start().starts_with('%') {
        return None;
    }
    let decoded = url_decoded(text);
    begins(&decoded).then_some(Cow::Owned(decoded))
}

fn url_decoded(text: &str) -> String {
    // The crate splits at `&` and `=`, which an encoder may have left alone inside a JSON string.
    let parts = text.split_inclusive(['&', '=']);
    parts
        .map(|part| {
            let mark = part.chars().last().filter(|c| matches!(c, '&' | '='));
            let plain = part.strip_suffix(['&', '=']).unwrap_or(part);
            let mut decoded: String =
                form_urlencoded::parse(plain.as_bytes()).map(|(name, _)| name).collect();
            decoded.extend(mark);
            decoded
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(names: &[&str], text: &str) -> Vec<String> {
        let path = Path::of(names.iter().map(ToString::to_string).collect()).unwrap();
        let mut seen = vec![];
        path.any(Json::checked(text).unwrap(), &mut |value| {
            seen.push(value.scalar().map_or_else(|| value.text().to_owned(), Cow::into_owned));
            false
        });
        seen
    }

    #[test]
    fn paths_go_through_arrays_and_strings() {
        let text = r#"{
            "a": [{"B": 1.50}, {"b": [true, [null, "x"]]}, {"b": ""}, {"b": {}}],
            "policy": "{\"Statement\":[{\"Effect\":\"Allow\"},{\"effect\":\"Deny\"}]}",
            "encoded": "%7B%22Version%22%3A%222012%22%2C%22Sid%22%3A%22a+b%26c%3D\"%7D",
            "encoded2": "%7B%22Version%22%3A%222012%22%2C%22Sid%22%3A%22a%20b=c&d%2B%22%7D",
            "twice": "\"{\\\"k\\\":7}\"",
            "dup": {"x": 1, "x": 2, "X": 3}
        }"#;
        for (names, want) in [
            (&["A", "b"][..], &["1.50", "true", "x"][..]),
            (&["policy", "statement", "Effect"], &["Allow", "Deny"]),
            (&["encoded", "Sid"], &["a b&c="]),
            (&["encoded2", "Sid"], &["a b=c&d+"]),
            (&["encoded2", "version"], &["2012"]),
            (&["twice", "k"], &["7"]),
            (&["dup", "x"], &["2", "3"]),
            (&["dup"], &[r#"{"x": 1, "x": 2, "X": 3}"#]),
            (&["nothing"], &[]),
        ] {
            assert_eq!(at(names, text), want, "{names:?}");
        }
    }

    #[test]
    fn names_that_may_follow() {
        let text = r#"{"a":[{"b":1,"c":{}},{"B":2,"d":3}],"p":"{\"Statement\":[{\"Sid\":1}]}"}"#;
        let record = Json::checked(text).unwrap();
        for (names, want) in [
            (&[][..], &["a", "p"][..]),
            (&["a"], &["b", "c", "d"]),
            (&["p"], &["Statement"]),
            (&["p", "statement"], &["Sid"]),
            (&["a", "b"], &[]),
        ] {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            assert_eq!(names_under(record, &names), want, "{names:?}");
        }
    }

    #[test]
    fn paths_print_as_they_are_read() {
        for (names, want) in [
            (&["requestParameters", "bucketName"][..], "requestParameters.bucketName"),
            (&["readOnly"], "readOnly"),
            (&["x"], ".x"),
            (&["a.b", "c"], ".\"a.b\".c"),
            (&["a", "b:c"], "a.\"b:c\""),
            (&["a", "say \"hi\""], "a.\"say \"\"hi\"\"\""),
        ] {
            let path = Path::of(names.iter().map(ToString::to_string).collect()).unwrap();
            assert_eq!(path.to_string(), want);
        }
    }

    #[test]
    fn hostile_nesting_ends() {
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(at(&["a"], &format!("{{\"a\":{deep}}}")), Vec::<String>::new());
    }
}
