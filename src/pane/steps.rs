//! Keys that mean the same in every pane: they move a list, scroll a text, or edit a line.

use crate::command::action::Action;
use crate::command::chord::{Chord, Key};
use crate::ui::input::Edit;
use crate::ui::list::Step;

/// The move that an action asks of a list; `None` where it asks for something else.
pub(crate) fn step_of(action: Action) -> Option<Step> {
    Some(match action {
        Action::Next => Step::Down(1),
        Action::Previous => Step::Up(1),
        Action::First => Step::Home,
        Action::Last => Step::End,
        Action::PageDown => Step::HalfDown,
        Action::PageUp => Step::HalfUp,
        _ => return None,
    })
}

/// The first line of a text that is scrolled by a move, a `page` at a time; `last` is the furthest it
/// goes.
pub(crate) fn scrolled(top: usize, step: Step, page: usize, last: usize) -> usize {
    let page = page.max(1);
    let to = match step {
        Step::Down(n) => top.saturating_add(n),
        Step::Up(n) => top.saturating_sub(n),
        Step::HalfDown | Step::PageDown => top.saturating_add(page),
        Step::HalfUp | Step::PageUp => top.saturating_sub(page),
        Step::Home => 0,
        Step::End => last,
        Step::To(line) => line,
    };
    to.min(last)
}

/// What a key does to a line that is typed; `None` for a key that is none of its own.
pub(crate) fn edit_of(chord: Chord) -> Option<Edit> {
    Some(match (chord.key, chord.ctrl) {
        (Key::Left, false) => Edit::Left,
        (Key::Right, false) => Edit::Right,
        (Key::Left, true) => Edit::WordLeft,
        (Key::Right, true) => Edit::WordRight,
        (Key::Home, _) => Edit::Home,
        (Key::End, _) => Edit::End,
        (Key::Backspace, _) => Edit::Backspace,
        (Key::Delete, _) => Edit::Delete,
        (Key::Char('w'), true) => Edit::DeleteWordLeft,
        (Key::Char('u'), true) => Edit::ClearLeft,
        (Key::Char('k'), true) => Edit::ClearRight,
        (Key::Char(c), false) if !chord.alt => Edit::Insert(c),
        _ => return None,
    })
}
