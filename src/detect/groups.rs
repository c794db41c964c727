//! The events that wait for others, by window and group. Bounded: what makes room is counted.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use crate::detect::alert::Ending;
use crate::detect::window::{Atom, Window};
use crate::event::time::{Millis, Timestamp};
use crate::store::segment::RowId;

/// The most events that one group holds.
const GROUP_ATOMS: usize = 10_000;
/// How late an event may be and still be missed when room was made.
const LATENESS: Millis = Millis::minutes(20);
/// What a group costs beside its events and the text of its key.
const GROUP_BYTES: usize = 160;

/// What the events of a group have in common: the values they are grouped by, empty where absent.
pub type Key = Box<[Box<str>]>;

/// Events that came together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// The events, in the order of time; none of them twice.
    pub rows: Vec<RowId>,
    /// When the first one happened.
    pub first: Timestamp,
    /// When the last one happened.
    pub last: Timestamp,
    /// How they ended: that any worked counts more than that others did not.
    pub ending: Ending,
    /// How many distinct values were counted; 0 where none are.
    pub values: u64,
}

/// All bursts of a group as they are known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// Which window.
    pub window: u16,
    /// Which group.
    pub key: Key,
    /// Its bursts, in the order of time.
    pub bursts: Vec<Burst>,
}

/// The events of a group.
#[derive(Debug, Default)]
struct Group {
    /// In the order of time.
    atoms: Vec<Atom>,
    /// Those that came since the group was last looked at.
    fresh: Vec<Atom>,
}

/// Every group of every window.
#[derive(Debug)]
pub struct Groups {
    windows: Vec<Window>,
    held: HashMap<(u16, Key), Group>,
    /// Groups with fresh events.
    dirty: Vec<(u16, Key)>,
    hasher: RandomState,
    bytes: usize,
    cap: usize,
    newest: Timestamp,
    truncated: u64,
}

impl Groups {
    /// Empty groups for these windows, which hold at most about `cap` bytes.
    pub fn new(windows: Vec<Window>, cap: usize) -> Self {
        Self {
            windows,
            held: HashMap::new(),
            dirty: vec![],
            hasher: RandomState::new(),
            bytes: 0,
            cap,
            newest: Timestamp(i64::MIN),
            truncated: 0,
        }
    }

    /// How many events had to make room although others could still have joined them: bursts that
    /// need them are not found.
    pub fn truncated(&self) -> u64 {
        self.truncated
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds an event to a group; `value` is what is counted distinct. An event that is there already
    /// counts once.
    pub fn add(&mut self, window: u16, key: Key, (mut atom, value): (Atom, Option<&str>)) {
        let Some(spec) = self.windows.get(usize::from(window)) else { return };
        if !spec.has_steps() {
            atom.step = 0;
        }
        atom.value = value.map(|value| self.hasher.hash_one(value));
        self.newest = self.newest.max(atom.time);
        let text: usize = key.iter().map(|part| part.len() + 16).sum();
        let place = (window, key);
        let is_known = self.held.contains_key(&place);
        self.bytes += size_of::<Atom>() + if is_known { 0 } else { GROUP_BYTES + 2 * text };
        let group = self.held.entry(place.clone()).or_default();
        if group.fresh.is_empty() {
            self.dirty.push(place);
        }
        group.fresh.push(atom);
    }

    /// The bursts of every group that has changed since this was last asked, where it has any.
    pub fn settle(&mut self) -> Vec<Fired> {
        let mut fired = vec![];
        for place in std::mem::take(&mut self.dirty) {
            let Some(group) = self.held.get_mut(&place) else { continue };
            let window = &self.windows[usize::from(place.0)];
            let before = group.atoms.len() + group.fresh.len();
            group.atoms.append(&mut group.fresh);
            group.atoms.sort_unstable();
            group.atoms.dedup_by_key(|atom| (atom.time, atom.row, atom.step));
            let bursts = window.bursts(&group.atoms);
            if !bursts.is_empty() {
                let bursts = bursts.into_iter().map(|range| burst(&group.atoms[range])).collect();
                fired.push(Fired { window: place.0, key: place.1.clone(), bursts });
            }
            if group.atoms.len() > GROUP_ATOMS {
                // A quarter at once, so that a flood does not move everything at every step.
                let gone = group.atoms.len() - GROUP_ATOMS * 3 / 4;
                self.truncated += missed(&group.atoms[..gone], window.span, self.newest);
                group.atoms.drain(..gone);
            }
            self.bytes -= (before - group.atoms.len()) * size_of::<Atom>();
        }
        if self.bytes > self.cap {
            self.make_room();
        }
        fired
    }

    /// Lets go of the oldest events until three quarters of the room are used.
    fn make_room(&mut self) {
        let mut ages: Vec<(Timestamp, usize)> = self
            .held
            .iter()
            .filter_map(|((_, key), group)| {
                let text: usize = key.iter().map(|part| part.len() + 16).sum();
                let bytes = group.atoms.len() * size_of::<Atom>() + GROUP_BYTES + 2 * text;
                group.atoms.last().map(|last| (last.time, bytes))
            })
            .collect();
        ages.sort_unstable();
        let surplus = self.bytes - self.cap * 3 / 4;
        let mut freed = 0;
        let cut = ages.iter().find(|(_, bytes)| {
            freed += bytes;
            freed >= surplus
        });
        let Some((cut, _)) = cut.copied() else { return };
        let (windows, newest) = (&self.windows, self.newest);
        let (mut truncated, mut kept) = (0, 0);
        self.held.retain(|(window, key), group| {
            let text: usize = key.iter().map(|part| part.len() + 16).sum();
            let is_old = group.atoms.last().is_none_or(|last| last.time <= cut);
            if is_old {
                let span = windows[usize::from(*window)].span;
                truncated += missed(&group.atoms, span, newest);
            } else {
                kept += group.atoms.len() * size_of::<Atom>() + GROUP_BYTES + 2 * text;
            }
            !is_old
        });
        self.truncated += truncated;
        self.bytes = kept;
    }
}

/// How many of these events others could still have joined.
fn missed(atoms: &[Atom], span: Millis, newest: Timestamp) -> u64 {
    let open = newest - span - LATENESS;
    atoms.iter().filter(|atom| atom.time > open).count() as u64
}

fn burst(atoms: &[Atom]) -> Burst {
    let mut rows: Vec<RowId> = vec![];
    let mut seen = std::collections::HashSet::new();
    for atom in atoms {
        if seen.insert(atom.row) {
            rows.push(atom.row);
        }
    }
    let (first, last) = (atoms[0].time, atoms[atoms.len() - 1].time);
    let ending = atoms.iter().map(|atom| atom.ending).max().unwrap_or(Ending::Failed);
    let values: std::collections::HashSet<u64> = atoms.iter().filter_map(|it| it.value).collect();
    Burst { rows, first, last, ending, values: values.len() as u64 }
}
