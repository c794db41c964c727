//! A configuration on a real terminal: contexts, keys, what is left for the next run, mistakes.

use std::fs;
use std::path::Path;

use termlens::{Color, Key, Screen};

use super::stage::{DEMO, Stage, start_in, terminal};

const CONFIG: &str = r#"
sources = ["demo:seed=7,events=300"]

[filters]
mine = "@writes -user:bob"

[keys]
pause = ["Ctrl-p"]
first = ["z z"]

[context.prod]
filter = "@mine"
theme = "contrast"
"#;

/// A home with this configuration.
fn home(config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/trailtop");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), config).unwrap();
    home
}

fn started(home: &Path, words: &[&str]) -> Stage {
    let words = [words, &DEMO[1..]].concat();
    start_in(terminal().env("HOME", home.to_str().unwrap()), &words)
}

/// The ground of the top line.
fn ground(screen: &Screen) -> Color {
    screen.cell(0, 0).unwrap().style().bg
}

#[test]
fn a_context_opens_with_its_filter_its_theme_and_the_keys() {
    let home = home(CONFIG);
    let mut plain = started(home.path(), &[]);
    let usual = ground(&plain.see("268 of 300"));
    plain.press("q");
    plain.ends(0);
    drop(plain);

    let mut stage = started(home.path(), &["@prod"]);
    stage.see("/ @mine");
    let screen = stage.see("all keys");
    assert_ne!(ground(&screen), usual, "the theme of the context:\n{screen}");
    stage.key(Key::Char(' '));
    stage.see("Space is not bound");
    stage.press("?");
    let help = stage.see("z z");
    assert!(help.contains("Ctrl-p"), "{help}");
    stage.press("q/user:alice");
    stage.key(Key::Enter);
    stage.press("q");
    stage.ends(0);
    drop(stage);

    // What was typed is there the next time, and so is the context.
    let mut stage = started(home.path(), &["@-"]);
    stage.see("/ @mine");
    stage.press("\\/");
    stage.key(Key::Up);
    stage.see("@mine user:alice");
    stage.key(Key::Esc);
    stage.press("q");
    stage.ends(0);
}

#[test]
fn a_mistake_is_told_with_its_place_before_the_screen_opens() {
    let home = home("sources = [\"demo:\"]\nthem = \"light\"\n");
    let mut stage = started(home.path(), &[]);
    let screen = stage.ends(2);
    for said in ["--no-config", "config.toml:2:1", "did you mean `theme`?", "^^^^"] {
        assert!(screen.contains(said), "{said}\n{screen}");
    }
    drop(stage);
    let mut stage = started(home.path(), &["--no-config", DEMO[0]]);
    stage.see("268 of 300");
    stage.press("q");
    stage.ends(0);
}
