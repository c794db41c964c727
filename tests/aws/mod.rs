//! The real SDK on real sockets, against servers that speak AWS's protocols on loopback.

pub(crate) mod account;
mod bucket;
mod calls;
pub(crate) mod digests;
pub(crate) mod history;
pub(crate) mod logs;
mod organization;
mod polling;
pub(crate) mod queue;
mod scenarios;
pub(crate) mod standin;
mod start;
pub(crate) mod store;
