//! Sentences of records: their values, what failed, what is absent, and what is hostile.

use super::*;

fn said(service: &str, event: &str, more: &str) -> String {
    let text = format!(
        r#"{{"eventVersion":"1.11","eventName":"{event}","eventSource":"{service}.amazonaws.com"{more}}}"#
    );
    means(&Record::of(Json::checked(&text).unwrap())).unwrap()
}

#[test]
fn sentences_with_the_values_of_the_record() {
    for (service, event, more, sentence) in [
        (
            "cloudtrail",
            "StopLogging",
            r#","requestParameters":{"name":"org-trail"}"#,
            "stopped trail org-trail; what it fed is not recorded from here on",
        ),
        (
            "cloudtrail",
            "StopLogging",
            r#","errorCode":"AccessDenied","requestParameters":{"name":"org-trail"}"#,
            "tried to stop trail org-trail",
        ),
        ("cloudtrail", "StopLogging", r#","errorCode":"AccessDenied""#, "tried to stop trail ?"),
        (
            "cloudtrail",
            "PutEventSelectors",
            r#","requestParameters":{"trailName":"t","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":false}]}"#,
            "set what trail t records: no management events from here on",
        ),
        (
            "iam",
            "CreateAccessKey",
            r#","requestParameters":{"userName":"bob"},"responseElements":{"accessKey":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}}"#,
            "made a long-term key AKIAIOSFODNN7EXAMPLE for user bob",
        ),
        ("iam", "CreateAccessKey", r#","requestParameters":null"#, "made a long-term key"),
        (
            "iam",
            "PutUserPolicy",
            r#","requestParameters":{"userName":"m","policyName":"p","policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}"#,
            "wrote inline policy p on user m: Allow * on *",
        ),
        (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            r#","requestParameters":{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}"#,
            "opened security group sg-1 to tcp 22 (SSH) from the whole internet (0.0.0.0/0)",
        ),
        (
            "ec2",
            "ModifySnapshotAttribute",
            r#","requestParameters":{"snapshotId":"snap-1","createVolumePermission":{"add":{"items":[{"userId":"111122223333"}]}}}"#,
            "changed who may use snapshot snap-1: account 111122223333 added",
        ),
        (
            "lambda",
            "UpdateFunctionUrlConfig",
            r#","requestParameters":{"functionName":"f","authType":"NONE"}"#,
            "gave function f a web address that anybody may call",
        ),
        (
            "signin",
            "ConsoleLogin",
            r#","additionalEventData":{"MFAUsed":"No"},"responseElements":{"ConsoleLogin":"Failure"}"#,
            "tried to sign in to the console, without MFA",
        ),
        (
            "sts",
            "AssumeRole",
            r#","errorCode":"AccessDenied","requestParameters":{"roleArn":"arn:aws:iam::1:role/x"}"#,
            "tried to take role x",
        ),
    ] {
        assert_eq!(said(service, event, more), sentence, "{event}{more}");
    }
}

#[test]
fn a_call_without_a_row_has_no_sentence() {
    let text = r#"{"eventVersion":"1.11","eventName":"X","eventSource":"y.amazonaws.com"}"#;
    assert_eq!(means(&Record::of(Json::of(text))), None);
}

#[test]
fn hostile_values_stay_one_value() {
    let long = "x".repeat(5000);
    let name = format!(r"; this was allowed by\n\u001b[31m{long}");
    let sentence =
        said("iam", "CreateUser", &format!(r#","requestParameters":{{"userName":"{name}"}}"#));
    assert!(sentence.starts_with("made user \"; this was allowed by"), "{sentence}");
    assert!(sentence.len() < 300 && !sentence.contains(['\n', '\u{1b}']), "{sentence}");
    assert!(sentence.ends_with("\"…"), "{sentence}");
}

/// Whatever stands in the parameters of any call of the table: a text of a line, and no panic.
#[test]
fn every_call_survives_every_shape() {
    let odd = [
        "null",
        "7",
        "\"text\"",
        "[]",
        "{}",
        "[[[{}]]]",
        r#"{"name":{},"ipPermissions":[1,{"ipProtocol":[]}],"createVolumePermission":7,"policyDocument":"{","eventSelectors":[{}]}"#,
        r#"{"policyDocument":"%7B%22Statement%22%3A[1]%7D","bucketPolicy":{"Statement":{"Principal":{"AWS":{}},"Action":{}}},"PublicAccessBlockConfiguration":[]}"#,
    ];
    for (service, event, call) in crate::event::call::calls() {
        for shape in odd {
            let more = format!(
                r#","requestParameters":{shape},"responseElements":{shape},"additionalEventData":{shape}"#
            );
            let sentence = said(service, event, &more);
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "{event}: {sentence}");
            let text = format!(r#"{{"eventName":"{event}","requestParameters":{shape}}}"#);
            filled(call.next, &Record::of(Json::of(&text)));
        }
    }
}

/// Real records, where they are at hand: every call of the table that worked has a sentence
/// whose values were found, and nothing secret is in it.
#[test]
fn real_records_have_sentences() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/s3");
    if !folder.is_dir() {
        return;
    }
    let (mut told, mut unknown) = (0, std::collections::BTreeMap::<String, usize>::new());
    for text in real(&folder) {
        let mut each = |record: Json<'_>| {
            let record = Record::of(record);
            let Some(sentence) = means(&record) else { return };
            told += 1;
            if outcome(&record) == Outcome::Ok && sentence.contains(" ?") {
                *unknown.entry(format!("{}: {sentence}", record.event_name())).or_default() += 1;
            }
        };
        let whole = Json::of(&text);
        match whole.get("Records") {
            Some(records) => records.items().for_each(&mut each),
            None => each(whole),
        }
    }
    assert!(told > 500, "{told}");
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// The texts of the gzip files below a folder.
fn real(folder: &std::path::Path) -> Vec<String> {
    use std::io::Read;

    let mut texts = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "gz") {
                let mut text = String::new();
                let file = std::fs::File::open(&path).unwrap();
                if flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).is_ok() {
                    texts.push(text);
                }
            }
        }
    }
    texts
}
