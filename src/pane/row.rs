//! One row of the stream as cells: how each is drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::engine::lines::Run;
use crate::event::field::{Column, Flag};
use crate::event::time::Timestamp;
use crate::event::{name, outcome, verb};
use crate::pane::columns::{Cell, Shape};
use crate::pane::contract::{Ctx, Times};
use crate::store::kin::Sure;
use crate::store::snapshot::RowRef;
use crate::ui::glyphs::Glyphs;
use crate::ui::theme::Role;
use crate::ui::{format, text};

/// One row while it is drawn.
pub(crate) struct Look<'a> {
    /// The row.
    pub(crate) row: RowRef<'a>,
    /// Those that are folded into it.
    pub(crate) run: Option<&'a Run>,
    /// Where and how.
    pub(crate) ctx: &'a Ctx<'a>,
    /// What lies under it: a highlight.
    pub(crate) base: Style,
    /// Whether the cursor is on it.
    pub(crate) is_cursor: bool,
    /// Cells by which the target is scrolled.
    pub(crate) shift: usize,
}

impl Look<'_> {
    /// Draws the cells of the row; `sign` stands in the first column.
    pub(crate) fn draw(&self, buf: &mut Buffer, shape: &Shape, sign: &str) {
        let (mut x, y, right) = (self.ctx.area.x, self.ctx.area.y, self.ctx.area.right());
        x = text::put(buf, text::row(x, y, 1), sign, self.style(Role::Accent));
        for (column, width) in shape.cells() {
            if x >= right {
                break;
            }
            self.draw_cell(buf, text::row(x, y, width.min(right - x)), column);
            x = x.saturating_add(width + 1);
        }
    }

    fn style(&self, role: Role) -> Style {
        let style = self.base.patch(self.ctx.style(role));
        if self.is_cursor { style.patch(self.ctx.style(Role::Selection)) } else { style }
    }

    fn draw_cell(&self, buf: &mut Buffer, area: Rect, cell: Cell) {
        let (row, glyphs, cells) = (self.row, self.ctx.glyphs, usize::from(area.width));
        let quiet = if self.is_read() { Role::Read } else { Role::Text };
        let column = |column| row.text(column);
        match cell {
            Cell::Time => self.draw_time(buf, area),
            Cell::Glyph => {
                let sign = verb::glyph(column(Column::Event), column(Column::Verb));
                let role = if self.is_danger() { Role::Warning } else { quiet };
                let sign = if glyphs.ascii { sign.ascii() } else { sign.sign() };
                text::put(buf, area, sign.encode_utf8(&mut [0; 4]), self.style(role));
            }
            Cell::Event => {
                let role = if self.is_danger() { Role::Warning } else { quiet };
                let name = event(row);
                let times = self.run.map_or_else(String::new, |run| times(run, glyphs));
                let cells = cells.saturating_sub(text::width(&times));
                let name = format!("{}{times}", glyphs.cut_right(name, cells));
                text::put(buf, area, &name, self.style(role));
            }
            Cell::Actor => {
                let name = by_root(row, cells, glyphs)
                    .unwrap_or_else(|| cut_actor(&actor(row, glyphs.ascii), cells, glyphs));
                let role = if is_loud_root(row) { Role::Root } else { quiet };
                text::put(buf, area, &name, self.style(role));
            }
            Cell::Target if self.run.is_some_and(|run| run.targets > 1) => {
                let several = self.run.map_or(0, |run| u64::from(run.targets));
                let words = format!("{} different", format::count(several));
                text::put(buf, area, &glyphs.cut_right(&words, cells), self.style(quiet));
            }
            Cell::Target => {
                let target = column(Column::Target);
                let kept = target
                    .char_indices()
                    .rev()
                    .nth(self.shift)
                    .map_or(target, |(at, c)| &target[..at + c.len_utf8()]);
                let shown =
                    if self.shift > 0 && text::width(target) > cells { kept } else { target };
                text::put(buf, area, &glyphs.cut_left(shown, cells), self.style(quiet));
            }
            Cell::Result => {
                let (mut words, role) = result(row);
                if text::width(&words) > cells && cells < 12 {
                    // The class alone says more than the class and half of a reason.
                    words.truncate(words.find(':').unwrap_or(words.len()));
                }
                text::put(buf, area, &glyphs.cut_right(&words, cells), self.style(role));
            }
            Cell::From => {
                // A service is known by its name; what all of them end in takes the room.
                let from = column(Column::Ip);
                self.draw_plain(buf, area, name::service(from));
            }
            Cell::Age => {
                let age = format::age(self.ctx.now, row.time());
                self.draw_plain(buf, area, &age);
            }
            Cell::Lag => {
                let lag = format::duration(row.arrival() - row.time());
                self.draw_plain(buf, area, &lag);
            }
            Cell::Root => {
                let root = row.root().map_or("", |root| &root.shown);
                text::put(buf, area, &cut_actor(root, cells, glyphs), self.style(quiet));
            }
            Cell::Plain(of) => self.draw_plain(buf, area, column(of)),
            Cell::Account => self.draw_plain(buf, area, &self.ctx.account(column(Column::Account))),
        }
    }

    fn draw_plain(&self, buf: &mut Buffer, area: Rect, value: &str) {
        let cut = self.ctx.glyphs.cut_right(value, usize::from(area.width));
        text::put(buf, area, &cut, self.style(Role::Dim));
    }

    /// The time, and right of it a letter for what one should know before believing the row.
    fn draw_time(&self, buf: &mut Buffer, area: Rect) {
        let badge = BADGES.iter().find(|(flag, _)| self.row.has(*flag)).map(|(_, letter)| *letter);
        let is_new = self.row.part.side.news().of(self.row.row).is_some_and(|mark| mark.new != 0);
        let badge = badge.or(is_new.then_some("*"));
        let role = if badge.is_some() { Role::Badge } else { Role::Dim };
        let shown = match self.row.has(Flag::TimeUnknown) {
            true => "time?".to_owned(),
            false if self.ctx.times == Times::Ago => {
                let cells = usize::from(area.width);
                format!("{:>cells$}", format::ago(self.ctx.now, self.row.time()))
            }
            false => format::clock(self.row.time(), self.ctx.zone),
        };
        text::put(buf, area, &shown, self.style(role));
        if let Some(letter) = badge {
            text::put(buf, text::row(area.right(), area.y, 1), letter, self.style(role));
        }
    }

    /// A dangerous write that worked is loud; one that failed has its result to say so.
    fn is_danger(&self) -> bool {
        self.row.text(Column::Verb) == "D" && self.row.text(Column::Error).is_empty()
    }

    fn is_read(&self) -> bool {
        let (service, event) = (self.row.text(Column::Service), self.row.text(Column::Event));
        self.row.text(Column::Verb) == "R" && !verb::is_sensitive_read(service, event)
    }
}

/// The rule above the first row of a day.
pub(crate) fn draw_day(buf: &mut Buffer, ctx: &Ctx<'_>, day: Timestamp) {
    let (area, style, rule) = (ctx.area, ctx.style(Role::Divider), ctx.glyphs.horizontal());
    let title = format!("{} {} ", rule.repeat(2), format::day_title(day, ctx.zone));
    let x = text::put(buf, area, &title, style);
    let rest = area.right().saturating_sub(x);
    text::put(buf, text::row(x, area.y, rest), &rule.repeat(usize::from(rest)), style);
}

/// ` ×17`: how many rows a line stands for.
fn times(run: &Run, glyphs: Glyphs) -> String {
    format!(" {}{}", glyphs.pick("×", "x"), format::count(u64::from(run.rows)))
}

/// Badges of a row, the gravest first; details say them in words.
const BADGES: [(Flag, &str); 5] = [
    (Flag::Unsafe, "!"),
    (Flag::NotUtf8, "!"),
    (Flag::Differs, "d"),
    (Flag::TimeUnknown, "?"),
    (Flag::Late, "l"),
];

const ARROW: &str = "↳ ";
const ASCII_ARROW: &str = "> ";
const INSTANCE: &str = " (instance)";

/// An actor within `cells`. Roles, keys and ARNs differ at their tails; of an address everybody has
/// the same tail, and an instance is known by its id.
pub(crate) fn cut_actor(name: &str, cells: usize, glyphs: Glyphs) -> String {
    let arrow = if glyphs.ascii { ASCII_ARROW } else { ARROW };
    if let Some(role) = name.strip_prefix(arrow) {
        return format!("{arrow}{}", glyphs.cut_left(role, cells.saturating_sub(2)));
    }
    let is_long = text::width(&name[..name.floor_char_boundary(cells * 4 + 4)]) > cells;
    let name = name.strip_suffix(INSTANCE).filter(|_| is_long).unwrap_or(name);
    let is_address = name.contains('@') && !name.contains([':', '/']);
    let cut = if is_address { glyphs.cut_right(name, cells) } else { glyphs.cut_left(name, cells) };
    cut.into_owned()
}

/// The name of an event for reading: without the date of the API that some services append, and `?`
/// where the record has none. A record that sums calls up has none of its own.
pub(crate) fn event(row: RowRef<'_>) -> &str {
    match name::plain(row.text(Column::Event)) {
        "" if row.text(Column::Category) == "aggregated" => "(summary of calls)",
        "" => "?",
        name => name,
    }
}

/// The actor as the stream writes it: a role session is marked, because the role is not who did it.
pub fn actor(row: RowRef<'_>, ascii: bool) -> String {
    let (actor, role) = (row.text(Column::Actor), row.text(Column::Role));
    match (actor.is_empty(), !role.is_empty() && actor == role) {
        (true, _) => "-".into(),
        (false, true) if ascii => format!("{ASCII_ARROW}{role}"),
        (false, true) => format!("{ARROW}{role}"),
        (false, false) => actor.to_owned(),
    }
}

/// Fewer cells have no room for two names.
const TWO_NAMES: usize = 20;

/// `bert-jan via …leave-org-role`: who is behind a role session, where that is known and there is
/// room for both.
pub(crate) fn by_root(row: RowRef<'_>, cells: usize, glyphs: Glyphs) -> Option<String> {
    let root = row.root().filter(|root| root.sure != Sure::Unknown)?;
    let (actor, role) = (row.text(Column::Actor), row.text(Column::Role));
    let is_told = role.is_empty() || [actor, role].contains(&&*root.shown);
    if is_told || root.shown.is_empty() || cells < TWO_NAMES {
        return None;
    }
    let first = cut_actor(&root.shown, cells / 2, glyphs);
    let rest = cells - text::width(&first) - " via ".len();
    Some(format!("{first} via {}", glyphs.cut_left(role, rest)))
}

/// The result in words, and how loud it is.
pub fn result(row: RowRef<'_>) -> (String, Role) {
    match row.text(Column::Result) {
        "denied" => ("DENIED".into(), Role::Denied),
        "throttled" => ("throttled".into(), Role::Dim),
        "none" => ("none".into(), Role::Dim),
        "failed" => {
            let why = outcome::reason(row.text(Column::Error), row.text(Column::Message));
            let words = if why.is_empty() { "failed".into() } else { format!("failed: {why}") };
            (words, Role::Failed)
        }
        _ => ("ok".into(), Role::Good),
    }
}

/// The root user is loud on sign-in, on writes, on failures and with a long-term key; its reads in
/// the console are not.
fn is_loud_root(row: RowRef<'_>) -> bool {
    row.text(Column::Type) == "Root"
        && (row.text(Column::Verb) != "R"
            || row.text(Column::Service) == "signin.amazonaws.com"
            || row.text(Column::Result) == "denied"
            || row.text(Column::Key).starts_with("AKIA"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_actors_apart_is_what_stays() {
        let glyphs = Glyphs { ascii: false };
        let cases = [
            ("alice@harborline.example", 18, "alice@harborline.…"),
            ("↳ stratus-red-team-get-usr-data-role", 18, "↳ …t-usr-data-role"),
            ("i-010e6f8ca9898ea7f (instance)", 22, "i-010e6f8ca9898ea7f"),
            ("i-010e6f8ca9898ea7f (instance)", 30, "i-010e6f8ca9898ea7f (instance)"),
            ("repo:harborline/infra:ref:refs/heads/main", 10, "…eads/main"),
        ];
        for (name, cells, shown) in cases {
            assert_eq!(cut_actor(name, cells, glyphs), shown, "{name}");
        }
        let ascii = Glyphs { ascii: true };
        assert!(cut_actor("> a-very-long-name-of-a-role", 12, ascii).starts_with(ASCII_ARROW));
    }
}
