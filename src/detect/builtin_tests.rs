//! Every rule of the shelf against its own stories: events that have to set it off, and events that
//! come close and must not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::*;
use crate::detect::alert::{About, Ending};
use crate::detect::baseline::Baseline;
use crate::detect::judge::Found;
use crate::detect::lifelines::Lifelines;
use crate::detect::shelf;
use crate::detect::watch::Watch;
use crate::detect::why;
use crate::event::field::Column;
use crate::event::json::Json;
use crate::event::lifeline;
use crate::event::read::{Event, Hints};
use crate::event::record::Record;
use crate::store::kin::Kin;
use crate::store::segment::{Birth, Builder, RowId};
use crate::store::snapshot::{Part, Snapshot};

/// The keys of a story that are not of the record.
const STAGE: [&str; 4] = ["repeat", "every", "then", "after"];

/// The records of a story, in the order of time.
fn records(story: &toml::Table, clock: &mut Timestamp, number: &mut usize) -> Vec<String> {
    let length = |key: &str| {
        let text = story.get(key).and_then(toml::Value::as_str);
        text.map_or(Millis(1000), |text| Millis::parse(text).unwrap())
    };
    let times = story.get("repeat").and_then(toml::Value::as_integer).unwrap_or(1);
    let mut found = vec![];
    if story.contains_key("after") {
        *clock = *clock + length("after");
    }
    for n in 0..times {
        *number += 1;
        let mut record = json!({
            "eventVersion": "1.09",
            "eventID": format!("e{number}"),
            "eventTime": clock.to_string(),
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "203.0.113.7",
            "userAgent": "aws-cli/2.15 Python/3.11",
            "recipientAccountId": "111122223333",
            "userIdentity": {
                "type": "IAMUser",
                "arn": "arn:aws:iam::111122223333:user/alice",
                "accountId": "111122223333",
                "accessKeyId": "AKIAEXAMPLE",
                "userName": "alice",
            },
        });
        let own = story.iter().filter(|(key, _)| !STAGE.contains(&key.as_str()));
        for (key, value) in own {
            put(record.as_object_mut().unwrap(), key, value, n);
        }
        found.push(record.to_string());
        *clock = *clock + length("every");
    }
    let then = story.get("then").and_then(toml::Value::as_array);
    for next in then.into_iter().flatten() {
        found.extend(records(next.as_table().unwrap(), clock, number));
    }
    found
}

/// Puts a value in; what is in an object of that name already stays.
fn put(record: &mut Map<String, Value>, key: &str, value: &toml::Value, n: i64) {
    match value {
        toml::Value::Table(table) => {
            let inner = record.entry(key).or_insert_with(|| json!({}));
            let inner = inner.as_object_mut().unwrap();
            table.iter().for_each(|(key, value)| put(inner, key, value, n));
        }
        toml::Value::String(text) => {
            record.insert(key.to_owned(), text.replace("{n}", &n.to_string()).into());
        }
        other => {
            record.insert(key.to_owned(), serde_json::to_value(other).unwrap());
        }
    }
}

/// Which rules a story sets off, whatever the order its events arrive in.
fn set_off(rules: &Arc<Rules>, story: &toml::Table) -> BTreeSet<String> {
    let mut clock = Timestamp::parse("2026-03-01T12:00:00Z").unwrap();
    let mut texts = records(story, &mut clock, &mut 0);
    let now = clock + Millis::minutes(600);
    texts.reverse();
    let mut builder = Builder::passing();
    let mut found = Found::default();
    for (row, text) in texts.iter().enumerate() {
        let record = Record::of(Json::checked(text).unwrap());
        let event = Event::read(&record, &Hints::default(), now);
        let time = event.time.expect("a time");
        found.take(rules, row as u16, &record);
        let birth = Birth { time, arrival: time, identity: row as u64, flags: 0, origins: 0 };
        builder.push(&event, text.as_bytes(), birth);
    }
    let (segment, side) = builder.finish(RowId(0));
    let part = Part { segment: Arc::new(segment), side: Arc::new(side) };
    let found = found.finish(rules, &part, now);
    let mut watch = Watch::new(Arc::clone(rules), 64 << 20);
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let about = |row: u16| About {
        service: "",
        row: RowId(u64::from(row)),
        time: part.segment.time(usize::from(row)),
        ending: Ending::Succeeded,
        account: "",
        region: "",
        actor: "",
        event: "",
        target: "",
        is_live: false,
    };
    let mut lifelines = Lifelines::default();
    for text in &texts {
        let record = Record::of(Json::checked(text).unwrap());
        let at = Event::read(&record, &Hints::default(), now).time.expect("a time");
        for it in lifeline::needed(&record, at) {
            lifelines.learn(it);
        }
    }
    let single = found.met.iter().filter_map(|(row, card)| watch.met(*card, &about(*row)));
    ids.extend(single.map(|hit| hit.rule.id.to_string()));
    let news = Baseline::new(usize::MAX).learn(&part, 0..texts.len(), &mut BTreeSet::new());
    let mut told = part.clone();
    for (row, mark) in &news {
        Arc::make_mut(&mut told.side).set_new(*row, *mark);
    }
    let news: BTreeMap<usize, u8> = news.iter().map(|(row, mark)| (*row, mark.firsts())).collect();
    for (row, filter) in &found.asks {
        if watch.asks_trails(*filter) {
            let text = |column| part.segment.text(usize::from(*row), column);
            let (account, region) = (text(Column::Account), text(Column::Region));
            let (service, target) = (text(Column::Service), text(Column::Target));
            let about = About { account, region, service, target, ..about(*row) };
            if lifelines.ask(&about, vec![*filter]) {
                let (card, _) = watch.wishes(*filter).unwrap();
                ids.insert(watch.met(card, &about).unwrap().rule.id.to_string());
            }
            continue;
        }
        let (card, wishes) = watch.wishes(*filter).unwrap();
        let firsts = news.get(&usize::from(*row)).copied().unwrap_or_default();
        if wishes.iter().all(|any_of| firsts & any_of != 0) {
            ids.insert(watch.met(card, &about(*row)).unwrap().rule.id.to_string());
        }
    }
    found.counts.iter().for_each(|it| watch.count(it, &about(it.row)));
    ids.extend(watch.settle().into_iter().map(|(_, hit)| hit.rule.id.to_string()));
    // Whatever fires says why.
    let rows = Snapshot::of(vec![told], 0, Kin::default());
    for alert in watch.alerts().list() {
        let why = why::of_alert(rules, &alert, &rows);
        assert!(!why.reasons.is_empty(), "{} does not say why", alert.card.named.id);
        let is_told = |link: &why::Link| link.step.is_some() == (alert.card.steps.len() > 1);
        assert!(why.chain.iter().all(is_told), "{}: {:?}", alert.card.named.id, why.chain);
    }
    ids
}

fn shelf_files() -> Vec<(&'static str, File)> {
    shelf::RULES.iter().map(|(name, text)| (*name, read(text).expect(name))).collect()
}

fn ours() -> Arc<Rules> {
    let mut rules = Rules::default();
    let mut faults = vec![];
    for (name, file) in shelf_files() {
        faults.extend(add(&mut rules, name, &file).err().map(|why| format!("{name}: {why}")));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    Arc::new(rules)
}

#[test]
fn every_file_of_the_folder_is_on_the_shelf() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/rules");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.sort();
    let shelf: Vec<&str> = shelf::RULES.iter().map(|(name, _)| *name).collect();
    assert_eq!(shelf, names);
    assert!(shelf.len() >= 60, "{} rules", shelf.len());
}

#[test]
fn every_rule_says_what_it_is_about() {
    for (name, file) in shelf_files() {
        for text in [&file.title, &file.why, &file.look, &file.false_positives] {
            assert!(!text.trim().is_empty(), "{name}");
        }
        assert!(!file.techniques.is_empty(), "{name}: no technique");
        let is_one = |it: &String| it.starts_with('T') && it[1..5].parse::<u16>().is_ok();
        assert!(file.techniques.iter().all(is_one), "{name}: {:?}", file.techniques);
        assert!(!file.fires.is_empty() && !file.quiet.is_empty(), "{name}: no stories");
    }
}

#[test]
fn every_rule_fires_in_its_stories_and_in_no_near_miss() {
    let rules = ours();
    let mut faults = vec![];
    for (name, file) in shelf_files() {
        for (at, story) in file.fires.iter().enumerate() {
            if !set_off(&rules, story).contains(name) {
                faults.push(format!("{name}: story {at} does not set it off"));
            }
        }
        for (at, story) in file.quiet.iter().enumerate() {
            if set_off(&rules, story).contains(name) {
                faults.push(format!("{name}: near miss {at} sets it off"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_plain_assumed_role_sets_nothing_off() {
    let rules = ours();
    let story: toml::Table = toml::from_str(
        r#"
        eventSource = "sts.amazonaws.com"
        eventName = "AssumeRole"
        requestParameters.roleArn = "arn:aws:iam::111122223333:role/deploy"
        repeat = 500
        every = "1s"
        "#,
    )
    .unwrap();
    assert_eq!(set_off(&rules, &story), BTreeSet::new());
}

#[test]
fn what_a_rule_cannot_say_is_refused() {
    let good = shelf::RULES[0].1;
    for (from, to, says) in [
        ("severity = ", "severity = \"loud\" #", "no severity"),
        ("filter = ", "filter = \"evnt:x\" #", "evnt"),
        ("filter = ", "filter = \"root:alice\" #", "not known when an event comes in"),
        ("filter = ", "filter = \"new:ip\" #", "beside the other terms"),
        ("filter = ", "filter = \"-new:ip svc:s3\" #", "beside the other terms"),
        ("filter = ", "filter = \"svc:s3 new:none\" #", "beside the other terms"),
        ("filter = ", "within = \"1h\"\nat_least = 2\nfilter = \"svc:s3 new:ip\" #", "one event"),
        ("filter = ", "of_trail = true\nfilter = \"svc:s3 new:ip\" #", "without `new:`"),
        ("filter = ", "at_least = 3\nfilter = ", "`within` is missing"),
        ("filter = ", "within = \"soon\"\nfilter = ", "no length of time"),
    ] {
        let text = good.replacen(from, to, 1);
        let wrong = read(&text).and_then(|file| add(&mut Rules::default(), "x", &file));
        let why = wrong.expect_err(&text);
        assert!(why.contains(says), "{why}");
    }
}
