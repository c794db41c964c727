//! A JSON value as a folding tree, for values of any size and any malice: only what is unfolded is
//! read, secrets are hidden until asked for, and JSON inside strings is unfolded like the rest.

mod draw;
mod fold;
mod line;
pub mod secret;

pub use fold::Tree;
pub use secret::Secrets;
