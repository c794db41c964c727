//! The keys that move, as moves of a list: the same in every pane that has one.

use crate::command::action::Action;
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
