//! The story of a session in a few lines: what, when, how it ended, and what makes it worth a line.

use ratatui::buffer::Buffer;

use crate::event::field::Column;
use crate::event::time::{Millis, Timestamp};
use crate::event::verb;
use crate::insight::sessions::{Began, Session};
use crate::insight::story::{Told, What};
use crate::pane::contract::Ctx;
use crate::pane::row;
use crate::store::snapshot::RowRef;
use crate::ui::table::{self, Column as Cells, Fit, Place};
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// The columns of a line.
const COLUMNS: [Cells<'static>; 5] = [
    Cells { title: "TIME", least: 8, most: 11, rank: 9, fit: Fit::Begin },
    Cells { title: "", least: 1, most: 1, rank: 9, fit: Fit::Begin },
    Cells { title: "", least: 20, most: 26, rank: 9, fit: Fit::Begin },
    Cells { title: "", least: 6, most: 12, rank: 8, fit: Fit::Begin },
    Cells { title: "", least: 12, most: 120, rank: 7, fit: Fit::Begin },
];

/// Draws a title and the story of a session; `None` while it is being looked for.
pub(crate) fn draw(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    session: &Session,
    title: &str,
    told: Option<&[Told]>,
) {
    if ctx.area.is_empty() {
        return;
    }
    let title = bars::Title { x: 0, text: title, style: ctx.style(Role::Title) };
    bars::divider(buf, ctx.area, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
    let Some(told) = told else {
        let line = text::row(ctx.area.x, ctx.area.y + 1, ctx.area.width);
        if ctx.area.height > 1 {
            let words = format!("   reading its events {}", ctx.glyphs.ellipsis());
            text::put(buf, line, &words, ctx.style(Role::Dim));
        }
        return;
    };
    let lines = usize::from(ctx.area.height) - 1;
    // Where there is no room for all, what came last is what one acts on.
    let hidden = told.len().saturating_sub(lines);
    let shown = told.iter().take(1).chain(told.iter().skip(1 + hidden));
    let time = |told: &Told| format::near(told.first, ctx.now, ctx.zone).len() as u16;
    let time = told.iter().map(time).max().unwrap_or_default();
    let columns = COLUMNS.map(|it| match it.title {
        "TIME" => Cells { most: it.most.max(time), ..it },
        _ => it,
    });
    let places = table::places(&columns, ctx.area.width.saturating_sub(3));
    for (line, y) in shown.zip(ctx.area.y + 1..ctx.area.bottom()) {
        let line_ctx = ctx.within(text::row(ctx.area.x, y, ctx.area.width));
        draw_line(buf, &line_ctx, &places, (session, line));
    }
}

fn draw_line(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    places: &[Place],
    (session, told): (&Session, &Told),
) {
    let row = ctx.view.snapshot.row(told.row);
    let area =
        text::row(ctx.area.x + 2.min(ctx.area.width), ctx.area.y, ctx.area.width.saturating_sub(2));
    for place in places {
        let cells = usize::from(place.width);
        let (words, role) = match place.column {
            0 => (format::near_within(told.first, ctx.now, ctx.zone, cells), Role::Dim),
            1 => (row.map_or_else(String::new, |row| sign(row, ctx)), Role::Text),
            2 => (event(told, row, ctx), event_role(told)),
            3 => ending(told, row),
            _ => (note(told, row, session, ctx), note_role(told)),
        };
        let look = (ctx.style(role), ctx.glyphs);
        table::cell(buf, area, (*place, COLUMNS[place.column].fit), &words, look);
    }
}

fn sign(row: RowRef<'_>, ctx: &Ctx<'_>) -> String {
    let glyph = verb::glyph(row.text(Column::Event), row.text(Column::Verb));
    let sign = if ctx.glyphs.ascii { glyph.ascii() } else { glyph.sign() };
    sign.to_string()
}

/// `ListBuckets +3 others`, `PutItem ×5`, `14 reads`
fn event(told: &Told, row: Option<RowRef<'_>>, ctx: &Ctx<'_>) -> String {
    let n = format::count(told.rows);
    match told.what {
        What::Reads if told.rows > 1 && told.others > 0 => format!("{n} reads"),
        What::Mixed => format!("{n} calls"),
        _ => {
            let name = row.map_or("(evicted)", row::event);
            match (told.others, told.rows) {
                (0, 1) => name.to_owned(),
                (0, _) => format!("{name} {}{n}", ctx.glyphs.pick("×", "x")),
                (1, _) => format!("{name} +1 other"),
                (others, _) => format!("{name} +{others} others"),
            }
        }
    }
}

fn event_role(told: &Told) -> Role {
    match told.what {
        What::Danger => Role::Warning,
        What::Reads | What::Mixed => Role::Read,
        What::First | What::Write | What::Denied | What::Failed | What::Allowed(..) => Role::Text,
    }
}

fn ending(told: &Told, row: Option<RowRef<'_>>) -> (String, Role) {
    match (told.what, row) {
        (What::Denied, _) => ("DENIED".into(), Role::Denied),
        (What::Mixed, _) if told.denied > 0 => {
            (format!("{} DENIED", format::count(told.denied)), Role::Denied)
        }
        (What::Mixed, _) | (_, None) => (String::new(), Role::Dim),
        (What::Reads, _) if told.rows > 1 => ("ok".into(), Role::Good),
        (_, Some(row)) => row::result(row),
    }
}

fn note_role(told: &Told) -> Role {
    if matches!(told.what, What::Allowed(..)) { Role::Accent } else { Role::Dim }
}

/// What makes it worth a line.
fn note(told: &Told, row: Option<RowRef<'_>>, session: &Session, ctx: &Ctx<'_>) -> String {
    let near = |at: Timestamp| format::near(at, ctx.now, ctx.zone);
    let lasted = || match told.last - told.first {
        Millis(..1000) => "in the same second".to_owned(),
        length => format!("in {}", format::duration(length)),
    };
    let n = format::count(told.rows);
    let target = || row.map_or(String::new(), |row| row.text(Column::Target).to_owned());
    match told.what {
        What::First => match session.began {
            Began::LongTerm | Began::Unknown => {
                "first event of it in the buffer; older use: not in these events".to_owned()
            }
            _ => format!("its first event, on {}", target()),
        },
        What::Allowed(denied, write) => {
            let write = write.and_then(|id| ctx.view.snapshot.row(id));
            let since =
                write.map(|row| format!("allowed since {} {}", row::event(row), near(row.time())));
            let since = since.unwrap_or_else(|| "allowed now".into());
            format!("was DENIED at {}: {since}", near(denied))
        }
        What::Denied if told.rows > 1 => format!("{n} denied {}", lasted()),
        What::Failed if told.rows > 1 => format!("{n} failed {}", lasted()),
        What::Mixed => {
            let danger = match told.danger {
                0 => String::new(),
                n => format!(", {} of them dangerous", format::count(n)),
            };
            let s = if told.writes == 1 { "" } else { "s" };
            format!("{} write{s}{danger}, {}", format::count(told.writes), lasted())
        }
        What::Reads if told.rows > 1 => {
            let first = row.map_or("", row::event);
            format!("{} {first} {}", lasted(), ctx.glyphs.ellipsis())
        }
        _ if told.rows > 1 => {
            format!("{} {}, {n} times {}", target(), ctx.glyphs.ellipsis(), lasted())
        }
        _ => target(),
    }
}
