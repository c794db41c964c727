//! A pressed key, as the program sees it: no terminal library's types.

use std::fmt;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A character; capitals are characters of their own.
    Char(char),
    /// The return key.
    Enter,
    /// The escape key.
    Esc,
    /// The tabulator.
    Tab,
    /// The tabulator with Shift.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Cursor left.
    Left,
    /// Cursor right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// A key with Ctrl or Alt. Shift is part of the character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// Whether Ctrl was held.
    pub ctrl: bool,
    /// Whether Alt was held.
    pub alt: bool,
}

impl Chord {
    /// A key alone.
    pub const fn plain(key: Key) -> Self {
        Self { key, ctrl: false, alt: false }
    }

    /// A key with Ctrl.
    pub const fn ctrl(key: Key) -> Self {
        Self { key, ctrl: true, alt: false }
    }
}

/// Names of the keys that are no characters, as tables, help and configuration write them.
const NAMES: [(Key, &str); 15] = [
    (Key::Enter, "Enter"),
    (Key::Esc, "Esc"),
    (Key::Tab, "Tab"),
    (Key::BackTab, "S-Tab"),
    (Key::Backspace, "Backspace"),
    (Key::Delete, "Delete"),
    (Key::Up, "↑"),
    (Key::Down, "↓"),
    (Key::Left, "←"),
    (Key::Right, "→"),
    (Key::Home, "Home"),
    (Key::End, "End"),
    (Key::PageUp, "PgUp"),
    (Key::PageDown, "PgDn"),
    (Key::Char(' '), "Space"),
];

/// What people write for them too.
const OTHERS: [(&str, &str); 16] = [
    ("up", "↑"),
    ("down", "↓"),
    ("left", "←"),
    ("right", "→"),
    ("pageup", "PgUp"),
    ("pagedown", "PgDn"),
    ("pgdown", "PgDn"),
    ("escape", "Esc"),
    ("return", "Enter"),
    ("del", "Delete"),
    ("shift-tab", "S-Tab"),
    ("backtab", "S-Tab"),
    ("bs", "Backspace"),
    ("comma", ","),
    ("minus", "-"),
    ("plus", "+"),
];

impl Chord {
    /// The names of the keys that are no characters.
    pub const NAMES: [(Key, &str); 15] = NAMES;

    /// Reads what people write: the names in any case, `up` and `PageDown`, `C-d` and `ctrl+d`.
    pub fn read(text: &str) -> Option<Self> {
        let prefix = |text: &str, names: [&str; 4]| {
            names.iter().find_map(|name| {
                let start = text.get(..name.len())?;
                let rest = text.get(name.len()..).filter(|rest| !rest.is_empty())?;
                start.eq_ignore_ascii_case(name).then(|| rest.to_owned())
            })
        };
        let (mut rest, mut ctrl, mut alt) = (text.to_owned(), false, false);
        loop {
            if let Some(bare) = prefix(&rest, ["Ctrl-", "Ctrl+", "C-", "^"]) {
                (rest, ctrl) = (bare, true);
            } else if let Some(bare) = prefix(&rest, ["Alt-", "Alt+", "M-", "A-"]) {
                (rest, alt) = (bare, true);
            } else {
                break;
            }
        }
        let named = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(&rest));
        let other = || OTHERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&rest));
        let name = named.map(|(_, name)| *name).or_else(|| other().map(|(_, name)| *name));
        let chord = Self::parse(name.unwrap_or(&rest))?;
        let key = match chord.key {
            // A terminal sends one byte for Ctrl and a letter, of either case.
            Key::Char(c) if ctrl => Key::Char(c.to_ascii_lowercase()),
            Key::Char(c) if c.is_control() || c.is_whitespace() && c != ' ' => return None,
            key => key,
        };
        Some(Self { key, ctrl, alt })
    }

    /// Reads `j`, `Ctrl-d`, `Alt-x`, `PgUp`, `Space`.
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, ctrl) = text.strip_prefix("Ctrl-").map_or((text, false), |rest| (rest, true));
        let (rest, alt) = rest.strip_prefix("Alt-").map_or((rest, false), |rest| (rest, true));
        let named = NAMES.iter().find(|(_, name)| *name == rest).map(|(key, _)| *key);
        let mut chars = rest.chars();
        let key = match (named, chars.next(), chars.next()) {
            (Some(key), ..) => key,
            (None, Some(c), None) => Key::Char(c),
            _ => return None,
        };
        Some(Self { key, ctrl, alt })
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            write!(f, "Ctrl-")?;
        }
        if self.alt {
            write!(f, "Alt-")?;
        }
        match (NAMES.iter().find(|(key, _)| *key == self.key), self.key) {
            (Some((_, name)), _) => write!(f, "{name}"),
            (None, Key::Char(c)) => write!(f, "{c}"),
            (None, key) => write!(f, "{key:?}"),
        }
    }
}
