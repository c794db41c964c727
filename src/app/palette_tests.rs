//! The palette finds everything that has a name; footer and help follow a rebinding.

use std::collections::BTreeMap;

use crate::app::script::Script;
use crate::app::state::Layer;
use crate::command::action::{ACTIONS, Action, Row};
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::command::keymap::Keymap;

/// What the shell is to do first.
fn wish(script: &mut Script, is: impl Fn(&Effect) -> bool) -> Effect {
    let at = script.wishes.iter().position(is).unwrap_or_else(|| panic!("{:?}", script.wishes));
    script.wishes.remove(at)
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
