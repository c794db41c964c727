//! Panes beside the rows that stand still for a while where the line has no room for all of it: what
//! nobody can read as fast as it changes is not sent as often. The rows themselves never wait, and
//! whatever a key leads to is drawn whole.

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// How long they stand still at most.
const STILL: Duration = Duration::from_secs(10);

/// Which panes stand still, and since when.
#[derive(Debug, Default)]
pub struct Calm {
    /// Where they were in the last frame.
    places: Vec<Rect>,
    /// When they were drawn last.
    drawn: Option<Instant>,
    /// Whether what is shown of them is older than the rest.
    is_behind: bool,
}

impl Calm {
    /// Puts what is shown of the panes at `places` into the next frame, where they may wait and were
    /// drawn not long ago.
    pub fn hold(
        &mut self,
        places: Vec<Rect>,
        may_wait: bool,
        (shown, next): (Option<&Buffer>, &mut Buffer),
        now: Instant,
    ) {
        let is_soon = self.drawn.is_some_and(|at| now.saturating_duration_since(at) < STILL);
        let shown = shown.filter(|shown| shown.area == next.area);
        let shown = shown.filter(|_| may_wait && is_soon && self.places == places);
        self.is_behind = shown.is_some();
        let Some(shown) = shown else {
            (self.drawn, self.places) = (Some(now), places);
            return;
        };
        let screen = next.area;
        for place in &places {
            for at in place.intersection(screen).positions() {
                next[at].clone_from(&shown[at]);
            }
        }
    }

    /// How long until they are to be drawn; `None` where they are as the rest is.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        let drawn = self.drawn.filter(|_| self.is_behind)?;
        Some(STILL.saturating_sub(now.saturating_duration_since(drawn)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    /// A screen of rows at the left and a pane at the right.
    fn screen(text: &str) -> Buffer {
        Buffer::with_lines([text, text])
    }

    fn pane() -> Vec<Rect> {
        vec![Rect::new(2, 0, 2, 2)]
    }

    #[test]
    fn a_pane_stands_still_for_a_while_and_the_rows_do_not() {
        let (mut calm, begun) = (Calm::default(), Clock::instant());
        let after = |millis| begun + Duration::from_millis(millis);
        let mut shown = screen("aa11");
        calm.hold(pane(), true, (None, &mut shown.clone()), begun);
        assert_eq!(calm.wait(begun), None);
        let longer = vec![Rect::new(2, 0, 2, 1)];
        for (at, text, places, may_wait, expected, wait) in [
            (500, "bb22", pane(), true, "bb11", Some(9_500)),
            (9_999, "cc33", pane(), true, "cc11", Some(1)),
            (10_000, "dd44", pane(), true, "dd44", None),
            (10_100, "ee55", pane(), true, "ee44", Some(9_900)),
            // A key, or a line with room.
            (10_200, "ff66", pane(), false, "ff66", None),
            (10_300, "gg77", pane(), true, "gg66", Some(9_900)),
            // Another layout.
            (10_400, "hh88", longer, true, "hh88", None),
        ] {
            let mut next = screen(text);
            calm.hold(places, may_wait, (Some(&shown), &mut next), after(at));
            assert_eq!(next, screen(expected), "{at}");
            assert_eq!(calm.wait(after(at)), wait.map(Duration::from_millis), "{at}");
            shown = next;
        }
    }

    #[test]
    fn nothing_is_held_of_a_screen_that_is_not_known() {
        let (mut calm, now) = (Calm::default(), Clock::instant());
        calm.hold(pane(), true, (None, &mut screen("aa11")), now);
        for shown in [None, Some(&Buffer::with_lines(["aa11"]))] {
            let mut next = screen("bb22");
            calm.hold(pane(), true, (shown, &mut next), now);
            assert_eq!(next, screen("bb22"));
        }
    }
}
