//! Callers of every type of identity, as small records.

use super::*;

fn with(text: &str, check: impl Fn(&Record<'_>)) {
    check(&Record::of(Json::checked(text).expect("the test's own JSON")));
}

fn of_identity(identity: &str, check: impl Fn(Caller<'_>)) {
    let text = format!(
        r#"{{"eventVersion":"1.08","eventSource":"ec2.amazonaws.com","eventName":"X","userIdentity":{identity}}}"#
    );
    with(&text, |record| check(caller(record)));
}

#[test]
fn actors_by_type() {
    let role = r#""sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::1:role/deploy","userName":"deploy"}}"#;
    let assumed = |role: &str, session: &str| {
        format!(
            r#"{{"type":"AssumedRole","principalId":"AROAX:{session}","arn":"arn:aws:sts::1:assumed-role/{role}/{session}"}}"#
        )
    };
    let rows = [
        (r#"{"type":"Root","userName":"company"}"#.to_owned(), "ROOT"),
        (r#"{"type":"Root","invokedBy":"autoscaling.amazonaws.com"}"#.into(), "ROOT"),
        (r#"{"type":"IAMUser","userName":"alice"}"#.into(), "alice"),
        (r#"{"type":"IAMUser","userName":"root"}"#.into(), "root"),
        (r#"{"type":"IAMUser","userName":"ROOT"}"#.into(), "user/ROOT"),
        (r#"{"type":"IAMUser","arn":"arn:aws:iam::1:user/a/bob"}"#.into(), "bob"),
        (r#"{"type":"IAMUser","userName":"  ","principalId":"AIDAX"}"#.into(), "AIDAX"),
        (r#"{"type":"IAMUser","principalId":"AIDAX"}"#.into(), "AIDAX"),
        (
            r#"{"type":"IAMUser","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#.into(),
            "(hidden name)",
        ),
        (
            r#"{"type":"IAMUser","userName":"alice","invokedBy":"secretsmanager.amazonaws.com"}"#
                .into(),
            "alice",
        ),
        (format!(r#"{{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/deploy/ci",{role}}}"#), "deploy"),
        (assumed("deploy", "ci"), "deploy"),
        (assumed("ROOT", "ci"), "role/ROOT"),
        (assumed("web", "i-0dbc91f429e48eeed"), "i-0dbc91f429e48eeed (instance)"),
        (assumed("web", "i-am-not-one"), "web"),
        (assumed("AWSReservedSSO_Admin_0123", "eve@example.com"), "eve@example.com"),
        (assumed("AWSServiceRoleForRDS", "x"), "AWSServiceRoleForRDS"),
        (
            r#"{"type":"AssumedRole","invokedBy":"rds.amazonaws.com","arn":"arn:aws:sts::1:assumed-role/AWSServiceRoleForRDS/x"}"#.into(),
            "rds",
        ),
        (
            r#"{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/AWSServiceRoleForX/x","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::1:role/aws-service-role/inspector2.amazonaws.com/AWSServiceRoleForX","userName":"AWSServiceRoleForX"}}}"#.into(),
            "inspector2",
        ),
        (r#"{"type":"AssumedRole","userName":"TestRole"}"#.into(), "TestRole"),
        (
            r#"{"type":"FederatedUser","arn":"arn:aws:sts::1:federated-user/fed","principalId":"1:fed"}"#.into(),
            "fed",
        ),
        (r#"{"type":"AWSService","invokedBy":"delivery.logs.amazonaws.com"}"#.into(), "delivery.logs"),
        (r#"{"type":"AWSService"}"#.into(), "ec2"),
        (r#"{"invokedBy":"ec2.amazonaws.com","accountId":"1"}"#.into(), "ec2"),
        (r#"{"type":"AWSAccount","accountId":"111122223333","principalId":"AROAX:s"}"#.into(), "111122223333"),
        (r#"{"type":"AWSAccount","accountId":"ANONYMOUS_PRINCIPAL"}"#.into(), "anonymous"),
        (r#"{"type":"SAMLUser","userName":"sam@example.com"}"#.into(), "sam@example.com"),
        (r#"{"type":"WebIdentityUser","principalId":"google:app:id"}"#.into(), "google:app:id"),
        (r#"{"type":"IdentityCenterUser","onBehalfOf":{"userId":"u-1"}}"#.into(), "u-1"),
        (r#"{"type":"Directory","userName":"dir"}"#.into(), "dir"),
        (
            r#"{"type":"Unknown","arn":"arn:aws:sts::1:assumed-role/AWSReservedSSO_A_1/adan"}"#.into(),
            "adan",
        ),
        (r#"{"type":"Unknown"}"#.into(), "AWS"),
        (r#"{"type":["odd"],"userName":7}"#.into(), "7"),
        ("{}".into(), "AWS"),
        ("null".into(), "AWS"),
        (r#""text""#.into(), "AWS"),
    ];
    for (identity, actor) in rows {
        of_identity(&identity, |caller| assert_eq!(caller.actor, actor, "{identity}"));
    }
}

#[test]
fn names_of_a_role_session() {
    let text = r#"{"type":"AssumedRole","principalId":"AROAX:jo","accessKeyId":"ASIAX","arn":"arn:aws:sts::1:assumed-role/adm/jo",
        "sessionContext":{"sessionIssuer":{"type":"Role","userName":"adm"}}}"#;
    of_identity(text, |caller| {
        assert_eq!((&*caller.role, &*caller.session), ("adm", "jo"));
        assert_eq!((&*caller.key, &*caller.principal), ("ASIAX", "AROAX:jo"));
        assert_eq!(caller.user, "");
    });
    of_identity(
        r#"{"type":"FederatedUser","principalId":"1:f","sessionContext":{"sessionIssuer":{"type":"IAMUser","userName":"alice"}}}"#,
        |caller| assert_eq!((&*caller.role, &*caller.session), ("", "")),
    );
    of_identity(r#"{"type":"AssumedRole","principalId":"AROAX:only"}"#, |caller| {
        assert_eq!(caller.session, "only");
    });
}

#[test]
fn events_without_a_caller() {
    with(
        r#"{"eventType":"AwsServiceEvent","eventSource":"kms.amazonaws.com","eventName":"DeleteKey"}"#,
        |r| {
            assert_eq!(caller(r).actor, "kms");
        },
    );
    with(r#"{"insightDetails":{"eventSource":"ec2.amazonaws.com"}}"#, |r| {
        assert_eq!(caller(r).actor, "AWS");
    });
}

#[test]
fn multi_factor() {
    for (text, answer) in [
        (
            r#"{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}}"#,
            "yes",
        ),
        (r#"{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":false}}}}"#, "no"),
        (r#"{"additionalEventData":{"MFAUsed":"Yes"}}"#, "yes"),
        (r#"{"additionalEventData":{"MFAUsed":"NO"}}"#, "no"),
        (r#"{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":""}}}}"#, ""),
        ("{}", ""),
    ] {
        with(text, |record| assert_eq!(caller(record).mfa, answer, "{text}"));
    }
}
