//! Who is behind each event, against an oracle that follows keys through whole records: in the order
//! of files, turned round, shuffled, and one record at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use trailtop::engine::intake::Intake;
use trailtop::event::envelope::Extent;
use trailtop::event::field::{Column, Origin};
use trailtop::event::read::Hints;
use trailtop::event::time::Timestamp;
use trailtop::source::batch::{Batch, SourceId};
use trailtop::store::kin::Sure;

use crate::run::{Bench, shared_data};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00Z").unwrap()
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The key that a record issued.
fn issued(record: &Value) -> Option<&str> {
    let places =
        ["/responseElements/credentials/accessKeyId", "/responseElements/accessKey/accessKeyId"];
    let issues = ["AssumeRole", "GetSessionToken", "GetFederationToken", "CreateAccessKey"];
    let is_issuing = issues.iter().any(|name| text(record, "/eventName").starts_with(name));
    let worked = record.get("errorCode").is_none();
    places
        .iter()
        .map(|place| text(record, place))
        .find(|key| !key.is_empty() && is_issuing && worked)
}

/// What is known of every record when all of them are there: each ARN on the way back from it, the
/// root last; nothing where a link is missing.
struct Oracle {
    ways: BTreeMap<String, Vec<String>>,
}

impl Oracle {
    fn of(records: &[Value]) -> Self {
        let mut by: BTreeMap<&str, &Value> = BTreeMap::new();
        for record in records {
            if let Some(key) = issued(record) {
                let who = &record["userIdentity"];
                let known = by.entry(key).or_insert(who);
                if text(known, "/arn").is_empty() {
                    *known = who;
                }
            }
        }
        let way = |record: &Value| {
            let mut who = &record["userIdentity"];
            let mut names = vec![];
            loop {
                names.push(text(who, "/arn").to_owned());
                match by.get(text(who, "/accessKeyId")).filter(|_| names.len() < 17) {
                    Some(next) => who = next,
                    None => break,
                }
            }
            let is_end = matches!(text(who, "/type"), "IAMUser" | "Root");
            is_end.then_some(names).filter(|names| names.iter().all(|name| !name.is_empty()))
        };
        let id = |record: &Value| text(record, "/eventID").to_owned();
        let ways = records.iter().filter_map(|record| Some((id(record), way(record)?)));
        Self { ways: ways.collect() }
    }
}

fn batch(lines: String, object: u64) -> Batch {
    Batch {
        source: SourceId(0),
        object,
        again: false,
        name: "shuffled".into(),
        origin: Origin::S3,
        origins: Origin::S3.bit(),
        hints: Arc::new(Hints::default()),
        delivered: None,
        base: 0,
        bytes: lines.into_bytes(),
        packed: None,
        extent: Extent::Lines,
        damage: None,
        last: true,
        was_there: false,
        played: None,
        before: None,
        receipt: None,
    }
}

/// Takes records in, `at_once` at a time, and gives the root of each as it is in the end. On the way
/// nothing may be called proven that is not on the way back.
fn roots(records: &[&Value], at_once: usize, oracle: &Oracle) -> BTreeMap<String, (String, Sure)> {
    let mut intake = Intake::new(1 << 30);
    let mut found = BTreeMap::new();
    let steps = records.len().div_ceil(at_once);
    for (step, part) in records.chunks(at_once).enumerate() {
        let lines: Vec<String> = part.iter().map(|record| format!("{record}\n")).collect();
        intake.take(batch(lines.concat(), step as u64), now());
        intake.flush(now());
        // All rows are looked at now and then: each time would take too long.
        if step + 1 < steps && step % (steps / 20 + 1) != 0 {
            continue;
        }
        let snapshot = intake.ring().snapshot();
        for part in snapshot.parts() {
            for row in 0..part.segment.len() {
                let root = part.side.roots().get(row).unwrap();
                let id = part.text(row, Column::Id).to_owned();
                if root.sure == Sure::Proven
                    && let Some(way) = oracle.ways.get(&id)
                {
                    assert!(
                        way.iter().any(|name| **name == *root.name),
                        "{id}: {root:?} of {way:?}"
                    );
                }
                found.insert(id, (root.name.to_string(), root.sure));
            }
        }
    }
    found
}

/// The same answers in every order, and those of the oracle.
fn hold(records: &[Value]) {
    let oracle = Oracle::of(records);
    let mut order: Vec<&Value> = records.iter().collect();
    let in_order = roots(&order, 500, &oracle);
    for (id, way) in &oracle.ways {
        let (name, sure) = &in_order[id];
        assert_eq!((name, *sure), (way.last().unwrap(), Sure::Proven), "{id}: {way:?}");
    }
    assert_eq!(roots(&order, 1, &oracle), in_order, "one at a time");
    order.reverse();
    assert_eq!(roots(&order, 500, &oracle), in_order, "turned round");
    let mut chance = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    for turn in 0..3 {
        for at in (1..order.len()).rev() {
            order.swap(at, chance.random_range(0..=at));
        }
        assert_eq!(roots(&order, [1, 7, 100][turn], &oracle), in_order, "shuffled");
    }
}

/// Users, and sessions under sessions of several accounts; some keys are created for other users.
fn forest() -> Vec<Value> {
    let mut chance = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let mut records: Vec<Value> = vec![];
    let mut callers: Vec<Value> = (0..6)
        .map(|n| {
            json!({"type": "IAMUser", "userName": format!("user{n}"),
                "arn": format!("arn:aws:iam::11112222333{n}:user/user{n}"),
                "principalId": format!("AIDA{n}"), "accessKeyId": format!("AKIA{n}"),
                "accountId": format!("11112222333{n}")})
        })
        .collect();
    let mut record = |name: &str, source: &str, who: &Value, more: Value| {
        let n = records.len();
        let mut record = json!({"eventVersion": "1.11", "eventID": format!("id-{n}"), "eventName": name,
            "eventSource": source, "eventTime": format!("2026-11-22T10:{:02}:{:02}Z", n / 60 % 60, n % 60),
            "awsRegion": "us-east-1", "sourceIPAddress": "203.0.113.7", "userIdentity": who,
            "recipientAccountId": who["accountId"]});
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        records.push(record);
    };
    for n in 0..400 {
        let who = callers[chance.random_range(0..callers.len())].clone();
        match chance.random_range(0..10) {
            0..3 => {
                let (account, key) = (format!("11112222333{}", n % 6), format!("ASIA{n}"));
                let arn = format!("arn:aws:sts::{account}:assumed-role/role{}/s{n}", n % 5);
                let id = format!("AROA{}:s{n}", n % 5);
                let given = json!({"responseElements": {"credentials": {"accessKeyId": key},
                    "assumedRoleUser": {"arn": arn, "assumedRoleId": id}}});
                record("AssumeRole", "sts.amazonaws.com", &who, given);
                callers.push(json!({"type": "AssumedRole", "arn": arn, "principalId": id,
                    "accessKeyId": key, "accountId": account}));
            }
            3 => {
                let (user, key) = (format!("made{n}"), format!("AKIAMADE{n}"));
                let given = json!({"responseElements":
                    {"accessKey": {"accessKeyId": key, "userName": user}}});
                record("CreateAccessKey", "iam.amazonaws.com", &who, given);
                callers.push(json!({"type": "IAMUser", "userName": user, "accessKeyId": key,
                    "arn": format!("arn:aws:iam::111122223330:user/{user}"),
                    "principalId": format!("AIDAMADE{n}"), "accountId": "111122223330"}));
            }
            4 => record(
                "AssumeRole",
                "sts.amazonaws.com",
                &who,
                json!({"errorCode": "AccessDenied", "responseElements": null}),
            ),
            _ => record("DescribeInstances", "ec2.amazonaws.com", &who, json!({})),
        }
    }
    records
}

#[test]
fn a_forest_of_sessions_in_every_order() {
    let records = forest();
    let depth = Oracle::of(&records).ways.values().map(Vec::len).max();
    assert!(depth >= Some(4), "the forest is too low: {depth:?}");
    hold(&records);
}

#[test]
fn invictus_in_every_order() {
    let Some(data) = shared_data() else { return };
    let mut records = vec![];
    read(&data.join("s3/invictus"), &mut records);
    assert_eq!(records.len(), 2900);
    hold(&records);
}

fn read(path: &Path, records: &mut Vec<Value>) {
    if path.is_dir() {
        let mut inner: Vec<_> =
            std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        inner.sort();
        return inner.iter().for_each(|path| read(path, records));
    }
    let mut text = String::new();
    if flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .is_ok()
    {
        let whole: Value = serde_json::from_str(&text).unwrap();
        records.extend(whole["Records"].as_array().into_iter().flatten().cloned());
    }
}

/// `query` gives the same, whatever fits in memory, however the filter is put.
#[test]
fn query_by_root() {
    let records = forest();
    let oracle = Oracle::of(&records);
    let bench = Bench::new();
    // Children before their parents: every answer has to wait for the end.
    let lines: Vec<String> = records.iter().rev().map(|record| format!("{record}\n")).collect();
    let file = bench.file("forest.ndjson", lines.concat());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for way in oracle.ways.values() {
        *counts.entry(way.last().unwrap()).or_default() += 1;
    }
    let said = bench.run(&["query", "", &file, "--by", "root"]).out;
    let of_users: BTreeMap<&str, usize> = said
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(count, name)| (name, count.parse().unwrap()))
        .collect();
    assert_eq!(of_users, counts);

    let of_user = |n: usize| {
        let arn = format!("arn:aws:iam::11112222333{n}:user/user{n}");
        let is = |way: &&Vec<String>| *way.last().unwrap() == arn;
        oracle.ways.values().filter(is).count()
    };
    let count = |filter: &str, more: &[&str]| {
        let args = [&["query", filter, &file, "--count"], more].concat();
        bench.run(&args).out.trim().parse::<usize>().unwrap()
    };
    let arn = "root:=arn:aws:iam::111122223331:user/user1";
    for filter in ["root:user1", "root:USER1", arn, "-(-root:user1)"] {
        assert_eq!(count(filter, &[]), of_user(1), "{filter}");
    }
    assert_eq!(count("root:user1", &["--memory", "100k"]), of_user(1));
    assert_eq!(count("root:user1,user2", &[]), of_user(1) + of_user(2));
    assert_eq!(count("-root:user1", &[]), records.len() - of_user(1));
    let denied = |way: &str| count(&format!("{way} err:AccessDenied"), &[]);
    assert_eq!(denied("root:user1") + denied("-root:user1"), denied(""));

    // As they arrive, and in order of time: the same events.
    let sorted = |args: &[&str]| -> BTreeSet<String> {
        let args = [&["query", "root:user1", &file, "-o", "ndjson"], args].concat();
        bench.run(&args).out.lines().map(str::to_owned).collect()
    };
    let all = sorted(&[]);
    assert_eq!(all.len(), of_user(1));
    assert_eq!(sorted(&["--order", "arrival"]), all);
    assert_eq!(sorted(&["--memory", "100k"]), all);
}
