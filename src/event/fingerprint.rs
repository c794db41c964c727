//! Two names of an event, of 64 bits each: what it is (account and eventID) and what it says (its content, whatever
//! the order of keys, white space and escapes).
//!
//! Both are keyed by secrets of the process, so that nobody can write a record that passes for
//! another one. The identity is found by hashing what anybody may write, so it takes `SipHash`; the
//! content only tells bodies of one identity apart, and takes the quickest keyed hash, since it
//! reads every byte of every record.

use std::hash::{BuildHasher, Hasher, RandomState};

use siphasher::sip::SipHasher13;

use crate::event::json::Json;
use crate::event::survey;

/// The secrets of this process.
#[derive(Debug, Clone)]
pub struct Secret {
    sip: (u64, u64),
    words: foldhash::fast::RandomState,
    other: foldhash::fast::RandomState,
}

/// What a value is, in the hash of its content.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Domain {
    Object = 1,
    Array = 2,
    Text = 3,
    Other = 4,
}

/// A number without a pattern: the fraction of the golden ratio.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Secret {
    /// Draws new secrets from the system.
    pub fn random() -> Self {
        let draw = |n: u8| RandomState::new().hash_one(n);
        let words = foldhash::fast::RandomState::default;
        Self { sip: (draw(1), draw(2)), words: words(), other: words() }
    }

    /// Hashes the (account, eventID) of an event. Should two events ever share it, they do not share
    /// what they say as well: both are kept, as two that differ.
    pub fn identity(&self, account: &str, id: &str) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.sip.0, self.sip.1);
        hasher.write(account.as_bytes());
        hasher.write_u8(0xff);
        hasher.write(id.as_bytes());
        hasher.finish()
    }

    /// The identity of an event without eventID: what it says, by a hash of its own.
    pub fn nameless(&self, record: Json<'_>) -> u64 {
        Self { words: self.other.clone(), ..self.clone() }.content(record)
    }

    /// Hashes what a value says. Objects are hashed member by member without order, the last of a
    /// duplicated key alone; numbers by their text; very deep nesting by its text.
    pub fn content(&self, value: Json<'_>) -> u64 {
        survey::content(value.text(), self)
    }

    /// The keyed hash of a key or a scalar.
    pub(crate) fn word(&self, domain: Domain, bytes: &[u8]) -> u64 {
        let mut hasher = self.words.build_hasher();
        hasher.write(bytes);
        pair(hasher.finish(), domain as u64)
    }
}

/// The hash of two keyed hashes in this order.
pub(crate) fn pair(first: u64, second: u64) -> u64 {
    let wide = u128::from(first ^ ODD) * u128::from(second.rotate_left(32) ^ !ODD);
    (wide as u64) ^ ((wide >> 64) as u64)
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
            r#"{"a":"A","b":{"x":1,"y":[1,2]}}"#,
            r#"{"a":{"x":1,"y":[[1,2]]},"b":"A"}"#,
            r#"{"a":{"x":1,"y":[1,2]},"b":"A","c":null}"#,
            r#"[{"a":{"x":1,"y":[1,2]},"b":"A"}]"#,
        ] {
            assert_ne!(one, of(other), "{other}");
        }
    }

    #[test]
    fn a_flood_of_keys_is_told_apart_as_few_are() {
        let secret = Secret::random();
        let flood = |last: &str| {
            let many: Vec<String> = (0..5000).map(|n| format!("\"k{n}\":{n}")).collect();
            secret.content(Json::checked(&format!("{{{},\"k7\":{last}}}", many.join(","))).unwrap())
        };
        assert_ne!(flood("7"), flood("8"));
        let plain: Vec<String> = (0..5000).rev().map(|n| format!("\"k{n}\":{n}")).collect();
        let plain = format!("{{{}}}", plain.join(","));
        assert_eq!(flood("7"), secret.content(Json::checked(&plain).unwrap()));
    }
}
