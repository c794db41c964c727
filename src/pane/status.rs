//! The status line: what is read, how complete it is, and the one word for how live the screen is.

use ratatui::buffer::Buffer;

use crate::command::action::Action;
use crate::coverage::hole::Hole;
use crate::coverage::watermark::StreamName;
use crate::event::field::Origin;
use crate::event::time::Millis;
use crate::pane::contract::{Ctx, Live};
use crate::source::batch::State;
use crate::source::finding::{Answer, Finding};
use crate::source::tape::hand::{Motion, Position};
use crate::ui::theme::Role;
use crate::ui::{format, text};

/// Draws the line.
pub fn draw(buf: &mut Buffer, ctx: &Ctx<'_>) {
    let area = ctx.area;
    text::fill(buf, area, ctx.style(Role::Header));
    let header = ctx.style(Role::Header);
    let (words, role) = completeness(ctx);
    let (state, state_role) = state_word(ctx);
    let rec = if ctx.is_recorded { "REC · " } else { "" };
    let help = ctx.spell("  {help} ");
    let right = format!("{words} · {rec}{state}{help}");
    let right_width = (text::width(&right) as u16).min(area.width);
    let x = area.right() - right_width;
    let left_width = x.saturating_sub(area.x);
    let zone = format::zone_name(ctx.now, ctx.zone);
    let name = if area.width >= 100 { " trailtop  " } else { " " };
    let shown = ctx.sources.iter().map(String::as_str).filter(|name| !name.starts_with("trails"));
    let shown: Vec<&str> = shown.collect();
    // Nothing was named and nothing chosen yet.
    let sources = if shown.is_empty() { "AWS".to_owned() } else { shown.join(", ") };
    let left = format!("{name}{sources} · {zone}");
    let cut = ctx.glyphs.cut_right(&left, usize::from(left_width.saturating_sub(1)));
    text::put(buf, text::row(area.x, area.y, left_width), &cut, header);
    let role_style = |role: Role| match role {
        Role::Header => header,
        role => header.patch(ctx.style(role)),
    };
    let parts = [
        (words.as_str(), role_style(role)),
        (" · ", header),
        (rec, role_style(Role::Blind)),
        (state.as_str(), role_style(state_role)),
        (&help, header),
    ];
    text::put_all(buf, text::row(x, area.y, right_width), &parts);
}

/// How complete the rows are, and whether that is loud. Ages are those of the last message, so
/// nothing ticks while nothing arrives.
fn completeness(ctx: &Ctx<'_>) -> (String, Role) {
    let ledger = &ctx.view.ledger;
    if let Some(blind) = blind(ctx).or_else(|| doubt(ctx)) {
        return (blind, Role::Blind);
    }
    let key = ctx.keymap.key(Action::Sources);
    if let Some(row) = ledger.streams.iter().find(|row| row.disproven.is_some()) {
        let (account, region) = (ctx.account(&row.name.account), &row.name.region);
        return (format!("! CHANGED or DELETED logs: {account} {region} ({key})"), Role::Blind);
    }
    let down = ledger.health.iter().find_map(|health| match &health.state {
        State::Down(why) => Some((health.source, why)),
        _ => None,
    });
    if let Some((source, _)) = down {
        let name = ctx.sources.get(source.0).map_or("a source", String::as_str);
        return (format!("! NOT COMPLETE: {name} is down ({key})"), Role::Blind);
    }
    let is_refused = |finding: &Finding| matches!(finding.answer, Answer::NotRead(_));
    if ledger.health.is_empty() && ledger.findings.iter().any(is_refused) {
        return (ctx.spell("! NOT COMPLETE: nobody is logged in ({sources})"), Role::Blind);
    }
    let newest = ledger.newest.map(|at| format!("newest {}", format::near(at, ctx.now, ctx.zone)));
    let newest = newest.unwrap_or_else(|| "newest -".into());
    if ledger.tally.skipped > 0 {
        // What could not be read does not stop the rest: how far that has come is said too.
        let n = format::count(ledger.tally.skipped);
        let newest = if ctx.area.width >= 100 { format!(" · {newest}") } else { String::new() };
        return (format!("! {n} unreadable ({key}){newest}"), Role::Warning);
    }
    match ledger.worst() {
        Some((to, row)) => {
            let (to, stream) = (format::near(to, ctx.now, ctx.zone), &row.name);
            // The stream that holds all others back.
            let by = match ctx.area.width >= 140 && ledger.streams.len() > 1 {
                true => format!(" ({} {})", ctx.account(&stream.account), stream.region),
                false => String::new(),
            };
            let sign = row.word.sign();
            let proven = row.proven.filter(|_| ctx.area.width >= 120 && !sign.is_empty());
            let proven = proven.map_or_else(String::new, |at| {
                format!(", proven to {}", format::near(at, ctx.now, ctx.zone))
            });
            (format!("complete to {sign}{to}{proven}{by} · {newest}"), Role::Header)
        }
        None if ledger
            .health
            .iter()
            .any(|health| matches!(health.state, State::Starting | State::Reading))
            || ledger.is_choosing =>
        {
            (
                format!(
                    "reading: {} · {newest}",
                    format::counted(ledger.tally.kept, "event", "events")
                ),
                Role::Header,
            )
        }
        None => (newest, Role::Header),
    }
}

/// The trail that feeds a stream and does not record: nothing that is read tells what happens now.
fn blind(ctx: &Ctx<'_>) -> Option<String> {
    let ledger = &ctx.view.ledger;
    let is_fed = |hole: &&Hole| {
        hole.to.is_none() && ledger.streams.iter().any(|stream| hole.is_in(&stream.name))
    };
    let hole = ledger.holes.iter().filter(is_fed).min_by_key(|hole| hole.from)?;
    if !ledger.is_live() {
        return None;
    }
    let since = format::near(hole.from, ctx.now, ctx.zone);
    let is_history =
        |name: &StreamName| name.origin == Origin::History && name.account == hole.account;
    let still = match ledger.streams.iter().any(|stream| is_history(&stream.name)) {
        true if ctx.area.width >= 140 => "; Event history still has management events",
        _ => "",
    };
    let words = format!("! BLIND since {since}: {}{still}", hole.cause);
    Some(ctx.glyphs.cut_right(&words, usize::from(ctx.area.width.saturating_sub(24))).into_owned())
}

/// That what a trail writes to was changed and nothing has come since: perhaps nothing will.
fn doubt(ctx: &Ctx<'_>) -> Option<String> {
    let ledger = &ctx.view.ledger;
    let is_fed = ledger.streams.iter().any(|stream| stream.name.origin != Origin::History);
    let doubt = ledger.doubts.first().filter(|_| is_fed && ledger.is_live())?;
    let since = format::near(doubt.at, ctx.now, ctx.zone);
    let words = format!("! MAY BE BLIND since {since}: {}", text::sanitize(&doubt.cause));
    Some(ctx.glyphs.cut_right(&words, usize::from(ctx.area.width.saturating_sub(24))).into_owned())
}

fn state_word(ctx: &Ctx<'_>) -> (String, Role) {
    let plus = |word: &str, new: usize| match new {
        0 => word.to_owned(),
        new => format!("{word} +{}", format::count(new as u64)),
    };
    if let Some(at) = ctx.view.ledger.hand {
        return replay(&at, ctx);
    }
    match ctx.live {
        Live::Follow => ("FOLLOW".into(), Role::Good),
        Live::Hold(new) => (plus("HOLD", new), Role::Accent),
        Live::Paused(new) => (plus("PAUSED", new), Role::Warning),
        Live::NotLive => (not_live(ctx), Role::Header),
    }
}

/// `REPLAY 10x 12:03:11`: where a recording that is played stands.
fn replay(at: &Position, ctx: &Ctx<'_>) -> (String, Role) {
    let day = match ctx.area.width >= 110 {
        true => {
            format::stamp(at.at, ctx.zone).split(' ').next().unwrap_or_default().to_owned() + " "
        }
        false => String::new(),
    };
    let clock = format::clock(at.at, ctx.zone);
    match at.motion {
        Motion::Plays => (format!("REPLAY {} {day}{clock}", at.speed), Role::Accent),
        Motion::Stands => (format!("REPLAY paused {day}{clock}"), Role::Warning),
        Motion::Seeks(to) => {
            let to = format::clock(to.min(at.to.unwrap_or(to)), ctx.zone);
            (format!("REPLAY {clock} {} {to}", ctx.glyphs.pick("→", ">")), Role::Accent)
        }
        Motion::Ended => (format!("REPLAY ends {day}{clock}"), Role::Header),
    }
}

/// `NOT LIVE · 2025-04-11 15:28 → 04-16 09:50`; where the line is narrow the day of the newest event,
/// since rows show no date and files may be years old.
fn not_live(ctx: &Ctx<'_>) -> String {
    // The range of everything that was read: that of the rows shown would read like coverage.
    let ends = ctx.view.snapshot.oldest().zip(ctx.view.ledger.newest);
    let ends = ends.filter(|_| ctx.area.width >= 110);
    match (ends, ctx.view.ledger.newest) {
        (Some((from, to)), _) if to - from >= Millis(0) => {
            format!("NOT LIVE · {}", format::span(from, to, ctx.zone, ctx.glyphs))
        }
        (None, Some(newest)) if ctx.area.width >= 70 => {
            let stamp = format::stamp(newest, ctx.zone);
            let day = stamp.split(' ').next().unwrap_or_default();
            format!("NOT LIVE · {day}")
        }
        _ => "NOT LIVE".into(),
    }
}
