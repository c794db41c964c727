//! All integration tests in one binary, which links once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]
#![expect(clippy::print_stdout, reason = "a test that could not run says so")]

/// AWS on loopback.
#[cfg(feature = "aws")]
mod aws;
/// `trailtop config`, and what a configuration does.
mod configured;
/// The whole program in a terminal.
mod e2e;
/// Bytes in, nothing out, no panic.
mod fuzz;
/// The rules of the house.
mod house;
/// Who is behind each event, in every order.
mod lineage;
/// What is new about events.
mod news;
/// What packages are made of.
mod packaging;
/// What the pages for people say by hand.
mod pages;
/// AWS as others wrote it.
#[cfg(feature = "aws")]
mod peers;
/// The contract of `query`.
mod query_contract;
/// What README.md says, against the tables.
mod readme;
/// Records of every kind, column by column.
mod records;
/// Detection rules: the contract, and real ones.
mod rules;
/// Running the binary.
mod run;
/// Real data, against independent answers.
mod shared_data;
/// Recordings, made and played.
mod tape;
/// Programs and webhooks that alerts fire.
mod triggers;
