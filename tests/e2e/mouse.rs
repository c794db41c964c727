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

/// Where the line between the rows and the counts is, and how many rows are above the details.
fn edges(screen: &Screen) -> (Option<usize>, Option<u16>) {
    let line = screen.row_text(12).chars().position(|sign| sign == '│');
    let title = (14..34).find(|y| screen.row_text(*y).starts_with("──"));
    (line, title)
}

#[test]
fn edges_between_panes_are_dragged_and_stay_where_they_were_left() {
    let mut stage = stage::demo();
    toggle(&mut stage);
    let screen = stage.see("mouse on");
    let (Some(line), Some(title)) = edges(&screen) else { panic!("{screen}") };
    stage.drag(MouseButton::Left, line as u16, 12, 75, 12).unwrap();
    stage.wait("the line at 75", |screen| edges(screen) == (Some(75), Some(title)));
    stage.drag(MouseButton::Left, 30, title, 30, title - 5).unwrap();
    stage.wait("a larger strip", |screen| edges(screen) == (Some(75), Some(title - 5)));
    // The strip of a view is another one, dragged alike.
    stage.press("T");
    let screen = stage.see("TOP ");
    let Some(title) = edges(&screen).1 else { panic!("{screen}") };
    stage.drag(MouseButton::Left, 30, title, 30, title - 6).unwrap();
    stage.wait("a larger strip of top", |screen| edges(screen).1 == Some(title - 6));
    stage.press("q");
    stage.wait("the stream as it was left", |screen| edges(screen).0 == Some(75));
    stage.press("q");
    stage.ends(0);
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
