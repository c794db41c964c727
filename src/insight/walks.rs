//! Walks over the rows of a question, part by part. One that is interrupted goes on where it was, over
//! the rows it began with: else arrivals would never let it come to an end.

use crate::insight::number::Numbers;
use crate::insight::reckon::Asked;

/// A walk over rows, and what it has gathered so far.
pub(crate) trait Walk {
    /// One over the rows that are asked about now, at its beginning.
    fn over(asked: &Asked<'_>) -> Self;
    /// Whether it is over the rows that are asked about now.
    fn is_of(&self, asked: &Asked<'_>) -> bool;
    /// Goes on, a part at a time; false where `stop` said so before the end.
    fn go_on(&mut self, numbers: &mut Numbers, stop: &mut dyn FnMut() -> bool) -> bool;
    /// Bytes on the heap.
    fn bytes(&self) -> usize;
}

/// What is gathered for a question, kept from one state of the store to the next.
#[derive(Debug)]
pub(crate) struct Walks<W> {
    /// A walk that was interrupted.
    begun: Option<W>,
    /// The last one that came to its end.
    done: Option<W>,
}

impl<W> Default for Walks<W> {
    fn default() -> Self {
        Self { begun: None, done: None }
    }
}

impl<W: Walk> Walks<W> {
    /// Gathers what is asked about now; false where `stop` said so before the end.
    pub(crate) fn follow(
        &mut self,
        asked: &Asked<'_>,
        numbers: &mut Numbers,
        stop: &mut dyn FnMut() -> bool,
    ) -> bool {
        if let Some(mut walk) = self.begun.take() {
            if !walk.go_on(numbers, stop) {
                self.begun = Some(walk);
                return false;
            }
            self.done = Some(walk);
        }
        if self.done.as_ref().is_some_and(|done| done.is_of(asked)) {
            return true;
        }
        let mut walk = W::over(asked);
        let is_whole = walk.go_on(numbers, stop);
        match is_whole {
            true => self.done = Some(walk),
            false => self.begun = Some(walk),
        }
        is_whole
    }

    /// The last walk that came to its end.
    pub(crate) fn done(&self) -> Option<&W> {
        self.done.as_ref()
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        [&self.begun, &self.done].into_iter().flatten().map(W::bytes).sum()
    }
}
