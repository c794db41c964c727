//! Terminals of every size, changed while the program runs.

use super::stage::{self, DEMO, start_in, terminal};

#[test]
fn it_survives_every_size_and_comes_back() {
    let mut stage = stage::demo();
    for (cols, rows) in [(2, 2), (200, 50), (2, 40), (40, 10), (300, 3), (80, 24)] {
        stage.resize(cols, rows).unwrap();
        let wide = cols >= 40 && rows >= 10;
        stage.wait("a frame of the new size", |screen| {
            screen.size() == (cols, rows)
                && (!wide || (screen.contains("268 of 300") && screen.contains("? all keys")))
        });
    }
    stage.press("?");
    stage.resize(40, 10).unwrap();
    stage.see("MOVE");
    stage.press("?");
    stage.see("268 of 300");
    stage.resize(120, 35).unwrap();
    stage.wait("the wide screen", |screen| {
        screen.row_text(0).contains("trailtop") && screen.row_text(34).contains("? all keys")
    });
    stage.press("q");
    stage.ends(0);
}

#[test]
fn a_terminal_that_does_not_answer_and_has_hardly_a_size() {
    let terminal = terminal().size(2, 2).answer_queries(false);
    let mut stage = start_in(terminal, DEMO);
    stage.wait("the screen", termlens::Screen::alternate_screen);
    stage.resize(80, 24).unwrap();
    stage.see("268 of 300");
    stage.press("q");
    stage.ends(0);
}
