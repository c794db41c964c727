//! Triggers on real processes and real loopback servers, the hostile ones too: whatever they do,
//! trailtop ends, leaves nobody behind, and says what came of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;
use trailtop::clock::Clock;

use crate::run::{Bench, DEADLINE, Ran, Running, ran};

/// A record of this user.
pub(crate) fn record(id: &str, user: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.09","eventID":"{id}","eventTime":"2026-03-01T12:00:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","userIdentity":{{"type":"IAMUser","userName":"{user}"}},"requestParameters":{{"name":"trail"}}{more}}}"#
    ) + "\n"
}

/// A trigger of the rule that these records meet.
fn trigger(name: &str, lines: &str) -> String {
    format!("[[trigger]]\nname = \"{name}\"\nrules = [\"trail-stopped\"]\n{lines}\n")
}

/// A trigger that runs this script.
fn script(name: &str, script: &str, lines: &str) -> String {
    trigger(name, &format!("run = [\"/bin/sh\", \"-c\", '''{script}''']\n{lines}"))
}

/// The state folder of a bench.
fn state(bench: &Bench) -> String {
    bench.path("state").to_str().unwrap().to_owned()
}

/// A query over these records that fires.
fn fire(bench: &Bench, triggers: &str, records: &str) -> Ran {
    fire_with(bench, triggers, records, &[])
}

fn fire_with(bench: &Bench, triggers: &str, records: &str, env: &[(&str, &str)]) -> Ran {
    let triggers = bench.file("triggers.toml", triggers);
    let records = bench.file("events.ndjson", records);
    let words = [
        "query",
        "",
        &records,
        "--count",
        "--stats",
        "--triggers",
        "--config",
        &triggers,
        "--trigger-on-backfill",
    ];
    let mut command = bench.command(&words);
    command.env("XDG_STATE_HOME", state(bench)).envs(env.iter().copied()).stdin(Stdio::null());
    ran(&mut command)
}

/// The lines of the audit.
fn audit(bench: &Bench) -> Vec<Value> {
    let text = fs::read_to_string(bench.path("state/trailtop/triggers.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How the firings of a trigger ended.
fn ended(bench: &Bench, name: &str) -> Value {
    let is = |line: &Value| line["trigger"] == name && line["what"] != "started";
    let all: Vec<Value> = audit(bench).into_iter().filter(is).collect();
    assert_eq!(all.len(), 1, "{name}: {all:?}");
    all.into_iter().next().unwrap()
}

/// Looks until it is so.
#[track_caller]
fn becomes(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Clock::instant();
    while !is() {
        assert!(begun.elapsed() < DEADLINE, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The processes whose numbers these files hold.
fn written(bench: &Bench, names: &[&str]) -> Vec<u32> {
    let read = |name: &&str| fs::read_to_string(bench.path(name)).unwrap().trim().parse().unwrap();
    names.iter().map(read).collect()
}

/// Whether a process runs: one that has ended and was not reaped does not.
fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn a_program_is_given_the_alert_and_little_else() {
    let bench = Bench::new();
    let program = "cat > in.json; env | sort > env; echo done; echo oops >&2; exit 3";
    let ran = fire_with(
        &bench,
        &script("a", program, ""),
        &record("e\\u0000;$(id)", "al", r#","responseElements":{"sessionToken":"FwoGZX"}"#),
        &[("AWS_SECRET_ACCESS_KEY", "hidden")],
    );
    assert_eq!((ran.code, &*ran.out), (0, "1\n"), "{}", ran.err);
    let given = fs::read_to_string(bench.path("in.json")).unwrap();
    let it: Value = serde_json::from_str(&given).unwrap();
    assert_eq!((&it["trigger"], &it["rule"]["id"]), (&"a".into(), &"trail-stopped".into()));
    assert_eq!((&it["live"], &it["test"]), (&false.into(), &false.into()));
    assert_eq!(it["event"]["eventName"], "StopLogging");
    assert!(!given.contains("FwoGZX"), "{given}");
    let env = fs::read_to_string(bench.path("env")).unwrap();
    let names: Vec<&str> = env.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    let may = ["HOME", "LANG", "PATH", "PWD", "SHLVL", "OLDPWD", "_"];
    let ours: Vec<&&str> = names.iter().filter(|name| !may.contains(*name)).collect();
    let expected = ["TRAILTOP_ALERT", "TRAILTOP_EVENT_ID", "TRAILTOP_RULE_ID", "TRAILTOP_SEVERITY"];
    assert_eq!(ours, expected.iter().collect::<Vec<_>>());
    assert!(env.contains("TRAILTOP_EVENT_ID=e____id_\n"), "{env}");
    let end = ended(&bench, "a");
    assert_eq!((&end["what"], &end["detail"]), (&"failed".into(), &"exit status 3".into()));
    assert_eq!((&end["out"], &end["err"]), (&"done".into(), &"oops".into()));
    let stats = &ran.stats()["triggers"];
    assert_eq!(
        (&stats["fired"], &stats["failed"], &stats["ok"]),
        (&1.into(), &1.into(), &0.into())
    );
    assert!(ran.err.contains("trigger a failed: exit status 3"), "{}", ran.err);
}

#[test]
fn programs_that_misbehave_end() {
    let bench = Bench::new();
    let of_a_large_event = [
        script(
            "hangs",
            "echo $$ > hangs; trap '' TERM; while :; do sleep 1000; done",
            "timeout = \"1s\"",
        ),
        script("floods", "echo $$ > floods; exec yes", "timeout = \"4m\""),
        script("dies", "kill -SEGV $$", ""),
        script("forks", "sleep 1000 & echo $! > child; echo left", "timeout = \"4m\""),
        script("deaf", "exec true", ""),
        script("closes", "exec 0<&- 1>&- 2>&-; exit 0", ""),
    ];
    // An event of 5 MB, which none of them reads.
    let large = format!(r#","additionalEventData":{{"x":"{}"}}"#, "y".repeat(5 << 20));
    let ran = fire(&bench, &of_a_large_event.concat(), &record("e1", "al", &large));
    let stats = &ran.stats()["triggers"];
    assert_eq!((&stats["fired"], &stats["timed_out"]), (&6.into(), &1.into()));
    let others = [
        trigger("missing", "run = [\"/nonexistent/program\"]"),
        trigger("a-folder", "run = [\"/\"]"),
        // Out of its group, and still at its pipes: nobody can end it, and nobody waits for it.
        script("escapes", "setsid sleep 60 & echo $! > escaped; echo gone", "timeout = \"4m\""),
        script("bytes", "printf '\\033[2J\\377\\0x'", ""),
    ];
    let ran = fire(&bench, &others.concat(), &record("e2", "al", ""));
    let expected = [
        ("hangs", "timed out", "killed after 1 s"),
        ("floods", "failed", "killed by signal 13; it wrote too much and was cut off"),
        ("dies", "failed", "killed by signal 11"),
        ("forks", "ok", "exit status 0"),
        ("deaf", "ok", "exit status 0"),
        ("missing", "failed", "cannot be started: No such file or directory (os error 2)"),
        ("a-folder", "failed", "cannot be started: Permission denied (os error 13)"),
        ("closes", "ok", "exit status 0"),
        ("escapes", "ok", "exit status 0"),
        ("bytes", "ok", "exit status 0"),
    ];
    for (name, end, detail) in expected {
        let line = ended(&bench, name);
        assert_eq!((&line["what"], &line["detail"]), (&end.into(), &detail.into()), "{name}");
    }
    assert_eq!(ended(&bench, "forks")["out"], "left");
    assert_eq!(ended(&bench, "escapes")["out"], "gone");
    for pid in written(&bench, &["escaped"]) {
        Command::new("kill").arg(pid.to_string()).status().unwrap();
    }
    let flood = ended(&bench, "floods");
    assert!(flood["out"].as_str().unwrap().len() <= 2048);
    assert!(flood["out_bytes"].as_u64().unwrap() < 2 << 20, "{flood}");
    for pid in written(&bench, &["hangs", "floods", "child"]) {
        assert!(!runs(pid), "{pid} runs on");
    }
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    assert_eq!(ran.stats()["triggers"]["fired"], 4);
}

/// A server that does this with every connection, and the requests it was sent.
fn server(
    answer: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static,
) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (said, heard) = channel();
    let answer = Arc::new(answer);
    let serve = move || {
        for (at, stream) in listener.incoming().enumerate() {
            let Ok(mut stream) = stream else { return };
            let request = request(&mut stream);
            if said.send(request).is_err() {
                return;
            }
            let answer = Arc::clone(&answer);
            thread::Builder::new().spawn(move || answer(at, &mut stream)).unwrap();
        }
    };
    thread::Builder::new().spawn(serve).unwrap();
    (port, heard)
}

/// A whole request: head and body.
fn request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    let mut length = 0;
    loop {
        let from = text.len();
        if reader.read_line(&mut text).unwrap_or(0) == 0 || text[from..].trim().is_empty() {
            break;
        }
        let line = text[from..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok();
    text + &String::from_utf8_lossy(&body)
}

fn answer(stream: &mut TcpStream, status: &str, more: &str) {
    // Whoever asked may not wait for it.
    write!(stream, "HTTP/1.1 {status}\r\n{more}\r\n").ok();
}

const EMPTY: &str = "Content-Length: 0\r\n";

fn hook(name: &str, port: u16, lines: &str) -> String {
    trigger(name, &format!("post = \"http://127.0.0.1:{port}/hook?k=${{KEY}}\"\n{lines}"))
}

#[test]
fn a_webhook_is_posted_the_alert_and_keeps_its_secrets() {
    let bench = Bench::new();
    let (port, requests) =
        server(|_, stream| answer(stream, "200 OK", "Content-Length: 5\r\n\r\nhello"));
    let lines = "headers = [\"Authorization: Bearer ${TOKEN}\", \"Content-Type: text/json\"]";
    let env = [("TOKEN", "t0ken"), ("KEY", "k3y")];
    let ran = fire_with(&bench, &hook("a", port, lines), &record("e1", "al", ""), &env);
    let request = requests.recv_timeout(DEADLINE).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook?k=k3y HTTP/1.1\r\n"), "{head}");
    for line in [
        &*format!("host: 127.0.0.1:{port}"),
        "authorization: Bearer t0ken",
        "content-type: text/json",
        "idempotency-key: ",
        "user-agent: trailtop/",
    ] {
        assert!(head.to_ascii_lowercase().contains(&line.to_ascii_lowercase()), "{line}\n{head}");
    }
    let it: Value = serde_json::from_str(body).unwrap();
    assert_eq!(it["event"]["eventID"], "e1");
    assert!(head.contains(it["id"].as_str().unwrap()), "{head}");
    let end = ended(&bench, "a");
    assert_eq!(
        (&end["what"], &end["detail"], &end["out"]),
        (&"ok".into(), &"answered 200".into(), &"hello".into())
    );
    let kept = format!("{:?}{}{}", audit(&bench), ran.err, ran.out);
    assert!(!kept.contains("t0ken") && !kept.contains("k3y"), "{kept}");
    // Without the variable nothing is read.
    let ran = fire(&bench, &hook("a", port, ""), &record("e1", "al", ""));
    assert!(ran.code == 2 && ran.err.contains("no variable \"KEY\""), "{}", ran.err);
}

#[test]
fn webhooks_that_misbehave_end() {
    let bench = Bench::new();
    let hang = |stream: &mut TcpStream| {
        // Until the other side gives up.
        stream.read_to_end(&mut vec![]).ok();
    };
    let (silent, silence) = server(move |_, stream| hang(stream));
    let (slow, _slow) = server(|_, stream| {
        for byte in "HTTP/1.1 200 OK\r\nX: y\r\n".bytes().chain(std::iter::repeat(b'a')) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    });
    let (second, seconds) = server(|at, stream| match at {
        0 => answer(stream, "500 No", EMPTY),
        1 => answer(stream, "429 Slow down", &format!("{EMPTY}Retry-After: 1\r\n")),
        2 => drop(stream.write_all(b"no HTTP at all\r\n\r\n")),
        _ => answer(stream, "204 Taken", ""),
    });
    let (never, nevers) = server(|_, stream| answer(stream, "200 OK", EMPTY));
    let (moved, redirects) = server(move |_, stream| {
        answer(stream, "307 There", &format!("{EMPTY}Location: http://127.0.0.1:{never}/\r\n"));
    });
    let (refuses, refusals) = server(|_, stream| answer(stream, "403 No", EMPTY));
    let (huge, _huge) = server(|_, stream| {
        answer(stream, "200 OK", "Transfer-Encoding: chunked\r\n");
        let chunk = format!("10000\r\n{}\r\n", "z".repeat(0x10000));
        while stream.write_all(chunk.as_bytes()).is_ok() {}
    });
    let (headers, _headers) = server(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n").ok();
        while stream
            .write_all(b"X-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n")
            .is_ok()
        {}
    });
    let triggers = [
        hook("silent", silent, "timeout = \"1s\"\nretries = 1"),
        hook("slow", slow, "timeout = \"2s\"\nretries = 0"),
        hook("second", second, "retries = 5"),
        hook("moved", moved, ""),
        hook("refuses", refuses, "retries = 9"),
        hook("huge", huge, "timeout = \"5m\""),
        hook("headers", headers, "retries = 0"),
    ];
    let ran = fire_with(&bench, &triggers.concat(), &record("e1", "al", ""), &[("KEY", "k")]);
    let expected = [
        ("silent", "timed out", 2, "no whole answer within 1 s"),
        ("slow", "timed out", 1, "no whole answer within 2 s"),
        ("second", "ok", 4, "answered 204"),
        ("moved", "failed", 1, "answered 307: redirects are not followed"),
        ("refuses", "failed", 1, "answered 403"),
        ("huge", "ok", 1, "answered 200"),
    ];
    for (name, end, tries, detail) in expected {
        let line = ended(&bench, name);
        let got = (&line["what"], &line["tries"], &line["detail"]);
        assert_eq!(got, (&end.into(), &tries.into(), &detail.into()), "{name} {}", ran.err);
    }
    assert_eq!(ended(&bench, "headers")["what"], "failed");
    assert!(ended(&bench, "huge")["out"].as_str().unwrap().len() <= 2048);
    assert!(nevers.try_recv().is_err(), "a redirect was followed");
    assert_eq!((silence.try_iter().count(), redirects.try_iter().count()), (2, 1));
    assert_eq!(refusals.try_iter().count(), 1);
    let key = |request: &str| {
        let lines = request.lines().map(str::to_ascii_lowercase);
        lines.into_iter().find(|line| line.starts_with("idempotency-key:")).unwrap()
    };
    let keys: Vec<String> = seconds.try_iter().map(|request| key(&request)).collect();
    assert!(keys.len() == 4 && keys.iter().all(|one| *one == keys[0]), "{keys:?}");
}

/// Many alerts at once: bounded, and every one accounted for.
#[test]
fn a_flood_of_alerts_is_bounded_and_accounted_for() {
    const ALERTS: u64 = 20_000;
    let bench = Bench::new();
    let records: String =
        (0..ALERTS).map(|at| record(&format!("e{at}"), &format!("user{at}"), "")).collect();
    let triggers = [
        script("few", "cat > /dev/null", "rate = \"5/1h\""),
        script("stuck", "sleep 1", "rate = \"600/1m\"\nat-once = 8\ntimeout = \"1s\""),
    ];
    let ran = fire(&bench, &triggers.concat(), &records);
    assert_eq!((ran.code, &*ran.out), (0, "20000\n"), "{}", ran.err);
    let stats = &ran.stats()["triggers"];
    let (fired, dropped) = (stats["fired"].as_u64().unwrap(), stats["dropped"].as_u64().unwrap());
    assert_eq!(fired + dropped, 2 * ALERTS, "{stats}");
    assert!((5..=5 + 120 + 20).contains(&fired), "{stats}");
    for words in
        ["trigger few dropped", "trigger stuck dropped", "over the rate", "too many waited"]
    {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    let started = audit(&bench).iter().filter(|line| line["what"] == "started").count();
    assert_eq!(started as u64, fired);
    let told: u64 = audit(&bench).iter().filter_map(|line| line["dropped"].as_u64()).sum();
    assert_eq!(told, dropped);
}

#[test]
fn whoever_is_told_to_end_leaves_nobody_behind() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let bench = Bench::new();
        let (silent, silence) = server(|_, stream| drop(stream.read_to_end(&mut vec![])));
        let program = "echo $$ > parent.new; (trap '' TERM INT HUP; sleep 1000) & echo $! > child; mv parent.new parent; wait";
        let triggers = script("runs", program, "at-once = 1\nevery = \"event\"\ntimeout = \"5m\"")
            + &trigger(
                "posts",
                &format!(
                    "post = \"http://127.0.0.1:{silent}/\"\ntimeout = \"5m\"\nevery = \"event\""
                ),
            );
        let triggers = bench.file("triggers.toml", triggers);
        let words = [
            "query",
            "",
            "-",
            "--follow",
            "--triggers",
            "--config",
            &triggers,
            "--trigger-on-backfill",
        ];
        let mut command = bench.command(&words);
        let mut running =
            Running::start(command.env("XDG_STATE_HOME", state(&bench)).stdin(Stdio::piped()));
        let input = running.child.stdin.as_mut().unwrap();
        for id in ["e1", "e2"] {
            input.write_all(record(id, "al", "").as_bytes()).unwrap();
        }
        becomes("the program runs", || bench.path("parent").exists());
        // Once it is asked for both, both have come in.
        for _ in 0..2 {
            silence.recv_timeout(DEADLINE).expect("the webhook is asked");
        }
        let pids = written(&bench, &["parent", "child"]);
        assert!(pids.iter().all(|pid| runs(*pid)));
        running.signal(signal);
        assert_eq!(running.end().0, code);
        becomes("everybody is gone", || !pids.iter().any(|pid| runs(*pid)));
        if signal == "HUP" {
            // Nothing can be said any more, and nothing is waited for.
            continue;
        }
        for name in ["posts", "runs"] {
            let whats: Vec<Value> = audit(&bench)
                .into_iter()
                .filter(|line| line["trigger"] == name)
                .map(|line| line["what"].clone())
                .collect();
            assert!(whats.contains(&"stopped".into()), "{name}: {whats:?}");
        }
        let dropped: Vec<Value> =
            audit(&bench).into_iter().filter(|line| line["what"] == "dropped").collect();
        assert_eq!(dropped.len(), 1, "{dropped:?}");
        assert_eq!(dropped[0]["detail"], "trailtop ended first");
    }
}

#[test]
fn triggers_are_checked_and_tried_without_an_incident() {
    let bench = Bench::new();
    let text = script("good", "cat > in.json", "") + &script("bad", "echo why; exit 9", "");
    let file = bench.file(
        "t.toml",
        text.clone() + &trigger("odd", "run = [\"x\"]").replace("trail-stopped", "nope"),
    );
    let ran = bench.run(&["triggers", "check", "--config", &file]);
    assert_eq!(
        ran.lines(),
        [
            "good: rules trail-stopped: runs /bin/sh",
            "bad: rules trail-stopped: runs /bin/sh",
            "odd: rules nope: runs x",
            "warning: trigger odd: no rule that is loaded is called \"nope\"",
            "3 triggers, 0 wrong",
        ]
    );
    let tested = |names: &[&str]| {
        let words = [&["triggers", "test", "--config", &file][..], names].concat();
        ran_in_state(&bench, &words)
    };
    let ran = tested(&["good"]);
    assert!(ran.code == 0 && ran.out.starts_with("good: ok: exit status 0 (1 try"), "{}", ran.out);
    let given = fs::read_to_string(bench.path("in.json")).unwrap();
    let it: Value = serde_json::from_str(&given).unwrap();
    assert_eq!((&it["test"], &it["event"]["eventName"]), (&true.into(), &"StopLogging".into()));
    let ran = tested(&["good", "bad"]);
    assert!(ran.code == 1 && ran.out.contains("bad: failed: exit status 9"), "{}", ran.out);
    assert!(ran.out.contains("  why\n"), "{}", ran.out);
    assert_eq!(tested(&["none"]).code, 2);
    let wrong = bench.file("w.toml", "[[trigger]]\nname = \"a\"\ncolour = 1\n");
    let ran = bench.run(&["triggers", "check", "--config", &wrong]);
    assert!(
        ran.code == 2 && ran.err.contains("colour") && ran.err.contains("w.toml:3:1:"),
        "{}",
        ran.err
    );
    assert_eq!(bench.run(&["triggers", "test", "--no-config"]).code, 2);
    // Nothing would ever fire.
    let ran = bench.run(&["query", "", "demo:events=5", "--triggers", "--config", &file]);
    assert!(ran.code == 2 && ran.err.contains("--follow"), "{}", ran.err);
}

fn ran_in_state(bench: &Bench, words: &[&str]) -> Ran {
    ran(bench.command(words).env("XDG_STATE_HOME", state(bench)).stdin(Stdio::null()))
}

#[test]
fn a_state_folder_that_cannot_be_written_stops_nothing() {
    let bench = Bench::new();
    bench.file("state", "a file is in the way");
    let ran = fire(&bench, &script("a", "cat > in.json", ""), &record("e1", "al", ""));
    assert!(Path::new(&bench.path("in.json")).exists());
    assert!(ran.err.contains("the audit of triggers is kept in memory only"), "{}", ran.err);
    assert_eq!(ran.stats()["triggers"]["ok"], 1);
}

/// A certificate of `localhost` that its own authority signed for a hundred years, and its key.
const CERTIFICATE: &str = include_str!("data/tls/localhost.pem");
const KEY: &str = include_str!("data/tls/localhost.key");

#[test]
fn encrypted_webhooks_are_for_those_whom_the_machine_trusts() {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap(),
        );
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut server = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::Stream::new(&mut server, &mut stream);
            // Whoever does not trust us ends here.
            if stream.read(&mut vec![0; 1 << 16]).is_ok() {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok();
            }
        }
    };
    thread::Builder::new().spawn(serve).unwrap();
    let authority = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/authority.pem");
    let fired = |host: &str, authority: &str| {
        let bench = Bench::new();
        let hook = trigger("a", &format!("post = \"https://{host}:{port}/\"\nretries = 0"));
        let env = [("SSL_CERT_FILE", authority), ("SSL_CERT_DIR", "/nonexistent")];
        let ran = fire_with(&bench, &hook, &record("e1", "al", ""), &env);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let end = ended(&bench, "a");
        (end["what"].as_str().unwrap().to_owned(), end["detail"].as_str().unwrap().to_owned())
    };
    assert_eq!(fired("localhost", authority), ("ok".into(), "answered 200".into()));
    assert_eq!(fired("127.0.0.1", authority).0, "ok");
    let (what, detail) = fired("localhost.localdomain", authority);
    assert!(
        what == "failed" && (detail.contains("certificate") || detail.contains("no connection")),
        "{detail}"
    );
    // Nobody trusts it, or nobody at all.
    let leaf = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls/other.pem");
    let (what, detail) = fired("localhost", leaf);
    assert!(what == "failed" && detail.contains("certificate"), "{detail}");
    let (what, detail) = fired("localhost", "/dev/null");
    assert!(what == "failed" && detail.contains("trusts no authority"), "{detail}");
}
