//! What an event shows of who did it: the stable name of its actor, its account, and the values that
//! may be new of either.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::event::field::{Column, First};
use crate::event::identity;
use crate::event::name;
use crate::event::tool;
use crate::store::news::KINDS;
use crate::store::snapshot::Part;

/// What the name of a service ends with in eventSource.
const AWS_SUFFIX: &str = ".amazonaws.com";
/// Roles of Identity Center: the session is named after a person.
const IDENTITY_CENTER: &str = "AWSReservedSSO_";
/// Longer names and values are nobody's habit.
const LONGEST: usize = 256;

/// What one event shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sight {
    /// The actor and the account; empty where nobody has habits: services and strangers.
    pub subjects: [Box<str>; 2],
    /// The values in the order of [`First`]; empty where there is none to be told.
    pub values: [Box<str>; KINDS],
    /// Whether the call worked.
    pub worked: bool,
}

/// Whose habit a kind of value is: the actor's, or the account's.
pub fn owner(kind: usize) -> usize {
    usize::from(kind >= First::Actor as usize)
}

impl Sight {
    /// What a row shows, of the body that it shows.
    pub fn of_row(part: &Part, row: usize) -> Self {
        Self::of(|column| part.text(row, column))
    }

    /// What an event with these columns shows.
    pub fn of<'t>(text: impl Fn(Column) -> &'t str) -> Self {
        let mut sight = Self {
            subjects: Default::default(),
            values: Default::default(),
            worked: matches!(text(Column::Result), "ok" | "none"),
        };
        let Some(actor) = actor(&text) else { return sight };
        let account = text(Column::Account);
        let region = text(Column::Region);
        let service = text(Column::Service);
        let service = service.strip_suffix(AWS_SUFFIX).unwrap_or(service);
        let event = format!("{service}:{}", name::plain(text(Column::Event)));
        sight.put(First::Event, &event);
        sight.put(First::Region, region);
        if text(Column::Via).is_empty() {
            // A service that calls on behalf of somebody comes from where it is, as what it is.
            sight.put(First::Ip, &address(text(Column::Ip)).unwrap_or_default());
            let tool = text(Column::Tool);
            sight.put(First::Tool, if tool == tool::INTERNAL { "" } else { tool });
        }
        if !account.is_empty() {
            sight.put(First::Actor, &actor);
            if matches!(text(Column::Verb), "W" | "D") {
                sight.put(First::AcctRegion, region);
            }
        }
        sight.subjects = [actor.into(), account.into()];
        sight
    }

    fn put(&mut self, kind: First, value: &str) {
        if value.len() <= LONGEST {
            self.values[kind as usize] = value.into();
        }
    }

    /// Whether it is anybody's habit.
    pub fn is_told(&self) -> bool {
        !self.subjects[0].is_empty()
    }
}

/// The stable name of who called: `111122223333:user/alice`. People of Identity Center are the same in
/// every account: `sso/alice@example.com`. The sessions of a role are the role.
fn actor<'t>(text: &impl Fn(Column) -> &'t str) -> Option<String> {
    let (kind, role, shown) = (text(Column::Type), text(Column::Role), text(Column::Actor));
    let arn = text(Column::Arn);
    let is_stranger = matches!(kind, "AWSAccount" | "Unknown") || arn.is_empty() && kind.is_empty();
    if shown.is_empty() || is_stranger || identity::is_service(kind, role) || shown.starts_with('(')
    {
        return None;
    }
    let account = arn.split(':').nth(4).filter(|account| !account.is_empty());
    let account = account.unwrap_or_else(|| text(Column::Account));
    let name = match kind {
        "Root" => format!("{account}:root"),
        "IAMUser" => format!("{account}:user/{shown}"),
        "IdentityCenterUser" => format!("sso/{shown}"),
        _ if role.starts_with(IDENTITY_CENTER) => format!("sso/{shown}"),
        "AssumedRole" | "Role" => {
            let role = if role.is_empty() { shown } else { role };
            format!("{account}:role/{role}")
        }
        kind => format!("{account}:{kind}/{shown}"),
    };
    (name.len() <= LONGEST).then_some(name)
}

/// An address as it is told from others; of IPv6 the network, because hosts change theirs by the day.
fn address(text: &str) -> Option<Cow<'_, str>> {
    match text.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => Some(address.to_string().into()),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Some(format!("{a:x}:{b:x}:{c:x}:{d:x}::/64").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[(Column, &'static str)]) -> Sight {
        let texts = texts.to_vec();
        Sight::of(|column| texts.iter().find(|(known, _)| *known == column).map_or("", |it| it.1))
    }

    #[test]
    fn actors_have_stable_names() {
        use Column::{Account, Actor, Arn, Role, Type};
        let cases: &[(&[(Column, &str)], &str)] = &[
            (
                &[(Type, "IAMUser"), (Actor, "alice"), (Arn, "arn:aws:iam::1:user/x/alice")],
                "1:user/alice",
            ),
            (&[(Type, "IAMUser"), (Actor, "alice"), (Account, "2")], "2:user/alice"),
            (&[(Type, "IAMUser"), (Actor, "(hidden name)"), (Account, "2")], ""),
            (&[(Type, "Root"), (Actor, "ROOT"), (Arn, "arn:aws:iam::1:root")], "1:root"),
            (
                &[
                    (Type, "AssumedRole"),
                    (Actor, "i-0123456789abcdef0 (instance)"),
                    (Role, "web"),
                    (Arn, "arn:aws:sts::1:assumed-role/web/i-0123456789abcdef0"),
                ],
                "1:role/web",
            ),
            (
                &[
                    (Type, "AssumedRole"),
                    (Actor, "alice@x"),
                    (Role, "AWSReservedSSO_Admin_1"),
                    (Arn, "arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1/alice@x"),
                ],
                "sso/alice@x",
            ),
            (
                &[
                    (Type, "AssumedRole"),
                    (Actor, "config"),
                    (Role, "AWSServiceRoleForConfig"),
                    (Arn, "arn:aws:sts::1:assumed-role/AWSServiceRoleForConfig/x"),
                ],
                "",
            ),
            (&[(Type, "AWSService"), (Actor, "ec2"), (Account, "1")], ""),
            (&[(Type, "AWSAccount"), (Actor, "999"), (Account, "1")], ""),
            (&[(Actor, "AWS")], ""),
        ];
        for (texts, name) in cases {
            assert_eq!(&*of(texts).subjects[0], *name, "{texts:?}");
        }
    }

    #[test]
    fn values_are_told_where_they_are_the_actors_own() {
        use Column::{Actor, Arn, Event, Ip, Region, Result, Service, Tool, Type, Verb, Via};
        let alice: &[(Column, &str)] = &[
            (Type, "IAMUser"),
            (Actor, "alice"),
            (Arn, "arn:aws:iam::1:user/alice"),
            (Column::Account, "1"),
            (Service, "lambda.amazonaws.com"),
            (Event, "CreateFunction20150331"),
            (Region, "eu-west-1"),
            (Tool, "boto3"),
        ];
        let with = |more: &[(Column, &'static str)]| of(&[alice, more].concat());
        let sight = with(&[(Ip, "2001:db8:1:2:3::4"), (Verb, "W"), (Result, "ok")]);
        let values = sight.values.each_ref().map(|value| &**value);
        let wanted = [
            "lambda:CreateFunction",
            "2001:db8:1:2::/64",
            "eu-west-1",
            "boto3",
            "1:user/alice",
            "eu-west-1",
        ];
        assert_eq!((values, sight.worked), (wanted, true));
        let sight = with(&[(Ip, "198.51.100.7"), (Via, "ec2.amazonaws.com"), (Result, "denied")]);
        let values = sight.values.each_ref().map(|value| &**value);
        let wanted = ["lambda:CreateFunction", "", "eu-west-1", "", "1:user/alice", ""];
        assert_eq!((values, sight.worked), (wanted, false));
        assert_eq!(&*with(&[(Ip, "AWS Internal")]).values[First::Ip as usize], "");
        assert_eq!(&*with(&[(Ip, "::ffff:198.51.100.7")]).values[1], "198.51.100.7");
    }
}
