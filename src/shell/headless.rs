//! `trailtop query`: the same engine without a screen. The only file that writes to standard
//! output.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ratatui::crossterm::terminal;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use crate::cli::{self, Order, Output, Query};
use crate::clock::Clock;
use crate::coverage::hole::Hole;
use crate::coverage::watermark::Word;
use crate::engine::draft::{self, Keep};
use crate::engine::intake::Intake;
use crate::engine::pool::{Arrival, Drafts};
use crate::engine::tally;
use crate::event::field::{Column, Origin};
use crate::event::time::Timestamp;
use crate::export::column;
use crate::export::format::Format;
use crate::export::safe;
use crate::export::stats::{Covered, Missed, Skip, Stats};
use crate::query;
use crate::query::eval::eval;
use crate::query::library;
use crate::query::narrow::{self, Narrow};
use crate::query::plan::{Context, Plan};
use crate::query::sift;
use crate::shell::interrupt::{self, Signal};
use crate::shell::report::{Report, Shape, Stop, Wanted};
use crate::shell::resolve::{self, Window};
use crate::shell::start::{self, Opened, Reading, Sharing};
use crate::shell::stdin;
use crate::shell::waiting::{self, Undecided, Waiting};
use crate::shell::warnings::Warnings;
use crate::source::batch::{Feed, Receipt, State};
use crate::store::bits::Bits;
use crate::store::snapshot::Part;

/// Rows that are judged together, when so many have come in.
const HEAVY_ROWS: usize = 8192;

/// How `query` ended; scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Events matched.
    Matches = 0,
    /// None did.
    Nothing = 1,
    /// Wrong usage, filter or path.
    Usage = 2,
    /// A source could not be opened or was not read whole.
    Source = 3,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(ending as u8)
    }
}

/// Everything settled before anything is read.
struct Settled {
    plan: Plan,
    window: Window,
    wanted: Wanted,
    sources: Opened,
    runtime: Runtime,
    reading: Reading,
    memory: usize,
    stats: bool,
}

impl Settled {
    /// What has to be read of each record, and how: no more than the filter and the result ask for.
    fn how_to_read(&self, intake: &Intake) -> draft::Reading {
        let columns = self.plan.columns().or(self.wanted.columns());
        let asks_roots = self.asks_roots();
        // The books tell by management events whether a trail was blind.
        let columns = if self.stats { columns.and(&[Column::Category]) } else { columns };
        let reads_raw = self.plan.reads_raw() || self.wanted.reads_raw();
        // Bodies from other kinds of source are compared and shown by their bytes.
        let is_one_kind = self.sources.are_files();
        let raw = if reads_raw || !is_one_kind { Keep::Plain } else { Keep::Nothing };
        // With the books every record counts, and with several kinds the other body may match.
        let may_sift = is_one_kind && !self.stats && !asks_roots && sift::is_of_use(&self.plan);
        let sift = may_sift.then(|| Arc::new(self.plan.clone()));
        draft::Reading { secret: intake.secret().clone(), columns, raw, sift }
    }
}

impl Settled {
    /// Whether anything depends on who is behind calls.
    fn asks_roots(&self) -> bool {
        self.plan.reads_roots() || self.wanted.asks_roots()
    }
}

/// Runs a query to its end.
pub fn run_query(typed: &Query) -> ExitCode {
    match settle(typed) {
        Ok(settled) => run(settled).into(),
        Err(message) => {
            tell(&message);
            Ending::Usage.into()
        }
    }
}

/// Writes a generated text to standard output; a closed pipe is no error.
pub fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            tell(&error);
            Ending::Source.into()
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Tells the user something on standard error, one line, safe for a terminal.
pub fn tell(message: &dyn Display) {
    let text = message.to_string();
    for (at, line) in text.lines().enumerate() {
        let name = if at == 0 { "trailtop: " } else { "  " };
        // Nobody may be listening; there is nobody else to tell.
        writeln!(io::stderr(), "{name}{}", safe::shown(line)).ok();
    }
}

fn settle(typed: &Query) -> Result<Settled, String> {
    let reading = &typed.reading;
    let clock = resolve::clock(reading.now.as_deref())?;
    let now = clock.start();
    let window = Window::read(reading.since.as_deref(), reading.until.as_deref(), now)?;
    if typed.sources.is_empty() {
        ask_what_was_meant(&typed.filter)?;
    }
    let (plan, narrow) = filter(&typed.filter, now)?;
    let memory = usize::try_from(resolve::memory(reading.memory)).unwrap_or(usize::MAX);
    let terminal = io::stdout().is_terminal().then(width);
    let wanted = Wanted {
        format: format(typed.output),
        shape: shape(typed)?,
        limit: typed.limit,
        terminal,
        memory: memory / 2,
        now,
    };
    let runtime = start::runtime().map_err(|error| format!("{error:#}"))?;
    let sources = match &*typed.sources {
        [] if stdin::is_fed() => Opened::of(&["-".to_owned()], reading, &runtime),
        [] => Opened::now(reading, &runtime, &mut |said| tell(&said)),
        words => Opened::of(words, reading, &runtime),
    };
    let mut sources = sources.map_err(|error| format!("{error:#}"))?;
    sources.sharing = Sharing::of(reading, clock);
    // The books count what was read before the filter, and who is behind an event is told by events
    // that do not match.
    let asks_roots = plan.reads_roots() || wanted.asks_roots();
    let may_narrow = !typed.stats && !reading.follow && !asks_roots;
    sources.sharing.narrow = narrow.filter(|_| may_narrow);
    let max_object = resolve::max_object(reading.max_object, memory as u64);
    let Window { since, until } = window;
    let (follow, live) = (reading.follow, reading.follow);
    let reading = Reading { follow, max_object, clock, since, until, live };
    sources.notes(&reading).iter().for_each(|note| tell(note));
    let stats = typed.stats;
    Ok(Settled { plan, window, wanted, sources, runtime, reading, memory, stats })
}

/// Reads the filter, and what it lets one ask for alone; the error shows where it is wrong.
fn filter(text: &str, now: Timestamp) -> Result<(Plan, Option<Narrow>), String> {
    let tree = query::parse::parse(text, &library::builtin()).map_err(|wrong| {
        let shown: Vec<String> = wrong.iter().map(|wrong| wrong.render(text)).collect();
        format!("the filter is wrong:\n{}", shown.join("\n"))
    })?;
    let plan = Plan::compile(&tree, Context { now });
    for (key, what) in plan.later() {
        tell(&format!("`{key}:` has no answers yet: it waits for {what}; it matches no event"));
    }
    Ok((plan, narrow::narrowest(&tree)))
}

fn ask_what_was_meant(filter: &str) -> Result<(), String> {
    if cli::names_source(filter) || (!filter.is_empty() && Path::new(filter).exists()) {
        return Err(format!(
            "{filter:?} stands where the FILTER belongs: did you mean `query '' {filter}`?"
        ));
    }
    Ok(())
}

fn shape(typed: &Query) -> Result<Shape, String> {
    let read = |list: &str| column::parse(list).map_err(|error| error.to_string());
    if typed.count {
        return Ok(Shape::Number);
    }
    if let Some(keys) = &typed.by {
        let keys = read(keys)?;
        if keys.len() > 2 {
            return Err("--by takes one or two keys".to_owned());
        }
        return Ok(Shape::Counted(keys));
    }
    let is_records = matches!(typed.output, Output::Ndjson | Output::Json);
    if is_records && typed.columns.is_some() {
        return Err(
            "--columns goes with table, csv and md; ndjson and json are whole records".into()
        );
    }
    let columns = read(typed.columns.as_deref().unwrap_or(column::DEFAULT))?;
    match (typed.order, typed.reading.follow) {
        (Some(Order::Time), true) => {
            Err("--follow writes events as they arrive: it cannot go with --order time".into())
        }
        (Some(Order::Arrival), _) | (None, true) => Ok(Shape::Arriving(columns)),
        (Some(Order::Time) | None, false) => Ok(Shape::Sorted(columns)),
    }
}

fn format(output: Output) -> Format {
    match output {
        Output::Table => Format::Table,
        Output::Ndjson => Format::Ndjson,
        Output::Json => Format::Json,
        Output::Csv => Format::Csv,
        Output::Md => Format::Md,
    }
}

/// The width of the terminal; one that says nothing is taken as `$COLUMNS`, else as 80.
fn width() -> u16 {
    let said = terminal::size().map_or(0, |(columns, _)| columns);
    let variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    if said > 0 { said } else { variable().filter(|width| *width > 0).unwrap_or(80) }
}

/// What becomes of rows whose root matters: a later event may tell it.
enum Roots {
    /// It does not matter.
    Unasked,
    /// They are judged when everything was read. The plan chooses those that may match then.
    AtTheEnd(Box<Plan>, Waiting),
    /// They are written as soon as they match.
    AsTheyCome(Box<Plan>, Undecided, usize),
}

/// What a run is doing.
struct Desk {
    intake: Intake,
    report: Report<BufWriter<StdoutLock<'static>>>,
    plan: Plan,
    roots: Roots,
    window: Window,
    clock: Clock,
    /// For each source, whether it has read everything that was there.
    caught_up: Vec<bool>,
    is_down: bool,
    warnings: Warnings,
}

fn run(settled: Settled) -> Ending {
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let intake = Intake::drained(settled.memory / 2);
    let reading = settled.how_to_read(&intake);
    let asks_roots = settled.asks_roots();
    let whoever = || Box::new(settled.plan.whoever());
    let roots = match settled.wanted.shape {
        _ if !asks_roots => Roots::Unasked,
        Shape::Arriving(_) => {
            Roots::AsTheyCome(whoever(), Undecided::default(), settled.memory / 2)
        }
        _ => Roots::AtTheEnd(whoever(), Waiting::new(settled.memory / 2)),
    };
    let mut desk = Desk {
        intake,
        roots,
        report: Report::new(settled.wanted, out),
        plan: settled.plan,
        window: settled.window,
        clock: settled.reading.clock,
        caught_up: vec![false; settled.sources.words.len()],
        is_down: false,
        warnings: Warnings::of(&settled.sources.words, settled.reading.clock.now()),
    };
    let runtime = settled.runtime;
    let (sender, feed) = settled.sources.start(&runtime, settled.reading);
    drop(sender);
    let drafts = match start::readers(feed, &reading, settled.reading.clock) {
        Ok(drafts) => drafts,
        Err(error) => {
            tell(&format!("{error:#}"));
            return Ending::Source;
        }
    };
    let read = runtime.block_on(async {
        let signals = interrupt::listen();
        desk.read(drafts, signals, settled.reading.follow).await
    });
    let ending = desk.finish(read, settled.stats);
    // A read of standard input cannot be called back; nobody waits for it.
    runtime.shutdown_background();
    ending
}

/// Why reading ended.
enum Read {
    /// Everything was read, or nothing more is wanted.
    Whole,
    /// A signal came.
    Stopped(Signal),
    /// Nothing more can be written.
    Unwritable(Stop),
}

impl Desk {
    async fn read(
        &mut self,
        mut drafts: Drafts,
        mut signals: mpsc::Receiver<Signal>,
        follow: bool,
    ) -> Read {
        loop {
            let next = tokio::select! {
                biased;
                Some(signal) = signals.recv() => return Read::Stopped(signal),
                next = drafts.next() => next,
            };
            let Some(next) = next else { return Read::Whole };
            self.hear(next);
            while let Some(more) = drafts.at_once() {
                self.hear(more);
                if self.is_heavy() {
                    break;
                }
            }
            if let Err(stop) = self.write() {
                return Read::Unwritable(stop);
            }
            self.intake.receipts().for_each(Receipt::give);
            // A source that would go on by itself, as the demo does, is not waited for.
            let is_done =
                if follow { self.report.is_full() } else { !self.caught_up.contains(&false) };
            if is_done {
                return Read::Whole;
            }
        }
    }

    fn hear(&mut self, arrival: Arrival) {
        let feed = match arrival {
            Arrival::Draft(draft) => return self.intake.keep(&draft, self.clock.now()),
            Arrival::Feed(feed) => feed,
        };
        match feed {
            Feed::Batch(batch, _room) => self.intake.take(*batch, self.clock.now()),
            Feed::Swept(source, stream, at) => self.intake.cover_mut().swept(source, stream, at),
            Feed::Trails(source, trails) => self.intake.cover_mut().trails(source, trails),
            Feed::Health(health) => {
                if let Some(caught_up) = self.caught_up.get_mut(health.source.0) {
                    *caught_up = !matches!(health.state, State::Starting | State::Reading);
                }
                self.is_down |= matches!(health.state, State::Down(_));
                for words in self.warnings.hear(&health, self.clock.now()) {
                    tell(&words);
                }
            }
            Feed::Added(..)
            | Feed::Found(..)
            | Feed::Aliases(_)
            | Feed::Mark(..)
            | Feed::Expect(_) => {}
        }
    }

    /// Whether enough has come in to be judged before more is heard.
    fn is_heavy(&self) -> bool {
        self.intake.ring().n_rows() >= HEAVY_ROWS
    }

    /// Judges and reports what has come in.
    fn write(&mut self) -> Result<(), Stop> {
        let now = self.clock.now();
        let snapshot = self.intake.drain(now);
        let (plan, window, report) = (&self.plan, &self.window, &mut self.report);
        match &mut self.roots {
            Roots::Unasked => snapshot
                .parts()
                .iter()
                .try_for_each(|part| report.take(part, &matches(plan, window, part, now))),
            Roots::AtTheEnd(whoever, waiting) => snapshot.parts().iter().try_for_each(|part| {
                waiting.push(part, &matches(whoever, window, part, now)).map_err(Stop::Spill)
            }),
            Roots::AsTheyCome(whoever, undecided, memory) => {
                let changed = self.intake.ring_mut().take_changed();
                let kin = self.intake.ring().kin();
                let judge = |part: &Part| matches(plan, window, part, now);
                undecided.renew((kin, &changed), judge, |part, rows| report.take(part, rows))?;
                for part in snapshot.parts() {
                    let part = waiting::settled(part, kin);
                    let now_matching = judge(&part);
                    report.take(&part, &now_matching)?;
                    let mut later = matches(whoever, window, &part, now);
                    later.minus(&now_matching);
                    let dropped = undecided.push(part, later, *memory);
                    if dropped > 0 {
                        tell(&format!(
                            "{dropped} events wait no longer for who is behind them: more than \
                             --memory holds"
                        ));
                    }
                }
                Ok(())
            }
        }
    }

    /// Judges and reports the rows that had to wait for everything.
    fn settle(&mut self) -> Result<(), Stop> {
        let Roots::AtTheEnd(_, waiting) = std::mem::replace(&mut self.roots, Roots::Unasked) else {
            return Ok(());
        };
        let now = self.clock.now();
        let (plan, window, report) = (&self.plan, &self.window, &mut self.report);
        waiting.each(self.intake.ring().kin(), |part| {
            report.take(part, &matches(plan, window, part, now))
        })
    }

    /// Writes what there is, then the books, and says how it ended.
    fn finish(mut self, read: Read, with_stats: bool) -> Ending {
        let read = match (self.settle(), read) {
            (Err(stop), Read::Whole | Read::Stopped(_)) => Read::Unwritable(stop),
            (_, read) => read,
        };
        let matched = self.report.matched();
        let stats = stats(&self.intake, matched);
        let stopped = match read {
            Read::Stopped(signal) => Some(signal),
            Read::Whole | Read::Unwritable(_) => None,
        };
        let written = match read {
            Read::Unwritable(stop) => Err(stop),
            Read::Whole | Read::Stopped(_) => self.report.finish(),
        };
        if let Err(stop @ (Stop::Output(_) | Stop::Spill(_))) = &written {
            tell(stop);
        }
        for words in self.warnings.end(self.clock.now()) {
            tell(&words);
        }
        if with_stats {
            writeln!(io::stderr(), "{}", stats.line()).ok();
        } else {
            tell_skips(&stats);
        }
        match (stopped, written) {
            (Some(Signal::Interrupt), _) => Ending::Interrupted,
            (Some(Signal::Terminate), _) => Ending::Terminated,
            (None, Err(Stop::Closed)) => Ending::Matches,
            (None, Err(_)) => Ending::Source,
            (None, Ok(())) if self.is_down => Ending::Source,
            (None, Ok(())) if matched > 0 => Ending::Matches,
            (None, Ok(())) => Ending::Nothing,
        }
    }
}

/// The rows of a part that a plan keeps within a window.
fn matches(plan: &Plan, window: &Window, part: &Part, now: Timestamp) -> Bits {
    let mut matches = eval(plan, part, now);
    if !window.is_all() {
        let segment = &part.segment;
        matches.and(&Bits::by(segment.len(), |row| window.has(segment.time(row))));
    }
    matches
}

/// Without `--stats` nobody would learn that something could not be read.
fn tell_skips(stats: &Stats) {
    let Some(first) = stats.skips.first().filter(|_| stats.skipped > 0) else { return };
    let Skip { place, why } = first;
    let more = match stats.skipped {
        1 => String::new(),
        n => format!(", and {} more", n - 1),
    };
    tell(&format!("could not be read: {place}: {why}{more} (--stats lists them)"));
}

/// The books in the words of the contract.
fn stats(intake: &Intake, matched: u64) -> Stats {
    let tally = intake.tally();
    let skip = |skip: &tally::Skip| Skip { place: skip.place.clone(), why: skip.why.clone() };
    let holes = intake.cover().holes();
    let streams = intake.cover().streams(&holes);
    let covered = streams.iter().map(|stream| {
        let (word, until) = match stream.word {
            Word::Expected(until) => ("expected", Some(until)),
            Word::Learning(until) => ("learning", Some(until)),
            Word::BestEffort => ("best effort", stream.last),
        };
        let name = &stream.name;
        Covered {
            account: name.account.clone(),
            region: name.region.clone(),
            source: origin_word(name.origin).to_owned(),
            word: word.to_owned(),
            until: until.map(|until| until.to_string()),
            holes: holes.iter().filter(|hole| hole.is_in(name)).map(missed).collect(),
        }
    });
    Stats {
        objects: tally.objects,
        bytes: tally.bytes,
        records: tally.records,
        kept: tally.kept,
        matched,
        duplicates: tally.duplicates,
        skipped: tally.skipped,
        other: tally.other.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        skips: tally.skips.iter().map(skip).collect(),
        skips_more: tally.skips_more,
        coverage: covered.collect(),
    }
}

/// A hole in the words of the contract.
fn missed(hole: &Hole) -> Missed {
    Missed {
        from: hole.from.to_string(),
        to: hole.to.map(|to| to.to_string()),
        trail: hole.trail.clone(),
        missing: hole.missing.clone(),
        cause: hole.cause.clone(),
    }
}

fn origin_word(origin: Origin) -> &'static str {
    let named = Origin::ALL.iter().find(|(known, _)| *known == origin);
    named.map_or("", |(_, word)| word)
}
