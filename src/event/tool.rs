//! The family of the user agent.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::event::name;
use crate::event::record::Record;

/// Families that the table names, in order of precedence.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::of(include_str!("../../assets/tools.tsv")));

/// The most letters of a family that no table names.
const OWN_MAX: usize = 32;

/// The rows of the table, found by the first letter of a token.
#[derive(Debug)]
struct Table {
    rows: Vec<Row>,
    by_letter: [Vec<u16>; 256],
}

#[derive(Debug)]
struct Row {
    token: &'static str,
    is_prefix: bool,
    family: &'static str,
}

impl Table {
    fn of(text: &'static str) -> Self {
        let rows: Vec<Row> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('\t'))
            .map(|(token, family)| Row {
                token: token.trim_end_matches('*'),
                is_prefix: token.ends_with('*'),
                family,
            })
            .collect();
        let mut by_letter = [const { Vec::new() }; 256];
        for (at, row) in rows.iter().enumerate() {
            if let Some(letter) = row.token.as_bytes().first() {
                by_letter[usize::from(*letter)].push(at as u16);
            }
        }
        Self { rows, by_letter }
    }

    /// The rank of the best row for a token.
    fn rank(&self, token: &str) -> Option<u16> {
        let letter = token.as_bytes().first()?.to_ascii_lowercase();
        self.by_letter[usize::from(letter)].iter().copied().find(|at| {
            let row = &self.rows[usize::from(*at)];
            let head = token.get(..row.token.len());
            (row.is_prefix || token.len() == row.token.len())
                && head.is_some_and(|head| head.eq_ignore_ascii_case(row.token))
        })
    }
}

/// The families of the user agents met so far: a record has one out of few.
#[derive(Debug, Default)]
pub struct Families(HashMap<Box<str>, Box<str>>);

impl Families {
    /// The most that are remembered: whoever calls may name himself anew each time.
    const MOST: usize = 4096;
    /// The longest that is remembered. CloudTrail cuts user agents at 1 KB; a file may hold longer ones.
    const LONGEST: usize = 1024;

    /// The tool behind a call: aws-cli, boto3, Terraform, console, an SDK, or the service itself.
    /// Absent is empty.
    pub fn tool(&mut self, record: &Record<'_>, agent: &str) -> String {
        let known = self.0.get(agent).map(|family| String::from(&**family));
        let family = known.unwrap_or_else(|| {
            if self.0.len() == Self::MOST {
                self.0.clear();
            }
            let family = family(agent).into_owned();
            if agent.len() <= Self::LONGEST {
                self.0.insert(agent.into(), family.as_str().into());
            }
            family
        });
        if family == BROWSER && is_session(record) { "console".to_owned() } else { family }
    }
}

/// What AWS calls itself where it works for itself.
pub const INTERNAL: &str = "aws internal";

/// What browsers are called.
const BROWSER: &str = "browser";

/// The family by the user agent alone.
fn family(agent: &str) -> Cow<'_, str> {
    let agent = agent.trim().trim_matches(['[', ']']).trim();
    if agent.is_empty() {
        return Cow::Borrowed("");
    }
    if agent.starts_with("AWS Internal") || agent == "internal.amazonaws.com" {
        return Cow::Borrowed(INTERNAL);
    }
    // A service that calls names itself with its host and nothing else.
    if is_host(agent) {
        let service = name::service(agent);
        let console = ["console", "signin"].iter().any(|c| service.split('.').any(|s| s == *c));
        return Cow::Borrowed(if console { "console" } else { service });
    }
    let tokens = agent.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
    let best = tokens.filter_map(|token| TABLE.rank(token)).min();
    best.map_or_else(|| own(agent), |at| Cow::Borrowed(TABLE.rows[usize::from(at)].family))
}

fn is_host(agent: &str) -> bool {
    let plain = agent.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    plain && name::service(agent).len() < agent.len()
}

/// A browser speaks for the console, unless it signs with a long-term key, which the console has
/// not.
fn is_session(record: &Record<'_>) -> bool {
    !record.identity_text(&["accessKeyId"]).starts_with("AKIA")
}

/// The name an unknown agent gives itself, without the ids that make each run another tool.
fn own(agent: &str) -> Cow<'_, str> {
    let product = agent.split(['/', ' ', ',', ';', '(']).next().unwrap_or_default();
    let product = product.find(is_id_start(product)).map_or(product, |at| &product[..at]);
    let product = product.trim_end_matches(['-', '_', '.', ':']);
    if product.is_empty() {
        return Cow::Borrowed("other");
    }
    let end = product.char_indices().nth(OWN_MAX).map_or(product.len(), |(at, _)| at);
    Cow::Borrowed(&product[..end])
}

/// Matches the first character of a UUID in a product name.
fn is_id_start(product: &str) -> impl FnMut(char) -> bool {
    let mut at = 0;
    move |c| {
        let here = at;
        at += c.len_utf8();
        product.as_bytes().get(here..here + 36).is_some_and(|id| {
            id.iter().enumerate().all(|(n, b)| match n {
                8 | 13 | 18 | 23 => *b == b'-',
                _ => b.is_ascii_hexdigit(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::json::Json;

    fn of(agent: &str) -> String {
        Families::default().tool(&Record::of(Json::of("{}")), agent)
    }

    #[test]
    fn families() {
        for (agent, family) in [
            ("", ""),
            ("[]", ""),
            (
                "aws-cli/2.17.32 md/awscrt#0.21.2 ua/2.0 os/linux lang/python#3.11 botocore/2",
                "aws-cli",
            ),
            ("[aws-cli/1.16.96 Python/3.6.0 Windows/10 botocore/1.12.86]", "aws-cli"),
            ("[Boto3/1.26.165 Python/3.10.6 Linux/5.19 Botocore/1.29.165]", "boto3"),
            ("Botocore/1.29", "botocore"),
            (
                "APN/1.0 HashiCorp/1.0 Terraform/1.1.2 (+https://www.terraform.io) terraform-provider-aws/3.76.1 aws-sdk-go/1.44.157 stratus-red-team_6a7ec681-49a5-4403-99a2-d3c1229e8063 HashiCorp-terraform-exec/0.17.3",
                "Terraform",
            ),
            ("stratus-red-team_39f95f43-cd2f-4beb-b69e-be60b6fe1f57", "stratus-red-team"),
            ("[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10]", "console"),
            ("RDS Console, aws-internal/3 aws-sdk-java/1.11.975", "console"),
            ("[AWSCloudTrail, aws-internal/3 aws-sdk-java/1.12.433]", "console"),
            ("AWS CloudWatch Console", "console"),
            ("console.ec2.amazonaws.com", "console"),
            ("signin.amazonaws.com", "console"),
            ("console.aws.amazon.com", "console"),
            ("Mozilla/5.0 (X11; Ubuntu) Firefox/102.0", "console"),
            ("secretsmanager.amazonaws.com", "secretsmanager"),
            ("cloudformation.amazonaws.com", "cloudformation"),
            ("AWS Internal", "aws internal"),
            ("AWS Signin, aws-internal/3 aws-sdk-java/1.11.898", "console"),
            ("CloudCustodian/0.8.23.2 Python/2.7.12 Botocore/1.5", "cloud-custodian"),
            ("aws-internal/3 aws-sdk-java/1.11.1030", "aws internal"),
            ("aws-sdk-go-v2/1.17.0 os/linux api/sts/1.16.19", "aws-sdk-go"),
            ("aws-sdk-go/1.41.4 (go1.18.3; linux; amd64) amazon-ssm-agent/", "ssm-agent"),
            ("aws-sdk-ruby2/2.0.0.rc4 ruby/1.9.3", "aws-sdk-ruby"),
            ("eksctl/0.150 aws-sdk-go-v2/1.0", "eksctl"),
            ("S3 Browser/10.0.9 (https://s3browser.com)", "S3 Browser"),
            ("APN/1.0 Pulumi/1.0 PulumiAWS/6.0 aws-sdk-go-v2/1.2", "Pulumi"),
            ("TruffleHog", "trufflehog"),
            ("MyTool-68319f60-9dec-43b2-9702-de3a08c9d8a3/1.0", "MyTool"),
            ("68319f60-9dec-43b2-9702-de3a08c9d8a3", "other"),
            ("capacurve/1.0", "capacurve"),
            ("éé/1", "éé"),
        ] {
            assert_eq!(of(agent), family, "{agent}");
        }
        assert!(of(&"x".repeat(5000)).len() <= OWN_MAX);
    }

    #[test]
    fn a_browser_with_a_long_term_key_is_no_console() {
        let text = r#"{"userIdentity":{"accessKeyId":"AKIAX"}}"#;
        let mut families = Families::default();
        assert_eq!(families.tool(&Record::of(Json::of(text)), "Mozilla/5.0"), "browser");
    }

    #[test]
    fn the_table_is_whole() {
        let lines = include_str!("../../assets/tools.tsv").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let (token, family) = line.split_once('\t').expect("two columns");
            assert!(!family.is_empty() && token == token.to_ascii_lowercase(), "{line}");
        }
    }
}
