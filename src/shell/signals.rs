//! Signals and hang-ups. A thread of its own ends the process when the terminal is lost, because a
//! lost terminal leaves everybody who reads from it spinning.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;

use crate::app::msg::Msg;
use crate::shell::terminal::{hung_up, leave};

/// What is watched.
const WATCHED: [i32; 7] = [SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];

/// Starts watching.
pub fn watch(msgs: Sender<Msg>) -> io::Result<()> {
    let mut signals = Signals::new(WATCHED)?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in &mut signals {
            let msg = match signal {
                SIGTSTP => Msg::Suspend,
                SIGCONT => Msg::Continued,
                // The terminal library knows it too, but not while it waits for the rest of an
                // escape sequence.
                SIGWINCH => Msg::Resized,
                signal => leave(128 + signal, || {}),
            };
            if msgs.send(msg).is_err() {
                return;
            }
        }
    })?;
    thread::Builder::new().name("hang-up".into()).spawn(await_hang_up)?;
    Ok(())
}

/// Waits, without ever waking up, until the terminal is gone. The kernel tells only the leader of
/// the session by a signal; started by a script, we are not that. Standard output is asked, which
/// is known to be a terminal: `/dev/tty` may not exist, and some systems cannot poll it.
fn await_hang_up() {
    let out = io::stdout();
    loop {
        let mut fds = [PollFd::new(&out, PollFlags::empty())];
        match poll(&mut fds, None) {
            Ok(_) if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) => hung_up(),
            Err(Errno::INTR) => {}
            // What cannot be watched is not watched; drawing will notice.
            Ok(_) | Err(_) => return,
        }
    }
}
