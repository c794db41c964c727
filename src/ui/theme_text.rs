//! The text of a theme to what it says, and everything that is wrong with it. What is wrong is left
//! out, and the rest holds: nobody loses the screen over a colour.

use std::ops::Range;

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::ui::theme::{Ground, Role};

/// Something that is wrong with the text of a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The bytes that are wrong.
    pub span: Range<usize>,
    /// What is wrong, without a full stop.
    pub said: String,
    /// The word that is wrong, and those that could stand in its place.
    pub meant: Option<(String, Vec<String>)>,
}

/// What the text of a theme says.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// The ground it is made for; that of its base where it says nothing.
    pub ground: Option<Ground>,
    /// The theme that says what this one leaves out.
    pub base: Option<String>,
    /// Role by role, with the bytes that say so.
    pub looks: Vec<(Role, Style, Range<usize>)>,
}

/// What may be said beside the roles.
const KEYS: [&str; 3] = ["ground", "base", "roles"];

/// The words that are no colours.
const MODIFIERS: &[(&str, Modifier)] = &[
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// The colours that have names, as one would write them.
const COLORS: [&str; 17] = [
    "reset",
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "darkgray",
    "lightred",
    "lightgreen",
    "lightyellow",
    "lightblue",
    "lightmagenta",
    "lightcyan",
    "white",
];

/// Reads the text of a theme; `bases` are the themes that it may stand on. Total: whatever the text
/// is, it says something, if only nothing. The flaws are in the order of the text.
pub fn read(text: &str, bases: &[&str]) -> (Said, Vec<Flaw>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, bases, said: Said::default(), flaws: vec![] };
    for error in &errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        reader.flaw(span, format!("this is no TOML: {}", error.message()), None);
    }
    // What a damaged text says beside the damage is guesswork.
    if errors.is_empty() {
        reader.theme(table.get_ref());
    }
    let Reader { said, mut flaws, .. } = reader;
    flaws.sort_by_key(|flaw| flaw.span.start);
    (said, flaws)
}

struct Reader<'t> {
    text: &'t str,
    bases: &'t [&'t str],
    said: Said,
    flaws: Vec<Flaw>,
}

impl Reader<'_> {
    fn flaw(&mut self, span: Range<usize>, said: impl Into<String>, meant: Option<Meant<'_>>) {
        let meant = meant.map(|(word, names)| {
            (word.to_owned(), names.iter().map(|name| (*name).to_owned()).collect())
        });
        self.flaws.push(Flaw { span, said: said.into(), meant });
    }

    fn theme(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let (name, text) = (key.get_ref().as_ref(), value.get_ref().as_str());
            match (name, text) {
                ("ground", Some("dark")) => self.said.ground = Some(Ground::Dark),
                ("ground", Some("light")) => self.said.ground = Some(Ground::Light),
                ("ground", _) => {
                    self.flaw(value.span(), "`ground` is \"dark\" or \"light\"", None);
                }
                ("base", Some(base)) if self.bases.contains(&base) => {
                    self.said.base = Some(base.to_owned());
                }
                ("base", _) => {
                    let said = format!("`base` is a theme that is built in: {}", list(self.bases));
                    self.flaw(value.span(), said, text.map(|word| (word, self.bases)));
                }
                ("roles", _) => {
                    if let DeValue::Table(roles) = value.get_ref() {
                        self.roles(roles);
                    } else {
                        let said = "`roles` is a section: begin it with [roles]";
                        self.flaw(value.span(), said, None);
                    }
                }
                ("name", _) => {
                    self.flaw(
                        key.span(),
                        "a theme is called as its file is: leave `name` out",
                        None,
                    );
                }
                _ if Role::ALL.iter().any(|role| role.name() == name) => {
                    self.flaw(key.span(), format!("`{name}` belongs below [roles]"), None);
                }
                _ => {
                    let said = format!("a theme has no `{name}`, only ground, base and [roles]");
                    self.flaw(key.span(), said, Some((name, &KEYS)));
                }
            }
        }
    }

    fn roles(&mut self, roles: &DeTable<'_>) {
        for (key, value) in roles {
            let name = key.get_ref().as_ref();
            let Some(role) = Role::ALL.iter().find(|role| role.name() == name) else {
                let names: Vec<String> = Role::ALL.iter().map(|role| role.name()).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                self.flaw(key.span(), format!("there is no role `{name}`"), Some((name, &names)));
                continue;
            };
            if let Some(words) = value.get_ref().as_str() {
                let style = self.style(words, value);
                self.said.looks.extend(style.map(|style| (*role, style, value.span())));
            } else {
                let said = format!("the look of `{name}` is a text: {name} = \"bold red on 236\"");
                self.flaw(value.span(), said, None);
            }
        }
    }

    /// Reads `bold lightred on 52`: words in any order, the colour after `on` is the ground's.
    fn style(&mut self, words: &str, value: &Spanned<DeValue<'_>>) -> Option<Style> {
        let mut style = Style::new();
        let (mut is_ground, before) = (false, self.flaws.len());
        for word in words.split_ascii_whitespace() {
            if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
                style = style.add_modifier(*modifier);
            } else if word == "on" {
                is_ground = true;
            } else if let Ok(color) = word.parse::<Color>() {
                let is_ground = std::mem::take(&mut is_ground);
                style = if is_ground { style.bg(color) } else { style.fg(color) };
            } else {
                let span = self.span_of(word, words, value);
                let names: Vec<&str> =
                    COLORS.into_iter().chain(MODIFIERS.iter().map(|it| it.0)).collect();
                let said = format!(
                    "{word:?} is no colour: a name (red, lightblue, darkgray), a number from 0 to \
                     255, #rrggbb, or one of bold dim italic underlined reversed"
                );
                self.flaw(span, said, Some((word, &names)));
            }
        }
        if is_ground && self.flaws.len() == before {
            self.flaw(value.span(), "a colour must follow `on`", None);
        }
        (self.flaws.len() == before).then_some(style)
    }

    /// Where a word of a value is; the whole value where it is written with escapes.
    fn span_of(&self, word: &str, words: &str, value: &Spanned<DeValue<'_>>) -> Range<usize> {
        let span = value.span();
        let at = word.as_ptr() as usize - words.as_ptr() as usize;
        let start = span.start + 1 + at;
        match self.text.get(start..start + word.len()) {
            Some(found) if found == word => start..start + word.len(),
            _ => span,
        }
    }
}

/// A word that is wrong, and those that could stand in its place.
type Meant<'m> = (&'m str, &'m [&'m str]);

fn list(names: &[&str]) -> String {
    names.join(", ")
}
