//! What the recipes of `assets/packaging` name is there, and what a package holds is made by the
//! program itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use clap_complete::Shell;
use trailtop::shell::texts;

use crate::run::Bench;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest() -> toml::Table {
    read("Cargo.toml").parse().unwrap()
}

/// The files that a package takes and where it puts them.
fn assets() -> Vec<[String; 2]> {
    let manifest = manifest();
    let deb = &manifest["package"]["metadata"]["deb"];
    let text = |it: &toml::Value| it.as_str().unwrap().to_owned();
    let rows = deb["assets"].as_array().unwrap().iter();
    rows.map(|row| [text(&row[0]), text(&row[1])]).collect()
}

/// What `texts` makes of the program.
const MADE: [&str; 4] = ["trailtop.1.gz", "trailtop.bash", "_trailtop", "trailtop.fish"];

#[test]
fn a_package_takes_what_is_there_or_is_made() {
    let made = |path: &str| {
        let texts = MADE.iter().any(|name| path == format!("target/packaging/{name}"));
        texts || path == "target/release/trailtop"
    };
    for [from, to] in assets() {
        assert!(made(&from) || root().join(&from).is_file(), "{from} is not there");
        assert!(to.starts_with("usr/"), "{to}");
    }
    for name in MADE {
        let path = format!("target/packaging/{name}");
        assert!(assets().iter().any(|[from, _]| *from == path), "nobody takes {path}");
    }
    let license = &manifest()["package"]["metadata"]["deb"]["license-file"];
    assert!(root().join(license[0].as_str().unwrap()).is_file());
    let lines = read("assets/packaging/Containerfile");
    for line in lines.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        for path in line.split(' ').rev().skip(1) {
            let is_built = path.starts_with("target/");
            assert!(is_built || root().join(path).is_file(), "{path} is not there");
            let is_sent = read(".dockerignore").lines().any(|line| line == format!("!{path}"));
            assert!(is_sent, "{path} is kept from the builder");
        }
    }
}

#[test]
fn the_recipes_are_all_there_and_can_be_run() {
    let page = read("assets/packaging/README.md");
    let files = fs::read_dir(root().join("assets/packaging")).unwrap();
    let files: Vec<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    for name in ["texts", "musl", "reproduce", "Containerfile"] {
        assert!(files.iter().any(|file| file == name), "{name} is not there");
        assert!(page.contains(&format!("`{name}`")), "{name} is not said");
    }
    for name in ["texts", "musl", "reproduce"] {
        let mode = root().join("assets/packaging").join(name).metadata().unwrap().permissions();
        assert!(mode.mode() & 0o111 == 0o111, "{name} cannot be run");
    }
    assert!(
        files.iter().all(|file| page.contains(file) || file == "README.md" || file == "build.rs")
    );
}

#[test]
fn the_texts_are_made_by_the_program() {
    let bench = Bench::new();
    let recipe = root().join("assets/packaging/texts");
    let made = std::process::Command::new("sh")
        .arg(recipe)
        .args([env!("CARGO_BIN_EXE_trailtop"), "out"])
        .current_dir(bench.path(""))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for name in MADE {
        let file = bench.path("out").join(name);
        assert!(file.metadata().unwrap().len() > 1_000, "{name}");
    }
    let complete = |name: &str| fs::read_to_string(bench.path("out").join(name)).unwrap();
    for name in &MADE[1..] {
        for verb in ["query", "record", "replay", "--with-secrets", "--speed"] {
            let verb = if *name == "trailtop.fish" { verb.trim_start_matches('-') } else { verb };
            assert!(complete(name).contains(verb), "{name} has no {verb}");
        }
    }
}

/// What can be typed and pressed, by the tables of the program: none of it is missing where one
/// looks it up.
#[test]
fn manual_page_and_completions_have_every_command_option_and_key() {
    use clap::CommandFactory as _;
    let cli = trailtop::cli::Cli::command();
    let man = texts::man().replace("\\-", "-").replace("\\e", "\\");
    for row in trailtop::command::action::ACTIONS {
        assert!(man.contains(row.help), "the manual page has no {}", row.name);
    }
    let shells = [Shell::Bash, Shell::Zsh, Shell::Fish];
    let scripts: Vec<_> =
        shells.into_iter().map(|shell| (shell, texts::completions(shell))).collect();
    let commands: Vec<_> = cli.get_subcommands().filter(|it| !it.is_hide_set()).collect();
    for command in [&cli].into_iter().chain(commands.iter().copied()) {
        for option in command.get_arguments().filter(|it| !it.is_hide_set()) {
            let Some(long) = option.get_long() else { continue };
            for (shell, script) in &scripts {
                let typed =
                    if *shell == Shell::Fish { long.to_owned() } else { format!("--{long}") };
                assert!(script.contains(&typed), "{shell} has no {typed}");
            }
        }
    }
    for command in commands {
        let name = command.get_name();
        assert!(man.contains(name), "the manual page has no {name}");
        for (shell, script) in &scripts {
            assert!(script.contains(name), "{shell} has no {name}");
        }
    }
}

#[test]
fn the_version_says_what_was_built_in() {
    let bench = Bench::new();
    let version = manifest()["package"]["version"].as_str().unwrap().to_owned();
    let short = bench.run(&["--version"]);
    assert_eq!((short.code, &*short.out), (0, &*format!("trailtop {version}\n")));
    let long = bench.run(&["--version", "--verbose"]);
    assert_eq!((long.code, bench.run(&["--verbose", "-V"]).out), (0, long.out.clone()));
    let lines = long.lines();
    assert_eq!(lines[0], format!("trailtop {version}"));
    let row = |name: &str| {
        let line = lines.iter().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("no {name}: {}", long.out)).split_once(' ').unwrap().1.trim()
    };
    let features = if cfg!(feature = "aws") { "aws" } else { "none (no AWS sources)" };
    assert_eq!(row("features"), features);
    let rules = fs::read_dir(root().join("assets/rules")).unwrap().count();
    assert_eq!(row("rules"), format!("{rules} built in"));
    let themes = fs::read_dir(root().join("themes")).unwrap();
    let themes = themes
        .filter(|theme| theme.as_ref().unwrap().path().extension().is_some_and(|it| it == "toml"));
    assert_eq!(row("themes").split(' ').count(), themes.count());
    for name in ["commit", "target", "profile", "compiler"] {
        assert!(!row(name).is_empty());
    }
}

#[test]
fn small_code_is_asked_for_of_crates_that_there_are() {
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let names: Vec<&str> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    let manifest = manifest();
    let small = manifest["profile"]["release"]["package"].as_table().unwrap();
    for name in small.keys() {
        assert!(names.contains(&&**name), "{name} is no dependency");
    }
    // What talks to AWS is small, whatever it is made of.
    for name in names.iter().filter(|name| name.starts_with("aws-sdk-")) {
        assert!(small.contains_key(*name), "{name} is not small");
    }
}
