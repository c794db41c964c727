//! Whether a theme can be read: the contrast of WCAG 2 of each role to its ground. What the sixteen
//! named colours and the terminal's own ground are is up to its owner; here they are those of xterm.

use ratatui::style::{Color, Modifier, Style};

use crate::ui::named;
use crate::ui::theme::{Ground, Role, Theme};

/// What the sixteen names are where nobody has changed them: those of xterm.
const XTERM: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// Roles that may be overlooked, or are drawn rather than read.
const QUIET: [Role; 7] = [
    Role::Dim,
    Role::Read,
    Role::Placeholder,
    Role::Hidden,
    Role::Bar,
    Role::BarMatch,
    Role::BarDenied,
];

/// The grounds of rows under a cursor.
const GROUNDS: [Role; 2] = [Role::Selection, Role::SelectionIdle];

/// A role that is hard to read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faint {
    /// The role.
    pub role: Role,
    /// The role whose ground it is written on, where it is not its own.
    pub over: Option<Role>,
    /// Its contrast, from 1 to 21.
    pub found: f64,
    /// What it takes to be read.
    pub wanted: f64,
}

/// What is hard to read. `text` is what is wanted of text: 4.5 of WCAG AA, 7 of AAA. What may be
/// overlooked and what is drawn rather than read has 3, lines between panes a little; a word in the
/// row under the cursor stays readable.
pub fn faint(theme: &Theme, text: f64) -> Vec<Faint> {
    let mut faint = vec![];
    for role in Role::ALL.iter().copied() {
        let wanted = match role {
            Role::Divider => 1.5,
            role if QUIET.contains(&role) => 3.0,
            _ => text,
        };
        let found = contrast(seen(theme.style(role), theme.ground()));
        faint.push(Faint { role, over: None, found, wanted });
        for ground in GROUNDS {
            let found = contrast(seen(theme.over(ground, role), theme.ground()));
            let wanted = if role == Role::Divider { 1.2 } else { 2.5 };
            faint.push(Faint { role, over: Some(ground), found, wanted });
        }
    }
    faint.retain(|it| it.found < it.wanted);
    faint
}

fn rgb(color: Color) -> [f64; 3] {
    let bytes = match color {
        Color::Rgb(r, g, b) => [r, g, b],
        color => match named::number(color) {
            Some(named @ 0..16) => XTERM[usize::from(named)],
            Some(index) => named::rgb(index).into(),
            None => [0; 3],
        },
    };
    bytes.map(|byte| f64::from(byte) / 255.0)
}

/// The letters and the ground of a look, as an eye sees them.
pub(crate) fn seen(style: Style, ground: Ground) -> ([f64; 3], [f64; 3]) {
    let (ink, paper) = match ground {
        Ground::Dark => ([0.85; 3], [0.08; 3]),
        Ground::Light => ([0.1; 3], [0.97; 3]),
    };
    let pick = |color: Option<Color>, reset| match color {
        None | Some(Color::Reset) => reset,
        Some(color) => rgb(color),
    };
    let (mut fg, mut bg) = (pick(style.fg, ink), pick(style.bg, paper));
    if style.add_modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    if style.add_modifier.contains(Modifier::DIM) {
        // Terminals draw it at about two thirds.
        fg = [0, 1, 2].map(|at| fg[at] * 0.6 + bg[at] * 0.4);
    }
    (fg, bg)
}

/// A channel of a colour as light.
pub(crate) fn linear(channel: f64) -> f64 {
    if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
}

/// The contrast of WCAG 2: from 1 to 21.
fn contrast((one, other): ([f64; 3], [f64; 3])) -> f64 {
    let luminance = |color: [f64; 3]| {
        let [r, g, b] = color.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
