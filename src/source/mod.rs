//! Where events come from. Each source reads its own kind of place and hands over what it read;
//! what a record is, is decided below.

pub mod batch;
pub mod bell;
pub mod closing;
pub mod cutter;
pub mod demo;
pub mod driver;
pub mod file;
pub mod finding;
#[cfg(feature = "aws")]
pub mod history;
pub mod inflate;
pub mod logs;
pub mod object;
pub mod pace;
pub mod parcel;
#[cfg(feature = "aws")]
pub mod retry;
#[cfg(feature = "aws")]
pub mod s3;
#[cfg(feature = "aws")]
pub mod share;
pub mod spec;
#[cfg(feature = "aws")]
pub mod sqs;
pub mod tape;
#[cfg(feature = "aws")]
pub mod trails;
#[cfg(feature = "aws")]
pub mod walk;
