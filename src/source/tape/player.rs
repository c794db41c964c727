//! A tape as a source: it sends again what was recorded. All at once, as any file is read; or by a
//! clock that it moves itself, while a hand holds it.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::event::field::Origin;
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Feed, Health, Outlet, SourceId, State};
use crate::source::driver::{Fault, Progress, Pulled, Source};
use crate::source::parcel::Parcel;
use crate::source::tape::buffer::Summary;
use crate::source::tape::hand::Motion;
use crate::source::tape::line::{self, Entry, Head, News, VERSION};
use crate::source::tape::playing::{Hand, Playing, REST};
use crate::source::tape::reel::{NoTape, Reader, Taken, begins_as_tape};

/// Bytes of lines that a frame may hold beside the bytes of one object.
const LINES: u64 = 64 << 20;
/// The most sources of a recording that are told apart; what further ones sent is told of the recording.
const SOURCES: usize = 1000;
/// Entries that are sent before wishes are looked at.
const AT_ONCE: usize = 64;

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
    playing: Option<Playing>,
}

impl Player {
    /// A tape that is read at once, or that a hand plays. Objects on it may have so many bytes.
    pub fn new(path: PathBuf, max_object: u64, hand: Option<(Hand, Label)>) -> Self {
        let playing = hand.map(|(hand, label)| Playing::begin(hand, (label.from, label.to)));
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
            playing,
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
    async fn pull_played(
        &mut self,
        playing: &mut Playing,
        outlet: &Outlet,
    ) -> Result<Pulled, Fault> {
        for wish in playing.wishes() {
            if playing.take(wish) {
                self.begin_anew(playing, outlet);
            }
        }
        let pulled = match playing.position.motion {
            _ if playing.steps || self.is_before_live() => self.go(playing, None, outlet).await?,
            Motion::Stands | Motion::Ended => Pulled::Nothing(REST),
            Motion::Seeks(to) => self.go(playing, Some(to), outlet).await?,
            Motion::Plays => {
                let due = playing.due();
                self.go(playing, due, outlet).await?
            }
        };
        playing.tell(outlet, pulled == Pulled::Some);
        Ok(pulled)
    }

    /// Sends what came in up to a moment, or at any; a part of it at a time.
    async fn go(
        &mut self,
        playing: &mut Playing,
        to: Option<Timestamp>,
        outlet: &Outlet,
    ) -> Result<Pulled, Fault> {
        for _ in 0..AT_ONCE {
            self.look_ahead().await?;
            let next = match self.ahead.front() {
                Some(Ahead::Entry(entry)) => entry.line.at.max(self.last),
                Some(Ahead::Lost(..)) => self.last,
                None => {
                    playing.ends(self.last);
                    return Ok(Pulled::Nothing(REST));
                }
            };
            if let Some(to) = to.filter(|to| next > *to) {
                playing.arrives(to);
                return Ok(Pulled::Nothing(playing.wait(next)));
            }
            let entry = match self.ahead.pop_front() {
                Some(Ahead::Entry(entry)) => entry,
                Some(Ahead::Lost(offset, why)) => {
                    self.lose(outlet, offset, why).await?;
                    continue;
                }
                None => break,
            };
            playing.shows(next);
            let brings = matches!(entry.line.news, News::Batch(_));
            let goes_live = matches!(entry.line.news, News::Live { .. });
            self.send(entry, outlet).await?;
            if goes_live {
                // However long all that was there before has taken, nobody has missed anything.
                playing.moves(playing.position.motion);
                return Ok(Pulled::Some);
            }
            if brings && std::mem::take(&mut playing.steps) {
                playing.position.steps += 1;
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

    fn begin_anew(&mut self, playing: &mut Playing, outlet: &Outlet) {
        if let Some(reader) = &mut self.reader {
            reader.rewind();
        }
        self.ahead.clear();
        self.health.clear();
        self.buffer = None;
        (self.is_read, self.has_end, self.lost) = (false, false, 0);
        self.last = Timestamp(0);
        playing.position.runs += 1;
        outlet.anew();
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
        let Some(mut playing) = self.playing.take() else { return self.pull_all(outlet).await };
        let pulled = self.pull_played(&mut playing, outlet).await;
        self.playing = Some(playing);
        pulled
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    async fn woken(&mut self) {
        match &mut self.playing {
            Some(playing) => playing.woken().await,
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
