//! What was typed is read as product.md says.

use super::*;
use crate::cli::*;

fn read(line: &[&str]) -> Result<Cli, clap::Error> {
    parse(std::iter::once("trailtop").chain(line.iter().copied()).map(OsString::from))
}

fn query(line: &[&str]) -> Query {
    let cli = read(&[&["query"], line].concat()).unwrap_or_else(|error| panic!("{error}"));
    match cli.command {
        Some(Verb::Query(query)) => *query,
        other => panic!("{line:?} gave {other:?}"),
    }
}

#[test]
fn clap_finds_no_fault_in_the_structs() {
    Cli::command().debug_assert();
}

/// The heading of a group of options goes on to whatever is declared after it.
#[test]
fn what_is_read_stands_under_no_heading_of_options() {
    fn check(command: &clap::Command) {
        for argument in command.get_positionals() {
            let heading = argument.get_help_heading();
            assert_eq!(heading, None, "{} {}", command.get_name(), argument.get_id());
        }
        command.get_subcommands().for_each(check);
    }
    check(&Cli::command());
}

#[test]
fn help_lists_no_option_that_means_nothing_there() {
    for (command, told, hidden) in [
        ("demo", ["--filter", "--triggers"], ["--profile", "--poll", "--follow"]),
        ("replay", ["--speed", "--rules"], ["--profile", "--triggers", "--notify"]),
        ("record", ["--profile", "--follow"], ["--fps", "--theme", "--notify"]),
    ] {
        let help = read(&[command, "--help"]).unwrap_err().to_string();
        for word in told {
            assert!(help.contains(word), "{command} {word}: {help}");
        }
        for word in hidden {
            assert!(!help.contains(word), "{command} {word}: {help}");
        }
    }
}

#[test]
fn filter_is_the_first_argument_that_is_no_known_option() {
    let cases: &[(&[&str], &str, &[&str])] = &[
        (&["-region:us-west-1", "a", "b"], "-region:us-west-1", &["a", "b"]),
        (&["", "a"], "", &["a"]),
        (&["-o", "json", "-verb:R", "a"], "-verb:R", &["a"]),
        (&["-ojson", "-verb:R", "a"], "-verb:R", &["a"]),
        (&["--limit", "3", "x", "a"], "x", &["a"]),
        (&["--limit=3", "x", "a"], "x", &["a"]),
        (&["x", "a", "--limit", "3", "b"], "x", &["a", "b"]),
        (&["-okta", "a", "-o", "csv"], "-okta", &["a"]),
        (&["-h", "a"], "-h", &["a"]),
        (&["-x -y", "-"], "-x -y", &["-"]),
        (&["--", "--limit", "a"], "--limit", &["a"]),
        (&["x", "--", "--odd", "-o"], "x", &["--odd", "-o"]),
        (&["--stats", "--", "-o", "-"], "-o", &["-"]),
        (&["--since", "2h", "(a OR b)"], "(a OR b)", &[]),
    ];
    for (line, filter, sources) in cases {
        let query = query(line);
        assert_eq!(query.filter, *filter, "{line:?}");
        assert_eq!(query.sources, *sources, "{line:?}");
    }
    assert_eq!(query(&["-o", "md", "x"]).output, Output::Md);
    assert_eq!(query(&["x", "-ocsv"]).output, Output::Csv);
}

#[test]
fn options_that_are_none_are_refused() {
    let cases: &[&[&str]] = &[
        &["query"],
        &["query", "--limti", "3", "x"],
        &["query", "x", "a", "-z"],
        &["query", "x", "--limit"],
        &["query", "x", "--limit", "many"],
        &["query", "x", "-o", "xml"],
        &["query", "x", "--count", "--by", "event"],
        &["query", "x", "--memory", "big"],
        &["--nonsense"],
        &["completions", "noshell"],
    ];
    for line in cases {
        let error = read(line).expect_err(&format!("{line:?} should be refused"));
        assert_eq!(error.exit_code(), 2, "{line:?}");
    }
}

#[test]
fn a_first_word_that_is_a_command_is_a_command_and_anything_else_a_source() {
    let sources = |line: &[&str]| {
        let cli = read(line).unwrap_or_else(|error| panic!("{error}"));
        assert!(cli.command.is_none(), "{line:?}");
        cli.dashboard.sources
    };
    assert_eq!(sources(&["logs", "query"]), ["logs", "query"]);
    assert_eq!(sources(&["./query"]), ["./query"]);
    assert_eq!(sources(&["--ascii", "logs", "demo"]), ["logs", "demo"]);
    assert_eq!(sources(&["--", "demo"]), ["demo"]);
    assert_eq!(sources(&["demo:seed=7", "-"]), ["demo:seed=7", "-"]);
    assert!(sources(&["--filter", "-verb:R"]).is_empty());
    for line in [&["demo", "--ascii"][..], &["--ascii", "demo"]] {
        let Some(Verb::Demo(demo)) = read(line).unwrap().command else { panic!("{line:?}") };
        assert!(demo.screen.ascii);
    }
    let Some(Verb::Query(query)) =
        read(&["--since", "2h", "query", "-verb:R", "a"]).unwrap().command
    else {
        panic!("an option before the command")
    };
    assert_eq!((query.reading.since.as_deref(), &*query.filter), (Some("2h"), "-verb:R"));
}

#[test]
fn commands_of_later_versions_say_so() {
    for (name, _) in RESERVED {
        let error = read(&[name, "x"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("later version"), "{error}");
        assert!(error.to_string().contains(&format!("./{name}")), "{error}");
    }
}

#[test]
fn which_filters_name_a_source() {
    for source in ["-", "demo:", "demo:events=5", "history:all", "s3://b/p", "logs:/aws/x", "sqs:q"]
    {
        assert!(names_source(source), "{source}");
    }
    for filter in ["", "s3:Put*", "logs:CreateLogGroup", "sqs:*", "event:x", "demo", "iam:x"] {
        assert!(!names_source(filter), "{filter}");
    }
}
