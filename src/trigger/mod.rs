//! Triggers: what fires a program or a webhook, how often at most, what it is given, and what is
//! noted of it. Pure: ingest asks it, and `shell/trigger` does what it says.

pub mod answer;
pub mod audit;
pub mod definition;
pub mod firing;
pub mod gate;
pub mod payload;
pub mod post;
pub mod sample;
pub mod sentry;
pub mod when;
