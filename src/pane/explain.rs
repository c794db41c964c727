//! What a call does, why that matters in an incident, its ATT&CK technique, and what to look at
//! next: offline, in our own words, with the values of the event.

use ratatui::buffer::Buffer;

use crate::command::action::Action;
use crate::command::keymap::Keymap;
use crate::event::call;
use crate::event::field::Column;
use crate::event::json::Json;
use crate::event::means::{filled, means};
use crate::event::name;
use crate::event::record::Record;
use crate::pane::contract::{Ctx, Reply};
use crate::pane::row;
use crate::pane::steps::{scrolled, step_of};
use crate::store::snapshot::RowRef;
use crate::ui::format;
use crate::ui::theme::Role;
use crate::ui::{popup, text};

/// The widest the view becomes.
const WIDTH: u16 = 96;
/// Cells of the labels.
const LABEL: u16 = 9;
/// The most lines of one part.
const WRAPPED: usize = 24;

/// The view, filled when it is opened.
#[derive(Debug, Default)]
pub struct Explain {
    title: String,
    parts: Vec<(&'static str, String, Role)>,
    top: usize,
}

impl Explain {
    /// What is known of the call of an event.
    pub fn of(row: RowRef<'_>, keymap: &Keymap) -> Self {
        let (service, event) = (row.text(Column::Service), row.text(Column::Event));
        let raw = row.raw();
        let raw = String::from_utf8_lossy(&raw);
        let record = Record::of(Json::of(&raw));
        let title = format!("WHAT IS {} {}", name::service(service), row::event(row));
        let here = means(&record).map(|said| ("HERE", said, Role::Accent));
        let mut parts = vec![];
        match call::call(service, event) {
            Some(known) => {
                parts.push(("WHAT", known.what.to_owned(), Role::Text));
                parts.extend(here);
                parts.push(("WHY", known.why.to_owned(), Role::Text));
                let technique = known.technique.map(|(id, name)| format!("{id} {name}"));
                parts.extend(technique.map(|said| ("ATT&CK", said, Role::Text)));
                let undo = known.undo.replace(' ', ", ");
                parts.extend((!undo.is_empty()).then_some(("UNDO", undo, Role::Text)));
                parts.push(("NEXT", filled(known.next, &record), Role::Text));
            }
            None => parts.extend(generic(row, keymap)),
        }
        Self { title, parts, top: 0 }
    }

    /// Scrolls; the key that opened it closes it.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let Some(step) = step_of(action) else {
            let closes = matches!(action, Action::Explain | Action::Details);
            return if closes { Reply::Close } else { Reply::Ignored };
        };
        let room = usize::from(ctx.area.height.saturating_sub(2));
        let last = self.lines(ctx).len().saturating_sub(room);
        self.top = scrolled(self.top, step, usize::from(ctx.area.height / 2), last);
        Reply::Done
    }

    /// The lines as wide as there is room: a label before the first of each part.
    fn lines(&self, ctx: &Ctx<'_>) -> Vec<(&'static str, String, Role)> {
        let width = ctx.area.width.min(WIDTH).saturating_sub(4 + LABEL).max(1);
        let mut lines = vec![];
        for (label, said, role) in &self.parts {
            let wrapped = text::wrap(said, usize::from(width), WRAPPED, ctx.glyphs);
            let labels = std::iter::once(*label).chain(std::iter::repeat(""));
            lines.extend(labels.zip(wrapped).map(|(label, line)| (label, line, *role)));
        }
        lines
    }

    /// Draws the view over the rows.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let lines = self.lines(ctx);
        let area = popup::centered(ctx.area, WIDTH, lines.len() as u16 + 2);
        let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
        let inside = popup::frame(buf, area, &self.title, styles, ctx.glyphs);
        let top = self.top.min(lines.len().saturating_sub(1));
        for ((label, line, role), y) in lines.iter().skip(top).zip(inside.y..inside.bottom()) {
            let place = text::row(inside.x, y, inside.width);
            text::put(buf, place, label, ctx.style(Role::Title));
            let rest = text::row(inside.x + LABEL, y, inside.width.saturating_sub(LABEL));
            text::put(buf, rest, line, ctx.style(*role));
        }
        let below = lines.len().saturating_sub(top + usize::from(inside.height));
        if below > 0 && inside.height > 0 {
            let more = format::counted(below as u64, "more line", "more lines");
            let more = format!(" {more}: {} ", ctx.keymap.key(Action::Next));
            let last = text::row(inside.x, inside.bottom(), inside.width);
            text::put_right(buf, last, &more, ctx.style(Role::Dim), ctx.glyphs);
        }
    }
}

/// What the name and the verb of a call tell.
fn generic(row: RowRef<'_>, keymap: &Keymap) -> Vec<(&'static str, String, Role)> {
    let (service, event) = (row.text(Column::Service), row.text(Column::Event));
    let why = match row.text(Column::Verb) {
        "D" => "It is on the list of writes that attackers want.",
        "W" => "It changes something: ask whether its actor usually does, and what came before.",
        _ => {
            "It changes nothing. Many different reads in a minute by one actor are somebody looking around."
        }
    };
    let danger = crate::event::verb::danger(service, event);
    let why = danger.map_or_else(|| why.to_owned(), |danger| format!("{why} It {danger}."));
    vec![
        ("WHAT", call::by_name(service, event, row.text(Column::Verb)), Role::Text),
        ("WHY", why, Role::Text),
        (
            "NEXT",
            keymap.spell(
                "{lineage} who is behind it · {pivot} t all on its target · {pivot} k all of its \
                 key · {context} around it",
            ),
            Role::Text,
        ),
        (
            "NOTE",
            "This text is generic: trailtop has none of its own for this call.".to_owned(),
            Role::Dim,
        ),
    ]
}
