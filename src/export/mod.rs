//! Events on their way out of the program: which columns, in which form, counted by what. Pure: it
//! turns rows into bytes, `shell` writes them.

pub mod alerts;
pub mod column;
pub mod count;
pub mod format;
pub mod minify;
pub mod safe;
pub mod stats;
pub mod timeline;
