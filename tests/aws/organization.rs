//! A simulated organization whose bucket is polled by the real plan, without a socket. Tests ask it
//! in small; `cargo bench -- polling` makes the table of the README from it.

use std::collections::HashMap;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use trailtop::event::time::{Millis, Timestamp};
use trailtop::source::s3::plan::{Asked, Place, Plan, Step};
use trailtop::source::s3::stream::Polling;

pub(crate) const NOON: Timestamp = Timestamp(1_688_990_400_000);
pub(crate) const REGIONS: usize = 17;
/// Of those: busy ones with an object every five minutes, and ones with an object now and then.
const BUSY: usize = 3;
const WARM: usize = 7;
/// A call takes so long; calls are made one after the other.
const CALL: Millis = Millis(50);

/// One object: its label and when it can first be seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object {
    label: Timestamp,
    pub(crate) visible: Timestamp,
}

/// A day of an organization.
pub(crate) struct World {
    accounts: usize,
    /// The objects of each stream, by label.
    pub(crate) streams: Vec<Vec<Object>>,
    numbers: HashMap<String, usize>,
    now: Timestamp,
    pub(crate) listings: u64,
    /// How long each object that was seen in the day lay there, in seconds.
    lags: HashMap<(usize, usize), i64>,
}

impl World {
    pub(crate) fn new(accounts: usize, length: Millis) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(7);
        let mut streams = vec![];
        for stream in 0..accounts * REGIONS {
            // Objects come in slots of five minutes, stored two minutes before to five after.
            let odds = match stream % REGIONS {
                region if region < BUSY => 1,
                region if region < BUSY + WARM => 18,
                _ => 432,
            };
            let slots = (length.0 + Millis::hours(2).0) / Millis::minutes(5).0;
            let start = NOON - Millis::hours(2);
            let mut objects = vec![];
            for slot in (0..slots).filter(|_| chance.random_ratio(1, odds)).collect::<Vec<_>>() {
                let label = start + Millis::minutes(5 * slot);
                let visible = label + Millis::seconds(chance.random_range(-120..300));
                objects.push(Object { label, visible });
            }
            streams.push(objects);
        }
        let (numbers, lags) = (HashMap::new(), HashMap::new());
        Self { accounts, streams, numbers, now: NOON, listings: 0, lags }
    }

    fn run(&mut self, plan: &mut Plan, end: Timestamp) {
        while self.now < end {
            match plan.next(self.now) {
                Step::End => panic!("it goes on"),
                Step::Wait(wait) => self.now = self.now + Millis(wait.as_millis() as i64),
                Step::Look { folder, path, .. } => {
                    self.call();
                    let found = self.folders(&path);
                    plan.looked(folder, found, None, self.now);
                }
                Step::List { stream, place, .. } => {
                    self.call();
                    let found = self.keys(&place);
                    plan.listed(stream, found, None, self.now);
                }
                Step::Get(all) => {
                    // Eight at a time.
                    self.now = self.now + CALL;
                    for wanted in all {
                        let (stream, at) =
                            wanted.key.split_once(' ').expect("as the simulation writes it");
                        let key: (usize, usize) = (
                            stream.parse().expect("as the simulation writes it"),
                            at.parse().expect("as the simulation writes it"),
                        );
                        let object: Object = self.streams[key.0][key.1];
                        let lag = (self.now - object.visible.max(NOON)).0 / 1000;
                        assert!(self.lags.insert(key, lag).is_none(), "once");
                        plan.done(&wanted);
                    }
                }
            }
        }
    }

    fn call(&mut self) {
        self.listings += 1;
        self.now = self.now + CALL;
    }

    fn folders(&self, path: &str) -> Vec<String> {
        match path.matches('/').count() {
            1 => (0..self.accounts).map(|n| format!("{path}{n:012}/")).collect(),
            2 => vec![format!("{path}CloudTrail/")],
            _ => (0..REGIONS).map(|n| format!("{path}eu-west-{n}/")).collect(),
        }
    }

    fn keys(&mut self, place: &Place) -> Vec<(String, u64, Timestamp)> {
        let stream = *self.numbers.entry(place.prefix.clone()).or_insert_with(|| {
            let parts: Vec<&str> = place.prefix.split('/').collect();
            let region: usize = parts[3]
                .trim_start_matches("eu-west-")
                .parse()
                .expect("as the simulation writes it");
            parts[1].parse::<usize>().expect("as the simulation writes it") * REGIONS + region
        });
        let floor = place.after.rsplit('_').next().expect("as the simulation writes it");
        let (day, time) = floor.split_once('T').expect("as the simulation writes it");
        let floor =
            format!("{}-{}-{}T{}:{}:00Z", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..]);
        let floor = Timestamp::parse(&floor).expect("as the simulation writes it");
        let objects = &self.streams[stream];
        let first = objects.partition_point(|object| object.label < floor);
        let found = objects[first..].iter().enumerate().filter(|(_, it)| it.visible <= self.now);
        let key = |(at, it): (usize, &Object)| {
            let at = first + at;
            (format!("{stream} {at}"), (stream << 32 | at) as u64, it.label)
        };
        found.map(key).collect()
    }

    /// The lags of all objects that could be seen in the time, in order; one that was not got lies
    /// there still.
    fn lags(&self, end: Timestamp) -> Vec<i64> {
        let mut lags = vec![];
        for (stream, objects) in self.streams.iter().enumerate() {
            for (at, object) in objects.iter().enumerate() {
                if (NOON..end).contains(&object.visible) {
                    let still = (end - object.visible).0 / 1000;
                    lags.push(*self.lags.get(&(stream, at)).unwrap_or(&still));
                }
            }
        }
        lags.sort_unstable();
        lags
    }
}

pub(crate) fn simulated(accounts: usize, polling: Polling, length: Millis) -> (World, Vec<i64>) {
    let mut world = World::new(accounts, length);
    let asked = Asked { since: NOON - Millis::hours(1), until: None, polling };
    let mut plan = Plan::new("", asked, NOON);
    let end = NOON + length;
    world.run(&mut plan, end);
    let lags = world.lags(end);
    (world, lags)
}
