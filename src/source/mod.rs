//! Where events come from: each source is one word on the command line and hands over bytes.

pub mod demo;
