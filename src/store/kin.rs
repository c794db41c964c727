//! Who is behind a caller: credentials that were issued, and the way back from a key through roles
//! and sessions to the first actor. Kept after the events that said so have left the ring.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use rpds::HashTrieMapSync;

use crate::event::grant::{Grant, How, SOURCE_IDENTITY, Who};
use crate::event::time::Timestamp;

/// The most grants kept; the oldest make room.
const MAX_GRANTS: usize = 100_000;
/// The longest chain that is followed.
const MAX_HOPS: usize = 16;
/// The most callers that one new grant is passed on to; beyond, every caller is looked at anew.
const MAX_HEIRS: usize = 10_000;
/// The most keys remembered of one session; its name is used again and again by some.
const MAX_KEYS: usize = 32;
/// The most sign-ins kept, one for each who signed in; the oldest make room.
const MAX_SIGN_INS: usize = 10_000;
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
    /// What issued the keys of each session, by its principalId (`AROA…:session`): the last ones, in
    /// the order of time.
    sessions: HashTrieMapSync<Arc<str>, Arc<[Arc<Grant>]>>,
    /// Successful sign-ins by the ARN of who signed in.
    sign_ins: HashTrieMapSync<Arc<str>, Arc<Grant>>,
    bytes: usize,
}

/// What the owner of the links needs beside: the links the other way round, and which came first.
#[derive(Debug, Default)]
pub struct Heirs {
    /// Keys by the key or principal that asked for them.
    issued: HashMap<Arc<str>, Vec<Arc<str>>>,
    order: VecDeque<Arc<str>>,
    sign_ins: VecDeque<Arc<str>>,
}

/// Keys and principals whose root may be another one now.
#[derive(Debug, Default)]
pub struct Changed {
    names: HashSet<Arc<str>>,
    /// There are more than are worth telling apart: it may be any.
    is_any: bool,
}

impl Changed {
    /// Whether the root of a caller with this key or principal may be another one.
    pub fn has(&self, name: &str) -> bool {
        self.is_any || self.names.contains(name)
    }

    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && !self.is_any
    }

    /// Whether one of those that are known to be in use is among them.
    pub fn meets(&self, known: impl Fn(&str) -> bool) -> bool {
        self.is_any || self.names.iter().any(|name| known(name))
    }

    fn add(&mut self, name: &Arc<str>) -> bool {
        if self.names.len() == MAX_HEIRS {
            self.is_any = true;
        }
        !self.is_any && self.names.insert(Arc::clone(name))
    }
}

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

    /// All that is known, in the order in which it was issued.
    pub fn grants(&self) -> Vec<Arc<Grant>> {
        let all = self.keys.values().chain(self.sign_ins.values());
        let mut all: Vec<Arc<Grant>> = all.cloned().collect();
        all.sort_unstable();
        all
    }

    /// Notes credentials that were issued, and adds whose root may be another one now.
    pub fn note(&mut self, grant: &Grant, heirs: &mut Heirs, changed: &mut Changed) {
        if grant.how == How::SignIn {
            return self.note_sign_in(grant, heirs);
        }
        let key: Arc<str> = (*grant.key).into();
        match self.keys.get(&key).cloned() {
            Some(known) if !says_more(grant, &known) => return,
            Some(known) => self.unlink(&known, heirs),
            None => heirs.order.push_back(Arc::clone(&key)),
        }
        let before = self.of_session(grant);
        self.link(&key, &Arc::new(grant.clone()), heirs);
        // A session that goes on with a new key, as most do, has the root it had.
        let is_told = before != self.of_session(grant);
        let principal = Some(Arc::<str>::from(&*grant.principal)).filter(|_| is_told);
        heirs.follow(key, principal, &self.keys, changed);
        while heirs.order.len() > MAX_GRANTS {
            let oldest = heirs.order.pop_front().and_then(|key| self.keys.get(&key).cloned());
            if let Some(grant) = oldest {
                self.unlink(&grant, heirs);
            }
        }
    }

    /// Who is behind calls of a session that are known by its principal alone.
    fn of_session(&self, grant: &Grant) -> Option<Root> {
        let principal = &*grant.principal;
        let who = Who { kind: "AssumedRole", principal, ..Who::default() };
        (!principal.is_empty()).then(|| self.root(who))
    }

    fn link(&mut self, key: &Arc<str>, grant: &Arc<Grant>, heirs: &mut Heirs) {
        self.bytes += EACH + texts(grant);
        self.keys.insert_mut(Arc::clone(key), Arc::clone(grant));
        if !grant.principal.is_empty() {
            let known = self.sessions.get(&*grant.principal);
            let mut issued: Vec<Arc<Grant>> = known.map(|it| it.to_vec()).unwrap_or_default();
            issued.push(Arc::clone(grant));
            issued.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
            issued.drain(..issued.len().saturating_sub(MAX_KEYS));
            self.sessions.insert_mut((*grant.principal).into(), issued.into());
        }
        for parent in parents(grant) {
            let children = heirs.issued.entry(parent.into()).or_default();
            if children.len() < MAX_HEIRS {
                children.push(Arc::clone(key));
            }
        }
    }

    fn unlink(&mut self, grant: &Grant, heirs: &mut Heirs) {
        self.bytes -= EACH + texts(grant);
        self.keys.remove_mut(&*grant.key);
        if let Some(issued) = self.sessions.get(&*grant.principal) {
            let left: Arc<[Arc<Grant>]> =
                issued.iter().filter(|it| it.key != grant.key).cloned().collect();
            match left.is_empty() {
                true => drop(self.sessions.remove_mut(&*grant.principal)),
                false => self.sessions.insert_mut((*grant.principal).into(), left),
            }
        }
        for parent in parents(grant) {
            if let Some(children) = heirs.issued.get_mut(parent) {
                children.retain(|child| **child != *grant.key);
                if children.is_empty() {
                    heirs.issued.remove(parent);
                }
            }
        }
    }

    fn note_sign_in(&mut self, grant: &Grant, heirs: &mut Heirs) {
        let known = self.sign_ins.get(&*grant.by.arn);
        if grant.by.arn.is_empty() || known.is_some_and(|known| !is_later(grant, known)) {
            return;
        }
        let arn: Arc<str> = (*grant.by.arn).into();
        match known {
            Some(known) => self.bytes -= EACH + texts(known),
            None => heirs.sign_ins.push_back(Arc::clone(&arn)),
        }
        self.bytes += EACH + texts(grant);
        self.sign_ins.insert_mut(arn, Arc::new(grant.clone()));
        while heirs.sign_ins.len() > MAX_SIGN_INS {
            let Some(oldest) = heirs.sign_ins.pop_front() else { return };
            let gone = self.sign_ins.get(&oldest).map_or(0, |grant| EACH + texts(grant));
            self.bytes -= gone;
            self.sign_ins.remove_mut(&oldest);
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
            // No record says that this key was issued: it says whose it is.
            let is_told = grant.how == How::SourceIdentity;
            let sure = if is_told { Sure::Inferred } else { Sure::Proven };
            return Some((Arc::clone(grant), sure));
        }
        // Long-term keys are issued to somebody who is named in every record.
        let is_session = matches!(who.kind, "AssumedRole" | "FederatedUser" | "AWSAccount");
        if !is_session || who.principal.is_empty() {
            return None;
        }
        // Services that call on behalf of a session, and the console, use keys of their own. Where
        // its keys were not all issued to the same caller, the name of the session says nothing.
        let (last, others) = self.sessions.get(who.principal)?.split_last()?;
        let is_same = |grant: &Arc<Grant>| {
            (&grant.by.arn, &grant.by.principal) == (&last.by.arn, &last.by.principal)
        };
        others.iter().all(is_same).then(|| (Arc::clone(last), Sure::Inferred))
    }

    /// The sign-in that a console session of somebody began with: the last one before `at`.
    pub fn sign_in(&self, arn: &str, at: Timestamp) -> Option<&Arc<Grant>> {
        self.sign_ins.get(arn).filter(|grant| grant.at <= at)
    }
}

impl Heirs {
    /// Adds a key, the session it belongs to where that matters, and everything that was issued by
    /// them, at any distance.
    fn follow(
        &self,
        key: Arc<str>,
        principal: Option<Arc<str>>,
        keys: &HashTrieMapSync<Arc<str>, Arc<Grant>>,
        changed: &mut Changed,
    ) {
        let mut open: Vec<Arc<str>> = [Some(key), principal].into_iter().flatten().collect();
        while let Some(name) = open.pop() {
            if !changed.add(&name) {
                continue;
            }
            let Some(children) = self.issued.get(&name) else { continue };
            changed.is_any |= children.len() == MAX_HEIRS;
            for child in children {
                let principal = keys.get(child).map(|grant| Arc::<str>::from(&*grant.principal));
                open.extend(principal.filter(|principal| !principal.is_empty()));
                open.push(Arc::clone(child));
            }
        }
    }
}

/// The key and the principal that credentials were asked for with.
fn parents(grant: &Grant) -> impl Iterator<Item = &str> {
    let by = &grant.by;
    [&*by.key, &*by.principal].into_iter().filter(|name| !name.is_empty())
}

/// Of several sign-ins the last one counts; of one second the one that sorts first, so that the order
/// of arrival does not matter.
fn is_later(one: &Grant, other: &Grant) -> bool {
    (one.at, std::cmp::Reverse(one)) > (other.at, std::cmp::Reverse(other))
}

/// The same call is recorded by several accounts, and only the caller's own says who it was.
fn says_more(one: &Grant, other: &Grant) -> bool {
    let weight = |grant: &Grant| {
        let by = &grant.by;
        let told = [&by.key, &by.arn, &by.principal].iter().filter(|text| !text.is_empty()).count();
        (grant.how != How::SourceIdentity, told)
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
        SOURCE_IDENTITY => is(
            who.user,
            Sure::Inferred,
            "the session carries this source identity, set when it began",
        ),
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
