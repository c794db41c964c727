//! The pivot menu: the values of the selected row, one key each, and how many rows each leads to.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::command::chord::{Chord, Key};
use crate::event::field::Column;
use crate::event::json::Json;
use crate::event::made::{Name, made};
use crate::event::name;
use crate::event::record::Record;
use crate::event::target::{is_named, lasting};
use crate::event::time::Millis;
use crate::pane::contract::{Change, Ctx, Reply};
use crate::pane::term::term;
use crate::query::literal;
use crate::store::snapshot::RowRef;
use crate::ui::theme::Role;
use crate::ui::{format, popup, text};

/// Which values of a row the menu offers: key, word, column.
const ITEMS: &[(char, &str, Column)] = &[
    ('a', "actor", Column::Actor),
    ('s', "session", Column::Session),
    ('k', "access key", Column::Key),
    ('u', "tool", Column::Tool),
    ('i', "from", Column::Ip),
    ('t', "target", Column::Target),
    ('e', "event", Column::Event),
    ('v', "service", Column::Service),
    ('r', "error", Column::Error),
    ('q', "request", Column::Request),
    ('d', "event id", Column::Id),
    ('c', "account", Column::Account),
    ('g', "region", Column::Region),
];

/// How long before and after an event `.` looks.
const AROUND: Millis = Millis::minutes(5);

/// The keys that go elsewhere: what they do, and the action.
const ACTS: &[(char, &str, Action)] = &[('x', "this is noise", Action::Learn)];

/// The menu while it is open.
#[derive(Debug, Clone)]
pub struct Menu {
    change: Change,
    items: Vec<Item>,
}

/// A value that the filter can be made of.
#[derive(Debug, Clone)]
struct Item {
    key: char,
    word: &'static str,
    value: String,
    term: String,
}

impl Menu {
    /// The menu of a row.
    pub fn of(row: RowRef<'_>, change: Change) -> Self {
        let mut items: Vec<Item> = ITEMS
            .iter()
            .filter_map(|&(key, word, column)| {
                let value = row.text(column);
                let item = |value: &str, term| Item { key, word, term, value: value.to_owned() };
                is_named(value).then(|| match column {
                    Column::Target => item(lasting(value), on_target(value)),
                    Column::Event => item(name::plain(value), term(column, name::plain(value))),
                    _ => item(value, term(column, value)),
                })
            })
            .collect();
        let either = either(row);
        let at = items.iter().position(|item| item.key == 't').map_or(items.len(), |at| at + 1);
        items.splice(at..at, either);
        let (from, to) = (row.time() - AROUND, row.time() + AROUND);
        let around = format!("time:{from}..{to}");
        items.push(Item { key: '.', word: "± 5 min", value: String::new(), term: around });
        // It reads raw records: what is counted at once stands before it.
        items.extend(what_it_made(row));
        Self { change, items }
    }

    /// The terms of the menu, each with how it would change the filter.
    pub fn terms(&self) -> impl Iterator<Item = (Change, &str)> {
        self.items.iter().map(|item| (self.change, item.term.as_str()))
    }

    /// The key of each term.
    pub fn keys(&self) -> impl Iterator<Item = char> {
        self.items.iter().map(|item| item.key)
    }

    /// A letter chooses; a capital adds instead of replacing; `-` before it excludes.
    pub fn press(&mut self, chord: Chord) -> Reply {
        let Key::Char(c) = chord.key else { return Reply::Close };
        if chord.ctrl || chord.alt {
            return Reply::Close;
        }
        match c {
            '-' => {
                self.change = Change::Exclude;
                return Reply::Done;
            }
            '+' => {
                self.change = Change::Add;
                return Reply::Done;
            }
            _ => {}
        }
        if let Some((.., action)) = ACTS.iter().find(|(key, ..)| *key == c) {
            return Reply::Ask(*action);
        }
        let of = |key: char| self.items.iter().find(|item| item.key == key);
        let Some(item) = of(c).or_else(|| of(c.to_ascii_lowercase())) else {
            let lacks = ITEMS.iter().find(|(key, ..)| *key == c.to_ascii_lowercase());
            return match lacks {
                Some((_, word, _)) => Reply::Say(format!("this event has no {word} to go by")),
                None => Reply::Close,
            };
        };
        let change = match (item.key != c, self.change) {
            (true, Change::Replace) => Change::Add,
            (_, change) => change,
        };
        Reply::Filter(change, item.term.clone())
    }

    /// Draws the menu at the right of the stream, so that the row stays in sight. `rows` says how
    /// many rows each line leads to, as far as they are counted.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>, rows: &[usize]) {
        let widest = self.items.iter().map(|item| text::width(&item.value)).max().unwrap_or(0);
        let width = (widest as u16 + 32).clamp(44, 72).min(ctx.area.width);
        let lines = self.items.len() + ACTS.len();
        let height = (lines as u16 + 3).min(ctx.area.height);
        let area = Rect {
            x: ctx.area.right() - width,
            y: ctx.area.bottom().saturating_sub(height),
            width,
            height,
        };
        let title = match self.change {
            Change::Replace => "SHOW ALL WITH THE SAME",
            Change::Add => "ONLY WITH THE SAME",
            Change::Exclude => "WITHOUT THE SAME",
        };
        let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
        let inside = popup::frame(buf, area, title, styles, ctx.glyphs);
        let ends = inside.bottom().saturating_sub(1);
        for ((at, item), y) in self.items.iter().enumerate().zip(inside.y..ends) {
            let line = text::row(inside.x, y, inside.width);
            let x = draw_key(buf, &ctx.within(line), item.key, item.word);
            let counted = match rows.get(at) {
                Some(rows) => format::count(*rows as u64),
                None => ctx.glyphs.ellipsis().to_owned(),
            };
            let end = text::put_right(buf, line, &counted, ctx.style(Role::Dim), ctx.glyphs);
            let rest = text::row(x, y, end.saturating_sub(x + 1));
            let value = ctx.glyphs.cut_left(&item.value, usize::from(rest.width));
            text::put(buf, rest, &value, ctx.style(Role::Text));
        }
        let below = inside.y.saturating_add(self.items.len() as u16);
        for ((key, word, _), y) in ACTS.iter().zip(below..ends) {
            let line = text::row(inside.x, y, inside.width);
            draw_key(buf, &ctx.within(line), *key, word);
        }
        let hint = match self.change {
            Change::Replace => "a capital adds · - excludes · Esc",
            Change::Add | Change::Exclude => "Esc leaves it as it is",
        };
        let last = text::row(inside.x, inside.bottom().saturating_sub(1), inside.width);
        text::put(buf, last, hint, ctx.style(Role::Dim));
    }
}

fn draw_key(buf: &mut Buffer, ctx: &Ctx<'_>, key: char, word: &str) -> u16 {
    let line = ctx.area;
    let x = text::put(buf, line, key.encode_utf8(&mut [0; 4]), ctx.style(Role::Key));
    let word = format!(" {} ", ctx.glyphs.pad(word, 15));
    let rest = text::row(x, line.y, line.right().saturating_sub(x));
    text::put(buf, rest, &word, ctx.style(Role::Dim))
}

/// The rows of a target, whatever credentials were issued for it in each.
fn on_target(target: &str) -> String {
    match lasting(target) {
        same if same == target => term(Column::Target, target),
        lasting => ever(lasting),
    }
}

/// The rows of a target, with credentials that were issued for it and without.
fn ever(lasting: &str) -> String {
    let mut pattern = String::new();
    for c in lasting.chars() {
        match c {
            ' ' => pattern.push_str("\\s"),
            c if c.is_alphanumeric() => pattern.push(c),
            c => pattern.extend(['\\', c]),
        }
    }
    format!("target:/^{pattern}(\\s->|$)/")
}

/// What the row is about, acted on or acting.
fn either(row: RowRef<'_>) -> Option<Item> {
    let said = |value: &&str| is_named(value);
    let target = Some(lasting(row.text(Column::Target))).filter(said);
    let value = target.or_else(|| Some(row.text(Column::Actor)).filter(said))?;
    let quoted = literal::quote(value);
    let target = if value.contains(char::is_control) { String::new() } else { ever(value) };
    let target = if target.is_empty() { term(Column::Target, value) } else { target };
    let term = format!("({target} OR actor:{quoted} OR user:{quoted} OR role:{quoted})");
    Some(Item { key: 'T', word: "as either", value: value.to_owned(), term })
}

/// The events that name what the row's call made.
fn what_it_made(row: RowRef<'_>) -> Option<Item> {
    let raw = row.raw();
    let text = String::from_utf8_lossy(&raw);
    let names = made(&Record::of(Json::of(&text)));
    let term = |name: &Name| match name {
        Name::Id(id) => format!("\"{id}\""),
        Name::Target(target) => term(Column::Target, target),
    };
    let said = |name: &Name| match name {
        Name::Id(name) | Name::Target(name) => name.clone(),
    };
    let value = names.iter().map(said).collect::<Vec<_>>().join(", ");
    let terms: Vec<String> = names.iter().map(term).collect();
    let term = match &terms[..] {
        [] => return None,
        [one] => one.clone(),
        several => format!("({})", several.join(" OR ")),
    };
    Some(Item { key: 'n', word: "what it made", value, term })
}
