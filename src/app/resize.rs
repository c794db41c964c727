//! Panes are resized: by keys, which move the edge of the focused pane, and by the mouse, which drags
//! one. The layout keeps every size within its bounds; what it made of a wish is what is remembered.

use ratatui::layout::Position;

use crate::app::layers::relayout;
use crate::app::layout::Sizes;
use crate::app::session;
use crate::app::state::{App, Focus, Layer};
use crate::command::pointer::{Deed, Pointer};

/// An edge between panes, by the pane whose size it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The line left of the counts.
    Counts,
    /// The title below the timeline.
    Timeline,
    /// The title of the details while they are open.
    Details,
    /// The title of the strip of the details.
    Strip,
}

/// What the mouse was pressed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grip {
    /// An edge that is dragged until it is let go.
    Edge(Edge),
    /// A row, and nothing else was done since.
    Row,
}

impl Edge {
    /// The pane, as one speaks of it.
    fn name(self) -> &'static str {
        match self {
            Self::Counts => "the counts",
            Self::Timeline => "the timeline",
            Self::Details => "the details",
            Self::Strip => "the details below",
        }
    }

    /// Cells that a key moves it by.
    fn step(self) -> u16 {
        match self {
            Self::Counts => 3,
            Self::Details => 2,
            Self::Timeline | Self::Strip => 1,
        }
    }

    fn of(self, sizes: &mut Sizes) -> &mut Option<u16> {
        match self {
            Self::Counts => &mut sizes.counts,
            Self::Timeline => &mut sizes.timeline,
            Self::Details => &mut sizes.details,
            Self::Strip => &mut sizes.strip,
        }
    }

    /// How large its pane is now.
    fn size(self, app: &App) -> u16 {
        let layout = &app.layout;
        match self {
            Self::Counts => layout.counts.width,
            Self::Timeline => layout.timeline.height,
            Self::Details | Self::Strip => layout.details_title.height + layout.details.height,
        }
    }
}

/// Makes the focused pane larger or smaller by a step.
pub(crate) fn by_key(app: &mut App, is_larger: bool) {
    if app.zoom {
        return app.tell("one pane has the screen: {zoom} brings the others back");
    }
    let (edge, is_larger) = match (app.layers.last(), app.focus()) {
        (Some(Layer::Details), _) => (Edge::Details, is_larger),
        (Some(_), _) => {
            return app.tell("the panes around the stream have sizes: {close} closes this");
        }
        (None, Focus::Counts) => (Edge::Counts, is_larger),
        (None, Focus::Timeline) => (Edge::Timeline, is_larger),
        // What the rows gain, the strip below them loses.
        (None, Focus::Stream) => (Edge::Strip, !is_larger),
    };
    let (before, step) = (edge.size(app), edge.step());
    let wanted = if is_larger { before + step } else { before.saturating_sub(step) };
    set(app, edge, wanted);
    let now = edge.size(app);
    let name = edge.name();
    if now == before {
        let end = if is_larger { "larger" } else { "smaller" };
        app.tell(&format!(
            "{name} can be no {end} here · {{palette}}panes-reset brings the usual sizes back"
        ));
    }
}

/// Gives every pane the size it comes with, on screens of this class.
pub(crate) fn reset(app: &mut App) {
    session::panes(app).sizes = Sizes::default();
    relayout(app);
    app.say("every pane is as large as it comes".into());
}

fn set(app: &mut App, edge: Edge, wanted: u16) {
    let before = session::panes(app).sizes;
    *edge.of(&mut session::panes(app).sizes) = Some(wanted);
    relayout(app);
    let now = edge.size(app);
    let mut sizes = before;
    *edge.of(&mut sizes) = Some(now);
    session::panes(app).sizes = sizes;
}

/// Takes hold of an edge, drags it, or lets go; false where the mouse is about something else.
pub(crate) fn by_mouse(app: &mut App, Pointer { deed, x, y }: Pointer) -> bool {
    match (deed, app.grip) {
        (Deed::Press, _) => app.grip = edge_at(app, Position { x, y }).map(Grip::Edge),
        (Deed::Drag, Some(Grip::Edge(edge))) => drag(app, edge, Position { x, y }),
        (Deed::Release, Some(Grip::Edge(_))) => {
            app.grip = None;
            return true;
        }
        // A press and its release are a click.
        (Deed::Release, Some(Grip::Row)) => return false,
        (Deed::Drag | Deed::Release | Deed::WheelUp | Deed::WheelDown, _) => app.grip = None,
    }
    app.grip.is_some()
}

/// The edge below the pointer, where the panes have edges.
fn edge_at(app: &App, at: Position) -> Option<Edge> {
    let layout = &app.layout;
    let is_open = match app.layers.last() {
        None => false,
        Some(Layer::Details) => true,
        Some(_) => return None,
    };
    if app.zoom || app.body_view().is_some() {
        return None;
    }
    let strip_title = match layout.details_title.is_empty() {
        true if layout.details.height == 1 => layout.details,
        _ => layout.details_title,
    };
    if strip_title.contains(at) {
        return Some(if is_open { Edge::Details } else { Edge::Strip });
    }
    let beside = layout.counts.x > layout.body.x && layout.has_counts();
    if beside && at.x == layout.counts.x && layout.counts.contains(at) {
        return Some(Edge::Counts);
    }
    let is_below = layout.has_timeline() && !is_open && layout.title.contains(at);
    is_below.then_some(Edge::Timeline)
}

fn drag(app: &mut App, edge: Edge, to: Position) {
    let layout = &app.layout;
    let wanted = match edge {
        Edge::Counts => layout.counts.right().saturating_sub(to.x),
        Edge::Timeline => to.y.saturating_sub(layout.timeline.y),
        Edge::Details | Edge::Strip => layout.body.bottom().saturating_sub(to.y),
    };
    set(app, edge, wanted);
}

#[cfg(test)]
#[path = "resize_tests.rs"]
mod tests;
