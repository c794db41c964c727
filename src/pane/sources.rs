//! The sources view: am I seeing everything?

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::coverage::hole::Hole;
use crate::coverage::trail::{Recording, Trail};
use crate::coverage::watermark::Word;
use crate::engine::view::StreamRow;
use crate::event::field::Origin;
use crate::event::time::Timestamp;
use crate::pane::caveats::NOT_RECORDED;
use crate::pane::contract::{Ctx, Reply};
use crate::pane::starting;
use crate::pane::steps::{scrolled, step_of};
use crate::source::batch::{Health, State};
use crate::source::finding::Answer;
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// The view's place in its lines.
#[derive(Debug, Default)]
pub struct Sources {
    top: usize,
}

/// One line of the view.
struct Line {
    text: String,
    role: Role,
    is_title: bool,
}

/// The fewest cells and the most lines of what is told of a trail.
const LEAST_TOLD: usize = 10;
const MOST_TOLD: usize = 4;

fn line(text: String, role: Role) -> Line {
    Line { text, role, is_title: false }
}

fn title(text: String) -> Line {
    Line { text, role: Role::Divider, is_title: true }
}

impl Sources {
    /// Scrolls.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let Some(step) = step_of(action) else {
            return if action == Action::Sources { Reply::Close } else { Reply::Ignored };
        };
        let height = usize::from(ctx.area.height);
        let last = lines(ctx).len().saturating_sub(height);
        self.top = scrolled(self.top, step, height / 2, last);
        Reply::Done
    }

    /// Draws the view.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        for (line, y) in lines(ctx).into_iter().skip(self.top).zip(ctx.area.y..ctx.area.bottom()) {
            let area = Rect { y, height: 1, ..ctx.area };
            if line.is_title {
                let title = bars::Title { x: 0, text: &line.text, style: ctx.style(Role::Title) };
                bars::divider(buf, area, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
            } else {
                let cut = ctx.glyphs.cut_right(&line.text, usize::from(area.width));
                text::put(buf, area, &cut, ctx.style(line.role));
            }
        }
    }
}

fn lines(ctx: &Ctx<'_>) -> Vec<Line> {
    let ledger = &ctx.view.ledger;
    let down = ledger.health.iter().filter(|health| matches!(health.state, State::Down(_))).count();
    let unread =
        ledger.findings.iter().filter(|it| matches!(it.answer, Answer::NotRead(_))).count();
    let blind = ledger.streams.iter().filter(|stream| stream.blind.is_some()).count();
    let broken = ledger.streams.iter().filter(|stream| stream.disproven.is_some()).count();
    let answer = match (down, ledger.tally.skipped) {
        _ if broken > 0 => {
            let streams = format::counted(broken as u64, "stream", "streams");
            format!("NO: logs of {streams} were changed or deleted")
        }
        (0, _) if blind > 0 => {
            format!("NO: {}", format::counted(blind as u64, "stream is blind", "streams are blind"))
        }
        (0, 0) if unread > 0 => "NO: not all of it may be read, see below".to_owned(),
        (0, 0) => "everything these sources have so far".to_owned(),
        (0, n) => format!("NO: {} could not be read", format::counted(n, "thing", "things")),
        (n, _) => {
            let all = format::counted(ledger.health.len() as u64, "source", "sources");
            format!("NO: {n} of {all} {} down", if n == 1 { "is" } else { "are" })
        }
    };
    let mut all = vec![title(format!("SOURCES  am I seeing everything?  {answer}"))];
    let w = what_width(ctx);
    all.push(line(
        format!(
            "   {:<w$} {:<9} {:>9} {:>9} {:>9}  SINCE",
            "WHAT", "STATE", "OBJECTS", "WAITING", "READ"
        ),
        Role::Header,
    ));
    if ledger.health.is_empty() {
        all.push(line("   no source is open yet".into(), Role::Dim));
    }
    for health in &ledger.health {
        all.extend(source_lines(ctx, health));
    }
    if !ledger.findings.is_empty() {
        all.push(line(String::new(), Role::Text));
        all.push(title("CHOSEN by what these credentials can see".into()));
        all.extend(starting::findings(ctx).into_iter().map(|(text, role)| line(text, role)));
    }
    all.push(line(String::new(), Role::Text));
    all.extend(books(ctx));
    all.push(line(String::new(), Role::Text));
    all.extend(skips(ctx));
    all.push(line(String::new(), Role::Text));
    let has = |origin| ledger.streams.iter().any(|stream| stream.name.origin == origin);
    let unrecorded: Vec<_> = NOT_RECORDED.iter().filter(|(origin, _)| has(*origin)).collect();
    if !unrecorded.is_empty() {
        all.push(title("NOT RECORDED AT ALL by these sources".into()));
        let lines = unrecorded.iter().map(|(_, words)| line(format!("   {words}"), Role::Dim));
        all.extend(lines);
        all.push(line(String::new(), Role::Text));
    }
    all.extend(trails(ctx));
    all.push(title("STREAMS  how complete, and how late events come".into()));
    let titles = format!(
        "   {:<w$} {:<9} {:<14} {:>7} {:>8}",
        "WHAT", "STATE", "COMPLETE TO", "EVENTS", "LAG P99"
    );
    let has_proof = ledger.streams.iter().any(|stream| stream.proven.is_some());
    let more = match (is_narrow(ctx), has_proof) {
        (true, _) => String::new(),
        (false, false) => format!(" {:>8} {:>6}", "WORST", "LATE"),
        (false, true) => format!(" {:>8} {:>6}  PROVEN TO", "WORST", "LATE"),
    };
    all.push(line(titles + &more, Role::Header));
    all.extend(ledger.streams.iter().map(|stream| stream_line(ctx, stream)));
    all
}

/// The trails that are known, and when they did not record.
fn trails(ctx: &Ctx<'_>) -> Vec<Line> {
    let ledger = &ctx.view.ledger;
    if ledger.trails.is_empty() && ledger.holes.is_empty() && ledger.doubts.is_empty() {
        return vec![];
    }
    let mut lines = vec![title("TRAILS  what is recorded, and when it was not".into())];
    lines.extend(ledger.trails.iter().flat_map(|trail| trail_lines(ctx, trail)));
    lines.extend(ledger.holes.iter().flat_map(|hole| hole_lines(ctx, hole)));
    lines.extend(ledger.doubts.iter().map(|doubt| {
        let since = format::stamp(doubt.at, ctx.zone);
        let words = format!("   MAY BE BLIND since {since}: {} on {}", doubt.cause, doubt.what);
        line(text::sanitize(&words).into_owned(), Role::Blind)
    }));
    if ledger.forgotten > 0 {
        let forgotten = format::count(ledger.forgotten);
        let words = format!("   {forgotten} older changes of trails are not followed: too many");
        lines.push(line(words, Role::Warning));
    }
    lines.push(line(String::new(), Role::Text));
    lines
}

fn trail_lines(ctx: &Ctx<'_>, trail: &Trail) -> Vec<Line> {
    let since = |at: &Option<Timestamp>| {
        at.map_or_else(String::new, |at| format!(" since {}", format::near(at, ctx.now, ctx.zone)))
    };
    let (state, role) = match &trail.recording {
        Recording::On(_) => ("records".to_owned(), Role::Good),
        Recording::Off(at) => (format!("OFF{}", since(at)), Role::Warning),
        Recording::Unknown => ("not known".to_owned(), Role::Dim),
    };
    let regions = if trail.is_multi_region { "all regions" } else { &trail.home };
    let mut words = vec![state, regions.to_owned(), format!("s3://{}", trail.bucket)];
    if let Some(selection) = &trail.selection {
        words.push(match selection.missing() {
            Some(missing) => format!("without {missing}"),
            None => "all management events".to_owned(),
        });
        let kinds: Vec<&str> = selection.data.iter().map(|data| data.kind.as_str()).collect();
        words.push(match &*kinds {
            [] => "no data events".to_owned(),
            kinds => format!("data events of {}", kinds.join(", ")),
        });
    }
    words.extend(trail.trouble.as_ref().map(|why| format!("cannot write: {why}")));
    told(ctx, trail.name(), &words.join(" · "), role)
}

/// What is told of something: its name in the first column, and words in as many lines as they take.
fn told(ctx: &Ctx<'_>, name: &str, words: &str, role: Role) -> Vec<Line> {
    let width = what_width(ctx);
    let cut = ctx.glyphs.cut_left(name, width);
    let cells = usize::from(ctx.area.width).saturating_sub(width + 5).max(LEAST_TOLD);
    let texts = text::wrap(words, cells, MOST_TOLD, ctx.glyphs);
    let named = |(at, words): (usize, String)| {
        let name = ctx.glyphs.pad(if at == 0 { &cut } else { "" }, width);
        line(format!("   {name} {words}"), role)
    };
    texts.into_iter().enumerate().map(named).collect()
}

/// `t  12:00:08 → 12:07:49 (7m41s) without management events: PutEventSelectors by bert-jan`
fn hole_lines(ctx: &Ctx<'_>, hole: &Hole) -> Vec<Line> {
    let from = match hole.from {
        Timestamp(i64::MIN) => "nobody knows when".to_owned(),
        from => format::stamp(from, ctx.zone),
    };
    let to = match hole.to {
        Some(to) => {
            let length = format::duration(to - hole.from);
            format!("{} ({length})", format::exact(to, hole.from, ctx.zone))
        }
        None => "now".to_owned(),
    };
    let bridged = if hole.is_bridged { " · another trail recorded on" } else { "" };
    let role = if hole.is_bridged { Role::Dim } else { Role::Blind };
    let arrow = ctx.glyphs.arrow();
    let missing = format!("without {}", hole.missing);
    let words = format!("{from} {arrow} {to} {missing}: {}{bridged}", hole.cause);
    told(ctx, &hole.trail, &words, role)
}

/// Whether the last two columns have no room.
fn is_narrow(ctx: &Ctx<'_>) -> bool {
    ctx.area.width < 100
}

/// Cells of the first column.
fn what_width(ctx: &Ctx<'_>) -> usize {
    if is_narrow(ctx) { 26 } else { 38 }
}

fn source_lines(ctx: &Ctx<'_>, health: &Health) -> Vec<Line> {
    let name = ctx.sources.get(health.source.0).map_or("?", String::as_str);
    let (word, role) = match &health.state {
        State::Starting => ("starting", Role::Dim),
        State::Reading => ("reading", Role::Accent),
        State::Watching => ("watching", Role::Good),
        State::Ended => ("read", Role::Good),
        State::Down(_) => ("DOWN", Role::Blind),
    };
    let mut lines = vec![line(
        format!(
            "   {} {word:<9} {:>9} {:>9} {:>9}  {}",
            ctx.glyphs.pad(&ctx.glyphs.cut_left(name, what_width(ctx)), what_width(ctx)),
            format::count(health.objects),
            format::count(health.waiting),
            format::bytes(health.bytes),
            format::clock(health.since, ctx.zone),
        ),
        role,
    )];
    if let State::Down(why) = &health.state {
        let next = match health.next_try {
            Some(at) => format!("tries again {}", format::clock(at, ctx.zone)),
            None => "it does not try again".to_owned(),
        };
        lines.push(line(format!("     → {why}"), Role::Warning));
        lines.push(line(format!("       {next}"), Role::Dim));
    }
    if let Some(lacks) = &health.lacks {
        lines.push(line(format!("     ! {lacks}"), Role::Warning));
    }
    if let Some(note) = &health.note {
        lines.push(line(format!("     {note}"), Role::Text));
    }
    lines
}

fn stream_line(ctx: &Ctx<'_>, stream: &StreamRow) -> Line {
    let origin =
        Origin::ALL.iter().find(|(origin, _)| *origin == stream.name.origin).map_or("?", |it| it.1);
    let what = format!("{} {} {origin}", ctx.account(&stream.name.account), stream.name.region);
    let (word, to) = match stream.word {
        Word::Proven(to) => ("proven", format::near(to, ctx.now, ctx.zone)),
        Word::Expected(to) => ("expected", format!("~{}", format::near(to, ctx.now, ctx.zone))),
        Word::Learning(to) => ("learning", format!("~{}", format::near(to, ctx.now, ctx.zone))),
        Word::BestEffort => {
            let last = stream.last.filter(|_| stream.name.origin != Origin::File);
            let last = last.map(|at| format!("last {}", format::near(at, ctx.now, ctx.zone)));
            ("as given", last.unwrap_or_else(|| "-".into()))
        }
    };
    let (word, role) = match (&stream.disproven, stream.blind) {
        (Some(_), _) => ("CHANGED", Role::Blind),
        (None, Some(_)) => ("BLIND", Role::Blind),
        (None, None) => (word, Role::Text),
    };
    // A file without a delivery label arrives when it is read: its lag says nothing of AWS.
    let lag = |lag| {
        if stream.name.origin == Origin::File && stream.word == Word::BestEffort {
            "-".into()
        } else {
            format::duration(lag)
        }
    };
    let text = format!(
        "   {} {word:<9} {to:<14} {:>7} {:>8}",
        ctx.glyphs.pad(&what, what_width(ctx)),
        format::count(stream.seen as u64),
        lag(stream.p99),
    );
    let proven = stream.proven.map(|at| format!("  {}", format::near(at, ctx.now, ctx.zone)));
    let (late, proven) = (format::count(stream.late), proven.unwrap_or_default());
    let more = match is_narrow(ctx) {
        true => String::new(),
        false => format!(" {:>8} {late:>6}{proven}", lag(stream.worst)),
    };
    line(text + &more, role)
}

fn books(ctx: &Ctx<'_>) -> Vec<Line> {
    let (ledger, tally) = (&ctx.view.ledger, &ctx.view.ledger.tally);
    let n = |n: u64| format::count(n);
    let mut lines = vec![
        title("READ so far".into()),
        line(
            format!(
                "   {} records = {} kept + {} duplicates + {} skipped · {} objects · {}",
                n(tally.records),
                n(tally.kept),
                n(tally.duplicates),
                n(tally.skipped),
                n(tally.objects),
                format::bytes(tally.bytes)
            ),
            if tally.skipped > 0 { Role::Warning } else { Role::Text },
        ),
    ];
    if !tally.other.is_empty() {
        let other: Vec<String> =
            tally.other.iter().map(|(kind, count)| format!("{} {kind}", n(*count))).collect();
        lines.push(line(
            format!("   other JSON, no CloudTrail records: {}", other.join(", ")),
            Role::Text,
        ));
    }
    let rows = ctx.view.snapshot.len() as u64;
    let each = (ledger.bytes as u64).checked_div(rows);
    let each = each.map_or_else(String::new, |each| format!(" · {} bytes an event", n(each)));
    lines.push(line(
        format!(
            "   {} came late (sorted in) · {} evicted · buffer {} of {}{each}",
            n(tally.late),
            n(ctx.view.snapshot.evicted()),
            format::bytes(ledger.bytes as u64),
            format::bytes(ledger.cap as u64),
        ),
        Role::Text,
    ));
    lines
}

fn skips(ctx: &Ctx<'_>) -> Vec<Line> {
    let tally = &ctx.view.ledger.tally;
    if tally.skips.is_empty() {
        let words = match tally.objects {
            0 => "NOT READ  nothing was opened yet",
            _ => "NOT READ  nothing: every object gave what it should",
        };
        return vec![title(words.into())];
    }
    let places = tally.skips.len() as u64 + tally.skips_more;
    let places = format::counted(places, "place", "places");
    let mut lines = vec![title(format!("NOT READ  {places}"))];
    lines.extend(tally.skips.iter().enumerate().map(|(at, skip)| {
        let role = if at < tally.skips_lost { Role::Warning } else { Role::Dim };
        line(format!("   {}  {}", ctx.glyphs.cut_left(&skip.place, 60), skip.why), role)
    }));
    if tally.skips_more > 0 {
        lines.push(line(format!("   and {} more", format::count(tally.skips_more)), Role::Warning));
    }
    lines
}
