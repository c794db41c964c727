//! Who is behind a caller: credentials that were issued, and the way back from a key through roles
//! and sessions to the first actor. Kept after the events that said so have left the ring.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rpds::HashTrieMapSync;

use crate::event::grant::{Grant, How, Who};
use crate::event::time::Timestamp;

/// The most grants kept; the oldest make room.
const MAX_GRANTS: usize = 100_000;
/// The longest chain that is followed.
const MAX_HOPS: usize = 16;
/// The most callers that one new grant is passed on to.
const MAX_HEIRS: usize = 10_000;
/// Bytes of one grant beside its texts: itself, and its places in the maps.
const EACH: usize = size_of::<Grant>() + 160;

/// How sure an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sure {
    /// A record says so.
    Proven,
    /// It follows from something weaker.
    Inferred,
    /// Nobody can say yet.
    Unknown,
}

/// Who is behind a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Root {
    /// An ARN, `service:NAME`, or empty where nobody knows.
    pub name: Box<str>,
    /// The name that the screen shows.
    pub shown: Box<str>,
    /// How sure that is.
    pub sure: Sure,
}

impl Root {
    fn unknown() -> Self {
        Self { name: "".into(), shown: "".into(), sure: Sure::Unknown }
    }

    /// What it may be called in a filter: the whole name, its last part, and what is shown.
    pub fn faces(&self) -> [&str; 3] {
        [&self.name, last(&self.name), &self.shown]
    }
}

/// One step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// What issued the credentials in use.
    pub grant: Arc<Grant>,
    /// Whether the key in use is the one that was issued.
    pub sure: Sure,
}

/// The way from a call back to its root, the last step first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The steps.
    pub hops: Vec<Hop>,
    /// Who is at its end.
    pub root: Root,
    /// What the last step was inferred from, or why the chain ends; empty where all is proven.
    pub why: &'static str,
}

/// Every link that is known. A clone is cheap and shares everything.
#[derive(Debug, Clone, Default)]
pub struct Kin {
    /// By issued key.
    keys: HashTrieMapSync<Arc<str>, Arc<Grant>>,
    /// By the principalId of the session: `AROA…:session`.
    sessions: HashTrieMapSync<Arc<str>, Session>,
    /// Successful sign-ins by the ARN of who signed in.
    sign_ins: HashTrieMapSync<Arc<str>, Arc<Grant>>,
    bytes: usize,
}

/// What is known of the sessions of one principalId.
#[derive(Debug, Clone)]
struct Session {
    /// The last one that was issued.
    grant: Arc<Grant>,
    /// Whether they were not all issued to the same caller: then the name alone says nothing.
    is_ambiguous: bool,
}

/// What ingest needs beside: the links the other way round.
#[derive(Debug, Default)]
pub struct Heirs {
    /// Keys and principals by the key or principal that asked for them.
    issued: HashMap<Arc<str>, Vec<Arc<str>>>,
    order: std::collections::VecDeque<Arc<str>>,
}

/// Keys and principals whose root may be another one now.
pub type Changed = HashSet<Arc<str>>;

impl Kin {
    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many keys are known to have been issued.
    pub fn len(&self) -> usize {
        self.keys.size()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.sign_ins.is_empty()
    }

    /// Notes credentials that were issued, and adds whose root may be another one now.
    pub fn note(&mut self, grant: &Grant, heirs: &mut Heirs, changed: &mut Changed) {
        let grant = Arc::new(grant.clone());
        if grant.how == How::SignIn {
            return put(&mut self.sign_ins, &grant.by.arn, &grant, is_later);
        }
        let known = self.keys.get(&*grant.key);
        if known.is_some_and(|known| !says_more(&grant, known)) {
            return;
        }
        let key: Arc<str> = (*grant.key).into();
        if known.is_none() {
            self.bytes += EACH + texts(&grant);
            heirs.order.push_back(Arc::clone(&key));
        }
        self.keys.insert_mut(Arc::clone(&key), Arc::clone(&grant));
        self.note_session(&grant);
        for parent in [&grant.by.key, &grant.by.principal] {
            if !parent.is_empty() {
                let children = heirs.issued.entry((**parent).into()).or_default();
                if children.len() < MAX_HEIRS {
                    children.push(Arc::clone(&key));
                }
            }
        }
        heirs.follow(&key, &self.keys, changed);
        while heirs.order.len() > MAX_GRANTS {
            self.forget(heirs);
        }
    }

    fn note_session(&mut self, grant: &Arc<Grant>) {
        if grant.principal.is_empty() {
            return;
        }
        let mut session = Session { grant: Arc::clone(grant), is_ambiguous: false };
        if let Some(known) = self.sessions.get(&*grant.principal) {
            let other = &known.grant.by;
            let is_other = known.grant.key != grant.key
                && (&other.arn, &other.principal) != (&grant.by.arn, &grant.by.principal);
            session.is_ambiguous = known.is_ambiguous || is_other;
            if is_later(&known.grant, grant) {
                session.grant = Arc::clone(&known.grant);
            }
        }
        self.sessions.insert_mut((*grant.principal).into(), session);
    }

    fn forget(&mut self, heirs: &mut Heirs) {
        let Some(key) = heirs.order.pop_front() else { return };
        let Some(grant) = self.keys.get(&key).cloned() else { return };
        self.keys.remove_mut(&key);
        self.bytes -= EACH + texts(&grant);
        if self.sessions.get(&*grant.principal).is_some_and(|it| it.grant.key == grant.key) {
            self.sessions.remove_mut(&*grant.principal);
        }
        for parent in [&grant.by.key, &grant.by.principal] {
            if let Some(children) = heirs.issued.get_mut(&**parent) {
                children.retain(|child| *child != key);
                if children.is_empty() {
                    heirs.issued.remove(&**parent);
                }
            }
        }
    }

    /// Who is behind a caller.
    pub fn root(&self, who: Who<'_>) -> Root {
        self.chain(who).root
    }

    /// The way from a caller back to who is behind it.
    pub fn chain(&self, who: Who<'_>) -> Chain {
        let mut hops: Vec<Hop> = vec![];
        let mut sure = Sure::Proven;
        let mut last: Option<Arc<Grant>> = None;
        loop {
            let who = last.as_ref().map_or(who, |grant| grant.by.who());
            let next = self.step(who).filter(|(grant, _)| {
                hops.len() < MAX_HOPS && hops.iter().all(|hop| hop.grant.key != grant.key)
            });
            let Some((grant, step)) = next else {
                let (root, why) = end(who, last.as_deref(), sure);
                return Chain { hops, root, why };
            };
            sure = sure.max(step);
            hops.push(Hop { grant: Arc::clone(&grant), sure: step });
            last = Some(grant);
        }
    }

    /// What issued the credentials of a caller.
    fn step(&self, who: Who<'_>) -> Option<(Arc<Grant>, Sure)> {
        if let Some(grant) = self.keys.get(who.key).filter(|_| !who.key.is_empty()) {
            return Some((Arc::clone(grant), Sure::Proven));
        }
        // Long-term keys are issued to somebody who is named in every record.
        let is_session = matches!(who.kind, "AssumedRole" | "FederatedUser" | "AWSAccount");
        if !is_session || who.principal.is_empty() {
            return None;
        }
        // Services that call on behalf of a session, and the console, use keys of their own.
        let session = self.sessions.get(who.principal).filter(|session| !session.is_ambiguous)?;
        Some((Arc::clone(&session.grant), Sure::Inferred))
    }

    /// The sign-in that a console session of somebody began with: the last one before `at`.
    pub fn sign_in(&self, arn: &str, at: Timestamp) -> Option<&Arc<Grant>> {
        self.sign_ins.get(arn).filter(|grant| grant.at <= at)
    }
}

impl Heirs {
    /// Adds a key and everything that was issued by it, at any distance.
    fn follow(
        &self,
        key: &Arc<str>,
        keys: &HashTrieMapSync<Arc<str>, Arc<Grant>>,
        changed: &mut Changed,
    ) {
        let mut open = vec![Arc::clone(key)];
        while let Some(key) = open.pop() {
            if changed.len() > MAX_HEIRS || !changed.insert(Arc::clone(&key)) {
                continue;
            }
            let principal = keys.get(&key).map(|grant| Arc::<str>::from(&*grant.principal));
            let principal = principal.filter(|principal| !principal.is_empty());
            for name in [Some(key), principal].into_iter().flatten() {
                open.extend(self.issued.get(&name).into_iter().flatten().cloned());
                changed.insert(name);
            }
        }
    }
}

fn put(
    map: &mut HashTrieMapSync<Arc<str>, Arc<Grant>>,
    name: &str,
    grant: &Arc<Grant>,
    wins: fn(&Grant, &Grant) -> bool,
) {
    if !name.is_empty() && map.get(name).is_none_or(|known| wins(grant, known)) {
        map.insert_mut(name.into(), Arc::clone(grant));
    }
}

/// Of several grants of one session the last one counts; of one second the one that sorts first, so
/// that the order of arrival does not matter.
fn is_later(one: &Grant, other: &Grant) -> bool {
    (one.at, std::cmp::Reverse(one)) > (other.at, std::cmp::Reverse(other))
}

/// The same call is recorded by several accounts, and only the caller's own says who it was.
fn says_more(one: &Grant, other: &Grant) -> bool {
    let weight = |grant: &Grant| {
        let by = &grant.by;
        [&by.key, &by.arn, &by.principal].iter().filter(|text| !text.is_empty()).count()
    };
    (weight(one), std::cmp::Reverse(one)) > (weight(other), std::cmp::Reverse(other))
}

fn texts(grant: &Grant) -> usize {
    let by = &grant.by;
    let own = [&grant.key, &grant.session, &grant.principal, &grant.ip, &grant.id];
    let theirs = [&by.kind, &by.key, &by.arn, &by.principal, &by.user, &by.via, &by.actor];
    own.into_iter().chain(theirs).map(|text| text.len()).sum()
}

/// Who stands at the end of a chain, where nothing leads further back.
fn end(who: Who<'_>, last: Option<&Grant>, sure: Sure) -> (Root, &'static str) {
    let is = |name: &str, sure: Sure, why| {
        let root = Root { name: name.into(), shown: who.actor.into(), sure };
        (root, why)
    };
    let why = match sure {
        Sure::Proven => "",
        _ => "a key of its own: linked by the session's principal",
    };
    match who.kind {
        "AWSService" => {
            let service = if who.via.is_empty() { who.actor } else { who.via };
            is(&format!("service:{service}"), sure, why)
        }
        "Root" | "IAMUser" if !who.arn.is_empty() => is(who.arn, sure, why),
        // A name and no ARN, as in failed sign-ins.
        "IAMUser" if !who.user.is_empty() => is(who.user, sure, why),
        "SAMLUser" | "WebIdentityUser" | "IdentityCenterUser" => {
            // Somebody from outside has no ARN: the session it got is named after it.
            let session = last.map_or("", |grant| &grant.session);
            let name = [session, who.arn, who.user, who.principal, who.actor]
                .into_iter()
                .find(|name| !name.is_empty());
            is(name.unwrap_or_default(), sure, why)
        }
        "FederatedUser" if !who.arn.is_empty() => {
            is(who.arn, Sure::Inferred, "who asked for the federation token is not known")
        }
        "AssumedRole" | "Role" if is_person(who) => {
            is(who.arn, Sure::Inferred, "Identity Center names the session after the person")
        }
        "AssumedRole" if is_instance(who) => {
            is("service:ec2.amazonaws.com", Sure::Inferred, "the session is that of an instance")
        }
        "AssumedRole" | "Role" if is_service_linked(who) => {
            let name = format!("service:{}", who.actor);
            is(&name, Sure::Inferred, "only AWS itself can assume this role")
        }
        "AssumedRole" | "Role" => (Root::unknown(), "the AssumeRole has not arrived"),
        "AWSAccount" => (Root::unknown(), "another account called; only that account has its name"),
        _ if who.kind.is_empty() && !who.via.is_empty() => {
            is(&format!("service:{}", who.via), sure, why)
        }
        _ => (Root::unknown(), "the record names nobody"),
    }
}

fn is_person(who: Who<'_>) -> bool {
    who.arn.contains(":assumed-role/AWSReservedSSO_")
}

fn is_service_linked(who: Who<'_>) -> bool {
    who.arn.contains(":assumed-role/AWSServiceRoleFor")
}

/// EC2 names the sessions of instance profiles after the instance; anybody else may as well.
fn is_instance(who: Who<'_>) -> bool {
    who.actor.starts_with("i-") && who.actor.ends_with(" (instance)")
}

fn last(name: &str) -> &str {
    name.rsplit(['/', ':']).next().unwrap_or(name)
}

#[cfg(test)]
#[path = "kin_tests.rs"]
mod tests;
