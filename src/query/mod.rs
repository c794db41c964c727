//! The filter language: text to tree, tree to plan, plan to rows. Pure: no I/O, no clock, no store
//! of its own; it reads columns and raw records and does not know who wrote them.

pub mod ast;
pub mod complete;
pub mod diagnostic;
pub mod eval;
pub mod fold;
pub mod help;
pub mod hint;
pub mod library;
pub mod literal;
pub mod narrow;
pub mod number;
pub mod parse;
pub mod path;
pub mod plan;
pub mod predicate;
pub mod preset;
pub mod question;
pub mod reason;
pub mod scan;
pub mod service;
pub mod sift;
pub mod span;
pub mod token;
pub mod value;
