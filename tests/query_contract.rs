//! `trailtop query` as product.md promises it to scripts, sentence by sentence.

use std::process::Stdio;

use crate::run::{Bench, DEADLINE, Running, lines_of};

/// A record with an event name, an id and a second of the same minute.
fn record(name: &str, id: &str, second: u32) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2023-07-10T12:00:{second:02}Z","eventSource":"s3.amazonaws.com","eventName":"{name}","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.1","eventID":"{id}","readOnly":true,"recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","userName":"alice"}}}}"#
    )
}

fn lines(records: &[String]) -> String {
    records.join("\n") + "\n"
}

/// Four events, not in the order of time, two in the same second.
fn four(bench: &Bench) -> String {
    let records = [
        record("GetObject", "d", 9),
        record("PutObject", "b", 5),
        record("GetObject", "a", 5),
        record("DeleteBucket", "c", 1),
    ];
    bench.file("four.ndjson", lines(&records))
}

#[test]
fn filter_may_begin_with_a_dash_and_the_empty_one_keeps_everything() {
    let bench = Bench::new();
    let path = four(&bench);
    let count = |args: &[&str]| bench.run(&[&["query"], args].concat()).out;
    assert_eq!(count(&["", &path, "--count"]), "4\n");
    assert_eq!(count(&["-event:GetObject", &path, "--count"]), "2\n");
    assert_eq!(count(&["--count", "--", "-event:GetObject", &path]), "2\n");
    assert_eq!(count(&["-o", "csv", "--count", "-event:GetObject -event:PutObject", &path]), "1\n");
}

#[test]
fn a_filter_that_names_a_path_or_a_source_asks_what_was_meant() {
    let bench = Bench::new();
    four(&bench);
    for word in ["four.ndjson", ".", "demo:", "-", "s3://bucket/prefix", "history:all"] {
        let ran = bench.run(&["query", word]);
        assert_eq!(ran.code, 2, "{word}");
        assert!(ran.err.contains(&format!("did you mean `query '' {word}`?")), "{}", ran.err);
        assert_eq!(ran.out, "");
    }
}

#[test]
fn wrong_usage_is_2_before_anything_is_read() {
    let bench = Bench::new();
    let path = four(&bench);
    let cases: &[(&[&str], &str)] = &[
        (&["evnt:x", &path], "event"),
        (&["(a", &path], "filter is wrong"),
        (&["@nothing", &path], "@nothing"),
        (&["", "missing.json"], "missing.json"),
        (&["", &path, "missing.json"], "no such file"),
        (&["", "recrod"], "did you mean `trailtop record`?"),
        (&["", "hsitory"], "did you mean the source `history:`?"),
        (&["", "athena:trail"], "cannot be read by this version"),
        (&["", "sqs:queue"], "aws sqs create-queue"),
        (&["", "sqs:queue,peek=true,own=true"], "one of them"),
        (&["", "s3://B"], "is no bucket"),
        (&["", "history:mars"], "is no region"),
        (&["", &path, "--since", "yesterday"], "--since"),
        (&["", &path, "--until", "7"], "--until"),
        (&["", &path, "--now", "noon"], "--now"),
        (&["", &path, "--columns", "evnt"], "evnt"),
        (&["", &path, "--by", "event,ip,acct"], "one or two"),
        (&["", &path, "--columns", "event", "-o", "ndjson"], "--columns"),
        (&["", &path, "--follow", "--order", "time"], "--order"),
        (&["", &path, "--nonsense"], "nonsense"),
        (&["", &path, "-o", "xml"], "xml"),
    ];
    for (args, says) in cases {
        let ran = bench.run(&[&["query"], *args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
    }
}

#[test]
fn status_tells_matches_from_none_and_from_a_source_that_cannot_be_read() {
    let bench = Bench::new();
    let path = four(&bench);
    assert_eq!(bench.run(&["query", "event:GetObject", &path]).code, 0);
    assert_eq!(bench.run(&["query", "event:Nothing", &path]).code, 1);
    // A bad object in a readable source is a skip, not a failure.
    let broken = bench.file("broken.json", "{\"Records\":[");
    let ran = bench.run(&["query", "", &broken]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("broken.json"), "{}", ran.err);
    assert_eq!(bench.run(&["query", "", &path, &broken]).code, 0);
    // Something that is there and cannot be opened, not even by root.
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("socket")).unwrap();
    let ran = bench.run(&["query", "", &path, "socket"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(ran.lines().len(), 5, "what could be read is written");
}

#[test]
fn order_is_event_time_then_id_over_the_whole_run() {
    let bench = Bench::new();
    let path = four(&bench);
    let later = bench.file("early.ndjson", lines(&[record("GetObject", "e", 0)]));
    let ids = |args: &[&str]| {
        let args = [&["query", "", &path, &later, "-o", "csv", "--columns", "id"], args].concat();
        bench.run(&args).lines()[1..].join("")
    };
    assert_eq!(ids(&[]), "ecabd");
    assert_eq!(ids(&["--order", "time", "--limit", "3"]), "eca");
    assert_eq!(ids(&["--memory", "1"]), "ecabd", "spilled");
    let arrived =
        bench.run(&["query", "", &path, "-o", "csv", "--columns", "id", "--order", "arrival"]);
    assert_eq!(arrived.lines()[1..].join(""), "dbac");
}

#[test]
fn ndjson_is_the_record_with_its_own_order_and_numbers() {
    let bench = Bench::new();
    let odd = "{ \"eventVersion\" : \"1.0\",\n \"z\":1.50, \"a\" : -0.0e+10, \"big\":123456789012345678901234567890,\n\
               \"eventSource\":\"x\",\"esc\":\"\\u001b[2J\\/ \u{202e}\", \"eventTime\":\"2023-07-10T12:00:00Z\" }";
    let path = bench.file("odd.json", odd);
    let compact = "{\"eventVersion\":\"1.0\",\"z\":1.50,\"a\":-0.0e+10,\"big\":123456789012345678901234567890,\
                   \"eventSource\":\"x\",\"esc\":\"\\u001b[2J\\/ \u{202e}\",\"eventTime\":\"2023-07-10T12:00:00Z\"}";
    assert_eq!(bench.run(&["query", "", &path, "-o", "ndjson"]).out, format!("{compact}\n"));
    assert_eq!(bench.run(&["query", "", &path, "-o", "json"]).out, format!("[\n{compact}\n]\n"));
    assert_eq!(bench.run(&["query", "nothing", &path, "-o", "json"]).out, "[]\n");
    // What was written is read again.
    let again = bench.run_fed(&["query", "", "-", "-o", "ndjson"], compact.as_bytes());
    assert_eq!(again.out, format!("{compact}\n"));
}

#[test]
fn standard_input_is_the_source_when_it_is_a_pipe() {
    let bench = Bench::new();
    let input = lines(&[record("GetObject", "a", 1)]);
    for args in [&["query", "", "--count"][..], &["query", "", "-", "--count"]] {
        assert_eq!(bench.run_fed(args, input.as_bytes()).out, "1\n");
    }
}

#[test]
fn columns_are_keys_and_paths() {
    let bench = Bench::new();
    let path = four(&bench);
    let columns = "event,userIdentity.userName,.readOnly,err";
    let ran = bench.run(&["query", "", &path, "-o", "csv", "--columns", columns, "--limit", "1"]);
    assert_eq!(ran.out, format!("{columns}\nDeleteBucket,alice,true,\n"));
    let ran =
        bench.run(&["query", "", &path, "-o", "md", "--columns", "time,event", "--limit", "1"]);
    assert_eq!(
        ran.out,
        "| time | event |\n| --- | --- |\n| 2023-07-10T12:00:01Z | DeleteBucket |\n"
    );
    let header = bench.run(&["query", "", &path, "-o", "csv"]);
    assert_eq!(header.lines()[0], "time,verb,event,actor,target,err,ip,region,acct,tool,id");
    let table = bench.run(&["query", "", &path, "--columns", "id,event"]);
    assert_eq!(table.lines()[..2], ["id  event", "c   DeleteBucket"]);
}

#[test]
fn csv_cells_are_no_formulas() {
    let bench = Bench::new();
    for formula in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\\t=1", "\\r=1"] {
        let path = bench.file("formula.json", record(formula, "a", 1));
        let ran = bench.run(&["query", "", &path, "-o", "csv", "--columns", "event"]);
        let cell = ran.out.strip_prefix("event\n").unwrap();
        assert!(cell.starts_with('\'') || cell.starts_with("\"'"), "{cell}");
    }
}

#[test]
fn counts_are_lines_of_count_and_value() {
    let bench = Bench::new();
    let path = four(&bench);
    let by = |args: &[&str]| bench.run(&[&["query", "", &path], args].concat()).out;
    assert_eq!(by(&["--by", "event"]), "2\tGetObject\n1\tDeleteBucket\n1\tPutObject\n");
    assert_eq!(by(&["--by", "event", "--limit", "2"]), "2\tGetObject\n1\tDeleteBucket\n");
    assert_eq!(by(&["--by", "svc"]), "4\ts3.amazonaws.com\n", "the record's own value");
    assert_eq!(by(&["--by", "err"]), "4\t-\n", "absent");
    assert_eq!(by(&["--by", "svc,user"]), "4\ts3.amazonaws.com\talice\n");
    assert_eq!(
        by(&["--by", "event", "-o", "csv"]),
        "count,event\n2,GetObject\n1,DeleteBucket\n1,PutObject\n"
    );
    assert_eq!(
        by(&["--by", "svc", "-o", "ndjson"]),
        "{\"count\":4,\"svc\":\"s3.amazonaws.com\"}\n"
    );
    assert_eq!(
        by(&["--by", "svc", "-o", "json"]),
        "[\n{\"count\":4,\"svc\":\"s3.amazonaws.com\"}\n]\n"
    );
    assert_eq!(
        by(&["--by", "svc", "-o", "md"]),
        "| count | svc |\n| --- | --- |\n| 4 | s3.amazonaws.com |\n"
    );
    assert_eq!(bench.run(&["query", "nothing", &path, "--by", "event"]).code, 1);
    assert_eq!(bench.run(&["query", "nothing", &path, "--count"]).out, "0\n");
}

#[test]
fn several_values_of_an_event_count_once_each_and_odd_ones_are_escaped() {
    let bench = Bench::new();
    let path = bench.file(
        "values.json",
        r#"{"eventVersion":"1","eventSource":"s","resources":[{"ARN":"x"},{"ARN":"y"},{"ARN":"x"}],
            "requestParameters":{"v":"a\tb\nc\\d\u202e"}}"#,
    );
    assert_eq!(bench.run(&["query", "", &path, "--by", "resources.ARN"]).out, "1\tx\n1\ty\n");
    assert_eq!(
        bench.run(&["query", "", &path, "--by", "requestParameters.v"]).out,
        "1\ta\\tb\\nc\\\\d\\u202e\n"
    );
}

#[test]
fn since_is_inclusive_and_until_exclusive() {
    let bench = Bench::new();
    let path = four(&bench);
    let count = |args: &[&str]| {
        let args = [&["query", "", &path, "--count"], args].concat();
        bench.run(&args).out.trim().to_owned()
    };
    assert_eq!(count(&["--since", "2023-07-10T12:00:05Z"]), "3");
    assert_eq!(count(&["--until", "2023-07-10T12:00:05Z"]), "1");
    assert_eq!(count(&["--since", "2023-07-10T12:00:05Z", "--until", "2023-07-10T12:00:09Z"]), "2");
    assert_eq!(count(&["--since", "2023-07-10"]), "4");
    assert_eq!(count(&["--until", "2023-07-10"]), "0");
    assert_eq!(count(&["--now", "2023-07-10T12:15:08Z", "--since", "15m"]), "1");
    assert_eq!(count(&["--now", "2023-07-10T14:00:03Z", "--since", "2h"]), "3");
}

#[test]
fn stats_are_the_last_line_of_stderr_and_add_up() {
    let bench = Bench::new();
    let good = lines(&[record("GetObject", "a", 1), record("PutObject", "b", 2)]);
    let text =
        format!("{good}{{\"broken\n{}\n{{\"no\":\"record\"}}\n", record("GetObject", "a", 1));
    bench.file("logs/mixed.ndjson", text);
    bench.file("logs/zero.json", "");
    bench.file("logs/empty.json", "{\"Records\":[]}");
    bench.file("logs/notes.txt", "not read in a folder");
    let ran = bench.run(&["query", "event:GetObject", "logs", "--stats"]);
    let stats = ran.stats();
    assert_eq!(ran.code, 0);
    let keys: Vec<&str> = stats.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
    for key in [
        "objects",
        "bytes",
        "records",
        "kept",
        "matched",
        "duplicates",
        "skipped",
        "other",
        "skips",
        "skips_more",
        "coverage",
    ] {
        assert!(keys.contains(&key), "{key}");
    }
    assert!(
        ran.err.trim_end().ends_with('}')
            && ran.err.lines().last().unwrap().starts_with("{\"objects\":3,")
    );
    let number = |key: &str| stats[key].as_u64().unwrap();
    assert_eq!((number("kept"), number("matched")), (2, 1));
    assert_eq!((number("duplicates"), number("skipped")), (1, 1));
    assert_eq!(number("records"), number("kept") + number("duplicates") + number("skipped"));
    assert_eq!(
        stats["other"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>(),
        1
    );
    let places: Vec<&str> =
        stats["skips"].as_array().unwrap().iter().map(|s| s["where"].as_str().unwrap()).collect();
    let offset = good.len();
    assert!(places.iter().any(|p| *p == format!("logs/mixed.ndjson:{offset}")), "{places:?}");
    assert!(places.iter().any(|place| place.contains("zero.json")), "{places:?}");
    assert!(!places.iter().any(|place| place.contains("empty.json")), "{places:?}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let bench = Bench::new();
    let records: Vec<String> =
        (0..3000).map(|n| record("GetObject", &format!("{n:05}"), n % 60)).collect();
    let path = bench.file("many.ndjson", lines(&records));
    for order in ["time", "arrival"] {
        let mut child = bench
            .command(&["query", "", &path, "-o", "ndjson", "--order", order])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{order}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{order}");
    }
}

#[test]
fn follow_writes_what_arrives_as_it_arrives() {
    let bench = Bench::new();
    let mut running = Running::start(
        bench.command(&["query", "", "-", "-o", "ndjson", "--follow"]).stdin(Stdio::piped()),
    );
    let mut stdin = running.child.stdin.take().unwrap();
    for (name, second) in [("GetObject", 9), ("PutObject", 1)] {
        let record = record(name, name, second);
        std::io::Write::write_all(&mut stdin, format!("{record}\n").as_bytes()).unwrap();
        assert_eq!(running.line(), record, "before the next one is written");
    }
    drop(stdin);
    assert_eq!(running.end().0, 0);
}

#[test]
fn follow_reads_a_growing_file_and_new_files_of_a_folder_until_the_limit() {
    let bench = Bench::new();
    let first = bench.file("logs/a.ndjson", lines(&[record("GetObject", "1", 1)]));
    let running = Running::start(
        bench
            .command(&["query", "", "logs", "-o", "ndjson", "--follow", "--limit", "3"])
            .stdin(Stdio::null()),
    );
    assert_eq!(running.line(), record("GetObject", "1", 1));
    let grown = lines(&[record("GetObject", "1", 1), record("PutObject", "2", 2)]);
    std::fs::write(first, grown).unwrap();
    assert_eq!(running.line(), record("PutObject", "2", 2));
    bench.file("logs/b.ndjson", lines(&[record("DeleteBucket", "3", 3)]));
    assert_eq!(running.line(), record("DeleteBucket", "3", 3));
    assert_eq!(running.end(), (0, vec![]));
}

/// What was read stays read: a file of lines that grows is not read from its beginning again.
#[test]
fn follow_reads_each_line_of_a_growing_file_once() {
    let bench = Bench::new();
    let events: Vec<String> = (0..5).map(|n| record("GetObject", &n.to_string(), n)).collect();
    let path = bench.file("a.ndjson", lines(&events[..3]));
    let mut command = bench.command(&["query", "", &path, "-o", "ndjson", "--follow"]);
    command.args(["--stats", "--limit", "5"]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = lines_of(child.stdout.take().unwrap());
    let next = || out.recv_timeout(DEADLINE).expect("a line before the deadline");
    let mut file = std::fs::File::options().append(true).open(&path).unwrap();
    for event in &events[..3] {
        assert_eq!(next(), *event);
    }
    for event in &events[3..] {
        std::io::Write::write_all(&mut file, format!("{event}\n").as_bytes()).unwrap();
        assert_eq!(next(), *event);
    }
    let told = child.wait_with_output().unwrap().stderr;
    let told = String::from_utf8_lossy(&told);
    let stats = told.lines().last().unwrap_or_default();
    assert!(stats.contains(r#""records":5,"kept":5,"matched":5,"duplicates":0,"#), "{told}");
}

#[test]
fn signals_end_it_with_what_it_has() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let bench = Bench::new();
        let mut running = Running::start(
            bench.command(&["query", "", "-", "-o", "ndjson", "--follow"]).stdin(Stdio::piped()),
        );
        let record = record("GetObject", "a", 1);
        // Held open: the end of the input would end the run as well.
        let mut stdin = running.child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, format!("{record}\n").as_bytes()).unwrap();
        assert_eq!(running.line(), record);
        running.signal(signal);
        let code_of = running.child.wait().unwrap().code();
        assert_eq!(code_of, Some(code), "{signal}");
    }
}

#[test]
fn nothing_hostile_reaches_stderr() {
    let bench = Bench::new();
    let path = bench.file("bad\u{1b}[2J\u{202e}.json", "{\"Records\":[");
    let ran = bench.run(&["query", "", &path, "--stats"]);
    assert!(!ran.err.contains(['\u{1b}', '\u{202e}']), "{:?}", ran.err);
    assert!(ran.err.contains("\\u001b[2J\\u202e"), "{}", ran.err);
    let ran = bench.run(&["query", "evil:\u{1b}]0;x\u{7}", &path]);
    assert_eq!(ran.code, 2);
    assert!(!ran.err.contains(['\u{1b}', '\u{7}']), "{:?}", ran.err);
}

#[test]
fn commands_print_the_tables_the_program_uses_and_the_dashboard_needs_a_terminal() {
    let bench = Bench::new();
    let cases: &[(&[&str], &str)] = &[
        (&["fields"], "eventSource"),
        (&["keys"], "pause"),
        (&["completions", "bash"], "trailtop"),
        (&["completions", "zsh"], "trailtop"),
        (&["man"], ".TH"),
        (&["--help"], "query"),
        (&["--version"], "trailtop"),
        (&["query", "--help"], "FILTER"),
    ];
    for (args, says) in cases {
        let ran = bench.run(args);
        assert_eq!((ran.code, &*ran.err), (0, ""), "{args:?}");
        assert!(ran.out.contains(says), "{args:?}: {}", ran.out);
    }
    let ran = bench.run(&["demo"]);
    assert_eq!(ran.code, 2, "no terminal");
    assert!(ran.err.contains("trailtop query"), "{}", ran.err);
    for (args, says) in [
        (&["demo:", "--filter", "evnt:x"][..], "filter is wrong"),
        (&["missing.json"], "missing.json"),
        (&["--since", "then", "demo:"], "--since"),
    ] {
        let ran = bench.run(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.contains(says), "{args:?}: {}", ran.err);
    }
    for reserved in ["trails", "verify"] {
        let ran = bench.run(&[reserved]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("later version"), "{}", ran.err);
    }
}

#[test]
fn the_demo_with_events_is_the_same_in_every_run() {
    let bench = Bench::new();
    let args =
        ["query", "", "demo:seed=7,events=200", "--now", "2025-01-01T00:00:00Z", "-o", "ndjson"];
    let first = bench.run(&args);
    assert_eq!((first.code, first.lines().len()), (0, 200), "{}", first.err);
    for _ in 0..3 {
        assert!(bench.run(&args).out == first.out, "the same bytes");
    }
}

/// `acct:` takes the name of an account for its number.
#[test]
fn accounts_answer_to_their_names() {
    let bench = Bench::new();
    let count = |filter: &str| {
        let demo = ["demo:seed=7,events=500", "--now", "2025-01-01T00:00:00Z"];
        let ran = bench.run(&["query", filter, demo[0], demo[1], demo[2], "--count"]);
        ran.out.trim().parse::<u64>().unwrap()
    };
    let (all, named) = (count(""), count("acct:prod"));
    assert!(0 < named && named < all, "{named} of {all}");
    assert_eq!(count("acct:482913650217"), named);
    assert_eq!(count("-acct:prod"), all - named);
    assert_eq!(count("acct:pro*,482913650217"), named);
}

#[test]
fn without_follow_a_source_that_goes_on_is_read_up_to_now() {
    let bench = Bench::new();
    let ran = bench.run(&["query", "", "demo:rate=0.1", "--count"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.trim().parse::<u64>().unwrap() > 100, "{}", ran.out);
}

/// Sanitised for a terminal, and no wider than it is.
#[test]
fn a_terminal_gets_no_control_characters_and_lines_that_fit() {
    let bench = Bench::new();
    let hostile = record("Get\\u001b[2JObject", "a\u{202e}b", 1);
    let path = bench.file("hostile.json", hostile.replace("\\\\u", "\\u"));
    let screen = |args: &[&str]| {
        let words: Vec<String> = args.iter().map(|word| format!("'{word}'")).collect();
        let line = format!("stty cols 60; {} {}", env!("CARGO_BIN_EXE_trailtop"), words.join(" "));
        let output = std::process::Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .stdin(Stdio::null())
            .output();
        output.ok().map(|output| String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
    };
    let Some(table) = screen(&["query", "", &path]) else {
        println!("skipped: no script(1) here");
        return;
    };
    assert!(table.contains("verb"), "{table:?}");
    assert!(table.lines().all(|line| line.chars().count() <= 60), "{table}");
    for format in ["table", "ndjson", "json", "csv", "md"] {
        let shown = screen(&["query", "", &path, "-o", format]).unwrap();
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{format}: {shown:?}");
    }
    let shown = screen(&["query", "", &path, "-o", "csv", "--columns", "event,id"]).unwrap();
    assert_eq!(shown, "event,id\nGet\\u001b[2JObject,a\\u202eb\n");
}

#[test]
fn no_event_is_lost_however_little_may_be_held() {
    let bench = Bench::new();
    let records: Vec<String> =
        (0..9000).map(|n| record("GetObject", &format!("{n:05}"), n % 60)).collect();
    // One document: all of it comes in at once.
    let path = bench.file("all.json", format!("{{\"Records\":[{}]}}", records.join(",")));
    for memory in ["1", "1M"] {
        let ran = bench.run(&["query", "", &path, "--by", "event", "--memory", memory, "--stats"]);
        assert_eq!(ran.out, "9000\tGetObject\n", "{memory}");
        assert_eq!(ran.stats()["kept"], 9000);
    }
}

#[test]
fn bytes_that_are_no_text_go_into_a_pipe_as_they_came() {
    let bench = Bench::new();
    let mut bytes = record("GetObject", "a", 1).into_bytes();
    let at = bytes.windows(5).position(|part| part == b"alice").unwrap();
    bytes[at] = 0xff;
    let path = bench.file("odd.json", &bytes);
    let output =
        bench.command(&["query", "", &path, "-o", "ndjson"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout.strip_suffix(b"\n"), Some(&*bytes));
}

#[test]
fn a_full_disk_is_told() {
    let bench = Bench::new();
    let path = four(&bench);
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: no /dev/full here");
        return;
    };
    let output = bench.command(&["query", "", &path]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write the result"));
}

/// Without the books, records that cannot match are passed over unread; nothing of the answer may
/// depend on it.
#[test]
fn what_is_passed_over_would_not_have_matched() {
    let bench = Bench::new();
    let odd = [
        r#"{"eventVersion":"1.08","eventID":"1","eventName":"\u0050utObject","eventSource":"s3.amazonaws.com","errorCode":"Access\u0044enied"}"#,
        r#"{"eventVersion":"1.08","eventID":"2","eventName":"PUTOBJECT","eventSource":"S3.amazonaws.com","errorCode":"ACCESSDENIED","errorMessage":"say \"hi\" to\/you\tnow"}"#,
        r#"{"eventVersion":"1.08","eventID":"3","eventName":"GetObject","eventSource":"s3.amazonaws.com","requestParameters":{"doc":"{\"Action\":\"iam:PassRole\"}","key":"a\\u0041b"}}"#,
        r#"{"eventVersion":"1.08","eventID":"4","eventName":"GetObject","eventSource":"s3.amazonaws.com","requestParameters":{"doc":"%7B%22Action%22%3A%22s3%3AGet%22%7D"},"errorCode":null}"#,
        r#" { "eventVersion" : "1.08" , "eventID" : "5" , "eventName" : "Listé" , "eventSource" : "x.amazonaws.com" } "#,
        r#"{"eventVersion":"1.08","eventID":"6","eventName":"GetObject","eventSource":"s3.amazonaws.com","userAgent":"[]{}\\\"[}","errorCode":"Client.UnauthorizedOperation"}"#,
    ];
    let whole = bench.file("whole.json", format!("{{\"Records\":[{}]}}", odd.join(",")));
    let lines = bench.file("lines.ndjson", odd.join("\n"));
    let broken =
        bench.file("broken.ndjson", format!("{}\n{{\"eventVersion\":\n{}\n", odd[0], odd[1]));
    let mut paths = vec![whole, lines, broken];
    let invictus =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/s3/invictus");
    if invictus.exists() {
        paths.push(invictus.to_string_lossy().into_owned());
    }
    let text = odd.concat();
    let chars: Vec<char> = text.chars().collect();
    // A word out of the text, in a case of its own, cut anywhere.
    let word = |seed: usize| -> String {
        let (from, size) = (seed * 7919 % chars.len(), 1 + seed % 9);
        let cut = chars[from..].iter().take(size);
        let cased = cut.enumerate().map(|(at, c)| match (at + seed) % 2 {
            0 => c.to_ascii_uppercase(),
            _ => *c,
        });
        cased.collect::<String>().replace('"', "\"\"")
    };
    let mut filters: Vec<String> = [
        "err:accessdenied",
        "err:AccessDenied event:put*",
        "-err:AccessDenied",
        "event:PutObject OR you",
        "\"to/you\"",
        "requestParameters.doc.Action:*pass*",
        ".Action:s3*",
        "@denied",
        "@writes event:*Object",
        "msg:*\"hi\"*",
        "err:none",
        "listé",
        "\\",
        "\"\"\"hi\"\"\"",
        "[",
        "err:/denied$/",
    ]
    .map(str::to_owned)
    .into();
    filters.extend((0..24).map(|seed| match seed % 4 {
        0 => format!("msg:\"{}\"", word(seed)),
        1 => format!("-\"{}\"", word(seed)),
        _ => format!("\"{}\"", word(seed)),
    }));
    for (at, filter) in filters.iter().enumerate() {
        let shape: &[&str] = if at % 2 == 0 { &["-o", "ndjson"] } else { &["--by", "event,err"] };
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let args = [&["query"], shape, &["--", filter.as_str()], &paths].concat();
        let (quick, slow) =
            (bench.run(&args), bench.run(&[&["query", "--stats"], &args[1..]].concat()));
        assert_eq!((quick.code, &quick.out), (slow.code, &slow.out), "{filter}");
        assert!(slow.code <= 1, "{filter}: {}", slow.err);
    }
}
