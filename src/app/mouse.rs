//! The mouse, while it is ours: the wheel scrolls the pane below the pointer, a click selects a row
//! or a value there and gives that pane the keys, a second one opens it, a drag brushes the timeline
//! or moves an edge between panes.

use ratatui::layout::{Position, Rect};

use crate::app::resize::{self, Grip};
use crate::app::route::{act, base, in_stream, route};
use crate::app::state::{App, Focus, Layer};
use crate::command::action::Action;
use crate::command::effect::Effect;
use crate::command::pointer::{Deed, Pointer};
use crate::pane::contract::{Pointed, Reply};

/// Lines that a turn of the wheel scrolls.
const LINES: usize = 3;

/// Takes the mouse, or leaves it to the terminal, which selects and copies with it.
pub(crate) fn toggle(app: &mut App) -> Vec<Effect> {
    app.mouse = !app.mouse;
    let said = match app.mouse {
        true => {
            "mouse on: wheel, click, drag the timeline or an edge · Shift selects text · :mouse ends it"
        }
        false => "mouse off: it selects text again",
    };
    app.say(said.into());
    vec![Effect::Mouse(app.mouse)]
}

/// Does what the mouse did.
pub(crate) fn take(app: &mut App, pointer: Pointer) -> Vec<Effect> {
    let Pointer { deed, x, y } = pointer;
    let wheel = match deed {
        Deed::WheelUp => Some(Action::Previous),
        Deed::WheelDown => Some(Action::Next),
        Deed::Press | Deed::Drag | Deed::Release => None,
    };
    if wheel.is_some() || deed == Deed::Press {
        app.notice = None;
    }
    // Whether the button went down on a row right before.
    let again = deed == Deed::Press && app.grip == Some(Grip::Row);
    if resize::by_mouse(app, pointer) {
        return vec![];
    }
    let pane = pane_at(app, Position { x, y });
    match (wheel, pane) {
        // What lies above everything scrolls wherever the pointer is.
        (Some(action), None) => {
            let takes = !matches!(app.layers.last(), None | Some(Layer::Prompt | Layer::Note(_)));
            (0..LINES).filter(|_| takes).flat_map(|_| act(app, action)).collect()
        }
        (Some(action), Some(pane)) => scroll(app, pane, action),
        (None, Some(pane)) => {
            let met = press(app, pane, pointer);
            clicked(app, met, again)
        }
        (None, None) if deed == Deed::Press => {
            let met = press_view(app, y);
            clicked(app, met, again)
        }
        (None, None) => vec![],
    }
}

/// A second click on a row opens it, as Enter does.
fn clicked(app: &mut App, met: Pointed, again: bool) -> Vec<Effect> {
    match met {
        // Over the rows, Enter would be for the details that are open.
        Pointed::Same if again && !app.is_details_open() => return act(app, Action::Details),
        Pointed::Same | Pointed::Other => app.grip = Some(Grip::Row),
        Pointed::Nothing => {}
    }
    vec![]
}

/// Points at a row of the view that has the body.
fn press_view(app: &mut App, y: u16) -> Pointed {
    let area = app.layout.body;
    match app.layers.last() {
        Some(Layer::Top) => app.lend(|app| &mut app.top, area, |top, ctx| top.point(y, ctx)),
        Some(Layer::Denied) => {
            app.lend(|app| &mut app.denied, area, |denied, ctx| denied.point(y, ctx))
        }
        Some(Layer::Sessions) => {
            app.lend(|app| &mut app.sessions, area, |sessions, ctx| sessions.point(y, ctx))
        }
        Some(Layer::Alerts) => {
            app.lend(|app| &mut app.alerts, area, |alerts, ctx| alerts.point(y, ctx))
        }
        _ => Pointed::Nothing,
    }
}

/// The pane below the pointer, where nothing lies above the panes.
fn pane_at(app: &App, at: Position) -> Option<Focus> {
    if !matches!(app.layers.last(), None | Some(Layer::Details)) || app.body_view().is_some() {
        return None;
    }
    let layout = &app.layout;
    let panes: [(Focus, Rect); 3] = [
        (Focus::Stream, layout.stream),
        (Focus::Counts, layout.counts),
        (Focus::Timeline, layout.timeline),
    ];
    panes.into_iter().find(|(_, area)| area.contains(at)).map(|(pane, _)| pane)
}

/// Scrolls a pane; the one that has the keys keeps them.
fn scroll(app: &mut App, pane: Focus, action: Action) -> Vec<Effect> {
    let action = match (pane, action) {
        (Focus::Timeline, Action::Previous) => Action::Left,
        (Focus::Timeline, _) => Action::Right,
        (Focus::Stream | Focus::Counts, action) => action,
    };
    let before = std::mem::replace(&mut app.focus, pane);
    let replies: Vec<Reply> = (0..LINES).map(|_| base(app, action)).collect();
    app.focus = before;
    replies.into_iter().flat_map(|reply| route(app, reply, None)).collect()
}

/// Gives a pane the keys and points at what is there.
fn press(app: &mut App, pane: Focus, Pointer { deed, x, y }: Pointer) -> Pointed {
    if deed == Deed::Press && app.layers.is_empty() {
        app.focus = pane;
    }
    match (pane, deed) {
        (Focus::Stream, Deed::Press) => in_stream(app, |stream, ctx| stream.point(y, ctx)),
        (Focus::Counts, Deed::Press) => {
            app.lend(|app| &mut app.counts, app.layout.counts, |counts, ctx| counts.point(y, ctx))
        }
        (Focus::Timeline, deed) => {
            app.lend(
                |app| &mut app.timeline,
                app.layout.timeline,
                |timeline, ctx| timeline.point(x, deed, ctx),
            );
            Pointed::Nothing
        }
        (Focus::Stream | Focus::Counts, _) => Pointed::Nothing,
    }
}

#[cfg(test)]
#[path = "mouse_tests.rs"]
mod tests;
