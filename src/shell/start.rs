//! Starts the sources: words of the command line become tasks that feed ingest.

use std::path::Path;
use std::thread;

use anyhow::{Context, bail};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::clock::Clock;
use crate::engine::draft;
use crate::engine::pool::{self, Drafts};
use crate::event::time::Timestamp;
use crate::source::batch::{Feed, Health, Outlet, SourceId};
use crate::source::demo::Simulator;
use crate::source::demo::feed::Demo;
use crate::source::driver::drive;
use crate::source::file::{Files, Options};
use crate::source::spec::Spec;

/// How sources are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Keep watching files, folders and standard input.
    pub follow: bool,
    /// Bytes that one object may expand to.
    pub max_object: u64,
    /// Where the time comes from.
    pub clock: Clock,
}

/// The sources of a run, opened but not started.
#[derive(Debug)]
pub struct Opened {
    /// The words as they were typed.
    pub words: Vec<String>,
    specs: Vec<Spec>,
}

impl Opened {
    /// Reads the words. A path that does not exist is an error before anything is read.
    pub fn of(words: &[String]) -> anyhow::Result<Self> {
        let specs = words.iter().map(|word| Spec::parse(word)).collect::<Result<Vec<_>, _>>()?;
        for spec in &specs {
            if let Spec::Path(path) = spec
                && path != Path::new("-")
                && !path.exists()
            {
                bail!("{}: there is no such file or folder", path.display());
            }
        }
        Ok(Self { words: words.to_vec(), specs })
    }

    /// Whether all of them are files, folders or standard input.
    pub fn are_files(&self) -> bool {
        self.specs.iter().all(|spec| matches!(spec, Spec::Path(_)))
    }

    /// What is known of the sources before they have answered.
    pub fn health(&self, now: Timestamp) -> Vec<Health> {
        let of = |at| Health::starting(SourceId(at), now);
        (0..self.specs.len()).map(of).collect()
    }

    /// Account names that the sources bring along.
    pub fn aliases(&self) -> Vec<(String, String)> {
        let demo = self.specs.iter().any(|spec| matches!(spec, Spec::Demo(_)));
        let known = Simulator::organization().map(|(id, alias)| (id.to_owned(), alias.to_owned()));
        if demo { known.collect() } else { vec![] }
    }

    /// Starts a task for each source; the feed ends when all of them have ended and the sender that
    /// is given back was dropped.
    pub fn start(
        self,
        runtime: &Runtime,
        reading: Reading,
    ) -> (UnboundedSender<Feed>, UnboundedReceiver<Feed>) {
        let (sender, feed) = unbounded_channel();
        let outlet = Outlet::new(sender.clone());
        for (at, spec) in self.specs.into_iter().enumerate() {
            let outlet = outlet.of(SourceId(at));
            match spec {
                Spec::Path(path) => {
                    let options =
                        Options { path, follow: reading.follow, max_object: reading.max_object };
                    runtime.spawn(drive(Files::new(options), outlet, reading.clock));
                }
                Spec::Demo(options) => {
                    let demo = Demo::new(&options, reading.clock, reading.max_object);
                    runtime.spawn(drive(demo, outlet, reading.clock));
                }
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
