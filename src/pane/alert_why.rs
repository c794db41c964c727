//! What an alert says of itself: why it fired, by which events, what was off for how long, what to look
//! at next, and whose rule it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::coverage::doubt::Doubt;
use crate::detect::alert::Alert;
use crate::detect::off::Off;
use crate::detect::rule::Card;
use crate::detect::why::Link;
use crate::event::field::{Column, Origin};
use crate::pane::alerts::Alerts;
use crate::pane::contract::Ctx;
use crate::pane::row;
use crate::query::reason::Reason;
use crate::ui::glyphs::Glyphs;
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// Cells of the labels.
const LABEL: u16 = 11;
/// The most lines of the reasons, and of the chain.
const MOST: usize = 8;
/// The most lines of one thing where there is room for them.
const WRAPPED: usize = 4;
/// The most cells of a part of a condition where its value stands beside it.
const TERM: usize = 60;
/// Events at the beginning of a chain that is cut; the newest stand below.
const HEAD: usize = 3;

/// A line with its label.
type Line = (&'static str, String, Role);

/// Lines of the list, and of what the selected alert says of itself.
pub(crate) fn heights(alerts: &Alerts, ctx: &Ctx<'_>) -> (u16, u16) {
    let room = ctx.area.height.saturating_sub(1);
    let list = alerts.list.len().min(usize::from(room)) as u16;
    // A third of the room is the list's, and what the other does not need.
    let least = list.min((room / 3).max(3)).min(room);
    // Lines are wrapped into what no alert of the list needs.
    let spare = (room - list).saturating_sub(1);
    let lines = |it| fitted(lines(alerts, it, ctx), ctx.area.width, spare);
    let said = alerts.selected().map_or(0, |it| lines(it).len() as u16 + 1);
    let below = said.min(room - least);
    (room - below, below)
}

/// Draws it.
pub(crate) fn draw(alerts: &Alerts, buf: &mut Buffer, ctx: &Ctx<'_>) {
    let Some(alert) = alerts.selected().filter(|_| !ctx.area.is_empty()) else { return };
    let look = (ctx.style(Role::Divider), ctx.glyphs);
    let title = head(&alert.card);
    let title = bars::Title { x: 0, text: &title, style: ctx.style(Role::Title) };
    bars::divider(buf, text::row(ctx.area.x, ctx.area.y, ctx.area.width), &[title], &[], look);
    let lines = lines(alerts, alert, ctx);
    let lines = fitted(lines, ctx.area.width, ctx.area.height - 1);
    for ((name, words, role), y) in lines.into_iter().zip(ctx.area.y + 1..ctx.area.bottom()) {
        let line = text::row(ctx.area.x, y, ctx.area.width);
        text::put(buf, line, &format!(" {name}"), ctx.style(Role::Dim));
        let indent = LABEL.min(line.width);
        let line = Rect { x: line.x + indent, width: line.width - indent, ..line };
        text::put_cut(buf, line, &words, ctx.style(role), ctx.glyphs);
    }
}

/// Long lines in several, where there is room for all of them; else each is one that is cut.
fn fitted(lines: Vec<Line>, width: u16, height: u16) -> Vec<Line> {
    let cells = usize::from(width.saturating_sub(LABEL + 1));
    let wrap = |(name, words, role): &Line| {
        let texts = text::wrap(words, cells, WRAPPED, Glyphs::UNICODE);
        labelled(name, texts, *role).collect::<Vec<_>>()
    };
    let wrapped: Vec<Line> = lines.iter().flat_map(wrap).collect();
    if wrapped.len() <= usize::from(height) { wrapped } else { lines }
}

/// `trail-stopped T1562.008`
fn head(card: &Card) -> String {
    text::sanitize(&format!("{} {}", card.named.id, card.techniques.join(" "))).into_owned()
}

/// Everything there is to say, what matters most first.
fn lines(alerts: &Alerts, alert: &Alert, ctx: &Ctx<'_>) -> Vec<Line> {
    let card = &alert.card;
    let mut lines: Vec<Line> = vec![];
    if ctx.area.width < 100 {
        lines.push(("RULE", card.named.title.to_string(), Role::Text));
    }
    let why = alerts.why.as_ref().filter(|(number, ..)| *number == alert.number);
    if let Some((_, _, why)) = why {
        let cells = usize::from(ctx.area.width.saturating_sub(LABEL));
        let texts = reasons(&why.reasons, cells, ctx.glyphs);
        lines.extend(labelled("WHY FIRED", texts, Role::Text));
        lines.extend(why.together.iter().map(|it| ("TOGETHER", it.clone(), Role::Text)));
        if why.chain.len() > 1 {
            lines.extend(labelled("EVENTS", chain(&why.chain, alert, ctx), Role::Text));
        }
    }
    let offs = ctx.view.ledger.alerts.offs_of(alert).take(MOST);
    lines.extend(labelled("OFF", offs.map(|off| was_off(off, ctx)), Role::Warning));
    if alert.is_tamper {
        let blind = blind(alert, ctx).or_else(|| doubts(alert, ctx));
        lines.extend(blind.map(|words| ("BLIND", words, Role::Blind)));
    }
    let first_line = |words: &str| words.lines().next().unwrap_or_default().to_owned();
    let [first, last] = [alert.first, alert.last].map(|at| format::exact(at, ctx.now, ctx.zone));
    let times = if first == last { first } else { format!("{first} to {last}") };
    let events = format::counted(alert.count, "event", "events");
    let place = [&*alert.actor, &ctx.account(&alert.account), &*alert.last_event[0]];
    let place: Vec<&str> = place.into_iter().filter(|part| !part.is_empty()).collect();
    let when = format!("{times}, {events} · {}", place.join(" · "));
    let by = [&*card.author, &*card.licence].map(|part| if part.is_empty() { "?" } else { part });
    let of_rule = [
        ("LOOK", first_line(&card.look)),
        ("MATTERS", first_line(&card.why)),
        ("HARMLESS", first_line(&card.false_positives)),
        ("WHEN", when),
        ("RULE BY", format!("{} · licence {}", by[0], by[1])),
    ];
    let of_rule = of_rule.into_iter().filter(|(_, words)| !words.is_empty());
    lines.extend(of_rule.map(|(name, words)| (name, words, Role::Text)));
    let safe = |(name, words, role): Line| (name, text::sanitize(&words).into_owned(), role);
    lines.into_iter().map(safe).collect()
}

/// Lines of which the first has the label.
fn labelled(
    label: &'static str,
    texts: impl IntoIterator<Item = String>,
    role: Role,
) -> impl Iterator<Item = Line> {
    let label = move |at| if at == 0 { label } else { "" };
    texts.into_iter().enumerate().map(move |(at, words)| (label(at), words, role))
}

/// What of the condition held, and what it found: `event:StopLogging  StopLogging`.
pub(crate) fn reasons(reasons: &[Reason], cells: usize, glyphs: Glyphs) -> Vec<String> {
    let longest = reasons.iter().map(|reason| text::width(&reason.term)).max().unwrap_or(0);
    let width = longest.min(TERM).min(cells / 2);
    let line = |reason: &Reason| {
        let term = glyphs.pad(&reason.term, width);
        format!("{term}  {}", found(reason)).trim_end().to_owned()
    };
    let mut texts: Vec<String> = reasons.iter().take(MOST).map(line).collect();
    if reasons.len() > MOST {
        texts.push(format!("and {} more parts of the condition", reasons.len() - MOST));
    }
    texts
}

/// The values that a part of a condition found.
pub(crate) fn found(reason: &Reason) -> String {
    let is_negated = reason.term.starts_with('-') || reason.term.ends_with(":none");
    match (&*reason.values, is_negated) {
        ([], true) => "there is none".to_owned(),
        ([], false) => String::new(),
        (values, true) => format!("it is {}", values.join(", ")),
        (values, false) => values.join(", "),
    }
}

/// The events in order: `12:00:05  2  AttachUserPolicy by alice on bob: ok`.
fn chain(links: &[Link], alert: &Alert, ctx: &Ctx<'_>) -> Vec<String> {
    let line = |link: &Link| {
        let row = ctx.view.snapshot.row(link.row)?;
        let at = format::exact(link.time, ctx.now, ctx.zone);
        let step = link.step.map(|step| format!("step {step}  ")).unwrap_or_default();
        let target = match row.text(Column::Target) {
            "" | "-" => String::new(),
            target => format!(" on {}", ctx.glyphs.cut_left(target, 40)),
        };
        let (result, _) = row::result(row);
        let (event, actor) = (row::event(row), row.text(Column::Actor));
        Some(format!("{at}  {step}{event} by {actor}{target}: {result}"))
    };
    if links.len() <= MOST {
        let mut texts: Vec<String> = links.iter().filter_map(line).collect();
        let missing = alert.count.saturating_sub(links.len() as u64);
        if missing > 0 {
            texts.push(format!("and {} more that are not in the buffer", format::count(missing)));
        }
        return texts;
    }
    let tail = links.len() - (MOST - HEAD - 1);
    let mut texts: Vec<String> = links[..HEAD].iter().filter_map(line).collect();
    let between = alert.count.saturating_sub((MOST - 1) as u64);
    let shows = ctx.spell("{details} shows them");
    texts.push(format!("… {} more, {shows} …", format::count(between)));
    texts.extend(links[tail..].iter().filter_map(line));
    texts
}

/// `trail t without management events from 12:00:08 to 12:07:49 (7m41s), ended by PutEventSelectors by alice`
fn was_off(off: &Off, ctx: &Ctx<'_>) -> String {
    let exact = |at| format::exact(at, ctx.now, ctx.zone);
    let of = match &*off.missing {
        "" => off.guard.clone(),
        missing => format!("{} without {missing}", off.guard),
    };
    let sure = if off.is_inferred { "inferred: perhaps ended by" } else { "ended by" };
    let end = off.end.as_ref().map(|end| format!(", {sure} {end}")).unwrap_or_default();
    match off.to {
        Some(to) => {
            format!("{of} from {} to {} ({}){end}", exact(off.from), exact(to), to - off.from)
        }
        None => format!("{of} since {}: STILL OFF", exact(off.from)),
    }
}

/// What of it may have made a trail blind: what came since says that it is not.
fn doubts(alert: &Alert, ctx: &Ctx<'_>) -> Option<String> {
    let is_meant = |doubt: &&Doubt| {
        let by = doubt.cause.rsplit_once(" by ").map(|(_, by)| by);
        by == Some(&*alert.actor) && doubt.at >= alert.first && doubt.at <= alert.last
    };
    let doubt = ctx.view.ledger.doubts.iter().find(is_meant)?;
    let since = format::near(doubt.at, ctx.now, ctx.zone);
    let shows = ctx.spell("{sources} shows coverage");
    Some(format!(
        "the trail that needs {} may be: nothing that happened after {since} has come from it · {shows}",
        doubt.what
    ))
}

/// What is not seen because of it, and what still is.
fn blind(alert: &Alert, ctx: &Ctx<'_>) -> Option<String> {
    let ledger = &ctx.view.ledger;
    let holes: Vec<_> = ledger
        .holes
        .iter()
        .filter(|hole| ledger.alerts.offs_of(alert).any(|off| off.from == hole.from))
        .collect();
    let hole = holes.iter().find(|hole| hole.to.is_none()).or_else(|| holes.first())?;
    let reach = match (hole.all_regions, hole.all_accounts) {
        (true, true) => "every region and account of the organization",
        (true, false) => "every region",
        (false, true) => &format!("{} of every account", hole.region),
        (false, false) => &hole.region,
    };
    let missing = match hole.missing.starts_with("any") {
        true => "every event",
        false => &hole.missing,
    };
    let of = |words: &str| ctx.spell(&format!("{words} · {{sources}} shows coverage"));
    let still = match hole.is_bridged {
        true => {
            return Some(of(&format!("no: another trail went on recording {missing} of {reach}")));
        }
        false if ledger.streams.iter().any(|it| it.name.origin == Origin::History) => {
            "Event history still has management events"
        }
        false => "nothing else that is read here records them",
    };
    Some(of(&format!("{missing} of {reach}: {still}")))
}
