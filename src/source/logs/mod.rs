//! A CloudWatch Logs group that a trail delivers to. `FilterLogEvents` is asked again and again, and
//! alone decides what is complete; Live Tail beside it only brings the same events sooner.

#[cfg(feature = "aws")]
pub mod entry;
pub mod group;
#[cfg(feature = "aws")]
pub mod live;
#[cfg(feature = "aws")]
pub mod plan;
#[cfg(feature = "aws")]
pub mod tail;
