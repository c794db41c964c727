//! Targets of small records: every row of the table in the design, and the ways around it.

use super::*;

/// The target of a call with these further members.
fn of(call: &str, members: &str) -> String {
    let (service, event) = call.split_once(':').expect("service:Event");
    let comma = if members.is_empty() { "" } else { "," };
    let text = format!(
        r#"{{"eventVersion":"1.08","eventSource":"{service}.amazonaws.com","eventName":"{event}"{comma}{members}}}"#
    );
    target(&Record::of(Json::checked(&text).expect("the test's own JSON"))).into_owned()
}

fn asked(call: &str, request: &str) -> String {
    of(call, &format!(r#""requestParameters":{request}"#))
}

/// Call, parameters, target.
const ASKED: &[(&str, &str, &str)] = &[
    ("s3:PutObject", r#"{"bucketName":"b","key":"a/c.txt"}"#, "b/a/c.txt"),
    ("s3:GetObject", r#"{"key":"k","bucketName":"b"}"#, "b/k"),
    ("s3:GetBucketAcl", r#"{"bucketName":"b","Host":"h","acl":""}"#, "b"),
    ("s3:HeadBucket", r#"{"bucketName":"b"}"#, "b"),
    ("s3:ListAccessPoints", r#"{"bucket":"b","Host":"h"}"#, "b"),
    ("s3:ListBuckets", r#"{"Host":"h"}"#, "*"),
    ("s3:PutBucketAcl", r#"{"bucketName":""}"#, "?"),
    (
        "kms:Decrypt",
        r#"{"encryptionContext":{"aws:cloudtrail:arn":"arn:aws:cloudtrail:us-east-1:1:trail/main"},"keyId":"k"}"#,
        "main",
    ),
    (
        "kms:GenerateDataKey",
        r#"{"keyId":"k","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::logs/x"}}"#,
        "logs/x",
    ),
    (
        "kms:Encrypt",
        r#"{"encryptionContext":{"PARAMETER_ARN":"arn:aws:ssm:us-east-1:1:parameter/a/b"},"keyId":"k"}"#,
        "/a/b",
    ),
    (
        "kms:Decrypt",
        r#"{"encryptionContext":{"Purpose":"test"},"keyId":"arn:aws:kms:us-east-1:1:key/7-7"}"#,
        "7-7",
    ),
    (
        "kms:GenerateDataKeyWithoutPlaintext",
        r#"{"encryptionContext":{"aws:ebs:id":"vol-1"},"keyId":"k"}"#,
        "vol-1",
    ),
    ("iam:ListAttachedRolePolicies", r#"{"roleName":"r"}"#, "r"),
    ("iam:GetUser", r#"{"userName":"u"}"#, "u"),
    ("iam:AttachRolePolicy", r#"{"policyArn":"arn:aws:iam::aws:policy/P","roleName":"r"}"#, "r"),
    ("iam:GetPolicy", r#"{"policyArn":"arn:aws:iam::1:policy/team/P"}"#, "P"),
    ("ssm:GetParameter", r#"{"name":"/a/b","withDecryption":true}"#, "/a/b"),
    (
        "ssm:DescribeParameters",
        r#"{"parameterFilters":[{"key":"Name","option":"Equals","values":["/a"]}]}"#,
        "/a",
    ),
    ("ssm:ListTagsForResource", r#"{"resourceType":"Parameter","resourceId":"/a"}"#, "/a"),
    (
        "ssm:DescribeInstanceInformation",
        r#"{"filters":[{"key":"InstanceIds","values":["i-1"]}]}"#,
        "i-1",
    ),
    (
        "ssm:SendCommand",
        r#"{"documentName":"AWS-RunShellScript","instanceIds":["i-1","i-2"]}"#,
        "i-1,i-2",
    ),
    (
        "secretsmanager:GetSecretValue",
        r#"{"secretId":"arn:aws:secretsmanager:us-east-1:1:secret:red/team-7-nFvpuv"}"#,
        "red/team-7",
    ),
    ("secretsmanager:CreateSecret", r#"{"name":"red/team-7"}"#, "red/team-7"),
    (
        "ec2:DescribeInstances",
        r#"{"instancesSet":{"items":[{"instanceId":"i-1"}]},"filterSet":{}}"#,
        "i-1",
    ),
    (
        "ec2:DescribeInstances",
        r#"{"instancesSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-1"}]}}]}}"#,
        "vpc-id=vpc-1",
    ),
    ("ec2:DescribeInstances", r#"{"instancesSet":{},"filterSet":{}}"#, "*"),
    (
        "ec2:DescribeInstanceAttribute",
        r#"{"instanceId":"i-1","attribute":"userData"}"#,
        "i-1.userData",
    ),
    ("ec2:DescribeVpcs", r#"{"vpcSet":{"items":[{"vpcId":"vpc-1"}]},"filterSet":{}}"#, "vpc-1"),
    ("ec2:DescribeVpcAttribute", r#"{"vpcId":"vpc-1"}"#, "vpc-1"),
    (
        "ec2:DescribeNatGateways",
        r#"{"DescribeNatGatewaysRequest":{"NatGatewayId":{"tag":1,"content":"nat-1"}}}"#,
        "nat-1",
    ),
    (
        "ec2:DeleteFlowLogs",
        r#"{"DeleteFlowLogsRequest":{"FlowLogId":{"tag":1,"content":"fl-1"}}}"#,
        "fl-1",
    ),
    ("ec2:GetPasswordData", r#"{"instanceId":"i-1"}"#, "i-1"),
    ("ec2:CreateTags", r#"{"resourcesSet":{"items":[{"resourceId":"i-1"}]},"tagSet":{}}"#, "i-1"),
    (
        "ec2:RunInstances",
        r#"{"instancesSet":{"items":[{"imageId":"ami-1","minCount":1,"maxCount":10}]},"instanceType":"p2.xlarge"}"#,
        "10x p2.xlarge",
    ),
    ("rds:DescribeOrderableDBInstanceOptions", r#"{"engine":"mysql","vpc":true}"#, "mysql"),
    ("rds:DescribeDBInstances", r#"{"dBInstanceIdentifier":"db"}"#, "db"),
    ("health:DescribeEventAggregates", r#"{"aggregateField":"eventTypeCategory"}"#, "-"),
    (
        "lambda:UpdateFunctionCode20150331v2",
        r#"{"functionName":"arn:aws:lambda:us-east-1:1:function:f"}"#,
        "f",
    ),
    ("cloudtrail:PutEventSelectors", r#"{"trailName":"t"}"#, "t"),
    ("sqs:PurgeQueue", r#"{"queueUrl":"https://sqs.us-east-1.amazonaws.com/1/jobs"}"#, "jobs"),
    ("newservice:DeleteWidget", r#"{"otherId":"o","widgetId":"w"}"#, "w"),
    ("newservice:ListWidgets", r#"{"maxResults":7}"#, "*"),
    ("newservice:UpdateSettings", r#"{"on":true}"#, "-"),
    ("newservice:DeleteWidget", r#"{"omitted":true,"reason":"requestParameters too large"}"#, "?"),
];

#[test]
fn calls_with_parameters() {
    for (call, request, expected) in ASKED {
        assert_eq!(asked(call, request), *expected, "{call} {request}");
    }
}

#[test]
fn calls_without_parameters() {
    let denied = |action: &str, more: &str| {
        format!(
            r#""errorCode":"AccessDenied","requestParameters":null,"errorMessage":"User: arn:aws:iam::1:user/u is not authorized to perform: {action}{more}""#
        )
    };
    for (call, members, expected) in [
        ("sts:GetCallerIdentity", String::new(), "itself"),
        ("iam:GetUser", r#""requestParameters":null"#.into(), "itself"),
        ("organizations:LeaveOrganization", String::new(), "(organization)"),
        ("sts:AssumeRole", denied("sts:AssumeRole", " on resource: arn:aws:iam::1:role/deploy"), "deploy"),
        ("lambda:ListFunctions20150331", denied("lambda:ListFunctions", " on resource: *"), "*"),
        ("iam:AttachUserPolicy", denied("iam:AttachUserPolicy", " on resource: user eve because no identity-based policy allows it"), "eve"),
        ("iam:ListRoles", denied("iam:ListRoles", " on resource: arn:aws:iam::1:role/ because"), "*"),
        ("cloudtrail:StopLogging", r#""errorCode":"TrailNotFoundException","errorMessage":"Unknown trail: arn:aws:cloudtrail:us-east-1:1:trail/t for the user: 1""#.into(), "t"),
        ("ssm:DeleteParameter", r#""errorCode":"ThrottlingException","errorMessage":"Rate exceeded""#.into(), "?"),
        ("secretsmanager:StartSecretVersionDelete", r#""additionalEventData":{"ARN":"arn:aws:secretsmanager:us-east-1:1:secret:s-ZgthLn","Name":"s"}"#.into(), "s"),
        ("ec2:SharedSnapshotVolumeCreated", r#""serviceEventDetails":{"snapshotId":"snap-1"}"#.into(), "snap-1"),
        ("kms:RotateKey", r#""resources":[{"ARN":"arn:aws:kms:us-east-1:1:key/k-1","type":"AWS::KMS::Key"}]"#.into(), "k-1"),
        ("signin:ConsoleLogin", r#""responseElements":{"ConsoleLogin":"Success"}"#.into(), "-"),
        ("newservice:ListWidgets", String::new(), "*"),
        ("ecs:RunTask", denied("iam:PassRole", ""), "iam:PassRole"),
        ("ecs:StopTask", denied("ecs:StopTask", ""), "?"),
    ] {
        assert_eq!(of(call, &members), expected, "{call}");
    }
}

#[test]
fn what_a_call_made() {
    for (call, members, expected) in [
        (
            "ec2:RunInstances",
            r#""requestParameters":{"instanceType":"t3.micro"},"responseElements":{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}"#,
            "i-1,i-2",
        ),
        (
            "ec2:CreateSubnet",
            r#""requestParameters":{"vpcId":"vpc-1"},"responseElements":{"subnet":{"subnetId":"subnet-1"}}"#,
            "subnet-1",
        ),
        (
            "ec2:CreateNatGateway",
            r#""requestParameters":{"CreateNatGatewayRequest":{"SubnetId":"s"}},"responseElements":{"CreateNatGatewayResponse":{"natGateway":{"natGatewayId":"nat-1"}}}"#,
            "nat-1",
        ),
        (
            "newservice:CreateWidget",
            r#""requestParameters":{"vpcId":"vpc-1"},"responseElements":{"widget":{"widgetArn":"arn:aws:x:r:1:widget/w"}}"#,
            "w",
        ),
    ] {
        assert_eq!(of(call, members), expected, "{call}");
    }
}

#[test]
fn a_role_and_the_key_issued_for_it() {
    let members = r#""requestParameters":{"roleArn":"arn:aws:iam::1:role/deploy"},"responseElements":{"credentials":{"accessKeyId":"ASIAQWERTY1234567890"}}"#;
    let found = of("sts:AssumeRole", members);
    assert_eq!(found, "deploy -> …34567890");
    assert_eq!(lasting(&found), "deploy");
    assert_eq!(lasting("bucket/key"), "bucket/key");
}

#[test]
fn insights_and_summaries() {
    let of = |text: &str| target(&Record::of(Json::checked(text).unwrap())).into_owned();
    assert_eq!(of(r#"{"insightDetails":{"eventName":"RunInstances"}}"#), "RunInstances");
    assert_eq!(of(r#"{"eventCategory":"Aggregated","eventId":"x"}"#), "-");
    assert_eq!(of("{}"), "-");
}

#[test]
fn hostile_parameters_cost_little_and_never_blank() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let wide = (0..20_000).map(|n| format!(r#""aId{n}":{{}}"#)).collect::<Vec<_>>().join(",");
    for request in [
        format!(r#"{{"bucketName":{deep}}}"#),
        format!("{{{wide}}}"),
        format!(r#"{{"name":"{}"}}"#, "\\u202e".repeat(2000)),
        r#"{"name":"   "}"#.to_owned(),
        r#""text""#.to_owned(),
        "[1,2]".to_owned(),
        "7".to_owned(),
    ] {
        for call in ["s3:GetObject", "ec2:RunInstances", "kms:Decrypt", "new:DeleteThing", ":"] {
            let text = format!(
                r#"{{"eventSource":"{}.amazonaws.com","eventName":"{}","requestParameters":{request}}}"#,
                call.split(':').next().unwrap_or_default(),
                call.split(':').nth(1).unwrap_or_default(),
            );
            let found = target(&Record::of(Json::of(&text)));
            assert!(!found.trim().is_empty() && found.len() <= path::BYTES, "{call}");
        }
    }
}

#[test]
fn the_table_is_whole() {
    let table = include_str!("../../assets/targets.tsv");
    let mut rows = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<_> = line.split('\t').collect();
        assert_eq!(parts.len(), 3, "{line}");
        assert!(parts.iter().all(|part| !part.is_empty() && !part.contains("  ")), "{line}");
        for event in parts[1].split(' ') {
            rows += 1;
            assert_eq!(name::plain(event), event, "{line}");
        }
        for way in parts[2].split(' ') {
            let words = ["filters", "values", "context", "launch", "arns", "message"];
            if let Some(word) = way.strip_prefix('%') {
                assert!(words.contains(&word), "{line}");
            }
        }
    }
    assert!(rows >= 150, "{rows}");
    for pair in TABLE.exact.windows(2) {
        assert_ne!((pair[0].0, pair[0].1), (pair[1].0, pair[1].1));
    }
}

/// Records that reach every way of the readers; the mutations below start from them.
const WHOLE: [&str; 4] = [
    r#"{"eventVersion":"1.08","eventSource":"ec2.amazonaws.com","eventName":"RunInstances20150331v2","userAgent":"[APN/1.0 HashiCorp/1.0 Terraform/1.1.2 x_39f95f43-cd2f-4beb-b69e-be60b6fe1f57]","errorCode":"Client.VcpuLimitExceeded","errorMessage":"x on resource: arn:aws:iam::1:role/a/b because","userIdentity":{"type":"AssumedRole","principalId":"AROA:i-0dbc91f429e48eeed","arn":"arn:aws:sts::1:assumed-role/web/i-0dbc91f429e48eeed","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::1:role/aws-service-role/ec2.amazonaws.com/AWSServiceRoleForX","userName":"web"},"attributes":{"mfaAuthenticated":"false"}}},"requestParameters":{"instancesSet":{"items":[{"maxCount":10}]},"instanceType":"p2.xlarge"},"responseElements":null}"#,
    r#"{"eventSource":"kms.amazonaws.com","eventName":"Decrypt","requestParameters":{"encryptionContext":{"SecretARN":"arn:aws:secretsmanager:us-east-1:1:secret:a-b-ZgthLn","aws:x":"y"},"keyId":"arn:aws:kms:us-east-1:1:key/1"},"resources":[{"ARN":"arn:aws:kms:us-east-1:1:key/1"}],"userIdentity":{"type":"IAMUser","userName":"u"}}"#,
    r#"{"eventSource":"new.amazonaws.com","eventName":"CreateWidgets2020_05_31","requestParameters":{"CreateWidgetRequest":{"Filter":{"Value":{"tag":1,"content":"v"},"Name":"n"},"names":["a","b"]}},"responseElements":{"CreateWidgetResponse":{"widget":{"id":"w"}}},"additionalEventData":{"MFAUsed":"No"}}"#,
    r#"{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestParameters":{"roleArn":"arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa"},"responseElements":{"credentials":{"accessKeyId":"ASIAQWERTY1234567890"}}}"#,
];

#[test]
fn no_mutation_panics_or_blanks() {
    let mut seed = 7u64;
    let mut draw = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let tokens = [
        "\"", "{", "}", "[", "]", ":", ",", "/", "\\", "é", "\\ud83d", "arn:", "null", "=", "-",
        "v2",
    ];
    for round in 0..20_000 {
        let mut bytes = WHOLE[round % WHOLE.len()].as_bytes().to_vec();
        for _ in 0..=draw(4) {
            let at = draw(bytes.len());
            match draw(3) {
                0 => bytes[at] = draw(256) as u8,
                1 => drop(bytes.drain(at..(at + draw(9)).min(bytes.len()))),
                _ => drop(bytes.splice(at..at, tokens[draw(tokens.len())].bytes())),
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let record = Record::of(Json::of(&text));
        let found = target(&record);
        assert!(!found.trim().is_empty() && found.len() <= path::BYTES, "{text}");
        let caller = crate::event::identity::caller(&record);
        assert!(!caller.actor.is_empty(), "{text}");
        let _ = crate::event::tool::Families::default().tool(&record, &record.user_agent());
        let _ = crate::event::outcome::outcome(&record);
        let _ = crate::event::outcome::reason(&record.error_code(), &record.error_message());
        let _ = verb::glyph(&record.event_name(), verb::verb(&record).word());
    }
}
