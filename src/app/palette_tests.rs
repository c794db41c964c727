//! The palette finds everything that has a name; footer and help follow a rebinding.

use std::collections::BTreeMap;

use ratatui::style::Color;

use crate::app::msg::Msg;
use crate::app::script::Script;
use crate::app::state::{Chosen, Layer};
use crate::command::action::{ACTIONS, Action, Row};
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::command::keymap::Keymap;
use crate::ui::paint::paint;
use crate::ui::theme::{Colors, Theme};
use crate::ui::themes::Themes;

/// What the shell is to do first.
fn wish(script: &mut Script, is: impl Fn(&Effect) -> bool) -> Effect {
    let at = script.wishes.iter().position(is).unwrap_or_else(|| panic!("{:?}", script.wishes));
    script.wishes.remove(at)
}

#[test]
fn a_list_and_a_search_take_what_is_pasted_and_every_key_of_a_line() {
    let mut script = Script::demo(120, 35, 300);
    script.keys(":");
    script.tell(Msg::Paste("xdenied".into()));
    // Home, and the first letter goes.
    script.keys("Home Delete");
    let Some(Layer::Pick(pick)) = script.app.layers.last() else { panic!("no list is open") };
    assert_eq!(pick.picker.pattern(), "denied");
    script.keys("Esc Enter Ctrl-f");
    script.tell(Msg::Paste("eventSourcex".into()));
    script.keys("Backspace");
    assert!(script.text().contains("find eventSource "), "{}", script.text());
}

#[test]
fn what_has_a_name_is_found_and_done() {
    let mut script = Script::demo(120, 35, 300);
    script.keys(":").types("@denied").keys("Enter");
    assert_eq!(script.app.asked.filter, "@denied");
    script.keys(":").types("region:").keys("Enter");
    assert!(matches!(script.app.layers.last(), Some(Layer::Prompt)));
    assert!(script.text().contains("@denied region:"), "{}", script.text());
    script.keys("Esc :").types("theme light").keys("Enter");
    assert_eq!(script.app.options.theme.name(), "light");
    script.keys(":").types("sessions").keys("Enter");
    assert!(matches!(script.app.layers.last(), Some(Layer::Sessions)));
    script.keys(":").types("context prod").keys("Enter");
    let copied = wish(&mut script, |effect| matches!(effect, Effect::Copy(..)));
    assert!(matches!(copied, Effect::Copy(line, _) if line == "trailtop @prod"));
    // As vim has it.
    script.keys(":").types("q").keys("Enter");
    wish(&mut script, |effect| matches!(effect, Effect::Quit));
}

/// Whatever can be done is found by its name; the palette itself has a key.
#[test]
fn every_action_is_offered() {
    let mut script = Script::demo(120, 35, 300);
    script.keys(":");
    let Some(Layer::Pick(pick)) = script.app.layers.last() else { panic!("{}", script.text()) };
    for row in ACTIONS.iter().filter(|row| row.action != Action::Palette) {
        assert!(pick.choices.contains(&Chosen::Act(row.action)), "{}", row.name);
    }
    assert!(!script.app.keymap.keys(Action::Palette).is_empty());
}

#[test]
fn footer_help_and_sentences_follow_a_rebinding() {
    // Every action on a key of its own that none has by default: letters of Cyrillic.
    let key = |at: usize| Chord::plain(Key::Char(char::from_u32(0x410 + at as u32).unwrap()));
    let own: BTreeMap<_, _> =
        ACTIONS.iter().enumerate().map(|(at, row)| (row.action, vec![vec![key(at)]])).collect();
    let of = |name: &str| key(ACTIONS.iter().position(|row| row.name == name).unwrap());
    let mut script = Script::demo(200, 60, 300);
    script.app.keymap = Keymap::with(&own);
    let footer = |script: &Script| script.text().trim_end().lines().last().unwrap().to_owned();
    let line = footer(&script);
    for (name, word) in [("details", "details"), ("pivot", "pivot"), ("help", "all keys")] {
        assert!(line.contains(&format!("{} {word}", of(name))), "{name}: {line}");
    }
    assert!(!line.contains('?') && !line.contains('↵'), "{line}");
    script.press(of("noise"));
    assert!(script.text().contains(&format!("({})", of("noise"))), "{}", script.text());
    script.press(Chord::plain(Key::Char('j')));
    let line = footer(&script);
    assert!(line.contains(&format!("j is not bound · {} shows", of("help"))), "{line}");
    script.press(of("wrap"));
    let line = footer(&script);
    assert!(line.contains(&format!("in details ({})", of("details"))), "{line}");
    script.press(of("help"));
    let text = script.text();
    let windows = |row: &&Row| matches!(row.action, Action::Window(_));
    let in_one = ACTIONS.iter().filter(windows).map(|row| of(row.name).to_string());
    assert!(text.contains(&in_one.collect::<Vec<_>>().join(" ")), "{text}");
    for (at, row) in ACTIONS.iter().enumerate().take(40) {
        if windows(&row) {
            continue;
        }
        let line = format!("   {:<13} ", key(at).to_string());
        assert!(text.contains(&line), "{} is not in\n{text}", row.name);
    }
    assert!(!text.contains("PgDn") && !text.contains("Ctrl-d"), "{text}");
}

#[test]
fn a_theme_is_looked_at_before_it_is_chosen() {
    let mut script = Script::demo(120, 35, 300);
    let themes = Themes::with(vec![("mine".into(), "[roles]\ntext = \"75\"".into())]);
    let names: Vec<String> = themes.names().map(str::to_owned).collect();
    script.app.options.themes = themes.clone();
    let drawn = |script: &Script| script.draw().content[0].style().fg;
    let of = |name: &str| themes.load(name, Colors::Indexed).unwrap();
    let usual = drawn(&script);
    script.keys(":").types("theme").keys("Enter");
    assert!(script.text().contains("THEMES"), "{}", script.text());
    assert_eq!((script.app.theme().name(), drawn(&script)), ("dark", usual));
    // Each is shown at once, the user's own last.
    for name in &names[1..] {
        script.keys("↓");
        assert_eq!(script.app.theme(), &of(name), "{name}");
    }
    let cell = script.draw().content.last().unwrap().style().fg;
    assert_eq!(cell, Some(Color::Indexed(75)), "the last cell has nothing but the ground");
    script.keys("↑").types("ember");
    assert_eq!(script.app.theme().name(), "ember");
    // Esc restores, whatever was looked at, and nothing is left for the next run.
    script.keys("Esc");
    assert_eq!((script.app.theme().name(), drawn(&script)), ("dark", usual));
    assert_eq!(script.app.session().theme, None);
    // In the palette, too: other choices show no theme.
    script.keys(":").types("theme mine");
    assert_eq!(script.app.theme().name(), "mine");
    script.keys("Ctrl-u");
    assert_eq!(script.app.theme().name(), "dark");
    script.types("theme mine").keys("Enter");
    assert_eq!(script.app.theme().name(), "mine");
    assert_eq!(script.app.session().theme.as_deref(), Some("mine"));
    // The list begins at the one that is used.
    script.keys(":").types("theme").keys("Enter Enter");
    assert_eq!(script.app.theme().name(), "mine");
}

#[test]
fn without_colours_no_theme_brings_any() {
    let mut script = Script::demo(120, 35, 300);
    script.app.options.colors = Colors::None;
    script.app.options.theme = Theme::mono();
    script.keys(":").types("theme light").keys("Enter");
    assert_eq!(script.app.theme(), &Theme::mono());
}

#[test]
fn the_list_of_themes_looks_like_this() {
    for (width, height) in [(80, 24), (120, 35)] {
        let mut script = Script::demo(width, height, 300);
        let text = "# Mine, for the night shift.\nbase = \"ember\"";
        script.app.options.themes = Themes::with(vec![("night".into(), text.into())]);
        script.keys(":").types("theme").keys("Enter ↓");
        insta::assert_snapshot!(format!("themes_{width}x{height}"), paint(&script.draw()));
    }
}
