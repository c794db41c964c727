//! Panes are resized: by keys, which move the edge of the focused pane, and by the mouse, which drags
//! one. The layout keeps every size within its bounds; what it made of a wish is what is remembered.

use ratatui::layout::{Position, Rect};

use crate::app::layers::relayout;
use crate::app::layout::Sizes;
use crate::app::session;
use crate::app::state::{App, Focus, Layer};
use crate::command::pointer::{Deed, Pointer};
use crate::pane::denied::Denied;
use crate::pane::sessions::Sessions;

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
    /// The line left of what stands beside the details.
    Around,
    /// The title below the ranking.
    Top,
    /// The title below the denied groups.
    Denied,
    /// The title of the story below the sessions.
    Sessions,
}

/// What is known of an edge.
struct Row {
    edge: Edge,
    /// Its pane, as one speaks of it.
    name: &'static str,
    /// Cells that a key moves it by.
    step: u16,
    /// What somebody wants of it.
    wanted: fn(&mut Sizes) -> &mut Option<u16>,
    /// How large its pane is now.
    size: fn(&App) -> u16,
}

const fn row(
    edge: Edge,
    name: &'static str,
    step: u16,
    wanted: fn(&mut Sizes) -> &mut Option<u16>,
    size: fn(&App) -> u16,
) -> Row {
    Row { edge, name, step, wanted, size }
}

/// Every edge.
const EDGES: &[Row] = &[
    row(Edge::Counts, "the counts", 3, |it| &mut it.counts, |app| app.layout.counts.width),
    row(Edge::Timeline, "the timeline", 1, |it| &mut it.timeline, |app| app.layout.timeline.height),
    row(Edge::Details, "the details", 2, |it| &mut it.details, details),
    row(Edge::Strip, "the details below", 1, |it| &mut it.strip, details),
    row(Edge::Around, "what stands beside", 5, |it| &mut it.around, |app| app.layout.around.width),
    row(Edge::Top, "what stands below", 1, |it| &mut it.top, |app| below(app).height),
    row(Edge::Denied, "what stands below", 1, |it| &mut it.denied, |app| below(app).height),
    row(Edge::Sessions, "the story", 1, |it| &mut it.sessions, |app| below(app).height),
];

/// Lines of the details with their title.
fn details(app: &App) -> u16 {
    app.layout.details_title.height + app.layout.details.height
}

/// Where what stands below the table of the view is that has the body.
fn below(app: &App) -> Rect {
    let ctx = app.ctx(app.layout.body, true);
    match app.body_view() {
        Some(Layer::Top) => app.top.strip(&ctx),
        Some(Layer::Denied) => Denied::strip(&ctx),
        Some(Layer::Sessions) => Sessions::strip(&ctx),
        _ => Rect::default(),
    }
}

/// The edge between the table and what stands below it, of a view that has one.
#[expect(clippy::wildcard_enum_match_arm, reason = "of all layers these alone have such an edge")]
fn edge_of(view: &Layer) -> Option<Edge> {
    match view {
        Layer::Top => Some(Edge::Top),
        Layer::Denied => Some(Edge::Denied),
        Layer::Sessions => Some(Edge::Sessions),
        _ => None,
    }
}

/// How many lines somebody wants below the table of the view that has the body.
pub(crate) fn strip_wanted(app: &App) -> Option<u16> {
    let edge = app.body_view().and_then(edge_of)?;
    let mut sizes = app.panes[session::class(app.screen)].sizes;
    *(edge.row().wanted)(&mut sizes)
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
    fn row(self) -> &'static Row {
        EDGES.iter().find(|row| row.edge == self).expect("the table has every edge; a test says so")
    }

    fn size(self, app: &App) -> u16 {
        (self.row().size)(app)
    }
}

/// Makes the focused pane larger or smaller by a step.
pub(crate) fn by_key(app: &mut App, is_larger: bool) {
    if app.zoom && app.body_view().is_none() {
        return app.tell("one pane has the screen: {zoom} brings the others back");
    }
    let (edge, is_larger) = match (app.layers.last(), app.focus()) {
        (Some(Layer::Details), _) => (Edge::Details, is_larger),
        (Some(layer), _) => match edge_of(layer) {
            // What the table gains, the strip below it loses.
            Some(edge) => (edge, !is_larger),
            None => return app.tell("nothing here has a size: {close} closes this"),
        },
        (None, Focus::Counts) => (Edge::Counts, is_larger),
        (None, Focus::Timeline) => (Edge::Timeline, is_larger),
        // What the rows gain, the strip below them loses.
        (None, Focus::Stream) => (Edge::Strip, !is_larger),
    };
    by_step(app, edge, is_larger);
}

/// Makes what stands beside the details wider or narrower by a step.
pub(crate) fn around(app: &mut App, is_larger: bool) {
    match app.layout.around.is_empty() {
        true => app.say("what one key did stands beside the details from 180 columns on".into()),
        false => by_step(app, Edge::Around, is_larger),
    }
}

fn by_step(app: &mut App, edge: Edge, is_larger: bool) {
    let (before, step) = (edge.size(app), edge.row().step);
    let wanted = if is_larger { before + step } else { before.saturating_sub(step) };
    set(app, edge, wanted);
    let now = edge.size(app);
    let name = edge.row().name;
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
    *(edge.row().wanted)(&mut session::panes(app).sizes) = Some(wanted);
    relayout(app);
    let now = edge.size(app);
    let mut sizes = before;
    *(edge.row().wanted)(&mut sizes) = Some(now);
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
        Some(view) => {
            let strip = below(app);
            return edge_of(view).filter(|_| strip.contains(at) && at.y == strip.y);
        }
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
    if layout.around.contains(at) && at.x == layout.around.x {
        return Some(Edge::Around);
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
        Edge::Around => layout.around.right().saturating_sub(to.x),
        Edge::Details | Edge::Strip | Edge::Top | Edge::Denied | Edge::Sessions => {
            layout.body.bottom().saturating_sub(to.y)
        }
    };
    set(app, edge, wanted);
}

#[cfg(test)]
#[path = "resize_tests.rs"]
mod tests;
