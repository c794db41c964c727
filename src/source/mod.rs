//! Where events come from. Each source reads its own kind of place and hands over what it read;
//! what a record is, is decided below.

pub mod batch;
pub mod cutter;
pub mod demo;
pub mod driver;
pub mod file;
#[cfg(feature = "aws")]
pub mod history;
pub mod inflate;
pub mod logs;
pub mod object;
pub mod pace;
#[cfg(feature = "aws")]
pub mod parcel;
#[cfg(feature = "aws")]
pub mod s3;
pub mod spec;
#[cfg(feature = "aws")]
pub mod sqs;
#[cfg(feature = "aws")]
pub mod walk;
