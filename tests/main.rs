//! All integration tests in one binary, which links once.

/// The rules of the house.
mod house;
