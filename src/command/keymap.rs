//! Chords to actions: the default keys of the table, and the half-pressed prefix `y`.

use std::collections::HashMap;
use std::fmt::Write;

use crate::command::action::{ACTIONS, Action};
use crate::command::chord::Chord;

/// What a key press means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// A whole chord: this is wanted.
    Action(Action),
    /// Half of a chord of two keys.
    Pending,
    /// Nothing is bound to it.
    Unbound,
}

/// The bindings, and what is half pressed.
#[derive(Debug, Clone)]
pub struct Keymap {
    bound: HashMap<Vec<Chord>, Action>,
    pending: Option<Chord>,
    last: Option<Chord>,
}

impl Default for Keymap {
    fn default() -> Self {
        let chords = |keys: &str| keys.split(' ').filter_map(Chord::parse).collect();
        let bound = ACTIONS
            .iter()
            .flat_map(|row| row.keys.iter().map(move |keys| (chords(keys), row.action)));
        Self { bound: bound.collect(), pending: None, last: None }
    }
}

impl Keymap {
    /// What this press means, after what was half pressed before.
    pub fn press(&mut self, chord: Chord) -> Press {
        self.last = Some(chord);
        let keys: Vec<Chord> = self.pending.take().into_iter().chain([chord]).collect();
        if let Some(action) = self.bound.get(&keys) {
            return Press::Action(*action);
        }
        let begins = self.bound.keys().any(|bound| bound.len() > 1 && bound[0] == chord);
        if keys.len() == 1 && begins {
            self.pending = Some(chord);
            return Press::Pending;
        }
        Press::Unbound
    }

    /// The key that was pressed last.
    pub fn last(&self) -> Option<Chord> {
        self.last
    }

    /// The half-pressed key and what may follow it, for the footer.
    pub fn pending(&self) -> Option<(Chord, Vec<(Chord, Action)>)> {
        let first = self.pending?;
        let mut next: Vec<(Chord, Action)> = self
            .bound
            .iter()
            .filter(|(keys, _)| keys.len() == 2 && keys[0] == first)
            .map(|(keys, action)| (keys[1], *action))
            .collect();
        next.sort_by_key(|(_, action)| *action);
        Some((first, next))
    }
}

/// The key table as text, generated for `trailtop keys`, the README and the man page.
pub fn table() -> String {
    let mut out = String::new();
    let mut group = "";
    for row in ACTIONS {
        if row.group != group {
            group = row.group;
            out.push_str(group);
            out.push('\n');
        }
        let keys = if row.keys.is_empty() { "(palette)".to_owned() } else { row.keys.join("  ") };
        // Writing to a String cannot fail.
        writeln!(out, "  {keys:<12} {:<15} {}", row.name, row.help).ok();
    }
    out
}
