//! The whole program in a pseudo-terminal, as a user has it.

pub(crate) mod stage;

mod colors;
#[cfg(feature = "aws")]
mod first_run;
mod follow;
mod hang_up;
mod investigations;
mod keys;
mod leaving;
mod notebook;
mod sizes;
mod suspend;
mod tape;
