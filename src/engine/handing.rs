//! Hands over what was learned of everybody, to whoever keeps it beyond the run: now and then, and all
//! that is left at the end.

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::detect::history::History;
use crate::engine::findings::Findings;

/// How often what was learned is handed over.
const HAND_OVER: Duration = Duration::from_mins(1);

/// What was learned of everybody since it was last handed over, by subject.
#[derive(Debug)]
pub struct Learned {
    /// Who, and all that is known of them.
    pub changes: Vec<(Box<str>, History)>,
    /// Whether nothing more will come.
    pub is_last: bool,
}

/// Who keeps what is learned, and when it was last handed over.
#[derive(Debug)]
pub struct Handing {
    /// Nobody may.
    keeper: Option<Sender<Learned>>,
    handed: Instant,
}

impl Handing {
    /// Nothing was handed over yet.
    pub fn to(keeper: Option<Sender<Learned>>) -> Self {
        Self { keeper, handed: Clock::instant() }
    }

    /// Hands over what was learned, where that is due.
    pub fn if_due(&mut self, findings: &mut Findings) {
        if self.handed.elapsed() >= HAND_OVER {
            self.now(findings, false);
        }
    }

    /// Hands over what was learned.
    pub fn now(&mut self, findings: &mut Findings, is_last: bool) {
        self.handed = Clock::instant();
        let Some(keeper) = &self.keeper else { return };
        let firsts = findings.firsts_mut();
        let changes = firsts.map(|it| it.baseline_mut().changes()).unwrap_or_default();
        if is_last || !changes.is_empty() {
            // Whoever keeps it has said so where that was not possible.
            keeper.send(Learned { changes, is_last }).ok();
        }
    }
}
