//! The search thread: judges segments, newest first, and keeps the visible list current as events
//! arrive. Reckonings follow the rows. A message that comes in interrupts either between segments.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::engine::desk::Desk;
use crate::engine::inbox::Inbox;
use crate::engine::view::{Ledger, View};
use crate::insight::lens::{Insight, Lens};
use crate::query::question::{Asker, Folding, Question, ValuesWanted};
use crate::store::snapshot::Snapshot;

/// The first partial view of a question is published after this long: a whole one is better if it
/// comes within a frame.
const FIRST: Duration = Duration::from_millis(8);
/// After the first, a partial view is published at most this often.
const STALE: Duration = Duration::from_millis(33);
/// Where only events arrive, reckonings follow at most this often …
const RECKON: Duration = Duration::from_millis(100);
/// … and take at most one part of the time in this many.
const SHARE: u32 = 8;

/// How long nothing has to come in before search does what nobody asked for.
const QUIET: Duration = Duration::from_millis(250);

/// Mail for the search thread.
#[derive(Debug)]
pub enum Ask {
    /// The store has changed.
    Stored(Snapshot, Arc<Ledger>),
    /// The screen wants something else.
    Question(Question),
    /// The prompt wants values to complete with.
    Values(ValuesWanted),
    /// The screen wants the same rows folded otherwise.
    Fold(Folding),
    /// The screen wants other reckonings of the same rows.
    Lens(Lens),
}

/// What search tells the screen.
#[derive(Debug)]
pub enum News {
    /// An answer to a question, maybe partial.
    View(Arc<View>),
    /// Values for completion with their counts, most first.
    Values(Asker, u64, Vec<(String, u64)>),
    /// Reckonings of the rows of a question.
    Insight(Arc<Insight>),
}

/// Runs until everybody who may ask has gone.
pub fn run(inbox: Inbox<Ask>, first: Question, clock: Clock, post: &dyn Fn(News)) {
    let asked = Clock::instant();
    let mut search = Search {
        inbox,
        post,
        desk: Desk::new(first, clock),
        values: vec![],
        asked,
        published: None,
        is_new: true,
        is_judged: false,
        is_reckoned: true,
        due: asked,
    };
    while let Some(asks) = search.wait() {
        search.work(asks);
    }
}

/// The state of the thread.
struct Search<'p> {
    inbox: Inbox<Ask>,
    post: &'p dyn Fn(News),
    desk: Desk,
    /// What is owed to those who ask for values, one request each.
    values: Vec<ValuesWanted>,
    /// When the question came in, and when a view of its rows was last published.
    asked: Instant,
    published: Option<Instant>,
    /// Whether the whole answer to the question is still owed.
    is_new: bool,
    /// Whether there is nothing left to judge.
    is_judged: bool,
    /// Whether the reckonings are those of the rows.
    is_reckoned: bool,
    /// When reckonings may be made again.
    due: Instant,
}

impl Search<'_> {
    fn wait(&mut self) -> Option<Vec<Ask>> {
        if self.is_reckoned || !self.desk.lens.wants_any() {
            return self.idle();
        }
        self.inbox.wait_at_most(self.due.saturating_duration_since(Clock::instant()))
    }

    /// Waits with nothing owed. Once it has been quiet for a while, the runs of raw records are
    /// noted, so that words are found sooner.
    fn idle(&mut self) -> Option<Vec<Ask>> {
        if !self.desk.lacks_runs() {
            return self.inbox.wait_and_drain();
        }
        let asks = self.inbox.wait_at_most(QUIET)?;
        if asks.is_empty() {
            while !self.inbox.has_mail() && self.desk.note_runs() {}
        }
        Some(asks)
    }

    fn work(&mut self, asks: Vec<Ask>) {
        for ask in asks {
            self.fold(ask);
        }
        // Rows that are named can be counted at once; else those of the question that came along.
        self.answer_values(|wanted| wanted.among.is_some());
        if !self.is_judged {
            if !self.judge() {
                return;
            }
            self.publish(false);
        }
        self.answer_values(|_| true);
        if !self.is_reckoned && self.due <= Clock::instant() && self.desk.lens.wants_any() {
            self.reckon();
        }
    }

    fn fold(&mut self, ask: Ask) {
        match ask {
            Ask::Stored(snapshot, ledger) => {
                self.desk.store(snapshot, ledger);
                (self.is_judged, self.is_reckoned) = (false, false);
            }
            Ask::Question(question) => {
                self.desk.ask(question);
                (self.is_judged, self.is_reckoned) = (false, false);
                self.is_new = true;
                self.asked = Clock::instant();
                self.published = None;
                self.due = self.asked;
            }
            Ask::Values(wanted) => {
                self.values.retain(|older| older.asker != wanted.asker);
                self.values.push(wanted);
            }
            Ask::Fold(wish) => {
                self.desk.fold(wish);
                self.is_judged = false;
            }
            Ask::Lens(lens) => {
                self.desk.lens = lens;
                self.is_reckoned = false;
                self.due = Clock::instant();
            }
        }
    }

    /// Judges what has changed; false where mail came in between.
    fn judge(&mut self) -> bool {
        self.desk.begin();
        let parts = self.desk.unjudged();
        let mut left = parts.len();
        for parts in parts.chunks(self.desk.at_once()) {
            self.desk.judge(parts);
            left -= parts.len();
            let is_asked_anew = self.inbox.has(|ask| matches!(ask, Ask::Question(_)));
            if self.is_new && !is_asked_anew && self.is_due() {
                self.publish(true);
            }
            if left > 0 && self.inbox.has_mail() {
                return false;
            }
        }
        self.is_judged = true;
        self.desk.settle();
        true
    }

    /// Whether the screen has waited long enough to be shown a part of the answer.
    fn is_due(&self) -> bool {
        match self.published {
            Some(last) => last.elapsed() >= STALE,
            None if self.desk.has_rows() => self.asked.elapsed() >= FIRST,
            None => self.asked.elapsed() >= 2 * FIRST,
        }
    }

    fn publish(&mut self, partial: bool) {
        self.is_new &= partial;
        let view = self.desk.view(partial);
        (self.post)(News::View(Arc::new(view)));
        self.published = Some(Clock::instant());
    }

    fn answer_values(&mut self, is_ripe: impl Fn(&ValuesWanted) -> bool) {
        // Arrivals do not hold it up; what is typed next does.
        let inbox = &mut self.inbox;
        let stop = &mut || inbox.has(|ask| !matches!(ask, Ask::Stored(..)));
        let (desk, post) = (&self.desk, self.post);
        self.values.retain(|wanted| {
            let values = is_ripe(wanted).then(|| desk.values_of(wanted, stop)).flatten();
            let Some(values) = values else { return true };
            post(News::Values(wanted.asker, wanted.id, values));
            false
        });
    }

    fn reckon(&mut self) {
        let begun = Clock::instant();
        let inbox = &mut self.inbox;
        let mut whole = true;
        self.desk.reckon(&mut || inbox.has_mail(), &mut |insight| match insight {
            Some(insight) => (self.post)(News::Insight(Arc::new(insight))),
            None => whole = false,
        });
        if whole {
            self.is_reckoned = true;
            self.due = begun + RECKON.max(begun.elapsed() * SHARE);
        }
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "search_words_tests.rs"]
mod words_tests;
