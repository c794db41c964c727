//! The facts of the real records in `../shared/data`, where they are: who, to what, how it ended.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::*;
use crate::event::tool::Families;
use crate::event::{identity, outcome};

#[expect(clippy::print_stderr, reason = "a test that tests nothing must say so")]
/// The folder of the data, or `None` (and a word about it) where it is not.
fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    let here = path.is_dir();
    if !here {
        eprintln!("{} is not here: nothing is tested", path.display());
    }
    here.then_some(path)
}

/// The text of every file below a folder, unpacked where it is packed.
fn texts(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut out = vec![];
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("a readable file");
            let mut text = vec![];
            let unpacked = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text);
            let text = if unpacked.is_ok() { text } else { bytes };
            out.push((path, String::from_utf8_lossy(&text).into_owned()));
        }
    }
    out.sort();
    out
}

/// Calls `visit` with every record found in a text, by a simple search.
fn records(text: &str, visit: &mut impl FnMut(&Record<'_>)) {
    fn walk(value: Json<'_>, depth: usize, visit: &mut impl FnMut(&Record<'_>)) {
        let record = Record::of(value);
        if record.is_record() {
            visit(&record);
        } else if depth > 0 {
            value.items().for_each(|item| walk(item, depth - 1, visit));
            value.entries().for_each(|(_, member)| {
                walk(member, depth - 1, visit);
                if let Some(inner) = member.scalar().filter(|inner| inner.starts_with('{'))
                    && let Ok(inner) = Json::checked(&inner)
                {
                    walk(inner, depth - 1, visit);
                }
            });
        }
    }
    match Json::checked(text) {
        Ok(whole) => walk(whole, 6, visit),
        Err(_) => text.lines().filter_map(|line| Json::checked(line).ok()).for_each(|line| {
            walk(line, 6, visit);
        }),
    }
}

/// Calls `visit` with every record below a folder; says how many there were.
fn each(folder: &Path, visit: &mut impl FnMut(&Record<'_>)) -> usize {
    let mut n = 0;
    for (_, text) in texts(folder) {
        records(&text, &mut |record| {
            n += 1;
            visit(record);
        });
    }
    n
}

/// Counts, by a name made of each record.
fn count(folder: &Path, name: impl Fn(&Record<'_>) -> String) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    each(folder, &mut |record| *counts.entry(name(record)).or_default() += 1);
    counts
}

#[test]
fn nothing_is_blank_in_any_record() {
    for folder in ["s3", "wrappers", "rule-tests"] {
        let Some(folder) = data(folder) else { return };
        let n = each(&folder, &mut |record| {
            let (actor, target) = (identity::caller(record).actor, target(record));
            assert!(!actor.is_empty() && !target.is_empty(), "{}", record.json().text());
            let tool = Families::default().tool(record, &record.user_agent());
            let is_absent = record.user_agent().trim_matches(['[', ']', ' ']).is_empty();
            assert_eq!(tool.is_empty(), is_absent, "{}", record.user_agent());
            let reason = outcome::reason(&record.error_code(), &record.error_message());
            assert!(reason.chars().count() <= outcome::REASON_MAX, "{reason}");
            let says_something =
                !record.error_code().is_empty() || !record.error_message().is_empty();
            assert_eq!(!reason.is_empty(), says_something, "{}", record.json().text());
        });
        assert!(n > 200, "only {n} records in {}", folder.display());
    }
}

#[test]
fn few_targets_are_unknown() {
    for (folder, most) in [("s3/invictus", 3), ("s3", 3)] {
        let Some(folder) = data(folder) else { return };
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        let n = each(&folder, &mut |record| {
            if target(record) == UNKNOWN {
                let source = record.event_source();
                let event = format!("{}:{}", name::service(&source), record.event_name());
                *unknown.entry(event).or_default() += 1;
            }
        });
        let all: usize = unknown.values().sum();
        assert!(all * 100 < n * most, "{all} of {n} are unknown: {unknown:?}");
    }
}

/// What screens.md says of the targets of the common names, as patterns that every target of these
/// events fits. A throttled call has no parameters and may be unknown.
const ROWS: &[(&str, &str, &str)] = &[
    (
        "s3",
        "GetBucketAcl GetBucketPolicyStatus GetBucketPublicAccessBlock ListAccessPoints",
        r"^[a-z0-9][a-z0-9.-]+$",
    ),
    ("s3", "ListBuckets", r"^\*$"),
    (
        "kms",
        "GenerateDataKey Decrypt Encrypt",
        r"^(stratus-red-team-retrieve-secret-\d+|/credentials/stratus-red-team/credentials-\d+|[a-z0-9-]+(/.*)?)$",
    ),
    ("sts", "AssumeRole", r"^[A-Za-z0-9-]+( -> …[A-Z0-9]{8})?$"),
    ("iam", "GetUser", r"^(itself|stratus-.*)$"),
    ("sts", "GetCallerIdentity", "^itself$"),
    ("iam", "ListAttachedRolePolicies ListRolePolicies GetRole", r"^stratus-red-team-[a-z0-9-]+$"),
    (
        "ssm",
        "GetParameter PutParameter DeleteParameter",
        r"^(/credentials/stratus-red-team/credentials-\d+|\?)$",
    ),
    ("ssm", "DescribeParameters", r"^(/credentials/stratus-red-team/credentials-\d+|\*)$"),
    ("ssm", "ListTagsForResource", r"^/credentials/stratus-red-team/credentials-\d+$"),
    ("ssm", "DescribeInstanceInformation", "^i-[0-9a-f]+$"),
    (
        "secretsmanager",
        "GetSecretValue GetResourcePolicy DescribeSecret DeleteSecret",
        r"^stratus-red-team-retrieve-secret-\d+$",
    ),
    ("ec2", "DescribeInstances DescribeInstanceStatus", r"^(i-[0-9a-f]+|[a-z-]+=.+|\*)$"),
    ("ec2", "DescribeInstanceAttribute", r"^i-[0-9a-z]+\.[A-Za-z]+$"),
    (
        "ec2",
        "DescribeRouteTables DescribeNetworkAcls DescribeAddresses DescribeVpcs DescribeSubnets DescribeSecurityGroups DescribeNetworkInterfaces DescribeInternetGateways DescribeNatGateways",
        r"^([a-z]+-[0-9a-f]+|[0-9.]+|[a-z.-]+=.+|\*)$",
    ),
    ("ec2", "DescribeVpcAttribute", "^vpc-[0-9a-f]+$"),
    ("ec2", "DeleteFlowLogs", "^fl-[0-9a-f]+$"),
    ("ec2", "DescribeInstanceCreditSpecifications GetPasswordData", "^i-[0-9a-z]+$"),
    (
        "ec2",
        "DescribeVolumes DescribeTags DescribeImages DescribeAvailabilityZones DescribeAccountAttributes",
        r"^([a-z]+-[0-9a-f]+|[a-z,-]+|[a-z-]+=.+|\*)$",
    ),
    ("rds", "DescribeOrderableDBInstanceOptions", "^[a-z0-9-]+$"),
    ("rds", "DescribeDBInstances", r"^(terraform-\d+|db-instance-id=.+|\*)$"),
    ("health", "DescribeEventAggregates", "^-$"),
    ("ec2", "RunInstances", r"^(i-[0-9a-f]+|\d+x [a-z0-9.]+)$"),
    ("organizations", "LeaveOrganization", r"^\(organization\)$"),
    ("cloudtrail", "StopLogging DeleteTrail PutEventSelectors", "^stratus-red-team-[a-z-]+$"),
];

#[test]
fn the_rows_of_the_design_hold() {
    let Some(folder) = data("s3/invictus") else { return };
    let seen = count(&folder, |record| {
        let source = record.event_source();
        format!("{} {} {}", name::service(&source), record.event_name(), target(record))
    });
    for (service, events, pattern) in ROWS {
        let fits = regex::Regex::new(pattern).expect("the test's own pattern");
        for event in events.split(' ') {
            let head = format!("{service} {event} ");
            for line in seen.keys().filter(|line| line.starts_with(&head)) {
                assert!(fits.is_match(&line[head.len()..]), "{line} is not {pattern}");
            }
        }
    }
    // Every successful AssumeRole names the key it issued, every denied one the role it asked for.
    let roles = count(&folder, |record| {
        let error = record.error_code();
        format!("{} {error} {}", record.event_name(), target(record).contains(ISSUED))
    });
    assert_eq!(roles.get("AssumeRole  true"), Some(&36));
    assert_eq!(roles.get("AssumeRole AccessDenied false"), Some(&13));
}

#[test]
fn results_and_verbs_as_measured() {
    let Some(folder) = data("s3/invictus") else { return };
    let results = count(&folder, |record| outcome::outcome(record).word().to_owned());
    let of = |word: &str| results.get(word).copied().unwrap_or_default();
    assert_eq!((of("denied"), of("throttled"), of("none")), (60, 102, 106), "{results:?}");
    assert_eq!(results.values().sum::<usize>() - of("ok"), 300, "{results:?}");
    let verbs = count(&folder, |record| verb::verb(record).word().to_owned());
    let share = verbs["R"] * 100 / verbs.values().sum::<usize>();
    assert!((78..=82).contains(&share), "{verbs:?}");
    assert!(verbs["D"] < verbs["W"], "{verbs:?}");
}

#[test]
fn the_callers_and_tools_of_the_design() {
    let Some(folder) = data("s3/invictus") else { return };
    let tools = count(&folder, |record| {
        let caller = identity::caller(record);
        let direct = record.identity_text(&["invokedBy"]).is_empty();
        let agent = record.user_agent();
        format!("{} {direct} {}", caller.actor, Families::default().tool(record, &agent))
    });
    for (line, n) in [
        ("bert-jan true Terraform", 1938),
        ("bert-jan true aws internal", 215),
        ("bert-jan true stratus-red-team", 166),
        ("bert-jan true console", 67),
        ("stratus-red-team-leave-org-role true stratus-red-team", 1),
    ] {
        assert_eq!(tools.get(line), Some(&n), "{tools:?}");
    }
    let instances: usize = tools
        .iter()
        .filter(|(line, _)| line.starts_with("i-0dbc91f429e48eeed (instance)"))
        .map(|(_, n)| n)
        .sum();
    assert_eq!(instances, 15);
}
