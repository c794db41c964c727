//! Two 128-bit names of an event: what it is (account and eventID) and what it says (its content,
//! whatever the order of keys, white space and escapes).
//!
//! Both are keyed by secrets of the process (`SipHash`), so that nobody can write a record that
//! passes for another one.

use std::hash::{BuildHasher, Hasher, RandomState};

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::event::json::{Json, MAX_DEPTH, Shape};

/// The secrets of this process.
#[derive(Debug, Clone, Copy)]
pub struct Secret(u64, u64);

impl Secret {
    /// Draws new secrets from the system.
    pub fn random() -> Self {
        Self(RandomState::new().hash_one(1u8), RandomState::new().hash_one(2u8))
    }

    /// Hashes the (account, eventID) of an event.
    pub fn identity(self, account: &str, id: &str) -> u128 {
        let mut hasher = self.hasher(b'i');
        hasher.write(account.as_bytes());
        hasher.write_u8(0xff);
        hasher.write(id.as_bytes());
        hasher.finish128().as_u128()
    }

    /// Hashes what a value says. Objects are hashed member by member without order, the last of a
    /// duplicated key alone; numbers by their text; nesting below [`MAX_DEPTH`] by its text.
    pub fn content(self, value: Json<'_>) -> u128 {
        self.value(value, 0)
    }

    fn hasher(self, domain: u8) -> SipHasher13 {
        let mut hasher = SipHasher13::new_with_keys(self.0, self.1);
        hasher.write_u8(domain);
        hasher
    }

    fn value(self, value: Json<'_>, depth: usize) -> u128 {
        match value.shape() {
            Shape::Object if depth < MAX_DEPTH => {
                let mut members: Vec<(u128, u128)> = value
                    .entries()
                    .map(|(key, member)| (self.text(b'k', &key), self.value(member, depth + 1)))
                    .collect();
                // A stable sort keeps duplicates in their order, so the last of each run wins.
                members.sort_by_key(|member| member.0);
                let mut hasher = self.hasher(b'o');
                for (at, (key, member)) in members.iter().enumerate() {
                    if members.get(at + 1).is_none_or(|next| next.0 != *key) {
                        hasher.write_u128(*key);
                        hasher.write_u128(*member);
                    }
                }
                hasher.finish128().as_u128()
            }
            Shape::Array if depth < MAX_DEPTH => {
                let mut hasher = self.hasher(b'a');
                for item in value.items() {
                    hasher.write_u128(self.value(item, depth + 1));
                }
                hasher.finish128().as_u128()
            }
            Shape::Text => self.text(b's', &value.scalar().unwrap_or_default()),
            _ => self.text(b'x', value.text()),
        }
    }

    fn text(self, domain: u8, text: &str) -> u128 {
        let mut hasher = self.hasher(domain);
        hasher.write(text.as_bytes());
        hasher.finish128().as_u128()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ignores_order_space_and_escapes_and_nothing_else() {
        let secret = Secret::random();
        let of = |text: &str| secret.content(Json::checked(text).unwrap());
        let one = of(r#"{"a":{"x":1,"y":[1,2]},"b":"A"}"#);
        assert_eq!(one, of(r#" { "b" : "\u0041", "a": {"y":[1, 2], "x":1} } "#));
        assert_eq!(one, of(r#"{"b":"old","a":{"x":1,"y":[1,2]},"b":"A"}"#));
        for other in [
            r#"{"a":{"x":1,"y":[2,1]},"b":"A"}"#,
            r#"{"a":{"x":"1","y":[1,2]},"b":"A"}"#,
            r#"{"a":{"x":1},"b":"A"}"#,
            r#"{"a":{"x":1,"y":[1,2]},"b":"a"}"#,
        ] {
            assert_ne!(one, of(other), "{other}");
        }
    }
}
