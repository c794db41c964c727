//! Every theme looks right with any colours.

use super::*;
use crate::ui::{named, svg};

#[test]
fn every_built_in_theme_says_every_role_and_loads() {
    for name in Theme::names() {
        let theme = Theme::load(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(theme.name(), name);
        let text = Theme::text_of(name).unwrap();
        let file: File = toml::from_str(text).unwrap();
        assert_eq!(file.name.as_deref(), Some(name));
        if file.base.is_none() {
            assert_eq!(file.roles.len(), Role::ALL.len(), "{name} leaves a role out");
        }
    }
}

#[test]
fn what_must_be_noticed_is_noticed_without_colours() {
    let loud = Modifier::BOLD | Modifier::REVERSED | Modifier::UNDERLINED;
    for name in Theme::names() {
        let theme = Theme::load(name).unwrap();
        for role in Role::ALL.iter().filter(|role| role.is_loud()) {
            let style = theme.style(*role);
            assert!(style.add_modifier.intersects(loud), "{name}: {role:?}");
        }
    }
    let own = Theme::load("[roles]\ndenied = \"red\"").unwrap();
    assert!(own.style(Role::Denied).add_modifier.contains(Modifier::BOLD));
}

#[test]
fn mono_has_no_colours_but_shows_the_selection() {
    let mono = Theme::load_with("dark", Colors::None).unwrap();
    for role in Role::ALL {
        let style = mono.style(*role);
        assert!(style.fg.is_none() && style.bg.is_none(), "{role:?}");
    }
    assert!(mono.style(Role::Selection).add_modifier.contains(Modifier::REVERSED));
    assert_ne!(mono.style(Role::Selection), mono.style(Role::SelectionIdle));
    assert_ne!(mono.style(Role::Danger), mono.style(Role::Denied));
}

#[test]
fn built_in_themes_use_no_more_than_256_colours() {
    for name in Theme::names() {
        let (few, many) = (Theme::load(name), Theme::load_with(name, Colors::True));
        assert_eq!(few, many, "{name}");
    }
    let text = "[roles]\ngood = \"#ff8700 on #080808\"";
    let style = Theme::load(text).unwrap().style(Role::Good);
    assert_eq!((style.fg, style.bg), (Some(Color::Indexed(208)), Some(Color::Indexed(232))));
    let style = Theme::load_with(text, Colors::True).unwrap().style(Role::Good);
    assert_eq!(style.fg, Some(Color::Rgb(255, 135, 0)));
}

#[test]
fn sixteen_colours_are_enough() {
    let is_named = |color: Option<Color>| {
        color.is_none_or(|color| !matches!(color, Color::Indexed(_) | Color::Rgb(..)))
    };
    for name in Theme::names() {
        let theme = Theme::load_with(name, Colors::Sixteen).unwrap();
        for role in Role::ALL {
            let style = theme.style(*role);
            assert!(is_named(style.fg) && is_named(style.bg), "{name}: {role:?} {style:?}");
            // Consoles have eight grounds.
            let bright = [Color::DarkGray, Color::White, Color::LightYellow];
            assert!(style.bg.is_none_or(|bg| !bright.contains(&bg)), "{name}: {role:?} {style:?}");
        }
        let (row, text) = (theme.style(Role::Selection), theme.style(Role::Text));
        let is_seen = row.add_modifier.contains(Modifier::REVERSED) || row.bg != text.bg;
        assert!(is_seen, "{name}: {row:?}");
    }
}

#[test]
fn errors_say_the_line_and_what_would_be_right() {
    for (text, line, part) in [
        ("solarized", None, "there are dark, light, mono"),
        ("name = \"x\"\nbase = \"nope\"", Some(2), "there are dark"),
        ("name = \"x\"\n\n[roles]\ngood = \"bleu\"", Some(4), "\"bleu\" is no colour"),
        ("[roles]\ngood = \"red on\"", Some(2), "must follow `on`"),
        ("[roles]\ngood = 7", Some(2), "expected a string"),
        ("[roles]\nshiny = \"red\"", Some(2), "shiny"),
        ("nam = \"x\"", Some(1), "nam"),
        ("[roles", Some(1), ""),
        ("", None, "no theme is called"),
    ] {
        let error = Theme::load(text).expect_err(text);
        assert_eq!(error.line, line, "{text:?}: {error}");
        assert!(error.message.contains(part), "{text:?}: {error}");
    }
    let error = Theme::load("[roles]\ngood = \"bleu\"").expect_err("bleu");
    assert!(error.to_string().starts_with("line 2: "), "{error}");
}

#[test]
fn ones_own_theme_stands_on_another() {
    let own = Theme::load("name = \"mine\"\nbase = \"light\"\n[roles]\ngood = \"blue\"").unwrap();
    let light = Theme::load("light").unwrap();
    assert_eq!(own.name(), "mine");
    assert_eq!(own.style(Role::Good).fg, Some(Color::Blue));
    assert_eq!(own.style(Role::Denied), light.style(Role::Denied));
}

#[test]
fn a_word_keeps_its_colour_in_the_selected_row() {
    let dark = Theme::load("dark").unwrap();
    let style = dark.over(Role::Selection, Role::Denied);
    assert_eq!(style.bg, dark.style(Role::Selection).bg);
    assert_eq!(style.fg, dark.style(Role::Denied).fg);
    assert!(style.add_modifier.contains(Modifier::BOLD));
}

#[test]
fn nothing_is_written_in_the_colour_of_its_ground() {
    let grounds =
        [Role::Text, Role::Selection, Role::SelectionIdle, Role::Popup, Role::Header, Role::Mark];
    for theme in Theme::names().map(|name| Theme::load(name).unwrap()) {
        for (ground, role) in grounds.iter().flat_map(|g| Role::ALL.iter().map(move |r| (*g, *r))) {
            let style = theme.over(ground, role);
            let seen = style.fg.is_none() || style.fg != style.bg;
            assert!(seen, "{}: {role:?} over {ground:?}", theme.name());
            if role.is_loud() {
                assert!(!style.add_modifier.is_empty(), "{}: {role:?}", theme.name());
            }
        }
    }
    let contrast = Theme::load("contrast").unwrap();
    assert_eq!(contrast.over(Role::Selection, Role::Dim).fg, Some(Color::Black));
    assert_eq!(contrast.over(Role::Selection, Role::Danger).bg, Some(Color::Indexed(88)));
}

/// What the sixteen names and the ground are where nobody has changed them: those of xterm.
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

fn rgb(color: Color) -> [f64; 3] {
    let bytes = match color {
        Color::Rgb(r, g, b) => [r, g, b],
        color => match named::number(color).expect("a colour") {
            named @ 0..16 => XTERM[usize::from(named)],
            index => svg::rgb_of_index(index).into(),
        },
    };
    bytes.map(|byte| f64::from(byte) / 255.0)
}

/// The letters and the ground of a look, as an eye sees them.
fn seen(style: Style, ground: Ground) -> ([f64; 3], [f64; 3]) {
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

fn linear(channel: f64) -> f64 {
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

/// Text has the 4.5 that WCAG asks for (AA; 7, AAA, in the theme that is called so), what may be
/// overlooked and what is drawn rather than read 3, lines between panes a little.
#[test]
fn every_role_can_be_read() {
    let quiet = [
        Role::Dim,
        Role::Read,
        Role::Placeholder,
        Role::Hidden,
        Role::Bar,
        Role::BarMatch,
        Role::BarDenied,
    ];
    let mut faults = vec![];
    for theme in Theme::names().map(|name| Theme::load(name).unwrap()) {
        for role in Role::ALL {
            let wanted = match role {
                Role::Divider => 1.5,
                role if quiet.contains(role) => 3.0,
                _ if theme.name() == "contrast" => 7.0,
                _ => 4.5,
            };
            let found = contrast(seen(theme.style(*role), theme.ground()));
            if found < wanted {
                faults.push(format!("{}: {role:?} {found:.1} < {wanted}", theme.name()));
            }
            // A word in the row under the cursor stays readable.
            for ground in [Role::Selection, Role::SelectionIdle] {
                let found = contrast(seen(theme.over(ground, *role), theme.ground()));
                let wanted = if *role == Role::Divider { 1.2 } else { 2.5 };
                if found < wanted {
                    let name = theme.name();
                    faults.push(format!("{name}: {role:?} over {ground:?} {found:.1} < {wanted}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What a dichromat sees of a linear colour (Machado, Oliveira and Fernandes 2009, severity 1).
const PROTAN: [[f64; 3]; 3] =
    [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]];
const DEUTAN: [[f64; 3]; 3] =
    [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]];
const TRITAN: [[f64; 3]; 3] =
    [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]];

/// How far apart two colours are in CIELAB; some 2 can just be told apart.
fn apart(one: [f64; 3], other: [f64; 3]) -> f64 {
    let lab = |[r, g, b]: [f64; 3]| {
        let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
        let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
        let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    let (one, other) = (lab(one), lab(other));
    (0..3).map(|at| (one[at] - other[at]).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn what_ended_differently_looks_different_to_every_eye() {
    for (name, eyes) in [("colorblind", &[PROTAN, DEUTAN][..]), ("tritan", &[TRITAN][..])] {
        let theme = Theme::load(name).unwrap();
        for eye in eyes {
            let sees = |role| {
                let color = seen(theme.style(role), theme.ground()).0.map(linear);
                let mix = |row: [f64; 3]| (0..3).map(|at| row[at] * color[at]).sum::<f64>();
                eye.map(|row| mix(row).clamp(0.0, 1.0))
            };
            for (one, other) in [
                (Role::Good, Role::Denied),
                (Role::Good, Role::Failed),
                (Role::Denied, Role::Failed),
                (Role::BarMatch, Role::BarDenied),
                (Role::Denied, Role::Text),
                (Role::Accent, Role::Denied),
            ] {
                let far = apart(sees(one), sees(other));
                assert!(far > 20.0, "{name}: {one:?} and {other:?} are {far:.0} apart");
            }
        }
    }
}
