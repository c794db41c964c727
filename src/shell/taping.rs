//! The recording that is begun from the dashboard: opens its file, and tells what came of it.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::app::msg::Msg;
use crate::clock::Clock;
use crate::shell::record::cannot_begin;
use crate::source::batch::Feed;
use crate::source::tape::recorder::{Made, Options, Recorder, Stage};
use crate::ui::format;

/// The most bytes of a recording that nobody gave another size.
const MOST: u64 = 4 << 30;
/// How long the end waits for the last of it to be written.
const LAST: Duration = Duration::from_secs(5);

/// Begins and ends recordings.
#[derive(Debug)]
pub struct Taping {
    clock: Clock,
    msgs: Sender<Msg>,
    /// The recording that runs, or ran last.
    ended: Option<Receiver<String>>,
}

impl Taping {
    /// None runs.
    pub fn new(clock: Clock, msgs: Sender<Msg>) -> Self {
        Self { clock, msgs, ended: None }
    }

    /// Begins a recording of what is here and of what comes in from now on; says how that went.
    pub fn begin(
        &mut self,
        name: Option<String>,
        sources: &[String],
        feed: &UnboundedSender<Feed>,
    ) -> Msg {
        let stamp: String = self.clock.now().to_string();
        let stamp: String = stamp.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
        let file = name.unwrap_or_else(|| format!("trailtop-{stamp}.tape"));
        let options = Options {
            sources: sources.to_vec(),
            with_secrets: false,
            most: MOST,
            gives_receipts: false,
            with_buffer: true,
        };
        let (end, ended) = channel();
        let (msgs, name) = (self.msgs.clone(), file.clone());
        let recorder = Recorder::start(Path::new(&file), options, self.clock, move |told| {
            // The screen may have gone first, or whoever waits at the end.
            if let Stage::Ended(made, why) = told {
                let said = ended_with(&name, made, why);
                msgs.send(Msg::Recorded(said.clone())).ok();
                end.send(said).ok();
            } else {
                msgs.send(Msg::Records(told, name.clone())).ok();
            }
        });
        match recorder {
            Ok(recorder) => {
                self.ended = Some(ended);
                // Ingest is there as long as the screen is.
                feed.send(Feed::Record(Some(recorder))).ok();
                Msg::Recording(file)
            }
            Err(error) => Msg::Notice(cannot_begin(&file, &error)),
        }
    }

    /// Ends the recording that runs.
    pub fn stop(feed: &UnboundedSender<Feed>) {
        feed.send(Feed::Record(None)).ok();
    }

    /// Ends the recording that runs, and waits until it is written.
    pub fn end(self, feed: &UnboundedSender<Feed>) -> Option<String> {
        Self::stop(feed);
        self.ended?.recv_timeout(LAST).ok()
    }
}

/// What a recording to a file came to.
fn ended_with(name: &str, made: Made, why: Result<(), String>) -> String {
    let size = format::bytes(made.bytes);
    match why {
        Ok(()) => format!("recorded: {size} in {name}, secrets hidden in it"),
        Err(why) => format!("NOT recorded any more: {why}; {name} has {size}"),
    }
}
