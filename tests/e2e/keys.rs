//! What the keys do: filter, pause, details, pivot, views.

use termlens::{Key, Screen};

use super::stage::{self, record, start};

/// The line of the screen the cursor of the stream is on.
fn count(screen: &Screen) -> String {
    screen.row_text(1).trim().to_owned()
}

#[test]
fn a_small_folder_of_broken_and_good_files() {
    let folder = tempfile::tempdir().unwrap();
    let good =
        [record("PutObject", "2026-01-05T10:00:00Z"), record("GetObject", "2026-01-05T10:00:01Z")];
    std::fs::write(folder.path().join("good.ndjson"), good.join("\n")).unwrap();
    let broken = format!(
        "{{\"Records\":[{},{{\"eventVersion\":",
        record("CreateUser", "2026-01-05T10:00:02Z")
    );
    std::fs::write(folder.path().join("broken.json"), &broken).unwrap();
    let mut stage = start(&[folder.path().to_str().unwrap()]);
    stage.see("3 of 3");
    stage.see("NOT LIVE");
    for event in ["PutObject", "GetObject", "CreateUser"] {
        assert!(stage.screen().contains(event), "{}", stage.screen());
    }
    stage.see("1 unreadable");
    stage.press("s");
    stage.see("broken.json");
    let screen = stage.screen();
    let place = screen.text().lines().find(|line| line.contains("broken.json")).unwrap().to_owned();
    assert!(place.contains("broken.json:"), "no offset in {place:?}\n{screen}");
    stage.press("q");
    stage.see("STREAM by event time");
    stage.press("q");
    stage.ends(0);
}

#[test]
fn a_filter_typed_with_rows_following() {
    let mut stage = stage::demo();
    stage.press("/");
    stage.press("event:");
    stage.wait("a cursor in the prompt", |screen| {
        screen.row_text(1).contains("event:") && screen.cursor() == (1, 9, true)
    });
    stage.press("AssumeRole");
    // Rows follow before Enter: whatever else there was has gone.
    stage.see_no("CreateBackup");
    stage.key(Key::Enter);
    let screen = stage.wait("the count, and no cursor without a prompt", |screen| {
        let counted = count(screen);
        let is_narrowed = counted.contains("of 300") && !counted.contains("268 of 300");
        is_narrowed && !screen.cursor_visible()
    });
    assert!(count(&screen).contains("event:AssumeRole"), "{screen}");
    stage.press("\\");
    stage.see("268 of 300");
    stage.press("[");
    stage.see("event:AssumeRole");

    // Esc restores what was.
    stage.press("/");
    stage.press("nothinghasthis");
    stage.see("No event matches");
    stage.key(Key::Esc);
    stage.wait("the filter before", |screen| {
        count(screen).contains("event:AssumeRole") && !count(screen).contains("nothinghasthis")
    });
    stage.press("q");
    stage.ends(0);
}

#[test]
fn completion_and_an_invalid_filter() {
    let mut stage = stage::demo();
    stage.press("/");
    stage.press("ev");
    stage.see("event");
    stage.key(Key::Tab);
    stage.wait("the key completed", |screen| count(screen).contains("event:"));
    stage.press("AssumeRoleWithS");
    stage.wait("the value offered", |screen| {
        // Below the alerts and what the term hides.
        screen.row_text(4).trim_start().starts_with("AssumeRoleWithSAML")
    });
    stage.key(Key::Tab);
    stage.wait("the value completed", |screen| count(screen).contains("event:AssumeRoleWithSAML"));
    stage.key(Key::Ctrl('u'));
    stage.press("colour:red");
    stage.see("no key `colour`");
    // Enter does not apply it.
    stage.key(Key::Enter);
    stage.key(Key::Char('x'));
    stage.see("colour:redx");
    stage.key(Key::Esc);
    stage.see("268 of 300");
    stage.press("q");
    stage.ends(0);
}

#[test]
fn pasted_escapes_are_text() {
    let mut stage = stage::demo();
    stage.paste("q\rq").unwrap();
    stage.see("pasted text goes into a line that is typed");
    stage.press("/");
    stage.paste("alice\x1b]0;owned\x07\x1b[31m\nbob\u{202e}q").unwrap();
    let screen = stage.see("alice");
    assert_eq!(screen.title(), "");
    stage.key(Key::Esc);
    stage.see("268 of 300");
    stage.press("q");
    stage.ends(0);
}

#[test]
fn pause_hold_follow_and_windows() {
    // An alert would open its strip, paused or not.
    let quiet = "--no-builtin-rules";
    let mut stage = start(&["demo:seed=7,rate=200", "--now", "2026-11-22T12:00:00Z", quiet]);
    stage.see("FOLLOW");
    stage.press("k");
    stage.see("HOLD +");
    stage.press("G");
    stage.see("FOLLOW");
    stage.press(" ");
    stage.see("PAUSED +");
    // Who is behind a row may become known meanwhile, which the details say as well; its time and
    // event do not change.
    let head = |line: String| line.chars().take(33).collect::<String>();
    let rows = |screen: &Screen| {
        let all = (3..30).map(|row| head(screen.row_text(row)));
        all.filter(|row| !row.starts_with(" ROOT")).collect::<Vec<_>>()
    };
    let before = rows(&stage.screen());
    stage.wait("more to have come", |screen| screen.contains("PAUSED +1"));
    assert_eq!(rows(&stage.screen()), before, "rows moved while paused");
    stage.press(" ");
    stage.see("FOLLOW");
    stage.press("1");
    stage.see("last 5m");
    stage.press("3");
    stage.see("last 1h");
    stage.press("7");
    stage.see("all ·");
    stage.press("q");
    stage.ends(0);
}

#[test]
fn details_pivot_and_views() {
    let mut stage = stage::demo();
    stage.key(Key::Enter);
    stage.see("REQUEST");
    stage.key(Key::Ctrl('f'));
    stage.press("region");
    stage.key(Key::Enter);
    stage.see("awsRegion");
    stage.press("p");
    stage.see("SHOW ALL WITH THE SAME");
    stage.press("e");
    stage.wait("the filter", |screen| count(screen).contains("event:"));
    stage.wait("fewer rows", |screen| !count(screen).contains("268 of 300"));
    stage.press("qq");
    stage.ends(0);
}

#[test]
fn help_palette_presets_and_log() {
    let mut stage = stage::demo();
    stage.press("?");
    stage.see("next row or line");
    stage.press("?");
    stage.see("STREAM by event time");
    stage.press(":");
    stage.see("COMMANDS");
    stage.press("zone");
    stage.see("in UTC, in local time");
    // Esc and a key in one breath are Alt and the key: terminals cannot tell.
    stage.key(Key::Esc);
    stage.see_no("COMMANDS");
    stage.press("P");
    stage.see("PRESETS");
    stage.press("denied");
    stage.key(Key::Enter);
    stage.see_no("PRESETS");
    stage.wait("the preset in force", |screen| {
        count(screen).contains("@denied") && !count(screen).contains("268 of 300")
    });
    // A key that means nothing says so, and the log keeps what was said.
    stage.press("%");
    stage.see("% is not bound");
    stage.press("~");
    stage.wait("the log alone", |screen| {
        screen.contains("% is not bound") && !screen.contains("STREAM by event time")
    });
    stage.press("~");
    stage.see("STREAM by event time");
    stage.press("s");
    stage.see("am I seeing everything?");
    stage.press("s");
    stage.see_no("am I seeing everything?");
    stage.press("yi");
    let screen = stage.see("sent to the clipboard");
    let copied = screen.clipboard().and_then(|it| it.text().map(str::to_owned)).unwrap_or_default();
    assert_eq!(copied.len(), 36, "{copied:?} is no eventID");
    stage.press("q");
    stage.ends(0);
}
