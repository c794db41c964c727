//! How somebody is made to look: a bell, or what the terminal shows as a notification.

use crate::cli::Notify;

/// What was asked for, where the terminal can take it: tmux and screen drop notifications, and pass
/// bells on. `env` gives the value of a variable that is set.
pub fn fitting(typed: Notify, env: impl Fn(&str) -> Option<String>) -> Notify {
    let is_set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
    let term = env("TERM").unwrap_or_default();
    let is_inside =
        is_set("TMUX") || is_set("STY") || term.starts_with("tmux") || term.starts_with("screen");
    if is_inside && typed != Notify::None { Notify::Bell } else { typed }
}

/// The bytes for the terminal. Whatever the text holds, nothing of it can end what it is in.
pub fn bytes(how: Notify, said: &str) -> String {
    // It was made safe where it was made; this is the last door before the terminal.
    let safe = |c: char| if c.is_control() || c == ';' { ' ' } else { c };
    let said: String = said.chars().map(safe).collect();
    match how {
        Notify::None => String::new(),
        Notify::Bell => "\x07".to_owned(),
        Notify::Osc9 => format!("\x1b]9;{said}\x07"),
        Notify::Osc777 => format!("\x1b]777;notify;trailtop;{said}\x07"),
        Notify::Osc99 => format!("\x1b]99;;{said}\x1b\\"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplexers_get_a_bell() {
        let of = |typed, name: &'static str, value: &'static str| {
            fitting(typed, |asked| (asked == name).then(|| value.to_owned()))
        };
        for (typed, name, value, sent) in [
            (Notify::Osc9, "TERM", "xterm-kitty", Notify::Osc9),
            (Notify::Osc99, "TERM", "tmux-256color", Notify::Bell),
            (Notify::Osc777, "TMUX", "/tmp/tmux", Notify::Bell),
            (Notify::Osc777, "STY", "", Notify::Osc777),
            (Notify::None, "TMUX", "/tmp/tmux", Notify::None),
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
            assert_eq!(bytes(how, evil), sent);
        }
    }
}
