//! The real SDK on real sockets, against servers that speak AWS's protocols on loopback.

mod bucket;
mod calls;
mod history;
mod logs;
mod queue;
mod standin;
