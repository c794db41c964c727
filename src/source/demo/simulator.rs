//! The simulation itself: one line of time on which life goes on, history is polled, objects are
//! written, and deliveries arrive.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::event::time::{Millis, Timestamp};
use crate::source::demo::chance::Chance;
use crate::source::demo::delivery::{Delivery, Origin};
use crate::source::demo::habits::Habits;
use crate::source::demo::incident::Incident;
use crate::source::demo::organization::{ACCOUNTS, Names, REGIONS};
use crate::source::demo::pack::{PAGE, history_page, key, log_object};
use crate::source::demo::record::{Category, Event};
use crate::source::demo::spec::Options;

/// How far back the simulation begins.
const PAST: Millis = Millis::hours(1);
/// How many events the past hour has, about, where their number is not given.
const PAST_EVENTS: i64 = 2200;
/// Calls made before anything is told of, so that the hour begins in the middle of life.
const WARM_UP: usize = 120;
/// The most records in one object.
const OBJECT: usize = 400;
/// How much slower the incident of a still picture unfolds than that of a live demo.
const STRETCH: i64 = 10;
/// How long before the end of a still picture its incident begins.
const STILL_INCIDENT: Millis = Millis::seconds(620);

/// The demo: an organization that lives, and its deliveries.
#[derive(Debug)]
pub struct Simulator {
    life: Life,
    chance: Chance,
    streams: Vec<Stream>,
    agenda: BinaryHeap<Reverse<Due>>,
    entries: u64,
    start: Timestamp,
    still: bool,
}

/// What happens in the organization.
#[derive(Debug)]
struct Life {
    habits: Habits,
    incident: VecDeque<Event>,
    outage: Option<(Timestamp, Timestamp)>,
    /// Everyday events still to come; `None` is without end.
    left: Option<u64>,
    /// The time of the next one, in microseconds, and the mean between two once live.
    clock: i64,
    pause: i64,
}

/// Events of one account and region on their way.
#[derive(Debug, Default)]
struct Stream {
    account: usize,
    region: usize,
    /// What history will show, with the moment from which on it does.
    history: Vec<(Timestamp, Event)>,
    objects: Vec<Event>,
}

/// An entry of the agenda; the earliest first, and among equals the first that was made.
#[derive(Debug)]
struct Due {
    at: Timestamp,
    entry: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Life,
    Incident,
    Poll(usize),
    Write(usize),
    Arrive(Box<Delivery>),
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.entry) == (other.at, other.entry)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.entry).cmp(&(other.at, other.entry))
    }
}

/// How fast events travel, in seconds.
struct Pace {
    poll: i64,
    history: (i64, i64),
    write: i64,
    object: (i64, i64),
    late: (i64, i64),
}

/// As AWS does it, about.
const REAL: Pace =
    Pace { poll: 60, history: (5, 60), write: 300, object: (30, 200), late: (240, 600) };
/// Short enough to be watched.
const LIVE: Pace = Pace { poll: 2, history: (1, 5), write: 30, object: (5, 25), late: (60, 180) };

/// One of each folder a trail writes to.
const FOLDERS: [Category; 4] =
    [Category::Management, Category::Insight, Category::Network, Category::Aggregated];

/// Of a thousand events, how many does history show late.
const LATE_HISTORY: usize = 8;
/// Of a thousand objects, how many come late, and how many come twice.
const LATE: usize = 45;
const TWICE: usize = 15;

impl Simulator {
    /// A simulation that has run for an hour at `start`, which is now. The first deliveries carry
    /// that hour; they lie before `start`.
    pub fn new(options: &Options, start: Timestamp) -> Self {
        let names = Names::new(options.seed);
        let still = options.events.is_some();
        let begin = start - PAST;
        let incident = plan(options, names, start);
        let left = options.events.map(|events| events.saturating_sub(incident.events.len() as u64));
        let mut habits = Habits::new(names, options.seed ^ 0x6c69_6665);
        for at in 0..WARM_UP {
            habits.next(begin - Millis::seconds((WARM_UP - at) as i64), true);
        }
        let streams = (0..ACCOUNTS.len() * REGIONS.len()).map(|at| Stream {
            account: at / REGIONS.len(),
            region: at % REGIONS.len(),
            ..Stream::default()
        });
        let mut simulator = Self {
            chance: Chance::new(options.seed ^ 0x7061_636b),
            streams: streams.collect(),
            agenda: BinaryHeap::new(),
            entries: 0,
            start,
            still,
            life: Life {
                habits,
                outage: incident.outage,
                incident: incident.events.into(),
                left,
                clock: begin.0.saturating_mul(1000),
                pause: (1_000_000.0 / options.rate).max(1.0) as i64,
            },
        };
        simulator.plan_life();
        simulator.plan_incident();
        for stream in 0..simulator.streams.len() {
            // Streams are looked at one after another, not all in the same second.
            let offset = Millis((stream as i64 * 7919) % (REAL.poll * 1000));
            simulator.enter(begin + offset, What::Poll(stream));
            let offset = Millis((stream as i64 * 104_729) % (REAL.write * 1000));
            simulator.enter(begin + offset, What::Write(stream));
        }
        simulator
    }

    /// The accounts of the organization: (id, alias).
    pub fn organization() -> impl Iterator<Item = (&'static str, &'static str)> {
        ACCOUNTS.iter().map(|account| (account.id, account.alias))
    }

    /// The next delivery, in the order of their times; those up to `start` are due at once. `None`
    /// is the end; a live demo has none, so ask only for what is due: the next one may lie ahead.
    #[expect(
        clippy::should_implement_trait,
        reason = "a simulation is asked, not iterated: it may never end"
    )]
    pub fn next(&mut self) -> Option<Delivery> {
        while let Some(Reverse(due)) = self.agenda.pop() {
            match due.what {
                What::Life => self.live(due.at),
                What::Incident => self.happen(),
                What::Poll(stream) => {
                    self.poll(stream, due.at);
                    if self.goes_on() || !self.streams[stream].history.is_empty() {
                        let pause = Millis::seconds(self.pace(due.at).poll);
                        self.enter(due.at + pause, What::Poll(stream));
                    }
                }
                What::Write(stream) => {
                    self.write(stream, due.at);
                    if self.goes_on() {
                        let pause = Millis::seconds(self.pace(due.at).write);
                        self.enter(due.at + pause, What::Write(stream));
                    }
                }
                What::Arrive(delivery) => return Some(*delivery),
            }
        }
        None
    }

    fn enter(&mut self, at: Timestamp, what: What) {
        self.entries += 1;
        self.agenda.push(Reverse(Due { at, entry: self.entries, what }));
    }

    /// Enters the next everyday event.
    fn plan_life(&mut self) {
        if self.life.left == Some(0) {
            return;
        }
        let (clock, start) = (self.life.clock, self.start.0.saturating_mul(1000));
        let mean = match self.life.left {
            Some(left) => (start - clock).max(0) / (left.min(1 << 40) as i64 + 1),
            None if clock < start => PAST.0 * 1000 / PAST_EVENTS,
            None => self.life.pause,
        };
        let wait = self.chance.wait(wave(mean, clock));
        let ahead = if self.still { wait.min((start - clock) / 2) } else { wait };
        self.life.clock = clock + ahead.max(0);
        self.enter(Timestamp(self.life.clock / 1000), What::Life);
    }

    fn plan_incident(&mut self) {
        if let Some(event) = self.life.incident.front() {
            let at = event.time;
            self.enter(at, What::Incident);
        }
    }

    fn live(&mut self, at: Timestamp) {
        let trail = !self.is_out(at);
        let event = self.life.habits.next(at, trail);
        self.life.left = self.life.left.map(|left| left - 1);
        let late = self.chance.permille(LATE_HISTORY);
        self.accept(event, at, late);
        self.plan_life();
    }

    fn happen(&mut self) {
        if let Some(event) = self.life.incident.pop_front() {
            if event.name == "UpdateAccessKey" {
                self.life.habits.retire(Incident::VICTIM);
            }
            let at = event.time;
            self.accept(event, at, false);
            self.plan_incident();
        }
    }

    fn is_out(&self, time: Timestamp) -> bool {
        self.life.outage.is_some_and(|(from, to)| from < time && time < to)
    }

    /// An event has happened: it waits for its deliveries.
    fn accept(&mut self, event: Event, now: Timestamp, late: bool) {
        let pace = self.pace(now);
        let delay = if late { pace.late } else { pace.history };
        let delay = Millis(self.chance.between(delay.0 * 1000, delay.1 * 1000));
        let region = REGIONS.iter().position(|region| *region == event.region).unwrap_or(0);
        let recorded = !self.is_out(event.time);
        let at = event.account * REGIONS.len() + region;
        let stream = &mut self.streams[at];
        if event.category == Category::Management {
            stream.history.push((event.time + delay, event.clone()));
        }
        if recorded {
            stream.objects.push(event);
            if stream.objects.len() >= 4 * OBJECT {
                // A busy stream does not wait for its turn, so that memory stays bounded.
                self.write(at, now);
            }
        }
    }

    /// Asks Event history what has become known since the last time.
    fn poll(&mut self, at: usize, now: Timestamp) {
        let stream = &mut self.streams[at];
        let known: Vec<Event> = stream
            .history
            .extract_if(.., |(from, _)| *from <= now)
            .map(|(_, event)| event)
            .collect();
        let region = REGIONS[stream.region];
        let account = ACCOUNTS[stream.account].id;
        for page in known.chunks(PAGE).rev() {
            let delivery = Delivery {
                at: self.at(now),
                origin: Origin::History,
                name: format!("history {region}"),
                account: account.to_owned(),
                region: region.to_owned(),
                bytes: history_page(page),
            };
            self.enter(now, What::Arrive(Box::new(delivery)));
        }
    }

    /// Writes what a stream has gathered into objects.
    fn write(&mut self, at: usize, now: Timestamp) {
        let stream = &mut self.streams[at];
        let gathered = std::mem::take(&mut stream.objects);
        let (region, account) = (REGIONS[stream.region], ACCOUNTS[stream.account].id);
        for folder in FOLDERS {
            let of_folder: Vec<Event> = gathered
                .iter()
                .filter(|event| event.category.folder() == folder.folder())
                .cloned()
                .collect();
            for part in self.parts(of_folder) {
                let copies = 1 + usize::from(self.chance.permille(TWICE));
                for _ in 0..copies {
                    let pace = self.pace(now);
                    let late = self.chance.permille(LATE);
                    let delay = if late { pace.late } else { pace.object };
                    let delay = self.chance.between(delay.0 * 1000, delay.1 * 1000);
                    let arrival = now + Millis(delay);
                    let label = label(&part, arrival);
                    let tail = self.chance.letters(16);
                    let delivery = Delivery {
                        at: self.at(arrival),
                        origin: Origin::S3,
                        name: key(&part[0], label, &tail),
                        account: account.to_owned(),
                        region: region.to_owned(),
                        bytes: log_object(&part),
                    };
                    self.enter(arrival, What::Arrive(Box::new(delivery)));
                }
            }
        }
    }

    /// An object's worth each; now and then some events fall into an object of their own.
    fn parts(&mut self, events: Vec<Event>) -> Vec<Vec<Event>> {
        let mut main = Vec::with_capacity(events.len());
        let mut apart = Vec::new();
        for event in events {
            if self.chance.permille(30) { apart.push(event) } else { main.push(event) }
        }
        let chunks = |events: Vec<Event>| -> Vec<Vec<Event>> {
            events.chunks(OBJECT).map(<[Event]>::to_vec).collect()
        };
        let mut parts = chunks(main);
        parts.extend(chunks(apart));
        parts
    }

    /// Whether anything more will happen, so that looking again is worth it.
    fn goes_on(&self) -> bool {
        self.life.left != Some(0) || !self.life.incident.is_empty()
    }

    /// The pace of what happens at this time. A minute before the start it is the live one, so that
    /// no hole lies between the past and the present.
    fn pace(&self, time: Timestamp) -> &'static Pace {
        if self.still || time < self.start - Millis::minutes(1) { &REAL } else { &LIVE }
    }

    /// A still picture is delivered whole by its start.
    fn at(&self, time: Timestamp) -> Timestamp {
        if self.still { time.min(self.start) } else { time }
    }
}

/// The incident the options ask for, at its time.
fn plan(options: &Options, names: Names, start: Timestamp) -> Incident {
    let seed = options.seed ^ 0x6661_6c6c;
    match options.events {
        _ if !options.incident => Incident { events: vec![], outage: None },
        None => Incident::new(names, seed, start, 1),
        Some(events) => {
            let room = usize::try_from(events / 2).unwrap_or(usize::MAX);
            Incident::within(names, seed, (start - STILL_INCIDENT, STRETCH), room)
        }
    }
}

/// The mean pause, shorter and longer in turns: life comes in waves of seven minutes. The average
/// number of events stays what it was.
fn wave(mean: i64, clock: i64) -> i64 {
    const PERIOD: i64 = 420_000_000;
    let phase = clock.rem_euclid(PERIOD);
    let height = (phase - PERIOD / 2).abs() * 1000 / (PERIOD / 2);
    (i128::from(mean) * 1000 / i128::from(700 + height * 600 / 1000)) as i64
}

/// The minute an object's key names: that of its delivery, but never before its newest record.
fn label(events: &[Event], arrival: Timestamp) -> Timestamp {
    let minute = |time: i64| time - time.rem_euclid(60_000);
    let newest = events.iter().map(|event| event.time.0).max().unwrap_or_default();
    Timestamp(minute(arrival.0).max(minute(newest + 59_999)))
}

#[cfg(test)]
#[path = "simulator_tests.rs"]
mod tests;
