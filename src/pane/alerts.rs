//! Alerts: the strip that stays until somebody has acknowledged it, and the view of all of them,
//! with why one fired and where to look next.

use std::collections::HashMap;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::coverage::hole::Hole;
use crate::detect::alert::{Alert, Ending};
use crate::event::field::Column;
use crate::pane::contract::{Ctx, Reply};
use crate::pane::steps::step_of;
use crate::query::literal::quote;
use crate::store::hits::Severity;
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;
use crate::ui::list::{Step, Viewport};
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// From this severity on an alert comes to the strip.
const STRIP: Severity = Severity::Medium;
/// What is said where there is nothing to go to.
const NONE_WAITS: &str = "no alert waits · ! shows all of them";
/// The least lines of the view that show what the selected alert says of itself.
const WORDS: u16 = 8;

/// What was acknowledged, and the place in the view.
#[derive(Debug, Default)]
pub struct Alerts {
    view: Viewport,
    /// The highest severity that each alert was acknowledged with: one that grows worse comes back.
    acknowledged: HashMap<u64, Severity>,
    /// The number of the alert that `a` went to last.
    went: Option<u64>,
}

impl Alerts {
    /// The alerts that wait for somebody, in the order of the list.
    fn open<'a>(&'a self, ctx: &Ctx<'a>) -> impl Iterator<Item = &'a Arc<Alert>> {
        ctx.view.ledger.alerts.list.iter().filter(|alert| self.is_open(alert))
    }

    fn is_open(&self, alert: &Alert) -> bool {
        let known = self.acknowledged.get(&alert.number);
        alert.severity >= STRIP && known.is_none_or(|known| *known < alert.severity)
    }

    /// Whether the strip has something to say.
    pub fn has_strip(&self, ctx: &Ctx<'_>) -> bool {
        self.open(ctx).next().is_some()
    }

    /// The next alert that waits: its newest event that is still there.
    pub fn next(&mut self, ctx: &Ctx<'_>) -> Reply {
        let after = self.open(ctx).skip_while(|it| Some(it.number) != self.went).nth(1);
        let Some(alert) = after.or_else(|| self.open(ctx).next()) else {
            return Reply::Say(NONE_WAITS.into());
        };
        let (number, newest) = (alert.number, newest(alert, ctx));
        self.went = Some(number);
        match newest {
            Some(row) => Reply::Goto(row),
            None => Reply::Say("the events of this alert have left the buffer".into()),
        }
    }

    /// Acknowledges the alert that the strip shows.
    pub fn acknowledge(&mut self, ctx: &Ctx<'_>) -> Reply {
        let Some(alert) = self.open(ctx).next().map(Arc::clone) else {
            return Reply::Say(NONE_WAITS.into());
        };
        self.acknowledged.insert(alert.number, alert.severity);
        Reply::Say(format!("acknowledged: {}", alert.card.named.title))
    }

    /// What an action asks of the view.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let list = &ctx.view.ledger.alerts.list;
        let selected = list.get(self.view.cursor);
        let step = match action {
            _ if let Some(step) = step_of(action) => step,
            Action::Alerts => return Reply::Close,
            Action::FocusNext => return Reply::Ask(Action::Audit),
            Action::Details => {
                return match selected.map(|alert| newest(alert, ctx)) {
                    Some(Some(row)) => Reply::Goto(row),
                    Some(None) => Reply::Say("its events have left the buffer".into()),
                    None => Reply::Done,
                };
            }
            Action::Acknowledge => {
                let Some(alert) = selected else { return Reply::Done };
                self.acknowledged.insert(alert.number, alert.severity);
                Step::Down(1)
            }
            Action::Pivot | Action::Include => {
                let Some(alert) = selected else { return Reply::Done };
                return Reply::Show(vec![format!("rule:{}", quote(&alert.card.named.id))]);
            }
            _ => return Reply::Ignored,
        };
        self.view.step(step, list.len(), lines(ctx.area));
        Reply::Done
    }

    /// Draws the strip: the alert that matters most, and how many there are.
    pub fn draw_strip(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let Some(alert) = self.open(ctx).next() else { return };
        if ctx.area.is_empty() {
            return;
        }
        let style = ctx.style(role(alert.severity));
        text::fill(buf, ctx.area, ctx.style(Role::Header));
        let sign = if ctx.glyphs.ascii { '^' } else { '▲' };
        let more = match self.open(ctx).count() {
            1 => "1 alert".to_owned(),
            n => format!("{} alerts", format::count(n as u64)),
        };
        let keys = if ctx.area.width >= 100 { "! all  a next  A acknowledge" } else { "! a A" };
        let right = format!("  {}  {more}  {keys} ", ending(alert, ctx));
        let width = (text::width(&right) as u16).min(ctx.area.width * 3 / 4);
        let left = Rect { width: ctx.area.width - width, ..ctx.area };
        let words = format!(" {sign} {} {}", word(alert.severity), sentence(alert, ctx));
        text::put_cut(buf, left, &words, style, ctx.glyphs);
        let right_area = Rect { x: left.right(), width, ..ctx.area };
        text::put_cut(buf, right_area, &right, ctx.style(Role::Header), ctx.glyphs);
    }

    /// Draws the view: all alerts, and what the selected one says of itself.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let alerts = &ctx.view.ledger.alerts;
        let waiting = self.open(ctx).count();
        let lost = match (alerts.truncated, alerts.dropped) {
            (0, 0) => String::new(),
            (events, dropped) => format!(
                " · {} alerts made room, {} events were counted no longer",
                format::count(dropped),
                format::count(events)
            ),
        };
        let again = alerts.judging.map_or_else(String::new, |it| {
            format!(" · other rules: {} judged again", format::percent(it.done, it.of))
        });
        let words = format!(
            "ALERTS {} of {} wait for somebody{again}{lost}",
            format::count(waiting as u64),
            format::count(alerts.list.len() as u64)
        );
        let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::TitleFocused) };
        let look = (ctx.style(Role::Divider), ctx.glyphs);
        bars::divider(buf, text::row(ctx.area.x, ctx.area.y, ctx.area.width), &[title], &[], look);
        let all = &alerts.list;
        let height = lines(ctx.area);
        let area = Rect { y: ctx.area.y + 1, height, ..ctx.area };
        if all.is_empty() {
            let rules = alerts.rules;
            let words = match rules {
                0 => " No rules are loaded.".to_owned(),
                n => {
                    format!(" None of {} rules was met by what was read so far.", format::count(n))
                }
            };
            text::put(buf, text::row(area.x, area.y, area.width), &words, ctx.style(Role::Dim));
            return;
        }
        let mut view = self.view;
        view.settle(all.len(), height);
        for (at, y) in view.visible(all.len(), height).zip(area.y..) {
            let row = ctx.within(text::row(area.x, y, area.width));
            self.draw_line(buf, &row, &all[at], at == view.cursor);
        }
        let below = ctx.area.height.saturating_sub(height + 1);
        let below = Rect { y: area.bottom(), height: below, ..ctx.area };
        if let Some(alert) = all.get(view.cursor) {
            draw_words(buf, &ctx.within(below), alert);
        }
    }

    fn draw_line(&self, buf: &mut Buffer, ctx: &Ctx<'_>, alert: &Alert, is_selected: bool) {
        let style = |role| match is_selected {
            true => ctx.theme.over(Role::Selection, role),
            false => ctx.style(role),
        };
        if is_selected {
            text::fill(buf, ctx.area, ctx.style(Role::Selection));
        }
        let at = if is_selected { ">" } else { " " };
        let waits = if self.is_open(alert) { "*" } else { " " };
        let head = format!("{at}{waits}{:<5}", word(alert.severity));
        let when = format::near(alert.last, ctx.now, ctx.zone);
        let parts = [
            (head, style(role(alert.severity))),
            (format!("{when:>11}  "), style(Role::Dim)),
            (sentence(alert, ctx), style(Role::Text)),
        ];
        let parts: Vec<_> = parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
        let end = format!(" {} ", ending(alert, ctx));
        let width = (text::width(&end) as u16).min(ctx.area.width);
        let left = Rect { width: ctx.area.width - width, ..ctx.area };
        text::put_all(buf, left, &parts);
        let of = if alert.ending == Ending::Succeeded { Role::Danger } else { Role::Failed };
        text::put_right(buf, ctx.area, &end, style(of), ctx.glyphs);
    }
}

/// Lines of the list.
fn lines(area: Rect) -> u16 {
    let left = area.height.saturating_sub(1);
    if left > WORDS * 2 { left - WORDS } else { left.div_ceil(2) }
}

/// The newest event of an alert that is still in the buffer.
fn newest(alert: &Alert, ctx: &Ctx<'_>) -> Option<RowId> {
    let rows = alert.rows.iter().filter_map(|id| ctx.view.snapshot.row(*id));
    rows.max_by_key(|row| (row.time(), row.id())).map(RowRef::id)
}

/// `Trail stopped or deleted  alice  StopLogging trail  2 events`
fn sentence(alert: &Alert, ctx: &Ctx<'_>) -> String {
    let [_, event, target] = &alert.last_event;
    let mut parts = vec![alert.card.named.title.to_string()];
    let row = newest(alert, ctx).and_then(|id| ctx.view.snapshot.row(id));
    // What events of a window have in common is long; who did the newest of them is short.
    let actor = row.map_or(&*alert.actor, |row| row.text(Column::Actor));
    parts.push(actor.to_owned());
    if !event.is_empty() {
        let target = ctx.glyphs.cut_left(target, 40);
        parts.push(format!("{event} {target}").trim_end().to_owned());
    }
    if alert.count > 1 {
        parts.push(format!("{} events", format::count(alert.count)));
    }
    parts.retain(|part| !part.is_empty());
    text::sanitize(&parts.join("  ")).into_owned()
}

/// `SUCCEEDED · STILL OFF`
fn ending(alert: &Alert, ctx: &Ctx<'_>) -> String {
    let words = alert.ending.words();
    off(alert, ctx).map_or(words.to_owned(), |off| format!("{words} · {off}"))
}

/// What became of what was switched off: `was off 7m41s`, or `STILL OFF`.
fn off(alert: &Alert, ctx: &Ctx<'_>) -> Option<String> {
    if alert.ending != Ending::Succeeded {
        return None;
    }
    let is_of = |hole: &&Hole| {
        hole.from >= alert.first && hole.from <= alert.last && hole.account == *alert.account
    };
    let hole = ctx.view.ledger.holes.iter().filter(is_of).max_by_key(|hole| hole.from)?;
    Some(match hole.to {
        Some(to) => format!("was off {}", to - hole.from),
        None => "STILL OFF".to_owned(),
    })
}

/// Why it matters, what to look at, what sets it off without harm, and whose rule it is.
fn draw_words(buf: &mut Buffer, ctx: &Ctx<'_>, alert: &Alert) {
    let card = &alert.card;
    if ctx.area.is_empty() {
        return;
    }
    let look = (ctx.style(Role::Divider), ctx.glyphs);
    let words = format!("{} {}", card.named.id, card.techniques.join(" "));
    let words = text::sanitize(&words);
    let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::Title) };
    bars::divider(buf, text::row(ctx.area.x, ctx.area.y, ctx.area.width), &[title], &[], look);
    let licence = match &*card.licence {
        "" => card.author.clone(),
        licence => format!("{} ({licence})", card.author),
    };
    let times = format!(
        "{} to {}",
        format::near(alert.first, ctx.now, ctx.zone),
        format::near(alert.last, ctx.now, ctx.zone)
    );
    let facts = [
        ("WHY", &card.why),
        ("LOOK", &card.look),
        ("HARMLESS", &card.false_positives),
        ("WHEN", &times),
        ("RULE BY", &licence),
    ];
    let facts = facts.into_iter().filter(|(_, words)| !words.is_empty());
    for ((name, words), y) in facts.zip(ctx.area.y + 1..ctx.area.bottom()) {
        let line = text::row(ctx.area.x, y, ctx.area.width);
        let words = text::sanitize(words.lines().next().unwrap_or_default()).into_owned();
        text::put(buf, line, &format!(" {name}"), ctx.style(Role::Dim));
        let indent = 11.min(line.width);
        let line = Rect { x: line.x + indent, width: line.width - indent, ..line };
        text::put_cut(buf, line, &words, ctx.style(Role::Text), ctx.glyphs);
    }
}

/// The severity as it is shown.
fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRIT",
        Severity::High => "HIGH",
        Severity::Medium => "MED",
        Severity::Low => "LOW",
        Severity::Info => "INFO",
    }
}

fn role(severity: Severity) -> Role {
    match severity {
        Severity::Critical | Severity::High => Role::Danger,
        Severity::Medium => Role::Warning,
        Severity::Low => Role::Accent,
        Severity::Info => Role::Dim,
    }
}
