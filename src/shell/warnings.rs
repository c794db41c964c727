//! What `query` says of its sources on standard error: what stops one at once, what one lacks when
//! that has settled, and once more at the end. Never the same thing twice in a row.

use std::collections::BTreeSet;

use crate::coverage::doubt::Doubt;
use crate::coverage::hole::Hole;
use crate::engine::view::StreamRow;
use crate::event::time::{Millis, Timestamp};
use crate::source::batch::{Health, SourceId, State};

/// What a source lacks changes while it catches up; it is told at most this often.
const SETTLES: Millis = Millis::minutes(5);

/// What was said of each source.
#[derive(Debug)]
pub struct Warnings {
    sources: Vec<Said>,
    /// The trails that were said to be blind, by account, home region and name.
    blind: BTreeSet<(String, String, String)>,
    /// Why trails were said to be perhaps blind.
    doubts: Vec<Doubt>,
}

/// What is known and what was said of one source.
#[derive(Debug)]
struct Said {
    name: String,
    /// Why it is down, while it is, and whether that was said.
    down: Option<(String, bool)>,
    lacks: Option<String>,
    /// What was last said of what it lacks, and when; at first, when it began.
    told: (Option<String>, Timestamp),
}

impl Warnings {
    /// Nothing was said yet of the sources of these names.
    pub fn of(names: &[String], now: Timestamp) -> Self {
        let said =
            |name: &String| Said { name: name.clone(), down: None, lacks: None, told: (None, now) };
        Self { sources: names.iter().map(said).collect(), blind: BTreeSet::new(), doubts: vec![] }
    }

    /// Takes the name of a source that was added.
    pub fn named(&mut self, source: SourceId, name: String) {
        let now = self.sources.first().map_or(Timestamp(0), |said| said.told.1);
        let unnamed = || Said { name: String::new(), down: None, lacks: None, told: (None, now) };
        if self.sources.len() <= source.0 {
            self.sources.resize_with(source.0 + 1, unnamed);
        }
        self.sources[source.0].name = name;
    }

    /// Takes news of a source; gives what to say of it now.
    pub fn hear(&mut self, health: &Health, now: Timestamp) -> Vec<String> {
        let is_news = match (&health.state, self.sources.get(health.source.0)) {
            // What stops a login stops it in each of its regions: once is enough.
            (State::Down(why), Some(it)) => {
                let same = |other: &Said| other.complaint() == Some(it.without_name(why));
                !self.sources.iter().any(same)
            }
            _ => true,
        };
        let Some(said) = self.sources.get_mut(health.source.0) else { return vec![] };
        let mut words = vec![];
        match &health.state {
            State::Down(why) if said.down.as_ref().is_none_or(|(down, _)| down != why) => {
                words.extend(is_news.then(|| why.clone()));
                said.down = Some((why.clone(), is_news));
            }
            // Reading is not yet having read: it may fail again at once.
            State::Watching | State::Ended => {
                let was_told = said.down.take().is_some_and(|(_, was_told)| was_told);
                words.extend(was_told.then(|| format!("{}: goes on", said.name)));
            }
            _ => {}
        }
        said.lacks.clone_from(&health.lacks);
        if said.told.1 + SETTLES <= now {
            words.extend(said.tell(now));
        }
        words
    }

    /// Takes when trails did not record; gives which of those that feed these streams went blind or
    /// record again since this was last asked.
    pub fn blind(&mut self, holes: &[Hole], streams: &[StreamRow]) -> Vec<String> {
        let feeds = |hole: &&Hole| streams.iter().any(|stream| hole.is_in(&stream.name));
        let name = |hole: &Hole| (hole.account.clone(), hole.region.clone(), hole.trail.clone());
        let mut words = vec![];
        let mut now_blind = BTreeSet::new();
        for hole in holes.iter().filter(|hole| hole.to.is_none()).filter(feeds) {
            if !self.blind.contains(&name(hole)) {
                let Hole { account, region, trail, missing, cause, .. } = hole;
                let since = match hole.from {
                    Timestamp(i64::MIN) => String::new(),
                    from => format!(" since {from}"),
                };
                words.push(format!(
                    "BLIND{since}: trail {trail} of {account} {region} records without {missing}: \
                     {cause}; Event history still has management events"
                ));
            }
            now_blind.insert(name(hole));
        }
        for (account, region, trail) in self.blind.difference(&now_blind) {
            words.push(format!(
                "no gap any more: trail {trail} of {account} {region} records, or another one does"
            ));
        }
        self.blind = now_blind;
        words
    }

    /// Takes why trails may be blind; gives what of that was not told yet.
    pub fn doubt(&mut self, doubts: &[Doubt]) -> Vec<String> {
        let mut words = vec![];
        for doubt in doubts.iter().filter(|doubt| !self.doubts.contains(doubt)) {
            let Doubt { at, cause, what, .. } = doubt;
            words.push(format!(
                "MAY BE BLIND since {at}: {cause} on {what}, which a trail needs to write; nothing that \
                 happened later has come"
            ));
        }
        // What is doubted no longer is never doubted again.
        self.doubts = doubts.to_vec();
        words
    }

    /// What is still to be said when nothing more is read.
    pub fn end(&mut self, now: Timestamp) -> Vec<String> {
        self.sources.iter_mut().filter_map(|said| said.tell(now)).collect()
    }
}

impl Said {
    /// Why it is down, without its name.
    fn complaint(&self) -> Option<&str> {
        self.down.as_ref().map(|(why, _)| self.without_name(why))
    }

    /// What stands behind the name that a sentence begins with.
    fn without_name<'a>(&self, why: &'a str) -> &'a str {
        why.strip_prefix(&*self.name).unwrap_or(why)
    }

    fn tell(&mut self, now: Timestamp) -> Option<String> {
        if self.lacks == self.told.0 {
            return None;
        }
        self.told = (self.lacks.clone(), now);
        Some(match &self.lacks {
            Some(lacks) => format!("{}: {lacks}", self.name),
            None => format!("{}: nothing is missing any more", self.name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::hole::Done;
    use crate::engine::cover::{Arrived, Cover};
    use crate::event::field::Origin;
    use crate::event::trail::{Change, What};

    #[test]
    fn says_each_thing_once() {
        let start = Timestamp(0);
        let mut all = Warnings::of(&["history:eu-west-1".to_owned()], start);
        let mut said = vec![];
        let news: [(i64, State, Option<&str>); 9] = [
            (0, State::Reading, Some("60 min still to be read")),
            (1, State::Down("it broke".to_owned()), Some("59 min still to be read")),
            (2, State::Down("it broke".to_owned()), Some("59 min still to be read")),
            (3, State::Reading, Some("58 min still to be read")),
            (4, State::Down("it broke".to_owned()), Some("58 min still to be read")),
            (5, State::Watching, None),
            (60, State::Watching, Some("1 object was deleted")),
            (61, State::Watching, Some("2 objects were deleted")),
            (120, State::Watching, None),
        ];
        for (minute, state, lacks) in news {
            let lacks = lacks.map(str::to_owned);
            let health = Health { state, lacks, ..Health::starting(SourceId(0), start) };
            said.extend(all.hear(&health, start + Millis::minutes(minute)));
        }
        assert_eq!(
            said,
            [
                "it broke",
                "history:eu-west-1: goes on",
                "history:eu-west-1: 1 object was deleted",
                "history:eu-west-1: nothing is missing any more",
            ]
        );
        assert_eq!(all.end(start + Millis::hours(3)), Vec::<String>::new());
    }

    #[test]
    fn a_blind_trail_is_told_once_and_so_is_its_end() {
        let mut all = Warnings::of(&[], Timestamp(0));
        let mut cover = Cover::default();
        let at = |minute| Timestamp(Millis::minutes(minute).0);
        cover.arrived(Arrived {
            source: SourceId(0),
            origin: Origin::S3,
            stream: ("111122223333", "us-east-1"),
            place: ("111122223333", "us-east-1"),
            time: at(1),
            arrival: at(1),
            lag: None,
            service: "iam.amazonaws.com",
            category: "management",
        });
        let mut said = vec![];
        for (minute, event, what) in [
            (2, "StopLogging", What::Stopped),
            (2, "StopLogging", What::Stopped),
            (9, "StartLogging", What::Started),
        ] {
            cover.done(Done {
                at: at(minute),
                account: "111122223333".into(),
                region: "us-east-1".into(),
                event: event.into(),
                by: "alice".into(),
                change: Change { trail: "t".into(), home: None, what },
            });
            let holes = cover.holes();
            said.extend(all.blind(&holes, &cover.streams(&holes)));
        }
        assert_eq!(
            said,
            [
                "BLIND since 1970-01-01T00:02:00Z: trail t of 111122223333 us-east-1 records \
                 without any event: StopLogging by alice; Event history still has management \
                 events",
                "no gap any more: trail t of 111122223333 us-east-1 records, or another one does",
            ]
        );
    }

    #[test]
    fn what_stops_a_login_is_said_once() {
        let names = ["history:eu-west-1".to_owned(), "history:us-east-1".to_owned()];
        let mut all = Warnings::of(&names, Timestamp(0));
        let mut said = vec![];
        for (at, state) in [
            (0, State::Down("history:eu-west-1: log in".to_owned())),
            (1, State::Down("history:us-east-1: log in".to_owned())),
            (1, State::Watching),
            (0, State::Watching),
            (1, State::Down("history:us-east-1: not allowed".to_owned())),
            (0, State::Down("history:eu-west-1: log in".to_owned())),
        ] {
            let health = Health { state, ..Health::starting(SourceId(at), Timestamp(0)) };
            said.extend(all.hear(&health, Timestamp(0)));
        }
        let expected = [
            "history:eu-west-1: log in",
            "history:eu-west-1: goes on",
            "history:us-east-1: not allowed",
            "history:eu-west-1: log in",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn the_end_says_what_is_missing() {
        let mut all = Warnings::of(&["s3://trail".to_owned()], Timestamp(0));
        let lacks = Some("1 object was deleted".to_owned());
        let health = Health { lacks, ..Health::starting(SourceId(0), Timestamp(0)) };
        assert_eq!(all.hear(&health, Timestamp(1)), Vec::<String>::new());
        assert_eq!(all.end(Timestamp(2)), ["s3://trail: 1 object was deleted"]);
        assert_eq!(all.end(Timestamp(3)), Vec::<String>::new());
    }
}
