//! Reads the files of rules again when they have changed, or when somebody asks: off the screen's
//! thread. Rules that do not load leave those that run as they are.

use std::fs;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc::UnboundedSender;

use crate::app::msg::Msg;
use crate::cli::Detection;
use crate::detect::current::Current;
use crate::detect::load::{Books, Note};
use crate::shell::rulebook;
use crate::shell::start::spawn;
use crate::source::batch::Feed;
use crate::ui::format;

/// How often files are looked at: it works on any file system, and follows links that change.
const LOOK: Duration = Duration::from_secs(2);
/// The most faults that are told one by one.
const TOLD: usize = 3;

/// What the rules came from.
#[derive(Debug)]
pub struct Origin {
    /// What was asked for.
    pub typed: Detection,
    /// What did not load at the start: it may go on not to.
    pub failed: Vec<Note>,
}

/// Asks for the rules to be read again.
#[derive(Debug)]
pub struct Reload(Sender<()>);

impl Reload {
    /// Starts the thread. Other rules are put into the place of `current`, and ingest is told through
    /// `feed`, the user through `msgs`.
    pub fn start(
        origin: Origin,
        current: Current,
        feed: UnboundedSender<Feed>,
        msgs: Sender<Msg>,
    ) -> anyhow::Result<Self> {
        let (ask, asked) = channel();
        let stamp = stamp(&origin.typed.rules);
        spawn("rules", move || Watch { origin, current, feed, msgs, stamp }.run(&asked))?;
        Ok(Self(ask))
    }

    /// Reads the rules again now.
    pub fn ask(&self) {
        // A thread that is gone has ended with the program.
        self.0.send(()).ok();
    }
}

/// When and how long each file was when it was last looked at.
type Stamp = Vec<(String, Option<SystemTime>, u64)>;

struct Watch {
    origin: Origin,
    current: Current,
    feed: UnboundedSender<Feed>,
    msgs: Sender<Msg>,
    stamp: Stamp,
}

impl Watch {
    fn run(mut self, asked: &Receiver<()>) {
        let has_files = !self.origin.typed.rules.is_empty();
        loop {
            let is_asked = match has_files {
                true => asked.recv_timeout(LOOK),
                false => asked.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let is_asked = match is_asked {
                Ok(()) => true,
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if !has_files {
                self.say("no files of rules were named: --rules PATH names some".to_owned());
                continue;
            }
            let stamp = stamp(&self.origin.typed.rules);
            if is_asked || stamp != self.stamp {
                self.stamp = stamp;
                match self.read() {
                    Ok(said) => {
                        // What they have judged is told after that.
                        self.say(said);
                        self.feed.send(Feed::OtherRules).ok();
                    }
                    Err(why) => self.say(why),
                }
            }
        }
    }

    fn say(&self, said: String) {
        // The screen may have gone first.
        self.msgs.send(Msg::Notice(said)).ok();
    }

    /// Reads everything again; the error says why the rules of before go on.
    fn read(&mut self) -> Result<String, String> {
        let wrong = |why: &str| format!("the rules of before go on: {why}");
        let (rules, books) = rulebook::read(&self.origin.typed).map_err(|why| wrong(&why))?;
        let is_known = |note: &&Note| self.origin.failed.contains(note);
        let failed: Vec<&Note> = books.failed.iter().filter(|note| !is_known(note)).collect();
        if !failed.is_empty() {
            let told: Vec<String> = failed.iter().take(TOLD).map(ToString::to_string).collect();
            let more = match failed.len().saturating_sub(TOLD) {
                0 => String::new(),
                n => format!(", and {n} more"),
            };
            return Err(wrong(&format!("{}{more}", told.join(" · "))));
        }
        let Books { loaded, failed, .. } = books;
        self.origin.failed = failed;
        self.current.replace(&Arc::new(rules));
        let rules = format::counted(loaded as u64, "rule is", "rules are");
        Ok(format!("{rules} read again; what is here is judged by them"))
    }
}

/// How each file of rules looks from outside.
fn stamp(paths: &[String]) -> Stamp {
    let files = rulebook::paths(paths).unwrap_or_default();
    let look = |path: std::path::PathBuf| {
        let about = fs::metadata(&path).ok();
        let length = about.as_ref().map_or(0, fs::Metadata::len);
        let time = about.and_then(|about| about.modified().ok());
        (path.display().to_string(), time, length)
    };
    files.into_iter().map(look).collect()
}
