//! All keys, generated from the key table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::{ACTIONS, Action, In};
use crate::command::keymap::Keymap;
use crate::pane::contract::{Ctx, Reply, WINDOWS};
use crate::pane::steps::{scrolled, step_of};
use crate::ui::theme::Role;
use crate::ui::{bars, text};

/// The help overlay.
#[derive(Debug, Default)]
pub struct Help {
    top: usize,
}

/// What keys do where they do more than their line says: the place, and a sentence.
const MORE: [(&str, &str); 4] = [
    (
        "PROMPT",
        "In the filter line: Enter applies, Tab completes, ↑ ↓ choose or recall, Esc restores, Ctrl-w Ctrl-u Ctrl-k delete.",
    ),
    (
        "COUNTS",
        "In the counts ({counts}, {focus-next}): {details} keeps the rows of a value, {exclude} hides them, {pivot} shows all of them, {find-in-pane} finds one.",
    ),
    (
        "TIMELINE",
        "In the timeline ({timeline}, {focus-next}): {left} {right} move, {compare} starts and ends a brush, {details} filters by it, {exclude} leaves it out, {close} drops it.",
    ),
    (
        "TOP",
        "In top ({top}): {left} {right} rank another key, {order} sorts, {details} shows the events of the value or of its cell ({focus-next}), {exclude} hides it.",
    ),
];

/// The width of a column in which a line of help is easily read.
const COLUMN: u16 = 58;
/// Cells of the keys, with what stands around them.
const KEYS: u16 = 17;
/// The most lines that the help of one key takes.
const MOST: usize = 4;

impl Help {
    /// Scrolls.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let page = Page::of(ctx.area);
        let Some(step) = step_of(action) else {
            return if action == Action::Help { Reply::Close } else { Reply::Ignored };
        };
        let last = page.last(lines(ctx, page.room()).len());
        self.top = scrolled(self.top, step, page.height, last);
        Reply::Done
    }

    /// Draws as many columns as there is room for: the first line of one follows the last line of
    /// the one before.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        if ctx.area.is_empty() {
            return;
        }
        let page = Page::of(ctx.area);
        let all = lines(ctx, page.room());
        let top = self.top.min(page.last(all.len()));
        let bottom = all.len().min(top + page.lines());
        // What fits at once is shared out evenly, and there is nothing to be said of the rest.
        let (title, height) = match bottom - top == all.len() {
            true => ("ALL KEYS".to_owned(), all.len().div_ceil(page.columns)),
            false => {
                (format!("ALL KEYS lines {} to {bottom} of {}", top + 1, all.len()), page.height)
            }
        };
        let title = bars::Title { x: 0, text: &title, style: ctx.style(Role::TitleFocused) };
        let line = text::row(ctx.area.x, ctx.area.y, ctx.area.width);
        bars::divider(buf, line, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
        for (at, line) in all[top..bottom].iter().enumerate() {
            let (column, y) = ((at / height) as u16, (at % height) as u16);
            let x = ctx.area.x + column * page.width;
            draw_line(buf, &ctx.within(text::row(x, ctx.area.y + 1 + y, page.width)), line);
        }
    }
}

fn draw_line(buf: &mut Buffer, ctx: &Ctx<'_>, line: &HelpLine) {
    match line {
        HelpLine::Group(name) => {
            text::put(buf, ctx.area, &format!(" {name}"), ctx.style(Role::Title));
        }
        HelpLine::Key(keys, help) => {
            let keys = format!("   {} ", ctx.glyphs.pad(keys, usize::from(KEYS) - 4));
            let x = text::put(buf, ctx.area, &keys, ctx.style(Role::Key));
            let rest = text::row(x, ctx.area.y, ctx.area.right().saturating_sub(x));
            text::put(buf, rest, help, ctx.style(Role::Text));
        }
    }
}

/// How much is seen at once; the first line is the title.
struct Page {
    columns: usize,
    width: u16,
    height: usize,
}

impl Page {
    fn of(area: Rect) -> Self {
        let columns = (area.width / COLUMN).max(1);
        let height = usize::from(area.height.saturating_sub(1)).max(1);
        Self { columns: usize::from(columns), width: area.width / columns, height }
    }

    /// Cells for the words of a line.
    fn room(&self) -> usize {
        usize::from(self.width.saturating_sub(KEYS + 1))
    }

    /// Lines in all columns.
    fn lines(&self) -> usize {
        self.columns * self.height
    }

    /// The first line of the last page.
    fn last(&self, lines: usize) -> usize {
        lines.saturating_sub(self.lines())
    }
}

enum HelpLine {
    Group(&'static str),
    Key(String, String),
}

/// A line a key, more where its help is long, and one for all windows. The keys of a replay are
/// shown in one.
fn lines(ctx: &Ctx<'_>, room: usize) -> Vec<HelpLine> {
    let keymap = ctx.keymap;
    let is_replay = ctx.view.ledger.hand.is_some();
    let mut lines = vec![];
    let mut group = "";
    for row in ACTIONS.iter().filter(|row| !keymap.keys(row.action).is_empty()) {
        let is_shown = match (row.action, row.place) {
            (Action::Window(nth), _) => nth == 0,
            (_, In::Replay) => is_replay,
            _ => true,
        };
        if !is_shown {
            continue;
        }
        if row.group != group {
            group = row.group;
            lines.push(HelpLine::Group(group));
        }
        if let Action::Window(_) = row.action {
            add(&mut lines, windows(keymap), &windows_help(), (ctx, room));
            continue;
        }
        // Where one is most of the time, and what tells of itself, needs no place.
        let place = match row.place {
            In::Details | In::Search | In::Denied => {
                format!(" · {}", keymap.spell(row.place.words()))
            }
            In::Anywhere | In::Stream | In::Table | In::Event | In::Value | In::Replay => {
                String::new()
            }
        };
        let help = format!("{}{place}", row.help);
        add(&mut lines, keymap.keys(row.action).join("  "), &help, (ctx, room));
    }
    for (place, words) in MORE {
        lines.push(HelpLine::Group(place));
        add(&mut lines, String::new(), &keymap.spell(words), (ctx, room));
    }
    lines
}

/// Adds the help of a key, on as many lines as it needs.
fn add(lines: &mut Vec<HelpLine>, keys: String, help: &str, (ctx, room): (&Ctx<'_>, usize)) {
    let mut parts = text::wrap(help, room, MOST, ctx.glyphs).into_iter();
    lines.push(HelpLine::Key(keys, parts.next().unwrap_or_default()));
    lines.extend(parts.map(|part| HelpLine::Key(String::new(), part)));
}

/// The first key of each window.
fn windows(keymap: &Keymap) -> String {
    let keys = (0..WINDOWS.len()).map(|nth| keymap.key(Action::Window(nth as u8)));
    keys.filter(|key| !key.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `only the last 5m, 15m, …, or all that is loaded`
fn windows_help() -> String {
    let last = WINDOWS.iter().filter_map(|(_, words)| words.strip_prefix("last "));
    format!("only the last {}, or all that is loaded", last.collect::<Vec<_>>().join(", "))
}
