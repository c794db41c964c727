//! Who is in the organization and what each of them does, most frequent first.

use crate::source::demo::organization::{DEV, LOGS, PROD, SANDBOX, SECURITY, STAGE};
use crate::source::demo::routine::{
    ANALYST, CONSOLE_READS, DEPLOYED, DEVELOPER, GUARDIAN, PLATFORM, SCANNED, TERRAFORMED,
};
use crate::source::demo::tool::{
    BOTO_EC2, BOTO_LAMBDA, CDK, CHROME, CLI_LINUX, CLI_MAC, FIREFOX, GITHUB_AWS, GO_SDK,
    JAVA_FARGATE, NODE_LAMBDA, SSM_AGENT, TERRAFORM,
};

/// What an actor is, and with that how he comes by his credentials.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A person of Identity Center, who signs in and takes a role: (account, role), favourite first.
    Person { email: &'static str, roles: &'static [(usize, &'static str)] },
    /// An IAM user with a long-term key.
    User { name: &'static str },
    /// An IAM user who signs in to the web console.
    ConsoleUser { name: &'static str },
    /// A GitHub workflow that takes a role with its OIDC token.
    Pipeline { repository: &'static str, role: &'static str },
    /// Code that runs with the credentials a service fetched for it.
    Workload { principal: &'static str, role: &'static str, session: &'static str },
    /// A service that acts in the session of its own service-linked role.
    Linked { principal: &'static str, role: &'static str, session: &'static str },
    /// A service that acts in its own name.
    Service { principal: &'static str },
    /// An instance of the security account that takes a role in every other account.
    Scanner { base: &'static str, role: &'static str },
    /// A vendor's account that takes a role here.
    Vendor { account: &'static str, role: &'static str },
    /// The root user, rarely.
    Root,
    /// The odd ones: failed sign-ins, service events, insights, endpoint and anonymous traffic.
    Oddity,
}

/// When an actor is at work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rhythm {
    /// By day, with a dip at noon.
    Office,
    /// Always.
    Steady,
    /// The first seconds of every period: (seconds, of seconds).
    Bursts(i64, i64),
}

/// One of the cast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor {
    pub(crate) kind: Kind,
    /// Where he works, favourite first.
    pub(crate) accounts: &'static [usize],
    /// How many of the regions, from home on.
    pub(crate) regions: usize,
    pub(crate) ips: &'static [&'static str],
    pub(crate) agents: &'static [&'static str],
    /// `service:Name`, most frequent first.
    pub(crate) habits: &'static [&'static str],
    /// His share of all events.
    pub(crate) weight: u64,
    pub(crate) rhythm: Rhythm,
    /// What he asks for and is refused, every time.
    pub(crate) lacks: &'static [&'static str],
}

const OFFICE: &str = "198.51.100.7";
const RUNNERS: &[&str] =
    &["198.51.100.201", "198.51.100.204", "198.51.100.211", "198.51.100.219", "198.51.100.226"];
const NAT: &[&str] = &["203.0.113.200", "203.0.113.201", "203.0.113.202"];

const fn person(
    email: &'static str,
    roles: &'static [(usize, &'static str)],
    ips: &'static [&'static str],
    habits: &'static [&'static str],
    weight: u64,
) -> Actor {
    Actor {
        kind: Kind::Person { email, roles },
        accounts: &[],
        regions: 3,
        ips,
        agents: &[CLI_MAC, CHROME, CLI_LINUX],
        habits,
        weight,
        rhythm: Rhythm::Office,
        lacks: &[],
    }
}

const fn linked(
    principal: &'static str,
    (role, session): (&'static str, &'static str),
    habits: &'static [&'static str],
    weight: u64,
) -> Actor {
    Actor {
        kind: Kind::Linked { principal, role, session },
        accounts: &[PROD, STAGE, DEV, SECURITY, LOGS],
        regions: 3,
        ips: &[],
        agents: &[],
        habits,
        weight,
        rhythm: Rhythm::Steady,
        lacks: &[],
    }
}

const fn service(principal: &'static str, habits: &'static [&'static str], weight: u64) -> Actor {
    Actor {
        kind: Kind::Service { principal },
        accounts: &[LOGS, PROD, STAGE, DEV],
        regions: 4,
        ips: &[],
        agents: &[],
        habits,
        weight,
        rhythm: Rhythm::Steady,
        lacks: &[],
    }
}

const fn workload(
    kind: Kind,
    accounts: &'static [usize],
    (ips, agents): (&'static [&'static str], &'static [&'static str]),
    habits: &'static [&'static str],
    weight: u64,
) -> Actor {
    Actor {
        kind,
        accounts,
        regions: 2,
        ips,
        agents,
        habits,
        weight,
        rhythm: Rhythm::Steady,
        lacks: &[],
    }
}

const fn lacking(mut actor: Actor, lacks: &'static [&'static str]) -> Actor {
    actor.lacks = lacks;
    actor
}

const fn at(mut actor: Actor, rhythm: Rhythm) -> Actor {
    actor.rhythm = rhythm;
    actor
}

const ADMIN: &str = "AWSReservedSSO_PlatformAdmin_5f0c1d7a92b3e846";
const POWER: &str = "AWSReservedSSO_PowerUserAccess_a81d94c02e6f7b35";
const READER: &str = "AWSReservedSSO_ReadOnlyAccess_19b7e04f5d2ac683";
const ANALYTICS: &str = "AWSReservedSSO_DataAnalyst_c4e2870b61fa9d35";
pub(crate) const SECOPS: &str = "AWSReservedSSO_SecurityOps_3f9c0a4be7d21586";
pub(crate) const BREAK_GLASS: &str = "AWSReservedSSO_BreakGlass_0d6b83f1c9e57a42";

/// The defender of the incident, and where she sits.
pub(crate) const DEFENDER: &str = "dana@harborline.example";
pub(crate) const DEFENDER_IP: &str = "203.0.113.31";
pub(crate) const DEFENDER_AGENT: &str = CLI_MAC;

/// The user whose key leaks, the address of his pipeline, and the tool it uses.
pub(crate) const VICTIM: &str = "ci-deploy";
pub(crate) const VICTIM_IPS: &[&str] = &["203.0.113.180"];

/// Everybody.
pub(crate) const CAST: &[Actor] = &[
    person(
        "alice@harborline.example",
        &[(PROD, ADMIN), (STAGE, ADMIN), (DEV, ADMIN)],
        &["203.0.113.12", OFFICE],
        PLATFORM,
        95,
    ),
    person(
        "bruno@harborline.example",
        &[(DEV, POWER), (STAGE, POWER), (PROD, READER)],
        &[OFFICE, "203.0.113.45"],
        DEVELOPER,
        70,
    ),
    lacking(
        person(
            "chen@harborline.example",
            &[(DEV, POWER), (SANDBOX, ADMIN), (PROD, READER)],
            &[OFFICE],
            DEVELOPER,
            46,
        ),
        &["secretsmanager:GetSecretValue", "ssm:PutParameter"],
    ),
    person(DEFENDER, &[(SECURITY, SECOPS), (PROD, SECOPS)], &[DEFENDER_IP, OFFICE], GUARDIAN, 40),
    lacking(
        person(
            "emil@harborline.example",
            &[(PROD, ANALYTICS)],
            &["2001:db8:4a:17::e1", OFFICE],
            ANALYST,
            34,
        ),
        &["kms:Decrypt"],
    ),
    person(
        "fatima@harborline.example",
        &[(PROD, READER), (STAGE, POWER)],
        &["203.0.113.77"],
        CONSOLE_READS,
        30,
    ),
    lacking(
        person(
            "goran@harborline.example",
            &[(SANDBOX, ADMIN), (DEV, POWER)],
            &[OFFICE],
            CONSOLE_READS,
            22,
        ),
        &["ce:GetCostAndUsage", "iam:ListRoles"],
    ),
    person(
        "hana@harborline.example",
        &[(STAGE, POWER), (DEV, POWER)],
        &["203.0.113.92"],
        DEVELOPER,
        17,
    ),
    person("ivo@harborline.example", &[(PROD, READER)], &[OFFICE], CONSOLE_READS, 11),
    person(
        "june@harborline.example",
        &[(PROD, ADMIN), (LOGS, READER)],
        &["203.0.113.118"],
        PLATFORM,
        9,
    ),
    // IAM users with long-term keys, as every company has some left.
    workload(Kind::User { name: VICTIM }, &[PROD], (VICTIM_IPS, &[TERRAFORM]), TERRAFORMED, 44),
    workload(
        Kind::User { name: "backup-agent" },
        &[PROD],
        (&["203.0.113.203"], &[GO_SDK]),
        &[
            "ec2:CreateSnapshot",
            "ec2:DescribeVolumes",
            "ec2:DescribeTags",
            "ec2:DeleteSnapshot",
            "rds:CreateDBSnapshot",
            "rds:DescribeDBSnapshots",
            "backup:ListBackupJobs",
            "dynamodb:CreateBackup",
            "backup:StartBackupJob",
        ],
        26,
    ),
    workload(
        Kind::User { name: "grafana-reader" },
        &[PROD],
        (&["203.0.113.150"], &["aws-sdk-go/1.55.7 (go1.24.5; linux; amd64) Grafana/12.1.1"]),
        &[
            "monitoring:GetMetricData",
            "monitoring:DescribeAlarms",
            "ec2:DescribeRegions",
            "logs:DescribeLogGroups",
            "ec2:DescribeTags",
        ],
        34,
    ),
    lacking(
        workload(
            Kind::User { name: "legacy-etl" },
            &[DEV],
            (&["203.0.113.204"], &["Boto/2.49.0 Python/2.7.18 Linux/4.14.355"]),
            &[
                "s3:ListBuckets",
                "s3:GetBucketLocation",
                "glue:StartJobRun",
                "s3:GetObject",
                "sqs:GetQueueAttributes",
            ],
            14,
        ),
        &["glue:StartJobRun"],
    ),
    at(
        workload(
            Kind::ConsoleUser { name: "marcus" },
            &[SANDBOX],
            (&["203.0.113.88"], &[FIREFOX]),
            CONSOLE_READS,
            20,
        ),
        Rhythm::Office,
    ),
    // Pipelines.
    at(
        workload(
            Kind::Pipeline { repository: "web", role: "gha-web-deploy" },
            &[STAGE, PROD],
            (RUNNERS, &[GITHUB_AWS, CDK, CLI_LINUX]),
            DEPLOYED,
            26,
        ),
        Rhythm::Bursts(240, 900),
    ),
    lacking(
        at(
            workload(
                Kind::Pipeline { repository: "infra", role: "gha-terraform" },
                &[DEV, STAGE, PROD, SECURITY],
                (RUNNERS, &[TERRAFORM]),
                TERRAFORMED,
                40,
            ),
            Rhythm::Bursts(300, 1200),
        ),
        &["s3:GetBucketReplication"],
    ),
    at(
        workload(
            Kind::Pipeline { repository: "orders-api", role: "gha-orders-deploy" },
            &[DEV, STAGE, PROD],
            (RUNNERS, &[CDK]),
            DEPLOYED,
            14,
        ),
        Rhythm::Bursts(180, 1500),
    ),
    // Workloads.
    workload(
        Kind::Workload {
            principal: "lambda.amazonaws.com",
            role: "orders-api-role",
            session: "orders-api",
        },
        &[PROD, STAGE],
        (NAT, &[NODE_LAMBDA]),
        &[
            "dynamodb:PutItem",
            "dynamodb:GetItem",
            "dynamodb:Query",
            "ssm:GetParameter",
            "secretsmanager:GetSecretValue",
            "states:StartExecution",
            "kms:Decrypt",
        ],
        90,
    ),
    workload(
        Kind::Workload {
            principal: "lambda.amazonaws.com",
            role: "image-resizer-role",
            session: "image-resizer",
        },
        &[PROD],
        (NAT, &[BOTO_LAMBDA]),
        &[
            "s3:GetObject",
            "s3:PutObject",
            "logs:CreateLogStream",
            "s3:HeadObject",
            "s3:DeleteObject",
            "s3:CopyObject",
        ],
        70,
    ),
    lacking(
        workload(
            Kind::Workload {
                principal: "lambda.amazonaws.com",
                role: "invoice-mailer-role",
                session: "invoice-mailer",
            },
            &[PROD],
            (NAT, &[BOTO_LAMBDA]),
            &[
                "s3:GetObject",
                "secretsmanager:GetSecretValue",
                "logs:CreateLogStream",
                "logs:CreateLogGroup",
            ],
            24,
        ),
        &["logs:CreateLogGroup"],
    ),
    workload(
        Kind::Workload {
            principal: "ecs-tasks.amazonaws.com",
            role: "checkout-task-role",
            session: "<task>",
        },
        &[PROD, STAGE],
        (NAT, &[JAVA_FARGATE]),
        &[
            "secretsmanager:GetSecretValue",
            "ssm:GetParametersByPath",
            "sqs:GetQueueAttributes",
            "dynamodb:Query",
            "s3:PutObject",
            "ecs:SubmitTaskStateChange",
            "s3:CompleteMultipartUpload",
            "ecs:ListTasks",
        ],
        48,
    ),
    workload(
        Kind::Workload {
            principal: "ec2.amazonaws.com",
            role: "web-instance-role",
            session: "<instance>",
        },
        &[PROD, STAGE, DEV],
        (NAT, &[SSM_AGENT]),
        &[
            "ssm:UpdateInstanceInformation",
            "ssm:PutInventory",
            "ec2:DescribeTags",
            "ssm:GetParameter",
            "elasticloadbalancing:DescribeTargetHealth",
        ],
        56,
    ),
    workload(
        Kind::Workload {
            principal: "scheduler.amazonaws.com",
            role: "batch-launcher",
            session: "nightly-import",
        },
        &[PROD],
        (&["scheduler.amazonaws.com"], &["scheduler.amazonaws.com"]),
        &["ecs:RunTask", "athena:StartQueryExecution", "lambda:Invoke"],
        10,
    ),
    // Services.
    linked(
        "config.amazonaws.com",
        ("AWSServiceRoleForConfig", "AWSConfig-BucketConfigCheck"),
        &[
            "s3:GetBucketAcl",
            "s3:GetBucketPolicy",
            "ec2:DescribeInstances",
            "iam:GetRole",
            "config:PutEvaluations",
            "rds:DescribeDBInstances",
            "ec2:DescribeVpcEndpoints",
        ],
        62,
    ),
    linked(
        "autoscaling.amazonaws.com",
        ("AWSServiceRoleForAutoScaling", "AutoScaling"),
        &[
            "ec2:DescribeInstanceStatus",
            "elasticloadbalancing:DescribeTargetHealth",
            "ec2:RunInstances",
            "elasticloadbalancing:RegisterTargets",
            "ec2:TerminateInstances",
            "elasticloadbalancing:DeregisterTargets",
            "ec2:DescribeLaunchTemplateVersions",
            "kms:CreateGrant",
        ],
        38,
    ),
    linked(
        "ecs.amazonaws.com",
        ("AWSServiceRoleForECS", "ecs-service-scheduler"),
        &[
            "elasticloadbalancing:RegisterTargets",
            "elasticloadbalancing:DescribeTargetHealth",
            "elasticloadbalancing:DeregisterTargets",
            "ec2:DescribeNetworkInterfaces",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
        ],
        26,
    ),
    linked(
        "guardduty.amazonaws.com",
        ("AWSServiceRoleForAmazonGuardDuty", "GuardDuty"),
        &["ec2:DescribeInstances", "ec2:DescribeVpcs", "ec2:DescribeAddresses"],
        12,
    ),
    linked(
        "securityhub.amazonaws.com",
        ("AWSServiceRoleForSecurityHub", "securityhub"),
        &["config:DescribeConfigRules", "securityhub:BatchImportFindings"],
        12,
    ),
    service("cloudtrail.amazonaws.com", &["s3:GetBucketAcl", "kms:GenerateDataKey"], 44),
    // A bucket policy that forgets the log delivery: a storm of refusals nobody looks at.
    lacking(
        service("delivery.logs.amazonaws.com", &["s3:PutObject", "s3:GetBucketAcl"], 16),
        &["s3:PutObject"],
    ),
    service("vpc-flow-logs.amazonaws.com", &["s3:PutObject"], 12),
    service("rds.amazonaws.com", &["kms:Decrypt", "kms:CreateGrant"], 10),
    service("lambda.amazonaws.com", &["kms:Decrypt", "ecr:BatchGetImage"], 12),
    service("events.amazonaws.com", &["lambda:Invoke"], 14),
    // Scanners.
    lacking(
        at(
            workload(
                Kind::Scanner { base: "audit-scanner", role: "SecurityAudit" },
                &[PROD, STAGE, DEV, LOGS, SANDBOX],
                (&["203.0.113.220"], &[BOTO_EC2]),
                SCANNED,
                48,
            ),
            Rhythm::Bursts(150, 1000),
        ),
        &["lambda:GetPolicy20150331v2", "secretsmanager:DescribeSecret"],
    ),
    lacking(
        at(
            workload(
                Kind::Vendor { account: "512309874466", role: "CloudPostureVendor" },
                &[PROD, STAGE],
                (&["198.51.100.90", "198.51.100.91"], &[GO_SDK]),
                SCANNED,
                18,
            ),
            Rhythm::Bursts(200, 1700),
        ),
        &["ec2:DescribeInstanceAttribute", "kms:GetKeyRotationStatus"],
    ),
    at(
        workload(Kind::Root, &[SANDBOX], (&["203.0.113.12"], &[CHROME]), CONSOLE_READS, 4),
        Rhythm::Office,
    ),
    workload(Kind::Oddity, &[PROD, STAGE, DEV], (&["203.0.113.12"], &[CHROME]), &[], 26),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::demo::catalog::action;

    #[test]
    fn every_habit_stands_in_the_catalog() {
        for actor in CAST {
            for habit in actor.habits.iter().chain(actor.lacks) {
                assert!(action(habit).is_some(), "{habit}");
            }
            let lacks_are_habits = actor.lacks.iter().all(|lack| actor.habits.contains(lack));
            assert!(lacks_are_habits, "{:?}", actor.kind);
        }
    }
}
