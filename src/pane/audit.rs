//! What triggers did: every firing of this run and what came of it, newest first, and below what the
//! selected one wrote.

use std::collections::VecDeque;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::event::time::Timestamp;
use crate::export::stats::Triggered;
use crate::pane::board::Parts;
use crate::pane::contract::{Ctx, Reply};
use crate::pane::steps::step_of;
use crate::trigger::audit::{End, Entry, Outcome, What, count};
use crate::trigger::definition::{Does, Triggers};
use crate::trigger::firing::{Subject, Why};
use crate::ui::list::Viewport;
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// The most firings that are shown; the file has them all.
const KEPT: usize = 500;
/// The lines of the strip below.
const STRIP: u16 = 8;

/// A line of the view.
#[derive(Debug)]
struct Line {
    at: Timestamp,
    trigger: Box<str>,
    is: Is,
}

/// What a line is about.
#[derive(Debug)]
enum Is {
    /// A firing, by its number, and what came of it once it has ended.
    Firing(u64, Subject, Option<Box<Outcome>>),
    /// So many that were dropped.
    Lost(Why, u64),
}

/// What triggers did, and the place in it.
#[derive(Debug, Default)]
pub struct Audit {
    triggers: Option<Arc<Triggers>>,
    /// Newest first.
    lines: VecDeque<Line>,
    totals: Triggered,
    view: Viewport,
}

impl Audit {
    /// Nothing yet, of these triggers.
    pub fn of(triggers: Option<Arc<Triggers>>) -> Self {
        Self { triggers, ..Self::default() }
    }

    /// Takes in what happened.
    pub fn add(&mut self, entry: Entry) {
        count(&mut self.totals, &entry);
        let Entry { at, trigger, what } = entry;
        let is = match what {
            What::Started(number, subject) => Is::Firing(number, subject, None),
            What::Lost(why, count) => Is::Lost(why, count),
            What::Ended(number, subject, outcome) => {
                let is_it =
                    |line: &&mut Line| matches!(line.is, Is::Firing(it, ..) if it == number);
                if let Some(line) = self.lines.iter_mut().find(is_it) {
                    line.is = Is::Firing(number, subject, Some(outcome));
                    return;
                }
                Is::Firing(number, subject, Some(outcome))
            }
        };
        self.lines.push_front(Line { at, trigger, is });
        self.lines.truncate(KEPT);
        if self.view.cursor > 0 {
            // The cursor stays on what it is on.
            self.view.cursor = (self.view.cursor + 1).min(self.lines.len() - 1);
        }
    }

    /// What an action asks of the view.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let step = match action {
            Action::Audit => return Reply::Close,
            Action::Details => {
                return match self.lines.get(self.view.cursor).map(|line| &line.is) {
                    Some(Is::Firing(_, subject, _)) => Reply::Goto(subject.row),
                    Some(Is::Lost(..)) => Reply::Say("what was dropped has no event".into()),
                    None => Reply::Done,
                };
            }
            _ => match step_of(action) {
                Some(step) => step,
                None => return Reply::Ignored,
            },
        };
        self.view.step(step, self.lines.len(), parts(ctx.area).rows.height);
        Reply::Done
    }

    /// Draws the view.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let parts = parts(ctx.area);
        let words = self.title();
        let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::TitleFocused) };
        let look = (ctx.style(Role::Divider), ctx.glyphs);
        bars::divider(buf, parts.title, &[title], &[], look);
        if self.lines.is_empty() {
            let below =
                Rect { height: ctx.area.height.saturating_sub(1), y: ctx.area.y + 1, ..ctx.area };
            return self.draw_nothing(buf, &ctx.within(below));
        }
        let headings = format!("   {:<11}  {:<9}  {:<14}  ABOUT", "TIME", "RESULT", "TRIGGER");
        text::put_cut(buf, parts.headings, &headings, ctx.style(Role::Dim), ctx.glyphs);
        let mut view = self.view;
        view.settle(self.lines.len(), parts.rows.height);
        for (at, y) in view.visible(self.lines.len(), parts.rows.height).zip(parts.rows.y..) {
            let row = ctx.within(text::row(parts.rows.x, y, parts.rows.width));
            draw_line(buf, &row, &self.lines[at], at == view.cursor);
        }
        if let Some(line) = self.lines.get(view.cursor) {
            self.draw_strip(buf, &ctx.within(parts.strip), line);
        }
    }

    /// `TRIGGERS 3 fired · 1 failed · 12 dropped`
    fn title(&self) -> String {
        let Triggered { fired, failed, timed_out, stopped, dropped, .. } = self.totals;
        let counts = [
            (fired, "fired"),
            (failed, "failed"),
            (timed_out, "timed out"),
            (stopped, "stopped"),
            (dropped, "dropped"),
        ];
        let told = counts.iter().enumerate().filter(|(at, (n, _))| *at == 0 || *n > 0);
        let told = told.map(|(_, (n, word))| format!("{} {word}", format::count(*n)));
        format!("TRIGGERS {}", told.collect::<Vec<_>>().join(" · "))
    }

    /// What there is to fire, where nothing has fired yet.
    fn draw_nothing(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let mut lines = vec![];
        match &self.triggers {
            None => lines.extend([
                " No trigger is set up: nothing is run and nothing is posted.".to_owned(),
                " [[trigger]] in the configuration sets one up: `trailtop config --default` shows how."
                    .to_owned(),
            ]),
            Some(triggers) => {
                lines.push(match triggers.on_backfill {
                    true => " Nothing has fired yet.".to_owned(),
                    false => " Nothing has fired yet: triggers wait for what is received live."
                        .to_owned(),
                });
                for trigger in &triggers.all {
                    let verb =
                        if matches!(trigger.does, Does::Run(_)) { "runs" } else { "posts to" };
                    let (when, does) = (trigger.when.words(), trigger.does.shown());
                    lines.push(format!("   {}: {when}: {verb} {does}", trigger.name));
                }
            }
        }
        for (line, y) in lines.iter().zip(ctx.area.y..ctx.area.bottom()) {
            let area = text::row(ctx.area.x, y, ctx.area.width);
            let line = text::sanitize(line);
            text::put_cut(buf, area, &line, ctx.style(Role::Dim), ctx.glyphs);
        }
    }

    /// What is known of a line.
    fn draw_strip(&self, buf: &mut Buffer, ctx: &Ctx<'_>, line: &Line) {
        if ctx.area.is_empty() {
            return;
        }
        let look = (ctx.style(Role::Divider), ctx.glyphs);
        let name = text::sanitize(&line.trigger);
        let title = bars::Title { x: 0, text: &name, style: ctx.style(Role::Title) };
        bars::divider(buf, text::row(ctx.area.x, ctx.area.y, ctx.area.width), &[title], &[], look);
        let named =
            |all: &Arc<Triggers>| all.named(&line.trigger).map(|at| all.all[at].does.shown());
        let does = self.triggers.as_ref().and_then(named).unwrap_or_default();
        let mut facts = vec![("DOES", does)];
        match &line.is {
            Is::Lost(why, _) => facts.push(("WHY", why.words().to_owned())),
            Is::Firing(_, subject, outcome) => {
                if !subject.rule.is_empty() {
                    facts.push(("RULE", format!("{} {}", subject.severity.word(), subject.rule)));
                }
                facts.push(("EVENT", subject.event.to_string()));
                if let Some(outcome) = outcome {
                    let tries = if outcome.tries > 1 {
                        format!(", {} tries", outcome.tries)
                    } else {
                        String::new()
                    };
                    facts.push(("RESULT", format!("{}{tries}", outcome.words)));
                    facts.push(("WROTE", outcome.out.head.clone()));
                    facts.push(("ERRORS", outcome.err.head.clone()));
                }
            }
        }
        let facts = facts.iter().filter(|(_, words)| !words.trim().is_empty());
        for ((name, words), y) in facts.zip(ctx.area.y + 1..ctx.area.bottom()) {
            let line = text::row(ctx.area.x, y, ctx.area.width);
            text::put(buf, line, &format!(" {name}"), ctx.style(Role::Dim));
            let indent = 11.min(line.width);
            let line = Rect { x: line.x + indent, width: line.width - indent, ..line };
            let words = text::sanitize(words);
            text::put_cut(buf, line, &words, ctx.style(Role::Text), ctx.glyphs);
        }
    }
}

fn parts(area: Rect) -> Parts {
    Parts::of(area, if area.height > STRIP * 2 { STRIP } else { area.height / 3 })
}

fn draw_line(buf: &mut Buffer, ctx: &Ctx<'_>, line: &Line, is_selected: bool) {
    let style = |role| match is_selected {
        true => ctx.theme.over(Role::Selection, role),
        false => ctx.style(role),
    };
    if is_selected {
        text::fill(buf, ctx.area, ctx.style(Role::Selection));
    }
    let (result, role, about, right) = match &line.is {
        Is::Firing(_, subject, None) => {
            ("running", Role::Accent, subject.words.to_string(), String::new())
        }
        Is::Firing(_, subject, Some(outcome)) => {
            let role = match outcome.end {
                End::Ok => Role::Good,
                End::Failed | End::TimedOut => Role::Failed,
                End::Stopped => Role::Warning,
            };
            let took = format::duration(outcome.took);
            (outcome.end.word(), role, subject.words.to_string(), took)
        }
        Is::Lost(why, lost) => {
            let words = format!("{}: {}", format::counted(*lost, "firing", "firings"), why.words());
            ("dropped", Role::Warning, words, String::new())
        }
    };
    let sign = if is_selected { ">" } else { " " };
    let when = format::near_within(line.at, ctx.now, ctx.zone, 11);
    let trigger = ctx.glyphs.pad(&ctx.glyphs.cut_right(&line.trigger, 14), 14);
    let parts = [
        (format!("{sign}  {when:>11}  "), style(Role::Dim)),
        (format!("{result:<9}  "), style(role)),
        (format!("{trigger}  "), style(Role::Text)),
        (text::sanitize(&about).into_owned(), style(Role::Text)),
    ];
    let parts: Vec<_> = parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    let right = if right.is_empty() { right } else { format!(" {right} ") };
    let width = (text::width(&right) as u16).min(ctx.area.width);
    let left = Rect { width: ctx.area.width - width, ..ctx.area };
    text::put_all(buf, left, &parts);
    text::put_right(buf, ctx.area, &right, style(Role::Dim), ctx.glyphs);
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
