//! Roles and how they look. Panes ask for a role, never for a colour; a theme says how each role
//! looks. Colours are the sixteen of the terminal and the 256 indexed ones,
//! because over SSH nothing tells whether more would work. No meaning hangs on colour alone: roles
//! that must be noticed are bold, reversed or underlined in every theme.

use std::ops::RangeInclusive;

use ratatui::style::{Color, Modifier, Style};

use crate::ui::named::NAMED;

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $role:ident $loud:literal,)+) => {
        /// What a piece of the screen is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $($(#[doc = $doc])+ $role,)+ }

        impl Role {
            /// All roles, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$role,)+];

            /// What a theme calls it: `title-focused`.
            pub fn name(self) -> String {
                let mut name = String::new();
                for c in match self { $(Self::$role => stringify!($role),)+ }.chars() {
                    if c.is_ascii_uppercase() && !name.is_empty() {
                        name.push('-');
                    }
                    name.push(c.to_ascii_lowercase());
                }
                name
            }

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

impl Theme {
    /// A theme of these looks, in the order of [`Role::ALL`], as a terminal with these colours can
    /// show it. What must be noticed is bold where its look does not say how else.
    pub(crate) fn new(name: &str, ground: Ground, mut styles: Vec<Style>, colors: Colors) -> Self {
        styles.resize(Role::ALL.len(), Style::new());
        for (role, style) in Role::ALL.iter().zip(&mut styles) {
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
        Self { name: name.to_owned(), ground, styles }
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
    let rgb = crate::ui::named::rgb;
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
