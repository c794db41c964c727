//! Takes one thing to ingest: gets the object a message announced, or hands on what it says itself.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::aws::fault::Fault as AwsFault;
use crate::aws::session::Session;
use crate::event::notice::Object;
use crate::source::driver::Fault;
use crate::source::parcel::Parcel;
use crate::source::s3::fetch::Access;
use crate::source::sqs::plan::What;

/// Who gets objects, and how.
#[derive(Debug)]
pub struct Payer {
    /// Who asks.
    pub session: Arc<Session>,
    /// Pay for what is asked.
    pub requester_pays: bool,
    /// Bytes an object may have, as it is stored.
    pub max_object: u64,
}

/// What came of it.
#[derive(Debug)]
pub enum Came {
    /// It is on its way to the store; so many bytes.
    Sent(u64),
    /// It was deleted before, which is on its way to the books.
    Gone,
    /// It could not be got.
    Not(AwsFault),
    /// The program is ending.
    Ended(Fault),
}

/// Hands something on. `bucket` is where access to the bucket is kept once it was found.
pub async fn carry(what: &What, parcel: Parcel, bucket: &OnceCell<Access>, payer: &Payer) -> Came {
    match what {
        What::Object(object) => match bucket.get_or_try_init(|| payer.locate(object)).await {
            Ok(access) => get(access, object, parcel, payer.max_object).await,
            // Whoever deletes a bucket, or names one that never was, has its messages kept.
            Err(AwsFault::Missing(why)) => Came::Not(AwsFault::Broken(why)),
            Err(fault) => Came::Not(fault),
        },
        What::Records(said) => {
            let bytes = said.text.len() as u64;
            ending(parcel.send_text(said.text.clone().into_bytes()).await, Came::Sent(bytes))
        }
        What::Unknown(said) => {
            let why = format!("this message is left in the queue: {}", said.text);
            ending(parcel.skip(why).await, Came::Sent(0))
        }
    }
}

impl Payer {
    async fn locate(&self, object: &Object) -> Result<Access, AwsFault> {
        let Self { session, requester_pays, max_object } = self;
        Access::locate(session, &object.bucket, *requester_pays, *max_object).await
    }
}

async fn get(access: &Access, object: &Object, parcel: Parcel, max_object: u64) -> Came {
    match access.get(&object.key).await {
        Ok(packed) => {
            let bytes = packed.len() as u64;
            ending(parcel.send(packed, max_object).await, Came::Sent(bytes))
        }
        Err(AwsFault::Missing(_)) => {
            let why = "was deleted before it could be read: by a lifecycle rule, or by somebody";
            ending(parcel.skip(why.to_owned()).await, Came::Gone)
        }
        Err(fault) => Came::Not(fault),
    }
}

fn ending(sent: Result<(), impl Into<Fault>>, well: Came) -> Came {
    match sent {
        Ok(()) => well,
        Err(fault) => Came::Ended(fault.into()),
    }
}

/// What a skip or a note calls an object.
pub fn full_name(object: &Object) -> String {
    format!("s3://{}/{}", object.bucket, object.key)
}
