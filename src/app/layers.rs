//! What opens above the stream, and what closes.

use crate::app::history::step;
use crate::app::layout::{Layout, Shown};
use crate::app::reading;
use crate::app::session;
use crate::app::state::{App, Chosen, Focus, Layer, Pick};
use crate::app::update::elsewhere;
use crate::command::action::Action;
use crate::command::effect::Effect;
use crate::event::field::Column;
use crate::insight::counts::FACETS;
use crate::insight::denied::Moment;
use crate::pane::before::Before;
use crate::pane::choosing::Choosing;
use crate::pane::columns::Table;
use crate::pane::compare::Chose;
use crate::pane::contract::Change;
use crate::pane::counts;
use crate::pane::explain::Explain;
use crate::pane::lineage::Lineage;
use crate::pane::menu::Menu;
use crate::pane::term::term;
use crate::pane::top::Top;
use crate::ui::format;
use crate::ui::picker::Choice;

/// Closes the layer on top.
pub(crate) fn close(app: &mut App) {
    app.layers.pop();
    app.zoom = app.zoom && (app.is_details_open() || app.focus() == Focus::Counts);
    relayout(app);
}

/// Opens a layer; the details and a view that has the body may stay below it.
pub(crate) fn open(app: &mut App, layer: Layer) {
    let leaves_view = !matches!(layer, Layer::Details) && !layer.has_body();
    app.layers.retain(|below| matches!(below, Layer::Details) || leaves_view && below.has_body());
    if !(matches!(layer, Layer::Details) && app.is_details_open()) {
        app.layers.push(layer);
    }
    relayout(app);
}

/// Opens the values of the selected row.
pub(crate) fn open_menu(app: &mut App, change: Change) {
    let row = app.stream.selected().and_then(|id| app.view.snapshot.row(id));
    match row.map(|row| Menu::of(row, change)) {
        Some(menu) => app.layers.push(Layer::Menu(menu)),
        None => app.say("no event is selected".into()),
    }
}

/// Opens who is behind the selected row.
pub(crate) fn open_lineage(app: &mut App) {
    match app.stream.selected() {
        Some(id) => open(app, Layer::Lineage(Lineage::of(id))),
        None => app.say("no event is selected".into()),
    }
}

/// Opens what is known of the call of the selected row.
pub(crate) fn open_explain(app: &mut App) {
    let row = app.stream.selected().and_then(|id| app.view.snapshot.row(id));
    match row.map(|row| Explain::of(row, &app.keymap)) {
        Some(explain) => {
            app.explain = explain;
            open(app, Layer::Explain);
        }
        None => app.say("no event is selected".into()),
    }
}

/// Chooses the selected row to be compared; with the second one the two are shown.
pub(crate) fn choose(app: &mut App) {
    let selected = app.stream.selected();
    let chose = app.lend(
        |app| &mut app.compare,
        app.layout.body,
        |compare, ctx| {
            selected.and_then(|id| ctx.view.snapshot.row(id)).map(|row| compare.choose(row, ctx))
        },
    );
    match chose {
        Some(Chose::First) => app.tell("chosen: {compare} on another event compares the two"),
        Some(Chose::Dropped) => app.tell("not chosen any more: {compare} chooses another"),
        Some(Chose::Both) => open(app, Layer::Compare),
        None => app.say("no event is selected".into()),
    }
}

/// Opens what changed before the selected row.
pub(crate) fn open_before(app: &mut App) {
    match app.stream.selected() {
        Some(until) => open(app, Layer::Before(Before::of(Moment { until, since: None }))),
        None => app.say("no event is selected".into()),
    }
}
/// Looks at what a filter keeps: as rows, or as a ranking of their targets.
pub(crate) fn look_at(app: &mut App, filter: &str, by_target: bool) -> Vec<Effect> {
    if by_target {
        app.top = Top::of(Column::Target);
        open(app, Layer::Top);
    } else {
        app.layers.retain(|layer| matches!(layer, Layer::Details));
        relayout(app);
    }
    step(app, |asked| filter.clone_into(&mut asked.filter))
}

/// Opens the preset filters.
pub(crate) fn open_presets(app: &mut App) {
    let presets = || app.options.presets.iter();
    let choice = |preset: &crate::query::preset::Preset| Choice {
        label: format!("@{}", preset.name),
        detail: preset.doc.clone(),
        note: String::new(),
    };
    let picks = presets().map(choice).collect();
    let choices = presets().map(|preset| Chosen::Filter(format!("@{}", preset.name)));
    let pick = Pick::new("PRESETS", picks, choices.collect());
    open(app, Layer::Pick(Box::new(pick)));
}

/// Opens every value of a facet of the counts, or of all, to be found by its letters.
pub(crate) fn open_values(app: &mut App, facet: Option<usize>) {
    let Some(counts) = app.insight.counts.clone() else {
        return app.say("nothing was counted yet".into());
    };
    let ctx = app.ctx(app.layout.body, true);
    let mut picks = vec![];
    let mut choices = vec![];
    for (at, value, rows) in counts::all(&counts, facet) {
        let kind = FACETS[at];
        let value = value.as_deref().unwrap_or_default();
        let label = match (value, kind.column) {
            ("", _) => counts::ABSENT.to_owned(),
            (value, Column::Account) => ctx.account(value),
            (value, _) => value.to_owned(),
        };
        let detail = if facet.is_none() { kind.title.to_owned() } else { String::new() };
        picks.push(Choice { label, detail, note: format::count(rows) });
        choices.push(Chosen::Term(term(kind.column, value)));
    }
    let title = facet.map_or("VALUES", |facet| FACETS[facet].title);
    let pick = Pick::new(title, picks, choices);
    open(app, Layer::Pick(Box::new(pick)));
}

/// Shows or hides the counts; says so where there is no room.
pub(crate) fn toggle_counts(app: &mut App) {
    let shown = app.layout.has_counts();
    session::panes(app).counts = Some(!shown);
    relayout(app);
    if shown {
        (app.focus, app.zoom) = (Focus::Stream, false);
    } else if !app.layout.has_counts() {
        app.say(no_room(app, "the counts: they need 54 columns"));
    }
}

/// Shows or hides the timeline; says so where there is no room.
pub(crate) fn toggle_timeline(app: &mut App) {
    let shown = app.layout.has_timeline();
    session::panes(app).timeline = Some(!shown);
    relayout(app);
    if shown {
        app.focus = Focus::Stream;
    } else if !app.layout.has_timeline() {
        app.say(no_room(app, "the timeline"));
    }
}

fn no_room(app: &App, what: &str) -> String {
    match app.is_details_open() {
        true => app.keymap.spell("the details take the screen: {close} closes them"),
        false => format!("there is no room for {what}"),
    }
}

/// Works out where everything is after the screen or the layers changed.
pub(crate) fn relayout(app: &mut App) {
    let details = app.is_details_open();
    let shown = Shown {
        details,
        zoom: app.zoom,
        alert: app.alerts.has_strip(),
        counts_alone: app.zoom && !details && app.focus() == Focus::Counts,
        counts: session::panes(app).counts,
        timeline: session::panes(app).timeline,
        sizes: session::panes(app).sizes,
    };
    app.layout = Layout::of(app.screen, shown);
    reading::settle(app);
}

/// Lists the columns of the table that has the keys.
pub(crate) fn open_columns(app: &mut App) {
    let table = match app.layers.last() {
        None => Table::Stream,
        Some(Layer::Top) => Table::Top,
        Some(Layer::Denied) => Table::Denied,
        Some(Layer::Sessions) => Table::Sessions,
        Some(_) => return elsewhere(app, Action::Columns),
    };
    open(app, Layer::Columns(Choosing::of(table)));
}
