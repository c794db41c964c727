//! Fills the `<blanks>` of a template with the names of the organization. Within one event a blank
//! has one value, so that what a request names is what its response answers.

use crate::event::time::{Millis, Timestamp};
use crate::source::demo::chance::Chance;
use crate::source::demo::identity::Caller;
use crate::source::demo::organization::{ACCOUNTS, COMPANY, Names, REGIONS};

/// Where and when an event happens, and what its blanks have been filled with so far.
pub(crate) struct Scene<'a> {
    pub(crate) names: Names,
    pub(crate) chance: &'a mut Chance,
    pub(crate) account: usize,
    pub(crate) region: &'static str,
    pub(crate) time: Timestamp,
    bound: Vec<(&'static str, String)>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        names: Names,
        chance: &'a mut Chance,
        account: usize,
        region: &'static str,
        time: Timestamp,
    ) -> Self {
        Self { names, chance, account, region, time, bound: Vec::new() }
    }

    /// Gives a blank its value before the template is read.
    pub(crate) fn bind(&mut self, blank: &'static str, value: impl Into<String>) {
        self.bound.retain(|(name, _)| *name != blank);
        self.bound.push((blank, value.into()));
    }

    /// The caller's own name and ARN become blanks.
    pub(crate) fn bind_caller(&mut self, caller: &Caller) {
        self.bind("me", &caller.name);
        self.bind("myarn", &caller.arn);
    }

    /// The value of a blank: what it is bound to, else made now and kept.
    pub(crate) fn value(&mut self, blank: &'static str) -> String {
        if let Some((_, value)) = self.bound.iter().find(|(name, _)| *name == blank) {
            return value.clone();
        }
        let made = BLANKS
            .iter()
            .find(|(name, _)| *name == blank)
            .map_or_else(|| blank.to_owned(), |(_, make)| make(self));
        self.bound.push((blank, made.clone()));
        made
    }

    /// The template with every blank filled.
    pub(crate) fn fill(&mut self, template: &'static str) -> String {
        let mut out = String::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('<') {
            out.push_str(before);
            let (blank, tail) = after.split_once('>').unwrap_or((after, ""));
            out.push_str(&self.value(blank));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    /// The region of the bucket in question: a bucket is asked where it lies.
    pub(crate) fn bucket_region(&mut self) -> &'static str {
        let bucket = self.value("bucket");
        let abroad = ABROAD.iter().find(|(name, _)| bucket.ends_with(name));
        abroad.map_or(REGIONS[0], |(_, region)| region)
    }

    fn ec2(&mut self, prefix: &str, count: usize) -> String {
        let n = self.chance.zipf(count);
        self.names.ec2(prefix, self.account, n)
    }

    fn named(&mut self, of: &[&str]) -> String {
        (*self.chance.favourite(of)).to_owned()
    }
}

/// The buckets, and below the secrets, of every account, without the alias they begin with.
const BUCKETS: [&str; 9] = [
    "web-assets",
    "orders",
    "uploads",
    "data-lake",
    "build-artifacts",
    "invoices",
    "customer-exports",
    "terraform-state",
    "access-logs",
];
/// Buckets that do not lie at home.
const ABROAD: [(&str, &str); 3] =
    [("web-assets", REGIONS[1]), ("data-lake", REGIONS[2]), ("build-artifacts", REGIONS[1])];
const OBJECTS: [&str; 8] = [
    "img/products/{}.webp",
    "orders/2026/{}.json",
    "uploads/{}.pdf",
    "curated/events/part-{}.parquet",
    "builds/web/{}.tar.gz",
    "invoices/2026/{}.pdf",
    "exports/customers-{}.csv",
    "raw/clicks/{}.gz",
];
const FUNCTIONS: [&str; 8] = [
    "orders-api",
    "image-resizer",
    "invoice-mailer",
    "cart-webhook",
    "session-cleaner",
    "price-sync",
    "auth-hook",
    "report-nightly",
];
const TABLES: [&str; 6] = ["orders", "sessions", "carts", "prices", "terraform-locks", "audit"];
const SECRETS: [&str; 6] =
    ["orders/db", "stripe/api-key", "mailer/smtp", "datadog/api-key", "jwt/signing", "legacy/ftp"];
const PARAMETERS: [&str; 6] = [
    "/orders/api/url",
    "/orders/api/log-level",
    "/web/feature-flags",
    "/shared/vpc-id",
    "/mailer/from",
    "/web/db/password",
];
const ROLES: [&str; 9] = [
    "orders-api-role",
    "image-resizer-role",
    "checkout-task-role",
    "gha-web-deploy",
    "gha-terraform",
    "web-instance-role",
    "SecurityAudit",
    "backup-operator",
    "platform-deployer",
];
const USERS: [&str; 5] = ["ci-deploy", "backup-agent", "grafana-reader", "legacy-etl", "marcus"];
const CLUSTERS: [&str; 3] = ["checkout", "web", "batch"];
const SERVICES: [&str; 4] = ["checkout-api", "web-frontend", "search-indexer", "nightly-import"];
const REPOSITORIES: [&str; 4] = ["checkout", "web", "search-indexer", "orders-api"];
const STACKS: [&str; 4] = ["web-edge", "orders-service", "observability", "network-base"];
const DATABASES: [&str; 3] = ["orders-primary", "orders-replica", "reporting"];
const TOPICS: [&str; 3] = ["order-events", "alerts-oncall", "image-uploaded"];
const QUEUES: [&str; 4] = ["orders", "mail", "resize", "orders-dlq"];
const ALARMS: [&str; 4] = ["orders-5xx", "checkout-latency-p99", "rds-free-space", "lambda-errors"];
const GROUPS: [&str; 3] = ["web-asg", "worker-asg", "bastion-asg"];
const RULES: [&str; 3] = ["nightly-report", "guardduty-to-sns", "ecr-push"];
const POLICIES: [&str; 4] = ["ReadOnlyAccess", "PowerUserAccess", "deploy-web", "s3-uploads-rw"];

type Make = fn(&mut Scene<'_>) -> String;

/// What each blank is filled with.
const BLANKS: &[(&str, Make)] = &[
    ("account", |s| ACCOUNTS[s.account].id.to_owned()),
    ("alias", |s| ACCOUNTS[s.account].alias.to_owned()),
    ("region", |s| s.region.to_owned()),
    ("bucket", |s| {
        format!("{COMPANY}-{}-{}", ACCOUNTS[s.account].alias, s.chance.favourite(&BUCKETS))
    }),
    ("object", |s| {
        let n = s.chance.below(40_000);
        s.chance.favourite(&OBJECTS).replace("{}", &format!("{n:05}"))
    }),
    ("instance", |s| s.ec2("i", 14)),
    ("sg", |s| s.ec2("sg", 9)),
    ("vpc", |s| s.ec2("vpc", 3)),
    ("subnet", |s| s.ec2("subnet", 8)),
    ("volume", |s| s.ec2("vol", 20)),
    ("snapshot", |s| s.ec2("snap", 30)),
    ("image", |s| s.ec2("ami", 6)),
    ("eni", |s| s.ec2("eni", 24)),
    ("rtb", |s| s.ec2("rtb", 5)),
    ("vpce", |s| s.ec2("vpce", 4)),
    ("sgr", |s| s.ec2("sgr", 40)),
    ("eipalloc", |s| s.ec2("eipalloc", 6)),
    ("flowlog", |s| s.ec2("fl", 2)),
    ("function", |s| s.named(&FUNCTIONS)),
    ("table", |s| s.named(&TABLES)),
    ("secret", |s| format!("{}/{}", ACCOUNTS[s.account].alias, s.chance.favourite(&SECRETS))),
    ("secretarn", |s| {
        let secret = s.value("secret");
        let tail = &s.names.principal("", s.account, &secret)[..6];
        let account = ACCOUNTS[s.account].id;
        format!("arn:aws:secretsmanager:{}:{account}:secret:{secret}-{tail}", s.region)
    }),
    ("parameter", |s| s.named(&PARAMETERS)),
    ("role", |s| s.named(&ROLES)),
    ("user", |s| s.named(&USERS)),
    ("policy", |s| s.named(&POLICIES)),
    ("cluster", |s| s.named(&CLUSTERS)),
    ("service", |s| s.named(&SERVICES)),
    ("repository", |s| s.named(&REPOSITORIES)),
    ("stack", |s| s.named(&STACKS)),
    ("database", |s| s.named(&DATABASES)),
    ("topic", |s| s.named(&TOPICS)),
    ("queue", |s| s.named(&QUEUES)),
    ("alarm", |s| s.named(&ALARMS)),
    ("asg", |s| s.named(&GROUPS)),
    ("rule", |s| s.named(&RULES)),
    ("kms", |s| {
        let n = s.chance.zipf(5);
        s.names.uuid("kms", s.account, n)
    }),
    ("loggroup", |s| format!("/aws/lambda/{}", s.chance.favourite(&FUNCTIONS))),
    ("trail", |s| format!("{}-trail", ACCOUNTS[s.account].alias)),
    ("detector", |s| s.names.uuid("detector", s.account, 0).replace('-', "")),
    ("distribution", |s| format!("E{}", &s.names.principal("", s.account, "cdn")[..13])),
    ("zone", |s| format!("Z{}", &s.names.principal("", s.account, "zone")[..14])),
    ("newkey", |s| s.chance.access_key("AKIA")),
    ("uuid", |s| s.chance.uuid()),
    ("uuid2", |s| s.chance.uuid()),
    ("hex", |s| format!("{:016x}", s.chance.number())),
    ("sha", |s| (0..4).map(|_| format!("{:016x}", s.chance.number())).collect::<Vec<_>>().concat()),
    ("number", |s| s.chance.between(1, 9000).to_string()),
    ("small", |s| s.chance.between(1, 9).to_string()),
    ("bytes", |s| s.chance.between(300, 900_000).to_string()),
    ("letters", |s| s.chance.letters(16)),
    ("ip10", |s| format!("10.{}.{}.{}", 20 + s.account, s.chance.below(8), s.chance.below(250))),
    ("now", |s| s.time.to_string()),
    ("hourago", |s| (s.time - Millis::hours(1)).to_string()),
    ("spoken", |s| spoken(s.time)),
];

/// A moment as responses spell it: `Nov 22, 2026, 5:04:09 PM`.
pub(crate) fn spoken(time: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let c = time.civil();
    let month = MONTHS[(c.month() - 1) as usize];
    let (hour, half) = (c.hour(), if c.hour() < 12 { "AM" } else { "PM" });
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    let (day, year, minute, second) = (c.day(), c.year(), c.minute(), c.second());
    format!("{month} {day}, {year}, {hour}:{minute:02}:{second:02} {half}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::demo::catalog;

    #[test]
    fn every_blank_of_the_catalog_can_be_filled() {
        let own = ["me", "session"];
        for action in catalog::actions() {
            let parts = [action.request, action.response, action.resources, action.additional];
            for template in parts {
                for (_, rest) in template.match_indices('<').map(|(at, _)| template.split_at(at)) {
                    let blank = rest[1..].split('>').next().unwrap_or_default();
                    let known = BLANKS.iter().any(|(name, _)| *name == blank);
                    assert!(known || own.contains(&blank), "{} {blank}", action.name);
                }
            }
        }
    }

    #[test]
    fn a_blank_has_one_value_in_an_event() {
        let mut chance = Chance::new(3);
        let time = Timestamp(1_700_000_000_000);
        let mut scene = Scene::new(Names::new(3), &mut chance, 0, "eu-west-1", time);
        let text = scene.fill("<bucket> <bucket> <account>");
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!((words[0], words[2]), (words[1], ACCOUNTS[0].id));
        assert_eq!(spoken(time), "Nov 14, 2023, 10:13:20 PM");
    }
}
