//! Alerts as lines: the strip that stays until somebody has acknowledged it, and the list of all.

use std::fmt::Write as _;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::detect::alert::{Alert, Ending};
use crate::detect::off;
use crate::event::field::Column;
use crate::event::name;
use crate::pane::alert_why;
use crate::pane::alerts::{Alerts, newest};
use crate::pane::contract::Ctx;
use crate::pane::row;
use crate::store::hits::Severity;
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// From this width on there is room for the time.
const NARROW: u16 = 70;
/// Below this width even the key is less than what happened.
const SMALL: u16 = 50;
/// From this width on there is room for words beside keys.
const WIDE: u16 = 100;
/// From this width on the strip says what is blind, not only that something is.
const WIDEST: u16 = 160;
/// Most cells of a target, how many tell it from others, and the fewest that tell anything.
const TARGET: usize = 40;
const ENOUGH: usize = 12;
const LEAST: usize = 5;
/// The fewest and the most cells that a rule takes where it stands in a column, and the most of an
/// actor; from [`WIDEST`] on more.
const RULE: [usize; 2] = [24, 36];
const ACTOR: usize = 20;
const MORE: usize = 20;
/// Cells that a call and its target want, with what stands before the time and how it ended.
const CALL: usize = 59;

/// The cells of time, rule and actor; the last two as wide as they are where it is none.
type Stops = [usize; 3];
/// The fewest cells of a time, so that a new day moves nothing.
const TIME: usize = 11;

/// Draws the strip: the alert that matters most, and how many there are.
pub fn draw_strip(alerts: &Alerts, buf: &mut Buffer, ctx: &Ctx<'_>) {
    let Some(alert) = alerts.foremost() else { return };
    if ctx.area.is_empty() {
        return;
    }
    let style = ctx.style(role(alert.severity));
    text::fill(buf, ctx.area, ctx.style(Role::Header));
    let sign = if ctx.glyphs.ascii { '^' } else { '▲' };
    let more = match alerts.waiting.len() {
        1 => String::new(),
        n => format!("  +{}", format::count(n as u64 - 1)),
    };
    let [few, some, keys] = [
        "  {alerts} all",
        "  {alerts} all  {next-alert} next",
        "  {alerts} all  {next-alert} next  {acknowledge} acknowledge",
    ]
    .map(|keys| ctx.spell(keys));
    let [keys, some] = if ctx.area.width >= WIDE { [&*keys, &*some] } else { [&*few; 2] };
    let at = format::near(alert.last, ctx.now, ctx.zone);
    let at = if ctx.area.width >= NARROW { format!("{at} ") } else { String::new() };
    let head = format!(" {sign} {} {at}", word(alert.severity));
    // What stands at the right gives way until one can tell what the alert is about.
    let (full, short) = (ending(alert, ctx), short_ending(alert, ctx));
    let least = if ctx.area.width < SMALL { "" } else { &few };
    let rights = [
        (&full, keys),
        (&short, keys),
        (&full, some),
        (&short, some),
        (&short, &few),
        (&short, least),
    ]
    .map(|(ending, keys)| format!("  {ending}{more}{keys} "));
    let wanted = text::width(&head) + text::width(&in_short(alert, ctx, None));
    let most = usize::from(ctx.area.width);
    let has_room = |right: &&String| text::width(right) + wanted <= most;
    let right = rights.iter().find(has_room).unwrap_or(&rights[rights.len() - 1]);
    let width = (text::width(right) as u16).min(ctx.area.width * 3 / 4);
    let left = Rect { width: ctx.area.width - width, ..ctx.area };
    let room = usize::from(left.width).saturating_sub(text::width(&head));
    let words = format!("{head}{}", in_short(alert, ctx, Some(room)));
    text::put_cut(buf, left, &words, style, ctx.glyphs);
    let right_area = Rect { x: left.right(), width, ..ctx.area };
    text::put_cut(buf, right_area, right, ctx.style(Role::Header), ctx.glyphs);
}

/// Draws the view: all alerts, and what the selected one says of itself.
pub fn draw(alerts: &Alerts, buf: &mut Buffer, ctx: &Ctx<'_>) {
    if ctx.area.is_empty() {
        return;
    }
    let words = title(alerts, ctx);
    let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::TitleFocused) };
    let look = (ctx.style(Role::Divider), ctx.glyphs);
    bars::divider(buf, text::row(ctx.area.x, ctx.area.y, ctx.area.width), &[title], &[], look);
    let (height, below) = alert_why::heights(alerts, ctx);
    let area = Rect { y: ctx.area.y + 1, height, ..ctx.area };
    if alerts.list.is_empty() {
        return draw_nothing(alerts, buf, &ctx.within(area));
    }
    let mut view = alerts.view;
    view.settle(alerts.list.len(), height);
    let shown = view.visible(alerts.list.len(), height);
    let stops = stops(&alerts.list[shown.clone()], ctx);
    for (at, y) in shown.zip(area.y..) {
        let row = ctx.within(text::row(area.x, y, area.width));
        draw_line(alerts, buf, &row, (at, stops));
    }
    let below = Rect { y: area.bottom(), height: below, ..ctx.area };
    alert_why::draw(alerts, buf, &ctx.within(below));
}

/// `ALERTS 3 of 15 wait for somebody · other rules have judged 40 % of the rows · 2 muted (X shows them)`
fn title(alerts: &Alerts, ctx: &Ctx<'_>) -> String {
    let all = &ctx.view.ledger.alerts;
    let count = |n: usize| format::count(n as u64);
    let mut words = format!(
        "ALERTS {} of {} wait for somebody",
        count(alerts.waiting.len()),
        count(all.list.len())
    );
    if let Some(it) = all.judging {
        let part = format::percent(it.done, it.of);
        write!(words, " · other rules have judged {part} of the rows").ok();
    }
    if alerts.muted() > 0 {
        let shows = ctx.keymap.key(Action::Noise);
        write!(words, " · {} muted ({shows})", count(alerts.muted())).ok();
    }
    if all.dropped > 0 {
        write!(words, " · {} made room for later ones", format::count(all.dropped)).ok();
    }
    if all.truncated > 0 {
        let were = format::counted(all.truncated, "event was", "events were");
        write!(words, " · {were} counted no longer").ok();
    }
    words
}

fn draw_nothing(alerts: &Alerts, buf: &mut Buffer, ctx: &Ctx<'_>) {
    let rules = &ctx.view.ledger.alerts.rules;
    let loud = rules.loud();
    let words = match (alerts.muted(), loud) {
        (0, _) if ctx.view.ledger.alerts.judging.is_some() => {
            " Other rules judge what is here: there may be alerts when they are done.".to_owned()
        }
        (0, 0) => " No rules are loaded.".to_owned(),
        (0, n) => format!(" None of {n} rules was met by what was read so far."),
        (n, _) => {
            let keys = ctx.spell("{noise} lists them, {mute} on one of them goes on.");
            let are = format::counted(n as u64, "alert is", "alerts are");
            format!(" {are} muted: {keys}")
        }
    };
    text::put(buf, text::row(ctx.area.x, ctx.area.y, ctx.area.width), &words, ctx.style(Role::Dim));
}

/// What the widest screens have room for beside.
fn more(ctx: &Ctx<'_>) -> usize {
    if ctx.area.width >= WIDEST { MORE } else { 0 }
}

/// How many cells times, rules and actors of these alerts take, so that they stand below one another;
/// none for the last two where there is no room for that.
fn stops(shown: &[(Arc<Alert>, bool)], ctx: &Ctx<'_>) -> Stops {
    let when = |alert: &Alert| format::near(alert.last, ctx.now, ctx.zone);
    if ctx.area.width < WIDE {
        return [TIME, 0, 0];
    }
    let time = shown.iter().map(|(alert, _)| when(alert).len()).max().unwrap_or_default();
    let more = more(ctx);
    let widest = |of: &dyn Fn(&Alert) -> usize, most: usize| {
        shown.iter().map(|(alert, _)| of(alert)).max().unwrap_or_default().min(most)
    };
    let time = time.max(TIME);
    let actor = widest(&|alert| text::width(&actor(alert, ctx)), ACTOR + more);
    // The call and its target say more than the end of a long title.
    let left = usize::from(ctx.area.width).saturating_sub(time + actor + CALL);
    let rule = left.clamp(RULE[0], RULE[1] + more);
    [time, widest(&|alert| text::width(&alert.card.named.title), rule), actor]
}

fn draw_line(alerts: &Alerts, buf: &mut Buffer, ctx: &Ctx<'_>, (at, stops): (usize, Stops)) {
    let Some((alert, is_muted)) = alerts.list.get(at) else { return };
    let is_selected = at == alerts.view.cursor;
    let style = |role| {
        let role = if *is_muted { Role::Dim } else { role };
        match is_selected {
            true => ctx.theme.over(Role::Selection, role),
            false => ctx.style(role),
        }
    };
    if is_selected {
        text::fill(buf, ctx.area, ctx.style(Role::Selection));
    }
    let at = if is_selected { ">" } else { " " };
    let sign = match (*is_muted, alerts.is_open(alert)) {
        (true, _) => "m",
        (false, true) => "*",
        (false, false) => " ",
    };
    let head = format!("{at}{sign}{:<5}", word(alert.severity));
    let end = format!(" {} ", ending(alert, ctx));
    let width = (text::width(&end) as u16).min(ctx.area.width);
    let left = Rect { width: ctx.area.width - width, ..ctx.area };
    let [time, stops @ ..] = stops;
    let when = format::near_within(alert.last, ctx.now, ctx.zone, time);
    let when = format!("{when:>time$}  ");
    let room = usize::from(left.width).saturating_sub(text::width(&head) + text::width(&when));
    let parts = [
        (head, style(role(alert.severity))),
        (when, style(Role::Dim)),
        (sentence(alert, ctx, room, stops), style(Role::Text)),
    ];
    let parts: Vec<_> = parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    text::put_all(buf, left, &parts);
    let of = match alert.ending {
        _ if ctx.view.ledger.alerts.offs_of(alert).any(|off| off.to.is_none()) => Role::Danger,
        Ending::Succeeded => Role::Text,
        Ending::Failed | Ending::Denied => Role::Dim,
    };
    text::put_right(buf, ctx.area, &end, style(of), ctx.glyphs);
}

/// `StopLogging by alice on trail`; where there is room, by which rule. Of events that came together
/// the rule says what happened. Without a room, with as much of the target as tells it from others.
fn in_short(alert: &Alert, ctx: &Ctx<'_>, room: Option<usize>) -> String {
    let most = if room.is_some() { TARGET } else { ENOUGH };
    let room = room.unwrap_or(usize::MAX);
    let [_, event, target] = &alert.last_event;
    let event = name::plain(event);
    if event.is_empty() {
        return sentence(alert, ctx, room.min(usize::from(ctx.area.width)), [0; 2]);
    }
    let short = text::width(event) + text::width(&alert.actor) + text::width(target).min(ENOUGH);
    let has_room = most == TARGET && short + " by  on ".len() <= room;
    let has_words = ctx.area.width >= WIDE || has_room;
    let by = if has_words { " by" } else { "" };
    let left = room.saturating_sub(text::width(event) + by.len() + 1);
    let row = newest(alert, ctx).and_then(|id| ctx.view.snapshot.row(id));
    let behind = row.and_then(|row| row::by_root(row, left.min(TARGET), ctx.glyphs));
    let said = format!("{event}{by} {}", behind.as_deref().unwrap_or(&alert.actor));
    let left = room.saturating_sub(text::width(&said) + by.len() + 1).min(most);
    let on = match &**target {
        "" | "-" => String::new(),
        target if left < LEAST.min(text::width(target)) => String::new(),
        target if by.is_empty() => format!(" {}", ctx.glyphs.cut_left(target, left)),
        target => format!(" on {}", ctx.glyphs.cut_left(target, left)),
    };
    let rule = match ctx.area.width >= WIDEST && most == TARGET {
        true => format!(": {}", alert.card.named.title),
        false => String::new(),
    };
    text::sanitize(&format!("{said}{on}{rule}")).into_owned()
}

/// Who did it, with who is behind a role. What events of a window have in common is long; who did the newest of them is short.
fn actor(alert: &Alert, ctx: &Ctx<'_>) -> String {
    let row = newest(alert, ctx).and_then(|id| ctx.view.snapshot.row(id));
    let behind = row.and_then(|row| row::by_root(row, ACTOR + more(ctx), ctx.glyphs));
    behind.unwrap_or_else(|| row.map_or(&*alert.actor, |row| row.text(Column::Actor)).to_owned())
}

/// `Trail stopped or deleted  alice  StopLogging trail  2 events`
fn sentence(alert: &Alert, ctx: &Ctx<'_>, room: usize, stops: [usize; 2]) -> String {
    let [_, event, target] = &alert.last_event;
    let event = name::plain(event);
    let stop = |(part, stop): (&str, usize)| match stop {
        0 => part.to_owned(),
        _ => ctx.glyphs.pad(part, stop),
    };
    let actor = actor(alert, ctx);
    let parts = [&*alert.card.named.title, &actor];
    let mut parts: Vec<String> = parts.into_iter().zip(stops).map(stop).collect();
    let many = (alert.count > 1).then(|| format!("{} events", format::count(alert.count)));
    if !event.is_empty() {
        // What tells targets apart is their tail: it is cut to what the rest leaves of the line.
        let others = parts.iter().chain(&many).map(|part| text::width(part) + 2).sum::<usize>();
        let left = room.saturating_sub(others + text::width(event) + 1).min(TARGET);
        let target = if left < LEAST.min(text::width(target)) {
            "".into()
        } else {
            ctx.glyphs.cut_left(target, left)
        };
        parts.push(format!("{event} {target}").trim_end().to_owned());
    }
    parts.extend(many);
    parts.retain(|part| !part.is_empty());
    let said = parts.join("  ");
    ctx.glyphs.cut_right(&text::sanitize(&said), room).into_owned()
}

/// `SUCCEEDED · STILL OFF`; where there is room, what: `STILL OFF (management events)`.
fn ending(alert: &Alert, ctx: &Ctx<'_>) -> String {
    let ending = alert.ending.words();
    let offs = || ctx.view.ledger.alerts.offs_of(alert);
    let Some(off) = off::words(offs()) else { return ending.to_owned() };
    let missing = offs().next().map_or("", |off| &*off.missing);
    if missing.is_empty() || ctx.area.width < WIDEST {
        return format!("{ending} · {off}");
    }
    let all = missing.replacen("any event", "every event", 1);
    format!("{ending} · {off} ({})", text::sanitize(&all))
}

/// The same without what a guard that is off says by itself.
fn short_ending(alert: &Alert, ctx: &Ctx<'_>) -> String {
    let off = off::words(ctx.view.ledger.alerts.offs_of(alert));
    match off.filter(|_| alert.ending == Ending::Succeeded) {
        Some(off) => off,
        None => alert.ending.words().to_owned(),
    }
}

/// The severity as it is shown.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRIT",
        Severity::High => "HIGH",
        Severity::Medium => "MED",
        Severity::Low => "LOW",
        Severity::Info => "INFO",
    }
}

/// The role that a severity is drawn in.
pub fn role(severity: Severity) -> Role {
    match severity {
        Severity::Critical | Severity::High => Role::Danger,
        Severity::Medium => Role::Warning,
        Severity::Low => Role::Accent,
        Severity::Info => Role::Dim,
    }
}
