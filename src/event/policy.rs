//! A policy document in words: what it allows or denies, on what, to whom. Bounded: the first
//! statements, the first names of each.

use crate::event::json::{Json, Shape};
use crate::event::means::plain;
use crate::event::name::{in_s3, is_account};
use crate::event::secret::inner_json;

/// Statements that are told.
const STATEMENTS: usize = 3;
/// Names of a list that are told.
const NAMES: usize = 3;
/// Items of a list that are counted.
const COUNTED: usize = 10_000;

/// `Allow * on * to everybody`, statement by statement: of an object, or of a string that holds one,
/// URL-encoded or not. `None` where there is no statement.
pub fn in_words(document: Json<'_>) -> Option<String> {
    if document.shape() == Shape::Text {
        let (inner, _) = inner_json(&document.scalar()?)?;
        return of_object(Json::of(&inner));
    }
    of_object(document)
}

fn of_object(document: Json<'_>) -> Option<String> {
    let statement = document.get("Statement")?;
    let all = || one_or_many(statement).filter(|one| one.shape() == Shape::Object);
    let mut said: Vec<String> = all().take(STATEMENTS).map(statement_in_words).collect();
    let more = all().take(COUNTED).count().saturating_sub(STATEMENTS);
    if more > 0 {
        said.push(format!("{more} more"));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

fn statement_in_words(statement: Json<'_>) -> String {
    let effect = statement.get("Effect").and_then(Json::scalar).unwrap_or("?".into());
    let mut words = vec![plain(&effect)];
    for (joint, name, without) in [("", "Action", "NotAction"), ("on", "Resource", "NotResource")] {
        let yes = statement.get(name).map(|value| names(value, &resource));
        let no = || statement.get(without).map(|value| names(value, &resource));
        let found = yes.or_else(|| no().map(|names| format!("all but {names}")));
        if let Some(found) = found {
            words.extend([joint.to_owned(), found].into_iter().filter(|word| !word.is_empty()));
        }
    }
    let to = statement.get("Principal").map(|who| principals(who, ""));
    let but = || statement.get("NotPrincipal").map(|who| principals(who, "everybody but "));
    if let Some(to) = to.or_else(but) {
        words.push(format!("to {to}"));
    }
    if statement.get("Condition").is_some_and(|it| it.entries().next().is_some()) {
        words.push("under conditions".to_owned());
    }
    words.join(" ")
}

fn one_or_many(value: Json<'_>) -> impl Iterator<Item = Json<'_>> {
    let one = (value.shape() != Shape::Array).then_some(value);
    value.items().chain(one)
}

fn names(value: Json<'_>, say: &dyn Fn(&str) -> String) -> String {
    let all = || one_or_many(value).filter_map(Json::scalar);
    let mut said: Vec<String> = all().take(NAMES).map(|name| say(&name)).collect();
    let more = all().take(COUNTED).count().saturating_sub(NAMES);
    if more > 0 {
        said.push(format!("{more} more"));
    }
    said.join(", ")
}

/// ARNs of buckets are said without what all of them begin with.
fn resource(name: &str) -> String {
    plain(in_s3(name))
}

fn principals(who: Json<'_>, but: &str) -> String {
    let said = match who.shape() {
        Shape::Object => {
            let kinds = who.entries().take(NAMES);
            let of = |(kind, value): (std::borrow::Cow<'_, str>, Json<'_>)| match &*kind {
                "AWS" | "Service" => names(value, &principal),
                "Federated" => format!("identities of {}", names(value, &plain)),
                other => format!("{} {}", plain(other), names(value, &plain)),
            };
            kinds.map(of).collect::<Vec<_>>().join(", ")
        }
        _ => names(who, &principal),
    };
    format!("{but}{said}")
}

/// Who is meant: everybody, a whole account, a service, or one identity with its account.
fn principal(name: &str) -> String {
    if name == "*" {
        return "everybody (*)".to_owned();
    }
    if is_account(name) {
        return format!("account {name}");
    }
    let mut parts = name.splitn(6, ':');
    let (arn, service, id) = (parts.next(), parts.nth(1), parts.nth(1));
    match (arn, service, id, parts.next()) {
        (Some("arn"), Some("iam"), Some(id), Some("root")) if is_account(id) => {
            format!("account {id}")
        }
        (Some("arn"), Some("iam" | "sts"), Some(id), Some(rest)) if is_account(id) => {
            format!("{} of account {id}", plain(rest))
        }
        _ => plain(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_in_words() {
        for (document, said) in [
            (r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#, "Allow * on *"),
            (
                r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::b/*"}}"#,
                "Allow s3:GetObject on b/* to everybody (*)",
            ),
            (
                r#""{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::193672423079:root\"},\"Action\":\"sts:AssumeRole\"}]}""#,
                "Allow sts:AssumeRole to account 193672423079",
            ),
            (
                r#""%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Deny%22%2C%22NotAction%22%3A%22iam%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D""#,
                "Deny all but iam:* on *",
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["*","arn:aws:iam::111122223333:user/eve"],"Service":"ec2.amazonaws.com"},"Action":["a:1","a:2","a:3","a:4","a:5"],"Condition":{"Bool":{}}}]}"#,
                "Allow a:1, a:2, a:3, 2 more to everybody (*), user/eve of account 111122223333, ec2.amazonaws.com under conditions",
            ),
            (r#"{"Statement":[{},{"Effect":"Allow"},7,{},{}]}"#, "?; Allow; ?; 1 more"),
        ] {
            assert_eq!(in_words(Json::of(document)).as_deref(), Some(said), "{document}");
        }
        for none in ["7", r#""text""#, "{}", r#"{"Statement":[]}"#, r#"{"Statement":3}"#] {
            assert_eq!(in_words(Json::of(none)), None, "{none}");
        }
    }
}
