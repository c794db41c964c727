//! How far each account and region was read: the least of its categories, so that one that lags or
//! is not allowed holds back itself alone. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::time::Timestamp;

/// What can be claimed of every account and region, told once for each advance.
#[derive(Debug, Default)]
pub struct Claims {
    scopes: Vec<Scope>,
    names: BTreeMap<(String, String), usize>,
    /// The scope of each stream.
    of: Vec<usize>,
    /// Folders of an account that were not looked into yet: more of its categories may be there.
    unread: BTreeMap<String, usize>,
    /// Scopes that may have advanced.
    stirred: BTreeSet<usize>,
}

/// One account and region.
#[derive(Debug)]
struct Scope {
    account: String,
    region: String,
    streams: Vec<usize>,
    told: Option<Timestamp>,
}

/// That everything of an account and region delivered up to a time was handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Up to when.
    pub to: Timestamp,
}

impl Claims {
    /// Adds the next stream.
    pub fn add(&mut self, account: &str, region: &str) {
        let (scopes, stream) = (&mut self.scopes, self.of.len());
        let at = *self.names.entry((account.to_owned(), region.to_owned())).or_insert_with(|| {
            let (account, region) = (account.to_owned(), region.to_owned());
            scopes.push(Scope { account, region, streams: vec![], told: None });
            scopes.len() - 1
        });
        scopes[at].streams.push(stream);
        self.of.push(at);
    }

    /// A folder of an account was found and not looked into.
    pub fn found(&mut self, account: &str) {
        *self.unread.entry(account.to_owned()).or_default() += 1;
    }

    /// It was looked into for the first time.
    pub fn looked(&mut self, account: &str) {
        let left = self.unread.get_mut(account);
        if let Some(left) = left.filter(|left| **left > 0) {
            *left -= 1;
            if *left == 0 {
                let of = self.scopes.iter().enumerate().filter(|(_, it)| it.account == account);
                self.stirred.extend(of.map(|(at, _)| at));
            }
        }
    }

    /// Something happened to a stream.
    pub fn stir(&mut self, stream: usize) {
        self.stirred.extend(self.of.get(stream));
    }

    /// What advanced since the last call, given how far each stream is.
    pub fn take(&mut self, complete: impl Fn(usize) -> Option<Timestamp>) -> Vec<Claim> {
        let mut claims = vec![];
        for at in std::mem::take(&mut self.stirred) {
            let it = &mut self.scopes[at];
            if self.unread.get(&it.account).is_some_and(|left| *left > 0) {
                continue;
            }
            let all: Option<Vec<Timestamp>> = it.streams.iter().map(|one| complete(*one)).collect();
            let to = all.and_then(|all| all.into_iter().min());
            if let Some(to) = to.filter(|to| Some(*to) > it.told) {
                it.told = Some(to);
                let (account, region) = (it.account.clone(), it.region.clone());
                claims.push(Claim { account, region, to });
            }
        }
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_advances_by_itself() {
        let mut claims = Claims::default();
        claims.found("1");
        claims.add("1", "eu");
        claims.add("1", "us");
        claims.add("1", "eu");
        let at =
            |seconds: [i64; 3]| move |n: usize| Some(Timestamp(seconds[n])).filter(|it| it.0 > 0);
        let told = |claims: &mut Claims, seconds| -> Vec<(String, i64)> {
            (0..3).for_each(|stream| claims.stir(stream));
            claims.take(at(seconds)).into_iter().map(|it| (it.region, it.to.0)).collect()
        };
        let says = |said: &[(&str, i64)]| -> Vec<(String, i64)> {
            said.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect()
        };
        assert_eq!(told(&mut claims, [5, 5, 5]), [], "a category may still be found");
        claims.looked("1");
        assert_eq!(told(&mut claims, [5, 7, 0]), says(&[("us", 7)]));
        assert_eq!(told(&mut claims, [9, 7, 6]), says(&[("eu", 6)]));
        assert_eq!(told(&mut claims, [9, 0, 6]), [], "what was claimed stays");
    }
}
