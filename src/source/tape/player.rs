//! A tape as a source: it sends again what was recorded. All at once, as any file is read; or by a
//! clock that it moves itself, while a hand holds it.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::clock::Clock;
use crate::event::field::Origin;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Batch, Feed, Health, Outlet, SourceId, State};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::parcel::Parcel;
use crate::source::tape::buffer::Summary;
use crate::source::tape::hand::{Motion, Position, Speed, Wish};
use crate::source::tape::line::{self, Entry, Head, News, VERSION};
use crate::source::tape::reel::{NoTape, Reader, Taken, begins_as_tape};

/// How often the clock of a tape that is played is moved and told, at least.
const TICK: Duration = Duration::from_millis(250);
/// How long nothing is looked at while nothing moves.
const REST: Duration = Duration::from_hours(1);
/// Bytes of lines that a frame may hold beside the bytes of one object.
const LINES: u64 = 64 << 20;
/// The most sources of a recording that are told apart; what further ones sent is told of the recording.
const SOURCES: usize = 1000;
/// Entries that are sent before wishes are looked at.
const AT_ONCE: usize = 64;

/// How a tape is played.
#[derive(Debug)]
pub struct Hand {
    /// The clock that is moved.
    pub clock: &'static AtomicI64,
    /// What is wished.
    pub wishes: UnboundedReceiver<Wish>,
    /// How fast it begins.
    pub speed: Speed,
    /// The moment to begin at.
    pub start: Option<Timestamp>,
}

/// What is known of a tape before it is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it is a recording of.
    pub head: Head,
    /// When it began.
    pub from: Timestamp,
    /// About when it ended.
    pub to: Option<Timestamp>,
    /// What the buffer held when it began, where it began midway.
    pub buffer: Option<Summary>,
}

/// Looks at a tape: what it is of, and its times.
pub fn label(path: &Path) -> Result<Label, NoTape> {
    let mut reader = Reader::open(File::open(path)?, VERSION, LINES)?;
    let taken = reader.take()?.unwrap_or_default();
    let to = reader.last_moment()?;
    let (entries, _) = line::read(&taken.bytes);
    let mut news = entries.into_iter().map(|entry| (entry.line.at, entry.line.news));
    let Some((from, News::Head(head))) = news.next() else { return Err(NoTape::Other) };
    let buffer = news.find_map(|(_, news)| match news {
        News::Buffer(summary) => Some(summary),
        _ => None,
    });
    Ok(Label { head, from, to, buffer })
}

/// Whether a path is a file that begins as a tape does. Nothing but a plain file is looked into.
pub fn is_tape(path: &Path) -> bool {
    let is_file = path.metadata().is_ok_and(|meta| meta.is_file());
    is_file && File::open(path).is_ok_and(begins_as_tape)
}

/// What is ahead on a tape.
enum Ahead {
    /// Something that came in.
    Entry(Entry),
    /// Something that cannot be read: where in the file, and why.
    Lost(u64, String),
}

/// The tape as a source.
pub struct Player {
    path: PathBuf,
    max_object: u64,
    reader: Option<Reader<File>>,
    /// What was read and not sent yet.
    ahead: VecDeque<Ahead>,
    /// Whether nothing follows what is ahead.
    is_read: bool,
    /// The sources of the recording as they are numbered here.
    sources: BTreeMap<SourceId, SourceId>,
    /// The last health of each of them.
    health: BTreeMap<SourceId, Health>,
    has_end: bool,
    /// When what was last sent came in.
    last: Timestamp,
    head: Option<(Timestamp, Head)>,
    /// What the buffer held when the recording began midway, and where it is live from, with how
    /// many of those rows are there.
    buffer: Option<(Summary, Option<(Timestamp, u64)>)>,
    lost: u64,
    progress: Progress,
    hand: Option<Held>,
}

/// The hand, and where it stands.
struct Held {
    hand: Hand,
    /// Wishes that have woken it.
    waiting: Vec<Wish>,
    position: Position,
    /// The moment that was shown when this one was.
    anchor: (Timestamp, Instant),
    /// It goes on to the next thing that brings events.
    steps: bool,
    /// It stands still once it has come to where it was sent.
    stands_then: bool,
    told: Option<(Position, Instant)>,
}

impl Player {
    /// A tape that is read at once, or that a hand plays. Objects on it may have so many bytes.
    pub fn new(path: PathBuf, max_object: u64, hand: Option<(Hand, Label)>) -> Self {
        let hand = hand.map(|(hand, label)| {
            let Label { from, to, .. } = label;
            let seeks = hand.start.filter(|start| *start > from);
            let motion = seeks.map_or(Motion::Plays, Motion::Seeks);
            let speed = hand.speed;
            let position = Position { at: from, speed, motion, from, to, runs: 0, steps: 0 };
            let anchor = (from, Clock::instant());
            let waiting = vec![];
            let (steps, stands_then, told) = (false, false, None);
            let held = Held { hand, waiting, position, anchor, steps, stands_then, told };
            held.set_clock();
            held
        });
        Self {
            path,
            max_object,
            reader: None,
            ahead: VecDeque::new(),
            is_read: false,
            sources: BTreeMap::new(),
            health: BTreeMap::new(),
            has_end: false,
            last: Timestamp(0),
            head: None,
            buffer: None,
            lost: 0,
            progress: Progress::default(),
            hand,
        }
    }

    /// Reads on until something is ahead, or the tape ends.
    async fn look_ahead(&mut self) -> Result<(), Fault> {
        while self.ahead.is_empty() && !self.is_read {
            let mut reader = match self.reader.take() {
                Some(reader) => reader,
                None => self.open()?,
            };
            let taken = tokio::task::spawn_blocking(move || {
                let taken = reader.take();
                (reader, taken.map(|taken| taken.map(unfolded)))
            });
            let (reader, taken) = taken.await.map_err(|_| self.down(&"reading it broke off"))?;
            self.progress.bytes = self.progress.bytes.max(reader.offset());
            self.reader = Some(reader);
            let Some((offset, entries, damage)) = taken.map_err(|error| self.down(&error))? else {
                self.is_read = true;
                if !self.has_end && self.lost == 0 {
                    let why = "the recording was not ended: its last second may be missing";
                    self.ahead.push_back(Ahead::Lost(self.progress.bytes, why.to_owned()));
                }
                continue;
            };
            self.ahead.extend(entries.into_iter().map(Ahead::Entry));
            self.ahead.extend(damage.map(|why| Ahead::Lost(offset, why)));
        }
        Ok(())
    }

    fn open(&self) -> Result<Reader<File>, Fault> {
        let file = File::open(&self.path).map_err(|error| self.down(&error))?;
        let most = self.max_object.saturating_add(LINES);
        Reader::open(file, VERSION, most).map_err(|error| self.down(&error))
    }

    fn down(&self, why: &dyn std::fmt::Display) -> Fault {
        Fault::Down(format!("{}: {why}", self.path.display()))
    }

    /// Names something that cannot be read, as a thing that should have been a record. Nothing is
    /// named twice, however often it is come by.
    async fn lose(&mut self, outlet: &Outlet, offset: u64, why: String) -> Result<(), Fault> {
        self.lost += 1;
        let name = self.path.to_string_lossy().into_owned().into();
        let parcel = Parcel::new(outlet, self.lost, name, Origin::File);
        let batch =
            Batch { base: offset, damage: Some(why), played: Some(self.last), ..parcel.empty() };
        Ok(outlet.send(batch).await?)
    }

    /// Sends one entry on.
    async fn send(&mut self, entry: Entry, outlet: &Outlet) -> Result<(), Fault> {
        let at = entry.line.at.max(self.last);
        self.last = at;
        let source = entry.line.news.source().map(|source| self.source(source, outlet));
        match entry.line.news {
            News::Batch(meta) => {
                self.progress.objects += 1;
                let source = source.unwrap_or(outlet.source);
                outlet.send(meta.batch(source, at, entry.bytes)).await?;
            }
            News::Before(alike) => {
                self.progress.objects += 1;
                let name = self.path.to_string_lossy().into_owned();
                let batch = alike.batch(outlet, self.progress.objects, &name, entry.bytes);
                outlet.send(batch).await?;
            }
            News::Buffer(summary) => self.buffer = Some((summary, None)),
            News::Live { rows } => {
                self.buffer = self.buffer.map(|(summary, _)| (summary, Some((at, rows))));
            }
            News::Covered(mut whole) => {
                for source in whole.sources_mut() {
                    *source = self.source(SourceId(*source), outlet).0;
                }
                outlet.again(Feed::Covered(whole));
            }
            News::Head(head) => self.take_head(at, head, outlet),
            News::Added { source, name } => drop(self.name(source, name, outlet)),
            News::End { .. } => self.has_end = true,
            news => {
                if let (News::Health(health), Some(source)) = (&news, source) {
                    self.health.insert(source, Health { source, ..health.clone() });
                }
                let feed = news.feed(source.unwrap_or(outlet.source));
                if let Some(feed) = feed {
                    outlet.again(feed);
                }
            }
        }
        Ok(())
    }

    fn take_head(&mut self, at: Timestamp, head: Head, outlet: &Outlet) {
        for (number, name) in head.sources.iter().enumerate() {
            self.name(SourceId(number), name.clone(), outlet);
        }
        self.head = Some((at, head));
    }

    /// The number of a source of the recording here.
    fn source(&mut self, recorded: SourceId, outlet: &Outlet) -> SourceId {
        match self.sources.get(&recorded) {
            Some(source) => *source,
            None => self.name(recorded, format!("source {}", recorded.0), outlet),
        }
    }

    fn name(&mut self, recorded: SourceId, name: String, outlet: &Outlet) -> SourceId {
        if let Some(known) = self.sources.get(&recorded) {
            return *known;
        }
        if self.sources.len() >= SOURCES {
            return outlet.source;
        }
        let added = outlet.add(name).source;
        self.sources.insert(recorded, added);
        added
    }

    /// Reads a frame and sends all of it.
    async fn pull_all(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        self.look_ahead().await?;
        while let Some(next) = self.ahead.pop_front() {
            match next {
                Ahead::Entry(entry) => self.send(entry, outlet).await?,
                Ahead::Lost(offset, why) => self.lose(outlet, offset, why).await?,
            }
        }
        if !self.is_read {
            return Ok(Pulled::Some);
        }
        // What went on when the recording ended does not go on here.
        let at = self.last;
        for health in self.health.values().filter(|health| health.is_live()) {
            let state = match &health.state {
                State::Down(why) => State::Down(why.clone()),
                State::Starting | State::Reading | State::Watching | State::Ended => State::Ended,
            };
            let ended = Health { state, since: at, next_try: None, ..health.clone() };
            outlet.again(Feed::Health(ended));
        }
        Ok(Pulled::End)
    }

    /// Goes on with what the hand wants.
    async fn pull_held(&mut self, held: &mut Held, outlet: &Outlet) -> Result<Pulled, Fault> {
        let woken_by = std::mem::take(&mut held.waiting);
        let more = std::iter::from_fn(|| held.hand.wishes.try_recv().ok());
        let wishes: Vec<Wish> = woken_by.into_iter().chain(more).collect();
        for wish in wishes {
            if held.take(wish) {
                self.begin_anew(held, outlet);
            }
        }
        let pulled = match held.position.motion {
            _ if held.steps || self.is_before_live() => self.go(held, None, outlet).await?,
            Motion::Stands | Motion::Ended => Pulled::Nothing(REST),
            Motion::Seeks(to) => self.go(held, Some(to), outlet).await?,
            Motion::Plays => {
                let due = held.due();
                self.go(held, due, outlet).await?
            }
        };
        held.tell(outlet, pulled == Pulled::Some);
        Ok(pulled)
    }

    /// Sends what came in up to a moment, or at any; a part of it at a time.
    async fn go(
        &mut self,
        held: &mut Held,
        to: Option<Timestamp>,
        outlet: &Outlet,
    ) -> Result<Pulled, Fault> {
        for _ in 0..AT_ONCE {
            self.look_ahead().await?;
            let next = match self.ahead.front() {
                Some(Ahead::Entry(entry)) => entry.line.at.max(self.last),
                Some(Ahead::Lost(..)) => self.last,
                None => {
                    held.ends(self.last);
                    return Ok(Pulled::Nothing(REST));
                }
            };
            if let Some(to) = to.filter(|to| next > *to) {
                held.arrives(to);
                return Ok(Pulled::Nothing(held.wait(next)));
            }
            let entry = match self.ahead.pop_front() {
                Some(Ahead::Entry(entry)) => entry,
                Some(Ahead::Lost(offset, why)) => {
                    self.lose(outlet, offset, why).await?;
                    continue;
                }
                None => break,
            };
            held.shows(next);
            let brings = matches!(entry.line.news, News::Batch(_));
            let goes_live = matches!(entry.line.news, News::Live { .. });
            self.send(entry, outlet).await?;
            if goes_live {
                // However long all that was there before has taken, nobody has missed anything.
                held.moves(held.position.motion);
                return Ok(Pulled::Some);
            }
            if brings && std::mem::take(&mut held.steps) {
                held.position.steps += 1;
                return Ok(Pulled::Nothing(REST));
            }
        }
        Ok(Pulled::Some)
    }

    /// Whether what was in the buffer when the recording began is being sent: all at once, whatever
    /// the hand does.
    fn is_before_live(&self) -> bool {
        matches!(self.buffer, Some((_, None)))
    }

    fn begin_anew(&mut self, held: &mut Held, outlet: &Outlet) {
        if let Some(reader) = &mut self.reader {
            reader.rewind();
        }
        self.ahead.clear();
        self.health.clear();
        self.buffer = None;
        (self.is_read, self.has_end, self.lost) = (false, false, 0);
        self.last = Timestamp(0);
        held.position.runs += 1;
        outlet.anew();
    }
}

impl Held {
    /// Takes a wish; says whether the tape has to be begun anew for it.
    fn take(&mut self, wish: Wish) -> bool {
        let Position { at, motion, from, speed, .. } = self.position;
        self.steps = false;
        match (wish, motion) {
            (Wish::Pause, Motion::Plays | Motion::Seeks(_)) => self.moves(Motion::Stands),
            (Wish::Pause, Motion::Stands) => self.moves(Motion::Plays),
            (Wish::Pause, Motion::Ended) => {
                self.position.at = from;
                self.moves(Motion::Plays);
                return true;
            }
            (Wish::Step, Motion::Ended) => {}
            (Wish::Step, _) => {
                self.moves(Motion::Stands);
                self.steps = true;
            }
            (Wish::Faster, _) => self.runs_at(speed.faster()),
            (Wish::Slower, _) => self.runs_at(speed.slower()),
            (Wish::Seek(to), _) => return self.seeks(to),
            (Wish::Skip(far), Motion::Seeks(to)) => return self.seeks(to + far),
            (Wish::Skip(far), _) => return self.seeks(at + far),
        }
        false
    }

    fn runs_at(&mut self, speed: Speed) {
        self.position.speed = speed;
        self.moves(self.position.motion);
    }

    fn seeks(&mut self, to: Timestamp) -> bool {
        let Position { at, from, motion, .. } = self.position;
        self.stands_then = match motion {
            Motion::Plays => false,
            Motion::Stands | Motion::Ended => true,
            Motion::Seeks(_) => self.stands_then,
        };
        let to = to.max(from);
        let is_back = to < at;
        if is_back {
            self.position.at = from;
        }
        self.moves(Motion::Seeks(to));
        is_back
    }

    /// Moves so from where it is.
    fn moves(&mut self, motion: Motion) {
        self.position.motion = motion;
        self.anchor = (self.position.at, Clock::instant());
        self.set_clock();
    }

    /// Up to when it is to be played by now; `None` for as far as it goes.
    fn due(&self) -> Option<Timestamp> {
        let Speed::Times(times) = self.position.speed else { return None };
        let (from, since) = self.anchor;
        Some(from + Millis::from(since.elapsed() * times))
    }

    /// Shows something that came in then.
    fn shows(&mut self, at: Timestamp) {
        self.position.at = self.position.at.max(at);
        self.set_clock();
    }

    /// Has shown everything up to a moment.
    fn arrives(&mut self, at: Timestamp) {
        self.shows(at);
        if matches!(self.position.motion, Motion::Seeks(_)) {
            self.moves(if self.stands_then { Motion::Stands } else { Motion::Plays });
        }
    }

    /// Has shown everything.
    fn ends(&mut self, last: Timestamp) {
        self.steps = false;
        self.position.to = Some(last);
        self.moves(Motion::Ended);
    }

    /// How long to wait for what came in then, where that is soon.
    fn wait(&self, next: Timestamp) -> Duration {
        match (self.position.motion, self.position.speed) {
            (Motion::Plays, Speed::Times(times)) => {
                let far = Duration::from(next - self.position.at);
                TICK.min(far / times)
            }
            (Motion::Plays | Motion::Seeks(_), _) => Duration::ZERO,
            (Motion::Stands | Motion::Ended, _) => REST,
        }
    }

    fn set_clock(&self) {
        self.hand.clock.store(self.position.at.0, Ordering::Relaxed);
    }

    /// Tells where it stands, where that has changed by as much as is shown. While it is busy, now
    /// and then.
    fn tell(&mut self, outlet: &Outlet, is_busy: bool) {
        let shown = |it: &Position| Position { at: Timestamp(it.at.0 / 1000), ..*it };
        if let Some((told, since)) = &self.told {
            let is_same = shown(told) == shown(&self.position);
            let only_at = (told.motion, told.runs) == (self.position.motion, self.position.runs);
            if is_same || is_busy && only_at && since.elapsed() < TICK {
                return;
            }
        }
        self.told = Some((self.position, Clock::instant()));
        outlet.hand(self.position);
    }
}

/// The entries of a frame, and what of it is lost.
type Unfolded = (u64, Vec<Entry>, Option<String>);

fn unfolded(taken: Taken) -> Unfolded {
    let (entries, broken) = line::read(&taken.bytes);
    let damage = match (taken.damage, broken) {
        // What a frame breaks off in is a part of the same damage.
        (Some(damage), _) => Some(damage),
        (None, broken) => {
            broken.map(|(at, why)| format!("a frame is damaged {at} bytes into it: {why}"))
        }
    };
    (taken.offset, entries, damage)
}

impl Source for Player {
    async fn pull(&mut self, outlet: &Outlet) -> Result<Pulled, Fault> {
        let Some(mut held) = self.hand.take() else { return self.pull_all(outlet).await };
        let pulled = self.pull_held(&mut held, outlet).await;
        self.hand = Some(held);
        pulled
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    async fn woken(&mut self) {
        let Some(held) = &mut self.hand else { return std::future::pending().await };
        match held.hand.wishes.recv().await {
            Some(wish) => held.waiting.push(wish),
            None => std::future::pending().await,
        }
    }

    fn note(&self) -> Option<String> {
        let (from, head) = self.head.as_ref()?;
        let secrets = if head.has_secrets { "with secrets" } else { "secrets hidden" };
        Some(match &self.buffer {
            Some((summary, live)) => {
                let rows = live.map_or(summary.rows, |(_, rows)| rows);
                let told = summary.told(rows, *from);
                format!("{told}; recorded by trailtop {}, {secrets}", head.by)
            }
            None => format!("recorded from {from} on by trailtop {}, {secrets}", head.by),
        })
    }

    fn lacks(&self) -> Option<String> {
        match self.lost {
            0 => None,
            1 => Some("a part of it cannot be read".to_owned()),
            n => Some(format!("{n} parts of it cannot be read")),
        }
    }
}
