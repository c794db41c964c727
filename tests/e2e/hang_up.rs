//! The terminal is lost, or takes nothing any more: the program must be gone.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};

use super::bare::start;
use super::stage::{self, TRAILTOP, becomes};

/// Waits for the end; what is still there after the deadline is killed.
fn end(mut child: Child) -> ExitStatus {
    let pid = child.id();
    let mut status = None;
    let gone = becomes(|| {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    let used = stage::ticks(pid);
    if !gone {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    status.unwrap_or_else(|| panic!("still running, having used {used:?} ticks"))
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let _turn = stage::turn();
    let mut bare = start(&[TRAILTOP, "demo:seed=7,rate=100"], (100, 30));
    bare.read_until("FOLLOW");
    drop(bare.master);
    assert_eq!(end(bare.child).code(), Some(129));
}

/// Nobody passes the signal on: the leader of the session is a script that ignores it.
#[test]
fn a_closed_terminal_ends_the_program_without_a_signal() {
    let _turn = stage::turn();
    for source in ["demo:seed=7,events=300", "demo:seed=7,rate=100"] {
        let script = format!("trap '' HUP; '{TRAILTOP}' {source}; exit $?");
        let mut bare = start(&["/bin/sh", "-c", &script], (100, 30));
        bare.read_until("demo:");
        drop(bare.master);
        assert_eq!(end(bare.child).code(), Some(129), "{source}");
    }
}

/// A connection that hangs takes no byte; a signal must end the program all the same.
#[test]
fn a_stalled_terminal_does_not_keep_it_alive() {
    let _turn = stage::turn();
    let mut bare = start(&[TRAILTOP, "demo:seed=7,rate=2000"], (250, 60));
    bare.read_until("FOLLOW");
    // Nobody reads any more; wait until the terminal's queue is full and the drawing stuck in it.
    let pid = bare.child.id();
    assert!(becomes(|| stage::is_stuck(pid)), "it never filled the terminal's queue");
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::TERM).unwrap();
    let status = end(bare.child);
    assert_eq!((status.code(), status.signal()), (Some(143), None));
    drop(bare.master);
}

/// A terminal that says 0 x 0 is taken for one of 80 x 24.
#[test]
fn a_terminal_without_a_size() {
    let _turn = stage::turn();
    let mut bare = start(&[TRAILTOP, "demo:seed=7,events=300"], (0, 0));
    let seen = bare.read_until("all keys");
    let size = |cells| std::num::NonZeroU16::new(cells).unwrap();
    let mut large = vt100::Parser::new(size(60), size(200), 0);
    large.process(seen.as_bytes());
    let last = large.screen().rows(0, 200).filter(|row| !row.is_empty()).count();
    assert!(last <= 24, "drawn below the 24th line:\n{}", large.screen().contents());
    kill_process(Pid::from_raw(bare.child.id().cast_signed()).unwrap(), Signal::TERM).unwrap();
    let reader = std::thread::Builder::new().name("drain".into());
    let mut master = bare.master;
    let drain = reader.spawn(move || {
        let mut rest = vec![];
        // The read ends with an error when the terminal is closed from the other side.
        master.read_to_end(&mut rest).ok();
        String::from_utf8_lossy(&rest).into_owned()
    });
    assert_eq!(end(bare.child).code(), Some(143));
    let rest = drain.unwrap().join().unwrap();
    assert!(rest.contains("\x1b[?1049l") && rest.contains("\x1b[?2004l"), "{rest:?}");
}

/// One cell; then, without being started anew, a whole screen.
#[test]
fn a_terminal_of_one_cell() {
    let _turn = stage::turn();
    let mut bare = start(&[TRAILTOP, "demo:seed=7,events=300"], (1, 1));
    bare.read_until("\x1b[?2026l");
    bare.resize((80, 24));
    bare.read_until("all keys");
    bare.master.write_all(b"q").unwrap();
    bare.read_until("\x1b[?1049l");
    assert_eq!(end(bare.child).code(), Some(0));
}
