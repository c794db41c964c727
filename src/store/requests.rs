//! Calls that services forwarded, found again with the call that caused them: AWS gives both the same
//! requestID, and they name the same caller. That proves it; nearness in time would not.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

use crate::store::segment::RowId;

/// The most requests that are remembered on either side: some 12 MB. Of what comes later than so many
/// others nobody can say what caused it.
const REMEMBERED: usize = 65_536;
/// A request for so many bytes of the ring is remembered where it is small.
const BYTES_A_REQUEST: usize = 2048;

/// That a row is part of a request of which several rows tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The number of the request, the same for all of its rows.
    pub number: u64,
    /// Whether a service called on behalf of the caller.
    pub is_forwarded: bool,
}

/// What a row says of its request.
#[derive(Debug, Clone, Copy)]
pub struct Says<'a> {
    /// The account.
    pub account: &'a str,
    /// Who called: two callers are never one request, whatever a record says.
    pub caller: &'a str,
    /// The requestID.
    pub request: &'a str,
    /// Whether a service called on behalf of the caller.
    pub is_forwarded: bool,
}

/// Requests of which one side is known, until the other comes. Numbers are secret: nobody can write
/// a record that passes for part of another request.
#[derive(Debug)]
pub struct Requests {
    secret: RandomState,
    remembered: usize,
    direct: Remembered,
    forwarded: Remembered,
}

/// Rows by the number of their request, the oldest of which make room.
#[derive(Debug, Default)]
struct Remembered {
    rows: HashMap<u64, Vec<RowId>>,
    order: VecDeque<u64>,
}

impl Remembered {
    fn note(&mut self, number: u64, row: RowId, most: usize) {
        let rows = self.rows.entry(number).or_insert_with(|| {
            self.order.push_back(number);
            vec![]
        });
        // A request of thousands of rows is no request.
        if rows.len() < 64 {
            rows.push(row);
        }
        if self.order.len() > most
            && let Some(oldest) = self.order.pop_front()
        {
            self.rows.remove(&oldest);
        }
    }

    fn of(&self, number: u64) -> &[RowId] {
        self.rows.get(&number).map_or(&[], |rows| rows)
    }
}

impl Requests {
    /// None yet, for a ring of at most `cap` bytes.
    pub fn new(cap: usize) -> Self {
        Self {
            secret: RandomState::new(),
            remembered: (cap / BYTES_A_REQUEST).clamp(16, REMEMBERED),
            direct: Remembered::default(),
            forwarded: Remembered::default(),
        }
    }

    /// Takes a row in; gives the rows, this one among them, of which is known now that they are part
    /// of one request.
    pub fn note(&mut self, row: RowId, says: Says<'_>) -> Vec<(RowId, Call)> {
        if says.request.is_empty() || says.caller.is_empty() {
            return vec![];
        }
        let number = self.secret.hash_one((says.account, says.caller, says.request));
        let (mine, others) = match says.is_forwarded {
            true => (&mut self.forwarded, &self.direct),
            false => (&mut self.direct, &self.forwarded),
        };
        mine.note(number, row, self.remembered);
        let others = others.of(number);
        if others.is_empty() {
            return vec![];
        }
        let call = |is_forwarded| Call { number, is_forwarded };
        let others = others.iter().map(|other| (*other, call(!says.is_forwarded)));
        others.chain([(row, call(says.is_forwarded))]).collect()
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let of = |it: &Remembered| {
            it.rows.capacity() * (size_of::<(u64, Vec<RowId>)>() + 1)
                + it.rows.len() * size_of::<RowId>() * 4
                + it.order.capacity() * size_of::<u64>()
        };
        of(&self.direct) + of(&self.forwarded)
    }
}

/// The calls that rows of a segment are part of.
pub type Calls = BTreeMap<u16, Call>;

#[cfg(test)]
mod tests {
    use super::*;

    fn says(request: &str, is_forwarded: bool) -> Says<'_> {
        Says { account: "111122223333", caller: "AIDA:alice", request, is_forwarded }
    }

    #[test]
    fn both_sides_are_found_whichever_comes_first() {
        for first in [true, false] {
            let mut requests = Requests::new(1 << 30);
            assert_eq!(requests.note(RowId(1), says("r", first)), []);
            assert_eq!(requests.note(RowId(2), says("other", !first)), []);
            let found = requests.note(RowId(3), says("r", !first));
            let rows: Vec<_> = found.iter().map(|(row, call)| (row.0, call.is_forwarded)).collect();
            assert_eq!(rows, [(1, first), (3, !first)]);
            assert_eq!(found[0].1.number, found[1].1.number);
        }
    }

    #[test]
    fn other_callers_accounts_and_nobody_are_other_requests() {
        let mut requests = Requests::new(1 << 30);
        requests.note(RowId(1), says("r", false));
        for other in [
            Says { caller: "AIDA:mallory", ..says("r", true) },
            Says { account: "444455556666", ..says("r", true) },
            Says { caller: "", ..says("r", true) },
            Says { request: "", ..says("r", true) },
        ] {
            assert_eq!(requests.note(RowId(2), other), []);
        }
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let mut requests = Requests::new(1 << 30);
        for row in 0..200_000u64 {
            requests.note(RowId(row), says(&row.to_string(), row % 2 == 0));
            requests.note(RowId(row), says("the same", true));
        }
        assert!(requests.bytes() < 24 << 20, "{}", requests.bytes());
    }
}
