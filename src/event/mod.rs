//! What a CloudTrail event is: finding records in bytes, reading them field by field, and naming
//! who did what to which resource and how it ended. Pure: no I/O, no clock.

pub mod access;
pub mod call;
pub mod compare;
pub mod digest;
pub mod envelope;
pub mod field;
pub mod find;
pub mod fingerprint;
pub mod grant;
pub mod identity;
pub mod invisible;
pub mod json;
pub mod kind;
pub mod label;
pub mod made;
pub mod means;
pub mod name;
pub mod notice;
pub mod outcome;
pub mod path;
pub mod policy;
pub mod queue;
pub mod read;
pub mod record;
pub mod refusal;
pub mod scan;
pub mod secret;
pub mod survey;
pub mod target;
pub mod time;
pub mod tool;
pub mod trail;
pub mod veil;
pub mod verb;
pub mod walk;
