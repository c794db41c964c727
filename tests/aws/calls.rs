//! The list of calls against the source text, and the policies made from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use trailtop::aws::calls::{
    CALLS, bucket_policy, history_policy, logs_policy, queue_policy, sight_policy,
};

/// What names of functions of the SDK begin with that make a call.
const VERBS: [&str; 16] = [
    "assume_",
    "get_",
    "list_",
    "lookup_",
    "head_",
    "put_",
    "delete_",
    "describe_",
    "filter_",
    "receive_",
    "start_",
    "change_",
    "create_",
    "update_",
    "stop_",
    "send_",
];

fn made(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            made(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        if !text.contains("aws_sdk_") && !text.contains(".send()") {
            continue;
        }
        // A call begins without arguments: `.lookup_events()`.
        for (at, _) in text.match_indices("()") {
            let name = text[..at]
                .rsplit(|c: char| !c.is_ascii_lowercase() && c != '_' && !c.is_ascii_digit())
                .next()
                .unwrap();
            let is_method = text[..at - name.len()].ends_with('.');
            if is_method && VERBS.iter().any(|verb| name.starts_with(verb)) {
                found.insert(name.to_owned());
            }
        }
    }
}

#[test]
fn the_list_of_calls_is_what_the_program_can_make() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    made(&root, &mut found);
    let listed: BTreeSet<String> = CALLS.iter().map(|call| call.function.to_owned()).collect();
    assert_eq!(found, listed);
}

#[test]
fn policies_are_json_that_only_reads() {
    for text in [
        history_policy(),
        bucket_policy("logs", None),
        bucket_policy("logs", Some("arn:key")),
        sight_policy(),
        logs_policy("arn:group"),
    ] {
        let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
        for statement in policy["Statement"].as_array().unwrap() {
            for right in statement["Action"].as_array().unwrap() {
                let right = right.as_str().unwrap();
                let verb = right.split_once(':').unwrap().1;
                let reads = [
                    "Get",
                    "List",
                    "Lookup",
                    "Describe",
                    "Decrypt",
                    "FilterLogEvents",
                    "StartLiveTail",
                ];
                assert!(reads.iter().any(|it| verb.starts_with(it)), "{right}");
            }
        }
    }
    assert!(history_policy().contains("cloudtrail:LookupEvents"));
}

/// What is not reading is allowed on a queue that was declared its own, and on nothing else.
#[test]
fn only_an_own_queue_is_changed() {
    let text = queue_policy("arn:aws:sqs:eu-west-1:111122223333:own", "logs", Some("arn:key"));
    let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rights = |statement: &serde_json::Value| -> Vec<String> {
        let rights = statement["Action"].as_array().unwrap();
        rights.iter().map(|right| right.as_str().unwrap().to_owned()).collect()
    };
    let statements = policy["Statement"].as_array().unwrap();
    let own = statements.iter().find(|it| it["Sid"] == "OwnQueue").unwrap();
    assert_eq!(
        rights(own),
        [
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility"
        ]
    );
    for other in statements.iter().filter(|it| it["Sid"] != "OwnQueue") {
        let reads = ["s3:Get", "s3:List", "kms:Decrypt"];
        let all = rights(other);
        assert!(all.iter().all(|it| reads.iter().any(|read| it.starts_with(read))), "{all:?}");
    }
}
