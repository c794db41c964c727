//! What every actor and account is known to do, learned from every event that comes in, and what an
//! event is the first one to show of it.
//!
//! Time is the time of events: a value is new in the earliest event that has it, whatever the order
//! in which events arrive. Events of one moment have no order; all of them are the first.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hasher as _;
use std::ops::Range;

use foldhash::fast::RandomState as OfCodes;
use siphasher::sip::SipHasher13;

use crate::detect::history::{History, Seen};
use crate::detect::sight::{Sight, owner};
use crate::event::field::{Column, Flag};
use crate::event::time::Timestamp;
use crate::store::dict::Coded;
use crate::store::news::{KINDS, Mark, News};
use crate::store::snapshot::Part;

/// The columns that a sight is made from: the last three say how it ended and which event it is.
const OF_SIGHT: usize = News::COLUMNS.len() - 3;

/// Everything that is known of everybody.
#[derive(Debug)]
pub struct Baseline {
    subjects: Vec<Subject>,
    places: HashMap<Box<str>, usize>,
    cap: usize,
    bytes: usize,
    forgotten: u64,
}

#[derive(Debug)]
struct Subject {
    name: Box<str>,
    history: History,
    bytes: usize,
    /// Whether something was learned since that was last asked.
    is_changed: bool,
    /// When enough was known, before the rows that are being learned.
    learned: Timestamp,
}

/// Rows of a part that look the same, and which of them each row is.
#[derive(Debug, Default)]
struct Looks {
    alike: Vec<Alike>,
    codes: Vec<Option<usize>>,
}

#[derive(Debug)]
struct Alike {
    sight: Sight,
    seen: Seen,
}

impl Looks {
    fn of(part: &Part, rows: Range<usize>) -> Self {
        let segment = &part.segment;
        let columns: [&Coded; OF_SIGHT] =
            std::array::from_fn(|at| segment.column(News::COLUMNS[at]));
        let result = segment.column(Column::Result);
        let mut known: HashMap<[u16; OF_SIGHT], Option<usize>, OfCodes> = HashMap::default();
        let mut looks = Self::default();
        for row in rows {
            if part.side.has(row, Flag::TimeUnknown) {
                looks.codes.push(None);
                continue;
            }
            let seen = Seen::at(segment.time(row), worked(result.text(row)));
            let look = columns.map(|column| column.codes[row]);
            let code = *known.entry(look).or_insert_with(|| {
                let sight = Sight::of_row(part, row);
                sight.is_told().then(|| {
                    looks.alike.push(Alike { sight, seen });
                    looks.alike.len() - 1
                })
            });
            if let Some(it) = code.map(|code| &mut looks.alike[code]) {
                it.seen = it.seen.and(seen);
            }
            looks.codes.push(code);
        }
        looks
    }
}

impl Baseline {
    /// Knows nothing yet, and will hold at most about `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self { subjects: vec![], places: HashMap::new(), cap, bytes: 0, forgotten: 0 }
    }

    /// How many actors and accounts are known.
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many actors and accounts made room for others.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// What is known of an actor or account.
    pub fn history(&self, subject: &str) -> Option<&History> {
        Some(&self.subjects[*self.places.get(subject)?].history)
    }

    /// Takes in what was known of a subject before.
    pub fn join(&mut self, subject: &str, history: &History) {
        let Some(place) = self.place(subject) else { return };
        self.subjects[place].history.join(history);
        self.weigh(place);
    }

    /// Forgets a subject, or all of them.
    pub fn forget(&mut self, subject: Option<&str>) {
        self.retain(|it| subject.is_some_and(|subject| *it.name != *subject));
    }

    /// What was learned since this was last asked, by subject.
    pub fn changes(&mut self) -> Vec<(Box<str>, History)> {
        let taken = self.subjects.iter_mut().filter_map(|it| {
            std::mem::take(&mut it.is_changed).then(|| (it.name.clone(), it.history.clone()))
        });
        taken.collect()
    }

    /// Learns these rows of a part, and gives what each of them is the first one to show by now, where
    /// it is. The times at which rows may have been the first and are not any more, or may be called
    /// new only now, are added to `moved`: rows of these times have to be judged again.
    pub fn learn(
        &mut self,
        part: &Part,
        rows: Range<usize>,
        moved: &mut BTreeSet<Timestamp>,
    ) -> Vec<(usize, Mark)> {
        let looks = Looks::of(part, rows.clone());
        let places: Vec<[Option<usize>; 2]> = looks.alike.iter().map(|it| self.meet(it)).collect();
        let touched: BTreeSet<usize> = places.iter().flatten().flatten().copied().collect();
        for place in &touched {
            let it = &mut self.subjects[*place];
            (it.learned, it.is_changed) = (it.history.learned(), true);
        }
        for (row, code) in rows.clone().zip(&looks.codes) {
            let Some(places) = code.map(|code| places[code]) else { continue };
            for place in places.into_iter().flatten() {
                let time = part.segment.time(row);
                self.subjects[place].history.count(time, || event_id(part, row));
            }
        }
        for (it, places) in looks.alike.iter().zip(places) {
            self.see_all(it, places, moved);
        }
        for place in touched {
            self.ripen(place, moved);
            self.weigh(place);
        }
        let marks = self.judge_looks(part, rows, &looks);
        if self.bytes > self.cap {
            self.make_room();
        }
        marks
    }

    /// Learns a row that shows another body now, as [`Baseline::learn`] does.
    pub fn learn_again(&mut self, part: &Part, row: usize, moved: &mut BTreeSet<Timestamp>) {
        if part.side.has(row, Flag::TimeUnknown) {
            return;
        }
        let (time, sight) = (part.segment.time(row), Sight::of_row(part, row));
        let it = Alike { seen: Seen::at(time, sight.worked), sight };
        let places = self.meet(&it);
        moved.insert(time);
        for place in places.into_iter().flatten() {
            let known = &mut self.subjects[place];
            (known.learned, known.is_changed) = (known.history.learned(), true);
            known.history.count(time, || event_id(part, row));
        }
        self.see_all(&it, places, moved);
        for place in places.into_iter().flatten() {
            self.ripen(place, moved);
            self.weigh(place);
        }
    }

    /// What each of these rows is the first one to show by now, where it is.
    pub fn judge_rows(&self, part: &Part, rows: Range<usize>) -> Vec<(usize, Mark)> {
        self.judge_looks(part, rows.clone(), &Looks::of(part, rows))
    }

    fn judge_looks(&self, part: &Part, rows: Range<usize>, looks: &Looks) -> Vec<(usize, Mark)> {
        let known: Vec<[Option<Seen>; KINDS]> = looks
            .alike
            .iter()
            .map(|it| {
                let histories = it.sight.subjects.each_ref().map(|subject| self.history(subject));
                let known = |kind| histories[owner(kind)]?.seen(kind, &it.sight.values[kind]);
                std::array::from_fn(known)
            })
            .collect();
        let result = part.segment.column(Column::Result);
        let mut marks = vec![];
        for (row, code) in rows.zip(&looks.codes) {
            let Some(code) = *code else { continue };
            let (time, worked) = (part.segment.time(row), worked(result.text(row)));
            if known[code].iter().flatten().any(|seen| seen.is_first(time, worked)) {
                marks.push((row, self.judge(&looks.alike[code].sight, time, worked)));
            }
        }
        marks
    }

    /// What a row is the first one to show by now.
    pub fn judge_row(&self, part: &Part, row: usize) -> Mark {
        if part.side.has(row, Flag::TimeUnknown) {
            return Mark::default();
        }
        let sight = Sight::of_row(part, row);
        self.judge(&sight, part.segment.time(row), sight.worked)
    }

    /// What an event of that time is the first one to show.
    pub fn judge(&self, sight: &Sight, time: Timestamp, worked: bool) -> Mark {
        let mut mark = Mark::default();
        for kind in 0..KINDS {
            let (subject, value) = (&sight.subjects[owner(kind)], &sight.values[kind]);
            let Some(history) = self.history(subject).filter(|_| !value.is_empty()) else {
                continue;
            };
            let Some(seen) = history.seen(kind, value) else { continue };
            if !seen.is_first(time, worked) {
                continue;
            }
            if time > history.learned() {
                mark.new |= 1 << kind;
            } else {
                mark.learning |= 1 << kind;
            }
            let others = history.others(kind, time);
            mark.others[kind] = u16::try_from(others).unwrap_or(u16::MAX);
            mark.since[owner(kind)] = history.first();
        }
        mark
    }

    /// Looks up whose habits rows are about.
    fn meet(&mut self, it: &Alike) -> [Option<usize>; 2] {
        it.sight.subjects.each_ref().map(|subject| self.place(subject))
    }

    /// Takes in the values of rows that look the same.
    fn see_all(&mut self, it: &Alike, places: [Option<usize>; 2], moved: &mut BTreeSet<Timestamp>) {
        for kind in 0..KINDS {
            let value = &it.sight.values[kind];
            if let Some(place) = places[owner(kind)].filter(|_| !value.is_empty()) {
                self.see(place, (kind, value), it.seen, moved);
            }
        }
    }

    fn see(
        &mut self,
        place: usize,
        (kind, value): (usize, &str),
        seen: Seen,
        moved: &mut BTreeSet<Timestamp>,
    ) {
        let Some(before) = self.subjects[place].history.see(kind, value, seen) else { return };
        if seen.first < before.first {
            moved.insert(before.first);
        }
        if let (Some(was), Some(is)) = (before.worked, seen.worked)
            && is < was
        {
            moved.insert(was);
        }
    }

    /// Where a subject turned out to be known earlier, what was first since then is new now.
    fn ripen(&self, place: usize, moved: &mut BTreeSet<Timestamp>) {
        let Subject { history, learned, .. } = &self.subjects[place];
        let span = history.learned()..*learned;
        if span.is_empty() {
            return;
        }
        for (_, seen) in (0..KINDS).flat_map(|kind| history.values(kind)) {
            let firsts = [Some(seen.first), seen.worked].into_iter().flatten();
            moved.extend(firsts.filter(|time| *time > span.start && *time <= span.end));
        }
    }

    /// The place of a subject, which is made where it is new; `None` for nobody.
    fn place(&mut self, name: &str) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        let history = History::default();
        let learned = history.learned();
        let name: Box<str> = name.into();
        self.places.insert(name.clone(), self.subjects.len());
        self.subjects.push(Subject { name, history, bytes: 0, is_changed: true, learned });
        Some(self.subjects.len() - 1)
    }

    fn weigh(&mut self, place: usize) {
        let it = &mut self.subjects[place];
        let bytes = it.history.bytes() + 3 * it.name.len();
        self.bytes = self.bytes + bytes - it.bytes;
        it.bytes = bytes;
    }

    /// Lets go of whoever was last seen longest ago until three quarters of the room are used.
    fn make_room(&mut self) {
        let mut ages: Vec<(Timestamp, usize)> =
            self.subjects.iter().map(|it| (it.history.last(), it.bytes)).collect();
        ages.sort_unstable();
        let surplus = self.bytes.saturating_sub(self.cap / 4 * 3);
        let mut freed = 0;
        let cut = ages.iter().find(|(_, bytes)| {
            freed += bytes;
            freed >= surplus
        });
        let Some((cut, _)) = cut.copied() else { return };
        let before = self.subjects.len();
        self.retain(|it| it.history.last() > cut);
        self.forgotten += (before - self.subjects.len()) as u64;
    }

    fn retain(&mut self, is_kept: impl Fn(&Subject) -> bool) {
        self.subjects.retain(is_kept);
        let names = self.subjects.iter().map(|it| it.name.clone());
        self.places = names.zip(0..).collect();
        self.bytes = self.subjects.iter().map(|it| it.bytes).sum();
    }
}

fn worked(result: &str) -> bool {
    matches!(result, "ok" | "none")
}

/// The name of an event, the same in every run: it is counted once however often it is read.
fn event_id(part: &Part, row: usize) -> u32 {
    let text = |column| part.segment.text(row, column);
    let id = Some(text(Column::Id)).filter(|id| !id.is_empty());
    let mut hasher = SipHasher13::new();
    hasher.write(id.unwrap_or_else(|| text(Column::Request)).as_bytes());
    hasher.finish() as u32
}

#[cfg(test)]
#[path = "baseline_tests.rs"]
mod tests;
