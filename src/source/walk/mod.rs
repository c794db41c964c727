//! How services are walked that answer for a stretch of time, page by page, and to which events come
//! late: Event history and CloudWatch Logs.

pub mod holes;
pub mod known;
pub mod manner;
pub mod plan;

pub use manner::{Asked, Kind, Manner, Met, Next, Page, Round, Window};
pub use plan::Plan;
