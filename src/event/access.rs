//! Parameters that open or close something, in words: rules of security groups, shares of snapshots
//! and images, guards against public buckets, grants, selectors of trails. Bounded: the first of
//! each.

use crate::event::json::{Json, Shape};
use crate::event::means::plain;
use crate::event::{path, trail};

/// Rules, shares or grants that are told.
const TOLD: usize = 4;
/// Items of a list that are counted.
const COUNTED: usize = 10_000;

/// Ports that one looks for, and what listens there.
const PORTS: &[(u32, &str)] = &[
    (22, "SSH"),
    (23, "Telnet"),
    (25, "mail"),
    (80, "HTTP"),
    (443, "HTTPS"),
    (445, "SMB"),
    (1433, "SQL Server"),
    (2375, "Docker"),
    (3306, "MySQL"),
    (3389, "RDP"),
    (5432, "PostgreSQL"),
    (5985, "WinRM"),
    (6379, "Redis"),
    (9200, "Elasticsearch"),
    (27017, "MongoDB"),
];

/// The elements of a list as services write it: an array, `{"items":[…]}`, or one of its kind.
fn list(value: Json<'_>) -> impl Iterator<Item = Json<'_>> {
    let inner = ["items", "item", "Item"].iter().find_map(|name| value.get(name)).unwrap_or(value);
    let one = (inner.shape() == Shape::Object && inner.entries().next().is_some()).then_some(inner);
    inner.items().chain(one)
}

fn text(value: Json<'_>, names: &[&str]) -> Option<String> {
    let found = names.iter().find_map(|name| value.get(name)?.scalar());
    found.filter(|text| !text.is_empty()).map(std::borrow::Cow::into_owned)
}

/// The first of many, and how many more there are.
fn some(mut said: Vec<String>, all: usize) -> Option<String> {
    if all > said.len() {
        said.push(format!("{} more", all - said.len()));
    }
    (!said.is_empty()).then(|| said.join(", "))
}

/// `tcp 22 (SSH) from the whole internet (0.0.0.0/0)`: the rules that a call to a security group
/// names; `joint` stands before the other side.
pub fn rules(request: Json<'_>, joint: &str) -> Option<String> {
    let permissions = request.get("ipPermissions").filter(|it| list(*it).next().is_some());
    let Some(permissions) = permissions else {
        // Older calls and some tools name one rule flat.
        let has_rule = text(request, &["ipProtocol", "cidrIp", "fromPort"]).is_some();
        let named = || text(request, &["securityGroupRuleIds", "securityGroupRuleId"]);
        return match has_rule {
            true => Some(rule(request, joint)),
            false => named().map(|id| plain(&id)),
        };
    };
    let said = list(permissions).take(TOLD).map(|one| rule(one, joint)).collect();
    some(said, list(permissions).take(COUNTED).count())
}

fn rule(rule: Json<'_>, joint: &str) -> String {
    let protocol = text(rule, &["ipProtocol"]).unwrap_or_else(|| "?".to_owned());
    let (from, to) = (text(rule, &["fromPort"]), text(rule, &["toPort"]));
    let ports = match (&*protocol, from, to) {
        ("-1", _, _) => "everything".to_owned(),
        ("icmp" | "icmpv6", _, _) => plain(&protocol),
        (_, Some(from), Some(to)) if from == to => format!("{} {}", plain(&protocol), port(&from)),
        (_, Some(from), Some(to)) if from == "0" && to == "65535" => {
            format!("every {} port", plain(&protocol))
        }
        (_, Some(from), Some(to)) => {
            format!("{} {}-{}", plain(&protocol), plain(&from), plain(&to))
        }
        (_, Some(from), None) => format!("{} {}", plain(&protocol), port(&from)),
        (_, None, _) => format!("every {} port", plain(&protocol)),
    };
    let mut sides = vec![];
    let mut all = 0;
    for (lists, name) in [
        ("ipRanges", "cidrIp"),
        ("ipv6Ranges", "cidrIpv6"),
        ("groups", "groupId"),
        ("prefixListIds", "prefixListId"),
    ] {
        let found = rule.get(lists).into_iter().flat_map(list);
        for one in found.take(COUNTED).filter_map(|one| text(one, &[name])) {
            all += 1;
            if sides.len() < TOLD {
                sides.push(side(&one));
            }
        }
    }
    if all == 0 {
        let flat = text(rule, &["cidrIp", "cidrIpv6", "sourceSecurityGroupName"]);
        sides.extend(flat.map(|one| side(&one)));
        all = sides.len();
    }
    match some(sides, all) {
        Some(sides) => format!("{ports} {joint} {sides}"),
        None => ports,
    }
}

fn port(number: &str) -> String {
    let known = number.parse().ok().and_then(|n: u32| PORTS.iter().find(|(port, _)| *port == n));
    match known {
        Some((_, name)) => format!("{number} ({name})"),
        None => plain(number),
    }
}

fn side(range: &str) -> String {
    match range {
        "0.0.0.0/0" | "::/0" => format!("the whole internet ({range})"),
        other => plain(other),
    }
}

/// `everybody added, account 111122223333 removed`: of a snapshot or an image.
pub fn shares(permission: Json<'_>) -> Option<String> {
    let mut said = vec![];
    let mut all = 0;
    for (name, done) in [("add", "added"), ("remove", "removed")] {
        for one in permission.get(name).into_iter().flat_map(list).take(COUNTED) {
            let who = match text(one, &["group", "userId", "organizationArn"]) {
                Some(group) if group == "all" => "everybody".to_owned(),
                Some(account) => format!("account {}", plain(&account)),
                None => continue,
            };
            all += 1;
            if said.len() < TOLD {
                said.push(format!("{who} {done}"));
            }
        }
    }
    some(said, all)
}

/// Which of the four guards against public buckets are on.
pub fn blocks(configuration: Json<'_>) -> Option<String> {
    const GUARDS: [&str; 4] =
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
    configuration.entries().next()?;
    let is_on = |name: &str| {
        let found = configuration.entries().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.last().and_then(|(_, value)| value.truth()).unwrap_or(false)
    };
    let off: Vec<&str> = GUARDS.into_iter().filter(|guard| !is_on(guard)).collect();
    Some(match off.len() {
        0 => "all four guards on".to_owned(),
        4 => "all four guards off".to_owned(),
        _ => format!("{} off", off.join(", ")),
    })
}

/// `READ to everybody`: the grants of an ACL.
pub fn grants(request: Json<'_>) -> Option<String> {
    let list_of = request.at(&["AccessControlPolicy", "AccessControlList", "Grant"])?;
    let said = list(list_of).take(TOLD).map(|grant| {
        let right = text(grant, &["Permission"]).unwrap_or_else(|| "?".to_owned());
        let who = grant
            .get("Grantee")
            .and_then(|who| text(who, &["URI", "EmailAddress", "DisplayName", "ID"]));
        let who = match who.as_deref() {
            Some(uri) if uri.ends_with("/AllUsers") => "everybody".to_owned(),
            Some(uri) if uri.ends_with("/AuthenticatedUsers") => {
                "anybody with an AWS account".to_owned()
            }
            Some(other) => plain(other),
            None => "?".to_owned(),
        };
        format!("{} to {who}", plain(&right))
    });
    some(said.collect(), list(list_of).take(COUNTED).count())
}

/// What a trail records from here on.
pub fn selectors(request: Json<'_>) -> Option<String> {
    let selection = trail::selection(request)?;
    let mut said = match selection.missing() {
        Some(missing) => format!("no {missing} from here on"),
        None => "all management events".to_owned(),
    };
    let mut kinds: Vec<&str> = selection.data.iter().map(|data| data.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if !kinds.is_empty() {
        let first: Vec<String> = kinds.iter().take(TOLD).map(|kind| plain(kind)).collect();
        let first = some(first, kinds.len()).unwrap_or_default();
        let partly =
            if selection.data.iter().any(|data| data.is_partial) { "a part of " } else { "" };
        said = format!("{said}, {partly}data events of {first}");
    }
    Some(said)
}

/// Which settings of an instance a call names.
pub fn attributes(request: Json<'_>) -> Option<String> {
    const TOLD_APART: [&str; 4] = ["instanceId", "dryRun", "value", "attribute"];
    let named = request.entries().filter(|(name, _)| !TOLD_APART.contains(&&**name));
    let words = |name: &str| match name {
        "userData" => "the user data".to_owned(),
        "groupSet" => "the security groups".to_owned(),
        other => plain(other),
    };
    let mut said: Vec<String> = named.take(TOLD).map(|(name, _)| words(&name)).collect();
    said.extend(text(request, &["attribute"]).map(|name| words(&name)));
    some(said, 0)
}

/// `10 x p2.xlarge`: what a launch asked for.
pub fn launch(request: Json<'_>) -> Option<String> {
    let of = |paths: &[&str]| paths.iter().find_map(|path| path::at(request, path));
    let kind = of(&["instanceType", "launchTemplate.launchTemplateId"]).map(|kind| plain(&kind));
    match of(&["instancesSet.maxCount", "maxCount"]) {
        Some(count) => {
            Some(format!("{} x {}", plain(&count), kind.as_deref().unwrap_or("instances")))
        }
        None => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_words() {
        for (request, said) in [
            (
                r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{},"groups":{},"prefixListIds":{}}]}}"#,
                "tcp 22 (SSH) from the whole internet (0.0.0.0/0)",
            ),
            (
                r#"{"ipPermissions":{"items":[{"ipProtocol":"-1","ipRanges":{},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]},"groups":{"items":[{"groupId":"sg-2"}]}}]}}"#,
                "everything from the whole internet (::/0), sg-2",
            ),
            (
                r#"{"groupName":"g","ipProtocol":"tcp","fromPort":8000,"toPort":9000,"cidrIp":"10.0.0.0/8","ipPermissions":{}}"#,
                "tcp 8000-9000 from 10.0.0.0/8",
            ),
            (
                r#"{"ipPermissions":[{"ipProtocol":"udp","fromPort":0,"toPort":65535,"ipRanges":[{"cidrIp":"1.2.3.4/32"}]}]}"#,
                "every udp port from 1.2.3.4/32",
            ),
        ] {
            assert_eq!(rules(Json::of(request), "from").as_deref(), Some(said), "{request}");
        }
        assert_eq!(rules(Json::of(r#"{"groupId":"sg-1"}"#), "from"), None);
    }

    #[test]
    fn shares_guards_and_grants_in_words() {
        let share = r#"{"add":{"items":[{"group":"all"},{"userId":"111122223333"}]},"remove":{"items":[{"userId":"7"}]}}"#;
        let said = "everybody added, account 111122223333 added, account 7 removed";
        assert_eq!(shares(Json::of(share)).as_deref(), Some(said));
        assert_eq!(shares(Json::of("{}")), None);
        let guards = r#"{"BlockPublicAcls":true,"IgnorePublicAcls":"true","BlockPublicPolicy":false,"RestrictPublicBuckets":true}"#;
        assert_eq!(blocks(Json::of(guards)).as_deref(), Some("BlockPublicPolicy off"));
        let acl = r#"{"AccessControlPolicy":{"AccessControlList":{"Grant":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"},{"Grantee":{"ID":"abc"},"Permission":"FULL_CONTROL"}]}}}"#;
        let said = "READ to everybody, FULL_CONTROL to abc";
        assert_eq!(grants(Json::of(acl)).as_deref(), Some(said));
    }

    #[test]
    fn long_lists_are_counted() {
        let one = r#"{"userId":"1"}"#;
        let many = format!(r#"{{"add":{{"items":[{}]}}}}"#, vec![one; 50].join(","));
        assert!(shares(Json::of(&many)).unwrap().ends_with(", 46 more"));
    }
}
