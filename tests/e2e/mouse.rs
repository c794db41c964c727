//! The mouse: off until it is asked for, because while it is ours the terminal cannot select text.

use termlens::{Key, MouseButton, MouseMode, Screen, Scroll};

use super::stage::{self, Stage};

/// The row under the cursor, less its sign.
fn selected(screen: &Screen) -> String {
    let rows = (0..35).map(|row| screen.row_text(row));
    let mut selected = rows.filter_map(|row| row.strip_prefix('>').map(head));
    selected.next().unwrap_or_default()
}

/// Time and event.
fn head(row: &str) -> String {
    row.chars().take(33).collect()
}

fn toggle(stage: &mut Stage) {
    stage.press(":mouse");
    stage.key(Key::Enter);
}

#[test]
fn it_selects_scrolls_and_brushes_on_request() {
    let mut stage = stage::demo();
    assert_eq!(stage.screen().mouse_mode(), MouseMode::None);
    toggle(&mut stage);
    let screen = stage.see("mouse on");
    assert_ne!(screen.mouse_mode(), MouseMode::None);

    // A click on a row selects it, the wheel goes on from there.
    let row = |screen: &Screen, y: u16| head(&screen.row_text(y)[1..]);
    let clicked = row(&screen, 15);
    stage.click(20, 15).unwrap();
    let screen = stage.wait("the row that was clicked", |screen| selected(screen) == clicked);
    let above = row(&screen, 12);
    stage.scroll(20, 15, Scroll::Up).unwrap();
    stage.wait("the third row above", |screen| selected(screen) == above);

    // A click in the counts gives them the keys, on the value that was clicked.
    let at = |screen: &Screen| (8..25).find(|y| screen.row_text(*y).contains("│      DENIED"));
    let y = at(&stage.screen()).expect("the counts of results");
    stage.click(105, y).unwrap();
    stage.see("without them");
    stage.key(Key::Enter);
    let screen = stage.see_no("268 of 300");
    assert!(screen.row_text(1).contains("denied"), "{screen}");
    stage.press("\\");
    stage.see("268 of 300");

    // A drag over the timeline is a brush, and Enter makes a filter of it.
    stage.drag(MouseButton::Left, 40, 4, 70, 4).unwrap();
    stage.see("brush ");
    stage.key(Key::Enter);
    let screen = stage.see_no("268 of 300");
    assert!(screen.row_text(1).contains("time:"), "{screen}");

    toggle(&mut stage);
    let screen = stage.see("mouse off");
    assert_eq!(screen.mouse_mode(), MouseMode::None);
    toggle(&mut stage);
    stage.see("mouse on");
    stage.key(Key::Ctrl('c'));
    stage.ends(0);
}
