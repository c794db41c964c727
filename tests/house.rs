//! The rules of the house, as a test: floors, faces, file sizes, crates that keep to their folders,
//! names that are never used. The tables are the rules; ARCHITECTURE.md explains them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The floor of every folder and file of `src/`. Imports only point down, or stay in the folder.
const FLOORS: &[(&str, u8)] = &[
    ("cli", 1),
    ("clock", 1),
    ("private", 1),
    ("aws", 1),
    ("event", 1),
    ("coverage", 1),
    ("ui", 1),
    ("store", 2),
    ("query", 3),
    ("notebook", 3),
    ("insight", 4),
    ("detect", 4),
    ("source", 4),
    ("export", 4),
    ("command", 4),
    ("trigger", 5),
    ("engine", 5),
    ("pane", 6),
    ("app", 7),
    ("config", 8),
    ("shell", 9),
    ("lib", 10),
    ("main", 10),
];

/// Imports between folders of one floor that are meant.
/// The widgets draw JSON and times, and JSON is read in `event` alone. A wish may be for a reckoning, an
/// export or a tape.
/// Alerts are exported as detection knows them.
/// Credentials end by the clock. Ingest says what fires.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("clock", "event"),
    ("aws", "clock"),
    ("coverage", "event"),
    ("ui", "event"),
    ("command", "insight"),
    ("command", "export"),
    ("command", "source"),
    ("engine", "trigger"),
    ("export", "detect"),
];

/// Crates that may be named in these folders alone.
const CRATES: &[(&str, &[&str])] = &[
    ("ratatui", &["ui", "pane", "app", "shell"]),
    ("crossterm", &["shell"]),
    ("tui_input", &["ui"]),
    ("serde_json", &["event", "export", "notebook", "source", "ui", "detect", "trigger"]),
    ("rsigma_eval", &["detect"]),
    ("rsigma_parser", &["detect"]),
    ("clap", &["cli", "shell", "main"]),
    ("tokio", &["source", "engine", "shell"]),
    ("hyper", &["shell"]),
    ("hyper_util", &["shell"]),
    ("http_body_util", &["shell"]),
    ("rustls", &["shell"]),
    ("tokio_rustls", &["shell"]),
    ("tempfile", &["private", "shell"]),
    ("signal_hook", &["shell"]),
    ("anyhow", &["shell", "main"]),
    ("aws_config", &["aws"]),
    ("aws_types", &["aws"]),
    ("aws_credential_types", &["aws"]),
    ("aws_smithy_http_client", &["aws"]),
    ("aws_smithy_runtime_api", &["aws"]),
    ("aws_smithy_types", &["aws", "source"]),
    ("aws_sdk_account", &["aws"]),
    ("aws_sdk_organizations", &["aws"]),
    ("aws_sdk_cloudtrail", &["aws", "source"]),
    ("aws_sdk_s3", &["aws", "source"]),
    ("aws_sdk_sqs", &["aws", "source"]),
    ("aws_sdk_sts", &["aws"]),
];

/// Folders that do no I/O, read no clock and are not async.
const PURE: &[&str] = &[
    "event", "coverage", "store", "query", "notebook", "insight", "detect", "trigger", "export",
    "command", "ui", "pane", "app",
];

/// What a pure folder never names.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::process",
    "std::thread",
    "std::env",
    "tokio",
    "Clock::System",
    "SystemTime",
    "async fn",
    ".await",
];

/// The most lines of code a file may have, tests, comments and blank lines not counted.
const MOST_LINES: usize = 500;

/// Files that are tables: long because the world is.
const TABLES: &[&str] = &["src/event/target.rs", "src/command/action.rs", "src/config/setting.rs"];

/// Module names that say nothing.
const FORBIDDEN_FILES: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "misc", "types", "manager", "error", "errors",
];

/// Endings of type names that say nothing.
const FORBIDDEN_TYPES: &[&str] = &["Manager", "Helper", "Util", "Utils"];

/// Types whose owner is not clear.
const FORBIDDEN_WORDS: &[&str] = &["Mutex", "RwLock", "RefCell"];

/// One file of `src/`.
struct Room {
    /// `src/event/json.rs`
    path: String,
    /// `event`
    folder: String,
    text: String,
}

impl Room {
    fn is_test(&self) -> bool {
        self.path.ends_with("_tests.rs")
    }

    /// The code: without comments and without unit tests.
    fn code(&self) -> Vec<(usize, &str)> {
        let mut lines = vec![];
        let mut rest = self.text.lines().enumerate().peekable();
        while let Some((at, line)) = rest.next() {
            if line.trim() == "#[cfg(test)]" {
                let next = rest.peek().map_or("", |(_, line)| line.trim());
                if next.starts_with("mod ") && next.ends_with('{') {
                    break;
                }
                rest.next();
                continue;
            }
            let code = line.trim();
            if !code.is_empty() && !code.starts_with("//") {
                lines.push((at + 1, code));
            }
        }
        lines
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder of the project");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn rooms() -> Vec<Room> {
    let mut paths = vec![];
    files(&root().join("src"), &mut paths);
    let room = |path: PathBuf| {
        let inside = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let folder = inside.split('/').nth(1).unwrap().trim_end_matches(".rs");
        let folder = folder.trim_end_matches("_tests").to_owned();
        Room { text: fs::read_to_string(path).unwrap(), path: inside, folder }
    };
    paths.into_iter().map(room).collect()
}

/// Fails with every fault at once, so that one run shows all that is to be mended.
fn expect_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn floor(folder: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == folder).map(|(_, floor)| *floor)
}

/// The folders of ours that a line names: `crate::x::…`, and each of `crate::{x::…, y}`.
fn named(line: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut rest = line;
    while let Some(at) = rest.find("crate::") {
        rest = &rest[at + "crate::".len()..];
        let word = |text: &str| -> String {
            text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        if let Some(list) = rest.strip_prefix('{') {
            names.extend(list.split(", ").map(word));
        } else {
            names.insert(word(rest));
        }
    }
    names
}

#[test]
fn imports_point_down() {
    let mut faults = vec![];
    for room in rooms() {
        let Some(own) = floor(&room.folder) else {
            faults.push(format!("{}: {} has no floor in tests/house.rs", room.path, room.folder));
            continue;
        };
        for (at, line) in room.code() {
            for name in named(line) {
                let is_neighbour = NEIGHBOURS.contains(&(&room.folder, &name));
                let is_down = floor(&name).is_some_and(|floor| floor < own);
                if name != room.folder && !is_down && !is_neighbour {
                    faults.push(format!("{}:{at}: imports {name}, which is not below", room.path));
                }
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn children_name_siblings_by_their_file() {
    let mut faults = vec![];
    for room in rooms().iter().filter(|room| !room.is_test()) {
        for (at, line) in room.code() {
            if line.contains("super::") {
                faults.push(format!("{}:{at}: super::", room.path));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn faces_define_nothing() {
    let mut faults = vec![];
    for room in rooms().iter().filter(|room| room.path.ends_with("/mod.rs")) {
        for (at, line) in room.code() {
            let may = ["pub mod ", "mod ", "pub use ", "#![", "#[cfg(", "}"];
            let is_list = line.ends_with(',') || line.ends_with("};");
            if !may.iter().any(|start| line.starts_with(start)) && !is_list {
                faults.push(format!("{}:{at}: a face defines nothing: {line}", room.path));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut faults = vec![];
    for room in rooms() {
        let lines = room.code().len();
        if lines > MOST_LINES && !TABLES.contains(&&*room.path) && !room.is_test() {
            faults.push(format!("{}: {lines} lines of code", room.path));
        }
        if !room.text.starts_with("//!") && !room.is_test() {
            faults.push(format!("{}: does not open with //!", room.path));
        }
        let stem = Path::new(&room.path).file_stem().unwrap().to_string_lossy().into_owned();
        if FORBIDDEN_FILES.contains(&&*stem) {
            faults.push(format!("{}: a name that says nothing", room.path));
        }
    }
    expect_none(&faults);
}

#[test]
fn crates_keep_to_their_folders() {
    let mut faults = vec![];
    for room in rooms().iter().filter(|room| !room.is_test()) {
        for (at, line) in room.code() {
            for (name, folders) in CRATES {
                if mentions(line, name) && !folders.contains(&&*room.folder) {
                    faults.push(format!("{}:{at}: {name} does not belong here", room.path));
                }
            }
            if PURE.contains(&&*room.folder) {
                for name in IMPURE.iter().filter(|name| says(line, name)) {
                    faults.push(format!("{}:{at}: {name} in a pure folder", room.path));
                }
            }
        }
    }
    expect_none(&faults);
}

/// Whether a line holds a name that does not go on: `.await`, but not `.awaiting`.
fn says(line: &str, name: &str) -> bool {
    line.match_indices(name)
        .any(|(at, _)| !line[at + name.len()..].starts_with(|c: char| c.is_lowercase() || c == '_'))
}

/// Whether a line names a crate: `name::`, or `use name;`.
fn mentions(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let is_start = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        is_start && line[at + name.len()..].starts_with("::")
    })
}

/// Files of JSON that trailtop writes and reads itself: no records.
const OWN_JSON: &[&str] = &[
    "src/source/s3/checkpoint.rs",
    "src/source/tape/line.rs",
    "src/notebook/line.rs",
    "src/detect/line.rs",
];

#[test]
fn json_is_read_in_event_alone() {
    let mut faults = vec![];
    let is_meant = |room: &&Room| room.folder != "event" && !OWN_JSON.contains(&&*room.path);
    for room in rooms().iter().filter(is_meant).filter(|room| !room.is_test()) {
        for (at, line) in room.code() {
            if line.contains("serde_json::from_") {
                faults.push(format!("{}:{at}: reads JSON", room.path));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn names_say_something_and_nobody_shares() {
    let mut faults = vec![];
    for room in rooms() {
        for (at, line) in room.code() {
            let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            let kinds =
                words.windows(2).filter(|pair| matches!(pair[0], "struct" | "enum" | "trait"));
            for name in kinds.map(|pair| pair[1]) {
                if FORBIDDEN_TYPES.iter().any(|ending| name.ends_with(ending)) {
                    faults.push(format!("{}:{at}: {name}", room.path));
                }
            }
            for word in FORBIDDEN_WORDS.iter().filter(|word| words.contains(*word)) {
                faults.push(format!("{}:{at}: {word}: who owns it?", room.path));
            }
            if line.contains(".unwrap()") && !room.is_test() {
                faults.push(format!("{}:{at}: unwrap()", room.path));
            }
        }
    }
    expect_none(&faults);
}

#[test]
fn every_folder_is_on_the_map() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let lines = map.lines().count();
    assert!(lines <= 200, "ARCHITECTURE.md has {lines} lines");
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    assert!(contributing.lines().count() <= 80, "CONTRIBUTING.md is too long");
    let mut faults = vec![];
    for room in rooms() {
        let parts: Vec<&str> = room.path.split('/').collect();
        if parts.len() > 2 && !map.contains(&format!("{}/", room.folder)) {
            faults.push(format!("{}: {}/ is not in ARCHITECTURE.md", room.path, room.folder));
        }
    }
    for (folder, _) in FLOORS.iter().filter(|(folder, _)| !matches!(*folder, "lib" | "main")) {
        if !map.contains(folder) {
            faults.push(format!("{folder} is not in ARCHITECTURE.md"));
        }
    }
    expect_none(&faults);
}

/// The house test would be worth nothing if it could not see.
#[test]
fn the_eyes_of_this_test() {
    assert!(mentions("use ratatui::Frame;", "ratatui"));
    assert!(!mentions("use my_ratatui::Frame;", "ratatui"));
    let names = named("use crate::event::json::Json; crate::{store::bits, query};");
    assert_eq!(names, ["event", "query", "store"].map(str::to_owned).into());
    let text = "//! x\n/// doc\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    let room = Room { path: String::new(), folder: String::new(), text: text.to_owned() };
    assert_eq!(room.code(), [(3, "fn a() {}")]);
}
