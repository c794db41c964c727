//! The vocabulary of wishes: what the user can want (actions), which keys say it, and what the
//! world must do about it (effects).

pub mod action;
pub mod chord;
pub mod effect;
pub mod keymap;
pub mod pointer;
