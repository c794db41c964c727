//! What is new about an event, in words: what its actor or account never did before.

use crate::detect::history::{AGE, EVENTS};
use crate::detect::sight::Sight;
use crate::event::field::{Column, First};
use crate::event::time::Timestamp;
use crate::pane::contract::Ctx;
use crate::store::snapshot::RowRef;
use crate::ui::format;
use crate::ui::theme::Role;

/// One kind of news: what never happened before, whose habit it is (0 the actor's, 1 the account's),
/// and what the others are called.
type Kind = (First, &'static str, usize, &'static str);

const KINDS: &[Kind] = &[
    (First::Ip, "from an address that {} never used before", 0, "address"),
    (First::Event, "a call that {} never made before", 0, "call"),
    (First::Region, "in a region that {} never used before", 0, "region"),
    (First::Tool, "with a tool that {} never used before", 0, "tool"),
    (First::Actor, "account {} never saw this actor before", 1, "actor"),
    (First::AcctRegion, "account {} was never written to in this region before", 1, "region"),
];

/// What is new about a row, or why that cannot be said yet; nothing of most rows.
pub(crate) fn newly(row: RowRef<'_>, ctx: &Ctx<'_>) -> Option<(String, Role)> {
    let mark = row.part.side.news().of(row.row)?;
    let sight = Sight::of_row(row.part, row.row);
    // Of an instance it is the role that has habits.
    let actor = sight.subjects[0].split_once('/').map_or(row.text(Column::Actor), |(_, it)| it);
    let names = [actor.to_owned(), ctx.account(row.text(Column::Account))];
    let told = KINDS.iter().filter(|(first, ..)| mark.new & first.bit() != 0);
    let told = told.map(|(first, words, whose, noun)| {
        let others = u64::from(mark.others[*first as usize]);
        let since = mark.since[*whose];
        let words = words.replace("{}", &names[*whose]);
        format!("{words} ({})", seen(others, noun, (since, row.time())))
    });
    let mut told: Vec<String> = told.collect();
    if !told.is_empty() {
        return Some((told.join(" · "), Role::Accent));
    }
    let early = KINDS.iter().filter(|(first, ..)| mark.learning & first.bit() != 0);
    told.extend(early.map(|(first, ..)| word(*first).to_owned()));
    let hours = AGE.0 / 3_600_000;
    let told = told.join(", ");
    Some((format!("learning: first {told}; new after {EVENTS} events and {hours} h"), Role::Dim))
}

/// `seen 41 others in 30d`
fn seen(others: u64, noun: &str, (since, now): (Timestamp, Timestamp)) -> String {
    let length = format::duration(now - since);
    match others {
        0 => format!("no other {noun} in {length}"),
        n => format!("seen {} in {length}", format::counted(n, "other", "others")),
    }
}

fn word(first: First) -> &'static str {
    First::words(first.bit()).next().unwrap_or_default()
}
