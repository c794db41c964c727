//! What was asked, step by step: each change is a question for search, and `[` goes back.

use crate::app::ask;
use crate::app::layers::relayout;
use crate::app::state::{App, Focus, Origin};
use crate::app::update::select;
use crate::command::effect::Effect;
use crate::pane::contract::Asked;
use crate::store::segment::RowId;

/// The most filters that `[` goes back through.
const MEMORY: usize = 100;

/// Asks for another filter while it is typed. The history keeps the filter before the prompt.
pub(crate) fn refilter(app: &mut App, filter: String) -> Vec<Effect> {
    if filter == app.asked.filter {
        return vec![];
    }
    app.asked.filter = filter;
    ask_again(app)
}

/// Changes what is asked, as one step of the history.
pub(crate) fn step(app: &mut App, change: impl FnOnce(&mut Asked)) -> Vec<Effect> {
    let before = app.asked.clone();
    change(&mut app.asked);
    if app.asked == before {
        return vec![];
    }
    app.asked_before.push(before);
    if app.asked_before.len() > MEMORY {
        app.asked_before.remove(0);
    }
    app.asked_after.clear();
    ask_again(app)
}

/// Remembers what was asked before the prompt changed it keystroke by keystroke.
pub(crate) fn remember(app: &mut App, filter: &str) {
    let former = app.prompt.former().to_owned();
    if former != filter {
        app.asked_before.push(Asked { filter: former, ..app.asked.clone() });
        app.asked_after.clear();
    }
}

/// Goes back, or forward again, through what was asked.
pub(crate) fn travel(app: &mut App, forward: bool) -> Vec<Effect> {
    let now = app.asked.clone();
    let from = if forward { &mut app.asked_after } else { &mut app.asked_before };
    let mut next = from.pop();
    while next.as_ref() == Some(&now) {
        next = from.pop();
    }
    let Some(next) = next else {
        app.say(format!("no filter {} this one", if forward { "after" } else { "before" }));
        return vec![];
    };
    if forward { &mut app.asked_before } else { &mut app.asked_after }.push(now);
    app.asked = next;
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
    app.say("everything around this event · c goes back".into());
    ask_again(app)
}

/// Shows a row in the stream: where it is hidden, everything is shown, and `[` goes back.
pub(crate) fn go_to(app: &mut App, row: RowId) -> Vec<Effect> {
    app.layers.clear();
    app.focus = Focus::Stream;
    relayout(app);
    if app.view.question == app.question && app.view.entries.iter().any(|entry| entry.id == row) {
        select(app, row);
        return vec![];
    }
    app.awaited = Some(row);
    app.say("the filter hid it: everything is shown · [ goes back".into());
    step(app, |asked| *asked = Asked { order: asked.order, ..Asked::default() })
}

/// Sends the question for what is asked now.
pub(crate) fn ask_again(app: &mut App) -> Vec<Effect> {
    match ask::question(&app.asked, app.question + 1, &app.options.presets, app.context()) {
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
