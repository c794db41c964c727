//! Without colours, everything that matters is still seen.

use termlens::{Color, Screen};

use super::stage::{DEMO, start_in, terminal};

fn cells(screen: &Screen) -> impl Iterator<Item = &termlens::Cell> {
    let (cols, rows) = screen.size();
    (0..rows).flat_map(move |row| (0..cols).filter_map(move |col| screen.cell(row, col)))
}

#[test]
fn no_color_sends_none_and_keeps_the_selection() {
    let mut stage = start_in(terminal().env("NO_COLOR", "1"), DEMO);
    let screen = stage.see("268 of 300");
    let plain = |color: Color| color == Color::Default;
    let colored = cells(&screen).find(|cell| !plain(cell.style().fg) || !plain(cell.style().bg));
    assert!(colored.is_none(), "{colored:?}\n{}", screen.with_styles());
    // The newest row, the last one of the stream, is the one selected. The screen may have been
    // read in the middle of a frame before, so this is waited for.
    // Above the panes only the strip of alerts is as loud.
    stage.wait("one selected row", |screen| {
        let (_, rows) = screen.size();
        let reversed = |row: u16| {
            let cells = (0..60).filter_map(|col| screen.cell(row, col));
            cells.filter(|cell| cell.style().reverse).count()
        };
        (3..rows).filter(|row| reversed(*row) > 50).count() == 1
    });
    stage.press("q");
    stage.ends(0);
}

#[test]
fn a_console_gets_ascii() {
    let mut stage = start_in(terminal().env("TERM", "linux"), DEMO);
    let screen = stage.see("268 of 300");
    let strange = cells(&screen).find(|cell| !cell.contents().is_ascii());
    assert!(strange.is_none(), "{strange:?}\n{screen}");
    stage.press("q");
    stage.ends(0);
}
