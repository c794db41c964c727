//! Which rows are folded into one line: asked of search, which keeps the rows.

use crate::app::state::App;
use crate::command::effect::Effect;
use crate::query::question::Fold;
use crate::store::segment::RowId;

/// The most runs that are unfolded one by one; the oldest of them fold again.
const MOST_OPEN: usize = 64;

/// Folds more, or nothing: the services' rows, all, none. What was unfolded folds again.
pub(crate) fn next(app: &mut App) -> Vec<Effect> {
    let (fold, said) = match app.folding.fold {
        Fold::Services => (Fold::All, "rows of one kind within a minute are one line"),
        Fold::All => (Fold::Nothing, "nothing is folded"),
        Fold::Nothing => (Fold::Services, "only rows of AWS services are folded"),
    };
    app.folding.fold = fold;
    app.folding.open.clear();
    let on = app.keymap.spell("{fold-all} goes on");
    app.say(format!("{said} · {on}"));
    ask(app)
}

/// Unfolds the run that holds a row; it stays so while it grows.
pub(crate) fn unfold(app: &mut App, row: RowId) -> Vec<Effect> {
    let open = &mut app.folding.open;
    if open.len() == MOST_OPEN {
        open.remove(0);
    }
    open.push(row);
    ask(app)
}

/// Unfolds the run that hides a row which is marked now.
pub(crate) fn show_marked(app: &mut App, row: RowId) -> Vec<Effect> {
    let snapshot = &app.view.snapshot;
    match snapshot.row(row).and_then(|row| app.view.lines.run(row)) {
        Some(run) if run.head.id != row => unfold(app, row),
        _ => vec![],
    }
}

fn ask(app: &mut App) -> Vec<Effect> {
    app.folding.id += 1;
    vec![Effect::Fold(app.folding.clone())]
}
