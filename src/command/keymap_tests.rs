//! Keys can be said anew for every action, and sentences follow.

use super::*;

fn chords(text: &str) -> Keys {
    read(text).unwrap()
}

/// The default keys with these in the place of those of some actions.
fn with(own: &[(Action, &[&str])]) -> Keymap {
    let all = |keys: &[&str]| keys.iter().map(|keys| chords(keys)).collect();
    Keymap::with(&own.iter().map(|(action, keys)| (*action, all(keys))).collect())
}

fn press(map: &mut Keymap, keys: &str) -> Vec<Press> {
    chords(keys).into_iter().map(|chord| map.press(chord)).collect()
}

#[test]
fn every_action_can_be_rebound_and_its_own_keys_are_free_then() {
    for row in ACTIONS {
        let mut map = with(&[(row.action, &["Alt-z", "€ Ctrl-x Home"])]);
        assert_eq!(press(&mut map, "Alt-z"), [Press::Action(row.action)]);
        let three = [Press::Pending, Press::Pending, Press::Action(row.action)];
        assert_eq!(press(&mut map, "€ Ctrl-x Home"), three);
        assert_eq!(map.keys(row.action), ["Alt-z", "€ Ctrl-x Home"]);
        for keys in defaults(row.keys).filter(|keys| *keys != [QUIT]) {
            let last = keys.into_iter().map(|chord| map.press(chord)).last();
            assert_eq!(last, Some(Press::Unbound), "{}", row.name);
        }
        let end = format!("{:<15} {}", row.name, row.help);
        let table = map.table();
        let line = table.lines().find(|line| line.ends_with(&end)).unwrap();
        assert!(line.contains("Alt-z  € Ctrl-x Home"), "{line}");
    }
}

#[test]
fn a_default_key_gives_way_to_the_users() {
    let mut map = with(&[(Action::Pivot, &["g p", "y"]), (Action::Mark, &["n"])]);
    assert_eq!(map.keys(Action::First), ["Home"], "`g` begins `g p`");
    assert_eq!(map.keys(Action::CopyEvent), [""; 0], "`y` alone begins `y e`");
    assert_eq!(press(&mut map, "n"), [Press::Action(Action::Mark)]);
    assert_eq!(press(&mut map, "g x"), [Press::Pending, Press::Unbound]);
    assert_eq!(press(&mut map, "g p"), [Press::Pending, Press::Action(Action::Pivot)]);
    let mut none = with(&[(Action::Reveal, &[]), (Action::Quit, &["Q"])]);
    assert_eq!(none.keys(Action::Reveal), [""; 0]);
    assert_eq!(none.press(QUIT), Press::Action(Action::Quit), "it always leaves");
}

#[test]
fn sentences_follow() {
    let map = with(&[(Action::Noise, &["Ctrl-n"]), (Action::Raw, &[])]);
    assert_eq!(
        map.spell("{noise} shows it · {raw} goes on · {none} {help}{"),
        "Ctrl-n shows it · : raw goes on · {none} ?{"
    );
    assert_eq!((map.key(Action::Noise), map.key(Action::Raw)), ("Ctrl-n", ":"));
}

#[test]
fn keys_are_read_as_people_write_them_and_as_they_are_shown() {
    let cases = [
        ("ctrl+D", "Ctrl-d"),
        ("C-d", "Ctrl-d"),
        ("^d", "Ctrl-d"),
        ("^", "^"),
        ("M-x", "Alt-x"),
        ("Ctrl-Alt-x", "Ctrl-Alt-x"),
        ("pagedown", "PgDn"),
        ("space", "Space"),
        ("up", "↑"),
        ("G", "G"),
        ("-", "-"),
        ("g  g", "g g"),
    ];
    for (text, shown) in cases {
        assert_eq!(written(&chords(text)), shown, "{text}");
        assert_eq!(written(&chords(shown)), shown);
    }
    for row in ACTIONS {
        for keys in defaults(row.keys) {
            assert_eq!(chords(&written(&keys)), keys);
        }
    }
    for text in ["", " ", "Ctrl-", "gg", "F1", "@nope", "\u{1b}"] {
        assert!(read(text).is_err(), "{text:?}");
    }
}
