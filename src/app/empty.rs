//! What the stream says where it has no row: no pane is ever blank. What was asked, how much was
//! read, and the key that helps.

use ratatui::buffer::Buffer;

use crate::app::ask;
use crate::app::state::App;
use crate::pane::contract::{Asked, Ctx, WINDOWS};
use crate::source::batch::State;
use crate::ui::theme::Role;
use crate::ui::{format, text};

/// A line of it.
type Line = (String, Role);

/// Draws it over the rows of the stream.
pub(crate) fn draw(app: &App, buf: &mut Buffer, ctx: &Ctx<'_>) {
    for ((line, role), y) in lines(app, ctx).iter().zip(ctx.area.y..ctx.area.bottom()) {
        let area = text::row(ctx.area.x, y, ctx.area.width);
        let line = ctx.glyphs.cut_right(line, usize::from(area.width));
        text::put(buf, area, &line, ctx.style(*role));
    }
}

fn lines(app: &App, ctx: &Ctx<'_>) -> Vec<Line> {
    let (view, ledger, asked) = (&app.view, &app.view.ledger, &app.asked);
    if view.partial {
        return vec![(format!(" Looking for {:?} …", asked.filter), Role::Dim)];
    }
    if view.snapshot.is_empty() {
        return nothing_read(app);
    }
    let newest = ledger.newest.map_or_else(|| "-".into(), |at| format::stamp(at, ctx.zone));
    let window = WINDOWS[asked.window].1;
    if view.in_window == 0 {
        let said = format!(" Nothing in the {window}. The newest event is {newest}.");
        let key = app.keymap.spell(" {window-all} shows all that is loaded.");
        return vec![(said, Role::Text), (key, Role::Dim)];
    }
    let mut lines = vec![(format!(" {}", no_match(asked)), Role::Text)];
    lines.push((
        format!(
            " {} read, {} in the window ({window}), newest {newest}.",
            format::count(ledger.tally.kept),
            format::count(view.in_window as u64),
        ),
        Role::Dim,
    ));
    if let Some(near) = &app.near {
        let rows = format::count(near.rows);
        let tries = app.keymap.spell("{details} tries it");
        lines.push((format!(" {} has {rows}: {tries}.", near.value), Role::Accent));
    }
    for hint in crate::query::hint::hints(&asked.filter) {
        lines.push((format!(" {}", hint.line()), Role::Accent));
    }
    if view.hidden > 0 {
        let hidden = format::count(view.hidden as u64);
        let shows = app.keymap.spell("{noise} shows them");
        let said = format!(" {hidden} that match are hidden as noise: {shows}.");
        lines.push((said, Role::Accent));
    }
    lines.push((app.keymap.spell(&keys(asked)), Role::Dim));
    lines
}

/// Nothing came in: what could not be read says why.
fn nothing_read(app: &App) -> Vec<Line> {
    let ledger = &app.view.ledger;
    let tally = &ledger.tally;
    let said = format!(
        " {}, {}, {} skipped. {{sources}} says what and why.",
        format::counted(tally.objects, "object", "objects"),
        format::counted(tally.records, "record", "records"),
        format::count(tally.skipped)
    );
    let mut lines = vec![
        (" Nothing was found in what was read.".to_owned(), Role::Text),
        (app.keymap.spell(&said), Role::Text),
    ];
    let skips = tally.skips.iter().take(5);
    lines.extend(skips.map(|skip| (format!("   {}  {}", skip.place, skip.why), Role::Warning)));
    lines.extend(ledger.health.iter().filter_map(|health| match &health.state {
        State::Down(why) => Some((format!("   {why}"), Role::Blind)),
        State::Starting | State::Reading | State::Watching | State::Ended => None,
    }));
    lines
}

/// What was asked, in the words of the filter; that noise is hidden has a line of its own.
fn no_match(asked: &Asked) -> String {
    let filter = ask::as_filter(&Asked { quiet: false, ..asked.clone() }, "");
    match filter.is_empty() {
        true => format!("Nothing but noise in the window ({}).", WINDOWS[asked.window].1),
        false => format!("No event matches {filter}"),
    }
}

/// The keys that help, of those that would change anything.
fn keys(asked: &Asked) -> String {
    let mut keys = vec![];
    let is_last = asked.window + 1 == WINDOWS.len();
    keys.extend((!is_last).then_some("{window-all} shows all that is loaded"));
    match asked.filter.is_empty() {
        true => keys.push("{back} goes back to what was shown before"),
        false => keys.extend([
            "{clear} clears the filter",
            "{back} goes back to the one before",
            "{filter} edits it",
        ]),
    }
    format!(" {}", keys.join(" · "))
}
