//! What opens above the stream, and what closes.

use crate::app::layout::Layout;
use crate::app::state::{App, Chosen, Layer, Pick};
use crate::command::action::{ACTIONS, Action};
use crate::pane::contract::Change;
use crate::pane::menu::Menu;
use crate::ui::picker::{Choice, Picker};

/// Closes the layer on top.
pub(crate) fn close(app: &mut App) {
    app.layers.pop();
    app.zoom = app.zoom && app.is_details_open();
    relayout(app);
}

/// Opens a layer; the details may stay below it.
pub(crate) fn open(app: &mut App, layer: Layer) {
    app.layers.retain(|layer| matches!(layer, Layer::Details));
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

/// Opens all commands by name.
pub(crate) fn open_palette(app: &mut App) {
    let rows = || ACTIONS.iter().filter(|row| row.action != Action::Palette);
    let choice = |row: &crate::command::action::Row| Choice {
        label: row.name.into(),
        detail: row.help.into(),
        note: row.keys.first().copied().unwrap_or_default().into(),
    };
    let pick = Pick {
        picker: Picker::new(rows().map(choice).collect()),
        title: "COMMANDS",
        choices: rows().map(|row| Chosen::Act(row.action)).collect(),
    };
    open(app, Layer::Pick(Box::new(pick)));
}

/// Opens the preset filters.
pub(crate) fn open_presets(app: &mut App) {
    let presets = || app.options.presets.iter();
    let choice = |preset: &crate::query::preset::Preset| Choice {
        label: format!("@{}", preset.name),
        detail: preset.doc.clone(),
        note: String::new(),
    };
    let pick = Pick {
        picker: Picker::new(presets().map(choice).collect()),
        title: "PRESETS",
        choices: presets().map(|preset| Chosen::Filter(format!("@{}", preset.name))).collect(),
    };
    open(app, Layer::Pick(Box::new(pick)));
}

/// Works out where everything is after the screen or the layers changed.
pub(crate) fn relayout(app: &mut App) {
    app.layout = Layout::of(app.screen, app.is_details_open(), app.zoom);
    let (order, height) = (app.asked.order, app.stream_height());
    app.stream.accept(&app.view, order, height);
}
