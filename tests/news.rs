//! `new:` of `query`, and `trailtop baseline`: what is called new, when, and against what.

use std::fmt::Write as _;

use crate::run::Bench;

/// One call: minute, user, address, and how it ended.
fn call(id: usize, minute: usize, (user, ip): (&str, &str), error: &str) -> String {
    let (day, hour, minute) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
    let error = if error.is_empty() { String::new() } else { format!(r#""errorCode":"{error}","#) };
    format!(
        r#"{{"eventVersion":"1.09","eventID":"e{id}","eventTime":"2026-03-{day:02}T{hour:02}:{minute:02}:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"eu-west-1","recipientAccountId":"111122223333","sourceIPAddress":"{ip}","userAgent":"aws-cli/2.15",{error}"userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/{user}","accountId":"111122223333","userName":"{user}"}}}}"#
    ) + "\n"
}

/// Two days of one user from two addresses, a call every ten minutes.
fn ordinary() -> String {
    (0..288).fold(String::new(), |mut text, n| {
        let ip = ["198.51.100.1", "198.51.100.2"][n % 2];
        write!(text, "{}", call(n, n * 10, ("alice", ip), "")).unwrap();
        text
    })
}

/// A new address fails, fails, succeeds and succeeds; a colleague is there for the first time.
fn strange() -> String {
    let from = ("alice", "203.0.113.77");
    [
        call(901, 3000, from, "AccessDenied"),
        call(902, 3001, from, "AccessDenied"),
        call(903, 3002, from, ""),
        call(904, 3003, from, ""),
        call(905, 3004, ("bob", "198.51.100.1"), ""),
    ]
    .concat()
}

fn ids(bench: &Bench, filter: &str, events: &str, more: &[&str]) -> Vec<String> {
    let fixed = ["query", filter, events, "--columns", "id,new", "-o", "csv"];
    let ran = bench.run(&[&fixed[..], more].concat());
    ran.lines().iter().skip(1).map(|line| (*line).to_owned()).collect()
}

#[test]
fn what_nobody_did_before_is_new_whatever_the_order() {
    let bench = Bench::new();
    let in_order = ordinary() + &strange();
    let mut lines: Vec<&str> = in_order.lines().collect();
    lines.reverse();
    let backwards = bench.file("backwards.ndjson", lines.join("\n"));
    let in_order = bench.file("in-order.ndjson", &in_order);
    let wanted = ["e901,ip", "e903,ip", "e905,actor learning"];
    for events in [&in_order, &backwards] {
        assert_eq!(ids(&bench, "new:* time:2026-03-03", events, &[]), wanted);
        assert_eq!(ids(&bench, "new:ip err:none", events, &[]), ["e903,ip"]);
        assert_eq!(ids(&bench, "new:ip -err:*", events, &["--since", "2026-03-03"]), ["e903,ip"]);
        // The first of all, and both addresses of its first minutes: too early to say.
        let early = ids(&bench, "new:learning time:2026-03-01", events, &[]);
        assert_eq!(early, ["e0,learning", "e1,learning"]);
        let counted = bench.run(&["query", "new:*", events, "--by", "new"]);
        assert_eq!(counted.out, "3\tlearning\n2\tip\n1\tactor\n");
    }
    let arriving = ids(&bench, "new:ip", &in_order, &["--order", "arrival"]);
    assert_eq!(arriving, ["e901,ip", "e903,ip"]);
}

#[test]
fn rules_ask_what_is_new_and_late_events_take_it_back() {
    let bench = Bench::new();
    let write =
        |text: String| text.replace("ListBuckets", "DeleteTrail").replace("s3.", "cloudtrail.");
    let strange = write(call(903, 3002, ("alice", "203.0.113.77"), ""));
    let events = bench.file("events.ndjson", ordinary() + &strange);
    let count =
        |events: &str| bench.run(&["query", "rule:danger-new-address", events, "--count"]).out;
    assert_eq!(count(&events), "1\n");
    // An earlier event from there arrives last.
    let late = call(800, 2000, ("alice", "203.0.113.77"), "");
    let events = bench.file("late.ndjson", ordinary() + &strange + &late);
    assert_eq!(count(&events), "0\n");
}

/// A line of the file that the dashboard keeps.
const KNOWN: &str = r#"{"baseline":1,"resets":0,"forgotten":[]}
{"subject":"111122223333:user/alice","first":1769904000000,"last":1772323200000,"enough":1770000000000,"ip":{"203.0.113.77":[1769904000000,1772323200000,1769904000000]}}
"#;

#[test]
fn what_was_learned_before_counts_and_can_be_reset() {
    let bench = Bench::new();
    let events = bench.file("events.ndjson", strange());
    let new = || ids(&bench, "new:ip,event id:e901,e903", &events, &[]);
    assert_eq!(new().len(), 0, "nothing is known of anybody");
    let file = bench.file("state/trailtop/baseline.ndjson", KNOWN);
    assert_eq!(new(), ["e901,event region tool learning", "e903,event region tool learning"]);
    let listed = bench.run(&["baseline"]);
    assert!(
        listed.out.contains("2026-02-01T00:00:00Z") && listed.out.contains("known"),
        "{}",
        listed.out
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), KNOWN, "a query writes nothing");
    assert_eq!(bench.run(&["baseline", "--reset", "nobody"]).code, 1);
    assert_eq!(bench.run(&["baseline", "--reset", "111122223333:user/alice"]).out, "1 forgotten\n");
    assert_eq!(new().len(), 0);
    assert_eq!(bench.run(&["baseline", "--reset"]).code, 0);
    bench.file("state/trailtop/baseline.ndjson", "damaged");
    let ran = bench.run(&["query", "new:ip", &events, "--count"]);
    assert!(ran.err.contains("nothing is known of anybody before"), "{}", ran.err);
    assert_eq!(ran.out, "0\n");
}

/// Whoever follows learns for the next run; without that, what is new would be so again.
#[test]
fn who_follows_learns_where_anything_asks() {
    let bench = Bench::new();
    let events = bench.file("events.ndjson", ordinary());
    let file = bench.path("state/trailtop/baseline.ndjson");
    // Nothing asks what is new.
    let ran = bench.run(&["query", "user:alice", &events, "--follow", "--limit", "1", "--count"]);
    assert!(!file.exists(), "{}", ran.err);
    let ran = bench.run(&["query", "new:learning", &events, "--follow", "--limit", "1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("111122223333:user/alice") && kept.contains("198.51.100.2"), "{kept}");
    // The next run knows her.
    let later = bench.file("later.ndjson", strange());
    assert_eq!(ids(&bench, "new:ip", &later, &[]), ["e901,ip", "e903,ip"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
}

/// Ordinary days once everybody is known: the rules that ask for news are quiet. Over 30,000 events of
/// five days there were 4 of medium severity: danger-new-address 1, new-region-write 3.
#[test]
fn ordinary_days_have_little_that_is_new() {
    let bench = Bench::new();
    let demo = [
        "query",
        "",
        "demo:incident=off,events=6000",
        "-o",
        "ndjson",
        "--now",
        "2026-11-22T12:00:00Z",
    ];
    let hour = bench.run(&demo);
    // An hour becomes two and a half days.
    let mut text = String::new();
    for line in hour.lines() {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(time) = record["eventTime"].as_str().map(str::to_owned) {
            let part = |range: std::ops::Range<usize>| time[range].parse::<usize>().unwrap_or(0);
            let minute =
                (part(11..13) * 3600 + part(14..16) * 60 + part(17..19)).saturating_sub(11 * 3600);
            let (day, hour, minute) = (18 + minute / 1440, minute / 60 % 24, minute % 60);
            record["eventTime"] = format!("2026-11-{day}T{hour:02}:{minute:02}:00Z").into();
        }
        writeln!(text, "{record}").unwrap();
    }
    let days = bench.file("days.ndjson", text);
    let ran = bench.run(&["query", "rule:danger-new-address,console-new-address,new-region-write,new-region-instances,secrets-new-tool,key-asks-who", &days, "--by", "rule"]);
    let events: u32 =
        ran.lines().iter().map(|it| it.split('\t').next().unwrap().parse::<u32>().unwrap()).sum();
    assert!(events <= 4, "{}", ran.out);
    let known = bench.run(&["query", "new:* -new:learning", &days, "--count"]);
    assert_ne!(known.out, "0\n", "somebody is known by then");
}
