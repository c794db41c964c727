//! All integration tests in one binary, which links once.
#![expect(missing_docs, reason = "tests are read where they stand")]

/// The rules of the house.
mod house;
