//! The real SDK on real sockets, against servers that speak AWS's protocols on loopback.

pub(crate) mod account;
mod bucket;
mod calls;
mod history;
mod logs;
mod organization;
mod polling;
mod queue;
mod scenarios;
pub(crate) mod standin;
mod start;
