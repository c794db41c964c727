//! The task that fires: so many of a trigger at once, the others in turn, every start and end noted.
//! It ends when nobody can want anything any more and everything has ended, or at once when told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::clock::Clock;
use crate::event::time::Millis;
use crate::export::stats::Triggered;
use crate::shell::interrupt::Signal;
use crate::shell::trigger::audit::{self, Audit};
use crate::shell::trigger::webhook::Encryption;
use crate::shell::trigger::{program, webhook};
use crate::source::pace::Backoff;
use crate::trigger::answer::Next;
use crate::trigger::audit::{End, Entry, Outcome, Said, What, count};
use crate::trigger::definition::{Does, Trigger, Triggers};
use crate::trigger::firing::{Firing, Why, Wish};
use crate::trigger::post::Post;

/// How long dropped firings are counted before they are told.
const COUNTING: Duration = Duration::from_secs(2);
/// How long what was told to end may take to do so.
const LEAVING: Duration = Duration::from_secs(3);
/// The shortest and the longest wait before a post is tried again.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));

/// Hears of every entry of the audit, and of what keeps it from being written.
pub type Told = Box<dyn Fn(Heard) + Send + Sync>;

/// What is told.
#[derive(Debug)]
pub enum Heard {
    /// An entry of the audit.
    Entry(Entry),
    /// Something that concerns no firing.
    Trouble(String),
}

impl Heard {
    /// What somebody has to be told of it at once.
    pub fn trouble(&self) -> Option<String> {
        match self {
            Self::Entry(entry) => entry.trouble(),
            Self::Trouble(why) => Some(why.clone()),
        }
    }
}

/// What makes the ids of firings those of this run.
pub fn name(clock: Clock) -> String {
    format!("{:x}-{:x}", clock.now().0, std::process::id())
}

/// The triggers of a run at work.
#[derive(Debug)]
pub struct Runner {
    stop: watch::Sender<bool>,
    done: JoinHandle<Triggered>,
}

/// What all firings share.
struct Desk {
    triggers: Arc<Triggers>,
    encryption: Encryption,
    clock: Clock,
    stop: watch::Receiver<bool>,
}

/// A firing that has ended.
struct Ended {
    firing: Firing,
    outcome: Outcome,
}

impl Runner {
    /// Starts the task; wishes go to the sender that is given back.
    pub fn start(
        runtime: &Handle,
        triggers: Arc<Triggers>,
        clock: Clock,
        told: Told,
    ) -> anyhow::Result<(Self, UnboundedSender<Wish>)> {
        let encryption = encryption(&triggers);
        let (sender, wishes) = unbounded_channel();
        let (stop, stopped) = watch::channel(false);
        let told = Arc::new(told);
        let to = Arc::clone(&told);
        let audit = Audit::start(audit::path(), move |why| to(Heard::Trouble(why)))?;
        let waiting = triggers.all.iter().map(|_| VecDeque::new()).collect();
        let running = vec![0; triggers.all.len()];
        let desk = Arc::new(Desk { triggers, encryption, clock, stop: stopped });
        let round = Round {
            desk,
            waiting,
            running,
            jobs: JoinSet::new(),
            lost: BTreeMap::new(),
            totals: Triggered::default(),
            books: (audit, told),
        };
        Ok((Self { stop, done: runtime.spawn(round.run(wishes)) }, sender))
    }

    /// Waits until everything that was wished for has ended. The senders of wishes have to be gone.
    pub async fn finish(&mut self) -> Triggered {
        (&mut self.done).await.unwrap_or_default()
    }

    /// Waits until everything that was wished for has ended, unless somebody asked us to end before,
    /// or does so meanwhile: then everything ends now. Gives that signal too.
    pub async fn end(
        mut self,
        now: bool,
        mut signals: mpsc::Receiver<Signal>,
    ) -> (Option<Signal>, Triggered) {
        if now {
            return (None, self.stop().await);
        }
        let signal = tokio::select! {
            biased;
            Some(signal) = signals.recv() => signal,
            triggered = self.finish() => return (None, triggered),
        };
        (Some(signal), self.stop().await)
    }

    /// Ends everything now.
    pub async fn stop(self) -> Triggered {
        // A task that has ended needs no telling.
        self.stop.send(true).ok();
        self.done.await.unwrap_or_default()
    }
}

/// Set up once, where any trigger wants it.
fn encryption(triggers: &Triggers) -> Encryption {
    let is_encrypted = |trigger: &Trigger| match &trigger.does {
        Does::Post(post) => post.is_encrypted(),
        Does::Run(_) => false,
    };
    let nobody = || Err("no trigger wanted encryption".to_owned());
    if triggers.all.iter().any(is_encrypted) { webhook::encryption() } else { nobody() }
}

/// What the task holds.
struct Round {
    desk: Arc<Desk>,
    /// Firings that wait for their turn, by trigger.
    waiting: Vec<VecDeque<Firing>>,
    /// How many run, by trigger.
    running: Vec<usize>,
    jobs: JoinSet<Ended>,
    /// What was dropped and not told yet.
    lost: BTreeMap<(usize, Why), u64>,
    totals: Triggered,
    books: (Audit, Arc<Told>),
}

impl Round {
    async fn run(mut self, mut wishes: UnboundedReceiver<Wish>) -> Triggered {
        let mut stop = self.desk.stop.clone();
        let mut tell_at: Option<Instant> = None;
        let mut is_open = true;
        while is_open || !self.jobs.is_empty() {
            let due = async move {
                match tell_at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // First of all: what ends because of it must not let the next one begin.
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                wish = wishes.recv(), if is_open => match wish {
                    Some(Wish::Fire(firing)) => {
                        self.waiting[firing.trigger].push_back(*firing);
                        self.begin();
                    }
                    Some(Wish::Lost(trigger, why, count)) => {
                        *self.lost.entry((trigger, why)).or_default() += count;
                        tell_at = tell_at.or_else(|| Some(Instant::now() + COUNTING));
                    }
                    None => is_open = false,
                },
                Some(ended) = self.jobs.join_next() => {
                    self.take(ended.ok());
                    self.begin();
                }
                () = due => {
                    tell_at = None;
                    self.tell_lost();
                }
            }
        }
        self.leave(wishes).await
    }

    /// Starts what may start.
    fn begin(&mut self) {
        for (at, trigger) in self.desk.triggers.all.iter().enumerate() {
            while self.running[at] < trigger.at_once
                && let Some(firing) = self.waiting[at].pop_front()
            {
                self.running[at] += 1;
                let entry = Entry {
                    at: self.desk.clock.now(),
                    trigger: trigger.name.clone(),
                    what: What::Started(firing.number, firing.subject.clone()),
                };
                note(&mut self.totals, &self.books, entry);
                self.jobs.spawn(fire(Arc::clone(&self.desk), firing));
            }
        }
    }

    /// Notes what has ended.
    fn take(&mut self, ended: Option<Ended>) {
        // A job that panicked ends the program.
        let Some(Ended { firing, outcome }) = ended else { return };
        self.running[firing.trigger] -= 1;
        let what = What::Ended(firing.number, firing.subject, Box::new(outcome));
        self.note(firing.trigger, what);
    }

    fn note(&mut self, trigger: usize, what: What) {
        let trigger = self.desk.triggers.all[trigger].name.clone();
        let entry = Entry { at: self.desk.clock.now(), trigger, what };
        note(&mut self.totals, &self.books, entry);
    }

    fn tell_lost(&mut self) {
        for ((trigger, why), count) in std::mem::take(&mut self.lost) {
            self.note(trigger, What::Lost(why, count));
        }
    }

    /// Ends what still runs, and notes what never will.
    async fn leave(mut self, mut wishes: UnboundedReceiver<Wish>) -> Triggered {
        while let Ok(wish) = wishes.try_recv() {
            match wish {
                Wish::Fire(firing) => self.waiting[firing.trigger].push_back(*firing),
                Wish::Lost(trigger, why, count) => {
                    *self.lost.entry((trigger, why)).or_default() += count;
                }
            }
        }
        for (trigger, waiting) in self.waiting.iter_mut().enumerate() {
            let left = std::mem::take(waiting).len() as u64;
            if left > 0 {
                *self.lost.entry((trigger, Why::Leaving)).or_default() += left;
            }
        }
        let deadline = Instant::now() + LEAVING;
        while let Ok(Some(ended)) = tokio::time::timeout_at(deadline, self.jobs.join_next()).await {
            self.take(ended.ok());
        }
        // What does not end when told to is dropped, and killed with that.
        self.jobs.shutdown().await;
        self.tell_lost();
        let (audit, _) = self.books;
        tokio::task::spawn_blocking(move || audit.end()).await.ok();
        self.totals
    }
}

fn note(totals: &mut Triggered, (audit, told): &(Audit, Arc<Told>), entry: Entry) {
    count(totals, &entry);
    audit.keep(&entry);
    told(Heard::Entry(entry));
}

/// Does what a firing asks for.
async fn fire(desk: Arc<Desk>, firing: Firing) -> Ended {
    let trigger = &desk.triggers.all[firing.trigger];
    let begun = Clock::instant();
    let mut outcome = match &trigger.does {
        Does::Run(argv) => {
            let given = (&firing.subject, &*firing.payload);
            let ran = program::run(argv, given, trigger.timeout, desk.stop.clone()).await;
            let program::Ran { end, words, out, err } = ran;
            Outcome { end, words, took: Millis(0), tries: 1, out, err }
        }
        Does::Post(post) => {
            let mut stop = desk.stop.clone();
            let mut tries = 0;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => None,
                outcome = deliver(&desk, (post, trigger), &firing, &mut tries) => Some(outcome),
            }
            .unwrap_or_else(|| Outcome {
                end: End::Stopped,
                words: "given up because trailtop ended".to_owned(),
                took: Millis(0),
                tries,
                out: Said::default(),
                err: Said::default(),
            })
        }
    };
    outcome.took = begun.elapsed().into();
    Ended { firing, outcome }
}

/// Posts until it is taken, or until there is no sense in it.
async fn deliver(
    desk: &Desk,
    (post, trigger): (&Post, &Trigger),
    firing: &Firing,
    tries: &mut u32,
) -> Outcome {
    let mut backoff = Backoff::new(WAITS.0, WAITS.1, firing.number);
    loop {
        *tries += 1;
        let given = (Arc::clone(&firing.payload), &*firing.id);
        let posting = webhook::post(post, given, desk.encryption.clone());
        let came = timeout(trigger.timeout, posting).await;
        let is_late = came.is_err();
        let late = |_| {
            let seconds = trigger.timeout.as_secs();
            webhook::Tried::failed(format!("no whole answer within {seconds} s"))
        };
        let webhook::Tried { next, words, answer } = came.unwrap_or_else(late);
        let end = match next {
            Next::Done => End::Ok,
            Next::Again(asked) if *tries <= trigger.retries => {
                sleep(backoff.failed().max(asked.unwrap_or_default())).await;
                continue;
            }
            Next::Again(_) if is_late => End::TimedOut,
            Next::Again(_) | Next::GiveUp => End::Failed,
        };
        let (took, err) = (Millis(0), Said::default());
        return Outcome { end, words, took, tries: *tries, out: answer, err };
    }
}
