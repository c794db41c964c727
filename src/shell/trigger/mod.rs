//! Does what triggers want done: runs programs, posts to webhooks, and keeps the audit.

pub mod audit;
pub mod groups;
pub mod load;
pub mod program;
pub mod runner;
pub mod webhook;
