//! The first seconds: one line for each thing that was asked, what came of it, and what mends it
//! where nothing did. It makes way for the first rows; its lines stay in the sources view.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::pane::contract::Ctx;
use crate::source::batch::{Health, State};
use crate::source::finding::{Answer, Finding};
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// Cells before a line.
const MARGIN: u16 = 3;
/// Cells of the topic.
const TOPIC: u16 = 14;
/// Cells of the answer where there is room for it.
const ANSWER: u16 = 18;
/// The most lines that one text takes.
const MOST: usize = 6;

/// Regions that record what belongs to none.
const HOMES: [&str; 4] = ["us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"];

/// One line of the list, as it is said.
struct Line {
    topic: String,
    said: String,
    answer: String,
    role: Role,
    /// What mends it.
    remedy: String,
}

/// Whether the list is to be shown: nothing came in yet, and something still may.
pub fn is_shown(ctx: &Ctx<'_>) -> bool {
    let ledger = &ctx.view.ledger;
    let is_silent = ledger.health.is_empty() && ledger.findings.is_empty();
    let goes_on = ledger.is_live() || has_down(ctx);
    ctx.view.question == 0 || (ctx.view.snapshot.is_empty() && (is_silent || goes_on))
}

fn has_down(ctx: &Ctx<'_>) -> bool {
    ctx.view.ledger.health.iter().any(|health| matches!(health.state, State::Down(_)))
}

/// Draws the list over the whole body.
pub fn draw(buf: &mut Buffer, ctx: &Ctx<'_>) {
    text::fill(buf, ctx.area, ctx.style(Role::Text));
    let words = if ctx.view.ledger.is_live() || !has_down(ctx) { "STARTING" } else { "NOT READ" };
    let title = bars::Title { x: 0, text: words, style: ctx.style(Role::Title) };
    let line = text::row(ctx.area.x, ctx.area.y, ctx.area.width);
    bars::divider(buf, line, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
    let mut area =
        Rect { y: ctx.area.y + 1, height: ctx.area.height.saturating_sub(1), ..ctx.area };
    for line in lines(ctx) {
        let taken = draw_line(buf, &ctx.within(area), &line).min(area.height);
        area = Rect { y: area.y + taken, height: area.height - taken, ..area };
        if area.is_empty() {
            return;
        }
    }
}

/// The findings in lines of text, with what mends them, for the sources view.
pub fn findings(ctx: &Ctx<'_>) -> Vec<(String, Role)> {
    let cells = usize::from(ctx.area.width);
    let of = |finding: &Finding| {
        let line = of_finding(finding);
        let topic = ctx.glyphs.pad(&line.topic, usize::from(TOPIC));
        let said = format!("{} · {}", line.said, line.answer);
        let said = said.trim_end_matches([' ', '·']);
        let room = cells.saturating_sub(usize::from(MARGIN + TOPIC) + 2);
        let mut lines = vec![];
        for (n, part) in text::wrap(said, room, MOST, ctx.glyphs).iter().enumerate() {
            let topic = if n == 0 { &*topic } else { "              " };
            lines.push((format!("   {topic} {part}"), line.role));
        }
        let arrow = ctx.glyphs.arrow();
        for (n, part) in text::wrap(&line.remedy, room, MOST, ctx.glyphs).iter().enumerate() {
            let arrow = if n == 0 && !part.is_empty() { arrow } else { " " };
            lines.push((format!("     {arrow} {part}"), Role::Warning));
        }
        lines.retain(|(text, _)| !text.trim().is_empty());
        lines
    };
    ctx.view.ledger.findings.iter().flat_map(of).collect()
}

/// Draws a line and what belongs to it; gives how many rows it took.
fn draw_line(buf: &mut Buffer, ctx: &Ctx<'_>, line: &Line) -> u16 {
    let area = ctx.area;
    let answer = text::width(&line.answer) as u16;
    let left = area.x + MARGIN.min(area.width);
    let at = left + TOPIC.min(area.right() - left);
    let room = area.right().saturating_sub(at + answer.min(ANSWER) + 3);
    let topic = text::row(left, area.y, TOPIC.min(area.right() - left));
    text::put_cut(buf, topic, &line.topic, ctx.style(Role::Dim), ctx.glyphs);
    let said = text::wrap(&line.said, usize::from(room), MOST, ctx.glyphs);
    let mut y = area.y;
    for part in &said {
        if y >= area.bottom() {
            return area.height;
        }
        text::put(buf, text::row(at, y, room), part, ctx.style(Role::Text));
        y += 1;
    }
    y = y.max(area.y + 1);
    let right = text::row(at, area.y, area.right().saturating_sub(at + 1));
    text::put_right(buf, right, &line.answer, ctx.style(line.role), ctx.glyphs);
    if line.remedy.is_empty() {
        return y - area.y;
    }
    let arrow = ctx.glyphs.pick("→ ", "-> ");
    let indent = text::width(arrow) as u16;
    let room = area.right().saturating_sub(at + indent + 1);
    for (n, part) in
        text::wrap(&line.remedy, usize::from(room), MOST, ctx.glyphs).iter().enumerate()
    {
        if y >= area.bottom() {
            return area.height;
        }
        if n == 0 {
            text::put(buf, text::row(at, y, indent), arrow, ctx.style(Role::Accent));
        }
        text::put(buf, text::row(at + indent, y, room), part, ctx.style(Role::Accent));
        y += 1;
    }
    y - area.y
}

/// What was found out, then the sources, then what nobody asked for.
fn lines(ctx: &Ctx<'_>) -> Vec<Line> {
    let findings = &ctx.view.ledger.findings;
    let is_left_out = |finding: &&Finding| finding.answer == Answer::NotAsked;
    let found = findings.iter().filter(|it| !is_left_out(it)).map(of_finding);
    let sources = ctx.sources.iter().enumerate();
    // A watcher of trails says there what the findings said here.
    let sources = sources
        .filter(|(_, name)| findings.is_empty() || !name.starts_with("trails"))
        .map(|(at, name)| of_source(ctx, at, name));
    let left_out = findings.iter().filter(is_left_out).map(of_finding);
    found.chain(sources).chain(left_out).collect()
}

fn of_finding(finding: &Finding) -> Line {
    let (answer, role, remedy) = match &finding.answer {
        Answer::Asking => ("asked".to_owned(), Role::Dim, ""),
        Answer::Found(took) => (format!("ok {}", format::wait(*took)), Role::Good, ""),
        Answer::NotRead(remedy) => ("not read".to_owned(), Role::Blind, &**remedy),
        Answer::NotAsked => (String::new(), Role::Dim, ""),
    };
    Line {
        topic: finding.topic.clone().into_owned(),
        said: finding.said.clone(),
        answer,
        role,
        remedy: remedy.to_owned(),
    }
}

fn of_source(ctx: &Ctx<'_>, at: usize, name: &str) -> Line {
    let ledger = &ctx.view.ledger;
    let health = ledger.health.iter().find(|health| health.source.0 == at);
    let streams = ledger.streams.iter().filter(|stream| stream.source.0 == at);
    let events: usize = streams.map(|stream| stream.seen).sum();
    let (answer, role, remedy) = match health.map(|health| &health.state) {
        None | Some(State::Starting) => ("asked".to_owned(), Role::Dim, String::new()),
        Some(State::Reading) => {
            (format!("reading: {}", format::count(events as u64)), Role::Accent, String::new())
        }
        Some(State::Watching) => ("ok, waiting".to_owned(), Role::Good, note(health)),
        Some(State::Ended) => ("read".to_owned(), Role::Good, String::new()),
        Some(State::Down(why)) => ("not read".to_owned(), Role::Blind, why.clone()),
    };
    let (topic, said) = topic(name);
    // The reason begins with the name, which stands above it.
    let remedy = remedy
        .strip_prefix(name)
        .map_or(remedy.clone(), |rest| rest.trim_start_matches([':', ' ']).to_owned());
    Line { topic: topic.to_owned(), said, answer, role, remedy }
}

/// What a source that has nothing says of itself.
fn note(health: Option<&Health>) -> String {
    health.and_then(|health| health.note.clone()).unwrap_or_default()
}

/// The name of a source in two parts: its kind, and which one.
fn topic(name: &str) -> (&str, String) {
    for kind in ["history", "demo", "sqs", "logs"] {
        if let Some(rest) = name.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':')) {
            let is_home = HOMES.iter().any(|home| rest.starts_with(home));
            let more = if kind == "history" && is_home { " · IAM, STS, sign-in" } else { "" };
            return (kind, if rest.is_empty() { name.to_owned() } else { format!("{rest}{more}") });
        }
    }
    let kind = match name {
        "-" => "input",
        name if name.starts_with("s3://") => "s3",
        name if name.starts_with("trails") => "trails",
        _ => "file",
    };
    (kind, name.to_owned())
}
