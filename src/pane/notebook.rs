//! The notebook: what was marked and noted, in order of event time.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::event::{name, verb};
use crate::export::timeline::{Export, Form};
use crate::notebook::Entry;
use crate::pane::caveats;
use crate::pane::contract::{Ctx, Reply};
use crate::pane::steps::step_of;
use crate::store::snapshot::Snapshot;
use crate::ui::list::Viewport;
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// Fewer cells leave the actor out.
const NARROW: u16 = 56;

/// The view's place in its entries.
#[derive(Debug, Default)]
pub struct Notes {
    view: Viewport,
}

impl Notes {
    /// Keys of the view itself; others are left to the key table.
    pub fn press(&self, chord: Chord, ctx: &Ctx<'_>) -> Reply {
        let Some(entry) = ctx.notebook.entries().get(self.view.cursor) else {
            return Reply::Ignored;
        };
        match chord {
            Chord { key: Key::Enter, .. } => Reply::Find(entry.key.clone()),
            Chord { key: Key::Char('d' | '-'), ctrl: false, .. } => {
                Reply::Unmark(entry.key.clone())
            }
            Chord { key: Key::Char('e' | 'n' | '"'), ctrl: false, .. } => {
                Reply::Note(entry.key.clone())
            }
            Chord { key: Key::Char('y'), ctrl: false, .. } => {
                let (text, _) = export(ctx, Form::Timeline, "notebook").made();
                let text = String::from_utf8_lossy(&text).into_owned();
                Reply::Do(Effect::Copy(text, "the timeline of the notebook"))
            }
            _ => Reply::Ignored,
        }
    }

    /// Moves.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let step = match action {
            Action::Notebook => return Reply::Close,
            _ => match step_of(action) {
                Some(step) => step,
                None => return Reply::Ignored,
            },
        };
        self.view.step(step, ctx.notebook.entries().len(), rows(ctx.area) / 2);
        Reply::Done
    }

    /// Draws the view: two lines an entry, the second one for the note.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let entries = ctx.notebook.entries();
        let noted = entries.iter().filter(|entry| !entry.note.is_empty()).count();
        let words = match entries.len() {
            0 => "NOTEBOOK".to_owned(),
            n => format!(
                "NOTEBOOK {} marked, {} with a note",
                format::count(n as u64),
                format::count(noted as u64)
            ),
        };
        let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::TitleFocused) };
        let look = (ctx.style(Role::Divider), ctx.glyphs);
        bars::divider(buf, text::row(ctx.area.x, ctx.area.y, ctx.area.width), &[title], &[], look);
        let area = Rect { y: ctx.area.y + 1, height: rows(ctx.area), ..ctx.area };
        if entries.is_empty() {
            let lines = [
                " Nothing is marked yet.",
                " m marks the selected event and \" writes a line on it. What is marked stays here",
                " after the event has left the buffer, and is kept in a file for --resume.",
            ];
            for (line, y) in lines.iter().zip(area.y..area.bottom()) {
                text::put(buf, text::row(area.x, y, area.width), line, ctx.style(Role::Dim));
            }
            return;
        }
        let mut view = self.view;
        view.settle(entries.len(), (area.height / 2).max(1));
        for (at, y) in
            view.visible(entries.len(), area.height.div_ceil(2)).zip((area.y..).step_by(2))
        {
            let is_selected = at == view.cursor;
            let before = at.checked_sub(1).map(|before| entries[before].time());
            for (line, y) in (0..2).zip(y..area.bottom().min(y + 2)) {
                let row = ctx.within(text::row(area.x, y, area.width));
                if is_selected {
                    text::fill(buf, row.area, ctx.style(Role::Selection));
                }
                match line {
                    0 => draw_event(buf, &row, &entries[at], (is_selected, before)),
                    _ => draw_note(buf, &row, &entries[at]),
                }
            }
        }
    }
}

/// Lines below the title.
fn rows(area: Rect) -> u16 {
    area.height.saturating_sub(1)
}

/// `07-10 12:00:08 ~ PutEventSelectors  bert-jan  …ctes-trail  ok`
fn draw_event(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    entry: &Arc<Entry>,
    by: (bool, Option<crate::event::time::Timestamp>),
) {
    let (is_selected, before) = by;
    let cell = |name| entry.cell(name);
    let glyph = verb::glyph(cell("event"), cell("verb"));
    let sign = if ctx.glyphs.ascii { glyph.ascii() } else { glyph.sign() };
    let is_new_day =
        before.is_none_or(|before| format::is_other_day(before, entry.time(), ctx.zone));
    let day = match is_new_day {
        true => format::short_date(entry.time(), ctx.zone),
        false => String::new(),
    };
    let result = entry.result();
    let role = match cell("result") {
        "denied" => Role::Denied,
        "failed" => Role::Failed,
        "throttled" | "none" => Role::Dim,
        _ => Role::Good,
    };
    let right = text::width(&result) as u16 + 1;
    let room = usize::from(ctx.area.width.saturating_sub(right + 20));
    let event = ctx.glyphs.cut_right(name::plain(cell("event")), room * 2 / 5);
    let actor_room = if ctx.area.width < NARROW { 0 } else { room / 4 };
    let actor = ctx.glyphs.cut_left(cell("actor"), actor_room);
    let target_room = room.saturating_sub(room * 2 / 5 + actor_room + 2);
    let target = ctx.glyphs.cut_left(cell("target"), target_room);
    let clock = format::clock(entry.time(), ctx.zone);
    let pad = |text: &str, cells| ctx.glyphs.pad(text, cells);
    let style = |role| match is_selected {
        true => ctx.style(role).patch(ctx.style(Role::Selection)),
        false => ctx.style(role),
    };
    let at = if is_selected { ">" } else { " " };
    let parts = [
        (format!("{at}{} ", pad(&day, 5)), Role::Dim),
        (format!("{clock} {sign} "), Role::Text),
        (format!("{} ", pad(&event, room * 2 / 5)), Role::Text),
        (format!("{} ", pad(&actor, actor_room)), Role::Text),
        (target.into_owned(), Role::Text),
    ];
    let parts: Vec<_> = parts.iter().map(|(text, role)| (text.as_str(), style(*role))).collect();
    text::put_all(buf, ctx.area, &parts);
    let result = format!("{result} ");
    text::put_right(buf, ctx.area, &result, style(role), ctx.glyphs);
}

fn draw_note(buf: &mut Buffer, ctx: &Ctx<'_>, entry: &Entry) {
    let indent = 18.min(ctx.area.width);
    let area = text::row(ctx.area.x + indent, ctx.area.y, ctx.area.width - indent);
    let (words, role) = match &*entry.note {
        "" => ("", Role::Dim),
        note => (note, Role::Accent),
    };
    let cut = ctx.glyphs.cut_right(words, usize::from(area.width));
    text::put(buf, area, &cut, ctx.style(role));
}

/// The notebook as an export; the rows that stand in for an empty one are for the caller to add.
pub fn export(ctx: &Ctx<'_>, form: Form, case: &str) -> Export {
    Export {
        form,
        case: case.to_owned(),
        about: caveats::of(ctx),
        entries: ctx.notebook.entries().to_vec(),
        rows: vec![],
        snapshot: Snapshot::default(),
        alerts: vec![],
    }
}
