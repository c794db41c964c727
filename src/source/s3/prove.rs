//! Asks for what the proof of a bucket wants: lists digests, gets them and checks who signed them.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;

use aws_smithy_types::DateTime;
use ring::digest::{Context, SHA256};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use tokio::task::JoinSet;

use crate::aws::fault::Fault;
use crate::aws::session::Session;
use crate::event::digest::{Digest, hex, unhex};
use crate::event::label::label;
use crate::event::time::{Millis, Timestamp};
use crate::source::inflate::Inflate;
use crate::source::s3::fetch::{Access, Page};
use crate::source::s3::plan::Plan;
use crate::source::s3::proof::{self, Proofs, Read, Signed, Task};

/// The most bytes a digest may unpack to.
const MOST: u64 = 64 << 20;
/// What is not allowed, and what failed, is asked for again after so long.
const DENIED: Millis = Millis::minutes(30);
const FAILED: Millis = Millis::seconds(30);
/// Bytes hashed at a time.
const PART: usize = 64 << 10;
/// What stands before a key of 2048 bits where it is written as any key is, and not as RSA's.
const WRAPPED: usize = 24;

/// Who proves what was read of a bucket.
#[derive(Debug)]
pub struct Prover {
    proofs: Proofs,
    /// The keys that sign digests, by region: by their fingerprints, and when they were asked for.
    keys: BTreeMap<String, (Timestamp, BTreeMap<String, Vec<u8>>)>,
    /// Why digests are not listed, or signatures not checked.
    trouble: Option<String>,
}

/// Whether there was something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// Yes: there may be more.
    Something,
    /// Nothing, until then.
    Nothing(Option<Timestamp>),
}

impl Prover {
    /// Nothing is known of any digest; events from `since` on are asked for.
    pub fn new(since: Timestamp) -> Self {
        Self { proofs: Proofs::new(since), keys: BTreeMap::new(), trouble: None }
    }

    /// Takes the folders with digests that were found.
    pub fn meet(&mut self, plan: &mut Plan, now: Timestamp) {
        plan.new_digests().into_iter().for_each(|region| self.proofs.add(region, now));
    }

    /// What a digest is to be held against.
    pub fn proofs(&mut self) -> &mut Proofs {
        &mut self.proofs
    }

    /// Whether a digest may name this key, so that its content is to be hashed.
    pub fn covers(&self, key: &str) -> bool {
        self.proofs.covers(key)
    }

    /// Why not everything is proven that could be.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// What the digests say is wrong.
    pub fn faults(&self) -> Option<String> {
        self.proofs.fault_words()
    }

    /// Does what is due, if anything is. `hash` is that of keys.
    pub async fn step(
        &mut self,
        access: &Access,
        plan: &mut Plan,
        hash: impl Fn(&str) -> u64,
        now: Timestamp,
    ) -> Did {
        let standing = |key: &str, label| plan.standing(key, hash(key), label, now);
        match self.proofs.next(now, &hash, standing) {
            None => return Did::Nothing(self.proofs.due()),
            Some(Task::List { region, place, token, is_first }) => {
                if let Err(wait) = plan.pay_for_digests(is_first, now) {
                    let until = now + Millis::from(wait) + Millis(1);
                    self.proofs.put_off(region, vec![], until);
                    return Did::Nothing(self.proofs.due());
                }
                match access.list(&place.prefix, Some(&place.after), token).await {
                    Ok(Page { keys, token, .. }) => self.proofs.listed(region, keys, token, now),
                    Err(fault) => self.failed(region, vec![], &fault, now),
                }
            }
            Some(Task::Get(region, keys)) => self.get(access, region, keys, now).await,
            Some(Task::Check(keys)) => self.check(access, keys, hash, now).await,
        }
        Did::Something
    }

    /// Notes why digests cannot be had, and when they are asked for again.
    fn failed(&mut self, region: usize, again: Vec<String>, fault: &Fault, now: Timestamp) {
        let wait = if fault.is_passing() { FAILED } else { DENIED };
        if !fault.is_passing() {
            self.trouble = Some(format!("digests cannot be read: {fault}"));
        }
        self.proofs.put_off(region, again, now + wait);
    }

    /// Gets digests.
    async fn get(&mut self, access: &Access, region: usize, keys: Vec<String>, now: Timestamp) {
        let mut set = JoinSet::new();
        for key in keys {
            let access = access.clone();
            set.spawn(async move {
                let got = access.get_signed(&key).await;
                (key, got)
            });
        }
        while let Some(Ok((key, got))) = set.join_next().await {
            let signed = match got {
                Ok(stored) => self.read(access, (region, &key), stored, now).await,
                Err(Fault::Missing(_)) => {
                    Err(proof::Fault::Broken(format!("{key} was deleted before it could be read")))
                }
                Err(Fault::Broken(why)) => Err(proof::Fault::Gap(format!("{key} {why}"))),
                Err(fault) => {
                    self.failed(region, vec![key], &fault, now);
                    continue;
                }
            };
            self.proofs.got(region, &key, signed);
        }
    }

    /// Reads a digest and checks that CloudTrail wrote it, and wrote it here.
    async fn read(
        &mut self,
        access: &Access,
        (region, key): (usize, &str),
        (bytes, signature): (Vec<u8>, Option<String>),
        now: Timestamp,
    ) -> Result<Signed, proof::Fault> {
        let broken = |why: &str| proof::Fault::Broken(format!("{key} {why}"));
        let text = unpacked(&bytes).ok_or_else(|| broken("cannot be unpacked"))?;
        let digest = std::str::from_utf8(&text).ok().and_then(Digest::read);
        let digest = digest.ok_or_else(|| broken("is no digest that can be read"))?;
        if (&*digest.bucket, &*digest.key) != (&*access.bucket, key) {
            // A copy of a bucket is no forgery, and no proof.
            return Err(proof::Fault::Gap(format!(
                "{key} was written as s3://{}/{}, and proves nothing here",
                digest.bucket, digest.key
            )));
        }
        let hash = hex(ring::digest::digest(&SHA256, &text).as_ref());
        let signature = signature.ok_or_else(|| broken("has no signature"))?;
        let name = self.proofs.region(region).to_owned();
        match self.key(&access.session, &name, &digest, now).await {
            // Who may not ask for keys sees a chain that is whole, and not who made it.
            Err(fault) => {
                self.trouble = Some(format!("signatures of digests are not checked: {fault}"));
            }
            Ok(None) => {
                return Err(broken(&format!(
                    "was signed by a key CloudTrail does not have in {name}"
                )));
            }
            Ok(Some(key)) => {
                let made = unhex(&signature).unwrap_or_default();
                let signed = digest.signed(&hash);
                let is_right = |key: &[u8]| {
                    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
                    key.verify(signed.as_bytes(), &made).is_ok()
                };
                if !is_right(&key) && !key.get(WRAPPED..).is_some_and(is_right) {
                    return Err(broken(
                        "was changed, or is not CloudTrail's: its signature is wrong",
                    ));
                }
            }
        }
        Ok(Signed { digest, hash, signature })
    }

    /// The key that a digest names; asked for where it is not known, and not again within an hour.
    async fn key(
        &mut self,
        session: &Session,
        region: &str,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, Fault> {
        if let Some((at, keys)) = self.keys.get(region) {
            let known = keys.get(&digest.fingerprint);
            if known.is_some() || (now < *at + Millis::hours(1) && digest.end > *at) {
                return Ok(known.cloned());
            }
        }
        let time = |at: Timestamp| DateTime::from_millis(at.0);
        let client = session.cloudtrail(region);
        let call = client.list_public_keys().start_time(time(digest.start));
        let said = call.end_time(time(digest.end + Millis::hours(2))).send().await;
        let said = said.map_err(|error| session.fault(&error))?;
        let (at, keys) = self.keys.entry(region.to_owned()).or_insert((now, BTreeMap::new()));
        *at = now;
        for key in said.public_key_list() {
            if let (Some(print), Some(value)) = (key.fingerprint(), key.value()) {
                keys.insert(print.to_owned(), value.as_ref().to_vec());
            }
        }
        Ok(keys.get(&digest.fingerprint).cloned())
    }

    /// Gets logs once more, for their content alone.
    async fn check(
        &mut self,
        access: &Access,
        keys: Vec<String>,
        hash: impl Fn(&str) -> u64,
        now: Timestamp,
    ) {
        for key in keys {
            let got = access.get(&key).await;
            let read = match got {
                Ok(bytes) => hashed(bytes, access.most).await.1,
                Err(Fault::Missing(_)) => Read::Gone,
                Err(Fault::Broken(_)) => Read::Broken,
                Err(fault) => {
                    self.trouble = Some(format!("{key} cannot be read again: {fault}"));
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
            };
            let at = label(&key).and_then(|label| label.time).unwrap_or(now);
            self.proofs.note(&key, (at, hash(&key)), read, now);
        }
    }
}

/// The content of a digest; `None` where it cannot be unpacked, or is more than a digest can be.
fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = vec![];
    let read = Inflate::new(bytes).and_then(|it| it.take(MOST + 1).read_to_end(&mut text));
    read.is_ok().then_some(text).filter(|text| text.len() as u64 <= MOST)
}

/// What the content of an object is, beside the object itself, which unpacked may have `most` bytes.
pub async fn hashed(bytes: Vec<u8>, most: u64) -> (Vec<u8>, Read) {
    let hash = move || {
        let read = content(&bytes, most).map_or(Read::Broken, Read::As);
        (bytes, read)
    };
    tokio::task::spawn_blocking(hash).await.unwrap_or((vec![], Read::Broken))
}

/// The SHA-256 of what an object unpacks to.
fn content(bytes: &[u8], most: u64) -> Option<[u8; 32]> {
    let mut from = Inflate::new(bytes).ok()?.take(most + 1);
    let (mut context, mut part, mut total) = (Context::new(&SHA256), vec![0; PART], 0);
    loop {
        match from.read(&mut part) {
            Ok(0) => break,
            Ok(n) => {
                total += n as u64;
                context.update(&part[..n]);
            }
            Err(_) => return None,
        }
    }
    (total <= most).then(|| context.finish().as_ref().try_into().ok()).flatten()
}
