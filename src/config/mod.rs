//! The configuration: THE table of what can be set, the file it is read from with the place of
//! every fault, and what holds in the end: command line over context over environment over file
//! over default. It sits above the modules that it configures; none of them knows it.

pub mod fault;
pub mod file;
pub mod kind;
pub mod layers;
pub mod setting;
pub mod settle;
pub mod show;
pub mod themes;
