//! `trailtop query`: the same engine without a screen. The only file that writes to standard
//! output.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, BufWriter, StdoutLock, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::sync::mpsc::{self, UnboundedSender};

use crate::cli::Query;
use crate::clock::Clock;
use crate::config::settle::Shelf;
use crate::detect::current::Current;
use crate::engine::firsts::Firsts;
use crate::engine::handing::Handing;
use crate::engine::intake::Intake;
use crate::engine::pool::{Arrival, Drafts};
use crate::export::format::Format;
use crate::export::stats::{Stats, Triggered};
use crate::export::{alerts, safe};
use crate::shell::interrupt::{self, Signal};
use crate::shell::judge::{Judge, Settles};
use crate::shell::report::{Report, Shape, Stop};
use crate::shell::settled::{self, Settled};
use crate::shell::trigger::runner::{self, Heard, Runner};
use crate::shell::waiting::Learned;
use crate::shell::warnings::Warnings;
use crate::shell::{books, habits, lessons, rulebook, start};
use crate::source::batch::{Feed, Receipt, State};
use crate::store::hits::Severity;
use crate::store::kin::Changed;
use crate::trigger::firing::Wish;
use crate::trigger::sentry::Sentry;
use crate::ui::format;

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
    /// An alert fired that is to be told by the exit status.
    Alarm = 4,
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

/// Runs a query to its end.
pub fn run_query(typed: &Query, shelf: &Shelf) -> ExitCode {
    match settled::settle(typed, shelf) {
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

/// What a run is doing.
struct Desk {
    intake: Intake,
    report: Report<BufWriter<StdoutLock<'static>>>,
    judge: Judge,
    clock: Clock,
    /// For each source, whether it has read everything that was there.
    caught_up: Vec<bool>,
    is_down: bool,
    warnings: Warnings,
    fail_on: Option<Severity>,
    alerts: Option<Format>,
    /// Who does what triggers want done.
    wishes: Option<UnboundedSender<Wish>>,
    handing: Handing,
}

fn run(settled: Settled) -> Ending {
    let out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut intake = Intake::drained(settled.memory / 4);
    let current = Current::new(Arc::clone(&settled.rules));
    intake.findings_mut().0.watch_for(current, settled.memory / 8);
    let clock = settled.reading.clock;
    let told = |heard: Heard| heard.trouble().iter().for_each(|why| tell(why));
    let started = settled.triggers.as_ref().map(|triggers| {
        intake.fire(Sentry::new(Arc::clone(triggers), runner::name(clock)));
        intake.mute(lessons::mutes(clock.start()).0);
        Runner::start(settled.runtime.handle(), Arc::clone(triggers), clock, Box::new(told))
    });
    let (runner, wishes) = match started.transpose() {
        Ok(started) => started.unzip(),
        Err(error) => {
            tell(&format!("{error:#}"));
            return Ending::Usage;
        }
    };
    if settled.alerts.is_some_and(|format| format != Format::Table) {
        intake.findings_mut().0.keep_ids();
    }
    let reading = settled.how_to_read(&intake);
    let settles = match (settled.asks_later(), &settled.wanted.shape) {
        (false, _) => Settles::AtOnce,
        (true, Shape::Arriving(_)) => Settles::AsTheyCome,
        (true, _) => Settles::AtTheEnd,
    };
    let handing = Handing::to(settled.habits.as_ref().and_then(|it| it.keeper.clone()));
    settled.habits.into_iter().for_each(|it| intake.findings_mut().0.learn(it.known));
    let judge = Judge::new(settled.plan, settled.window, (settles, settled.memory / 4));
    let mut desk = Desk {
        intake,
        judge,
        report: Report::new(settled.wanted, out),
        clock,
        caught_up: vec![false; settled.sources.words.len()],
        is_down: false,
        warnings: Warnings::of(&settled.sources.words, settled.reading.clock.now()),
        fail_on: settled.fail_on,
        alerts: settled.alerts,
        wishes,
        handing,
    };
    let runtime = settled.runtime;
    let closing = settled.sources.closing.clone();
    let (sender, feed) = settled.sources.start(&runtime, settled.reading);
    drop(sender);
    let drafts = match start::readers(feed, &reading, settled.reading.clock) {
        Ok(drafts) => drafts,
        Err(error) => {
            tell(&format!("{error:#}"));
            return Ending::Source;
        }
    };
    let (read, triggered) = runtime.block_on(async {
        let mut signals = interrupt::listen();
        if runner.is_some() {
            interrupt::end_on_hang_up();
        }
        let read = desk.read(drafts, &mut signals, settled.reading.follow).await;
        // Nothing more is wished for.
        desk.wishes = None;
        let Some(runner) = runner else { return (read, None) };
        let (signal, triggered) = runner.end(matches!(read, Read::Stopped(_)), signals).await;
        (signal.map_or(read, Read::Stopped), Some(triggered))
    });
    desk.handing.now(desk.intake.findings_mut().0, true);
    settled.keeper.into_iter().for_each(habits::Keeper::end);
    let ending = desk.finish(read, settled.stats, triggered);
    runtime.block_on(closing.close(start::LEAVING));
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
        signals: &mut mpsc::Receiver<Signal>,
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
            // Of what filled the report some may not have left: it comes again to whoever asks.
            if !self.report.is_full() {
                self.intake.receipts().for_each(Receipt::give);
            }
            if follow {
                self.tell_blind();
                self.handing.if_due(self.intake.findings_mut().0);
            }
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
        match self.intake.cover_mut().hear(feed) {
            Some(Feed::Batch(batch, _room)) => self.intake.take(*batch, self.clock.now()),
            Some(Feed::Health(health)) => {
                if let Some(caught_up) = self.caught_up.get_mut(health.source.0) {
                    *caught_up = !matches!(health.state, State::Starting | State::Reading);
                }
                self.is_down |= matches!(health.state, State::Down(_));
                for words in self.warnings.hear(&health, self.clock.now()) {
                    tell(&words);
                }
            }
            Some(Feed::Added(source, name)) => self.warnings.named(source, name),
            // Coverage has heard it, or it is for a screen.
            _ => {}
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
        if self.judge.is_asked_as_they_come() {
            self.decide();
        }
        for wish in self.intake.take_wishes() {
            self.wishes.as_ref().and_then(|to| to.send(wish).ok());
        }
        let (changed, late) =
            (self.intake.ring_mut().take_changed(), self.intake.findings_mut().0.take_late());
        let firsts = self.intake.findings_mut().0.firsts_mut();
        let moved = firsts.map(Firsts::take_moved).unwrap_or_default();
        let (kin, baseline) = (self.intake.ring().kin(), self.intake.findings().baseline());
        let learned = Learned { kin, changed: &changed, late: &late, baseline, moved: &moved };
        let report = &mut self.report;
        let dropped = self
            .judge
            .take(snapshot.parts(), &learned, now, |part, rows| report.take(part, rows))?;
        if dropped > 0 {
            let wait = format::counted(dropped as u64, "event waits", "events wait");
            tell(&format!(
                "{wait} no longer for what is learned of them: more than --memory holds"
            ));
        }
        Ok(())
    }

    /// Decides which rows meet a rule because something about them is new.
    fn decide(&mut self) {
        let (findings, ring) = self.intake.findings_mut();
        findings.decide(ring);
    }

    /// Judges and reports the rows that had to wait for everything.
    fn settle(&mut self) -> Result<(), Stop> {
        self.decide();
        let (late, changed) = (self.intake.findings_mut().0.take_late(), Changed::default());
        let (now, report) = (self.clock.now(), &mut self.report);
        let (kin, baseline) = (self.intake.ring().kin(), self.intake.findings().baseline());
        let learned =
            Learned { kin, changed: &changed, late: &late, baseline, moved: &BTreeSet::new() };
        self.judge.settle(&learned, now, |part, rows| report.take(part, rows))
    }

    /// Says when a trail stops to record what is followed here, and when it goes on.
    fn tell_blind(&mut self) {
        let cover = self.intake.cover();
        let holes = cover.holes();
        let streams = cover.streams(&holes);
        let mut words = self.warnings.blind(&holes, &streams);
        words.extend(self.warnings.doubt(&self.intake.doubts()));
        for words in &words {
            tell(words);
        }
    }

    /// Writes what there is, then the books, and says how it ended.
    fn finish(mut self, read: Read, with_stats: bool, triggered: Option<Triggered>) -> Ending {
        let read = match (self.settle(), read) {
            (Err(stop), Read::Whole | Read::Stopped(_)) => Read::Unwritable(stop),
            (_, read) => read,
        };
        let matched = self.report.matched();
        let alarms = self.fail_on.is_some_and(|least| self.report.severity() >= Some(least));
        let stats = books::stats(&self.intake, matched, self.clock.now());
        let stats = Stats { triggers: triggered, ..stats };
        for words in books::forgotten(&stats) {
            tell(&words);
        }
        let stopped = match read {
            Read::Stopped(signal) => Some(signal),
            Read::Whole | Read::Unwritable(_) => None,
        };
        let written = match read {
            Read::Unwritable(stop) => Err(stop),
            Read::Whole | Read::Stopped(_) => match self.alerts {
                Some(Format::Table) => {
                    self.report.write(&rulebook::told(self.intake.watch().alerts()))
                }
                Some(format) => {
                    let alerts = books::alerts(&self.intake, self.clock.now());
                    let page = alerts::page(format, &alerts, None);
                    self.report.write(&String::from_utf8_lossy(&page))
                }
                None => self.report.finish(),
            },
        };
        if let Err(stop @ (Stop::Output(_) | Stop::Spill(_))) = &written {
            tell(stop);
        }
        for words in self.warnings.end(self.clock.now()) {
            tell(&words);
        }
        if with_stats {
            writeln!(io::stderr(), "{}", stats.line()).ok();
        } else if let Some(words) = books::skipped(&stats) {
            tell(&words);
        }
        match (stopped, written) {
            (Some(Signal::Interrupt), _) => Ending::Interrupted,
            (Some(Signal::Terminate), _) => Ending::Terminated,
            (None, Err(Stop::Closed)) => Ending::Matches,
            (None, Err(_)) => Ending::Source,
            (None, Ok(())) if alarms => Ending::Alarm,
            (None, Ok(())) if self.is_down => Ending::Source,
            (None, Ok(())) if matched > 0 => Ending::Matches,
            (None, Ok(())) => Ending::Nothing,
        }
    }
}
