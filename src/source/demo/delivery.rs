//! What the outside sees of the simulation: bytes that arrive.

use crate::event::time::Timestamp;

/// Where a delivery comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A page of LookupEvents: early, management events only.
    History,
    /// A log object of the organization's trail: later, every category.
    S3,
}

/// Bytes that arrive at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When they arrive. Deliveries come in this order.
    pub at: Timestamp,
    /// Where from.
    pub origin: Origin,
    /// The key of the object, or `history REGION`.
    pub name: String,
    /// Id of the account that was asked or that the object belongs to.
    pub account: String,
    /// Region of the same.
    pub region: String,
    /// JSON for history, gzip for an object.
    pub bytes: Vec<u8>,
}
