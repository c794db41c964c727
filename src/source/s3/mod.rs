//! A trail's bucket as a source: what to list next is reckoned apart from listing.

pub mod agenda;
pub mod bucket;
pub mod checkpoint;
pub mod claims;
pub mod fetch;
pub mod keeping;
pub mod kept;
pub mod layout;
pub mod plan;
pub mod proof;
pub mod prove;
pub mod stream;
pub mod telling;
