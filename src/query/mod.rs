//! The filter language: text to tree, tree to plan, plan to rows.

pub mod eval;
pub mod plan;
pub mod question;
