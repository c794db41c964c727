//! Tab in a shell: what the configuration names is completed by the program itself, in every shell
//! that is here.

use std::fs;
use std::path::Path;

use termlens::Key;

use crate::e2e::stage::{TRAILTOP, spawn, terminal};
use crate::run::Bench;

/// A shell, how it is begun without anybody's own settings, and what makes it complete.
struct Shell {
    name: &'static str,
    args: &'static [&'static str],
    begin: &'static str,
}

const SHELLS: [Shell; 3] = [
    Shell { name: "bash", args: &["--norc", "--noprofile", "-i"], begin: "PS1='> '; . ./bash" },
    Shell {
        name: "zsh",
        args: &["-f", "-i"],
        begin: "PS1='> '; autoload -U compinit; compinit -u -D; . ./zsh",
    },
    Shell {
        name: "fish",
        args: &["--no-config", "-i"],
        begin: "function fish_prompt; echo '> '; end; . ./fish",
    },
];

/// Where a shell is: here, or where whoever runs the tests says (`SHELLS_OF_TESTS`).
fn found(name: &str) -> Option<String> {
    let own = std::env::var("SHELLS_OF_TESTS").unwrap_or_default();
    let folders = own.split(':').filter(|it| !it.is_empty()).chain(["/usr/bin", "/bin"]);
    let paths = folders.map(|folder| format!("{folder}/{name}"));
    paths.into_iter().find(|path| Path::new(path).exists())
}

#[test]
fn what_the_configuration_names_is_completed() {
    let bench = Bench::new();
    let config = "[context.proving]\nsources = ['demo:']\n";
    bench.file("config.toml", config);
    let folder = bench.path("");
    for shell in &SHELLS {
        let Some(program) = found(shell.name) else {
            println!("left out: there is no {}", shell.name);
            continue;
        };
        let script = bench.run(&["completions", shell.name]).out;
        fs::write(bench.path(shell.name), script).unwrap();
        let home = Path::new(TRAILTOP).parent().unwrap().to_str().unwrap();
        let terminal = terminal()
            .current_dir(&folder)
            .env("TRAILTOP_CONFIG", bench.path("config.toml").to_str().unwrap())
            .env("PATH", format!("{home}:/usr/local/bin:/usr/bin:/bin"))
            .args(shell.args);
        let mut stage = spawn(terminal, &program);
        stage.press(shell.begin);
        stage.key(Key::Enter);
        stage.press("echo re''ady");
        stage.key(Key::Enter);
        stage.see("ready");
        for (typed, completed) in [
            ("trailtop @prov", "trailtop @proving"),
            ("trailtop query '' @prov", "trailtop query '' @proving"),
            ("trailtop query @secr", "trailtop query @secrets"),
            ("trailtop --filter @secr", "trailtop --filter @secrets"),
            ("trailtop --theme colorb", "trailtop --theme colorblind"),
            ("trailtop themes colorb", "trailtop themes colorblind"),
            ("trailtop rec", "trailtop record"),
        ] {
            stage.press(typed);
            stage.key(Key::Tab);
            stage.see(completed);
            // What is completed is a whole word, with nothing doubled.
            stage.press(".");
            let ended = [format!("{completed} ."), format!("{completed}.")];
            let screen = stage
                .wait("the end of the word", |screen| ended.iter().any(|end| screen.contains(end)));
            drop(screen);
            stage.key(Key::Ctrl('u'));
            stage.key(Key::Ctrl('l'));
            stage.see_no(completed);
        }
        stage.press("exit");
        stage.key(Key::Enter);
        stage.wait_exit().unwrap();
    }
}
