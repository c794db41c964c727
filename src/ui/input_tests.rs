//! The one-line editor at every edit and width.

use proptest::prelude::*;
use ratatui::style::Modifier;

use super::*;

fn shown(input: &Input, cells: u16) -> (String, Option<Position>) {
    let mut buf = Buffer::empty(Rect::new(0, 0, cells, 1));
    let cursor = input.draw(&mut buf, Rect::new(0, 0, cells, 1), Style::new(), &[]);
    (crate::ui::paint::paint(&buf).lines().next().unwrap_or_default().to_owned(), cursor)
}

#[test]
fn edits_do_what_they_say() {
    let mut input = Input::new("who:alice event:Put*");
    for (edit, value, cursor) in [
        (Edit::Home, "who:alice event:Put*", 0),
        (Edit::Right, "who:alice event:Put*", 1),
        (Edit::WordRight, "who:alice event:Put*", 4),
        (Edit::Delete, "who:lice event:Put*", 4),
        (Edit::Insert('A'), "who:Alice event:Put*", 5),
        (Edit::WordRight, "who:Alice event:Put*", 10),
        (Edit::ClearRight, "who:Alice ", 10),
        (Edit::Left, "who:Alice ", 9),
        (Edit::DeleteWordLeft, "who: ", 4),
        (Edit::Paste("é\u{1b}[1m日\r\nb\tc\n".into()), "who:é[1m日 b c ", 16),
        (Edit::Backspace, "who:é[1m日 b  ", 15),
        (Edit::WordLeft, "who:é[1m日 b  ", 13),
        (Edit::ClearLeft, "b  ", 0),
        (Edit::Insert('\u{7}'), "b  ", 0),
        (Edit::End, "b  ", 3),
    ] {
        let before = input.value().to_owned();
        let changed = input.edit(edit.clone());
        assert_eq!((input.value(), input.cursor()), (value, cursor), "{edit:?}");
        assert_eq!(changed, before != value, "{edit:?}");
    }
}

#[test]
fn a_long_paste_is_bounded() {
    let mut input = Input::new("x");
    assert!(input.edit(Edit::Paste("日".repeat(1_000_000))));
    assert_eq!(input.value().chars().count(), MAX_LENGTH);
    assert!(!input.edit(Edit::Insert('y')));
}

#[test]
fn the_cursor_is_always_on_the_screen() {
    let mut input = Input::new("abcdefghij");
    assert_eq!(shown(&input, 5), ("ghij".into(), Some(Position { x: 4, y: 0 })));
    input.edit(Edit::Home);
    assert_eq!(shown(&input, 5), ("abcde".into(), Some(Position { x: 0, y: 0 })));
    assert_eq!(shown(&input, 0), (String::new(), None));
    let wide = Input::new("日本語");
    assert_eq!(shown(&wide, 6), (" 本語".into(), Some(Position { x: 5, y: 0 })));
    assert_eq!(shown(&wide, 1).1, Some(Position { x: 0, y: 0 }));
}

#[test]
fn wrong_parts_look_wrong_and_hidden_characters_are_seen() {
    let input = Input::new("usr:x \u{202e}y");
    let area = Rect::new(0, 0, 20, 1);
    let mut buf = Buffer::empty(area);
    let wrong = Style::new().add_modifier(Modifier::UNDERLINED);
    let cursor = input.draw(&mut buf, area, Style::new(), &[(0..3, wrong)]);
    assert!(buf[(2, 0)].modifier.contains(Modifier::UNDERLINED));
    assert!(!buf[(3, 0)].modifier.contains(Modifier::UNDERLINED));
    assert!(crate::ui::paint::paint(&buf).starts_with("usr:x <U+202E>y"));
    assert_eq!(cursor, Some(Position { x: 15, y: 0 }));
}

#[test]
fn the_history_comes_back_and_so_does_the_draft() {
    let mut input = Input::default();
    assert!(!input.older());
    for line in ["one", "two", "  ", "one"] {
        input.set(line);
        input.remember();
    }
    assert_eq!(input.history(), ["two", "one"]);
    input.set("draft");
    assert!(input.older() && input.value() == "one");
    assert!(input.older() && input.value() == "two");
    assert!(!input.older() && input.value() == "two");
    assert!(input.newer() && input.value() == "one");
    assert!(input.newer() && input.value() == "draft");
    assert!(!input.newer() && input.value() == "draft");
    input.set_history((0..500).map(|n| n.to_string()).collect());
    assert_eq!(input.history().len(), MAX_HISTORY);
    assert!(input.older() && input.value() == "499");
}

#[test]
fn completion_replaces_a_word() {
    let mut input = Input::new("eve and more");
    input.replace(0..3, "event:");
    assert_eq!((input.value(), input.cursor()), ("event: and more", 6));
    for bad in [7..99, 99..100] {
        input.replace(bad, "x");
        assert_eq!(input.value(), "event: and more");
    }
}

fn any_edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        any::<char>().prop_map(Edit::Insert),
        ".{0,6}".prop_map(Edit::Paste),
        prop::sample::select(vec!["\u{301}", "\u{1f468}\u{200d}\u{1f469}", "\u{1100}", "\r\n"])
            .prop_map(|text| Edit::Paste(text.to_owned())),
        prop::sample::select(vec![
            Edit::Left,
            Edit::Right,
            Edit::WordLeft,
            Edit::WordRight,
            Edit::Home,
            Edit::End,
            Edit::Backspace,
            Edit::Delete,
            Edit::DeleteWordLeft,
            Edit::ClearLeft,
            Edit::ClearRight,
        ]),
    ]
}

proptest! {
    #[test]
    fn no_edit_breaks_the_line(edits in prop::collection::vec(any_edit(), 0..30), cells in 1u16..9) {
        let mut input = Input::default();
        for edit in edits {
            let before = input.value().to_owned();
            let changed = input.edit(edit);
            prop_assert_eq!(changed, before != input.value());
            prop_assert!(input.value().is_char_boundary(input.cursor()));
            prop_assert!(!input.value().chars().any(char::is_control));
            let (_, cursor) = shown(&input, cells);
            prop_assert!(cursor.is_some_and(|cursor| cursor.x < cells));
        }
    }
}
