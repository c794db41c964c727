//! Values that do not belong on a screen or in a clipboard: keys and passwords that a record
//! carries. CloudTrail hides most of them itself; session tokens in answers of STS it does not.
//! And JSON that is held in a string.

use std::borrow::Cow;

use crate::event::json::{self, Json, MAX_DEPTH, Shape};

/// A key is that of a secret if it ends like this, letters and digits alone, without case.
const ENDINGS: &[&str] = &[
    "accesstoken",
    "authtoken",
    "authorizationtoken",
    "clientsecret",
    "keymaterial",
    "passphrase",
    "password",
    "plaintext",
    "plaintextblob",
    "privatekey",
    "refreshtoken",
    "secretaccesskey",
    "secretbinary",
    "secretkey",
    "secretstring",
    "securitytoken",
    "sessiontoken",
];

/// What CloudTrail writes where it hid a value itself: worth seeing, and no secret.
const HIDDEN_BY_AWS: &[&str] =
    &["HIDDEN_DUE_TO_SECURITY_REASONS", "<sensitiveDataRemoved>", "sensitiveDataRemoved"];

/// What stands for a hidden value in a text.
pub const HIDDEN: &str = "•••• (hidden by trailtop)";

/// Whether the value under a key is a secret: yes and no, nothing, and what AWS hid are none.
pub fn is_secret(key: &str, value: Json<'_>) -> bool {
    if value.is_absent() || !names_secret(key.as_bytes()) {
        return false;
    }
    match value.shape() {
        Shape::Bool | Shape::Null => false,
        Shape::Text => value.scalar().is_some_and(|text| !is_hidden(text.as_bytes())),
        Shape::Object | Shape::Array | Shape::Number => true,
    }
}

/// Whether a key is that of a secret.
pub(crate) fn names_secret(key: &[u8]) -> bool {
    // The longest ending has 18 letters; a key of megabytes is judged by its end.
    let mut tail = [0; 24];
    let letters = key.iter().rev().filter(|byte| byte.is_ascii_alphanumeric());
    let filled = tail.iter_mut().zip(letters);
    let n = filled.map(|(at, byte)| *at = byte.to_ascii_lowercase()).count();
    let ends_like = |ending: &str| {
        n >= ending.len() && ending.bytes().rev().eq(tail[..ending.len()].iter().copied())
    };
    ENDINGS.iter().any(|ending| ends_like(ending))
}

/// Whether what stands under such a key was hidden before: by AWS, or by stars.
pub(crate) fn is_hidden(text: &[u8]) -> bool {
    HIDDEN_BY_AWS.iter().any(|it| it.as_bytes() == text) || text.iter().all(|byte| *byte == b'*')
}

/// The text of a value with every secret in it replaced; borrowed if there is none. Strings that
/// hold JSON with a secret are replaced whole, and so is what is nested deeper than readers follow.
pub fn masked(value: Json<'_>) -> Cow<'_, str> {
    let mut parts = Parts { out: String::new(), hid: false };
    parts.add(value, 0);
    if parts.hid { Cow::Owned(parts.out) } else { Cow::Borrowed(value.text()) }
}

struct Parts {
    out: String,
    hid: bool,
}

impl Parts {
    fn add(&mut self, value: Json<'_>, depth: usize) {
        match value.shape() {
            Shape::Object | Shape::Array if depth >= MAX_DEPTH => self.hide(),
            Shape::Object => {
                for (at, (key, member)) in value.entries().enumerate() {
                    self.out.push(if at == 0 { '{' } else { ',' });
                    self.quote(&key);
                    self.out.push(':');
                    if is_secret(&key, member) { self.hide() } else { self.add(member, depth + 1) }
                }
                self.out.push_str(if is_full(value) { "}" } else { "{}" });
            }
            Shape::Array => {
                for (at, item) in value.items().enumerate() {
                    self.out.push(if at == 0 { '[' } else { ',' });
                    self.add(item, depth + 1);
                }
                self.out.push_str(if is_full(value) { "]" } else { "[]" });
            }
            Shape::Text if holds_secret(value, depth) => self.hide(),
            _ => self.out.push_str(value.text()),
        }
    }

    fn hide(&mut self) {
        self.hid = true;
        self.quote(HIDDEN);
    }

    fn quote(&mut self, text: &str) {
        self.out.push_str(&json::encode(text));
    }
}

fn is_full(value: Json<'_>) -> bool {
    value.entries().next().is_some() || value.items().next().is_some()
}

fn holds_secret(text: Json<'_>, depth: usize) -> bool {
    let inner = text.scalar().and_then(|decoded| inner_json(&decoded));
    inner.is_some_and(|(inner, _)| {
        let mut parts = Parts { out: String::new(), hid: false };
        parts.add(Json::of(&inner), depth + 1);
        parts.hid
    })
}

/// How JSON was found in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapped {
    /// As its plain text.
    Plain,
    /// URL-encoded, as IAM gives policies back.
    Url,
}

/// The JSON object or array that a string holds, if it holds one that is not empty.
pub fn inner_json(text: &str) -> Option<(String, Wrapped)> {
    let text = text.trim_ascii();
    let bytes = text.as_bytes();
    let (plain, wrapped) = match bytes {
        [b'{' | b'[', _, _, ..] => (Cow::Borrowed(text), Wrapped::Plain),
        [b'%', b'7' | b'5', b'B' | b'b', _, ..] => (percent_decoded(text)?, Wrapped::Url),
        _ => return None,
    };
    let json = Json::checked(&plain).ok()?;
    is_full(json).then(|| (json.text().to_owned(), wrapped))
}

/// Decodes `%7B`; a plus stays a plus, as in RFC 3986. `None` where the result is no text.
fn percent_decoded(text: &str) -> Option<Cow<'_, str>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |byte: &u8| char::from(*byte).to_digit(16);
        let decoded = match rest {
            [b'%', high, low, ..] => hex(high).zip(hex(low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        out.push(decoded.map_or(*first, |byte| byte as u8));
        rest = if decoded.is_some() { &rest[3..] } else { after };
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_keys() {
        for (key, value, secret) in [
            ("sessionToken", r#""FwoGZXIvYXdz""#, true),
            ("secretAccessKey", r#""abc""#, true),
            ("SecretString", r#""{\"a\":1}""#, true),
            ("masterUserPassword", r#""hunter2""#, true),
            ("x-amz-security-token", r#""abc""#, true),
            ("password", r#"{"deep":"x"}"#, true),
            ("password", r#""HIDDEN_DUE_TO_SECURITY_REASONS""#, false),
            ("masterUserPassword", r#""****""#, false),
            ("password", r#""""#, false),
            ("passwordResetRequired", "true", false),
            ("hasPassword", "true", false),
            ("nextToken", r#""abc""#, false),
            ("GetSigninToken", r#""Success""#, false),
            ("clientRequestToken", r#""e0cfb49d""#, false),
            ("accessKeyId", r#""AKIA""#, false),
            ("", r#""x""#, false),
        ] {
            assert_eq!(is_secret(key, Json::of(value)), secret, "{key} {value}");
        }
    }

    #[test]
    fn copies_keep_everything_but_the_secrets() {
        let plain = r#"{"a": [1.50, {}, []], "b": "é"}"#;
        assert_eq!(masked(Json::of(plain)), plain);
        let token = r#"{"n":1.50,"e":{},"l":[],"c":{"sessionToken":"S","id":"A"},"j":"{\"password\":\"p\"}"}"#;
        let sign = HIDDEN;
        let copy = masked(Json::of(token));
        assert_eq!(
            copy,
            format!(
                r#"{{"n":1.50,"e":{{}},"l":[],"c":{{"sessionToken":"{sign}","id":"A"}},"j":"{sign}"}}"#
            )
        );
        assert!(Json::checked(&copy).is_ok());
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(Json::checked(&masked(Json::of(&deep))).is_ok());
    }

    #[test]
    fn json_is_found_in_strings() {
        for (text, found) in [
            (r#"{"a":1}"#, Some((r#"{"a":1}"#, Wrapped::Plain))),
            (" [1, 2]\n", Some(("[1, 2]", Wrapped::Plain))),
            ("%7B%22a%22%3A%22x+y%22%7D", Some((r#"{"a":"x+y"}"#, Wrapped::Url))),
            ("{}", None),
            ("[ ]", None),
            ("[10.0.0.1]", None),
            ("%7B%zz", None),
            ("%7B%ff%7D", None),
            ("plain", None),
        ] {
            let got = inner_json(text);
            assert_eq!(got.as_ref().map(|(text, how)| (text.as_str(), *how)), found, "{text}");
        }
    }
}
