//! The everyday life of the organization: who acts next, with which credentials, and how it ends.
//! One call gives one event; what belongs to it (the record in the other account, the key that was
//! used on the way) waits and comes next.

use std::collections::VecDeque;

use crate::event::time::{Millis, Timestamp};
use crate::source::demo::call::{Why, call, denied, throttled};
use crate::source::demo::cast::{Actor, CAST, Kind, Rhythm};
use crate::source::demo::catalog::{Action, action};
use crate::source::demo::chance::Chance;
use crate::source::demo::identity::{Caller, Session};
use crate::source::demo::oddity::{Stage, oddity};
use crate::source::demo::organization::{Names, REGIONS, SECURITY};
use crate::source::demo::record::{Category, Draft, Event, Fault, quoted};
use crate::source::demo::scene::Scene;
use crate::source::demo::sign_in::Door;

/// Of a thousand calls, how many meet the failure that lies in their nature.
const ODD: usize = 70;
/// Of a thousand reads, how many are answered with: slower.
const THROTTLED: usize = 7;
/// Of a thousand data events, how many come without an eventID.
const WITHOUT_ID: usize = 6;
/// Of a thousand management events, how many read a little differently in Event history.
const DIFFERS: usize = 4;

/// Everyday life.
#[derive(Debug)]
pub(crate) struct Habits {
    names: Names,
    chance: Chance,
    doings: Vec<Doing>,
    current: usize,
    waiting: VecDeque<Event>,
}

/// An actor and what he has in hand.
#[derive(Debug)]
struct Doing {
    actor: &'static Actor,
    habits: Vec<&'static Action>,
    retired: bool,
    account: usize,
    region: &'static str,
    ip: &'static str,
    agent: &'static str,
    /// The credentials he works with, and the ones he got them by.
    session: Option<Session>,
    base: Option<Session>,
    /// When he puts them down.
    until: Timestamp,
    console_key: String,
    signed_in: Timestamp,
}

impl Habits {
    pub(crate) fn new(names: Names, seed: u64) -> Self {
        let doing = |actor: &'static Actor| Doing {
            actor,
            habits: actor.habits.iter().filter_map(|habit| action(habit)).collect(),
            retired: false,
            account: actor.accounts.first().copied().unwrap_or(SECURITY),
            region: REGIONS[0],
            ip: actor.ips.first().copied().unwrap_or_default(),
            agent: actor.agents.first().copied().unwrap_or_default(),
            session: None,
            base: None,
            until: Timestamp(i64::MIN),
            console_key: String::new(),
            signed_in: Timestamp(0),
        };
        Self {
            names,
            chance: Chance::new(seed),
            doings: CAST.iter().map(doing).collect(),
            current: 0,
            waiting: VecDeque::new(),
        }
    }

    /// A user whose keys no longer work does nothing any more.
    pub(crate) fn retire(&mut self, user: &str) {
        for doing in &mut self.doings {
            if matches!(doing.actor.kind, Kind::User { name } if name == user) {
                doing.retired = true;
            }
        }
    }

    /// The next event at this time. While the trail is stopped, what only a trail would have
    /// recorded is not made.
    pub(crate) fn next(&mut self, time: Timestamp, trail: bool) -> Event {
        loop {
            if self.waiting.is_empty() {
                self.act(time);
            }
            if let Some(event) = self.waiting.pop_front()
                && (trail || event.category == Category::Management)
            {
                return event;
            }
        }
    }

    fn act(&mut self, time: Timestamp) {
        let last = &self.doings[self.current];
        if last.retired || !self.chance.permille(last.persistence()) {
            let weights: Vec<u64> = self.doings.iter().map(|doing| doing.weight(time)).collect();
            self.current = self.chance.weighted(&weights);
        }
        let doing = &mut self.doings[self.current];
        if matches!(doing.actor.kind, Kind::Oddity) {
            let mut stage = Stage { names: self.names, chance: &mut self.chance, time };
            self.waiting.extend(oddity(&mut stage));
            return;
        }
        if time >= doing.until {
            let drafts = doing.begin(self.names, &mut self.chance, time);
            let began = !drafts.is_empty();
            self.waiting.extend(drafts.into_iter().map(Draft::finish));
            if began {
                return;
            }
        }
        let drafts = doing.go_on(self.names, &mut self.chance, time);
        for draft in drafts {
            let event = self.finish(draft);
            self.waiting.push_back(event);
        }
    }

    /// Makes the record, with the small faults that records have.
    fn finish(&mut self, mut draft: Draft) -> Event {
        if draft.category == Category::Data && self.chance.permille(WITHOUT_ID) {
            draft.event_id.clear();
        }
        let other = draft.category == Category::Management && self.chance.permille(DIFFERS);
        let other = other.then(|| draft.text(false));
        let mut event = draft.finish();
        event.history_body = other.filter(|other| *other != event.body);
        event
    }
}

impl Doing {
    /// How likely he is to act now, in thousandths of his own weight.
    fn weight(&self, time: Timestamp) -> u64 {
        /// How busy offices are by the hour of the day (UTC), in thousandths.
        const DAY: [u64; 24] = [
            400, 350, 350, 350, 400, 450, 600, 850, 1200, 1450, 1500, 1350, 950, 1250, 1500, 1450,
            1250, 950, 750, 600, 550, 500, 450, 400,
        ];
        if self.retired {
            return 0;
        }
        let seconds = time.0.div_euclid(1000);
        let shape = match self.actor.rhythm {
            Rhythm::Steady => 1000,
            Rhythm::Office => DAY[seconds.rem_euclid(86_400) as usize / 3600],
            Rhythm::Bursts(active, period) => {
                let phase = i64::from(self.actor.weight as u32) * 37;
                let on = (seconds + phase).rem_euclid(period) < active;
                if on { 1000 * period as u64 / active as u64 } else { 20 }
            }
        };
        self.actor.weight * shape
    }

    /// Of a thousand next events, how many go on with what he was doing.
    fn persistence(&self) -> usize {
        match self.actor.rhythm {
            Rhythm::Steady => 450,
            Rhythm::Office => 680,
            Rhythm::Bursts(..) => 870,
        }
    }

    /// How long he keeps a set of credentials, in seconds.
    fn patience(&self) -> (i64, i64) {
        match self.actor.rhythm {
            Rhythm::Steady => (600, 2400),
            Rhythm::Office => (900, 3000),
            Rhythm::Bursts(active, _) => (active / 2, active),
        }
    }

    /// Takes up new credentials where the kind of actor needs some; gives the records of that.
    fn begin(&mut self, names: Names, chance: &mut Chance, time: Timestamp) -> Vec<Draft> {
        let actor = self.actor;
        if let Some(account) =
            (!actor.accounts.is_empty()).then(|| *chance.favourite(actor.accounts))
        {
            self.account = account;
        }
        self.region = REGIONS[chance.zipf(actor.regions)];
        if !actor.ips.is_empty() {
            self.ip = *chance.favourite(actor.ips);
            self.agent = *chance.favourite(actor.agents);
        }
        let (short, long) = self.patience();
        self.until = time + Millis::seconds(chance.between(short, long));
        let from = (self.ip, self.agent);
        let mut door = Door { names, chance, time, region: self.region };
        let (drafts, session) = match actor.kind {
            Kind::Person { email, roles } => {
                let role = *door.chance.favourite(roles);
                self.account = role.0;
                door.person(email, role, from)
            }
            Kind::Pipeline { repository, role } => {
                door.pipeline(repository, (self.account, role), from)
            }
            Kind::Workload { principal, role, session } => {
                let name = session_name(session, names, door.chance, self.account);
                door.service(principal, (self.account, role), ("", &name))
            }
            Kind::Linked { principal, role, session } => {
                let path = format!("aws-service-role/{principal}/");
                door.service(principal, (self.account, role), (&path, session))
            }
            Kind::Scanner { base, role } => return self.scan(&mut door, base, role),
            Kind::Vendor { account, role } => door.vendor(account, (self.account, role), from),
            Kind::ConsoleUser { name } => {
                let caller = Caller::user(names, self.account, name, "").from(self.ip, self.agent);
                let draft = door.console(self.account, caller, true);
                self.signed_in = draft.time;
                self.console_key = chance.access_key("ASIA");
                return vec![draft];
            }
            Kind::Root => {
                let caller = Caller::root(self.account, "", time).from(self.ip, self.agent);
                let draft = door.console(self.account, caller, true);
                self.signed_in = draft.time;
                self.console_key = chance.access_key("ASIA");
                return vec![draft];
            }
            Kind::User { .. } | Kind::Service { .. } | Kind::Oddity => return vec![],
        };
        self.session = Some(session);
        drafts
    }

    /// The scanner's instance takes the audit role of the next account with its own role.
    fn scan(&mut self, door: &mut Door<'_>, base: &str, role: &str) -> Vec<Draft> {
        let mut drafts = Vec::new();
        let instance = door.names.ec2("i", SECURITY, 0);
        let fresh = self.base.take().filter(|base| door.time - base.made < Millis::minutes(50));
        let base = fresh.unwrap_or_else(|| {
            let (made, session) =
                door.service("ec2.amazonaws.com", (SECURITY, base), ("", &instance));
            drafts = made;
            session
        });
        let caller = Caller::session(door.names, &base).from(self.ip, self.agent);
        let principal = base.principal(door.names);
        let (hop, session) =
            door.chain(&caller, (SECURITY, &principal), (self.account, role, "prowler"));
        drafts.extend(hop);
        self.base = Some(base);
        self.session = Some(session);
        drafts
    }

    fn caller(&self, names: Names) -> Caller {
        let in_session = |session: &Session| {
            let mut caller = Caller::session(names, session).from(self.ip, self.agent);
            caller.console = self.agent.starts_with("Mozilla");
            caller
        };
        match (self.actor.kind, &self.session) {
            (Kind::User { name }, _) => {
                let key = names.long_key(self.account, name);
                Caller::user(names, self.account, name, &key).from(self.ip, self.agent)
            }
            (Kind::ConsoleUser { name }, _) => {
                let who = (self.account, name);
                Caller::console_user(names, who, &self.console_key, self.signed_in, true)
                    .from(self.ip, self.agent)
            }
            (Kind::Root, _) => Caller::root(self.account, &self.console_key, self.signed_in)
                .from(self.ip, self.agent),
            (Kind::Linked { principal, .. }, Some(session)) => {
                in_session(session).through(principal)
            }
            (Kind::Service { principal }, _) | (Kind::Linked { principal, .. }, None) => {
                Caller::service(principal)
            }
            (_, Some(session)) => in_session(session),
            (_, None) => Caller::service("internal.amazonaws.com"),
        }
    }

    /// The next call of the actor, and what it causes.
    fn go_on(&mut self, names: Names, chance: &mut Chance, time: Timestamp) -> Vec<Draft> {
        let Some(&action) = self.habits.get(chance.zipf(self.habits.len())) else { return vec![] };
        let caller = self.caller(names);
        let kms = action.service == "kms" && self.session.is_some();
        let caller = if kms { caller.through("AWS Internal") } else { caller };
        let mut scene = Scene::new(names, chance, self.account, self.region, time);
        if let Some(session) = &self.session {
            scene.bind("session", &*session.name);
        }
        let fault = self.fault(&mut scene, action, &caller);
        let draft = call(&mut scene, action, caller, fault);
        let followed = follow(&mut scene, &draft);
        std::iter::once(draft).chain(followed).collect()
    }

    fn fault(
        &self,
        scene: &mut Scene<'_>,
        action: &'static Action,
        caller: &Caller,
    ) -> Option<Fault> {
        let spelled = format!("{}:{}", action.service, action.name);
        if let Some(at) = self.actor.lacks.iter().position(|lack| *lack == spelled) {
            let reasons = [Why::Identity, Why::Organization, Why::Untold, Why::Boundary];
            let why = reasons[(at + self.actor.weight as usize) % reasons.len()];
            scene.bind_caller(caller);
            return Some(denied(scene, action, caller, why));
        }
        if action.read && scene.chance.permille(THROTTLED) {
            return Some(throttled(action));
        }
        let (code, message) = action.odd.filter(|_| scene.chance.permille(ODD))?;
        Some(Fault { code: code.to_owned(), message: scene.fill(message) })
    }
}

/// The call to KMS that a read of something encrypted causes, in the name of the same caller.
fn follow(scene: &mut Scene<'_>, draft: &Draft) -> Option<Draft> {
    let (wanted, share, context) = match (draft.service, draft.name) {
        ("s3", "GetObject") => ("kms:Decrypt", 200, ("aws:s3:arn", "arn:aws:s3:::<bucket>")),
        ("s3", "PutObject") => {
            ("kms:GenerateDataKey", 250, ("aws:s3:arn", "arn:aws:s3:::<bucket>"))
        }
        ("secretsmanager", "GetSecretValue") => ("kms:Decrypt", 600, ("SecretARN", "<secretarn>")),
        _ => return None,
    };
    if draft.fault.is_some() || draft.caller.key.is_empty() || !scene.chance.permille(share) {
        return None;
    }
    let through =
        if draft.service == "s3" { "AWS Internal" } else { "secretsmanager.amazonaws.com" };
    let mut forwarded = call(scene, action(wanted)?, draft.caller.through(through), None);
    let value = quoted(&scene.fill(context.1));
    forwarded.request = format!(
        r#"{{"encryptionContext":{{"{}":{value}}},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}}"#,
        context.0
    );
    Some(forwarded)
}

/// The name of a workload's session, where it is the id of a task or an instance.
fn session_name(template: &str, names: Names, chance: &mut Chance, account: usize) -> String {
    match template {
        "<task>" => names.uuid("task", account, chance.zipf(6)).replace('-', ""),
        "<instance>" => names.ec2("i", account, chance.zipf(8)),
        name => name.to_owned(),
    }
}
