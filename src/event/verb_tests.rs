//! Verbs, the tables of dangerous writes and sensitive reads, and signs.

use super::*;

fn of(text: &str) -> Verb {
    verb(&Record::of(Json::checked(text).expect("the test's own JSON")))
}

#[test]
fn verbs() {
    for (text, expected) in [
        (r#"{"eventName":"X","readOnly":true}"#, Verb::Read),
        (r#"{"eventName":"X","readOnly":"true"}"#, Verb::Read),
        (r#"{"eventName":"GetX","readOnly":false}"#, Verb::Write),
        (r#"{"eventName":"GetX","readOnly":null}"#, Verb::Read),
        (r#"{"eventName":"BatchGetX"}"#, Verb::Read),
        (r#"{"eventName":"CheckoutLicense"}"#, Verb::Write),
        (r#"{"eventName":"PutX"}"#, Verb::Write),
        (r#"{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com"}"#, Verb::Danger),
        (r#"{"eventName":"StopLogging","eventSource":"s3.amazonaws.com"}"#, Verb::Write),
        (
            r#"{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","readOnly":true}"#,
            Verb::Read,
        ),
        (
            r#"{"eventName":"UpdateFunctionCode20150331v2","eventSource":"lambda.amazonaws.com"}"#,
            Verb::Danger,
        ),
        (r#"{"insightDetails":{"eventName":"RunInstances"}}"#, Verb::Read),
        ("{}", Verb::Read),
    ] {
        assert_eq!(of(text), expected, "{text}");
    }
}

#[test]
fn what_the_pictures_call_dangerous() {
    for (service, event) in [
        ("cloudtrail", "DeleteTrail"),
        ("cloudtrail", "PutEventSelectors"),
        ("s3", "PutBucketPolicy"),
        ("s3", "PutBucketLifecycle"),
        ("organizations", "LeaveOrganization"),
        ("ec2", "DeleteFlowLogs"),
        ("ec2", "RunInstances"),
        ("ssm", "SendCommand"),
        ("secretsmanager", "DeleteSecret"),
        ("s3", "DeleteBucket"),
        ("ec2", "ModifyInstanceAttribute"),
        ("ec2", "TerminateInstances"),
        ("iam", "CreateAccessKey"),
        ("iam", "AttachUserPolicy"),
        ("lambda", "CreateFunction20150331"),
    ] {
        let source = format!("{service}.amazonaws.com");
        assert!(danger(&source, event).is_some(), "{service}:{event}");
        assert_eq!(danger(service, event), danger(&source, event));
    }
    for (service, event) in
        [("s3", "PutObject"), ("s3", "CreateBucket"), ("ec2", "CreateTags"), ("", "")]
    {
        assert!(danger(service, event).is_none(), "{service}:{event}");
    }
}

#[test]
fn the_tables_are_whole() {
    assert!(dangers().count() >= 150, "{}", dangers().count());
    for table in [&DANGER.0, &SENSITIVE.0] {
        for pair in table.windows(2) {
            assert_ne!((pair[0].0, pair[0].1), (pair[1].0, pair[1].1));
        }
        for (service, event, why) in table {
            assert!(!service.contains(".amazonaws") && name::plain(event) == *event, "{event}");
            assert!(!why.trim().is_empty() && !why.contains('\t'), "{event}");
        }
    }
    for (_, event, _) in dangers() {
        assert!(!reads_by_name(event) || event == "GetFederationToken", "{event} reads");
    }
}

#[test]
fn secrets_are_sensitive() {
    assert!(is_sensitive_read("secretsmanager.amazonaws.com", "GetSecretValue"));
    assert!(is_sensitive_read("ssm", "GetParameters"));
    assert!(is_sensitive_read("ec2", "GetPasswordData"));
    assert!(!is_sensitive_read("ssm", "DescribeParameters"));
    assert!(!is_sensitive_read("kms", "Decrypt"));
}

#[test]
fn signs() {
    for (event, verb, sign) in [
        ("GetObject", "R", '·'),
        ("RunInstances", "D", '+'),
        ("CreateUser", "W", '+'),
        ("PutBucketPolicy", "D", '~'),
        ("SendCommand", "D", '~'),
        ("ModifyInstanceAttribute", "D", '~'),
        ("StopLogging", "D", '-'),
        ("LeaveOrganization", "D", '-'),
        ("DeleteFlowLogs", "D", '-'),
        ("BatchDeleteX", "W", '-'),
        ("AdminCreateUser", "W", '+'),
        ("ScheduleKeyDeletion", "D", '-'),
        ("CancelKeyDeletion", "W", '-'),
        ("ConsoleLogin", "W", '~'),
        ("", "W", '~'),
        ("éé", "W", '~'),
    ] {
        assert_eq!(glyph(event, verb).sign(), sign, "{event}");
        assert!(".+~-".contains(glyph(event, verb).ascii()));
    }
}
