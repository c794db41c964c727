//! The strip below the top view: what the selected value did, with what, as whom and on what.

use std::sync::Arc;

use ratatui::buffer::Buffer;

use crate::event::field::Column;
use crate::insight::top::TopDetail;
use crate::pane::contract::Ctx;
use crate::pane::term::shown;
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// Lines below the title of the strip.
pub const LINES: u16 = 4;
/// The most cells of a value.
const VALUE: usize = 40;
/// Cells of the words before the values.
const LABEL: usize = 9;

/// Draws the strip: its title, and a line for each thing that is known.
pub fn draw(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    (value, column): (&str, Column),
    detail: Option<&TopDetail>,
) {
    if ctx.area.is_empty() {
        return;
    }
    let words = match value {
        "" => "nothing is selected".to_owned(),
        value => shown(column, value, usize::from(ctx.area.width).saturating_sub(8), ctx),
    };
    let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::Title) };
    bars::divider(buf, ctx.area, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
    let lines = match detail.filter(|detail| *detail.value == *value) {
        Some(detail) => lines(detail, column, ctx),
        None if value.is_empty() => vec![],
        None => vec![("", ctx.glyphs.ellipsis().to_owned())],
    };
    let role = if ctx.is_current { Role::Text } else { Role::Dim };
    for ((label, words), y) in lines.iter().zip(ctx.area.y + 1..ctx.area.bottom()) {
        let area = text::row(ctx.area.x, y, ctx.area.width);
        let label = format!("   {}", ctx.glyphs.pad(label, LABEL));
        let x = text::put(buf, area, &label, ctx.style(Role::Dim));
        let rest = text::row(x, y, area.right().saturating_sub(x));
        let cut = ctx.glyphs.cut_right(words, usize::from(rest.width.saturating_sub(1)));
        text::put(buf, rest, &cut, ctx.style(role));
    }
}

fn lines(detail: &TopDetail, column: Column, ctx: &Ctx<'_>) -> Vec<(&'static str, String)> {
    let between = format!(" {} ", ctx.glyphs.dot());
    let list = |column: Column, values: &[(Arc<str>, u64)]| {
        let one = |(value, rows): &(Arc<str>, u64)| {
            format!("{} {}", shown(column, value, VALUE, ctx), format::count(*rows))
        };
        values.iter().map(one).collect::<Vec<_>>().join(&between)
    };
    let did: Vec<String> = detail
        .did
        .iter()
        .map(|(event, times, worked)| {
            let worked = match worked == times {
                true => String::new(),
                false => format!(" ({} worked)", format::count(*worked)),
            };
            let event = shown(Column::Event, event, VALUE, ctx);
            format!("{event} {}{worked}", format::count(*times))
        })
        .collect();
    let keys = keys(detail.keys);
    let with = [list(Column::Tool, &detail.with), keys].join(&between);
    let with = with.trim_matches(|c| between.contains(c)).to_owned();
    let all = [
        ("did", if column == Column::Event { String::new() } else { did.join(&between) }),
        ("by", list(Column::Actor, &detail.who)),
        ("with", with),
        (
            "as role",
            if column == Column::Role { String::new() } else { list(Column::Role, &detail.roles) },
        ),
        (
            "on",
            if column == Column::Target { String::new() } else { list(Column::Target, &detail.on) },
        ),
    ];
    all.into_iter().filter(|(_, words)| !words.is_empty()).collect()
}

/// `22 keys: 1 long-term, 21 temporary`
fn keys((long, temporary): (usize, usize)) -> String {
    match (long, temporary) {
        (0, 0) => String::new(),
        (long, 0) => format::counted(long as u64, "long-term key", "long-term keys"),
        (0, temporary) => format::counted(temporary as u64, "temporary key", "temporary keys"),
        (long, temporary) => format!(
            "{} keys: {} long-term, {} temporary",
            format::count((long + temporary) as u64),
            format::count(long as u64),
            format::count(temporary as u64)
        ),
    }
}
