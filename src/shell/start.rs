//! Starts the sources: words of the command line become tasks that feed ingest.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::CommandFactory as _;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::cli;
use crate::clock::Clock;
use crate::engine::draft;
use crate::engine::pool::{self, Drafts};
use crate::event::time::Timestamp;
use crate::query::narrow::Narrow;
use crate::query::parse::nearest;
#[cfg(feature = "aws")]
use crate::shell::choose::{Begin, Chosen};
#[cfg(feature = "aws")]
use crate::shell::cloud::{self, Logins};
use crate::shell::resolve;
use crate::source::batch::{Feed, Health, Outlet, SourceId};
use crate::source::bell::Bell;
use crate::source::closing::Closing;
use crate::source::demo::feed::Demo;
use crate::source::demo::{self, Simulator};
use crate::source::driver::drive;
use crate::source::file::{Files, Options};
use crate::source::spec::{Cloud, Spec, perhaps_meant};
use crate::source::tape::player::{self, Label, Player};
use crate::source::tape::playing::Hand;
use crate::source::tape::recorder::Recorder;

/// How long sources have to let go of what they hold when the program ends.
pub const LEAVING: Duration = Duration::from_secs(2);

/// How sources are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Keep watching files, folders and standard input.
    pub follow: bool,
    /// Bytes that one object may expand to.
    pub max_object: u64,
    /// Where the time comes from.
    pub clock: Clock,
    /// The oldest events wanted, where that was said.
    pub since: Option<Timestamp>,
    /// Events from here on are not wanted, where that was said.
    pub until: Option<Timestamp>,
    /// Go on with what is live by itself.
    pub live: bool,
}

/// What sources of AWS share with other runs, and what they may be asked for alone.
#[derive(Debug, Clone, Default)]
pub struct Sharing {
    /// Where checkpoints are.
    pub checkpoints: Option<PathBuf>,
    /// Where programs of one user share the pace of their calls.
    pub buckets: Option<PathBuf>,
    /// An equality that every event wanted satisfies.
    pub narrow: Option<Narrow>,
}

impl Sharing {
    /// As it was typed, in the folders of this user. A clock that was set shows another time than
    /// those of other programs, so nothing is shared with them by it.
    pub fn of(typed: &cli::Reading, clock: Clock) -> Self {
        let runs_true = matches!(clock, Clock::System);
        let checkpoints = (!typed.no_checkpoint).then(resolve::state_folder).flatten();
        let buckets = runs_true.then(resolve::runtime_folder).flatten();
        Self { checkpoints, buckets, narrow: None }
    }
}

/// The sources of a run, opened but not started.
#[derive(Debug)]
pub struct Opened {
    /// What the sources are called: the words as they were typed, or one for each part of a word
    /// that comes and goes by itself.
    pub words: Vec<String>,
    /// Why nobody could log in, if nobody could.
    pub refused: Option<String>,
    /// What they share with other runs.
    pub sharing: Sharing,
    /// Says when the program ends.
    pub closing: Closing,
    /// Has everything from the first batch on.
    pub recorder: Option<Recorder>,
    ready: Vec<Ready>,
    cloud: Vec<Cloud>,
    #[cfg(feature = "aws")]
    logins: Option<Logins>,
    /// Who has still to choose.
    #[cfg(feature = "aws")]
    begin: Option<Begin>,
    /// Wakes whoever watches trails; without one nobody does.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "without AWS nobody sleeps"))]
    bell: Option<Bell>,
}

/// What to say where nothing was named and nobody can choose.
#[cfg(not(feature = "aws"))]
const NO_SOURCE: &str = "no SOURCE: name a path, `-` for standard input, or look around with \
                         `trailtop demo`";

/// One source that can be started.
#[derive(Debug)]
enum Ready {
    Path(PathBuf),
    /// A recording: read at once, or played by a hand.
    Tape(PathBuf, Option<Box<(Hand, Label)>>),
    Demo(demo::Options),
    #[cfg(feature = "aws")]
    Cloud(cloud::Ready),
}

impl Opened {
    fn nothing() -> Self {
        Self {
            words: vec![],
            refused: None,
            sharing: Sharing::default(),
            closing: Closing::default(),
            recorder: None,
            ready: vec![],
            cloud: vec![],
            #[cfg(feature = "aws")]
            logins: None,
            #[cfg(feature = "aws")]
            begin: None,
            bell: None,
        }
    }

    /// A recording that is played by a hand.
    pub fn played(path: &Path, hand: Hand, label: Label) -> Self {
        let ready = Ready::Tape(path.to_owned(), Some(Box::new((hand, label))));
        let words = vec![path.to_string_lossy().into_owned()];
        Self { words, ready: vec![ready], ..Self::nothing() }
    }

    /// What the current credentials can see, to be found out once the sources are started.
    #[cfg(feature = "aws")]
    pub fn later(typed: &cli::Reading, runtime: &Runtime) -> anyhow::Result<Self> {
        Ok(Self { begin: Some(Begin::of(typed, runtime)?), ..Self::nothing() })
    }

    /// What the current credentials can see, found out now; what was found is told.
    #[cfg(feature = "aws")]
    pub fn now(
        typed: &cli::Reading,
        runtime: &Runtime,
        tell: &mut dyn FnMut(String),
    ) -> anyhow::Result<Self> {
        let begin = Begin::of(typed, runtime)?;
        let mut opened = Self::nothing();
        let Chosen { ready, logins } = runtime.block_on(begin.choose(tell));
        opened.logins = Some(logins);
        for (word, ready) in ready {
            opened.words.push(word);
            opened.ready.push(Ready::Cloud(ready));
        }
        Ok(opened)
    }

    /// Without AWS nobody can choose.
    #[cfg(not(feature = "aws"))]
    pub fn later(_: &cli::Reading, _: &Runtime) -> anyhow::Result<Self> {
        bail!(NO_SOURCE)
    }

    /// Without AWS nobody can choose.
    #[cfg(not(feature = "aws"))]
    pub fn now(_: &cli::Reading, _: &Runtime, _: &mut dyn FnMut(String)) -> anyhow::Result<Self> {
        bail!(NO_SOURCE)
    }

    /// The same, and the trails of every login are watched; whoever rings the bell wants them to be
    /// looked at now.
    #[must_use]
    pub fn watched(self, bell: Bell) -> Self {
        Self { bell: Some(bell), ..self }
    }

    /// Reads the words, and logs in where a word asks for it. A path that does not exist is an
    /// error before anything is read.
    pub fn of(words: &[String], typed: &cli::Reading, runtime: &Runtime) -> anyhow::Result<Self> {
        let mut opened = Self::nothing();
        let specs = words.iter().map(|word| Spec::parse(word)).collect::<Result<Vec<_>, _>>()?;
        for (word, spec) in words.iter().zip(specs) {
            let ready = match spec {
                Spec::Path(path) if path != Path::new("-") && !path.exists() => {
                    let gone = format!("{}: there is no such file or folder", path.display());
                    match (perhaps_meant(word), perhaps_command(word)) {
                        (Some(source), _) => bail!("{gone}; did you mean the source `{source}`?"),
                        (None, Some(verb)) => bail!("{gone}; did you mean `trailtop {verb}`?"),
                        (None, None) => bail!(gone),
                    }
                }
                Spec::Path(path) if player::is_tape(&path) => Ready::Tape(path, None),
                Spec::Path(path) => Ready::Path(path),
                Spec::Demo(options) => Ready::Demo(options),
                Spec::Cloud(cloud) => {
                    opened.log_in(cloud, typed, runtime)?;
                    continue;
                }
            };
            opened.words.push(word.clone());
            opened.ready.push(ready);
        }
        Ok(opened)
    }

    #[cfg(feature = "aws")]
    fn log_in(
        &mut self,
        cloud: Cloud,
        typed: &cli::Reading,
        runtime: &Runtime,
    ) -> anyhow::Result<()> {
        let logins = match self.logins.take() {
            Some(logins) => logins,
            None => Logins::open(typed, runtime)?,
        };
        if logins.are_all_refused() {
            self.refused = Some(logins.refused.join("\n"));
        }
        for (word, ready) in logins.ready(&cloud, runtime) {
            self.words.push(word);
            self.ready.push(Ready::Cloud(ready));
        }
        self.cloud.push(cloud);
        self.logins = Some(logins);
        Ok(())
    }

    #[cfg(not(feature = "aws"))]
    #[expect(clippy::unnecessary_wraps, reason = "with AWS it may fail")]
    fn log_in(&mut self, cloud: Cloud, _: &cli::Reading, _: &Runtime) -> anyhow::Result<()> {
        self.cloud.push(cloud);
        Ok(())
    }

    /// What to say before anything is read.
    pub fn notes(&self, reading: &Reading) -> Vec<String> {
        #[cfg(feature = "aws")]
        if let Some(logins) = &self.logins {
            return logins.notes(&self.cloud, reading);
        }
        let _ = reading;
        vec![]
    }

    /// Whether all of them are files, folders or standard input.
    pub fn are_files(&self) -> bool {
        self.ready.iter().all(|ready| matches!(ready, Ready::Path(_)))
    }

    /// What is known of the sources before they have answered.
    pub fn health(&self, now: Timestamp) -> Vec<Health> {
        let of = |at| Health::starting(SourceId(at), now);
        (0..self.ready.len()).map(of).collect()
    }

    /// Account names that the sources bring along.
    pub fn aliases(&self) -> Vec<(String, String)> {
        let demo = self.ready.iter().any(|ready| matches!(ready, Ready::Demo(_)));
        let known = Simulator::organization().map(|(id, alias)| (id.to_owned(), alias.to_owned()));
        if demo { known.collect() } else { vec![] }
    }

    /// The same, and those of the organizations of the logins, which are asked for now; what cannot
    /// be learned is told.
    pub fn names(&self, runtime: &Runtime, tell: &mut dyn FnMut(String)) -> Vec<(String, String)> {
        #[cfg_attr(
            not(feature = "aws"),
            expect(unused_mut, reason = "without AWS there is nobody to ask")
        )]
        let mut names = self.aliases();
        #[cfg(feature = "aws")]
        if let Some(logins) = &self.logins {
            names.extend(runtime.block_on(cloud::names(logins.sessions(), tell)));
        }
        let _ = (runtime, tell);
        names
    }

    /// Starts a task for each source; the feed ends when all of them have ended and the sender that
    /// is given back was dropped.
    pub fn start(
        mut self,
        runtime: &Runtime,
        reading: Reading,
    ) -> (UnboundedSender<Feed>, UnboundedReceiver<Feed>) {
        let (sender, feed) = unbounded_channel();
        if let Some(recorder) = self.recorder.take() {
            sender.send(Feed::Record(Some(recorder))).ok();
        }
        let outlet = Outlet::new(sender.clone()).until(self.closing.clone());
        // Before any event: whoever asks for an account by its name finds it from the first row on.
        let aliases = self.aliases();
        if !aliases.is_empty() {
            outlet.aliases(aliases);
        }
        for (at, ready) in self.ready.into_iter().enumerate() {
            let outlet = outlet.of(SourceId(at));
            match ready {
                Ready::Path(path) => {
                    let options =
                        Options { path, follow: reading.follow, max_object: reading.max_object };
                    runtime.spawn(drive(Files::new(options), outlet, reading.clock));
                }
                Ready::Tape(path, hand) => {
                    let hand = hand.map(|it| *it);
                    let player = Player::new(path, reading.max_object, hand);
                    runtime.spawn(drive(player, outlet, reading.clock));
                }
                Ready::Demo(options) => {
                    let demo = Demo::new(&options, reading.clock, reading.max_object);
                    runtime.spawn(drive(demo, outlet, reading.clock));
                }
                #[cfg(feature = "aws")]
                Ready::Cloud(ready) => {
                    ready.start(runtime.handle(), outlet, &reading, &self.sharing);
                }
            }
        }
        #[cfg(feature = "aws")]
        if let Some(bell) = &self.bell {
            if let Some(logins) = &self.logins {
                logins.watch(runtime.handle(), &outlet, reading.clock, bell);
            }
            if let Some(begin) = self.begin {
                begin.start(runtime.handle(), &outlet, (reading, &self.sharing), bell);
            }
        }
        (sender, feed)
    }
}

/// The runtime of the sources: two workers, since they mostly wait.
pub fn runtime() -> anyhow::Result<Runtime> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("source")
        .enable_all()
        .build();
    built.context("the source threads cannot be started")
}

/// Starts a reader for each core between the sources and whoever keeps what they bring.
pub fn readers(
    feed: UnboundedReceiver<Feed>,
    reading: &draft::Reading,
    clock: Clock,
) -> anyhow::Result<Drafts> {
    let cores = thread::available_parallelism().map_or(2, std::num::NonZero::get);
    pool::start(cores, feed, reading, clock).context("the reader threads cannot be started")
}

/// Starts a named thread.
pub fn spawn(
    name: &str,
    body: impl FnOnce() + Send + 'static,
) -> anyhow::Result<thread::JoinHandle<()>> {
    thread::Builder::new()
        .name(name.into())
        .spawn(body)
        .with_context(|| format!("the {name} thread cannot be started"))
}

/// The command whose name is nearest to a word that names nothing.
fn perhaps_command(word: &str) -> Option<String> {
    let cli = cli::Cli::command();
    let names = cli.get_subcommands().map(clap::Command::get_name);
    nearest(word, names).first().map(|name| (*name).to_owned())
}
