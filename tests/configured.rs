//! `trailtop config`, and what a configuration does to the commands: scripts rely on it.

use crate::run::{Bench, ran};

const RECORDS: &str = concat!(
    r#"{"eventVersion":"1.11","eventTime":"2026-03-01T12:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","recipientAccountId":"111122223333","eventID":"1","userIdentity":{"type":"IAMUser","userName":"alice"}}"#,
    "\n",
    r#"{"eventVersion":"1.11","eventTime":"2026-03-01T12:00:01Z","eventSource":"iam.amazonaws.com","eventName":"GetUser","readOnly":true,"recipientAccountId":"444455556666","eventID":"2","userIdentity":{"type":"IAMUser","userName":"bob"}}"#,
    "\n"
);

const CONFIG: &str = r#"
sources = ["events.ndjson"]

[filters]
mine = "user:alice"

[accounts]
111122223333 = "prod"

[columns]
query = ["event", "user"]

[context.other]
sources = ["other.ndjson"]
"#;

/// A folder with a configuration and what it reads.
fn configured(config: &str) -> Bench {
    let bench = Bench::new();
    bench.file("config/trailtop/config.toml", config);
    bench.file("events.ndjson", RECORDS);
    bench.file("other.ndjson", "");
    bench
}

#[test]
fn a_query_takes_what_the_configuration_says_where_nothing_was_typed() {
    let bench = configured(CONFIG);
    // What is asked, the status and the lines.
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["query", "@mine", "-o", "csv"], 0, &["event,user", "CreateUser,alice"]),
        (&["query", "acct:prod", "--columns", "id", "-o", "csv"], 0, &["id", "1"]),
        (&["query", "", "--count"], 0, &["2"]),
        (&["query", "", "@other", "--count"], 1, &["0"]),
        (&["query", "", "other.ndjson", "--count"], 1, &["0"]),
        (&["--no-config", "query", "", "events.ndjson", "--count"], 0, &["2"]),
        (&["query", "--no-config", "@mine", "events.ndjson"], 2, &[]),
    ];
    for (args, code, lines) in cases {
        // A pipe would be a source.
        let told = ran(bench.command(args).stdin(std::process::Stdio::null()));
        assert_eq!((told.code, &*told.lines()), (*code, *lines), "{args:?}: {}", told.err);
    }
    let fed = bench.run_fed(&["query", "", "--count"], RECORDS.lines().next().unwrap().as_bytes());
    assert_eq!(fed.out, "1\n", "what is piped in is meant");
    let told = bench.run(&["query", "", "@othr"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("did you mean @other?"), "{}", told.err);
    let list = bench.run(&["@"]);
    assert!(list.out.starts_with("@other") && list.code == 0, "{}", list.out);
}

#[test]
fn the_environment_and_options_win_and_it_is_said_who_did() {
    let bench = configured("theme = \"light\"\nlistings = 100\n");
    let mut command = bench.command(&["config"]);
    let told = ran(command.env("TRAILTOP_THEME", "mono").env("TRAILTOP_ASCII", "yes"));
    let line = |name: &str| {
        let line = told.lines().into_iter().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("theme"), "theme = \"mono\" # environment, TRAILTOP_THEME");
    assert_eq!(line("ascii"), "ascii = true # environment, TRAILTOP_ASCII");
    assert_eq!(line("listings"), "listings = 100 # file, line 2");
    assert_eq!(line("zone"), "zone = \"UTC\" # default");
    let told = bench.run(&["--theme", "dark", "--region", "all", "x", "--print-config"]);
    assert!(told.out.contains("# command line, --theme"), "{}", told.out);
    assert!(told.out.contains("[\"all\"]"), "{}", told.out);
    let told = ran(bench.command(&["query", "", "x"]).env("TRAILTOP_POLL", "often"));
    assert_eq!(told.code, 2);
    assert!(told.err.contains("TRAILTOP_POLL=often"), "{}", told.err);
}

#[test]
fn mistakes_stop_every_command_that_would_have_read_them() {
    let bench = configured("them = 1\n[keys]\npause = \"x y z!\"\n");
    for args in
        [&["query", "", "events.ndjson"][..], &["keys"], &["fields"], &["@"], &["rules", "list"]]
    {
        let told = bench.run(args);
        assert_eq!((told.code, &*told.out), (2, ""), "{args:?}");
        assert!(
            told.err.contains("config.toml:1:1") && told.err.contains("config.toml:3:9"),
            "{}",
            told.err
        );
    }
    for args in [&["themes"][..], &["man"], &["completions", "bash"], &["--no-config", "keys"]] {
        assert_eq!(bench.run(args).code, 0, "{args:?}");
    }
    let check = bench.run(&["config", "--check"]);
    assert_eq!(check.code, 1);
    assert!(check.out.ends_with("config.toml: 2 mistakes\n"), "{}", check.out);
    let named = bench.file("good.toml", "theme = \"light\"");
    assert_eq!(bench.run(&["config", "--check", &named]).code, 0);
    assert_eq!(bench.run(&["--config", &named, "keys"]).code, 0);
    let missing = bench.run(&["--config", "nothing.toml", "keys"]);
    assert!(missing.code == 2 && missing.err.contains("nothing.toml"), "{}", missing.err);
    let folder = ran(bench.command(&["keys"]).env("TRAILTOP_CONFIG", bench.path("config")));
    assert!(folder.code == 2 && folder.err.contains("it is a folder"), "{}", folder.err);
    let bytes = bench.file("bytes.toml", b"theme = \"light\"\n# \xff");
    let told = bench.run(&["--config", &bytes, "keys"]);
    assert!(told.code == 2 && told.err.contains("line 2 is not UTF-8"), "{}", told.err);
}

#[test]
fn the_default_that_is_printed_is_one() {
    let bench = Bench::new();
    let printed = bench.run(&["config", "--default"]);
    assert_eq!(printed.code, 0);
    let path = bench.file("config/trailtop/config.toml", &printed.out);
    let check = bench.run(&["config", "--check"]);
    assert_eq!((check.code, check.out), (0, format!("{path}: no mistakes\n")));
}

#[test]
fn themes_beside_the_configuration_are_themes() {
    let bench = configured("theme = \"mine\"\n");
    let mine = "# For the night shift. Warm.\nbase = \"ember\"\n[roles]\ngood = \"28\"\n";
    bench.file("config/trailtop/themes/mine.toml", mine);
    let check = bench.run(&["config", "--check"]);
    // It is told, and it is no mistake.
    let warned = "themes/mine.toml:4:8: `good` is hard to read: its contrast to its ground is";
    assert!(check.out.contains(warned), "{}", check.out);
    assert_eq!(check.code, 0, "{}", check.out);
    let list = bench.run(&["themes"]);
    assert!(list.out.ends_with("mine        For the night shift\n"), "{}", list.out);
    assert_eq!(bench.run(&["themes", "mine"]).out, mine);
    assert!(bench.run(&["themes", "light"]).out.contains("ground = \"light\""));
    let typed = bench.run(&["themes", "mnie"]);
    assert!(typed.code == 2 && typed.err.contains("did you mean `mine`?"), "{}", typed.err);
    // One that is broken costs no other, and no command.
    let broken = "base = \"embr\"\n[roles]\ngoood = \"red\"\ndenied = \"bold ligthred\"\n";
    bench.file("config/trailtop/themes/broken.toml", broken);
    let check = bench.run(&["config", "--check"]);
    assert_eq!(check.code, 1);
    for part in [
        "themes/broken.toml:1:8: `base` is a theme that is built in",
        "did you mean `ember`?",
        "themes/broken.toml:3:1: there is no role `goood`: did you mean `good`?",
        "themes/broken.toml:4:16: \"ligthred\" is no colour",
        "did you mean `lightred`?",
        "themes/broken.toml: 3 mistakes",
    ] {
        assert!(check.out.contains(part), "{part}: {}", check.out);
    }
    assert!(check.out.ends_with("config.toml: no mistakes\n"), "{}", check.out);
    assert_eq!(bench.run(&["keys"]).code, 0);
    assert_eq!(bench.run(&["query", "", "events.ndjson", "--count"]).code, 0);
    // A file that was named has its own beside it.
    let named = bench.file("other/config.toml", "theme = \"mine\"");
    let told = bench.run(&["config", "--check", &named]);
    assert!(told.code == 1 && told.out.contains("there is no theme \"mine\""), "{}", told.out);
    bench.file("other/themes/mine.toml", mine);
    assert_eq!(bench.run(&["config", "--check", &named]).code, 0);
    assert!(!bench.run(&["--no-config", "themes"]).out.contains("mine"));
}
