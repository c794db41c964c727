//! Roles and how they look. Panes ask for a role, never for a colour; a theme is a small TOML text
//! that says how each role looks. Colours are the sixteen of the terminal and the 256 indexed ones,
//! because over SSH nothing tells whether more would work. No meaning hangs on colour alone: roles
//! that must be noticed are bold, reversed or underlined in every theme.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use crate::ui::named::NAMED;

/// The themes that are built in, the default first.
const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
    ("colorblind", include_str!("../../themes/colorblind.toml")),
    ("tritan", include_str!("../../themes/tritan.toml")),
    ("contrast", include_str!("../../themes/contrast.toml")),
    ("sixteen", include_str!("../../themes/sixteen.toml")),
    ("ember", include_str!("../../themes/ember.toml")),
];

/// Themes may stand on one another, but not in a circle.
const MAX_BASES: usize = 4;

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $role:ident $loud:literal,)+) => {
        /// What a piece of the screen is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Role { $($(#[doc = $doc])+ $role,)+ }

        impl Role {
            /// All roles, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$role,)+];

            /// Whether it must be noticed without colours.
            pub const fn is_loud(self) -> bool {
                match self { $(Self::$role => $loud,)+ }
            }
        }
    };
}

roles! {
    /// Ordinary text.
    Text false,
    /// Text that may be overlooked: units, blanks, what repeats.
    Dim false,
    /// Names and numbers worth a second look.
    Accent false,
    /// The row under the cursor in the focused pane.
    Selection true,
    /// The row under the cursor in another pane.
    SelectionIdle false,
    /// A row that is marked.
    Mark true,
    /// The top line of the screen.
    Header false,
    /// The title of a pane or column.
    Title false,
    /// The title of the focused pane.
    TitleFocused true,
    /// Lines between panes, frames.
    Divider false,
    /// It worked; it is complete.
    Good false,
    /// It was refused.
    Denied true,
    /// It failed for another reason.
    Failed false,
    /// A dangerous write, a critical or high alert.
    Danger true,
    /// Behind, throttled, a medium alert.
    Warning true,
    /// Blind: something is not seen at all.
    Blind true,
    /// A call that reads.
    Read false,
    /// A call that writes.
    Write false,
    /// The root user.
    Root true,
    /// A short note on a row: `time?`, `differs`.
    Badge true,
    /// A key in the footer and in help.
    Key true,
    /// What the key does.
    Hint false,
    /// The text of an input.
    Input false,
    /// What an empty input asks for.
    Placeholder false,
    /// The part of an input that is wrong.
    Error true,
    /// Status and help lines.
    Status false,
    /// Letters that a search or a picker found.
    Match true,
    /// Bars and sparklines of everything.
    Bar false,
    /// Bars and sparklines of what matches.
    BarMatch false,
    /// Bars and sparklines of what was refused.
    BarDenied false,
    /// The ground of popups.
    Popup false,
    /// A key of a JSON object.
    JsonKey false,
    /// A JSON string.
    JsonText false,
    /// A JSON number.
    JsonNumber false,
    /// `true`, `false`, `null`.
    JsonWord false,
    /// A value that is hidden on purpose.
    Hidden false,
}

/// Which colours the terminal may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colors {
    /// None at all: `NO_COLOR`.
    None,
    /// The sixteen named ones, of which eight may be grounds.
    Sixteen,
    /// The sixteen named and the 256 indexed ones.
    #[default]
    Indexed,
    /// Any.
    True,
}

/// The ground that a theme is made for, where it does not bring its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// Light letters on a dark ground.
    #[default]
    Dark,
    /// Dark letters on a light ground.
    Light,
}

/// How every role looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    ground: Ground,
    styles: Vec<Style>,
}

/// Why a theme cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct ThemeError {
    /// The line of the theme's text, from 1, where that is known.
    pub line: Option<usize>,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The text of a theme.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What it is called.
    name: Option<String>,
    /// The ground it is made for; that of its base where it says nothing.
    ground: Option<Ground>,
    /// The theme that says what this one leaves out.
    base: Option<Spanned<String>>,
    /// Role by role: `bold red on 236`.
    #[serde(default)]
    roles: BTreeMap<Role, Spanned<String>>,
}

impl Theme {
    /// The names of the built-in themes, the default first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The text of a built-in theme, to begin one's own with.
    pub fn text_of(name: &str) -> Option<&'static str> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// What a built-in theme is for: the first sentence of its text.
    pub fn about(name: &str) -> Option<String> {
        let text = Self::text_of(name)?;
        let comment = text.lines().map_while(|line| line.strip_prefix("# "));
        let comment = comment.collect::<Vec<_>>().join(" ");
        Some(comment.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned())
    }

    /// Takes a built-in theme by its name, or a theme by its TOML text. Colours beyond the 256
    /// indexed ones become the nearest of these; [`Theme::load_with`] keeps them.
    pub fn load(name_or_text: &str) -> Result<Self, ThemeError> {
        Self::load_with(name_or_text, Colors::Indexed)
    }

    /// Like [`Theme::load`], for a terminal with these colours.
    pub fn load_with(name_or_text: &str, colors: Colors) -> Result<Self, ThemeError> {
        if colors == Colors::None {
            return Ok(Self::mono());
        }
        let mut theme = Self {
            name: "custom".to_owned(),
            ground: Ground::Dark,
            styles: vec![Style::new(); Role::ALL.len()],
        };
        theme.read(name_or_text.trim(), 0)?;
        for (role, style) in Role::ALL.iter().zip(&mut theme.styles) {
            if role.is_loud() && style.add_modifier.is_empty() {
                *style = style.add_modifier(Modifier::BOLD);
            }
            match colors {
                Colors::Sixteen => *style = sixteen(*role, *style),
                Colors::Indexed => {
                    style.fg = style.fg.map(indexed);
                    style.bg = style.bg.map(indexed);
                }
                Colors::None | Colors::True => {}
            }
        }
        Ok(theme)
    }

    /// The theme without any colour, for `NO_COLOR`, `TERM=dumb` and the Linux console.
    pub fn mono() -> Self {
        Self::load("mono").expect("a built-in theme is tested to load")
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ground it is made for.
    pub fn ground(&self) -> Ground {
        self.ground
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// How a role looks on the ground of another: a red word in the selected row. A word with a
    /// ground of its own keeps it; on a ground that turns the theme's colours over, words take the
    /// ground's own colour, or white would be written on white.
    pub fn over(&self, ground: Role, role: Role) -> Style {
        let (under, upper) = (self.style(ground), self.style(role));
        let usual = self.style(Role::Text).bg;
        let style = upper.add_modifier(under.add_modifier);
        if upper.bg.is_some() && upper.bg != usual {
            return style;
        }
        let turned = usual.is_some() && under.bg.is_some() && under.bg != usual;
        let bg = under.bg.or(upper.bg);
        let fg = upper.fg.filter(|fg| !turned && Some(*fg) != bg).or(under.fg);
        Style { fg, bg, ..style }
    }

    fn read(&mut self, source: &str, depth: usize) -> Result<(), ThemeError> {
        let built_in = Self::text_of(source);
        let text = match built_in {
            Some(text) => text,
            None if source.contains(['=', '\n', '[']) => source,
            None => return Err(unknown(source, None)),
        };
        let file: File = toml::from_str(text).map_err(|error| ThemeError {
            line: error.span().map(|span| line_of(text, &span)),
            message: error.message().to_owned(),
        })?;
        if let Some(base) = &file.base {
            let line = Some(line_of(text, &base.span()));
            if depth >= MAX_BASES {
                let message = "themes stand on one another in a circle".to_owned();
                return Err(ThemeError { line, message });
            }
            let name = base.get_ref();
            let known = Self::text_of(name).ok_or_else(|| unknown(name, line))?;
            self.read(known, depth + 1)?;
        } else if built_in.is_none() {
            self.read(BUILT_IN[0].0, depth + 1)?;
        }
        self.ground = file.ground.unwrap_or(self.ground);
        for (role, look) in &file.roles {
            self.styles[*role as usize] = style_of(look.get_ref()).map_err(|message| {
                ThemeError { line: Some(line_of(text, &look.span())), message }
            })?;
        }
        self.name = built_in.map_or_else(
            || file.name.unwrap_or_else(|| "custom".to_owned()),
            |_| source.to_owned(),
        );
        Ok(())
    }
}

fn unknown(name: &str, line: Option<usize>) -> ThemeError {
    let names: Vec<_> = Theme::names().collect();
    let message = format!("no theme is called {name:?}: there are {}", names.join(", "));
    ThemeError { line, message }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}

/// The words that are no colours.
const MODIFIERS: &[(&str, Modifier)] = &[
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

/// Reads `bold lightred on 52`: words in any order, the colour after `on` is the ground's.
fn style_of(words: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut ground = false;
    for word in words.split_ascii_whitespace() {
        if let Some((_, modifier)) = MODIFIERS.iter().find(|(name, _)| *name == word) {
            style = style.add_modifier(*modifier);
        } else if word == "on" {
            ground = true;
        } else {
            let color = color_of(word)?;
            style = if std::mem::take(&mut ground) { style.bg(color) } else { style.fg(color) };
        }
    }
    if ground { Err("a colour must follow `on`".to_owned()) } else { Ok(style) }
}

fn color_of(word: &str) -> Result<Color, String> {
    word.parse().map_err(|_| {
        format!(
            "{word:?} is no colour: a name (red, lightblue, darkgray), a number from 0 to 255, \
             #rrggbb, or one of bold dim italic underlined reversed"
        )
    })
}

/// The same look with the sixteen colours of a console. Greys of a ground are all black there: where
/// the ground says something, what is written and its ground change places.
fn sixteen(role: Role, style: Style) -> Style {
    let is_named = |color: &Color| !matches!(color, Color::Indexed(_) | Color::Rgb(..));
    // Nothing is written in black that was not: its ground may be.
    let fg = style.fg.map(|color| match is_named(&color) {
        true => color,
        false => NAMED[usize::from(nearest(color, 1..=15))],
    });
    let Some(bg) = style.bg else { return Style { fg, ..style } };
    if bg == Color::Reset || NAMED[..8].contains(&bg) {
        return Style { fg, ..style };
    }
    let style = Style { fg, bg: None, ..style };
    let says = matches!(role, Role::Selection | Role::SelectionIdle | Role::Header);
    if !says && !role.is_loud() {
        return style;
    }
    Style { fg: None, ..style }.add_modifier(Modifier::REVERSED)
}

/// The nearest of the 6x6x6 cube and the greys; other colours stay.
fn indexed(color: Color) -> Color {
    match color {
        Color::Rgb(..) => Color::Indexed(nearest(color, 16..=255)),
        color => color,
    }
}

/// The one of these indexed colours that is nearest to another indexed one or to one of 24 bits.
fn nearest(color: Color, among: RangeInclusive<u8>) -> u8 {
    let rgb = crate::ui::svg::rgb_of_index;
    let first = *among.start();
    let (r, g, b) = match color {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(index) => rgb(index),
        _ => return first,
    };
    let far = |index: u8| -> u32 {
        let (red, green, blue) = rgb(index);
        [(r, red), (g, green), (b, blue)].map(|(x, y)| u32::from(x.abs_diff(y)).pow(2)).iter().sum()
    };
    among.min_by_key(|index| far(*index)).unwrap_or(first)
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
