//! How somebody is made to look: a bell, or what the terminal shows as a notification.

use crate::cli;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// BEL: passes through everything; what it does is the terminal's choice.
    Bell,
    /// OSC 9, as iTerm2 has it.
    Osc9,
    /// OSC 777, as urxvt has it.
    Osc777,
    /// OSC 99, as kitty has it.
    Osc99,
    /// Nothing.
    None,
}

impl Notify {
    /// What was asked for, where the terminal can take it: tmux and screen drop notifications, and
    /// pass bells on. `env` gives the value of a variable that is set.
    pub fn of(typed: cli::Notify, env: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        let term = env("TERM").unwrap_or_default();
        let is_inside = is_set("TMUX")
            || is_set("STY")
            || term.starts_with("tmux")
            || term.starts_with("screen");
        match typed {
            cli::Notify::None => Self::None,
            cli::Notify::Bell => Self::Bell,
            _ if is_inside => Self::Bell,
            cli::Notify::Osc9 => Self::Osc9,
            cli::Notify::Osc777 => Self::Osc777,
            cli::Notify::Osc99 => Self::Osc99,
        }
    }

    /// The bytes for the terminal. Whatever the text holds, nothing of it can end what it is in.
    pub fn bytes(self, said: &str) -> String {
        // It was made safe where it was made; this is the last door before the terminal.
        let safe = |c: char| if c.is_control() || c == ';' { ' ' } else { c };
        let said: String = said.chars().map(safe).collect();
        match self {
            Self::None => String::new(),
            Self::Bell => "\x07".to_owned(),
            Self::Osc9 => format!("\x1b]9;{said}\x07"),
            Self::Osc777 => format!("\x1b]777;notify;trailtop;{said}\x07"),
            Self::Osc99 => format!("\x1b]99;;{said}\x1b\\"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplexers_get_a_bell() {
        let of = |typed, name: &'static str, value: &'static str| {
            Notify::of(typed, |asked| (asked == name).then(|| value.to_owned()))
        };
        for (typed, name, value, sent) in [
            (cli::Notify::Osc9, "TERM", "xterm-kitty", Notify::Osc9),
            (cli::Notify::Osc99, "TERM", "tmux-256color", Notify::Bell),
            (cli::Notify::Osc777, "TMUX", "/tmp/tmux", Notify::Bell),
            (cli::Notify::Osc777, "STY", "", Notify::Osc777),
            (cli::Notify::None, "TMUX", "/tmp/tmux", Notify::None),
        ] {
            assert_eq!(of(typed, name, value), sent, "{typed:?} {name}={value}");
        }
    }

    #[test]
    fn nothing_in_a_text_gets_out_of_it() {
        let evil = "a\x1b]0;t\x07b\u{9c}c\n;d";
        for (how, sent) in [
            (Notify::Bell, "\x07"),
            (Notify::None, ""),
            (Notify::Osc9, "\x1b]9;a ]0 t b c  d\x07"),
            (Notify::Osc777, "\x1b]777;notify;trailtop;a ]0 t b c  d\x07"),
            (Notify::Osc99, "\x1b]99;;a ]0 t b c  d\x1b\\"),
        ] {
            assert_eq!(how.bytes(evil), sent);
        }
    }
}
