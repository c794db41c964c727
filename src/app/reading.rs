//! A row that somebody reads does not run away: while its details, a menu or anything else about it is
//! open, or half of a key like `y e` was pressed, a stream that follows stands where it is. It goes on
//! by itself afterwards.

use crate::app::state::{App, Layer};
use crate::app::update::load_details;

/// Whether what is on top is about the selected row.
fn is_about_row(app: &App) -> bool {
    let is_about = |layer: &Layer| {
        matches!(
            layer,
            Layer::Details
                | Layer::Menu(_)
                | Layer::Lineage(_)
                | Layer::Explain
                | Layer::Before(_)
                | Layer::Note(_)
                | Layer::Pick(_)
        )
    };
    let is_stream = app.body_view().is_none();
    is_stream && (app.keymap.pending().is_some() || app.layers.iter().any(is_about))
}

/// Puts the cursor where it belongs in the rows there are: on the newest of them, or on the one that
/// is read. What a recording was asked to step to is what its reader wants to see.
pub(crate) fn settle(app: &mut App) {
    let (order, height) = (app.asked.order, app.stream_height());
    let reads = app.reads && app.awaits.is_none();
    app.stream.accept(&app.view, order, height, reads);
}

/// Follows what is open: what comes in is counted from when somebody began to read.
pub(crate) fn follow(app: &mut App) {
    let reads = is_about_row(app);
    if reads == std::mem::replace(&mut app.reads, reads) || !app.stream.follows() {
        return;
    }
    if reads {
        app.held = Some(app.latest.len());
    } else if !app.paused {
        settle(app);
        load_details(app);
    }
}
