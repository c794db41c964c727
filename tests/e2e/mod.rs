//! The whole program in a pseudo-terminal, as a user has it.

mod bare;
pub(crate) mod stage;

mod alerts;
mod attention;
mod colors;
mod completion;
mod configured;
#[cfg(feature = "aws")]
mod first_run;
mod follow;
mod hang_up;
mod investigations;
mod keys;
mod leaving;
mod mouse;
mod notebook;
mod rules;
mod sizes;
mod suspend;
mod tape;
mod terminals;
mod triggers;
mod wire;
