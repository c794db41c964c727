//! Ctrl-C and SIGTERM while there is no screen: the first ends the run with what it has, the second
//! ends the program where it stands.

use std::fs;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::shell::terminal::HUNG_UP;
use crate::shell::trigger::groups;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Signal {
    /// The exit status scripts expect.
    pub fn status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Ends what triggers run when the terminal is gone, and then the program, which would have ended by
/// itself but left them. Somebody who wants it to go on, as `nohup` does, is not in the way.
pub fn end_on_hang_up() {
    let ignored = fs::read_to_string("/proc/self/status").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(line.trim(), 16).ok()
    });
    let bit = 1 << (SignalKind::hangup().as_raw_value() - 1);
    if ignored.is_some_and(|ignored| ignored & bit != 0) {
        return;
    }
    if let Ok(mut hang_up) = signal(SignalKind::hangup()) {
        tokio::spawn(async move {
            hang_up.recv().await;
            groups::kill_all();
            std::process::exit(HUNG_UP);
        });
    }
}

/// Listens on the runtime it is called on. Where the system does not let us, the receiver is closed
/// and the signals do what they do by themselves.
pub fn listen() -> mpsc::Receiver<Signal> {
    let (sender, receiver) = mpsc::channel(1);
    let heard = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    if let (Ok(mut interrupt), Ok(mut terminate)) = heard {
        tokio::spawn(async move {
            let mut is_first = true;
            loop {
                let signal = tokio::select! {
                    _ = interrupt.recv() => Signal::Interrupt,
                    _ = terminate.recv() => Signal::Terminate,
                };
                if !is_first {
                    groups::kill_all();
                    std::process::exit(signal.status().into());
                }
                is_first = false;
                // When nobody listens any more, the run is ending anyway.
                sender.send(signal).await.ok();
            }
        });
    }
    receiver
}
