//! Job control: whether there is a shell that would bring a stopped program back, and whether we
//! are in front of our terminal.
//!
//! On Linux the answers are read from `/proc`: the calls answer 0 for a group or a session whose
//! leader is outside the PID namespace (any container), which `rustix` takes for impossible.

use std::io;

use rustix::io::Errno;
use rustix::termios::tcgetpgrp;

/// Whether a shell of this session waits for our process group. Without one (`ssh -t host
/// trailtop`, a terminal's own command, a container) a stopped program could never be continued,
/// which is why the kernel, too, ignores Ctrl-Z there.
pub fn has_shell() -> bool {
    if cfg!(not(target_os = "linux")) {
        // Systems without /proc do not say; most programs are started by a shell.
        return true;
    }
    let Some(own) = Job::of("self") else { return false };
    let mut next = own.parent;
    while let Some(job) = Job::of(&next.to_string()) {
        if job.session != own.session || own.session == 0 {
            return false;
        }
        if job.group != own.group {
            return true;
        }
        next = job.parent;
    }
    false
}

/// Whether another process group has the terminal that standard output is.
pub fn in_background() -> io::Result<bool> {
    match tcgetpgrp(io::stdout()) {
        Ok(front) => Ok(own_group().is_some_and(|own| own != front.as_raw_nonzero().get())),
        // Not our controlling terminal: nobody can be in front of us.
        Err(Errno::NOTTY | Errno::OPNOTSUPP) => Ok(false),
        Err(why) => Err(why.into()),
    }
}

/// Our process group, where its leader can be seen from here.
#[cfg(target_os = "linux")]
fn own_group() -> Option<i32> {
    Job::of("self").map(|job| job.group).filter(|group| *group != 0)
}

/// Our process group.
#[cfg(not(target_os = "linux"))]
fn own_group() -> Option<i32> {
    Some(rustix::process::getpgrp().as_raw_nonzero().get())
}

/// Where a process stands among the jobs of its terminal. 0 is what cannot be seen from here.
struct Job {
    parent: i32,
    group: i32,
    session: i32,
}

impl Job {
    /// Reads `/proc/PID/stat`; nothing where the system does not say.
    fn of(process: &str) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name of the program stands in parentheses and may contain anything.
        let (_, fields) = stat.rsplit_once(')')?;
        // What follows it: state, parent, group, session.
        let mut fields = fields.split_whitespace().skip(1).map(str::parse);
        let mut next = || fields.next()?.ok();
        Some(Self { parent: next()?, group: next()?, session: next()? })
    }
}
