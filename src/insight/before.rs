//! What changed before a moment: the writes that worked and had to do with it, nearest first. It
//! says `before`, never `because`.

use crate::event::field::Column;
use crate::event::refusal::{Why, why};
use crate::event::target::{is_named, lasting};
use crate::event::time::{Millis, Timestamp};
use crate::insight::class::{self, DANGER, OK, WRITE};
use crate::insight::denied::Moment;
use crate::insight::sequel::second;
use crate::insight::shown::Shown;
use crate::store::kin::Sure;
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;

/// How far back changes are looked for.
pub const REACH: Millis = Millis::minutes(15);
/// The most changes that are sent to the screen.
pub const MOST_CHANGES: usize = 200;

/// How a change has to do with a call; the nearest relation first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// IAM change on the user that called.
    User,
    /// IAM change on the role that called.
    Role,
    /// IAM change on the user behind the session.
    RootUser,
    /// A change of the key in use.
    Key,
    /// The same target.
    Target,
    /// What the target lies in: the bucket of an object.
    Inside,
    /// A policy of the organization, where one refused.
    Organization,
    /// A VPC endpoint, where its policy refused.
    Endpoint,
    /// A policy or a group in the same account: whose it is, is not in the record.
    Policy,
}

impl How {
    /// The relation in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::User => "IAM change on the same user",
            Self::Role => "IAM change on its role",
            Self::RootUser => "IAM change on the user behind it",
            Self::Key => "its access key",
            Self::Target => "same target",
            Self::Inside => "where the target lies",
            Self::Organization => "policy of the organization",
            Self::Endpoint => "a VPC endpoint",
            Self::Policy => "IAM policy, maybe its own",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its event time.
    pub time: Timestamp,
    /// The row.
    pub id: RowId,
    /// How long before, in whole seconds; nought is the same second, whose order is not known.
    pub ahead: Millis,
    /// How it has to do with it.
    pub how: How,
    /// Whether whoever called did it.
    pub itself: bool,
}

/// What changed before a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The moment.
    pub moment: Moment,
    /// From when on it was looked for; `None` where the row has left the store.
    pub from: Option<Timestamp>,
    /// The nearest changes, the first [`MOST_CHANGES`] of them.
    pub changes: Vec<Change>,
    /// How many there are in all.
    pub found: usize,
    /// Whether the store does not reach back that far.
    pub is_cut: bool,
}

/// Looks through all rows of the store, shown or not; `None` where `stop` said so before the end.
pub(crate) fn before(
    shown: &[Shown],
    moment: Moment,
    stop: &mut dyn FnMut() -> bool,
) -> Option<Before> {
    let mut found = Before { moment, from: None, changes: vec![], found: 0, is_cut: false };
    let at = shown.partition_point(|one| one.base() <= moment.until);
    let part = at.checked_sub(1).map(|at| &shown[at].part);
    let subject = part.and_then(|part| {
        let row = part.segment.place(moment.until)?;
        Some(RowRef { part, row })
    });
    let Some(subject) = subject else { return Some(found) };
    let from = moment.since.unwrap_or(subject.time() - REACH);
    let (low, high) = (second(from), second(subject.time()));
    let subject = Subject::of(subject);
    for one in shown {
        let segment = &one.part.segment;
        let is_apart = segment.oldest().is_none_or(|oldest| second(oldest) > high)
            || segment.newest().is_none_or(|newest| second(newest) < low);
        if !is_apart {
            let (verbs, results) = (class::verbs(&one.part), class::results(&one.part));
            for row in 0..segment.len() {
                let at = second(segment.time(row));
                let is_write = matches!(verbs.row(row), WRITE | DANGER);
                if at < low || at > high || !is_write || results.row(row) != OK {
                    continue;
                }
                let row = RowRef { part: &one.part, row };
                found.changes.extend(subject.change(row));
            }
        }
        if stop() {
            return None;
        }
    }
    let nearest = |change: &Change| (change.ahead, change.how, std::cmp::Reverse(change.id));
    found.changes.sort_unstable_by_key(nearest);
    found.found = found.changes.len();
    found.changes.truncate(MOST_CHANGES);
    found.from = Some(from);
    let oldest = shown.iter().filter_map(|one| one.part.segment.oldest()).min();
    found.is_cut = oldest.is_some_and(|oldest| second(oldest) > low);
    Some(found)
}

/// The call that is asked about.
pub(crate) struct Subject<'s> {
    row: RowRef<'s>,
    target: &'s str,
    why: Option<Why>,
    /// The user behind the session, where that is another one.
    root_user: Option<&'s str>,
}

/// IAM calls on users beside those that have the word in their name.
const OF_USERS: [&str; 4] = ["AccessKey", "LoginProfile", "MFADevice", "Password"];
/// IAM calls on policies and groups, which may be anybody's.
const OF_POLICIES: [&str; 2] = ["Policy", "Group"];

impl<'s> Subject<'s> {
    pub(crate) fn of(row: RowRef<'s>) -> Self {
        let root = row.root().filter(|root| root.sure != Sure::Unknown);
        let user = root.and_then(|root| root.name.split_once(":user/")).map(|(_, path)| path);
        let user = user.map(|path| path.rsplit('/').next().unwrap_or(path));
        let is_denied = row.text(Column::Result) == "denied";
        Self {
            row,
            target: lasting(row.text(Column::Target)),
            why: is_denied.then(|| why(row.text(Column::Error), row.text(Column::Message))),
            root_user: user.filter(|user| *user != row.text(Column::User)),
        }
    }

    pub(crate) fn change(&self, row: RowRef<'_>) -> Option<Change> {
        if row.id() == self.row.id() {
            return None;
        }
        let seconds = second(self.row.time()) - second(row.time());
        Some(Change {
            time: row.time(),
            id: row.id(),
            ahead: Millis(seconds.saturating_mul(1000)),
            how: self.how(row)?,
            itself: self.did(row),
        })
    }

    /// How a write has to do with it.
    fn how(&self, write: RowRef<'_>) -> Option<How> {
        let (service, target) = (write.text(Column::Service), lasting(write.text(Column::Target)));
        let is_same_account = write.text(Column::Account) == self.row.text(Column::Account);
        let by_iam = (service == "iam.amazonaws.com" && is_same_account)
            .then(|| self.how_by_iam(write.text(Column::Event), target))
            .flatten();
        // Names of buckets are unique, others within their account.
        let is_same_world = is_same_account || service == "s3.amazonaws.com";
        let is_named = is_named(target) && is_same_world;
        let is_inside =
            || self.target.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'));
        let refused_by = |why: Why| self.why == Some(why);
        match () {
            () if by_iam.is_some_and(|how| how != How::Policy) => by_iam,
            () if is_named && target == self.target => Some(How::Target),
            () if is_named && is_inside() => Some(How::Inside),
            () if service == "organizations.amazonaws.com"
                && (refused_by(Why::ServiceControl) || refused_by(Why::ResourceControl)) =>
            {
                Some(How::Organization)
            }
            () if refused_by(Why::Endpoint)
                && is_same_account
                && write.text(Column::Event).contains("VpcEndpoint") =>
            {
                Some(How::Endpoint)
            }
            () => by_iam,
        }
    }

    fn how_by_iam(&self, event: &str, target: &str) -> Option<How> {
        let is = |name: &str| !name.is_empty() && target == name;
        let of_user = event.contains("User") || OF_USERS.iter().any(|word| event.contains(word));
        let of_role = event.contains("Role") && !event.contains("InstanceProfile");
        match () {
            () if is(self.row.text(Column::Key)) => Some(How::Key),
            () if of_user && is(self.row.text(Column::User)) => Some(How::User),
            () if of_user && self.root_user.is_some_and(is) => Some(How::RootUser),
            () if of_role && is(self.row.text(Column::Role)) => Some(How::Role),
            () if of_user || of_role => None,
            () => OF_POLICIES.iter().any(|word| event.contains(word)).then_some(How::Policy),
        }
    }

    /// Whether whoever called did it: the same root, else the same ARN.
    fn did(&self, write: RowRef<'_>) -> bool {
        let known = |row: RowRef<'_>| row.root().is_some_and(|root| root.sure != Sure::Unknown);
        if known(self.row) && known(write) {
            let name = |row: RowRef<'_>| row.root().map(|root| root.name.to_string());
            return name(self.row) == name(write);
        }
        let arn = self.row.text(Column::Arn);
        !arn.is_empty() && arn == write.text(Column::Arn)
    }
}
