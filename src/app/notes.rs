//! Marks, notes and what is exported of them.

use std::sync::Arc;

use crate::app::folding;
use crate::app::history::ask_again;
use crate::app::layers::{close, relayout};
use crate::app::state::{App, Layer, Origin};
use crate::app::tape;
use crate::app::update::select;
use crate::command::effect::Effect;
use crate::detect::alert::Alert;
use crate::event::field::{Column, Flag};
use crate::export::alerts::Told;
use crate::export::timeline::{Export, Form, MOST_ROWS};
use crate::notebook::book::Change;
use crate::notebook::entry::{Entry, key_of, root_of};
use crate::pane::contract::Asked;
use crate::pane::note::{NoteLine, Written};
use crate::pane::notebook;
use crate::store::segment::RowId;
use crate::ui::format;

/// Takes a change into the notebook and asks to keep it; says so where there is no room.
fn take(app: &mut App, change: Change) -> Vec<Effect> {
    match app.notebook.take(&change) {
        Ok(()) => vec![Effect::Keep(change)],
        Err(full) => {
            app.say(full.to_string());
            vec![]
        }
    }
}

/// Marks or unmarks a row.
pub(crate) fn mark(app: &mut App, row: RowId, on: bool) -> Vec<Effect> {
    let Some(found) = app.view.snapshot.row(row) else {
        app.say("the event has left the buffer".into());
        return vec![];
    };
    let event = (found.text(Column::Account).to_owned(), found.text(Column::Id).to_owned());
    let change = match on {
        true => {
            let root = root_of(found, app.view.snapshot.kin());
            Change::Mark(Arc::new(Entry::of(found, root)))
        }
        false => Change::Unmark(key_of(found)),
    };
    let mut effects = take(app, change);
    if !effects.is_empty() {
        if on {
            app.marked.insert(row)
        } else {
            app.marked.remove(&row)
        };
        effects.push(Effect::Mark(row, on));
        if on && tape::is_played(app) {
            // It may come again, when one goes back.
            effects.push(Effect::Expect(vec![event]));
        }
        if on {
            effects.extend(folding::show_marked(app, row));
        }
    }
    effects
}

/// Says when marked rows have left the buffer; the notebook has their copies.
pub(crate) fn tell_evicted(app: &mut App) {
    let first = app.latest.snapshot.parts().first().map(|part| part.segment.base());
    let Some(first) = first.filter(|_| app.latest.snapshot.evicted() > 0) else { return };
    let left = app.marked.split_off(&first);
    let gone = std::mem::replace(&mut app.marked, left).len();
    match gone {
        0 => {}
        1 => app.say("a marked event has left the buffer: the notebook (') has its copy".into()),
        n => app.say(format!(
            "{n} marked events have left the buffer: the notebook (') has their copies"
        )),
    }
}

/// Takes an entry out of the notebook, and its mark from the row.
pub(crate) fn unmark(app: &mut App, key: &str) -> Vec<Effect> {
    let row = row_of(app, key);
    let mut effects = take(app, Change::Unmark(key.to_owned()));
    effects.extend(row.map(|row| Effect::Mark(row, false)));
    effects
}

/// The row of an entry while it is in the buffer: only marked rows are looked at.
fn row_of(app: &App, key: &str) -> Option<RowId> {
    let snapshot = &app.latest.snapshot;
    let id = key.split_once('/').map_or(key, |(_, id)| id);
    let is_bare = id.starts_with('~');
    snapshot.parts().iter().find_map(|part| {
        let marked = (0..part.segment.len()).filter(|row| part.side.has(*row, Flag::Marked));
        let alike = marked.filter(|row| is_bare || part.text(*row, Column::Id) == id);
        let mut ids = alike.map(|row| part.segment.id(row));
        ids.find(|id| snapshot.row(*id).is_some_and(|row| key_of(row) == key))
    })
}

/// Lets the stream select the event of an entry: where the filter hides it, among everything.
pub(crate) fn find(app: &mut App, key: &str) -> Vec<Effect> {
    let Some(row) = row_of(app, key) else {
        app.say("this event is not in the buffer (any more): the notebook keeps its copy".into());
        return vec![];
    };
    close(app);
    if app.view.holds(row, app.asked.order) {
        select(app, row);
        return vec![];
    }
    if app.origin.is_none() {
        let selected = app.stream.selected().unwrap_or(row);
        app.origin = Some(Origin { asked: app.asked.clone(), row: selected });
    }
    app.asked = Asked { order: app.asked.order, ..Asked::default() };
    app.awaited = Some(row);
    app.tell("the filter hides it: shown among everything · {context} goes back");
    ask_again(app)
}

/// Opens the line of a note on the selected event, or writes `text` on it at once.
pub(crate) fn on_selected(app: &mut App, text: Option<String>) -> Vec<Effect> {
    let Some(id) = app.stream.selected() else {
        app.say("no event is selected".into());
        return vec![];
    };
    let Some(key) = app.view.snapshot.row(id).map(key_of) else {
        app.say("the event has left the buffer".into());
        return vec![];
    };
    if let Some(text) = text {
        return write(app, key, text);
    }
    open(app, key);
    vec![]
}

/// Opens the line of a note on the event of a key.
pub(crate) fn open(app: &mut App, key: String) {
    let selected = || app.stream.selected().and_then(|id| app.view.snapshot.row(id));
    let (at, event, note) = match (app.notebook.find(&key), selected()) {
        (Some(entry), _) => (entry.time(), entry.cell("event").to_owned(), entry.note.clone()),
        (None, Some(row)) => (row.time(), row.text(Column::Event).to_owned(), String::new()),
        (None, None) => return,
    };
    let about = format!("{} {event}", format::clock(at, &app.zone));
    app.layers.push(Layer::Note(NoteLine::new(key, &about, &note)));
    relayout(app);
}

/// What the line of a note led to.
pub(crate) fn written(app: &mut App, written: Written) -> Vec<Effect> {
    match written {
        Written::Nothing => vec![],
        Written::Leave => {
            close(app);
            vec![]
        }
        Written::Keep(key, text) => {
            close(app);
            write(app, key, text)
        }
    }
}

/// Puts a note on an event, which marks it.
fn write(app: &mut App, key: String, text: String) -> Vec<Effect> {
    let mut effects = vec![];
    if app.notebook.find(&key).is_none() {
        if text.trim().is_empty() {
            return vec![];
        }
        let selected = app.stream.selected();
        let is_it = |id: &RowId| app.view.snapshot.row(*id).is_some_and(|row| key_of(row) == key);
        let Some(row) = selected.filter(is_it) else {
            app.say("the event is not selected any more: nothing was noted".into());
            return vec![];
        };
        effects = mark(app, row, true);
        if effects.is_empty() {
            return effects;
        }
    }
    effects.extend(take(app, Change::Note { key, text }));
    app.say("noted · ' opens the notebook".into());
    effects
}

/// Exports the notebook, or what is shown where nothing is marked.
pub(crate) fn export(app: &mut App, form: Form) -> Vec<Effect> {
    let ctx = app.ctx(app.layout.body, true);
    let mut export = notebook::export(&ctx, form, &app.options.case);
    let (version, host) = (env!("CARGO_PKG_VERSION"), &app.options.host);
    export.about.insert(0, format!("made by trailtop {version} on {host} at {}", ctx.now));
    if matches!(app.body_view(), Some(Layer::Alerts)) {
        return export_alerts(app, export);
    }
    if export.entries.is_empty() {
        export.rows = app.view.entries.iter().take(MOST_ROWS).map(|entry| entry.id).collect();
        export.snapshot = app.view.snapshot.clone();
        let (shown, all) = (export.rows.len(), app.view.len());
        if shown < all {
            let (shown, all) = (format::count(shown as u64), format::count(all as u64));
            export.about.push(format!("CUT: the first {shown} of {all} rows"));
        }
        if export.rows.is_empty() {
            app.say("nothing is marked and no row is shown: there is nothing to export".into());
            return vec![];
        }
    }
    vec![Effect::Export(Box::new(export))]
}

/// Exports the alerts that the view lists.
fn export_alerts(app: &mut App, mut export: Export) -> Vec<Effect> {
    let snapshot = app.view.snapshot.clone();
    let offs = &app.view.ledger.alerts.offs;
    let id = |row| {
        let id = snapshot.row(row)?.text(Column::Id);
        Some(id).filter(|id| !id.is_empty())
    };
    let told = |(alert, is_muted): &(Arc<Alert>, bool)| Told::of(alert, offs, id, *is_muted);
    export.alerts = app.alerts.list.iter().map(told).collect();
    if app.alerts.muted() > 0 {
        let muted = format::counted(app.alerts.muted() as u64, "alert is", "alerts are");
        let listed = if app.alerts.lists_muted() { "and listed" } else { "and NOT listed" };
        export.about.push(format!("{muted} muted {listed}"));
    }
    if export.alerts.is_empty() {
        app.say("there is no alert to export".into());
        return vec![];
    }
    vec![Effect::Export(Box::new(export))]
}

/// Keeps the filter beside the marks, once it is not being typed.
pub(crate) fn follow(app: &mut App) -> Vec<Effect> {
    let is_typed = matches!(app.layers.last(), Some(Layer::Prompt));
    let is_around = app.origin.is_some();
    if app.notebook.is_empty() || is_typed || is_around || app.notebook.filter() == app.asked.filter
    {
        return vec![];
    }
    take(app, Change::Filter(app.asked.filter.clone()))
}

#[cfg(test)]
#[path = "notes_tests.rs"]
mod tests;
