//! Ctrl-Z to a real shell with job control, and back by `fg`.

use rustix::process::{Pid, Signal, kill_process};
use termlens::Key;

use super::stage::{self, DEMO, Stage, TRAILTOP, becomes, state, terminal};

/// A shell that starts trailtop as a job, reads a line once that is stopped, and brings it back.
const SHELL: &str = r#"set -m
"$0" "$@"
echo "stopped by $?, $(stty -a | grep -o -e '-\?icanon')"
stty sane
read -r line
echo "continuing"
fg > /dev/null
echo "ended by $?""#;

fn shell(before: &str, args: &[&str]) -> Stage {
    let script = SHELL.replacen("\"$0\"", &format!("{before}\"$0\""), 1);
    let terminal = terminal().args(["-c", &script, TRAILTOP]).args(args);
    stage::spawn(terminal, "/bin/bash")
}

/// The process of trailtop below the shell.
fn child(stage: &Stage) -> u32 {
    let shell = stage.pid().unwrap();
    let children = format!("/proc/{shell}/task/{shell}/children");
    let pids = std::fs::read_to_string(children).unwrap();
    let mut pids = pids.split_whitespace().map(|pid| pid.parse::<u32>().unwrap());
    pids.find(|pid| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "trailtop\n")
    })
    .unwrap()
}

fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

fn stops_and_comes_back(mut stage: Stage, stop: impl Fn(&mut Stage, u32)) {
    stage.see("268 of 300");
    let pid = child(&stage);
    let device = stage.device();
    assert!(stage::is_raw(&device));
    stop(&mut stage, pid);
    let screen = stage.see("stopped by 147, icanon");
    stage::is_clean(&screen);
    assert!(becomes(|| state(pid) == Some('T')), "not stopped: {:?}", state(pid));
    assert!(!stage::is_raw(&device), "raw mode was left on");
    stage.key(Key::Enter);
    let screen = stage.wait("the screen again", |screen| {
        screen.alternate_screen() && screen.contains("268 of 300")
    });
    assert!(screen.bracketed_paste() && !screen.cursor_visible(), "{screen}");
    assert!(!screen.contains("stopped by"), "not drawn anew:\n{screen}");
    assert!(becomes(|| stage::is_raw(&device)));
    stage.press("?");
    stage.see("next row or line");
    stage.press("qq");
    stage.see("ended by 0");
    stage::is_clean(&stage.screen());
}

#[test]
fn by_the_key() {
    stops_and_comes_back(shell("", DEMO), |stage, _| stage.key(Key::Ctrl('z')));
}

#[test]
fn by_a_signal_from_outside() {
    stops_and_comes_back(shell("", DEMO), |_, pid| {
        send(pid, Signal::TSTP);
    });
}

/// The shell waits for every program of a pipeline; all of them must stop.
#[test]
fn a_whole_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    std::fs::write(&path, stage::record("PutObject", "2026-01-05T10:00:00Z") + "\n").unwrap();
    let mut stage = shell(&format!("tail -f {} | ", path.display()), &["-"]);
    stage.see("1 of 1");
    stage.key(Key::Ctrl('z'));
    stage::is_clean(&stage.see("stopped by 14"));
    stage.key(Key::Enter);
    stage.see("1 of 1");
    stage.press("q");
}

/// A job killed while it is stopped ends, and does not stop again on its way out.
#[test]
fn killed_while_stopped() {
    let mut stage = shell("", DEMO);
    stage.see("268 of 300");
    let pid = child(&stage);
    stage.key(Key::Ctrl('z'));
    stage.see("stopped by 14");
    // As a shell's `kill %1` does: the signal, and then the waking up that delivers it.
    send(pid, Signal::TERM);
    send(pid, Signal::CONT);
    assert!(becomes(|| matches!(state(pid), None | Some('Z'))), "{:?}", state(pid));
    stage::is_clean(&stage.screen());
}

/// Stopped without a warning, with the shell's modes on the terminal afterwards.
#[test]
fn stopped_the_hard_way() {
    let mut stage = shell("", DEMO);
    stage.see("268 of 300");
    let device = stage.device();
    let pid = child(&stage);
    send(pid, Signal::STOP);
    assert!(becomes(|| state(pid) == Some('T')), "not stopped: {:?}", state(pid));
    // The shell has made the terminal its own again, as an interactive one does.
    assert!(becomes(|| !stage::is_raw(&device)), "{}", stage.screen());
    stage.key(Key::Enter);
    stage.see_no("stopped by 14");
    stage.see("268 of 300");
    assert!(becomes(|| stage::is_raw(&device)), "keys would be echoed:\n{}", stage.screen());
    stage.press("?");
    stage.see("next row or line");
    stage.press("qq");
    stage.see("ended by 0");
}

/// Where no shell would ever say `fg`, Ctrl-Z would be a trap.
#[test]
fn not_without_a_shell() {
    let mut stage = stage::demo();
    stage.key(Key::Ctrl('z'));
    stage.see("no shell would bring trailtop back");
    stage.press("?");
    stage.see("next row or line");
    stage.press("qq");
    stage.ends(0);
}
