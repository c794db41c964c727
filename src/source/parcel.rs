//! Bytes of one object on their way to ingest: what all its parts have in common, and the ways it is
//! handed on.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::event::envelope::Extent;
use crate::event::field::Origin;
use crate::event::read::Hints;
use crate::event::time::Timestamp;
use crate::source::batch::{Batch, Gone, Outlet, Receipt};
use crate::source::driver::Fault;
use crate::source::object::{self, Chunk, Options};

/// One object without its bytes.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Where it goes.
    pub outlet: Outlet,
    /// Counts the objects of a source.
    pub object: u64,
    /// What a skip is named by.
    pub name: Arc<str>,
    /// The kind of source it stands for.
    pub origin: Origin,
    /// Bits of every [`Origin`] its rows are to carry.
    pub origins: u8,
    /// What is known of its records from outside.
    pub hints: Arc<Hints>,
    /// When it was delivered, where that is known.
    pub delivered: Option<Timestamp>,
    /// Whether it was there before anybody looked.
    pub was_there: bool,
    /// Whom to tell once all of it is stored.
    pub receipt: Option<Receipt>,
}

impl Parcel {
    /// An object of which nothing is known but what it is called and where it comes from.
    pub fn new(outlet: &Outlet, object: u64, name: Arc<str>, origin: Origin) -> Self {
        Self {
            outlet: outlet.clone(),
            object,
            name,
            origin,
            origins: origin.bit(),
            hints: Arc::default(),
            delivered: None,
            was_there: false,
            receipt: None,
        }
    }

    /// Hands an object on that may expand to so many bytes: as it is stored where whoever reads it
    /// can unpack it at once, on any core; else in pieces.
    pub async fn send(self, bytes: Vec<u8>, max_object: u64) -> Result<(), Fault> {
        let options = Options { max_object, eager: false };
        if object::size_at_once(&bytes, &options).is_some() {
            let packed = Batch { packed: Some(options), ..self.batch(whole(bytes, None)) };
            return Ok(self.outlet.send(packed).await?);
        }
        let name = Arc::clone(&self.name);
        let read = tokio::task::spawn_blocking(move || {
            let mut gone = Ok(());
            object::read(&*bytes, &options, &mut |chunk| {
                gone = self.outlet.send_blocking(self.batch(chunk));
                if gone.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            gone
        });
        let read = read.await;
        Ok(read.map_err(|_| Fault::Down(format!("{name}: unpacking broke off")))??)
    }

    /// Hands on a text that is not packed.
    pub async fn send_text(self, text: Vec<u8>) -> Result<(), Gone> {
        let batch = self.batch(whole(text, None));
        self.outlet.send(batch).await
    }

    /// Hands on lines of records.
    pub async fn send_lines(self, lines: Vec<u8>) -> Result<(), Gone> {
        let batch = self.batch(Chunk { extent: Extent::Lines, ..whole(lines, None) });
        self.outlet.send(batch).await
    }

    /// Names an object that cannot be read.
    pub async fn skip(self, why: String) -> Result<(), Gone> {
        let batch = self.batch(whole(vec![], Some(why)));
        self.outlet.send(batch).await
    }

    /// All of an object that has no bytes.
    pub fn empty(&self) -> Batch {
        self.batch(whole(vec![], None))
    }

    fn batch(&self, chunk: Chunk) -> Batch {
        Batch {
            source: self.outlet.source,
            object: self.object,
            again: false,
            name: Arc::clone(&self.name),
            origin: self.origin,
            origins: self.origins,
            hints: Arc::clone(&self.hints),
            delivered: self.delivered,
            base: chunk.base,
            bytes: chunk.bytes,
            packed: None,
            extent: chunk.extent,
            damage: chunk.damage,
            last: chunk.last,
            was_there: self.was_there,
            played: None,
            before: None,
            // Parts come in order: when the last one is stored, all of them are.
            receipt: self.receipt.clone().filter(|_| chunk.last),
        }
    }
}

/// All that there is of an object.
fn whole(bytes: Vec<u8>, damage: Option<String>) -> Chunk {
    Chunk { base: 0, bytes, extent: Extent::Whole, damage, last: true }
}
