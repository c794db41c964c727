//! A night on call, recorded and played again.

use termlens::Key;

use crate::e2e::stage::{DEMO, start, start_in, terminal};
use crate::run::Bench;

#[test]
fn a_recording_is_played_paused_stepped_and_gone_through() {
    let bench = Bench::new();
    let ran = bench.run(&[&["record", "night.tape"], DEMO].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let path = bench.path("night.tape");
    let mut stage = start(&["replay", path.to_str().unwrap(), "--speed", "60x"]);
    // The demo was read in its first second: all of it is there at the end.
    stage.see("268 of 300");
    let screen = stage.see("REPLAY ends 2026-11-22 12:00:0");
    assert!(screen.contains("Space pause") && screen.contains(". step"), "{screen}");
    stage.press("(");
    stage.see("REPLAY paused 2026-11-22 12:00:00");
    stage.see("all · 0 of 0");
    // A step brings the next events, and nothing but them.
    stage.press(".");
    stage.see_no("all · 0 of 0");
    stage.see_no("of 300");
    stage.see("REPLAY paused");
    stage.press(">");
    stage.press(":");
    stage.press("go-to-time");
    stage.key(Key::Enter);
    stage.see("GO TO a time, UTC");
    stage.press("soon");
    stage.key(Key::Enter);
    stage.see("is no time");
    stage.key(Key::Ctrl('u'));
    stage.press("1h");
    stage.key(Key::Enter);
    stage.see("REPLAY ends");
    stage.see("268 of 300");
    // Space at the end begins again, now as fast as it goes.
    stage.press(" ");
    stage.see("REPLAY ends");
    stage.see("268 of 300");
    stage.press("s");
    stage.see("recorded from 2026-11-22T12:00:00");
    stage.press("qq");
    stage.ends(0);
}

#[test]
fn what_comes_in_is_recorded_from_the_dashboard_on() {
    let bench = Bench::new();
    let folder = bench.path("");
    let live = ["demo:seed=7,rate=0.1,incident=off", "--now", "2026-11-22T12:00:00Z"];
    let mut stage = start_in(terminal().current_dir(&folder), &live);
    stage.see("FOLLOW");
    assert!(!stage.screen().contains("REC"));
    stage.press(":");
    stage.press("record seen.tape");
    stage.key(Key::Enter);
    let screen = stage.see("and what comes in from now on, are recorded to seen.tape");
    let rows = screen.to_string();
    let rows = rows.split(" earlier rows").next().unwrap().split_whitespace().last().unwrap();
    let rows: u64 = rows.replace(',', "").parse().unwrap();
    assert!(rows > 0, "{screen}");
    stage.see("REC · ");
    // It never writes over a file; one recording at a time.
    stage.press(":");
    stage.press("record");
    stage.key(Key::Enter);
    stage.see("secrets hidden in it");
    stage.see_no("REC · ");
    stage.press(":");
    stage.press("record seen.tape");
    stage.key(Key::Enter);
    stage.see("never overwrites");
    stage.press(":");
    stage.press("record more.tape");
    stage.key(Key::Enter);
    // Whoever leaves sooner has fewer of the earlier rows.
    stage.see("are recorded to more.tape");
    stage.see("REC · ");
    // Leaving ends it well.
    stage.press("q");
    let screen = stage.ends(0);
    assert!(screen.contains("in more.tape, secrets hidden"), "{screen}");
    for tape in ["seen.tape", "more.tape"] {
        let ran = bench.run(&["query", "", tape, "--count", "--stats"]);
        assert!(ran.code == 0 && ran.stats()["skipped"] == 0, "{tape}: {}", ran.err);
        assert!(ran.stats()["kept"].as_u64() >= Some(rows), "{tape}: {}", ran.err);
    }
    drop(stage);
    let mut stage = start(&["replay", bench.path("seen.tape").to_str().unwrap()]);
    // What was here is there before the clock has moved, and what it is is said.
    stage.see("REPLAY 1x");
    stage.see(&format!("on, after {rows} rows of the buffer"));
    stage.press("7");
    stage.see_no(" 0 of 0");
    stage.press("s");
    stage.see("live from 2026-11-22T12:00:");
    stage.press("q");
    stage.press("q");
    stage.ends(0);
}
