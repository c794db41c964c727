//! Reckonings that follow a ring through arrivals, compaction, eviction, better bodies, windows and
//! interruptions, compared with plain ones after every step.

use std::sync::Arc;

use proptest::prelude::*;

use crate::event::field::{Column, Flag};
use crate::event::read::Event;
use crate::event::time::{Millis, Timestamp};
use crate::insight::denied::{Moment, Sort as Sorts};
use crate::insight::lens::{Insight, Lens};
use crate::insight::plain_denied_tests::{check_around, check_before};
use crate::insight::plain_tests::Plain;
use crate::insight::reckon::{Asked, Reckoner};
use crate::insight::sessions::{SessionsWanted, Sort as By};
use crate::insight::shown::{Noise, Shown};
use crate::insight::top::{MOST_ROWS, Sort, TopWanted};
use crate::query::library::builtin;
use crate::query::parse::parse;
use crate::query::plan::{Context, Plan};
use crate::store::bits::Bits;
use crate::store::kin::Kin;
use crate::store::ring::Ring;
use crate::store::segment::{Birth, Builder, RowId};
use crate::store::side::Better;
use crate::store::snapshot::{Part, RowRef, Snapshot};

/// Names of sessions whose stories are asked for.
const SESSIONS: [&str; 3] = ["key AKIA1", "key ASIA3", "nobody's"];

const NOON: Timestamp = Timestamp(1_772_366_400_000);

/// The text of a column of row `n`, by its number alone.
fn cell(column: Column, n: u64) -> String {
    let of = |words: &[&str], by: u64| words[(n / by) as usize % words.len()].to_owned();
    match column {
        Column::Actor => of(&["alice", "bob", "", "eve", "ecs"], 1),
        Column::Event => of(&["Get", "Put", "Delete", "Stop"], 3),
        Column::Verb => of(&["R", "W", "W", "D", ""], 3),
        Column::Result => of(&["ok", "ok", "denied", "failed", "none", "throttled"], 2),
        Column::Type => of(&["IAMUser", "AWSService", "Root"], 5),
        Column::Service => of(&["iam.amazonaws.com", "s3.amazonaws.com"], 6),
        Column::Account => of(&["1", "2"], 700),
        Column::User => of(&["target-1", "alice"], 1),
        Column::Message => of(&["", "no, because no session policy allows it"], 7),
        Column::Target if n % 2 == 1 => format!("target-{}/{}", n % 3, n % 7),
        Column::Target if n.is_multiple_of(4) => format!("target-{}", n % 3),
        Column::Ip => format!("10.0.0.{}", n * 7 % 23),
        Column::Target => format!("target-{}", n % 5000),
        Column::Key => of(&["AKIA1", "ASIA2", "", "ASIA3"], 2),
        Column::Region => of(&["us-east-1", "eu-west-1"], 4),
        Column::Arn => of(&["arn:1", "arn:2"], 9),
        Column::Principal => of(&["AIDA1", "AIDA2"], 9),
        Column::Via => of(&["", "", "", "kms.amazonaws.com"], 11),
        Column::Tool => of(&["aws-cli", "console"], 13),
        Column::Began => of(&["", "2026-03-01T11:30:00Z", "2026-03-01T11:00:00Z"], 4),
        _ => String::new(),
    }
}

fn builder(rows: std::ops::Range<u64>, odd_time: bool) -> Builder {
    let mut builder = Builder::default();
    for n in rows {
        let cells = Column::ALL.map(|column| cell(column, n).into());
        let event = Event { time: None, flags: 0, cells };
        let time = match n {
            1 if odd_time => Timestamp(-62_135_596_800_000),
            4 if odd_time => Timestamp(253_402_300_799_000),
            _ => NOON - Millis(((n * 7919) % 7_200_000) as i64),
        };
        let birth = Birth { time, arrival: NOON, identity: n, flags: 0, origins: 1 };
        builder.push(&event, b"{}", birth);
    }
    builder
}

#[derive(Debug, Clone)]
enum Step {
    /// So many rows in so many segments.
    Push(u64, u64),
    Better(u64),
    Mark(u64),
    /// Another question, which chooses its rows by this number.
    Ask(u64),
    Window(Option<i64>),
    /// The clock moves on by so many milliseconds.
    Tick(i64),
    Look(Lens),
    /// The next reckoning is interrupted after so many questions whether it should be.
    Hurry(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let value = prop::sample::select(vec!["alice", "bob", "Put", "10.0.0.7", "target-9", "nobody"]);
    let top = (0..10usize, prop::sample::select(Sort::ALL.to_vec()), prop::option::of(value))
        .prop_map(|(by, sort, selected)| TopWanted { by, sort, selected: selected.map(Arc::from) });
    let without = prop::sample::select(vec!["who:a", "err:*", "verb:W", "mark:yes", ""]);
    let denied = prop::option::of(prop::sample::select(Sorts::ALL.map(|(sort, _)| sort).to_vec()));
    let moment = (0..400u64, prop::option::of(0..7_200_000i64)).prop_map(|(row, back)| Moment {
        until: RowId(row),
        since: back.map(|back| NOON - Millis(back)),
    });
    let kinds = (any::<bool>(), 0..150u16, prop::option::of(top), prop::option::of(without));
    let of = prop::sample::select(SESSIONS.to_vec());
    let sessions = prop::sample::select(By::ALL.map(|(sort, _)| sort).to_vec());
    let sessions = (sessions, prop::option::of(of))
        .prop_map(|(sort, selected)| SessionsWanted { sort, selected: selected.map(Arc::from) });
    let sessions = prop::option::of(sessions);
    let around = prop::option::of((0..400u64).prop_map(RowId));
    let lens = (kinds, denied, prop::option::of(moment), sessions, around);
    let look =
        lens.prop_map(|((counts, cells, top, without), denied, before, sessions, around)| {
            let plan = |text| {
                Plan::compile(&parse(text, &builtin()).unwrap(), Context { now: NOON, names: &[] })
            };
            let without = without.into_iter().map(|text| Arc::new(plan(text))).collect();
            Step::Look(Lens {
                id: 0,
                counts,
                cells,
                noise: cells % 2 == 0,
                top,
                denied,
                sessions,
                before,
                family: None,
                around,
                without,
            })
        });
    let step = prop_oneof![
        4 => (1..300u64, 1..4u64).prop_map(|(rows, times)| Step::Push(rows, times)),
        1 => (1..3u64, 1..70u64).prop_map(|(rows, times)| Step::Push(rows, times)),
        2 => (0..400u64).prop_map(Step::Better),
        1 => (0..400u64).prop_map(Step::Mark),
        2 => (0..6u64).prop_map(Step::Ask),
        1 => prop::option::of(1..8_000_000i64).prop_map(Step::Window),
        2 => (1..900_000i64).prop_map(Step::Tick),
        4 => look,
        3 => (0..30usize).prop_map(Step::Hurry),
    ];
    prop::collection::vec(step, 1..40)
}

/// What the steps have come to.
struct World {
    ring: Ring,
    next: u64,
    odd_time: bool,
    question: u64,
    window: Option<Millis>,
    now: Timestamp,
    lens: Lens,
    shown: Vec<Shown>,
    reckoner: Reckoner,
}

impl World {
    fn take(&mut self, step: Step) -> usize {
        match step {
            Step::Push(rows, times) => {
                for _ in 0..times {
                    self.ring.push(builder(self.next..self.next + rows, self.odd_time), NOON);
                    self.next += rows;
                }
            }
            Step::Better(row) => {
                let text = |column| match column {
                    Column::Event | Column::Actor => "better".into(),
                    column => cell(column, row + 1).into(),
                };
                let cells = Column::ALL.map(text).into();
                self.ring.show_better(RowId(row), Better { cells, raw: (*b"{}").into() });
            }
            Step::Mark(row) => self.ring.flag(RowId(row), Flag::Marked, true),
            Step::Ask(question) => self.question = question,
            Step::Window(window) => self.window = window.map(Millis),
            Step::Tick(by) => self.now = self.now + Millis(by),
            Step::Look(lens) => self.lens = Lens { id: self.lens.id + 1, ..lens },
            Step::Hurry(after) => return after,
        }
        usize::MAX
    }

    fn is_chosen(&self, id: RowId) -> bool {
        self.question == 0 || (id.0 * 31 + self.question).is_multiple_of(self.question + 1)
    }

    fn is_noise(&self, id: RowId) -> bool {
        self.question.is_multiple_of(2) && id.0.is_multiple_of(9)
    }

    fn is_within(&self, time: Timestamp) -> bool {
        self.window.is_none_or(|window| time >= self.now - window)
    }

    /// Chooses the rows; sets that have not changed stay what they are.
    fn choose(&mut self) {
        let parts = self.ring.snapshot();
        let shown: Vec<Shown> = parts.parts().iter().map(|part| self.shown_of(part)).collect();
        self.shown = shown;
    }

    fn shown_of(&self, part: &Part) -> Shown {
        let segment = &part.segment;
        let by = |test: &dyn Fn(usize) -> bool| Arc::new(Bits::by(segment.len(), test));
        let kept =
            |row: usize| self.is_chosen(segment.id(row)) && self.is_within(segment.time(row));
        let noise = |row: usize| self.is_noise(segment.id(row));
        let mut shown = Shown {
            part: part.clone(),
            rows: by(&|row| kept(row) && !noise(row)),
            kept: by(&kept),
            within: self.window.map(|_| by(&|row| self.is_within(segment.time(row)))),
            noise: Some(Noise { rows: by(&noise), failed: by(&|_| false) }),
        };
        let before = self.shown.iter().find(|before| before.base() == shown.base());
        if let Some(before) = before.filter(|it| Arc::ptr_eq(&it.part.segment, &shown.part.segment))
        {
            shown.keep_same(before);
        }
        shown
    }

    /// Reckons until it is told to stop; the last answer, and whether that was all.
    fn reckon(&mut self, mut stops_after: usize) -> (Option<Insight>, bool) {
        let Self { question, window, now, lens, shown, .. } = self;
        let (question, window, now) = (*question, *window, *now);
        let kin = Kin::default();
        let asked = Asked { question, lens, window, now, shown, kin: &kin };
        let (mut last, mut is_whole) = (None, true);
        let stop = &mut || {
            stops_after = stops_after.saturating_sub(1);
            stops_after == 0
        };
        self.reckoner.reckon(&asked, stop, &mut |insight| match insight {
            Some(insight) => last = Some(insight),
            None => is_whole = false,
        });
        (last, is_whole)
    }

    fn check(&mut self) {
        let (insight, is_whole) = self.reckon(usize::MAX);
        let insight = insight.expect("nobody says stop");
        assert!(is_whole);
        let snapshot: Snapshot = self.ring.snapshot();
        let parts = snapshot.parts().iter();
        let rows =
            parts.flat_map(|part| (0..part.segment.len()).map(move |row| RowRef { part, row }));
        let all: Vec<RowRef<'_>> = rows.filter(|row| self.is_within(row.time())).collect();
        let kept = all.iter().filter(|row| self.is_chosen(row.id())).copied();
        let kept: Vec<RowRef<'_>> = kept.collect();
        let shown = kept.iter().filter(|row| !self.is_noise(row.id())).copied().collect();
        let plain = Plain { all, kept, shown };
        plain.check(&insight, &self.lens);
        assert_eq!(insight.denied.is_some(), self.lens.denied.is_some());
        if let (Some(denied), Some(sort)) = (&insight.denied, self.lens.denied) {
            plain.check_denied(denied, sort, self.now);
        }
        assert_eq!(insight.before.is_some(), self.lens.before.is_some());
        assert_eq!(insight.sessions.is_some(), self.lens.sessions.is_some());
        if let (Some(sessions), Some(wanted)) = (&insight.sessions, &self.lens.sessions) {
            plain.check_sessions(sessions, wanted, &Kin::default());
        }
        if let (Some(before), Some(moment)) = (&insight.before, self.lens.before) {
            let parts = snapshot.parts().iter();
            let rows =
                parts.flat_map(|part| (0..part.segment.len()).map(move |row| RowRef { part, row }));
            check_before(&rows.collect::<Vec<_>>(), moment, before);
        }
        assert_eq!(insight.around.is_some(), self.lens.around.is_some());
        if let (Some(around), Some(id)) = (&insight.around, self.lens.around) {
            let parts = snapshot.parts().iter();
            let rows =
                parts.flat_map(|part| (0..part.segment.len()).map(move |row| RowRef { part, row }));
            check_around(&rows.collect::<Vec<_>>(), id, around);
        }
        let mut costs = vec![];
        for plan in &self.lens.without {
            let keeps = |shown: &Shown| {
                let rows = crate::query::eval::eval(plan, &shown.part, self.now);
                let is_counted = |row: &usize| {
                    let (id, time) = (shown.part.segment.id(*row), shown.part.segment.time(*row));
                    self.is_within(time) && !self.is_noise(id)
                };
                rows.rows().filter(is_counted).count()
            };
            costs.push(self.shown.iter().map(keeps).sum::<usize>());
        }
        assert_eq!(insight.without, costs);
    }
}

fn play(steps: Vec<Step>, cap: usize, odd_time: bool) {
    let mut world = World {
        ring: Ring::new(cap),
        next: 0,
        odd_time,
        question: 0,
        window: None,
        now: NOON,
        lens: Lens { counts: true, cells: 80, ..Lens::default() },
        shown: vec![],
        reckoner: Reckoner::default(),
    };
    world.take(Step::Push(40, 2));
    for step in steps {
        let stops_after = world.take(step);
        world.choose();
        if stops_after < usize::MAX {
            world.reckon(stops_after);
        } else {
            world.check();
        }
    }
    world.check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn reckonings_follow_the_rows(steps in steps(), odd_time: bool) {
        play(steps, 64 << 20, odd_time);
    }

    #[test]
    fn and_so_they_do_while_rows_are_evicted(steps in steps(), odd_time: bool) {
        play(steps, 120_000, odd_time);
    }
}

#[test]
fn a_ranking_sends_a_thousand_and_says_how_many_there_are() {
    let (segment, side) = builder(0..4000, false).finish(RowId(0));
    let rows = Arc::new(Bits::all(segment.len()));
    let part = Part { segment: segment.into(), side: side.into() };
    let shown = Shown { part, rows: Arc::clone(&rows), kept: rows, within: None, noise: None };
    let top = Some(TopWanted { by: 4, sort: Sort::Last, selected: None });
    let lens = Lens { top, ..Lens::default() };
    let asked = Asked {
        question: 1,
        lens: &lens,
        window: None,
        now: NOON,
        shown: &[shown],
        kin: &Kin::default(),
    };
    let mut insight = None;
    Reckoner::default().reckon(&asked, &mut || false, &mut |it| insight = it);
    let top = insight.unwrap().top.unwrap();
    assert_eq!((top.rows.len(), top.distinct), (MOST_ROWS, 1023));
    assert!(top.rows.is_sorted_by(|a, b| a.last >= b.last));
}

#[test]
fn one_time_far_away_does_not_squash_the_timeline() {
    let (segment, side) = builder(0..400, true).finish(RowId(0));
    let rows = Arc::new(Bits::all(segment.len()));
    let part = Part { segment: segment.into(), side: side.into() };
    let shown = Shown { part, rows: Arc::clone(&rows), kept: rows, within: None, noise: None };
    let lens = Lens { cells: 120, ..Lens::default() };
    let asked = Asked {
        question: 1,
        lens: &lens,
        window: None,
        now: NOON,
        shown: &[shown],
        kin: &Kin::default(),
    };
    let mut insight = None;
    Reckoner::default().reckon(&asked, &mut || false, &mut |it| insight = it);
    let timeline = insight.unwrap().timeline.unwrap();
    assert_eq!((timeline.step, timeline.outside), (Millis::seconds(30), 2));
    assert_eq!(timeline.all.iter().sum::<u64>(), 398);
    assert!(timeline.all.iter().filter(|n| **n > 0).count() > 50);
}

/// Values that leave with their segments do not pile up.
#[test]
fn numbers_of_evicted_values_are_forgotten() {
    let mut reckoner = Reckoner::default();
    let lens = Lens { counts: true, ..Lens::default() };
    let mut most = 0;
    for at in 0..60u64 {
        let mut builder = Builder::default();
        for n in 0..2000 {
            let mut cells = Column::ALL.map(|_| "".into());
            cells[Column::Target as usize] = format!("bucket/{at}/{n}").into();
            let event = Event { time: None, flags: 0, cells };
            let birth = Birth { time: NOON, arrival: NOON, identity: 0, flags: 0, origins: 1 };
            builder.push(&event, b"{}", birth);
        }
        let (segment, side) = builder.finish(RowId(at * 2000));
        let rows = Arc::new(Bits::all(segment.len()));
        let part = Part { segment: segment.into(), side: side.into() };
        let shown = Shown { part, rows: Arc::clone(&rows), kept: rows, within: None, noise: None };
        let asked = Asked {
            question: 1,
            lens: &lens,
            window: None,
            now: NOON,
            shown: &[shown],
            kin: &Kin::default(),
        };
        let mut insight = None;
        reckoner.reckon(&asked, &mut || false, &mut |it| insight = it);
        let counts = insight.unwrap().counts.unwrap();
        assert_eq!((counts.facets[8].distinct, counts.facets[8].absent), (2000, 0));
        most = most.max(reckoner.bytes());
    }
    // 120,000 values were seen; at most a few segments' worth of them are held.
    assert!(most < 3 << 20, "{most}");
}
