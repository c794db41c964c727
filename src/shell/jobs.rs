//! Job control: whether there is a shell that would bring a stopped program back.

use rustix::process::{Pid, getpgid, getpgrp, getppid, getsid};

/// Whether a shell of this session waits for our process group. Without one (`ssh -t host
/// trailtop`, a terminal's own command, a container) a stopped program could never be continued,
/// which is why the kernel, too, ignores Ctrl-Z there.
pub fn has_shell() -> bool {
    let Ok(session) = getsid(None) else { return false };
    let (group, mut next) = (getpgrp(), getppid());
    while let Some(parent) = next {
        match (getpgid(Some(parent)), getsid(Some(parent))) {
            (Ok(of), Ok(theirs)) if theirs == session && of != group => return true,
            (Ok(_), Ok(theirs)) if theirs == session => next = parent_of(parent),
            _ => return false,
        }
    }
    // Systems without /proc do not say; most programs are started by a shell.
    !cfg!(target_os = "linux")
}

/// The parent of a process, where the system says it.
fn parent_of(pid: Pid) -> Option<Pid> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name of the program stands in parentheses and may contain anything.
    let (_, fields) = stat.rsplit_once(')')?;
    Pid::from_raw(fields.split_whitespace().nth(1)?.parse().ok()?)
}
