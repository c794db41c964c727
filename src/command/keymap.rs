//! Chords to actions: the keys of the table or the user's own, and what is half pressed.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use crate::command::action::{ACTIONS, Action};
use crate::command::chord::{Chord, Key};

/// What a key press means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// A whole chord: this is wanted.
    Action(Action),
    /// The beginning of keys that are pressed one after the other.
    Pending,
    /// Nothing is bound to it.
    Unbound,
}

/// Leaves at once, whatever has the keys: it is bound to nothing else.
pub const QUIT: Chord = Chord::ctrl(Key::Char('c'));

/// What a terminal, tmux or screen may keep for itself: flow control and prefixes.
pub const KEPT: [(Chord, &str); 4] = [
    (Chord::ctrl(Key::Char('a')), "screen's prefix"),
    (Chord::ctrl(Key::Char('b')), "tmux's prefix"),
    (Chord::ctrl(Key::Char('s')), "flow control: it freezes the terminal"),
    (Chord::ctrl(Key::Char('q')), "flow control"),
];

/// Keys that are pressed one after the other.
pub type Keys = Vec<Chord>;

/// The bindings, and what is half pressed.
#[derive(Debug, Clone)]
pub struct Keymap {
    bound: HashMap<Keys, Action>,
    /// The keys of each action as they are shown, in their order.
    shown: BTreeMap<Action, Vec<String>>,
    pending: Keys,
    last: Option<Chord>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&BTreeMap::new())
    }
}

impl Keymap {
    /// The default keys, with the user's own in the place of those of the same action. A default
    /// key gives way to one of the user's that is the same, begins it or is begun by it.
    pub fn with(own: &BTreeMap<Action, Vec<Keys>>) -> Self {
        let mut map =
            Self { bound: HashMap::new(), shown: BTreeMap::new(), pending: vec![], last: None };
        map.bound.insert(vec![QUIT], Action::Quit);
        for row in ACTIONS {
            let keys = match own.get(&row.action) {
                Some(keys) => keys.clone(),
                None => defaults(row.keys).filter(|keys| rival(own, keys).is_none()).collect(),
            };
            map.shown.insert(row.action, keys.iter().map(written).collect());
            map.bound.extend(keys.into_iter().map(|keys| (keys, row.action)));
        }
        map
    }

    /// What this press means, after what was half pressed before.
    pub fn press(&mut self, chord: Chord) -> Press {
        self.last = Some(chord);
        let mut keys = std::mem::take(&mut self.pending);
        keys.push(chord);
        if let Some(action) = self.bound.get(&keys) {
            return Press::Action(*action);
        }
        if self.bound.keys().any(|bound| bound.starts_with(&keys)) {
            self.pending = keys;
            return Press::Pending;
        }
        Press::Unbound
    }

    /// Whether keys begin with this one.
    pub fn knows(&self, chord: Chord) -> bool {
        self.bound.keys().any(|bound| bound.get(self.pending.len()) == Some(&chord))
    }

    /// The key that was pressed last.
    pub fn last(&self) -> Option<Chord> {
        self.last
    }

    /// The keys of an action as they are written.
    pub fn keys(&self, action: Action) -> &[String] {
        self.shown.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The first key of an action; that of the palette, which has every action, where it has none.
    pub fn key(&self, action: Action) -> &str {
        let first = |action| self.keys(action).first();
        first(action).or_else(|| first(Action::Palette)).map_or("", String::as_str)
    }

    /// A sentence of ours with the keys of the actions that it names in braces: `{noise} shows it`
    /// is `X shows it`, or `: noise shows it` where no key does that.
    pub fn spell(&self, sentence: &str) -> String {
        let mut out = String::new();
        let mut rest = sentence;
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        {
            out.push_str(before);
            match ACTIONS.iter().find(|row| row.name == name) {
                Some(row) => match self.keys(row.action).first() {
                    Some(key) => out.push_str(key),
                    None => out.extend([self.key(Action::Palette), " ", name]),
                },
                None => out.extend(["{", name, "}"]),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// The half-pressed keys and what may follow them, for the footer.
    pub fn pending(&self) -> Option<(String, Vec<(Chord, Action)>)> {
        let begun = self.pending.len();
        if begun == 0 {
            return None;
        }
        let follows = |(keys, action): (&Keys, &Action)| {
            keys.starts_with(&self.pending).then(|| Some((*keys.get(begun)?, *action))).flatten()
        };
        let mut next: Vec<(Chord, Action)> = self.bound.iter().filter_map(follows).collect();
        next.sort_by_key(|(chord, action)| (*action, *chord));
        Some((written(&self.pending), next))
    }

    /// The key table as text, for `trailtop keys` and the man page.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let mut group = "";
        for row in ACTIONS {
            if row.group != group {
                group = row.group;
                out.push_str(group);
                out.push('\n');
            }
            let keys = match self.keys(row.action) {
                [] => "(palette)".to_owned(),
                keys => keys.join("  "),
            };
            // Writing to a String cannot fail.
            writeln!(out, "  {keys:<12} {:<15} {}", row.name, row.help).ok();
        }
        out
    }
}

/// The action of the user's whose keys cannot go with these: the same, or one begins the other.
pub fn rival<'k>(own: &'k BTreeMap<Action, Vec<Keys>>, keys: &Keys) -> Option<(Action, &'k Keys)> {
    let collide = |other: &Keys| other.starts_with(keys) || keys.starts_with(other);
    own.iter().find_map(|(action, all)| {
        all.iter().find(|other| collide(other)).map(|other| (*action, other))
    })
}

/// The default keys of a row.
pub fn defaults(keys: &'static [&'static str]) -> impl Iterator<Item = Keys> {
    keys.iter().map(|keys| keys.split(' ').filter_map(Chord::parse).collect())
}

/// Reads keys that are pressed one after the other: `g g`, `Ctrl-x Ctrl-c`. The error says what
/// would be right.
pub fn read(text: &str) -> Result<Keys, String> {
    let chord = |word: &str| {
        let wrong = || {
            format!(
                "{word:?} is no key: write a character, Ctrl-x, Alt-x, or one of {}; keys pressed \
                 one after the other with a blank between",
                Chord::NAMES.map(|(_, name)| name).join(", ")
            )
        };
        Chord::read(word).ok_or_else(wrong)
    };
    let keys: Keys = text.split_whitespace().map(chord).collect::<Result<_, _>>()?;
    match keys.is_empty() {
        true => Err("an empty text is no key; [] leaves an action without one".to_owned()),
        false => Ok(keys),
    }
}

/// Keys as they are written.
pub fn written(keys: &Keys) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "keymap_tests.rs"]
mod tests;
