//! What everybody who calls AWS shares: who calls, from which region, and what went wrong. Knows
//! nothing of events.

pub mod calls;
pub mod fault;
pub mod prefix;
pub mod region;
pub mod session;
