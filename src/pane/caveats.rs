//! What whoever reads an export has to know of it: what was asked, how complete that is, and what
//! is missing. A line each, in plain text, times in UTC.

use crate::coverage::watermark::Word;
use crate::event::field::Origin;
use crate::pane::contract::{Ctx, Verbs, WINDOWS};
use crate::source::batch::State;
use crate::ui::format;

/// What a kind of source cannot show, however well it is read.
pub const NOT_RECORDED: &[(Origin, &str)] = &[
    (Origin::File, "files and standard input: nothing says what is missing from them"),
    (Origin::History, "Event history has no S3 object, Lambda invoke, DynamoDB item events"),
    (Origin::S3, "a trail's objects: only what its event selectors let through"),
    (
        Origin::Sqs,
        "EventBridge: quick, never complete: no event over 256 KB, reads only where its rule asks",
    ),
    (Origin::Logs, "a log group: no event over 256 KB; those reach the trail's bucket alone"),
];

/// The most holes, streams and sources that are named one by one.
const NAMED: usize = 20;

/// The lines.
pub fn of(ctx: &Ctx<'_>) -> Vec<String> {
    let (ledger, asked) = (&ctx.view.ledger, ctx.asked);
    let mut lines = vec![
        format!("read from: {}", ctx.sources.join(", ")),
        format!(
            "filter: {}{}{}{} · window: {}",
            if asked.filter.is_empty() { "none" } else { &asked.filter },
            match asked.verbs {
                Verbs::All => "",
                Verbs::Writes => " · writes only",
                Verbs::Danger => " · dangerous writes only",
            },
            if asked.denied { " · denied only" } else { "" },
            if asked.quiet { " · the chatter of AWS services hidden" } else { "" },
            WINDOWS[asked.window].1,
        ),
    ];
    let ends = ctx.view.snapshot.oldest().zip(ledger.newest);
    let tally = &ledger.tally;
    let range = ends.map_or_else(String::new, |(from, to)| format!(", from {from} to {to}"));
    lines.push(format!("{} read{range}", format::counted(tally.kept, "event", "events")));
    if tally.skipped > 0 {
        lines.push(format!(
            "NOT COMPLETE: {} could not be read",
            format::counted(tally.skipped, "thing", "things")
        ));
    }
    if ctx.view.snapshot.evicted() > 0 {
        let gone = format::counted(ctx.view.snapshot.evicted(), "event", "events");
        lines.push(format!("{gone} had left the buffer"));
    }
    for health in &ledger.health {
        if let State::Down(why) = &health.state {
            let name = ctx.sources.get(health.source.0).map_or("a source", String::as_str);
            lines.push(format!("NOT COMPLETE: {name} is down: {why}"));
        }
    }
    for stream in ledger.streams.iter().take(NAMED) {
        let name = &stream.name;
        let parts = [name.account.as_str(), &name.region, name.origin.word()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let words = match stream.word {
            Word::Proven(to) => format!("complete to {to}, proven by digests"),
            Word::Expected(to) => format!("expected complete to ~{to}"),
            Word::Learning(to) => format!("learning, perhaps complete to ~{to}"),
            Word::BestEffort => "best effort: nobody can say how complete".to_owned(),
        };
        lines.push(format!("coverage of {}: {words}", parts.join(" ")));
        lines.extend(stream.disproven.iter().map(|words| format!("NOT AS DELIVERED: {words}")));
    }
    if ledger.streams.len() > NAMED {
        let more = (ledger.streams.len() - NAMED) as u64;
        let more = format::counted(more, "more stream", "more streams");
        lines.push(format!("coverage of {more}: not listed"));
    }
    for hole in ledger.holes.iter().filter(|hole| !hole.is_bridged).take(NAMED) {
        let to = hole.to.map_or_else(|| "and still".to_owned(), |to| format!("to {to}"));
        lines.push(format!(
            "NOT RECORDED by trail {} from {} {to}: {} ({})",
            hole.trail, hole.from, hole.missing, hole.cause
        ));
    }
    for doubt in ledger.doubts.iter().take(NAMED) {
        lines.push(format!(
            "MAY NOT BE RECORDED since {}: {} on {}, which a trail needs to write",
            doubt.at, doubt.cause, doubt.what
        ));
    }
    let has = |origin| ledger.streams.iter().any(|stream| stream.name.origin == origin);
    let never = NOT_RECORDED.iter().filter(|(origin, _)| has(*origin));
    lines.extend(never.map(|(_, words)| format!("never recorded: {words}")));
    lines
}
