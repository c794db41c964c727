//! A click selects, a second one opens: in the stream, in the counts and in every view with rows.

use super::*;
use crate::app::msg::Msg;
use crate::app::script::Script;

fn click(script: &mut Script, x: u16, y: u16) {
    script.tell(Msg::Pointer(Pointer { deed: Deed::Press, x, y }));
    script.tell(Msg::Pointer(Pointer { deed: Deed::Release, x, y }));
}

/// The line of the screen that the cursor of a list is on.
fn cursor(script: &Script) -> Option<u16> {
    let text = script.text();
    text.lines().position(|line| line.starts_with('>')).map(|y| y as u16)
}

#[test]
fn in_every_view_a_click_selects_and_a_second_one_shows_the_events() {
    for key in ["T", "D", "S"] {
        let mut script = Script::demo(120, 35, 900);
        script.keys("X").keys(key);
        let first = cursor(&script).unwrap_or_else(|| panic!("{key}: {}", script.text()));
        let (x, y) = (40, first + 1);
        click(&mut script, x, y);
        assert_eq!(cursor(&script), Some(y), "{key}: {}", script.text());
        assert!(script.app.body_view().is_some(), "{key}: one click opens nothing");
        // A title is no row.
        let title = script.app.layout.body.y;
        click(&mut script, x, title);
        assert_eq!(cursor(&script), Some(y), "{key}");
        assert!(script.app.body_view().is_some(), "{key}");
        let filter = script.app.asked.filter.clone();
        click(&mut script, x, y);
        assert!(script.app.body_view().is_some(), "{key}: it was not the second in a row");
        click(&mut script, x, y);
        assert!(script.app.body_view().is_none(), "{key}: {}", script.text());
        assert_ne!(script.app.asked.filter, filter, "{key}");
    }
}

#[test]
fn a_divider_between_groups_is_no_row() {
    let mut script = Script::demo(120, 35, 900);
    script.keys("D");
    let text = script.text();
    let Some(divider) = text.lines().position(|line| line.contains("DENIED AWS services")) else {
        panic!("{text}");
    };
    let before = cursor(&script);
    click(&mut script, 40, divider as u16);
    assert_eq!(cursor(&script), before);
    click(&mut script, 40, divider as u16 + 1);
    assert_eq!(cursor(&script), Some(divider as u16 + 1));
}

#[test]
fn in_the_stream_a_second_click_opens_the_details() {
    let mut script = Script::demo(120, 35, 300);
    let y = script.app.layout.stream.y + 4;
    click(&mut script, 20, y);
    assert!(!script.app.is_details_open() && script.app.stream.selected().is_some());
    script.keys("j k");
    click(&mut script, 20, y);
    assert!(!script.app.is_details_open(), "keys were pressed between");
    click(&mut script, 20, y);
    assert!(script.app.is_details_open());
    // Over open details a click on a row goes to it, and no more.
    let (filter, y) = (script.app.asked.filter.clone(), script.app.layout.stream.y + 2);
    click(&mut script, 20, y);
    click(&mut script, 20, y);
    assert!(script.app.is_details_open());
    assert_eq!(script.app.asked.filter, filter);
}

#[test]
fn in_the_counts_a_second_click_keeps_only_that_value() {
    let mut script = Script::demo(120, 35, 300);
    let (x, y) = (script.app.layout.counts.x + 10, script.app.layout.counts.y + 2);
    click(&mut script, x, y);
    assert_eq!((script.app.focus(), &*script.app.asked.filter), (Focus::Counts, ""));
    click(&mut script, x, y);
    assert_ne!(script.app.asked.filter, "");
}
