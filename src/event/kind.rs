//! What several targets are called, by what they look like: `29 instances`.

/// Events whose targets are of one kind.
const EVENTS: &[(&str, &str)] = &[
    ("AssumeRole", "roles"),
    ("AssumeRoleWithSAML", "roles"),
    ("AssumeRoleWithWebIdentity", "roles"),
    ("GetObject", "objects"),
    ("PutObject", "objects"),
    ("HeadObject", "objects"),
    ("DeleteObject", "objects"),
    ("CopyObject", "objects"),
    ("GetSecretValue", "secrets"),
    ("DescribeSecret", "secrets"),
    ("GetParameter", "parameters"),
    ("GetParameters", "parameters"),
    ("Decrypt", "keys"),
    ("Encrypt", "keys"),
    ("GenerateDataKey", "keys"),
];

/// Beginnings of ids.
const IDS: &[(&str, &str)] = &[
    ("i-", "instances"),
    ("sg-", "groups"),
    ("vpc-", "VPCs"),
    ("subnet-", "subnets"),
    ("vol-", "volumes"),
    ("snap-", "snapshots"),
    ("ami-", "images"),
    ("eni-", "interfaces"),
    ("rtb-", "route tables"),
    ("igw-", "gateways"),
];

/// Ends of event names that say what they are about.
const ENDS: &[(&str, &str)] = &[
    ("Role", "roles"),
    ("RolePolicy", "roles"),
    ("RolePolicies", "roles"),
    ("User", "users"),
    ("UserPolicy", "users"),
    ("UserPolicies", "users"),
    ("Bucket", "buckets"),
    ("BucketAcl", "buckets"),
    ("BucketPolicy", "buckets"),
    ("Function", "functions"),
];

/// What several targets like this one are called.
pub fn kind(event: &str, target: &str) -> &'static str {
    let by_id = || IDS.iter().find(|(id, _)| target.starts_with(id));
    let by_end = || ENDS.iter().find(|(end, _)| event.ends_with(end));
    let by_event = EVENTS.iter().find(|(name, _)| *name == event);
    by_event.or_else(by_id).or_else(by_end).map_or("targets", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_names_in_the_plural() {
        for (event, target, said) in [
            ("GetPasswordData", "i-0dbc91f429e48eeed", "instances"),
            ("AssumeRole", "deploy", "roles"),
            ("PutObject", "logs/2025/04/12.gz", "objects"),
            ("AttachRolePolicy", "deploy", "roles"),
            ("DescribeStacks", "*", "targets"),
        ] {
            assert_eq!(kind(event, target), said);
        }
    }
}
