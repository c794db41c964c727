//! Classes and reasons of results.

use super::*;

fn of(text: &str) -> Outcome {
    outcome(&Record::of(Json::checked(text).expect("the test's own JSON")))
}

fn with_code(code: &str, read: bool) -> Outcome {
    of(&format!(r#"{{"eventName":"X","errorCode":"{code}","readOnly":{read}}}"#))
}

#[test]
fn classes_of_codes() {
    for (code, read, expected) in [
        ("AccessDenied", true, Outcome::Denied),
        ("AccessDeniedException", false, Outcome::Denied),
        ("UnauthorizedOperation", false, Outcome::Denied),
        ("Client.UnauthorizedOperation", true, Outcome::Denied),
        ("VpceAccessDenied", true, Outcome::Denied),
        ("KMS.AccessDenied", true, Outcome::Denied),
        ("UnauthorizedException", true, Outcome::Failed),
        ("ThrottlingException", true, Outcome::Throttled),
        ("Throttling", false, Outcome::Throttled),
        ("Client.RequestLimitExceeded", false, Outcome::Throttled),
        ("TooManyRequestsException", false, Outcome::Throttled),
        ("SlowDown", true, Outcome::Throttled),
        ("LimitExceededException", false, Outcome::Failed),
        ("NoSuchTagSet", true, Outcome::Nothing),
        ("NoSuchTagSet", false, Outcome::Failed),
        ("Client.InvalidVpcID.NotFound", true, Outcome::Nothing),
        ("ReplicationConfigurationNotFoundError", true, Outcome::Nothing),
        ("ResourceNotFoundException", true, Outcome::Nothing),
        ("TrailNotFoundException", false, Outcome::Failed),
        ("BucketNotEmpty", false, Outcome::Failed),
        ("", true, Outcome::Ok),
    ] {
        assert_eq!(with_code(code, read), expected, "{code}");
    }
}

#[test]
fn sign_ins_fail_without_a_code() {
    assert_eq!(
        of(r#"{"eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Failure"}}"#),
        Outcome::Failed
    );
    assert_eq!(
        of(r#"{"eventName":"ConsoleLogin","errorMessage":"Failed authentication"}"#),
        Outcome::Failed
    );
    assert_eq!(
        of(
            r#"{"eventName":"ConsoleLogin","errorMessage":null,"responseElements":{"ConsoleLogin":"Success"}}"#
        ),
        Outcome::Ok
    );
    assert_eq!(
        of(r#"{"eventName":"X","responseElements":{"errorCode":"AccessDenied"}}"#),
        Outcome::Denied
    );
    assert_eq!(of(r#"{"eventName":"X","responseElements":"odd"}"#), Outcome::Ok);
}

#[test]
fn reasons() {
    for (code, message, expected) in [
        ("Client.VcpuLimitExceeded", "", "limit"),
        ("TrailNotFoundException", "", "none"),
        ("Client.InvalidParameterValue", "", "param"),
        ("InvalidInstanceId", "", "inst."),
        ("Client.InvalidInstanceID.Malformed", "", "inst."),
        ("Client.InvalidInstanceID.NotFound", "", "none"),
        ("BucketNotEmpty", "", "not empty"),
        ("EntityAlreadyExistsException", "", "exists"),
        ("Client.DependencyViolation", "", "in use"),
        ("InvalidDBInstanceStateFault", "", "state"),
        ("InvalidDBSnapshotState", "", "state"),
        ("Client.DryRunOperation", "", "dry run"),
        ("ServiceQuotaExceededException", "", "quota"),
        ("KMSInvalidStateException", "", "state"),
        ("", "Failed authentication", "login"),
        ("", "", ""),
        ("WeirdThingException", "", "weird thing"),
        ("Exception", "", "exception"),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "", "abcdefghijklmn"),
    ] {
        assert_eq!(reason(code, message), expected, "{code} {message}");
    }
    for hostile in ["é".repeat(5000), "Aé".repeat(5000), "\u{202e}".repeat(40)] {
        assert!(reason(&hostile, "").chars().count() <= REASON_MAX);
        assert!(reason("", &hostile).chars().count() <= REASON_MAX);
    }
    let (known, endless) = ("x".repeat(CODE_READ - 5) + "Limit", "x".repeat(CODE_READ) + "Limit");
    assert_ne!(reason(&known, ""), reason(&endless, ""), "no more than the beginning is read");
    for (_, reason) in REASONS.iter().chain(MESSAGES) {
        assert!(reason.len() <= REASON_MAX, "{reason}");
    }
}

#[test]
fn encoded_reasons_are_named() {
    let blob = "Xy9-".repeat(400);
    let named =
        "encoded authorization message: decode it with aws sts decode-authorization-message";
    for (message, said) in [
        ("plain words".to_owned(), "plain words".to_owned()),
        (
            format!("You are not allowed. Encoded authorization failure message: {blob}"),
            format!("You are not allowed. {named}"),
        ),
        (
            format!("Encoded authorization failure message: {blob} (Service: Ec2)"),
            format!("{named} (Service: Ec2)"),
        ),
        ("Encoded authorization failure message: ".to_owned(), named.to_owned()),
    ] {
        assert_eq!(without_encoded(&message), said, "{message}");
    }
}
