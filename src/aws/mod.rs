//! What everybody who calls AWS shares: who calls, from which region, and what went wrong. Knows
//! nothing of events.

pub mod account;
pub mod calls;
pub mod fault;
pub mod mfa;
pub mod prefix;
pub mod profile;
pub mod region;
pub mod session;
