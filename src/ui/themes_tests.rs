//! Every theme looks right with any colours.

use ratatui::style::{Color, Modifier};

use super::*;
use crate::ui::contrast::{faint, linear, seen};

#[test]
fn every_built_in_theme_says_every_role_and_loads() {
    for name in built_in() {
        let theme = Theme::load(name).unwrap();
        assert_eq!(theme.name(), name);
        let (said, flaws) = read(built_in_text(name).unwrap());
        assert_eq!(flaws, [], "{name}");
        match said.base.as_deref() {
            None => assert_eq!(said.looks.len(), Role::ALL.len(), "{name} leaves a role out"),
            Some(base) => {
                let (under, _) = read(built_in_text(base).unwrap());
                assert_eq!(under.base, None, "{name} stands on {base}, and that on another");
            }
        }
    }
}

#[test]
fn what_must_be_noticed_is_noticed_without_colours() {
    let loud = Modifier::BOLD | Modifier::REVERSED | Modifier::UNDERLINED;
    for name in built_in() {
        let theme = Theme::load(name).unwrap();
        for role in Role::ALL.iter().filter(|role| role.is_loud()) {
            let style = theme.style(*role);
            assert!(style.add_modifier.intersects(loud), "{name}: {role:?}");
        }
    }
    let own = own("[roles]\ndenied = \"red\"", Colors::Indexed);
    assert!(own.style(Role::Denied).add_modifier.contains(Modifier::BOLD));
}

#[test]
fn mono_has_no_colours_but_shows_the_selection() {
    let mono = Themes::default().load("dark", Colors::None).unwrap();
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
    for name in built_in() {
        let (few, many) = (Theme::load(name), Themes::default().load(name, Colors::True));
        assert_eq!(few, many, "{name}");
    }
    let text = "[roles]\ngood = \"#ff8700 on #080808\"";
    let style = own(text, Colors::Indexed).style(Role::Good);
    assert_eq!((style.fg, style.bg), (Some(Color::Indexed(208)), Some(Color::Indexed(232))));
    let style = own(text, Colors::True).style(Role::Good);
    assert_eq!(style.fg, Some(Color::Rgb(255, 135, 0)));
}

#[test]
fn sixteen_colours_are_enough() {
    let is_named = |color: Option<Color>| {
        color.is_none_or(|color| !matches!(color, Color::Indexed(_) | Color::Rgb(..)))
    };
    for name in built_in() {
        let theme = Themes::default().load(name, Colors::Sixteen).unwrap();
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
fn what_is_wrong_has_its_place_and_the_rest_holds() {
    // What is written, what is wrong in it, what is said of that, and what was perhaps meant.
    let cases = [
        ("base = \"nope\"", "\"nope\"", "built in: dark, light", true),
        ("[roles]\ngood = \"bleu\"", "bleu", "\"bleu\" is no colour", true),
        ("[roles]\ngood = \"bold 256\"", "256", "a number from 0 to 255", true),
        ("[roles]\ngood = \"red on\"", "\"red on\"", "must follow `on`", false),
        ("[roles]\ngood = 7", "7", "is a text", false),
        ("[roles]\nshiny = \"red\"", "shiny", "no role `shiny`", true),
        ("nam = \"x\"", "nam", "no `nam`", true),
        ("name = \"x\"", "name", "as its file is", false),
        ("good = \"red\"", "good", "below [roles]", false),
        ("ground = \"grey\"", "\"grey\"", "\"dark\" or \"light\"", false),
        ("roles = 7", "7", "begin it with [roles]", false),
        ("[roles", "", "no TOML", false),
    ];
    for (text, at, part, is_meant) in cases {
        let (_, flaws) = read(text);
        let [flaw] = &flaws[..] else { panic!("{text:?}: {flaws:?}") };
        assert!(text[flaw.span.clone()].contains(at), "{text:?}: {flaw:?}");
        assert!(at.is_empty() || &text[flaw.span.clone()] == at, "{text:?}: {flaw:?}");
        assert!(flaw.said.contains(part), "{text:?}: {}", flaw.said);
        assert_eq!(flaw.meant.is_some(), is_meant, "{text:?}");
        let theme = own(text, Colors::Indexed);
        assert_eq!(theme.style(Role::Key), Theme::load("dark").unwrap().style(Role::Key));
    }
    let text = "[roles]\ngood = \"blue\"\nshiny = \"red\"\ndim = \"bleu\"";
    assert_eq!(read(text).1.len(), 2);
    assert_eq!(own(text, Colors::Indexed).style(Role::Good).fg, Some(Color::Blue));
}

#[test]
fn ones_own_theme_stands_on_another() {
    let text = "# Mine. And\n# more.\nbase = \"light\"\n[roles]\ngood = \"blue\"";
    let light = Theme::load("light").unwrap();
    let mine = own(text, Colors::Indexed);
    assert_eq!((mine.name(), mine.ground()), ("mine", Ground::Light));
    assert_eq!(mine.style(Role::Good).fg, Some(Color::Blue));
    assert_eq!(mine.style(Role::Denied), light.style(Role::Denied));
    // A theme for a light ground does not begin with the looks of a dark one.
    let on_light = own("ground = \"light\"", Colors::Indexed);
    assert_eq!(on_light.style(Role::Popup), light.style(Role::Popup));
    // One that is called as a built-in theme takes its place, and may stand on it.
    let texts = [("mine", text), ("dark", "base = \"dark\"\n[roles]\ngood = \"75\"")];
    let themes = Themes::with(texts.map(|(name, text)| (name.into(), text.into())).into());
    let names: Vec<&str> = themes.names().collect();
    assert_eq!((names.len(), names[0], names[8]), (9, "dark", "mine"));
    let dark = themes.load("dark", Colors::Indexed).unwrap();
    assert_eq!(dark.style(Role::Good).fg, Some(Color::Indexed(75)));
    assert_eq!(dark.style(Role::Denied), Theme::load("dark").unwrap().style(Role::Denied));
    assert_eq!(themes.about("mine").as_deref(), Some("Mine"));
    assert_eq!(themes.load("nope", Colors::Indexed), None);
}

#[test]
fn any_text_is_a_theme() {
    for text in ["", "\0", "[roles]\n\"\" = \"\"", "roles.good = \"\\u0062old 4\"", "[[roles]]"] {
        own(text, Colors::Sixteen);
    }
    let escaped = "[roles]\ngood = \"\\u0062leu\"";
    let (_, flaws) = read(escaped);
    assert_eq!(&escaped[flaws[0].span.clone()], "\"\\u0062leu\"", "{flaws:?}");
}

/// A theme of somebody's own.
fn own(text: &str, colors: Colors) -> Theme {
    let themes = Themes::with(vec![("mine".into(), text.into())]);
    themes.load("mine", colors).unwrap()
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
    for theme in built_in().map(|name| Theme::load(name).unwrap()) {
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

/// Text has the 4.5 that WCAG asks for (AA), and 7 (AAA) in the theme that is called so.
#[test]
fn every_role_can_be_read() {
    let mut faults = vec![];
    for theme in built_in().map(|name| Theme::load(name).unwrap()) {
        let wanted = if theme.name() == "contrast" { 7.0 } else { 4.5 };
        faults.extend(faint(&theme, wanted).iter().map(|it| format!("{}: {it:?}", theme.name())));
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
