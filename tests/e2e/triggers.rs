//! Triggers behind the dashboard: they never hold it up, what they do can be looked at, and they end
//! with it whatever way it ends.

use std::fs;

use termlens::{Key, Signal};

use super::stage::{becomes, start_in, state, terminal};

/// A program that hangs, at every alert of a busy demo.
const CONFIG: &str = "[[trigger]]\nname = \"hangs\"\nrules = [\"*\"]\nrun = [\"/bin/sh\", \"-c\", \"echo $$ > pid.$$; trap '' TERM; while :; do sleep 1000; done\"]\ntimeout = \"5m\"\nat-once = 2\n";

#[test]
fn they_are_shown_and_end_with_it() {
    for way in ["key", "signal", "panic"] {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        fs::write(&config, CONFIG).unwrap();
        let terminal = terminal()
            .env("XDG_STATE_HOME", folder.path().join("state").to_str().unwrap())
            .env("TRAILTOP_TEST_PANIC", "main")
            .current_dir(folder.path());
        let config = config.to_str().unwrap();
        let mut stage =
            start_in(terminal, &["demo:seed=7,rate=500", "--config", config, "--triggers"]);
        stage.see("FOLLOW");
        let pids = || -> Vec<u32> {
            let entries = fs::read_dir(folder.path()).unwrap().flatten();
            let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
            names.filter_map(|name| name.strip_prefix("pid.")?.parse().ok()).collect()
        };
        assert!(becomes(|| pids().len() == 2), "two programs run");
        // It answers all the while.
        stage.press("!");
        stage.see("wait for somebody");
        stage.key(Key::Tab);
        stage.see("TRIGGERS 2 fired");
        stage.see("running");
        let screen = stage.see("dropped");
        assert!(screen.contains("/bin/sh"), "{screen}");
        assert!(pids().iter().all(|pid| state(*pid).is_some()));
        match way {
            "key" => {
                stage.press("qqq");
                stage.ends(0);
            }
            "signal" => {
                stage.signal(Signal::Term).unwrap();
                stage.ends(143);
            }
            _ => {
                stage.key(Key::Alt('!'));
                stage.ends(101);
            }
        }
        let is_gone = |pid: &u32| state(*pid).is_none_or(|state| state == 'Z');
        assert!(becomes(|| pids().iter().all(is_gone)), "{way}: a program runs on");
    }
}

#[test]
fn a_demo_fires_nothing_unless_asked() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, CONFIG).unwrap();
    let mut stage = start_in(
        terminal().current_dir(folder.path()),
        &[
            "demo:seed=7,events=300",
            "--now",
            "2026-11-22T12:00:00Z",
            "--config",
            config.to_str().unwrap(),
        ],
    );
    stage.see("of 300");
    stage.press(":");
    stage.press("trigger-audit");
    stage.key(Key::Enter);
    let screen = stage.see("Nothing has fired yet");
    assert!(screen.contains("hangs: every rule: runs /bin/sh"), "{screen}");
    stage.press("qq");
    stage.ends(0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something ran");
}
