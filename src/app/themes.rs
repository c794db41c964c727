//! Choosing a theme: the screen is drawn with the one under the cursor, and keeps it by Enter alone.

use crate::app::layers::open;
use crate::app::state::{App, Chosen, Layer, Pick};
use crate::ui::picker::Choice;

/// Opens the themes, the cursor on the one that is used.
pub(crate) fn open_themes(app: &mut App) {
    let themes = &app.options.themes;
    let names: Vec<String> = themes.names().map(str::to_owned).collect();
    let is_own = |name: &str| themes.own().any(|(own, _)| own == name);
    let choice = |name: &String| Choice {
        label: name.clone(),
        detail: themes.about(name).unwrap_or_default(),
        note: if is_own(name) { "yours".to_owned() } else { String::new() },
    };
    let picks = names.iter().map(choice).collect();
    let used = names.iter().position(|name| *name == app.options.theme.name());
    let mut pick = Pick::new("THEMES", picks, names.into_iter().map(Chosen::Theme).collect());
    pick.picker.select(used.unwrap_or_default());
    open(app, Layer::Pick(Box::new(pick)));
}

/// Shows what is under the cursor of a list that was moved, where that is a theme.
pub(crate) fn preview(app: &mut App) {
    let colors = app.options.colors;
    let Some(Layer::Pick(pick)) = app.layers.last_mut() else { return };
    pick.preview = match pick.chosen() {
        Some(Chosen::Theme(name)) => app.options.themes.load(name, colors),
        _ => None,
    };
}

/// Draws with the colours of this theme from now on, in the next run too.
pub(crate) fn take_theme(app: &mut App, name: String) {
    if let Some(theme) = app.options.themes.load(&name, app.options.colors) {
        app.options.theme = theme;
        app.say(format!("theme {name}"));
        app.options.session.theme = Some(name);
    }
}
