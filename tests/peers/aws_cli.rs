//! The aws command line, and boto3, against the stand-in of the other tests: what it answers is read by
//! clients that are not ours.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tokio::sync::broadcast;
use trailtop::event::time::{Millis, Timestamp};

use crate::aws::account::{ALL, Account, TRAIL};
use crate::aws::history::{lookup, steady};
use crate::aws::logs;
use crate::aws::queue::{Cloud, URL};
use crate::aws::standin::{Answer, Call, Chunk, Hand, serve};
use crate::aws::store::{EU, NOON, Store, US};
use crate::peers::bridge::{Moto, alone, aws};
use crate::run::Bench;

/// The aws command line and a stand-in.
struct Client {
    aws: PathBuf,
    url: String,
}

impl Client {
    async fn new(test: &str, answer: impl FnMut(&Call) -> Answer + Send + 'static) -> Option<Self> {
        Some(Self { aws: aws(test)?, url: serve(answer).await })
    }

    /// What it prints, or why it failed.
    async fn asks(&self, args: &[&str]) -> Result<Value, String> {
        let bench = Bench::new();
        let mut command = Command::new(&self.aws);
        command.args(args).args(["--output", "json", "--region", "us-east-1"]);
        command.args(["--endpoint-url", &self.url]);
        command.current_dir(bench.path(""));
        alone(&mut command, &self.url, &bench.path("home"));
        let ran = tokio::task::spawn_blocking(move || (command.output().unwrap(), bench));
        let (output, _bench) = ran.await.unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
    }

    /// The same, of which nothing may fail.
    async fn gets(&self, args: &[&str]) -> Value {
        self.asks(args).await.unwrap_or_else(|why| panic!("{args:?}: {why}"))
    }
}

fn texts(list: &Value, name: &str) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|it| it[name].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn event_history() {
    let hand = Hand::at(NOON);
    let mut events = steady(120, 30, 0);
    events[7].is_insight = true;
    let answer = move |call: &Call| lookup(call, &events, hand.now());
    let Some(client) = Client::new("event_history", answer).await else { return };
    let lookup = ["cloudtrail", "lookup-events"];
    let said = client.gets(&lookup).await;
    let ids = texts(&said["Events"], "EventId");
    assert_eq!(ids.len(), 119, "over all pages");
    assert!(ids.is_sorted_by(|a, b| a > b), "newest first");
    let record = said["Events"][0]["CloudTrailEvent"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(record).unwrap()["eventID"],
        said["Events"][0]["EventId"]
    );
    let by_key = "AttributeKey=AccessKeyId,AttributeValue=ASIAIOSFODNN7EXAMPLE";
    let window = ["--start-time", "2023-07-10T11:00:00Z", "--end-time", "2023-07-10T11:29:59Z"];
    let args = [&lookup[..], &window, &["--lookup-attributes", by_key]].concat();
    assert_eq!(texts(&client.gets(&args).await["Events"], "EventId").len(), 6);
    let insight = client.gets(&[&lookup[..], &["--event-category", "insight"]].concat()).await;
    assert_eq!(texts(&insight["Events"], "EventId").len(), 1);
    let wrong = client.asks(&[&lookup[..], &["--no-paginate", "--next-token", "x"]].concat()).await;
    assert!(wrong.unwrap_err().contains("(InvalidNextTokenException)"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trails_and_accounts() {
    let now = Timestamp::parse(NOON).unwrap();
    let answer = move |call: &Call| Account::default().answer(call, ALL, now);
    let Some(client) = Client::new("trails_and_accounts", answer).await else { return };
    let said = client.gets(&["cloudtrail", "describe-trails"]).await;
    assert_eq!(texts(&said["trailList"], "TrailARN"), [TRAIL]);
    let said = client.gets(&["cloudtrail", "get-trail-status", "--name", TRAIL]).await;
    assert_eq!(said["IsLogging"], true);
    let said = client.gets(&["cloudtrail", "get-event-selectors", "--trail-name", TRAIL]).await;
    assert_eq!(said["EventSelectors"][0]["IncludeManagementEvents"], true);
    let wrong = client.asks(&["cloudtrail", "get-insight-selectors", "--trail-name", TRAIL]).await;
    assert!(wrong.unwrap_err().contains("(InsightNotEnabledException)"));
    let said = client.gets(&["account", "list-regions"]).await;
    assert_eq!(texts(&said["Regions"], "RegionName"), ["eu-west-1", "us-east-1"]);
    let said = client.gets(&["organizations", "list-accounts"]).await;
    assert_eq!(texts(&said["Accounts"], "Name"), ["production"]);
    let said = client.gets(&["sts", "get-caller-identity"]).await;
    assert_eq!(said["Account"], "111122223333");
    let role = ["--role-arn", "arn:aws:iam::111122223333:role/r", "--role-session-name", "oncall"];
    let said = client.gets(&[&["sts", "assume-role"], &role[..]].concat()).await;
    assert_eq!(said["Credentials"]["AccessKeyId"], "ASIAASSUMED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket() {
    let hand = Hand::at(NOON);
    let mut store = Store::new();
    store.page = 5;
    for folder in [EU, US] {
        store.steady(folder, hand.now() - Millis::hours(1), 12);
    }
    let keys: Vec<String> = store.objects.keys().cloned().collect();
    let body = store.objects[&keys[3]].body.clone();
    let answer = move |call: &Call| store.answer(call, hand.now());
    let Some(client) = Client::new("a_bucket", answer).await else { return };
    let list = ["s3api", "list-objects-v2", "--bucket", "trail", "--prefix"];
    let said = client.gets(&[&list[..], &["AWSLogs/"]].concat()).await;
    assert_eq!(texts(&said["Contents"], "Key"), keys, "over all pages");
    let after = ["AWSLogs/", "--start-after", &keys[6]];
    let said = client.gets(&[&list[..], &after].concat()).await;
    assert_eq!(texts(&said["Contents"], "Key"), keys[7..]);
    let folders = ["AWSLogs/111122223333/CloudTrail/", "--delimiter", "/"];
    let said = client.gets(&[&list[..], &folders].concat()).await;
    assert_eq!(texts(&said["CommonPrefixes"], "Prefix"), [EU, US]);
    client.gets(&["s3api", "head-bucket", "--bucket", "trail"]).await;
    let folder = Bench::new();
    let to = folder.path("object").to_str().unwrap().to_owned();
    let get = |key| ["s3api", "get-object", "--bucket", "trail", "--key", key];
    client.gets(&[&get(&keys[3])[..], &[&to]].concat()).await;
    assert_eq!(std::fs::read(&to).unwrap(), body);
    let wrong = client.asks(&[&get("AWSLogs/none")[..], &[&to]].concat()).await;
    assert!(wrong.unwrap_err().contains("(NoSuchKey)"));
    let wrong = client.asks(&["s3api", "list-objects-v2", "--bucket", "another"]).await;
    assert!(wrong.unwrap_err().contains("(NoSuchBucket)"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue() {
    let (mut cloud, _log) = Cloud::new(Hand::at(NOON));
    (0..3).for_each(|_| drop(cloud.announce()));
    let answer = move |call: &Call| cloud.answer(call);
    let Some(client) = Client::new("a_queue", answer).await else { return };
    let said = client.gets(&["sqs", "get-queue-url", "--queue-name", "trail"]).await;
    assert_eq!(said["QueueUrl"], URL);
    let receive = ["sqs", "receive-message", "--queue-url", URL, "--max-number-of-messages", "10"];
    let receive =
        [&receive[..], &["--visibility-timeout", "60", "--wait-time-seconds", "1"]].concat();
    let names = ["--message-system-attribute-names", "SentTimestamp"];
    let said = client.gets(&[&receive[..], &names].concat()).await;
    assert_eq!(texts(&said["Messages"], "MessageId").len(), 3);
    assert!(said["Messages"][0]["Attributes"]["SentTimestamp"].is_string());
    let handles = texts(&said["Messages"], "ReceiptHandle");
    let entry = |n: usize| json!({"Id": n.to_string(), "ReceiptHandle": handles[n]});
    let mut kept = entry(0);
    kept["VisibilityTimeout"] = 0.into();
    let batch = |call| ["sqs", call, "--queue-url", URL, "--entries"];
    let args = [&batch("change-message-visibility-batch")[..], &[&json!([kept]).to_string()]];
    assert_eq!(texts(&client.gets(&args.concat()).await["Successful"], "Id"), ["0"]);
    let gone = json!([entry(1), entry(2)]).to_string();
    let args = [&batch("delete-message-batch")[..], &[&gone]];
    assert_eq!(texts(&client.gets(&args.concat()).await["Successful"], "Id"), ["1", "2"]);
    assert_eq!(texts(&client.gets(&receive).await["Messages"], "Body").len(), 1);
    assert_eq!(client.gets(&receive).await, Value::Null, "nothing more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_group() {
    let hand = Hand::at(logs::NOON);
    let messages = logs::steady(logs::NOON, 50, 60, 0);
    let answer = move |call: &Call| logs::filter(call, &messages, 12, hand.now());
    let Some(client) = Client::new("a_log_group", answer).await else { return };
    let said = client.gets(&["logs", "filter-log-events", "--log-group-name", "trail"]).await;
    assert_eq!(texts(&said["events"], "eventId").len(), 50, "over pages of which some are empty");
    let streams = texts(&said["events"], "logStreamName");
    assert!(streams.iter().all(|stream| stream.contains("_CloudTrail_")), "{streams:?}");
}

/// The aws command line cannot follow a session on a custom endpoint; boto3 can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_tail_session() {
    let (to, _) = broadcast::channel(16);
    let stream = to.clone();
    let url = serve(move |call| {
        let answer = logs::opened(call, &stream);
        let messages = logs::steady(logs::NOON, 3, 1, 0);
        let to = stream.clone();
        // Once somebody listens.
        tokio::spawn(async move {
            while to.receiver_count() == 0 {
                tokio::task::yield_now().await;
            }
            for chunk in [
                Chunk::Bytes(logs::update(&messages, false)),
                Chunk::Bytes(logs::update(&[], true)),
                Chunk::End,
            ] {
                to.send(chunk).ok();
            }
        });
        answer
    })
    .await;
    let ask = move || {
        let mut boto3 = Moto::start("a_live_tail_session")?;
        let wish = json!({"logGroupIdentifiers": [logs::ARN]});
        Some(boto3.ask_at(Some(&url), "logs", "start_live_tail", &wish))
    };
    let Some(said) = tokio::task::spawn_blocking(ask).await.unwrap() else { return };
    let stream = said["responseStream"].as_array().unwrap_or_else(|| panic!("{said}"));
    assert_eq!(stream.len(), 3, "{said}");
    assert_eq!(stream[0]["sessionStart"]["sessionId"], "s");
    let update = &stream[1]["sessionUpdate"];
    assert_eq!(update["sessionResults"].as_array().unwrap().len(), 3);
    assert_eq!(stream[2]["sessionUpdate"]["sessionMetadata"]["sampled"], true);
}
