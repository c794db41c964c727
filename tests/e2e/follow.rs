//! What arrives while one looks: files that grow, folders that fill, pipes.

use std::io::Write;

use super::stage::{self, TRAILTOP, record, start, terminal};

#[test]
fn a_growing_file_shows_new_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut file = std::fs::File::create(&path).unwrap();
    writeln!(file, "{}", record("PutObject", "2026-01-05T10:00:00Z")).unwrap();
    let mut stage = start(&[path.to_str().unwrap(), "--follow"]);
    stage.see("1 of 1");
    stage.see("FOLLOW");
    writeln!(file, "{}", record("DeleteBucket", "2026-01-05T10:00:01Z")).unwrap();
    stage.see("DeleteBucket");
    stage.see("2 of 2");
    // Half a line is no row yet.
    let line = record("CreateUser", "2026-01-05T10:00:02Z");
    let (head, tail) = line.split_at(line.len() / 2);
    write!(file, "{head}").unwrap();
    file.flush().unwrap();
    writeln!(file, "{tail}").unwrap();
    stage.see("CreateUser");
    let screen = stage.see("3 of 3");
    assert!(!screen.contains("unreadable"), "{screen}");
    stage.press("q");
    stage.ends(0);
}

#[test]
fn a_folder_picks_up_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = start(&[folder.path().to_str().unwrap(), "--follow"]);
    stage.wait("the screen", termlens::Screen::alternate_screen);
    let line = record("PutObject", "2026-01-05T10:00:00Z");
    std::fs::write(folder.path().join("one.json"), format!("{line}\n")).unwrap();
    stage.see("1 of 1");
    let line = record("DeleteBucket", "2026-01-05T10:00:01Z");
    std::fs::write(folder.path().join("two.json"), format!("{{\"Records\":[{line}]}}")).unwrap();
    stage.see("DeleteBucket");
    stage.see("2 of 2");
    stage.press("q");
    stage.ends(0);
}

/// Data on standard input, keys from the terminal.
#[test]
fn standard_input_is_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let lines =
        [record("PutObject", "2026-01-05T10:00:00Z"), record("GetObject", "2026-01-05T10:00:01Z")];
    std::fs::write(&path, lines.join("\n")).unwrap();
    let terminal =
        terminal().args(["-c", "cat \"$1\" | \"$0\" -", TRAILTOP, path.to_str().unwrap()]);
    let mut stage = stage::spawn(terminal, "/bin/sh");
    stage.see("2 of 2");
    stage.press("/");
    stage.press("event:PutObject");
    stage.see_no("GetObject ");
    stage.key(termlens::Key::Enter);
    stage.see("1 of 2");
    stage.press("q");
    stage.ends(0);
}
