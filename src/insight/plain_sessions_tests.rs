//! Sessions the plain way: row by row, from nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::field::Column;
use crate::event::time::Timestamp;
use crate::insight::plain_tests::Plain;
use crate::insight::sessions::{Sessions, SessionsWanted, Sort};
use crate::insight::story::MOST_LINES;
use crate::store::kin::Kin;
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;

const COLUMNS: [Column; 9] = [
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

fn is_user(row: RowRef<'_>) -> bool {
    ["IAMUser", "Root"].contains(&row.text(Column::Type))
}

fn is_sign_in(row: RowRef<'_>) -> bool {
    row.text(Column::Event) == "ConsoleLogin" && is_user(row)
}

/// Whether the row is one of a session at all.
fn counts(row: RowRef<'_>) -> bool {
    let kind = row.text(Column::Type);
    let is_aws = kind.is_empty()
        || kind == "AWSService"
        || row.text(Column::Role).starts_with("AWSServiceRoleFor");
    let outside = ["WebIdentityUser", "SAMLUser", "IdentityCenterUser", "AWSAccount"];
    let is_nobody = row.text(Column::Key).is_empty()
        && (row.text(Column::Principal).is_empty() || outside.contains(&kind));
    !is_aws
        && match is_sign_in(row) {
            true => row.text(Column::Result) == "ok",
            false => !is_nobody,
        }
}

/// The session of a row by itself; `None` where it belongs to another one.
fn name(row: RowRef<'_>, rows: &[RowRef<'_>], is_console: bool, kin: &Kin) -> Option<String> {
    let arn = row.text(Column::Arn);
    if is_sign_in(row) {
        return Some(format!("sign-in {arn} {}", row.time()));
    }
    let began_at = Timestamp::parse(row.text(Column::Began));
    let is_other = |at: Timestamp| began_at.is_some_and(|it| (it - at).0.abs() > 5000);
    if let Some(hop) = kin.chain(row.who()).hops.first()
        && (hop.sure == crate::store::kin::Sure::Proven || !is_other(hop.grant.at))
    {
        return Some(format!("key {}", hop.grant.key));
    }
    let (key, began) = (row.text(Column::Key), row.text(Column::Began));
    if key.starts_with("AKIA") {
        return Some(format!("key {key}"));
    }
    if !is_user(row) {
        return Some(format!("session {} {began}", row.text(Column::Principal)));
    }
    let at = Timestamp::parse(began);
    let apart = |time: Timestamp| at.map_or(i64::MAX, |at| (time - at).0.abs());
    let sign_ins = rows.iter().filter(|it| is_sign_in(**it) && it.text(Column::Arn) == arn);
    let near = sign_ins.map(|it| it.time()).filter(|time| apart(*time) <= 5000);
    if let Some(time) = near.min_by_key(|time| (apart(*time), *time)) {
        return Some(format!("sign-in {arn} {time}"));
    }
    let is_on_behalf = !row.text(Column::Via).is_empty() && !is_console;
    match at {
        _ if is_on_behalf => None,
        Some(_) => Some(format!("session {arn} {began}")),
        None if key.is_empty() => None,
        None => Some(format!("key {key}")),
    }
}

/// What is known of one.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    events: u64,
    writes: u64,
    denied: u64,
    ips: usize,
    keys: usize,
    first: (Timestamp, RowId),
    last: (Timestamp, RowId),
}

fn facts(rows: &[RowRef<'_>]) -> Facts {
    let count = |column: Column, values: &[&str]| {
        rows.iter().filter(|row| values.contains(&row.text(column))).count() as u64
    };
    let distinct = |column| rows.iter().map(|row| row.text(column)).collect::<BTreeSet<_>>();
    let at = |row: &RowRef<'_>| (row.time(), row.id());
    Facts {
        events: rows.len() as u64,
        writes: count(Column::Verb, &["W", "D"]),
        denied: count(Column::Result, &["denied"]),
        ips: distinct(Column::Ip).len(),
        keys: distinct(Column::Key).iter().filter(|key| !key.is_empty()).count(),
        first: rows.iter().map(at).min().unwrap(),
        last: rows.iter().map(at).max().unwrap(),
    }
}

impl Plain<'_> {
    pub(crate) fn check_sessions(&self, sessions: &Sessions, wanted: &SessionsWanted, kin: &Kin) {
        let rows: Vec<RowRef<'_>> = self.kept.iter().copied().filter(|row| counts(*row)).collect();
        assert_eq!(sessions.others as usize, self.kept.len() - rows.len());
        // Rows of one caller go together; every sign-in stands for itself.
        let mut groups: BTreeMap<(Vec<&str>, Option<RowId>), Vec<RowRef<'_>>> = BTreeMap::new();
        for row in &rows {
            let caller = COLUMNS.map(|column| row.text(column)).to_vec();
            let sign_in = is_sign_in(*row).then(|| row.id());
            groups.entry((caller, sign_in)).or_default().push(*row);
        }
        let named = |group: &[RowRef<'_>]| {
            let is_console = group.iter().any(|row| row.text(Column::Tool) == "console");
            name(group[0], &rows, is_console, kin)
        };
        let mut all: BTreeMap<String, Vec<RowRef<'_>>> = BTreeMap::new();
        let known: Vec<(Facts, Option<String>, &Vec<RowRef<'_>>)> =
            groups.values().map(|group| (facts(group), named(group), group)).collect();
        for (facts, name, group) in &known {
            let arn = group[0].text(Column::Arn);
            let whose = |rows: &[RowRef<'_>]| {
                [Column::Actor, Column::Account].map(|column| rows[0].text(column).to_owned())
            };
            let begun = known.iter().filter(|(other, name, rows)| {
                name.is_some() && whose(rows) == whose(group) && other.first.0 <= facts.first.0
            });
            let idle = |other: &Facts| (facts.first.0 - other.last.0).0.max(0);
            let best = begun.min_by_key(|(it, ..)| (idle(it), std::cmp::Reverse(it.first)));
            let best = || best.and_then(|(_, name, _)| name.clone());
            let same = format!("session {arn} {}", group[0].text(Column::Began));
            let same = known.iter().find_map(|it| it.1.clone().filter(|name| *name == same));
            let name = name.clone().or(same).or_else(best);
            let name = name.unwrap_or_else(|| format!("others {}", whose(group).join(" ")));
            all.entry(name).or_default().extend(group.iter());
        }
        assert_eq!((sessions.found, sessions.sort), (all.len(), wanted.sort));
        for session in &sessions.sessions {
            let rows = all.get(&*session.name).unwrap_or_else(|| panic!("{}", session.name));
            let given = Facts {
                events: session.events,
                writes: session.writes,
                denied: session.denied,
                ips: session.ips,
                keys: session.n_keys,
                first: session.first,
                last: session.last,
            };
            assert_eq!(given, facts(rows), "{}", session.name);
            let step =
                |row: &RowRef<'_>| (row.time() - sessions.start).0.div_euclid(sessions.step.0);
            for (at, n) in session.bar.iter().enumerate() {
                assert_eq!(*n, rows.iter().filter(|row| step(row) == at as i64).count() as u64);
            }
        }
        let roots = sessions.sessions.iter().filter(|it| it.depth == 0);
        let order: Vec<_> = roots
            .map(|it| match wanted.sort {
                Sort::Start => it.first.0.0,
                Sort::Last => -it.last.0.0,
                Sort::Events => -(it.events as i64),
                Sort::Writes => -(it.writes as i64),
                Sort::Denied => -(it.denied as i64),
            })
            .collect();
        assert!(order.is_sorted(), "{order:?}");
        let told = wanted.selected.as_ref().and_then(|name| all.get(&**name));
        assert_eq!(sessions.story.is_some(), told.is_some());
        if let (Some((_, story)), Some(rows)) = (&sessions.story, told) {
            assert!(story.len() <= MOST_LINES && story.is_sorted_by_key(|line| line.first));
            let sum =
                |of: fn(&crate::insight::story::Told) -> u64| story.iter().map(of).sum::<u64>();
            let facts = facts(rows);
            let told = (sum(|it| it.rows), sum(|it| it.writes), sum(|it| it.denied));
            assert_eq!(told, (facts.events, facts.writes, facts.denied));
            assert_eq!((story[0].first, story[0].row), facts.first);
        }
    }
}
