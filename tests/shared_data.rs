//! `query` over the real records of `../shared/data`, against counts and answers that were made by
//! somebody else: `counts.tsv`, and python3 reading the same files. Skipped where there is no data.

use std::path::Path;
use std::process::Command;

use crate::run::{Bench, has_python, shared_data};

fn number(stats: &serde_json::Value, key: &str) -> u64 {
    stats[key].as_u64().unwrap_or_else(|| panic!("{key} in {stats}"))
}

/// Every file gives the records that an independent reader found in it, and the books add up.
#[test]
fn every_file_gives_the_records_of_counts_tsv() {
    let Some(data) = shared_data() else { return };
    let bench = Bench::new();
    let table = std::fs::read_to_string(data.join("counts.tsv")).unwrap();
    let mut wrong = vec![];
    let mut files = 0;
    for line in table.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, records, unreadable] = fields[..] else { continue };
        let (Ok(records), Ok(unreadable)) = (records.parse::<u64>(), unreadable.parse::<u64>())
        else {
            continue;
        };
        files += 1;
        let full = data.join(path);
        let ran = bench.run(&["query", "", full.to_str().unwrap(), "--count", "--stats"]);
        let stats = ran.stats();
        let (kept, duplicates) = (number(&stats, "kept"), number(&stats, "duplicates"));
        let skipped = number(&stats, "skipped");
        assert_eq!(number(&stats, "records"), kept + duplicates + skipped, "{path}");
        assert_eq!(ran.out.trim(), kept.to_string(), "{path}");
        assert_eq!(ran.code, i32::from(kept == 0), "{path}");
        // Of a damaged document we keep what stands before the damage, the independent reader none.
        let found = kept + duplicates;
        let agrees = if unreadable > 0 { found >= records } else { found == records };
        if !agrees || (skipped > 0) != (unreadable > 0) {
            wrong.push(format!(
                "{path}: {found} records and {skipped} skipped, expected {records} and {unreadable}"
            ));
        }
    }
    assert!(files > 200, "counts.tsv has shrunk to {files} files");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn invictus_is_2900_records_and_nothing_is_skipped() {
    let Some(data) = shared_data() else { return };
    let bench = Bench::new();
    let invictus = data.join("s3/invictus");
    let ran = bench.run(&["query", "", invictus.to_str().unwrap(), "--count", "--stats"]);
    let stats = ran.stats();
    assert_eq!((ran.code, &*ran.out), (0, "2900\n"));
    assert_eq!((number(&stats, "records"), number(&stats, "skipped")), (2900, 0));
    assert_eq!(number(&stats, "objects"), 55);
    // However little may be held, the result is the same.
    let all = |args: &[&str]| {
        let fixed = ["query", "", invictus.to_str().unwrap(), "-o", "csv"];
        bench.run(&[&fixed[..], args].concat()).out
    };
    assert_eq!(all(&[]), all(&["--memory", "2M"]));
    assert_eq!(all(&["--by", "event,ip"]), all(&["--by", "event,ip", "--memory", "100k"]));
}

/// What python3 is given: all records of invictus as `R`, ordered by time and id.
const READ: &str = r"
import collections, glob, gzip, json, re, sys
R = []
for p in sorted(glob.glob(sys.argv[1] + '/**/*.json.gz', recursive=True)):
    R += json.load(gzip.open(p))['Records']
R.sort(key=lambda r: (r['eventTime'], r['eventID']))
def by(rows, *keys):
    n = collections.Counter(tuple(k(r) for k in keys) for r in rows)
    for v, c in sorted(n.items(), key=lambda vc: (-vc[1], vc[0])):
        print(c, *v, sep='\t')
def at(r, path):
    for k in path.split('.'):
        r = r.get(k) if isinstance(r, dict) else None
    return '-' if r in (None, '') else str(r)
";

/// A question: the arguments of `query` (`@` stands for the folder), and python's way to answer.
const QUESTIONS: &[(&[&str], &str)] = &[
    (&["", "@", "--by", "event"], "by(R, lambda r: r['eventName'])"),
    (&["", "@", "--by", "svc"], "by(R, lambda r: r['eventSource'])"),
    (
        &[
            "err:AccessDenied,AccessDeniedException,Client.UnauthorizedOperation",
            "@",
            "--by",
            "err,event",
        ],
        "by([r for r in R if r.get('errorCode') in ('AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation')], lambda r: r['errorCode'], lambda r: r['eventName'])",
    ),
    (&["err:*", "@", "--count"], "print(sum(1 for r in R if r.get('errorCode')))"),
    (&["-err:*", "@", "--count"], "print(sum(1 for r in R if not r.get('errorCode')))"),
    (
        &["readOnly:false", "@", "--by", "ip"],
        "by([r for r in R if r['readOnly'] is False], lambda r: r['sourceIPAddress'])",
    ),
    (
        &["event:AssumeRole", "@", "--by", "requestParameters.roleArn"],
        "by([r for r in R if r['eventName'] == 'AssumeRole'], lambda r: at(r, 'requestParameters.roleArn'))",
    ),
    (
        &["svc:s3 event:Put*", "@", "--by", "event,requestParameters.bucketName"],
        "by([r for r in R if r['eventSource'] == 's3.amazonaws.com' and r['eventName'].startswith('Put')], lambda r: r['eventName'], lambda r: at(r, 'requestParameters.bucketName'))",
    ),
    (&["", "@", "--by", "key"], "by(R, lambda r: at(r, 'userIdentity.accessKeyId'))"),
    (
        &["", "@", "--by", "type,user"],
        "by(R, lambda r: at(r, 'userIdentity.type'), lambda r: at(r, 'userIdentity.userName'))",
    ),
    (
        &["ip:192.168.0.0/16", "@", "--count"],
        "print(sum(1 for r in R if r['sourceIPAddress'].startswith('192.168.')))",
    ),
    (
        &["ua:terraform", "@", "--count"],
        "print(sum(1 for r in R if 'terraform' in (r.get('userAgent') or '').lower()))",
    ),
    (
        &["", "@", "--count", "--since", "2023-07-10T12:00:00Z", "--until", "2023-07-10T12:08:00Z"],
        "print(sum(1 for r in R if '2023-07-10T12:00:00Z' <= r['eventTime'] < '2023-07-10T12:08:00Z'))",
    ),
    (
        &["time:2023-07-10T12:00:00Z..2023-07-10T12:08:00Z -event:Describe*", "@", "--count"],
        "print(sum(1 for r in R if '2023-07-10T12:00:00Z' <= r['eventTime'] < '2023-07-10T12:08:00Z' and not r['eventName'].startswith('Describe')))",
    ),
    (
        &["msg:\"not authorized\"", "@", "--by", "msg", "--limit", "5"],
        "import io, contextlib\nb = io.StringIO()\nwith contextlib.redirect_stdout(b): by([r for r in R if 'not authorized' in (r.get('errorMessage') or '').lower()], lambda r: r['errorMessage'])\nprint(''.join(b.getvalue().splitlines(True)[:5]), end='')",
    ),
    (
        &["DeleteSecret OR StopLogging", "@", "-o", "csv", "--columns", "time,event,id"],
        "print('time,event,id')\nfor r in R:\n    t = []\n    def w(v):\n        if isinstance(v, dict):\n            for k, x in v.items(): t.append(k); w(x)\n        elif isinstance(v, list):\n            for x in v: w(x)\n        elif isinstance(v, str): t.append(v)\n    w(r)\n    if any('deletesecret' in x.lower() or 'stoplogging' in x.lower() for x in t): print(r['eventTime'], r['eventName'], r['eventID'], sep=',')",
    ),
    (
        &["", "@", "-o", "ndjson", "--limit", "200"],
        "for r in R[:200]: print(json.dumps(r, separators=(',', ':'), ensure_ascii=False))",
    ),
];

#[test]
fn questions_have_the_answers_that_python_gives() {
    let Some(data) = shared_data() else { return };
    if !has_python() {
        return;
    }
    let bench = Bench::new();
    let folder = data.join("s3/invictus");
    let mut wrong = vec![];
    for (question, answer) in QUESTIONS {
        let ours = ask(&bench, question, &folder);
        let theirs = python(&format!("{READ}\n{answer}"), &folder);
        assert!(!theirs.is_empty(), "{question:?}: python has no answer");
        if !same(&ours, &theirs) {
            let first = |text: &str| text.lines().take(6).collect::<Vec<_>>().join("\n");
            wrong.push(format!(
                "{question:?}\nours ({} lines):\n{}\npython ({} lines):\n{}",
                ours.lines().count(),
                first(&ours),
                theirs.lines().count(),
                first(&theirs)
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

/// Whether two answers are the same; records are compared as JSON, since escapes may differ.
fn same(ours: &str, theirs: &str) -> bool {
    if !ours.starts_with('{') {
        return ours == theirs;
    }
    let parse = |text: &str| -> Vec<serde_json::Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    parse(ours) == parse(theirs)
}

fn ask(bench: &Bench, question: &[&str], folder: &Path) -> String {
    let folder = folder.to_str().unwrap();
    let args: Vec<&str> =
        question.iter().map(|word| if *word == "@" { folder } else { word }).collect();
    let ran = bench.run(&[&["query"], &args[..]].concat());
    assert!(ran.code < 2, "{question:?}: {}", ran.err);
    ran.out
}

fn python(program: &str, folder: &Path) -> String {
    let output =
        Command::new("python3").arg("-c").arg(program).arg(folder).output().expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
