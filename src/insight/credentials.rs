//! Sessions gathered: one walk over the rows counts by credentials as the records name them; who
//! issued what to whom then says which of these are one session.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::event::field::Column;
use crate::event::grant::Who;
use crate::event::identity;
use crate::event::time::{Millis, Timestamp};
use crate::insight::class::{self, DANGER, WRITE};
use crate::insight::grid::{Grid, Spread};
use crate::insight::number::{Numbers, OfRows};
use crate::insight::reckon::Asked;
use crate::insight::sessions::{
    Began, MOST_KEYS, MOST_SESSIONS, NEAR, STEPS, Session, Sessions, SessionsWanted, nested, sort,
};
use crate::insight::shown::Shown;
use crate::insight::story::{Line, told};
use crate::insight::walks::{Walk, Walks};
use crate::store::kin::{Kin, Sure};
use crate::store::segment::RowId;
use crate::store::snapshot::Part;

/// What names credentials in a record.
const CALLER: [Column; 9] = [
    Column::Type,
    Column::Key,
    Column::Arn,
    Column::Principal,
    Column::User,
    Column::Via,
    Column::Actor,
    Column::Began,
    Column::Account,
];
/// Whose calls belong together where their credentials do not say.
const OWNER: [Column; 2] = [Column::Actor, Column::Account];

type Caller = [u32; CALLER.len()];

/// The rows of one caller.
#[derive(Debug, Clone)]
struct Group {
    caller: Caller,
    /// The row of the sign-in that this is, and whether a second factor was used.
    sign_in: Option<(Timestamp, RowId, u32)>,
    is_console: bool,
    first: (Timestamp, RowId),
    last: (Timestamp, RowId),
    events: u64,
    writes: u64,
    denied: u64,
    ips: HashSet<u32>,
    bar: [u32; STEPS],
}

/// The sessions of a question.
pub(crate) type Credentials = Walks<Uses>;

/// The sessions of what is kept of some parts.
pub(crate) fn among(shown: Vec<Shown>, asked: &Asked<'_>, numbers: &mut Numbers) -> Sessions {
    let span = asked.span().or_else(|| Spread::of_all(&shown).span());
    let mut walk = Uses::within(shown, span);
    walk.go_on(numbers, &mut || false);
    walk.sessions(&SessionsWanted::default(), asked.kin, numbers)
}

/// A walk over the rows of one moment.
#[derive(Debug)]
pub(crate) struct Uses {
    shown: Vec<Shown>,
    grid: Grid,
    at: usize,
    groups: Vec<Group>,
    known: HashMap<Caller, usize>,
    others: u64,
}

impl Walk for Uses {
    fn over(asked: &Asked<'_>) -> Self {
        let span = asked.span().or_else(|| Spread::of_all(asked.shown).span());
        Self::within(asked.shown.to_vec(), span)
    }

    fn is_of(&self, asked: &Asked<'_>) -> bool {
        self.shown.len() == asked.shown.len()
            && self.shown.iter().zip(asked.shown).all(|(a, b)| a.keeps_same(b))
    }

    fn go_on(&mut self, numbers: &mut Numbers, stop: &mut dyn FnMut() -> bool) -> bool {
        while self.at < self.shown.len() {
            let one = self.shown[self.at].clone();
            self.take(&one, numbers);
            self.at += 1;
            if stop() {
                return false;
            }
        }
        true
    }

    fn bytes(&self) -> usize {
        self.groups.len() * (size_of::<Group>() + 200)
    }
}

impl Uses {
    fn within(shown: Vec<Shown>, span: Option<(Timestamp, Timestamp)>) -> Self {
        let grid = Grid::over(span.unwrap_or_default(), STEPS);
        Self { shown, grid, at: 0, groups: vec![], known: HashMap::new(), others: 0 }
    }

    fn take(&mut self, one: &Shown, numbers: &mut Numbers) {
        let (part, segment) = (&one.part, &one.part.segment);
        let callers = Callers::of(part, numbers);
        let ips = OfRows::of(part, Column::Ip, numbers);
        let (verbs, results) = (class::verbs(part), class::results(part));
        let console = class::Classes::of(part, Column::Tool, |tool| u8::from(tool == "console"));
        let logins = class::Classes::of(part, Column::Event, |it| u8::from(it == "ConsoleLogin"));
        one.kept.each(|row| {
            let Some(caller) = callers.row(row) else {
                self.others += 1;
                return;
            };
            let (time, id) = (segment.time(row), segment.id(row));
            let is_sign_in = logins.row(row) == 1 && is_person(part.text(row, Column::Type));
            let is_ok = results.row(row) == class::OK;
            if is_sign_in && !is_ok || !is_sign_in && is_nobody(part, row) {
                self.others += 1;
                return;
            }
            let fresh = || Group::of(caller, (time, id));
            let group = match is_sign_in {
                true => {
                    let mfa = numbers.number(Column::Mfa, part.text(row, Column::Mfa));
                    self.groups.push(Group { sign_in: Some((time, id, mfa)), ..fresh() });
                    self.groups.len() - 1
                }
                false => *self.known.entry(caller).or_insert_with(|| {
                    self.groups.push(fresh());
                    self.groups.len() - 1
                }),
            };
            let group = &mut self.groups[group];
            group.is_console |= console.row(row) == 1;
            group.first = group.first.min((time, id));
            group.last = group.last.max((time, id));
            group.events += 1;
            group.writes += u64::from(matches!(verbs.row(row), WRITE | DANGER));
            group.denied += u64::from(results.row(row) == class::DENIED);
            group.ips.insert(ips.row(row));
            if let Some(step) = self.grid.place(self.grid.number(time)) {
                group.bar[step] += 1;
            }
        });
    }

    pub(crate) fn sessions(
        &self,
        wanted: &SessionsWanted,
        kin: &Kin,
        numbers: &mut Numbers,
    ) -> Sessions {
        let names = self.names(kin, numbers);
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            by_name.entry(name).or_default().push(at);
        }
        let mut sessions: Vec<Session> =
            by_name.iter().map(|(name, groups)| self.session(name, groups, kin, numbers)).collect();
        let found = sessions.len();
        sort(&mut sessions, wanted.sort);
        let signed_in = sessions.iter().filter(|it| matches!(it.began, Began::SignIn(..)));
        let folded = signed_in.fold((0, 0), |(keys, of), it| (keys + it.n_keys, of + 1));
        let mut sessions = nested(sessions);
        sessions.truncate(MOST_SESSIONS);
        let story = wanted.selected.as_ref().and_then(|name| {
            let groups = by_name.get(&**name)?;
            Some((Arc::clone(name), told(&self.lines(groups, numbers))))
        });
        Sessions {
            sort: wanted.sort,
            sessions,
            found,
            others: self.others,
            folded,
            start: self.grid.start(),
            step: self.grid.length(),
            story,
        }
    }

    /// What each group belongs to.
    fn names(&self, kin: &Kin, numbers: &Numbers) -> Vec<Arc<str>> {
        let text = |group: &Group, column| text(&group.caller, column, numbers);
        let mut sign_ins: HashMap<Arc<str>, Vec<Timestamp>> = HashMap::new();
        for group in &self.groups {
            if let Some((time, ..)) = group.sign_in {
                sign_ins.entry(text(group, Column::Arn)).or_default().push(time);
            }
        }
        let mut names: Vec<Option<Arc<str>>> = vec![];
        for group in &self.groups {
            let arn = text(group, Column::Arn);
            let near = |began: Timestamp| {
                let times = sign_ins.get(&arn).into_iter().flatten();
                let apart = |time: &Timestamp| Millis((*time - began).0.abs());
                times
                    .copied()
                    .filter(|time| apart(time) <= NEAR)
                    .min_by_key(|time| (apart(time), *time))
            };
            names.push(name(group, kin, numbers, near));
        }
        self.attach(&names, numbers)
    }

    /// Calls that a service made on somebody's behalf, with a key of its own: they belong to what
    /// the same caller was doing.
    fn attach(&self, names: &[Option<Arc<str>>], numbers: &Numbers) -> Vec<Arc<str>> {
        let mut own: HashMap<[u32; 2], Vec<usize>> = HashMap::new();
        let whose = |group: &Group| OWNER.map(|column| group.caller[place(column)]);
        for (at, group) in self.groups.iter().enumerate().filter(|(at, _)| names[*at].is_some()) {
            own.entry(whose(group)).or_default().push(at);
        }
        let known: HashSet<&Arc<str>> = names.iter().flatten().collect();
        let of = |(at, group): (usize, &Group)| -> Arc<str> {
            if let Some(name) = &names[at] {
                return Arc::clone(name);
            }
            let told = |column| text(&group.caller, column, numbers);
            let same: Arc<str> =
                format!("session {} {}", told(Column::Arn), told(Column::Began)).into();
            if known.contains(&same) {
                return same;
            }
            let others = own.get(&whose(group)).into_iter().flatten().copied();
            let begun = others.filter(|at| self.groups[*at].first.0 <= group.first.0);
            // What went on at that time, else what ended last before it.
            let best = begun.min_by_key(|at| {
                let other = &self.groups[*at];
                let idle = (group.first.0 - other.last.0).0.max(0);
                (idle, std::cmp::Reverse(other.first), *at)
            });
            let best = best.and_then(|at| names[at].clone());
            best.unwrap_or_else(|| {
                format!("others {} {}", told(Column::Actor), told(Column::Account)).into()
            })
        };
        self.groups.iter().enumerate().map(of).collect()
    }

    fn session(&self, name: &str, at: &[usize], kin: &Kin, numbers: &Numbers) -> Session {
        let groups = || at.iter().map(|at| &self.groups[*at]);
        // Of several callers the one that is not a service is told of.
        let via = place(Column::Via);
        let shown =
            groups().min_by_key(|it| (numbers.text(Column::Via, it.caller[via]).len(), it.first));
        let shown = shown.expect("a session has a group");
        let told = |column| text(&shown.caller, column, numbers);
        let mut keys: Vec<Arc<str>> =
            groups().map(|group| text(&group.caller, Column::Key, numbers)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| !key.is_empty());
        let n_keys = keys.len();
        keys.truncate(MOST_KEYS);
        let ips: HashSet<u32> = groups().flat_map(|group| &group.ips).copied().collect();
        let first = groups().map(|group| group.first).min().unwrap_or(shown.first);
        let sign_in = groups().find_map(|group| group.sign_in);
        Session {
            name: name.into(),
            depth: 0,
            actor: told(Column::Actor),
            arn: told(Column::Arn),
            began: began(shown, sign_in, groups().any(|it| it.is_console), kin, numbers),
            keys,
            n_keys,
            sign_in: sign_in.map(|(_, id, _)| id),
            first,
            last: groups().map(|group| group.last).max().unwrap_or(shown.last),
            events: groups().map(|group| group.events).sum(),
            writes: groups().map(|group| group.writes).sum(),
            denied: groups().map(|group| group.denied).sum(),
            ip: ips.iter().map(|ip| numbers.text(Column::Ip, *ip)).min().unwrap_or_default(),
            ips: ips.len(),
            bar: (0..self.grid.len.min(STEPS))
                .map(|at| groups().map(|it| u64::from(it.bar[at])).sum())
                .collect(),
        }
    }

    /// The rows of some groups, in the order of time.
    fn lines(&self, groups: &[usize], numbers: &mut Numbers) -> Vec<Line> {
        let mine: HashSet<Caller> = groups
            .iter()
            .map(|at| &self.groups[*at])
            .filter(|group| group.sign_in.is_none())
            .map(|group| group.caller)
            .collect();
        let sign_ins: HashSet<RowId> =
            groups.iter().filter_map(|at| self.groups[*at].sign_in).map(|it| it.1).collect();
        let mut lines = vec![];
        for one in &self.shown {
            let (part, segment) = (&one.part, &one.part.segment);
            let callers = Callers::of(part, numbers);
            let (verbs, results) = (class::verbs(part), class::results(part));
            let events = OfRows::of(part, Column::Event, numbers);
            one.kept.each(|row| {
                let id = segment.id(row);
                let is_sign_in = part.text(row, Column::Event) == "ConsoleLogin"
                    && is_person(part.text(row, Column::Type));
                let is_mine = match is_sign_in {
                    true => sign_ins.contains(&id),
                    false => callers.row(row).is_some_and(|caller| mine.contains(&caller)),
                };
                if is_mine {
                    let (event, verb) = (events.row(row), verbs.row(row));
                    let result = results.row(row);
                    lines.push(Line { time: segment.time(row), id, event, verb, result });
                }
            });
        }
        lines.sort_unstable_by_key(|line| (line.time, line.id));
        lines
    }
}

impl Group {
    fn of(caller: Caller, at: (Timestamp, RowId)) -> Self {
        Self {
            caller,
            sign_in: None,
            is_console: false,
            first: at,
            last: at,
            events: 0,
            writes: 0,
            denied: 0,
            ips: HashSet::new(),
            bar: [0; STEPS],
        }
    }
}

/// The callers of the rows of a part.
struct Callers<'p> {
    columns: [OfRows<'p>; CALLER.len()],
    types: class::Classes<'p>,
    roles: class::Classes<'p>,
}

impl<'p> Callers<'p> {
    fn of(part: &'p Part, numbers: &mut Numbers) -> Self {
        let service = |kind: &str, role: &str| u8::from(identity::is_service(kind, role));
        Self {
            columns: CALLER.map(|column| OfRows::of(part, column, numbers)),
            types: class::Classes::of(part, Column::Type, |kind| {
                service(kind, "").max(u8::from(kind.is_empty()))
            }),
            roles: class::Classes::of(part, Column::Role, |role| service("", role)),
        }
    }

    /// The caller of a row; `None` for AWS itself.
    fn row(&self, row: usize) -> Option<Caller> {
        let is_aws = self.types.row(row) == 1 || self.roles.row(row) == 1;
        (!is_aws).then(|| std::array::from_fn(|at| self.columns[at].row(row)))
    }
}

/// Whether the identity signs in by itself.
fn is_person(kind: &str) -> bool {
    matches!(kind, "IAMUser" | "Root")
}

/// Whether a row names no credentials at all.
fn is_nobody(part: &Part, row: usize) -> bool {
    part.text(row, Column::Key).is_empty()
        && (part.text(row, Column::Principal).is_empty()
            || is_outside(part.text(row, Column::Type)))
}

/// Whether the caller has no credentials of AWS yet, and asks for some.
fn is_outside(kind: &str) -> bool {
    matches!(kind, "WebIdentityUser" | "SAMLUser" | "IdentityCenterUser" | "AWSAccount")
}

fn place(column: Column) -> usize {
    CALLER.iter().position(|it| *it == column).expect("a column of the caller")
}

fn text(caller: &Caller, column: Column, numbers: &Numbers) -> Arc<str> {
    numbers.text(column, caller[place(column)])
}

/// Looks up what issued the key of a group.
fn grant(group: &Group, kin: &Kin, numbers: &Numbers) -> Option<Arc<crate::event::grant::Grant>> {
    let texts = CALLER.map(|column| text(&group.caller, column, numbers));
    let of = |column| &*texts[place(column)];
    let who = Who {
        kind: of(Column::Type),
        key: of(Column::Key),
        arn: of(Column::Arn),
        principal: of(Column::Principal),
        user: of(Column::User),
        via: of(Column::Via),
        actor: of(Column::Actor),
    };
    let hop = kin.chain(who).hops.into_iter().next()?;
    // Sessions of one name may follow each other: what issued one has its second.
    let began = Timestamp::parse(of(Column::Began));
    let is_other = began.is_some_and(|began| (began - hop.grant.at).0.abs() > NEAR.0);
    (hop.sure == Sure::Proven || !is_other).then_some(hop.grant)
}

/// The session that a group is or belongs to; `None` for calls on behalf of somebody that name a key
/// of their own, and for those that name none.
fn name(
    group: &Group,
    kin: &Kin,
    numbers: &Numbers,
    sign_in: impl Fn(Timestamp) -> Option<Timestamp>,
) -> Option<Arc<str>> {
    let of = |column| text(&group.caller, column, numbers);
    let signed = |time: Timestamp| format!("sign-in {} {time}", of(Column::Arn)).into();
    if let Some((time, ..)) = group.sign_in {
        return Some(signed(time));
    }
    if let Some(grant) = grant(group, kin, numbers) {
        return Some(format!("key {}", grant.key).into());
    }
    let (key, began) = (of(Column::Key), of(Column::Began));
    if key.starts_with("AKIA") {
        return Some(format!("key {key}").into());
    }
    if !is_person(&of(Column::Type)) {
        return Some(format!("session {} {began}", of(Column::Principal)).into());
    }
    let at = Timestamp::parse(&began);
    if let Some(time) = at.and_then(sign_in) {
        return Some(signed(time));
    }
    let is_on_behalf = !of(Column::Via).is_empty() && !group.is_console;
    match at {
        _ if is_on_behalf => None,
        Some(_) => Some(format!("session {} {began}", of(Column::Arn)).into()),
        None if key.is_empty() => None,
        None => Some(format!("key {key}").into()),
    }
}

fn began(
    group: &Group,
    sign_in: Option<(Timestamp, RowId, u32)>,
    is_console: bool,
    kin: &Kin,
    numbers: &Numbers,
) -> Began {
    if let Some((time, _, mfa)) = sign_in {
        return Began::SignIn(time, numbers.text(Column::Mfa, mfa));
    }
    if let Some(grant) = grant(group, kin, numbers) {
        return Began::Issued(grant);
    }
    if text(&group.caller, Column::Key, numbers).starts_with("AKIA") {
        return Began::LongTerm;
    }
    let is_person = is_person(&text(&group.caller, Column::Type, numbers));
    match Timestamp::parse(&text(&group.caller, Column::Began, numbers)) {
        Some(at) if is_console && is_person => Began::Console(at),
        Some(at) => Began::At(at),
        None => Began::Unknown,
    }
}
