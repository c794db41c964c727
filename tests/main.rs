//! All integration tests in one binary, which links once.

/// The rules of the house.
mod house;
/// The contract of `query`.
mod query_contract;
/// Running the binary.
mod run;
/// Real data, against independent answers.
mod shared_data;
