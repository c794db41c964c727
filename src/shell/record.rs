//! `trailtop record`: what sources bring goes to a file, without a screen, with a line of progress.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, unbounded_channel};
use tokio::time::interval;

use crate::cli;
use crate::clock::Clock;
use crate::coverage::watermark::Word;
use crate::engine::draft::{self, Keep, Told};
use crate::engine::intake::Intake;
use crate::engine::pool::{Arrival, Drafts};
use crate::engine::view::worst;
use crate::event::field::{Column, Columns};
use crate::event::time::Timestamp;
use crate::export::safe;
use crate::shell::books;
use crate::shell::headless::tell;
use crate::shell::interrupt::{self, Signal};
use crate::shell::resolve::{self, Window};
use crate::shell::start::{self, Opened, Reading, Sharing};
use crate::shell::stdin;
use crate::shell::warnings::Warnings;
use crate::source::batch::{Feed, State};
use crate::source::bell::Bell;
use crate::source::tape::recorder::{Made, Options, Recorder, Stage};
use crate::ui::format;

/// Wrong usage or path.
const USAGE: u8 = 2;
/// A source was not read whole, or the file not written to its end.
const LOSS: u8 = 3;
/// How often the line of progress is written.
const TICK: Duration = Duration::from_secs(1);

/// How a recording ended.
type Ended = (Made, Result<(), String>);

/// Everything settled before anything is read.
struct Settled {
    opened: Opened,
    runtime: Runtime,
    reading: Reading,
    memory: usize,
    ended: UnboundedReceiver<Ended>,
    file: String,
    with_secrets: bool,
}

/// Records until every source has ended or somebody ends it.
pub fn run_record(typed: &cli::Record) -> ExitCode {
    match settle(typed) {
        Ok(settled) => ExitCode::from(run(settled)),
        Err(message) => {
            tell(&message);
            ExitCode::from(USAGE)
        }
    }
}

fn settle(typed: &cli::Record) -> Result<Settled, String> {
    let reading = &typed.reading;
    let clock = resolve::clock(reading.now.as_deref())?;
    let Window { since, until } =
        Window::read(reading.since.as_deref(), reading.until.as_deref(), clock.start())?;
    let memory = resolve::memory(reading.memory);
    let max_object = resolve::max_object(reading.max_object, memory);
    let runtime = start::runtime().map_err(|error| format!("{error:#}"))?;
    let opened = match &*typed.sources {
        [] if stdin::is_fed() => Opened::of(&["-".to_owned()], reading, &runtime),
        [] => Opened::now(reading, &runtime, &mut |said| tell(&said)),
        words => Opened::of(words, reading, &runtime),
    };
    let mut opened = opened.map_err(|error| format!("{error:#}"))?.watched(Bell::default());
    opened.sharing = Sharing::of(reading, clock);
    let reading = Reading { follow: reading.follow, max_object, clock, since, until, live: true };
    opened.notes(&reading).iter().for_each(|note| tell(note));
    let options = Options {
        sources: opened.words.clone(),
        with_secrets: typed.with_secrets,
        most: typed.max_size,
        gives_receipts: true,
        with_buffer: false,
    };
    let (end, ended) = unbounded_channel();
    let told = move |told| {
        if let Stage::Ended(made, why) = told {
            end.send((made, why)).ok();
        }
    };
    let recorder = Recorder::start(Path::new(&typed.file), options, clock, told);
    opened.recorder = Some(recorder.map_err(|error| cannot_begin(&typed.file, &error))?);
    let memory = usize::try_from(memory).unwrap_or(usize::MAX);
    let (file, with_secrets) = (typed.file.clone(), typed.with_secrets);
    Ok(Settled { opened, runtime, reading, memory, ended, file, with_secrets })
}

/// Why a recording cannot begin.
pub fn cannot_begin(file: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!(
                "{file} is there already: a recording never overwrites a file; give another name"
            )
        }
        _ => format!("{file} cannot be written: {error}"),
    }
}

/// What is recorded, counted.
struct Desk {
    intake: Intake,
    clock: Clock,
    begun: Timestamp,
    file: String,
    is_down: bool,
    warnings: Warnings,
    /// Whether somebody watches a line of progress.
    is_watched: bool,
}

fn run(settled: Settled) -> u8 {
    let Settled { opened, runtime, reading, memory, mut ended, file, with_secrets } = settled;
    let clock = reading.clock;
    let mut desk = Desk {
        intake: Intake::drained(memory / 4),
        clock,
        begun: clock.now(),
        file,
        is_down: false,
        warnings: Warnings::of(&opened.words, clock.now()),
        is_watched: io::stderr().is_terminal(),
    };
    let how = draft::Reading {
        columns: Columns::NONE.and(&[Column::Category]),
        raw: Keep::Nothing,
        told: Told { grants: false, trails: true },
        ..draft::Reading::whole(desk.intake.secret().clone())
    };
    let closing = opened.closing.clone();
    let (sender, feed) = opened.start(&runtime, reading);
    // Only sources keep the feed open; the recording is ended by it all the same.
    let to_end = sender.downgrade();
    drop(sender);
    let drafts = match start::readers(feed, &how, clock) {
        Ok(drafts) => drafts,
        Err(error) => {
            tell(&format!("{error:#}"));
            return LOSS;
        }
    };
    let (made, why) = runtime.block_on(async {
        let signals = interrupt::listen();
        if let Some(early) = desk.read(drafts, signals, &mut ended).await {
            return early;
        }
        if let Some(feed) = to_end.upgrade() {
            feed.send(Feed::Record(None)).ok();
        }
        let broken = || (Made::default(), Err("its thread broke off".to_owned()));
        ended.recv().await.unwrap_or_else(broken)
    });
    runtime.block_on(closing.close(start::LEAVING));
    runtime.shutdown_background();
    desk.end(made, why, with_secrets)
}

impl Desk {
    /// Counts what comes in until nothing more does or somebody ends it; what the recording came to
    /// where it has ended by itself.
    async fn read(
        &mut self,
        mut drafts: Drafts,
        mut signals: Receiver<Signal>,
        ended: &mut UnboundedReceiver<Ended>,
    ) -> Option<Ended> {
        let mut tick = interval(TICK);
        loop {
            let next = tokio::select! {
                biased;
                Some(_) = signals.recv() => return None,
                Some(early) = ended.recv() => return Some(early),
                _ = tick.tick() => {
                    self.show_progress();
                    continue;
                }
                next = drafts.next() => next?,
            };
            self.hear(next);
        }
    }

    fn hear(&mut self, arrival: Arrival) {
        let now = self.clock.now();
        match arrival {
            Arrival::Draft(draft) => {
                self.intake.keep(&draft, now);
                drop(self.intake.drain(now));
            }
            Arrival::Feed(Feed::Health(health)) => {
                self.is_down |= matches!(health.state, State::Down(_));
                for words in self.warnings.hear(&health, now) {
                    self.say(&words);
                }
            }
            Arrival::Feed(feed) => drop(self.intake.cover_mut().hear(feed)),
        }
    }

    /// Says something without leaving the line of progress in it.
    fn say(&self, words: &str) {
        self.clear_line();
        tell(&words);
    }

    fn clear_line(&self) {
        if self.is_watched {
            write!(io::stderr(), "\r\x1b[K").ok();
        }
    }

    fn show_progress(&self) {
        if !self.is_watched {
            return;
        }
        let bytes = Path::new(&self.file).metadata().map_or(0, |meta| meta.len());
        let line = format!(
            "recording {}: {} · {} in {} · Ctrl-C ends it",
            format::duration(self.clock.now() - self.begun),
            self.counted(),
            format::bytes(bytes),
            self.file,
        );
        let line: String = safe::shown(&line).chars().take(100).collect();
        write!(io::stderr(), "\r{line}\x1b[K").ok();
        io::stderr().flush().ok();
    }

    /// What was recorded, and how complete it is.
    fn counted(&self) -> String {
        let tally = self.intake.tally();
        let cover = self.intake.cover();
        let streams = cover.streams(&cover.holes());
        let complete = worst(&streams).map(|(to, row)| {
            let about = if matches!(row.word, Word::Proven(_)) { "" } else { "~" };
            format!(", complete to {about}{to}")
        });
        let skipped = match tally.skipped {
            0 => String::new(),
            n => format!(", {} unreadable", format::count(n)),
        };
        let complete = complete.unwrap_or_default();
        format!("{}{skipped}{complete}", format::counted(tally.kept, "event", "events"))
    }

    fn end(mut self, made: Made, why: Result<(), String>, with_secrets: bool) -> u8 {
        self.clear_line();
        for words in self.warnings.end(self.clock.now()) {
            tell(&words);
        }
        if let Some(words) = books::skipped(&books::stats(&self.intake, 0, self.clock.now())) {
            tell(&words);
        }
        let (counted, size, file) = (self.counted(), format::bytes(made.bytes), &self.file);
        let secrets = match with_secrets {
            true => "secrets are in it as they came",
            false => "secrets are hidden in it",
        };
        tell(&format!(
            "{counted}: {size} in {file}; {secrets}\n\
             trailtop replay {file} plays it, trailtop query FILTER {file} reads it"
        ));
        match why {
            Err(why) => {
                tell(&format!("the recording was ended early: {why}"));
                LOSS
            }
            Ok(()) if self.is_down => LOSS,
            Ok(()) => 0,
        }
    }
}
