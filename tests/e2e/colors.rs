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

/// What matters is said in words and stands out by more than its colour.
#[test]
fn no_color_keeps_severity_and_results() {
    let mut stage = start_in(terminal().env("NO_COLOR", "1"), DEMO);
    stage.see("268 of 300");
    stage.press("/denied");
    stage.key(termlens::Key::Enter);
    let screen = stage.see("19 of 300");
    let (_, rows) = screen.size();
    for word in ["CRIT", "DENIED"] {
        let place = (0..rows).find_map(|row| {
            let text = screen.row_text(row);
            text.find(word).map(|at| (text[..at].chars().count() as u16, row))
        });
        let (col, row) = place.unwrap_or_else(|| panic!("no {word}:\n{screen}"));
        let style = screen.cell(row, col).unwrap().style();
        assert!(style.bold || style.reverse, "{word}: {}", screen.with_styles());
    }
    stage.press("q");
    stage.ends(0);
}

#[test]
fn ascii_is_given_to_whoever_asks_for_it() {
    let mut stage = start_in(terminal(), &[DEMO, &["--ascii"]].concat());
    for (keys, text) in [
        ("", "268 of 300"),
        ("\r", "REQUEST"),
        ("qT", "TOP"),
        ("qS", "SESSIONS"),
        ("q?", "next row"),
    ] {
        stage.press(keys);
        let screen = stage.see(text);
        let strange = cells(&screen).find(|cell| !cell.contents().is_ascii());
        assert!(strange.is_none(), "{strange:?}\n{screen}");
    }
    stage.press("qq");
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
