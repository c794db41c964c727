//! What README.md, ARCHITECTURE.md and CONTRIBUTING.md say by hand: their links lead somewhere, the
//! keys, options, commands and numbers that they name are those of the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trailtop::command::action::ACTIONS;

use crate::run::Bench;

const PAGES: [&str; 5] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "assets/packaging/README.md",
    "tests/bench/README.md",
];

fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(place(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn ends(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|it| it == extension)
}

/// What a page calls a heading of its own.
fn anchors(text: &str) -> BTreeSet<String> {
    let titles = text.lines().filter_map(|line| line.strip_prefix('#'));
    let anchor = |title: &str| {
        let title = title.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    titles.map(anchor).collect()
}

#[test]
fn links_and_pictures_are_there() {
    for page in PAGES {
        let text = read(page);
        let folder = place(page).parent().unwrap().to_path_buf();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://")) {
            match link.strip_prefix('#') {
                Some(anchor) => assert!(anchors(&text).contains(anchor), "{page}: {link}"),
                None => assert!(folder.join(link).exists(), "{page}: {link} is not there"),
            }
        }
    }
    let readme = read("README.md");
    let files = fs::read_dir(place("assets")).unwrap().map(|file| file.unwrap().file_name());
    for file in files.map(|file| file.into_string().unwrap()) {
        let is_seen = !ends(&file, "svg") || readme.contains(&format!("(assets/{file})"));
        assert!(is_seen, "nobody shows assets/{file}");
    }
}

/// What stands in single backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_keys_of_the_first_minute_are_keys() {
    let readme = read("README.md");
    let section = readme.split("## The first minute").nth(1).unwrap();
    let table = section.split("\n## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let keys: Vec<&str> = rows.flat_map(|row| quoted(row.split(" | ").next().unwrap())).collect();
    assert!(keys.len() > 15, "{keys:?}");
    for key in keys {
        let is_one = ACTIONS.iter().any(|action| action.keys.contains(&key));
        assert!(is_one, "{key} is no key");
    }
}

/// Options of cargo, and one that is asked for nowhere else.
const FOREIGN: [&str; 6] =
    ["--git", "--locked", "--no-default-features", "--path", "--release", "--verbose"];

/// The long options that a text names.
fn options(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("--") {
        let name: String =
            text[at + 2..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        let before = text[..at].chars().next_back();
        let begins = before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '-' | '|' | '!'));
        if begins && name.starts_with(|c: char| c.is_ascii_lowercase()) {
            found.insert(format!("--{}", name.trim_end_matches('-')));
        }
    }
    found
}

#[test]
fn the_options_and_commands_it_names_are_there() {
    let bench = Bench::new();
    let known = options(&bench.run(&["completions", "bash"]).out);
    assert!(known.contains("--since") && known.contains("--speed"), "{known:?}");
    let readme = read("README.md");
    for option in options(&readme) {
        let is_known = known.contains(&option) || FOREIGN.contains(&&*option);
        // Without AWS there are fewer.
        assert!(is_known || !cfg!(feature = "aws"), "{option} is no option");
    }
    let help = bench.run(&["--help"]).out;
    let commands: BTreeSet<&str> =
        help.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let is_command = |word: &str| {
        commands
            .iter()
            .any(|line| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')))
    };
    let words = readme.match_indices("trailtop ").filter_map(|(at, name)| {
        // In a line of commands, or at the beginning of a quotation.
        let before = &readme[..at];
        let begins = before.ends_with('\n') || before.ends_with('`') || before.ends_with("| ");
        begins.then(|| readme[at + name.len()..].split([' ', '\n', '`']).next())?
    });
    for word in words.filter(|word| word.chars().all(|c| c.is_ascii_lowercase()) && word.len() > 2)
    {
        assert!(is_command(word) || !cfg!(feature = "aws"), "trailtop {word} is no command");
    }
}

#[test]
fn what_was_measured_is_told_as_it_was() {
    let readme = read("README.md");
    // What was measured is said as the benchmarks say it.
    let measured = read("tests/bench/README.md");
    let compared = readme.split("\n## Compared with").nth(1).unwrap();
    for (figure, row) in [
        ("4.3x", "`query '' --by event`, gz, against python orjson"),
        ("2.7x", "`query KEY` (bare word), gz, against `rg -z`"),
        ("13.8 s", "load 1M to a browsable dashboard, gz"),
        ("0.99", "load NDJSON, in times of lnav"),
    ] {
        let line = measured.lines().find(|line| line.contains(row)).unwrap_or_default();
        assert!(line.contains(&format!("| {figure} |")), "{row} is not {figure}: {line}");
        assert!(compared.contains(figure), "README.md does not say {figure} of {row}");
    }
}

/// Files of `src/` by folder, without faces, tests and what stands beside the folders.
fn sources() -> Vec<(String, String)> {
    let mut found = vec![];
    let mut folders = vec![place("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let inside = path.strip_prefix(place("src")).unwrap().to_str().unwrap();
            if path.is_dir() {
                folders.push(path);
            } else if let Some((folder, file)) = inside.split_once('/') {
                let is_room = ends(file, "rs") && !file.ends_with("_tests.rs");
                if is_room && !file.ends_with("mod.rs") {
                    found.push((folder.to_owned(), file.to_owned()));
                }
            }
        }
    }
    found
}

/// A file is on the map by its name, or by that of the folder below that it lies in.
#[test]
fn the_map_names_every_file_and_no_other() {
    let text = read("ARCHITECTURE.md");
    let map = text.split("## Code map").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut named: Vec<(&str, &str)> = vec![];
    for line in map.split("\n- ").skip(1) {
        let folder = quoted(line).next().unwrap().split('/').next().unwrap();
        let all = quoted(line).filter(|name| ends(name, "rs") || name.ends_with('/'));
        named.extend(all.map(|name| (folder, name.strip_prefix(folder).unwrap_or(name))));
    }
    let is_meant = |folder: &str, file: &str, (of, name): &(&str, &str)| {
        let name = name.trim_start_matches('/');
        *of == folder
            && if name.ends_with('/') {
                file.starts_with(name)
            } else {
                file == name || file.ends_with(&format!("/{name}"))
            }
    };
    let sources = sources();
    assert!(sources.len() > 200, "{}", sources.len());
    let mut faults = vec![];
    for (folder, file) in &sources {
        if !named.iter().any(|it| is_meant(folder, file, it)) {
            faults.push(format!("src/{folder}/{file} is not on the code map of ARCHITECTURE.md"));
        }
    }
    for it in named.iter().filter(|(folder, _)| place("src").join(folder).is_dir()) {
        if !sources.iter().any(|(folder, file)| is_meant(folder, file, it)) {
            faults.push(format!("the code map of ARCHITECTURE.md names {} of {}", it.1, it.0));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A filter of the README finds what it says it finds.
#[test]
fn the_filters_that_it_shows_find_something() {
    let bench = Bench::new();
    let call = |minute: u8, event: &str, service: &str, more: &str| {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2026-03-01T12:{minute}:00Z","eventID":"id-{minute}","eventName":"{event}","eventSource":"{service}.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7","userIdentity":{{"type":"IAMUser","userName":"alice","accountId":"111122223333"}}{more}}}"#
        )
    };
    let denied = r#","errorCode":"AccessDenied","errorMessage":"alice is not authorized to do this","requestParameters":{"bucketName":"the-logs"}"#;
    let records = [
        call(10, "CreateUser", "iam", r#","requestParameters":{"userName":"bob"}"#),
        call(20, "PutBucketPolicy", "s3", denied),
    ];
    let file = bench.file("records.ndjson", records.join("\n"));
    let readme = read("README.md");
    let section = readme.split("## The filter language").nth(1).unwrap();
    let block = section.split("```").nth(1).unwrap();
    let filters: Vec<&str> = block.lines().filter_map(|line| line.split("  ").next()).collect();
    assert!(filters.len() > 5, "{filters:?}");
    for filter in filters.iter().filter(|filter| !filter.is_empty()) {
        let now = ["--now", "2026-03-01T13:00:00Z", "--count"];
        let ran = bench.run(&[&["query", filter, &file][..], &now[..]].concat());
        assert_eq!(ran.code, 0, "{filter}: {}{}", ran.out, ran.err);
    }
}
