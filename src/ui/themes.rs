//! Which themes there are: those that are built in, and those that somebody wrote. A theme is a small
//! TOML text that says how each role looks, or what is different from another one.

use ratatui::style::Style;

use crate::ui::theme::{Colors, Ground, Role, Theme};
use crate::ui::theme_text;
pub use crate::ui::theme_text::{Flaw, Said};

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

/// The themes that are built in, and those that somebody wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Themes {
    /// Names and texts.
    own: Vec<(String, String)>,
}

impl Themes {
    /// With themes of one's own, by name and text. One that is called as a built-in theme takes its
    /// place, and may still stand on it.
    pub fn with(own: Vec<(String, String)>) -> Self {
        Self { own }
    }

    /// The names of all, the default first, one's own last.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.own.iter().map(|(name, _)| name.as_str());
        let added = own.filter(|name| built_in().all(|known| known != *name));
        BUILT_IN.iter().map(|(name, _)| *name).chain(added)
    }

    /// The names and texts of one's own themes.
    pub fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        self.own.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The text of a theme, to begin one's own with.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        let own = self.own().find(|(known, _)| *known == name);
        own.map(|(_, text)| text).or_else(|| built_in_text(name))
    }

    /// What a theme is for: the first sentence of its text, where that begins with one.
    pub fn about(&self, name: &str) -> Option<String> {
        let text = self.text_of(name)?;
        let comment = text.lines().map_while(|line| line.strip_prefix("# "));
        let comment = comment.collect::<Vec<_>>().join(" ");
        Some(comment.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned())
    }

    /// A theme by its name, for a terminal with these colours: whatever is said, none at all for one
    /// that may be sent none. What is wrong with its text is left out, see [`read`].
    pub fn load(&self, name: &str, colors: Colors) -> Option<Theme> {
        let text = self.text_of(name)?;
        if colors == Colors::None {
            return Some(Theme::mono());
        }
        let (ground, styles) = looks(&read(text).0);
        Some(Theme::new(name, ground, styles, colors))
    }
}

impl Theme {
    /// A built-in theme by its name, for a terminal with the 256 indexed colours.
    pub fn load(name: &str) -> Option<Self> {
        Themes::default().load(name, Colors::Indexed)
    }

    /// The theme without any colour, for `NO_COLOR`, `TERM=dumb` and paper.
    pub fn mono() -> Self {
        Self::load("mono").expect("it is built in")
    }
}

/// The names of the built-in themes, the default first.
pub fn built_in() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

fn built_in_text(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// What the text of a theme says, and what is wrong with it. It may stand on any built-in theme.
pub fn read(text: &str) -> (Said, Vec<Flaw>) {
    let bases: Vec<&str> = built_in().collect();
    theme_text::read(text, &bases)
}

/// How every role looks by what was said and, where that says nothing, by its base: the one it
/// names, else the default for its ground. Built-in themes stand on one another in no circle.
fn looks(said: &Said) -> (Ground, Vec<Style>) {
    let base = said.base.as_deref().or_else(|| {
        let is_whole = said.looks.len() == Role::ALL.len();
        let usual = if said.ground == Some(Ground::Light) { "light" } else { BUILT_IN[0].0 };
        (!is_whole).then_some(usual)
    });
    let under = base.and_then(built_in_text).map(|text| looks(&read(text).0));
    let (ground, mut styles) =
        under.unwrap_or_else(|| (Ground::default(), vec![Style::new(); Role::ALL.len()]));
    for (role, style, _) in &said.looks {
        styles[*role as usize] = *style;
    }
    (said.ground.unwrap_or(ground), styles)
}

#[cfg(test)]
#[path = "themes_tests.rs"]
mod tests;
