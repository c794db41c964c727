//! The digests of the other tests, as the aws command line judges them: its `validate-logs` finds a fault
//! where we find one, and none where we find none.

use std::process::Command;

use trailtop::event::time::Timestamp;

use crate::aws::digests::{Wrong, bucket, keys};
use crate::aws::standin::{Answer, Call, serve};
use crate::peers::bridge::{alone, aws};
use crate::run::Bench;

const ARGS: &[&str] = &[
    "cloudtrail",
    "validate-logs",
    "--trail-arn",
    "arn:aws:cloudtrail:us-east-1:111122223333:trail/corp",
    "--start-time",
    "2023-07-10T11:00:00Z",
    "--end-time",
    "2023-07-10T17:00:00Z",
    "--s3-bucket",
    "trail",
    "--region",
    "eu-west-1",
    "--verbose",
];

/// What it says of a bucket, and whether that is good.
async fn validated(wrong: Wrong) -> Option<(String, bool)> {
    let aws = aws("the_aws_command_line_judges_as_we_do")?;
    let store = bucket(wrong);
    let now = Timestamp::parse("2023-07-10T18:00:00Z").unwrap();
    let url = serve(move |call: &Call| match call.operation() {
        "ListPublicKeys" => keys(),
        "" if call.query.contains_key("location") => {
            Answer::xml("<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>")
        }
        "" => store.answer(call, now),
        other => panic!("{other}"),
    })
    .await;
    let run = move || {
        let bench = Bench::new();
        let mut command = Command::new(aws);
        alone(command.args(ARGS), &url, &bench.path("home")).output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said += &String::from_utf8_lossy(&output.stderr);
    Some((said, output.status.success()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_aws_command_line_judges_as_we_do() {
    let Some((said, is_good)) = validated(Wrong::Nothing).await else { return };
    assert!(is_good && said.contains("/6 digest files valid"), "{said}");
    for (wrong, words) in [
        (Wrong::Missing, "not found"),
        (Wrong::Changed, "signature verification failed"),
        (Wrong::Unsigned, "INVALID"),
        (Wrong::Moved, "has been moved from its original location"),
        (Wrong::LogGone, "not found"),
        (Wrong::LogChanged, "hash value doesn't match"),
    ] {
        let (said, is_good) = validated(wrong).await.unwrap();
        assert!(!is_good && said.contains(words), "{wrong:?}: {said}");
    }
}
