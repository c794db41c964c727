//! Signals and hang-ups. A thread of its own ends the process when the terminal is lost, because a
//! lost terminal leaves everybody who reads from it spinning.

use std::sync::mpsc::Sender;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use crate::app::msg::Msg;
use crate::shell::terminal::restore;

/// Starts watching.
pub fn watch(msgs: Sender<Msg>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGTERM, SIGINT, SIGTSTP])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in &mut signals {
            match signal {
                SIGTSTP => {
                    if msgs.send(Msg::Suspend).is_err() {
                        return;
                    }
                }
                signal => leave(128 + signal),
            }
        }
    })?;
    thread::Builder::new().name("hang-up".into()).spawn(await_hang_up)?;
    Ok(())
}

/// Waits, without ever waking up, until the terminal is gone.
fn await_hang_up() {
    let Ok(tty) = std::fs::File::open("/dev/tty") else { return };
    loop {
        let mut fds = [PollFd::new(&tty, PollFlags::empty())];
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
            Ok(_)
                if fds[0]
                    .revents()
                    .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) =>
            {
                leave(129)
            }
            Ok(_) => {}
        }
    }
}

fn leave(code: i32) -> ! {
    restore();
    std::process::exit(code)
}
