//! The process groups of programs that run: whatever way trailtop ends, they end with it. A number is
//! a group of ours as long as it stands here; it is taken away before the program is reaped, and only
//! then may the system give the number to somebody else.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use rustix::process::{Pid, Signal, kill_process_group};

/// The most groups: every trigger at its most.
const MOST: usize = 256;

static GROUPS: [AtomicI32; MOST] = [const { AtomicI32::new(0) }; MOST];

/// Set once trailtop ends: while it gives the terminal back, others still run.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Whether trailtop ends: nothing may be started any more.
pub fn is_ending() -> bool {
    IS_ENDING.load(Ordering::SeqCst)
}

/// The group of a program that runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Group {
    at: usize,
    id: Pid,
}

impl Group {
    /// The group that a program leads; `None` where there are too many.
    pub fn of(leader: Pid) -> Option<Self> {
        let number = leader.as_raw_nonzero().get();
        let is_free = |slot: &AtomicI32| {
            slot.compare_exchange(0, number, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        };
        let at = GROUPS.iter().position(is_free)?;
        let group = Self { at, id: leader };
        // Whoever ends trailtop may have looked before it stood here.
        (!is_ending()).then_some(group)
    }

    /// Sends a signal to every program of the group.
    pub fn signal(&self, signal: Signal) {
        // Whoever is gone needs none.
        kill_process_group(self.id, signal).ok();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        GROUPS[self.at].store(0, Ordering::SeqCst);
    }
}

/// Kills every program that runs: trailtop ends now, from whatever thread.
pub fn kill_all() {
    IS_ENDING.store(true, Ordering::SeqCst);
    for slot in &GROUPS {
        if let Some(id) = Pid::from_raw(slot.load(Ordering::SeqCst)) {
            kill_process_group(id, Signal::KILL).ok();
        }
    }
}
