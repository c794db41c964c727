//! What followed: the next writes on the same target, and what undid the event, with the time that
//! lay between. Rows of one second have no known order and are never called after.

use crate::event::call::{Call, call};
use crate::event::field::Column;
use crate::pane::contract::Ctx;
use crate::pane::row;
use crate::store::later::{ROWS, later};
use crate::store::snapshot::RowRef;
use crate::ui::format;

/// What AFTER says of an event; `None` for a read, for an event without a target of its own, and
/// where there is nothing to say.
pub(crate) fn after(row: RowRef<'_>, ctx: &Ctx<'_>) -> Option<String> {
    if row.text(Column::Verb) == "R" || row.text(Column::Result) != "ok" {
        return None;
    }
    let found = later(&ctx.view.snapshot, row)?;
    let known = call(row.text(Column::Service), row.text(Column::Event));
    let undoes = |other: &RowRef<'_>| {
        known.is_some_and(|known: Call| known.is_undone_by(other.text(Column::Event)))
    };
    let mut said = vec![];
    let undo = found.writes.iter().position(undoes);
    match undo {
        Some(at) => {
            said.push(told(row, found.writes[at], ctx, true));
            let next = if at == 0 { found.writes.get(1) } else { found.writes.first() };
            said.extend(next.map(|next| told(row, *next, ctx, false)));
        }
        None => said.extend(found.writes.iter().take(2).map(|next| told(row, *next, ctx, false))),
    }
    if found.writes.len() > said.len() {
        said.push(format!("{} more", found.writes.len() - said.len()));
    }
    if let Some(beside) = found.same_second.first() {
        said.push(format!("{} in the same second", row::event(*beside)));
    }
    let can_undo = known.is_some_and(|known| !known.undo.is_empty());
    if found.writes.is_empty() {
        // That nothing followed matters where something was to follow, or to be feared.
        if !can_undo && said.is_empty() && row.text(Column::Verb) != "D" {
            return None;
        }
        said.insert(0, format!("nothing so far ({})", complete(ctx, found.is_cut)));
    } else if undo.is_none() && can_undo {
        said.push(format!("not undone so far ({})", complete(ctx, found.is_cut)));
    }
    Some(said.join(" · "))
}

/// `12:07:49 PutEventSelectors, same key (7m41s later)`
fn told(row: RowRef<'_>, next: RowRef<'_>, ctx: &Ctx<'_>, undoes: bool) -> String {
    let same = |column| !row.text(column).is_empty() && row.text(column) == next.text(column);
    let who = match () {
        () if same(Column::Key) => "same key".to_owned(),
        () if same(Column::Arn) || same(Column::Actor) => "same actor".to_owned(),
        () => format!("by {}", next.text(Column::Actor)),
    };
    let is_other_day = format::is_other_day(row.time(), next.time(), ctx.zone);
    let when = match is_other_day {
        true => format::stamp(next.time(), ctx.zone),
        false => format::clock(next.time(), ctx.zone),
    };
    let mark = if undoes { "undone " } else { "" };
    let lapse = format::duration(next.time() - row.time());
    format!("{mark}{when} {}, {who} ({lapse} later)", row::event(next))
}

/// Up to when what is not there did not happen.
fn complete(ctx: &Ctx<'_>, is_cut: bool) -> String {
    if is_cut {
        return format!("in the nearest {} rows", format::count(ROWS as u64));
    }
    let claims = ctx.view.ledger.streams.iter().filter_map(|stream| {
        let word = stream.word;
        Some((word.to()?, word.sign()))
    });
    match claims.min() {
        Some((to, sign)) => format!("complete to {sign}{}", format::near(to, ctx.now, ctx.zone)),
        None => match ctx.view.ledger.newest {
            Some(newest) => format!("newest {}", format::near(newest, ctx.now, ctx.zone)),
            None => "nothing was read".to_owned(),
        },
    }
}
