//! Names as AWS writes them, cut to what a person reads: services, event names, ARNs.
//!
//! Nearly every function takes a slice of what it was given and allocates nothing, whatever the text holds.

use std::borrow::Cow;

/// The service without its domain: `s3` for `s3.amazonaws.com`, `delivery.logs` for
/// `delivery.logs.amazonaws.com`; anything else as it is.
pub fn service(source: &str) -> &str {
    const DOMAINS: [&str; 4] =
        [".amazonaws.com.cn", ".amazonaws.com", ".amazonaws.eu", ".aws.amazon.com"];
    DOMAINS
        .iter()
        .find_map(|domain| source.strip_suffix(domain))
        .filter(|short| !short.is_empty())
        .unwrap_or(source)
}

/// An event name without the API date some services append: `CreateFunction` for
/// `CreateFunction20150331`, `UpdateFunctionCode` for `UpdateFunctionCode20150331v2`,
/// `ListDistributions` for `ListDistributions2020_05_31`.
pub fn plain(event: &str) -> &str {
    let bytes = event.as_bytes();
    let mut end = bytes.len();
    let digits = bytes.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    if digits > 0 && digits < 3 && end > digits && bytes[end - digits - 1] == b'v' {
        end -= digits + 1;
    }
    [8, 10]
        .into_iter()
        .find_map(|length| {
            let start = end.checked_sub(length).filter(|start| *start > 0)?;
            is_date(&bytes[start..end]).then(|| event.get(..start)).flatten()
        })
        .unwrap_or(event)
}

/// `20150331` or `2020_05_31`, of this or the last century.
fn is_date(bytes: &[u8]) -> bool {
    let written = match bytes.len() {
        8 => bytes.iter().all(u8::is_ascii_digit),
        _ => bytes.iter().enumerate().all(|(at, b)| match at {
            4 | 7 => *b == b'_',
            _ => b.is_ascii_digit(),
        }),
    };
    written && matches!(&bytes[..2], b"19" | b"20")
}

/// The words of a camel-case name, one at a time: `Put`, `Bucket`, `Policy`.
pub fn words(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let bytes = rest.as_bytes();
        if bytes.is_empty() {
            return None;
        }
        let end = (1..bytes.len())
            .find(|at| {
                let starts = bytes[*at].is_ascii_uppercase();
                let next_is_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
                starts && (!bytes[at - 1].is_ascii_uppercase() || next_is_lower)
            })
            .unwrap_or(bytes.len());
        // A cut before an ASCII letter is always between characters.
        let (word, more) = rest.split_at(end);
        rest = more;
        Some(word)
    })
}

/// The name of a resource in its ARN: `alice` for `arn:aws:iam::1:user/team/alice`,
/// `/prod/db` for an SSM parameter, the name without the six random letters for a secret. A queue's
/// address gives the queue. Anything else is given back as it is.
pub fn resource(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("arn:") else { return queue(text) };
    let mut parts = rest.splitn(5, ':');
    let (_partition, service) = (parts.next(), parts.next().unwrap_or_default());
    let (region, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Some(resource) = parts.next().filter(|resource| !resource.is_empty()) else { return text };
    let name = match service {
        "s3" | "s3express" if account.is_empty() || region.is_empty() => resource,
        "sns" | "sqs" => resource,
        "iam" if !resource.starts_with("oidc-provider/") => {
            resource.rsplit_once('/').map_or(resource, |(_, name)| name)
        }
        "ssm" => resource.strip_prefix("parameter").map_or_else(|| second(resource), parameter),
        "secretsmanager" => resource.strip_prefix("secret:").map_or(resource, secret),
        "kms" => resource.strip_prefix("key/").unwrap_or(resource),
        "logs" => resource
            .strip_prefix("log-group:")
            .and_then(|group| group.split(':').next())
            .unwrap_or_else(|| second(resource)),
        "lambda" => resource
            .strip_prefix("function:")
            .and_then(|function| function.split(':').next())
            .unwrap_or_else(|| second(resource)),
        "wafv2" => resource.rsplit('/').nth(1).unwrap_or(resource),
        "ecs" | "events" => second(resource).rsplit('/').next().unwrap_or(resource),
        "elasticloadbalancing" => balancer(resource),
        "cloudformation" => second(resource).split('/').next().unwrap_or(resource),
        "autoscaling" => resource.rsplit_once("Name/").map_or(resource, |(_, name)| name),
        _ => second(resource),
    };
    // What ends where the name should begin means every one of its kind.
    if name.is_empty() || name.ends_with("/*") { "*" } else { name }
}

/// The name of a load balancer, a target group or what belongs to one: `app/web/50dc6c` is `web`.
fn balancer(resource: &str) -> &str {
    let name = second(resource);
    let name =
        ["app/", "net/", "gwy/"].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name);
    name.split('/').next().unwrap_or(name)
}

/// The same for text that may be owned, and for ARNs that were part of an address
/// (`arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa`).
pub fn resource_of(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = if text.starts_with("arn%3A") {
        Cow::Owned(text.replace("%3A", ":").replace("%2F", "/"))
    } else {
        text
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(resource(text)),
        Cow::Owned(text) => {
            let name = resource(&text);
            if name.len() == text.len() { Cow::Owned(text) } else { Cow::Owned(name.to_owned()) }
        }
    }
}

/// A bucket and what is in it, of its ARN in any partition: `b/key` for `arn:aws-cn:s3:::b/key`. Anything
/// else is given back as it is.
pub fn in_s3(text: &str) -> &str {
    let behind = |text: &'_ str| {
        let (_partition, rest) = text.strip_prefix("arn:")?.split_once(':')?;
        Some(text.len() - rest.strip_prefix("s3:::")?.len())
    };
    behind(text).map_or(text, |at| &text[at..])
}

/// The last letters of an access key, which tell keys apart: `…BCDEFGH1`.
pub fn tail(key: &str) -> String {
    let at = key.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    format!("…{}", &key[at..])
}

/// Whether this is the number of an account: 12 digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What follows the kind of a resource: `i-1` of `instance/i-1`, `orders` of `db:orders`.
fn second(resource: &str) -> &str {
    resource.split_once(['/', ':']).map_or(resource, |(_, name)| name)
}

/// A parameter's name begins with a slash exactly when it has more than one part.
fn parameter(path: &str) -> &str {
    match path.strip_prefix('/') {
        Some(name) if !name.contains('/') => name,
        _ => path,
    }
}

/// Secrets Manager appends a dash and six random letters to the name of every secret.
fn secret(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((plain, tail))
            if !plain.is_empty()
                && tail.len() == 6
                && tail.bytes().all(|b| b.is_ascii_alphanumeric()) =>
        {
            plain
        }
        _ => name,
    }
}

fn queue(text: &str) -> &str {
    let address = text.strip_prefix("https://").filter(|rest| {
        rest.starts_with("sqs.") || rest.split('/').next().is_some_and(|h| h.contains(".queue."))
    });
    address.and_then(|rest| rest.rsplit('/').next()).filter(|q| !q.is_empty()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_events() {
        for (source, short) in [
            ("s3.amazonaws.com", "s3"),
            ("delivery.logs.amazonaws.com", "delivery.logs"),
            ("ec2.amazonaws.com.cn", "ec2"),
            (".amazonaws.com", ".amazonaws.com"),
            ("", ""),
        ] {
            assert_eq!(service(source), short);
        }
        for (event, name) in [
            ("CreateFunction20150331", "CreateFunction"),
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("ListDistributions2020_05_31", "ListDistributions"),
            ("20150331", "20150331"),
            ("Put99999999", "Put99999999"),
            ("SetV2", "SetV2"),
            ("é20150331", "é"),
            ("", ""),
        ] {
            assert_eq!(plain(event), name);
        }
    }

    #[test]
    fn words_of_names() {
        let of = |name: &'static str| words(name).collect::<Vec<_>>();
        assert_eq!(of("PutBucketPolicy"), ["Put", "Bucket", "Policy"]);
        assert_eq!(of("DeleteDBSnapshot"), ["Delete", "DB", "Snapshot"]);
        assert_eq!(of("dBInstanceIdentifier"), ["d", "B", "Instance", "Identifier"]);
        assert_eq!(of("éÉA"), ["éÉ", "A"]);
        assert!(of("").is_empty());
    }

    #[test]
    fn resources_of_arns() {
        for (arn, name) in [
            ("arn:aws:iam::123456789012:user/team/alice", "alice"),
            ("arn:aws:iam::123456789012:root", "root"),
            ("arn:aws:iam::1:oidc-provider/token.example.com/x", "token.example.com/x"),
            ("arn:aws:s3:::bucket/a/b", "bucket/a/b"),
            ("arn:aws:s3:us-east-1:1:accesspoint/ap", "ap"),
            ("arn:aws:ssm:us-east-1:1:parameter/prod/db", "/prod/db"),
            ("arn:aws:ssm:us-east-1:1:parameter/db", "db"),
            ("arn:aws:secretsmanager:us-east-1:1:secret:red-team-7-nFvpuv", "red-team-7"),
            ("arn:aws:secretsmanager:us-east-1:1:secret:red-team-10-agquim", "red-team-10"),
            ("arn:aws:secretsmanager:us-east-1:1:secret:red-team", "red-team"),
            ("arn:aws:cloudtrail:us-east-1:1:trail/main", "main"),
            ("arn:aws:logs:us-east-1:1:log-group:/aws/lambda/f:*", "/aws/lambda/f"),
            ("arn:aws:lambda:us-east-1:1:function:f:PROD", "f"),
            ("arn:aws:kms:us-east-1:1:key/1234-5678", "1234-5678"),
            ("arn:aws:kms:us-east-1:1:alias/aws/ssm", "alias/aws/ssm"),
            ("arn:aws:sns:us-east-1:1:topic", "topic"),
            ("arn:aws:sns:us-east-1:1:*", "*"),
            ("arn:aws:iam::1:role/", "*"),
            ("arn:aws:waf::1:rulegroup/*", "*"),
            ("arn:aws:wafv2:us-east-1:1:regional/webacl/front/uuid", "front"),
            ("arn:aws:rds:us-east-1:1:db:orders", "orders"),
            ("arn:aws:cloudformation:us-east-1:1:stack/web/uuid", "web"),
            ("arn:aws:ec2:us-east-1:1:instance/i-0abc", "i-0abc"),
            ("arn:aws:ec2", "arn:aws:ec2"),
            ("arn:aws:ec2:::", "arn:aws:ec2:::"),
            ("https://sqs.us-east-1.amazonaws.com/1/jobs", "jobs"),
            ("https://example.com/x", "https://example.com/x"),
            ("plain", "plain"),
        ] {
            assert_eq!(resource(arn), name, "{arn}");
            assert_eq!(resource_of(arn.to_owned().into()), name, "{arn}");
        }
        assert_eq!(resource_of("arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fdeploy".into()), "deploy");
    }
}
