//! Every way out gives the terminal back clean.

use termlens::{Key, Signal};

use super::stage::{self, DEMO, becomes, is_raw, start_in, terminal};

#[test]
fn by_a_key() {
    for key in [Key::Char('q'), Key::Ctrl('c')] {
        let mut stage = stage::demo();
        let screen = stage.screen();
        assert!(screen.alternate_screen() && screen.bracketed_paste(), "{screen}");
        assert!(!screen.cursor_visible(), "{screen}");
        let device = stage.device();
        assert!(is_raw(&device));
        stage.key(key);
        let screen = stage.ends(0);
        assert!(!is_raw(&device), "{key:?} left raw mode on");
        assert_eq!(screen.text().trim(), "", "{key:?} left something behind");
    }
}

#[test]
fn by_a_signal() {
    let signals =
        [(Signal::Term, 143), (Signal::Hup, 129), (Signal::Int, 130), (Signal::Quit, 131)];
    for (signal, code) in signals {
        let mut stage = stage::demo();
        let device = stage.device();
        stage.signal(signal).unwrap();
        let screen = stage.ends(code);
        assert!(!is_raw(&device), "{signal:?} left raw mode on");
        assert_eq!(screen.text().trim(), "", "{signal:?} left something behind");
    }
}

#[test]
fn by_a_bug_in_any_thread() {
    for thread in ["main", "ingest"] {
        let terminal = terminal().env("TRAILTOP_TEST_PANIC", thread);
        let mut stage = start_in(terminal, DEMO);
        stage.see("268 of 300");
        let device = stage.device();
        stage.key(Key::Alt('!'));
        let screen = stage.ends(101);
        assert!(!is_raw(&device), "a bug in {thread} left raw mode on");
        assert!(screen.contains("ordered \\u{1b}]0;title\\u{7}"), "{screen}");
        assert!(screen.contains(&format!("its {thread} thread")), "{screen}");
        assert!(screen.contains("src/shell/run.rs"), "{screen}");
    }
}

/// Rows that arrive all the time are drawn all the time: none of it may land on the shell's screen.
#[test]
fn in_the_middle_of_drawing() {
    for thread in ["ingest", ""] {
        let terminal = terminal().env("TRAILTOP_TEST_PANIC", thread);
        let mut stage = start_in(terminal, &["demo:seed=7,rate=2000"]);
        stage.see("FOLLOW");
        let code = if thread.is_empty() {
            stage.signal(Signal::Term).unwrap();
            143
        } else {
            stage.key(Key::Alt('!'));
            101
        };
        let screen = stage.ends(code);
        assert!(!screen.contains("demo:seed"), "drawn after the end:\n{screen}");
    }
}

#[test]
fn without_a_screen_it_does_not_start() {
    let mut dumb = start_in(terminal().env("TERM", "dumb"), DEMO);
    let status = dumb.wait_exit().unwrap();
    let screen = dumb.screen();
    assert!(matches!(status.code(), Some(1 | 2)), "{status}\n{screen}");
    assert!(screen.contains("terminal") && screen.contains("trailtop query"), "{screen}");
    stage::is_clean(&screen);
    drop(dumb);

    let _turn = stage::turn();
    let out = std::process::Command::new(stage::TRAILTOP).args(DEMO).output().unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(matches!(out.status.code(), Some(1 | 2)), "{said}");
    assert!(said.contains("terminal") && said.contains("trailtop query"), "{said}");
    assert_eq!(out.stdout, b"", "something was written all the same");
}

#[test]
fn a_missing_or_read_only_home_stops_nothing() {
    for home in ["/proc/nonexistent", "/proc", ""] {
        let mut stage = start_in(terminal().env("HOME", home).env("LANG", ""), DEMO);
        stage.see("268 of 300");
        stage.press("q");
        stage.ends(0);
    }
}

/// After everything was read nothing ticks: no byte for the terminal, no time of the processor.
#[test]
fn nothing_ticks_when_everything_was_read() {
    const WHILE: std::time::Duration = std::time::Duration::from_secs(3);
    let mut stage = stage::demo();
    stage.see("NOT LIVE");
    stage.wait_idle(WHILE).unwrap();
    let pid = stage.pid().unwrap();
    // A frame drawn late, or a machine that is busy, makes it look again; a loop never gets there.
    let quiet = becomes(|| {
        let (repaints, used) = (stage.screen().repaints(), stage::ticks(pid).unwrap());
        std::thread::sleep(WHILE);
        stage.screen().repaints() == repaints && stage::ticks(pid).unwrap() == used
    });
    assert!(quiet, "it does not come to rest:\n{}", stage.screen());
    stage.press("q");
    stage.ends(0);
}
