//! What was asked, step by step: each change is a question for search, and `[` goes back.

use crate::app::ask;
use crate::app::layers::relayout;
use crate::app::state::{App, Focus, Layer, Origin, Place, Step};
use crate::app::update::select;
use crate::command::effect::Effect;
use crate::pane::contract::Asked;
use crate::store::segment::RowId;

/// The most steps that `[` goes back through.
const MEMORY: usize = 100;

/// Asks for another filter.
pub(crate) fn refilter(app: &mut App, filter: String) -> Vec<Effect> {
    if filter == app.asked.filter {
        return vec![];
    }
    app.asked.filter = filter;
    ask_again(app)
}

/// Changes what is asked.
pub(crate) fn step(app: &mut App, change: impl FnOnce(&mut Asked)) -> Vec<Effect> {
    let before = app.asked.clone();
    change(&mut app.asked);
    if app.asked == before {
        return vec![];
    }
    ask_again(app)
}

/// Notes where one has come to, as a step that `[` goes back. What is being typed is none: the
/// filter before the prompt is.
pub(crate) fn follow(app: &mut App) {
    if matches!(app.layers.last(), Some(Layer::Prompt)) {
        return;
    }
    let here = Step { asked: app.asked.clone(), place: place(app) };
    if here == app.here {
        return;
    }
    app.before.push(std::mem::replace(&mut app.here, here));
    if app.before.len() > MEMORY {
        app.before.remove(0);
    }
    app.after.clear();
}

/// The view that has the body.
fn place(app: &App) -> Place {
    match app.body_view() {
        Some(Layer::Top) => Place::Top,
        Some(Layer::Denied) => Place::Denied,
        Some(Layer::Sessions) => Place::Sessions,
        Some(Layer::Alerts) => Place::Alerts,
        _ => Place::Stream,
    }
}

/// Goes back, or forward again, through filters, windows and views.
pub(crate) fn travel(app: &mut App, forward: bool) -> Vec<Effect> {
    let from = if forward { &mut app.after } else { &mut app.before };
    let Some(next) = from.pop() else {
        let way = if forward { "after" } else { "before" };
        app.say(format!("no filter or view {way} this one"));
        return vec![];
    };
    let here = std::mem::replace(&mut app.here, next.clone());
    if forward { &mut app.before } else { &mut app.after }.push(here);
    app.origin = None;
    if place(app) != next.place {
        app.layers.retain(|layer| matches!(layer, Layer::Details));
        match next.place {
            Place::Stream => {}
            Place::Top => app.layers.push(Layer::Top),
            Place::Denied => app.layers.push(Layer::Denied),
            Place::Sessions => app.layers.push(Layer::Sessions),
            Place::Alerts => app.layers.push(Layer::Alerts),
        }
        relayout(app);
    }
    if app.asked == next.asked {
        return vec![];
    }
    app.asked = next.asked;
    ask_again(app)
}

/// What happened around the selected event, unfiltered; and back to the very row.
pub(crate) fn context(app: &mut App) -> Vec<Effect> {
    if let Some(origin) = app.origin.take() {
        app.asked = origin.asked;
        app.awaited = Some(origin.row);
        app.say("back to the filtered rows".into());
        return ask_again(app);
    }
    let Some(row) = app.stream.selected() else {
        app.say("no event is selected".into());
        return vec![];
    };
    app.origin = Some(Origin { asked: app.asked.clone(), row });
    app.asked = Asked { order: app.asked.order, ..Asked::default() };
    app.awaited = Some(row);
    app.tell("everything around this event · {context} goes back");
    ask_again(app)
}

/// Shows a row in the stream: where it is hidden, everything is shown, and `[` goes back.
pub(crate) fn go_to(app: &mut App, row: RowId) -> Vec<Effect> {
    app.layers.clear();
    app.focus = Focus::Stream;
    relayout(app);
    if app.view.question == app.question && app.view.holds(row, app.asked.order) {
        select(app, row);
        return vec![];
    }
    app.awaited = Some(row);
    app.say("the filter hid it: everything is shown · [ goes back".into());
    step(app, |asked| *asked = Asked { order: asked.order, ..Asked::default() })
}

/// Sends the question for what is asked now.
pub(crate) fn ask_again(app: &mut App) -> Vec<Effect> {
    match ask::question(&app.asked, app.question + 1, app.known()) {
        Ok(question) => {
            app.question += 1;
            if let [(key, why), ..] = question.plan.later() {
                app.say(
                    format!(
                        "{key}: cannot answer yet ({why} comes with a later version); it matches nothing"
                    ),
                );
            }
            vec![Effect::Search(question)]
        }
        Err(diagnostics) => {
            let why = diagnostics
                .first()
                .map(crate::query::diagnostic::Diagnostic::line)
                .unwrap_or_default();
            app.say(format!("the filter is not valid: {why}"));
            vec![]
        }
    }
}
