//! The embedded simulated organization behind `demo:`: people, pipelines, workloads, services and
//! scanners with heavy-tailed habits, an incident, and the deliveries that carry their events.
//!
//! A pure function of the options and the moment of the start: no I/O, no clock, no global state.

mod call;
mod cast;
mod catalog;
mod catalog_compute;
mod catalog_data;
mod catalog_security;
mod chance;
mod delivery;
pub mod feed;
mod habits;
mod identity;
mod incident;
mod oddity;
mod organization;
mod pack;
mod record;
mod routine;
mod scene;
mod sign_in;
mod simulator;
mod spec;
mod tool;

pub use delivery::{Delivery, Origin};
pub use simulator::Simulator;
pub use spec::Options;
