//! A program on a bare terminal: every byte it sends comes here, and nobody answers or reads unless
//! a test does. Shared with `tests/bench`.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How long anything may take on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// A program on a terminal whose other end is ours to close.
pub(crate) struct Bare {
    pub(crate) master: File,
    pub(crate) child: Child,
}

/// Starts a command with a terminal of so many columns and lines as its controlling one, as the
/// leader of its session.
pub(crate) fn start(words: &[&str], size: (u16, u16)) -> Bare {
    start_with(words, size, &[])
}

/// The same, with these variables beside the usual ones.
pub(crate) fn start_with(words: &[&str], size: (u16, u16), set: &[(&str, &str)]) -> Bare {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    tcsetwinsize(&master, of(size)).unwrap();
    let name = ptsname(&master, vec![]).unwrap().into_string().unwrap();
    let tty: OwnedFd = File::options().read(true).write(true).open(name).unwrap().into();
    let child = Command::new("setsid")
        .arg("--ctty")
        .args(words)
        .env_clear()
        .envs([("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")])
        .envs(set.iter().copied())
        .stdin(tty.try_clone().unwrap())
        .stdout(tty.try_clone().unwrap())
        .stderr(tty)
        .spawn()
        .unwrap();
    Bare { master: master.into(), child }
}

fn of((ws_col, ws_row): (u16, u16)) -> Winsize {
    Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 }
}

impl Bare {
    /// What is drawn until this was.
    pub(crate) fn read_until(&mut self, text: &str) -> String {
        let mut seen = vec![];
        while !String::from_utf8_lossy(&seen).contains(text) {
            let got = self.read_for(DEADLINE);
            assert!(!got.is_empty(), "no {text:?} in {:?}", String::from_utf8_lossy(&seen));
            seen.extend(got);
        }
        String::from_utf8_lossy(&seen).into_owned()
    }

    /// The next bytes; none when nothing comes for so long, or ever more.
    pub(crate) fn read_for(&mut self, patience: Duration) -> Vec<u8> {
        let mut block = vec![0; 65_536];
        let mut fds = [PollFd::new(&self.master, PollFlags::IN)];
        let late = Timespec::try_from(patience).unwrap();
        if poll(&mut fds, Some(&late)).unwrap() == 0 {
            return vec![];
        }
        // The read fails when the terminal was closed from the other side.
        let got = self.master.read(&mut block).unwrap_or_default();
        block.truncate(got);
        block
    }

    /// Everything that comes until nothing comes for so long.
    pub(crate) fn drain(&mut self, quiet: Duration) -> Vec<u8> {
        let mut all = vec![];
        loop {
            let got = self.read_for(quiet);
            if got.is_empty() {
                return all;
            }
            all.extend(got);
        }
    }

    /// Types.
    pub(crate) fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&self, size: (u16, u16)) {
        tcsetwinsize(&self.master, of(size)).unwrap();
    }
}
