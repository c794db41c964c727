//! Every theme looks right with any colours.

use super::*;

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
    assert_eq!(contrast.over(Role::Selection, Role::Danger).bg, Some(Color::Red));
}
