//! How complete everything is that came in: the watermark of each stream, and the holes in it where
//! a trail did not record. Owned by whoever owns the intake.

use std::collections::BTreeMap;

use crate::coverage::data::DataEvents;
use crate::coverage::doubt::Doubt;
use crate::coverage::hole::{Done, Hole, Trails};
use crate::coverage::presence::Presence;
use crate::coverage::trail::Trail;
use crate::coverage::watermark::{StreamName, Watermark, Word};
use crate::coverage::whole::{MOST_LAGS, Whole};
use crate::engine::view::StreamRow;
use crate::event::field::Origin;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Feed, SourceId};

/// The most streams told apart; what comes from further ones is one stream.
const MAX_STREAMS: usize = 1000;
/// The most accounts and regions whose recording is remembered to the minute. A hole in a further one
/// is shown as one, though another trail may have recorded on.
const MAX_PLACES: usize = 300;

/// An event as far as coverage needs it.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'a> {
    /// The source that brought it.
    pub source: SourceId,
    /// The kind of source.
    pub origin: Origin,
    /// The account and the region of the stream it came through.
    pub stream: (&'a str, &'a str),
    /// The account and the region that it says itself.
    pub place: (&'a str, &'a str),
    /// Its eventTime.
    pub time: Timestamp,
    /// When it was delivered.
    pub arrival: Timestamp,
    /// How late it came, where that can be said.
    pub lag: Option<Millis>,
    /// The service that it is of.
    pub service: &'a str,
    /// What kind of event it is, as `cat:` names them.
    pub category: &'a str,
}

/// The coverage of a run.
#[derive(Debug, Default)]
pub struct Cover {
    marks: BTreeMap<(SourceId, StreamName), Watermark>,
    /// When management events of each account and region were recorded by some trail.
    present: BTreeMap<(String, String), Presence>,
    data: DataEvents,
    trails: Trails,
    /// How often anything was heard of a trail.
    turns: u64,
    /// The trails that each source sees.
    seen: BTreeMap<SourceId, Vec<Trail>>,
}

impl Cover {
    /// Notes an event; says whether it came late.
    pub fn arrived(&mut self, it: Arrived<'_>) -> bool {
        let name = StreamName {
            account: it.stream.0.to_owned(),
            region: it.stream.1.to_owned(),
            origin: it.origin,
        };
        // Event history records whatever trails do.
        if it.category == "data" {
            self.data.note((it.place.0, it.service), it.time);
        }
        if it.category == "management" && it.origin != Origin::History {
            self.note_presence(it.place, it.time);
        }
        self.mark(it.source, name).arrived(it.time, it.arrival, it.lag)
    }

    fn note_presence(&mut self, (account, region): (&str, &str), at: Timestamp) {
        let place = (account.to_owned(), region.to_owned());
        if self.present.len() < MAX_PLACES || self.present.contains_key(&place) {
            self.present.entry(place).or_default().note(at);
        }
    }

    /// Notes what sources say of coverage; gives everything else back.
    pub fn hear(&mut self, feed: Feed) -> Option<Feed> {
        match feed {
            Feed::Swept(source, stream, at) => self.swept(source, stream, at),
            Feed::Proven(source, stream, at) => self.proven(source, stream, at),
            Feed::Disproven(source, stream, words) => self.disproven(source, stream, words),
            Feed::Trails(source, trails) => self.trails(source, trails),
            Feed::Covered(whole) => self.restore(*whole),
            other => return Some(other),
        }
        None
    }

    /// All that is known now, to be written down.
    pub fn whole(&self) -> Whole {
        let most = MOST_LAGS / self.marks.len().max(1);
        let mark = |((source, name), mark): (&(SourceId, StreamName), &Watermark)| {
            (source.0, name.clone(), mark.brief(most))
        };
        Whole {
            marks: self.marks.iter().map(mark).collect(),
            present: self.present.clone().into_iter().collect(),
            data: self.data.clone(),
            trails: self.trails.clone(),
            seen: self.seen.iter().map(|(source, trails)| (source.0, trails.clone())).collect(),
        }
    }

    /// Knows what was written down, and nothing else.
    fn restore(&mut self, whole: Whole) {
        let marks = whole.marks.into_iter().take(2 * MAX_STREAMS);
        *self = Self {
            marks: marks.map(|(source, name, mark)| ((SourceId(source), name), mark)).collect(),
            present: whole.present.into_iter().take(MAX_PLACES).collect(),
            data: whole.data,
            trails: whole.trails,
            turns: self.turns + 1,
            seen: whole.seen.into_iter().map(|(at, trails)| (SourceId(at), trails)).collect(),
        };
    }

    /// Notes that a source has read everything delivered up to `at`: of one stream, even where it
    /// had no event yet, or of all that had some.
    pub fn swept(&mut self, source: SourceId, stream: Option<StreamName>, at: Timestamp) {
        if let Some(stream) = stream {
            return self.mark(source, stream).swept(at);
        }
        let marks = self.marks.iter_mut().filter(|((of, _), _)| *of == source);
        marks.for_each(|(_, mark)| mark.swept(at));
    }

    /// Notes that digests prove that everything of a stream delivered up to `at` was read.
    pub fn proven(&mut self, source: SourceId, stream: StreamName, at: Timestamp) {
        self.mark(source, stream).proven(at);
    }

    /// Notes what of a stream is not what was delivered.
    pub fn disproven(&mut self, source: SourceId, stream: StreamName, words: String) {
        self.mark(source, stream).disproven(words);
    }

    /// Notes what was done to a trail.
    pub fn done(&mut self, done: Done) {
        self.trails.done(done);
        self.turns += 1;
    }

    /// Notes the trails that a source sees.
    pub fn trails(&mut self, source: SourceId, trails: Vec<Trail>) {
        self.trails.seen(&trails);
        self.turns += 1;
        self.seen.insert(source, trails);
    }

    /// Counts up whenever something is heard of a trail.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// Since when there are data events.
    pub fn data(&self) -> &DataEvents {
        &self.data
    }

    /// How many changes of trails are not followed any more.
    pub fn forgotten(&self) -> u64 {
        self.trails.forgotten()
    }

    /// The trails that the sources see.
    pub fn seen(&self) -> Vec<Trail> {
        self.seen.values().flatten().cloned().collect()
    }

    fn mark(&mut self, source: SourceId, name: StreamName) -> &mut Watermark {
        let origin = name.origin;
        let key = (source, name);
        if self.marks.len() < MAX_STREAMS || self.marks.contains_key(&key) {
            return self.marks.entry(key).or_default();
        }
        // Accounts and regions are written by whoever writes a record: their number has an end.
        let rest = StreamName { account: "others".to_owned(), region: String::new(), origin };
        self.marks.entry((source, rest)).or_default()
    }

    /// The times in which trails did not record. One is bridged where events of its account and
    /// region were recorded all the same, by another trail.
    pub fn holes(&self) -> Vec<Hole> {
        if self.trails.is_empty() {
            return vec![];
        }
        let is_bridged = |hole: &Hole| {
            let present = self.present.get(&(hole.account.clone(), hole.region.clone()));
            present.is_some_and(|present| present.is_within(hole.from, hole.to))
        };
        let holes = self.trails.holes().into_iter();
        holes.map(|hole| Hole { is_bridged: is_bridged(&hole), ..hole }).collect()
    }

    /// Whether events of a trail have come that happened since: then it is not blind. Event history
    /// has them whatever trails do.
    pub fn has_gone_on(&self, doubt: &Doubt) -> bool {
        let is_meant = |asked: &str, is: &str| asked.is_empty() || asked == is;
        let mut places = self.present.iter().filter(|((account, region), _)| {
            is_meant(&doubt.account, account) && is_meant(&doubt.region, region)
        });
        places.any(|(_, present)| present.is_within(doubt.at, None))
    }

    /// The streams with their words; one that a blind trail feeds comes to its hole and no further.
    pub fn streams(&self, holes: &[Hole]) -> Vec<StreamRow> {
        let row = |((source, name), water): (&(SourceId, StreamName), &Watermark)| {
            let blind = blind_since(name, holes);
            StreamRow {
                source: *source,
                name: name.clone(),
                word: held(water.word(name.origin == Origin::File), blind),
                proven: water.proven_to(),
                disproven: water.broken().map(str::to_owned),
                blind,
                p99: water.p99(),
                worst: water.worst(),
                seen: water.seen(),
                late: water.late(),
                last: water.last_arrival(),
            }
        };
        self.marks.iter().map(row).collect()
    }
}

/// Since when a stream is blind.
fn blind_since(name: &StreamName, holes: &[Hole]) -> Option<Timestamp> {
    let open = holes.iter().filter(|hole| hole.to.is_none() && hole.is_in(name));
    open.map(|hole| hole.from).min()
}

/// A word that comes no further than a hole.
fn held(word: Word, blind: Option<Timestamp>) -> Word {
    match (word, blind) {
        (Word::Proven(to), Some(from)) => Word::Proven(to.min(from)),
        (Word::Expected(to), Some(from)) => Word::Expected(to.min(from)),
        (Word::Learning(to), Some(from)) => Word::Learning(to.min(from)),
        (word, _) => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::trail::{Change, What};

    const ACCOUNT: &str = "111122223333";

    fn at(minute: i64) -> Timestamp {
        Timestamp(Millis::minutes(minute).0)
    }

    fn event(origin: Origin, region: &'static str, minute: i64) -> Arrived<'static> {
        Arrived {
            source: SourceId(origin as usize),
            origin,
            stream: (ACCOUNT, region),
            place: (ACCOUNT, region),
            time: at(minute),
            arrival: at(minute),
            lag: Some(Millis(0)),
            service: "iam.amazonaws.com",
            category: "management",
        }
    }

    fn stopped(minute: i64) -> Done {
        Done {
            at: at(minute),
            account: ACCOUNT.into(),
            region: "us-east-1".into(),
            event: "StopLogging".into(),
            by: "alice".into(),
            change: Change { trail: "t".into(), home: None, what: What::Stopped },
        }
    }

    /// Streams of both kinds that were read up to minute 100, and a trail that stopped at 60.
    fn blinded() -> Cover {
        let mut cover = Cover::default();
        for origin in [Origin::S3, Origin::History] {
            for region in ["us-east-1", "eu-west-1"] {
                cover.arrived(event(origin, region, 10));
            }
            cover.swept(SourceId(origin as usize), None, at(100));
        }
        cover.done(stopped(60));
        cover
    }

    fn word(cover: &Cover, origin: Origin, region: &str) -> Word {
        let streams = cover.streams(&cover.holes());
        let is = |row: &&StreamRow| row.name.origin == origin && row.name.region == region;
        streams.iter().find(is).unwrap().word
    }

    #[test]
    fn a_stopped_trail_holds_back_what_it_feeds_and_nothing_else() {
        let cover = blinded();
        assert_eq!(word(&cover, Origin::S3, "us-east-1"), Word::Learning(at(60)));
        assert_eq!(word(&cover, Origin::S3, "eu-west-1"), Word::Learning(at(85)));
        assert_eq!(word(&cover, Origin::History, "us-east-1"), Word::Learning(at(85)));
    }

    #[test]
    fn another_trail_bridges_the_hole_and_event_history_does_not() {
        let mut cover = blinded();
        cover.arrived(event(Origin::History, "us-east-1", 70));
        assert!(!cover.holes()[0].is_bridged);
        cover.arrived(event(Origin::S3, "eu-west-1", 70));
        assert!(!cover.holes()[0].is_bridged);
        cover.arrived(event(Origin::S3, "us-east-1", 70));
        assert!(cover.holes()[0].is_bridged);
        assert_eq!(word(&cover, Origin::S3, "us-east-1"), Word::Learning(at(85)));
    }

    #[test]
    fn streams_have_an_end() {
        let mut cover = Cover::default();
        for n in 0..2 * MAX_STREAMS {
            let account = format!("{n:012}");
            cover.arrived(Arrived { stream: (&account, "x"), ..event(Origin::File, "x", 1) });
        }
        assert_eq!(cover.streams(&[]).len(), MAX_STREAMS + 1);
    }
}
