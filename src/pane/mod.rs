//! One pane a file: its state, what it does with an action, and how it draws. A pane names no other
//! pane and not the app; it answers with a `Reply`.

pub mod after;
pub mod alerts;
pub mod before;
mod board;
pub mod caveats;
pub mod chips;
pub mod compare;
pub mod contract;
pub mod counts;
pub mod denied;
pub mod details;
pub mod explain;
pub mod facts;
pub mod footer;
pub mod help;
pub mod line;
pub mod lineage;
pub mod log;
pub mod menu;
pub mod moment;
pub mod note;
pub mod notebook;
pub mod prompt;
pub mod row;
pub mod sessions;
pub mod sources;
pub mod starting;
pub mod status;
mod steps;
mod story;
pub mod stream;
pub mod term;
pub mod timeline;
pub mod top;
pub mod top_detail;
mod tree;
