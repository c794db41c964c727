//! How the dashboard looks on this terminal: decided once, from what was typed and from the
//! environment, because over SSH `TERM` and the locale are all that is known.

use ratatui::buffer::Buffer;

use crate::cli::Color;
use crate::ui::Themes;
use crate::ui::glyphs::Glyphs;
use crate::ui::theme::{Colors, Theme};

/// What was typed.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// `--color`
    pub color: Color,
    /// `--ascii`
    pub ascii: bool,
    /// `--theme`: the name of a theme.
    pub theme: Option<&'a str>,
    /// The theme that was chosen on the screen last.
    pub left: Option<&'a str>,
    /// The themes there are.
    pub themes: &'a Themes,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The theme to start with.
    pub theme: Theme,
    /// The colours that may be sent, whatever theme is chosen later.
    pub colors: Colors,
    /// The signs that the terminal can show.
    pub glyphs: Glyphs,
}

/// Decides. `env` gives the value of a variable that is set. `None` where there is no theme of the
/// name that was typed: that is not silent where no colour may be sent.
///
/// - Colours: what `--color` says; else none where `NO_COLOR` is not empty (<https://no-color.org>),
///   sixteen on the consoles, any where `COLORTERM` says so, the 256 indexed ones otherwise.
/// - Theme: what `--theme` says; else the one that was chosen last, as long as it is there; else
///   `sixteen` where there are no more colours.
/// - Signs: ASCII where `--ascii` says so, on those consoles, and in a locale that is set and not
///   UTF-8. Where no locale is set at all, as in most containers, the terminal is trusted.
pub fn look(wishes: Wishes<'_>, env: impl Fn(&str) -> Option<String>) -> Option<Look> {
    let env = |name: &str| env(name).filter(|value| !value.is_empty());
    let is_console = is_console(&env("TERM").unwrap_or_default());
    let colors = match wishes.color {
        Color::Never => Colors::None,
        Color::Truecolor => Colors::True,
        Color::Indexed => Colors::Indexed,
        Color::Sixteen => Colors::Sixteen,
        Color::Auto if env("NO_COLOR").is_some() => Colors::None,
        Color::Auto => match env("COLORTERM").as_deref() {
            _ if is_console => Colors::Sixteen,
            Some("truecolor" | "24bit") => Colors::True,
            _ => Colors::Indexed,
        },
    };
    let usual = if colors == Colors::Sixteen { "sixteen" } else { "dark" };
    let left = wishes.left.and_then(|name| wishes.themes.load(name, colors));
    let theme = match (wishes.theme, left) {
        (None, Some(theme)) => theme,
        (typed, _) => wishes.themes.load(typed.unwrap_or(usual), colors)?,
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env(name));
    let is_utf8 = locale.is_none_or(|locale| is_utf8(&locale));
    let ascii = wishes.ascii || is_console || !is_utf8;
    Some(Look { theme, colors, glyphs: if ascii { Glyphs::ASCII } else { Glyphs::UNICODE } })
}

/// Our own signs that panes write into their sentences, and what stands for them in ASCII. Each is
/// one cell wide. Characters of the events are left as they are: they are evidence.
const SIGNS: [(&str, &str); 16] = [
    ("·", "-"),
    ("…", "~"),
    ("→", ">"),
    ("←", "<"),
    ("↑", "^"),
    ("↓", "v"),
    ("↵", "<"),
    ("↳", ">"),
    ("─", "-"),
    ("│", "|"),
    ("▸", "+"),
    ("▾", "-"),
    ("█", "#"),
    ("×", "x"),
    ("−", "-"),
    ("–", "-"),
];

/// Draws our own signs in ASCII where only that can be shown.
pub fn spell(buf: &mut Buffer, glyphs: Glyphs) {
    if !glyphs.ascii {
        return;
    }
    for cell in &mut buf.content {
        if let Some((_, plain)) = SIGNS.iter().find(|(sign, _)| *sign == cell.symbol()) {
            cell.set_symbol(plain);
        }
    }
}

/// The Linux console and real terminals: few colours, few signs.
fn is_console(term: &str) -> bool {
    term == "linux" || term.starts_with("vt") || term == "ansi"
}

fn is_utf8(locale: &str) -> bool {
    let lower = locale.to_ascii_lowercase();
    lower.contains("utf-8") || lower.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing was typed.
    fn plain(themes: &Themes) -> Wishes<'_> {
        Wishes { color: Color::Auto, ascii: false, theme: None, left: None, themes }
    }

    /// The look for `NAME=value` words.
    fn on(words: &str, wishes: Wishes<'_>) -> Look {
        let set: Vec<(&str, &str)> =
            words.split_whitespace().filter_map(|word| word.split_once('=')).collect();
        let env = |name: &str| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        look(wishes, env).unwrap()
    }

    #[test]
    fn the_environment_decides_colours_theme_and_signs() {
        let cases = [
            ("TERM=xterm-256color LANG=en_US.UTF-8", Colors::Indexed, "dark", false),
            ("", Colors::Indexed, "dark", false),
            ("TERM=xterm COLORTERM=truecolor", Colors::True, "dark", false),
            ("TERM=xterm COLORTERM=yes", Colors::Indexed, "dark", false),
            ("TERM=xterm NO_COLOR=1 COLORTERM=24bit", Colors::None, "mono", false),
            ("TERM=xterm NO_COLOR=", Colors::Indexed, "dark", false),
            ("TERM=linux COLORTERM=truecolor", Colors::Sixteen, "sixteen", true),
            ("TERM=vt100 LANG=C.UTF-8", Colors::Sixteen, "sixteen", true),
            ("TERM=xterm LANG=C", Colors::Indexed, "dark", true),
            ("TERM=xterm LANG=en_US.ISO-8859-1", Colors::Indexed, "dark", true),
            ("TERM=xterm LANG=C LC_ALL=en_US.utf8", Colors::Indexed, "dark", false),
            ("TERM=xterm LANG=en_US.UTF-8 LC_ALL=POSIX", Colors::Indexed, "dark", true),
            ("TERM=xterm LC_ALL= LC_CTYPE=C.UTF-8 LANG=C", Colors::Indexed, "dark", false),
        ];
        for (words, colors, theme, ascii) in cases {
            let it = on(words, plain(&Themes::default()));
            assert_eq!(
                (it.colors, it.theme.name(), it.glyphs.ascii),
                (colors, theme, ascii),
                "{words}"
            );
        }
    }

    #[test]
    fn what_is_typed_wins() {
        let themes = Themes::with(vec![("mine".into(), "base = \"light\"".into())]);
        let plain = plain(&themes);
        let typed = |color, theme| on("TERM=linux NO_COLOR=1", Wishes { color, theme, ..plain });
        assert_eq!(typed(Color::Indexed, Some("light")).theme.name(), "light");
        assert_eq!(typed(Color::Truecolor, None).colors, Colors::True);
        assert_eq!(typed(Color::Auto, Some("light")).theme, Theme::mono());
        let never = on("TERM=xterm", Wishes { color: Color::Never, ..plain });
        assert_eq!((never.colors, never.theme), (Colors::None, Theme::mono()));
        assert!(on("TERM=xterm LANG=C.UTF-8", Wishes { ascii: true, ..plain }).glyphs.ascii);
        // What was chosen last holds where nothing is typed, as long as it is there.
        for (theme, left, name) in [
            (None, Some("mine"), "mine"),
            (Some("dark"), Some("mine"), "dark"),
            (None, Some("gone"), "dark"),
        ] {
            assert_eq!(on("TERM=xterm", Wishes { theme, left, ..plain }).theme.name(), name);
        }
    }

    #[test]
    fn a_misspelt_theme_is_an_error_even_without_colours() {
        let themes = Themes::default();
        let wishes = Wishes { theme: Some("drak"), color: Color::Never, ..plain(&themes) };
        assert_eq!(look(wishes, |_| None), None);
    }
}
