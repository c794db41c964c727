//! An object of a bucket on its way to the readers.

use std::sync::Arc;

use crate::event::field::Origin;
use crate::event::read::Hints;
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Outlet};
use crate::source::object::Chunk;

/// What all parts of an object have in common.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// The way out.
    pub outlet: Outlet,
    /// Counts the objects of the source.
    pub object: u64,
    /// The bucket and key.
    pub name: Arc<str>,
    /// What the key says of the records.
    pub hints: Arc<Hints>,
    /// The label.
    pub delivered: Timestamp,
}

impl Parcel {
    /// One part, ready to be sent.
    pub fn with(&self, chunk: Chunk) -> Batch {
        Batch {
            source: self.outlet.source,
            object: self.object,
            again: false,
            name: Arc::clone(&self.name),
            origin: Origin::S3,
            origins: Origin::S3.bit(),
            hints: Arc::clone(&self.hints),
            delivered: Some(self.delivered),
            base: chunk.base,
            bytes: chunk.bytes,
            packed: None,
            extent: chunk.extent,
            damage: chunk.damage,
            last: chunk.last,
            was_there: false,
            receipt: None,
        }
    }
}
