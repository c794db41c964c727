//! Values as terms: what the filter language calls a value of a column, and how the screen writes it.

use std::borrow::Cow;

use crate::event::field::{Column, FIELDS, From};
use crate::event::name;
use crate::pane::contract::Ctx;
use crate::pane::row::cut_actor;
use crate::query::literal;

/// The key that means this column and no other.
pub fn key(column: Column) -> &'static str {
    let means = |from: From| matches!(from, From::Columns([only]) if *only == column);
    let row = FIELDS.iter().find(|row| means(row.from));
    row.expect("every column has a key of its own; a test says so").name
}

/// The term that keeps the rows with exactly this value; of the empty value, those without any.
pub fn term(column: Column, value: &str) -> String {
    format!("{}:{}", key(column), literal::quote(value))
}

/// A value within `cells` as the screen writes it: cut where it tells least. Safe to draw.
pub fn shown(column: Column, value: &str, cells: usize, ctx: &Ctx<'_>) -> String {
    let glyphs = ctx.glyphs;
    let text = match column {
        Column::Actor => return cut_actor(value, cells, glyphs),
        Column::Account => return glyphs.cut_right(&ctx.account(value), cells).into_owned(),
        Column::Event => Cow::Borrowed(name::plain(value)),
        Column::Result if value == "denied" => Cow::Borrowed("DENIED"),
        Column::Ip | Column::Service => {
            Cow::Borrowed(value.strip_suffix(".amazonaws.com").unwrap_or(value))
        }
        Column::Target => Cow::Borrowed(match value {
            "*" => "* (all of a kind)",
            "-" => "- (no target)",
            "?" => "? (not known)",
            value => value,
        }),
        _ => Cow::Borrowed(value),
    };
    // Names of these kinds differ at their tails.
    let by_tail = matches!(
        column,
        Column::Target
            | Column::Role
            | Column::Session
            | Column::Key
            | Column::Principal
            | Column::Arn
    );
    if by_tail && cells > 0 {
        glyphs.cut_left(&text, cells).into_owned()
    } else {
        glyphs.cut_right(&text, cells).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::counts::FACETS;
    use crate::insight::top::RANKS;

    #[test]
    fn every_column_has_a_key_of_its_own() {
        for column in Column::ALL {
            assert!(!key(column).is_empty(), "{column:?}");
        }
        assert_eq!((key(Column::Actor), key(Column::Error)), ("actor", "err"));
        assert_eq!(FACETS.len() + RANKS.len(), 19);
    }

    #[test]
    fn a_term_takes_the_value_as_it_is_and_the_absent_one_as_none() {
        for (column, value, said) in [
            (Column::Actor, "alice", "actor:=alice"),
            (Column::Tool, "", "tool:none"),
            (Column::Ip, "AWS Internal", "ip:=\"AWS Internal\""),
            (Column::Target, "*", "target:=*"),
            (Column::Error, "a,b", "err:=\"a,b\""),
        ] {
            assert_eq!(term(column, value), said);
        }
    }
}
