//! Marks and notes outlive the program, whatever ends it.

use std::fs;
use std::path::Path;

use termlens::{Key, Signal};
use trailtop::pane::contract::Asked;

use super::stage::{DEMO, Stage, becomes, start_in, terminal};

fn started(home: &Path, args: &[&str]) -> Stage {
    start_in(terminal().env("HOME", home.to_str().unwrap()), args)
}

/// The text of the only case below a home, once there is one.
fn kept(home: &Path) -> String {
    let folder = home.join(".local/state/trailtop/cases");
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.map(|file| fs::read_to_string(file.path()).unwrap_or_default()).collect()
}

#[test]
fn a_kill_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut stage = started(home.path(), DEMO);
    stage.see("268 of 300");
    stage.press("kmkk\"seen before #ioc");
    stage.key(Key::Enter);
    stage.see("noted");
    assert!(becomes(|| kept(home.path()).contains("\"note\":{")), "{}", kept(home.path()));
    stage.press("/verb:W");
    stage.key(Key::Enter);
    assert!(becomes(|| kept(home.path()).ends_with("{\"filter\":\"verb:W\"}\n")));
    stage.signal(Signal::Kill).unwrap();
    stage.wait_exit().unwrap();
    drop(stage);

    let mut stage = started(home.path(), &["--resume", "--now", "2026-11-22T12:00:00Z"]);
    stage.see("verb:W");
    stage.press("'");
    stage.see("NOTEBOOK 2 marked, 1 with a note");
    let screen = stage.see("seen before #ioc");
    assert!(screen.contains("demo:seed=7"), "the sources of the case are read again:\n{screen}");
    stage.press("q\\/mark:yes");
    stage.key(Key::Enter);
    stage.see("2 of 300");
    stage.press("q");
    let screen = stage.ends(0);
    assert!(screen.contains("2 marks kept in"), "{screen}");
    drop(stage);

    let mut list = started(home.path(), &["cases"]);
    list.wait_exit().unwrap();
    let screen = list.screen();
    assert!(screen.contains("2 events  demo:seed=7"), "{screen}");
}

#[test]
fn a_home_that_cannot_be_written_keeps_notes_in_memory_and_says_so() {
    for home in ["/proc", ""] {
        let mut stage = start_in(terminal().env("HOME", home), DEMO);
        stage.see("268 of 300");
        stage.press("m");
        stage.see("in memory only");
        stage.press("'");
        stage.see("NOTEBOOK 1 marked");
        stage.press("qq");
        let screen = stage.ends(0);
        assert!(screen.contains("1 mark not kept"), "{screen}");
    }
}

#[test]
fn an_export_lands_in_the_current_folder() {
    let home = tempfile::tempdir().unwrap();
    let here = terminal().current_dir(home.path());
    let mut stage = start_in(here, DEMO);
    stage.see("268 of 300");
    stage.press(":export csv");
    stage.key(Key::Enter);
    let screen = stage.see("events written to trailtop-");
    let text = screen.text();
    let name = text.split("written to ").nth(1).unwrap().split_whitespace().next().unwrap();
    let csv = fs::read_to_string(home.path().join(name)).unwrap();
    assert!(csv.starts_with("time,event,svc,") && csv.lines().count() > 100, "{csv}");
    stage.press("q");
    stage.ends(0);
}

#[test]
fn a_copied_command_line_is_taken_by_a_shell_word_by_word() {
    for word in [
        "/logs/it's $(touch x) `id`; rm -rf *",
        "s3://a b\n&& c",
        "-o",
        "\u{202e}\"x\" \\ # 100% it's\u{1b}[201~",
        "~/logs/!1{a,b}?",
        "",
    ] {
        let asked = Asked { filter: format!("who:\"{word}\""), ..Asked::default() };
        let line = trailtop::app::copy::command(&asked, "@noise", &[word.to_owned()]);
        let words = line.strip_prefix("trailtop ").unwrap();
        let script = format!("set -f; set -- {words}; printf '%s\\0' \"$@\"");
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let read = String::from_utf8(output.stdout).unwrap();
        let read: Vec<&str> = read.split_terminator('\0').collect();
        assert_eq!(read, ["query", &asked.filter, word], "{line}");
        assert!(!line.contains(trailtop::export::safe::is_unsafe), "{line:?}");
    }
}

#[test]
fn what_a_case_has_lost_is_told() {
    let home = tempfile::tempdir().unwrap();
    let cases = home.path().join(".local/state/trailtop/cases");
    fs::create_dir_all(&cases).unwrap();
    let head =
        r#"{"version":1,"begun":"2026-11-22T12:00:00Z","sources":["demo:seed=7,events=300"]}"#;
    let text = format!("{head}\n{{\"filter\":\"colour:red\"}}\nno line\n{{\"mark\":{{\"ke");
    fs::write(cases.join("old.ndjson"), text).unwrap();
    let mut stage = started(home.path(), &["--resume=old", "--now", "2026-11-22T12:00:00Z"]);
    stage.see("the case old: 2 lines could not be read and left out");
    stage.see("268 of 300");
    stage.press("~");
    stage.see("the filter of the case is not valid any more and left out: colour:red");
    stage.press("qq");
    stage.ends(0);
}

#[test]
fn noise_that_was_learned_is_hidden_the_next_time() {
    let home = tempfile::tempdir().unwrap();
    let mut stage = started(home.path(), DEMO);
    stage.see("268 of 300");
    stage.press("/event:DescribeInstances result:ok");
    stage.key(Key::Enter);
    stage.see("of 300 \u{b7} noise hides 1 (X)");
    stage.press("px");
    stage.see("THIS IS NOISE");
    stage.key(Key::Enter);
    stage.see("noise until");
    stage.press("\\");
    let file = home.path().join(".local/state/trailtop/noise.ndjson");
    assert!(becomes(|| fs::read_to_string(&file).is_ok_and(|text| text.ends_with("}}\n"))));
    stage.see("267 of 300");
    stage.key(Key::Ctrl('c'));
    stage.ends(0);
    drop(stage);
    let mut stage = started(home.path(), DEMO);
    stage.see("267 of 300");
    stage.press(":noise-learned");
    stage.key(Key::Enter);
    stage.see("LEARNED NOISE: Enter forgets");
    stage.key(Key::Enter);
    stage.see("268 of 300");
    stage.press("q");
    stage.ends(0);
}
