//! Everything about the selected event: who did what to which resource, from where, how it ended;
//! then the record itself as a tree that folds, can be searched, and whose every value can become a
//! filter.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::command::action::Action;
use crate::command::chord::{Chord, Key};
use crate::event::json::Json;
use crate::event::secret::masked;
use crate::pane::contract::{Change, Ctx, Reply};
use crate::pane::facts::{Fact, RESULT, facts, in_a_line, set_after};
use crate::pane::steps::{edit_of, scrolled, step_of};
use crate::query::literal;
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;
use crate::ui::glyphs::Glyphs;
use crate::ui::input::{Edit, Input};
use crate::ui::list::Step;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::tree::{Secrets, Tree};

/// What stands at the top of the tree: what was asked and answered. Who and when are facts above it.
const FIRST: [&str; 5] =
    ["requestParameters", "responseElements", "insightDetails", "summary", "additionalEventData"];
/// Lines that the tree unfolds by itself.
const UNFOLDED: usize = 200;
/// From this width on there is room for something at the right end of a line.
const RIGHT_FROM: u16 = 100;
/// Cells of the labels.
const LABEL: usize = 9;
/// The most lines of one fact while wrapping.
const WRAPPED: usize = 8;

/// What is shown of one event.
#[derive(Debug, Default)]
pub struct Details {
    id: Option<RowId>,
    version: u64,
    /// How many rows there were, and had been, when the facts were read.
    seen: (usize, u64),
    facts: Vec<Fact>,
    tree: Tree,
    raw: String,
    /// Bodies of the same event from other sources, by who delivered them.
    others: Vec<(&'static str, String)>,
    shown: Shown,
    wrap: bool,
    reveal: bool,
    folded: bool,
    find: Option<Input>,
    top: usize,
}

/// Which body is shown, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shown {
    /// The body as a tree.
    #[default]
    Tree,
    /// The body as it came.
    Raw,
    /// Another body of the same event, as a tree.
    Other(usize),
}

impl Details {
    /// Reads the event that is selected; called when the selection or the row has changed.
    pub fn load(&mut self, row: Option<RowRef<'_>>, ctx: &Ctx<'_>) {
        let Some(row) = row else {
            *self = Self { wrap: self.wrap, reveal: self.reveal, ..Self::default() };
            return;
        };
        let version = row.part.side.version();
        let snapshot = &ctx.view.snapshot;
        let seen = (snapshot.len(), snapshot.evicted());
        if self.id == Some(row.id()) && self.version == version {
            // The event is the same, but what came after it may have arrived.
            if self.seen != seen {
                self.seen = seen;
                set_after(&mut self.facts, row, ctx);
            }
            return;
        }
        self.seen = seen;
        let is_new = self.id != Some(row.id());
        self.id = Some(row.id());
        self.version = version;
        self.raw = String::from_utf8_lossy(&row.raw()).into_owned();
        self.facts = facts(row, Json::of(&self.raw), ctx);
        let bodies = row.part.side.bodies(row.row).iter();
        self.others = bodies
            .map(|body| (body.origin.word(), String::from_utf8_lossy(&body.raw).into_owned()))
            .collect();
        if is_new {
            self.shown = Shown::Tree;
            self.plant();
            self.top = 0;
            self.find = None;
        }
    }

    fn plant(&mut self) {
        let secrets = if self.reveal { Secrets::Shown } else { Secrets::Hidden };
        let other = match self.shown {
            Shown::Other(at) => self.others.get(at).map(|(_, raw)| raw),
            Shown::Tree | Shown::Raw => None,
        };
        let text = other.unwrap_or(&self.raw).as_str();
        self.tree = Tree::new(text, &FIRST, UNFOLDED, secrets);
        self.folded = false;
    }

    /// Whether keys go to the search line.
    pub fn is_finding(&self) -> bool {
        self.find.is_some()
    }

    /// A key of the search line.
    pub fn press(&mut self, chord: Chord, ctx: &Ctx<'_>) -> Reply {
        let height = self.tree_area(ctx.area).height;
        let Some(input) = &mut self.find else { return Reply::Ignored };
        match chord.key {
            Key::Enter => {
                let needle = input.value().to_owned();
                self.find = None;
                if self.tree.search(&needle) == 0 {
                    return Reply::Say(format!("nothing here holds {needle:?}"));
                }
                self.tree.next_hit(true, height);
            }
            Key::Esc => {
                self.find = None;
                self.tree.search("");
            }
            _ => {
                if let Some(edit) = edit_of(chord) {
                    input.edit(edit);
                }
            }
        }
        Reply::Done
    }

    /// Puts a text into the search line.
    pub fn paste(&mut self, text: String) {
        if let Some(input) = &mut self.find {
            input.edit(Edit::Paste(text));
        }
    }

    /// What an action asks of the details.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let height = self.tree_area(ctx.area).height;
        let step = match action {
            Action::Left => {
                self.tree.fold();
                return Reply::Done;
            }
            Action::Right => {
                self.tree.unfold();
                return Reply::Done;
            }
            Action::Details => {
                self.tree.toggle();
                return Reply::Done;
            }
            Action::FoldAll => {
                self.folded = !self.folded;
                if self.folded {
                    self.tree.fold_all();
                } else {
                    self.tree.unfold_all();
                }
                return Reply::Done;
            }
            Action::Raw => {
                return self.next_body(ctx);
            }
            Action::Wrap => {
                self.wrap = !self.wrap;
                return Reply::Done;
            }
            Action::Reveal => {
                self.reveal = !self.reveal;
                self.plant();
                let said = if self.reveal {
                    "credentials are shown now"
                } else {
                    "credentials are masked again"
                };
                return Reply::Say(said.into());
            }
            Action::FindInPane => {
                self.find = Some(Input::default());
                return Reply::Done;
            }
            Action::NextHit | Action::PreviousHit => {
                return match self.tree.next_hit(action == Action::NextHit, height) {
                    true => Reply::Done,
                    false => {
                        Reply::Say(ctx.spell("nothing was searched here: {find-in-pane} searches"))
                    }
                };
            }
            Action::Include => return self.filter(Change::Add),
            Action::Exclude => return self.filter(Change::Exclude),
            _ => match step_of(action) {
                Some(step) => step,
                None => return Reply::Ignored,
            },
        };
        if self.shown == Shown::Raw {
            self.scroll_raw(step, ctx);
        } else {
            self.tree.step(step, height);
        }
        Reply::Done
    }

    /// The tree, the raw record, then each other body of the event, and the tree again.
    fn next_body(&mut self, ctx: &Ctx<'_>) -> Reply {
        self.top = 0;
        self.shown = match self.shown {
            Shown::Tree => Shown::Raw,
            Shown::Raw if self.others.is_empty() => Shown::Tree,
            Shown::Raw => Shown::Other(0),
            Shown::Other(at) if at + 1 < self.others.len() => Shown::Other(at + 1),
            Shown::Other(_) => Shown::Tree,
        };
        self.plant();
        match self.shown {
            Shown::Raw => Reply::Say(ctx.spell("the record as it came · {raw} goes on")),
            Shown::Tree => Reply::Done,
            Shown::Other(at) => {
                let (from, _) = self.others[at];
                let on = ctx.spell("{raw} goes on");
                Reply::Say(format!("another body of this event, from {from} · {on}"))
            }
        }
    }

    fn scroll_raw(&mut self, step: Step, ctx: &Ctx<'_>) {
        let page = usize::from(ctx.area.height / 2);
        let last = self.raw.len() / usize::from(ctx.area.width.max(1));
        self.top = scrolled(self.top, step, page, last);
    }

    /// The value under the cursor as a term.
    fn filter(&self, change: Change) -> Reply {
        match (self.tree.path(), self.tree.scalar()) {
            (Some(path), Some(value)) => {
                // A leading dot makes any name a path, whatever keys the language has.
                let path = if path.contains('.') { path } else { format!(".{path}") };
                Reply::Filter(change, format!("{path}:{}", literal::quote(&value)))
            }
            _ => Reply::Say("move to a value: + and - take the value under the cursor".into()),
        }
    }

    /// Where the tree is, below the facts.
    fn tree_area(&self, area: Rect) -> Rect {
        let room = usize::from(area.width).saturating_sub(LABEL);
        let lines: usize = self.facts.iter().map(|fact| self.lines_of(fact, room).len()).sum();
        // At least half of the pane is the tree's, however much there is to say above it.
        let facts = (lines as u16).min(area.height / 2);
        Rect { y: area.y + facts, height: area.height - facts, ..area }
    }

    /// The lines of a fact: one that is cut, or while wrapping as many as it takes.
    fn lines_of(&self, fact: &Fact, room: usize) -> Vec<String> {
        match self.wrap && text::width(&fact.text) > room {
            true => text::wrap(&fact.text, room, WRAPPED, Glyphs::UNICODE),
            false => vec![fact.text.clone()],
        }
    }

    /// The strip below the stream: the facts, as many as there is room for; one line where there is
    /// room for one.
    pub fn draw_strip(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        if ctx.area.is_empty() {
            return;
        }
        if self.id.is_none() {
            return draw_nothing(buf, ctx);
        }
        if ctx.area.height == 1 {
            let row = self.id.and_then(|id| ctx.view.snapshot.row(id));
            let parts = row.map(|row| in_a_line(row, ctx)).unwrap_or_default();
            let mut room = usize::from(ctx.area.width);
            let is_cut = parts.iter().map(|(text, _)| text::width(text)).sum::<usize>() > room;
            let mut x = ctx.area.x;
            for (text, role) in &parts {
                let line = text::row(x, ctx.area.y, room as u16);
                if is_cut && text::width(text) >= room {
                    // An address cut without a sign reads as another one.
                    let cut = format!("{text} ");
                    let cut = ctx.glyphs.cut_right(&cut, room);
                    text::put(buf, line, &cut, ctx.style(*role));
                    break;
                }
                x = text::put(buf, line, text, ctx.style(*role));
                room -= usize::from(x - line.x).min(room);
            }
            return;
        }
        self.draw_facts(buf, ctx, ctx.area);
    }

    /// The open pane; gives the cursor's place while something is typed into it.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) -> Option<Position> {
        if self.id.is_none() {
            draw_nothing(buf, ctx);
            return None;
        }
        let below = self.tree_area(ctx.area);
        self.draw_facts(buf, ctx, Rect { height: ctx.area.height - below.height, ..ctx.area });
        if self.shown == Shown::Raw {
            self.draw_raw(buf, &ctx.within(below));
        } else {
            self.tree.draw(buf, below, ctx.theme, (ctx.glyphs, ctx.focused));
        }
        let input = self.find.as_ref()?;
        let line = Rect {
            y: ctx.area.bottom().saturating_sub(1),
            height: 1.min(ctx.area.height),
            ..ctx.area
        };
        text::fill(buf, line, ctx.style(Role::Input));
        let x = text::put(buf, line, " find ", ctx.style(Role::Key));
        input.draw(
            buf,
            text::row(x, line.y, line.right().saturating_sub(x)),
            ctx.style(Role::Input),
            &[],
        )
    }

    fn draw_facts(&self, buf: &mut Buffer, ctx: &Ctx<'_>, area: Rect) {
        let room = usize::from(area.width).saturating_sub(LABEL);
        let mut y = area.y;
        for fact in &self.facts {
            if y >= area.bottom() {
                break;
            }
            let lines = self.lines_of(fact, room);
            if let [first, more @ ..] = lines.as_slice()
                && !more.is_empty()
            {
                let label = format!(" {}", ctx.glyphs.pad(fact.label, LABEL - 1));
                text::put(buf, text::row(area.x, y, area.width), &label, ctx.style(Role::Title));
                for line in std::iter::once(first).chain(more) {
                    let place = text::row(area.x + LABEL as u16, y, room as u16);
                    text::put(buf, place.intersection(area), line, ctx.style(fact.role));
                    y += 1;
                }
                continue;
            }
            let line = text::row(area.x, y, area.width);
            let label = format!(" {}", ctx.glyphs.pad(fact.label, LABEL - 1));
            let mut end = line.right();
            let mut x = text::put(buf, line, &label, ctx.style(Role::Title));
            if let Some(result) = fact.right.strip_prefix(RESULT)
                && area.width < RIGHT_FROM
            {
                // How it ended is the one thing at the right that no width goes without.
                let rest = text::row(x, y, end.saturating_sub(x));
                let parts = [(result, ctx.style(fact.right_role)), (" · ", ctx.style(Role::Dim))];
                x = text::put_all(buf, rest, &parts);
            }
            if !fact.right.is_empty() && area.width >= RIGHT_FROM {
                // What stands at the right is worth less than what stands at the left.
                let right = ctx.glyphs.cut_right(&fact.right, usize::from(area.width / 3));
                let width = text::width(&right) as u16 + 2;
                end = end.saturating_sub(width + 1);
                text::put(buf, text::row(end + 1, y, width), &right, ctx.style(fact.right_role));
            }
            let room = end.saturating_sub(x);
            let cut = ctx.glyphs.cut_right(&fact.text, usize::from(room));
            text::put(buf, text::row(x, y, room), &cut, ctx.style(fact.role));
            y += 1;
        }
    }

    fn draw_raw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let shown =
            if self.reveal { self.raw.as_str().into() } else { masked(Json::of(&self.raw)) };
        let safe = text::sanitize(&shown);
        let width = usize::from(ctx.area.width);
        let mut lines = vec![];
        let (mut start, mut used) = (0, 0);
        let wanted = self.top + usize::from(ctx.area.height);
        let mut at = 0;
        for (cluster, cells) in text::clusters(&safe) {
            if used + usize::from(cells) > width {
                lines.push(&safe[start..at]);
                (start, used) = (at, 0);
                if lines.len() >= wanted {
                    break;
                }
            }
            used += usize::from(cells);
            at += cluster.len();
        }
        if lines.len() < wanted {
            lines.push(&safe[start..at]);
        }
        for (line, y) in lines.iter().skip(self.top).zip(ctx.area.y..ctx.area.bottom()) {
            text::put(buf, text::row(ctx.area.x, y, ctx.area.width), line, ctx.style(Role::Text));
        }
    }
}

fn draw_nothing(buf: &mut Buffer, ctx: &Ctx<'_>) {
    let words = " No event is selected: the stream has no rows.";
    text::put(buf, text::row(ctx.area.x, ctx.area.y, ctx.area.width), words, ctx.style(Role::Dim));
}
